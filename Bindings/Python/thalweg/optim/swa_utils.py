"""Averages of weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from .. import _C
from .._tensor import Tensor
from ..autograd import no_grad

__all__ = ["WeightAverage", "get_ema_multi_avg_fn", "get_swa_multi_avg_fn"]


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[list[Tensor], list[Tensor], int], None]:
    """Updates an exponential moving average in place: average = decay average + (1 - decay) parameter."""
    if not 0 <= decay <= 1:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")

    def update(averages: list[Tensor], parameters: list[Tensor], num_averaged: int) -> None:
        _C.average_update(averages, parameters, 1 - decay)

    return update


def get_swa_multi_avg_fn() -> Callable[[list[Tensor], list[Tensor], int], None]:
    """Updates a plain mean in place."""

    def update(averages: list[Tensor], parameters: list[Tensor], num_averaged: int) -> None:
        _C.average_update(averages, parameters, 1 / (int(num_averaged) + 1))

    return update


class WeightAverage:
    """Averages of parameters: exponential moving ones (`decay`), or else plain means.

    The first update takes the parameters as they are. `applied` puts the averages in their place for an
    evaluation; PyTorch's AveragedModel has a copy of the model instead.
    """

    def __init__(self, parameters: Iterable[Tensor], decay: float | None = None) -> None:
        self.parameters = list(parameters)
        self.averages = [parameter.detach().clone() for parameter in self.parameters]
        self.n_averaged = 0
        self._update = get_swa_multi_avg_fn() if decay is None else get_ema_multi_avg_fn(decay)

    def update(self) -> None:
        """Takes the parameters of now into account, in one pass over all."""
        if self.n_averaged == 0:
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
