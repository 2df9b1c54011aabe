"""What is in HDF5 files, and writing data sets to them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from os import PathLike
from types import TracebackType
from typing import Any, Self

from . import _C
from ._factories import as_tensor
from ._tensor import Tensor

_KINDS = ("group", "dataset", "link", "other")
# NumPy's number types that no tensor has, and the smallest that holds them.
_WIDER = {"int8": "int32", "int16": "int32", "uint16": "int64", "uint32": "int64", "float16": "float32"}


class Entry:
    """A group, a data set, a link or something else in an HDF5 file."""

    def __init__(self, path: str, kind: str, text: str) -> None:
        self.path = path
        self.kind = kind  # "group", "dataset", "link", "other"
        self._text = text

    @cached_property
    def details(self) -> dict[str, Any]:
        """Everything that is known: see tw_file_entry_details in thalweg.h."""
        return json.loads(self._text)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of a data set."""
        return tuple(self.details.get("shape", ()))

    @property
    def dtype(self) -> str | None:
        """What `read` makes of a data set: "float32"; None if it does not read it."""
        return self.details.get("dtype")

    @property
    def attributes(self) -> dict[str, Any]:
        """Attributes with their values; None for one whose value is neither text nor a few numbers."""
        return {n: a.get("value") for n, a in self.details.get("attributes", {}).items()}


def contents(path: str | PathLike[str]) -> list[Entry]:
    """The groups, data sets and links of an HDF5 file, the root first; no data is read.

    A file that nobody vouches for can crash the HDF5 library: see `isolation`.
    """
    file = _C.file_open(path)
    places = [_C.file_entry_at(file, index) for index in range(_C.file_entry_count(file))]
    return [
        Entry(name, _KINDS[kind], _C.file_entry_details(file, index))
        for index, (name, kind) in enumerate(places)
    ]


class DataWriter:
    """Writes data sets to an HDF5 file: a new one (mode "w"), or more of one that is there ("a").

    The file appears, or changes, in one step when the writer is closed. An exception in a `with` block, a
    crash or a kill before leaves what was there, byte for byte: the work goes to a file beside it, with mode
    "a" to a copy of it.

    Keywords of `define` and `write` say how a data set lies in the file. `gzip`: a level from 1 to 9, sorted
    by the bytes' places before if `shuffle`; `fletcher32`: with checksums; `extendible`: rows can be appended
    later, by this writer or another; `chunk_rows`: samples in a chunk, if there are chunks. Without any of
    them the data lies in one piece, which is read fastest.
    """

    def __init__(self, path: str | PathLike[str], mode: str = "w") -> None:
        if mode not in ("w", "a"):
            raise _C.InvalidArgumentError(
                f"DataWriter: mode is {mode!r}; 'w' (a new file) and 'a' (append) are"
            )
        self._handle: _C.Writer | None = _C.writer_open(path, mode == "a")

    def define(
        self,
        name: str,
        shape: Sequence[int],
        dtype: _C.dtype = _C.float32,
        *,
        labels: Sequence[str] = (),
        **storage: Any,
    ) -> None:
        """Makes a data set of shape [rows, ...] that `append` fills; with -1 rows it grows.

        `labels` are names of the values 0, 1, ... of integers.
        """
        _C.writer_define(self._open(), name, dtype, tuple(shape), tuple(labels), _options(storage))

    def write(self, name: str, data: Any, *, labels: Sequence[str] = (), **storage: Any) -> None:
        """Writes a new data set: a tensor, an array, or a sequence of str."""
        texts = _texts(data)
        if texts is not None:
            _C.writer_write_texts(self._open(), name, texts, _options(storage))
        else:
            _C.writer_write(self._open(), name, _numbers(data), tuple(labels), _options(storage))

    def append(self, name: str, rows: Any) -> None:
        """Adds rows to a data set that grows, or that is not complete yet."""
        texts = _texts(rows)
        if texts is not None:
            _C.writer_append_texts(self._open(), name, texts)
        else:
            _C.writer_append(self._open(), name, _numbers(rows))

    def set_attribute(self, object: str, name: str, value: str | float | Sequence[float]) -> None:
        """Gives a data set or group ("/": the file) an attribute: a text, a number or several."""
        if isinstance(value, str):
            _C.writer_set_text(self._open(), object, name, value)
        else:
            values = (
                [float(value)] if hasattr(value, "__float__") and not hasattr(value, "__len__") else value
            )
            _C.writer_set_numbers(self._open(), object, name, [float(v) for v in values])  # type: ignore[union-attr]

    def set_dimensions(self, name: str, dimensions: Sequence[str]) -> None:
        """Names all dimensions of a data set, for netCDF and xarray."""
        _C.writer_set_dimensions(self._open(), name, tuple(dimensions))

    def close(self) -> None:
        """Puts the file in place."""
        handle = self._open()
        self._handle = None
        _C.writer_close(handle)

    def discard(self) -> None:
        """Ends without a trace; what was at the path stays as it was."""
        self._handle = None

    def _open(self) -> _C.Writer:
        if self._handle is None:
            raise _C.InvalidArgumentError("DataWriter: the writer is closed")
        return self._handle

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.discard()
        elif self._handle is not None:
            self.close()


def write(path: str | PathLike[str], data: Mapping[str, Any], **storage: Any) -> None:
    """Writes a new HDF5 file with a data set for each name: tensors, arrays or sequences of str.

    Keywords as those of `DataWriter`.
    """
    with DataWriter(path) as writer:
        for name, values in data.items():
            writer.write(name, values, **storage)


def append(path: str | PathLike[str], data: Mapping[str, Any]) -> None:
    """Adds rows to data sets of an HDF5 file that were written with `extendible`.

    Each call works on a copy of the whole file, so that a kill leaves the old one or the new one: for many
    batches keep one `DataWriter(path, "a")` open, which copies once.
    """
    with DataWriter(path, "a") as writer:
        for name, rows in data.items():
            writer.append(name, rows)


def _options(storage: dict[str, Any]) -> dict[str, Any]:
    return {name: int(value) for name, value in storage.items()}


def _texts(data: Any) -> tuple[str, ...] | None:
    """The strings, if they are that."""
    if hasattr(data, "dtype") and getattr(data.dtype, "kind", "") in "UO":
        data = data.tolist()
    if isinstance(data, list | tuple) and data and all(isinstance(text, str) for text in data):
        return tuple(data)
    return None


def _numbers(data: Any) -> Tensor:
    name = getattr(getattr(data, "dtype", None), "name", None)
    if not isinstance(data, Tensor) and name is not None:
        native = data.dtype.newbyteorder("=")
        data = data.astype(_WIDER.get(name, native), copy=False)
    return as_tensor(data)
