"""Callbacks of `fit`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from os import PathLike, fspath
from typing import Any

from . import _C

__all__ = ["BestCheckpoint", "EarlyStopping", "StopOnNonFiniteLoss"]

# Losses are to fall, accuracies to rise.
MONITORS = {"validation_loss": 0, "validation_accuracy": 1, "loss": 2, "accuracy": 3}


class _Watch:
    """What watches a number of each epoch: the engine's loop itself does, and remembers it in checkpoints."""

    def __init__(self, monitor: str) -> None:
        monitor_number(monitor)
        self.monitor = monitor


class EarlyStopping(_Watch):
    """Ends training when a number has not become better, by at least `min_delta`, for `patience` epochs.

    With `restore_best` the module in the end has the parameters and buffers of its best epoch.
    """

    def __init__(
        self,
        monitor: str = "validation_loss",
        patience: int = 1,
        min_delta: float = 0.0,
        restore_best: bool = False,
    ) -> None:
        super().__init__(monitor)
        if patience < 1:
            raise ValueError(f"patience is {patience}; it must be at least 1")
        self.patience = patience
        self.min_delta = min_delta
        self.restore_best = restore_best


class BestCheckpoint(_Watch):
    """Writes the module to a model file at `path` after each epoch that is the best so far."""

    def __init__(self, path: str | PathLike[str], monitor: str = "validation_loss") -> None:
        super().__init__(monitor)
        self.path = fspath(path)


class StopOnNonFiniteLoss:
    """Ends training at a loss that is infinite or NaN, in order; give `fit` stop_on_non_finite_loss=False."""

    def __call__(self, progress: Any) -> bool:
        """Whether training goes on."""
        return progress.batch == 0 or math.isfinite(progress.loss)


def monitor_number(monitor: str) -> int:
    """The engine's number for what is monitored."""
    if monitor not in MONITORS:
        raise _C.InvalidArgumentError(f"there is no {monitor!r}; {', '.join(MONITORS)} are")
    return MONITORS[monitor]


def watching(watches: Iterable[_Watch], monitor: int | None) -> tuple[int, int, float, bool, str | None]:
    """What the engine's loop is told to watch; `monitor` is what checkpoints go by, if there are any."""
    patience, min_delta, restore_best, path = 0, 0.0, False, None
    for watch in watches:
        number = MONITORS[watch.monitor]
        if monitor is not None and number != monitor:
            raise _C.InvalidArgumentError(
                f"fit: {type(watch).__name__} is to watch {watch.monitor}, and something else does another "
                "number; one training watches one number"
            )
        monitor = number
        if isinstance(watch, EarlyStopping) and not patience:
            patience, min_delta, restore_best = watch.patience, watch.min_delta, watch.restore_best
        elif isinstance(watch, BestCheckpoint) and path is None:
            path = watch.path
        else:
            raise _C.InvalidArgumentError(f"fit: there is more than one {type(watch).__name__}")
    return monitor or 0, patience, min_delta, restore_best, path
