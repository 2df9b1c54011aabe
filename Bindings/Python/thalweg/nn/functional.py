"""Layers and losses as functions."""

from __future__ import annotations

from collections.abc import Sequence

from .. import _C
from .._C import (
    avg_pool2d,
    celu,
    dropout,
    elu,
    gelu,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    linear,
    log_softmax,
    logsigmoid,
    max_pool2d,
    mish,
    mse_loss,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    softshrink,
    softsign,
    tanh,
    tanhshrink,
    threshold,
)
from .._tensor import Tensor

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
    "linear",
    "log_softmax",
    "logsigmoid",
    "max_pool2d",
    "mish",
    "mse_loss",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softshrink",
    "softsign",
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


def cross_entropy(
    input: Tensor, target: Tensor, *, ignore_index: int = -100, reduction: str = "mean"
) -> Tensor:
    """Softmax and cross entropy of class scores [N, C, ...] against int64 labels [N, ...].

    Labels of `ignore_index` count neither in the sum nor in the mean.
    """
    return _C.cross_entropy(input, target, reduction, ignore_index)
