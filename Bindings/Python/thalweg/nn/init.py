"""Initialisers: they set a tensor's elements in place, outside of any graph, and return the tensor."""

from __future__ import annotations

from .. import _C
from .._tensor import Tensor

__all__ = [
    "calculate_gain",
    "constant_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

_Generator = _C.Generator | None


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: _Generator = None) -> Tensor:
    """Uniform in [a, b)."""
    _C.init_uniform(tensor, a, b, generator)
    return tensor


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: _Generator = None) -> Tensor:
    """Normal with this mean and standard deviation."""
    _C.init_normal(tensor, mean, std, generator)
    return tensor


def constant_(tensor: Tensor, val: float) -> Tensor:
    """The same number everywhere."""
    _C.init_constant(tensor, val)
    return tensor


def zeros_(tensor: Tensor) -> Tensor:
    """0 everywhere."""
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """1 everywhere."""
    return constant_(tensor, 1.0)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: _Generator = None) -> Tensor:
    """Glorot and Bengio (2010), uniform: variance gain^2 * 2 / (fan_in + fan_out)."""
    _C.init_xavier_uniform(tensor, gain, generator)
    return tensor


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: _Generator = None) -> Tensor:
    """Glorot and Bengio (2010), normal: variance gain^2 * 2 / (fan_in + fan_out)."""
    _C.init_xavier_normal(tensor, gain, generator)
    return tensor


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: _Generator = None,
) -> Tensor:
    """He et al. (2015), uniform: variance gain^2 / fan; `a` is the leaky ReLU's slope."""
    _C.init_kaiming_uniform(tensor, a, mode, nonlinearity, generator)
    return tensor


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: _Generator = None,
) -> Tensor:
    """He et al. (2015), normal: variance gain^2 / fan; `a` is the leaky ReLU's slope."""
    _C.init_kaiming_normal(tensor, a, mode, nonlinearity, generator)
    return tensor


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which a nonlinearity shrinks a signal, inverted."""
    if param is None:
        param = 0.01 if nonlinearity == "leaky_relu" else 0.0
    return _C.init_gain(nonlinearity, param)
