"""The extension as a guest of its process: errors, threads, forks, leaks, files."""

import gc
import inspect
import multiprocessing
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import thalweg
from thalweg import _C, nn

# -- Errors ----------------------------------------------------------------------------------------------------


def test_exceptions():
    a, b = thalweg.ones(2, 3), thalweg.ones(4, 5)
    with pytest.raises(thalweg.ShapeError, match=r"\[2, 3\].*\[4, 5\]") as caught:
        a @ b
    assert isinstance(caught.value, (thalweg.Error, ValueError, RuntimeError))
    assert issubclass(thalweg.DTypeError, TypeError)
    assert issubclass(thalweg.OutOfMemoryError, MemoryError)
    assert issubclass(thalweg.FileError, OSError)
    with pytest.raises(MemoryError):
        thalweg.zeros(2**40, 2**20)
    with pytest.raises(ValueError):
        thalweg.zeros(-1)
    with pytest.raises(TypeError):
        thalweg.log(thalweg.tensor([1, 2])).long().mean()


CALLS = [
    (lambda: thalweg.add(thalweg.ones(1)), r"add\(\) missing required argument 'other'"),
    (lambda: thalweg.add(thalweg.ones(1), 1, 2), r"add\(\) takes at most 2"),
    (lambda: thalweg.add(thalweg.ones(1), "a"), r"add\(\): argument 'other' must be Tensor, not str"),
    (lambda: thalweg.add(1, 2), r"argument 'input' must be Tensor, not int"),
    (lambda: thalweg.sum(thalweg.ones(1), dims=1), r"sum\(\) got an unexpected keyword argument 'dims'"),
    (lambda: thalweg.ones(1).sum(0, dim=0), r"sum\(\) got multiple values for argument 'dim'"),
    (lambda: thalweg.ones(1).sum("a"), "integer"),
    (lambda: thalweg.ones(1).sum(1.5), r"argument 'dim' must be an int"),
    (lambda: thalweg.ones(1).reshape(1, 2.5), None),
    (lambda: thalweg.zeros("a"), None),
    (lambda: thalweg.zeros(2, dtype="float32"), r"argument 'dtype' must be thalweg.dtype"),
    (lambda: thalweg.cat(thalweg.ones(1)), "sequence"),
    (lambda: thalweg.cat([thalweg.ones(1), 2]), "item 1"),
    (lambda: thalweg.Tensor([1]), r"thalweg.tensor\(data\)"),
    (lambda: thalweg.Generator(), None),
    (lambda: thalweg.set_num_threads("many"), "int"),
]


@pytest.mark.parametrize("index", range(len(CALLS)))
def test_wrong_arguments(index):
    call, message = CALLS[index]
    with pytest.raises(TypeError, match=message):
        call()


def test_wrong_values():
    with pytest.raises(ValueError, match="entries"):
        thalweg.zeros(*[1] * 9)
    with pytest.raises(OverflowError):
        thalweg.set_num_threads(2**40)
    with pytest.raises(OverflowError):
        thalweg.zeros(2**70)
    thalweg._C.loader_from_tensors([thalweg.zeros(2)], {"shuffle": 2**31 - 1})
    for number in (2**31, -(2**31) - 1, 2**40 + 1, 2**70):
        with pytest.raises(OverflowError):
            thalweg._C.loader_from_tensors([thalweg.zeros(2)], {"shuffle": number})
    with pytest.raises(ValueError):
        thalweg.io.read("a\0b", "c")


def test_every_function_takes_nonsense():
    nonsense = [None, 1, -1.5, "text", [], (), {}, thalweg.ones(2), thalweg.float32, object(), 2**70]
    skip = {"set_num_threads", "set_flush_denormals", "set_grad_enabled", "set_detect_anomaly", "step_begin"}
    skip |= {"set_isolation", "set_isolation_program", "set_memory_profiling"}
    for name in dir(_C):
        function = getattr(_C, name)
        if not inspect.isbuiltin(function) or name.startswith("_") or name in skip:
            continue
        for count in range(5):
            for shift in range(len(nonsense)):
                arguments = [nonsense[(shift * 3 + i * 5) % len(nonsense)] for i in range(count)]
                try:
                    function(*arguments)
                except (TypeError, ValueError, thalweg.Error, OverflowError):
                    pass


def test_documentation():
    assert "dim=None, keepdim=False" in str(inspect.signature(thalweg.sum))
    assert inspect.getdoc(thalweg.matmul).startswith("The matrix product")
    for name in thalweg.__all__:
        assert getattr(thalweg, name).__doc__ or isinstance(getattr(thalweg, name), thalweg.dtype), name


# -- Threads ---------------------------------------------------------------------------------------------------


def test_the_gil_is_released_for_long_work():
    a = thalweg.randn(1500, 1500)
    ticks = []
    stop = threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    time.sleep(0.02)
    start = time.perf_counter()
    for _ in range(3):
        a @ a
    end = time.perf_counter()
    stop.set()
    thread.join()
    inside = sum(start < moment < end for moment in ticks)
    assert inside >= 3, f"{inside} ticks in {end - start:.3f} s"


def test_many_threads():
    x = thalweg.randn(64, 64)
    expected = (x @ x).tanh().sum().item()
    errors = []

    def work():
        try:
            for _ in range(50):
                assert (x @ x).tanh().sum().item() == expected
                leaf = thalweg.ones(100, requires_grad=True)
                (leaf * 3).sum().backward()
                assert leaf.grad[0].item() == 3
                with pytest.raises(thalweg.ShapeError):
                    x @ leaf
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


# -- Forks -----------------------------------------------------------------------------------------------------


def work_in_child(array):
    net = nn.Linear(array.shape[1], 3)
    (net(thalweg.from_numpy(array)) ** 2).sum().backward()
    return thalweg.randn(300, 300).matmul(thalweg.ones(300, 300)).numpy().shape, net.weight.grad.shape


def test_fork():
    x = thalweg.randn(400, 400)
    expected = (x @ x).sum().item()
    child = os.fork()
    if child == 0:
        os._exit(0 if (x @ x).sum().item() == expected else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert (x @ x).sum().item() == expected


def test_multiprocessing():
    thalweg.randn(400, 400) @ thalweg.randn(400, 400)  # the pool of threads is running
    with multiprocessing.get_context("fork").Pool(2) as pool:
        results = pool.map(work_in_child, [np.ones((500, 20), np.float32)] * 4)
    assert results == [((300, 300), (3, 20))] * 4


# -- Leaks -----------------------------------------------------------------------------------------------------


class Plus(nn.Module):
    def __init__(self):
        self.weight = nn.Parameter(thalweg.ones(3))

    def forward(self, x):
        return x + self.weight


def everything():
    a = thalweg.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    b = ((a + 1) * 2 - a / 3) ** 2 @ thalweg.ones(3, 2)
    b.sum().backward()
    a.grad = None
    thalweg.autograd.grad((a * a).sum(), [a], create_graph=True)
    array = np.arange(12.0).reshape(3, 4)
    tensor = thalweg.from_numpy(array)
    tensor[1:, ::2].numpy(), tensor[None, ..., 0].tolist(), tensor[[0, 1]], repr(tensor), tensor.max(1)
    thalweg.from_dlpack(tensor).__dlpack__()
    memoryview(tensor).release()
    (
        tensor.reshape(2, 6).sum((0, 1), keepdim=True),
        thalweg.cat([tensor, tensor]),
        tensor == tensor,
        tensor > 1,
    )
    tensor += 1
    for call in (
        lambda: tensor @ a,
        lambda: tensor[9],
        lambda: a.sum(nothing=1),
        lambda: thalweg.tensor([[1], 2]),
    ):
        try:
            call()
        except (ValueError, TypeError, IndexError):
            pass
    net = nn.Sequential(nn.Linear(3, 3), Plus())
    net(thalweg.ones(2, 3)).sum().backward()
    thalweg.optim.Adam(net.parameters()).step()
    net.load_state_dict(net.state_dict())
    repr(net)
    thalweg.rand(3, generator=thalweg.generator(3))
    thalweg.get_memory_stats()


def test_nothing_leaks():
    for _ in range(5):
        everything()
    gc.collect()
    bytes_before, objects_before = thalweg.get_memory_stats()["bytes_in_use"], len(gc.get_objects())
    references = sys.getrefcount(thalweg.Tensor), sys.getrefcount(thalweg.float32), sys.getrefcount(None)
    for _ in range(200):
        everything()
    gc.collect()
    assert thalweg.get_memory_stats()["bytes_in_use"] == bytes_before
    assert len(gc.get_objects()) - objects_before < 50
    after = sys.getrefcount(thalweg.Tensor), sys.getrefcount(thalweg.float32), sys.getrefcount(None)
    assert all(abs(a - b) < 100 for a, b in zip(references, after, strict=True)), (references, after)


def test_exit_with_everything_alive():
    program = """
import numpy as np, thalweg, threading
from thalweg import nn
class M(nn.Module):
    def forward(self, x): return x * 2
keep = [thalweg.from_numpy(np.ones(5)), nn.Sequential(M()), thalweg.randn(500, 500) @ thalweg.randn(500, 500)]
cycle = [keep]; cycle.append(cycle)
view = thalweg.ones(3).numpy()
y = keep[1](thalweg.ones(1, requires_grad=True))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_import_is_light():
    # What takes long to import, and what a user of C's data needs not have.
    heavy = {"numpy", "dataclasses", "inspect", "ctypes", "asyncio", "unittest"}
    program = f"import sys, thalweg; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "[]"


# -- Files -----------------------------------------------------------------------------------------------------

needs_hdf5 = pytest.mark.skipif(not thalweg.io.hdf5_available(), reason="no libhdf5")


@needs_hdf5
def test_weights(tmp_path):
    net, other = (nn.Sequential(nn.Linear(3, 4), nn.ReLU(), Plus3(), nn.Linear(4, 2)) for _ in range(2))
    path = tmp_path / "net.weights.h5"
    thalweg.io.save_weights(net, path)
    thalweg.io.load_weights(other, str(path))
    x = thalweg.randn(5, 3)
    assert net(x).tolist() == other(x).tolist()
    with pytest.raises(thalweg.Error):
        thalweg.io.load_weights(nn.Linear(2, 2), path)


class Plus3(nn.Module):
    def __init__(self):
        self.shift = nn.Parameter(thalweg.randn(4))

    def forward(self, x):
        return x + self.shift


@needs_hdf5
def test_data_sets(tmp_path):
    h5py = pytest.importorskip("h5py")
    images = np.arange(24, dtype=np.uint8).reshape(4, 6)
    path = tmp_path / "data.h5"
    with h5py.File(path, "w") as file:
        stored = file.create_dataset(
            "train/images", data=images, compression="gzip", shuffle=True, fletcher32=True
        )
        stored.attrs["scale"] = 0.5
    assert thalweg.io.read(path, "train/images").numpy().tolist() == images.tolist()
    assert thalweg.io.read_scaled(path, "train/images").tolist() == (images * 0.5).tolist()
    with pytest.raises(thalweg.Error, match="labels"):
        thalweg.io.read(path, "train/labels")


@needs_hdf5
def test_missing_files(tmp_path):
    with pytest.raises(OSError, match=r"absent\.h5"):
        thalweg.io.read(tmp_path / "absent.h5", "x")
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(thalweg.Error):
        thalweg.io.load_weights(nn.Linear(1, 1), tmp_path / "text.h5")
