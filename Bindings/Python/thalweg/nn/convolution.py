"""Layers of filters.

Sequences are [N, C, L] or [C, L], images [N, C, H, W] or [C, H, W], volumes [N, C, D, H, W] or [C, D, H, W].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import _C
from .native import NativeModule

Window = int | Sequence[int]  # one number for all directions, or one for each
_MODES = ("zeros", "reflect", "replicate", "circular")  # what stands in the padding, as TW_PAD_... order them


def _numbers(value: Window, directions: int) -> tuple[int, ...]:
    numbers = (value,) if isinstance(value, int) else tuple(value)
    return numbers * directions if len(numbers) == 1 else numbers


class _Convolution(NativeModule):
    """What the convolution layers share: their attributes, and their options for the engine."""

    _names = ("weight", "bias")
    _directions: int
    _create: Callable[..., _C.Module]
    output_padding: tuple[int, ...] = ()
    padding_mode = "zeros"

    def _make(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Window,
        stride: Window,
        padding: Window | str,
        output_padding: Window,
        dilation: Window,
        groups: int,
        bias: bool,
        padding_mode: str,
        dtype: _C.dtype | None,
    ) -> None:
        name = type(self).__name__
        if padding_mode not in _MODES or (padding_mode != "zeros" and isinstance(self, _Transposed)):
            raise ValueError(
                f"{name}: padding_mode is {padding_mode!r}; {', '.join(_MODES)} are there, for a "
                "transposed convolution 'zeros' alone"
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = _numbers(kernel_size, self._directions)
        self.stride = _numbers(stride, self._directions)
        self.padding = padding if isinstance(padding, str) else _numbers(padding, self._directions)
        self.dilation = _numbers(dilation, self._directions)
        self.output_padding = _numbers(output_padding, self._directions)
        self.groups = groups
        self.padding_mode = padding_mode
        options: dict[str, Any] = {"groups": groups, "bias": bias, "padding_mode": _MODES.index(padding_mode)}
        windows = {"stride": self.stride, "dilation": self.dilation, "output_padding": self.output_padding}
        if padding == "same":
            options["same_padding"] = True
        elif isinstance(self.padding, str):
            if padding != "valid":
                raise ValueError(f"{name}: padding is {padding!r}; it must be numbers, 'same' or 'valid'")
        else:
            windows["padding"] = self.padding
        options |= {key: self._own(key, value) for key, value in windows.items()}
        if dtype is not None:
            options["dtype"] = dtype
        kernel = self._own("kernel_size", self.kernel_size)
        self._adopt(type(self)._create(in_channels, out_channels, kernel, options))

    def _own(self, name: str, numbers: tuple[int, ...]) -> Window:
        """A number a direction as the engine takes it."""
        if len(numbers) != self._directions:
            wanted = ("one number", "one or two numbers", "one or three numbers")[self._directions - 1]
            raise ValueError(f"{type(self).__name__}: {name} is {numbers}; it must be {wanted}")
        return numbers if self._directions > 1 else numbers[0]

    def extra_repr(self) -> str:
        """The sizes, and what is not as usual."""
        text = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        )
        if self.padding != (0,) * self._directions:
            text += f", padding={self.padding!r}"
        if self.dilation != (1,) * self._directions:
            text += f", dilation={self.dilation}"
        if any(self.output_padding):
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text if self.bias is not None else f"{text}, bias=False"


class _Forward(_Convolution):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Window,
        stride: Window = 1,
        padding: Window | str = 0,
        dilation: Window = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        dtype: _C.dtype | None = None,
    ) -> None:
        self._make(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            0,
            dilation,
            groups,
            bias,
            padding_mode,
            dtype,
        )


class _Transposed(_Convolution):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Window,
        stride: Window = 1,
        padding: Window = 0,
        output_padding: Window = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Window = 1,
        padding_mode: str = "zeros",
        dtype: _C.dtype | None = None,
    ) -> None:
        if isinstance(padding, str):
            raise ValueError(f"{type(self).__name__}: padding is {padding!r}; it must be numbers")
        self._make(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            output_padding,
            dilation,
            groups,
            bias,
            padding_mode,
            dtype,
        )


class Conv1d(_Forward):
    """Filters sliding over sequences: `weight` [out, in / groups, k] and `bias` [out].

    Both start uniform in +-1/sqrt(in / groups * k). `padding` may be 'valid', which is none, or, for
    stride 1, 'same', which keeps the length.
    """

    _directions = 1
    _create = staticmethod(_C.conv1d_create)


class Conv2d(_Forward):
    """Filters sliding over images: `weight` [out, in / groups, kH, kW] and `bias` [out].

    Both start uniform in +-1/sqrt(in / groups * kH * kW). `padding` may be 'valid', which is none,
    or, for stride 1, 'same', which keeps height and width.
    """

    _directions = 2
    _create = staticmethod(_C.conv2d_create)


class Conv3d(_Forward):
    """Filters sliding over volumes: `weight` [out, in / groups, kD, kH, kW] and `bias` [out]; as Conv2d."""

    _directions = 3
    _create = staticmethod(_C.conv3d_create)


class ConvTranspose1d(_Transposed):
    """Filters that each element adds to a window of a longer sequence.

    `weight` [in, out / groups, k] and `bias` [out] start uniform in +-1/sqrt(out / groups * k). `padding` is
    taken off at both ends, `output_padding` added at the far one.
    """

    _directions = 1
    _create = staticmethod(_C.conv_transpose1d_create)


class ConvTranspose2d(_Transposed):
    """Filters that each pixel adds to a window of a larger image.

    `weight` [in, out / groups, kH, kW] and `bias` [out] start uniform in +-1/sqrt(out / groups * kH * kW).
    `padding` is taken off on all sides, `output_padding` added below and on the right.
    """

    _directions = 2
    _create = staticmethod(_C.conv_transpose2d_create)


class ConvTranspose3d(_Transposed):
    """Filters that each voxel adds to a window of a larger volume; as ConvTranspose2d."""

    _directions = 3
    _create = staticmethod(_C.conv_transpose3d_create)
