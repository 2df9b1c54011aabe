"""The base class of the layers that the engine computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from .. import _C
from .._tensor import Tensor
from .module import Module, register_buffer_in
from .parameter import Parameter


def native(forward: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a method `forward` that is the engine's own."""
    forward._is_native = True  # type: ignore[attr-defined]
    return forward


class NativeModule(Module):
    """A layer that the engine computes.

    A subclass that overrides `forward` is computed by that method instead, and `super().forward` still is the
    engine's. Which of the two other modules see is settled when the object is made.
    """

    _native: _C.Module
    _names: tuple[str, ...] = ()  # of tensors and modules that may be None
    _lists: tuple[str, ...] = ()  # of options that stay tuples where all their entries are equal

    def __new__(cls, *args: Any, **keywords: Any) -> Self:
        """The object without a module of its own, which `_adopt` sets."""
        self = object.__new__(cls)
        vars(self)["_members"] = {}
        if not getattr(cls.forward, "_is_native", False):
            vars(self)["_handle"] = _C.module_create(cls.__name__, self)
        return self

    def _adopt(self, native: _C.Module) -> None:
        """Makes the engine's layer this object's; its parameters and buffers become members."""
        vars(self)["_native"] = native
        vars(self).setdefault("_handle", native)
        for index in range(_C.module_parameter_count(native)):
            name, tensor = _C.module_parameter_at(native, index)
            if "." not in name:
                self.register_parameter(name, Parameter._face(tensor))
        for index in range(_C.module_buffer_count(native)):
            name, tensor = _C.module_buffer_at(native, index)
            if "." not in name:
                self.register_buffer(name, tensor)
        for name in self._names:
            self._members.setdefault(name, None)  # type: ignore[arg-type]

    def _read(self) -> None:
        """Completes the attributes of an object that was made from a model file."""

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Adds or replaces a parameter, of the engine's layer too."""
        super().register_parameter(name, param)
        if self._native is not self._handle:
            _C.module_register_parameter(self._native, name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Adds or replaces a buffer, of the engine's layer too."""
        super().register_buffer(name, tensor, persistent)
        if self._native is not self._handle:
            register_buffer_in(self._native, name, tensor, persistent)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Computes the output."""
        if self._native is self._handle:
            return self.forward(*args, **keywords)  # a trace hears of it in the engine
        return super().__call__(*args, **keywords)

    @native
    def forward(self, input: Tensor) -> Tensor:
        """Computes the output."""
        return _C.module_forward(self._native, input)

    def _copy_engine(self, other: Any) -> None:
        vars(other)["_native"] = _C.module_clone(self._native, False)
        if self._native is self._handle:
            vars(other)["_handle"] = other._native
        else:
            super()._copy_engine(other)
