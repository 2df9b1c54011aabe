"""Schedules of the learning rate, with PyTorch's names, arguments and values: faces of the engine's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from weakref import WeakMethod

from .. import _C
from .optimizer import Optimizer

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]


class LRScheduler:
    """Changes the learning rates of an optimiser's groups; sets those of epoch 0 when it is made.

    A subclass of the user's own defines `get_lr`, which returns the rates at `self.last_epoch`, one a group.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        self.optimizer = optimizer
        self._groups = len(optimizer.param_groups)
        method = WeakMethod(self._factor)  # weak, as this object holds the engine's schedule

        def factor(epoch: int, group: int) -> float:
            return method()(epoch, group)

        self._handle = _C.factor_lr_create(optimizer._handle, factor, False, last_epoch)

    def get_lr(self) -> list[float]:
        """The rates at `last_epoch`."""
        raise NotImplementedError

    def _factor(self, epoch: int, group: int) -> float:
        # The engine multiplies the first rate by this; while a schedule is made it has no handle yet.
        if group == 0:
            self._epoch = epoch
            self._rates = [float(rate) for rate in self.get_lr()]
        first = self.optimizer.param_groups[group]["initial_lr"]
        return self._rates[group] / first if first else 0.0

    @property
    def last_epoch(self) -> int:
        """The epoch that the rates are of."""
        return _C.schedule_last_epoch(self._handle) if hasattr(self, "_handle") else self._epoch

    @property
    def base_lrs(self) -> list[float]:
        """The rates at the beginning, one a group."""
        if not hasattr(self, "_handle"):
            return [group["initial_lr"] for group in self.optimizer.param_groups]
        return self.state_dict()["base_lrs"]

    @property
    def _last_lr(self) -> list[float]:
        return self.get_last_lr()

    def get_last_lr(self) -> list[float]:
        """The rates that were set last, one a group."""
        return [_C.schedule_last_lr(self._handle, group) for group in range(self._groups)]

    def step(self, epoch: float | None = None) -> None:
        """Goes on to the next epoch, or step. `epoch` is for CosineAnnealingWarmRestarts alone."""
        if epoch is None:
            _C.schedule_step(self._handle)
        else:
            _C.schedule_step_to(self._handle, float(epoch))

    def state_dict(self) -> dict[str, Any]:
        """All that changes."""
        count = _C.schedule_state_count(self._handle)
        return _nested([_C.schedule_state_at(self._handle, index) for index in range(count)])

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict` gave. The rates themselves are part of the optimiser's state."""
        pairs = list(_flat("", state_dict))
        _C.schedule_load_state(self._handle, [name for name, _ in pairs], [value for _, value in pairs])


_WHOLE = {"last_epoch", "T_cur", "T_i", "num_bad_epochs", "cooldown_counter"}


def _nested(pairs: list[tuple[str, float]]) -> dict[str, Any]:
    """Of "last_epoch", "base_lrs.0", "_schedulers.0.last_epoch" a dict with lists in it."""
    result: dict[str, Any] = {}
    parts: dict[str, dict[int, list[tuple[str, float]]]] = {}
    for name, value in pairs:
        key, *rest = name.split(".", 2)
        if len(rest) == 2:
            parts.setdefault(key, {}).setdefault(int(rest[0]), []).append((rest[1], value))
        elif rest:
            result.setdefault(key, []).append(value)
        else:
            result[key] = int(value) if key in _WHOLE and value == int(value) else value
    for key, items in parts.items():
        result[key] = [_nested(items[index]) for index in sorted(items)]
    return result


def _flat(prefix: str, value: Any) -> Iterable[tuple[str, float]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(f"{prefix}.{key}" if prefix else key, item)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _flat(f"{prefix}.{index}", item)
    else:
        yield prefix, float(value)


class _EngineSchedule(LRScheduler):
    """One of the engine's schedules: its class passes what the function takes after the optimiser."""

    def __init__(self, optimizer: Optimizer, create: Callable[..., Any], *args: Any) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        self.optimizer = optimizer
        self._groups = len(optimizer.param_groups)
        self._handle = create(optimizer._handle, *args)


class StepLR(_EngineSchedule):
    """The rate times gamma every `step_size` epochs."""

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        super().__init__(optimizer, _C.step_lr_create, step_size, gamma, last_epoch)


class MultiStepLR(_EngineSchedule):
    """The rate times gamma at each milestone."""

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        super().__init__(optimizer, _C.multi_step_lr_create, list(milestones), gamma, last_epoch)


class ConstantLR(_EngineSchedule):
    """The rate times `factor` until epoch `total_iters`."""

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        super().__init__(optimizer, _C.constant_lr_create, factor, total_iters, last_epoch)


class LinearLR(_EngineSchedule):
    """The rate times a factor that goes from `start_factor` to `end_factor` in `total_iters` epochs."""

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        super().__init__(optimizer, _C.linear_lr_create, start_factor, end_factor, total_iters, last_epoch)


class ExponentialLR(_EngineSchedule):
    """The rate times gamma every epoch."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        super().__init__(optimizer, _C.exponential_lr_create, gamma, last_epoch)


class PolynomialLR(_EngineSchedule):
    """The rate times (1 - epoch / total_iters)^power."""

    def __init__(
        self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1
    ) -> None:
        super().__init__(optimizer, _C.polynomial_lr_create, total_iters, power, last_epoch)


class CosineAnnealingLR(_EngineSchedule):
    """Half a cosine wave from the base rate to `eta_min` in `T_max` epochs and back (Loshchilov, Hutter)."""

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        super().__init__(optimizer, _C.cosine_annealing_lr_create, T_max, eta_min, last_epoch)


class CosineAnnealingWarmRestarts(_EngineSchedule):
    """Half a cosine wave again and again, each time `T_mult` times as long (Loshchilov and Hutter 2017).

    `step(epoch)` goes to an epoch, which may be a fraction.
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        super().__init__(
            optimizer, _C.cosine_annealing_warm_restarts_create, T_0, T_mult, eta_min, last_epoch
        )


class LambdaLR(_EngineSchedule):
    """The base rate times a function of the epoch, one for all groups or one each."""

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        self.lr_lambdas = _functions(optimizer, lr_lambda)
        super().__init__(optimizer, _C.factor_lr_create, _factor(self.lr_lambdas), False, last_epoch)


class MultiplicativeLR(_EngineSchedule):
    """The rate times a function of the epoch, one for all groups or one each; every epoch but the first."""

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        self.lr_lambdas = _functions(optimizer, lr_lambda)
        super().__init__(optimizer, _C.factor_lr_create, _factor(self.lr_lambdas), True, last_epoch)


def _functions(optimizer: Optimizer, functions: Any) -> list[Callable[[int], float]]:
    count = len(optimizer.param_groups)
    if not isinstance(functions, (list, tuple)):
        functions = [functions] * count
    if len(functions) != count:
        raise ValueError(f"Expected {count} lr_lambdas, but got {len(functions)}")
    for function in functions:
        if not callable(function):
            raise TypeError(f"lr_lambda should be a function, but got {type(function).__name__}")
    return list(functions)


def _factor(functions: list[Callable[[int], float]]) -> Callable[[int, int], float]:
    return lambda epoch, group: functions[group](epoch)


class CyclicLR(_EngineSchedule):
    """The rate goes up and down between two limits (Smith 2017), the momentum down and up.

    The height of a cycle is `scale_fn` of its number, from 1, or with `scale_mode` 'iterations' of the number
    of steps; without one the mode says it.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | Sequence[float],
        max_lr: float | Sequence[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float = 0.8,
        max_momentum: float = 0.9,
        last_epoch: int = -1,
    ) -> None:
        modes = ["triangular", "triangular2", "exp_range"]
        if scale_mode not in ("cycle", "iterations"):
            raise ValueError(f"CyclicLR: scale_mode is {scale_mode!r}; it must be 'cycle' or 'iterations'")
        if mode not in modes:
            raise ValueError(f"CyclicLR: there is no mode {mode!r}; {', '.join(modes)} are")
        options = {
            "step_size_up": step_size_up,
            "step_size_down": -1 if step_size_down is None else step_size_down,
            "mode": modes.index(mode),
            "gamma": gamma,
            "cycle_momentum": cycle_momentum,
            "base_momentum": base_momentum,
            "max_momentum": max_momentum,
            "last_epoch": last_epoch,
        }
        super().__init__(optimizer, _C.cyclic_lr_create, base_lr, max_lr, options)
        if scale_fn is not None:
            scale = scale_fn  # what follows must not hold this object
            of_steps = scale_mode == "iterations"
            _C.cyclic_lr_set_scale(self._handle, lambda place, group: scale(place), of_steps)


class OneCycleLR(_EngineSchedule):
    """The rate goes up to `max_lr` and down to almost 0 (Smith and Topin 2018), the momentum down and up."""

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float = 0.85,
        max_momentum: float = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
            total_steps = epochs * steps_per_epoch
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be 'cos' or 'linear', not {anneal_strategy!r}")
        options = {
            "pct_start": pct_start,
            "linear": anneal_strategy == "linear",
            "cycle_momentum": cycle_momentum,
            "base_momentum": base_momentum,
            "max_momentum": max_momentum,
            "div_factor": div_factor,
            "final_div_factor": final_div_factor,
            "three_phase": three_phase,
            "last_epoch": last_epoch,
        }
        super().__init__(optimizer, _C.one_cycle_lr_create, max_lr, total_steps, options)


class ReduceLROnPlateau(_EngineSchedule):
    """The rate times `factor` when a metric has not become better for more than `patience` epochs."""

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown!")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown!")
        options = {
            "maximum": mode == "max",
            "factor": factor,
            "patience": patience,
            "threshold": threshold,
            "absolute": threshold_mode == "abs",
            "cooldown": cooldown,
            "eps": eps,
        }
        super().__init__(optimizer, _C.reduce_lr_on_plateau_create, min_lr, options)

    def step(self, metrics: Any, epoch: None = None) -> None:  # type: ignore[override]
        """Goes on to the next epoch, at whose end the metric was `metrics`."""
        _C.schedule_step_metric(self._handle, float(metrics))

    def __getattr__(self, name: str) -> Any:
        """Best metric, bad epochs since, cooldown left."""
        if name in ("best", "num_bad_epochs", "cooldown_counter"):
            return self.state_dict()[name]
        raise AttributeError(name)


class SequentialLR(_EngineSchedule):
    """Schedules one after the other: the i-th until milestone i, then the next, which begins there."""

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[LRScheduler],
        milestones: Sequence[int],
        last_epoch: int = -1,
    ) -> None:
        self._schedulers = list(schedulers)
        handles = [schedule._handle for schedule in schedulers]
        super().__init__(optimizer, _C.sequential_lr_create, handles, list(milestones), last_epoch)


class ChainedScheduler(_EngineSchedule):
    """Schedules side by side: each step is one of all of them."""

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        if len(schedulers) < 1:
            raise ValueError("ChainedScheduler expects at least one scheduler to be chained")
        self._schedulers = list(schedulers)
        handles = [schedule._handle for schedule in schedulers]
        super().__init__(optimizer or schedulers[0].optimizer, _C.chained_lr_create, handles)
