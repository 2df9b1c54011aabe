"""Steps recorded once and done again."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from . import _C
from ._tensor import Tensor

__all__ = ["RecordedFunction", "recorded"]

_thread = threading.local()


def refuse(what: str) -> None:
    """Raises in a recorded function, for a number of Python's that is another one each time."""
    if getattr(_thread, "is_recording", False):
        raise _C.InvalidArgumentError(
            f"{what}: a step is being recorded, which would have the number of this one time for good; "
            "do it outside the step"
        )


class RecordedFunction:
    """What `recorded` makes of a function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._step: _C.Step | None = None
        self._result: Any = None

    def __call__(self, *args: Tensor) -> Any:
        for i, value in enumerate(args):
            if not isinstance(value, Tensor):
                raise TypeError(
                    f"{self._name}: argument {i} is {type(value).__name__}; a recorded function takes "
                    "tensors, whose elements alone differ from call to call"
                )
        if self._step is None:
            return self._record(args)
        _C.step_run(self._step, args)
        return self._result

    @property
    def _name(self) -> str:
        return getattr(self._function, "__name__", "recorded")

    def _record(self, args: tuple[Tensor, ...]) -> Any:
        inputs = tuple(value.detach().clone() for value in args)
        _C.step_begin(inputs)
        _thread.is_recording = True
        try:
            found: list[Tensor] = []
            self._result = self._values(self._function(*inputs), found)
            self._step = _C.step_end(found)
        except BaseException:
            self._result = None
            _C.step_abort()
            raise
        finally:
            _thread.is_recording = False
        return self._result

    def _values(self, result: Any, found: list[Tensor]) -> Any:
        """The result with tensors cut off from their graphs, which are collected in `found`."""
        if result is None:
            return None
        if isinstance(result, Tensor):
            found.append(result.detach())
            return found[-1]
        if isinstance(result, dict):
            return {key: self._values(value, found) for key, value in result.items()}
        if isinstance(result, (list, tuple)):
            values = [self._values(value, found) for value in result]
            if isinstance(result, list):
                return values
            return type(result)(*values) if hasattr(result, "_fields") else tuple(values)
        raise TypeError(
            f"{self._name}: the result holds {type(result).__name__}; a recorded function returns "
            "tensors, or tuples, lists and dicts of them: others would be those of the first call for good"
        )

    @property
    def memory(self) -> tuple[int, int]:
        """Bytes that the step holds for its tensors, and the most they use at a time; (0, 0) at first."""
        return (0, 0) if self._step is None else _C.step_memory(self._step)

    def reset(self) -> None:
        """Forgets the recording: the next call records anew, for other shapes or a changed model."""
        self._step = self._result = None


def recorded(function: Callable[..., Any]) -> RecordedFunction:
    """The function as one that records its first call and does the same work again in every later one.

    The first call computes as always. Later ones do what the operations computed, with new elements of
    the arguments, tensors of the same shapes and dtypes: no Python runs, no graph is built, no memory is
    asked for. Results are equal to the bit to those of the function itself.

    What Python did is as it was the first time: branches, numbers, loops. Steps of optimizers and
    schedules, the clipping of gradients and averages of weights are done anew with their numbers of that
    time, and random numbers are drawn anew. What a recording would have wrong is an error: reading elements
    (`item()`, `numpy()`), setting learning rates, and operations that cannot be repeated, by name.

        @thalweg.recorded
        def step(x, target):
            optimizer.zero_grad()
            loss = criterion(model(x), target)
            loss.backward()
            optimizer.step()
            return loss

        for x, target in loader:
            loss = step(x, target)

    Arguments come to the function as copies without a graph. It returns tensors, or tuples, lists and dicts
    of them; every call returns the same tensors with new elements: `clone()` what is to be kept. Gradients of
    parameters are, after a call, what the function leaves them. One thread at a time may call it.
    """
    return RecordedFunction(function)
