"""thalweg.data: splits, samplers, buckets and padding."""

import itertools
import math

import numpy as np
import pytest
import thalweg
from thalweg import nn, optim
from thalweg import transforms as T
from thalweg.data import (
    BatchSampler,
    BucketBatchSampler,
    DataLoader,
    HDF5Dataset,
    Ragged,
    RandomSampler,
    SequenceDataset,
    SequentialSampler,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    k_fold,
    random_split,
)

h5py = pytest.importorskip("h5py")

ROWS = 300
NUMBERS = np.arange(ROWS)
DATA = TensorDataset(NUMBERS, NUMBERS * 2.0)


@pytest.fixture
def path(tmp_path):
    name = tmp_path / "rows.h5"
    with h5py.File(name, "w") as file:
        file.create_dataset(
            "x", data=np.repeat(NUMBERS, 4).reshape(ROWS, 4), chunks=(16, 4), compression="gzip"
        )
        file["y"] = NUMBERS
    return str(name)


def samples(loader):
    return [batch[-1 if isinstance(loader.dataset, HDF5Dataset) else 0].tolist() for batch in loader]


def flat(loader):
    return list(itertools.chain.from_iterable(samples(loader)))


# -- Splits ------------------------------------------------------------------------------------------------


def test_random_split():
    for lengths, sizes in [
        ([200, 70, 30], [200, 70, 30]),
        ([0.7, 0.2, 0.1], [210, 60, 30]),
        ([1 / 7] * 7, [43] * 6 + [42]),  # 300 = 7 * 42 + 6, as PyTorch deals it out
        ([1.0], [300]),
    ]:
        parts = random_split(DATA, lengths, thalweg.generator(3))
        again = random_split(DATA, lengths, thalweg.generator(3))
        assert [len(part) for part in parts] == sizes
        numbers = [part.indices.tolist() for part in parts]
        assert sorted(itertools.chain(*numbers)) == NUMBERS.tolist()
        assert all(part == sorted(part) for part in numbers)
        assert numbers == [part.indices.tolist() for part in again]
    assert (
        random_split(DATA, [150, 150])[0].indices.tolist()
        != random_split(DATA, [150, 150])[0].indices.tolist()
    )
    part = random_split(DATA, [0.5, 0.5])[1]
    assert part[3][0].item() == part.indices[3].item() and part[:5][1].shape == (5,)
    for lengths, words in [([1, 2], "sum up to 3"), ([0.5, 0.4], "must be 1"), ([0.9, 0.9], "above 1")]:
        with pytest.raises(ValueError, match=words):
            random_split(DATA, lengths)
    with pytest.raises(ValueError, match="a part of -1"):
        random_split(DATA, [-1, 301])


def test_stratified_split():
    rng = np.random.default_rng(0)
    labels = np.repeat([5, -2, 7, 100], [230, 50, 13, 7])
    rng.shuffle(labels)
    for seed in range(20):
        parts = random_split(DATA, [0.6, 0.3, 0.1], thalweg.generator(seed), stratify=labels)
        assert [len(part) for part in parts] == [180, 90, 30]
        for part, share in zip(parts, (0.6, 0.3, 0.1), strict=True):
            own = labels[part.indices.numpy()]
            for label in np.unique(labels):
                assert abs((own == label).sum() - share * (labels == label).sum()) < 2
    with pytest.raises(thalweg.ShapeError, match="one for each of 300"):
        random_split(DATA, [0.5, 0.5], stratify=labels[:5])
    with pytest.raises(thalweg.DTypeError, match="must be integers"):
        random_split(DATA, [0.5, 0.5], stratify=labels * 1.0)
    # A class of one sample falls into each part by chance.
    one = np.zeros(10, dtype=int)
    one[4] = 1
    found = {
        next(i for i, part in enumerate(parts) if 4 in part.indices.tolist())
        for parts in (
            random_split(TensorDataset(one), [5, 5], thalweg.generator(seed), stratify=one)
            for seed in range(20)
        )
    }
    assert found == {0, 1}


def test_k_fold():
    labels = NUMBERS % 3
    for stratify in (None, labels):
        seen = []
        for training, validation in k_fold(DATA, 7, thalweg.generator(1), stratify=stratify):
            a, b = training.indices.tolist(), validation.indices.tolist()
            assert sorted(a + b) == NUMBERS.tolist() and len(b) in (42, 43)
            seen += b
            if stratify is not None:
                assert max(abs(np.bincount(labels[b]) - len(b) / 3)) < 2
        assert sorted(seen) == NUMBERS.tolist()
    assert len(list(k_fold(DATA, 300))) == 300
    for folds in (-1, 0, 1, 301):
        with pytest.raises(ValueError, match="folds of 300"):
            k_fold(DATA, folds)


def test_subsets(path):
    file = HDF5Dataset(path, "x", "y")
    rows = [7, 3, 250, 3, 299, 0]
    subset = Subset(Subset(DATA, [10, 20, 30, 3, 7]), [4, 3, 0])
    assert flat(DataLoader(subset, 2)) == [7, 3, 10] and len(subset) == 3
    for window in (8 << 10, 1 << 20):
        options = {"window_bytes": window}
        assert flat_of(Subset(file, rows), 4, **options) == rows
        assert sorted(flat_of(Subset(file, rows), 4, True, seed=1, **options)) == sorted(rows)
        part = random_split(file, [0.5, 0.5], thalweg.generator(2))[0]
        numbers = part.indices.tolist()
        assert flat_of(part, 7, **options) == numbers
        shuffled = flat_of(part, 7, True, seed=1, **options)
        assert sorted(shuffled) == numbers and shuffled != numbers
        assert shuffled == flat_of(part, 7, True, seed=1, prefetch=0, **options)
        assert flat_of(part, 7, limit=20, **options) == numbers[:20]
    assert flat_of(Subset(file, []), 4) == [] and len(DataLoader(Subset(file, []), 4)) == 0
    for wrong, error in [
        ([300], ValueError),
        ([-1], ValueError),
        ([[1]], Exception),
        (np.array([0.5]), Exception),
    ]:
        if wrong != [[1]] and not isinstance(wrong, np.ndarray):
            with pytest.raises(error, match="there is no sample"):
                Subset(file, wrong)


def flat_of(dataset, *args, **options):
    loader = DataLoader(dataset, *args, **options)
    rows = []
    for x, y in loader:
        assert (x.numpy() == y.numpy()[:, None]).all()
        rows += y.tolist()
    assert len(rows) == len(dataset) or "limit" in options
    return rows


# -- Samplers ----------------------------------------------------------------------------------------------


def test_plain_samplers():
    assert flat(DataLoader(DATA, 7, sampler=SequentialSampler(DATA))) == NUMBERS.tolist()
    for sampler in (RandomSampler(DATA), SubsetRandomSampler(NUMBERS)):
        loader = DataLoader(DATA, 7, sampler=sampler, seed=4)
        first, second = flat(loader), flat(loader)
        assert first != second and sorted(first) == sorted(second) == NUMBERS.tolist()
        assert sorted(sampler) == NUMBERS.tolist() and len(sampler) == ROWS
    assert flat(DataLoader(DATA, 7, sampler=RandomSampler(DATA), seed=4)) == flat(
        DataLoader(DATA, 7, True, seed=4)
    )
    some = DataLoader(DATA, 7, sampler=SubsetRandomSampler([5, 9, 200]))
    assert sorted(flat(some)) == [5, 9, 200] and len(some) == 1
    again = DataLoader(DATA, 7, sampler=RandomSampler(DATA, True, 1000), drop_last=True)
    assert [len(b) for b in samples(again)] == [7] * 142 == [7] * len(again)
    few = DataLoader(DATA, 7, sampler=RandomSampler(DATA, num_samples=20))
    assert len(set(flat(few))) == 20 and set(flat(few)) != set(flat(few))
    seeds = [
        flat(DataLoader(DATA, 7, sampler=RandomSampler(DATA, generator=thalweg.generator(1)))) for _ in "ab"
    ]
    assert seeds[0] == seeds[1]
    with pytest.raises(ValueError, match="301 samples of 300"):
        RandomSampler(DATA, num_samples=301)


def chi_square(counts, expected):
    return ((counts - expected) ** 2 / expected).sum()


@pytest.mark.parametrize("from_file", [False, True])
def test_weights(path, from_file):
    data = HDF5Dataset(path, "x", "y") if from_file else DATA
    weights = (NUMBERS % 7) ** 2.0
    loader = DataLoader(data, 64, sampler=WeightedRandomSampler(weights, 6000), seed=9)
    assert len(loader) == math.ceil(6000 / 64)
    epochs = [flat(loader) for _ in range(3)]
    assert epochs[0] != epochs[1]
    counts = np.bincount(list(itertools.chain(*epochs)), minlength=ROWS)
    assert counts.sum() == 18000 and (counts[weights == 0] == 0).all()
    positive = weights > 0
    free = positive.sum() - 1
    expected = 18000 * weights[positive] / weights.sum()
    assert abs(chi_square(counts[positive], expected) - free) < 3 * (2 * free) ** 0.5


def test_weights_without_replacement():
    weights = np.array([0.0, 1.0, 2.0, 4.0, 8.0])
    data = TensorDataset(np.arange(5))
    loader = DataLoader(data, 2, sampler=WeightedRandomSampler(weights, 2, replacement=False), seed=3)
    pairs = np.zeros((5, 5))
    for _ in range(4000):
        a, b = flat(loader)
        pairs[a, b] += 1
    p = weights / 15
    expected = (
        np.array([[p[a] * p[b] / (1 - p[a]) if a != b else 0 for b in range(5)] for a in range(5)]) * 4000
    )
    possible = expected > 0
    assert pairs[~possible].sum() == 0
    free = possible.sum() - 1
    assert abs(chi_square(pairs[possible], expected[possible]) - free) < 3 * (2 * free) ** 0.5
    drawn = list(WeightedRandomSampler(weights, 4, replacement=False))
    assert sorted(drawn) == [1, 2, 3, 4]
    with pytest.raises(ValueError, match="positive weights"):
        DataLoader(data, 2, sampler=WeightedRandomSampler(weights, 5, replacement=False))
    for wrong in ([1, -1, 1, 1, 1], [0.0] * 5, [1, float("nan"), 1, 1, 1]):
        with pytest.raises(ValueError, match="weight"):
            DataLoader(data, 2, sampler=WeightedRandomSampler(wrong, 5))
    with pytest.raises(thalweg.ShapeError, match="one for each of 5"):
        DataLoader(data, 2, sampler=WeightedRandomSampler([1.0, 2.0], 5))


def test_batch_samplers(path):
    loader = DataLoader(DATA, batch_sampler=BatchSampler(SequentialSampler(DATA), 64, True))
    assert [len(b) for b in samples(loader)] == [64] * 4 and len(loader) == 4
    assert list(BatchSampler(range(5), 2, False)) == [[0, 1], [2, 3], [4]]
    assert len(BatchSampler(range(5), 2, False)) == 3 and len(BatchSampler(range(5), 2, True)) == 2

    class Mine:
        """Batches of its own, which the epoch decides."""

        epoch = 0

        def set_epoch(self, epoch):
            self.epoch = epoch

        def __iter__(self):
            return iter([[self.epoch, 2], [5], [4, 4, 1]])

        def __len__(self):
            return 3

    for data in (DATA, HDF5Dataset(path, "x", "y")):
        loader = DataLoader(data, batch_sampler=Mine())
        assert len(loader) == 3
        assert samples(loader) == [[0, 2], [5], [4, 4, 1]] and samples(loader) == [[1, 2], [5], [4, 4, 1]]
        loader.set_epoch(7)
        assert samples(loader) == [[7, 2], [5], [4, 4, 1]]
        loader = DataLoader(data, 2, sampler=[3, 1, 2])
        assert len(loader) == 2 and samples(loader) == [[3, 1], [2]] == samples(loader)
        with pytest.raises(ValueError, match="there is no sample 300"):
            samples(DataLoader(data, 2, sampler=[300]))
        assert samples(DataLoader(data, 2, sampler=[])) == []

    class Broken:
        def __iter__(self):
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        samples(DataLoader(DATA, sampler=Broken()))
    with pytest.raises(ValueError, match="a batch of 0"):
        samples(DataLoader(DATA, batch_sampler=[[1], []]))
    with pytest.raises(ValueError, match="no choice"):
        DataLoader(DATA, 2, batch_sampler=[[1]])
    with pytest.raises(ValueError, match="no choice"):
        DataLoader(DATA, 2, True, sampler=[1])


# -- Sequences ---------------------------------------------------------------------------------------------


def make_sequences(count=100, seed=0):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 30, count)
    return [rng.standard_normal((n, 3), dtype="f4") for n in lengths], [
        rng.integers(0, 9, n) for n in lengths
    ]


def test_padding():
    xs, ys = make_sequences()
    classes = np.arange(100)
    data = SequenceDataset(xs, ys, classes, padding_value=0.5, target_padding_value=-100, mask=True)
    assert len(data) == 100 and data[7][0].shape == xs[7].shape and data[-1][2].item() == 99
    loader = DataLoader(data, 8)
    first = 0
    for x, y, c, lengths, mask in loader:
        own = range(first, first + x.shape[0])
        longest = max(len(xs[i]) for i in own)
        assert x.shape == (len(own), longest, 3) and y.shape == mask.shape == (len(own), longest)
        assert c.tolist() == list(own) and lengths.tolist() == [len(xs[i]) for i in own]
        for row, i in enumerate(own):
            n = len(xs[i])
            np.testing.assert_array_equal(x.numpy()[row, :n], xs[i])
            np.testing.assert_array_equal(y.numpy()[row, :n], ys[i])
            assert (x.numpy()[row, n:] == 0.5).all() and (y.numpy()[row, n:] == -100).all()
            assert mask.numpy()[row].tolist() == [t < n for t in range(longest)]
        first += len(own)
    turned = SequenceDataset(xs, ys, classes, batch_first=False, mask=True)
    for (a, b, _, _, m), (x, y, _, _, mask) in zip(
        DataLoader(turned, 8), DataLoader(SequenceDataset(xs, ys, classes, mask=True), 8), strict=True
    ):
        np.testing.assert_array_equal(a.numpy(), x.numpy().swapaxes(0, 1))
        np.testing.assert_array_equal(b.numpy(), y.numpy().T)
        np.testing.assert_array_equal(m.numpy(), mask.numpy().T)


def test_several_lists_of_lengths():
    xs, _ = make_sequences()
    zs, _ = make_sequences(seed=1)
    batch = next(iter(DataLoader(SequenceDataset(xs, zs), 5)))
    assert len(batch) == 4 and batch[2].tolist() == [len(x) for x in xs[:5]]
    assert batch[3].tolist() == [len(z) for z in zs[:5]]
    assert len(next(iter(DataLoader(SequenceDataset(xs, zs, lengths=False), 5)))) == 2
    values, lengths = np.concatenate(xs), [len(x) for x in xs]
    ragged = SequenceDataset(Ragged(values, lengths), np.arange(100))
    for a, b in zip(DataLoader(ragged, 9), DataLoader(SequenceDataset(xs, np.arange(100)), 9), strict=True):
        assert all(np.array_equal(p.numpy(), q.numpy()) for p, q in zip(a, b, strict=True))
    for wrong, words in [
        (Ragged(values, lengths[:-1]), "sum up to"),
        (Ragged(values, [-1, *lengths[1:]]), "has length -1"),
        (Ragged(values, [10**18, *lengths[1:]]), "are left for it"),
    ]:
        with pytest.raises(ValueError, match=words):
            SequenceDataset(wrong)
    with pytest.raises(thalweg.ShapeError, match="array 1 has 3 samples"):
        SequenceDataset(xs, np.arange(3))


def test_transforms_of_sequences():
    xs, ys = make_sequences()
    values = np.concatenate(xs)
    loader = DataLoader(
        SequenceDataset(xs, ys),
        8,
        transform=T.Normalize(values.mean(0), values.std(0)),
        target_transform=T.OneHot(9),
    )
    x, y, lengths = next(iter(loader))
    n = lengths.tolist()[2]
    expected = (xs[2] - values.mean(0)) / values.std(0)
    np.testing.assert_allclose(x.numpy()[2, :n], expected, rtol=1e-5, atol=1e-6)
    assert (x.numpy()[2, n:] == 0).all()
    np.testing.assert_array_equal(y.numpy()[2, :n], np.eye(9, dtype="f4")[ys[2]])
    with pytest.raises(ValueError, match="one by one"):
        DataLoader(SequenceDataset(xs), 8, transform=T.RandomHorizontalFlip())


@pytest.mark.parametrize("pool", [None, 32])
@pytest.mark.parametrize("tokens", [None, 64])
def test_buckets(pool, tokens):
    xs, _ = make_sequences()
    numbers = np.arange(100)
    size = {"max_tokens": tokens} if tokens else {"batch_size": 8}
    loader = DataLoader(
        SequenceDataset(xs, numbers), batch_sampler=BucketBatchSampler(pool=pool, **size), seed=5
    )
    orders, padded = [], 0
    for _ in range(2):
        order = []
        for x, number, lengths in loader:
            batch, longest = x.shape[:2]
            own = lengths.tolist()
            assert own == sorted(own) and own == [len(xs[i]) for i in number.tolist()]
            if tokens:
                assert batch * longest <= tokens
            else:
                assert batch <= 8
            order.append(number.tolist())
            padded += batch * longest
        assert sorted(itertools.chain(*order)) == numbers.tolist()
        assert len(loader) == len(order)
        orders.append(order)
    assert orders[0] != orders[1]
    longest = [batch[-1] for batch in orders[0]]
    assert longest != sorted(longest)  # batches come in random order
    plain = sum(x.shape[0] * x.shape[1] for x, *_ in DataLoader(SequenceDataset(xs), 8, True, seed=1))
    assert padded / 2 < 0.85 * plain
    fixed = BucketBatchSampler(pool=pool, shuffle=False, **size)
    still = DataLoader(SequenceDataset(xs, numbers), batch_sampler=fixed)
    assert [n.tolist() for _, n, _ in still] == [n.tolist() for _, n, _ in still]


def test_buckets_of_others(path):
    """Lengths that are given, of any data."""
    lengths = (NUMBERS * 7 % 50).astype("i4")
    for data in (DATA, HDF5Dataset(path, "x", "y")):
        loader = DataLoader(data, batch_sampler=BucketBatchSampler(lengths, 10, drop_last=True), seed=1)
        batches = samples(loader)
        assert [len(b) for b in batches] == [10] * 30 and sorted(
            itertools.chain(*batches)
        ) == NUMBERS.tolist()
        assert max(np.ptp(lengths[b]) for b in batches) <= 3
    part = Subset(SequenceDataset(make_sequences()[0], np.arange(100)), np.arange(50, 100))
    loader = DataLoader(part, batch_sampler=BucketBatchSampler(batch_size=8))
    assert sorted(itertools.chain(*(n.tolist() for _, n, _ in loader))) == list(range(50, 100))
    with pytest.raises(ValueError, match="lengths is NULL"):
        DataLoader(DATA, batch_sampler=BucketBatchSampler(batch_size=8))
    with pytest.raises(ValueError, match="max_tokens is 0"):
        BucketBatchSampler(max_tokens=0)
    # One that is longer than the budget has a batch of its own.
    long = DataLoader(DATA, batch_sampler=BucketBatchSampler(lengths * 0 + 50, max_tokens=1))
    assert len(long) == ROWS


def test_recurrent_layers_take_the_lengths():
    xs, _ = make_sequences(20)
    layer = nn.GRU(3, 4, batch_first=True)
    for x, lengths in DataLoader(SequenceDataset(xs), batch_sampler=BucketBatchSampler(batch_size=6)):
        output, _ = layer(x, lengths=lengths)
        assert output.shape == (*x.shape[:2], 4)


def test_fit():
    """Training and evaluation with a split, weights, augmentation and sequences."""
    thalweg.manual_seed(0)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((120, 1, 4, 4), dtype="f4")
    y = (x[:, 0, 0].sum(-1) > 0).astype("i8")
    training, test = random_split(TensorDataset(x, y), [0.8, 0.2], stratify=y)
    weights = 1 / np.bincount(y)[y[training.indices.numpy()]]
    batches = DataLoader(
        training, 16, sampler=WeightedRandomSampler(weights, 96), transform=T.RandomHorizontalFlip()
    )
    net = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
    history = thalweg.fit(
        net,
        optim.Adam(net.parameters(), lr=0.05),
        batches,
        validation=DataLoader(test, 24),
        epochs=15,
        verbose=False,
    )
    assert history["validation_accuracy"][-1] > 0.85
    assert thalweg.evaluate(net, DataLoader(test, 5))[1] == pytest.approx(history["validation_accuracy"][-1])
    xs, _ = make_sequences()
    data = SequenceDataset(
        xs, [(x[:, 0] > 0).astype("i8") for x in xs], target_padding_value=-100, lengths=False
    )
    loader = DataLoader(data, batch_sampler=BucketBatchSampler(max_tokens=120))

    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 2)

        def forward(self, x):
            return self.linear(x).transpose(1, 2)

    tagger = Tagger()
    history = thalweg.fit(tagger, optim.Adam(tagger.parameters(), lr=0.05), loader, epochs=8, verbose=False)
    assert history["accuracy"][-1] > 0.95


def test_names_of_pytorch():
    from thalweg.utils import data

    assert data.DataLoader is DataLoader and data.random_split is random_split
