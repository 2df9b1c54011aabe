"""A worker process: one peer with one number of threads. Answers requests, a line of JSON each.

    python -m suite.worker <peer> <threads>

The driver stops it (SIGSTOP) while others are measured, so that no pool of threads spins beside them.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from . import conv, elementwise, gemm
from .peers import PEERS, Unsupported
from .row import load_workloads

CHECKED_NUMBERS = 1000
PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>
LEAD_IN = 2e-3  # seconds of work before a sample: caches, clock and threads come back


def status_line(path: Path, key: str) -> int:
    """A number in a `status` file of /proc."""
    return next(int(line.split()[1]) for line in path.read_text().splitlines() if line.startswith(key))


def preemptions() -> int:
    """How often the system took a CPU away from any thread of this process."""
    total = 0
    for task in Path("/proc/self/task").iterdir():
        try:
            total += status_line(task / "status", "nonvoluntary_ctxt_switches")
        except (FileNotFoundError, ProcessLookupError, StopIteration):
            pass  # the thread has just ended
    return total


class Worker:
    """The peer with its workload, and what it can be asked."""

    def __init__(self, peer: str, threads: int) -> None:
        self.peer = PEERS[peer](threads)
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        self.after_import = status_line(Path("/proc/self/status"), "VmRSS")

    def prepare(self, name: str) -> list[list[float]]:
        """Starts a workload and returns its first results, some of the numbers if they are many."""
        workload = find(name)
        self.step = workload.start(self.peer)
        results = [np.ravel(self.peer.numbers(self.step())) for _ in range(workload.checked)]
        return [result[:: 1 + result.size // CHECKED_NUMBERS].tolist() for result in results]

    def calibrate(self, seconds: float) -> int:
        """Chooses the iterations of a sample so that it takes about so long; the first ones warm up."""
        self.iterations = 1
        self._run(3)
        while self._run(self.iterations) < seconds / 4:
            self.iterations *= 2
        each = min(self._run(self.iterations) for _ in range(3)) / self.iterations
        self.iterations = max(1, round(seconds / each))
        self.lead_in = max(1, round(LEAD_IN / each))
        return self.iterations

    def sample(self) -> dict[str, float]:
        """The time of one iteration, in the mean over a sample, and the preemptions during it."""
        self._run(self.lead_in)
        before = preemptions()
        elapsed = self._run(self.iterations)
        return {"seconds": elapsed / self.iterations, "preemptions": preemptions() - before}

    def memory(self) -> int:
        """The peak over what importing took, in KiB."""
        return status_line(Path("/proc/self/status"), "VmHWM") - self.after_import

    def _run(self, count: int) -> float:
        step = self.step
        start = time.perf_counter()
        for _ in range(count):
            result = step()
        self.peer.wait(result)
        return time.perf_counter() - start


def find(name: str) -> Any:
    """The workload of this name."""
    tables = (*gemm.products(), *conv.passes(), *elementwise.works())
    return next(w for w in (*load_workloads(), *tables) if w.name == name)


def main() -> None:
    """Answers until the driver closes the pipe."""
    # A stopped process would outlive a driver that was killed.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the peer prints goes to the log
    warnings.simplefilter("ignore")
    worker = Worker(sys.argv[1], int(sys.argv[2]))
    for line in sys.stdin:
        request, *arguments = json.loads(line)
        try:
            answer = {"result": getattr(worker, request)(*arguments)}
        except Unsupported as reason:
            answer = {"unsupported": str(reason)}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
