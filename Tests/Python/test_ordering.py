"""Order, quantiles, counts, scatter with reductions and combinations: against NumPy and by hand."""

import numpy as np
import pytest
import thalweg

NAN = float("nan")


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int32", "uint8"])
def test_sort_is_stable_in_every_dtype(dtype):
    x = np.random.default_rng(0).integers(0, 9, size=(4, 50)).astype(dtype)
    for dim in (0, 1):
        values, indices = thalweg.sort(thalweg.tensor(x), dim)
        np.testing.assert_array_equal(values.numpy(), np.sort(x, dim))
        np.testing.assert_array_equal(indices.numpy(), np.argsort(x, dim, kind="stable"))


def test_order_of_special_numbers():
    x = thalweg.tensor([NAN, 1.0, float("-inf"), -0.0, 0.0, float("inf"), NAN])
    assert x.sort().indices.tolist() == [2, 3, 4, 1, 5, 0, 6]
    assert x.sort(descending=True)[1].tolist() == [0, 6, 5, 1, 3, 4, 2]
    assert thalweg.tensor([2**62 + 1, 2**62, -(2**63)]).sort()[1].tolist() == [2, 1, 0]


def test_choices_along_a_line():
    x = thalweg.tensor([[3.0, 1.0, 2.0, 1.0], [5.0, NAN, 4.0, 4.0]])
    assert x.topk(2, 1).indices.tolist() == [[0, 2], [1, 0]]
    assert x[0].topk(3, largest=False).values.tolist() == [1, 1, 2]
    assert x.kthvalue(2, 1).values.tolist() == [1, 4]
    assert x[0].median().item() == 1 and x[0].median(0).indices.item() in (1, 3)
    assert thalweg.isnan(x.median(1).values).tolist() == [False, True]
    assert x.median(1).indices.tolist()[1] == 1
    assert x.nanmedian(1).values.tolist() == [1, 4]
    assert x.mode(1).values.tolist() == [1, 4]
    assert thalweg.isnan(thalweg.tensor([]).median())
    assert x[0].cummax(0).values.tolist() == [3, 3, 3, 3] and x[0].cummin(0).indices.tolist() == [0, 1, 1, 3]


@pytest.mark.parametrize("method", ["linear", "lower", "higher", "midpoint", "nearest"])
def test_quantile(method):
    x = np.random.default_rng(1).normal(size=(4, 7))
    q = np.array([0, 0.13, 0.5, 0.9, 1])
    for dim in (None, 0, 1):
        found = thalweg.quantile(thalweg.tensor(x), thalweg.tensor(q), dim, interpolation=method)
        np.testing.assert_allclose(found.numpy(), np.quantile(x, q, dim, method=method), rtol=1e-12)
    x[0, 2] = NAN
    found = thalweg.nanquantile(thalweg.tensor(x), 0.3, 1, interpolation=method)
    np.testing.assert_allclose(found.numpy(), np.nanquantile(x, 0.3, 1, method=method), rtol=1e-12)
    assert thalweg.isnan(thalweg.quantile(thalweg.tensor(x), 0.3, 1)).tolist() == [True, False, False, False]


def test_unique():
    x = np.random.default_rng(2).integers(0, 4, size=(20, 2))
    for dim in (None, 0):
        expected = np.unique(x, return_inverse=True, return_counts=True, axis=dim)
        found = thalweg.unique(thalweg.tensor(x), return_inverse=True, return_counts=True, dim=dim)
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_array_equal(a.numpy().ravel(), b.ravel())
    values, counts = thalweg.unique_consecutive(thalweg.tensor([1, 1, 2, 1, 1, 1]), return_counts=True)
    assert values.tolist() == [1, 2, 1] and counts.tolist() == [2, 1, 3]


def test_counts():
    x = np.random.default_rng(3).normal(size=200)
    t = thalweg.tensor(x)
    assert thalweg.histc(t, 10, -2, 2).tolist() == np.histogram(x, 10, (-2, 2))[0].tolist()
    counts, edges = thalweg.histogram(t, 7, density=True)
    expected = np.histogram(x, 7, density=True)
    np.testing.assert_allclose(counts.numpy(), expected[0], rtol=1e-12)
    np.testing.assert_allclose(edges.numpy(), expected[1], rtol=1e-12)
    bins = np.array([-1.0, 0, 0.5, 3])
    assert thalweg.histogram(t, thalweg.tensor(bins)).hist.tolist() == np.histogram(x, bins)[0].tolist()
    n = np.random.default_rng(4).integers(0, 6, size=50)
    assert thalweg.bincount(thalweg.tensor(n), minlength=9).tolist() == np.bincount(n, minlength=9).tolist()
    weighted = thalweg.bincount(thalweg.tensor(n), t[:50])
    np.testing.assert_allclose(weighted.numpy(), np.bincount(n, x[:50]), rtol=1e-12)
    with pytest.raises(thalweg.InvalidArgumentError, match="negative"):
        thalweg.bincount(thalweg.tensor([-1]))


def test_searches():
    edges = thalweg.tensor([1, 3, 3, 7])
    values = thalweg.tensor([[0, 3], [7, 9]])
    assert thalweg.searchsorted(edges, values).tolist() == [[0, 1], [3, 4]]
    assert thalweg.bucketize(values, edges, right=True).tolist() == [[0, 3], [4, 4]]
    assert thalweg.searchsorted(thalweg.tensor([3, 1, 2]), 2, sorter=thalweg.tensor([1, 2, 0])).item() == 1
    assert thalweg.isin(values, thalweg.tensor([3, 9])).tolist() == [[False, True], [False, True]]


@pytest.mark.parametrize("reduce", ["sum", "prod", "mean", "amax", "amin"])
@pytest.mark.parametrize("include_self", [True, False])
def test_scatter_reduce(reduce, include_self):
    random = np.random.default_rng(5)
    x, src = random.normal(size=(4, 3)), random.normal(size=(6, 3))
    src[2, 1] = 0
    index = random.integers(0, 3, size=(6, 3))
    found = thalweg.tensor(x).scatter_reduce(
        0, thalweg.tensor(index), thalweg.tensor(src), reduce, include_self=include_self
    )
    function = {"sum": np.sum, "prod": np.prod, "mean": np.mean, "amax": np.max, "amin": np.min}[reduce]
    expected = x.copy()
    for i in range(4):
        for j in range(3):
            items = [src[k, j] for k in range(6) if index[k, j] == i]
            if items:
                expected[i, j] = function(items + [x[i, j]] * include_self)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


def test_negative_steps():
    x = thalweg.arange(12).reshape(3, 4)
    array = np.arange(12).reshape(3, 4)
    for key in [np.s_[::-1], np.s_[:, ::-2], np.s_[2:0:-1, 1:3], np.s_[-1:-9:-3, ::-1], np.s_[0:2:-1]]:
        assert x[key].tolist() == array[key].tolist()
    assert x[:: -(2**62)].tolist() == array[:: -(2**62)].tolist()
    with pytest.raises(ValueError, match="positive step"):
        x[::-1] = 0
    y = thalweg.randn(4, requires_grad=True)
    (y[::-1] * thalweg.tensor([1.0, 2, 3, 4])).sum().backward()
    assert y.grad.tolist() == [4, 3, 2, 1]


def test_statistics_against_numpy():
    x = np.random.default_rng(6).normal(size=(3, 8))
    t = thalweg.tensor(x)
    np.testing.assert_allclose(thalweg.cov(t).numpy(), np.cov(x), rtol=1e-12)
    np.testing.assert_allclose(thalweg.corrcoef(t).numpy(), np.corrcoef(x), rtol=1e-12)
    np.testing.assert_allclose(thalweg.trapezoid(t, dx=0.5).numpy(), np.trapezoid(x, dx=0.5), rtol=1e-12)
    np.testing.assert_allclose(thalweg.diff(t, 2, 0).numpy(), np.diff(x, 2, 0), rtol=1e-12)
    np.testing.assert_allclose(t.logcumsumexp(1).numpy(), np.logaddexp.accumulate(x, 1), rtol=1e-12)


def test_combinations():
    x = thalweg.tensor([1, 2, 3])
    assert thalweg.combinations(x).tolist() == [[1, 2], [1, 3], [2, 3]]
    assert thalweg.combinations(x, 2, True).shape == (6, 2)
    assert thalweg.combinations(x, 4).shape == (0, 4)
    assert thalweg.cartesian_prod(x, thalweg.tensor([8, 9])).shape == (6, 2)
    assert thalweg.block_diag(thalweg.ones(2, 1), thalweg.tensor(5.0)).tolist() == [[1, 0], [1, 0], [0, 5]]
    assert thalweg.tril_indices(2, 3, 0).tolist() == [[0, 1, 1], [0, 0, 1]]
    with pytest.raises(thalweg.OutOfMemoryError):
        thalweg.combinations(thalweg.arange(1000), 500)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.int64, np.uint8])
@pytest.mark.parametrize("descending", [False, True])
def test_sort_of_long_lines(dtype, descending):
    random = np.random.default_rng(5)
    x = (random.normal(size=(3, 5000)) * 40).round().astype(dtype)
    if np.issubdtype(dtype, np.floating):
        x[0, ::700] = np.nan
        x[1, ::900] = -0.0
        x[2, :3] = [np.inf, -np.inf, 0]
    values, indices = thalweg.sort(thalweg.tensor(x), 1, descending=descending)
    if descending:  # stable: equal ones stay in their order
        order = x.shape[1] - 1 - np.argsort(x[:, ::-1], 1, kind="stable")[:, ::-1]
    else:
        order = np.argsort(x, 1, kind="stable")
    np.testing.assert_array_equal(indices.numpy(), order)
    np.testing.assert_array_equal(values.numpy(), np.take_along_axis(x, order, 1))
