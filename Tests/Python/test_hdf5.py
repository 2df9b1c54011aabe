"""Data sets of every kind that h5py writes, and files that change, are locked or damaged."""

import os
import random
import signal
import subprocess
import sys
import time
import zlib

import numpy as np
import pytest
import thalweg
from thalweg import io
from thalweg.data import DataLoader, HDF5Dataset

h5py = pytest.importorskip("h5py")
if not io.hdf5_available():
    pytest.skip("libhdf5 is not there", allow_module_level=True)

ROWS = 150
KINDS = {
    "u1": "u1", "i1": "i4", "u2": "i8", "i2": "i4", "u4": "i8", "i4": "i4", "u8": "i8", "i8": "i8",
    "f2": "f4", "f4": "f4", "f8": "f8",
}  # fmt: skip
STORAGE = {
    "contiguous": {},
    "chunked": {"chunks": (64, 5)},
    "rows": {"chunks": (64, 7)},
    "gzip": {"chunks": (64, 7), "compression": "gzip", "shuffle": True, "fletcher32": True},
    "gzip_parts": {"chunks": (40, 3), "compression": "gzip"},
    "lzf": {"chunks": (64, 7), "compression": "lzf"},
    "lzf_parts": {"chunks": (11, 2), "compression": "lzf", "shuffle": True, "fletcher32": True},
    "fletcher32": {"chunks": (50, 7), "fletcher32": True},
    "szip": {"chunks": (64, 7), "compression": "szip"},
    "scaleoffset": {"chunks": (64, 7), "scaleoffset": True},
}


@pytest.fixture(params=["", ">"], ids=["little", "big"])
def order(request):
    return request.param


@pytest.mark.parametrize("storage", STORAGE)
def test_every_number_in_every_storage(storage, order, tmp_path):
    generator = np.random.default_rng(0)
    path = tmp_path / "numbers.h5"
    rows = [149, 0, 1, 2, 3, 64, 63, 3, 100]
    expected = {}
    with h5py.File(path, "w") as file:
        for kind, result in KINDS.items():
            if storage in ("szip", "scaleoffset") and (kind in ("f2", "u8") or order == ">"):
                continue
            values = generator.integers(0, 100, (ROWS, 7)).astype(order + kind)
            if "u" not in kind and "scale" not in storage:
                values[::3] = -values[::3]
            options = dict(STORAGE[storage])
            if storage == "scaleoffset" and "f" in kind:
                options["scaleoffset"] = 3
            try:
                file.create_dataset(f"deep/er/{kind}", data=values, **options)
            except ValueError:
                pytest.skip(f"h5py has no {storage}")
            expected[kind] = (values.astype(result), result)
    for kind, (values, result) in expected.items():
        read = io.read(path, f"deep/er/{kind}").numpy()
        assert read.dtype == np.dtype(result)
        np.testing.assert_array_equal(read, values)
        np.testing.assert_array_equal(io.read(path, f"deep/er/{kind}", rows).numpy(), values[rows])
        np.testing.assert_array_equal(io.read(path, f"deep/er/{kind}", slice(-9, 3, -4)), values[-9:3:-4])
        batches = list(DataLoader(HDF5Dataset(path, f"deep/er/{kind}"), 64, window_bytes=100_000))
        np.testing.assert_array_equal(np.concatenate([b[0].numpy() for b in batches]), values)


def test_rows_by_number(tmp_path):
    path = tmp_path / "rows.h5"
    values = np.arange(600, dtype="f4").reshape(200, 3)
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=values, chunks=(16, 3), compression="lzf")
        file["y"] = np.arange(200)
        file["y"].dims[0].label = "sample"
        file["y"].make_scale("sample")
        file["x"].dims[0].attach_scale(file["y"])
    dataset = HDF5Dataset(path, "x", "y")
    generator = np.random.default_rng(0)
    for _ in range(20):
        rows = np.sort(generator.choice(200, 20, replace=False))
        x, y = dataset[rows]
        np.testing.assert_array_equal(x.numpy(), values[rows])
        np.testing.assert_array_equal(y.numpy(), rows)
    assert dataset[-1][0].tolist() == values[-1].tolist() and dataset[5][1].item() == 5
    assert dataset[[]][0].shape == (0, 3) and dataset[10:10][0].shape == (0, 3)
    for wrong, error in (([200], ValueError), ([-201], ValueError), ([[1]], ValueError), ([1.5], TypeError)):
        with pytest.raises((error, thalweg.Error)):
            dataset[wrong]


def test_what_is_not_there_is_said_beside_links(tmp_path):
    path = tmp_path / "linked.h5"
    with h5py.File(path, "w") as file:
        file["here"] = np.arange(3)
        file["elsewhere"] = h5py.ExternalLink("other.h5", "/x")
        file["texts"] = ["one", "two"]
    with pytest.raises(thalweg.Error, match=r"no data set '/gone' .* has elsewhere, here, texts"):
        io.read(path, "gone")
    with pytest.raises(thalweg.Error, match="link into another file"):
        io.read(path, "elsewhere")
    with pytest.raises(thalweg.Error, match="read_strings"):
        io.read(path, "texts")
    assert io.read_strings(path, "texts") == ["one", "two"]


def test_names_missing_chunks_and_empty_data(tmp_path):
    path = tmp_path / "odd.h5"
    with h5py.File(path, "w", userblock_size=512) as file:
        file.create_dataset("a", data=np.arange(40).reshape(20, 2), chunks=(8, 2), compression="gzip")
    assert io.read(path, "a").tolist() == np.arange(40).reshape(20, 2).tolist()
    with h5py.File(path, "w") as file:
        x = file.create_dataset("sparse", (100, 3), "i4", chunks=(10, 3), compression="lzf", fillvalue=7)
        x[35:37] = 1
        file.create_dataset("never", (5, 2), "f4")
        file.create_dataset("none", (0, 4), "f4", maxshape=(None, 4), chunks=(3, 4))
        file.create_dataset("narrow", (4, 0), "f4")
        grown = file.create_dataset("grown", (5, 2), "u1", maxshape=(None, 3), chunks=(4, 3))
        grown[:] = np.arange(10).reshape(5, 2)
        colours = h5py.enum_dtype({"RED": -3, "GREEN": 500}, ">i2")
        file["colours"] = np.array([500, -3], ">i2").astype(colours)
        file["half"] = np.array([1.5, -2, np.inf], ">f2")
        brain = file.create_dataset(
            "brain", data=(np.array([1.5, -2.25], "f4").view("u4") >> 16).astype("V2")
        )
        brain.attrs["dtype"] = "bfloat16"
        file["big"] = np.array([1, 2**63], "u8")
    sparse = io.read(path, "sparse").numpy()
    assert (sparse[35:37] == 1).all() and (np.delete(sparse, [35, 36], 0) == 7).all()
    assert not io.read(path, "never").numpy().any()
    assert io.read(path, "none").shape == (0, 4) and io.read(path, "narrow").shape == (4, 0)
    assert io.read(path, "grown").tolist() == np.arange(10).reshape(5, 2).tolist()
    assert io.read(path, "colours").tolist() == [500, -3]
    assert io.read_enumeration(path, "colours") == {"RED": -3, "GREEN": 500}
    assert io.read(path, "half").tolist() == [1.5, -2, np.inf]
    assert io.read(path, "brain").tolist() == [1.5, -2.25]
    with pytest.raises(thalweg.FormatError, match="above those of int64"):
        io.read(path, "big")


def test_compounds_and_arrays(tmp_path):
    path = tmp_path / "events.h5"
    kind = np.dtype(
        [("id", ">u4"), ("flag", "?"), ("where", "<f4", (3,)), ("hit", [("t", "f8"), ("n", "i2")])]
    )
    events = np.zeros(50, kind)
    events["id"] = np.arange(50) * 100000
    events["flag"] = np.arange(50) % 3 == 0
    events["where"] = np.arange(150).reshape(50, 3)
    events["hit"]["t"] = np.arange(50) / 3
    events["hit"]["n"] = -np.arange(50)
    with h5py.File(path, "w") as file:
        file["plain"] = events
        file.create_dataset("packed", data=events, chunks=(8,), compression="lzf")
        file["complex"] = np.array([1 + 2j, 3 - 4j])
    compounds(path, "plain", events)
    compounds(path, "packed", events)
    other = tmp_path / "shifted.h5"  # by a user's block: read through libhdf5
    with h5py.File(other, "w", userblock_size=512) as file:
        file.create_dataset("gzip", data=events, chunks=(8,), compression="gzip")
    compounds(other, "gzip", events)
    assert io.read(path, "complex/i").tolist() == [2, -4]
    with pytest.raises(thalweg.DTypeError, match="id, flag, where, hit"):
        io.read(path, "plain")
    with pytest.raises(thalweg.FormatError, match="no member 'x'; it has t, n"):
        io.read(path, "plain/hit/x")


def compounds(path, name, events):
    assert io.read(path, f"{name}/id").tolist() == events["id"].tolist()
    assert io.read(path, f"{name}/flag").dtype == thalweg.bool
    assert io.read(path, f"{name}/flag").tolist() == events["flag"].tolist()
    assert io.read(path, f"{name}/where").tolist() == events["where"].tolist()
    assert io.read(path, f"/{name}/hit/t").tolist() == events["hit"]["t"].tolist()
    assert io.read(path, f"{name}/hit/n", [3, 1]).tolist() == [-3, -1]
    (batch,) = DataLoader(HDF5Dataset(path, f"{name}/where", f"{name}/id"), 50)
    assert batch[0].tolist() == events["where"].tolist()


def test_strings_and_sequences(tmp_path):
    path = tmp_path / "ragged.h5"
    words = ["Größe", "", "two words", "ß" * 300, "end "]
    ragged = [np.arange(n, dtype="i2") - 1 for n in (3, 0, 5, 1)]
    with h5py.File(path, "w") as file:
        file["variable"] = words
        file["square"] = np.array(words[:4], object).reshape(2, 2)
        file["scalar"] = "one"
        file["null"] = np.array([b"ab", b"c d", b""], "S5")
        for name, padding in (("space", h5py.h5t.STR_SPACEPAD), ("term", h5py.h5t.STR_NULLTERM)):
            kind = h5py.h5t.C_S1.copy()
            kind.set_size(6)
            kind.set_strpad(padding)
            made = h5py.h5d.create(file.id, name.encode(), kind, h5py.h5s.create_simple((2,)))
            made.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([b"a b   ", b"xyz\0\0\0"], "S6"), kind)
        numbers = file.create_dataset("ragged", (4,), h5py.vlen_dtype(">i2"))
        for i, sequence in enumerate(ragged):
            numbers[i] = sequence
        file["packed"] = words
        file.create_dataset("gzip", data=words, chunks=(2,), compression="gzip")
        file["numbers"] = np.arange(3)
    for name in ("variable", "packed", "gzip"):
        assert io.read_strings(path, name) == words
    assert io.read_strings(path, "square") == words[:4]
    assert io.read_strings(path, "scalar") == ["one"]
    assert io.read_strings(path, "null") == ["ab", "c d", ""]
    assert io.read_strings(path, "space")[0] == "a b"
    assert io.read_strings(path, "term")[1] == "xyz"
    read = io.read_sequences(path, "ragged")
    assert [r.tolist() for r in read] == [r.tolist() for r in ragged] and read[0].dtype == thalweg.int32
    padded, lengths = io.read_sequences(path, "ragged", -7)
    assert lengths.tolist() == [3, 0, 5, 1]
    assert padded.tolist() == [[-1, 0, 1, -7, -7], [-7] * 5, [-1, 0, 1, 2, 3], [-1, -7, -7, -7, -7]]
    for name, part in (("ragged", "sequences"), ("variable", "strings"), ("null", "strings")):
        with pytest.raises(thalweg.DTypeError, match=part):
            io.read(path, name)
    with pytest.raises(thalweg.DTypeError, match="numbers"):
        io.read_strings(path, "numbers")


def test_scaling_of_netcdf(tmp_path):
    path = tmp_path / "scaled.h5"
    with h5py.File(path, "w") as file:
        packed = file.create_dataset("t", data=np.array([0, 10, -999, 20], "i2"))
        packed.attrs["scale_factor"] = np.float64(0.5)
        packed.attrs["add_offset"] = 3.0
        packed.attrs["_FillValue"] = np.array([-999], "i2")
    np.testing.assert_array_equal(io.read_scaled(path, "t").numpy(), [3, 8, np.nan, 13])
    (batch,) = DataLoader(HDF5Dataset(path, "t", scaled=True), 4)
    np.testing.assert_array_equal(batch[0].numpy(), [3, 8, np.nan, 13])


LOCKING = """
import fcntl, sys, time
file = open(sys.argv[1], "r+b")
fcntl.flock(file, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()
"""


def test_a_file_that_another_process_writes(tmp_path):
    path = tmp_path / "locked.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.arange(1000)
    dataset = HDF5Dataset(path, "x")
    assert dataset[7][0].item() == 7
    command = [sys.executable, "-c", LOCKING, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        for read in (lambda: dataset[7], lambda: io.read(path, "x"), lambda: HDF5Dataset(path, "x")):
            with pytest.raises(OSError, match=r"locked\.h5' is open for writing elsewhere"):
                read()
        process.stdin.close()
    assert dataset[7][0].item() == 7


def test_a_file_that_is_replaced_or_cut_short(tmp_path):
    path, other = tmp_path / "x.h5", tmp_path / "y.h5"
    for place, sign in ((path, 1), (other, -1)):
        with h5py.File(place, "w") as file:
            file.create_dataset("x", data=np.arange(4000) * sign, chunks=(100,), compression="lzf")
    dataset = HDF5Dataset(path, "x")
    assert dataset[3999][0].item() == 3999
    os.replace(other, path)
    assert dataset[3999][0].item() == -3999  # the new file, wholly
    os.truncate(path, os.path.getsize(path) // 2)
    with pytest.raises(thalweg.FormatError, match=r"data set '/x' of '.*x\.h5'.*truncated"):
        dataset[3999]


MUTATIONS = """
import sys
import thalweg
from thalweg import io
from thalweg.data import HDF5Dataset
for line in sys.stdin:
    path = line.strip()
    for name in ("plain", "lzf", "gzip", "parts", "events/b", "words", "ragged"):
        try:
            if name == "words":
                io.read_strings(path, name)
            elif name == "ragged":
                io.read_sequences(path, name, 0)
            else:
                io.read(path, name)
                HDF5Dataset(path, name)[[0, 5, 99]]
        except (thalweg.Error, OSError, MemoryError):
            pass
    print("ok", flush=True)
"""


def test_damaged_chunks(tmp_path):
    """Bytes of the data are changed, not of libhdf5's own structures, which it may not survive."""
    path = tmp_path / "whole.h5"
    generator = np.random.default_rng(0)
    values = generator.integers(0, 5, (100, 30)).astype("f4")
    spots = []
    with h5py.File(path, "w") as file:
        file["plain"] = values
        file.create_dataset("lzf", data=values, chunks=(16, 30), compression="lzf", shuffle=True)
        file.create_dataset("gzip", data=values, chunks=(16, 30), compression="gzip")
        file.create_dataset("parts", data=values, chunks=(16, 7), compression="lzf")
        file["events"] = np.zeros(100, [("a", "u1"), ("b", "f8")])
        file["words"] = ["x" * i for i in range(100)]
        numbers = file.create_dataset("ragged", (100,), h5py.vlen_dtype("i4"))
        numbers[3] = np.arange(9)
        for name in ("lzf", "gzip", "parts"):
            for i in range(file[name].id.get_num_chunks()):
                chunk = file[name].id.get_chunk_info(i)
                spots.append((chunk.byte_offset, chunk.size))
    whole = path.read_bytes()
    dice = random.Random(2)
    command = [sys.executable, "-c", MUTATIONS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        for number in range(int(os.environ.get("THALWEG_MUTATIONS", "150"))):
            damaged = bytearray(whole)
            for _ in range(dice.choice((1, 2, 8, 40))):
                start, size = dice.choice(spots)
                damaged[start + dice.randrange(size)] = dice.randrange(256)
            place = tmp_path / f"damaged{number % 4}.h5"
            place.write_bytes(damaged)
            print(place, file=process.stdin, flush=True)
            assert process.stdout.readline() == "ok\n", number
        process.stdin.close()
        assert process.wait() == 0


def test_chunks_that_claim_too_much(tmp_path):
    """A length in LZF that reaches beyond the chunk, or before it."""
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (100,), "u1", chunks=(100,), compression="lzf")
    for stream in (
        b"\x05abcdef" + b"\xe0\xff\x00" * 3,  # more than 100 bytes
        b"\x00a\x20\x05",  # from before the beginning
        b"\x1fabc",  # literals that are not there
        b"\xe0",
        b"\x00a",  # too few
    ):
        with h5py.File(path, "r+") as file:
            file["x"].id.write_direct_chunk((0,), stream)
        with pytest.raises(
            thalweg.FormatError, match=r"cannot read chunk \[0\], rows 0 to 99, of data set '/x'"
        ):
            io.read(path, "x")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_killed_while_saving(tmp_path):
    """A whole file, old or new, whenever a save is killed, one leftover at most, and none after the next save."""
    path = tmp_path / "model.weights.h5"
    models = [thalweg.nn.Linear(150, 100) for _ in range(2)]
    io.save_weights(models[0], path)
    files = []
    for model in models:
        io.save_weights(model, path)
        files.append(path.read_bytes())
    dice = random.Random(3)
    cut = 0
    for number in range(int(os.environ.get("THALWEG_KILLS", "20"))):
        child = os.fork()
        if child == 0:
            for turn in range(1000000):
                io.save_weights(models[turn % 2], path)
            os._exit(0)
        time.sleep(dice.random() * 0.02)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert path.read_bytes() in files, number
        left = sorted(tmp_path.iterdir())
        assert len(left) <= 2, left
        if len(left) == 2:
            cut += 1
        if number % 50 == 19:
            io.save_weights(models[0], path)
            assert list(tmp_path.iterdir()) == [path]
            io.load_weights(thalweg.nn.Linear(150, 100), path)
    io.save_weights(models[0], path)
    assert list(tmp_path.iterdir()) == [path]
    print(f"{cut} temporary files were left")


@pytest.mark.parametrize(
    "shape", [(1024, 512), (1008, 1000), (1000, 1008), (4096, 144), (16, 65536), (999, 777)]
)
def test_large_matrices_come_back(shape, tmp_path):
    """The file has them the other way round; parts of them are turned in another way than others."""
    path = tmp_path / "model.weights.h5"
    model, other = (thalweg.nn.Linear(*shape, bias=False) for _ in range(2))
    io.save_weights(model, path)
    io.load_weights(other, path)
    assert other.weight.detach().numpy().tobytes() == model.weight.detach().numpy().tobytes()
    with h5py.File(path) as file:
        stored = file["thalweg/tensors/weight"]
        assert stored.id.get_offset() % 64 == 0
        assert (stored[()] == model.weight.detach().numpy().T).all()
    io.save(model, path)
    assert io.load(path).weight.detach().numpy().tobytes() == model.weight.detach().numpy().tobytes()


@pytest.mark.parametrize("size", [1, 63, 64, 65, 255, 256, 257, 300, 1027, 70001, 200000])
def test_checksums_of_weights(size, tmp_path):
    """zlib's, whichever way they are computed; files without that of the file's own order load as well."""
    path = tmp_path / "model.weights.h5"
    model, other = (thalweg.nn.Linear(size, 2) for _ in range(2))
    io.save_weights(model, path)
    with h5py.File(path, "r+") as file:
        stored = file["thalweg/tensors/weight"]
        assert stored.attrs["thalweg_crc32"] == zlib.crc32(model.weight.detach().numpy().tobytes())
        assert stored.attrs["thalweg_stored_crc32"] == zlib.crc32(stored[()].tobytes())
    io.load_weights(other, path)
    assert other.weight.tolist() == model.weight.tolist()
    with h5py.File(path, "r+") as file:
        del file["thalweg/tensors/weight"].attrs["thalweg_stored_crc32"]
    earlier = thalweg.nn.Linear(size, 2)
    io.load_weights(earlier, path)
    assert earlier.weight.tolist() == model.weight.tolist()
    for name in ("thalweg_stored_crc32", "thalweg_crc32"):
        io.save_weights(model, path)
        with h5py.File(path, "r+") as file:
            file["thalweg/tensors/weight"][size // 2, 1] += 1
            if name == "thalweg_crc32":
                del file["thalweg/tensors/weight"].attrs["thalweg_stored_crc32"]
        with pytest.raises(thalweg.FormatError, match="checksum does not match"):
            io.load_weights(earlier, path)
    assert earlier.weight.tolist() == model.weight.tolist()


@pytest.mark.parametrize("threads", [1, 2])
def test_weights_that_are_moved_in_parts(threads, tmp_path):
    """Large tensors, turned or not, cut inside rows and behind them: the file is Keras's, every bit comes back."""

    def make():
        return thalweg.nn.Sequential(
            thalweg.nn.Linear(1000, 701),
            thalweg.nn.Conv2d(40, 65, (5, 7)),
            thalweg.nn.ConvTranspose1d(300, 500, 3),
            thalweg.nn.Embedding(150001, 3),
            thalweg.nn.Linear(70001, 2, dtype=thalweg.float64),
        )

    path, states = tmp_path / "model.weights.h5", tmp_path / "states.h5"
    before = thalweg.get_num_threads()
    thalweg.set_num_threads(threads)
    try:
        model, other, third = make(), make(), make()
        io.save_weights(model, path)
        with h5py.File(path, "r") as file:
            linear = file["thalweg/tensors/0.weight"]
            assert (linear[()] == model[0].weight.detach().numpy().T).all()
            assert linear.attrs["thalweg_stored_crc32"] == zlib.crc32(linear[()].tobytes())
            assert linear.attrs["thalweg_crc32"] == zlib.crc32(model[0].weight.detach().numpy().tobytes())
            images = file["layers/conv2d/vars/0"][()]
            assert (images == model[1].weight.detach().numpy().transpose(2, 3, 1, 0)).all()
        io.load_weights(other, path)
        io.save_state_dict(model, states)
        io.load_state_dict(third, states)
        for name, tensor in model.state_dict().items():
            assert (other.state_dict()[name].numpy() == tensor.numpy()).all(), name
            assert (third.state_dict()[name].numpy() == tensor.numpy()).all(), name
        with h5py.File(path, "r+") as file:
            file["thalweg/tensors/4.weight"][70000, 1] += 1
        third = make()
        state = {name: tensor.numpy().copy() for name, tensor in third.state_dict().items()}
        with pytest.raises(thalweg.FormatError, match=r"4\.weight.* is damaged: its checksum"):
            io.load_weights(third, path)
        for name, tensor in third.state_dict().items():
            assert (tensor.numpy() == state[name]).all(), name
    finally:
        thalweg.set_num_threads(before)


def test_gzip_by_libdeflate_and_by_zlib(tmp_path):
    """The same numbers, and the same error, whichever library inflates."""
    path = tmp_path / "gzip.h5"
    values = np.random.default_rng(0).integers(0, 9, (3000, 40)).astype("f4")
    with h5py.File(path, "w") as file:
        chunked = file.create_dataset("x", data=values, chunks=(64, 40), compression="gzip", shuffle=True)
        start = chunked.id.get_chunk_info(20).byte_offset
    damaged = bytearray(path.read_bytes())
    damaged[start + 40] ^= 0x55
    (tmp_path / "damaged.h5").write_bytes(damaged)
    script = (
        "import sys, zlib, thalweg\n"
        "print(zlib.crc32(thalweg.io.read(sys.argv[1], 'x').numpy().tobytes()))\n"
        "try: thalweg.io.read(sys.argv[2], 'x')\n"
        "except thalweg.FormatError as error: print('chunk [20, 0]' in str(error))\n"
    )
    for chosen in ("", "off", "/nowhere/libdeflate.so"):
        done = subprocess.run(
            [sys.executable, "-c", script, path, tmp_path / "damaged.h5"],
            env={**os.environ, "THALWEG_LIBDEFLATE": chosen},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == [str(zlib.crc32(values.tobytes())), "True"], done


def test_rows_of_a_file_that_changes_between_reads(tmp_path):
    """Where the data lies is remembered when the file is some seconds old, and forgotten when it is another one."""
    path, random = tmp_path / "rows.h5", np.random.default_rng(0)

    def write(size):
        values = random.integers(0, 100, (size, 7)).astype("i4")
        path.unlink(missing_ok=True)
        with h5py.File(path, "w") as file:
            for storage in ("contiguous", "gzip", "lzf_parts"):
                file.create_dataset(f"a/{storage}", data=values, **STORAGE[storage])
        return values

    def check(values):
        for _ in range(3):
            for storage in ("contiguous", "gzip", "lzf_parts"):
                rows = random.integers(0, len(values), 20)
                assert (io.read(path, f"a/{storage}", rows).numpy() == values[rows]).all()
                with pytest.raises(thalweg.InvalidArgumentError, match=f"no row {len(values)};"):
                    io.read(path, f"a/{storage}", [len(values)])

    values = write(150)
    check(values)
    time.sleep(4)
    check(values)
    with h5py.File(path, "r+") as file:
        for storage in ("contiguous", "gzip", "lzf_parts"):
            file["a"][storage][5] = values[5] = 7
    check(values)
    check(write(90))
    path.unlink()
    with pytest.raises(thalweg.FileError, match="cannot open"):
        io.read(path, "a/gzip", [5])
