"""Where memory goes: which operations had how much in use when most was."""

from __future__ import annotations

from types import TracebackType
from typing import NamedTuple

from . import _C


class OperationMemory(NamedTuple):
    """What one operation had in use: in bytes, in how many blocks."""

    operation: str
    bytes: int
    blocks: int


class memory_profile:
    """Counts, inside a `with`, which operations' memory is in use when most is.

    with thalweg.memory_profile() as profile:
        loss = criterion(model(x), y)
        loss.backward()
    print(profile)

    Afterwards `operations` has them, those with the most bytes first; "before" is what was in use already.
    `peak` is their sum. One at a time in a process; what other threads allocate is counted too.
    """

    operations: list[OperationMemory]

    def __enter__(self) -> memory_profile:
        self.operations = []
        _C.set_memory_profiling(True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _C.set_memory_profiling(False)
        count = _C.memory_profile_count()
        self.operations = [OperationMemory(*_C.memory_profile_at(index)) for index in range(count)]

    @property
    def peak(self) -> int:
        """The bytes that were in use when most were."""
        return sum(operation.bytes for operation in self.operations)

    def __str__(self) -> str:
        lines = [f"{'operation':24}{'bytes':>16}{'blocks':>10}{'share':>9}"]
        for name, size, blocks in self.operations:
            lines.append(f"{name:24}{size:16,}{blocks:10,}{size / self.peak:9.1%}")
        return "\n".join([*lines, f"{'at the peak':24}{self.peak:16,}"])
