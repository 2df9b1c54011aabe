"""Linear algebra: norms, products, equations and decompositions, of batches of matrices.

Matrices are the last two dimensions; the others are batches. Computed in float64, also for float32. Larger
matrices go through LAPACK where the machine has one: `thalweg.lapack()` names it, the environment variable
THALWEG_LAPACK chooses another or, with "off", none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _C
from ._decompositions import SignAndLogarithm

if TYPE_CHECKING:
    from ._tensor import Tensor

__all__ = [
    "cholesky",
    "cholesky_ex",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "inv",
    "inv_ex",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]


class Decomposition(NamedTuple):
    """Two factors, or values and vectors."""

    first: Tensor
    second: Tensor


class SVD(NamedTuple):
    """What `svd` returns."""

    U: Tensor
    S: Tensor
    Vh: Tensor


class Eigen(NamedTuple):
    """What `eigh` returns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


class QR(NamedTuple):
    """What `qr` returns."""

    Q: Tensor
    R: Tensor


class PLU(NamedTuple):
    """What `lu` returns."""

    P: Tensor
    L: Tensor
    U: Tensor


class LUFactor(NamedTuple):
    """What `lu_factor` returns."""

    LU: Tensor
    pivots: Tensor


class LeastSquares(NamedTuple):
    """What `lstsq` returns."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor


# -- Norms ----------------------------------------------------------------------------------------------


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
    """The Frobenius norm of matrices, the largest (smallest) sum of |A| over rows or columns, and others.

    `ord` is 'fro', 1 or -1 for the sums of columns, infinity or -infinity for those of rows, 2 or -2 for the
    largest or smallest singular value, 'nuc' for their sum.
    """
    if len(dim) != 2:
        raise ValueError(f"matrix_norm: dim is {dim}; it must be two dimensions")
    if ord == "fro":
        return _C.vector_norm(A, 2, dim, keepdim, dtype=dtype)
    if ord != "nuc" and (not isinstance(ord, (int, float)) or abs(ord) not in (1, 2, math.inf)):
        raise ValueError(
            f"matrix_norm: the order is {ord!r}; it must be 'fro', 'nuc', 1, -1, 2, -2, inf or -inf"
        )
    rows, columns = (d + A.ndim if d < 0 else d for d in dim)
    if ord == "nuc" or abs(ord) == 2:
        moved = _C.movedim(A if dtype is None else A.to(dtype), dim, (-2, -1))
        sizes = _C.linalg_nuclear_norm(moved) if ord == "nuc" else _C.linalg_spectral_norm(moved, ord < 0)
        if not keepdim:
            return sizes
        shape = list(A.shape)
        shape[rows] = shape[columns] = 1
        return sizes.reshape(shape)
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


def cond(A: Tensor, p: float | str | None = None) -> Tensor:
    """The condition number: the norm of order `p` times that of the inverse; None is 2."""
    if p is None or p == 2:
        return _C.linalg_cond(A)
    if p == -2:
        values = _C.linalg_svdvals(A)
        return _C.select(values, -1, -1) / _C.select(values, -1, 0)
    if 0 in A.shape[-2:]:
        return _C.zeros(A.shape[:-2], dtype=A.dtype)
    return matrix_norm(A, p) * matrix_norm(_C.linalg_inv(A), p)


def matrix_rank(
    A: Tensor,
    tol: float | Tensor | None = None,
    *,
    atol: float | Tensor | None = None,
    rtol: float | Tensor | None = None,
    hermitian: bool = False,
) -> Tensor:
    """The number of singular values above the larger of `atol` and `rtol` times the largest one."""
    if tol is not None:
        atol, rtol = tol, 0.0
    return _C.linalg_matrix_rank(A, _limit(A, atol), _limit(A, rtol), hermitian)


def _limit(A: Tensor, value: float | Tensor | None) -> Tensor | None:
    return value if value is None or isinstance(value, _C.TensorBase) else _C.from_data(value, A.dtype)


# -- Products -------------------------------------------------------------------------------------------


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """As `thalweg.matmul`."""
    return _C.matmul(input, other)


def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of matrices, in the order of multiplications that costs least."""
    return _C.linalg_multi_dot(tensors)


def matrix_power(A: Tensor, n: int) -> Tensor:
    """A to the power `n`; for negative n of the inverse."""
    return _C.matrix_power(A, n)


def matrix_exp(A: Tensor) -> Tensor:
    """The exponential function of matrices."""
    return _C.matrix_exp(A)


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The sums of products along `dim`; shapes broadcast."""
    return _C.sum(x * y, dim)


def cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """The vector product of vectors of three elements along `dim`."""
    return _C.cross_along(input, other, dim)


def vander(x: Tensor, N: int | None = None) -> Tensor:
    """The powers 1, x, x^2, ... of each element as a new last dimension."""
    return _C.vander(x, N, True)


def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals, as a view."""
    return _C.diagonal(A, offset, dim1, dim2)


# -- Equations ------------------------------------------------------------------------------------------


def inv(A: Tensor) -> Tensor:
    """The inverse; an error for a singular matrix."""
    return _C.linalg_inv(A)


def inv_ex(A: Tensor, *, check_errors: bool = False) -> Decomposition:
    """The inverse and zeros; a singular matrix is an error all the same."""
    return Decomposition(_C.linalg_inv(A), _no_errors(A))


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """X of A X = B, or unless `left` of X A = B; an error for a singular matrix."""
    return _C.linalg_solve(A, B, left)


def solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> Decomposition:
    """As `solve`, and zeros; a singular matrix is an error all the same."""
    return Decomposition(_C.linalg_solve(A, B, left), _no_errors(A))


def _no_errors(A: Tensor) -> Tensor:
    return _C.zeros(A.shape[:-2], dtype=_C.int32)


def solve_triangular(
    A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Tensor:
    """X of A X = B, or unless `left` of X A = B, of A's upper or lower triangle."""
    return _C.linalg_solve_triangular(A, B, upper, left, unitriangular)


def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None) -> LeastSquares:
    """The X of smallest norm with which the norm of A X - B is smallest.

    Singular values up to `rcond` times the largest one count as 0. Residuals are given for tall matrices of
    full rank, rank and singular values as the driver of that name in PyTorch gives them.
    """
    limit = None if rcond is None else _C.from_data(rcond, A.dtype)
    solution = _C.linalg_lstsq(A, B, limit)
    rows, columns = A.shape[-2:]
    rank = _C.zeros([0], dtype=_C.int64)
    values, residuals = _C.zeros([0], dtype=A.dtype), solution.reshape(-1)[:0]
    if driver != "gels":
        rank = _C.linalg_matrix_rank(A, None, limit, False)
    if driver in ("gelsd", "gelss"):
        values = _C.linalg_svdvals(A.detach())
    if rows > columns and driver != "gelsy":
        vector = B.ndim == A.ndim - 1
        rest = _C.matmul(A, solution.unsqueeze(-1) if vector else solution) - (
            B.unsqueeze(-1) if vector else B
        )
        residuals = _C.sum(rest * rest, -2)
    return LeastSquares(solution, residuals, rank, values)


def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse for `tensordot`, A taken for a matrix from the last dimensions to the first `ind`."""
    left, right = A.shape[:ind], A.shape[ind:]
    if ind < 1 or math.prod(left) != math.prod(right):
        raise _C.ShapeError(f"tensorinv: shape {A.shape} with ind {ind} is no square matrix")
    return _C.linalg_inv(A.reshape(math.prod(left), -1)).reshape(*right, *left)


def tensorsolve(A: Tensor, B: Tensor, dims: Sequence[int] | None = None) -> Tensor:
    """X with tensordot(A, X, X.ndim) = B; `dims` of A are moved to its end first."""
    if dims is not None:
        A = _C.movedim(A, list(dims), list(range(A.ndim - len(dims), A.ndim)))
    shape = A.shape[B.ndim :]
    return _C.linalg_solve(A.reshape(B.numel(), -1), B.reshape(-1)).reshape(shape)


def pinv(
    A: Tensor,
    rcond: float | Tensor | None = None,
    hermitian: bool = False,
    *,
    atol: float | Tensor | None = None,
    rtol: float | Tensor | None = None,
) -> Tensor:
    """The Moore-Penrose inverse; singular values up to max(atol, rtol times the largest one) count as 0.

    `hermitian`: of symmetric matrices, of which the lower triangle is read.
    """
    atol, rtol = _limit(A, atol), _limit(A, rtol if rcond is None else rcond)
    if not hermitian:
        return _C.linalg_pinv(A, atol, rtol)
    values, vectors = _C.linalg_eigh(A)
    sizes = values.abs()
    if rtol is None:
        epsilon = 2.0**-23 if A.dtype is _C.float32 else 2.0**-52
        small = atol is not None and bool((atol > 0).all())
        rtol = _C.from_data(0.0 if small else A.shape[-1] * epsilon, A.dtype)
    limit = _C.amax(sizes, -1, True) * rtol if A.shape[-1] else sizes
    if atol is not None:
        limit = _C.maximum(limit, atol)
    shares = _C.where(sizes > limit, 1 / values, _C.zeros([], dtype=A.dtype))
    return _C.matmul(vectors * shares.unsqueeze(-2), _C.transpose(vectors, -2, -1))


# -- Decompositions -------------------------------------------------------------------------------------


def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """L, lower triangular, with L L^T = A positive definite; or with `upper` its transpose."""
    return _C.linalg_cholesky(A, upper)


def cholesky_ex(A: Tensor, *, upper: bool = False, check_errors: bool = False) -> Decomposition:
    """As `cholesky`, and zeros; a matrix that is not positive definite is an error all the same."""
    return Decomposition(_C.linalg_cholesky(A, upper), _no_errors(A))


def qr(A: Tensor, mode: str = "reduced") -> QR:
    """Q with orthonormal columns and R, upper triangular; `mode` 'reduced', 'complete' or 'r'."""
    return QR(*_C.linalg_qr(A, mode))


def lu(A: Tensor, *, pivot: bool = True) -> PLU:
    """P, L and U with P L U = A."""
    _check_pivot(pivot)
    return PLU(*_C.linalg_lu(A))


def lu_factor(A: Tensor, *, pivot: bool = True) -> LUFactor:
    """L and U in one matrix, and the rows exchanged in each step, from 1."""
    _check_pivot(pivot)
    return LUFactor(*_C.linalg_lu_factor(A))


def lu_factor_ex(A: Tensor, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """As `lu_factor`, and zeros."""
    return (*lu_factor(A, pivot=pivot), _no_errors(A))


def _check_pivot(pivot: bool) -> None:
    if not pivot:
        raise ValueError("lu: pivot is False; only with pivoting is it stable, and supported")


def lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False) -> Tensor:
    """X of A X = B, or unless `left` X A = B, from `lu_factor` of A; `adjoint`: of the transposed A."""
    return _C.linalg_lu_solve(LU, pivots, B, left, adjoint)


def det(A: Tensor) -> Tensor:
    """The determinant."""
    return _C.linalg_det(A)


def slogdet(A: Tensor) -> SignAndLogarithm:
    """The sign of the determinant and the logarithm of its magnitude."""
    return SignAndLogarithm(*_C.linalg_slogdet(A))


def eigh(A: Tensor, UPLO: str = "L") -> Eigen:
    """Eigenvalues, ascending, and eigenvectors of symmetric matrices, of which one triangle is read."""
    return Eigen(*_C.linalg_eigh(A, _is_upper(UPLO)))


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric matrices, ascending."""
    return _C.linalg_eigh(A, _is_upper(UPLO))[0]


def _is_upper(UPLO: str) -> bool:
    if UPLO.upper() not in ("L", "U"):
        raise ValueError(f"eigh: UPLO is {UPLO!r}; it must be 'L' or 'U'")
    return UPLO.upper() == "U"


def svd(A: Tensor, full_matrices: bool = True, *, driver: str | None = None) -> SVD:
    """U, S and Vh with U diag(S) Vh = A, S descending."""
    return SVD(*_C.linalg_svd(A, full_matrices))


def svdvals(A: Tensor, *, driver: str | None = None) -> Tensor:
    """The singular values, descending."""
    return _C.linalg_svdvals(A)
