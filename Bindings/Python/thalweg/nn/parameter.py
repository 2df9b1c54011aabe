"""Tensors that a module owns."""

from __future__ import annotations

from typing import Self

from .. import _C
from .._tensor import Tensor


class Parameter(Tensor):
    """A tensor that is trained: assigned to an attribute of a module, it becomes one of its parameters.

    It shares the elements of `data` and is outside of any graph that `data` is part of.
    """

    __slots__ = ()

    def __new__(cls, data: Tensor, requires_grad: bool = True) -> Self:
        """A leaf over the elements of `data`."""
        self = _C.TensorBase.__new__(cls, data.detach())
        if requires_grad:
            self.requires_grad = True
        return self

    @classmethod
    def _face(cls, tensor: Tensor) -> Self:
        """One more face of a tensor that the engine has as a parameter already."""
        return _C.TensorBase.__new__(cls, tensor)

    def __repr__(self) -> str:
        """The elements, after a heading."""
        from .._print import tensor_text

        return f"Parameter containing:\n{tensor_text(Tensor(self))}"

    def __deepcopy__(self, memo: dict) -> Parameter:
        """A parameter of its own with the same elements."""
        result = type(self)(self.detach().clone(), self.requires_grad)
        memo[id(self)] = result
        return result


class Buffer(Tensor):
    """A tensor of a module that is not trained: assigned to an attribute, it becomes a buffer.

    It is saved with the module if it is `persistent`.
    """

    __slots__ = ("persistent",)

    def __new__(cls, data: Tensor, *, persistent: bool = True) -> Self:
        """One more face of `data`."""
        self = _C.TensorBase.__new__(cls, data)
        self.persistent = persistent
        return self

    def __deepcopy__(self, memo: dict) -> Buffer:
        """A buffer of its own with the same elements."""
        result = type(self)(self.detach().clone(), persistent=self.persistent)
        memo[id(self)] = result
        return result
