"""The optimisers, with PyTorch's arguments and defaults.

`foreach` and `fused` are taken and make no difference: every step is one pass over all parameters.
`capturable` and `differentiable`, for CUDA graphs and steps that are differentiated themselves, are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import _C
from ..autograd import enable_grad
from .optimizer import Optimizer

_FLAGS = dict.fromkeys(("nesterov", "maximize", "amsgrad", "centered", "decoupled_weight_decay"), bool)


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum and Nesterov's form of it (Sutskever et al. 2013)."""

    _create = staticmethod(_C.sgd_create)
    _types = _FLAGS

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(params, locals())


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015), with AMSGrad (Reddi et al. 2018); weight decay is part of the gradient."""

    _create = staticmethod(_C.adam_create)
    _types = _FLAGS

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(params, locals())


class AdamW(Adam):
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019)."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        given = locals() | {"decoupled_weight_decay": True}
        Optimizer.__init__(self, params, given)


class Adagrad(Optimizer):
    """Adagrad (Duchi et al. 2011): steps divided by the root of all squared gradients so far."""

    _create = staticmethod(_C.adagrad_create)
    _types = _FLAGS

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(params, locals())


class Adadelta(Optimizer):
    """Adadelta (Zeiler 2012): steps whose size follows those before."""

    _create = staticmethod(_C.adadelta_create)
    _types = _FLAGS

    def __init__(
        self,
        params: Any,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, locals())


class RMSprop(Optimizer):
    """RMSprop (Tieleman and Hinton 2012; centred: Graves 2013)."""

    _create = staticmethod(_C.rmsprop_create)
    _types = _FLAGS

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, locals())


class NAdam(Optimizer):
    """Adam with Nesterov's momentum (Dozat 2016)."""

    _create = staticmethod(_C.nadam_create)
    _types = _FLAGS

    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, locals())


class RAdam(Optimizer):
    """Adam whose first steps are rectified (Liu et al. 2020)."""

    _create = staticmethod(_C.radam_create)
    _types = _FLAGS

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, locals())


class Adamax(Optimizer):
    """Adam with the largest gradient instead of the mean of squares (Kingma and Ba 2015)."""

    _create = staticmethod(_C.adamax_create)
    _types = _FLAGS

    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        super().__init__(params, locals())


class Lion(Optimizer):
    """Steps of one size along the sign of a momentum (Chen et al. 2023), with the authors' defaults."""

    _create = staticmethod(_C.lion_create)
    _types = _FLAGS

    def __init__(
        self,
        params: Any,
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, locals())


def _line_search(value: Any) -> Any:
    """The word of a group; of a word the engine's flag."""
    if isinstance(value, dict):
        return "strong_wolfe" if value["strong_wolfe"] else None
    if value not in (None, "strong_wolfe"):
        raise _C.InvalidArgumentError(
            f"LBFGS: there is no line search {value!r}; only 'strong_wolfe' is, or None"
        )
    return "strong_wolfe", value is not None


_WORDS = {"line_search_fn": _line_search}


class LBFGS(Optimizer):
    """Limited-memory BFGS (Nocedal and Wright 2006), with a strong Wolfe line search or none."""

    _create = staticmethod(_C.lbfgs_create)
    _types = dict.fromkeys(("max_iter", "max_eval", "history_size"), int)
    _words = _WORDS

    def __init__(
        self,
        params: Any,
        lr: float = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        max_eval = max_iter * 5 // 4 if max_eval is None else max_eval
        super().__init__(params, locals())

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Up to `max_iter` iterations; `closure` computes the loss and its gradients and returns the loss."""
        first = []

        def evaluate() -> float:
            with enable_grad():
                loss = closure()
            if not first:
                first.append(loss)
            return float(loss)

        _C.optimizer_step_closure(self._handle, evaluate)
        return first[0]
