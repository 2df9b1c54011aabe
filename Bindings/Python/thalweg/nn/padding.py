"""Layers that put room around sequences, images and volumes."""

from __future__ import annotations

from collections.abc import Sequence

from .. import _C
from .native import NativeModule


class _Padding(NativeModule):
    """What the padding layers share.

    `padding` is one number for all sides, or two for each direction: before and after the last dimension,
    then the last but one, and so on.
    """

    _directions: int
    _mode = "constant"
    _lists = ("padding",)
    value = 0.0

    def __init__(self, padding: int | Sequence[int]) -> None:
        self._make(padding)

    def _make(self, padding: int | Sequence[int], value: float = 0.0) -> None:
        sides = (padding,) if isinstance(padding, int) else tuple(padding)
        self.padding = sides * (2 * self._directions) if len(sides) == 1 else sides
        if value:
            self.value = value
        self._adopt(_C.padding_create(self._directions, self.padding, self._mode, value))

    def extra_repr(self) -> str:
        """The sides."""
        return str(self.padding)


class _ConstantPad(_Padding):
    def __init__(self, padding: int | Sequence[int], value: float) -> None:
        self._make(padding, value)

    def extra_repr(self) -> str:
        """The sides and the value."""
        return f"padding={self.padding}, value={self.value}"


class ZeroPad1d(_Padding):
    """Zeros around sequences."""

    _directions = 1


class ZeroPad2d(_Padding):
    """Zeros around images."""

    _directions = 2


class ZeroPad3d(_Padding):
    """Zeros around volumes."""

    _directions = 3


class ConstantPad1d(_ConstantPad):
    """A constant around sequences."""

    _directions = 1


class ConstantPad2d(_ConstantPad):
    """A constant around images."""

    _directions = 2


class ConstantPad3d(_ConstantPad):
    """A constant around volumes."""

    _directions = 3


class ReflectionPad1d(_Padding):
    """The elements mirrored at the edge around sequences."""

    _directions = 1
    _mode = "reflect"


class ReflectionPad2d(_Padding):
    """The elements mirrored at the edge around images."""

    _directions = 2
    _mode = "reflect"


class ReflectionPad3d(_Padding):
    """The elements mirrored at the edge around volumes."""

    _directions = 3
    _mode = "reflect"


class ReplicationPad1d(_Padding):
    """The edge around sequences."""

    _directions = 1
    _mode = "replicate"


class ReplicationPad2d(_Padding):
    """The edge around images."""

    _directions = 2
    _mode = "replicate"


class ReplicationPad3d(_Padding):
    """The edge around volumes."""

    _directions = 3
    _mode = "replicate"


class CircularPad1d(_Padding):
    """The elements from the other end around sequences."""

    _directions = 1
    _mode = "circular"


class CircularPad2d(_Padding):
    """The elements from the other end around images."""

    _directions = 2
    _mode = "circular"


class CircularPad3d(_Padding):
    """The elements from the other end around volumes."""

    _directions = 3
    _mode = "circular"
