"""Functions that make tensors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from . import _C
from ._tensor import Tensor

if TYPE_CHECKING:
    import numpy


def tensor(data: Any, *, dtype: _C.dtype | None = None, requires_grad: bool = False) -> Tensor:
    """A tensor with a copy of `data`: a number, nested sequences, an array or another tensor.

    Without `dtype` Python's floats become float32, ints int64, bools bool; arrays keep theirs.
    """
    return _leaf(_C.from_data(data, dtype), requires_grad)


def as_tensor(data: Any, dtype: _C.dtype | None = None) -> Tensor:
    """A tensor that shares the memory of `data` where it can, and is `data` where it is one."""
    if not isinstance(data, Tensor):
        data = from_numpy(data) if hasattr(data, "__array_interface__") else _C.from_data(data, dtype)
    return data.to(dtype)


def from_numpy(array: numpy.ndarray) -> Tensor:
    """A tensor that shares the array's memory.

    An array that is read-only, or has negative or odd strides, is copied.
    """
    return _C.from_buffer(array)


def from_dlpack(source: Any) -> Tensor:
    """A tensor that shares the memory of an object with `__dlpack__`, or of a capsule."""
    if hasattr(source, "__dlpack__"):
        device, _ = source.__dlpack_device__()
        if device != 1:
            raise BufferError(f"from_dlpack: the data is on a device of type {device}; the CPU (1) is needed")
        source = source.__dlpack__()
    return _C.from_dlpack(source)


def empty(*size: Any, dtype: _C.dtype | None = None, requires_grad: bool = False) -> Tensor:
    """A tensor whose elements are whatever the memory held."""
    return _leaf(_C.empty(*size, dtype=dtype), requires_grad)


def zeros(*size: Any, dtype: _C.dtype | None = None, requires_grad: bool = False) -> Tensor:
    """A tensor of zeros."""
    return _leaf(_C.zeros(*size, dtype=dtype), requires_grad)


def ones(*size: Any, dtype: _C.dtype | None = None, requires_grad: bool = False) -> Tensor:
    """A tensor of ones."""
    return _leaf(_C.ones(*size, dtype=dtype), requires_grad)


def full(
    size: Any, fill_value: float, *, dtype: _C.dtype | None = None, requires_grad: bool = False
) -> Tensor:
    """A tensor whose elements are all `fill_value`; its dtype is the number's unless given."""
    return _leaf(_C.full(size, fill_value, dtype or _dtype_of(fill_value)), requires_grad)


def zeros_like(input: Tensor, *, dtype: _C.dtype | None = None, requires_grad: bool = False) -> Tensor:
    """Zeros in the shape of `input`."""
    return _leaf(_C.zeros(input.shape, dtype=dtype or input.dtype), requires_grad)


def ones_like(input: Tensor, *, dtype: _C.dtype | None = None, requires_grad: bool = False) -> Tensor:
    """Ones in the shape of `input`."""
    return _leaf(_C.ones(input.shape, dtype=dtype or input.dtype), requires_grad)


def full_like(
    input: Tensor, fill_value: float, *, dtype: _C.dtype | None = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of `fill_value` in the shape of `input`."""
    return _leaf(_C.full(input.shape, fill_value, dtype or input.dtype), requires_grad)


def empty_like(input: Tensor, *, dtype: _C.dtype | None = None, requires_grad: bool = False) -> Tensor:
    """A tensor in the shape of `input` whose elements are whatever the memory held."""
    return _leaf(_C.empty(input.shape, dtype=dtype or input.dtype), requires_grad)


def rand_like(input: Tensor, *, dtype: _C.dtype | None = None, requires_grad: bool = False) -> Tensor:
    """Uniform random numbers in [0, 1) in the shape of `input`."""
    return _leaf(_C.rand(input.shape, dtype=dtype or input.dtype), requires_grad)


def randn_like(input: Tensor, *, dtype: _C.dtype | None = None, requires_grad: bool = False) -> Tensor:
    """Normal random numbers in the shape of `input`."""
    return _leaf(_C.randn(input.shape, dtype=dtype or input.dtype), requires_grad)


def arange(
    start: float,
    end: float | None = None,
    step: float = 1,
    *,
    dtype: _C.dtype | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """The numbers start, start + step, ... up to but without `end`; with one argument from 0 up to it."""
    if end is None:
        start, end = 0, start
    if dtype is None:
        whole = all(isinstance(number, int) for number in (start, end, step))
        dtype = _C.int64 if whole else _C.float32
    start, end, step = _number(start), _number(end), _number(step)
    finite = all(map(math.isfinite, (start, end, step)))
    whole = finite and all(float(number).is_integer() for number in (start, end, step))
    if dtype in (_C.int32, _C.uint8) and step and finite and not whole:
        # As many as there would be of float numbers, but of whole ones (as PyTorch).
        count = max(0, math.ceil((end - start) / step))
        places = _C.arange(0, count, 1, _C.int64)
        return _leaf((places * int(step) + int(start)).to(dtype), requires_grad)
    return _leaf(_C.arange(*_whole(_C.int64, dtype, start, end, step), dtype), requires_grad)


def rand(
    *size: Any,
    generator: _C.Generator | None = None,
    dtype: _C.dtype | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Uniform random numbers in [0, 1)."""
    return _leaf(_C.rand(*size, dtype=dtype, generator=generator), requires_grad)


def randn(
    *size: Any,
    generator: _C.Generator | None = None,
    dtype: _C.dtype | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normal random numbers of mean 0 and variance 1."""
    return _leaf(_C.randn(*size, dtype=dtype, generator=generator), requires_grad)


def randperm(n: int, *, generator: _C.Generator | None = None) -> Tensor:
    """A random order of the numbers 0 to n - 1, int64."""
    return _C.randperm(n, generator)


def linspace(
    start: float, end: float, steps: int, *, dtype: _C.dtype | None = None, requires_grad: bool = False
) -> Tensor:
    """`steps` numbers from `start` to `end`, both included, at equal distances.

    Of an integer dtype they lie between the integers of `start` and `end`.
    """
    start, end = _whole(dtype, dtype, start, end)
    return _leaf(_C.linspace(start, end, steps, dtype), requires_grad)


def logspace(
    start: float,
    end: float,
    steps: int,
    base: float = 10.0,
    *,
    dtype: _C.dtype | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """`base` to the power of numbers from `start` to `end`; of an integer dtype those two are integers."""
    start, end = _whole(dtype, dtype, start, end)
    return _leaf(_C.logspace(start, end, steps, base, dtype), requires_grad)


def _whole(asked: _C.dtype | None, dtype: _C.dtype | None, *numbers: float) -> tuple:
    """The numbers without their fractions if `dtype` is an integer one and the one that is asked for."""
    if dtype is None or dtype is not asked or dtype.is_floating_point or dtype is _C.bool:
        return numbers
    return tuple(int(number) if math.isfinite(float(number)) else number for number in map(_number, numbers))


def _number(value: Any) -> float:
    return value.item() if isinstance(value, Tensor) else value


def eye(
    n: int, m: int | None = None, *, dtype: _C.dtype | None = None, requires_grad: bool = False
) -> Tensor:
    """A matrix [n, m], square unless `m` is given, of ones on the diagonal and zeros elsewhere."""
    return _leaf(_C.eye(n, n if m is None else m, dtype), requires_grad)


def randint(
    low: int,
    high: Any = None,
    size: Any = None,
    *,
    generator: _C.Generator | None = None,
    dtype: _C.dtype | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Random whole numbers from `low` up to but without `high`; `randint(high, size)` begins at 0."""
    if size is None:
        low, high, size = 0, low, high
    return _leaf(_C.randint(low, high, size, dtype or _C.int64, generator), requires_grad)


def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: _C.Generator | None = None,
    dtype: _C.dtype | None = None,
) -> Tensor:
    """Normal random numbers; `mean` and `std` are tensors that broadcast, or numbers beside a `size`."""
    if size is None:
        tensors = [value for value in (mean, std) if isinstance(value, Tensor)]
        if not tensors:
            raise TypeError("normal() needs size=..., as neither mean nor std is a tensor")
        size = (tensors[0] if len(tensors) == 1 else tensors[0] + tensors[1]).shape
    return _C.randn(size, dtype=dtype, generator=generator) * std + mean


def generator(seed: int) -> _C.Generator:
    """A stream of random numbers of its own, for the parameter `generator` of functions."""
    return _C.generator_create(seed)


def _leaf(tensor: Tensor, requires_grad: bool) -> Tensor:
    if requires_grad:
        tensor.requires_grad = True
    return tensor


def _dtype_of(number: float) -> _C.dtype:
    if isinstance(number, bool):
        return _C.bool
    return _C.int64 if isinstance(number, int) else _C.float32
