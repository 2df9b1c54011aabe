"""Checkpoints: all that training goes on from, in one file; the same bits as training that never ended."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from os import PathLike, fspath
from typing import Any

from . import _C
from .callbacks import monitor_number
from .data import DataLoader
from .nn.module import Module
from .optim.lr_scheduler import LRScheduler
from .optim.optimizer import Optimizer

__all__ = ["Checkpoint", "Checkpointing"]


class Checkpoint:
    """Parameters and buffers, the optimiser's and schedules' state, random numbers, the place in the data.

    It refers to the objects themselves: `save` writes how they are, `load` changes them. The default
    generator is always kept, others where they are given. `step` and `epoch` are for the caller to count in,
    `metadata` takes notes: a mapping from str to str.

    A file is a model file, too (`thalweg.io.load`), and appears in one step. After `load` the next iteration
    over `loader` goes on in the middle of its epoch.
    """

    def __init__(
        self,
        module: Module,
        optimizer: Optimizer | None = None,
        schedules: LRScheduler | Sequence[LRScheduler] = (),
        loader: DataLoader | None = None,
        generators: Sequence[_C.Generator] = (),
    ) -> None:
        self.module = module
        self.optimizer = optimizer
        self.schedules = [schedules] if isinstance(schedules, LRScheduler) else list(schedules)
        self.loader = loader
        self._handle = _C.checkpoint_create(
            module._handle,
            None if optimizer is None else optimizer._handle,
            [schedule._handle for schedule in self.schedules],
            list(generators),
            None if loader is None else loader._handle,
        )

    @property
    def step(self) -> int:
        """The steps that the caller has counted."""
        return _C.checkpoint_progress(self._handle)[0]

    @step.setter
    def step(self, value: int) -> None:
        _C.checkpoint_set_progress(self._handle, value, self.epoch)

    @property
    def epoch(self) -> int:
        """The epochs that the caller has counted."""
        return _C.checkpoint_progress(self._handle)[1]

    @epoch.setter
    def epoch(self, value: int) -> None:
        _C.checkpoint_set_progress(self._handle, self.step, value)

    @property
    def metadata(self) -> MutableMapping[str, str]:
        """Notes that are saved with the rest."""
        return _Notes(self._handle)

    def save(self, path: str | PathLike[str], *, background: bool = False) -> None:
        """Writes a file, in one step: a failure or a crash leaves what was there.

        In the background it returns when everything is copied. What goes wrong then is raised by the next
        call of a method, by `wait` at the latest.
        """
        (_C.checkpoint_save_in_background if background else _C.checkpoint_save)(self._handle, path)

    def wait(self) -> None:
        """Waits for what is saved in the background."""
        _C.checkpoint_wait(self._handle)

    def load(self, path: str | PathLike[str]) -> None:
        """Reads a file into all the objects; on an error nothing has changed."""
        _C.checkpoint_load(self._handle, path)

    def keep(
        self,
        folder: str | PathLike[str],
        *,
        last: int = 3,
        score: float | None = None,
        larger_is_better: bool = False,
        background: bool = False,
    ) -> None:
        """Writes checkpoint-<step>.h5 in the folder and removes all but the `last` that were written last.

        The one with the best score stays as best.h5.
        """
        options: dict[str, Any] = {
            "keep_last": last,
            "larger_is_better": larger_is_better,
            "in_background": background,
        }
        if score is not None:
            options["score"] = score
        _C.checkpoint_keep(self._handle, folder, options)

    def resume(self, folder: str | PathLike[str]) -> bool:
        """Goes on from what `keep` wrote last, if there is anything. A damaged file is passed over."""
        return bool(_C.checkpoint_resume(self._handle, folder))


class Checkpointing:
    """For `thalweg.fit`: keeps checkpoints in a folder as training goes, and goes on from the last.

    At the end of each epoch, and after every `every` batches. best.h5 is that of the epoch whose `monitor`
    was best: "validation_loss", "validation_accuracy", "loss" or "accuracy".
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        folder: str | PathLike[str],
        *,
        every: int = 0,
        last: int = 3,
        monitor: str = "validation_loss",
        background: bool = True,
    ) -> None:
        self.checkpoint = checkpoint
        self.folder = fspath(folder)
        self._monitor = monitor_number(monitor)
        self._choices = (every, last, background)

    def _arguments(self) -> tuple[Any, ...]:
        return (self.checkpoint._handle, self.folder, *self._choices)


class _Notes(MutableMapping[str, str]):
    def __init__(self, handle: _C.Checkpoint) -> None:
        self._handle = handle

    def __getitem__(self, name: str) -> str:
        text = _C.checkpoint_note(self._handle, name)
        if text is None:
            raise KeyError(name)
        return text

    def __setitem__(self, name: str, text: str) -> None:
        _C.checkpoint_set_note(self._handle, name, text)

    def __delitem__(self, name: str) -> None:
        self[name]
        _C.checkpoint_set_note(self._handle, name, None)

    def __iter__(self) -> Iterator[str]:
        count = _C.checkpoint_note_count(self._handle)
        return iter([_C.checkpoint_note_at(self._handle, index)[0] for index in range(count)])

    def __len__(self) -> int:
        return _C.checkpoint_note_count(self._handle)
