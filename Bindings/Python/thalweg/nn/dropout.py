"""Layers that drop elements or channels in training."""

from __future__ import annotations

from collections.abc import Callable

from .. import _C
from .native import NativeModule


class _Dropout(NativeModule):
    """What the dropout layers share. `inplace` is there for programs of PyTorch's and changes nothing."""

    _create: Callable[..., _C.Module]

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        self.p = p
        self._adopt(type(self)._create(p))

    def extra_repr(self) -> str:
        """The probability."""
        return f"p={self.p}"


class Dropout(_Dropout):
    """In training, sets elements to 0 with probability `p` and divides the others by 1 - p."""

    _create = staticmethod(_C.dropout_create)


class Dropout1d(_Dropout):
    """In training, sets whole channels of sequences to 0 and divides the others by 1 - p."""

    _create = staticmethod(_C.dropout1d_create)


class Dropout2d(_Dropout):
    """In training, sets whole channels of images to 0 and divides the others by 1 - p."""

    _create = staticmethod(_C.dropout2d_create)


class Dropout3d(_Dropout):
    """In training, sets whole channels of volumes to 0 and divides the others by 1 - p."""

    _create = staticmethod(_C.dropout3d_create)


class AlphaDropout(_Dropout):
    """In training, sets elements to the negative limit of SELU and keeps mean 0 and variance 1."""

    _create = staticmethod(_C.alpha_dropout_create)


class FeatureAlphaDropout(_Dropout):
    """`AlphaDropout` of whole channels."""

    _create = staticmethod(_C.feature_alpha_dropout_create)
