"""Files that crash libhdf5, read in a process of their own."""

import os
import signal
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import thalweg
from thalweg import io, nn

TESTS = Path(__file__).parent.parent
GOLDEN = TESTS / "Golden"
HOSTILE = sorted((GOLDEN / "hostile").glob("*.h5"))
GOOD = sorted([*(GOLDEN / "hdf5").glob("*.h5"), *(GOLDEN / "keras").glob("*.h5")])


@pytest.fixture(autouse=True)
def apart():
    with io.isolation("always", seconds=2.0):
        yield


def outcome(read):
    """What a function gives, or the error's sentence."""
    try:
        return read()
    except thalweg.Error as error:
        return f"{type(error).__name__}: {error}"


def run(code, *arguments):
    """How a process ends that reads a hostile file by `code`, in which `path` is its path."""
    program = "import sys, thalweg\nfrom thalweg import io\npath = sys.argv[1]\n" + code
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True
    )


def test_what_crashes_libhdf5_is_an_error():
    """What damage does to libhdf5 also depends on what is in its memory: a file may get through now and then."""
    listings = [outcome(lambda path=path: io.contents(path)) for path in HOSTILE]
    crashes = [text for text in listings if "crashed libhdf5" in text or "took libhdf5" in text]
    assert len(crashes) > len(HOSTILE) / 2, listings
    for path in HOSTILE:
        with pytest.raises(thalweg.Error):
            io.load_keras(path)
        with pytest.raises(thalweg.Error):
            io.read_state_dict(path)


def test_what_does_not_end_is_ended():
    with io.isolation("always", seconds=0.5), pytest.raises(thalweg.FormatError, match="longer than it may"):
        io.contents(GOLDEN / "hostile" / "endless" / "5310.h5")


def test_the_files_do_crash_it():
    ends = [run("io.isolation('never')\nio.contents(path)", path).returncode for path in HOSTILE]
    assert len(ends) >= 5
    assert any(end < 0 for end in ends)  # another libhdf5 may have mended some


def test_foreign_files_are_read_apart_from_the_start():
    ends = [run("io.contents(path)", path) for path in HOSTILE]
    assert all(end.returncode >= 0 for end in ends)
    assert sum("FormatError" in end.stderr for end in ends) > len(ends) / 2


def own_files(folder):
    """What this library writes, by its readers."""
    model = nn.Sequential(nn.Linear(300, 300), nn.Linear(300, 2))
    io.save(model, folder / "model.h5")
    io.save_weights(model, folder / "weights.h5")
    io.save_state_dict(model.state_dict(), folder / "state.h5")
    text = io.load_keras(GOLDEN / "keras" / "text.keras")
    io.save_keras(text, folder / "text.h5")
    io.save_keras(text, folder / "text.keras")
    with io.DataWriter(folder / "rows.h5") as writer:
        writer.write("x", np.zeros((300, 300), np.float32))
        writer.write("names", ["a", "b"])
    return {
        "model.h5": io.load,
        "weights.h5": lambda path: io.load_weights(model, path),
        "state.h5": io.read_state_dict,
        "text.h5": io.load_keras,
        "text.keras": io.load_keras,
        "rows.h5": io.contents,
    }


def test_own_files_are_read_here_as_long_as_they_are_as_they_were(tmp_path):
    readers = own_files(tmp_path)
    with io.isolation("foreign"):
        thalweg._C.set_isolation_program("/nowhere")
        try:
            for name, read in readers.items():
                read(tmp_path / name)
                if name.endswith(".keras"):
                    continue
                whole = (tmp_path / name).read_bytes()
                for place in [*range(0, 700, 41), len(whole) - 1, len(whole) - 40]:
                    damaged = bytearray(whole)
                    damaged[place] ^= 1
                    (tmp_path / "damaged.h5").write_bytes(damaged)
                    with pytest.raises(thalweg.UnavailableError):
                        io.contents(tmp_path / "damaged.h5")
                for end in (len(whole) - 1, len(whole) - 40, len(whole) // 2):
                    (tmp_path / "damaged.h5").write_bytes(whole[:end])
                    with pytest.raises(thalweg.UnavailableError):
                        io.contents(tmp_path / "damaged.h5")
                # Others may open it, but not write to it unnoticed.
                with h5py.File(tmp_path / name, "a") as file:
                    file.attrs["mine"] = 1
                with pytest.raises(thalweg.UnavailableError):
                    read(tmp_path / name)
        finally:
            thalweg._C.set_isolation_program("")


def test_nothing_is_added_to_a_damaged_file(tmp_path):
    with io.DataWriter(tmp_path / "rows.h5") as writer:
        writer.define("x", (-1, 3))
        writer.append("x", np.zeros((4, 3), np.float32))
    io.append(tmp_path / "rows.h5", {"x": np.ones((2, 3), np.float32)})
    assert io.read(tmp_path / "rows.h5", "x").shape == (6, 3)
    with h5py.File(tmp_path / "rows.h5") as file:
        place = h5py.h5o.get_info(file["x"].id).addr
    whole = bytearray((tmp_path / "rows.h5").read_bytes())
    whole[place : place + 64] = bytes(64)
    (tmp_path / "rows.h5").write_bytes(whole)
    with pytest.raises(thalweg.FormatError, match="damaged"):
        io.append(tmp_path / "rows.h5", {"x": np.ones((2, 3), np.float32)})
    assert (tmp_path / "rows.h5").read_bytes() == whole


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_gives_what_reading_here_gives(path):
    def everything():
        results = [[(e.path, e.kind, e.shape, e.details) for e in io.contents(path)]]
        for entry in io.contents(path):
            for read in (io.read, io.read_scaled, io.read_strings, io.read_sequences, io.read_enumeration):
                result = outcome(lambda read=read, name=entry.path: read(path, name))
                if isinstance(result, thalweg.Tensor):
                    result = (str(result.dtype), result.shape, result.numpy().tobytes())
                elif isinstance(result, list):
                    result = [x.tolist() if isinstance(x, thalweg.Tensor) else x for x in result]
                results.append(result)
        return results

    found = everything()
    with io.isolation("never"):
        assert found == everything()


def test_large_strings_and_attributes(tmp_path):
    texts = [f"{i} " * (i % 300) for i in range(20000)]
    with io.DataWriter(tmp_path / "texts.h5") as writer:
        writer.write("t", texts)
    assert io.read_strings(tmp_path / "texts.h5", "t") == texts


def test_loaders_stream_apart(tmp_path):
    rows = np.arange(3000, dtype=np.float32).reshape(1000, 3)
    with io.DataWriter(tmp_path / "rows.h5") as writer:
        writer.write("x", rows, gzip=4, chunk_rows=16)
    loader = thalweg.data.DataLoader(thalweg.data.HDF5Dataset(tmp_path / "rows.h5", "x"), 64)
    found = np.concatenate([x.numpy() for (x,) in loader])
    np.testing.assert_array_equal(found, rows)


def test_nothing_is_left_behind(tmp_path):
    def state():
        children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()
        return len(os.listdir("/proc/self/fd")), children

    io.contents(GOOD[0])
    before = state()
    for path in [*HOSTILE, *GOOD]:
        outcome(lambda path=path: io.contents(path))
    assert state() == before


@pytest.mark.parametrize("handler", ["ignored", "own"])
def test_hosts_that_handle_sigchld(handler):
    reaped = []

    def reap(*_):
        with pytest.raises(ChildProcessError):
            while True:
                reaped.append(os.waitpid(-1, 0))

    old = signal.signal(signal.SIGCHLD, signal.SIG_IGN if handler == "ignored" else reap)
    try:
        for path in HOSTILE:
            outcome(lambda path=path: io.contents(path))
        assert io.contents(GOOD[0])
    finally:
        signal.signal(signal.SIGCHLD, old)


def test_other_threads_and_children_of_the_host():
    child = subprocess.Popen(["sleep", "0.3"])
    errors = []

    def read():
        for path in [*HOSTILE, GOOD[0]]:
            try:
                io.contents(path)
            except thalweg.FormatError as error:
                errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) > 2 * len(HOSTILE)
    assert child.wait() == 0


def test_forked_children_read():
    io.contents(GOOD[0])
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            io.contents(GOOD[0])
            outcome(lambda: io.contents(HOSTILE[0]))
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_settings():
    assert io.get_isolation() == ("always", 2.0, 4 << 30)
    with io.isolation("never", seconds=7.5, bytes=1 << 30):
        assert io.get_isolation() == ("never", 7.5, 1 << 30)
    assert io.get_isolation() == ("always", 2.0, 4 << 30)
    for wrong in [{"mode": "sometimes"}, {"mode": "always", "seconds": -1}, {"mode": "always", "bytes": 1}]:
        with pytest.raises(ValueError):
            io.isolation(**wrong)
    with pytest.raises(ValueError):
        io.isolation("always", seconds=float("nan"))


def test_memory_has_a_limit(tmp_path):
    # Small strings that cannot be read without libhdf5, and more of them than its process may hold.
    with io.DataWriter(tmp_path / "texts.h5") as writer:
        writer.write("t", ["x" * (1 << 20)] * 200)
    with io.isolation("always", bytes=128 << 20), pytest.raises(thalweg.Error):
        io.read_strings(tmp_path / "texts.h5", "t")


def test_without_the_program():
    code = "io.isolation('always')\nio.contents(path)"
    environment = {**os.environ, "THALWEG_READER": "/nowhere/thalweg-reader"}
    program = "import sys\nfrom thalweg import io\npath = sys.argv[1]\n"
    for first, word in [(code, "UnavailableError"), ("print(len(io.contents(path)))", "")]:
        ran = subprocess.run(
            [sys.executable, "-c", program + first, str(GOOD[0])],
            env=environment,
            capture_output=True,
            text=True,
        )
        assert word in ran.stderr
        assert bool(word) == bool(ran.returncode)


def test_a_program_that_is_another():
    code = "io.isolation('always')\nio.contents(path)"
    environment = {**os.environ, "THALWEG_READER": "/bin/true"}
    program = "import sys\nfrom thalweg import io\npath = sys.argv[1]\n"
    ran = subprocess.run(
        [sys.executable, "-c", program + code, str(GOOD[0])], env=environment, capture_output=True, text=True
    )
    assert "UnavailableError" in ran.stderr


def archive(path, config, weights=b""):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("config.json", config)
        file.writestr("model.weights.h5", weights)


def test_bombs_are_refused_at_once(tmp_path):
    path = tmp_path / "bomb.keras"
    dense = (
        '{"class_name": "Sequential", "config": {"name": "s", "layers": [{"class_name": "InputLayer", "config": '
        '{"batch_shape": [null, %s], "dtype": "float32", "name": "i"}}, {"class_name": "Dense", "config": '
        '{"name": "../../etc/passwd", "units": %s, "activation": "linear", "use_bias": true}}]}}'
    )
    configs = [
        "[" * 100_000,
        '{"a":' * 100_000,
        "[" * 100_000 + "]" * 100_000,
        dense % (9223372036854775807, 9223372036854775807),
        dense % (2147483647, 2147483647),
        dense % (-1, 4),
        dense % (4, 1e308),
        '"' + "x" * 1_000_000,
        "0" * 1_000_000,
        "",
    ]
    weights = (GOLDEN / "hdf5" / "keras.weights.h5").read_bytes()
    for config in configs:
        archive(path, config, weights)
        with pytest.raises((thalweg.Error, ValueError)):
            io.load_keras(path)
    archive(path, "{}", bytes(1 << 28))  # 256 MB of zeros in 256 KB
    with pytest.raises((thalweg.Error, ValueError)):
        io.load_keras(path)
    archive(path, b" " * (1 << 28))
    with pytest.raises((thalweg.Error, ValueError)):
        io.load_keras(path)


def test_our_own_files_are_known(tmp_path):
    model = nn.Linear(3, 2)
    io.save(model, tmp_path / "model.h5")
    with (tmp_path / "model.h5").open("rb") as file:
        assert b"\0thalweg\0" in file.read(4096)
    np.testing.assert_array_equal(
        io.load(tmp_path / "model.h5").weight.detach().numpy(), model.weight.detach().numpy()
    )


@pytest.mark.parametrize(("kind", "count"), [("hdf5", 150), ("archives", 100), ("texts", 150)])
def test_damaged_files(kind, count):
    ran = subprocess.run(
        [sys.executable, TESTS / "Fuzz" / "fuzz.py", kind, str(count)], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
