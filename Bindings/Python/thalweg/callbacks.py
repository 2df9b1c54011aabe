"""Callbacks of `fit`: each hears where training stands and may end it."""

from __future__ import annotations

import math
from os import PathLike

from ._tensor import Tensor
from .io import save
from .nn.module import Module
from .training import Progress

__all__ = ["BestCheckpoint", "EarlyStopping", "StopOnNonFiniteLoss"]

_EPOCH_END = 3


class _Watch:
    """What the callbacks that watch a number share: losses are to fall, accuracies to rise."""

    def __init__(self, monitor: str, min_delta: float) -> None:
        if monitor not in ("validation_loss", "validation_accuracy", "loss", "accuracy"):
            raise ValueError(f"there is nothing to monitor called {monitor!r}")
        self.monitor = monitor
        self.min_delta = min_delta
        self.best_epoch = 0
        self._best = math.inf

    @property
    def best(self) -> float:
        """The best number so far."""
        return -self._best if self.monitor.endswith("accuracy") else self._best

    def _is_better(self, progress: Progress) -> bool:
        number = getattr(progress, self.monitor)
        cost = -number if self.monitor.endswith("accuracy") else number
        if not (cost < self._best - self.min_delta or cost < self._best == math.inf):
            return False
        self._best, self.best_epoch = cost, progress.epoch
        return True


class EarlyStopping(_Watch):
    """Ends training when a number has not become better, by at least `min_delta`, for `patience` epochs.

    With a `module` that module gets back its best epoch's parameters and buffers when training ends so.
    """

    def __init__(
        self,
        monitor: str = "validation_loss",
        patience: int = 1,
        min_delta: float = 0.0,
        module: Module | None = None,
    ) -> None:
        super().__init__(monitor, min_delta)
        if patience < 1:
            raise ValueError(f"patience is {patience}; it must be at least 1")
        self.patience = patience
        self.module = module
        self._state: dict[str, Tensor] = {}

    def __call__(self, progress: Progress) -> bool:
        """Whether training goes on."""
        if progress.event != _EPOCH_END:
            return True
        if self._is_better(progress) and self.module is not None:
            self._state = {name: tensor.clone() for name, tensor in self.module.state_dict().items()}
        goes_on = progress.epoch - self.best_epoch < self.patience
        if self._state and self.module is not None and (not goes_on or progress.epoch == progress.epochs):
            self.module.load_state_dict(self._state)
        return goes_on


class BestCheckpoint(_Watch):
    """Writes a model file after each epoch that is the best so far."""

    def __init__(self, module: Module, path: str | PathLike[str], monitor: str = "validation_loss") -> None:
        super().__init__(monitor, 0.0)
        self.module = module
        self.path = path

    def __call__(self, progress: Progress) -> bool:
        """Training goes on."""
        if progress.event == _EPOCH_END and self._is_better(progress):
            save(self.module, self.path)
        return True


class StopOnNonFiniteLoss:
    """Ends training at a loss that is infinite or NaN, in order; give `fit` stop_on_non_finite_loss=False."""

    def __call__(self, progress: Progress) -> bool:
        """Whether training goes on."""
        return progress.batch == 0 or math.isfinite(progress.loss)
