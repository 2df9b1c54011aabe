"""thalweg.fit and evaluate."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import thalweg
from thalweg import nn, optim
from thalweg.nn import functional


class Batches:
    """Points in the plane; the class says whether x > y."""

    def __init__(self, seed, count=6):
        random = np.random.default_rng(seed)
        self.points = random.standard_normal((count, 16, 2)).astype(np.float32)

    def __len__(self):
        return len(self.points)

    def __iter__(self):
        for points in self.points:
            yield thalweg.tensor(points), thalweg.tensor((points[:, 0] > points[:, 1]).astype(np.int64))


def make(lr=0.05):
    thalweg.manual_seed(1)
    net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
    return net, optim.Adam(net.parameters(), lr=lr)


def test_learns(capsys):
    net, adam = make()
    net.eval()
    heard = []
    history = thalweg.fit(net, adam, Batches(1), epochs=15, validation=Batches(2), callback=heard.append)
    assert set(history) == {"loss", "accuracy", "validation_loss", "validation_accuracy", "seconds"}
    assert all(len(values) == 15 for values in history.values())
    assert history["loss"][-1] < history["loss"][0] and history["validation_accuracy"][-1] > 0.85
    assert not net.training
    assert [p.epoch for p in heard if p.event == 3] == list(range(1, 16))
    assert heard[-1].batches == 6 and heard[-1].seconds_left == 0
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 15 and lines[-1].startswith("epoch 15 of 15   loss ")
    loss, accuracy = thalweg.evaluate(net, Batches(2))
    assert (loss, accuracy) == (history["validation_loss"][-1], history["validation_accuracy"][-1])


def test_same_as_a_loop_and_own_loss():
    results = []
    for loss in ("cross_entropy", lambda output, target: functional.cross_entropy(output, target), None):
        net, adam = make()
        if loss is None:
            for x, y in Batches(1):
                adam.zero_grad()
                functional.cross_entropy(net(x), y).backward()
                adam.step()
        else:
            thalweg.fit(net, adam, Batches(1), loss=loss, verbose=False)
        results.append([p.detach().numpy().tobytes() for p in net.parameters()])
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("loss", ["cross_entropy", "sequence_cross_entropy"])
def test_sequences(loss):
    """Outputs [B, T, classes] and targets [B, T]: every step's class is that of its input."""
    random = np.random.default_rng(1)
    marks = random.integers(0, 3, (8, 16, 5))
    data = [
        (thalweg.tensor(np.eye(3, dtype=np.float32)[m]), thalweg.tensor(np.where(m == 2, -100, m)))
        for m in marks
    ]
    thalweg.manual_seed(1)
    net = nn.Sequential(nn.GRU(3, 8, batch_first=True), nn.Linear(8, 3))
    x, t = data[0]
    right = functional.cross_entropy(net(x).flatten(0, 1), t.flatten())
    value, accuracy = thalweg.evaluate(net, data[:1], loss)
    assert value == pytest.approx(right.item())
    share = (net(x).argmax(-1) == t).float().sum().item() / (t != -100).float().sum().item()
    assert accuracy == pytest.approx(share)
    adam = optim.Adam(net.parameters(), lr=0.05)
    history = thalweg.fit(net, adam, data, loss=loss, epochs=10, verbose=False)
    assert history["accuracy"][-1] == 1


def test_sequences_that_might_be_either():
    """With as many steps as classes the logits' last two dimensions tell nothing."""
    net = nn.Identity()
    data = [(thalweg.tensor(np.arange(18, dtype=np.float32).reshape(2, 3, 3)), thalweg.zeros(2, 3).long())]
    with pytest.raises(thalweg.ShapeError, match="either dimension"):
        thalweg.evaluate(net, data)
    value, accuracy = thalweg.evaluate(net, data, "sequence_cross_entropy")
    assert value == pytest.approx(np.log(1 + np.e + np.e**2))
    assert accuracy == 0
    wrong = [(data[0][0], thalweg.zeros(2, 2).long())]
    for loss in ("cross_entropy", "sequence_cross_entropy"):
        with pytest.raises(thalweg.ShapeError):
            thalweg.evaluate(net, wrong, loss)


def test_ends():
    net, adam = make()
    history = thalweg.fit(net, adam, Batches(1), epochs=9, verbose=False, callback=lambda p: p.epoch < 3)
    assert len(history["loss"]) == 2

    def fail(progress):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        thalweg.fit(net, adam, Batches(1), verbose=False, callback=fail)

    def broken():
        yield from Batches(1)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        thalweg.fit(net, adam, broken(), verbose=False)
    with pytest.raises(TypeError, match="pair of tensors"):
        thalweg.fit(net, adam, [(1, 2)], verbose=False)
    with pytest.raises(ValueError, match="has 1 parts"):
        thalweg.fit(net, adam, [(1,)], verbose=False)
    with pytest.raises(ValueError, match="no loss 'mea'"):
        thalweg.fit(net, adam, Batches(1), loss="mea", verbose=False)
    with pytest.raises(ValueError, match="is nan"):
        x, y = next(iter(Batches(1)))
        thalweg.fit(net, adam, [(x * float("nan"), y)], verbose=False)


TRAINER = """
import signal, time, thalweg
from thalweg import nn, optim
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell runs in the background
layers = [nn.Linear(900, 900) for _ in range(60)]
net = nn.Sequential(*layers)
data = [(thalweg.rand(400, 900), thalweg.rand(400, 900))] * 1000
history = {}
def hear(progress):
    if progress.event == 0 or progress.batch:
        print("ready", flush=True)
try:
    thalweg.fit(net, optim.SGD(net.parameters(), lr=1e-9), data, loss="mse", epochs=9, verbose=False,
                callback=hear, history=history)
except KeyboardInterrupt:
    print("interrupted", repr(time.monotonic()), len(history), flush=True)
"""


def test_interrupt():
    """Ctrl-C ends training within 100 ms, in the middle of a batch too; the best of five: machines are busy."""
    delays = []
    for _ in range(5):
        with subprocess.Popen([sys.executable, "-c", TRAINER], stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout.readline() == "ready\n"
            time.sleep(0.13)
            sent = time.monotonic()
            child.send_signal(signal.SIGINT)
            output, _ = child.communicate(timeout=30)
            words = output.split("\n")[-2].split()
            assert words[0] == "interrupted" and child.returncode == 0, output
            delays.append(float(words[1]) - sent)
    assert min(delays) < 0.1, delays
