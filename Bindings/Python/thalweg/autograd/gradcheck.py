"""Derivatives against finite differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import _C
from .._operations import cat
from .._tensor import Tensor

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """A gradient and a difference that are too far apart."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Compares the gradients of `func(*inputs)` with central differences.

    The float64 tensors of `inputs` that require a gradient count, all of them if none does. `func` returns
    one tensor or several. With weights w, the gradient of w . func(x) must be within `atol` + `rtol`
    |difference| of the difference with step `eps`, else GradcheckError names the element; or, unless
    `raise_exception`, the result is False.
    """
    return _check(func, inputs, False, eps, atol, rtol, raise_exception)


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """The same for second derivatives: the gradient of `func` is itself differentiated."""
    return _check(func, inputs, True, eps, atol, rtol, raise_exception)


def _check(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    second_order: bool,
    eps: float,
    atol: float,
    rtol: float,
    raise_exception: bool,
) -> bool:
    given = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    places = [i for i, value in enumerate(given) if isinstance(value, Tensor)]

    def function(*tensors: Tensor) -> Tensor:
        values = list(given)
        for place, tensor in zip(places, tensors, strict=True):
            values[place] = tensor
        return _joined(func(*values))

    try:
        _C.gradcheck(function, tuple(given[i] for i in places), second_order, eps, atol, rtol)
    except _C.AutogradError as error:
        if raise_exception:
            raise GradcheckError(str(error)) from None
        return False
    return True


def _joined(outputs: Any) -> Tensor:
    """The floating-point results as one vector."""
    if isinstance(outputs, Tensor):
        return outputs
    return cat([output.reshape(-1) for output in outputs if output.is_floating_point()])
