"""Fourier transforms, by the names of torch.fft.

There is no complex dtype: complex numbers are tensors [..., 2], real and imaginary part, as PyTorch's
view_as_real gives them, and `dim` counts without that last dimension. `norm` says what is divided by n:
'backward' the inverse transform, 'forward' the other, 'ortho' both by the root of n.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import _C
from ._factories import arange
from ._tensor import Tensor

__all__ = ["fft", "fftfreq", "fftshift", "ifft", "ifftshift", "irfft", "rfft", "rfftfreq"]


def fft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The transform of complex numbers; the length is cut or filled up with zeros to `n`."""
    return _C.fft(input, n, dim, norm or "backward")


def ifft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse transform of complex numbers."""
    return _C.fft(input, n, dim, norm or "backward", True)


def rfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The transform of real numbers: the n / 2 + 1 complex ones that say all."""
    return _C.rfft(input, n, dim, norm or "backward")


def irfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `rfft`: `n` real numbers, or 2 (m - 1) from m complex ones."""
    return _C.irfft(input, n, dim, norm or "backward")


def fftfreq(n: int, d: float = 1.0, *, dtype: _C.dtype | None = None) -> Tensor:
    """The frequencies of `fft` of `n` samples, `d` apart."""
    places = [*range((n + 1) // 2), *range(-(n // 2), 0)]
    return _C.from_data([place / (n * d) for place in places], dtype or _C.float32)


def rfftfreq(n: int, d: float = 1.0, *, dtype: _C.dtype | None = None) -> Tensor:
    """The frequencies of `rfft`."""
    return arange(0, n // 2 + 1, dtype=dtype or _C.float32) / (n * d)


def fftshift(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """Frequency 0 moved to the middle, along `dim` (None: all dimensions)."""
    return _shifted(input, dim, False)


def ifftshift(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """The inverse of `fftshift`."""
    return _shifted(input, dim, True)


def _shifted(input: Tensor, dim: int | Sequence[int] | None, back: bool) -> Tensor:
    dims = range(input.ndim) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    shifts = [(input.shape[d] + back) // 2 for d in dims]
    return _C.roll(input, shifts, list(dims)) if shifts else input.clone()
