"""The commands of `python -m thalweg`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .. import _C
from . import convert, inspect

EXIT_ERROR = 2

_DESCRIPTION = "Thalweg: neural networks that can be defined, trained, diagnosed and exchanged."


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; the exit status: 0, 1 (inspect --model: it does not fit) or 2 (an error)."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    parser = argparse.ArgumentParser(prog="python -m thalweg", description=_DESCRIPTION)
    version = f"thalweg {_C.version_string()} ({_C.instruction_set()})"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in (inspect, convert):
        command.add(commands)
    chosen = parser.parse_args(arguments)
    if not hasattr(chosen, "run"):
        parser.print_help()
        return 0
    try:
        return chosen.run(chosen, arguments)
    except (_C.Error, OSError, ValueError, UnicodeError) as error:
        print(f"error: {_first_line(error)}", file=sys.stderr)
        return EXIT_ERROR
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        print("error: interrupted; nothing was written", file=sys.stderr)
        return 130


def _first_line(error: BaseException) -> str:
    if isinstance(error, OSError) and not isinstance(error, _C.Error) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error) or type(error).__name__
