"""Indexing functions that take numbers beside tensors, or several forms of arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _C

if TYPE_CHECKING:
    from ._tensor import Tensor


def where(condition: Tensor, input: Any = None, other: Any = None) -> Any:
    """`input` where the condition is true, else `other`; of a condition alone the true elements' indices."""
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    if not isinstance(input, _C.TensorBase) and not isinstance(other, _C.TensorBase):
        input, other = _C.from_data(input), _C.from_data(other)
    return _C.where(condition, input, other)


def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not 0, a row each; or a tuple with a tensor a dimension."""
    if not as_tuple:
        return _C.nonzero(input)
    places = _C.nonzero(input if input.ndim else input.reshape(1))
    return tuple(_C.select(places, 1, i) for i in range(places.shape[1]))


def argwhere(input: Tensor) -> Tensor:
    """The indices of the elements that are not 0, a row each."""
    return _C.nonzero(input)


def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """The elements at `index` along `dim`: input[i, index[i, j, k], k] for dim 1.

    Gradients are never sparse.
    """
    return _C.gather(input, dim, index)


def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """The tensor with the elements of `src`, or a number, in the places that `index` says along `dim`.

    `reduce` 'add' adds them to what is there; 'multiply' multiplies.
    """
    functions = {None: _C.scatter, "add": _C.scatter_add, "multiply": _C.scatter_multiply}
    if reduce not in functions:
        raise _C.InvalidArgumentError(f"scatter: reduce is {reduce!r}; it must be 'add' or 'multiply'")
    return functions[reduce](input, dim, index, _value(input, src if value is None else value))


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """The tensor with all elements at the given indices along `dim` set to a number, or a scalar tensor."""
    return _C.index_fill(input, dim, index, _value(input, value))


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """The tensor with a number, or a scalar tensor, where `mask` is true."""
    if isinstance(value, float) and not input.dtype.is_floating_point and not value.is_integer():
        raise _C.DTypeError(f"masked_fill: the value {value} cannot be kept in a tensor of {input.dtype}")
    return _C.masked_fill(input, mask, _value(input, value))


def index_put_(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """Sets, in place, the elements that index tensors choose to `values`, or adds these; see `index_put`."""
    _C.set_at(input, indices, values, accumulate)
    return input


def _value(input: Tensor, value: Any) -> Tensor:
    """A number as a scalar of the dtype of `input`."""
    if isinstance(value, _C.TensorBase):
        return value
    return _C.from_data(value, input.dtype)


def in_place(function: Any) -> Any:
    """The method that writes the result of `function` into the tensor itself."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return self.copy_(function(self, *args, **kwargs))

    method.__name__ = f"{function.__name__}_"
    method.__doc__ = f"As `{function.__name__}`, in place."
    return method


masked_fill_ = in_place(masked_fill)
index_fill_ = in_place(index_fill)
index_add_ = in_place(_C.index_add)
index_copy_ = in_place(_C.index_copy)
scatter_ = in_place(scatter)
scatter_add_ = in_place(_C.scatter_add)

__all__ = ["argwhere", "gather", "index_fill", "masked_fill", "nonzero", "scatter", "where"]
