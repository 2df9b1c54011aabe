"""Elementwise functions that only Python has: sugar around the engine's."""

from __future__ import annotations

from typing import Any

from . import _C
from ._C import allclose, equal
from ._tensor import Tensor

__all__ = [
    "allclose",
    "can_cast",
    "equal",
    "is_floating_point",
    "logit",
    "nan_to_num",
    "positive",
    "pow",
    "promote_types",
    "result_type",
]


def positive(input: Tensor) -> Tensor:
    """The tensor itself; not for bool."""
    return input.positive()


def pow(input: Tensor | float, exponent: Tensor | float) -> Tensor:
    """The power of two tensors, or of a tensor and a number. The shapes broadcast, the dtypes promote."""
    return input**exponent


def is_floating_point(input: Tensor) -> bool:
    """Whether the elements are float32 or float64."""
    return input.is_floating_point()


def nan_to_num(
    input: Tensor, nan: float | None = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """NaN and infinities replaced, by default by 0 and the greatest and least finite numbers."""
    return input.nan_to_num(nan, posinf, neginf)


def result_type(tensor1: Any, tensor2: Any) -> _C.dtype:
    """The dtype in which an operation on two tensors or numbers computes.

    Numbers and tensors of rank 0 raise the category (bool, integer, float), never the width within it.
    """
    if not isinstance(tensor1, Tensor):
        tensor1, tensor2 = tensor2, tensor1
    if not isinstance(tensor1, Tensor):
        return promote_types(_C.from_data(tensor1, None).dtype, _C.from_data(tensor2, None).dtype)
    stand_ins = [
        _C.zeros([1] if x.ndim else [], dtype=x.dtype) if isinstance(x, Tensor) else x
        for x in (tensor1, tensor2)
    ]
    return (stand_ins[0] + stand_ins[1]).dtype


def promote_types(type1: _C.dtype, type2: _C.dtype) -> _C.dtype:
    """The smallest dtype that both convert to without a change of category."""
    return (_C.zeros([0], dtype=type1) + _C.zeros([0], dtype=type2)).dtype


def can_cast(from_: _C.dtype, to: _C.dtype) -> bool:
    """Whether a conversion keeps the category: not from float to integer, nor from either to bool."""
    category = {_C.bool: 0, _C.uint8: 1, _C.int32: 1, _C.int64: 1, _C.float32: 2, _C.float64: 2}
    return category[from_] <= category[to]


def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """ln(x / (1 - x)), the inverse of the sigmoid; of the tensor clamped to [eps, 1 - eps] if given."""
    return _C.logit(input, -1.0 if eps is None else eps)
