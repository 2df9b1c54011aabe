"""Optimisers: faces of the engine's, one of those for each group of parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .. import _C
from .._tensor import Tensor
from ..autograd import enable_grad


class ParameterGroup(dict):
    """Options of some parameters, an item of `optimizer.param_groups`. "lr" can be set; the rest is fixed."""

    def __init__(self, options: Mapping[str, Any], handle: _C.Optimizer) -> None:
        super().__init__(options)
        self._handle = handle

    def __getitem__(self, key: str) -> Any:
        """An option; "lr" is what the engine uses."""
        return _C.optimizer_lr(self._handle) if key == "lr" else super().__getitem__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        """Sets "lr"."""
        if key in ("params", *self) and key != "lr":
            raise KeyError(f"{key} is fixed once the optimiser is made; only lr can be changed")
        if key == "lr":
            _C.optimizer_set_lr(self._handle, value)
        super().__setitem__(key, value)


class Optimizer:
    """Changes parameters along their gradients."""

    param_groups: list[ParameterGroup]

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Mapping[str, Any]],
        defaults: dict[str, Any],
        create: Callable[[list[Tensor], dict[str, Any]], _C.Optimizer],
    ) -> None:
        self.defaults = defaults
        self.param_groups = []
        self._create = create
        items = list(params)
        if not items:
            raise _C.InvalidArgumentError("optimizer got an empty parameter list")
        if isinstance(items[0], Mapping):
            for group in items:
                self.add_param_group(group)
        else:
            self.add_param_group({"params": items})

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Adds parameters with options of their own; what is not given has the optimiser's default."""
        options = {**self.defaults, **param_group}
        if unknown := set(options) - set(self.defaults) - {"params"}:
            raise TypeError(f"there is no option {', '.join(sorted(unknown))}")
        params = options.pop("params")
        params = [params] if isinstance(params, Tensor) else list(params)
        known = {parameter for group in self.param_groups for parameter in group["params"]}
        if known & set(params):
            raise _C.InvalidArgumentError("some parameters appear in more than one parameter group")
        handle = self._create(params, options)
        self.param_groups.append(ParameterGroup({"params": params, **options}, handle))

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Updates the parameters that have gradients; `closure` may compute them and return the loss."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            _C.optimizer_step(group._handle)
        return loss

    def zero_grad(self) -> None:
        """Clears the gradients of all parameters."""
        for group in self.param_groups:
            _C.optimizer_zero_grad(group._handle)

    def __repr__(self) -> str:
        """The groups and their options."""
        lines = [f"{type(self).__name__} ("]
        for index, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {index}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum and Nesterov's form of it."""

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, defaults, _C.sgd_create)


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015), with weight decay as a penalty in the gradient."""

    _decoupled_weight_decay = False

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
        }
        super().__init__(params, defaults, self._create_group)

    @classmethod
    def _create_group(cls, params: list[Tensor], options: dict[str, Any]) -> _C.Optimizer:
        numbers = {key: value for key, value in options.items() if key != "betas"}
        numbers["beta1"], numbers["beta2"] = options["betas"]
        numbers["decoupled_weight_decay"] = cls._decoupled_weight_decay
        return _C.adam_create(params, numbers)


class AdamW(Adam):
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019)."""

    _decoupled_weight_decay = True

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)
