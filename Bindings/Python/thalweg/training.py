"""Training in one call: the engine's loop, with progress, history and a callback."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from . import _C
from ._tensor import Tensor
from .callbacks import _Watch, watching
from .checkpoint import Checkpointing
from .nn.module import Module
from .optim.optimizer import Optimizer

_LOSSES = {"cross_entropy": 0, "mse": 1, "sequence_cross_entropy": 2}
_BATCH_END, _EPOCH_END = 1, 3


class Progress(NamedTuple):
    """Where `fit` stands. What is not known is NaN; accuracies are shares from 0 to 1."""

    event: int  # 0: about 50 ms have passed; 1: end of a batch; 2: of a validation batch; 3: of an epoch
    epoch: int  # from 1
    epochs: int
    batch: int  # training batches of this epoch that are done
    batches: int  # 0 if the loader has no length
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float
    seconds_left: float


Callback = Callable[[Progress], Any] | _Watch


def fit(
    module: Module,
    optimizer: Optimizer,
    loader: Iterable[Any],
    *,
    epochs: int = 1,
    loss: str | Callable[[Tensor, Tensor], Tensor] = "cross_entropy",
    validation: Iterable[Any] | None = None,
    callback: Callback | Sequence[Callback] | None = None,
    verbose: bool = True,
    stop_on_non_finite_loss: bool = True,
    history: dict[str, list[float]] | None = None,
    checkpoint: Checkpointing | None = None,
) -> dict[str, list[float]]:
    """Trains the module and returns the history: a list over the epochs for each quantity.

    `loader` and `validation` are iterated once an epoch and give pairs of tensors: inputs and targets. `loss`
    is "cross_entropy", "mse", "sequence_cross_entropy" or a function of output and target that returns a
    scalar. The callback, or each of several, is one of thalweg.callbacks or a function that is called after
    each batch and epoch, and about every 50 ms between layers; if it returns False, training ends.
    Cross-entropy takes logits [N, C, ...] and classes [N, ...] or, as recurrent nets have them, logits
    [N, T, C] and classes [N, T]; where there are as many steps as classes, "sequence_cross_entropy" says that
    the classes are the last dimension.
    With `checkpoint` (`thalweg.checkpoint.Checkpointing`) training is saved as it goes, and goes on from what
    was saved: `epochs` counts those before, the history has those of this call.
    Ctrl-C raises KeyboardInterrupt; a `history` that is given is extended as epochs end, so it is there then.
    """
    kind = _kind(loss) if isinstance(loss, str) else loss
    lists = {} if history is None else history
    callbacks = [] if callback is None else list(callback) if isinstance(callback, Sequence) else [callback]
    watches = [each for each in callbacks if isinstance(each, _Watch)]
    calls = [each for each in callbacks if not isinstance(each, _Watch)]
    line = _Line() if verbose else None
    began = 0.0

    def hear(*values: Any) -> Any:
        nonlocal began
        progress = Progress(*values)
        if progress.event == _EPOCH_END:
            _append(lists, progress, progress.seconds - began)
            began = progress.seconds
        if line is not None:
            line.show(progress)
        answers = [call(progress) for call in calls]
        return False if any(answer is False for answer in answers) else None

    handle = optimizer._handle
    try:
        saving = (None, None, 0, 3, False) if checkpoint is None else checkpoint._arguments()
        watch = watching(watches, None if checkpoint is None else checkpoint._monitor)
        module_handle = module._handle
        _C.fit(
            module_handle,
            handle,
            loader,
            validation,
            epochs,
            kind,
            stop_on_non_finite_loss,
            hear,
            saving,
            watch,
        )
    finally:
        if line is not None:
            line.close()
    return lists


def evaluate(module: Module, loader: Iterable[Any], loss: str = "cross_entropy") -> tuple[float, float]:
    """The mean loss and the accuracy over the loader's batches, in evaluation mode and without recording."""
    return _C.evaluate(module._handle, loader, _kind(loss))


def _kind(loss: str) -> int:
    if loss not in _LOSSES:
        raise _C.InvalidArgumentError(f"there is no loss {loss!r}; {', '.join(_LOSSES)} are")
    return _LOSSES[loss]


def _append(history: dict[str, list[float]], progress: Progress, seconds: float) -> None:
    for name in ("loss", "accuracy", "validation_loss", "validation_accuracy"):
        history.setdefault(name, []).append(getattr(progress, name))
    history.setdefault("seconds", []).append(seconds)


class _Line:
    """Progress on the standard error output: a line written over on a terminal, a line an epoch elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr is not None and sys.stderr.isatty()
        self._is_open = False
        self._last = 0.0

    def show(self, progress: Progress) -> None:
        ends = progress.event == _EPOCH_END
        now = time.monotonic()
        if sys.stderr is None or not (ends or (self._terminal and now - self._last > 0.1)):
            return
        self._last = now
        text = f"epoch {progress.epoch} of {progress.epochs}   loss {progress.loss:.4f}"
        for name, value in (
            ("accuracy", progress.accuracy),
            ("validation loss", progress.validation_loss),
            ("validation accuracy", progress.validation_accuracy),
        ):
            text += f"   {name} {value:.4f}" if value == value else ""
        if not ends and progress.seconds_left == progress.seconds_left:
            text += f"   {progress.seconds_left:.0f} s left"
        print(
            f"\r{text}\x1b[K" if self._terminal else text, end="" if self._terminal else "\n", file=sys.stderr
        )
        self._is_open = self._terminal
        if self._terminal:
            sys.stderr.flush()

    def close(self) -> None:
        if self._is_open:
            print(file=sys.stderr)
