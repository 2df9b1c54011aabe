"""Layers that change shapes: padding, other sizes, dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import _C
from . import functional
from .native import NativeModule


class Flatten(NativeModule):
    """Merges the dimensions from `start_dim` to `end_dim` into one."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim = start_dim
        self.end_dim = end_dim
        self._adopt(_C.flatten_create(start_dim, end_dim))

    def extra_repr(self) -> str:
        """The dimensions."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(NativeModule):
    """Splits the dimension `dim` into several; one size may be -1, for what is left."""

    _lists = ("unflattened_size",)

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        self.dim = dim
        self.unflattened_size = tuple(unflattened_size)
        self._adopt(_C.unflatten_create(dim, self.unflattened_size))

    def extra_repr(self) -> str:
        """The sizes."""
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class Upsample(NativeModule):
    """[N, C, ...] with other sizes behind the channels: `size`, or `scale_factor` times as large."""

    size: int | tuple[int, ...] | None = None
    scale_factor: float | tuple[float, ...] | None = None
    align_corners: bool | None = None

    def __init__(
        self,
        size: int | Sequence[int] | None = None,
        scale_factor: float | Sequence[float] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        if recompute_scale_factor:
            raise ValueError("Upsample: give the size instead of recompute_scale_factor")
        self.size = size if size is None or isinstance(size, int) else tuple(size)
        self.scale_factor = (
            scale_factor
            if scale_factor is None
            else float(scale_factor)
            if isinstance(scale_factor, (int, float))
            else tuple(map(float, scale_factor))
        )
        self.mode = mode
        self.align_corners = align_corners
        sizes, scales = functional._sizes_and_scales(size, scale_factor)
        self._adopt(_C.upsample_create(sizes, *scales, mode.replace("-", "_"), bool(align_corners)))

    def _read(self) -> None:
        """Puts together what a model file has apart."""
        scales = [vars(self).pop(f"scale_factor_{i}", None) for i in range(3)]
        known = tuple(scale for scale in scales if scale is not None)
        self.scale_factor = None if not known else known[0] if len(known) == 1 else known
        self.align_corners = self.align_corners or None

    def extra_repr(self) -> str:
        """The sizes."""
        what = f"size={self.size}" if self.size is not None else f"scale_factor={self.scale_factor}"
        return f"{what}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """`Upsample` of images by the nearest pixel."""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "nearest")


class UpsamplingBilinear2d(Upsample):
    """`Upsample` of images by straight lines between the corners."""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "bilinear", True)


class Unfold(NativeModule):
    """The windows of images [N, C, H, W] as columns [N, C kernel height kernel width, windows]."""

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        dilation: int | Sequence[int] = 1,
        padding: int | Sequence[int] = 0,
        stride: int | Sequence[int] = 1,
    ) -> None:
        self.kernel_size, self.dilation = _pair(kernel_size), _pair(dilation)
        self.padding, self.stride = _pair(padding), _pair(stride)
        self._adopt(_C.unfold_create(kernel_size, dilation, padding, stride))

    def extra_repr(self) -> str:
        """How the windows lie."""
        return (
            f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, "
            f"stride={self.stride}"
        )


class Fold(NativeModule):
    """Images of `output_size` from columns as `Unfold` makes them, added up where windows overlap."""

    def __init__(
        self,
        output_size: int | Sequence[int],
        kernel_size: int | Sequence[int],
        dilation: int | Sequence[int] = 1,
        padding: int | Sequence[int] = 0,
        stride: int | Sequence[int] = 1,
    ) -> None:
        self.output_size = _pair(output_size)
        self.kernel_size, self.dilation = _pair(kernel_size), _pair(dilation)
        self.padding, self.stride = _pair(padding), _pair(stride)
        self._adopt(_C.fold_create(output_size, kernel_size, dilation, padding, stride))

    def extra_repr(self) -> str:
        """How the windows lie."""
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )


def _pair(value: int | Sequence[int]) -> int | tuple[int, ...]:
    return value if isinstance(value, int) else tuple(value)


class PixelShuffle(NativeModule):
    """[..., C r^2, H, W] to [..., C, H r, W r]: each pixel's channels as a square of pixels."""

    def __init__(self, upscale_factor: int) -> None:
        self.upscale_factor = upscale_factor
        self._adopt(_C.pixel_shuffle_create(upscale_factor))

    def extra_repr(self) -> str:
        """The factor."""
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(NativeModule):
    """Undoes `PixelShuffle`."""

    def __init__(self, downscale_factor: int) -> None:
        self.downscale_factor = downscale_factor
        self._adopt(_C.pixel_unshuffle_create(downscale_factor))

    def extra_repr(self) -> str:
        """The factor."""
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(NativeModule):
    """The channels of some groups of [N, C, ...], taken in turn."""

    def __init__(self, groups: int) -> None:
        self.groups = groups
        self._adopt(_C.channel_shuffle_create(groups))

    def extra_repr(self) -> str:
        """The groups."""
        return f"groups={self.groups}"


class ChannelPad(NativeModule):
    """Every `stride`-th pixel, with channels of zeros before and behind: a shortcut without parameters."""

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.stride = stride
        self._adopt(_C.channel_pad_create(in_channels, out_channels, stride))

    def extra_repr(self) -> str:
        """The sizes."""
        return f"{self.in_channels}, {self.out_channels}, stride={self.stride}"
