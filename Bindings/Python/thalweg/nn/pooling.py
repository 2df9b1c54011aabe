"""Layers of windows.

Sequences are [N, C, L] or [C, L], images [N, C, H, W] or [C, H, W], volumes [N, C, D, H, W] or [C, D, H, W].
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import _C
from .._tensor import Tensor
from . import functional
from ._windows import Open, Window, _divisor, _each, _open_sizes
from .module import Module
from .native import NativeModule


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


class MaxPool3d(_MaxPool):
    """The largest element of each window of volumes; without a `stride` the kernel is it."""

    _create = staticmethod(_C.max_pool3d_create)
    _function = staticmethod(functional.max_pool3d)


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


class _AvgPool(NativeModule):
    _create: Callable[..., _C.Module]

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
            "divisor_override": _divisor(divisor_override, type(self).__name__),
        }
        self._adopt(type(self)._create(kernel_size, options))

    def extra_repr(self) -> str:
        """The sizes."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(_AvgPool):
    """The average of each window of images; without a `stride` the kernel is it."""

    _create = staticmethod(_C.avg_pool2d_create)


class AvgPool3d(_AvgPool):
    """The average of each window of volumes; without a `stride` the kernel is it."""

    _create = staticmethod(_C.avg_pool3d_create)


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

    def __init__(self, output_size: Open) -> None:
        self.output_size = output_size
        self._adopt(_C.adaptive_avg_pool2d_create(_open_sizes(output_size, "AdaptiveAvgPool2d")))


class AdaptiveAvgPool3d(_AdaptivePool):
    """The average of each of `output_size` windows, of about equal size, that cover a volume."""

    def __init__(self, output_size: Open) -> None:
        self.output_size = output_size
        self._adopt(_C.adaptive_avg_pool3d_create(_open_sizes(output_size, "AdaptiveAvgPool3d", 3)))


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

    def __init__(self, output_size: Open, return_indices: bool = False) -> None:
        self.output_size = output_size
        self.return_indices = return_indices
        self._adopt(_C.adaptive_max_pool2d_create(_open_sizes(output_size, "AdaptiveMaxPool2d")))


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest element of each of `output_size` windows, of about equal size, that cover a volume."""

    _function = staticmethod(functional.adaptive_max_pool3d)

    def __init__(self, output_size: Open, return_indices: bool = False) -> None:
        self.output_size = output_size
        self.return_indices = return_indices
        self._adopt(_C.adaptive_max_pool3d_create(_open_sizes(output_size, "AdaptiveMaxPool3d", 3)))


class _LPPool(NativeModule):
    _directions: int

    def __init__(
        self, norm_type: float, kernel_size: Window, stride: Window | None = None, ceil_mode: bool = False
    ) -> None:
        self.norm_type = float(norm_type)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.ceil_mode = ceil_mode
        name = type(self).__name__
        steps = [] if stride is None else _each(stride, self._directions, name)
        kernel = _each(kernel_size, self._directions, name)
        self._adopt(_C.lp_pool_create(self.norm_type, kernel, steps, ceil_mode))

    def extra_repr(self) -> str:
        """The sizes."""
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """(sum of x^p)^(1/p) over each window of sequences; p is `norm_type`."""

    _directions = 1


class LPPool2d(_LPPool):
    """(sum of x^p)^(1/p) over each window of images; p is `norm_type`."""

    _directions = 2


class LPPool3d(_LPPool):
    """(sum of x^p)^(1/p) over each window of volumes; p is `norm_type`."""

    _directions = 3


class _FractionalMaxPool(NativeModule):
    _directions: int
    _function: Callable[..., Any]
    return_indices = False
    output_size: Window | None = None
    output_ratio: float | Sequence[float] | None = None

    def __init__(
        self,
        kernel_size: Window,
        output_size: Window | None = None,
        output_ratio: float | Sequence[float] | None = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        name = type(self).__name__
        if (output_size is None) == (output_ratio is None):
            raise ValueError(f"{name}: give one of output_size and output_ratio")
        self.kernel_size = kernel_size
        self.output_size = output_size
        self.output_ratio = output_ratio
        self.return_indices = return_indices
        sizes = [] if output_size is None else _each(output_size, self._directions, name)
        ratios = [] if output_ratio is None else output_ratio
        kernel = _each(kernel_size, self._directions, name)
        self._adopt(_C.fractional_max_pool_create(kernel, sizes, ratios))
        self.register_buffer("_random_samples", _random_samples)

    def __call__(self, input: Tensor) -> Any:
        """Computes the output; with `return_indices` a tuple of it and where its elements were."""
        if not self.return_indices and self._random_samples is None:
            return super().__call__(input)
        sizes = (self.kernel_size, self.output_size, self.output_ratio)
        return type(self)._function(input, *sizes, self.return_indices, self._random_samples)

    def _read(self) -> None:
        """A ratio in a model file is a number a direction; samples are drawn."""
        self._members.setdefault("_random_samples", None)
        own = vars(self)
        if ratios := [own.pop(name) for name in sorted(own) if name.startswith("output_ratio_")]:
            self.output_ratio = ratios[0] if len(ratios) == 1 else tuple(ratios)


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest element of each of `output_size` windows of images, about evenly apart at random.

    The windows' number may be given as their share of the size, `output_ratio`.
    """

    _directions = 2
    _function = staticmethod(functional.fractional_max_pool2d)


class FractionalMaxPool3d(_FractionalMaxPool):
    """The largest element of each of `output_size` windows of volumes, as FractionalMaxPool2d."""

    _directions = 3
    _function = staticmethod(functional.fractional_max_pool3d)


class _MaxUnpool(Module):
    _function: Callable[..., Tensor]

    def __init__(self, kernel_size: Window, stride: Window | None = None, padding: Window = 0) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """Zeros with each element at its index."""
        return type(self)._function(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        """The sizes."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """Puts the elements of a max pooling of sequences back where they were. Takes its indices too."""

    _function = staticmethod(functional.max_unpool1d)


class MaxUnpool2d(_MaxUnpool):
    """Puts the elements of a max pooling of images back where they were. Takes its indices too."""

    _function = staticmethod(functional.max_unpool2d)


class MaxUnpool3d(_MaxUnpool):
    """Puts the elements of a max pooling of volumes back where they were. Takes its indices too."""

    _function = staticmethod(functional.max_unpool3d)
