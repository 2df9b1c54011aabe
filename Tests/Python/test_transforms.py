"""thalweg.transforms: values against NumPy, what is random, and where it runs."""

import subprocess
import sys
import threading

import numpy as np
import pytest
import thalweg
from thalweg import transforms as T
from thalweg.data import DataLoader, HDF5Dataset, TensorDataset

random = np.random.default_rng(3)
IMAGES = random.integers(0, 256, (60, 3, 6, 7), dtype=np.uint8)
LABELS = np.arange(60) % 5


def batches(transform=None, *, batch=60, **options):
    loader = DataLoader((IMAGES, LABELS), batch, transform=transform, seed=11, **options)
    return loader, lambda: np.concatenate([x.numpy() for x, _ in loader])


@pytest.mark.parametrize("data", [IMAGES, IMAGES.astype("f4"), IMAGES.astype("f8")])
def test_values(data):
    floats = data if data.dtype.kind == "f" else data.astype("f4")
    kind = floats.dtype
    mean, std = [1.5, 2.0, 100.0], [0.5, 3.0, 77.7]
    column = (1, 3, 1, 1)
    expected = (floats - np.array(mean, kind).reshape(column)) / np.array(std, kind).reshape(column)
    np.testing.assert_array_equal(T.Normalize(mean, std)(data).numpy(), expected)
    last = T.Normalize(np.arange(7.0), np.arange(1.0, 8.0), dim=-1)(data).numpy()
    np.testing.assert_array_equal(last, (floats - np.arange(7, dtype=kind)) / np.arange(1, 8, dtype=kind))
    np.testing.assert_allclose(T.Scale(0.5, 3)(data).numpy(), floats * 0.5 + 3, rtol=1e-6)
    scaled = T.ToDtype(thalweg.float32, scale=True)(data).numpy()
    np.testing.assert_array_equal(scaled, floats.astype("f4") / np.float32(255 if data is IMAGES else 1))
    assert T.ToDtype(thalweg.int32)(data).dtype == thalweg.int32


def test_one_hot():
    for labels in (LABELS, LABELS.astype("u1"), LABELS.astype("i4")):
        np.testing.assert_array_equal(T.OneHot(6)(labels).numpy(), np.eye(6, dtype="f4")[LABELS])
    with pytest.raises(ValueError, match="one_hot"):
        T.OneHot(4)(LABELS)
    with pytest.raises(TypeError, match="one_hot of float32"):
        T.OneHot(4)(LABELS.astype("f4"))


@pytest.mark.parametrize("data", [IMAGES, IMAGES.astype("f4"), IMAGES.astype("i8")])
@pytest.mark.parametrize("vertical", [False, True])
def test_flips(data, vertical):
    flip = T.RandomVerticalFlip if vertical else T.RandomHorizontalFlip
    turned = data[:, :, ::-1] if vertical else data[..., ::-1]
    np.testing.assert_array_equal(flip(1.0)(data).numpy(), turned)
    np.testing.assert_array_equal(flip(0.0)(data).numpy(), data)
    thalweg.manual_seed(4)
    some = flip()(data).numpy()
    flipped = np.array([(some[i] == turned[i]).all() for i in range(60)])
    kept = np.array([(some[i] == data[i]).all() for i in range(60)])
    assert (flipped ^ kept).all() and 15 < flipped.sum() < 45


def crops(data, size, padding, fill, mode):
    """Every crop there is, by its place."""
    left, top, right, bottom = padding
    pads = [(0, 0)] * (data.ndim - 2) + [(top, bottom), (left, right)]
    kind = {"mode": mode} if mode != "constant" else {"mode": mode, "constant_values": fill}
    padded = np.pad(data, pads, **kind)
    rows, columns = padded.shape[-2] - size[0], padded.shape[-1] - size[1]
    return {
        (i, j): padded[..., i : i + size[0], j : j + size[1]]
        for i in range(rows + 1)
        for j in range(columns + 1)
    }


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect"])
@pytest.mark.parametrize(
    "size, padding", [((6, 7), 2), ((4, 5), None), ((7, 3), (1, 2)), ((9, 10), (1, 2, 3, 4))]
)
def test_crops(mode, size, padding):
    given = T.RandomCrop(size, padding, fill=9, padding_mode=mode)
    all_crops = crops(IMAGES, size, given.padding, 9, mode)
    seen = {}
    thalweg.manual_seed(2)
    for _ in range(4):
        result = given(IMAGES).numpy()
        assert result.shape == (60, 3, *size)
        for i in range(60):
            places = [place for place, crop in all_crops.items() if (crop[i] == result[i]).all()]
            assert len(places) == 1
            seen[places[0]] = seen.get(places[0], 0) + 1
    # Each place is as likely as another: chi-square, three standard deviations above its mean.
    expected = 240 / len(all_crops)
    chi = sum((seen.get(place, 0) - expected) ** 2 / expected for place in all_crops)
    free = len(all_crops) - 1
    assert chi < free + 3 * (2 * free) ** 0.5 + 3


def test_shifts():
    shift = T.RandomAffine(0, translate=(0.3, 0.5), fill=7)  # by up to 2 and 3 pixels
    padded = np.pad(IMAGES, [(0, 0), (0, 0), (3, 3), (2, 2)], constant_values=7)
    seen = set()
    thalweg.manual_seed(2)
    for _ in range(20):
        result = shift(IMAGES).numpy()
        for i in range(60):
            places = [
                (down, right)
                for down in range(-3, 4)
                for right in range(-2, 3)
                if (padded[i, :, 3 - down : 9 - down, 2 - right : 9 - right] == result[i]).all()
            ]
            assert len(places) == 1
            seen.add(places[0])
    assert len(seen) == 35


def test_arrays_in_step():
    """An image and its mask move alike."""
    masks = IMAGES[:, :1].astype("i8")
    thalweg.manual_seed(1)
    both = T.Compose(
        [T.RandomHorizontalFlip(), T.RandomCrop(5, padding=1), T.RandomAffine(translate=(0.2, 0.2))]
    )
    for a, b in (both(IMAGES, masks), next(iter(DataLoader((IMAGES, masks), 60, transforms=both)))):
        assert a.shape == (60, 3, 5, 5) and not np.array_equal(a.numpy(), IMAGES[:, :, :5, :5])
        np.testing.assert_array_equal(a.numpy()[:, :1], b.numpy())
    with pytest.raises(thalweg.ShapeError, match="must be of one size"):
        both(IMAGES, masks[..., :3])


def test_the_place_decides_and_nothing_else():
    chain = T.Compose(
        [T.RandomCrop(6, padding=2), T.RandomHorizontalFlip(), T.RandomAffine(translate=(0.2, 0.2))]
    )
    whole = batches(chain)[1]
    first, second = whole(), whole()
    assert not np.array_equal(first, second)
    for batch, threads in ((7, 1), (60, 3), (1, 2)):
        before = thalweg.get_num_threads()
        thalweg.set_num_threads(threads)
        loader, again = batches(chain, batch=batch)
        np.testing.assert_array_equal(again(), first)
        loader.set_epoch(1)
        np.testing.assert_array_equal(again(), second)
        thalweg.set_num_threads(before)
    # Two transforms of one kind draw apart.
    once, twice = (
        batches(T.RandomHorizontalFlip())[1](),
        batches(T.Compose([T.RandomHorizontalFlip()] * 2))[1](),
    )
    assert not np.array_equal(twice, IMAGES) and not np.array_equal(once, twice)


def test_without_augmentation():
    chain = T.Compose(
        [T.RandomCrop((4, 5)), T.RandomHorizontalFlip(1), T.RandomAffine(translate=(1, 1)), T.Scale(2)]
    )
    loader, images = batches(chain, augment=False)
    np.testing.assert_array_equal(images(), IMAGES[:, :, 1:5, 1:6] * np.float32(2))
    loader.augment = True
    assert not np.array_equal(images(), IMAGES[:, :, 1:5, 1:6] * np.float32(2))
    padded = batches(T.RandomCrop((6, 7), padding=3), augment=False)[1]
    np.testing.assert_array_equal(padded(), IMAGES)


def test_functions():
    chain = T.Compose(
        [
            lambda x: x.to(thalweg.float64) * 2,
            T.Lambda(lambda x, g: x + thalweg.rand(x.shape, dtype=thalweg.float64, generator=g), random=True),
            T.Scale(1, 1),
        ]
    )
    loader, images = batches(chain, batch=20)
    first = images()
    noise = first - 1 - IMAGES * 2.0
    assert 0 <= noise.min() < 0.01 and 0.99 < noise.max() < 1
    assert len({noise[i].tobytes() for i in range(60)}) == 60
    assert not np.array_equal(images(), first)
    loader.set_epoch(0)
    np.testing.assert_array_equal(images(), first)
    loader.augment = False
    np.testing.assert_array_equal(images(), IMAGES * 2.0 + 1)

    def wrong(x):
        raise KeyError("mine")

    loader, images = batches(wrong)
    for _ in range(2):
        with pytest.raises(KeyError, match="mine"):
            images()
    with pytest.raises(thalweg.ShapeError, match="a transform gave shape"):
        batches(lambda x: x[:3])[1]()
    with pytest.raises(TypeError):
        batches(lambda x: "no tensor")[1]()
    with pytest.raises(TypeError, match="cannot be called"):
        T.Lambda(3)


def test_targets():
    loader = DataLoader(
        (IMAGES, LABELS), 8, target_transform=T.OneHot(5), transform=T.ToDtype(thalweg.float32, scale=True)
    )
    x, y = next(iter(loader))
    assert x.dtype == thalweg.float32 and float(x.max()) <= 1
    np.testing.assert_array_equal(y.numpy(), np.eye(5, dtype="f4")[LABELS[:8]])


def test_statistics():
    data = random.standard_normal((101, 3, 4, 5)) * [[[5.0]], [[0.1]], [[1e-3]]] + [
        [[1e4]],
        [[-3.0]],
        [[0.0]],
    ]
    loader = DataLoader((data, np.zeros(101)), 10, shuffle=True, seed=1)
    iterator = iter(loader)
    next(iterator)
    for dim, axes in ((1, (0, 2, 3)), (-1, (0, 1, 2)), (2, (0, 1, 3))):
        mean, std = loader.statistics(dim=dim)
        np.testing.assert_allclose(mean.numpy(), data.mean(axes), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(std.numpy(), data.std(axes), rtol=1e-9)
    rest = np.concatenate([x.numpy() for x, _ in iterator])  # it goes on where it was
    whole = DataLoader((data, np.zeros(101)), 10, shuffle=True, seed=1)
    np.testing.assert_array_equal(rest, np.concatenate([x.numpy() for x, _ in whole])[10:])
    ready = DataLoader((data, np.zeros(101)), 10, transform=T.Normalize(*loader.statistics()))
    values = np.concatenate([x.numpy() for x, _ in ready])
    np.testing.assert_allclose(values.mean((0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(values.std((0, 2, 3)), 1, rtol=1e-9)
    flat = DataLoader((np.ones((5, 2)),), 2)
    assert flat.statistics()[1].tolist() == [1, 1]
    with pytest.raises(ValueError, match="no array 3"):
        loader.statistics(3)
    with pytest.raises(ValueError, match="no samples"):
        DataLoader((np.ones((0, 2)),), 2).statistics()


def test_refused():
    for make, part in [
        (lambda: T.Normalize([1.0], [0.0]), "std 0 is 0"),
        (lambda: T.Normalize([1.0, 2.0], [1.0]), "two lists of one length"),
        (lambda: T.RandomHorizontalFlip(2), "p is 2"),
        (lambda: T.RandomCrop(0), "the size is 0 x 0"),
        (lambda: T.RandomCrop(9), "does not fit"),
        (lambda: T.RandomCrop(3, -1), "a padding of -1"),
        (lambda: T.RandomCrop(3, (1, 2, 3)), "has 3 numbers"),
        (lambda: T.RandomCrop(3, pad_if_needed=True), "pad_if_needed"),
        (lambda: T.RandomAffine(10), "no rotation"),
        (lambda: T.RandomAffine(translate=(2, 0)), "a shift by 2"),
        (lambda: T.Scale(float("nan")), "finite"),
        (lambda: T.Normalize([1.0], [1.0]), "normalize has 1 means for dimension 1"),
    ]:
        with pytest.raises(ValueError, match=part):
            make()(IMAGES)
    with pytest.raises(thalweg.ShapeError, match="of images"):
        T.RandomHorizontalFlip()(LABELS)


h5py = pytest.importorskip("h5py")


@pytest.fixture
def path(tmp_path):
    name = tmp_path / "images.h5"
    with h5py.File(name, "w") as file:
        file.create_dataset("x", data=IMAGES, chunks=(8, 3, 6, 7), compression="gzip")
        file["y"] = LABELS
    return str(name)


def test_on_the_loaders_thread(path):
    """A file's batches are those of memory, made on another thread."""
    seen = set()

    def note(x):
        seen.add(threading.get_ident())
        return x + 1

    chain = T.Compose([T.RandomCrop(6, padding=2), T.RandomHorizontalFlip(), note])
    memory = batches(chain, batch=7)[1]()
    assert seen == {threading.get_ident()}
    for prefetch in (0, 1, 3):
        seen.clear()
        loader = DataLoader(HDF5Dataset(path, "x", "y"), 7, transform=chain, seed=11, prefetch=prefetch)
        result = np.concatenate([x.numpy() for x, _ in loader])
        np.testing.assert_array_equal(result, memory)
        assert (threading.get_ident() in seen) == (prefetch == 0)

    def wrong(x):
        raise KeyError("mine")

    loader = DataLoader(HDF5Dataset(path, "x", "y"), 7, transform=wrong)
    for _ in range(2):
        with pytest.raises(KeyError, match="mine"):
            list(loader)
    mean, std = DataLoader(HDF5Dataset(path, "x"), 7).statistics()
    np.testing.assert_allclose(mean.numpy(), IMAGES.mean((0, 2, 3)), rtol=1e-12)
    np.testing.assert_allclose(std.numpy(), IMAGES.std((0, 2, 3)), rtol=1e-10)


EXIT = """
import sys, time, thalweg
from thalweg.data import DataLoader, HDF5Dataset

def slow(x):
    time.sleep(0.001)
    return x

loaders = [DataLoader(HDF5Dataset(sys.argv[1], "x"), 1, transform=slow, prefetch=50) for _ in range(3)]
for batch in loaders[0]:
    next(iter(loaders[1]))
    break
iterator = iter(loaders[2])
del loaders[1]
"""


def test_exit_while_python_makes_batches(path):
    for _ in range(5):
        subprocess.run([sys.executable, "-c", EXIT, path], check=True, timeout=60)


def test_dataset_is_untouched():
    data = IMAGES.copy()
    list(
        DataLoader(
            TensorDataset(data), 5, transform=T.Compose([T.RandomHorizontalFlip(1), lambda x: x.fill_(0)])
        )
    )
    np.testing.assert_array_equal(data, IMAGES)
