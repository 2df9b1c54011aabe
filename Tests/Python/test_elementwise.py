"""Elementwise functions, activations and dtypes against NumPy and the standard library."""

import math
import operator

import numpy as np
import pytest
import thalweg
from helpers import check_gradients
from thalweg.nn import functional

RNG = np.random.default_rng(4)
A = RNG.normal(size=(3, 4))
B = RNG.uniform(0.5, 2, size=(3, 4))
SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e-30, -1e-300, 1e300, 5e-324, -700.0, 3.0])

UNARY = {
    "expm1": np.expm1,
    "log1p": np.log1p,
    "exp2": np.exp2,
    "log2": np.log2,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "reciprocal": lambda x: 1 / x,
    "square": np.square,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "floor": np.floor,
    "ceil": np.ceil,
    "trunc": np.trunc,
    "round": np.round,
    "isnan": np.isnan,
    "isinf": np.isinf,
    "isfinite": np.isfinite,
    "erf": np.vectorize(math.erf, otypes=[float]),
    "logical_not": np.logical_not,
}


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@np.errstate(all="ignore")
def test_unary(name, dtype):
    function, reference = getattr(thalweg, name), UNARY[name]
    tolerance = 3e-7 if dtype is np.float32 else 1e-15
    inputs = [
        A,
        B,
        A.T,
        A[:, ::2],
        A[:0],
        np.array(0.3),
        SPECIAL,
        np.linspace(-1e6, 1e6, 1001),
        np.array([1e22]),
    ]
    for values in inputs:
        values = values.astype(dtype)
        result = function(thalweg.from_numpy(values)).numpy()
        expected = reference(values.astype(np.float64)).astype(bool if result.dtype == bool else dtype)
        assert result.shape == expected.shape
        np.testing.assert_allclose(result, expected, rtol=tolerance, atol=1e-300)
        if result.dtype != bool:
            same_sign = np.signbit(result) == np.signbit(expected)
            assert (same_sign | np.isnan(expected)).all()


def test_unary_of_integers():
    ints = thalweg.tensor([-3, 0, 4])
    for name in ("floor", "ceil", "trunc", "round", "sign", "square", "abs", "relu"):
        assert getattr(thalweg, name)(ints).dtype is thalweg.int64
    assert thalweg.sign(ints).tolist() == [-1, 0, 1]
    assert thalweg.relu(ints).tolist() == [0, 0, 4]
    assert thalweg.exp(ints).dtype is thalweg.float32
    assert thalweg.isnan(ints).tolist() == thalweg.isinf(ints).tolist() == [False] * 3
    assert thalweg.isfinite(ints).tolist() == [True] * 3
    assert thalweg.square(thalweg.tensor([True])).dtype is thalweg.int64
    assert thalweg.sign(thalweg.tensor([math.nan, -0.0])).tolist() == [0, 0]
    with pytest.raises(thalweg.DTypeError):
        thalweg.floor(thalweg.tensor([True]))
    with pytest.raises(thalweg.DTypeError):
        thalweg.positive(thalweg.tensor([True]))


def test_round_to_decimals():
    x = thalweg.tensor([1.25, -2.347, 15.0])
    np.testing.assert_allclose(thalweg.round(x, decimals=1).numpy(), [1.2, -2.3, 15], rtol=1e-6)
    assert x.round(decimals=-1).tolist() == [0, 0, 20]
    with pytest.raises(thalweg.DTypeError):
        thalweg.round(thalweg.tensor([15]), decimals=-1)


SMOOTH = {
    "expm1": A,
    "log1p": B,
    "rsqrt": B,
    "sin": A,
    "cos": A.T,
    "erf": A,
    "tan": A / 4,
    "exp2": A,
    "log10": B,
    "asinh": A,
    "square": A,
}


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_of_unary(name):
    check_gradients(getattr(thalweg, name), SMOOTH[name].copy())


# -- Division and powers -----------------------------------------------------------------------------------

INTEGERS = np.array([7, -7, 7, -7, 0, 2**62, -(2**63)])
DIVISORS = np.array([2, 2, -2, -2, 5, 3, -1])


def test_integer_division():
    a, b = thalweg.tensor(INTEGERS), thalweg.tensor(DIVISORS)
    floor = [x // y for x, y in zip(INTEGERS.tolist(), DIVISORS.tolist(), strict=True)]
    floor[-1] = -(2**63)  # wraps
    assert (a // b).tolist() == floor
    assert (a % b).tolist() == [x % y for x, y in zip(INTEGERS.tolist(), DIVISORS.tolist(), strict=True)]
    assert thalweg.div(a, b, rounding_mode="trunc").tolist()[:5] == [3, -3, -3, 3, 0]
    assert thalweg.fmod(a, b).tolist()[:5] == [1, -1, 1, -1, 0]
    assert thalweg.div(a, b).dtype is thalweg.float32
    assert (7 // thalweg.tensor([2, -2])).tolist() == [3, -4]
    assert (7 % thalweg.tensor([4, -4])).tolist() == [3, -1]
    assert (thalweg.tensor([7], dtype=thalweg.int32) // 2).dtype is thalweg.int32
    assert (thalweg.tensor([7]) // 2.0).dtype is thalweg.float32
    for operation in (operator.floordiv, operator.mod, thalweg.fmod):
        with pytest.raises(thalweg.InvalidArgumentError, match="divided by 0"):
            operation(a, 0)
        with pytest.raises(thalweg.InvalidArgumentError, match="divided by 0"):
            operation(a, thalweg.tensor([1, 1, 1, 0, 1, 1, 1]))
        assert operation(a[:0], thalweg.tensor([0])).shape == (0,)
    with pytest.raises(ValueError):
        thalweg.div(a, b, rounding_mode="up")


@np.errstate(all="ignore")
def test_float_division():
    a, b = (x.ravel() for x in np.meshgrid([7.5, -7.5, 0.0, np.inf, 1.0], [2.0, -2.0, 0.1, 0.0, np.inf]))
    for dtype in (np.float32, np.float64):
        x, y = thalweg.tensor(a.astype(dtype)), thalweg.tensor(b.astype(dtype))
        np.testing.assert_array_equal(x.fmod(y).numpy(), np.fmod(a.astype(dtype), b.astype(dtype)))
        finite = np.isfinite(b) & (b != 0) & np.isfinite(a)
        for operation in (operator.floordiv, operator.mod):
            ours, theirs = operation(x, y).numpy(), operation(a.astype(dtype), b.astype(dtype))
            np.testing.assert_array_equal(ours[finite], theirs[finite])
    assert (thalweg.tensor([7.0, -7.0]) // 0.0).tolist() == [math.inf, -math.inf]
    check_gradients(lambda a, b: a % b + a.fmod(b) * b, 3 * A, B)
    check_gradients(lambda a, b: a // b + a, 3 * A, B)


def test_integer_powers():
    x = thalweg.tensor([-3, 0, 2, 10])
    assert (x**2).tolist() == [9, 0, 4, 100]
    assert (x**0).tolist() == [1, 1, 1, 1]
    assert thalweg.pow(2, thalweg.tensor([0, 5, 62, 63, 64])).tolist() == [1, 32, 2**62, -(2**63), 0]
    assert (x ** thalweg.tensor([-1, 1, 3, 2])).tolist() == [0, 0, 8, 100]
    assert (x**0.5).dtype is thalweg.float32
    assert (thalweg.tensor([True]) ** 2).dtype is thalweg.int64
    assert thalweg.float_power(x, 2).dtype is thalweg.float64
    for power in (lambda: x**-1, lambda: thalweg.pow(x, -2)):
        with pytest.raises(thalweg.InvalidArgumentError, match="negative integer powers"):
            power()


@pytest.mark.parametrize("exponent", [2, 3, 0.5, -1, 1, 0, 2.5, -2])
def test_powers_by_number(exponent):
    np.testing.assert_allclose((thalweg.tensor(B) ** exponent).numpy(), B**exponent, rtol=1e-14)
    check_gradients(lambda x: x**exponent, B.copy())


# -- Bits and logic ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [operator.and_, operator.or_, operator.xor])
def test_bits(operation):
    for dtype in (np.int64, np.int32, np.uint8, bool):
        a, b = (RNG.integers(0, 2 if dtype is bool else 200, 40).astype(dtype) for _ in range(2))
        x, y = thalweg.tensor(a), thalweg.tensor(b)
        np.testing.assert_array_equal(operation(x, y).numpy(), operation(a, b))
        np.testing.assert_array_equal((~x).numpy(), ~a)
    assert operation(thalweg.tensor([6, 3]), 5).tolist() == [operation(6, 5), operation(3, 5)]
    assert operation(5, thalweg.tensor([6])).tolist() == [operation(6, 5)]
    assert operation(thalweg.tensor([True]), thalweg.tensor([6])).tolist() == [operation(1, 6)]
    with pytest.raises(thalweg.DTypeError):
        operation(thalweg.tensor([1.0]), 1)
    assert thalweg.logical_xor(thalweg.tensor([0.0, 2.0]), thalweg.tensor([3, 1])).tolist() == [True, False]


def test_sums_and_extrema_of_bools():
    a, b = thalweg.tensor([True, True, False]), thalweg.tensor([True, False, False])
    assert (a + b).tolist() == [True, True, False]
    assert (a * b).tolist() == [True, False, False]
    assert a.maximum(b).tolist() == [True, True, False]
    with pytest.raises(thalweg.DTypeError):
        a - b


# -- Several tensors ---------------------------------------------------------------------------------------


def test_factors():
    a, b = thalweg.tensor(A), thalweg.tensor(B)
    np.testing.assert_allclose(thalweg.add(a, b, alpha=2.5).numpy(), A + 2.5 * B)
    np.testing.assert_allclose(a.sub(b, alpha=2).numpy(), A - 2 * B)
    np.testing.assert_allclose(thalweg.rsub(a, 3.0, alpha=2).numpy(), 3 - 2 * A)
    assert thalweg.add(thalweg.tensor([1]), 2, alpha=3).tolist() == [7]
    with pytest.raises(thalweg.DTypeError, match="fraction"):
        thalweg.add(thalweg.tensor([1]), 2, alpha=0.5)
    check_gradients(lambda a, b: thalweg.add(a, b, alpha=2.5) * thalweg.rsub(a, b, alpha=-2), A, B)


def test_clamp():
    a = thalweg.tensor(A)
    np.testing.assert_array_equal(a.clamp(-0.5, 0.7).numpy(), np.clip(A, -0.5, 0.7))
    np.testing.assert_array_equal(a.clip(max=0.2).numpy(), np.minimum(A, 0.2))
    np.testing.assert_array_equal(thalweg.clamp_min(a, 0.2).numpy(), np.maximum(A, 0.2))
    np.testing.assert_array_equal(
        thalweg.clamp(a, thalweg.tensor(A.T[:1].T), 1.0).numpy(), np.clip(A, A[:, :1], 1)
    )
    assert thalweg.clamp(thalweg.tensor([1.0, math.nan, 9.0]), 3, 2).tolist()[0] == 2
    assert math.isnan(thalweg.clamp(thalweg.tensor([math.nan]), 0, 1).item())
    assert math.isnan(thalweg.clamp(thalweg.tensor([0.5]), math.nan, 1).item())
    assert thalweg.clamp(thalweg.tensor([1, 5]), 2, 4).tolist() == [2, 4]
    assert thalweg.clamp(thalweg.tensor([1, 5]), 2.5).tolist() == [2.5, 5]
    with pytest.raises(thalweg.InvalidArgumentError, match="neither"):
        thalweg.clamp(a)
    x = thalweg.tensor([-2.0, -1.0, 0.0, 1.0, 2.0], requires_grad=True)
    x.clamp(-1, 1).sum().backward()
    assert x.grad.tolist() == [0, 1, 1, 1, 0]
    x.grad = None
    functional.hardtanh(x).sum().backward()
    assert x.grad.tolist() == [0, 0, 1, 0, 0]


def test_extrema_and_ties():
    a, b = thalweg.tensor([1.0, math.nan, 3.0, 2.0]), thalweg.tensor([1.0, 2.0, math.nan, 5.0])
    assert thalweg.fmin(a, b).tolist() == [1, 2, 3, 2]
    assert thalweg.fmax(a, b).tolist() == [1, 2, 3, 5]
    a.requires_grad = True
    a.maximum(b).backward(thalweg.ones(4))
    assert a.grad.tolist() == [0.5, 1, 1, 0]


def test_interpolation_and_products():
    a, b, c = thalweg.tensor(A), thalweg.tensor(B), thalweg.tensor(B[:1])
    np.testing.assert_allclose(thalweg.lerp(a, b, 0.3).numpy(), A + 0.3 * (B - A))
    np.testing.assert_array_equal(thalweg.lerp(a, b, 1).numpy(), B)
    np.testing.assert_allclose(a.lerp(b, c).numpy(), A + B[:1] * (B - A))
    np.testing.assert_allclose(thalweg.addcmul(a, b, c, value=2).numpy(), A + 2 * B * B[:1])
    np.testing.assert_allclose(thalweg.addcdiv(a, b, c, value=-1).numpy(), A - B / B[:1])
    np.testing.assert_allclose(thalweg.atan2(a, b).numpy(), np.arctan2(A, B))
    np.testing.assert_allclose(thalweg.hypot(a, b).numpy(), np.hypot(A, B))
    np.testing.assert_allclose(thalweg.logaddexp(a, b).numpy(), np.logaddexp(A, B))
    infinite = thalweg.tensor([math.inf, -math.inf])
    assert thalweg.logaddexp(infinite, infinite).tolist() == [math.inf, -math.inf]
    assert thalweg.xlogy(thalweg.tensor([0.0, 2.0]), thalweg.tensor([0.0, math.e])).tolist()[0] == 0
    with pytest.raises(thalweg.DTypeError):
        thalweg.addcdiv(*[thalweg.tensor([1])] * 3)
    check_gradients(lambda a, b, c: a.lerp(b, c) + thalweg.addcdiv(a, b, c, value=0.5), A, B, B[:1].copy())


def test_where_with_numbers():
    condition = thalweg.tensor([True, False])
    assert thalweg.where(condition, 0.1, thalweg.tensor([1.0, 2.0], dtype=thalweg.float64)).tolist() == [
        0.1,
        2.0,
    ]
    assert thalweg.where(condition, 1, 2).dtype is thalweg.int64
    assert thalweg.where(condition, 1, 2.5).tolist() == [1, 2.5]


# -- Activations -------------------------------------------------------------------------------------------

ERF = np.vectorize(math.erf, otypes=[float])
ACTIVATIONS = {
    "leaky_relu": (lambda x: functional.leaky_relu(x, 0.2), lambda x: np.where(x > 0, x, 0.2 * x)),
    "elu": (lambda x: functional.elu(x, 1.5), lambda x: np.where(x > 0, x, 1.5 * np.expm1(np.minimum(x, 0)))),
    "selu": (
        functional.selu,
        lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0))),
    ),
    "celu": (
        lambda x: functional.celu(x, 2),
        lambda x: np.where(x > 0, x, 2 * np.expm1(np.minimum(x, 0) / 2)),
    ),
    "gelu": (functional.gelu, lambda x: x * (1 + ERF(x / math.sqrt(2))) / 2),
    "gelu, tanh": (
        lambda x: functional.gelu(x, approximate="tanh"),
        lambda x: x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2,
    ),
    "silu": (functional.silu, lambda x: x / (1 + np.exp(-x))),
    "mish": (functional.mish, lambda x: x * np.tanh(np.log1p(np.exp(x)))),
    "softplus": (
        lambda x: functional.softplus(x, beta=2, threshold=4),
        lambda x: np.where(2 * x > 4, x, np.log1p(np.exp(np.minimum(2 * x, 4))) / 2),
    ),
    "logsigmoid": (functional.logsigmoid, lambda x: -np.log1p(np.exp(-x))),
    "hardtanh": (lambda x: functional.hardtanh(x, -2, 1.5), lambda x: np.clip(x, -2, 1.5)),
    "relu6": (functional.relu6, lambda x: np.clip(x, 0, 6)),
    "hardsigmoid": (functional.hardsigmoid, lambda x: np.clip(x + 3, 0, 6) / 6),
    "hardswish": (functional.hardswish, lambda x: x * np.clip(x + 3, 0, 6) / 6),
    "threshold": (lambda x: functional.threshold(x, 0.5, -7), lambda x: np.where(x > 0.5, x, -7)),
    "softsign": (functional.softsign, lambda x: x / (1 + abs(x))),
    "tanhshrink": (functional.tanhshrink, lambda x: x - np.tanh(x)),
    "softshrink": (functional.softshrink, lambda x: x - np.clip(x, -0.5, 0.5)),
    "hardshrink": (functional.hardshrink, lambda x: np.where(abs(x) > 0.5, x, 0)),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    ours, reference = ACTIVATIONS[name]
    x = RNG.normal(size=(5, 4)) * 4
    for dtype, tolerance in ((np.float32, 2e-6), (np.float64, 1e-14)):
        for values in (x, x.T, x[::2, 1:], x[:0], np.array(0.7)):
            values = values.astype(dtype)
            result = ours(thalweg.from_numpy(values))
            assert result.numpy().dtype == dtype
            np.testing.assert_allclose(
                result.numpy(), reference(values.astype(np.float64)), rtol=tolerance, atol=tolerance
            )
    check_gradients(ours, x.T.copy())
    assert math.isnan(ours(thalweg.tensor([math.nan])).item()) or name == "threshold"


def test_activations_far_out():
    x = thalweg.tensor([-1e4, -200.0, 200.0, 1e4], requires_grad=True)
    for name in (
        "leaky_relu",
        "elu",
        "selu",
        "gelu",
        "silu",
        "softplus",
        "logsigmoid",
        "softsign",
        "hardswish",
    ):
        x.grad = None
        result = getattr(functional, name)(x)
        result.sum().backward(create_graph=True)
        assert np.isfinite(result.detach().numpy()).all(), name
        assert np.isfinite(x.grad.detach().numpy()).all(), name
    with pytest.raises(ValueError):
        functional.gelu(x, approximate="sigmoid")
    with pytest.raises(thalweg.DTypeError):
        functional.elu(thalweg.tensor([1]))
    with pytest.raises(thalweg.InvalidArgumentError):
        functional.hardtanh(x, 1, -1)


# -- Dtypes ------------------------------------------------------------------------------------------------


def test_casts():
    x = thalweg.tensor([-1.9, 0.0, 300.7, math.nan])
    assert x.long().tolist() == [-1, 0, 300, 0]
    assert x.int().dtype is thalweg.int32
    assert x.byte().tolist() == [255, 0, 44, 0]
    assert x.bool().tolist() == [True, False, True, True]
    assert x.double().float().dtype is thalweg.float32
    wide = thalweg.tensor([2**32 + 5, -1, 256])
    assert wide.int().tolist() == [5, -1, 256]
    assert wide.byte().tolist() == [5, 255, 0]
    assert thalweg.full([1], -1, dtype=thalweg.uint8).item() == 255


def test_numbers_beside_narrow_integers():
    x = thalweg.tensor([5], dtype=thalweg.uint8)
    assert (x + -1).tolist() == [4]
    assert (-x).tolist() == [251]
    assert (x > 2.5).item() and (thalweg.tensor([3]) == 3.0).item()
    with pytest.raises(OverflowError):
        thalweg.tensor([1], dtype=thalweg.int32) + 2**40


def test_promotion():
    names = ["float32", "float64", "int64", "int32", "uint8", "bool"]
    for first in names:
        for second in names:
            expected = thalweg.promote_types(getattr(thalweg, first), getattr(thalweg, second))
            a, b = (thalweg.ones(2, dtype=getattr(thalweg, name)) for name in (first, second))
            assert (a + b).dtype is thalweg.result_type(a, b) is expected
            # A scalar does not widen within its category.
            one = (a + thalweg.ones([], dtype=b.dtype)).dtype
            assert one is thalweg.result_type(a, thalweg.ones([], dtype=b.dtype))
            if a.dtype.is_floating_point == b.dtype.is_floating_point and "bool" not in (first, second):
                assert one is a.dtype
    assert thalweg.promote_types(thalweg.uint8, thalweg.int32) is thalweg.int32
    assert thalweg.promote_types(thalweg.int64, thalweg.float32) is thalweg.float32
    assert thalweg.result_type(thalweg.ones(2, dtype=thalweg.int32), 2.5) is thalweg.float32
    assert thalweg.result_type(1, thalweg.ones([], dtype=thalweg.uint8)) is thalweg.uint8
    assert thalweg.result_type(1, 2.0) is thalweg.float32
    assert thalweg.can_cast(thalweg.int64, thalweg.uint8)
    assert not thalweg.can_cast(thalweg.float32, thalweg.int64)
    assert not thalweg.can_cast(thalweg.uint8, thalweg.bool)


def test_closeness():
    a = thalweg.tensor([1.0, math.inf, math.nan, 0.0])
    b = thalweg.tensor([1.000001, math.inf, math.nan, 1e-3])
    assert thalweg.isclose(a, b).tolist() == [True, True, False, False]
    assert a.isclose(b, equal_nan=True, atol=1e-2).tolist() == [True] * 4
    assert thalweg.allclose(a[:2], b[:2]) is True
    assert thalweg.allclose(a, b) is False
    assert thalweg.equal(a[:2], a[:2]) is True
    assert thalweg.equal(a[:2], a[:1]) is False
    assert thalweg.isclose(thalweg.tensor([10**10]), thalweg.tensor([10**10 + 1])).item()
    with pytest.raises(thalweg.DTypeError):
        thalweg.isclose(a, a.double())


def test_nan_to_num_and_like():
    x = thalweg.tensor([math.nan, math.inf, -math.inf, 1.5], requires_grad=True)
    result = thalweg.nan_to_num(x, nan=7, neginf=-2)
    np.testing.assert_array_equal(result.detach().numpy(), np.float32([7, np.finfo(np.float32).max, -2, 1.5]))
    result.backward(thalweg.ones(4))
    assert x.grad.tolist() == [0, 0, 0, 1]
    ints = thalweg.tensor([[1, 2]])
    assert thalweg.empty_like(ints).shape == (1, 2)
    assert thalweg.full_like(ints, 3).tolist() == [[3, 3]]
    assert thalweg.rand_like(x).dtype is thalweg.randn_like(x).dtype is thalweg.float32
    assert thalweg.ones_like(ints, dtype=thalweg.float64, requires_grad=True).requires_grad


def test_aliases():
    x = thalweg.tensor(A)
    for first, second in [("abs", "absolute"), ("neg", "negative"), ("clamp", "clip"), ("sub", "subtract")]:
        arguments = (0.5,) if first in ("clamp", "sub") else ()
        ours = getattr(thalweg, second)(x, *arguments).numpy()
        np.testing.assert_array_equal(ours, getattr(x, first)(*arguments).numpy())
