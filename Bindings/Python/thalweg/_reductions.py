"""Reductions whose arguments or results have several forms in PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _C

if TYPE_CHECKING:
    from ._tensor import Tensor

__all__ = ["aminmax", "max", "min", "norm", "std", "std_mean", "var", "var_mean"]

_Dim = int | Sequence[int] | None


class Extrema(NamedTuple):
    """What `aminmax` returns."""

    min: Tensor
    max: Tensor


class Selection(NamedTuple):
    """What `max` and `min` return along a dimension."""

    values: Tensor
    indices: Tensor


def max(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Tensor | None = None) -> Any:
    """The largest element; along `dim` also its index; of two tensors the elementwise maximum.

    Where several are largest, the first one's index counts, and the gradient goes there. Without `dim` they
    share the gradient evenly.
    """
    if other is not None or isinstance(dim, _C.TensorBase):
        return _C.maximum(input, dim if other is None else other)
    return _C.amax(input) if dim is None else Selection(*_C.max_along(input, dim, keepdim))


def min(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Tensor | None = None) -> Any:
    """The smallest element; along `dim` also its index; of two tensors the elementwise minimum. See `max`."""
    if other is not None or isinstance(dim, _C.TensorBase):
        return _C.minimum(input, dim if other is None else other)
    return _C.amin(input) if dim is None else Selection(*_C.min_along(input, dim, keepdim))


def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Extrema:
    """The smallest and the largest element, of all or along `dim`."""
    return Extrema(_C.amin(input, dim, keepdim), _C.amax(input, dim, keepdim))


def var(
    input: Tensor,
    dim: _Dim | bool = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = 1,
) -> Tensor:
    """The variance over `dim`: divided by the number of elements less `correction`, or less `unbiased`."""
    dim, correction = _spread_arguments(dim, unbiased, correction)
    return _C.var(input, correction, dim, keepdim)


def std(
    input: Tensor,
    dim: _Dim | bool = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = 1,
) -> Tensor:
    """The square root of `var`."""
    dim, correction = _spread_arguments(dim, unbiased, correction)
    return _C.std(input, correction, dim, keepdim)


def var_mean(
    input: Tensor,
    dim: _Dim | bool = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = 1,
) -> tuple[Tensor, Tensor]:
    """The variance and the mean."""
    dim, correction = _spread_arguments(dim, unbiased, correction)
    return _C.var(input, correction, dim, keepdim), _C.mean(input, dim, keepdim)


def std_mean(
    input: Tensor,
    dim: _Dim | bool = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = 1,
) -> tuple[Tensor, Tensor]:
    """The standard deviation and the mean."""
    dim, correction = _spread_arguments(dim, unbiased, correction)
    return _C.std(input, correction, dim, keepdim), _C.mean(input, dim, keepdim)


def _spread_arguments(dim: Any, unbiased: bool | None, correction: float | None) -> tuple[_Dim, float]:
    """In PyTorch, `unbiased` may be the second argument, and no correction is 1."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if unbiased is not None:
        correction = int(unbiased)
    return dim, 1 if correction is None else correction


def norm(
    input: Tensor,
    p: float | str | None = "fro",
    dim: _Dim = None,
    keepdim: bool = False,
    dtype: _C.dtype | None = None,
) -> Tensor:
    """The norm of order `p` of the elements over `dim`, taken for a vector; "fro" is 2.

    "nuc" is that of matrices, the sum of the singular values, over two dimensions.
    """
    if p == "nuc":
        from .linalg import matrix_norm

        if dim is None and input.ndim != 2:
            raise ValueError(
                f"norm: order 'nuc' of shape {input.shape}; name the two dimensions of the matrices"
            )
        return matrix_norm(input, "nuc", (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    if isinstance(p, str) and p != "fro":
        raise ValueError(f"norm: the order is {p!r}; it must be a number, 'fro' or 'nuc'")
    return _C.vector_norm(input, 2 if p is None or p == "fro" else p, dim, keepdim, dtype=dtype)
