"""What a step may cost: instructions, calls of malloc, blocks from the engine's allocator. Counted, not timed.

    budget.py <test_cost>             compares with budget.txt beside it; more is a failure
    budget.py <test_cost> --write     writes it anew

Instructions are callgrind's, on one thread, of the v3 kernels (valgrind has no AVX-512). They repeat to about a part in a
thousand from run to run; 2 % more fails.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROWS = "add tiny-mlp tiny-mlp/infer mlp mlp/infer lenet lenet/infer resnet8 resnet8/infer lstm lstm/infer".split()
TABLE = Path(__file__).with_name("budget.txt")
HEAD = "# row                instructions        mallocs         blocks   (a step: budget.py --write)\n"
ENVIRONMENT = os.environ | {
    "THALWEG_ISA": "v3",
    "THALWEG_NUM_THREADS": "1",
    "SWIFT_DETERMINISTIC_HASHING": "1",
}


def cost(program: str, row: str) -> tuple[int, int, int]:
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=measured"]
    ran = subprocess.run(
        [*valgrind, program, row], env=ENVIRONMENT, text=True, capture_output=True, check=True
    )
    found = re.search(r"Collected : (\d+)", ran.stderr)
    assert found, "valgrind counted nothing"
    mallocs, blocks = ran.stdout.split()
    return int(found[1]), int(mallocs), int(blocks)


def main(program: str, *options: str) -> int:
    costs = {row: cost(program, row) for row in ROWS}
    lines = "".join(f"{row:16} {c[0]:16} {c[1]:14} {c[2]:14}\n" for row, c in costs.items())
    print(HEAD + lines)
    if "--write" in options:
        TABLE.write_text(HEAD + lines)
        return 0
    allowed = {
        line.split()[0]: list(map(int, line.split()[1:])) for line in TABLE.read_text().splitlines()[1:]
    }
    over = 0
    for row, costs_of_row in costs.items():
        for name, now, before, slack in zip(
            ("instructions", "mallocs", "blocks"), costs_of_row, allowed[row], (1.02, 1, 1), strict=True
        ):
            if now > before * slack:
                print(f"{row}: {now} {name} a step, {before} before")
                over += 1
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
