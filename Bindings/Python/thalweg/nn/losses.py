"""Losses as modules. They take two tensors, so they cannot be a step of a Sequential."""

from __future__ import annotations

from .._tensor import Tensor
from . import functional
from .module import Module


class CrossEntropyLoss(Module):
    """Softmax and cross entropy of class scores [N, C, ...] against int64 labels [N, ...]."""

    def __init__(self, *, ignore_index: int = -100, reduction: str = "mean") -> None:
        self.ignore_index = ignore_index
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        return functional.cross_entropy(
            input, target, ignore_index=self.ignore_index, reduction=self.reduction
        )


class MSELoss(Module):
    """The squared difference, averaged over all elements unless `reduction` says otherwise."""

    def __init__(self, reduction: str = "mean") -> None:
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        return functional.mse_loss(input, target, reduction=self.reduction)
