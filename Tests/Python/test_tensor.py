"""Tensors: making, looking, indexing, printing."""

import copy

import numpy as np
import pytest
import thalweg


@pytest.mark.parametrize(
    ("data", "dtype", "shape"),
    [
        (1, "int64", ()),
        (1.5, "float32", ()),
        (True, "bool", ()),
        ([1, 2, 3], "int64", (3,)),
        ([1, 2.5], "float32", (2,)),
        ([True, 2], "int64", (2,)),
        ([[1.0, 2.0], [3.0, 4.0]], "float32", (2, 2)),
        ((), "float32", (0,)),
        ([[], []], "float32", (2, 0)),
        (range(4), "int64", (4,)),
        (np.float64(2.5), "float64", ()),
        (np.arange(6, dtype=np.int32).reshape(2, 3), "int32", (2, 3)),
        (np.zeros((2, 2), np.uint8), "uint8", (2, 2)),
        ([np.float32(1), 2.0], "float32", (2,)),
    ],
)
def test_tensor_of_data(data, dtype, shape):
    tensor = thalweg.tensor(data)
    assert tensor.dtype.name == dtype
    assert tensor.shape == shape
    np.testing.assert_array_equal(tensor.numpy(), np.array(data))


def test_tensor_copies():
    array = np.arange(3.0)
    tensor = thalweg.tensor(array)
    array[0] = 9
    assert tensor.tolist() == [0, 1, 2]
    other = thalweg.tensor(tensor)
    tensor.fill_(5)
    assert other.tolist() == [0, 1, 2]


def test_tensor_with_dtype():
    assert thalweg.tensor([1, 2], dtype=thalweg.float64).dtype is thalweg.float64
    assert thalweg.tensor(np.arange(3), dtype=thalweg.float32).dtype is thalweg.float32
    assert thalweg.tensor([0, 2], dtype=thalweg.bool).tolist() == [False, True]
    assert thalweg.tensor([1.9, -1.9], dtype=thalweg.int32).tolist() == [1, -1]
    assert thalweg.tensor(2**62 + 1).item() == 2**62 + 1


@pytest.mark.parametrize("data", [[[1, 2], [3]], [1, [2]], [[1], 2], "text", ["text"], [None], object()])
def test_tensor_of_nonsense(data):
    with pytest.raises((TypeError, ValueError)):
        thalweg.tensor(data)


def test_factories():
    assert thalweg.zeros(2, 3).tolist() == [[0] * 3] * 2
    assert thalweg.ones((2,), dtype=thalweg.int64).tolist() == [1, 1]
    assert thalweg.zeros([2, 0]).shape == (2, 0)
    assert thalweg.zeros().shape == ()
    assert thalweg.empty(4).shape == (4,)
    assert thalweg.full((2,), 1.5).tolist() == [1.5, 1.5]
    assert thalweg.full((2,), 3).dtype is thalweg.int64
    assert thalweg.arange(3).tolist() == [0, 1, 2]
    assert thalweg.arange(1, 2, 0.5).tolist() == [1, 1.5]
    assert thalweg.zeros_like(thalweg.arange(2)).dtype is thalweg.int64
    assert thalweg.ones(2, requires_grad=True).requires_grad
    assert sorted(thalweg.randperm(10).tolist()) == list(range(10))


def test_random_numbers_follow_the_seed():
    thalweg.manual_seed(3)
    first = thalweg.randn(5).tolist(), thalweg.rand(5).tolist()
    thalweg.manual_seed(3)
    assert (thalweg.randn(5).tolist(), thalweg.rand(5).tolist()) == first
    generator = thalweg.generator(1)
    mine = thalweg.rand(3, generator=generator).tolist()
    assert mine == thalweg.rand(3, generator=thalweg.generator(1)).tolist()
    assert mine != thalweg.rand(3, generator=generator).tolist()


def test_properties():
    tensor = thalweg.zeros(2, 3, 4)
    assert tensor.size() == (2, 3, 4) == tensor.shape
    assert (tensor.size(1), tensor.size(-1), tensor.ndim, tensor.dim()) == (3, 4, 3, 3)
    assert (tensor.numel(), tensor.nbytes, tensor.stride(), len(tensor)) == (24, 96, (12, 4, 1), 2)
    assert tensor.is_contiguous() is True
    assert tensor.T.shape == (4, 3, 2)
    assert tensor.T.is_contiguous() is False
    assert tensor.transpose(0, 1).shape == (3, 2, 4)
    assert tensor.permute(2, 0, 1).shape == tensor.permute((2, 0, 1)).shape == (4, 2, 3)
    assert tensor.view(-1).shape == tensor.reshape((24,)).shape == tensor.flatten().shape == (24,)
    assert tensor.reshape(shape=(6, 4)).shape == (6, 4)
    assert tensor.flatten(1).shape == (2, 12)
    assert tensor.unsqueeze(0).shape == (1, 2, 3, 4)
    assert tensor.unsqueeze(0).squeeze().shape == tensor.unsqueeze(0).squeeze(0).shape == (2, 3, 4)
    assert thalweg.zeros(1, 3).expand(2, 3).shape == (2, 3)


def test_conversions():
    tensor = thalweg.tensor([1.5, -2.5])
    assert tensor.to(thalweg.float32) is tensor
    assert tensor.double().dtype is thalweg.float64
    assert tensor.long().tolist() == [1, -2]
    assert tensor.to(thalweg.tensor([1])).dtype is thalweg.int64
    assert tensor.bool().tolist() == [True, True]
    assert (float(thalweg.tensor(2.5)), int(thalweg.tensor(2.5)), bool(thalweg.tensor(0))) == (2.5, 2, False)
    assert [10, 20, 30][thalweg.tensor(1)] == 20
    assert f"{thalweg.tensor(1.25):.1f}" == "1.2"


def test_numbers_of_several_elements():
    with pytest.raises(ValueError):
        thalweg.zeros(2).item()
    with pytest.raises(ValueError, match="ambiguous"):
        bool(thalweg.zeros(2))
    with pytest.raises(TypeError):
        len(thalweg.tensor(1))
    with pytest.raises(TypeError):
        iter(thalweg.tensor(1))


KEYS = [
    0,
    -1,
    slice(None),
    slice(1, None),
    slice(None, None, 2),
    slice(-2, -1),
    slice(5, 2),
    (1, 2),
    (slice(None), 1),
    (Ellipsis, 0),
    (0, Ellipsis),
    (slice(1, 3), slice(0, 4, 2), -1),
    (None, 1),
    (slice(None), None, 0),
    (Ellipsis, None),
    (),
    Ellipsis,
    None,
    np.int64(1),
    [2, 0, 1],
    (0, 0, 0),
]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_indexing(key):
    array = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
    np.testing.assert_array_equal(thalweg.tensor(array)[key].numpy(), array[key])


def test_indexing_with_a_tensor():
    array = np.arange(12.0).reshape(4, 3)
    index = thalweg.tensor([3, 0, 0])
    np.testing.assert_array_equal(thalweg.tensor(array)[index].numpy(), array[[3, 0, 0]])


@pytest.mark.parametrize("key", [3, -4, (0, 0, 0, 0), "a", 1.5, (Ellipsis, Ellipsis)])
def test_indexing_with_nonsense(key):
    with pytest.raises((IndexError, ValueError, TypeError)):
        thalweg.zeros(3, 4, 5)[key]


def test_setting_elements():
    array = np.zeros((3, 4), np.float32)
    tensor = thalweg.zeros(3, 4)
    for key, value in [(0, 1), ((slice(None), 1), [5.0, 6.0, 7.0]), ((2, 3), 9), (slice(1, 3, 1), 2.5)]:
        array[key] = value
        tensor[key] = value
    np.testing.assert_array_equal(tensor.numpy(), array)


def test_iteration():
    assert [row.tolist() for row in thalweg.tensor([[1, 2], [3, 4]])] == [[1, 2], [3, 4]]
    assert 3 in thalweg.tensor([1, 3])


def test_equality_is_elementwise_and_hash_is_identity():
    a, b = thalweg.ones(2), thalweg.ones(2)
    assert (a == b).tolist() == [True, True]
    assert (a != b).tolist() == [False, False]
    assert len({a, b, a}) == 2
    assert (a == None) is False  # noqa: E711
    assert (a == "text") is False


@pytest.mark.parametrize(
    ("tensor", "text"),
    [
        (lambda: thalweg.tensor(1.5), "tensor(1.5000)"),
        (lambda: thalweg.tensor(2.0), "tensor(2.)"),
        (lambda: thalweg.tensor([1, 20]), "tensor([ 1, 20])"),
        (lambda: thalweg.tensor([True, False]), "tensor([ True, False])"),
        (
            lambda: thalweg.tensor([[1.0, 2.5], [3.0, 4.0]]),
            "tensor([[1.0000, 2.5000],\n        [3.0000, 4.0000]])",
        ),
        (lambda: thalweg.zeros(2, 1, 2), "tensor([[[0., 0.]],\n\n        [[0., 0.]]])"),
        (lambda: thalweg.tensor([1e-6, 1.0]), "tensor([1.0000e-06, 1.0000e+00])"),
        (lambda: thalweg.tensor([1.0, float("nan"), float("-inf")]), "tensor([1., nan, -inf])"),
        (lambda: thalweg.ones(2, dtype=thalweg.float64), "tensor([1., 1.], dtype=thalweg.float64)"),
        (lambda: thalweg.ones(1, requires_grad=True), "tensor([1.], requires_grad=True)"),
        (lambda: thalweg.zeros(0), "tensor([])"),
        (lambda: thalweg.zeros(2, 0), "tensor([], size=(2, 0))"),
        (lambda: thalweg.arange(2000), "tensor([   0,    1,    2, ..., 1997, 1998, 1999])"),
        (
            lambda: thalweg.nn.Parameter(thalweg.zeros(1)),
            "Parameter containing:\ntensor([0.], requires_grad=True)",
        ),
    ],
)
def test_text(tensor, text):
    text_without_padding = text.replace("1., nan, -inf", "  1.,  nan, -inf")
    assert repr(tensor()) in (text, text_without_padding)


def test_copies():
    tensor = thalweg.tensor([1.0, 2.0], requires_grad=True)
    other = copy.deepcopy({"a": tensor})["a"]
    assert other.requires_grad
    assert other.tolist() == tensor.tolist()
    assert other.data_ptr() != tensor.data_ptr()
    with pytest.raises(thalweg.AutogradError):
        copy.deepcopy(tensor * 2)
    assert copy.deepcopy(thalweg.float32) is thalweg.float32


def test_dtypes():
    assert repr(thalweg.float32) == "thalweg.float32"
    assert (thalweg.int64.itemsize, thalweg.int64.is_floating_point) == (8, False)
    with pytest.raises(TypeError):
        type(thalweg.float32)()


def test_version_and_settings():
    assert thalweg.__version__.count(".") == 2
    assert thalweg.instruction_set() in ("baseline", "v3", "v4")
    count = thalweg.get_num_threads()
    thalweg.set_num_threads(1)
    assert thalweg.get_num_threads() == 1
    thalweg.set_num_threads(count)
    assert thalweg.get_memory_stats()["allocations"] > 0


def test_spaced_and_random_factories():
    np.testing.assert_allclose(thalweg.linspace(-1, 2, 7).numpy(), np.linspace(-1, 2, 7), rtol=1e-6)
    assert thalweg.linspace(0, 1, 11, dtype=thalweg.float64)[-1].item() == 1
    assert thalweg.linspace(3, 5, 1).tolist() == [3]
    assert thalweg.linspace(3, 5, 0).shape == (0,)
    np.testing.assert_allclose(thalweg.logspace(-1, 2, 4).numpy(), [0.1, 1, 10, 100], rtol=1e-6)
    np.testing.assert_array_equal(thalweg.eye(2, 3).numpy(), np.eye(2, 3))
    with pytest.raises(ValueError, match="steps -1"):
        thalweg.linspace(0, 1, -1)
    thalweg.manual_seed(1)
    whole = thalweg.randint(-2, 3, (10000,))
    assert whole.dtype is thalweg.int64
    # Five values of probability 1/5: the deviation of a count is 40.
    assert all(abs(int((whole == value).sum()) - 2000) < 200 for value in range(-2, 3))
    assert set(thalweg.randint(2, (50,)).tolist()) == {0, 1}
    with pytest.raises(ValueError, match="low must be less"):
        thalweg.randint(3, 3, (2,))
    coins = thalweg.bernoulli(thalweg.tensor([0.0, 1.0, 0.25]).expand(10000, 3))
    assert coins[:, 0].sum() == 0 and coins[:, 1].sum() == 10000
    assert abs(int(coins[:, 2].sum()) - 2500) < 200  # deviation 43
    with pytest.raises(ValueError, match="from 0 to 1"):
        thalweg.bernoulli(thalweg.tensor([0.5, float("nan")]))
    drawn = thalweg.normal(thalweg.tensor([1.0, 100.0]).expand(5000, 2), thalweg.tensor([0.1, 2.0]))
    np.testing.assert_allclose(drawn.mean(0).numpy(), [1, 100], rtol=2e-2)
    np.testing.assert_allclose(drawn.std(0).numpy(), [0.1, 2], rtol=5e-2)


def test_methods_in_place():
    x = thalweg.tensor([1.0, -2.0, 3.0])
    same = x.add_(1).mul_(thalweg.tensor([2.0, 3.0, 4.0])).clamp_(min=0)
    assert same is x
    assert x.tolist() == [4, 0, 16]
    assert x.sqrt_().tolist() == [2, 0, 4]
    thalweg.manual_seed(0)
    assert abs(thalweg.zeros(10000).normal_(3, 0.5).mean().item() - 3) < 0.03
    drawn = thalweg.zeros(1000).uniform_(2, 4)
    assert drawn.min() >= 2 and drawn.max() < 4
    parameter = thalweg.ones(2, requires_grad=True)
    with pytest.raises(thalweg.AutogradError):
        parameter.add_(1)
    with thalweg.no_grad():
        parameter.add_(1)
    assert parameter.tolist() == [2, 2]
