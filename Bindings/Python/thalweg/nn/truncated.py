"""Backpropagation through time that is cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .. import _C
from .._tensor import Tensor
from .module import Module
from .recurrent import _Recurring

_VALUES, _GRAPH = 1, 2  # how layers keep their states


def tbptt(
    model: Callable[..., Any],
    input: Tensor,
    target: Tensor,
    loss: Callable[[Tensor, Tensor], Tensor],
    tau: int | None = None,
    *,
    k1: int | None = None,
    state: Any = None,
    batch_first: bool = False,
    reduction: str = "mean",
    after: Callable[[float], Any] | None = None,
) -> tuple[float, Any]:
    """Goes once through a long sequence and accumulates the gradients of the loss of all its steps.

    Gradients go back `tau` steps, states go on: memory is that of `tau` steps, however long the sequence is,
    and with `tau` of its length (or None) the gradient is exact. They do so after every `k1` new steps (`tau`
    if None); if `k1` is less than `tau`, steps are computed again for it (Williams & Peng 1990, BPTT(h; h')).

    `model` takes pieces of `input`, [T, B, ...] or with `batch_first` [B, T, ...]. Either its recurrent
    layers take their states along by themselves, called without one; they begin with zeros, or stateful ones
    with the state they keep. Or, if `state` is given, it is called as `model(piece, state)` and returns
    `output, new_state`, any nest of tuples, lists and dicts of tensors. A layer's second direction begins
    with zeros at the end of each piece, which is all that it sees; `k1` must be `tau` then.

    `loss(output, target)` is of a piece: with `reduction` "mean" a mean over its steps, so that each piece
    counts by its share of all steps; with "sum" they add up. `after(loss)` is called behind each backward
    pass: to clip and to step, for instance. Returns the loss of all steps, and the last state if one was
    given.
    """
    dim = 1 if batch_first else 0
    steps = input.shape[dim]
    if target.shape[dim] != steps:
        raise ValueError(
            f"tbptt: the input has {steps} steps, the target {target.shape[dim]}; they must be equal"
        )
    if reduction not in ("mean", "sum"):
        raise ValueError(f"tbptt: reduction is {reduction!r}; it must be 'mean' or 'sum'")
    reach = max(steps, 1) if tau is None else tau
    interval = reach if k1 is None else k1
    if not 1 <= interval <= reach:
        raise ValueError(f"tbptt: k1 is {interval} and tau {reach}; they must be 1 <= k1 <= tau")
    memory = _Own(model) if state is None else _Given(model, state)
    if interval < min(reach, steps) and memory.looks_ahead:
        raise ValueError(
            "tbptt: with a layer of two directions k1 must be tau; the second direction cannot begin in the "
            "middle of a window"
        )
    total = 0.0
    with memory:
        windows = list(_windows(steps, reach, interval))
        for place, (start, loss_start, end) in enumerate(windows):
            split = windows[place + 1][0] if place + 1 < len(windows) else end
            output = memory.run(input, dim, start, split, end)
            part = loss(
                _narrow(output, dim, loss_start - start, end - start), _narrow(target, dim, loss_start, end)
            )
            share = (end - loss_start) / steps if reduction == "mean" else 1.0
            (part if share == 1 else part * share).backward()
            value = part.item()
            total += value * share
            if after is not None:
                after(value)
    return total, memory.state


def _windows(steps: int, reach: int, interval: int) -> Iterator[tuple[int, int, int]]:
    """Where a window starts, where the steps start whose loss counts, and where both end."""
    for loss_start in range(0, steps, interval):
        end = min(loss_start + interval, steps)
        yield loss_start if reach == interval else max(0, end - reach), loss_start, end


def _narrow(tensor: Tensor, dim: int, start: int, end: int) -> Tensor:
    if start == 0 and end == tensor.shape[dim]:
        return tensor
    return tensor[start:end] if dim == 0 else tensor[:, start:end]


class _Own:
    """States that the model's recurrent layers keep themselves."""

    state = None

    def __init__(self, model: Any) -> None:
        self.model = model
        modules = model.modules() if isinstance(model, Module) else ()
        self.layers = [module for module in modules if isinstance(module, _Recurring)]
        if not self.layers:
            raise ValueError("tbptt: the model has no recurrent layer; give a state to call it with")
        self.looks_ahead = any(getattr(layer, "bidirectional", False) for layer in self.layers)

    def __enter__(self) -> None:
        self.modes = [_C.recurrent_stateful(layer._native) for layer in self.layers]
        self.carry(_VALUES)

    def __exit__(self, *error: Any) -> None:
        for layer, mode in zip(self.layers, self.modes, strict=True):
            _C.module_set_stateful(layer._native, mode)

    def carry(self, mode: int) -> None:
        for layer in self.layers:
            _C.module_set_stateful(layer._native, mode)

    def call(self, piece: Tensor) -> Tensor:
        output = self.model(piece)
        return output[0] if isinstance(output, tuple) else output

    def run(self, input: Tensor, dim: int, start: int, split: int, end: int) -> Tensor:
        """The outputs from `start` to `end`; the state is left as it is at `split`, outside the graph."""
        if split == end:
            return self.call(_narrow(input, dim, start, end))
        self.carry(_GRAPH)
        parts = [self.call(_narrow(input, dim, start, split))] if split > start else []
        states = [layer.state for layer in self.layers]
        parts.append(self.call(_narrow(input, dim, split, end)))
        for layer, state in zip(self.layers, states, strict=True):
            layer.state = state
        self.carry(_VALUES)
        return _C.cat(parts, dim)


class _Given:
    """A state that goes in and out of the model's calls."""

    looks_ahead = False  # what the model does with it is its own

    def __init__(self, model: Any, state: Any) -> None:
        self.model = model
        self.state = _detached(state)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        pass

    def run(self, input: Tensor, dim: int, start: int, split: int, end: int) -> Tensor:
        """The outputs from `start` to `end`; the state is left as it is at `split`, outside the graph."""
        parts, state = [], self.state
        for first, last in ((start, split), (split, end)):
            if first < last:
                output, state = self.model(_narrow(input, dim, first, last), state)
                parts.append(output)
            if last == split:
                self.state = _detached(state)
        return parts[0] if len(parts) == 1 else _C.cat(parts, dim)


def _detached(state: Any) -> Any:
    if isinstance(state, Tensor):
        return state.detach()
    if isinstance(state, dict):
        return {key: _detached(value) for key, value in state.items()}
    if isinstance(state, (tuple, list)):
        return type(state)(_detached(value) for value in state)
    return state
