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
    conv_transpose3d,
    cosine_similarity,
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
    multi_margin_loss,
    multilabel_margin_loss,
    nll_loss,
    normalize,
    pad,
    pairwise_distance,
    pdist,
    pixel_shuffle,
    pixel_unshuffle,
    poisson_nll_loss,
    prelu,
    relu,
    relu6,
    rrelu,
    selu,
    sigmoid,
    silu,
    sinusoidal_positions,
    smooth_l1_loss,
    softmax,
    softplus,
    softshrink,
    softsign,
    tanh,
    tanhshrink,
    threshold,
    triplet_margin_loss,
)
from .._tensor import Tensor
from ..autograd import no_grad
from ._losses import (
    cosine_embedding_loss,
    ctc_loss,
    gaussian_nll_loss,
    hinge_embedding_loss,
    huber_loss,
    kl_div,
    l1_loss,
    margin_ranking_loss,
    mse_loss,
    multilabel_soft_margin_loss,
    soft_margin_loss,
    triplet_margin_with_distance_loss,
)
from ._windows import (
    Window,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    avg_pool2d,
    avg_pool3d,
    conv1d,
    conv2d,
    conv3d,
    fractional_max_pool2d,
    fractional_max_pool3d,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
)

__all__ = [
    "affine_grid",
    "fold",
    "grid_sample",
    "unfold",
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "alpha_dropout",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "celu",
    "channel_shuffle",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "ctc_loss",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "elu",
    "embedding",
    "feature_alpha_dropout",
    "fractional_max_pool2d",
    "fractional_max_pool3d",
    "gaussian_nll_loss",
    "gelu",
    "glu",
    "group_norm",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hinge_embedding_loss",
    "huber_loss",
    "instance_norm",
    "interpolate",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "local_response_norm",
    "log_softmax",
    "logsigmoid",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "margin_ranking_loss",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
    "mish",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "pdist",
    "pixel_shuffle",
    "pixel_unshuffle",
    "poisson_nll_loss",
    "prelu",
    "relu",
    "relu6",
    "rms_norm",
    "rrelu",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "soft_margin_loss",
    "sinusoidal_positions",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
    "upsample",
]


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
    """`alpha_dropout` of whole channels; out of training the input, of any shape."""
    if 0 <= p <= 1 and (p == 0 or not training):
        return input
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
