"""Saving and loading a gigabyte of weights against dd and cat; what a save in the background costs.

    python Benchmarks/checkpoint.py [folder]

Writes and reads the same bytes in alternation, five times each, at one thread and at two; the page cache is
warm for reading. Linear layers: the file has their weights turned, and each is added up before any changes.
`first load` is that of a process in which nothing was loaded before.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

import thalweg
from thalweg import nn, optim
from thalweg.checkpoint import Checkpoint

ROUNDS = 5


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def alternate(model, path, copy):
    """Prints how saving and loading compare, as medians."""
    size = os.path.getsize(path)
    dd = ["dd", f"if={path}", f"of={copy}", "bs=1M", "conv=fsync", "status=none"]
    cat = f"cat {path} > /dev/null"
    times = {"save": [], "dd": [], "load": [], "cat": []}
    for _ in range(ROUNDS):
        times["save"].append(seconds(lambda: thalweg.io.save_weights(model, path)))
        times["dd"].append(seconds(lambda: subprocess.run(dd, check=True)))
        times["load"].append(seconds(lambda: thalweg.io.load_weights(model, path)))
        times["cat"].append(seconds(lambda: subprocess.run(cat, shell=True, check=True)))
    for ours, theirs in (("save", "dd"), ("load", "cat")):
        a, b = statistics.median(times[ours]), statistics.median(times[theirs])
        rate = size / a / 1e9
        spread = f"{min(times[ours]):.2f} to {max(times[ours]):.2f}"
        other = f"{min(times[theirs]):.2f} to {max(times[theirs]):.2f}"
        print(
            f"  {ours}: {a:.2f} s ({spread}), {rate:.2f} GB/s; {theirs}: {b:.2f} s ({other}); "
            f"{b / a:.2f} of its speed"
        )


def main():
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
        path, copy = os.path.join(folder, "model.h5"), os.path.join(folder, "copy")
        layers = [nn.Linear(4096, 4096, bias=False) for _ in range(16)]  # 64 MB each
        model = nn.Sequential(*layers)
        thalweg.io.save_weights(model, path)
        first = seconds(lambda: thalweg.io.load_weights(model, path))
        print(f"first load: {first:.2f} s")
        for threads in (1, 2):
            thalweg.set_num_threads(threads)
            print(f"{threads} thread{'s' if threads > 1 else ''}:")
            alternate(model, path, copy)

        net = nn.Sequential(*layers[:4])
        optimizer = optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
        checkpoint = Checkpoint(net, optimizer)
        x = thalweg.randn(32, 4096)

        def step():
            optimizer.zero_grad()
            (net(x) ** 2).mean().backward()
            optimizer.step()

        step()
        quiet = statistics.median(seconds(step) for _ in range(10))
        call = seconds(lambda: checkpoint.save(path, background=True))
        busy = statistics.median(seconds(step) for _ in range(10))
        checkpoint.wait()
        whole = seconds(lambda: checkpoint.save(path))
        size = os.path.getsize(path) / 1e6
        print(
            f"{size:.0f} MB in the background: the call {call * 1e3:.0f} ms (in front: "
            f"{whole * 1e3:.0f}), a step {busy * 1e3:.1f} ms meanwhile and {quiet * 1e3:.1f} otherwise"
        )


main()
