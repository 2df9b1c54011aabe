"""Damages good files and reads them: each time there is a result or an error, and nothing is left behind.

    python Tests/Fuzz/fuzz.py hdf5|own|archives|texts|answers [count] [first] [--keep FOLDER]

hdf5: HDF5 files, read apart by every reader (a crash of libhdf5 is one of a process of its own). own: files that
this library wrote, of all kinds, which it reads in its own process as long as they are sound. archives: ZIP
archives of Keras's. texts: the JSON in them. answers: good files, but what the process that reads them says is
damaged on the way. Case i is the same each time: `hdf5 1 4711` repeats number 4711. With --keep files that crash libhdf5 are written to a folder. The cases run in a process of their own: the last line says
how they ended, and the status is not 0 if that process died, or if its memory, descriptors or children grew.
"""

import argparse
import contextlib
import io as memory
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
GOLDEN = TESTS / "Golden"


# Stands between the host and the reader's process, and changes what that says.
LIAR = """#!{python}
import os, random, select, socket, subprocess
host, (here, there) = socket.socket(fileno=3), socket.socketpair()
rng = random.Random(int(open({seed!r}).read()))
def descriptor():
    os.dup2(there.fileno(), 3)
import sys
reader = subprocess.Popen([{reader!r}, *sys.argv[1:]], preexec_fn=descriptor, close_fds=False)
there.close()
answers, lie = 0, rng.choice([1, 2, 3, 4, 5, 6, 8, 12, 20])
while True:
    for ready in select.select([host, here], [], [])[0]:
        data = bytearray(ready.recv(1 << 16))
        if not data:
            reader.kill()
            sys.exit()
        if ready is here:
            answers += 1
            if answers == lie or rng.random() < 0.02:
                for _ in range(rng.randint(1, 4)):
                    data[rng.randrange(len(data))] = rng.choice([0, 1, 2, 0x7F, 0x80, 0xFF, rng.randrange(256)])
        (host if ready is here else here).sendall(data)
"""


def damage(data, rng):
    """`data` with 1 to 4 bytes changed, its end cut off, or blocks exchanged."""
    data = bytearray(data)
    kind = rng.random()
    if kind < 0.8:
        # Half of the changes are among the first bytes, where files say what is in them.
        for _ in range(rng.randint(1, 4)):
            end = len(data) if rng.random() < 0.5 else min(len(data), 4096)
            data[rng.randrange(end)] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
    elif kind < 0.9:
        del data[rng.randrange(1, len(data)) :]
    else:
        size = rng.choice([4, 8, 16, 64, 512])
        i, j = (rng.randrange(max(len(data) - size, 1)) for _ in range(2))
        data[i : i + size], data[j : j + size] = data[j : j + size], data[i : i + size]
    return bytes(data)


def archive(members):
    """A ZIP archive with sound checksums."""
    out = memory.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


def members(path):
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def good_hdf5(folder):
    """Files of others and our own, as bytes."""
    import numpy as np
    import thalweg
    from thalweg import io, nn

    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    io.save(model, folder / "model.h5")
    io.save_state_dict(model.state_dict(), folder / "state.h5")
    rows = thalweg.tensor(np.arange(60, dtype=np.float32).reshape(20, 3))
    with io.DataWriter(folder / "rows.h5") as writer:
        writer.write("x", rows, chunk_rows=4, gzip=4)
        writer.write("names", [f"name {i}" for i in range(20)])
    paths = [*(GOLDEN / "hdf5").glob("*.h5"), *(GOLDEN / "keras").glob("*.h5"), *folder.glob("*.h5")]
    return {path.name: path.read_bytes() for path in sorted(paths)}


def own_files(folder):
    """A file of every kind that this library writes, as bytes."""
    import numpy as np
    import thalweg
    from thalweg import io, nn, optim

    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    large = nn.Sequential(nn.Linear(300, 300), nn.LSTM(300, 40))
    images = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))
    images(thalweg.zeros(1, 2, 6, 6))
    optimizer = optim.Adam(model.parameters())
    (model(thalweg.ones(5, 4)) ** 2).sum().backward()
    optimizer.step()
    io.save(model, folder / "model.h5")
    io.save_weights(model, folder / "weights.h5")
    io.save_weights(large, folder / "large.h5")
    thalweg.checkpoint.Checkpoint(model, optimizer).save(folder / "checkpoint.h5")
    io.save_state_dict(model.state_dict(), folder / "state.h5")
    io.save_state_dict(large.state_dict(), folder / "nested.h5", nested=True)
    text = io.load_keras(GOLDEN / "keras" / "text.keras")
    io.save_keras(text, folder / "text.h5", optimizer=optim.Adam(text.parameters()))
    io.save_keras(text, folder / "text.keras", optimizer=optim.Adam(text.parameters()))
    io.save_keras(io.load_keras(GOLDEN / "keras" / "images.keras"), folder / "images.h5")
    rows = np.arange(60000, dtype=np.float32).reshape(20000, 3)
    with io.DataWriter(folder / "plain.h5") as writer:
        writer.write("x", rows)
        writer.write("y", np.arange(20000) % 3, labels=["a", "b", "c"])
        writer.set_dimensions("x", ["sample", "feature"])
        writer.set_dimensions("y", ["sample"])
    with io.DataWriter(folder / "chunks.h5") as writer:
        writer.write("x", rows[:200], chunk_rows=4, gzip=4, fletcher32=True)
        writer.write("z", rows[:200], chunk_rows=64)
        writer.write("names", [f"name {i}" for i in range(50)])
        writer.set_attribute("x", "unit", "metre")
    with io.DataWriter(folder / "growing.h5") as writer:
        writer.define("x", (-1, 3))
        for i in range(5):
            writer.append("x", rows[20 * i : 20 * i + 20])
        writer.write("words", ["one", "two"], extendible=True)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


class Cases:
    """What is damaged, and how it is read."""

    def __init__(self, folder, kind):
        from thalweg import io, nn

        self.folder = folder
        self.files = own_files(folder) if kind == "own" else good_hdf5(folder)
        self.names = {}
        for name, data in self.files.items():
            if name.endswith(".keras"):
                continue
            (folder / "good.h5").write_bytes(data)
            entries = io.contents(folder / "good.h5")
            self.names[name] = [entry.path for entry in entries if entry.kind == "dataset"]
        self.model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
        self.packed = sorted((GOLDEN / "keras").glob("*.keras"))

    def hdf5(self, rng):
        return self.read(rng, damage)

    def own(self, rng):
        """As above, and also appended to and trained on; members of archives with sound checksums."""
        from thalweg import checkpoint, io, optim

        name = rng.choice(list(self.files))
        if not name.endswith(".keras"):
            path, read = self.read(rng, damage, name)
            parameters = self.model.parameters()
            others = [
                lambda: io.append(path, {"x": [[1.0, 2.0, 3.0]]}),
                lambda: io.append(path, {"words": ["three"]}),
                lambda: checkpoint.Checkpoint(self.model, optim.Adam(parameters)).load(path),
            ]
            return path, rng.choice([read, read, *others])
        path = self.folder / "case.keras"
        data = self.files[name]
        if rng.random() < 0.7:
            (self.folder / "whole.keras").write_bytes(data)
            parts = members(self.folder / "whole.keras")
            parts["model.weights.h5"] = damage(parts["model.weights.h5"], rng)
            data = archive(parts)
        else:
            data = damage(data, rng)
        path.write_bytes(data)
        return path, lambda: io.load_keras(path)

    def answers(self, rng):
        import thalweg

        liar = self.folder / "liar"
        if not liar.exists():
            beside = Path(thalweg.__file__).parent
            places = [beside / "thalweg-reader", beside.parents[2] / "thalweg-reader"]
            reader = os.environ.get("THALWEG_READER") or str(next(path for path in places if path.exists()))
            seed = str(self.folder / "seed")
            liar.write_text(LIAR.format(python=sys.executable, seed=seed, reader=reader))
            liar.chmod(0o755)
            thalweg._C.set_isolation_program(liar)
        (self.folder / "seed").write_text(str(rng.randrange(1 << 30)))
        return self.read(rng, lambda data, rng: data)

    def read(self, rng, damage, name=None):
        """The path of a file and a function that reads it."""
        from thalweg import data, io

        name = name or rng.choice(list(self.files))
        path = self.folder / "case.h5"
        path.write_bytes(damage(self.files[name], rng))
        dataset = rng.choice(self.names[name])

        def batches():
            loader = data.DataLoader(data.HDF5Dataset(path, dataset), batch_size=4, shuffle=True)
            for _ in loader:
                pass

        readers = [
            lambda: io.contents(path),
            lambda: io.read(path, dataset),
            lambda: io.read(path, dataset, slice(0, 2)),
            lambda: io.read_scaled(path, dataset),
            lambda: io.read_strings(path, dataset),
            lambda: io.read_sequences(path, dataset),
            lambda: io.read_enumeration(path, dataset),
            lambda: io.load_keras(path),
            lambda: io.load_keras_weights(self.model, path),
            lambda: io.load_weights(self.model, path),
            lambda: io.load_state_dict(self.model, path),
            lambda: io.read_state_dict(path),
            lambda: io.load(path),
            batches,
        ]
        if name == "rows.h5" and rng.random() < 0.5:
            return path, batches
        # Everything there is in the file is looked at by the first.
        return path, readers[0] if rng.random() < 0.4 else rng.choice(readers)

    def archives(self, rng):
        from thalweg import io

        path = self.folder / "case.keras"
        source = rng.choice(self.packed)
        if rng.random() < 0.3:
            parts = members(source)
            parts["model.weights.h5"] = damage(parts["model.weights.h5"], rng)
            path.write_bytes(archive(parts))
        else:
            path.write_bytes(damage(source.read_bytes(), rng))
        return path, lambda: io.load_keras(path)

    def texts(self, rng):
        from thalweg import io

        path = self.folder / "case.keras"
        parts = members(rng.choice(self.packed))
        text = parts["config.json"]
        if rng.random() < 0.5:
            text = damage(text, rng)
        else:
            # A number, word or bracket for another.
            words = [
                b"null",
                b"-1",
                b"0",
                b"1e400",
                b"9223372036854775807",
                b"{}",
                b"[]",
                b'""',
                b"true",
                b"[[[[",
            ]
            spots = [i for i, c in enumerate(text) if c in b":,["]
            at = rng.choice(spots) + 1
            end = at
            while end < len(text) and text[end] not in b",]}":
                end += 1
            text = text[:at] + rng.choice(words) + text[end:]
        parts["config.json"] = text
        path.write_bytes(archive(parts))
        return path, lambda: io.load_keras(path)


def state():
    """Resident memory in MB, open descriptors, children."""
    with open("/proc/self/statm") as file:
        resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return resident, len(os.listdir("/proc/self/fd")), len(children)


def work(kind, count, first, keep, note):
    import thalweg
    from thalweg import io

    ends = Counter()
    longest = 0.0
    before = None
    with (
        tempfile.TemporaryDirectory() as folder,
        io.isolation("foreign" if kind == "own" else "always", seconds=0.2 if kind == "answers" else 1.0),
    ):
        cases = Cases(Path(folder), kind)
        make = getattr(cases, kind)
        for i in range(first, first + count):
            note.seek(0)
            note.write(f"{i:12}")
            note.flush()
            path, read = make(random.Random(i))
            started = time.perf_counter()
            try:
                read()
                ends["results"] += 1
            except thalweg.Error as error:
                text = str(error)
                if kind != "answers" and ("crashed libhdf5" in text or "took libhdf5" in text):
                    ends["crashes of libhdf5" if "crashed" in text else "libhdf5 took too long"] += 1
                    if keep:
                        Path(keep, f"{i}{path.suffix}").write_bytes(path.read_bytes())
                else:
                    ends["errors"] += 1
                    assert kind == "answers" or "cannot be read apart" not in text, text
            except (KeyError, TypeError, ValueError, UnicodeError) as error:
                ends[f"{type(error).__name__}"] += 1
            longest = max(longest, time.perf_counter() - started)
            if i == first + count // 4:
                before = state()
        after = state()
    grown = [b - a for a, b in zip(before, after, strict=True)] if before else [0, 0, 0]
    print(f"{kind}: {count} cases:", ", ".join(f"{n} {end}" for end, n in ends.most_common()))
    print(f"longest {longest:.2f} s; grown by {grown[0]} MB, {grown[1]} descriptors, {grown[2]} children")
    return int(grown[0] > 64 or grown[1] > 0 or grown[2] > 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["hdf5", "own", "archives", "texts", "answers"])
    parser.add_argument("count", type=int, nargs="?", default=300)
    parser.add_argument("first", type=int, nargs="?", default=0)
    parser.add_argument("--keep")
    parser.add_argument("--worker")
    options = parser.parse_args()
    if options.worker:
        with open(options.worker, "w") as note:
            sys.exit(work(options.kind, options.count, options.first, options.keep, note))
    with tempfile.NamedTemporaryFile("r") as note:
        result = subprocess.run([sys.executable, *sys.argv, "--worker", note.name])
        if result.returncode < 0:
            with contextlib.suppress(ValueError):
                print(
                    f"{options.kind} case {int(note.read())} ended the process: signal {-result.returncode}"
                )
        sys.exit(result.returncode and 1)


if __name__ == "__main__":
    main()
