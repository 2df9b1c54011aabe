"""The same rows of an HDF5 file through Thalweg and h5py, in alternation; and the loader's shuffled epochs.

    python Benchmarks/hdf5.py [folder] [--threads 1] [--rounds 5] [--prefetch 2]

20000 x 784 float32 (handwritten digits' sparsity), contiguous, in 64-row chunks of gzip (with and without
shuffle) and of LZF. A batch is 64 random rows, sorted; the same for both. Times are medians of the rounds,
page cache warm. `rows` reads them by number, with what is decoded kept (32 MiB); `nothing kept` is `io.read`,
which keeps no data, but where in a file of some seconds' age they lie; `epoch` is
`DataLoader(..., shuffle=True)`, each sample once, against h5py's batches.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np
import thalweg
from thalweg import io
from thalweg.data import DataLoader, HDF5Dataset

ROWS, COLUMNS, BATCH = 20000, 784, 64
STORAGE = {
    "contiguous": {},
    "gzip": {"chunks": (64, COLUMNS), "compression": "gzip"},
    "gzip+shuffle": {"chunks": (64, COLUMNS), "compression": "gzip", "shuffle": True},
    "lzf": {"chunks": (64, COLUMNS), "compression": "lzf"},
}


def make(path: Path) -> None:
    """Pixels of 256 levels, a fifth of them not 0."""
    random = np.random.default_rng(0)
    data = (random.random((ROWS, COLUMNS)) > 0.8) * random.integers(1, 256, (ROWS, COLUMNS)) / 255
    with h5py.File(path, "w") as file:
        for name, options in STORAGE.items():
            file.create_dataset(name, data=data.astype("f4"), **options)


def seconds(work) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Reads the arguments and prints a line for each storage."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=40)
    parser.add_argument("--prefetch", type=int, default=2)
    arguments = parser.parse_args()
    thalweg.set_num_threads(arguments.threads)
    random = np.random.default_rng(1)
    picked = [np.sort(random.choice(ROWS, BATCH, replace=False)) for _ in range(arguments.batches)]
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        path = Path(folder) / "rows.h5"
        make(path)
        time.sleep(4)
        with h5py.File(path) as file:
            for name in STORAGE:
                theirs, dataset = file[name], HDF5Dataset(path, name)
                loader = DataLoader(HDF5Dataset(path, name), BATCH, True, seed=1, prefetch=arguments.prefetch)

                def by_h5py(theirs=theirs):
                    for rows in picked:
                        theirs[rows]

                def by_rows(dataset=dataset):
                    for rows in picked:
                        dataset[rows]

                def afresh(name=name):
                    for rows in picked:
                        io.read(path, name, rows)

                def epoch(loader=loader):
                    for _ in loader:
                        pass

                assert (dataset[picked[0]][0].numpy() == theirs[picked[0]]).all()
                times = {work: [] for work in (by_h5py, by_rows, afresh, epoch)}
                for _ in range(arguments.rounds):
                    for work, list_of_times in times.items():
                        list_of_times.append(seconds(work))
                batch = {w.__name__: statistics.median(t) / len(picked) * 1e3 for w, t in times.items()}
                batch["epoch"] *= len(picked) / len(loader)
                print(
                    f"{name}: a batch {batch['by_h5py']:.2f} ms by h5py; rows {batch['by_rows']:.3f} ms "
                    f"({batch['by_h5py'] / batch['by_rows']:.1f} times as fast), nothing kept "
                    f"{batch['afresh']:.3f} ({batch['by_h5py'] / batch['afresh']:.1f}), epoch "
                    f"{batch['epoch']:.3f} ({batch['by_h5py'] / batch['epoch']:.0f})"
                )


if __name__ == "__main__":
    main()
