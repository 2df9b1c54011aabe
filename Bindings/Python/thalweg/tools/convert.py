"""`python -m thalweg convert`: other formats to HDF5, and files of weights into one another."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from .. import _C, io
from .._files import DataWriter
from . import csvfile, idxfile, numpyfile
from .models import load_model

_WEIGHTS = ("native", "flat", "nested")


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "convert",
        help="NumPy, CSV and IDX (MNIST) files to HDF5; files of weights into one another",
        description="Writes data of NumPy (.npy, .npz), CSV or IDX files (also .gz) to HDF5, in pieces;"
        " or, with --to, a file of weights in another form.",
        epilog="Nothing appears at OUT unless all went well. Pickles are not read.",
    )
    parser.add_argument("inputs", nargs="+", metavar="IN", help="files to read")
    parser.add_argument("output", metavar="OUT", help="the HDF5 file to write")
    parser.add_argument(
        "--name", action="append", default=[], metavar="NAME", help="name of the data set; one for each IN"
    )
    parser.add_argument(
        "--append", action="store_true", help="add to OUT: new data sets, and rows to those that grow"
    )

    storage = parser.add_argument_group("storage")
    storage.add_argument(
        "--gzip", type=int, default=0, metavar="LEVEL", help="compress, 1 (fast) to 9 (small)"
    )
    storage.add_argument("--fletcher32", action="store_true", help="a checksum for each chunk")
    storage.add_argument("--extendible", action="store_true", help="rows can be appended later")
    storage.add_argument("--chunk-rows", type=int, default=0, metavar="ROWS", help="samples in a chunk")

    text = parser.add_argument_group("CSV")
    text.add_argument("--delimiter", default=",", metavar="CHARACTER", help="between fields; \\t is a tab")
    text.add_argument(
        "--no-header", action="store_true", help="the first line is data; columns are c0, c1, ..."
    )
    text.add_argument("--columns", metavar="A,B", help="only these, by name or number from 0, in this order")
    text.add_argument(
        "--label", metavar="COLUMN", help="goes to a data set label; text becomes an enumeration"
    )
    text.add_argument("--separate", action="store_true", help="a data set for each column, not one table")
    text.add_argument(
        "--missing", default="nan", metavar="HOW", help="nan, drop (the row), error, or a number; default nan"
    )
    text.add_argument("--na", default=",NA,N/A,nan,NaN,null,?", metavar="A,B", help="fields that are missing")
    text.add_argument("--float64", action="store_true", help="numbers with all their digits; default float32")

    weights = parser.add_argument_group("weights")
    weights.add_argument(
        "--to", choices=_WEIGHTS, help="the form of OUT: a native file, a flat or nested state dictionary"
    )
    weights.add_argument(
        "--model", metavar="MODEL", help="for --to native, and to read Keras's files: as in inspect"
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace, _: list[str]) -> int:
    """Runs the command."""
    output = os.path.realpath(chosen.output)
    if any(os.path.realpath(name) == output for name in chosen.inputs):
        raise _C.InvalidArgumentError(f"'{chosen.output}' is both read and written; choose another name")
    if chosen.to is not None:
        _convert_weights(chosen)
        return 0
    if chosen.name and len(chosen.name) != len(chosen.inputs):
        raise _C.InvalidArgumentError(
            f"{len(chosen.inputs)} files have {len(chosen.name)} names; give each one"
        )
    storage = {
        "gzip": chosen.gzip,
        "fletcher32": chosen.fletcher32,
        "extendible": chosen.extendible,
        "chunk_rows": chosen.chunk_rows,
    }
    there = set()
    if chosen.append and os.path.exists(chosen.output):
        there = {e.path for e in io.contents(chosen.output) if e.kind == "dataset"}
    with DataWriter(chosen.output, "a" if chosen.append else "w") as writer:
        target = Target(writer, storage, there)
        for index, name in enumerate(chosen.inputs):
            _reader(name)(name, chosen.name[index] if chosen.name else None, target, chosen)
    for name, shape, what in target.written:
        print(f"{name}  {what} {'x'.join(map(str, shape))}")
    return 0


class Target:
    """Where readers put what they read: data sets that are made, or, with --append, made longer."""

    def __init__(self, writer: DataWriter, storage: dict[str, Any], there: set[str]) -> None:
        self.writer = writer
        self.written: list[tuple[str, tuple[int, ...], str]] = []
        self._storage = storage
        self._there = there

    def define(
        self, name: str, shape: tuple[int, ...], dtype: _C.dtype, labels: tuple[str, ...] = ()
    ) -> None:
        """Makes a data set of a known number of rows, unless it is there already."""
        self.written.append((name, shape, f"{len(labels)} labels" if labels else dtype.name))
        if f"/{name.strip('/')}" not in self._there:
            first = -1 if self._storage["extendible"] else shape[0]
            storage = {key: value for key, value in self._storage.items() if key != "extendible"}
            self.writer.define(name, (first, *shape[1:]), dtype, labels=labels, **storage)

    def write(self, name: str, data: Any, shape: tuple[int, ...], what: str) -> None:
        """Writes a data set that is small, or of strings."""
        self.written.append((name, shape, what))
        if f"/{name.strip('/')}" in self._there:
            self.writer.append(name, data)
        else:
            self.writer.write(name, data, **self._storage)

    def add_texts(self, name: str, texts: list[str]) -> None:
        """The next strings of a data set that need not be there yet."""
        if f"/{name.strip('/')}" in self._there:
            self.writer.append(name, texts)
        else:
            self.writer.write(name, texts, **{**self._storage, "extendible": True})
            self.written.append((name, (), "strings"))
            self._there.add(f"/{name.strip('/')}")

    def append(self, name: str, rows: Any) -> None:
        """The next rows."""
        self.writer.append(name, rows)


def _reader(name: str) -> Any:
    """What reads a file, by its name and first bytes."""
    with open(name, "rb") as file:
        start = file.read(8)
    suffixes = [s for s in Path(name).suffixes if s != ".gz"]
    suffix = suffixes[-1].lower() if suffixes else ""
    if start.startswith(b"\x93NUMPY"):
        return numpyfile.read_array
    if suffix == ".npz":
        return numpyfile.read_archive
    if start.startswith(b"\x89HDF"):
        raise _C.InvalidArgumentError(f"'{name}' is an HDF5 file: with --to its weights are converted")
    if start.startswith(b"\x80") or suffix in (".pt", ".pth", ".pkl", ".pickle", ".ckpt"):
        raise _C.FormatError(
            f"'{name}': pickles and files of torch.save are not read, as they can run any program"
        )
    if suffix in (".csv", ".tsv", ".txt", ".data"):
        return csvfile.read
    if start.startswith((b"\x1f\x8b", b"\0\0")) and "csv" not in suffix:
        return idxfile.read
    raise _C.FormatError(f"'{name}' is none of .npy, .npz, .csv, .tsv and IDX")


def _convert_weights(chosen: argparse.Namespace) -> None:
    if len(chosen.inputs) != 1:
        raise _C.InvalidArgumentError("--to converts one file")
    (name,) = chosen.inputs
    if chosen.to == "native" and chosen.model is None:
        raise _C.InvalidArgumentError("--to native needs --model: the file names the layers as Keras does")
    if chosen.model is None:
        io.save_state_dict(io.read_state_dict(name), chosen.output, nested=chosen.to == "nested")
        return
    model = load_model(chosen.model)
    paths = {entry.path for entry in io.contents(name)}
    if "/thalweg" not in paths and ("/layers" in paths or "/vars" in paths):
        io.load_weights(model, name)  # Keras's
    else:
        io.load_state_dict(model, name)
    if chosen.to == "native":
        io.save_weights(model, chosen.output)
    else:
        io.save_state_dict(model, chosen.output, nested=chosen.to == "nested")
