"""Decompositions of matrices by PyTorch's older names; `thalweg.linalg` has them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from . import _C

if TYPE_CHECKING:
    from ._tensor import Tensor

__all__ = ["cholesky", "det", "inverse", "pinverse", "qr", "slogdet", "svd"]


class SignAndLogarithm(NamedTuple):
    """What `slogdet` returns."""

    sign: Tensor
    logabsdet: Tensor


class QAndR(NamedTuple):
    """What `qr` returns."""

    Q: Tensor
    R: Tensor


class USV(NamedTuple):
    """What `svd` returns: V, not transposed."""

    U: Tensor
    S: Tensor
    V: Tensor


def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """See `linalg.cholesky`."""
    return _C.linalg_cholesky(input, upper)


def det(input: Tensor) -> Tensor:
    """See `linalg.det`."""
    return _C.linalg_det(input)


def inverse(input: Tensor) -> Tensor:
    """See `linalg.inv`."""
    return _C.linalg_inv(input)


def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """As `linalg.pinv`; singular values up to `rcond` times the largest count as 0."""
    return _C.linalg_pinv(input, None, _C.from_data(rcond, input.dtype))


def qr(input: Tensor, some: bool = True) -> QAndR:
    """See `linalg.qr`: mode 'reduced', or unless `some` 'complete'."""
    return QAndR(*_C.linalg_qr(input, "reduced" if some else "complete"))


def slogdet(input: Tensor) -> SignAndLogarithm:
    """See `linalg.slogdet`."""
    return SignAndLogarithm(*_C.linalg_slogdet(input))


def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> USV:
    """U, S and V with U diag(S) V^T the matrices; `some`: not full ones. See `linalg.svd`."""
    u, s, vh = _C.linalg_svd(input, not some)
    if not compute_uv:
        u, vh = _C.zeros(u.shape, dtype=u.dtype), _C.zeros(vh.shape, dtype=vh.dtype)
    return USV(u, s, _C.transpose(vh, -2, -1))
