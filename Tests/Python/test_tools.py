"""python -m thalweg: inspect and convert."""

import gzip
import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import thalweg
from thalweg import checkpoint, io, nn, optim

DIGITS = Path(__file__).parents[2] / "Examples/Data/digits.h5"


def run(*arguments, cwd=None):
    """Exit status, output, errors."""
    command = [sys.executable, "-m", "thalweg", *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=180)
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran.returncode, ran.stdout, ran.stderr


def good(*arguments, cwd=None):
    status, output, errors = run(*arguments, cwd=cwd)
    assert status == 0 and not errors, errors
    return output


@pytest.fixture
def model():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


def test_help_and_version():
    assert thalweg.__version__ in good("--version")
    assert "inspect" in good("--help") and "convert" in good()
    status, _, errors = run("no-such-command")
    assert status == 2 and "no-such-command" in errors


# -- inspect -------------------------------------------------------------------------------------------------


def test_inspect_data():
    output = good("inspect", DIGITS)
    assert "data sets" in output.splitlines()[0]
    assert "uint8 364x1x8x8" in output and "@scale = 0.0625" in output
    listed = json.loads(good("inspect", "--json", DIGITS))
    entry = next(e for e in listed["entries"] if e["path"] == "/test/images")
    assert entry["shape"] == [364, 1, 8, 8] and entry["dtype"] == "uint8"
    assert listed["datasets"] == sum(e["kind"] == "dataset" for e in listed["entries"])


def test_inspect_says_what_tensors_are(tmp_path, model):
    count = 3 * 4 + 4 + 4 + 4 + 4 * 2 + 2
    io.save(model, tmp_path / "model.h5")
    output = good("inspect", tmp_path / "model.h5")
    assert "a model file of Thalweg" in output and "Sequential of 3 modules" in output
    assert "parameter weight of Linear" in output and "buffer running_mean of BatchNorm1d" in output
    assert f"{count} parameters, {count * 4} B" in output

    io.save_weights(model, tmp_path / "weights.h5")
    output = good("inspect", tmp_path / "weights.h5")
    assert "a weights file of Thalweg" in output and f"{count} parameters" in output
    assert "parameter weight of 0" in output and "buffer running_mean of 1" in output

    for nested in (False, True):
        io.save_state_dict(model, tmp_path / "state.h5", nested=nested)
        output = good("inspect", tmp_path / "state.h5")
        assert "a state dictionary" in output and f"{count} parameters" in output
        assert "parameter weight of 0" in output and "buffer running_var of 1" in output

    adam = optim.Adam(model.parameters())
    model(thalweg.randn(5, 3)).sum().backward()
    adam.step()
    point = checkpoint.Checkpoint(model, adam)
    point.step, point.metadata["author"] = 7, "me"
    point.save(tmp_path / "checkpoint.h5")
    output = good("inspect", tmp_path / "checkpoint.h5")
    assert "a checkpoint of Thalweg" in output and "step 7, epoch 0" in output
    assert "optimiser: Adam" in output and "exp_avg of" in output and "note author = me" in output
    assert "random numbers: seed" in output and f"{count} parameters" in output


def test_inspect_whether_a_model_fits(tmp_path, model):
    for save, name in [
        (io.save, "model.h5"),
        (io.save_weights, "weights.h5"),
        (io.save_state_dict, "flat.h5"),
        (lambda m, p: io.save_state_dict(m, p, nested=True), "nested.h5"),
    ]:
        save(model, tmp_path / name)
        output = good("inspect", tmp_path / name, "--model", tmp_path / "model.h5")
        assert "fits: all of its 9 tensors are there" in output
    state = io.read_state_dict(tmp_path / "flat.h5")
    state["extra"] = state.pop("0.bias")
    state["2.weight"] = thalweg.zeros(2, 5)
    io.save_state_dict(state, tmp_path / "other.h5")
    status, output, errors = run("inspect", tmp_path / "other.h5", "--model", tmp_path / "model.h5")
    assert status == 1 and not errors
    assert "missing     0.bias" in output and "not used    extra" in output
    assert "mismatched  2.weight: [2, 5] in the file, [2, 4] in the model" in output
    status, output, _ = run("inspect", tmp_path / "other.h5", "--model", tmp_path / "model.h5", "--json")
    fit = json.loads(output)["fit"]
    assert status == 1 and fit["missing"] == ["0.bias"] and fit["unused"] == ["extra"]
    (tmp_path / "mine.py").write_text("from thalweg import nn\ndef make():\n    return nn.Linear(3, 4)\n")
    status, output, _ = run("inspect", tmp_path / "flat.h5", "--model", "mine:make", cwd=tmp_path)
    assert status == 1 and "missing     weight" in output
    status, _, errors = run("inspect", tmp_path / "flat.h5", "--model", "no_such:thing", cwd=tmp_path)
    assert status == 2 and "no_such" in errors


def test_inspect_what_cannot_be_read(tmp_path):
    (tmp_path / "text.h5").write_text("This is no HDF5 file.")
    (tmp_path / "empty.h5").write_bytes(b"")
    for name in ("text.h5", "empty.h5", "absent.h5", "."):
        status, output, errors = run("inspect", tmp_path / name)
        assert status == 2 and errors.startswith("error: ") and not output


def test_inspect_damaged_files(tmp_path):
    """Bytes here and there are changed: whatever the HDF5 library does, there is a sentence or a listing."""
    io.write(tmp_path / "whole.h5", {"a": np.arange(50.0), "g/b": ["text"] * 5}, gzip=1)
    whole = (tmp_path / "whole.h5").read_bytes()
    random = np.random.default_rng(3)
    for _ in range(12):
        broken = bytearray(whole)
        for place in random.integers(0, len(whole), 8):
            broken[place] = random.integers(0, 256)
        (tmp_path / "broken.h5").write_bytes(broken)
        status, output, errors = run("inspect", tmp_path / "broken.h5")
        assert (status == 0 and output) or (status == 2 and errors.startswith("error: "))


# -- convert -------------------------------------------------------------------------------------------------


def test_convert_numpy(tmp_path):
    x = np.random.default_rng(0).normal(size=(3000, 40, 30)).astype("f4")
    y = np.arange(3000, dtype="u2")
    np.save(tmp_path / "x.npy", x)
    good("convert", tmp_path / "x.npy", tmp_path / "x.h5")
    np.testing.assert_array_equal(io.read(tmp_path / "x.h5", "x").numpy(), x)
    np.savez(tmp_path / "both.npz", x=x[:5], y=y, names=np.array(["a", "b"]), one=np.float64(3))
    good("convert", tmp_path / "both.npz", tmp_path / "both.h5", "--gzip", 4)
    np.testing.assert_array_equal(io.read(tmp_path / "both.h5", "y").numpy(), y)
    assert io.read(tmp_path / "both.h5", "one").item() == 3
    np.save(tmp_path / "objects.npy", np.array([{}], object), allow_pickle=True)
    status, _, errors = run("convert", tmp_path / "objects.npy", tmp_path / "objects.h5")
    assert status == 2 and "bjects" in errors and not (tmp_path / "objects.h5").exists()
    np.save(tmp_path / "complex.npy", np.zeros(2, "c8"))
    status, _, errors = run("convert", tmp_path / "complex.npy", tmp_path / "objects.h5")
    assert status == 2 and "complex64" in errors


def test_convert_append(tmp_path):
    np.save(tmp_path / "x.npy", np.ones((4, 2), "f4"))
    for _ in range(3):
        good(
            "convert", tmp_path / "x.npy", tmp_path / "x.h5", "--extendible", "--append", "--name", "train/x"
        )
    assert io.read(tmp_path / "x.h5", "train/x").shape == (12, 2)


TABLE = """id,width,"height, m",kind
1,2.5,1e3,cat
2,,-4,dog
3,0.5,7,"cat"

4,1,NA,bird
"""


def test_convert_csv(tmp_path):
    (tmp_path / "t.csv").write_text(TABLE)
    output = good(
        "convert",
        tmp_path / "t.csv",
        tmp_path / "t.h5",
        "--label",
        "kind",
        "--columns",
        "1,height, m".replace("height, m", "2"),
    )
    assert "data" in output and "label" in output
    expected = np.array([[2.5, 1000], [np.nan, -4], [0.5, 7], [1, np.nan]], "f4")
    np.testing.assert_array_equal(io.read(tmp_path / "t.h5", "data").numpy(), expected)
    entries = {e.path: e for e in io.contents(tmp_path / "t.h5")}
    assert entries["/data"].attributes["columns"] == "width, height, m"
    assert "(bird, cat, dog)" in entries["/label"].details["type"]

    good("convert", tmp_path / "t.csv", tmp_path / "s.h5", "--separate", "--missing", "drop", "--float64")
    assert io.read(tmp_path / "s.h5", "id").tolist() == [1, 3]
    assert io.read(tmp_path / "s.h5", "width").dtype == thalweg.float64
    good("convert", tmp_path / "t.csv", tmp_path / "n.h5", "--columns", "width", "--missing", "-1")
    assert io.read(tmp_path / "n.h5", "data").tolist() == [[2.5], [-1], [0.5], [1]]

    for arguments, part in [
        (("--columns", "nothing"), "no column 'nothing'"),
        ((), "column kind has text ('cat' in line 2)"),
        (("--label", "kind", "--missing", "error"), "line 3 has no value for width"),
        (("--missing", "some"), "--missing is"),
        (("--delimiter", "ab"), "one character"),
    ]:
        status, _, errors = run("convert", tmp_path / "t.csv", tmp_path / "bad.h5", *arguments)
        assert status == 2 and part in errors, errors
    (tmp_path / "ragged.tsv").write_text("1\t2\n3\t4\t5\n")
    status, _, errors = run("convert", tmp_path / "ragged.tsv", tmp_path / "bad.h5", "--no-header")
    assert status == 2 and "line 2 has 3 fields; the first has 2" in errors
    assert not (tmp_path / "bad.h5").exists()


def test_convert_many_rows(tmp_path):
    rows = np.arange(40000)
    with gzip.open(tmp_path / "t.csv.gz", "wt") as file:
        file.write("a;b\n")
        file.writelines(f"{i};{i * 0.5}\n" for i in rows)
    good("convert", tmp_path / "t.csv.gz", tmp_path / "t.h5", "--delimiter", ";", "--gzip", 1)
    got = io.read(tmp_path / "t.h5", "data").numpy()
    np.testing.assert_array_equal(got, np.stack([rows, rows * 0.5], 1).astype("f4"))


def idx(code, shape, data):
    return bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + data


def test_convert_idx(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (300, 28, 28), np.uint8)
    labels = np.arange(300, dtype=np.uint8) % 10
    with gzip.open(tmp_path / "train-images-idx3-ubyte.gz", "wb") as file:
        file.write(idx(8, images.shape, images.tobytes()))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(8, labels.shape, labels.tobytes()))
    both = [tmp_path / "train-images-idx3-ubyte.gz", tmp_path / "train-labels-idx1-ubyte"]
    good("convert", *both, tmp_path / "mnist.h5")
    np.testing.assert_array_equal(io.read(tmp_path / "mnist.h5", "images").numpy(), images)
    np.testing.assert_array_equal(io.read(tmp_path / "mnist.h5", "labels").numpy(), labels)
    for code, dtype in [(9, "i1"), (0xB, ">i2"), (0xC, ">i4"), (0xD, ">f4"), (0xE, ">f8")]:
        numbers = np.array([[1, -2, 3], [4, 5, -6]], dtype)
        (tmp_path / "x.idx").write_bytes(idx(code, (2, 3), numbers.tobytes()))
        good("convert", tmp_path / "x.idx", tmp_path / "x.h5", "--name", "x")
        np.testing.assert_array_equal(io.read(tmp_path / "x.h5", "x").numpy(), numbers)
    for content, part in [
        (idx(8, (3,), b"ab"), "cut short"),
        (idx(8, (1,), b"ab"), "more bytes"),
        (idx(8, (1, 1), b"a")[:6], "ends in its head"),
        (idx(7, (1,), b"a"), "not an IDX file"),
        (gzip.compress(idx(8, (3,), b"abc"))[:-9], "damaged"),
    ]:
        (tmp_path / "bad.idx").write_bytes(content)
        status, _, errors = run("convert", tmp_path / "bad.idx", tmp_path / "bad.h5")
        assert status == 2 and part in errors, errors
        assert not (tmp_path / "bad.h5").exists()


def test_convert_weights(tmp_path, model):
    io.save(model, tmp_path / "model.h5")
    io.save_weights(model, tmp_path / "weights.h5")
    good("convert", tmp_path / "weights.h5", tmp_path / "flat.h5", "--to", "flat")
    good("convert", tmp_path / "flat.h5", tmp_path / "nested.h5", "--to", "nested")
    good(
        "convert",
        tmp_path / "nested.h5",
        tmp_path / "again.h5",
        "--to",
        "native",
        "--model",
        tmp_path / "model.h5",
    )
    assert (tmp_path / "again.h5").read_bytes() == (tmp_path / "weights.h5").read_bytes()
    status, _, errors = run("convert", tmp_path / "flat.h5", tmp_path / "x.h5", "--to", "native")
    assert status == 2 and "--model" in errors
    (tmp_path / "model.pt").write_bytes(b"PK\x03\x04" + b"\0" * 26 + b"model/data.pkl")
    for arguments in ((), ("--to", "flat")):
        status, _, errors = run("convert", tmp_path / "model.pt", tmp_path / "x.h5", *arguments)
        assert status == 2 and "torch.save" in errors
    status, _, errors = run("convert", tmp_path / "flat.h5", tmp_path / "flat.h5", "--to", "nested")
    assert status == 2 and "both read and written" in errors
