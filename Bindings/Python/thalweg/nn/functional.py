"""Layers and losses as functions."""

from __future__ import annotations

from .. import _C
from .._C import linear, log_softmax, mse_loss, relu, sigmoid, softmax, tanh
from .._tensor import Tensor

__all__ = ["cross_entropy", "linear", "log_softmax", "mse_loss", "relu", "sigmoid", "softmax", "tanh"]


def cross_entropy(
    input: Tensor, target: Tensor, *, ignore_index: int = -100, reduction: str = "mean"
) -> Tensor:
    """Softmax and cross entropy of class scores [N, C, ...] against int64 labels [N, ...].

    Labels of `ignore_index` count neither in the sum nor in the mean.
    """
    return _C.cross_entropy(input, target, reduction, ignore_index)
