"""The driver's side of the workers: starts them, asks them in turn, keeps the others still."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

TOLERANCE = 1e-4  # max |ours - theirs| <= 1e-4 (1 + max |theirs|), over five losses or an output
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def cores() -> list[int]:
    """One CPU of each core that this process may use, the last first: the first serves most interrupts."""
    chosen, taken = [], set()
    for cpu in sorted(os.sched_getaffinity(0), reverse=True):
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        core = siblings.read_text() if siblings.exists() else str(cpu)
        if core not in taken:
            taken.add(core)
            chosen.append(cpu)
    return chosen


@contextlib.contextmanager
def held_to(cpus: list[int]) -> Iterator[None]:
    """Processes started within may use these CPUs only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Failed(Exception):
    """A worker that has no result; the message says why."""


@dataclass
class Samples:
    """What was measured of one worker."""

    seconds: list[float] = field(default_factory=list)
    discarded: list[float] = field(default_factory=list)

    def add(self, seconds: float, preemptions: int) -> None:
        """Keeps or discards a sample."""
        (self.discarded if preemptions else self.seconds).append(seconds)

    @property
    def disturbed(self) -> bool:
        """Whether so few samples were left alone that the discarded ones have to do."""
        return len(self.seconds) < 3

    def quartiles(self) -> tuple[float, float, float]:
        """Lower quartile, median, upper quartile."""
        kept = self.seconds + self.discarded if self.disturbed else self.seconds
        return tuple(float(q) for q in np.percentile(kept, (25, 50, 75)))


class Member:
    """A worker process, and what it has measured of its present workload."""

    def __init__(self, peer: str, threads: int, log: Path) -> None:
        self.peer, self.threads = peer, threads
        self.samples = Samples()
        self.checked: list[list[float]] = []
        self._log = log
        environment = {
            **os.environ,
            **dict.fromkeys(THREAD_VARIABLES, str(threads)),
            "JAX_PLATFORMS": "cpu",
            "CUDA_VISIBLE_DEVICES": "",
        }
        # A worker of n threads has n CPUs, whatever its framework makes of the variables.
        with log.open("w") as errors, held_to(cores()[:threads]):
            self._process = subprocess.Popen(
                [sys.executable, "-m", "suite.worker", peer, str(threads)],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def prepare(self, workload: str) -> None:
        """Starts a workload; `checked` are its first results."""
        self.checked = self.ask("prepare", workload)
        self.samples = Samples()

    def ask(self, request: str, *arguments: Any) -> Any:
        """Wakes the worker for one request."""
        self._process.send_signal(signal.SIGCONT)
        try:
            print(json.dumps([request, *arguments]), file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            errors = self._log.read_text().strip().splitlines()
            raise Failed(errors[-1] if errors else f"ended with status {self._process.wait()}")
        self._process.send_signal(signal.SIGSTOP)
        answer = json.loads(line)
        if "unsupported" in answer:
            raise Failed(answer["unsupported"])
        return answer["result"]

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.communicate()


def check(members: list[Member], missing: dict[str, str]) -> float:
    """Compares the first results with PyTorch's; returns the largest deviation among those that agree.

    Who differs is put among the missing, with its deviation.
    """
    largest = 0.0
    reference = next((m for m in members if m.peer == "torch"), members[0] if members else None)
    for member in members:
        theirs, ours = np.array(reference.checked), np.array(member.checked)
        deviation = np.inf
        if theirs.shape == ours.shape:
            deviation = float(np.abs(ours - theirs).max(initial=0) / (1 + np.abs(theirs).max(initial=0)))
        if deviation <= TOLERANCE:
            largest = max(largest, deviation)
        else:
            missing[member.peer] = f"differs from {reference.peer} by {deviation:.1e}"
    return largest


def take_samples(members: list[Member], count: int, seconds: float) -> None:
    """Asks all in turn until each has so many undisturbed samples, or three times as many were taken.

    Every other round goes the other way, so that a drift of the machine's clock hits all alike.
    """
    for member in members:
        member.ask("calibrate", seconds)
    for turn in range(3 * count):
        waiting = [member for member in members if len(member.samples.seconds) < count]
        if not waiting:
            break
        for member in waiting if turn % 2 == 0 else reversed(waiting):
            member.samples.add(**member.ask("sample"))
