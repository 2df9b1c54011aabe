"""Layers for images: convolution, pooling, dropout. Images are [N, C, H, W], or [C, H, W] for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import _C
from .module import NativeModule

Pair = int | Sequence[int]  # one number for both, or one for height and one for width


def _pair(value: Pair) -> tuple[int, ...]:
    return (value, value) if isinstance(value, int) else tuple(value)


class Conv2d(NativeModule):
    """Filters sliding over images: `weight` [out, in / groups, kH, kW] and `bias` [out].

    Both start uniform in +-1/sqrt(in / groups * kH * kW). `padding` may be 'valid', which is none,
    or, for stride 1, 'same', which keeps height and width.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair | str = 0,
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
        dtype: _C.dtype | None = None,
    ) -> None:
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = _pair(kernel_size)
        self.stride = _pair(stride)
        self.padding = padding if isinstance(padding, str) else _pair(padding)
        self.dilation = _pair(dilation)
        self.groups = groups
        options: dict[str, Any] = {"stride": self.stride, "dilation": self.dilation}
        options |= {"groups": groups, "bias": bias}
        if padding == "same":
            options["same_padding"] = True
        elif isinstance(padding, str):
            if padding != "valid":
                raise ValueError(f"Conv2d: padding is {padding!r}; it must be numbers, 'same' or 'valid'")
        else:
            options["padding"] = self.padding
        if dtype is not None:
            options["dtype"] = dtype
        self._adopt(_C.conv2d_create(in_channels, out_channels, kernel_size, options))
        if not bias:
            self.register_parameter("bias", None)

    def extra_repr(self) -> str:
        """The sizes, and what is not as usual."""
        text = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        )
        if self.padding != (0, 0):
            text += f", padding={self.padding!r}"
        if self.dilation != (1, 1):
            text += f", dilation={self.dilation}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        return text if self.bias is not None else f"{text}, bias=False"


class MaxPool2d(NativeModule):
    """The largest element of each window; without a `stride` the kernel is it."""

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        dilation: Pair = 1,
        *,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.ceil_mode = ceil_mode
        options = {"stride": self.stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
        self._adopt(_C.max_pool2d_create(kernel_size, options))

    def extra_repr(self) -> str:
        """The sizes."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class AvgPool2d(NativeModule):
    """The average of each window; without a `stride` the kernel is it."""

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override
        options = {
            "stride": self.stride,
            "padding": padding,
            "ceil_mode": ceil_mode,
            "count_include_pad": count_include_pad,
            "divisor_override": divisor_override or 0,
        }
        self._adopt(_C.avg_pool2d_create(kernel_size, options))

    def extra_repr(self) -> str:
        """The sizes."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class Dropout(NativeModule):
    """In training, sets elements to 0 with probability `p` and divides the others by 1 - p."""

    def __init__(self, p: float = 0.5) -> None:
        self.p = p
        self._adopt(_C.dropout_create(p))

    def extra_repr(self) -> str:
        """The probability."""
        return f"p={self.p}"
