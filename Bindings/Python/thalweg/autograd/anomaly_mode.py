"""Where Inf and NaN come from."""

from __future__ import annotations

import os
import sys
from types import FrameType, TracebackType

from .. import _C

__all__ = ["detect_anomaly", "is_anomaly_enabled", "set_detect_anomaly"]

_PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep


def set_detect_anomaly(mode: bool) -> None:
    """Switches anomaly mode on or off for the calling thread.

    The first operation that makes Inf or NaN of finite numbers, forward or backward, then raises
    AutogradError with its name, its inputs' shapes and ranges, and the file and line that called it. Slow:
    for finding the origin.
    """
    if mode:
        _C.set_call_site(_call_site)
    _C.set_detect_anomaly(mode)


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on for the calling thread."""
    mode = bool(_C.set_detect_anomaly(False))
    _C.set_detect_anomaly(mode)
    return mode


class detect_anomaly:
    """`with detect_anomaly():`, in which anomaly mode is on. See `set_detect_anomaly`."""

    def __enter__(self) -> None:
        self._previous = is_anomaly_enabled()
        set_detect_anomaly(True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        set_detect_anomaly(self._previous)


def _call_site() -> str | None:
    """The innermost frame that is not this package's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}, in {frame.f_code.co_name}" if frame else None
