"""The engine's layers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from .. import _C
from .module import Module, NativeModule


class Linear(NativeModule):
    """y = x W^T + b, with `weight` [out_features, in_features] and `bias` [out_features].

    Both start uniform in +-1/sqrt(in_features).
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, dtype: _C.dtype | None = None
    ) -> None:
        self.in_features = in_features
        self.out_features = out_features
        self._adopt(_C.linear_create(in_features, out_features, bias, dtype))
        if not bias:
            self.register_parameter("bias", None)

    def extra_repr(self) -> str:
        """The sizes."""
        has_bias = self.bias is not None
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={has_bias}"


class ReLU(NativeModule):
    """y = max(x, 0)."""

    def __init__(self) -> None:
        self._adopt(_C.relu_create())


class Tanh(NativeModule):
    """y = tanh(x)."""

    def __init__(self) -> None:
        self._adopt(_C.tanh_create())


class Sigmoid(NativeModule):
    """y = 1 / (1 + exp(-x))."""

    def __init__(self) -> None:
        self._adopt(_C.sigmoid_create())


class Flatten(NativeModule):
    """Merges the dimensions from `start_dim` to `end_dim` into one."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim = start_dim
        self.end_dim = end_dim
        self._adopt(_C.flatten_create(start_dim, end_dim))

    def extra_repr(self) -> str:
        """The dimensions."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Dropout(NativeModule):
    """In training, sets elements to 0 with probability `p` and divides the others by 1 - p."""

    def __init__(self, p: float = 0.5) -> None:
        self.p = p
        self._adopt(_C.dropout_create(p))

    def extra_repr(self) -> str:
        """The probability."""
        return f"p={self.p}"


class Sequential(NativeModule):
    """Modules one after the other, each fed with the output of the one before.

    Named "0", "1", ... or, made of an OrderedDict, by its keys.
    """

    def __init__(self, *modules: Any) -> None:
        self._adopt(_C.sequential_create([]))
        if len(modules) == 1 and isinstance(modules[0], (dict, OrderedDict)):
            named = list(modules[0].items())
        else:
            named = [(str(index), module) for index, module in enumerate(modules)]
        for name, module in named:
            self.register_module(name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """Adds a module at the end, or replaces the one of this name."""
        super().register_module(name, module)
        if self._native is not self._handle:
            _C.module_register_module(self._native, name, None if module is None else module._handle)

    add_module = register_module

    def append(self, module: Module) -> Sequential:
        """Adds a module at the end."""
        self.register_module(str(len(self)), module)
        return self

    def __len__(self) -> int:
        """The number of modules."""
        return sum(1 for _ in self.children())

    def __iter__(self) -> Iterator[Module]:
        """The modules in order."""
        return self.children()

    def __getitem__(self, index: int | slice) -> Module:
        """The module at a place; for a slice a Sequential of those modules."""
        if isinstance(index, slice):
            return Sequential(OrderedDict(list(self.named_children())[index]))
        return list(self.children())[index]
