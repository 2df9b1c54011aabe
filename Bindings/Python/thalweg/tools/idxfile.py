"""IDX, the format of MNIST: two zeros, a type, the number of dimensions, their sizes, big-endian numbers."""

from __future__ import annotations

import argparse
import array
import gzip
import math
import struct
import sys
from pathlib import Path
from typing import Any

from .. import _C
from .._factories import as_tensor

_PIECE = 8 << 20
# Of array.array, the dtype that holds the numbers.
_TYPES = {
    0x08: ("B", _C.uint8),
    0x09: ("b", _C.int32),
    0x0B: ("h", _C.int32),
    0x0C: ("i", _C.int32),
    0x0D: ("f", _C.float32),
    0x0E: ("d", _C.float64),
}


def read(path: str, name: str | None, target: Any, _: argparse.Namespace) -> None:
    """An IDX file, perhaps compressed, in pieces."""
    with open(path, "rb") as raw:
        is_packed = raw.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if is_packed else open(path, "rb") as file:
            _read(path, file, name, target)
    except (EOFError, gzip.BadGzipFile) as error:
        raise _C.FormatError(f"'{path}' is damaged: {error}") from error


def _read(path: str, file: Any, name: str | None, target: Any) -> None:
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _TYPES or not 1 <= start[3] <= 8:
        raise _C.FormatError(f"'{path}' is not an IDX file")
    code, dtype = _TYPES[start[2]]
    sizes = file.read(4 * start[3])
    if len(sizes) < 4 * start[3]:
        raise _C.FormatError(f"'{path}' is not an IDX file: it ends in its head")
    shape = struct.unpack(f">{start[3]}I", sizes)
    sample = math.prod(shape[1:]) * array.array(code).itemsize
    name = name or _name_of(path, len(shape))
    target.define(name, shape, dtype)
    rows = max(_PIECE // max(sample, 1), 1)
    for first in range(0, shape[0], rows):
        count = min(rows, shape[0] - first)
        data = file.read(count * sample)
        if len(data) < count * sample:
            raise _C.FormatError(f"'{path}' is cut short: it has fewer than its {shape[0]} samples")
        numbers = array.array(code, data)
        if sys.byteorder == "little":
            numbers.byteswap()
        target.append(name, as_tensor(_tensor(numbers, dtype).reshape(count, *shape[1:])))
    if file.read(1):
        raise _C.FormatError(f"'{path}' has more bytes than its {shape[0]} samples of {shape[1:]}")


def _tensor(numbers: array.array, dtype: _C.dtype) -> Any:
    if numbers.typecode in "bh":
        numbers = array.array("i", numbers)
    return as_tensor(_C.from_data(numbers), dtype)


def _name_of(path: str, rank: int) -> str:
    stem = Path(path).name
    for word in ("images", "labels"):
        if word in stem:
            return word
    return "labels" if rank == 1 else "data"
