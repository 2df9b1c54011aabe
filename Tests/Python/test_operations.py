"""Operations against NumPy, their gradients against finite differences."""

import operator

import numpy as np
import pytest
import thalweg
from helpers import check_gradients
from thalweg.nn import functional

RNG = np.random.default_rng(0)
A = RNG.normal(size=(3, 4))
B = RNG.uniform(0.5, 2, size=(3, 4))
ROW = RNG.uniform(0.5, 2, size=(4,))

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


@pytest.mark.parametrize("operation", [*OPERATORS, *COMPARISONS], ids=lambda o: o.__name__)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_binary(operation, dtype):
    a, b, row = (x.astype(dtype) for x in (A, B, ROW))
    for other in (b, row, a, 2, 0.5, np.float32(2)):
        ours = other if np.isscalar(other) else thalweg.tensor(other)
        for result, expected in [
            (operation(thalweg.tensor(a), ours), operation(a, dtype(other))),
            (operation(ours, thalweg.tensor(a)), operation(dtype(other), a)),
        ]:
            assert result.numpy().dtype == expected.dtype
            np.testing.assert_allclose(result.numpy(), expected, rtol=1e-6)


def test_power():
    np.testing.assert_allclose((thalweg.tensor(B) ** 2).numpy(), B**2)
    np.testing.assert_allclose((thalweg.tensor(B) ** thalweg.tensor(A)).numpy(), B**A)
    np.testing.assert_allclose((2.0 ** thalweg.tensor(A)).numpy(), 2**A)
    np.testing.assert_allclose(thalweg.pow(thalweg.tensor(B), 3).numpy(), B**3)


def test_dtypes_of_results():
    ints, floats = thalweg.tensor([1, 2]), thalweg.tensor([1.0, 2.0])
    assert (ints + 1).dtype is thalweg.int64
    assert (ints + 1.0).dtype is thalweg.float32
    assert (2.5 * ints).tolist() == [2.5, 5.0]
    assert (ints / 2).tolist() == [0.5, 1.0]
    assert (ints + floats).dtype is thalweg.float32
    assert (floats + thalweg.tensor([1.0], dtype=thalweg.float64)).dtype is thalweg.float64
    assert (floats.double() * 2).dtype is thalweg.float64
    assert (thalweg.tensor([True]) + 1).dtype is thalweg.int64
    assert (ints + 2**60).tolist() == [2**60 + 1, 2**60 + 2]


def test_bools():
    a, b = thalweg.tensor([True, True, False]), thalweg.tensor([True, False, False])
    assert (a & b).tolist() == [True, False, False]
    assert (a | b).tolist() == [True, True, False]
    assert (~a).tolist() == [False, False, True]
    assert thalweg.logical_and(a, b).tolist() == [True, False, False]
    with pytest.raises(thalweg.DTypeError):
        thalweg.tensor([1.0]) & thalweg.tensor([1])
    with pytest.raises(thalweg.DTypeError):
        ~thalweg.tensor([1.0])


def test_unary():
    tensor = thalweg.tensor(A)
    np.testing.assert_array_equal((-tensor).numpy(), -A)
    np.testing.assert_array_equal(abs(tensor).numpy(), abs(A))
    np.testing.assert_array_equal((+tensor).numpy(), A)
    np.testing.assert_allclose(tensor.exp().numpy(), np.exp(A))
    np.testing.assert_allclose(thalweg.log(thalweg.tensor(B)).numpy(), np.log(B))
    np.testing.assert_allclose(thalweg.sqrt(thalweg.tensor(B)).numpy(), np.sqrt(B))
    np.testing.assert_allclose(tensor.tanh().numpy(), np.tanh(A))
    np.testing.assert_allclose(tensor.sigmoid().numpy(), 1 / (1 + np.exp(-A)))
    np.testing.assert_array_equal(tensor.relu().numpy(), np.maximum(A, 0))


def test_minimum_maximum_where():
    a, b = thalweg.tensor(A), thalweg.tensor(B)
    np.testing.assert_array_equal(thalweg.minimum(a, b).numpy(), np.minimum(A, B))
    np.testing.assert_array_equal(a.maximum(0.5).numpy(), np.maximum(A, 0.5))
    np.testing.assert_array_equal(thalweg.where(a > 0, a, b).numpy(), np.where(A > 0, A, B))
    np.testing.assert_array_equal(thalweg.where(a > 0, a, 0).numpy(), np.where(A > 0, A, 0))
    np.testing.assert_array_equal(thalweg.where(a > 0, 1.0, 0.0).numpy(), np.where(A > 0, 1, 0))


def test_reductions():
    tensor = thalweg.tensor(A)
    np.testing.assert_allclose(tensor.sum().item(), A.sum())
    np.testing.assert_allclose(tensor.sum(1).numpy(), A.sum(1))
    np.testing.assert_allclose(tensor.sum((0, 1), keepdim=True).numpy(), A.sum((0, 1), keepdims=True))
    np.testing.assert_allclose(tensor.mean(dim=-1, keepdim=True).numpy(), A.mean(-1, keepdims=True))
    np.testing.assert_allclose(thalweg.mean(tensor, [0]).numpy(), A.mean(0))
    np.testing.assert_array_equal(tensor.amax(0).numpy(), A.max(0))
    np.testing.assert_array_equal(tensor.amin().numpy(), A.min())
    assert tensor.argmax().item() == A.argmax()
    np.testing.assert_array_equal(tensor.argmax(1).numpy(), A.argmax(1))
    np.testing.assert_array_equal(tensor.argmin(0, keepdim=True).numpy(), A.argmin(0, keepdims=True))
    values, indices = tensor.max(1)
    np.testing.assert_array_equal(values.numpy(), A.max(1))
    np.testing.assert_array_equal(indices.numpy(), A.argmax(1))
    assert tensor.min().item() == A.min()


def test_products():
    a, b = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4))
    np.testing.assert_allclose((thalweg.tensor(a) @ thalweg.tensor(b)).numpy(), a @ b)
    batch = RNG.normal(size=(2, 5, 3))
    np.testing.assert_allclose(thalweg.matmul(thalweg.tensor(batch), thalweg.tensor(b)).numpy(), batch @ b)
    weight, bias = RNG.normal(size=(4, 3)), RNG.normal(size=4)
    result = functional.linear(thalweg.tensor(a), thalweg.tensor(weight), thalweg.tensor(bias))
    np.testing.assert_allclose(result.numpy(), a @ weight.T + bias)


def test_joining():
    parts = [thalweg.tensor(A), thalweg.tensor(B)]
    np.testing.assert_array_equal(thalweg.cat(parts).numpy(), np.concatenate([A, B]))
    np.testing.assert_array_equal(thalweg.cat(parts, dim=1).numpy(), np.concatenate([A, B], 1))


def test_losses():
    scores, labels = RNG.normal(size=(6, 5)), np.array([0, 4, 2, -100, 1, 2])
    shifted = scores - scores.max(1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    kept = labels >= 0
    each = -np.where(kept, log_p[np.arange(6), labels * kept], 0)
    x, y = thalweg.tensor(scores), thalweg.tensor(labels)
    np.testing.assert_allclose(functional.cross_entropy(x, y).item(), each.sum() / kept.sum())
    np.testing.assert_allclose(functional.cross_entropy(x, y, reduction="sum").item(), each.sum())
    np.testing.assert_allclose(functional.cross_entropy(x, y, reduction="none").numpy(), each, atol=1e-15)
    np.testing.assert_allclose(functional.log_softmax(x, dim=-1).numpy(), log_p)
    np.testing.assert_allclose(x.softmax(1).numpy(), np.exp(log_p))
    np.testing.assert_allclose(
        functional.mse_loss(thalweg.tensor(A), thalweg.tensor(B)).item(), ((A - B) ** 2).mean()
    )


GRADIENTS = {
    "add": (lambda a, b: a + b, A, ROW),
    "sub": (lambda a, b: 2 - a - b, A, ROW),
    "mul": (lambda a, b: a * b * 3, A, ROW),
    "div": (lambda a, b: 1 / b + a / b, A, B),
    "pow": (lambda a, b: b**2.5 + b**a, A, B),
    "exp": (lambda a: a.exp(), A),
    "log": (lambda b: b.log(), B),
    "sqrt": (lambda b: b.sqrt(), B),
    "tanh": (lambda a: a.tanh(), A),
    "sigmoid": (lambda a: a.sigmoid(), A),
    "relu": (lambda a: a.relu() + abs(a), A),
    "sum": (lambda a: a.sum(0) * 2, A),
    "mean": (lambda a: a.mean(1, keepdim=True), A),
    "amax": (lambda a: a.amax(1), A),
    "softmax": (lambda a: a.softmax(1), A),
    "log_softmax": (lambda a: a.log_softmax(0), A),
    "matmul": (lambda a, b: a @ b.T, A, B),
    "where": (lambda a, b: thalweg.where(a > b, a, b * 2), A, B),
    "views": (lambda a: a.T.reshape(2, 6)[1, ::2].unsqueeze(0).expand(3, 3), A),
    "rows": (lambda a: a[[0, 2, 0]], A),
    "cat": (lambda a, b: thalweg.cat([a, b], 1), A, B),
    "cross_entropy": (lambda a: functional.cross_entropy(a, thalweg.tensor([1, 0, 3])), A),
    "mse_loss": (functional.mse_loss, A, B),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradient(name):
    function, *arrays = GRADIENTS[name]
    check_gradients(function, *arrays)


def test_in_place_operators():
    tensor = thalweg.ones(3)
    alias = tensor
    tensor += 1
    tensor *= thalweg.tensor([1.0, 2.0, 3.0])
    tensor -= 0.5
    tensor /= 2
    assert tensor is alias
    np.testing.assert_allclose(tensor.numpy(), [0.75, 1.75, 2.75])
    counts = thalweg.tensor([1, 2])
    with pytest.raises(TypeError):
        counts += 0.5


def test_in_place_operators_and_graphs():
    leaf = thalweg.ones(2, requires_grad=True)
    with pytest.raises(thalweg.AutogradError, match="leaf"):
        leaf += 1
    with thalweg.no_grad():
        before = leaf
        leaf -= 0.5
    assert leaf is before
    assert leaf.tolist() == [0.5, 0.5]
    total = thalweg.zeros(2)
    for _ in range(3):
        total += leaf * 2
    total.sum().backward()
    assert leaf.grad.tolist() == [6, 6]


def test_arithmetic_with_arrays():
    for result in (thalweg.ones(2) + np.arange(2.0), np.arange(2.0) + thalweg.ones(2)):
        assert isinstance(result, thalweg.Tensor)
        assert result.dtype is thalweg.float64
        assert result.tolist() == [1, 2]
    assert (np.eye(2, dtype=np.float32) @ thalweg.ones(2, 1)).tolist() == [[1], [1]]
    assert (thalweg.arange(3) == np.arange(3)).tolist() == [True] * 3


def test_arithmetic_with_others_is_refused():
    for other in ([1.0, 2.0], "text", b"bytes", None, {}):
        with pytest.raises(TypeError):
            thalweg.ones(2) + other
        with pytest.raises(TypeError):
            other - thalweg.ones(2)
    with pytest.raises(TypeError):
        thalweg.ones(2) @ 2
