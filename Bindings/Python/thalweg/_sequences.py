"""Samples that are sequences of several lengths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from . import _C
from ._factories import as_tensor
from ._tensor import Tensor


class Ragged(NamedTuple):
    """Sequences one behind the other, [steps of all, ...], and how long each is."""

    values: Any
    lengths: Any


class SequenceDataset:
    """Sequences of several lengths, in step with one another and with arrays of one row a sample.

    Each of `arrays` is a list of sequences [T_i, ...], a `Ragged`, or an array or tensor whose rows are
    samples. A batch has them padded to its longest, [B, T, ...] (or [T, B, ...]), with `padding_value` in the
    first and `target_padding_value` in the others; -100 are classes that cross-entropy does not count. It
    ends with the lengths, int64 [B], as recurrent layers take them: one for each different list of them; and
    with `mask` with a bool [B, T], true at the steps of the first array's sequences.
    """

    def __init__(
        self,
        *arrays: Any,
        padding_value: float = 0.0,
        target_padding_value: float = 0.0,
        batch_first: bool = True,
        lengths: bool = True,
        mask: bool = False,
    ) -> None:
        self.arrays: list[tuple[Tensor, Tensor]] = []
        for array in arrays:
            values, own = _ragged(array)
            known = [other for _, other in self.arrays if other.shape == own.shape and own.shape[0] > 0]
            own = next((other for other in known if other.tolist() == own.tolist()), own)
            self.arrays.append((values, own))
        self._options = sequence_options(padding_value, target_padding_value, batch_first, lengths, mask)
        self._length = _C.loader_sample_count(self._open({}))
        self._starts = [[0, *own.cumsum(0).tolist()] for _, own in self.arrays]

    def __len__(self) -> int:
        """The number of samples."""
        return self._length

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        """A sample: its sequence, or its row, of each array."""
        number = range(self._length)[index]
        return tuple(
            values[starts[number] : starts[number + 1]] if len(starts) > 1 else values[number]
            for (values, _), starts in zip(self.arrays, self._starts, strict=True)
        )

    def _open(self, options: dict[str, Any]) -> _C.Loader:
        values, lengths = [a for a, _ in self.arrays], [b for _, b in self.arrays]
        return _C.loader_from_sequences(values, lengths, {**options, **self._options})


def sequence_options(
    padding_value: float, target_padding_value: float, batch_first: bool, lengths: bool, mask: bool
) -> dict[str, Any]:
    """How a loader pads, and what it gives with the batches."""
    return {
        "pad_value": padding_value,
        "target_pad_value": target_padding_value,
        "time_first": not batch_first,
        "lengths": lengths,
        "mask": mask,
    }


def _ragged(array: Any) -> tuple[Tensor, Tensor]:
    if isinstance(array, Ragged):
        return as_tensor(array.values), as_tensor(array.lengths).to(_C.int64)
    if isinstance(array, Sequence) and not isinstance(array, str | bytes):
        parts = [as_tensor(part) for part in array]
        if parts and all(part.dim() > 0 for part in parts):
            return _C.cat(parts), as_tensor([part.shape[0] for part in parts], _C.int64)
    return as_tensor(array), _C.empty(0, dtype=_C.int64)
