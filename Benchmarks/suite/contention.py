"""What a competing process costs a step with two threads.

The other process never rests, on one of the two CPUs.

Run by `Benchmarks/contention`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from .crew import Member, cores, held_to, take_samples

PEERS = ("thalweg", "torch")


def main() -> None:
    """Prints milliseconds a step, alone and beside the other process, and their ratio."""
    parser = argparse.ArgumentParser(prog="Benchmarks/contention", description=__doc__)
    parser.add_argument("--row", default="mlp", help="default: mlp")
    parser.add_argument("--samples", type=int, default=15, help="default: 15")
    parser.add_argument(
        "--out", type=Path, default=Path("build/benchmarks"), help="default: build/benchmarks"
    )
    options = parser.parse_args()
    log = options.out / "log"
    log.mkdir(parents=True, exist_ok=True)
    print(f"{options.row}, 2 threads on 2 CPUs{'alone':>18}{'beside':>12}   milliseconds a step, medians")
    for peer in PEERS:
        member = Member(peer, 2, log / f"contention-{peer}.log")
        member.prepare(options.row)
        alone = median(member, options.samples)
        with held_to(cores()[:1]):
            rival = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        member.prepare(options.row)
        beside = median(member, options.samples)
        rival.kill()
        rival.wait()
        member.close()
        print(f"  {peer:20}{alone * 1e3:20.3f}{beside * 1e3:12.3f}   {beside / alone:.2f} times")


def median(member: Member, count: int) -> float:
    """Of that many samples of 0.1 s, disturbed ones among them: they are what is asked for."""
    take_samples([member], count, 0.1)
    kept = sorted(member.samples.seconds + member.samples.discarded)
    return kept[len(kept) // 2]


if __name__ == "__main__":
    main()
