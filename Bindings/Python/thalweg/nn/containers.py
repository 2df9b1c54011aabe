"""Modules of modules."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .. import _C
from .._tensor import Tensor
from .module import Module
from .native import NativeModule
from .parameter import Parameter


class _Container(NativeModule):
    """What the containers share: children are those of the engine's module too."""

    def register_module(self, name: str, module: Module | None) -> None:
        """Adds a module at the end, or replaces the one of this name."""
        super().register_module(name, module)
        if self._native is not self._handle:
            _C.module_register_module(self._native, name, None if module is None else module._handle)

    add_module = register_module

    def __len__(self) -> int:
        """The number of modules."""
        return sum(1 for _ in self.children())


class _Row(_Container):
    """A container whose modules have places."""

    def append(self, module: Module) -> Any:
        """Adds a module at the end."""
        self.register_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Any:
        """Adds modules at the end."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Any:
        """Adds a module before the one at a place; those behind it move up."""
        modules = list(self.children())
        modules.insert(index, module)
        for place, entry in enumerate(modules):
            self.register_module(str(place), entry)
        return self

    def __iter__(self) -> Iterator[Module]:
        """The modules in order."""
        return self.children()

    def __setitem__(self, index: int, module: Module) -> None:
        """Replaces the module at a place."""
        names = [name for name, _ in self.named_children()]
        self.register_module(names[index], module)


class Sequential(_Row):
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

    def __getitem__(self, index: int | slice) -> Module:
        """The module at a place; for a slice a Sequential of those modules."""
        if isinstance(index, slice):
            return Sequential(OrderedDict(list(self.named_children())[index]))
        return list(self.children())[index]


class CheckpointedSequential(_Row):
    """A Sequential that trains in less memory and more time.

    It is cut into `segments` of equal length; of each but the last only the input is kept for backward, which
    computes the segment once more. For n layers √n segments need least. The parameters have the names that
    they have in a Sequential, and the numbers are the same.
    """

    def __init__(self, *modules: Module, segments: int, preserve_rng_state: bool = True) -> None:
        self.segments = segments
        self.preserve_rng_state = preserve_rng_state
        self._adopt(_C.checkpointed_sequential_create([], segments, preserve_rng_state))
        self.extend(modules)

    def __getitem__(self, index: int) -> Module:
        """The module at a place."""
        return list(self.children())[index]


class ModuleList(_Row):
    """Modules by place, for a module that calls them itself."""

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        self._adopt(_C.module_list_create([]))
        self.extend(modules or [])

    def __getitem__(self, index: int | slice) -> Any:
        """The module at a place; for a slice a ModuleList of those modules."""
        modules = list(self.children())[index]
        return ModuleList(modules) if isinstance(index, slice) else modules


class ModuleDict(_Container):
    """Modules by name, for a module that calls them itself."""

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None) -> None:
        self._adopt(_C.module_dict_create())
        self.update(modules or {})

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Adds modules, or replaces those of the same names."""
        for name, module in dict(modules).items():
            self.register_module(name, module)

    def keys(self) -> list[str]:
        """The names."""
        return [name for name, _ in self.named_children()]

    def values(self) -> list[Module]:
        """The modules."""
        return list(self.children())

    def items(self) -> list[tuple[str, Module]]:
        """Names and modules."""
        return list(self.named_children())

    def __iter__(self) -> Iterator[str]:
        """The names in order."""
        return iter(self.keys())

    def __contains__(self, name: str) -> bool:
        """Whether there is a module of this name."""
        return name in self.keys()

    def __getitem__(self, name: str) -> Module:
        """The module of this name."""
        return dict(self.named_children())[name]

    def __setitem__(self, name: str, module: Module) -> None:
        """Adds a module, or replaces the one of this name."""
        self.register_module(name, module)

    def __delitem__(self, name: str) -> None:
        """Removes a module."""
        delattr(self, name)


class ParameterList(Module):
    """Parameters by place; tensors become parameters."""

    def __init__(self, values: Iterable[Tensor] | None = None) -> None:
        self.extend(values or [])

    def append(self, value: Tensor) -> ParameterList:
        """Adds a parameter at the end."""
        parameter = value if isinstance(value, Parameter) else Parameter(value)
        self.register_parameter(str(len(self)), parameter)
        return self

    def extend(self, values: Iterable[Tensor]) -> ParameterList:
        """Adds parameters at the end."""
        for value in list(values):
            self.append(value)
        return self

    def __len__(self) -> int:
        """The number of parameters."""
        return len(self._members)

    def __iter__(self) -> Iterator[Parameter]:
        """The parameters in order."""
        return iter(list(self._members.values()))  # type: ignore[arg-type]

    def __getitem__(self, index: int) -> Parameter:
        """The parameter at a place."""
        return list(self)[index]


class ParameterDict(Module):
    """Parameters by name; tensors become parameters."""

    def __init__(self, parameters: Mapping[str, Tensor] | None = None) -> None:
        for name, value in (parameters or {}).items():
            self[name] = value

    def keys(self) -> list[str]:
        """The names."""
        return list(self._members)

    def __len__(self) -> int:
        """The number of parameters."""
        return len(self._members)

    def __iter__(self) -> Iterator[str]:
        """The names in order."""
        return iter(self.keys())

    def __getitem__(self, name: str) -> Parameter:
        """The parameter of this name."""
        return self._members[name]  # type: ignore[return-value]

    def __setitem__(self, name: str, value: Tensor) -> None:
        """Adds a parameter, or replaces the one of this name."""
        self.register_parameter(name, value if isinstance(value, Parameter) else Parameter(value))


class Residual(_Container):
    """y = branch(x) + shortcut(x); without a `shortcut`, such as a projection, x itself."""

    _names = ("branch", "shortcut")

    def __init__(self, branch: Module, shortcut: Module | None = None) -> None:
        other = None if shortcut is None else shortcut._handle
        self._adopt(_C.residual_create(branch._handle, other))
        self.register_module("branch", branch)
        self.register_module("shortcut", shortcut)
