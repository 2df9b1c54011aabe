"""Writes the files in Tests/Golden/hdf5, which the tests of ThalwegIO read: python Tests/Golden/hdf5.py (h5py, numpy)."""

from pathlib import Path

import h5py
import numpy as np

FOLDER = Path(__file__).parent / "hdf5"


def types(path):
    """Element types, ranks, storage and attributes."""
    with h5py.File(path, "w") as f:
        for dtype in "u1 i1 u2 i2 u4 i4 u8 i8 f2 f4 f8 >i2 >u4 >i8 >f4 >f8".split():
            low, high = (-2.5, 3.25) if "f" in dtype else (np.iinfo(dtype).min, np.iinfo(dtype).max)
            f[f"types/{dtype.replace('>', 'big_')}"] = np.array([low, 0, 1, high], dtype)
        f["types/bool"] = np.array([True, False, True])
        f["types/long_double"] = np.zeros(2, np.longdouble)
        f["types/string"] = ["one", "two"]
        f["types/fixed_string"] = np.array([b"one", b"two"])
        f["types/compound"] = np.zeros(2, [("re", "f4"), ("im", "f4")])
        f["types/enum"] = np.array([0, 2], h5py.enum_dtype({"RED": 0, "GREEN": 2}, "i1"))
        f["types/bad_bool"] = np.array([0, 7], "i1").astype(h5py.enum_dtype({"FALSE": 0, "TRUE": 1}, "i1"))

        values = np.arange(24, dtype="f4").reshape(2, 3, 4)
        f["shapes/scalar"] = np.float32(1.5)
        f["shapes/null"] = h5py.Empty("f4")
        f["shapes/no_rows"] = np.zeros((0, 3), "f4")
        f["shapes/rank3"] = values
        f["shapes/rank8"] = values.reshape(1, 2, 1, 3, 1, 4, 1, 1)
        f["shapes/rank9"] = values.reshape(1, 2, 1, 3, 1, 4, 1, 1, 1)

        f.create_dataset("storage/chunked", data=values, chunks=(1, 2, 3))
        f.create_dataset(
            "storage/all_filters",
            data=values,
            chunks=(2, 2, 2),
            compression="gzip",
            shuffle=True,
            fletcher32=True,
        )
        f.create_dataset("storage/lzf", data=values, chunks=(2, 3, 4), compression="lzf")
        f.create_dataset("storage/bomb", shape=(1 << 40,), dtype="f8", chunks=(1024,), compression="gzip")
        f.create_dataset("storage/overflow", shape=(1 << 40, 1 << 40), dtype="f4", chunks=(1, 64))
        f.create_dataset(
            "storage/empty_overflow", shape=(0, 1 << 40, 1 << 40), maxshape=(None,) * 3, dtype="f4"
        )
        f.create_dataset("storage/huge_chunk", shape=(4,), maxshape=(None,), dtype="f8", chunks=(1 << 28,))

        scaled = f.create_dataset("scaled/both", data=np.array([0, 1, 255], "u1"))
        scaled.attrs["scale"] = np.float32(0.1)
        scaled.attrs["offset"] = -3
        f.create_dataset("scaled/none", data=np.array([1.5, -2.5], "f8"))
        f.create_dataset("scaled/array", data=np.zeros(2, "u1")).attrs["scale"] = np.zeros(2)
        f.create_dataset("scaled/text", data=np.zeros(2, "u1")).attrs["scale"] = "one"

        group = f.create_group("attributes")
        group.attrs["variable"] = "Größe"
        group.attrs["fixed"] = np.bytes_(b"fixed")
        group.attrs["empty"] = ""
        group.attrs["one"] = np.array([2.5])
        group.attrs["integers"] = np.array([3, -1, 2], "i2")
        group.attrs["matrix"] = np.zeros((2, 2))


def links(path):
    """What leads out of the file, or in circles: refused."""
    with h5py.File(path, "w") as f:
        f["data"] = np.arange(3, dtype="f4")
        f["group/hard"] = f["data"]
        f["soft"] = h5py.SoftLink("/data")
        f["group/dangling"] = h5py.SoftLink("/nothing")
        f["external"] = h5py.ExternalLink("types.h5", "/shapes/rank3")
        circle = f.create_group("circle")
        circle["again"] = circle
        f.create_dataset("outside", shape=(3,), dtype="f4", external=[("raw.bin", 0, 12)])
        layout = h5py.VirtualLayout(shape=(3,), dtype="f4")
        layout[:] = h5py.VirtualSource("types.h5", "shapes/rank3", shape=(3,))
        f.create_virtual_dataset("virtual", layout)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    types(FOLDER / "types.h5")
    links(FOLDER / "links.h5")
