"""How gradients flow through time: Jacobians of recurrent nets, and bounds for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from . import _C
from ._tensor import Tensor

__all__ = [
    "StepJacobian",
    "gain_bound",
    "jacobian_singular_values",
    "jacobians_through_time",
    "spectral_norm",
    "spectral_radius",
]

State = Tensor | Sequence[Tensor]

# The largest slope of an activation.
_SLOPES = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0, "linear": 1.0}


def jacobian_singular_values(outputs: State, inputs: State, steps: int | None = None) -> tuple[float, float]:
    """The largest and the smallest singular value of the Jacobian of recorded tensors.

    Several outputs or inputs, such as an LSTM's h and c, count as one vector. For a state and the one before
    it is the one-step Jacobian, for states further apart the product of those between.

    Each of `steps` Lanczos steps takes two backward passes. Without it there are as many as the state has
    elements, and the values are exact but for rounding; after fewer the largest is a bound from below, good
    after some twenty, the smallest one from above.
    """
    if steps is not None and steps < 1:
        raise _C.InvalidArgumentError(f"jacobian_singular_values: steps is {steps}; it must be at least 1")
    return _C.jacobian_singular_values(_tensors(outputs), _tensors(inputs), steps or 0)


def spectral_norm(matrix: Tensor) -> float:
    """The largest singular value: the most by which the matrix can lengthen a vector."""
    return _C.spectral_norm(matrix)


def spectral_radius(matrix: Tensor) -> float:
    """The largest absolute value of the eigenvalues: what powers grow or shrink by in the long run."""
    return _C.spectral_radius(matrix)


def gain_bound(weight: Tensor, activation: str, span: int = 1) -> float:
    """(gamma |W|)^span, which no gradient exceeds that goes back `span` steps of f(W s + ...).

    |W| is the spectral norm, gamma the largest slope of f: 1/4 for "sigmoid", 1 for "tanh", "relu" and
    "linear" (Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks").
    """
    if activation not in _SLOPES:
        raise _C.InvalidArgumentError(f"there is no activation {activation!r}; {', '.join(_SLOPES)} are")
    gain = _SLOPES[activation] * spectral_norm(weight)
    try:
        return gain**span
    except OverflowError:
        return math.inf


class StepJacobian(NamedTuple):
    """Singular values of Jacobians of a recurrent net's states s_0, ..., s_T."""

    step: int  # t, from 1
    largest: float  # of ds_t / ds_{t-1}
    smallest: float
    product_largest: float  # of ds_T / ds_{t-1}, the product of the steps from t to T
    product_smallest: float


def jacobians_through_time(states: Sequence[State], steps: int | None = None) -> list[StepJacobian]:
    """The Jacobians of every step, and of all steps from it to the last.

    `states` are s_0, ..., s_T as they were computed from each other, with recording on; s_0 must require a
    gradient. `steps` is as in `jacobian_singular_values`.
    """
    rows = []
    for t in range(1, len(states)):
        single = jacobian_singular_values(states[t], states[t - 1], steps)
        product = jacobian_singular_values(states[-1], states[t - 1], steps)
        rows.append(StepJacobian(t, *single, *product))
    return rows


def _tensors(state: State) -> tuple[Tensor, ...]:
    return (state,) if isinstance(state, Tensor) else tuple(state)
