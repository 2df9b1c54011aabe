"""Reductions and normalisations against NumPy: any dimensions, empty tensors, ties, NaN, infinities, dtypes."""

import math

import numpy as np
import pytest
import thalweg
from helpers import check_gradients, to_array
from thalweg.nn import functional

RNG = np.random.default_rng(1)
X = RNG.normal(size=(3, 4, 5))
INF, NAN = math.inf, math.nan

DIMS = [None, 0, 1, -1, (0, 2), (0, 1, 2)]


def logsumexp(x, axis=None, keepdims=False):
    return np.log(np.exp(x).sum(axis=axis, keepdims=keepdims))


REDUCTIONS = {
    "sum": np.sum,
    "mean": np.mean,
    "nansum": np.nansum,
    "nanmean": np.nanmean,
    "amax": np.max,
    "amin": np.min,
    "logsumexp": logsumexp,
    "all": np.all,
    "any": np.any,
    "var": lambda x, axis, keepdims: np.var(x, axis=axis, keepdims=keepdims, ddof=1),
    "std": lambda x, axis, keepdims: np.std(x, axis=axis, keepdims=keepdims, ddof=1),
}


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dims(name, dim, keepdim, dtype):
    x = X.astype(dtype)
    dims = tuple(range(3)) if dim is None and name == "logsumexp" else dim
    expected = REDUCTIONS[name](x, axis=dims, keepdims=keepdim)
    tolerance = 1e-6 if dtype == np.float32 else 1e-14
    for tensor in (thalweg.tensor(x), thalweg.tensor(x.T.copy()).permute(2, 1, 0)):
        result = getattr(thalweg, name)(tensor, dims, keepdim=keepdim)
        assert result.numpy().shape == expected.shape
        np.testing.assert_allclose(result.numpy(), expected, rtol=tolerance, atol=tolerance)
    method = getattr(tensor, name)(dims, keepdim=keepdim)
    np.testing.assert_array_equal(method.numpy(), result.numpy())


def test_dtype_to_compute_in():
    ints = thalweg.tensor([3, 200, 100])
    assert ints.mean(dtype=thalweg.float64).item() == 101
    assert ints.sum(dtype=thalweg.float32).dtype is thalweg.float32
    assert thalweg.sum(ints, dtype=thalweg.int32).dtype is thalweg.int32
    assert thalweg.prod(ints, dtype=thalweg.float64).item() == 60000
    assert thalweg.cumsum(ints, 0, dtype=thalweg.float64).tolist() == [3, 203, 303]
    assert thalweg.softmax(ints, 0, dtype=thalweg.float64).dtype is thalweg.float64
    x = thalweg.tensor([1.0, 2.0], requires_grad=True)
    x.sum(dtype=thalweg.float64).backward()
    assert x.grad.dtype is thalweg.float32
    assert thalweg.tensor([True, True]).sum().item() == 2
    for function in (thalweg.mean, thalweg.var, thalweg.norm):
        with pytest.raises(thalweg.DTypeError):
            function(ints)


def test_variance():
    x = thalweg.tensor(X)
    np.testing.assert_allclose(x.var(1, correction=0).numpy(), X.var(1))
    np.testing.assert_allclose(x.var(1, False).numpy(), X.var(1))
    np.testing.assert_allclose(x.std(False).item(), X.std())
    np.testing.assert_allclose(x.std(correction=None).item(), X.std(ddof=1))
    np.testing.assert_allclose(x.var(correction=1.5).item(), X.var() * X.size / (X.size - 1.5))
    for pair, spread in ((thalweg.var_mean(x, (0, 1)), np.var), (thalweg.std_mean(x, (0, 1)), np.std)):
        np.testing.assert_allclose(pair[0].numpy(), spread(X, axis=(0, 1), ddof=1))
        np.testing.assert_allclose(pair[1].numpy(), X.mean((0, 1)))
    assert math.isnan(thalweg.tensor([1.0]).var().item())
    assert thalweg.tensor([1.0, 2.0]).var(correction=5).item() == INF
    # Nothing cancels where the mean is large.
    far = thalweg.tensor(np.float32([1e4, 1e4 + 1, 1e4 + 2]))
    assert far.var().item() == 1
    constant = thalweg.tensor([2.0, 2.0], requires_grad=True)
    constant.std().backward()
    assert constant.grad.tolist() == [0, 0]


def test_empty():
    nothing = thalweg.zeros(0, 3)
    assert nothing.sum().item() == 0 and nothing.prod().item() == 1
    assert math.isnan(nothing.mean().item()) and math.isnan(nothing.var().item())
    assert nothing.all().item() is True and nothing.any().item() is False
    assert nothing.logsumexp(0).tolist() == [-INF] * 3
    assert nothing.norm().item() == 0 and nothing.count_nonzero().item() == 0
    assert nothing.prod(0).tolist() == [1, 1, 1] and nothing.prod(1).shape == (0,)
    assert nothing.cumsum(0).shape == (0, 3) and nothing.cumprod(1).shape == (0, 3)
    assert nothing.max(1).values.shape == (0,)
    for function in (thalweg.amax, thalweg.max, thalweg.argmin, thalweg.aminmax):
        with pytest.raises(thalweg.ShapeError):
            function(nothing)
    with pytest.raises(thalweg.ShapeError):
        nothing.max(0)
    for p in (INF, -INF, -1):
        with pytest.raises(thalweg.ShapeError):
            nothing.norm(p)


def test_scalars():
    x = thalweg.tensor(3.0, requires_grad=True)
    for result in (
        x.sum(0),
        x.prod(),
        x.prod(0),
        x.cumsum(0),
        x.cumprod(-1),
        x.amax(0),
        x.max(0).values,
        x.norm(),
    ):
        assert result.shape == () and result.item() == 3
        assert result.requires_grad
    assert x.max(0).indices.item() == 0 and x.logsumexp(0).item() == 3
    with pytest.raises(thalweg.InvalidArgumentError):
        x.sum(1)


def test_ties():
    values = [1.0, 3.0, 3.0, 0.0]
    for function, expected in [
        (lambda x: x.max(), [0, 0.5, 0.5, 0]),
        (lambda x: x.amax(0), [0, 0.5, 0.5, 0]),
        (lambda x: x.max(0).values, [0, 1, 0, 0]),
        (lambda x: x.aminmax().max, [0, 0.5, 0.5, 0]),
        (lambda x: x.norm(INF), [0, 0.5, 0.5, 0]),
    ]:
        x = thalweg.tensor(values, requires_grad=True)
        function(x).backward()
        assert x.grad.tolist() == expected
    values, indices = thalweg.tensor([[2, 5, 5], [7, 7, 1]]).max(dim=1, keepdim=True)
    assert values.tolist() == [[5], [7]] and indices.tolist() == [[1], [0]]
    smallest = thalweg.min(thalweg.tensor([True, False, False]), 0)
    assert smallest.values.item() is False and smallest.indices.item() == 1


def test_max_of_two():
    a, b = thalweg.tensor([1.0, 5.0]), thalweg.tensor([[2.0], [4.0]])
    assert thalweg.max(a, b).tolist() == [[2, 5], [4, 5]]
    assert a.min(b).tolist() == thalweg.min(a, other=b).tolist() == [[1, 2], [1, 4]]


def test_nan_and_infinities():
    x = thalweg.tensor([1.0, NAN, 3.0])
    for name in ("sum", "mean", "var", "amax", "amin", "max", "prod", "norm"):
        assert math.isnan(getattr(x, name)().item()), name
    assert math.isnan(x.max(0).values.item()) and x.max(0).indices.item() == 1
    assert x.nansum().item() == 4 and x.nanmean().item() == 2
    assert x.all().item() is True and x.count_nonzero().item() == 3
    assert thalweg.tensor([INF, 1.0]).logsumexp(0).item() == INF
    assert thalweg.tensor([-INF, -INF]).logsumexp(0).item() == -INF
    assert thalweg.tensor([1000.0, 1000.0]).logsumexp(0).item() == pytest.approx(1000 + math.log(2))


def test_truth():
    assert thalweg.all(thalweg.tensor([1, 2], dtype=thalweg.uint8)).dtype is thalweg.uint8
    assert thalweg.any(thalweg.tensor([[0, 2], [0, 0]]), 1).tolist() == [True, False]
    assert thalweg.count_nonzero(thalweg.tensor([[0.0, 2.0], [1.0, -1.0]]), 0).tolist() == [1, 2]


@pytest.mark.parametrize("p", [0, 0.5, 1, 1.5, 2, 3, INF, -1, -2.5, -INF])
@pytest.mark.parametrize("dim", DIMS)
def test_norm(p, dim):
    axes = tuple(range(3)) if dim is None else dim
    with np.errstate(divide="ignore"):
        size = np.abs(X)
        if p == 0:
            expected = np.full(X.sum(axis=axes).shape, X.size / X.sum(axis=axes).size)
        elif math.isinf(p):
            expected = size.max(axis=axes) if p > 0 else size.min(axis=axes)
        else:
            expected = (size**p).sum(axis=axes) ** (1 / p)
    np.testing.assert_allclose(thalweg.norm(thalweg.tensor(X), p, dim).numpy(), expected)
    np.testing.assert_allclose(thalweg.linalg.vector_norm(thalweg.tensor(X), p, dim).numpy(), expected)


@pytest.mark.parametrize("p", [0.5, 1, 1.5, 2, 3, INF, -1, -INF])
def test_norm_at_zero(p):
    x = thalweg.zeros(3).requires_grad_()
    x.norm(p).backward()
    assert x.grad.tolist() == [0, 0, 0]
    again = thalweg.autograd.grad(x.norm(p), x, create_graph=True)[0]
    assert again.tolist() == [0, 0, 0]


@pytest.mark.parametrize("order", ["fro", 1, -1, INF, -INF])
@pytest.mark.parametrize("keepdim", [False, True])
def test_matrix_norm(order, keepdim):
    expected = np.linalg.norm(X, order, axis=(2, 0), keepdims=keepdim)
    result = thalweg.linalg.norm(thalweg.tensor(X), order, (2, 0), keepdim)
    np.testing.assert_allclose(result.numpy(), expected)
    np.testing.assert_allclose(
        thalweg.linalg.matrix_norm(thalweg.tensor(X), order).numpy(), np.linalg.norm(X, order, axis=(1, 2))
    )


def test_norm_rejects():
    with pytest.raises(ValueError, match="nuc"):
        thalweg.norm(thalweg.tensor(X), "nuc")
    with pytest.raises(ValueError, match="order"):
        thalweg.linalg.norm(thalweg.tensor(X[0]), 3)
    with pytest.raises(ValueError, match="dimensions"):
        thalweg.linalg.norm(thalweg.tensor(X), 1)


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_products_and_running_totals(dim):
    x = thalweg.tensor(X)
    np.testing.assert_allclose(x.prod(dim).numpy(), X.prod(dim))
    np.testing.assert_allclose(x.cumsum(dim).numpy(), X.cumsum(dim))
    np.testing.assert_allclose(x.cumprod(dim).numpy(), X.cumprod(dim))
    turned = thalweg.tensor(X.T.copy()).permute(2, 1, 0)
    np.testing.assert_allclose(turned.cumsum(dim).numpy(), X.cumsum(dim))
    ints = thalweg.tensor([[2**62, 2], [4, 3]], dtype=thalweg.int64)
    assert ints.prod(0).tolist() == [0, 6] and ints.cumsum(1).tolist() == [[2**62, 2**62 + 2], [4, 7]]
    assert thalweg.tensor([True, True]).cumsum(0).dtype is thalweg.int64


def test_long_sums_in_float32():
    x = np.full(1_000_000, 0.1, dtype=np.float32)
    expected = np.cumsum(x, dtype=np.float64)
    np.testing.assert_allclose(thalweg.tensor(x).cumsum(0).numpy(), expected, rtol=1e-7)


def test_product_with_zeros():
    for values, expected in [([2.0, 0, 3], [0, 6, 0]), ([0.0, 0, 3], [0, 0, 0])]:
        x = thalweg.tensor(values, requires_grad=True)
        x.prod().backward()
        assert x.grad.tolist() == expected


def test_same_bits_for_any_threads():
    x = thalweg.randn(300, 777)
    w = thalweg.randn(777)
    results = []
    before = thalweg.get_num_threads()
    for threads in (1, 2, 5):
        thalweg.set_num_threads(threads)
        leaf, weight = thalweg.tensor(x, requires_grad=True), thalweg.tensor(w, requires_grad=True)
        y = functional.layer_norm(leaf, (777,), weight) + leaf.cumsum(0) * leaf.std(0)
        y = y + functional.batch_norm(leaf, None, None, weight, training=True)
        y.sum(0).norm().backward()
        results.append((to_array(y), to_array(leaf.grad), to_array(weight.grad)))
    thalweg.set_num_threads(before)
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(a, b)


# -- Normalisation ---------------------------------------------------------------------------------------------


def standardised(x, axes, eps=1e-5):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


def test_layer_norm():
    w, b = RNG.normal(size=(2, 4, 5))
    np.testing.assert_allclose(
        functional.layer_norm(thalweg.tensor(X), (4, 5), thalweg.tensor(w), thalweg.tensor(b)).numpy(),
        standardised(X, (1, 2)) * w + b,
    )
    np.testing.assert_allclose(functional.layer_norm(thalweg.tensor(X), 5).numpy(), standardised(X, 2))
    check_gradients(lambda x, w, b: functional.layer_norm(x, (4, 5), w, b), X, w, b)
    with pytest.raises(thalweg.ShapeError, match="last dimensions"):
        functional.layer_norm(thalweg.tensor(X), (4,))
    with pytest.raises(thalweg.ShapeError, match="weight"):
        functional.layer_norm(thalweg.tensor(X), (5,), thalweg.ones(4, dtype=thalweg.float64))
    with pytest.raises(thalweg.DTypeError, match="bias"):
        functional.layer_norm(thalweg.tensor(X), (5,), None, thalweg.ones(5))


def test_rms_norm():
    w = RNG.normal(size=5)
    root = np.sqrt((X**2).mean(-1, keepdims=True) + 0.1)
    np.testing.assert_allclose(
        functional.rms_norm(thalweg.tensor(X), (5,), thalweg.tensor(w), 0.1).numpy(), X / root * w
    )
    x = thalweg.zeros(2, 3)
    assert functional.rms_norm(x, (3,)).tolist() == x.tolist()


def test_group_norm():
    x = RNG.normal(size=(2, 6, 3, 5))
    w, b = RNG.normal(size=(2, 6, 1, 1))
    expected = standardised(x.reshape(2, 3, 2, 3, 5), (2, 3, 4)).reshape(x.shape) * w + b
    result = functional.group_norm(
        thalweg.tensor(x), 3, thalweg.tensor(w[:, 0, 0]), thalweg.tensor(b[:, 0, 0])
    )
    np.testing.assert_allclose(result.numpy(), expected)
    check_gradients(lambda x, w, b: functional.group_norm(x, 2, w, b), x[:, :4], w[:4, 0, 0], b[:4, 0, 0])
    with pytest.raises(thalweg.ShapeError, match="groups"):
        functional.group_norm(thalweg.tensor(x), 4)


@pytest.mark.parametrize("shape", [(7, 4), (3, 4, 5), (2, 4, 5, 6), (1, 4, 9)])
def test_batch_norm(shape):
    x = RNG.normal(2, 3, size=shape)
    w, b = RNG.normal(size=(2, 4))
    mean, variance = RNG.uniform(0.5, 2, size=(2, 4))
    axes = (0, *range(2, len(shape)))
    line = (1, 4, *[1] * (len(shape) - 2))
    running = [thalweg.tensor(mean), thalweg.tensor(variance)]
    y = functional.batch_norm(thalweg.tensor(x), *running, thalweg.tensor(w), thalweg.tensor(b), True, 0.2)
    np.testing.assert_allclose(y.numpy(), standardised(x, axes) * w.reshape(line) + b.reshape(line))
    new_mean, new_variance = 0.8 * mean + 0.2 * x.mean(axes), 0.8 * variance + 0.2 * x.var(axes, ddof=1)
    np.testing.assert_allclose(running[0].numpy(), new_mean)
    np.testing.assert_allclose(running[1].numpy(), new_variance)
    y = functional.batch_norm(thalweg.tensor(x), *running, thalweg.tensor(w), thalweg.tensor(b))
    expected = (x - new_mean.reshape(line)) / np.sqrt(new_variance.reshape(line) + 1e-5)
    np.testing.assert_allclose(y.numpy(), expected * w.reshape(line) + b.reshape(line))
    np.testing.assert_allclose(running[0].numpy(), new_mean)
    check_gradients(lambda x, w, b: functional.batch_norm(x, None, None, w, b, training=True), x, w, b)


def test_batch_norm_rejects():
    with pytest.raises(thalweg.ShapeError, match="one element a channel"):
        functional.batch_norm(thalweg.ones(1, 3), None, None, training=True)
    with pytest.raises(thalweg.InvalidArgumentError, match="running_mean"):
        functional.batch_norm(thalweg.ones(2, 3), None, None)
    with pytest.raises(thalweg.ShapeError, match="running_var"):
        functional.batch_norm(thalweg.ones(2, 3), thalweg.ones(3), thalweg.ones(2))
    with pytest.raises(thalweg.ShapeError):
        functional.batch_norm(thalweg.ones(3), None, None, training=True)


def test_instance_norm():
    x = RNG.normal(size=(2, 3, 4, 2))
    np.testing.assert_allclose(functional.instance_norm(thalweg.tensor(x)).numpy(), standardised(x, (2, 3)))
    mean, variance = thalweg.zeros(3, dtype=thalweg.float64), thalweg.ones(3, dtype=thalweg.float64)
    functional.instance_norm(thalweg.tensor(x), mean, variance, momentum=1.0)
    np.testing.assert_allclose(mean.numpy(), x.mean((0, 2, 3)))
    np.testing.assert_allclose(variance.numpy(), x.var((2, 3), ddof=1).mean(0))
    y = functional.instance_norm(thalweg.tensor(x), mean, variance, use_input_stats=False, eps=0.0)
    line = (1, 3, 1, 1)
    expected = (x - mean.numpy().reshape(line)) / np.sqrt(variance.numpy().reshape(line))
    np.testing.assert_allclose(y.numpy(), expected)


def test_normalize():
    length = np.linalg.norm(X, axis=1, keepdims=True)
    np.testing.assert_allclose(functional.normalize(thalweg.tensor(X)).numpy(), X / length)
    np.testing.assert_allclose(functional.normalize(thalweg.tensor(X), 1, 2, eps=100).numpy(), X / 100)
