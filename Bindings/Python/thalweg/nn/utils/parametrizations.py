"""Well-known parametrizations, by the names of torch.nn.utils.parametrizations."""

from __future__ import annotations

from ... import _C
from ..convolution import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from ..module import Module
from ..parametrized import adopt
from .parametrize import _require, is_parametrized

__all__ = ["spectral_norm", "weight_norm"]

_ALL = -(2**63)


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """The weight as g v / |v|: "original0" is g, a length for each index of `dim`, "original1" v.

    With `dim` None or -1 there is one length for all. Salimans and Kingma 2016.
    """
    _require(module, name)
    if is_parametrized(module, name):
        raise ValueError(f"weight_norm: {name} is computed already; remove that first")
    _C.module_weight_norm(module._handle, name, _ALL if dim is None or dim == -1 else dim)
    adopt(module, name)
    return module


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """The weight divided by its largest singular value, as a matrix [size of `dim`, rest].

    In training each use improves the estimate by `n_power_iterations` steps. `dim` is 1 for transposed
    convolutions, else 0. Miyato et al. 2018.
    """
    _require(module, name)
    if dim is None:
        dim = 1 if isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)) else 0
    _C.module_spectral_norm(module._handle, name, n_power_iterations, eps, dim)
    adopt(module, name)
    return module
