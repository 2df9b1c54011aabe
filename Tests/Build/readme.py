"""Runs the commands and programs of README.md, in order, as a reader would.

    python readme.py <scratch folder> <python of the environment with thalweg>

Blocks marked `sh` run at the root of the repository with HOME in the scratch folder. Those marked `c`,
`cmake` and `python` are written to the file in HOME that their first line names (`// line.c`); a Python block
that names none is run. A block after a comment <!-- not run --> is left out.
"""

import os
import re
import subprocess
import sys
from pathlib import Path


def blocks(text):
    """(language, code, line) of each fenced block that is to be run."""
    pattern = r"(<!-- not run[^>]*-->\s*)?^```(\w+)\n(.*?)^```$"
    for match in re.finditer(pattern, text, flags=re.S | re.M):
        if not match.group(1):
            yield match.group(2), match.group(3), text.count("\n", 0, match.start(2)) + 1


def main(scratch, python):
    home = Path(scratch).resolve()
    home.mkdir(parents=True, exist_ok=True)
    bin_folder = str(Path(python).absolute().parent)
    environment = dict(os.environ, HOME=str(home), PATH=f"{bin_folder}:{os.environ['PATH']}")
    ran = 0
    for language, code, line in blocks(Path("README.md").read_text()):
        print(f"README.md:{line}: {language}", flush=True)
        if language in ("c", "python", "cmake"):
            name = re.match(r"(?://|#) (\S+)", code)
            if name:
                (home / name.group(1)).write_text(code)
            elif language == "python":
                subprocess.run([python, "-c", code], check=True, env=environment, cwd=home)
        elif language == "sh":
            subprocess.run(["bash", "-euxc", code], check=True, env=environment)
        else:
            continue
        ran += 1
    print(f"{ran} blocks")
    return 0 if ran else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
