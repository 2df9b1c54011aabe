"""thalweg.data: tensors in memory and HDF5 files in mini-batches."""

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import thalweg
from thalweg import nn, optim
from thalweg.data import BucketBatchSampler, DataLoader, HDF5Dataset, SequenceDataset, TensorDataset

h5py = pytest.importorskip("h5py")

ROWS = 1000


@pytest.fixture
def path(tmp_path):
    """The same samples stored in every way: sample i is i everywhere."""
    name = tmp_path / "samples.h5"
    numbers = np.arange(ROWS)
    with h5py.File(name, "w") as file:
        wide = np.repeat(numbers, 12).reshape(ROWS, 3, 4)
        file.create_dataset("contiguous", data=wide.astype("f4"))
        file.create_dataset(
            "gzip", data=wide.astype("f8"), chunks=(64, 3, 2), compression="gzip", fletcher32=True
        )
        file.create_dataset("plain_chunks", data=wide.astype(">i2"), chunks=(7, 3, 4))
        file.create_dataset("labels", data=numbers, chunks=(300,), compression="gzip")
        file.create_dataset("bytes", data=(wide % 256).astype("u1"), chunks=(64, 3, 4))
        with_scale = file.create_dataset("with_scale", data=(numbers % 16).astype("u1"))
        with_scale.attrs["scale"], with_scale.attrs["offset"] = 0.25, -1.0
        file["flags"] = numbers % 3 == 0
        file["short"] = numbers[:999]
        file["scalar"] = 1.0
        file["text"] = ["a"] * ROWS
    return str(name)


ALL = ("contiguous", "gzip", "plain_chunks", "labels", "flags")


def order(loader):
    """The samples of an epoch, and their batches' sizes; the arrays must be in step."""
    samples, sizes = [], []
    for batch in loader:
        numbers = batch[0].numpy().reshape(batch[0].shape[0], -1)[:, 0].astype(int)
        for name, tensor in zip(loader.dataset.names, batch, strict=True):
            expected = numbers % 3 == 0 if name == "flags" else numbers
            values = tensor.numpy().reshape(len(numbers), -1)
            assert (values == expected[:, None]).all(), name
        samples += numbers.tolist()
        sizes.append(len(numbers))
    return samples, sizes


@pytest.mark.parametrize("window", [4 << 10, 40 << 10, 1 << 20])
@pytest.mark.parametrize("shuffle", [False, True])
def test_every_sample_once_and_in_step(path, shuffle, window):
    loader = DataLoader(HDF5Dataset(path, *ALL), 32, shuffle, seed=5, window_bytes=max(window, 8 << 10))
    assert len(loader) == 32 and len(loader.dataset) == ROWS
    first, sizes = order(loader)
    assert sizes == [32] * 31 + [8]
    assert sorted(first) == list(range(ROWS))
    assert (first == list(range(ROWS))) != shuffle
    second, _ = order(loader)
    assert sorted(second) == sorted(first) and (second != first) == shuffle


def test_the_seed_and_the_epoch_decide(path):
    def orders(prefetch, threads, seed=3, epochs=2):
        before = thalweg.get_num_threads()
        thalweg.set_num_threads(threads)
        loader = DataLoader(
            HDF5Dataset(path, *ALL), 7, True, seed=seed, prefetch=prefetch, window_bytes=20 << 10
        )
        result = [order(loader)[0] for _ in range(epochs)]
        thalweg.set_num_threads(before)
        return result

    expected = orders(0, 1)
    assert orders(1, 2) == expected and orders(5, 4) == expected
    assert orders(2, 2, seed=4) != expected
    loader = DataLoader(HDF5Dataset(path, *ALL), 7, True, seed=3, window_bytes=20 << 10)
    loader.set_epoch(1)
    assert order(loader)[0] == expected[1]
    thalweg.manual_seed(8)
    drawn = order(DataLoader(HDF5Dataset(path, "labels"), 7, True))[0]
    assert order(DataLoader(HDF5Dataset(path, "labels"), 7, True))[0] != drawn
    thalweg.manual_seed(8)
    assert order(DataLoader(HDF5Dataset(path, "labels"), 7, True))[0] == drawn


def test_shuffled_far_and_near(path):
    """Chunks come in random order and samples of different chunks are mixed."""
    loader = DataLoader(HDF5Dataset(path, "plain_chunks"), 100, True, seed=1, window_bytes=40 << 10)
    samples, _ = order(loader)
    places = np.array(samples)
    assert abs(np.corrcoef(places, np.arange(ROWS))[0, 1]) < 0.2
    assert np.mean(np.abs(np.diff(places)) == 1) < 0.05
    chunks = [len({s // 7 for s in samples[i : i + 100]}) for i in range(0, ROWS, 100)]
    assert min(chunks) > 15


def test_limit_and_drop_last(path):
    dataset = HDF5Dataset(path, *ALL)
    for shuffle in (False, True):
        loader = DataLoader(dataset, 64, shuffle, seed=1, limit=150, drop_last=True)
        samples, sizes = order(loader)
        assert sizes == [64, 64] and len(loader) == 2
        assert len(set(samples)) == 128 and max(samples) < 150
        assert sorted(order(DataLoader(dataset, 64, shuffle, limit=150))[0]) == list(range(150))
    assert order(DataLoader(dataset, 64, limit=5000))[1][-1] == 40


def test_dtypes(path):
    names = ("bytes", "with_scale", "labels")
    numbers = np.arange(ROWS)
    (batch,) = DataLoader(HDF5Dataset(path, *names), ROWS)
    assert [t.dtype for t in batch] == [thalweg.uint8, thalweg.uint8, thalweg.int64]
    (batch,) = DataLoader(HDF5Dataset(path, *names, scaled=("bytes", "with_scale")), ROWS)
    assert [t.dtype for t in batch] == [thalweg.float32, thalweg.float32, thalweg.int64]
    np.testing.assert_array_equal(batch[0].numpy()[:, 0, 0], ((numbers % 256) / 255).astype("f4"))
    np.testing.assert_array_equal(batch[1].numpy(), thalweg.io.read_scaled(path, "with_scale").numpy())
    (batch,) = DataLoader(HDF5Dataset(path, *names, scaled=True), ROWS)
    assert [t.dtype for t in batch] == [thalweg.float32] * 3
    with pytest.raises(ValueError, match="scaled names nothing"):
        HDF5Dataset(path, *names, scaled="nothing")


def test_refused(path, tmp_path):
    for names, error, parts in [
        (("text",), thalweg.DTypeError, ("strings", "/text", path)),
        (("scalar",), thalweg.ShapeError, ("/scalar", "is a scalar")),
        (("labels", "short"), thalweg.ShapeError, ("/short", "999 samples", "1000")),
        (("nothing",), thalweg.FormatError, ("no data set '/nothing'", path)),
        ((), thalweg.InvalidArgumentError, ("no data sets",)),
    ]:
        with pytest.raises(error) as caught:
            HDF5Dataset(path, *names)
        assert all(part in str(caught.value) for part in parts), caught.value
    with pytest.raises(OSError, match="No such file"):
        HDF5Dataset(tmp_path / "absent.h5", "x")
    dataset = HDF5Dataset(path, "gzip")
    for options, part in [
        ({"batch_size": 0}, "batch_size is 0"),
        ({"limit": -1}, "limit is -1"),
        ({"prefetch": -2}, "prefetch is -2"),
        ({"window_bytes": 0}, "window_bytes is 0"),
        ({"window_bytes": 100}, "a chunk of data set '/gzip'"),
    ]:
        with pytest.raises(ValueError, match=part):
            DataLoader(dataset, **options)
    with pytest.raises(TypeError):
        thalweg._C.loader_open(path, "labels")
    with pytest.raises(TypeError):
        thalweg._C.loader_next(3)


def test_tensors():
    x = np.arange(60, dtype="f4").reshape(20, 3)
    y = thalweg.arange(20)
    dataset = TensorDataset(x, y)
    assert len(dataset) == 20
    assert dataset[3][1].item() == 3 and dataset[2:4][0].shape == (2, 3)
    for shuffle in (False, True):
        loader = DataLoader(dataset, 8, shuffle, seed=2)
        epochs = []
        for _ in range(2):
            batches = list(loader)
            assert [b[0].shape for b in batches] == [(8, 3), (8, 3), (4, 3)]
            labels = np.concatenate([b[1].numpy() for b in batches])
            np.testing.assert_array_equal(np.concatenate([b[0].numpy() for b in batches]), x[labels])
            assert sorted(labels) == list(range(20))
            epochs.append(labels.tolist())
        assert (epochs[0] != epochs[1]) == shuffle
    assert [len(b[0]) for b in DataLoader((x, y), 8, drop_last=True, limit=17)] == [8, 8]
    (batch,) = DataLoader((x, y), 20)
    batch[0].fill_(-1)  # a copy
    assert x[0, 0] == 0
    with pytest.raises(thalweg.ShapeError, match="tensor 1 has shape"):
        TensorDataset(x, y[:3])
    with pytest.raises(ValueError, match="no tensors"):
        TensorDataset()
    assert list(DataLoader((thalweg.zeros(0, 3),), 4)) == []


def test_a_later_iteration_ends_the_earlier_one():
    loader = DataLoader((thalweg.arange(10),), 2)
    first = iter(loader)
    next(first)
    list(loader)
    with pytest.raises(ValueError, match="a later iteration has begun"):
        next(first)


def test_fit(path):
    """From a file as from memory, to the last bit."""
    results = []
    loaders = [
        DataLoader(HDF5Dataset(path, "contiguous", "flags"), 25),
        DataLoader((thalweg.io.read(path, "contiguous"), thalweg.io.read(path, "flags")), 25),
    ]
    for loader in loaders:
        thalweg.manual_seed(1)
        net = nn.Sequential(nn.Flatten(), nn.Linear(12, 2))
        history = thalweg.fit(
            net, optim.SGD(net.parameters(), lr=1e-9), loader, loss=cross_entropy, epochs=2, verbose=False
        )
        results.append((history["loss"], [p.detach().numpy().tobytes() for p in net.parameters()]))
    assert results[0] == results[1] and len(results[0][0]) == 2


def cross_entropy(output, target):
    return nn.functional.cross_entropy(output, target.to(thalweg.int64))


def damage(path, name, chunk):
    with h5py.File(path, "r") as file:
        info = file[name].id.get_chunk_info_by_coord(chunk)
    with open(path, "r+b") as file:
        file.seek(info.byte_offset + 4)
        old = file.read(8)
        file.seek(info.byte_offset + 4)
        file.write(bytes(255 - byte for byte in old))
    return info.byte_offset + 4, old


@pytest.mark.parametrize("prefetch", [0, 2])
def test_a_chunk_that_is_damaged_during_training(path, prefetch):
    loader = DataLoader(
        HDF5Dataset(path, "gzip", "labels"), 10, prefetch=prefetch, window_bytes=12 << 10, drop_last=True
    )
    thalweg.manual_seed(1)
    net = nn.Sequential(nn.Flatten(), nn.Linear(12, 2))
    sgd = optim.SGD(net.parameters(), lr=1e-9)
    spot = None

    def hear(progress):
        nonlocal spot
        if progress.event == 1 and progress.epoch == 2 and progress.batch == 5:
            spot = damage(path, "gzip", (640, 0, 2))

    class Pairs:
        def __iter__(self):
            return ((x.to(thalweg.float32), y * 0) for x, y in loader)

    with pytest.raises(thalweg.FormatError) as caught:
        thalweg.fit(net, sgd, Pairs(), epochs=3, callback=hear, verbose=False)
    for part in ("chunk [10, 0, 1], rows 640 to 703, of data set '/gzip'", path):
        assert part in str(caught.value)
    with pytest.raises(thalweg.FormatError) as again:  # also in the next epoch
        list(loader)
    assert str(again.value) == str(caught.value)
    with pytest.raises(thalweg.FormatError) as once_more:
        thalweg._C.loader_next(loader._handle)
    assert str(once_more.value) == str(caught.value)
    assert np.isfinite(net(thalweg.zeros(2, 12)).tolist()).all()  # the model is still there
    with open(path, "r+b") as file:  # and once the file is sound, so is the loader
        file.seek(spot[0])
        file.write(spot[1])
    assert len(list(loader)) == 100


def test_a_file_that_is_cut_short_or_replaced(path):
    loader = DataLoader(HDF5Dataset(path, "contiguous", "labels"), 10, window_bytes=8 << 10)
    batches = iter(loader)
    next(batches)
    os.truncate(path, 20000)
    with pytest.raises(thalweg.FormatError) as caught:
        list(batches)
    for part in ("rows ", "of data set '/contiguous' of '" + path, "truncated"):
        assert part in str(caught.value), caught.value
    os.unlink(path)
    with pytest.raises(OSError, match="No such file"):
        list(loader)
    with h5py.File(path, "w") as file:
        file["contiguous"] = np.zeros((5, 3))
        file["labels"] = np.zeros(5)
    with pytest.raises(thalweg.FormatError, match="has changed since the loader was opened"):
        list(loader)


def threads():
    count = 0
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # it has ended meanwhile
            count += (task / "comm").read_text() == "thalweg-data\n"
    return count


def test_release_during_prefetch(path):
    def settle(count):
        end = time.monotonic() + 5
        while threads() != count and time.monotonic() < end:
            time.sleep(0.002)
        return threads()

    assert settle(0) == 0
    for _ in range(50):
        loader = DataLoader(HDF5Dataset(path, *ALL), 2, True, window_bytes=10 << 10)
        batches = iter(loader)
        next(batches)
        assert settle(1) == 1
        del batches, loader
    gc.collect()
    assert settle(0) == 0
    loader = DataLoader(HDF5Dataset(path, *ALL), 2, True, window_bytes=10 << 10)
    for _ in range(50):
        next(iter(loader))  # an epoch that is given up for another
    assert settle(1) == 1
    del loader
    assert settle(0) == 0


def test_two_loaders_at_once(path):
    loaders = [DataLoader(HDF5Dataset(path, *ALL), 3, True, seed=1, window_bytes=10 << 10) for _ in range(4)]
    results = [None] * 4

    def run(i):
        results[i] = order(loaders[i])[0]

    workers = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert results[0] is not None and all(result == results[0] for result in results)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_fork(path):
    """A child goes on where its parent was, and both give the same samples."""
    for rounds in range(20):
        loader = DataLoader(HDF5Dataset(path, *ALL), 10, True, seed=rounds, window_bytes=10 << 10)
        batches = iter(loader)
        for _ in range(rounds * 5):
            next(batches)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                signal.alarm(20)  # a child that hangs fails
                rest = np.concatenate([b[3].numpy() for b in batches]).tolist()
                del batches, loader
                os.write(writing, repr(rest).encode())
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            text = pipe.read()
        os.waitpid(child, 0)
        assert text == repr(np.concatenate([b[3].numpy() for b in batches]).tolist())


EXIT = """
import sys, thalweg
from thalweg.data import DataLoader, HDF5Dataset
loader = DataLoader(HDF5Dataset(sys.argv[1], "gzip"), 1, True, prefetch=10000, window_bytes=16 << 10)
for batch in loader:
    sys.exit(0)
"""


def test_exit_during_prefetch(path):
    for _ in range(5):
        subprocess.run([sys.executable, "-c", EXIT, path], check=True, timeout=60)


def test_sequences_of_a_file(tmp_path):
    """Batches of a file's sequences are those of the same sequences in memory, padded or in buckets."""
    path = tmp_path / "ragged.h5"
    random = np.random.default_rng(0)
    sequences = [random.integers(-99, 99, n).astype("i2") for n in random.integers(0, 30, 101)]
    tags = [random.random(len(s)).astype("f4") for s in sequences]
    labels = random.integers(0, 5, 101)
    with h5py.File(path, "w") as file:
        ragged = file.create_dataset("x", (101,), h5py.vlen_dtype(">i2"), chunks=(16,))
        other = file.create_dataset("tags", (101,), h5py.vlen_dtype("f4"))
        for i, (sequence, tag) in enumerate(zip(sequences, tags, strict=True)):
            ragged[i], other[i] = sequence, tag
        file.create_dataset("y", data=labels, chunks=(10,), compression="gzip")
    options = {"padding_value": 7, "target_padding_value": -100, "mask": True}
    stored = HDF5Dataset(path, "x", "tags", "y", **options)
    held = SequenceDataset([s.astype("i4") for s in sequences], tags, labels, **options)
    assert len(stored) == 101
    for batches in (
        {"batch_size": 8},
        {"batch_size": 8, "shuffle": True, "seed": 3, "drop_last": True},
        {"batch_sampler": BucketBatchSampler(None, 8, pool=40), "seed": 5},
        {"sampler": [5, 5, 4, 100, 5, 0], "batch_size": 4},
    ):
        count = 0
        for ours, theirs in zip(DataLoader(stored, **batches), DataLoader(held, **batches), strict=True):
            assert len(ours) == len(theirs) == 5
            for a, b in zip(ours, theirs, strict=True):
                assert a.dtype == b.dtype
                assert (a.numpy() == b.numpy()).all()
            count += 1
        assert count > 0
    first = next(iter(DataLoader(HDF5Dataset(path, "x", batch_first=False, lengths=False), 4)))
    assert len(first) == 1
    assert first[0].shape == (max(len(s) for s in sequences[:4]), 4)
    scaled = next(iter(DataLoader(HDF5Dataset(path, "tags", "x", scaled="x"), 101)))[1]
    assert scaled.dtype == thalweg.float32
    with pytest.raises(thalweg.InvalidArgumentError, match="not one of arrays"):
        stored[3]
    loader = DataLoader(stored, 8)
    with h5py.File(path, "r+") as file:
        file["x"][3] = np.zeros(77, "i2")
    with pytest.raises(thalweg.FormatError, match="has changed"):
        next(iter(loader))
    with h5py.File(path, "r+") as file:
        file.create_dataset("grid", (3, 3), h5py.vlen_dtype("i2"))
    with pytest.raises(thalweg.ShapeError, match="a list of them"):
        HDF5Dataset(path, "grid")
