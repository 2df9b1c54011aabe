"""Nets that are known by name."""

from __future__ import annotations

from collections.abc import Sequence

from .. import _C
from .faces import face_of
from .module import Module

__all__ = ["cifar", "lenet5", "mlp"]


def mlp(*sizes: int | Sequence[int], dtype: _C.dtype | None = None) -> Module:
    """Dense layers with ReLU between them; sizes from the input's to the output's."""
    if len(sizes) == 1 and not isinstance(sizes[0], int):
        sizes = tuple(sizes[0])
    return face_of(_C.mlp_create(sizes, dtype))


def lenet5(
    channels: int = 1, classes: int = 10, modern: bool = False, dtype: _C.dtype | None = None
) -> Module:
    """LeNet-5 for 28 x 28 pixels (LeCun et al. 1998); `modern`: ReLU and maxima, not tanh and means."""
    return face_of(_C.lenet5_create(channels, classes, modern, dtype))


def cifar(
    depth: int,
    residual: bool = True,
    projection: bool = False,
    classes: int = 10,
    dtype: _C.dtype | None = None,
) -> Module:
    """A net of `depth` = 6 n + 2 layers for images [N, 3, 32, 32] (He et al. 2016, section 4.2).

    `residual` says whether it has shortcuts, `projection` whether they are filters where channels grow
    (option B) rather than channels of zeros (option A).
    """
    return face_of(_C.cifar_net_create(depth, residual, projection, classes, dtype))
