"""NumPy's files: arrays are mapped or read in pieces, pickled objects refused."""

from __future__ import annotations

import argparse
import zipfile
from pathlib import Path
from typing import Any

from .. import _C
from .._files import _numbers

_PIECE = 8 << 20


def read_array(path: str, name: str | None, target: Any, _: argparse.Namespace) -> None:
    """A .npy file, which is mapped, not loaded."""
    array = _numpy().load(path, mmap_mode="r", allow_pickle=False)
    _write(path, name or Path(path).stem, array, target)


def read_archive(path: str, name: str | None, target: Any, _: argparse.Namespace) -> None:
    """A .npz file: a data set for each array. With a name they go to a group of it."""
    try:
        with _numpy().load(path, allow_pickle=False) as archive:
            for key in archive.files:
                _write(path, f"{name}/{key}" if name else key, archive[key], target)
    except zipfile.BadZipFile as error:
        raise _C.FormatError(f"'{path}' is not an archive of NumPy's: {error}") from error


def _numpy() -> Any:
    try:
        import numpy
    except ImportError as error:
        raise _C.UnavailableError("NumPy's files need the package numpy") from error
    return numpy


def _write(path: str, name: str, array: Any, target: Any) -> None:
    if array.dtype.kind == "U":
        target.write(name, array.ravel().tolist(), (array.size,), "strings")
        return
    if array.dtype.kind not in "biuf" or array.dtype.name in ("uint64", "float128", "longdouble"):
        raise _C.DTypeError(
            f"'{path}': {name} is of {array.dtype}; numbers of up to 64 bits, bool and str are converted"
        )
    if array.ndim == 0:
        target.write(name, _numbers(array.copy()), (), array.dtype.name)
        return
    dtype = _numbers(array[:0].copy()).dtype
    target.define(name, array.shape, dtype)
    rows = max(_PIECE // max(array[:1].nbytes, 1), 1)
    for start in range(0, len(array), rows):
        target.append(name, _numbers(array[start : start + rows].copy()))
