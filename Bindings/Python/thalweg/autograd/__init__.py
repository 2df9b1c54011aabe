"""Gradients without `backward`, Jacobians, forward mode, operations of one's own, checks, origins of NaN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import _C
from .._tensor import Tensor
from . import forward_ad, functional
from .anomaly_mode import detect_anomaly, is_anomaly_enabled, set_detect_anomaly
from .function import Function, FunctionCtx, once_differentiable
from .grad_mode import enable_grad, no_grad, set_grad_enabled
from .gradcheck import GradcheckError, gradcheck, gradgradcheck

__all__ = [
    "Function",
    "FunctionCtx",
    "GradcheckError",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "forward_ad",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "is_anomaly_enabled",
    "no_grad",
    "once_differentiable",
    "set_detect_anomaly",
    "set_grad_enabled",
]


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of `outputs`, contracted with `grad_outputs`, with respect to `inputs`.

    No tensor's `grad` changes. `create_graph` makes the gradients differentiable in their turn. An input that
    no output depends on is an error, unless `allow_unused`, which gives None for it, or `materialize_grads`,
    zeros.
    """
    from .._factories import zeros_like

    inputs = _tuple(inputs)
    found = _C.differentiate(
        "grad",
        _tuple(outputs),
        inputs,
        None if grad_outputs is None else _tuple(grad_outputs),
        create_graph if retain_graph is None else retain_graph,
        create_graph,
        allow_unused or materialize_grads,
    )
    if not materialize_grads:
        return found
    return tuple(zeros_like(x) if g is None else g for g, x in zip(found, inputs, strict=True))


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
) -> None:
    """Accumulates the gradients of `tensors`, each contracted with its `grad_tensors`, in the leaves."""
    tensors = _tuple(tensors)
    seeds = (None,) * len(tensors) if grad_tensors is None else _tuple(grad_tensors)
    retain = create_graph if retain_graph is None else retain_graph
    for i, (tensor, seed) in enumerate(zip(tensors, seeds, strict=True)):
        # The tensors may share a graph: the last one frees it.
        tensor.backward(seed, retain or i + 1 < len(tensors), create_graph)


def _tuple(tensors: Any) -> tuple:
    return (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)
