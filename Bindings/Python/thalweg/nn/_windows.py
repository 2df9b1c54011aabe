"""Filters and windows as functions.

Sequences are [N, C, L] or [C, L], images [N, C, H, W] or [C, H, W], volumes [N, C, D, H, W] or [C, D, H, W].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import _C
from .._tensor import Tensor

Window = int | Sequence[int]  # one number for all directions, or one for each
Open = int | Sequence[int | None]  # sizes, where None stands for the input's


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


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Window = 1,
    padding: Window | str = 0,
    dilation: Window = 1,
    groups: int = 1,
) -> Tensor:
    """Slides the filters `weight` [out, in / groups, kD, kH, kW] over volumes [N, in, D, H, W].

    `padding` may be 'valid', which is none, or, for stride 1, 'same', which keeps the sizes.
    """
    if isinstance(padding, str):
        if _is_same(padding, stride, "conv3d"):
            return _C.conv3d_same(input, weight, bias, dilation, groups)
        padding = 0
    return _C.conv3d(input, weight, bias, stride, padding, dilation, groups)


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


def max_pool3d(
    input: Tensor,
    kernel_size: Window,
    stride: Window | None = None,
    padding: Window = 0,
    dilation: Window = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of volumes.

    With `return_indices` a tuple of it and where in the volume it was, row-major.
    """
    function = _C.max_pool3d_with_indices if return_indices else _C.max_pool3d
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


def avg_pool3d(
    input: Tensor,
    kernel_size: Window,
    stride: Window | None = None,
    padding: Window = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The average of each window of volumes; the rest as for `avg_pool2d`."""
    divisor = _divisor(divisor_override, "avg_pool3d")
    return _C.avg_pool3d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor)


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


def adaptive_max_pool2d(input: Tensor, output_size: Open, return_indices: bool = False) -> Any:
    """The largest element of each of `output_size` windows that cover an image.

    An entry None stands for as many as there are pixels. With `return_indices` a tuple of it and where in
    the image it was, row by row.
    """
    function = _C.adaptive_max_pool2d_with_indices if return_indices else _C.adaptive_max_pool2d
    return function(input, _open_sizes(output_size, "adaptive_max_pool2d"))


def adaptive_max_pool3d(input: Tensor, output_size: Open, return_indices: bool = False) -> Any:
    """The largest element of each of `output_size` windows that cover a volume, as `adaptive_max_pool2d`."""
    function = _C.adaptive_max_pool3d_with_indices if return_indices else _C.adaptive_max_pool3d
    return function(input, _open_sizes(output_size, "adaptive_max_pool3d", 3))


def adaptive_avg_pool3d(input: Tensor, output_size: Open) -> Tensor:
    """The average of each of `output_size` windows that cover a volume, as `adaptive_avg_pool2d`."""
    return _C.adaptive_avg_pool3d(input, _open_sizes(output_size, "adaptive_avg_pool3d", 3))


def adaptive_avg_pool2d(input: Tensor, output_size: Open) -> Tensor:
    """The average of each of `output_size` windows that cover an image.

    An entry None stands for as many as there are pixels.
    """
    return _C.adaptive_avg_pool2d(input, _open_sizes(output_size, "adaptive_avg_pool2d"))


def _open_sizes(sizes: Open, function: str, directions: int = 2) -> list[int]:
    """A size a direction, where -1 stands for the input's."""
    every = [sizes] * directions if sizes is None or isinstance(sizes, int) else list(sizes)
    if len(every) != directions or any(size is not None and size < 0 for size in every):
        raise ValueError(
            f"{function}: output_size is {sizes}; it must be one or {directions} sizes, None for the input's"
        )
    return [-1 if size is None else size for size in every]


def _each(value: Window, directions: int, function: str) -> list[int]:
    """A number a direction."""
    numbers = [value] if isinstance(value, int) else list(value)
    if len(numbers) not in (1, directions):
        raise ValueError(f"{function}: {value} has {len(numbers)} numbers; give one or {directions}")
    return numbers * directions if len(numbers) == 1 else numbers


def _lp_pool(
    input: Tensor,
    norm_type: float,
    kernel_size: Window,
    stride: Window | None,
    ceil_mode: bool,
    directions: int,
) -> Tensor:
    name = f"lp_pool{directions}d"
    steps = [] if stride is None else _each(stride, directions, name)
    return _C.lp_pool(input, norm_type, _each(kernel_size, directions, name), steps, ceil_mode)


def lp_pool1d(
    input: Tensor,
    norm_type: float,
    kernel_size: Window,
    stride: Window | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """(sum of x^p)^(1/p) over each window of sequences; p is `norm_type`."""
    return _lp_pool(input, norm_type, kernel_size, stride, ceil_mode, 1)


def lp_pool2d(
    input: Tensor,
    norm_type: float,
    kernel_size: Window,
    stride: Window | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """(sum of x^p)^(1/p) over each window of images; p is `norm_type`."""
    return _lp_pool(input, norm_type, kernel_size, stride, ceil_mode, 2)


def lp_pool3d(
    input: Tensor,
    norm_type: float,
    kernel_size: Window,
    stride: Window | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """(sum of x^p)^(1/p) over each window of volumes; p is `norm_type`."""
    return _lp_pool(input, norm_type, kernel_size, stride, ceil_mode, 3)


def _max_unpool(
    input: Tensor,
    indices: Tensor,
    kernel_size: Window,
    stride: Window | None,
    padding: Window,
    output_size: Sequence[int] | None,
    directions: int,
) -> Tensor:
    name = f"max_unpool{directions}d"
    kernel = _each(kernel_size, directions, name)
    steps = kernel if stride is None else _each(stride, directions, name)
    pads = _each(padding, directions, name)
    pooled = input.shape[-directions:]
    sizes = [(n - 1) * s + k - 2 * p for n, s, k, p in zip(pooled, steps, kernel, pads, strict=True)]
    if output_size is not None:
        wanted = list(output_size)[-directions:]
        if len(wanted) != directions or any(
            abs(size - default) >= step for size, default, step in zip(wanted, sizes, steps, strict=True)
        ):
            raise ValueError(
                f"{name}: output_size is {output_size}; it must be less than a stride from {sizes}"
            )
        sizes = wanted
    return _C.max_unpool(input, indices, sizes)


def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Window,
    stride: Window | None = None,
    padding: Window = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Zeros with each element where `max_pool1d` with `return_indices` took it from."""
    return _max_unpool(input, indices, kernel_size, stride, padding, output_size, 1)


def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Window,
    stride: Window | None = None,
    padding: Window = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Zeros with each element where `max_pool2d` with `return_indices` took it from."""
    return _max_unpool(input, indices, kernel_size, stride, padding, output_size, 2)


def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Window,
    stride: Window | None = None,
    padding: Window = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Zeros with each element where `max_pool3d` with `return_indices` took it from."""
    return _max_unpool(input, indices, kernel_size, stride, padding, output_size, 3)


def _fractional_max_pool(
    input: Tensor,
    kernel_size: Window,
    output_size: Window | None,
    output_ratio: Any,
    return_indices: bool,
    samples: Tensor | None,
    directions: int,
) -> Any:
    name = f"fractional_max_pool{directions}d"
    if (output_size is None) == (output_ratio is None):
        raise ValueError(f"{name}: give one of output_size and output_ratio")
    if output_size is None:
        ratios = [output_ratio] * directions if isinstance(output_ratio, float) else list(output_ratio)
        output_size = [int(n * r) for n, r in zip(input.shape[-directions:], ratios, strict=True)]
    kernel, sizes = _each(kernel_size, directions, name), _each(output_size, directions, name)
    pooled = _C.fractional_max_pool(input, kernel, sizes, samples)
    return pooled if return_indices else pooled[0]


def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Window,
    output_size: Window | None = None,
    output_ratio: float | Sequence[float] | None = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """The largest element of each of `output_size` windows of images, about evenly apart at random."""
    return _fractional_max_pool(
        input, kernel_size, output_size, output_ratio, return_indices, _random_samples, 2
    )


def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Window,
    output_size: Window | None = None,
    output_ratio: float | Sequence[float] | None = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """The largest element of each of `output_size` windows of volumes, about evenly apart at random."""
    return _fractional_max_pool(
        input, kernel_size, output_size, output_ratio, return_indices, _random_samples, 3
    )
