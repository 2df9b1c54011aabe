"""Checkpoints in the middle of an epoch: transforms, samplers and sequences go on to the same bits."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import thalweg
from thalweg import nn, optim
from thalweg import transforms as T
from thalweg.checkpoint import Checkpoint
from thalweg.data import (
    BucketBatchSampler,
    DataLoader,
    HDF5Dataset,
    SequenceDataset,
    Subset,
    TensorDataset,
    WeightedRandomSampler,
    k_fold,
    random_split,
)

pytestmark = pytest.mark.skipif(not thalweg.io.hdf5_available(), reason="without libhdf5")

random = np.random.default_rng(0)
IMAGES = random.integers(0, 256, (70, 1, 6, 6), dtype=np.uint8)
CLASSES = (IMAGES.mean((1, 2, 3)) > 127).astype("i8")
SEQUENCES = [random.standard_normal((n, 36), dtype="f4") for n in random.integers(1, 12, 70)]


def noise(x, generator):
    return x + 0.1 * thalweg.rand(x.shape, generator=generator)


AUGMENTED = {
    "transforms": T.Compose([lambda x: x]),
    "transform": T.Compose(
        [
            T.RandomCrop(6, padding=1, padding_mode="reflect"),
            T.RandomHorizontalFlip(),
            T.RandomVerticalFlip(0.2),
            T.ToDtype(thalweg.float32, scale=True),
            T.RandomAffine(translate=(0.2, 0.1), fill=0.5),
            T.Normalize([0.5], [0.3]),
            T.Scale(1.5, -0.1),
            T.Lambda(noise, random=True),
        ]
    ),
}


class ByEpoch:
    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        order = np.random.default_rng(self.epoch).permutation(70).tolist()
        return iter([order[:9], order[9:10], order[10:40], order[40:]])


def in_memory(**options):
    return DataLoader(TensorDataset(IMAGES, CLASSES), **options, **AUGMENTED)


def in_file(path, pick=lambda data: data, **options):
    data = pick(HDF5Dataset(path, "x", "y"))
    return DataLoader(data, window_bytes=3000, prefetch=3, **options, **AUGMENTED)


def sequences(**options):
    data = SequenceDataset(SEQUENCES, CLASSES, lengths=False)
    return DataLoader(data, transform=T.Normalize(np.zeros(36), np.ones(36), dim=1), **options)


WEIGHTS = np.arange(70) % 5 + 0.5
LENGTHS = [len(s) for s in SEQUENCES]
KINDS = {
    "shuffled": lambda path: in_memory(batch_size=8, shuffle=True),
    "weighted": lambda path: in_memory(batch_size=8, sampler=WeightedRandomSampler(WEIGHTS, 90)),
    "different": lambda path: in_memory(batch_size=8, sampler=WeightedRandomSampler(WEIGHTS, 40, False)),
    "custom": lambda path: in_memory(batch_sampler=ByEpoch()),
    "bucketed": lambda path: in_memory(batch_sampler=BucketBatchSampler(LENGTHS, max_tokens=40)),
    "subset": lambda path: DataLoader(
        Subset(TensorDataset(IMAGES, CLASSES), range(5, 60)), 8, shuffle=True, drop_last=True, **AUGMENTED
    ),
    "file": lambda path: in_file(path, batch_size=8, shuffle=True),
    "file in order": lambda path: in_file(path, batch_size=8),
    "split of a file": lambda path: in_file(
        path,
        lambda d: random_split(d, [0.7, 0.3], thalweg.generator(1), stratify=CLASSES)[0],
        batch_size=8,
        shuffle=True,
    ),
    "fold of a file": lambda path: in_file(
        path, lambda d: list(k_fold(d, 3, thalweg.generator(1)))[1][0], batch_size=8
    ),
    "list of a file": lambda path: in_file(
        path, lambda d: Subset(d, [9, 3, 3, 60, 20, 1, 0, 5] * 4), batch_size=5
    ),
    "weighted file": lambda path: in_file(path, batch_size=8, sampler=WeightedRandomSampler(WEIGHTS, 90)),
    "custom file": lambda path: in_file(path, batch_sampler=ByEpoch()),
    "bucketed file": lambda path: in_file(path, batch_sampler=BucketBatchSampler(LENGTHS, 8, pool=20)),
    "sequences": lambda path: sequences(batch_sampler=BucketBatchSampler(batch_size=8, pool=24)),
    "sequences in order": lambda path: sequences(batch_size=8),
}


class Training:
    """A linear net on the batches of a loader, whose seed is drawn."""

    def __init__(self, kind, path, seed):
        thalweg.manual_seed(seed)
        self.loader = KINDS[kind](path)
        self.model = nn.Linear(36, 2)
        self.optimizer = optim.Adam(self.model.parameters(), lr=0.01)
        self.checkpoint = Checkpoint(self.model, self.optimizer, loader=self.loader)
        self.batches = {}

    def run(self, until, after_step=lambda training: None):
        while self.checkpoint.step < until:
            for x, y in self.loader:
                if self.checkpoint.step >= until:
                    break
                self.optimizer.zero_grad()
                rows = x.sum(1) if x.ndim == 3 else x.flatten(1)
                nn.functional.cross_entropy(self.model(rows), y).backward()
                self.optimizer.step()
                self.checkpoint.step += 1
                self.batches[self.checkpoint.step] = (x.numpy().tobytes(), y.numpy().tobytes())
                after_step(self)
        return self

    def bits(self):
        return [p.detach().numpy().tobytes() for p in self.model.parameters()]


@pytest.fixture
def path(tmp_path):
    h5py = pytest.importorskip("h5py")
    name = tmp_path / "images.h5"
    with h5py.File(name, "w") as file:
        file.create_dataset("x", data=IMAGES, chunks=(4, 1, 6, 6), compression="gzip")
        file["y"] = CLASSES
    return str(name)


@pytest.mark.parametrize("kind", KINDS)
def test_goes_on_to_the_same_bits(kind, path, tmp_path):
    whole = Training(kind, path, seed=1).run(40)
    for step in (3, 10, 17):

        def save(training, step=step):
            if training.checkpoint.step == step:
                training.checkpoint.save(tmp_path / "training.h5")

        Training(kind, path, seed=1).run(step + 2, save)
        resumed = Training(kind, path, seed=99)
        resumed.checkpoint.load(tmp_path / "training.h5")
        thalweg.set_num_threads(3)
        resumed.run(40)
        thalweg.set_num_threads(2)
        assert resumed.bits() == whole.bits()
        assert resumed.batches == {at: batch for at, batch in whole.batches.items() if at > step}
    if "order" not in kind and kind not in ("fold of a file", "list of a file") and "custom" not in kind:
        # The seed of the loader came from the checkpoint: another one gives other batches.
        assert Training(kind, path, seed=99).run(3).batches != {s: whole.batches[s] for s in (1, 2, 3)}


KILLED = """
import sys
sys.path.insert(0, {here!r})
from test_resume_loaders import Training

training = Training({kind!r}, {path!r}, seed=5)
training.checkpoint.resume({folder!r})
training.run(60, lambda t: t.checkpoint.keep({folder!r}))
with open({result!r}, "wb") as file:
    file.write(b"".join(training.bits()))
"""


@pytest.mark.parametrize("kind", ["split of a file", "weighted file"])
def test_killed_again_and_again(kind, path, tmp_path):
    folder, result = tmp_path / "checkpoints", tmp_path / "result"
    script = KILLED.format(
        here=os.path.dirname(__file__), kind=kind, path=path, folder=str(folder), result=str(result)
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    kills = 0
    while not result.exists():
        process = subprocess.Popen([sys.executable, "-c", script], env=environment)
        if kills < 3:
            names = set(folder.glob("*.h5"))
            deadline = time.monotonic() + 60
            while (
                process.poll() is None and time.monotonic() < deadline and set(folder.glob("*.h5")) == names
            ):
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
        else:
            assert process.wait() == 0
    assert result.read_bytes() == b"".join(Training(kind, path, seed=5).run(60).bits())
