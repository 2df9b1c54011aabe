"""Layers of weights: dense ones and tables."""

from __future__ import annotations

from typing import Any

from .. import _C
from .._tensor import Tensor
from ..autograd import no_grad
from . import functional
from .native import NativeModule


class Linear(NativeModule):
    """y = x W^T + b, with `weight` [out_features, in_features] and `bias` [out_features].

    Both start uniform in +-1/sqrt(in_features).
    """

    _names = ("weight", "bias")

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, dtype: _C.dtype | None = None
    ) -> None:
        self.in_features = in_features
        self.out_features = out_features
        self._adopt(_C.linear_create(in_features, out_features, bias, dtype))

    def extra_repr(self) -> str:
        """The sizes."""
        has_bias = self.bias is not None
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={has_bias}"


class Identity(NativeModule):
    """y = x; arguments are taken and ignored."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        self._adopt(_C.identity_create())


class Bilinear(NativeModule):
    """The sum over i and j of x_i weight_kij y_j, plus bias_k, of two inputs.

    `weight` [out, in1, in2] and `bias` [out] start uniform in +-1/sqrt(in1).
    """

    _names = ("weight", "bias")

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        dtype: _C.dtype | None = None,
    ) -> None:
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self._adopt(_C.bilinear_create(in1_features, in2_features, out_features, bias, dtype))

    def __call__(self, input1: Tensor, input2: Tensor) -> Tensor:  # type: ignore[override]
        """Computes the output."""
        return functional.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """The sizes."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )


class Embedding(NativeModule):
    """A row of `weight` [num_embeddings, embedding_dim] for each index.

    The weight starts normal. The row `padding_idx` starts as 0 and gets no gradient; rows that are used are
    first shortened, in place, to `max_norm`. Gradients are never sparse.
    """

    padding_idx: int | None = None
    max_norm: float | None = None
    sparse = False

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        dtype: _C.dtype | None = None,
    ) -> None:
        if padding_idx is not None and padding_idx < 0:
            padding_idx += num_embeddings
        if padding_idx is not None and not 0 <= padding_idx < num_embeddings:
            raise ValueError(f"Embedding: there is no row for padding_idx among {num_embeddings}")
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_idx
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        options: dict[str, Any] = {"norm_type": norm_type, "scale_grad_by_freq": scale_grad_by_freq}
        if padding_idx is not None:
            options["padding_idx"] = padding_idx
        if max_norm is not None:
            options["max_norm"] = max_norm
        if dtype is not None:
            options["dtype"] = dtype
        self._adopt(_C.embedding_create(num_embeddings, embedding_dim, options))

    @classmethod
    def from_pretrained(cls, embeddings: Tensor, freeze: bool = True, **options: Any) -> Embedding:
        """A table with these rows; `freeze` says that they are not trained."""
        rows, columns = embeddings.shape
        table = cls(rows, columns, dtype=embeddings.dtype, **options)
        with no_grad():
            table.weight.copy_(embeddings)
        table.weight.requires_grad = not freeze
        return table

    def extra_repr(self) -> str:
        """The sizes, and what is not as usual."""
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        if self.padding_idx is not None:
            text += f", padding_idx={self.padding_idx}"
        if self.max_norm is not None:
            text += f", max_norm={self.max_norm}"
        return text
