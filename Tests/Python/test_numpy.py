"""NumPy, DLPack and buffers: who shares memory with whom, and for how long."""

import gc
import io
import weakref

import numpy as np
import pytest
import thalweg

DTYPES = [np.float32, np.float64, np.int64, np.int32, np.uint8, np.bool_]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,), (2, 0, 3), (1, 2, 1, 2)])
def test_round_trip(dtype, shape):
    array = np.asarray(np.arange(np.prod(shape)).reshape(shape) % 2, dtype)
    for tensor in (thalweg.from_numpy(array), thalweg.tensor(array), thalweg.from_dlpack(array)):
        back = tensor.numpy()
        assert (back.dtype, back.shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(back, array)
        np.testing.assert_array_equal(np.from_dlpack(tensor), array)
        np.testing.assert_array_equal(np.asarray(tensor), array)


def test_memory_is_shared_both_ways():
    array = np.zeros(4, np.float32)
    tensor = thalweg.from_numpy(array)
    array[1] = 5
    tensor[2] = 7
    assert tensor.tolist() == [0, 5, 7, 0] == array.tolist()
    back = tensor.numpy()
    back[0] = 9
    assert array[0] == 9
    assert back.flags.writeable
    other = thalweg.from_dlpack(tensor)
    other.fill_(1)
    assert array.tolist() == [1] * 4


def test_views_are_shared():
    array = np.arange(24.0).reshape(4, 6)
    for view in (array.T, array[1:, ::2], array[::2], np.broadcast_to(array[0], (3, 6)).copy()):
        tensor = thalweg.from_numpy(view)
        np.testing.assert_array_equal(tensor.numpy(), view)
        assert tensor.numpy().strides == view.strides
    np.testing.assert_array_equal(thalweg.from_numpy(array).T.numpy(), array.T)
    assert np.shares_memory(thalweg.from_numpy(array)[1:, ::2].numpy(), array)


def test_what_cannot_be_shared_is_copied():
    array = np.arange(6.0)
    frozen = array.copy()
    frozen.flags.writeable = False
    packed = np.zeros(3, dtype=[("a", "u1"), ("b", "<f4")])["b"]
    for source in (array[::-1], frozen, packed):
        tensor = thalweg.from_numpy(source)
        np.testing.assert_array_equal(tensor.numpy(), source)
        tensor.fill_(3)
        assert not np.any(np.asarray(source) == -1)
    assert frozen.tolist() == array.tolist() == list(range(6))


@pytest.mark.parametrize(
    "array", [np.zeros(2, np.float16), np.zeros(2, np.complex64), np.zeros(2, ">f4"), np.array(["a"])]
)
def test_dtypes_without_a_counterpart(array):
    with pytest.raises(TypeError):
        thalweg.from_numpy(array)
    with pytest.raises(TypeError):
        thalweg.tensor(array)


def test_lifetimes():
    array = np.arange(1000.0)
    alive = weakref.ref(array)
    tensor = thalweg.from_numpy(array)
    del array
    gc.collect()
    assert alive() is not None
    view = tensor[10:20]
    del tensor
    gc.collect()
    assert view.tolist() == list(range(10, 20))
    back = view.numpy()
    del view
    gc.collect()
    assert alive() is not None
    assert back[0] == 10
    del back
    gc.collect()
    assert alive() is None


def test_lifetimes_with_dlpack():
    array = np.arange(10.0)
    alive = weakref.ref(array)
    tensor = thalweg.from_dlpack(array)
    del array
    assert tensor.tolist() == list(range(10))
    back = np.from_dlpack(tensor)
    del tensor
    assert back[3] == 3
    del back
    gc.collect()
    assert alive() is None
    tensor = thalweg.ones(3)
    capsule = tensor.__dlpack__()
    del tensor
    del capsule  # nobody took it: its deleter runs
    capsule = thalweg.ones(3).__dlpack__()
    assert thalweg.from_dlpack(capsule).tolist() == [1] * 3
    with pytest.raises(ValueError):
        thalweg.from_dlpack(capsule)


def test_arrays_from_results():
    result = thalweg.ones(3) + 1
    array = result.numpy()
    del result
    gc.collect()
    thalweg.zeros(3)
    assert array.tolist() == [2] * 3


def test_tensors_that_require_grad_are_refused():
    tensor = thalweg.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="detach"):
        tensor.numpy()
    with pytest.raises(RuntimeError, match="detach"):
        np.asarray(tensor)
    with pytest.raises(BufferError):
        memoryview(tensor)
    with pytest.raises(BufferError):
        np.from_dlpack(tensor)
    assert tensor.detach().numpy().tolist() == [1, 1]


def test_array_protocol():
    tensor = thalweg.tensor([1.0, 2.0])
    assert np.asarray(tensor, dtype=np.float64).dtype == np.float64
    copied = np.array(tensor)
    copied[0] = 9
    assert tensor.tolist() == [1, 2]
    assert np.exp(tensor).dtype == np.float32
    assert tensor.__dlpack_device__() == (1, 0)


def test_buffers():
    view = memoryview(thalweg.tensor([[1, 2], [3, 4]]))
    assert (view.format, view.shape, view.itemsize, view.readonly) == ("l", (2, 2), 8, False)
    assert view.tolist() == [[1, 2], [3, 4]]
    assert bytes(thalweg.tensor([1, 2], dtype=thalweg.uint8)) == b"\x01\x02"
    assert memoryview(thalweg.zeros(2, 3).T).strides == (4, 12)
    with pytest.raises((BufferError, TypeError)):
        io.BytesIO().write(thalweg.zeros(2, 3).T)


def test_torch():
    torch = pytest.importorskip("torch")
    source = torch.arange(6, dtype=torch.float32).reshape(2, 3).T
    tensor = thalweg.from_dlpack(source)
    tensor.fill_(4)
    assert source.sum().item() == 24
    back = torch.from_dlpack(thalweg.ones(2, 2))
    assert back.sum().item() == 4
