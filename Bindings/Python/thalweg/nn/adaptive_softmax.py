"""A softmax over many classes that spends its work on the frequent ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .. import _C
from .._tensor import Tensor
from . import functional
from .containers import ModuleList, Sequential
from .layers import Linear
from .module import Module


class AdaptiveLogSoftmaxOutput(NamedTuple):
    """What the layer gives: the log-probability of each target, and the mean of their negatives."""

    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """The loss of many classes, numbered from the most frequent one (Grave et al. 2017, "Efficient softmax").

    The head decides among the first `cutoffs[0]` classes and the clusters between the further cutoffs, each
    of which has a projection, narrower by `div_value` from one to the next, and scores of its own.
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        dtype: _C.dtype | None = None,
    ) -> None:
        limits = list(cutoffs)
        if not limits or limits != sorted(set(limits)) or limits[0] < 1 or limits[-1] >= n_classes:
            raise ValueError(
                f"AdaptiveLogSoftmaxWithLoss: cutoffs are {limits}; they must grow, from 1 to {n_classes - 1}"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*limits, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = limits[0]
        self.n_clusters = len(limits)
        self.head = Linear(in_features, self.shortlist_size + self.n_clusters, head_bias, dtype)
        self.tail = ModuleList()
        for i in range(self.n_clusters):
            narrow, size = int(in_features // div_value ** (i + 1)), self.cutoffs[i + 1] - self.cutoffs[i]
            self.tail.append(
                Sequential(Linear(in_features, narrow, False, dtype), Linear(narrow, size, False, dtype))
            )

    def forward(self, input: Tensor, target: Tensor) -> AdaptiveLogSoftmaxOutput:
        """Log-probabilities of targets [N] for inputs [N, in_features], or [] and [in_features]; the loss."""
        if target.ndim == 0:
            output, loss = self.forward(input.unsqueeze(0), target.unsqueeze(0))
            return AdaptiveLogSoftmaxOutput(output.squeeze(0), loss)
        if input.ndim != 2 or target.shape != input.shape[:1]:
            raise ValueError(
                f"AdaptiveLogSoftmaxWithLoss: input {input.shape}, target {target.shape}; [N, in] and [N] fit"
            )
        if target.numel() and not 0 <= int(target.min()) <= int(target.max()) < self.n_classes:
            raise ValueError(f"AdaptiveLogSoftmaxWithLoss: targets must be from 0 to {self.n_classes - 1}")
        head = functional.log_softmax(self.head(input), 1)
        chosen, output = target, input.sum(1) * 0
        for i, part in enumerate(self.tail):
            low, high = self.cutoffs[i], self.cutoffs[i + 1]
            mask = (target >= low).logical_and(target < high)
            rows = mask.nonzero().flatten()
            if rows.numel() == 0:
                continue
            chosen = chosen.masked_fill(mask, self.shortlist_size + i)
            scores = functional.log_softmax(part(input.index_select(0, rows)), 1)
            own = scores.gather(1, (target.index_select(0, rows) - low).unsqueeze(1)).squeeze(1)
            output = output.index_add(0, rows, own)
        output = output + head.gather(1, chosen.unsqueeze(1)).squeeze(1)
        return AdaptiveLogSoftmaxOutput(output, -output.mean())

    def log_prob(self, input: Tensor) -> Tensor:
        """The log-probabilities of all classes: [N, n_classes]."""
        head = functional.log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for i, part in enumerate(self.tail):
            cluster = head[:, self.shortlist_size + i : self.shortlist_size + i + 1]
            parts.append(functional.log_softmax(part(input), 1) + cluster)
        return _C.cat(parts, 1)

    def predict(self, input: Tensor) -> Tensor:
        """The most probable class of each input [N, in_features]: [N]."""
        return self.log_prob(input).argmax(1)
