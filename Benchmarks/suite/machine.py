"""The machine's limits, measured in the same run: the peak of fused multiply-adds and STREAM's triad.

With a C compiler (CC, cc, gcc or clang) from `machine.c`; without one from NumPy, a lower bound of both.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .crew import cores

TRIAD_COUNT = 1 << 24  # numbers an array: 64 MiB, more than any cache's share


@dataclass(frozen=True)
class Limits:
    """What so many threads can reach."""

    flops: float  # a second
    bytes: float  # a second
    method: str


class Machine:
    """Measures the limits, and keeps the best of the run: what the machine can do when it is left alone."""

    def __init__(self, folder: Path) -> None:
        self._library = _build(folder)
        self._best: dict[int, tuple[float, float]] = {}
        self._triads: dict[tuple[int, int], float] = {}

    def measure(self, threads: int, repeats: int = 5) -> Limits:
        """The best of some measurements and of those before."""
        peaks, triads = self._compiled() if self._library else _with_numpy()
        flops, traffic = self._best.get(threads, (0, 0))
        for _ in range(repeats):
            flops, traffic = max(flops, _together(peaks, threads)), max(traffic, _together(triads, threads))
        self._best[threads] = flops, traffic
        return Limits(flops, traffic, "C" if self._library else "NumPy")

    def triad(self, threads: int, size: float, repeats: int = 7) -> float:
        """Bytes a second of the triad whose three arrays are `size` bytes in all; the best of some."""
        count = max(256, int(size) // 12 // threads)
        rounds = max(1, (1 << 24) // count)
        best = self._triads.get((threads, count))
        if best is None:
            work = self._triad(count, rounds)
            best = max(_together(work, threads) for _ in range(repeats))
            self._triads[threads, count] = best
        return best

    def _triad(self, count: int, rounds: int) -> Callable[[], float]:
        library = self._library

        def triad() -> float:
            a, b, c = _arrays(count)
            pointers = [array.ctypes.data for array in (a, b, c)]
            for _ in range(rounds):
                if library:
                    library.triad(*pointers, 3.0, count)
                else:
                    np.add(b, c, out=a)
            return 3.0 * a.nbytes * rounds

        return triad

    def _compiled(self) -> tuple[Callable[[], float], Callable[[], float]]:
        library, iterations = self._library, 2_000_000
        count = TRIAD_COUNT // len(cores())

        def peak() -> float:
            library.fma_peak(iterations, 0.5, 1.0)
            return iterations * library.fma_operations()

        return peak, self._triad(count, 1)

    @staticmethod
    def description() -> dict[str, str]:
        """The processor, its instruction sets and caches, the memory and the system."""
        entries: dict[str, str] = {}
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = line.partition(":")
            entries.setdefault(name.strip(), value.strip())
        flags = entries.get("flags", "").split()
        kib = int(Path("/proc/meminfo").read_text().split("MemTotal:")[1].split()[0])
        return {
            "cpu": entries.get("model name", platform.processor()),
            "cores": str(len(cores())),
            "instructions": " ".join(name for name in ("avx2", "fma", "avx512f") if name in flags),
            "caches": ", ".join(_caches()),
            "memory": f"{kib / 2**20:.0f} GiB",
            "virtual": "yes" if "hypervisor" in flags else "no",
            "system": platform.platform(),
        }


def _caches() -> list[str]:
    """As `L1d 48K`, of the first processor; none where the system does not say."""
    found = []
    for cache in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        kind, level, size = ((cache / name).read_text().strip() for name in ("type", "level", "size"))
        if kind != "Instruction":
            found.append(f"L{level}{'d' if kind == 'Data' else ''} {size}")
    return found


_local = threading.local()


def _arrays(count: int) -> tuple[np.ndarray, ...]:
    if getattr(_local, "count", None) != count:
        _local.count, _local.arrays = count, tuple(np.ones(count, "float32") for _ in range(3))
    return _local.arrays


def _with_numpy() -> tuple[Callable[[], float], Callable[[], float]]:
    size = 1024
    a = np.ones((size, size), "float32")

    def peak() -> float:
        a @ a
        return 2.0 * size**3

    def triad() -> float:
        x, y, z = _arrays(TRIAD_COUNT)
        np.multiply(z, np.float32(3), out=x)
        np.add(x, y, out=x)
        return 5 * x.nbytes

    return peak, triad


def _together(work: Callable[[], float], threads: int) -> float:
    """What the threads do in a second, each on a CPU of its own; after one round without the clock."""
    barrier = threading.Barrier(threads)
    spans: list[tuple[float, float, float]] = []

    def run(cpu: int) -> None:
        os.sched_setaffinity(0, {cpu})
        work()
        barrier.wait()
        start = time.perf_counter()
        done = work()
        spans.append((start, time.perf_counter(), done))

    crew = [threading.Thread(target=run, args=(cpu,)) for cpu in cores()[:threads]]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    start, end, done = zip(*spans, strict=True)
    return sum(done) / (max(end) - min(start))


def _build(folder: Path) -> ctypes.CDLL | None:
    compiler = next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)
    compiler = os.environ.get("CC", compiler)
    if compiler is None:
        return None
    wide = "avx512f" in Path("/proc/cpuinfo").read_text()
    folder.mkdir(parents=True, exist_ok=True)
    library = folder / "machine.so"
    command = [compiler, "-O3", "-march=native", "-ffp-contract=fast", f"-DLANES={16 if wide else 8}"]
    command += ["-mprefer-vector-width=512"] if wide else []
    source = Path(__file__).with_name("machine.c")
    subprocess.run([*command, "-shared", "-fPIC", source, "-o", library], check=True)
    loaded = ctypes.CDLL(str(library))
    loaded.fma_peak.argtypes = [ctypes.c_size_t, ctypes.c_float, ctypes.c_float]
    loaded.fma_peak.restype = ctypes.c_float
    loaded.triad.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_float, ctypes.c_size_t]
    loaded.triad.restype = None
    return loaded
