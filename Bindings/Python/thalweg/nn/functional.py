"""Layers and losses as functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .. import _C
from .._C import (
    adaptive_avg_pool1d,
    avg_pool1d,
    batch_norm,
    bilinear,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    celu,
    channel_shuffle,
    conv_transpose1d,
    conv_transpose2d,
    cross_entropy,
    dropout,
    elu,
    gelu,
    glu,
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
    mish,
    nll_loss,
    normalize,
    pad,
    pixel_shuffle,
    pixel_unshuffle,
    prelu,
    relu,
    relu6,
    rrelu,
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
    "alpha_dropout",
    "bilinear",
    "channel_shuffle",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_alpha_dropout",
    "glu",
    "interpolate",
    "pixel_shuffle",
    "pixel_unshuffle",
    "prelu",
    "rrelu",
    "upsample",
    "affine_grid",
    "fold",
    "grid_sample",
    "unfold",
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "celu",
    "conv1d",
    "conv2d",
    "conv_transpose1d",
    "conv_transpose2d",
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
    "max_pool1d",
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

Window = int | Sequence[int]  # one number for all directions, or one for each


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Window = 1,
    padding: Window | str = 0,
    dilation: Window = 1,
    groups: int = 1,
) -> Tensor:
    """Slides the filters `weight` [out, in / groups, k] over sequences [N, in, L] or [in, L].

    `padding` may be 'valid', which is none, or, for stride 1, 'same', which keeps the length.
    """
    if isinstance(padding, str):
        if _is_same(padding, stride, "conv1d"):
            return _C.conv1d_same(input, weight, bias, dilation, groups)
        padding = 0
    return _C.conv1d(input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Window = 1,
    padding: Window | str = 0,
    dilation: Window = 1,
    groups: int = 1,
) -> Tensor:
    """Slides the filters `weight` [out, in / groups, kH, kW] over images [N, in, H, W] or [in, H, W].

    `padding` may be 'valid', which is none, or, for stride 1, 'same', which keeps height and width.
    """
    if isinstance(padding, str):
        if _is_same(padding, stride, "conv2d"):
            return _C.conv2d_same(input, weight, bias, dilation, groups)
        padding = 0
    return _C.conv2d(input, weight, bias, stride, padding, dilation, groups)


def _is_same(padding: str, stride: Window, function: str) -> bool:
    """Whether `padding` is 'same' rather than 'valid'."""
    if padding not in ("same", "valid"):
        raise ValueError(f"{function}: padding is {padding!r}; it must be numbers, 'same' or 'valid'")
    if padding == "same" and any(step != 1 for step in ([stride] if isinstance(stride, int) else stride)):
        raise ValueError(f"{function}: padding 'same' is for stride 1, not {stride}")
    return padding == "same"


def max_pool1d(
    input: Tensor,
    kernel_size: Window,
    stride: Window | None = None,
    padding: Window = 0,
    dilation: Window = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of sequences [N, C, L] or [C, L].

    With `return_indices` a tuple of it and where in the sequence it was.
    """
    function = _C.max_pool1d_with_indices if return_indices else _C.max_pool1d
    return function(input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool2d(
    input: Tensor,
    kernel_size: Window,
    stride: Window | None = None,
    padding: Window = 0,
    dilation: Window = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of images [N, C, H, W] or [C, H, W].

    With `return_indices` a tuple of it and where in the image it was, row by row.
    """
    function = _C.max_pool2d_with_indices if return_indices else _C.max_pool2d
    return function(input, kernel_size, stride, padding, dilation, ceil_mode)


def avg_pool2d(
    input: Tensor,
    kernel_size: Window,
    stride: Window | None = None,
    padding: Window = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The average of each window of images [N, C, H, W] or [C, H, W]; without a `stride` the kernel is it.

    Places in the padding count as zeros if `count_include_pad`. Sums are divided by `divisor_override` rather
    than their counts.
    """
    divisor = _divisor(divisor_override, "avg_pool2d")
    return _C.avg_pool2d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor)


def _divisor(divisor: int | None, function: str) -> int:
    """As the engine takes it: 0 stands for none."""
    if divisor == 0:
        raise ValueError(f"{function}: divisor_override is 0; leave it out or give another number")
    return divisor or 0


def adaptive_max_pool1d(input: Tensor, output_size: Window, return_indices: bool = False) -> Any:
    """The largest element of each of `output_size` windows that cover a sequence.

    With `return_indices` a tuple of it and where in the sequence it was.
    """
    function = _C.adaptive_max_pool1d_with_indices if return_indices else _C.adaptive_max_pool1d
    return function(input, output_size)


def adaptive_max_pool2d(
    input: Tensor, output_size: int | Sequence[int | None], return_indices: bool = False
) -> Any:
    """The largest element of each of `output_size` windows that cover an image.

    An entry None stands for as many as there are pixels. With `return_indices` a tuple of it and where in
    the image it was, row by row.
    """
    function = _C.adaptive_max_pool2d_with_indices if return_indices else _C.adaptive_max_pool2d
    return function(input, _open_sizes(output_size, "adaptive_max_pool2d"))


def adaptive_avg_pool2d(input: Tensor, output_size: int | Sequence[int | None]) -> Tensor:
    """The average of each of `output_size` windows that cover an image.

    An entry None stands for as many as there are pixels.
    """
    return _C.adaptive_avg_pool2d(input, _open_sizes(output_size, "adaptive_avg_pool2d"))


def _open_sizes(sizes: int | Sequence[int | None], function: str) -> list[int]:
    """Two sizes, where -1 stands for the input's."""
    both = [sizes, sizes] if isinstance(sizes, int) else list(sizes)
    if len(both) != 2 or any(size is not None and size < 0 for size in both):
        raise ValueError(
            f"{function}: output_size is {sizes}; it must be one or two sizes, or None for the input's"
        )
    return [-1 if size is None else size for size in both]


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


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Sets elements to the negative limit of SELU with probability `p`; mean 0 and variance 1 stay."""
    return _C.alpha_dropout(input, p, training)


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """`alpha_dropout` of whole channels."""
    return _C.alpha_dropout(input, p, training, True)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Sets whole channels of [N, C, L] or [C, L] to 0 with probability `p`, divides the others by 1 - p."""
    return _drop_channels(input, p, training, 2)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Sets whole channels of [N, C, ...] to 0 with probability `p`, divides the others by 1 - p."""
    return _C.feature_dropout(input, p, training)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Sets whole channels of [N, C, D, H, W] or [C, D, H, W] to 0, divides the others by 1 - p."""
    return _drop_channels(input, p, training, 4)


def _drop_channels(input: Tensor, p: float, training: bool, single: int) -> Tensor:
    if input.ndim != single:
        return _C.feature_dropout(input, p, training)
    return _C.feature_dropout(input.unsqueeze(0), p, training).squeeze(0)


def interpolate(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """[N, C, ...] with other sizes behind the channels: `size`, or `scale_factor` times as large.

    Modes are 'nearest', 'nearest-exact', 'linear', 'bilinear', 'trilinear', 'bicubic' and 'area'. With
    `recompute_scale_factor` places are computed from the sizes, not from the factor.
    """
    if antialias:
        raise ValueError("interpolate: antialias is not supported")
    if recompute_scale_factor and scale_factor is not None:
        factors = (
            [scale_factor] * (input.ndim - 2) if isinstance(scale_factor, (int, float)) else scale_factor
        )
        size = [math.floor(n * factor) for n, factor in zip(input.shape[2:], factors, strict=True)]
        scale_factor = None
    sizes, scales = _sizes_and_scales(size, scale_factor)
    return _C.interpolate(input, sizes, *scales, mode.replace("-", "_"), bool(align_corners))


upsample = interpolate


def _sizes_and_scales(size: Any, scale_factor: Any) -> tuple[list[int], list[float]]:
    """As the engine takes them: zeros stand for no scale."""
    if (size is None) == (scale_factor is None):
        raise ValueError("interpolate: give one of size and scale_factor")
    sizes = [] if size is None else [size] if isinstance(size, int) else list(size)
    if scale_factor is None:
        return sizes, [0.0, 0.0, 0.0]
    factors = [scale_factor] if isinstance(scale_factor, (int, float)) else list(scale_factor)
    if len(factors) > 3 or any(factor <= 0 for factor in factors):
        raise ValueError(f"interpolate: scale_factor is {scale_factor}; it must be one to three above 0")
    return sizes, [0.0] * (3 - len(factors)) + [float(factor) for factor in factors]


def unfold(
    input: Tensor,
    kernel_size: Window,
    dilation: Window = 1,
    padding: Window = 0,
    stride: Window = 1,
) -> Tensor:
    """The windows of images [N, C, H, W] as columns: [N, C kH kW, L]."""
    return _C.unfold_patches(input, kernel_size, dilation, padding, stride)


def fold(
    input: Tensor,
    output_size: Window,
    kernel_size: Window,
    dilation: Window = 1,
    padding: Window = 0,
    stride: Window = 1,
) -> Tensor:
    """Images of `output_size` from columns as `unfold` makes them, added up where windows overlap."""
    return _C.fold_patches(input, output_size, kernel_size, dilation, padding, stride)


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """Images read at places of which `grid` [N, h, w, 2] holds coordinates, x first, -1 and 1 at the edges.

    `mode` is 'bilinear', 'nearest' or 'bicubic', `padding_mode` 'zeros', 'border' or 'reflection'. With
    `align_corners` -1 and 1 are the middles of the outermost pixels.
    """
    return _C.grid_sample(input, grid, mode, padding_mode, bool(align_corners))


def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The grid of `grid_sample` for affine maps [N, 2, 3] and results of `size` [N, C, H, W]; or one more."""
    return _C.affine_grid(theta, list(size), bool(align_corners))
