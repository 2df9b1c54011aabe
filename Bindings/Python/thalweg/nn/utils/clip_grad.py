"""Gradient clipping, in place and in one pass over all gradients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ... import _C
from ..._factories import tensor
from ..._tensor import Tensor
from ...autograd import no_grad


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scales all gradients by one factor if their norm is above `max_norm`; returns the norm before.

    PyTorch adds 1e-6 to the norm that it divides by, so that 20 becomes 9.9999995 at 10, not 10 as here.
    """
    return _C.clip_grad_norm_tensor(
        _listed(parameters), float(max_norm), float(norm_type), error_if_nonfinite
    )


def clip_grad_value_(
    parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None
) -> None:
    """Clips every entry of the gradients to [-clip_value, clip_value]."""
    _C.clip_grad_value(_listed(parameters), float(clip_value))


def clip_grad_norm_per_tensor_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Tensor:
    """As `clip_grad_norm_`, each gradient by itself; returns the norms before, 0 where there is none."""
    listed = _listed(parameters)
    norms = _C.clip_grad_norm_per_tensor(listed, float(max_norm), float(norm_type), error_if_nonfinite)
    return tensor(norms, dtype=listed[0].dtype if listed else None)


def clip_grad_adaptive_(
    parameters: Tensor | Iterable[Tensor],
    clip_factor: float = 0.01,
    eps: float = 1e-3,
    error_if_nonfinite: bool = False,
) -> Tensor:
    """Limits a unit's gradient to `clip_factor` times its weights' norm, at least `eps` (Brock et al. 2021).

    A unit is a row of the first dimension, or a whole vector. Returns the norm of all gradients before.
    """
    listed = _listed(parameters)
    norm = _C.clip_grad_adaptive(listed, float(clip_factor), float(eps), error_if_nonfinite)
    return _like([p.grad for p in listed if p.grad is not None], norm)


def get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all tensors as one vector."""
    listed = _listed(tensors)
    return _like(listed, _C.total_norm(listed, float(norm_type), error_if_nonfinite))


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    total_norm: Tensor | float,
    foreach: bool | None = None,
) -> None:
    """Scales all gradients to `max_norm` if `total_norm`, which `get_total_norm` gave, is above it."""
    norm = float(total_norm)
    if norm <= max_norm:
        return
    with no_grad():
        for parameter in _listed(parameters):
            gradient = parameter.grad
            if gradient is not None:
                gradient *= float(max_norm) / norm


def _listed(tensors: Any) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _like(tensors: list[Tensor], value: float) -> Tensor:
    return tensor(value, dtype=tensors[0].dtype) if tensors else tensor(value)
