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
    rows = range(batch) if order is None else order
    sizes = [sum(end > step for end in ends) for step in range(max(ends, default=0))]
    places = [
        rows[i] * steps + t if batch_first else t * batch + rows[i]
        for t, n in enumerate(sizes)
        for i in range(n)
    ]
    data = input.reshape(steps * batch, *input.shape[2:]).index_select(0, _C.from_data(places, _C.int64))
    indices = None if order is None else _C.from_data(order, _C.int64)
    return PackedSequence(data, _C.from_data(sizes, _C.int64), indices)


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The sequences as [T, B, ...] (or [B, T, ...]) in the order they came from, and their lengths.

    T is the longest length, or `total_length`.
    """
    sizes = sequence.batch_sizes.tolist()
    steps = len(sizes) if total_length is None else total_length
    if steps < len(sizes):
        raise ValueError(
            f"pad_packed_sequence: total_length {steps} is less than the longest length {len(sizes)}"
        )
    batch = sizes[0]
    back = list(range(batch)) if sequence.unsorted_indices is None else sequence.unsorted_indices.tolist()
    ends = [sum(size > place for size in sizes) for place in back]
    starts = [0]
    for size in sizes:
        starts.append(starts[-1] + size)
    # Each place takes a row of the data, one of padding the row behind the last.
    grid = [[starts[t] + back[b] if t < ends[b] else starts[-1] for b in range(batch)] for t in range(steps)]
    shape = (steps, batch)
    if batch_first:
        grid, shape = [list(row) for row in zip(*grid, strict=True)], shape[::-1]
    places = [place for row in grid for place in row]
    data = sequence.data
    padding = _C.full([1, *data.shape[1:]], padding_value, data.dtype)
    rows = _C.cat([data, padding]).index_select(0, _C.from_data(places, _C.int64))
    return rows.reshape(*shape, *data.shape[1:]), _C.from_data(ends, _C.int64)


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
    batch = sequence.batch_sizes.tolist()[0]
    steps = sequence.batch_sizes.shape[0]
    rows = range(batch) if sequence.sorted_indices is None else sequence.sorted_indices.tolist()
    places = [
        rows[i] * steps + t if batch_first else t * batch + rows[i]
        for t, size in enumerate(sequence.batch_sizes.tolist())
        for i in range(size)
    ]
    data = output.reshape(steps * batch, output.shape[2]).index_select(0, _C.from_data(places, _C.int64))
    return PackedSequence(data, *sequence[1:])
