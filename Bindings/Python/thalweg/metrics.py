"""How good outputs are, as plain numbers."""

from __future__ import annotations

from . import _C
from ._tensor import Tensor

__all__ = [
    "accuracy",
    "confusion_matrix",
    "mean_absolute_error",
    "mean_squared_error",
    "root_mean_squared_error",
]


def accuracy(scores: Tensor, target: Tensor, top_k: int = 1) -> float:
    """The share of rows of scores [N, C, ...] among whose `top_k` largest is that of the target's class.

    Targets of -100 do not count.
    """
    return _C.metric_accuracy(scores, target, top_k)


def confusion_matrix(scores: Tensor, target: Tensor) -> Tensor:
    """How often class i (row) was taken for class j (column): int64 [C, C]."""
    return _C.metric_confusion_matrix(scores, target)


def mean_absolute_error(output: Tensor, target: Tensor) -> float:
    """The mean of |output - target|."""
    return _C.metric_mean_absolute_error(output, target)


def mean_squared_error(output: Tensor, target: Tensor) -> float:
    """The mean of (output - target)^2."""
    return _C.metric_mean_squared_error(output, target)


def root_mean_squared_error(output: Tensor, target: Tensor) -> float:
    """The root of the mean of (output - target)^2."""
    return _C.metric_root_mean_squared_error(output, target)
