"""Finds small files that crash libhdf5 1.10.8, for Tests/Golden/hostile: python Tests/Golden/hostile.py (h5py, thalweg).

Damages a small file of h5py's until libhdf5, in a process of its own, does not survive it. What is there already stays.
Those named links, dense and endless (libhdf5 does not end) were kept by `Tests/Fuzz/fuzz.py hdf5` and are named by their cases.
"""

import random
import sys
from pathlib import Path

import h5py
import numpy as np
import thalweg
from thalweg import io

sys.path.insert(0, str(Path(__file__).parent.parent / "Fuzz"))
from fuzz import damage

FOLDER = Path(__file__).parent / "hostile"


def strings(f):
    f.attrs["model_config"] = "{}"
    f.attrs["layer_names"] = ["a", "b"]
    f["w"] = np.zeros(2, "f4")


def types(f):
    f["e"] = np.array([0, 2], h5py.enum_dtype({"RED": 0, "GREEN": 2}, "i1"))
    f["s"] = np.zeros(2, [("re", "f4"), ("im", "f4")])


def dimensions(f):
    f["x"] = np.zeros((2, 3))
    f["t"] = np.arange(2.0)
    f["t"].make_scale("time")
    f["x"].dims[0].attach_scale(f["t"])


def main():
    io.isolation("always", seconds=1.0)
    FOLDER.mkdir(exist_ok=True)
    for make in (strings, types, dimensions):
        good, found = FOLDER / "good", 0
        with h5py.File(good, "w", libver="earliest") as file:
            make(file)
        data = good.read_bytes()
        good.unlink()
        for i in range(4000):
            path = FOLDER / f"{make.__name__}-{i}.h5"
            path.write_bytes(damage(data, random.Random(i)))
            try:
                io.contents(path)
            except thalweg.FormatError as error:
                if "crashed libhdf5" in str(error):
                    found += 1
                    print(path, path.stat().st_size, error)
                    if found == 2:
                        break
                    continue
            path.unlink()


if __name__ == "__main__":
    main()
