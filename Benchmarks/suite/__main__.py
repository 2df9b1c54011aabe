"""Runs the suite: `Benchmarks/run --help`."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import sys
import time
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from . import report
from .crew import Failed, Member, check, take_samples
from .machine import Machine
from .peers import PEERS
from .row import Workload, load_workloads

DISTRIBUTIONS = ("torch", "jax", "onnxruntime", "numpy")
AVX2_ONLY = {
    "THALWEG_ISA": "v3",
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "XLA_FLAGS": "--xla_cpu_max_isa=AVX2",
}


def main() -> int:
    """Measures, prints, writes JSON and plot. The status is 1 if some peers' results differ."""
    options = parse_options()
    workloads = [w for w in load_workloads() if is_chosen(w, options.rows)]
    if not workloads:
        sys.exit(f"no row is called {' or '.join(options.rows)}")
    log = options.out / "log"
    log.mkdir(parents=True, exist_ok=True)
    machine = Machine(options.out)
    for threads in options.threads:
        machine.measure(threads, repeats=20)
    result: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "machine": machine.description(),
        "versions": {name: importlib.metadata.version(name) for name in DISTRIBUTIONS},
        "samples": options.samples,
        "sample_seconds": options.seconds,
        "workloads": [],
    }
    print(report.heading(result), flush=True)
    kept = earlier(options.out / "results.json") if options.keep else {}
    for workload in workloads:
        kept[workload.name] = measure(workload, options, machine, log)
        print(report.workload_table(kept[workload.name]), flush=True)
        result["workloads"] = [kept[w.name] for w in load_workloads() if w.name in kept]
        (options.out / "results.json").write_text(json.dumps(result, indent=1) + "\n")
        (options.out / "results.md").write_text(report.markdown(result))
    print(report.summary(result))
    report.plot(result, options.out / "results.png")
    print(f"\n{options.out}/results.json, results.md, results.png")
    return int(any("differs" in reason for w in result["workloads"] for reason in w["missing"].values()))


def parse_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="Benchmarks/run", description="Thalweg and its peers, side by side."
    )
    parser.add_argument(
        "--rows", nargs="+", default=["*"], help="rows or workloads: mlp, mlp/infer/1, '*/infer/*'"
    )
    peers = [peer for peer in PEERS if peer != "numpy"]
    others = [peer for peer in peers if peer != "thalweg-recorded"]
    parser.add_argument(
        "--peers", nargs="+", default=others, choices=peers, help="default: all but thalweg-recorded"
    )
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], help="default: 1 2")
    parser.add_argument("--samples", type=int, default=21, help="undisturbed samples of each; default: 21")
    parser.add_argument("--seconds", type=float, default=0.03, help="length of a sample; default: 0.03")
    parser.add_argument(
        "--avx2",
        action="store_true",
        help="hold Thalweg, PyTorch and JAX to AVX2 (ONNX Runtime has no switch: it is left out)",
    )
    parser.add_argument("--quick", action="store_true", help="5 samples of 10 ms, to see that all runs")
    parser.add_argument(
        "--keep", action="store_true", help="keep what an earlier run of other rows left in --out"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("build/benchmarks"), help="default: build/benchmarks"
    )
    options = parser.parse_args()
    if options.quick:
        options.samples, options.seconds = 5, 0.01
    if options.avx2:
        os.environ.update(AVX2_ONLY)
        options.peers = [peer for peer in options.peers if peer != "onnxruntime"]
    return options


def earlier(path: Path) -> dict[str, Any]:
    """The workloads of an earlier run by name, with the numbers of threads as numbers again."""
    if not path.exists():
        return {}
    found = json.loads(path.read_text())["workloads"]
    for workload in found:
        for peer in workload["peers"].values():
            peer["threads"] = {int(n): figures for n, figures in peer["threads"].items()}
    return {workload["name"]: workload for workload in found}


def is_chosen(workload: Workload, patterns: list[str]) -> bool:
    """Whether the name of the workload or of its row is among the patterns."""
    return any(fnmatch(name, pattern) for name in (workload.name, workload.row.name) for pattern in patterns)


def measure(workload: Workload, options: argparse.Namespace, machine: Machine, log: Path) -> dict[str, Any]:
    """Starts a worker for each peer and number of threads, checks that their work is equal, takes samples."""
    members: list[Member] = []
    missing: dict[str, str] = {}
    try:
        for peer in options.peers:
            for threads in options.threads:
                file = log / f"{workload.name.replace('/', '-')}-{peer}-{threads}.log"
                members.append(Member(peer, threads, file))
                try:
                    members[-1].prepare(workload.name)
                except Failed as reason:
                    missing[peer] = str(reason)
                    members.pop().close()
                    break
        deviation = check(members, missing)
        equal = [member for member in members if member.peer not in missing]
        limits = {n: machine.measure(n) for n in options.threads}
        take_samples(equal, options.samples, options.seconds)
        return report.collect(workload, equal, missing, deviation, limits)
    finally:
        for member in members:
            member.close()


if __name__ == "__main__":
    sys.exit(main())
