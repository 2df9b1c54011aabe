"""Layers and losses as functions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .. import _C
from .._C import (
    avg_pool2d,
    batch_norm,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    celu,
    cross_entropy,
    dropout,
    elu,
    gelu,
    group_norm,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    instance_norm,
    layer_norm,
    leaky_relu,
    linear,
    local_response_norm,
    log_softmax,
    logsigmoid,
    max_pool2d,
    mish,
    nll_loss,
    normalize,
    pad,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    smooth_l1_loss,
    softmax,
    softplus,
    softshrink,
    softsign,
    tanh,
    tanhshrink,
    threshold,
)
from .._tensor import Tensor
from ..autograd import no_grad

__all__ = [
    "avg_pool2d",
    "celu",
    "conv2d",
    "cross_entropy",
    "dropout",
    "elu",
    "gelu",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "group_norm",
    "huber_loss",
    "instance_norm",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "embedding",
    "linear",
    "local_response_norm",
    "log_softmax",
    "logsigmoid",
    "max_pool2d",
    "mish",
    "mse_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softshrink",
    "softsign",
    "rms_norm",
    "smooth_l1_loss",
    "softmin",
    "tanh",
    "tanhshrink",
    "threshold",
]


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """Slides the filters `weight` [out, in / groups, kH, kW] over images [N, in, H, W] or [in, H, W].

    `padding` may be 'valid', which is none, or, for stride 1, 'same', which keeps height and width.
    """
    if isinstance(padding, str):
        padding = _named_padding(padding, weight, stride, dilation)
    return _C.conv2d(input, weight, bias, stride, padding, dilation, groups)


def _named_padding(
    name: str, weight: Tensor, stride: int | Sequence[int], dilation: int | Sequence[int]
) -> Sequence[int]:
    if name == "valid":
        return (0, 0)
    if name != "same":
        raise ValueError(f"conv2d: padding is {name!r}; it must be numbers, 'same' or 'valid'")
    if stride not in (1, (1, 1), [1, 1]):
        raise ValueError(f"conv2d: padding 'same' is for stride 1, not {stride}")
    steps = (dilation, dilation) if isinstance(dilation, int) else tuple(dilation)
    both = [step * (size - 1) for step, size in zip(steps, weight.shape[2:], strict=True)]
    if any(total % 2 for total in both):
        raise ValueError(
            f"conv2d: padding 'same' with kernel {list(weight.shape[2:])} is not the same on both sides; "
            "thalweg.nn.Conv2d can do it"
        )
    return [total // 2 for total in both]


def softmin(input: Tensor, dim: int, dtype: _C.dtype | None = None) -> Tensor:
    """Softmax of -input."""
    return _C.softmax(-input, dim, dtype=dtype)


def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Divides by the root of the mean square over the last dimensions, of the given shape; times `weight`.

    `eps`, added to the mean square, is the dtype's distance from 1 to the next number if None.
    """
    return _C.rms_norm(input, normalized_shape, weight, math.nan if eps is None else eps)


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


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of `weight` [count, size] at the indices `input`.

    The row `padding_idx` gets no gradient. `max_norm` first shortens, in place, the rows used to that norm.
    With `scale_grad_by_freq` a row that occurs several times gets the mean of its gradients. Gradients are
    never sparse.
    """
    if max_norm is not None:
        with no_grad():
            _C.renormalize_rows(weight, input, max_norm, norm_type)
    return _C.embedding(input, weight, padding_idx, scale_grad_by_freq)


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Which class each element is: 1 at its index in a new last dimension, 0 elsewhere."""
    return _C.one_hot(tensor, None if num_classes == -1 else num_classes)
