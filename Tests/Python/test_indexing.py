"""Indexing: tensor[key] against NumPy on many random keys, and the functions that gather, scatter and mask."""

import numpy as np
import pytest
import thalweg
from helpers import check_gradients
from thalweg.nn import functional

RNG_KEYS = 400


def random_key(rng, shape):
    """A key for an array of `shape`, and the same for a tensor: ints, slices, None, ..., masks and index arrays."""
    dims = list(shape)
    count = int(rng.integers(1, len(dims) + 1))
    common = tuple(rng.integers(1, 4, size=rng.integers(1, 3)))
    ours, theirs, dim = [], [], 0
    has_ints = has_arrays = False
    while dim < count:
        kind = rng.choice(
            ["int", "slice", "none", "array", "list", "mask"], p=[0.12, 0.3, 0.13, 0.2, 0.1, 0.15]
        )
        size = dims[dim]
        if kind == "none":
            part = None
            ours.append(part)
            theirs.append(part)
            if len(ours) - dim > 2:
                dim += 1  # not too many of them
                ours.append(slice(None))
                theirs.append(slice(None))
            continue
        if kind == "int" and not has_arrays and size > 0:
            part = int(rng.integers(-size, size))
            has_ints = True
        elif kind in ("array", "list") and not has_ints and size > 0:
            array = rng.integers(-size, size, size=[n if rng.random() < 0.7 else 1 for n in common])
            part = array.tolist() if kind == "list" else array
            has_arrays = True
        elif kind == "mask" and not has_ints and not has_arrays and dim + 1 < count:
            part = rng.random((dims[dim], dims[dim + 1])) < 0.5
            has_arrays = has_ints = True  # nothing else would broadcast with it
            dim += 1
        else:
            bounds = rng.integers(-size - 2, size + 3, size=2)
            part = slice(*(None if rng.random() < 0.3 else int(b) for b in bounds), int(rng.integers(1, 4)))
        ours.append(thalweg.tensor(part) if isinstance(part, np.ndarray) and rng.random() < 0.7 else part)
        theirs.append(part)
        dim += 1
    if rng.random() < 0.25:
        place = 0 if dim == len(dims) and rng.random() < 0.5 else len(ours)
        ours.insert(place, Ellipsis)
        theirs.insert(place, Ellipsis)
    return tuple(ours), tuple(theirs)


def samples(seed, dtype=np.float64):
    rng = np.random.default_rng(seed)
    for number in range(RNG_KEYS):
        shape = tuple(int(n) for n in rng.integers(0 if number % 9 == 0 else 1, 5, size=rng.integers(1, 5)))
        array = (rng.normal(size=shape) * 10).astype(dtype)
        tensor = thalweg.tensor(array)
        if number % 3 == 0:
            order = rng.permutation(len(shape))
            array, tensor = array.transpose(order), tensor.permute([int(i) for i in order])
        ours, theirs = random_key(rng, array.shape)
        yield rng, array, tensor, ours, theirs


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.uint8, np.bool_])
def test_reading_like_numpy(dtype):
    for _, array, tensor, ours, theirs in samples(1, dtype):
        expected = array[theirs]
        result = tensor[ours]
        assert result.shape == expected.shape, (array.shape, theirs)
        np.testing.assert_array_equal(result.numpy(), expected, err_msg=str((array.shape, theirs)))


def test_writing_like_numpy():
    for rng, array, tensor, ours, theirs in samples(2):
        array = array.copy()
        place = array[theirs]
        value = rng.normal(size=place.shape)
        if rng.random() < 0.3:
            value = float(value.sum())
        elif place.ndim and rng.random() < 0.3:
            value = value[:1] if place.shape[0] else value
        array[theirs] = value
        tensor[ours] = value if rng.random() < 0.5 else thalweg.tensor(value, dtype=thalweg.float64)
        np.testing.assert_array_equal(tensor.numpy(), array, err_msg=str((array.shape, theirs)))


def test_gradients_of_indexing():
    for number, (rng, array, _, ours, theirs) in enumerate(samples(3)):
        if number % 10:
            continue
        tensor = thalweg.tensor(np.ascontiguousarray(array), requires_grad=True)
        result = tensor[ours]
        weights = rng.normal(size=result.shape)
        (result * thalweg.tensor(weights)).sum().backward()
        expected = np.zeros(array.shape)
        np.add.at(expected, theirs, weights)
        np.testing.assert_allclose(tensor.grad.numpy(), expected, atol=1e-12, err_msg=str(theirs))


def test_masks_and_bools():
    array = np.arange(12.0).reshape(3, 4)
    tensor = thalweg.tensor(array)
    np.testing.assert_array_equal(tensor[tensor > 5].numpy(), array[array > 5])
    np.testing.assert_array_equal(tensor[array > 5].numpy(), array[array > 5])
    np.testing.assert_array_equal(tensor[[True, False, True]].numpy(), array[[True, False, True]])
    assert tensor[True].shape == (1, 3, 4)
    assert tensor[False].shape == (0, 3, 4)
    assert tensor[thalweg.tensor(True), 1].shape == (1, 4)
    assert tensor[thalweg.tensor(2)].tolist() == array[2].tolist()
    assert tensor[thalweg.tensor([2])].shape == (1, 4)
    assert tensor[[]].shape == (0, 4)
    tensor[tensor > 5] = 0
    tensor[tensor == 0] += 1
    array[array > 5] = 0
    array[array == 0] += 1
    np.testing.assert_array_equal(tensor.numpy(), array)


def test_ints_beside_arrays_are_views_as_in_pytorch():
    # NumPy counts an int beside an array as an index array, so that the two are apart here: [2, 4] there.
    assert thalweg.zeros(3, 4, 5)[0, :, [0, 1]].shape == (4, 2)


def test_assignment_converts_broadcasts_and_trims():
    tensor = thalweg.zeros(2, 3, dtype=thalweg.int64)
    tensor[0] = thalweg.tensor([[[1.0, 2.0, 3.0]]])
    tensor[[1, 1], [0, 2]] = thalweg.tensor([[5.0, 6.0]])
    assert tensor.tolist() == [[1, 2, 3], [5, 0, 6]]
    tensor[1] = tensor[0]
    tensor[:, 1:] = tensor[:, :2].clone()
    assert tensor.tolist() == [[1, 1, 2], [1, 1, 2]]
    overlapping = thalweg.arange(5)
    overlapping[[1, 2, 3, 4]] = overlapping[:4]
    assert overlapping.tolist() == [0, 0, 1, 2, 3]


@pytest.mark.parametrize(
    "key",
    [
        [3],
        [-4],
        ([0], [5]),
        ([0, 1], [0, 1, 2]),
        [[True, False]],
        (0, 0, 0),
        (slice(None), slice(None), [0]),
        "text",
        1.5,
        [1.5],
        ([0], "text"),
        (..., ...),
        np.zeros((3, 5), bool),
        object(),
    ],
    ids=str,
)
def test_keys_that_make_no_sense(key):
    tensor = thalweg.zeros(3, 4)
    with pytest.raises((IndexError, ValueError, TypeError)):
        tensor[key]
    with pytest.raises((IndexError, ValueError, TypeError)):
        tensor[key] = 1
    assert tensor.sum() == 0


def test_assignments_that_make_no_sense():
    tensor = thalweg.zeros(3, 4)
    for key, value in [
        (0, [1.0, 2.0]),
        ([0, 1], [1.0, 2.0, 3.0]),
        (slice(0, 2), thalweg.ones(3, 4)),
        (0, "text"),
    ]:
        with pytest.raises((ValueError, TypeError)):
            tensor[key] = value
    with pytest.raises(TypeError):
        del tensor[0]
    with pytest.raises(thalweg.AutogradError, match="no_grad"):
        thalweg.zeros(2, requires_grad=True)[[0]] = 1
    with pytest.raises(thalweg.AutogradError):
        tensor[[0]] = thalweg.ones(4, requires_grad=True)
    with pytest.raises(IndexError, match="expanded"):
        thalweg.zeros(1, 3).expand(2, 3)[[0]] = 1
    with pytest.raises(IndexError, match="range"):
        tensor[[7]]


def test_a_change_in_place_is_noticed():
    x = thalweg.ones(3, requires_grad=True)
    y = x * 2
    z = y * y
    y.detach()[[0]] = 5
    with pytest.raises(thalweg.AutogradError, match="index_put"):
        z.sum().backward()


def test_gradients_do_not_see_changed_indices():
    index = np.array([0, 2])
    x = thalweg.ones(3, requires_grad=True)
    y = x[thalweg.from_numpy(index)]
    index[:] = 99
    y.sum().backward()
    assert x.grad.tolist() == [1, 0, 1]


# -- Functions ------------------------------------------------------------------------------------------------


def test_gather_and_scatter():
    rng = np.random.default_rng(0)
    for _ in range(60):
        rank = int(rng.integers(1, 4))
        dim = int(rng.integers(-rank, rank))
        shape = rng.integers(1, 5, size=rank)
        small = np.array([rng.integers(0, n + 1) for n in shape])
        small[dim] = rng.integers(0, 6)
        index = rng.integers(0, shape[dim], size=small)
        array = rng.normal(size=shape)
        region = tuple(slice(0, n) for n in small)
        tensor, place = thalweg.tensor(array), thalweg.tensor(index)
        window = list(region)
        window[dim] = slice(None)
        expected = np.take_along_axis(array[tuple(window)], index, dim) if index.size else np.empty(small)
        np.testing.assert_array_equal(thalweg.gather(tensor, dim, place).numpy(), expected)
        source = rng.normal(size=small + 1)
        summed, replaced = array.copy(), array.copy()
        for at in np.ndindex(*small):
            target = list(at)
            target[dim] = index[at]
            summed[tuple(target)] += source[at]
            replaced[tuple(target)] = source[at]
        source = thalweg.tensor(source)
        np.testing.assert_allclose(tensor.scatter_add(dim, place, source).numpy(), summed, atol=1e-12)
        np.testing.assert_array_equal(tensor.scatter(dim, place, source).numpy(), replaced)
        added = tensor.scatter(dim, place, source, reduce="add")
        np.testing.assert_allclose(added.numpy(), summed, atol=1e-12)


def test_duplicates_add_up_alike_for_any_number_of_threads():
    rng = np.random.default_rng(5)
    weight = thalweg.tensor(rng.normal(size=(50, 96)).astype(np.float32), requires_grad=True)
    index = thalweg.tensor(rng.integers(0, 50, size=4000))
    seed = thalweg.tensor(rng.normal(size=(4000, 96)).astype(np.float32))
    before = thalweg.get_num_threads()
    results = []
    try:
        for threads in (1, 2, 3):
            thalweg.set_num_threads(threads)
            weight.grad = None
            functional.embedding(index, weight).backward(seed)
            results.append(weight.grad.numpy().tobytes())
    finally:
        thalweg.set_num_threads(before)
    assert len(set(results)) == 1


def test_index_functions():
    array = np.arange(12.0).reshape(3, 4)
    tensor, index = thalweg.tensor(array), thalweg.tensor([2, 0])
    np.testing.assert_array_equal(tensor.index_select(1, index).numpy(), array[:, [2, 0]])
    expected = array.copy()
    expected[:, [2, 0]] += 2 * array[:, :2]
    np.testing.assert_array_equal(tensor.index_add(1, index, tensor[:, :2], alpha=2).numpy(), expected)
    expected[:, [2, 0]] = array[:, :2]
    expected[:, [1, 3]] = array[:, [1, 3]]
    np.testing.assert_array_equal(tensor.index_copy(1, index, tensor[:, :2]).numpy(), expected)
    expected = array.copy()
    expected[[2, 0]] = -1
    np.testing.assert_array_equal(tensor.index_fill(0, thalweg.tensor([-1, 0]), -1).numpy(), expected)
    np.testing.assert_array_equal(
        tensor.take(thalweg.tensor([[0, -1], [5, 5]])).numpy(), array.take([[0, -1], [5, 5]])
    )
    order = array.argsort(axis=0)[::-1].copy()
    np.testing.assert_array_equal(
        thalweg.take_along_dim(tensor, thalweg.tensor(order), 0).numpy(), np.take_along_axis(array, order, 0)
    )
    twice = thalweg.index_put(tensor, [thalweg.tensor([0, 0])], thalweg.tensor(1.0).double(), accumulate=True)
    assert (twice - tensor)[0].tolist() == [2] * 4
    tensor.index_put_((index,), thalweg.tensor([0.0] * 4))
    assert tensor.sum(1).tolist() == [0, 22, 0]


def test_masks():
    array = np.arange(6.0).reshape(2, 3)
    tensor, mask = thalweg.tensor(array), thalweg.tensor([True, False, True])
    np.testing.assert_array_equal(
        tensor.masked_fill(mask, -1).numpy(), np.where([True, False, True], -1, array)
    )
    np.testing.assert_array_equal(tensor.masked_select(mask).numpy(), array[:, [0, 2]].ravel())
    scattered = tensor.masked_scatter(mask, thalweg.tensor([9.0, 8, 7, 6, 5]).double())
    assert scattered.tolist() == [[9, 1, 8], [7, 4, 6]]
    assert tensor.masked_fill_(mask, 0.5).tolist() == [[0.5, 1, 0.5], [0.5, 4, 0.5]]
    assert thalweg.arange(3).masked_fill(mask, 7).tolist() == [7, 1, 7]
    with pytest.raises(TypeError):
        thalweg.arange(3).masked_fill(mask, 0.5)
    with pytest.raises(TypeError, match="bool"):
        tensor.masked_select(thalweg.arange(3))


def test_nonzero_and_where():
    array = np.array([[0, 2, 0], [3, 0, -1]])
    tensor = thalweg.tensor(array)
    np.testing.assert_array_equal(tensor.nonzero().numpy(), np.argwhere(array))
    np.testing.assert_array_equal(thalweg.argwhere(tensor).numpy(), np.argwhere(array))
    for ours, theirs in zip(thalweg.where(tensor), np.nonzero(array), strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs)
    assert thalweg.tensor(3).nonzero().shape == (1, 0)
    assert thalweg.zeros(0, 4).nonzero().shape == (0, 2)
    assert thalweg.where(tensor > 0, tensor, -5).tolist() == [[-5, 2, -5], [3, -5, -5]]
    assert thalweg.where(tensor > 0, 1.0, 0.0).dtype is thalweg.float32
    assert tensor.where(tensor > 0, 0).tolist() == [[0, 2, 0], [3, 0, 0]]


def test_embedding():
    rng = np.random.default_rng(0)
    table, index = rng.normal(size=(5, 3)), np.array([[1, 1], [4, 0]])
    weight = thalweg.tensor(table, requires_grad=True)
    rows = functional.embedding(thalweg.tensor(index), weight)
    np.testing.assert_array_equal(rows.detach().numpy(), table[index])
    seed = rng.normal(size=(2, 2, 3))
    expected = np.zeros((5, 3))
    np.add.at(expected, index, seed)

    def gradient(**options):
        weight.grad = None
        functional.embedding(thalweg.tensor(index), weight, **options).backward(thalweg.tensor(seed))
        return weight.grad.numpy()

    np.testing.assert_allclose(gradient(), expected, atol=1e-12)
    np.testing.assert_allclose(gradient(padding_idx=-1)[:4], expected[:4], atol=1e-12)
    assert not gradient(padding_idx=-1)[4].any()
    np.testing.assert_allclose(gradient(scale_grad_by_freq=True)[1], expected[1] / 2, atol=1e-12)
    functional.embedding(thalweg.tensor([2, 2]), weight, max_norm=0.5)
    norms = np.linalg.norm(weight.detach().numpy(), axis=1)
    assert abs(norms[2] - 0.5) < 1e-6
    np.testing.assert_array_equal(weight.detach().numpy()[[0, 1, 3, 4]], table[[0, 1, 3, 4]])
    for bad in ([5], [-1], [0.5]):
        with pytest.raises((ValueError, TypeError)):
            functional.embedding(thalweg.tensor(bad), weight)


def test_one_hot():
    assert functional.one_hot(thalweg.tensor([[0, 2]])).tolist() == [[[1, 0, 0], [0, 0, 1]]]
    assert functional.one_hot(thalweg.tensor(1), 4).tolist() == [0, 1, 0, 0]
    assert functional.one_hot(thalweg.zeros(0, dtype=thalweg.int64), 2).shape == (0, 2)
    for bad, classes in ((thalweg.tensor([3]), 3), (thalweg.tensor([-1]), -1), (thalweg.tensor([1.0]), 2)):
        with pytest.raises((ValueError, TypeError)):
            functional.one_hot(bad, classes)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.gather(0, thalweg.tensor([[9]])),
        lambda x: x.gather(0, thalweg.tensor([0])),
        lambda x: x.gather(0, thalweg.zeros(1, 9, dtype=thalweg.int64)),
        lambda x: x.gather(0, thalweg.tensor([[0.0]])),
        lambda x: x.scatter(0, thalweg.tensor([[0, 1]]), thalweg.ones(1, 1)),
        lambda x: x.scatter(0, thalweg.tensor([[0]]), thalweg.ones(1, 1, dtype=thalweg.float64)),
        lambda x: x.scatter(0, thalweg.tensor([[0]]), 1.0, reduce="mean"),
        lambda x: x.scatter_add(2, thalweg.tensor([[0]]), x),
        lambda x: x.index_add(0, thalweg.tensor([0]), x),
        lambda x: x.index_select(0, thalweg.tensor([[0]])),
        lambda x: x.index_select(0, thalweg.tensor([-1])),
        lambda x: x.index_fill(0, thalweg.tensor([0]), x),
        lambda x: x.take(thalweg.tensor([-7])),
        lambda x: x.masked_scatter(x == 0, thalweg.ones(2)),
        lambda x: thalweg.index_put(x, [thalweg.tensor([0])], thalweg.ones(9)),
        lambda x: thalweg.take_along_dim(x, thalweg.tensor([0]), 0),
    ],
)
def test_wrong_arguments(call):
    with pytest.raises((ValueError, TypeError, IndexError)):
        call(thalweg.zeros(2, 3))


def test_gradients_of_functions():
    rng = np.random.default_rng(3)
    array, source = rng.normal(size=(3, 4)), rng.normal(size=(3, 2))
    index = thalweg.tensor([[0, 3], [1, 1], [2, 0]])
    check_gradients(lambda x: x.gather(1, index), array)
    check_gradients(lambda x, s: x.scatter_add(1, index, s), array, source)
    check_gradients(lambda x, s: x.index_add(1, thalweg.tensor([3, 3]), s, alpha=3), array, source)
    check_gradients(lambda x: functional.embedding(index, x), rng.normal(size=(4, 2)))
    check_gradients(lambda x: x[:, [0, 0, 2]][[1, -1]], array)
