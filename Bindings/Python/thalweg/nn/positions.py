"""Layers that tell a net where in a sequence it is."""

from __future__ import annotations

from .. import _C
from .native import NativeModule


class _Positions(NativeModule):
    embedding_dim: int
    max_length: int
    concatenate: bool
    batch_first: bool

    def extra_repr(self) -> str:
        """The sizes, and what is not as usual."""
        text = f"{self.embedding_dim}, max_length={self.max_length}"
        if self.concatenate:
            text += ", concatenate=True"
        return text if self.batch_first else text + ", batch_first=False"


class PositionalEncoding(_Positions):
    """Adds sines and cosines of positions to the vectors of a sequence (Vaswani et al. 2017).

    Position t has sin(t / 10000^(2i / embedding_dim)) at 2i and the cosine of the same at 2i + 1. There are
    no parameters. Shape: [..., T, embedding_dim], or [T, ..., embedding_dim] with `batch_first=False`. With
    `concatenate` the positions are put behind vectors of any size E: [..., T, E + embedding_dim]. More than
    `max_length` steps are an error.
    """

    def __init__(
        self,
        embedding_dim: int,
        max_length: int = 5000,
        concatenate: bool = False,
        batch_first: bool = True,
    ) -> None:
        self.embedding_dim = embedding_dim
        self.max_length = max_length
        self.concatenate = concatenate
        self.batch_first = batch_first
        self._adopt(_C.positional_encoding_create(embedding_dim, max_length, concatenate, batch_first))


class PositionalEmbedding(_Positions):
    """Adds a trained vector for each position, a row of `weight` [max_length, embedding_dim].

    They start normal with deviation 0.02. Shape: [..., T, embedding_dim], or [T, ..., embedding_dim] with
    `batch_first=False`. With `concatenate` the positions are put behind vectors of any size E: [..., T, E +
    embedding_dim]. More than `max_length` steps are an error.
    """

    def __init__(
        self,
        max_length: int,
        embedding_dim: int,
        concatenate: bool = False,
        batch_first: bool = True,
        dtype: _C.dtype | None = None,
    ) -> None:
        self.embedding_dim = embedding_dim
        self.max_length = max_length
        self.concatenate = concatenate
        self.batch_first = batch_first
        self._adopt(
            _C.positional_embedding_create(max_length, embedding_dim, concatenate, batch_first, dtype)
        )
