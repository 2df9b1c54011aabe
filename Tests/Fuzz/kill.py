"""Kills processes that write, at random moments, and looks at what is left: the old file or the new one, whole.

    python Tests/Fuzz/kill.py [weights|background|append ...] [--count 1000] [--folder FOLDER]

weights: `io.save_weights`, two models in turn. background: `Checkpoint.save(background=True)` while training
goes on. append: `io.append` of 50 rows, so that a file has a multiple of them, all as they were written.
The status is not 0 if a file was neither, or more than one temporary file was left behind at any time.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import thalweg
from thalweg import io, nn, optim
from thalweg.checkpoint import Checkpoint

ROWS = 50


def trained(step):
    """A model whose weights all have the number of the step."""
    model = nn.Linear(150, 100)
    with thalweg.no_grad():
        for parameter in model.parameters():
            parameter.fill_(step)
    return model


def rows(first):
    """Rows that tell their numbers."""
    return np.repeat(np.arange(first, first + ROWS, dtype="i8")[:, None], 64, 1)


def write_weights(path):
    models = [trained(step) for step in range(2)]
    while True:
        for model in models:
            io.save_weights(model, path)


def write_background(path):
    model = trained(0)
    checkpoint = Checkpoint(model, optim.SGD(model.parameters(), lr=0.1))
    while True:
        checkpoint.step += 1
        with thalweg.no_grad():
            for parameter in model.parameters():
                parameter.fill_(checkpoint.step)
        checkpoint.save(path, background=True)


def write_append(path):
    while True:
        count = io.read(path, "x").shape[0]
        io.append(path, {"x": rows(count)})


def check_weights(path):
    model = nn.Linear(150, 100)
    io.load_weights(model, path)
    values = {float(v) for p in model.parameters() for v in np.unique(p.detach().numpy())}
    assert len(values) == 1, values


def check_background(path):
    model = trained(-1)
    checkpoint = Checkpoint(model, optim.SGD(model.parameters(), lr=0.1))
    checkpoint.load(path)
    values = {float(v) for p in model.parameters() for v in np.unique(p.detach().numpy())}
    assert values == {float(checkpoint.step)}, (values, checkpoint.step)


def check_append(path):
    values = io.read(path, "x").numpy()
    assert values.shape[0] % ROWS == 0 and (values == np.arange(len(values))[:, None]).all(), values.shape
    if len(values) > 100 * ROWS:
        io.write(path, {"x": rows(0)}, extendible=True)


def begin(kind, path):
    if kind == "append":
        io.write(path, {"x": rows(0)}, extendible=True)
    elif kind == "weights":
        io.save_weights(trained(0), path)
    else:
        model = trained(0)
        Checkpoint(model, optim.SGD(model.parameters(), lr=0.1)).save(path)


def attack(kind, count, folder):
    """Prints how it ended; the number of failures."""
    path = Path(folder) / f"{kind}.h5"
    begin(kind, path)
    dice = random.Random(kind)
    failures = cut = changed = 0
    for number in range(count):
        before = path.read_bytes()
        command = [sys.executable, __file__, "--write", kind, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            time.sleep(dice.random() * 0.03)
            child.send_signal(signal.SIGKILL)
        left = [name for name in os.listdir(folder) if name.startswith(f".{path.name}")]
        cut += len(left) > 0
        changed += path.read_bytes() != before
        try:
            assert len(left) <= 1, left
            {"weights": check_weights, "background": check_background, "append": check_append}[kind](path)
        except Exception as error:  # whatever it is, it is counted
            failures += 1
            print(f"{kind} {number}: {error}", flush=True)
    print(
        f"{kind}: {count} kills, {cut} in the middle of a file, {changed} after a new file; {failures} failures"
    )
    return failures


def main():
    if sys.argv[1:2] == ["--write"]:
        thalweg.set_num_threads(1)
        print("ready", flush=True)
        {"weights": write_weights, "background": write_background, "append": write_append}[sys.argv[2]](
            sys.argv[3]
        )
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kinds", nargs="*", default=["weights", "background", "append"])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        sys.exit(sum(attack(kind, arguments.count, folder) for kind in arguments.kinds) > 0)


if __name__ == "__main__":
    main()
