"""How large gradients are, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from .. import _C
from .._tensor import Tensor
from ..autograd import enable_grad
from .module import Module


class LayerGradient(NamedTuple):
    """A layer's norms; what is not there is NaN."""

    name: str  # joined by dots, "" for the module itself
    activation_norm: float  # of the layer's output
    activation_gradient_norm: float
    weight_norm: float  # of the layer's own parameters as if they were one vector
    weight_gradient_norm: float


def layer_gradients(module: Module, input: Tensor, loss: Callable[[Tensor], Tensor]) -> list[LayerGradient]:
    """The norms of activations, weights and their gradients for every layer, in the order of computation.

    `loss` makes a scalar of the output. The parameters' own gradients are left as they were. Layers that a
    module of your own calls are heard of, that module itself only where the engine calls it.
    """
    kept = [(parameter, parameter.grad) for parameter in module.parameters()]
    module.zero_grad()
    try:
        with enable_grad():
            output, calls = _C.module_trace(module._handle, input)
            loss(output).backward()
        return [_measure(module, name, tensor) for name, tensor in calls if tensor.dtype.is_floating_point]
    finally:
        for parameter, gradient in kept:
            parameter.grad = gradient


def _measure(module: Module, name: str, output: Tensor) -> LayerGradient:
    parameters = [p for p in module.get_submodule(name)._members.values() if isinstance(p, Tensor)]
    trained = [p for p in parameters if p.requires_grad]
    gradient = None if output.is_leaf else output.grad
    return LayerGradient(
        name,
        _norm([output.detach()]),
        _norm([] if gradient is None else [gradient]),
        _norm([p.detach() for p in trained]),
        _norm([p.grad for p in trained if p.grad is not None]),
    )


def _norm(tensors: list[Tensor]) -> float:
    if not tensors:
        return math.nan
    return math.sqrt(sum((t.to(_C.float64) ** 2).sum().item() for t in tensors))
