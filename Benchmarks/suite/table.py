"""Tables of single operations, cell by cell: Thalweg against the quickest of some peers."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from statistics import geometric_mean
from typing import Any

from .crew import Failed, Member, check, take_samples
from .machine import Machine


@dataclass(frozen=True)
class Measure:
    """What a table counts, and the limit that the machine sets to it."""

    unit: str
    limit: str
    amount: Callable[[Any], float]  # of a cell
    most: Callable[[Machine, int, Any], float]  # a second, with so many threads


FLOPS = Measure(
    "GFLOP/s", "peak", lambda cell: cell.flops, lambda machine, threads, cell: machine.measure(threads).flops
)
BYTES = Measure(
    "GB/s",
    "triad",
    lambda cell: cell.bytes,
    lambda machine, threads, cell: machine.triad(threads, cell.bytes),
)


def main(
    description: str, name: str, cells: list[Any], peers: tuple[str, ...], measure: Measure = FLOPS
) -> None:
    """Measures and prints the table for each number of threads, and writes it as JSON."""
    parser = argparse.ArgumentParser(prog=f"Benchmarks/{name}", description=description)
    parser.add_argument("--cells", nargs="+", default=["*"], help="patterns of their names: '*1024* nt'")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], help="default: 1 2")
    parser.add_argument("--samples", type=int, default=11, help="undisturbed samples of each; default: 11")
    parser.add_argument("--seconds", type=float, default=0.02, help="length of a sample; default: 0.02")
    parser.add_argument("--quick", action="store_true", help="3 samples of 5 ms, to see that all runs")
    parser.add_argument(
        "--out", type=Path, default=Path("build/benchmarks"), help="default: build/benchmarks"
    )
    options = parser.parse_args()
    if options.quick:
        options.samples, options.seconds = 3, 0.005
    cells = [c for c in cells if any(fnmatch(c.name, f"*{pattern}*") for pattern in options.cells)]
    if not cells:
        sys.exit(f"no cell is called {' or '.join(options.cells)}")
    log = options.out / "log"
    log.mkdir(parents=True, exist_ok=True)
    machine = Machine(options.out)
    result = {"date": time.strftime("%Y-%m-%d %H:%M"), "machine": machine.description(), "tables": {}}
    for threads in options.threads:
        members = [Member(peer, threads, log / f"{name}-{peer}-{threads}.log") for peer in peers]
        try:
            limit = partial(measure.most, machine, threads)
            result["tables"][threads] = table(cells, members, options, threads, measure, limit)
        finally:
            for member in members:
                member.close()
    (options.out / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    print(f"\n{options.out}/{name}.json")


def table(
    cells: list[Any],
    members: list[Member],
    options: argparse.Namespace,
    threads: int,
    measure: Measure,
    limit: Callable[[Any], float],
) -> dict[str, Any]:
    """One number of threads: a line for each cell as it is measured, then mean and worst cell."""
    others = [member.peer for member in members[1:]]
    print(f"\n{threads} threads. {measure.unit}, and Thalweg's speed over the best other:\n")
    print(
        f"{'':32} {members[0].peer:>10} {measure.limit:>8} {'share':>8}"
        + "".join(f"{p:>20}" for p in others)
        + f"{'ratio':>8}"
    )
    measured: dict[str, Any] = {}
    for cell in cells:
        missing: dict[str, str] = {}
        for member in members:
            try:
                member.prepare(cell.name)
            except Failed as reason:
                missing[member.peer] = str(reason)
        check([member for member in members if member.peer not in missing], missing)
        equal = [member for member in members if member.peer not in missing]
        take_samples(equal, options.samples, options.seconds)
        speed = {m.peer: measure.amount(cell) / m.samples.quartiles()[1] for m in equal}
        ours, best = speed.get(members[0].peer), max((speed[p] for p in others if p in speed), default=None)
        ratio = ours / best if ours and best else None
        disturbed = any(m.samples.disturbed for m in equal)
        most = limit(cell)
        measured[cell.name] = {
            "speed": speed,
            "limit": most,
            "ratio": ratio,
            "disturbed": disturbed,
            "missing": missing,
        }
        columns = [f"{speed[p] / 1e9:>20.1f}" if p in speed else f"{'-':>20}" for p in others]
        shares = f"{most / 1e9:>8.0f} {(ours or 0) / most:>8.0%}"
        print(
            f"{cell.name:32} {(ours or 0) / 1e9:>10.1f} {shares}{''.join(columns)}"
            f"{f'{ratio:.2f}' if ratio else '-':>8}{'~' if disturbed else ''}",
            *(f"  {peer}: {reason}" for peer, reason in missing.items()),
            flush=True,
        )
    ratios = {name: cell["ratio"] for name, cell in measured.items() if cell["ratio"]}
    if ratios:
        worst = min(ratios, key=ratios.__getitem__)
        print(f"\ngeometric mean {geometric_mean(ratios.values()):.2f}, worst {ratios[worst]:.2f} ({worst})")
    return {"unit": measure.unit, "cells": measured}
