"""Streams an HDF5 data set larger than memory in shuffled mini-batches: throughput and peak resident memory.

    python Benchmarks/streaming.py make /tmp/big.h5 --gigabytes 4 [--chunk 64] [--gzip | --contiguous]
    python Benchmarks/streaming.py read /tmp/big.h5 [--batch 64] [--window 64] [--prefetch 2] [--sequential]
    python Benchmarks/streaming.py train /tmp/big.h5 [--limit N]
    rm /tmp/big.h5

`make` needs h5py. It writes uint8 images of 3 x 64 x 64 pixels and int64 labels; pixels hold numbers from
which `read` checks that images and labels stay in step and that every sample comes once. `read` prints a line
for each epoch; peak memory is VmHWM, the most that was resident since the process began, Python included.
`train` does the same while a small net learns, with `thalweg.fit`.
"""

import argparse
import time

import numpy as np

SHAPE = (3, 64, 64)
PIXELS = 3 * 64 * 64


def make(arguments: argparse.Namespace) -> None:
    """Writes the file, block by block."""
    import h5py

    rows = int(arguments.gigabytes * 2**30) // PIXELS
    block = 4096
    random = np.random.default_rng(0)
    noise = random.integers(0, 64, (block, *SHAPE), dtype=np.uint8)
    storage = {} if arguments.contiguous else {"chunks": (arguments.chunk, *SHAPE)}
    if arguments.gzip:
        storage |= {"compression": "gzip", "compression_opts": 1, "shuffle": True}
    with h5py.File(arguments.file, "w") as file:
        images = file.create_dataset("images", (rows, *SHAPE), "u1", **storage)
        labels = file.create_dataset(
            "labels", (rows,), "i8", chunks=None if arguments.contiguous else (8192,)
        )
        for first in range(0, rows, block):
            numbers = np.arange(first, min(first + block, rows))
            noise[: len(numbers), 0, 0, :4] = numbers[:, None] >> np.array([0, 8, 16, 24]) & 255
            images[first : first + len(numbers)] = noise[: len(numbers)]
            labels[first : first + len(numbers)] = numbers
    print(f"{rows} samples, {rows * PIXELS / 2**30:.2f} GiB")


def peak() -> float:
    """The most that was resident, in MB."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 / 1e6 for line in status if line.startswith("VmHWM"))


def read(arguments: argparse.Namespace) -> None:
    """Streams epochs and checks them."""
    import thalweg
    from thalweg.data import DataLoader, HDF5Dataset

    print(f"before: peak {peak():.0f} MB")
    loader = DataLoader(
        HDF5Dataset(arguments.file, "images", "labels", scaled="images"),
        arguments.batch,
        not arguments.sequential,
        seed=1,
        limit=arguments.limit,
        window_bytes=arguments.window << 20,
        prefetch=arguments.prefetch,
    )
    for epoch in range(arguments.epochs):
        seen, neighbours, last = np.zeros(len(loader.dataset), bool), 0, -1
        began = first = time.perf_counter()
        for number, (images, labels) in enumerate(loader):
            if number == 0:
                first = time.perf_counter()
            numbers = labels.numpy()
            corner = np.round(images[:, 0, 0, :4].numpy() * 255).astype(np.int64)
            assert ((corner << np.array([0, 8, 16, 24])).sum(1) == numbers).all(), "out of step"
            assert images.dtype == thalweg.float32 and not seen[numbers].any(), "a sample came twice"
            seen[numbers] = True
            neighbours += int((np.diff(numbers, prepend=last) == 1).sum())
            last = numbers[-1]
        seconds = time.perf_counter() - began
        count = int(seen.sum())
        print(
            f"epoch {epoch}: {count} samples in {seconds:.2f} s, {count / seconds:.0f} a second, "
            f"{count * PIXELS / seconds / 1e6:.0f} MB/s; first batch after {(first - began) * 1e3:.0f} ms; "
            f"neighbours {neighbours / count:.2%}; peak {peak():.0f} MB"
        )


def train(arguments: argparse.Namespace) -> None:
    """A small net learns that every class is 0."""
    import thalweg
    from thalweg import nn, optim
    from thalweg.data import DataLoader, HDF5Dataset

    net = nn.Sequential(nn.AvgPool2d(8), nn.Flatten(), nn.Linear(3 * 8 * 8, 10))
    loader = DataLoader(
        HDF5Dataset(arguments.file, "images", "labels", scaled="images"),
        arguments.batch,
        True,
        seed=1,
        limit=arguments.limit,
        window_bytes=arguments.window << 20,
        prefetch=arguments.prefetch,
    )
    began = time.perf_counter()
    thalweg.fit(
        net,
        optim.SGD(net.parameters(), lr=1e-3),
        loader,
        loss=lambda output, target: nn.functional.cross_entropy(output, target * 0),
    )
    seconds = time.perf_counter() - began
    print(f"{len(loader)} batches in {seconds:.2f} s; peak {peak():.0f} MB")


def main() -> None:
    """Reads the arguments."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("job", choices=["make", "read", "train"])
    parser.add_argument("file")
    parser.add_argument("--gigabytes", type=float, default=4)
    parser.add_argument("--chunk", type=int, default=64)
    parser.add_argument("--gzip", action="store_true")
    parser.add_argument("--contiguous", action="store_true")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--window", type=int, default=64, help="MiB")
    parser.add_argument("--prefetch", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--sequential", action="store_true")
    arguments = parser.parse_args()
    {"make": make, "read": read, "train": train}[arguments.job](arguments)


if __name__ == "__main__":
    main()
