"""Checkpoints: training that was ended at any moment goes on to the same bits."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import thalweg
from thalweg import nn, optim
from thalweg.callbacks import EarlyStopping
from thalweg.checkpoint import Checkpoint, Checkpointing
from thalweg.data import DataLoader

pytestmark = pytest.mark.skipif(not thalweg.io.hdf5_available(), reason="without libhdf5")

STEPS = 40  # of ten batches an epoch


class Training:
    """A net with dropout and running statistics, shuffled data, and a schedule."""

    def __init__(self, kind, seed):
        random = np.random.default_rng(0)
        x = random.standard_normal((100, 6), dtype="float32")
        y = (x[:, 0] * x[:, 1] > 0).astype("int64")
        thalweg.manual_seed(seed)
        self.model = nn.Sequential(
            nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 2)
        )
        parameters = self.model.parameters()
        self.optimizer = {
            "sgd": lambda: optim.SGD(parameters, lr=0.1, momentum=0.9, nesterov=True),
            "adam": lambda: optim.Adam(parameters, lr=0.01, amsgrad=True),
            "nadam": lambda: optim.NAdam(parameters, lr=0.01),
            "lbfgs": lambda: optim.LBFGS(
                parameters, lr=0.2, max_iter=3, history_size=12, line_search_fn="strong_wolfe"
            ),
        }[kind]()
        self.schedule = optim.lr_scheduler.ExponentialLR(self.optimizer, 0.8)
        self.loader = DataLoader([x, y], batch_size=10, shuffle=True, seed=3)
        self.checkpoint = Checkpoint(self.model, self.optimizer, self.schedule, self.loader)
        self.losses = {}

    def run(self, until=STEPS, after_step=lambda training: None):
        checkpoint = self.checkpoint
        while checkpoint.step < until:
            for x, y in self.loader:
                if checkpoint.step >= until:
                    return self

                def closure(x=x, y=y):
                    self.optimizer.zero_grad()
                    loss = nn.functional.cross_entropy(self.model(x), y)
                    loss.backward()
                    return loss

                loss = self.optimizer.step(closure)
                checkpoint.step += 1
                self.losses[checkpoint.step] = float(loss)
                after_step(self)
            self.schedule.step()
            checkpoint.epoch += 1
        return self

    def bits(self):
        tensors = {**self.model.state_dict()}
        return {name: tensor.numpy().tobytes() for name, tensor in tensors.items()}


@pytest.mark.parametrize("kind", ["sgd", "adam", "nadam", "lbfgs"])
@pytest.mark.parametrize("background", [False, True])
def test_goes_on_to_the_same_bits(kind, background, tmp_path):
    whole = Training(kind, seed=1).run()

    def save(training):
        if training.checkpoint.step % 7 == 0:
            training.checkpoint.keep(tmp_path, background=background)

    ended = Training(kind, seed=1).run(until=17, after_step=save)
    ended.checkpoint.wait()
    resumed = Training(kind, seed=99)
    assert resumed.bits() != whole.bits()
    assert resumed.checkpoint.resume(tmp_path)
    assert (resumed.checkpoint.step, resumed.checkpoint.epoch) == (14, 1)
    resumed.run()
    assert resumed.bits() == whole.bits()
    assert resumed.losses == {step: loss for step, loss in whole.losses.items() if step > 14}
    assert resumed.schedule.get_last_lr() == whole.schedule.get_last_lr()


@pytest.mark.parametrize("step", [20, 21, 29, 30])
def test_at_the_borders_of_an_epoch(step, tmp_path):
    whole = Training("sgd", seed=1).run()
    path = tmp_path / "training.h5"

    def save(training):
        if training.checkpoint.step == step:
            training.checkpoint.save(path)

    Training("sgd", seed=1).run(until=step + 3, after_step=save)
    resumed = Training("sgd", seed=2)
    resumed.checkpoint.load(path)
    assert resumed.run().bits() == whole.bits()


def test_after_a_whole_epoch(tmp_path):
    path = tmp_path / "training.h5"
    first = Training("adam", seed=1).run(until=20)  # returns with the third epoch begun
    list(first.loader)
    first.checkpoint.save(path)
    following = [x.numpy() for x, _ in first.loader]
    second = Training("adam", seed=2)
    second.checkpoint.load(path)
    again = [x.numpy() for x, _ in second.loader]
    assert len(again) == 10 and all(np.array_equal(a, b) for a, b in zip(following, again, strict=True))


KILLED = """
import sys
sys.path.insert(0, {here!r})
from test_resume import Training

training = Training("adam", seed=5)
training.checkpoint.resume({folder!r})
training.run(until=400, after_step=lambda t: t.checkpoint.keep({folder!r}))
with open({result!r}, "wb") as file:
    for name, bits in sorted(training.bits().items()):
        file.write(name.encode() + bits)
"""


def test_killed_again_and_again(tmp_path):
    here = os.path.dirname(__file__)
    folder, result = tmp_path / "checkpoints", tmp_path / "result"
    script = KILLED.format(here=here, folder=str(folder), result=str(result))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    generator = random.Random(1)
    kills = 0
    while not result.exists():
        process = subprocess.Popen([sys.executable, "-c", script], env=environment)
        if kills < 4:
            deadline = time.monotonic() + 60
            before = len(list(folder.glob("*.h5"))) if folder.exists() else 0
            while process.poll() is None and time.monotonic() < deadline:
                if folder.exists() and len(list(folder.glob("*.h5"))) > min(before, 1):
                    break
                time.sleep(0.01)
            time.sleep(generator.random() * 0.15)
            process.send_signal(signal.SIGKILL)
            kills += 1
            process.wait()
            assert len(list(folder.glob(".*.tmp"))) <= 1
        else:
            assert process.wait() == 0
    whole = Training("adam", seed=5).run(until=400)
    expected = b"".join(name.encode() + bits for name, bits in sorted(whole.bits().items()))
    assert result.read_bytes() == expected
    assert len(list(folder.iterdir())) == 3


class Stop(Exception):
    pass


def fit(seed, epochs=3, stop_at=None, folder=None, background=False, watch=()):
    """Bits, history and batches of a training, which may be ended at a batch by an exception."""
    training = Training("adam", seed)
    seen = []

    def hear(progress):
        if progress.event == 1:
            seen.append(progress.batch)
            if len(seen) == stop_at:
                raise Stop

    saving = folder and Checkpointing(
        Checkpoint(training.model, training.optimizer, loader=training.loader),
        folder,
        every=3,
        monitor="loss",
        background=background,
    )
    try:
        history = thalweg.fit(
            training.model,
            training.optimizer,
            training.loader,
            epochs=epochs,
            callback=[hear, *watch],
            verbose=False,
            checkpoint=saving,
        )
    except Stop:
        return training.bits(), None, seen
    if saving:
        saving.checkpoint.wait()
    return training.bits(), history, seen


@pytest.mark.parametrize("background", [False, True])
def test_fit(background, tmp_path):
    whole, history, _ = fit(seed=4)
    fit(seed=4, stop_at=18, folder=tmp_path, background=background)
    bits, resumed, seen = fit(seed=7, folder=tmp_path, background=background)
    assert seen[0] == 7  # of the second epoch: six were done at the last checkpoint
    assert bits == whole
    assert resumed["loss"] == history["loss"][1:]
    again, nothing, _ = fit(seed=8, folder=tmp_path, background=background)
    assert again == whole and not nothing
    assert (tmp_path / "best.h5").exists()


def test_early_stopping_goes_on(tmp_path):
    # No epoch is better by this much than the first, which the module gets back after the fourth.
    watch = [EarlyStopping("loss", patience=3, min_delta=1e9, restore_best=True)]
    whole, history, _ = fit(seed=4, epochs=9, watch=watch)
    assert len(history["loss"]) == 4
    fit(seed=4, epochs=9, stop_at=30, folder=tmp_path, watch=watch)
    bits, resumed, _ = fit(seed=7, epochs=9, folder=tmp_path, watch=watch)
    assert resumed["loss"] == history["loss"][2:]
    first, _, _ = fit(seed=4, epochs=1)
    assert bits["0.weight"] == whole["0.weight"] == first["0.weight"]


def test_what_does_not_fit_changes_nothing(tmp_path):
    path = tmp_path / "training.h5"
    training = Training("adam", seed=1).run(until=12)
    training.checkpoint.save(path)
    for kind, parts, message in [
        ("sgd", {}, "its optimizer is Adam"),
        ("adam", {"schedules": ()}, "it has 1 schedules; there are 0"),
        ("adam", {"generators": [thalweg.generator(1)]}, "it has 0 generators"),
        ("adam", {"module": nn.Linear(6, 2)}, "does not fit"),
        (
            "adam",
            {"loader": DataLoader([np.zeros((100, 6)), np.zeros(100)], batch_size=7)},
            "begins after 30 samples",
        ),
    ]:
        other = Training(kind, seed=2)
        arguments = {
            "module": other.model,
            "optimizer": other.optimizer,
            "schedules": other.schedule,
            "loader": other.loader,
            **parts,
        }
        before, rates = other.bits(), other.schedule.get_last_lr()
        with pytest.raises(thalweg.Error, match=message):
            Checkpoint(**arguments).load(path)
        assert other.bits() == before and other.schedule.get_last_lr() == rates
        assert not other.optimizer.state_dict()["state"]
    with pytest.raises(thalweg.FormatError, match="not a checkpoint"):
        thalweg.io.save(training.model, path)
        training.checkpoint.load(path)
    with pytest.raises(thalweg.Error, match="No such file"):
        training.checkpoint.load(tmp_path / "absent.h5")


def test_keeps_the_last_and_the_best(tmp_path):
    training = Training("sgd", seed=1)
    bits = {}
    for step, score in enumerate([5.0, 3.0, 4.0, 3.5, 6.0], 1):
        training.run(until=step)
        bits[step] = training.bits()
        training.checkpoint.keep(tmp_path, last=2, score=score)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["best.h5", "checkpoint-000000004.h5", "checkpoint-000000005.h5"]
    other = Training("sgd", seed=2)
    other.checkpoint.load(tmp_path / "best.h5")
    assert other.checkpoint.step == 2 and other.bits() == bits[2]
    # The score is remembered.
    assert other.checkpoint.resume(tmp_path) and other.checkpoint.step == 5
    other.checkpoint.step = 6
    other.checkpoint.keep(tmp_path, score=3.2)
    other.checkpoint.load(tmp_path / "best.h5")
    assert other.checkpoint.step == 2


def test_a_damaged_file_is_passed_over(tmp_path):
    training = Training("sgd", seed=1)
    for step in (1, 2):
        training.run(until=step)
        training.checkpoint.keep(tmp_path)
    newest = tmp_path / "checkpoint-000000002.h5"
    data = bytearray(newest.read_bytes())
    newest.write_bytes(data[: len(data) // 2])
    other = Training("sgd", seed=2)
    assert other.checkpoint.resume(tmp_path)
    assert other.checkpoint.step == 1
    (tmp_path / "checkpoint-000000001.h5").unlink()
    with pytest.raises(thalweg.Error, match="checkpoint-000000002"):
        other.checkpoint.resume(tmp_path)
    assert not other.checkpoint.resume(tmp_path / "nowhere")


def test_in_the_background_it_is_the_moment_that_counts(tmp_path):
    path = tmp_path / "training.h5"
    training = Training("adam", seed=1).run(until=5)
    before = training.bits()
    training.checkpoint.save(path, background=True)
    training.run(until=9)
    training.checkpoint.wait()
    other = Training("adam", seed=2)
    other.checkpoint.load(path)
    assert other.bits() == before and other.checkpoint.step == 5
    training.checkpoint.save(tmp_path / "no" / "folder.h5", background=True)
    with pytest.raises(thalweg.Error, match="there is no folder"):
        training.checkpoint.wait()
    training.checkpoint.wait()


def test_notes_and_model_files(tmp_path):
    path = tmp_path / "training.h5"
    training = Training("adam", seed=1).run(until=3)
    notes = training.checkpoint.metadata
    notes["author"] = 'Grüße, "quoted"\n'
    notes["empty"] = ""
    notes["gone"] = "x"
    del notes["gone"]
    training.checkpoint.save(path)
    other = Training("adam", seed=2)
    other.checkpoint.metadata["old"] = "x"
    other.checkpoint.load(path)
    assert dict(other.checkpoint.metadata) == {"author": 'Grüße, "quoted"\n', "empty": ""}
    with pytest.raises(KeyError):
        other.checkpoint.metadata["old"]
    model = thalweg.io.load(path).eval()
    x = thalweg.ones(2, 6)
    assert np.array_equal(model(x).detach(), training.model.eval()(x).detach())
