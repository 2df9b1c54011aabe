"""Decompositions and equations: against NumPy, and by what defines them."""

import numpy as np
import pytest
import thalweg
from thalweg import linalg

SHAPES = [(3, 3), (5, 3), (3, 5), (2, 4, 4), (2, 3, 6, 4), (1, 1), (40, 30)]


def matrix(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def close(a, b, tolerance=1e-12):
    np.testing.assert_allclose(a.numpy() if hasattr(a, "numpy") else a, b, rtol=tolerance, atol=tolerance)


def turned(a):
    return np.swapaxes(a, -1, -2)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("full", [False, True])
def test_svd(shape, full):
    a = matrix(*shape)
    u, s, vh = (x.numpy() for x in linalg.svd(thalweg.tensor(a), full))
    k = min(shape[-2:])
    close(s, np.linalg.svd(a, compute_uv=False))
    close((u[..., :k] * s[..., None, :]) @ vh[..., :k, :], a)
    close(turned(u) @ u, np.broadcast_to(np.eye(u.shape[-1]), (*shape[:-2], *[u.shape[-1]] * 2)))
    close(vh @ turned(vh), np.broadcast_to(np.eye(vh.shape[-2]), (*shape[:-2], *[vh.shape[-2]] * 2)))


def test_svd_of_low_rank():
    a = matrix(6, 2) @ matrix(2, 5, seed=1)
    u, s, vh = (x.numpy() for x in linalg.svd(thalweg.tensor(a)))
    close(u @ turned(u), np.eye(6))
    close(vh @ turned(vh), np.eye(5))
    close((u[:, :5] * s) @ vh, a)
    u, s, vh = (x.numpy() for x in linalg.svd(thalweg.zeros(3, 2)))
    close(u @ turned(u), np.eye(3))
    assert linalg.matrix_rank(thalweg.tensor(a)).item() == 2
    # Scales at which squares would overflow or vanish.
    for scale in (1e-200, 1e200):
        close(linalg.svdvals(thalweg.tensor(a * scale)).numpy() / scale, np.linalg.svd(a)[1])


@pytest.mark.parametrize("n", [1, 2, 3, 10, 60])
def test_eigh(n):
    a = matrix(2, n, n)
    a = a + turned(a)
    values, vectors = (x.numpy() for x in linalg.eigh(thalweg.tensor(a)))
    close(values, np.linalg.eigvalsh(a), 1e-11)
    close((vectors * values[..., None, :]) @ turned(vectors), a, 1e-11)
    close(turned(vectors) @ vectors, np.broadcast_to(np.eye(n), a.shape), 1e-11)
    triangle = np.tril(a)
    close(linalg.eigvalsh(thalweg.tensor(triangle)), values, 1e-11)
    close(linalg.eigvalsh(thalweg.tensor(turned(triangle)), "U"), values, 1e-11)


def test_eigh_of_equal_values():
    values, vectors = linalg.eigh(thalweg.eye(4))
    assert values.tolist() == [1, 1, 1, 1]
    close(vectors.numpy() @ vectors.numpy().T, np.eye(4))


@pytest.mark.parametrize("shape", SHAPES)
def test_qr(shape):
    a = matrix(*shape)
    for mode in ("reduced", "complete"):
        q, r = (x.numpy() for x in linalg.qr(thalweg.tensor(a), mode))
        expected_q, expected_r = np.linalg.qr(a, mode)
        close(r, expected_r)
        close(q @ r, a)
        close(q[..., : min(shape[-2:])], expected_q[..., : min(shape[-2:])])
    close(linalg.qr(thalweg.tensor(a), "r")[1], np.linalg.qr(a, "r"))


@pytest.mark.parametrize("shape", SHAPES)
def test_lu(shape):
    a = matrix(*shape)
    p, lower, upper = (x.numpy() for x in linalg.lu(thalweg.tensor(a)))
    close(p @ lower @ upper, a)
    assert (np.abs(lower) <= 1 + 1e-12).all()
    assert (np.triu(lower, 1) == 0).all() and (np.tril(upper, -1) == 0).all()


def test_equations():
    a, b = matrix(2, 4, 4), matrix(4, 3, seed=1)
    close(linalg.solve(thalweg.tensor(a), thalweg.tensor(b)), np.linalg.solve(a, b))
    close(linalg.solve(thalweg.tensor(a), thalweg.tensor(b.T), left=False), b.T @ np.linalg.inv(a))
    close(linalg.inv(thalweg.tensor(a)), np.linalg.inv(a))
    close(linalg.det(thalweg.tensor(a)), np.linalg.det(a))
    sign, logarithm = linalg.slogdet(thalweg.tensor(a))
    close(sign * logarithm.exp(), np.linalg.det(a))
    lu, pivots = linalg.lu_factor(thalweg.tensor(a))
    close(
        linalg.lu_solve(lu, pivots, thalweg.tensor(np.broadcast_to(b, (2, 4, 3)).copy())),
        np.linalg.solve(a, b),
    )
    c = a @ turned(a)
    factor = linalg.cholesky(thalweg.tensor(c))
    close(factor, np.linalg.cholesky(c))
    right = thalweg.tensor(np.broadcast_to(b, (2, 4, 3)).copy())
    close(thalweg.cholesky_solve(right, factor), np.linalg.solve(c, b), 1e-10)
    tall = matrix(6, 3)
    close(
        linalg.lstsq(thalweg.tensor(tall), thalweg.tensor(matrix(6, 2))).solution,
        np.linalg.lstsq(tall, matrix(6, 2))[0],
    )
    close(linalg.pinv(thalweg.tensor(tall)), np.linalg.pinv(tall))
    close(linalg.matrix_power(thalweg.tensor(a), -3), np.linalg.matrix_power(a, -3), 1e-9)
    close(linalg.cond(thalweg.tensor(a)), np.linalg.cond(a), 1e-10)
    for order in ("nuc", 2, -2):
        close(linalg.matrix_norm(thalweg.tensor(tall), order), np.linalg.norm(tall, order))


def test_matrix_exp():
    scipy_linalg = pytest.importorskip("scipy.linalg")
    for scale in (1e-3, 1, 30):
        a = matrix(5, 5) * scale
        expected = scipy_linalg.expm(a)
        found = thalweg.matrix_exp(thalweg.tensor(a)).numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max())


def test_multi_dot_takes_the_cheap_order():
    a, b, c = matrix(1, 1000), matrix(1000, 1), matrix(1, 1000)
    close(linalg.multi_dot([thalweg.tensor(x) for x in (a, b, c)]), a @ b @ c, 1e-10)


def test_errors_say_what_is_wrong():
    singular = thalweg.zeros(2, 2)
    with pytest.raises(thalweg.InvalidArgumentError, match="singular"):
        linalg.inv(singular)
    with pytest.raises(thalweg.InvalidArgumentError, match="positive definite"):
        linalg.cholesky(-thalweg.eye(2))
    with pytest.raises(thalweg.ShapeError, match="square"):
        linalg.det(thalweg.zeros(2, 3))
    with pytest.raises(thalweg.InvalidArgumentError, match="converge"):
        linalg.eigvalsh(thalweg.full((3, 3), float("nan")))
    with pytest.raises(thalweg.InvalidArgumentError, match="converge"):
        linalg.svdvals(thalweg.full((3, 3), float("inf")))
    with pytest.raises(thalweg.DTypeError):
        linalg.inv(thalweg.ones(2, 2).long())


def test_derivatives_of_singular_determinants():
    # Rank 2 of 3: the cofactors are not 0; rank 1: they are.
    a = np.outer([1.0, 2, 3], [1, -1, 2]) + np.outer([0, 1.0, 1], [2, 1, 0])
    for case, rank in ((a, 2), (np.outer([1.0, 2, 3], [1, -1, 2]), 1)):
        x = thalweg.tensor(case, requires_grad=True)
        linalg.det(x).backward()
        minors = [[np.linalg.det(np.delete(np.delete(case, i, 0), j, 1)) for j in range(3)] for i in range(3)]
        signs = np.array([[(-1) ** (i + j) for j in range(3)] for i in range(3)])
        close(x.grad, signs * minors, 1e-12)
        assert (np.abs(minors).max() > 1e-9) == (rank == 2)


def test_empty_matrices():
    empty = thalweg.zeros(0, 0)
    assert linalg.det(empty).item() == 1
    assert linalg.inv(empty).shape == (0, 0)
    assert linalg.eigvalsh(empty).shape == (0,)
    assert [x.shape for x in linalg.svd(thalweg.zeros(2, 0))] == [(2, 2), (0,), (0, 0)]
    assert [x.shape for x in linalg.qr(thalweg.zeros(0, 3))] == [(0, 0), (0, 3)]
    assert linalg.solve(thalweg.zeros(0, 2, 2), thalweg.zeros(2, 3)).shape == (0, 2, 3)
