"""Layers and optimisers for JAX, with the formulas and names of PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def linear(weights: dict[str, Any], name: str, x: Any) -> Any:
    """y = x W^T + b."""
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def cross_entropy(jax: Any, logits: Any, labels: Any) -> Any:
    """The mean over the batch."""
    chosen = jax.numpy.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=1)
    return -chosen.mean()


def _sgd(lr: float, momentum: float = 0) -> tuple[Callable, Callable]:
    def start(jax: Any, weights: Any) -> Any:
        return jax.tree.map(jax.numpy.zeros_like, weights) if momentum else ()

    def update(jax: Any, weights: Any, gradients: Any, velocity: Any) -> Any:
        if momentum:
            velocity = jax.tree.map(lambda v, g: momentum * v + g, velocity, gradients)
            gradients = velocity
        return jax.tree.map(lambda w, g: w - lr * g, weights, gradients), velocity

    return start, update


def _adam(lr: float = 1e-3, betas: tuple = (0.9, 0.999), eps: float = 1e-8) -> tuple[Callable, Callable]:
    beta1, beta2 = betas

    def start(jax: Any, weights: Any) -> Any:
        zeros = jax.tree.map(jax.numpy.zeros_like, weights)
        return zeros, jax.tree.map(jax.numpy.copy, zeros), jax.numpy.zeros(())

    def update(jax: Any, weights: Any, gradients: Any, state: Any) -> Any:
        mean, square, count = state
        count = count + 1
        mean = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, mean, gradients)
        square = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, square, gradients)
        size = lr / (1 - beta1**count)
        scale = jax.numpy.sqrt(1 - beta2**count)
        new = jax.tree.map(
            lambda w, m, v: w - size * m / (jax.numpy.sqrt(v) / scale + eps), weights, mean, square
        )
        return new, (mean, square, count)

    return start, update


OPTIMIZERS = {"SGD": _sgd, "Adam": _adam}
