"""Views, copies of elements in another order, and products, against NumPy."""

import numpy as np
import pytest
import thalweg
from helpers import check_gradients
from thalweg.nn import functional

ARRAY = np.arange(24.0).reshape(2, 3, 4)


def same(ours, theirs):
    if isinstance(ours, (list, tuple)):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            same(a, b)
    else:
        np.testing.assert_array_equal(ours.numpy(), theirs)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda x: x.movedim(0, -1), lambda x: np.moveaxis(x, 0, -1)),
        (lambda x: thalweg.moveaxis(x, (0, 1), (2, 0)), lambda x: np.moveaxis(x, (0, 1), (2, 0))),
        (lambda x: x.swapaxes(0, 2), lambda x: x.swapaxes(0, 2)),
        (lambda x: x.mT, lambda x: x.swapaxes(1, 2)),
        (lambda x: x[0].t(), lambda x: x[0].T),
        (lambda x: x.T, lambda x: x.T),
        (lambda x: x.ravel(), np.ravel),
        (lambda x: x.unflatten(2, (2, -1)), lambda x: x.reshape(2, 3, 2, 2)),
        (lambda x: x.split(2, 2), lambda x: np.split(x, 2, 2)),
        (lambda x: x.split([1, 0, 3], -1), lambda x: np.split(x, [1, 1], 2)),
        (lambda x: x.split(3, 2), lambda x: (x[..., :3], x[..., 3:])),
        (lambda x: x.chunk(3, 2), lambda x: (x[..., :2], x[..., 2:])),
        (lambda x: thalweg.tensor_split(x, 3, 2), lambda x: np.array_split(x, 3, 2)),
        (lambda x: x.tensor_split((1, 9, -1), 1), lambda x: (x[:, :1], x[:, 1:9], x[:, 9:-1], x[:, -1:])),
        (lambda x: x.hsplit([1]), lambda x: np.hsplit(x, [1])),
        (lambda x: x.unbind(1), lambda x: tuple(x[:, i] for i in range(3))),
        (lambda x: x.narrow(2, -3, 2), lambda x: x[..., 1:3]),
        (lambda x: x.flip(0, -1), lambda x: np.flip(x, (0, -1))),
        (lambda x: thalweg.flip(x, (1,)), lambda x: np.flip(x, 1)),
        (lambda x: x.transpose(0, 2).flip(0), lambda x: np.flip(x.T.transpose(0, 1, 2), 0)),
        (lambda x: x.fliplr(), np.fliplr),
        (lambda x: x.flipud(), np.flipud),
        (lambda x: x.roll(5), lambda x: np.roll(x, 5)),
        (lambda x: x.roll((1, -9), (2, 1)), lambda x: np.roll(x, (1, -9), (2, 1))),
        (lambda x: x.rot90(-1, (1, 2)), lambda x: np.rot90(x, -1, (1, 2))),
        (lambda x: x.repeat(2, 1, 1, 3), lambda x: np.tile(x, (2, 1, 1, 3))),
        (lambda x: x.tile((2,)), lambda x: np.tile(x, 2)),
        (lambda x: x.repeat_interleave(2), lambda x: x.repeat(2)),
        (lambda x: x.repeat_interleave(thalweg.tensor([0, 2, 1]), 1), lambda x: x.repeat([0, 2, 1], 1)),
        (lambda x: x.diagonal(1, 1, 2), lambda x: x.diagonal(1, 1, 2)),
        (lambda x: x[0].tril(-1), lambda x: np.tril(x[0], -1)),
        (lambda x: x.triu(1), lambda x: np.triu(x, 1)),
        (lambda x: x[0, 0].diag(-1), lambda x: np.diag(x[0, 0], -1)),
        (lambda x: x[0].diag(1), lambda x: np.diag(x[0], 1)),
        (lambda x: x.unfold(2, 2, 2), lambda x: np.stack([x[..., :2], x[..., 2:]], 2)),
        (lambda x: thalweg.stack([x, x + 1], -1), lambda x: np.stack([x, x + 1], -1)),
        (lambda x: thalweg.hstack([x, x]), lambda x: np.hstack([x, x])),
        (lambda x: thalweg.hstack(x[0].unbind()), lambda x: np.hstack(list(x[0]))),
        (lambda x: thalweg.vstack(x[0].unbind()), lambda x: np.vstack(list(x[0]))),
        (lambda x: thalweg.dstack(x.unbind()), lambda x: np.dstack(list(x))),
        (lambda x: thalweg.column_stack(x[0].unbind()), lambda x: np.column_stack(list(x[0]))),
        (lambda x: thalweg.atleast_3d(x[0, 0], x[0]), lambda x: np.atleast_3d(x[0, 0], x[0])),
        (lambda x: thalweg.broadcast_tensors(x[:, :1], x[0]), lambda x: np.broadcast_arrays(x[:, :1], x[0])),
        (
            lambda x: thalweg.meshgrid(x[0, 0], x[0, :, 0], indexing="xy"),
            lambda x: np.meshgrid(x[0, 0], x[0, :, 0]),
        ),
        (lambda x: x.trace() if x.ndim == 2 else x[0].trace(), lambda x: np.trace(x[0])),
        (lambda x: x.squeeze(()), lambda x: x),
        (lambda x: x[:, :1].squeeze((1, 2)), lambda x: x[:, 0]),
    ],
)
def test_like_numpy(ours, theirs):
    for dtype in (np.float32, np.int64, np.uint8):
        array = ARRAY.astype(dtype)
        same(ours(thalweg.tensor(array)), theirs(array))


def test_views_share_memory():
    x = thalweg.zeros(2, 3, 4)
    for view in (
        x.view(6, 4), x.view_as(thalweg.zeros(24)), x.movedim(0, 1), x.diagonal(0, 1, 2), x.split(1)[0],
        x.chunk(2, 1)[0], x.unbind()[0], x.narrow(0, 0, 1), x.unflatten(2, (2, 2)), x.mT,
    ):  # fmt: skip
        assert view.data_ptr() == x.data_ptr()
    for copy in (x.flip(0), x.roll(0), x.repeat(1, 1, 1), x.rot90(0), x.tile(1), functional.pad(x, (0, 0))):
        assert copy.data_ptr() != x.data_ptr()


def test_view_refuses_what_cannot_be_one():
    x = thalweg.zeros(2, 3).T
    with pytest.raises(ValueError, match="reshape"):
        x.view(6)
    assert x.reshape(6).shape == (6,)
    assert x.view(3, 2, 1).shape == (3, 2, 1)
    assert thalweg.zeros(2, 3, 4).transpose(0, 1).view(3, 2, 2, 2).shape == (3, 2, 2, 2)


@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_pad(mode):
    names = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    for pads in [(1, 2), (0, 1, 2, 0), (3, 0, 0, 2, 1, 0)]:
        pairs = [(0, 0)] * (3 - len(pads) // 2) + list(zip(pads[::2], pads[1::2], strict=True))[::-1]
        if mode == "constant":
            expected = np.pad(ARRAY, pairs, constant_values=1.5)
            result = functional.pad(thalweg.tensor(ARRAY), pads, value=1.5)
        else:
            expected = np.pad(ARRAY, pairs, mode=names[mode])
            result = functional.pad(thalweg.tensor(ARRAY), pads, mode)
        same(result, expected)
    cropped = functional.pad(thalweg.tensor(ARRAY), (-1, -2), mode)
    same(cropped, ARRAY[..., 1:2])
    check_gradients(
        lambda x: functional.pad(x, (2, 1, -1, 2), mode), np.random.default_rng(0).normal(size=(4, 3))
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.view(5),
        lambda x: x.view(-1, -1),
        lambda x: x.unflatten(1, (2, 2)),
        lambda x: x.movedim((0, 1), (0,)),
        lambda x: x.movedim((0, 0), (0, 1)),
        lambda x: x.split([1, 2]),
        lambda x: x.split([-1, 3]),
        lambda x: x.split(0),
        lambda x: x.chunk(0),
        lambda x: x.hsplit(2),
        lambda x: x.narrow(0, 1, 2),
        lambda x: x.flip(0, 0),
        lambda x: x.flip(2),
        lambda x: x.roll((1, 2), (0,)),
        lambda x: x.rot90(1, (0, 0)),
        lambda x: x.repeat(2),
        lambda x: x.repeat(-1, 1),
        lambda x: x.repeat(2**40, 2**40),
        lambda x: x.repeat_interleave(-1),
        lambda x: x.repeat_interleave(thalweg.tensor([1, 2, 3]), 0),
        lambda x: x.diagonal(0, 0, 0),
        lambda x: x[0].tril(),
        lambda x: x.unfold(0, 3, 1),
        lambda x: x.unfold(0, 1, 0),
        lambda x: thalweg.stack([]),
        lambda x: thalweg.stack([x, x.T]),
        lambda x: thalweg.stack([x], 5),
        lambda x: thalweg.cat([x, x[0]]),
        lambda x: thalweg.diag_embed(x, 2**62),
        lambda x: x.mm(x),
        lambda x: x.mv(x),
        lambda x: x.bmm(x),
        lambda x: x[0].dot(x[:, 0]),
        lambda x: x.addmm(x, x.T),
        lambda x: thalweg.tensordot(x, x, 3),
        lambda x: thalweg.tensordot(x, x, ([0], [1])),
        lambda x: thalweg.einsum("ij,jk", x),
        lambda x: thalweg.einsum("ijk", x),
        lambda x: thalweg.einsum("ij->ii", x),
        lambda x: thalweg.einsum("ij->k", x),
        lambda x: thalweg.einsum("i1", x),
        lambda x: thalweg.einsum("ii", x),
        lambda x: thalweg.einsum("ij,kj->ik", x, x.T),
        lambda x: thalweg.einsum("i...j...", x),
        lambda x: thalweg.einsum(""),
        lambda x: functional.pad(x, (1,)),
        lambda x: functional.pad(x, (-2, -2)),
        lambda x: functional.pad(x, (3, 0), "reflect"),
        lambda x: functional.pad(x, (4, 0), "circular"),
        lambda x: functional.pad(x, (1, 0), "text"),
        lambda x: functional.pad(x, (2**62, 2**62)),
        lambda x: x.matmul(x.long()),
    ],
)
def test_wrong_arguments(call):
    with pytest.raises((ValueError, TypeError, IndexError, MemoryError)) as error:
        call(thalweg.zeros(2, 3))
    assert len(str(error.value)) > 10


# -- Products -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("i->", [(3,)]),
        ("ij->ji", [(2, 3)]),
        ("ba", [(2, 3)]),
        ("ii", [(3, 3)]),
        ("ii->i", [(3, 3)]),
        ("iij->j", [(3, 3, 2)]),
        ("ij,jk", [(2, 3), (3, 4)]),
        ("ij,jk->ki", [(2, 3), (3, 4)]),
        ("i,i->i", [(4,), (4,)]),
        ("i,j->ij", [(2,), (3,)]),
        ("bij,bjk->bik", [(2, 3, 4), (2, 4, 2)]),
        ("...ij,...jk->...ik", [(5, 1, 2, 3), (4, 3, 2)]),
        ("i...,i...->...", [(2, 3, 4), (2, 3, 4)]),
        ("...", [(2, 3)]),
        (" i j , j -> i ", [(2, 3), (3,)]),
        ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 2)]),
        ("bhqd,bhkd->bhqk", [(2, 2, 3, 4), (2, 2, 5, 4)]),
        ("ij,ik,il->jkl", [(2, 2), (2, 3), (2, 4)]),
        ("ab,cd->", [(2, 3), (4, 5)]),
        ("i,->i", [(3,), ()]),
        ("ij,jk->ik", [(2, 0), (0, 3)]),
        ("Ab,bA->Ab", [(2, 3), (3, 2)]),
    ],
)
def test_einsum(equation, shapes):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in shapes]
    expected = np.einsum(equation.replace(" ", ""), *arrays)
    result = thalweg.einsum(equation, *map(thalweg.tensor, arrays))
    assert result.shape == expected.shape
    np.testing.assert_allclose(result.numpy(), expected, atol=1e-12)
    integers = [rng.integers(-5, 5, size=shape) for shape in shapes]
    result = thalweg.einsum(equation, [thalweg.tensor(a) for a in integers])
    np.testing.assert_array_equal(result.numpy(), np.einsum(equation.replace(" ", ""), *integers))


def test_einsum_broadcasts_sizes_of_one():
    a, b = np.random.default_rng(0).normal(size=(2, 3)), np.random.default_rng(1).normal(size=(1, 3))
    result = thalweg.einsum("ij,ij->i", thalweg.tensor(a), thalweg.tensor(b))
    np.testing.assert_allclose(result.numpy(), (a * b).sum(1), atol=1e-12)


def test_products():
    rng = np.random.default_rng(0)
    a, b, v, w = rng.normal(size=(2, 3)), rng.normal(size=(3, 4)), rng.normal(size=3), rng.normal(size=4)
    x, y, p, q = map(thalweg.tensor, (a, b, v, w))
    near = {"atol": 1e-12}
    np.testing.assert_allclose(x.mm(y).numpy(), a @ b, **near)
    np.testing.assert_allclose(x.mv(p).numpy(), a @ v, **near)
    np.testing.assert_allclose(p.dot(p).item(), v @ v, **near)
    np.testing.assert_allclose(p.outer(q).numpy(), np.outer(v, w), **near)
    np.testing.assert_allclose(y.T.inner(p).numpy(), np.inner(b.T, v), **near)
    np.testing.assert_allclose(thalweg.kron(x, p).numpy(), np.kron(a, v), **near)
    np.testing.assert_allclose(thalweg.tensordot(x, y, 1).numpy(), np.tensordot(a, b, 1), **near)
    np.testing.assert_allclose(q.addmm(x, y, beta=2, alpha=-1).numpy(), 2 * w - a @ b, **near)
    assert not np.isnan(
        thalweg.full((4,), float("nan"), dtype=thalweg.float64).addmm(x, y, beta=0).numpy()
    ).any()
    batch = rng.normal(size=(5, 2, 3))
    np.testing.assert_allclose(thalweg.tensor(batch).bmm(y.expand(5, 3, 4)).numpy(), batch @ b, **near)
    high = [rng.normal(size=(1, 2, 1, 2, 1)), rng.normal(size=(2, 1, 1, 1, 2))]
    np.testing.assert_allclose(thalweg.kron(*map(thalweg.tensor, high)).numpy(), np.kron(*high), **near)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8])
def test_integer_products(dtype):
    rng = np.random.default_rng(0)
    a, b = (rng.integers(0, 100, size=s).astype(dtype) for s in ((3, 4, 5), (5, 6)))
    same(thalweg.tensor(a).matmul(thalweg.tensor(b)), a @ b)
    same(thalweg.tensor(b).T.matmul(thalweg.tensor(b)), b.T @ b)


def test_second_derivatives_go_through():
    x = thalweg.tensor(np.random.default_rng(0).normal(size=(3, 3)), requires_grad=True)
    y = (thalweg.einsum("ij,jk->ik", x, x)[[0, 1, 1], [2, 0, 0]] ** 2).sum()
    (first,) = thalweg.autograd.grad([y], [x], create_graph=True)
    (second,) = thalweg.autograd.grad([(first**2).sum()], [x])
    assert np.isfinite(second.numpy()).all()
