"""Files from strangers: reading HDF5 in a process of its own."""

from __future__ import annotations

from typing import Any, Literal

from . import _C

Mode = Literal["never", "foreign", "always"]
_modes: tuple[Mode, ...] = ("never", "foreign", "always")


class isolation:
    """Has HDF5 files read in a process of their own, from here on, or only in a `with` block.

    A damaged or hostile file can crash libhdf5 or hang it. Read apart it ends that process, and the call
    raises an error. This is so for all functions that read HDF5 files, Keras's among them, on all threads.

        thalweg.io.isolation("always")
        with thalweg.io.isolation("always", seconds=5):
            model = thalweg.io.load_keras("from_the_net.keras")

    `mode`: "never"; "foreign", all files but those that this library has written and nothing has changed
    since, which is so at the start; "always". What it wrote it knows by a seal behind HDF5's end of the file,
    a checksum of all that libhdf5 interprets there. Damage breaks it, but who means to can make one: for
    files from strangers choose "always". Where the program thalweg-reader is not installed it is "never" at
    the start.
    `seconds`: how long libhdf5 may take for one file, and 0.1 more for each megabyte that goes through it;
    `bytes`: how much address space its process may have. Costs some 8 ms a file; large data sets are not read
    more slowly. It is no sandbox against code that a file may make libhdf5 run.
    """

    def __init__(self, mode: Mode, *, seconds: float = 30.0, bytes: int = 4 << 30) -> None:
        self._before = _C.get_isolation()
        _C.set_isolation(mode, seconds, bytes)

    def __enter__(self) -> isolation:
        return self

    def __exit__(self, *exception: Any) -> None:
        mode, seconds, bytes = self._before
        _C.set_isolation(_modes[mode], seconds, bytes)


def get_isolation() -> tuple[Mode, float, int]:
    """The mode of `isolation`, and its limits in seconds and bytes."""
    mode, seconds, bytes = _C.get_isolation()
    return _modes[mode], seconds, bytes
