"""Initialisers: they set a tensor's elements in place, outside of any graph, and return the tensor."""

from __future__ import annotations

from .. import _C
from .._tensor import Tensor

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "lecun_normal_",
    "lecun_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
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


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: _Generator = None,
) -> Tensor:
    """Normal, but only what lies in [a, b]."""
    _C.init_truncated_normal(tensor, mean, std, a, b, generator)
    return tensor


def lecun_uniform_(tensor: Tensor, generator: _Generator = None) -> Tensor:
    """LeCun et al. (1998), uniform: variance 1 / fan_in."""
    _C.init_lecun_uniform(tensor, generator)
    return tensor


def lecun_normal_(tensor: Tensor, generator: _Generator = None) -> Tensor:
    """LeCun et al. (1998), normal: variance 1 / fan_in."""
    _C.init_lecun_normal(tensor, generator)
    return tensor


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: _Generator = None) -> Tensor:
    """A random orthogonal matrix times `gain`, dimensions behind the first as one; Saxe et al. (2014)."""
    _C.init_orthogonal(tensor, gain, generator)
    return tensor


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: _Generator = None) -> Tensor:
    """Normal, but for the share `sparsity` of zeros in each column of a matrix; Martens (2010)."""
    _C.init_sparse(tensor, sparsity, std, generator)
    return tensor


def eye_(tensor: Tensor) -> Tensor:
    """Ones on a matrix's diagonal, zeros elsewhere."""
    _C.init_eye(tensor)
    return tensor


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Filters that hand channels on: 1 in the middle of filter d's window for channel d."""
    _C.init_dirac(tensor, groups)
    return tensor


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which a nonlinearity shrinks a signal, inverted."""
    if param is None:
        param = 0.01 if nonlinearity == "leaky_relu" else 0.0
    return _C.init_gain(nonlinearity, param)
