"""Products that take more than one form of argument."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import _C

if TYPE_CHECKING:
    from ._tensor import Tensor


def einsum(equation: str, *operands: Any) -> Tensor:
    """Einstein's summation: the letters name dimensions, those that the result does not name are summed over.

    'bij,jk->bik' is a product of matrices. A letter twice in an operand takes its diagonal, `...` stands for
    any dimensions; without `->` the result has the letters that occur once.
    """
    if len(operands) == 1 and not isinstance(operands[0], _C.TensorBase):
        operands = tuple(operands[0])
    return _C.einsum(equation, operands)


def tensordot(a: Tensor, b: Tensor, dims: int | Sequence[Sequence[int]] | Tensor = 2) -> Tensor:
    """The sums of products over some dimensions: the last of `a` and first of `b`, or two lists of them."""
    if isinstance(dims, _C.TensorBase):
        dims = dims.tolist()
    if isinstance(dims, int):
        if not 0 <= dims <= min(a.ndim, b.ndim):
            raise _C.InvalidArgumentError(
                f"tensordot: dims is {dims}; shapes {a.shape} and {b.shape} allow 0 to {min(a.ndim, b.ndim)}"
            )
        dims = (range(a.ndim - dims, a.ndim), range(dims))
    if len(dims) != 2:
        raise _C.InvalidArgumentError(f"tensordot: dims is {dims}; a number or two lists are needed")
    return _C.tensordot(a, b, *([d] if isinstance(d, int) else list(d) for d in dims))


def cdist(
    x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary"
) -> Tensor:
    """The distance, a norm of order `p`, of each row of x1 [..., P, M] from each of x2 [..., R, M].

    `compute_mode` is taken for PyTorch's sake; differences are always computed as such.
    """
    return _C.cdist(x1, x2, p)


def vdot(input: Tensor, other: Tensor) -> Tensor:
    """As `dot`."""
    return _C.dot(input, other)


def ger(input: Tensor, vec2: Tensor) -> Tensor:
    """As `outer`."""
    return _C.outer(input, vec2)


def trace(input: Tensor) -> Tensor:
    """The sum of a matrix's diagonal."""
    if input.ndim != 2:
        raise _C.ShapeError(f"trace: shape {input.shape}; a matrix is needed")
    return _C.diagonal(input, 0, 0, 1).sum()


def chain_matmul(*matrices: Tensor) -> Tensor:
    """The product of matrices in the order of multiplications that costs least."""
    return matrices[0] if len(matrices) == 1 else _C.linalg_multi_dot(matrices)


__all__ = ["cdist", "chain_matmul", "einsum", "ger", "tensordot", "trace", "vdot"]
