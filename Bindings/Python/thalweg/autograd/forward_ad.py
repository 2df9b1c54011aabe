"""Forward-mode differentiation: tensors that carry tangents, as torch.autograd.forward_ad."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from .. import _C
from .._tensor import Tensor

__all__ = [
    "UnpackedDualTensor",
    "dual_level",
    "enter_dual_level",
    "exit_dual_level",
    "make_dual",
    "unpack_dual",
]


class UnpackedDualTensor(NamedTuple):
    """A tensor and its tangent, None where it has none."""

    primal: Tensor
    tangent: Tensor | None


def enter_dual_level() -> None:
    """Begins a level, within which tensors may carry tangents. Levels may be nested."""
    _C.forward_level_enter()


def exit_dual_level() -> None:
    """Ends the innermost level of this thread: its tangents are gone."""
    _C.forward_level_leave()


@contextmanager
def dual_level() -> Iterator[None]:
    """A level for a block of code. Where recording is off (`no_grad`) no tangents are carried."""
    enter_dual_level()
    try:
        yield
    finally:
        exit_dual_level()


def make_dual(tensor: Tensor, tangent: Tensor) -> Tensor:
    """A tensor with the values of `tensor` that carries `tangent`, of the same shape and dtype.

    It belongs to the innermost level of this thread.
    """
    return _C.make_dual(tensor, tangent)


def unpack_dual(tensor: Tensor) -> UnpackedDualTensor:
    """A tensor without its tangent of the innermost level, and that tangent."""
    return UnpackedDualTensor(*_C.unpack_dual(tensor))
