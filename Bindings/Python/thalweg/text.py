"""Texts as numbers, and streams of them for language models."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from typing import Any

from . import _C
from ._tensor import Tensor
from .data import Batches

__all__ = ["Text", "TextLoader"]


class Text:
    """The characters or bytes of a text, as numbers.

    The text is in the file at `path`, which may be larger than memory, or is `Text.of` a string. `unit` is
    "characters" or "bytes". `symbols` has the characters in the order of their numbers, such as those of the
    text that a net was trained on; without it they are those of this text, sorted. Bytes are numbered by
    their values.
    """

    def __init__(
        self, path: str | PathLike[str], unit: str = "characters", symbols: str | None = None
    ) -> None:
        self._adopt(_C.text_open(path, unit, symbols), unit)

    @classmethod
    def of(cls, content: str, unit: str = "characters", symbols: str | None = None) -> Text:
        """The text that is the string `content`."""
        text = cls.__new__(cls)
        text._adopt(_C.text_create(content, unit, symbols), unit)
        return text

    def _adopt(self, handle: _C.Text, unit: str) -> None:
        self._handle = handle
        self.unit = unit
        self.symbols = _C.text_symbols(handle)  # "" for bytes

    def __len__(self) -> int:
        """The number of characters or bytes."""
        return _C.text_length(self._handle)

    @property
    def vocabulary_size(self) -> int:
        """The number of different symbols; 256 for bytes."""
        return _C.text_vocabulary_size(self._handle)

    def encode(self, string: str) -> Tensor:
        """The numbers of a string's symbols, int64 [n]."""
        return _C.text_encode(self._handle, string)

    def decode(self, numbers: Tensor | Iterable[int]) -> str:
        """The string that numbers stand for; bytes that are no UTF-8 become U+FFFD."""
        values = numbers.flatten().tolist() if isinstance(numbers, Tensor) else list(numbers)
        if unknown := [value for value in values if not 0 <= value < self.vocabulary_size]:
            raise _C.InvalidArgumentError(f"decode: there is no symbol {unknown[0]}")
        if self.unit == "bytes":
            return bytes(values).decode(errors="replace")
        return "".join(self.symbols[value] for value in values)


class TextLoader(Batches):
    """A text in parallel streams, for language models: pairs of int64 tensors [batch_size, length].

    The second has the symbols that follow those of the first. The part of the text from `first` to `last`,
    shares of its length, is cut into `batch_size` streams of equal length. Row b of a batch goes on where
    row b of the one before ended, so that a recurrent net's state can be carried over; every iteration starts
    at the beginning. The last batch may be shorter, unless `drop_last`. With `batch_first=False` the tensors
    are [length, batch_size].
    """

    def __init__(
        self,
        text: Text,
        batch_size: int,
        length: int,
        *,
        first: float = 0.0,
        last: float = 1.0,
        drop_last: bool = False,
        batch_first: bool = True,
    ) -> None:
        options: dict[str, Any] = {
            "first": first,
            "last": last,
            "drop_last": drop_last,
            "time_first": not batch_first,
        }
        super().__init__(_C.text_loader_create(text._handle, batch_size, length, options))
        self.text = text
        self.batch_size = batch_size
        self.length = length
