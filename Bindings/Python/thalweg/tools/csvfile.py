"""Tables of text: CSV and its relatives. Two passes: what the columns are, then their values, in pieces."""

from __future__ import annotations

import argparse
import csv
import gzip
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import _C

_ROWS = 16384
_MOST_LABELS = 65536


@dataclass
class Column:
    """A column that is converted, and what the first pass found in it."""

    name: str
    place: int
    is_integer: bool = True
    is_number: bool = True
    has_missing: bool = False
    low: int = 0
    high: int = 0
    words: set[str] = field(default_factory=set)
    example: str = ""  # the first that is no number, and its line

    def look(self, text: str, line: int) -> None:
        """Takes a field into account."""
        if len(self.words) <= _MOST_LABELS:
            self.words.add(text)
        if "_" in text:  # Python's numbers may have them
            self.is_integer = self.is_number = False
            self.example = self.example or f"{text!r} in line {line}"
        if self.is_integer:
            try:
                number = int(text)
                self.low, self.high = min(self.low, number), max(self.high, number)
            except ValueError:
                self.is_integer = False
        if self.is_number and not self.is_integer:
            try:
                float(text)
            except ValueError:
                self.is_number = False
                self.example = f"{text!r} in line {line}"


class Table:
    """A file and how its fields are read."""

    def __init__(self, path: str, chosen: argparse.Namespace) -> None:
        self.path = path
        delimiter = "\t" if chosen.delimiter in ("\\t", "tab") else chosen.delimiter
        self.delimiter = (
            "\t" if Path(path.removesuffix(".gz")).suffix == ".tsv" and delimiter == "," else delimiter
        )
        if len(self.delimiter) != 1:
            raise _C.InvalidArgumentError(f"--delimiter is one character, not {chosen.delimiter!r}")
        self.has_header = not chosen.no_header
        self.absent = set(chosen.na.split(","))
        self.missing = chosen.missing
        if self.missing not in ("nan", "drop", "error"):
            try:
                float(self.missing)
            except ValueError:
                raise _C.InvalidArgumentError(
                    f"--missing is nan, drop, error or a number, not {self.missing!r}"
                ) from None
        first = next(self._rows(True), None)
        if first is None:
            raise _C.FormatError(f"'{path}' is empty")
        self.names = (
            [n.strip() for n in first[1]] if self.has_header else [f"c{i}" for i in range(len(first[1]))]
        )

    def _rows(self, with_header: bool = False) -> Iterator[tuple[int, list[str]]]:
        opener = gzip.open if self.path.endswith(".gz") else open
        with opener(self.path, "rt", encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter, skipinitialspace=True, strict=True)
            try:
                for row in reader:
                    if not row:
                        continue
                    if self.has_header and not with_header:
                        with_header = True
                        continue
                    yield reader.line_num, row
            except (csv.Error, UnicodeDecodeError, EOFError, OSError) as error:
                raise _C.FormatError(f"'{self.path}': line {reader.line_num + 1}: {error}") from error

    def column(self, word: str) -> Column:
        """By name, or by number where no name is that."""
        word = word.strip()
        if word in self.names:
            if self.names.count(word) > 1:
                raise _C.FormatError(
                    f"'{self.path}' has {self.names.count(word)} columns {word!r}; choose by number"
                )
            return Column(word, self.names.index(word))
        place = int(word) if word.isdecimal() else -1
        if not 0 <= place < len(self.names):
            shown = ", ".join(self.names[:12]) + (", ..." if len(self.names) > 12 else "")
            raise _C.InvalidArgumentError(f"'{self.path}' has no column {word!r}; it has {shown}")
        return Column(self.names[place] or f"c{place}", place)

    def rows(self, columns: list[Column]) -> Iterator[tuple[int, list[str | None]]]:
        """The line's number and the fields of the columns, None where missing; rows to drop are dropped."""
        for line, row in self._rows():
            if len(row) != len(self.names):
                raise _C.FormatError(
                    f"'{self.path}': line {line} has {len(row)} fields; the first has {len(self.names)}"
                )
            fields = [row[c.place].strip() for c in columns]
            found = [None if f in self.absent else f for f in fields]
            if None in found:
                if self.missing == "drop":
                    continue
                if self.missing == "error":
                    name = columns[found.index(None)].name
                    raise _C.FormatError(f"'{self.path}': line {line} has no value for {name}")
            yield line, found


def read(path: str, name: str | None, target: Any, chosen: argparse.Namespace) -> None:
    """A table: numbers as one data set of rows, and a label; or a data set for each column."""
    table = Table(path, chosen)
    label = table.column(chosen.label) if chosen.label else None
    words = chosen.columns.split(",") if chosen.columns else [str(i) for i in range(len(table.names))]
    columns = [Column(n or f"c{i}", i) for i, n in enumerate(table.names)]
    if chosen.columns:
        columns = [table.column(word) for word in words]
    columns = [c for c in columns if label is None or c.place != label.place]
    if len({c.name for c in columns}) < len(columns) and chosen.separate:
        raise _C.FormatError(f"'{path}' has columns of the same name; choose some with --columns")
    every = columns + ([label] if label else [])
    count = _look(table, every)

    numbers = _C.float64 if chosen.float64 else _C.float32
    prefix = f"{name}/" if name and chosen.separate else ""
    sinks: list[Any] = []
    if chosen.separate:
        sinks += [
            _Single(target, prefix + c.name, c, i, count, numbers, table) for i, c in enumerate(columns)
        ]
    elif columns:
        for c in columns:
            if not c.is_number:
                raise _C.FormatError(
                    f"'{path}': column {c.name} has text ({c.example}); name it with --label, leave it out by"
                    " --columns, or use --separate"
                )
        sinks.append(_Matrix(target, name or "data", columns, count, numbers, table))
    if label:
        sinks.append(
            _Single(
                target,
                "label" if not prefix else f"{prefix}label",
                label,
                len(columns),
                count,
                numbers,
                table,
            )
        )
    piece: list[list[str | None]] = []
    for _, row in table.rows(every):
        piece.append(row)
        if len(piece) == _ROWS:
            _pour(piece, sinks)
            piece = []
    if piece:
        _pour(piece, sinks)
    for sink in sinks:
        sink.finish()


def _pour(piece: list[list[str | None]], sinks: list[Any]) -> None:
    for sink in sinks:
        sink.take(piece)


def _look(table: Table, columns: list[Column]) -> int:
    """The first pass; the number of rows."""
    count = 0
    for line, row in table.rows(columns):
        count += 1
        for column, text in zip(columns, row, strict=True):
            if text is None:
                column.has_missing = True
            else:
                column.look(text, line)
    return count


def _filler(table: Table) -> float:
    return math.nan if table.missing in ("nan", "drop", "error") else float(table.missing)


class _Matrix:
    """Columns of numbers side by side."""

    def __init__(
        self, target: Any, name: str, columns: list[Column], count: int, dtype: _C.dtype, table: Table
    ) -> None:
        self.target, self.name, self.dtype, self.width = target, name, dtype, len(columns)
        self.filler = _filler(table)
        target.define(name, (count, self.width), dtype)
        self.title = ", ".join(c.name for c in columns)

    def take(self, piece: list[list[str | None]]) -> None:
        """The next rows."""
        rows = [[self.filler if f is None else float(f) for f in row[: self.width]] for row in piece]
        self.target.append(self.name, _C.from_data(rows, self.dtype))

    def finish(self) -> None:
        """Says what the columns are."""
        self.target.writer.set_attribute(self.name, "columns", self.title)


class _Single:
    """A column as a data set of its own: whole numbers, others, labels, or strings if they are many."""

    def __init__(
        self, target: Any, name: str, column: Column, place: int, count: int, dtype: _C.dtype, table: Table
    ) -> None:
        self.target, self.name, self.place = target, name, place
        self.numbers: dict[str, int] | None = None
        self.convert: Any = float
        self.dtype: _C.dtype | None = dtype
        self.missing: Any = _filler(table)
        if column.is_number:
            is_whole = column.is_integer and (not column.has_missing or self.missing == self.missing // 1)
            if is_whole and column.low >= -(2**63) and column.high < 2**63:
                self.dtype, self.convert = _C.int64, int
                self.missing = int(self.missing) if self.missing == self.missing else 0
            target.define(name, (count,), self.dtype)
        elif len(column.words) <= _MOST_LABELS:
            if column.has_missing:
                raise _C.FormatError(
                    f"'{table.path}': the text column {column.name} has missing values; use --missing drop"
                )
            words = sorted(column.words)
            self.convert = {word: index for index, word in enumerate(words)}.__getitem__
            self.dtype = _C.uint8 if len(words) <= 256 else _C.int32
            target.define(name, (count,), self.dtype, tuple(words))
        else:
            self.dtype = None

    def take(self, piece: list[list[str | None]]) -> None:
        """The next rows."""
        fields = [row[self.place] for row in piece]
        if self.dtype is None:
            self.target.add_texts(self.name, [field or "" for field in fields])
        else:
            values = [self.missing if f is None else self.convert(f) for f in fields]
            self.target.append(self.name, _C.from_data(values, self.dtype))

    def finish(self) -> None:
        """Nothing is left to do."""
