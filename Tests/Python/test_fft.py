"""Fourier transforms against NumPy's: any length, any dimension; derivatives."""

import numpy as np
import pytest
import thalweg
from thalweg import fft


def pairs(z):
    return thalweg.tensor(np.stack([z.real, z.imag], -1))


def complex_of(x):
    x = x.numpy()
    return x[..., 0] + 1j * x[..., 1]


@pytest.mark.parametrize(
    "n", [1, 2, 3, 4, 5, 7, 8, 12, 60, 61, 67, 97, 100, 128, 134, 256, 360, 1009, 1024, 1155, 4096, 6000]
)
def test_any_length(n):
    random = np.random.default_rng(n)
    z = random.normal(size=(2, n)) + 1j * random.normal(size=(2, n))
    for norm in ("backward", "ortho", "forward"):
        np.testing.assert_allclose(
            complex_of(fft.fft(pairs(z), norm=norm)), np.fft.fft(z, norm=norm), atol=1e-11
        )
        np.testing.assert_allclose(
            complex_of(fft.ifft(pairs(z), norm=norm)), np.fft.ifft(z, norm=norm), atol=1e-11
        )
    x = thalweg.tensor(z.real.copy())
    np.testing.assert_allclose(complex_of(fft.rfft(x)), np.fft.rfft(z.real), atol=1e-11)
    if n > 1:
        np.testing.assert_allclose(fft.irfft(fft.rfft(x), n).numpy(), z.real, atol=1e-12)


def test_dimensions_and_lengths():
    z = np.random.default_rng(0).normal(size=(3, 5, 2)) + 0j
    for dim in (0, 1, -1):
        for n in (None, 2, 9):
            np.testing.assert_allclose(
                complex_of(fft.fft(pairs(z), n, dim)), np.fft.fft(z, n, dim), atol=1e-12
            )
            found = complex_of(fft.rfft(thalweg.tensor(z.real.copy()), n, dim))
            np.testing.assert_allclose(found, np.fft.rfft(z.real, n, dim), atol=1e-12)
    np.testing.assert_allclose(fft.fftfreq(7, 0.5).numpy(), np.fft.fftfreq(7, 0.5), rtol=1e-6)
    np.testing.assert_allclose(fft.rfftfreq(8).numpy(), np.fft.rfftfreq(8), rtol=1e-6)
    x = np.arange(15.0).reshape(3, 5)
    assert fft.fftshift(thalweg.tensor(x)).tolist() == np.fft.fftshift(x).tolist()
    assert fft.ifftshift(thalweg.tensor(x), 1).tolist() == np.fft.ifftshift(x, 1).tolist()


def test_derivatives():
    x = thalweg.randn(6, dtype=thalweg.float64, requires_grad=True)
    assert thalweg.autograd.gradcheck(lambda x: fft.rfft(x) ** 2, (x,))
    assert thalweg.autograd.gradgradcheck(lambda x: fft.irfft(fft.rfft(x) ** 2, 7), (x,))


def test_errors():
    with pytest.raises(thalweg.ShapeError, match="real and imaginary"):
        fft.fft(thalweg.zeros(4))
    with pytest.raises(thalweg.InvalidArgumentError, match="at least one"):
        fft.rfft(thalweg.zeros(4), 0)
    with pytest.raises(thalweg.InvalidArgumentError):
        fft.irfft(thalweg.zeros(1, 2))


@pytest.mark.parametrize("count", [1, 15, 16, 17, 33])
def test_many_lines(count):
    x = np.random.default_rng(count).normal(size=(count, 30)).astype(np.float32)
    expected = np.fft.rfft(x.astype(np.float64))
    np.testing.assert_allclose(complex_of(fft.rfft(thalweg.tensor(x))), expected, rtol=1e-6, atol=1e-5)
    recorded = fft.rfft(thalweg.tensor(x, requires_grad=True)).detach()
    np.testing.assert_allclose(recorded.numpy(), fft.rfft(thalweg.tensor(x)).numpy(), rtol=1e-6, atol=1e-5)


def test_several_dimensions():
    z = np.random.default_rng(1).normal(size=(3, 4, 6)) + 1j * np.random.default_rng(2).normal(size=(3, 4, 6))
    for norm in (None, "ortho", "forward"):
        for s, dim in ((None, None), (None, (0, 2)), ((5, 3), (1, 0)), ((4, 4), None)):
            if dim is None and s is not None:
                dim_of_numpy = tuple(range(-len(s), 0))
            else:
                dim_of_numpy = dim
            for name in ("fftn", "ifftn"):
                found = complex_of(getattr(fft, name)(pairs(z), s, dim, norm))
                expected = getattr(np.fft, name)(z, s, dim_of_numpy, norm)
                np.testing.assert_allclose(found, expected, atol=1e-11)
            real = thalweg.tensor(z.real.copy())
            np.testing.assert_allclose(
                complex_of(fft.rfftn(real, s, dim, norm)),
                np.fft.rfftn(z.real, s, dim_of_numpy, norm),
                atol=1e-11,
            )
            np.testing.assert_allclose(
                fft.irfftn(pairs(z), s, dim, norm).numpy(),
                np.fft.irfftn(z, s, dim_of_numpy, norm),
                atol=1e-11,
            )
        np.testing.assert_allclose(
            complex_of(fft.fft2(pairs(z), norm=norm)), np.fft.fft2(z, norm=norm), atol=1e-11
        )
        np.testing.assert_allclose(
            fft.hfft(pairs(z), norm=norm).numpy(), np.fft.hfft(z, norm=norm), atol=1e-11
        )
        np.testing.assert_allclose(
            complex_of(fft.ihfft(thalweg.tensor(z.real.copy()), norm=norm)),
            np.fft.ihfft(z.real, norm=norm),
            atol=1e-11,
        )
    for wrong in ((0, 0), (5,), ()):
        with pytest.raises(thalweg.Error):
            fft.fftn(pairs(z), dim=wrong)
