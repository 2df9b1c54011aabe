"""Special functions against SciPy's, and their derivatives."""

import numpy as np
import pytest
import thalweg
from thalweg import special

scipy_special = pytest.importorskip("scipy.special")

# What is computed, where, and how many units in the last place of float64 the relative error may be (both sides').
FUNCTIONS = [
    ("erf", scipy_special.erf, np.linspace(-4, 4, 501), 4),
    ("erfc", scipy_special.erfc, np.linspace(-4, 20, 501), 40),
    ("erfinv", scipy_special.erfinv, np.linspace(-0.9999, 0.9999, 501), 8),
    ("erfcx", scipy_special.erfcx, np.concatenate([np.linspace(-5, 30, 501), [1e3, 1e10, 1e300]]), 24),
    ("ndtri", scipy_special.ndtri, np.concatenate([np.linspace(0.001, 0.999, 500), [1e-300, 1e-20]]), 24),
    ("log_ndtr", scipy_special.log_ndtr, np.linspace(-40, 8, 501), 40),
    ("gammaln", scipy_special.gammaln, np.linspace(0.1, 100, 501), 64),
    ("digamma", scipy_special.digamma, np.linspace(0.05, 50, 501), 64),
    ("i0", scipy_special.i0, np.linspace(-50, 50, 501), 32),
    ("i0e", scipy_special.i0e, np.linspace(-50, 50, 501), 32),
    ("i1", scipy_special.i1, np.linspace(-50, 50, 501), 32),
    ("i1e", scipy_special.i1e, np.linspace(-50, 50, 501), 32),
    ("entr", scipy_special.entr, np.linspace(0.01, 5, 501), 8),
    ("logit", scipy_special.logit, np.linspace(0.001, 0.999, 501), 16),
    ("expit", scipy_special.expit, np.linspace(-30, 30, 501), 8),
    ("sinc", np.sinc, np.linspace(-3.9, 3.9, 501), 4096),
]


@pytest.mark.parametrize(("name", "reference", "x", "ulps"), FUNCTIONS, ids=[f[0] for f in FUNCTIONS])
def test_agrees_with_scipy(name, reference, x, ulps):
    function = getattr(special, name)
    found = function(thalweg.tensor(x, dtype=thalweg.float64)).numpy()
    np.testing.assert_allclose(found, reference(x), rtol=ulps * 2.0**-52, atol=1e-15)
    small = x[np.abs(x) < 1e30].astype(np.float32)
    with np.errstate(over="ignore"):
        expected = reference(small.astype(np.float64)).astype(np.float32)
    np.testing.assert_allclose(function(thalweg.tensor(small)).numpy(), expected, rtol=2.0**-22, atol=1e-7)


def test_two_arguments():
    s, q = np.meshgrid(np.linspace(1.1, 12, 40), np.linspace(0.1, 30, 40))
    found = special.zeta(thalweg.tensor(s), thalweg.tensor(q)).numpy()
    np.testing.assert_allclose(found, scipy_special.zeta(s, q), rtol=1e-13)
    x = np.linspace(0.1, 20, 100)
    for n in range(5):
        found = special.polygamma(n, thalweg.tensor(x)).numpy()
        np.testing.assert_allclose(found, scipy_special.polygamma(n, x), rtol=1e-13, atol=1e-14)
    found = special.xlog1py(thalweg.tensor([0.0, 2.0]), thalweg.tensor([-1.0, 0.5])).numpy()
    np.testing.assert_allclose(found, [0, 2 * np.log(1.5)], rtol=1e-6)


def test_polygamma_below_zero_takes_no_time():
    found = special.polygamma(1, thalweg.tensor([-1e15 - 0.5, -0.5, -2.25], dtype=thalweg.float64))
    np.testing.assert_allclose(found.numpy()[1], np.pi**2 - scipy_special.polygamma(1, 1.5), rtol=1e-13)
    expected = np.pi**2 / np.sin(np.pi * 0.25) ** 2 - scipy_special.polygamma(1, 3.25)
    np.testing.assert_allclose(found.numpy()[2], expected, rtol=1e-13)


def test_ends():
    infinity = float("inf")
    assert special.erfinv(thalweg.tensor([-1.0, 1.0])).tolist() == [-infinity, infinity]
    assert special.ndtri(thalweg.tensor([0.0, 1.0])).tolist() == [-infinity, infinity]
    assert special.digamma(thalweg.tensor([0.0, -0.0])).tolist() == [-infinity, infinity]
    assert special.entr(thalweg.tensor([0.0, -1.0])).tolist() == [0.0, -infinity]
    assert thalweg.isnan(special.digamma(thalweg.tensor([-1.0, -infinity]))).all()
    assert thalweg.isnan(special.erfinv(thalweg.tensor([1.5, float("nan")]))).all()
    for name in ("lgamma", "digamma", "erfinv", "i0", "sinc", "logit"):
        thalweg_function = getattr(thalweg, name)
        thalweg_function(thalweg.tensor([infinity, -infinity, float("nan"), 1e300, -1e300]).double())
        assert thalweg_function(thalweg.tensor([1, 2])).dtype is thalweg.float32


@pytest.mark.parametrize("name", ["lgamma", "digamma", "i0", "erfc"])
def test_twice_differentiable(name):
    x = thalweg.tensor([0.7, 1.3, 2.9], dtype=thalweg.float64, requires_grad=True)
    assert thalweg.autograd.gradgradcheck(getattr(thalweg, name), (x,))


def test_numbers_and_whole_numbers():
    a = thalweg.tensor([12, -18, 0])
    assert thalweg.gcd(a, 8).tolist() == [4, 2, 8]
    assert thalweg.lcm(a, thalweg.tensor([8, 12, 5])).tolist() == [24, 36, 0]
    least = thalweg.tensor([-(2**63)])
    assert thalweg.gcd(least, least).tolist() == [-(2**63)]
    assert thalweg.bitwise_left_shift(a, thalweg.tensor([1, 70, -1])).tolist() == [24, 0, 0]
    assert thalweg.bitwise_right_shift(a, 99).tolist() == [0, -1, 0]
    assert thalweg.signbit(thalweg.tensor([-0.0, 0.0, -1.0])).tolist() == [True, False, True]
    assert thalweg.copysign(thalweg.tensor([1.0, -2.0]), -0.0).tolist() == [-1.0, -2.0]
    assert thalweg.heaviside(thalweg.tensor([-1.0, 0.0, 2.0]), thalweg.tensor(0.5)).tolist() == [0, 0.5, 1]
    assert thalweg.isposinf(thalweg.tensor([1.0, float("inf")])).tolist() == [False, True]
    with pytest.raises(thalweg.DTypeError):
        thalweg.gcd(thalweg.tensor([1.5]), 2)


def test_erfinv_of_float32():
    x = np.concatenate([np.linspace(-1, 1, 20001), 1 - 2.0 ** -np.arange(1, 25), 2.0 ** -np.arange(1, 149)])
    x = x.astype(np.float32)
    found = special.erfinv(thalweg.tensor(x)).numpy()
    expected = scipy_special.erfinv(x.astype(np.float64))
    inside = np.abs(x) < 1
    np.testing.assert_array_equal(found[~inside], expected[~inside])
    error = np.abs(found[inside] - expected[inside]) / np.spacing(np.abs(expected[inside]).astype(np.float32))
    assert error.max() < 8  # units in the last place; the polynomials' own error is about 3
