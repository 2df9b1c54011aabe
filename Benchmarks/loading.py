"""Loading a gigabyte of weights against `cat FILE > /dev/null`, page cache warm and cold.

    python Benchmarks/loading.py [folder] [--rounds 7] [--layers 16] [--threads 1 2]

Both read the same file in alternation. `turned`: Linear layers, whose weights lie in the file as Keras has
them, the other way round; `straight`: embeddings, which lie as in memory. `fresh`: the first load of a
process whose weights were just initialised; `again`: later loads of one process. Cold: the system forgets
the file's pages before each (`posix_fadvise`). Medians, the least and the most in brackets.

A load reads the file twice, as nothing may change unless all of it is sound: once through a core's cache,
for the checksums, which alone takes what cat does, and once into the weights.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

import thalweg
from thalweg import nn

WIDTH = 4096


def model(kind, layers):
    """64 MB a layer."""
    if kind == "turned":
        return nn.Sequential(*[nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(layers)])
    return nn.ModuleList([nn.Embedding(WIDTH, WIDTH) for _ in range(layers)])


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def prepare(path, cold):
    """Has the file's pages in the page cache, or out of it."""
    with open(path, "rb") as file:
        if cold:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            return
        while file.read(1 << 20):
            pass


def cat(path):
    subprocess.run(["sh", "-c", f"cat '{path}' > /dev/null"], check=True)


def fresh(kind, layers, path, threads, cold):
    """The first load of a new process, in seconds."""
    words = [sys.executable, __file__, "--child", kind, str(layers), path, str(threads), str(int(cold))]
    return float(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def child(kind, layers, path, threads, cold):
    thalweg.set_num_threads(int(threads))
    net = model(kind, int(layers))
    prepare(path, cold == "1")
    print(seconds(lambda: thalweg.io.load_weights(net, path)))


def line(name, times, theirs):
    """A line with our times against those of cat."""

    def text(values):
        spread = f"({min(values) * 1e3:.0f} to {max(values) * 1e3:.0f})"
        return f"{statistics.median(values) * 1e3:.0f} ms {spread}"

    ratio = statistics.median(theirs) / statistics.median(times)
    print(f"{name}: {text(times)}; cat {text(theirs)}; {ratio:.2f} of its speed", flush=True)


def compare(net, path, kind, cold, threads, arguments):
    """Prints how both kinds of loads compare with cat."""
    thalweg.set_num_threads(threads)
    again, first, theirs = [], [], []
    for turn in range(arguments.rounds):
        prepare(path, cold)
        theirs.append(seconds(lambda: cat(path)))
        prepare(path, cold)
        again.append(seconds(lambda: thalweg.io.load_weights(net, path)))
        if turn % 2 == 0:
            first.append(fresh(kind, arguments.layers, path, threads, cold))
    name = f"{kind}, {'cold' if cold else 'warm'}, {threads} thread{'s' * (threads > 1)}"
    line(f"{name}, again", again[1:], theirs)
    line(f"{name}, fresh", first, theirs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--layers", type=int, default=16)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--kinds", nargs="+", default=["turned", "straight"])
    parser.add_argument("--warm-only", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        path = os.path.join(folder, "model.weights.h5")
        for kind in arguments.kinds:
            net = model(kind, arguments.layers)
            thalweg.io.save_weights(net, path)
            for cold in (False,) if arguments.warm_only else (False, True):
                for threads in arguments.threads:
                    compare(net, path, kind, cold, threads, arguments)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
    else:
        main()
