"""thalweg.io: writing and appending to data sets, and what is in a file."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import thalweg
from thalweg import io

DATA = {
    "f4": np.arange(24, dtype="f4").reshape(4, 3, 2),
    "f8": np.linspace(0, 1, 5),
    "i8": np.array([-(2**63), 0, 2**63 - 1]),
    "i4": np.array([[1, -2], [3, 4]], "i4"),
    "u1": np.arange(256, dtype="u1"),
    "flags": np.array([True, False, True]),
    "scalar": np.array(2.5),
    "none": np.zeros((0, 3), "f4"),
}


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "data.h5")


def content(path):
    return Path(path).read_bytes()


def names(tmp_path):
    return sorted(p.name for p in tmp_path.iterdir())


@pytest.mark.parametrize(
    "storage",
    [
        {},
        {"gzip": 4},
        {"gzip": 1, "shuffle": False, "fletcher32": True},
        {"chunk_rows": 2},
        {"fletcher32": True},
    ],
)
def test_what_was_written_is_read(path, storage):
    io.write(path, DATA, **storage)
    for name, array in DATA.items():
        got = io.read(path, name).numpy()
        assert got.dtype == array.dtype and got.shape == array.shape, name
        np.testing.assert_array_equal(got, array)


def test_other_dtypes_are_widened(path):
    io.write(
        path,
        {
            "a": np.array([-1, 2], "i2"),
            "b": np.array([1, 65535], "u2"),
            "c": np.array([0.5], "f2"),
            "d": np.array([3], ">i4"),
        },
    )
    kinds = {e.path[1:]: e.dtype for e in io.contents(path) if e.kind == "dataset"}
    assert kinds == {"a": "int32", "b": "int64", "c": "float32", "d": "int32"}
    assert io.read(path, "b").tolist() == [1, 65535]


def test_storage(path):
    rows = np.zeros((1000, 8, 8), "f4")
    with io.DataWriter(path) as writer:
        writer.write("plain", rows)
        writer.write("packed", rows, gzip=4)
        writer.write("tall", np.zeros((100000,), "u1"), gzip=9)
        writer.write("wide", np.zeros((4, 600, 600), "f4"), gzip=1)
        writer.write("growing", rows, extendible=True)
        writer.write("chosen", rows, chunk_rows=10)
    entries = {e.path: e.details for e in io.contents(path)}
    assert entries["/plain"]["layout"] == "contiguous"
    assert entries["/packed"]["chunk"] == [256, 8, 8] and entries["/packed"]["filters"] == [
        "shuffle",
        "gzip 4",
    ]
    assert entries["/packed"]["stored_bytes"] < entries["/packed"]["bytes"] / 50
    assert entries["/tall"]["chunk"] == [65536] and entries["/tall"]["filters"] == ["gzip 9"]
    assert entries["/wide"]["chunk"] == [1, 600, 600]
    assert entries["/growing"]["max_shape"] == [None, 8, 8] and entries["/growing"]["filters"] == []
    assert entries["/chosen"]["chunk"] == [10, 8, 8]


def test_append(path):
    rows = np.arange(60, dtype="f4").reshape(20, 3)
    with io.DataWriter(path) as writer:
        writer.define("x", (-1, 3), gzip=1)
        writer.define("fixed", (20, 3))
        for start in range(0, 20, 7):
            writer.append("x", rows[start : start + 7])
            writer.append("fixed", rows[start : start + 7])
        writer.write("words", ["one", "größe"], extendible=True)
        writer.append("words", ["three"])
    np.testing.assert_array_equal(io.read(path, "x").numpy(), rows)
    np.testing.assert_array_equal(io.read(path, "fixed").numpy(), rows)
    before = os.stat(path).st_ino
    io.append(path, {"x": rows[:2], "words": ["four"]})
    assert os.stat(path).st_ino != before
    np.testing.assert_array_equal(io.read(path, "x").numpy(), np.concatenate([rows, rows[:2]]))
    with pytest.raises(thalweg.ShapeError, match="fixed size of 20 rows"):
        io.append(path, {"fixed": rows[:1]})
    with pytest.raises(thalweg.ShapeError, match="rows of shape"):
        io.append(path, {"x": rows[:, :2]})
    with pytest.raises(thalweg.DTypeError, match="holds float32"):
        io.append(path, {"x": rows.astype("f8")})
    with pytest.raises(thalweg.InvalidArgumentError, match="no data set '/y'"):
        io.append(path, {"y": rows})
    assert io.read(path, "x").shape == (22, 3)


def test_attributes_and_names(path):
    with io.DataWriter(path) as writer:
        writer.write("group/deep/x", [1.0, 2.0])
        writer.set_attribute("group/deep/x", "scale", 0.5)
        writer.set_attribute("group/deep/x", "scale", 0.25)
        writer.set_attribute("group", "note", "größe")
        writer.set_attribute("/", "versions", [1, 2.5])
        for name in ("", "/", "a/../b", ".", "group/deep/x", "group"):
            with pytest.raises(thalweg.InvalidArgumentError):
                writer.write(name, [1.0])
        with pytest.raises(thalweg.InvalidArgumentError, match="there is no '/nothing'"):
            writer.set_attribute("nothing", "a", 1)
    entries = {e.path: e for e in io.contents(path)}
    assert entries["/group/deep/x"].attributes == {"scale": 0.25}
    assert entries["/group"].attributes == {"note": "größe"}
    assert entries["/"].attributes == {"versions": [1, 2.5]}
    assert list(entries) == ["/", "/group", "/group/deep", "/group/deep/x"]
    assert io.read_scaled(path, "group/deep/x").tolist() == [0.25, 0.5]


def test_labels(path):
    with io.DataWriter(path) as writer:
        writer.write("y", np.array([1, 0, 1], "u1"), labels=["cat", "dog"])
        with pytest.raises(thalweg.InvalidArgumentError, match="the value 2 has none"):
            writer.append("y", np.array([2], "u1"))
        with pytest.raises(thalweg.InvalidArgumentError, match="labels are"):
            writer.write("z", [1.5], labels=["cat", "dog"])
        with pytest.raises(thalweg.InvalidArgumentError, match="labels are"):
            writer.write("z", [1], labels=["cat", "cat"])
    (entry,) = [e for e in io.contents(path) if e.kind == "dataset"]
    assert "cat" in entry.details["type"] and "dog" in entry.details["type"]


def test_nothing_appears_before_the_end(path, tmp_path):
    with pytest.raises(RuntimeError, match="mine"), io.DataWriter(path) as writer:
        writer.write("x", [1.0])
        raise RuntimeError("mine")
    assert names(tmp_path) == []
    io.write(path, {"x": [1.0]})
    old = content(path)
    writer = io.DataWriter(path, "a")
    writer.write("y", [2.0])
    assert content(path) == old
    writer.discard()
    assert names(tmp_path) == ["data.h5"] and content(path) == old
    with pytest.raises(thalweg.InvalidArgumentError, match="closed"):
        writer.write("z", [1.0])
    with pytest.raises(thalweg.ShapeError, match="2 of its 3 rows"), io.DataWriter(path) as writer:
        writer.define("x", (3,))
        writer.append("x", np.zeros(2, "f4"))
    assert names(tmp_path) == ["data.h5"] and content(path) == old


KILLED = """
import sys, os, signal
import numpy as np
from thalweg import io
writer = io.DataWriter(sys.argv[1], sys.argv[2])
if sys.argv[2] == "w":
    writer.define("x", (-1, 64), gzip=1)
for i in range(int(sys.argv[3])):
    writer.append("x", np.full((100, 64), i, "f4"))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("count", [0, 1, 50])
def test_a_kill_leaves_what_was_there(path, tmp_path, count):
    def killed(mode):
        ran = subprocess.run([sys.executable, "-c", KILLED, path, mode, str(count)])
        assert ran.returncode == -signal.SIGKILL

    killed("w")
    assert not os.path.exists(path)
    io.write(path, {"x": np.ones((3, 64), "f4")}, extendible=True)
    assert names(tmp_path) == ["data.h5"]  # what the killed one left is gone
    old = content(path)
    killed("a")
    assert content(path) == old
    io.append(path, {"x": np.ones((1, 64), "f4")})
    assert io.read(path, "x").shape == (4, 64) and names(tmp_path) == ["data.h5"]


def test_two_that_append(path):
    io.write(path, {"x": [1.0]}, extendible=True)
    first = io.DataWriter(path, "a")
    first.append("x", thalweg.tensor([2.0]))
    second = io.DataWriter(path, "a")
    second.append("x", thalweg.tensor([4.0]))
    second.discard()
    program = f"from thalweg import io, tensor; io.append({path!r}, {{'x': tensor([3.0])}})"
    subprocess.run([sys.executable, "-c", program], check=True)
    with pytest.raises(thalweg.FileError, match="changed by somebody else"):
        first.close()
    assert io.read(path, "x").tolist() == [1.0, 3.0]


def test_a_forked_child_writes_nothing(path):
    writer = io.DataWriter(path)
    writer.define("x", (-1,))
    writer.append("x", thalweg.tensor([1.0]))
    child = os.fork()
    if child == 0:
        try:
            writer.append("x", thalweg.tensor([2.0]))
        except ValueError:
            writer.discard()
            os._exit(0)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    writer.append("x", thalweg.tensor([3.0]))
    writer.close()
    assert io.read(path, "x").tolist() == [1.0, 3.0]


def test_the_same_bytes(path, tmp_path):
    other = str(tmp_path / "other.h5")
    for name in (path, other):
        io.write(name, DATA, gzip=4)
    assert content(path) == content(other)


def test_refused(path, tmp_path):
    with pytest.raises(thalweg.InvalidArgumentError, match="gzip is 10"):
        io.write(path, {"x": [1.0]}, gzip=10)
    with pytest.raises(TypeError, match="no option 'level'"):
        io.write(path, {"x": [1.0]}, level=3)
    with pytest.raises(thalweg.InvalidArgumentError, match="chunk_rows is -1"):
        io.write(path, {"x": [1.0]}, chunk_rows=-1)
    with pytest.raises(thalweg.ShapeError, match="scalar"):
        io.write(path, {"x": 1.0}, extendible=True)
    with pytest.raises(thalweg.ShapeError, match="below 4 GiB"):
        io.DataWriter(path).define("x", (-1, 1 << 40))
    with pytest.raises(thalweg.ShapeError):
        io.DataWriter(path).define("x", (-2,))
    with pytest.raises(thalweg.FileError, match="no folder"):
        io.DataWriter(tmp_path / "nowhere" / "x.h5")
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(thalweg.FormatError, match=r"text\.h5"):
        io.DataWriter(tmp_path / "text.h5", "a")
    assert names(tmp_path) == ["text.h5"]


def test_dimensions(path):
    with io.DataWriter(path) as writer:
        writer.write("x", np.zeros((5, 3), "f4"), extendible=True)
        writer.write("y", np.zeros(5, "i8"), extendible=True)
        writer.write("feature", [0.1, 0.2, 0.3])
        writer.set_dimensions("x", ["sample", "feature"])
        writer.set_dimensions("y", ["sample"])
        with pytest.raises(thalweg.ShapeError, match="all of them or none"):
            writer.set_dimensions("x", ["sample"])
        with pytest.raises(thalweg.InvalidArgumentError, match="already"):
            writer.set_dimensions("y", ["sample"])
    entries = {e.path: e for e in io.contents(path)}
    assert set(entries) == {"/", "/x", "/y", "/feature", "/sample"}
    assert entries["/sample"].attributes["CLASS"] == "DIMENSION_SCALE" and entries["/sample"].shape == (5,)
    assert entries["/feature"].attributes["NAME"] == "feature"
    io.append(path, {"x": np.ones((2, 3), "f4"), "y": np.ones(2, "i8")})
    assert {e.path: e.shape for e in io.contents(path)}["/sample"] == (7,)
    with pytest.raises(thalweg.ShapeError, match="'sample'"), io.DataWriter(path, "a") as writer:
        writer.write("z", np.zeros(9, "f4"))
        writer.set_dimensions("z", ["sample"])
    with io.DataWriter(path, "a") as writer:
        writer.write("z", np.zeros(7, "f4"))
        writer.set_dimensions("z", ["sample"])


def test_other_readers(path):
    h5py = pytest.importorskip("h5py")
    with io.DataWriter(path) as writer:
        for name, array in DATA.items():
            writer.write(name, array, gzip=4)
        writer.write("labels", np.array([1, 0, 1], "i4"), labels=["cat", "dog"])
        writer.write("words", ["one", "größe"])
        writer.write("x", np.ones((5, 3), "f4"), extendible=True)
        writer.set_dimensions("x", ["sample", "feature"])
        writer.set_attribute("x", "unit", "m")
    with h5py.File(path) as file:
        for name, array in DATA.items():
            np.testing.assert_array_equal(file[name][()], array)
            assert file[name].dtype == array.dtype, name
        assert h5py.check_enum_dtype(file["labels"].dtype) == {"cat": 0, "dog": 1}
        assert file["words"].asstr()[()].tolist() == ["one", "größe"]
        assert [d.label or next(iter(d.keys())) for d in file["x"].dims]
        assert [next(iter(d.values())).name for d in file["x"].dims] == ["/sample", "/feature"]
        assert file["sample"].is_scale and file["x"].attrs["unit"] == "m"


def test_appending_to_files_of_others(path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=np.zeros((3, 2), ">f4"), maxshape=(None, 2), chunks=(2, 2))
        file.create_dataset("half", data=np.zeros(3, "f2"), maxshape=(None,))
        file.create_dataset("small", data=np.zeros(3, "i2"), maxshape=(None,))
        kind = h5py.enum_dtype({"A": 0, "B": 1}, "i4")
        file.create_dataset("kinds", data=np.zeros(3, "i4"), dtype=kind, maxshape=(None,))
        file["soft"] = h5py.SoftLink("/x")
        file["x"].attrs["kept"] = 1
    rows = np.array([[1, 2]], "f4")
    io.append(path, {"x": rows, "half": np.array([0.5], "f4"), "kinds": np.array([1], "i4")})
    with pytest.raises(thalweg.DTypeError, match="int16"):
        io.append(path, {"small": np.array([1], "i4")})
    with pytest.raises(thalweg.FormatError, match="link"):
        io.append(path, {"soft": rows})
    with h5py.File(path) as file:
        assert file["x"][3].tolist() == [1, 2] and file["x"].dtype == ">f4" and file["x"].attrs["kept"] == 1
        assert file["half"][3] == 0.5 and file["kinds"][()].tolist() == [0, 0, 0, 1]
