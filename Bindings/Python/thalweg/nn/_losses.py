"""Losses as functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .. import _C
from .._elementwise import is_floating_point
from .._tensor import Tensor


def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean", weight: Tensor | None = None) -> Tensor:
    """The squared difference; with `weight`, of the input's shape, a weighted mean or sum."""
    if weight is None:
        return _C.mse_loss(input, target, reduction)
    return _weighted(_C.mse_loss(input, target, "none"), input, weight, reduction)


def l1_loss(input: Tensor, target: Tensor, reduction: str = "mean", weight: Tensor | None = None) -> Tensor:
    """The absolute difference; with `weight`, of the input's shape, a weighted mean or sum."""
    if weight is None:
        return _C.l1_loss(input, target, reduction)
    return _weighted(_C.l1_loss(input, target, "none"), input, weight, reduction)


def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """Half the squared difference up to `delta`, linear from there; `weight` as for `mse_loss`."""
    if weight is None:
        return _C.huber_loss(input, target, reduction, delta)
    return _weighted(_C.huber_loss(input, target, "none", delta), input, weight, reduction)


def _weighted(losses: Tensor, input: Tensor, weight: Tensor, reduction: str) -> Tensor:
    if weight.shape != input.shape:
        raise ValueError(f"the weight has shape {weight.shape}, the input {input.shape}; they must be equal")
    losses = losses * weight
    if reduction == "none":
        return losses
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction is {reduction!r}; it must be 'none', 'mean' or 'sum'")
    return losses.sum() if reduction == "sum" else losses.sum() / weight.sum()


def kl_div(input: Tensor, target: Tensor, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """The terms of the Kullback-Leibler divergence, target (log target - input), of log-probabilities.

    `reduction` 'batchmean', the sum divided by the size of the first dimension, gives the divergence proper.
    """
    if reduction == "batchmean":
        return _C.kl_div(input, target, "sum", log_target) / (input.shape[0] if input.ndim else 1)
    return _C.kl_div(input, target, reduction, log_target)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """The negative log-likelihood of a normal distribution with means `input` and variances `var`.

    `var`, raised to `eps`, has the input's shape, or 1 in the place of its last dimension, or lacks it.
    """
    if not isinstance(var, Tensor):
        if var < 0:
            raise ValueError(f"gaussian_nll_loss: var is {var}; it must not be negative")
        var = input.detach() * 0 + var
    return _C.gaussian_nll_loss(input, target, var, full, eps, reduction)


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, reduction: str = "mean"
) -> Tensor:
    """max(0, -target (input1 - input2) + margin), for targets of 1 and -1."""
    return _C.margin_ranking_loss(input1, input2, _like(target, input1), margin, reduction)


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, reduction: str = "mean"
) -> Tensor:
    """The input where the target is 1, max(0, margin - input) where it is -1."""
    return _C.hinge_embedding_loss(input, _like(target, input), margin, reduction)


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, reduction: str = "mean"
) -> Tensor:
    """1 - cos where the target is 1, max(0, cos - margin) where it is -1, of [N, M], [N, M] and [N]."""
    return _C.cosine_embedding_loss(input1, input2, _like(target, input1), margin, reduction)


def soft_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """log(1 + exp(-target input)), for targets of 1 and -1."""
    return _C.soft_margin_loss(input, _like(target, input), reduction)


def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """The binary cross entropy of sigmoid(input), averaged over the classes, the last dimension."""
    return _C.multilabel_soft_margin_loss(input, _like(target, input), weight, reduction)


def _like(target: Tensor, input: Tensor) -> Tensor:
    """Signs and shares may be integers."""
    return target if is_floating_point(target) else target.to(input.dtype)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with another distance than `pairwise_distance`."""
    if margin <= 0:
        raise ValueError(f"triplet_margin_with_distance_loss: margin is {margin}; it must be positive")
    distance = _C.pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = _C.minimum(far, distance(positive, negative))
    losses = (near - far + margin).clamp(min=0)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"reduction is {reduction!r}; it must be 'none', 'mean' or 'sum'")
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor | Sequence[int] | int,
    target_lengths: Tensor | Sequence[int] | int,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """The negative log-likelihood of labels whose places in time are not known.

    `log_probs` are [T, N, C], or [T, C] for one sequence, `targets` [N, S], or all labels in one row. The
    mean is of losses divided by their targets' lengths. With `zero_infinity` a sequence too short for its
    labels counts as 0. The gradient takes `log_probs` for normalised, as log_softmax makes them.
    """
    lengths = [
        length if isinstance(length, Tensor) else _C.from_data(length, _C.int64)
        for length in (input_lengths, target_lengths)
    ]
    return _C.ctc_loss(log_probs, targets.to(_C.int64), *lengths, blank, reduction, zero_infinity)
