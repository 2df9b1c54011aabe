"""Tensors as text, in PyTorch's form."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from . import _C

if TYPE_CHECKING:
    from ._tensor import Tensor

_THRESHOLD = 1000  # more elements than that: the middle is left out
_EDGE = 3
_WIDTH = 80
_PRECISION = 4


def tensor_text(tensor: Tensor) -> str:
    """`tensor([[1., 2.]])`, with the dtype where it does not show and whether gradients are recorded."""
    prefix = f"{type(tensor).__name__.lower()}("
    values = tensor.detach()
    shortened = values.numel() > _THRESHOLD
    nested = _shorten(values) if shortened else values.tolist()
    form = _formatter(list(_flat(nested)), values.dtype)
    parts = [_text(nested, form, len(prefix)) if values.numel() > 0 else "[]"]
    if values.numel() == 0 and values.ndim != 1:
        parts.append(f"size={tensor.shape}")
    obvious = (_C.float32, _C.int64, _C.bool) if values.numel() > 0 else (_C.float32,)
    if tensor.dtype not in obvious:
        parts.append(f"dtype={tensor.dtype!r}")
    if tensor.requires_grad:
        parts.append("requires_grad=True")
    return f"{prefix}{', '.join(parts)})"


def _shorten(tensor: Tensor) -> Any:
    """Nested lists with None for what is left out."""
    if tensor.ndim == 0:
        return tensor.item()
    size = len(tensor)
    if size <= 2 * _EDGE:
        return [_shorten(tensor[i]) for i in range(size)]
    first = [_shorten(tensor[i]) for i in range(_EDGE)]
    last = [_shorten(tensor[i]) for i in range(size - _EDGE, size)]
    return [*first, None, *last]


def _flat(nested: Any) -> Any:
    if isinstance(nested, list):
        for item in nested:
            yield from _flat(item)
    elif nested is not None:
        yield nested


def _formatter(numbers: list, dtype: _C.dtype) -> Any:
    """A function from a number to text; all texts have the same width."""
    if not dtype.is_floating_point:
        width = max((len(str(number)) for number in numbers), default=0)
        return lambda number: f"{number!s:>{width}}"
    form = _float_form(numbers)
    width = max((len(form(number)) for number in numbers), default=0)
    return lambda number: form(number).rjust(width)


def _float_form(numbers: list) -> Any:
    sizes = [abs(number) for number in numbers if math.isfinite(number) and number != 0]
    whole = all(number == math.ceil(number) for number in numbers if math.isfinite(number))
    if not sizes:
        return lambda number: f"{number:.0f}." if math.isfinite(number) else str(number)
    ratio = max(sizes) / min(sizes)
    if whole:
        if ratio > 1000 or max(sizes) > 1e8:
            return lambda number: f"{number:.{_PRECISION}e}"
        return lambda number: f"{number:.0f}." if math.isfinite(number) else str(number)
    if ratio > 1000 or max(sizes) > 1e8 or min(sizes) < 1e-4:
        return lambda number: f"{number:.{_PRECISION}e}"
    return lambda number: f"{number:.{_PRECISION}f}"


def _text(nested: Any, form: Any, indent: int) -> str:
    if not isinstance(nested, list):
        return form(nested)
    if not nested or not any(isinstance(item, list) for item in nested):
        return _row(nested, form, indent)
    depth = _depth(nested)
    rows = ["..." if item is None else _text(item, form, indent + 1) for item in nested]
    return "[" + ("," + "\n" * (depth - 1) + " " * (indent + 1)).join(rows) + "]"


def _depth(nested: Any) -> int:
    if not isinstance(nested, list):
        return 0
    return 1 + max((_depth(item) for item in nested if item is not None), default=0)


def _row(numbers: list, form: Any, indent: int) -> str:
    words = ["..." if number is None else form(number) for number in numbers]
    length = max((len(word) for word in words), default=0) + 2
    count = max(1, (_WIDTH - indent) // length)
    lines = [", ".join(words[i : i + count]) for i in range(0, len(words), count)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
