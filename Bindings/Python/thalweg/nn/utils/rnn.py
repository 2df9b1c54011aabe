"""Sequences of different lengths in one tensor: packed, padded, and as a list."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ... import _C
from ..._tensor import Tensor


class _Packed(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Packed):
    """The steps of sequences without padding, step after step: `data` [total, ...], `batch_sizes` a step.

    Sequences are in the order of falling length; `sorted_indices` has their places in the batch they come
    from, `unsorted_indices` the way back; both are None where that was their order. Made by
    `pack_padded_sequence` and `pack_sequence`; recurrent layers take one and return one.
    """

    def __new__(
        cls,
        data: Tensor,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> PackedSequence:
        """Completes what follows from the rest."""
        if batch_sizes is None:
            raise ValueError("PackedSequence: batch_sizes are missing")
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, dtype: _C.dtype) -> PackedSequence:
        """The same with data of another dtype."""
        return PackedSequence(self.data.to(dtype), *self[1:])

    def float(self) -> PackedSequence:
        """The same with data in float32."""
        return self.to(_C.float32)

    def double(self) -> PackedSequence:
        """The same with data in float64."""
        return self.to(_C.float64)


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes one."""
    if permutation is None:
        return None
    order = permutation.tolist()
    inverse = [0] * len(order)
    for place, index in enumerate(order):
        inverse[index] = place
    return _C.from_data(inverse, _C.int64)


def pack_padded_sequence(
    input: Tensor,
    lengths: Tensor | Sequence[int],
    batch_first: bool = False,
    enforce_sorted: bool = True,
) -> PackedSequence:
    """The steps of `input` [T, B, ...] (or [B, T, ...]) that are no padding.

    Lengths must fall, unless `enforce_sorted` is False: then sequences are sorted.
    """
    ends = [int(length) for length in (lengths.tolist() if isinstance(lengths, Tensor) else lengths)]
    if input.ndim < 2:
        raise ValueError(
            f"pack_padded_sequence: the input has shape {list(input.shape)}; it needs time and batch"
        )
    steps, batch = input.shape[1 if batch_first else 0], input.shape[0 if batch_first else 1]
    if len(ends) != batch:
        raise ValueError(f"pack_padded_sequence: {len(ends)} lengths for a batch of {batch}")
    if any(not 1 <= end <= steps for end in ends):
        raise ValueError(
            f"pack_padded_sequence: lengths must be from 1 to {steps}, the input's steps: {ends}"
        )
    order = None
    if not enforce_sorted:
        order = sorted(range(batch), key=lambda row: -ends[row])
    elif any(a < b for a, b in itertools.pairwise(ends)):
        raise ValueError(
            f"pack_padded_sequence: the lengths {ends} must fall from sequence to sequence; with "
            "enforce_sorted=False they are sorted"
        )
    indices = None if order is None else _C.from_data(order, _C.int64)
    limits = _C.from_data(ends if order is None else [ends[row] for row in order], _C.int64)
    sizes = _active(limits, max(ends, default=0)).sum(1)
    data = _gather(input, limits, indices, batch_first)
    return PackedSequence(data, sizes, indices)


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The sequences as [T, B, ...] (or [B, T, ...]) in the order they came from, and their lengths.

    T is the longest length, or `total_length`.
    """
    sizes = sequence.batch_sizes
    steps = sizes.shape[0] if total_length is None else total_length
    if steps < sizes.shape[0]:
        raise ValueError(
            f"pad_packed_sequence: total_length {steps} is less than the longest length, {sizes.shape[0]}"
        )
    order = sequence.unsorted_indices
    if order is None:
        order = _C.arange(0, sizes[0].item(), 1, _C.int64)
    ends = _lengths(sequence).index_select(0, order)
    # Each place takes a row of the data, one of padding the row behind the last.
    starts = _C.cat([_C.cumsum(sizes, 0) - sizes, _C.zeros(steps - sizes.shape[0], dtype=_C.int64)])
    end = _C.full([], sequence.data.shape[0], _C.int64)
    places = _C.where(_active(ends, steps), starts.unsqueeze(1) + order, end)
    if batch_first:
        places = places.transpose(0, 1)
    data = sequence.data
    padding = _C.full([1, *data.shape[1:]], padding_value, data.dtype)
    rows = _C.cat([data, padding]).index_select(0, places.reshape(-1))
    return rows.reshape(*places.shape, *data.shape[1:]), ends


def pad_sequence(
    sequences: Tensor | Iterable[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Sequences [T_i, ...] as one tensor [T, B, ...] (or [B, T, ...]), T the longest length."""
    if padding_side not in ("left", "right"):
        raise ValueError(f"pad_sequence: padding_side is {padding_side!r}; it must be 'left' or 'right'")
    parts = list(sequences)
    if not parts:
        raise ValueError("pad_sequence: there are no sequences; at least one is needed")
    steps = max(part.shape[0] for part in parts)
    rows = []
    for part in parts:
        filling = _C.full([steps - part.shape[0], *part.shape[1:]], padding_value, part.dtype)
        rows.append(_C.cat([part, filling] if padding_side == "right" else [filling, part]))
    return _C.stack(rows, 0 if batch_first else 1)


def unpad_sequence(
    padded_sequences: Tensor, lengths: Tensor | Sequence[int], batch_first: bool = False
) -> list[Tensor]:
    """The sequences [T_i, ...] of a padded tensor."""
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    ends = lengths.tolist() if isinstance(lengths, Tensor) else lengths
    return [rows[row][:end] for row, end in enumerate(ends)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Packs a list of sequences [T_i, ...]."""
    lengths = [sequence.shape[0] for sequence in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences [T_i, ...] of a packed one, in the order they came from."""
    return unpad_sequence(*pad_packed_sequence(packed_sequences, batch_first=True), batch_first=True)


def unpack(sequence: PackedSequence, batch_first: bool) -> tuple[Tensor, Tensor]:
    """What a layer computes with: the padded batch and the lengths."""
    return pad_packed_sequence(sequence, batch_first)


def pack_as(sequence: PackedSequence, output: Tensor, batch_first: bool) -> PackedSequence:
    """A layer's output, packed as its input was."""
    data = _gather(output, _lengths(sequence), sequence.sorted_indices, batch_first)
    return PackedSequence(data, *sequence[1:])


def _active(lengths: Tensor, steps: int) -> Tensor:
    """Which of the steps [T, B] are no padding."""
    return _C.arange(0, steps, 1, _C.int64).unsqueeze(1) < lengths


def _lengths(sequence: PackedSequence) -> Tensor:
    """The lengths of a packed sequence, falling."""
    sizes = sequence.batch_sizes
    places = _C.arange(0, sizes[0].item(), 1, _C.int64)
    return (places.unsqueeze(1) < sizes).sum(1)


def _gather(input: Tensor, lengths: Tensor, order: Tensor | None, batch_first: bool) -> Tensor:
    """The steps of [T, B, ...] (or [B, T, ...]) that are no padding, step after step.

    `lengths` fall; `order` has the sequences' places in the input.
    """
    steps, batch = input.shape[1 if batch_first else 0], input.shape[0 if batch_first else 1]
    active = _C.nonzero(_active(lengths, steps))
    step, row = active[:, 0], active[:, 1]
    if order is not None:
        row = order.index_select(0, row)
    places = row * steps + step if batch_first else step * batch + row
    return input.reshape(steps * batch, *input.shape[2:]).index_select(0, places)
