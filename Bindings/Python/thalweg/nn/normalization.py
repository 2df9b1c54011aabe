"""Layers that normalise."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .. import _C
from ..autograd import no_grad
from .native import NativeModule


class _RunningNorm(NativeModule):
    """What the layers that follow the statistics of their batches share."""

    _create: Callable[..., _C.Module]
    _names = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    momentum: float | None = None

    def _make(
        self,
        num_features: int,
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        dtype: _C.dtype | None,
        bias: bool,
    ) -> None:
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        options: dict[str, Any] = {
            "eps": eps,
            "momentum": math.nan if momentum is None else momentum,
            "affine": affine,
            "track_running_stats": track_running_stats,
        }
        if dtype is not None:
            options["dtype"] = dtype
        self._adopt(type(self)._create(num_features, options))
        if not bias:
            self.register_parameter("bias", None)

    def __setattr__(self, name: str, value: Any) -> None:
        """Sets an attribute; the engine's layer must know the momentum."""
        super().__setattr__(name, value)
        if name == "momentum" and "_native" in vars(self):
            _C.norm_set_momentum(self._native, math.nan if value is None else value)

    def reset_running_stats(self) -> None:
        """Sets running statistics back to those of no batch."""
        if self.running_mean is not None:
            with no_grad():
                self.running_mean.fill_(0)
                self.running_var.fill_(1)
                self.num_batches_tracked.fill_(0)

    def extra_repr(self) -> str:
        """The options."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_RunningNorm):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        dtype: _C.dtype | None = None,
        *,
        bias: bool = True,
    ) -> None:
        self._make(num_features, eps, momentum, affine, track_running_stats, dtype, bias)


class _InstanceNorm(_RunningNorm):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        dtype: _C.dtype | None = None,
        *,
        bias: bool = True,
    ) -> None:
        self._make(num_features, eps, momentum, affine, track_running_stats, dtype, bias)


class BatchNorm1d(_BatchNorm):
    """Each channel of [N, C] or [N, C, L] with mean 0 and variance 1 over the batch.

    Times `weight`, plus `bias`. In evaluation by the running statistics, which follow the batches with
    `momentum`, or, if that is None, are the means over all of them.
    """

    _create = staticmethod(_C.batch_norm1d_create)


class BatchNorm2d(_BatchNorm):
    """Each channel of [N, C, H, W] with mean 0 and variance 1 over the batch.

    Times `weight`, plus `bias`. In evaluation by the running statistics, which follow the batches with
    `momentum`, or, if that is None, are the means over all of them.
    """

    _create = staticmethod(_C.batch_norm2d_create)


class BatchNorm3d(_BatchNorm):
    """Each channel of [N, C, D, H, W] with mean 0 and variance 1 over the batch.

    Times `weight`, plus `bias`. In evaluation by the running statistics, which follow the batches with
    `momentum`, or, if that is None, are the means over all of them.
    """

    _create = staticmethod(_C.batch_norm3d_create)


class InstanceNorm1d(_InstanceNorm):
    """Each channel of each sample of [N, C, L] or [C, L] with mean 0 and variance 1.

    With `affine` times `weight`, plus `bias`; with `track_running_stats` by those in evaluation.
    """

    _create = staticmethod(_C.instance_norm1d_create)


class InstanceNorm2d(_InstanceNorm):
    """Each channel of each sample of [N, C, H, W] or [C, H, W] with mean 0 and variance 1.

    With `affine` times `weight`, plus `bias`; with `track_running_stats` by those in evaluation.
    """

    _create = staticmethod(_C.instance_norm2d_create)


class InstanceNorm3d(_InstanceNorm):
    """Each channel of each sample of [N, C, D, H, W] or [C, D, H, W] with mean 0 and variance 1.

    With `affine` times `weight`, plus `bias`; with `track_running_stats` by those in evaluation.
    """

    _create = staticmethod(_C.instance_norm3d_create)


class LayerNorm(NativeModule):
    """Mean 0 and variance 1 over the last dimensions, of shape `normalized_shape`."""

    _names = ("weight", "bias")
    _lists = ("normalized_shape",)

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        dtype: _C.dtype | None = None,
    ) -> None:
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self._adopt(_C.layer_norm_create(self.normalized_shape, eps, elementwise_affine, bias, dtype))

    def extra_repr(self) -> str:
        """The options."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(NativeModule):
    """Divided by the root of the mean square over the last dimensions, of shape `normalized_shape`.

    Times `weight` of that shape. `eps` None is the dtype's distance from 1 to the next number.
    """

    _names = ("weight",)
    _lists = ("normalized_shape",)
    eps: float | None = None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        dtype: _C.dtype | None = None,
    ) -> None:
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        added = math.nan if eps is None else eps
        self._adopt(_C.rms_norm_create(self.normalized_shape, added, elementwise_affine, dtype))

    def extra_repr(self) -> str:
        """The options."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(NativeModule):
    """Each group of neighbouring channels of each sample of [N, C, ...] with mean 0 and variance 1."""

    _names = ("weight", "bias")

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        dtype: _C.dtype | None = None,
        *,
        bias: bool = True,
    ) -> None:
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        self._adopt(_C.group_norm_create(num_groups, num_channels, eps, affine, dtype))
        if not bias:
            self.register_parameter("bias", None)

    def extra_repr(self) -> str:
        """The options."""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"


class LocalResponseNorm(NativeModule):
    """[N, C, ...] by the squares of `size` neighbouring channels: x / (k + alpha / size sum)^beta."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k
        self._adopt(_C.local_response_norm_create(size, alpha, beta, k))

    def extra_repr(self) -> str:
        """The options."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


def _shape(value: int | Sequence[int]) -> tuple[int, ...]:
    return (value,) if isinstance(value, int) else tuple(value)
