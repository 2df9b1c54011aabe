"""Averages of weights, and the learning rate that goes with them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .. import _C
from .._recorded import refuse
from .._tensor import Tensor
from ..autograd import no_grad
from ..nn.module import Module
from ..nn.normalization import _BatchNorm
from .lr_scheduler import _EngineSchedule
from .optimizer import Optimizer

__all__ = [
    "SWALR",
    "AveragedModel",
    "WeightAverage",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]

Average = Callable[[list[Tensor], list[Tensor], int], None]


def get_ema_avg_fn(decay: float = 0.999) -> Callable[[Tensor, Tensor, int], Tensor]:
    """An exponential moving average of one tensor."""
    _check(decay)
    return lambda average, parameter, num_averaged: decay * average + (1 - decay) * parameter


def get_swa_avg_fn() -> Callable[[Tensor, Tensor, int], Tensor]:
    """The plain mean of one tensor."""
    return lambda average, parameter, num_averaged: average + (parameter - average) / (num_averaged + 1)


def _check(decay: float) -> None:
    if not 0 <= decay <= 1:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


def get_ema_multi_avg_fn(decay: float = 0.999) -> Average:
    """Updates an exponential moving average in place: average = decay average + (1 - decay) parameter."""
    _check(decay)

    def update(averages: list[Tensor], parameters: list[Tensor], num_averaged: int) -> None:
        _C.average_update(averages, parameters, 1 - decay)

    return update


def get_swa_multi_avg_fn() -> Average:
    """Updates a plain mean in place."""

    def update(averages: list[Tensor], parameters: list[Tensor], num_averaged: int) -> None:
        refuse("average: a plain mean")
        _C.average_update(averages, parameters, 1 / (int(num_averaged) + 1))

    return update


class WeightAverage:
    """Averages of parameters: exponential moving ones (`decay`), or else plain means.

    The first update takes the parameters as they are. `applied` puts the averages in their place for an
    evaluation; `AveragedModel` has a copy of the model instead. In a recorded step moving averages can be
    updated, but not for the first time; `n_averaged` then counts the recording alone.
    """

    def __init__(self, parameters: Iterable[Tensor], decay: float | None = None) -> None:
        self.parameters = list(parameters)
        self.averages = [parameter.detach().clone() for parameter in self.parameters]
        self.n_averaged = 0
        self._update = get_swa_multi_avg_fn() if decay is None else get_ema_multi_avg_fn(decay)

    def update(self) -> None:
        """Takes the parameters of now into account, in one pass over all."""
        if self.n_averaged == 0:
            refuse("update: the first one")
            _C.average_update(self.averages, self.parameters, 1.0)
        else:
            self._update(self.averages, self.parameters, self.n_averaged)
        self.n_averaged += 1

    def copy_to(self) -> None:
        """Sets the parameters to their averages."""
        self._write(self.averages)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """A context in which the parameters are their averages."""
        before = [parameter.detach().clone() for parameter in self.parameters]
        self._write(self.averages)
        try:
            yield
        finally:
            self._write(before)

    def _write(self, values: list[Tensor]) -> None:
        with no_grad():
            for parameter, value in zip(self.parameters, values, strict=True):
                parameter.copy_(value)


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of the model's: plain means, or what a function says.

    `avg_fn` gives the new average of one tensor, `multi_avg_fn` changes those of all in place. Buffers are
    those of the latest model, or, with `use_buffers`, averaged too.
    """

    def __init__(
        self,
        model: Module,
        *,
        avg_fn: Callable[[Tensor, Tensor, Any], Tensor] | None = None,
        multi_avg_fn: Average | None = None,
        use_buffers: bool = False,
    ) -> None:
        if avg_fn is not None and multi_avg_fn is not None:
            raise ValueError("AveragedModel: give one of avg_fn and multi_avg_fn")
        self.module = copy.deepcopy(model)
        self.register_buffer("n_averaged", _C.from_data(0, _C.int64))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **keywords: Any) -> Any:
        """The output of the averaged model."""
        return self.module(*args, **keywords)

    def update_parameters(self, model: Module) -> None:
        """Takes the parameters of `model` into account."""
        own, new = list(self.module.parameters()), list(model.parameters())
        copied = list(zip(self.module.buffers(), model.buffers(), strict=True))
        if self.use_buffers:
            floats = [pair for pair in copied if pair[0].dtype in (_C.float32, _C.float64)]
            copied = [pair for pair in copied if pair[0].dtype not in (_C.float32, _C.float64)]
            own += [average for average, _ in floats]
            new += [buffer for _, buffer in floats]
        count = int(self.n_averaged.item())
        with no_grad():
            own, new = [t.detach() for t in own], [t.detach() for t in new]
            if count == 0:
                copied += zip(own, new, strict=True)
            elif self.avg_fn is not None:
                copied += [(a, self.avg_fn(a, p, count)) for a, p in zip(own, new, strict=True)]
            else:
                (self.multi_avg_fn or get_swa_multi_avg_fn())(own, new, count)
            for average, value in copied:
                average.copy_(value)
            self.n_averaged.add_(1)


class SWALR(_EngineSchedule):
    """From the present rate to `swa_lr` in `anneal_epochs` epochs (Izmailov et al. 2018), where it stays."""

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | Sequence[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        linear = anneal_strategy == "linear"
        super().__init__(optimizer, _C.swa_lr_create, swa_lr, anneal_epochs, linear, last_epoch)


def update_bn(loader: Iterable[Any], model: Module) -> None:
    """Sets the running statistics of batch normalisations to the means over the batches of `loader`.

    Inputs are the first of a batch that is a tuple or list.
    """
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    if not norms:
        return
    before = [(norm, norm.momentum) for norm in norms]
    was_training = model.training
    model.train()
    try:
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
        with no_grad():
            for batch in loader:
                model(batch[0] if isinstance(batch, (list, tuple)) else batch)
    finally:
        for norm, momentum in before:
            norm.momentum = momentum
        model.train(was_training)
