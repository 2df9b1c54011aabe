"""Whether operations record a graph of derivatives."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import TracebackType
from typing import Any

from .. import _C

__all__ = ["enable_grad", "no_grad", "set_grad_enabled"]


class _GradMode:
    """A context and a decorator in which recording is on or off, for the thread that enters it."""

    def __init__(self, mode: bool) -> None:
        self._mode = mode
        self._previous: list[int] = []

    def __enter__(self) -> None:
        self._previous.append(_C.set_grad_enabled(self._mode))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _C.set_grad_enabled(self._previous.pop())

    def __call__(self, function: Callable) -> Callable:
        """The function, called inside this context."""
        mode = self._mode

        @functools.wraps(function)
        def wrapper(*args: Any, **keywords: Any) -> Any:
            with _GradMode(mode):
                return function(*args, **keywords)

        return wrapper


class no_grad(_GradMode):
    """`with no_grad():` or `@no_grad()`: operations are not recorded."""

    def __init__(self) -> None:
        super().__init__(False)


class enable_grad(_GradMode):
    """`with enable_grad():` or `@enable_grad()`: operations are recorded."""

    def __init__(self) -> None:
        super().__init__(True)


class set_grad_enabled(_GradMode):
    """Switches recording at once; as a context, until its end."""

    def __init__(self, mode: bool) -> None:
        super().__init__(mode)
        self._before = _C.set_grad_enabled(mode)

    def __enter__(self) -> None:
        _C.set_grad_enabled(self._mode)
        self._previous.append(self._before)

    def __call__(self, function: Callable) -> Callable:
        """The function, called in this mode; outside of it the mode is what it was."""
        _C.set_grad_enabled(self._before)
        return super().__call__(function)
