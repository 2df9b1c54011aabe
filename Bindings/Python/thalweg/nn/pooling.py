"""Layers of windows. Images are [N, C, H, W], or [C, H, W] for one; sequences [N, C, L], or [C, L]."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import _C
from .._tensor import Tensor
from . import functional
from .module import NativeModule

Window = int | Sequence[int]  # one number for all directions, or one for each


def _single(value: Window) -> int:
    return value if isinstance(value, int) else int(value[0])


class _MaxPool(NativeModule):
    _create: Callable[..., _C.Module]
    _function: Callable[..., Any]
    return_indices = False

    def __init__(
        self,
        kernel_size: Window,
        stride: Window | None = None,
        padding: Window = 0,
        dilation: Window = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode
        options = {"stride": self.stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
        self._adopt(type(self)._create(kernel_size, options))

    def __call__(self, input: Tensor) -> Any:
        """Computes the output; with `return_indices` a tuple of it and where its elements were."""
        if not self.return_indices:
            return super().__call__(input)
        window = (self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)
        return type(self)._function(input, *window, return_indices=True)

    def extra_repr(self) -> str:
        """The sizes."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest element of each window of sequences; without a `stride` the kernel is it."""

    _create = staticmethod(_C.max_pool1d_create)
    _function = staticmethod(functional.max_pool1d)

    def __init__(
        self,
        kernel_size: Window,
        stride: Window | None = None,
        padding: Window = 0,
        dilation: Window = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(
            _single(kernel_size),
            None if stride is None else _single(stride),
            _single(padding),
            _single(dilation),
            return_indices,
            ceil_mode,
        )


class MaxPool2d(_MaxPool):
    """The largest element of each window of images; without a `stride` the kernel is it."""

    _create = staticmethod(_C.max_pool2d_create)
    _function = staticmethod(functional.max_pool2d)


class AvgPool1d(NativeModule):
    """The average of each window of sequences; without a `stride` the kernel is it."""

    def __init__(
        self,
        kernel_size: Window,
        stride: Window | None = None,
        padding: Window = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        self.kernel_size = _single(kernel_size)
        self.stride = self.kernel_size if stride is None else _single(stride)
        self.padding = _single(padding)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        options = {
            "stride": self.stride,
            "padding": self.padding,
            "ceil_mode": ceil_mode,
            "count_include_pad": count_include_pad,
        }
        self._adopt(_C.avg_pool1d_create(self.kernel_size, options))

    def extra_repr(self) -> str:
        """The sizes."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(NativeModule):
    """The average of each window of images; without a `stride` the kernel is it."""

    def __init__(
        self,
        kernel_size: Window,
        stride: Window | None = None,
        padding: Window = 0,
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
            "divisor_override": functional._divisor(divisor_override, "AvgPool2d"),
        }
        self._adopt(_C.avg_pool2d_create(kernel_size, options))

    def extra_repr(self) -> str:
        """The sizes."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _AdaptivePool(NativeModule):
    def extra_repr(self) -> str:
        """The size of the result."""
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptivePool):
    """The average of each of `output_size` windows, of about equal size, that cover a sequence."""

    def __init__(self, output_size: Window) -> None:
        self.output_size = _single(output_size)
        self._adopt(_C.adaptive_avg_pool1d_create(self.output_size))


class AdaptiveAvgPool2d(_AdaptivePool):
    """The average of each of `output_size` windows, of about equal size, that cover an image.

    An entry None stands for as many as there are pixels.
    """

    def __init__(self, output_size: int | Sequence[int | None]) -> None:
        self.output_size = output_size
        self._adopt(_C.adaptive_avg_pool2d_create(functional._open_sizes(output_size, type(self).__name__)))


class _AdaptiveMaxPool(_AdaptivePool):
    _function: Callable[..., Any]
    return_indices = False

    def __call__(self, input: Tensor) -> Any:
        """Computes the output; with `return_indices` a tuple of it and where its elements were."""
        if not self.return_indices:
            return super().__call__(input)
        return type(self)._function(input, self.output_size, return_indices=True)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest element of each of `output_size` windows, of about equal size, that cover a sequence."""

    _function = staticmethod(functional.adaptive_max_pool1d)

    def __init__(self, output_size: Window, return_indices: bool = False) -> None:
        self.output_size = _single(output_size)
        self.return_indices = return_indices
        self._adopt(_C.adaptive_max_pool1d_create(self.output_size))


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest element of each of `output_size` windows, of about equal size, that cover an image.

    An entry None stands for as many as there are pixels.
    """

    _function = staticmethod(functional.adaptive_max_pool2d)

    def __init__(self, output_size: int | Sequence[int | None], return_indices: bool = False) -> None:
        self.output_size = output_size
        self.return_indices = return_indices
        self._adopt(_C.adaptive_max_pool2d_create(functional._open_sizes(output_size, type(self).__name__)))
