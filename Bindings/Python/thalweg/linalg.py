"""Norms of vectors and matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence

from . import _C
from ._tensor import Tensor

__all__ = ["matrix_norm", "norm", "vector_norm"]


def vector_norm(
    x: Tensor,
    ord: float = 2,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: _C.dtype | None = None,
) -> Tensor:
    """The norm of order `ord` of the elements over `dim`, or of all: (sum |x|^ord)^(1/ord).

    Infinity gives the largest |x|, -infinity the smallest, 0 the number of elements that are not 0.
    """
    return _C.vector_norm(x, ord, dim, keepdim, dtype=dtype)


def matrix_norm(
    A: Tensor,
    ord: float | str = "fro",
    dim: Sequence[int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: _C.dtype | None = None,
) -> Tensor:
    """The Frobenius norm of matrices, or the largest (smallest) sum of |A| over rows or columns.

    `ord` is 'fro', 1 or -1 for the sums of columns, infinity or -infinity for those of rows.
    """
    if len(dim) != 2:
        raise ValueError(f"matrix_norm: dim is {dim}; it must be two dimensions")
    if ord == "fro":
        return _C.vector_norm(A, 2, dim, keepdim, dtype=dtype)
    if not isinstance(ord, (int, float)) or abs(ord) not in (1, math.inf):
        raise ValueError(f"matrix_norm: the order is {ord!r}; it must be 'fro', 1, -1, inf or -inf")
    rows, columns = (d + A.ndim if d < 0 else d for d in dim)
    summed, chosen = (rows, columns) if abs(ord) == 1 else (columns, rows)
    sums = _C.vector_norm(A, 1, summed, True, dtype=dtype)
    result = _C.amax(sums, chosen, True) if ord > 0 else _C.amin(sums, chosen, True)
    return result if keepdim else _C.squeeze(result, (rows, columns))


def norm(
    A: Tensor,
    ord: float | str | None = None,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: _C.dtype | None = None,
) -> Tensor:
    """`matrix_norm` where an order is given for matrices or two dimensions, else `vector_norm`."""
    is_matrix = A.ndim == 2 if dim is None else not isinstance(dim, int) and len(dim) == 2
    if isinstance(ord, str) or (ord is not None and is_matrix):
        return matrix_norm(A, ord, (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    if ord is not None and dim is None and A.ndim > 2:
        raise ValueError(f"norm: an order of a tensor of {A.ndim} dimensions; name the dimensions")
    return vector_norm(A, 2 if ord is None else ord, dim, keepdim, dtype=dtype)
