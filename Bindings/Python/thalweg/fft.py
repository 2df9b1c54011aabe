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

__all__ = [
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]

_Sizes = Sequence[int] | None
_LAST_TWO = (-2, -1)
# A transform in the other direction is divided by what this one is not.
_TURNED = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


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


def hfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The transform, real, of a signal whose second half is the conjugate of its first, which is given."""
    return _C.irfft(_conjugate(input), n, dim, _TURNED[norm or "backward"])


def ihfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `hfft`."""
    return _conjugate(_C.rfft(input, n, dim, _TURNED[norm or "backward"]))


# -- Several dimensions ---------------------------------------------------------------------------------


def fftn(input: Tensor, s: _Sizes = None, dim: _Sizes = None, norm: str | None = None) -> Tensor:
    """`fft` along several dimensions: `dim`, or the last ones that `s` has lengths for, or all."""
    return _each(input, _plan(input.ndim - 1, s, dim), norm, False)


def ifftn(input: Tensor, s: _Sizes = None, dim: _Sizes = None, norm: str | None = None) -> Tensor:
    """The inverse of `fftn`."""
    return _each(input, _plan(input.ndim - 1, s, dim), norm, True)


def rfftn(input: Tensor, s: _Sizes = None, dim: _Sizes = None, norm: str | None = None) -> Tensor:
    """`fftn` of real numbers: along the last of the dimensions the half that says all."""
    plan = _plan(input.ndim, s, dim)
    return _each(rfft(input, plan[-1][1], plan[-1][0], norm), plan[:-1], norm, False)


def irfftn(input: Tensor, s: _Sizes = None, dim: _Sizes = None, norm: str | None = None) -> Tensor:
    """The inverse of `rfftn`: real numbers."""
    plan = _plan(input.ndim - 1, s, dim)
    return irfft(_each(input, plan[:-1], norm, True), plan[-1][1], plan[-1][0], norm)


def fft2(input: Tensor, s: _Sizes = None, dim: Sequence[int] = _LAST_TWO, norm: str | None = None) -> Tensor:
    """`fftn` of the last two dimensions."""
    return fftn(input, s, dim, norm)


def ifft2(input: Tensor, s: _Sizes = None, dim: Sequence[int] = _LAST_TWO, norm: str | None = None) -> Tensor:
    """`ifftn` of the last two dimensions."""
    return ifftn(input, s, dim, norm)


def rfft2(input: Tensor, s: _Sizes = None, dim: Sequence[int] = _LAST_TWO, norm: str | None = None) -> Tensor:
    """`rfftn` of the last two dimensions."""
    return rfftn(input, s, dim, norm)


def irfft2(
    input: Tensor, s: _Sizes = None, dim: Sequence[int] = _LAST_TWO, norm: str | None = None
) -> Tensor:
    """`irfftn` of the last two dimensions."""
    return irfftn(input, s, dim, norm)


def _plan(rank: int, s: _Sizes, dim: _Sizes) -> list[tuple[int, int | None]]:
    """Dimensions, as numbers from 0, and lengths; None or -1 is a dimension's own."""
    sizes = None if s is None else [s] if isinstance(s, int) else list(s)
    if dim is None:
        dims = list(range(rank if sizes is None else min(rank, len(sizes))))
        dims = [d + rank - len(dims) for d in dims]
    else:
        dims = [dim] if isinstance(dim, int) else list(dim)
    lengths: list[int | None] = (
        [None] * len(dims) if sizes is None else [n if n != -1 else None for n in sizes]
    )
    if len(lengths) != len(dims) or not all(-rank <= d < rank for d in dims):
        raise _C.InvalidArgumentError(f"fftn: dim is {dim} and s {s} for {rank} dimensions; they must fit")
    places = [d % rank for d in dims]
    if len(set(places)) != len(places) or not places:
        raise _C.InvalidArgumentError(f"fftn: dim is {dim}; dimensions must be given, and differ")
    return list(zip(places, lengths, strict=True))


def _each(input: Tensor, plan: list[tuple[int, int | None]], norm: str | None, inverse: bool) -> Tensor:
    for place, length in plan:
        input = _C.fft(input, length, place, norm or "backward", inverse)
    return input


def _conjugate(input: Tensor) -> Tensor:
    return input * _C.from_data([1.0, -1.0], input.dtype)


# -- Frequencies ----------------------------------------------------------------------------------------


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
