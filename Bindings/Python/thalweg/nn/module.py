"""The base class of layers: a face of a module in the engine's tree."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Self

from .. import _C
from .._tensor import Tensor
from ..autograd import no_grad
from .parameter import Buffer, Parameter


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` found missing and left over."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class Module:
    """A layer, or a tree of layers.

    A subclass sets parameters, buffers and other modules as attributes and defines `forward`. Assignment
    registers them in the engine's tree of modules, so that saving, loading, diagnosis and other languages see
    them; the objects here are faces of what is there.
    """

    _handle: _C.Module
    _members: dict[str, Parameter | Tensor | Module]

    def __new__(cls, *args: Any, **keywords: Any) -> Self:
        """A module in the engine whose forward pass is this object's."""
        self = super().__new__(cls)
        vars(self)["_handle"] = _C.module_create(cls.__name__, self)
        vars(self)["_members"] = {}
        return self

    # -- Computing ----------------------------------------------------------------------------------------

    def forward(self, *args: Any, **keywords: Any) -> Any:
        """Computes the output; subclasses define it. Inside a Sequential it takes and returns one tensor."""
        raise NotImplementedError(f"{type(self).__name__} has no method forward")

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Computes the output."""
        output = self.forward(*args, **keywords)
        if args and isinstance(args[0], Tensor) and isinstance(output, Tensor):
            _C.module_announce(
                self._handle, args[0], output
            )  # for a trace, as nobody called the engine's module
        return output

    # -- Registration -------------------------------------------------------------------------------------

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Adds or replaces a parameter; None keeps the name and has no tensor."""
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(f"parameter '{name}' must be a Parameter or None, not {type(param).__name__}")
        _C.module_register_parameter(self._handle, name, param)
        self._keep(name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Adds or replaces a buffer: state that is not trained, and saved with the module if `persistent`."""
        register_buffer_in(self._handle, name, tensor, persistent)
        if tensor is not None and (not isinstance(tensor, Buffer) or tensor.persistent != persistent):
            tensor = Buffer(tensor, persistent=persistent)
        self._keep(name, tensor)

    def register_module(self, name: str, module: Module | None) -> None:
        """Adds or replaces a child."""
        _C.module_register_module(self._handle, name, None if module is None else module._handle)
        self._keep(name, module)

    add_module = register_module

    def _keep(self, name: str, member: Any) -> None:
        self._members[name] = member
        vars(self).pop(name, None)

    def _forget(self, name: str) -> None:
        """Takes a member out of the engine's tree."""
        member = self._members.pop(name)
        if isinstance(member, Module):
            _C.module_register_module(self._handle, name, None)
        elif isinstance(member, Parameter):
            _C.module_register_parameter(self._handle, name, None)
        elif member is not None:
            _C.module_register_buffer(self._handle, name, None)

    def __setattr__(self, name: str, value: Any) -> None:
        """Registers parameters, buffers and modules; sets everything else as any object does."""
        old = self._members.get(name)
        if isinstance(value, (Parameter, Buffer, Module)):
            if old is not None and _kind(old) is not _kind(value):
                self._forget(name)
            _register(self, name, value)
        elif isinstance(old, Buffer) and isinstance(value, Tensor):
            self.register_buffer(name, value, old.persistent)
        elif old is not None:
            if value is not None:
                kind = _kind(old).__name__
                raise TypeError(f"'{name}' is a {kind} here and cannot become a {type(value).__name__}")
            self._forget(name)
            self._members[name] = None  # type: ignore[assignment]
        else:
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        """The parameter, buffer or child of this name."""
        members = vars(self).get("_members", {})
        if members.get(name) is not None:
            return members[name]
        computed = members.get("parametrizations")
        if isinstance(computed, Module) and name in computed._members:
            return _C.module_computed_parameter(self._handle, name)
        if name in members:
            return None
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        """Removes an attribute, from the engine's tree too."""
        if name in self._members:
            self._forget(name)
        else:
            object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        """Names of attributes, members among them."""
        return [*super().__dir__(), *self._members]

    def __deepcopy__(self, memo: dict) -> Self:
        """A module of its own with copies of everything, in the engine too."""
        result = memo[id(self)] = object.__new__(type(self))
        vars(result)["_members"] = {}
        self._copy_engine(result)
        for name, value in vars(self).items():
            if name not in ("_handle", "_native", "_members"):
                vars(result)[name] = copy.deepcopy(value, memo)
        for name, member in self._members.items():
            if member is None:
                result._members[name] = member
            else:
                _register(result, name, copy.deepcopy(member, memo))
        return result

    def _copy_engine(self, other: Any) -> None:
        """Makes the engine's module of a copy of this object, without members."""
        vars(other)["_handle"] = _C.module_create(type(self).__name__, other)
        _C.module_train(other._handle, self.training)

    # -- The tree -----------------------------------------------------------------------------------------

    def children(self) -> Iterator[Module]:
        """The direct children."""
        return (module for _, module in self.named_children())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The direct children with their names."""
        return ((name, member) for name, member in self._members.items() if isinstance(member, Module))

    def modules(self) -> Iterator[Module]:
        """The module itself and everything below, each module once."""
        return (module for _, module in self.named_modules())

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """The module itself and everything below with their dotted names, each module once."""
        yield from self._walk(prefix, set())

    def _walk(self, path: str, seen: set[int]) -> Iterator[tuple[str, Module]]:
        if id(self) in seen:
            return
        seen.add(id(self))
        yield path, self
        for name, child in self.named_children():
            yield from child._walk(f"{path}.{name}" if path else name, seen)

    def get_submodule(self, target: str) -> Module:
        """The module with this dotted name; the module itself for ""."""
        module = self
        for name in target.split(".") if target else []:
            module = module._members.get(name)  # type: ignore[assignment]
            if not isinstance(module, Module):
                raise AttributeError(f"{type(self).__name__} has no module '{target}'")
        return module

    def parameters(self) -> Iterator[Parameter]:
        """The parameters of this module and everything below, each once."""
        return (parameter for _, parameter in self.named_parameters())

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """The parameters with their dotted names, each once."""
        for index in range(_C.module_parameter_count(self._handle)):
            name, tensor = _C.module_parameter_at(self._handle, index)
            known = self._member(name, Parameter)
            yield name, Parameter._face(tensor) if known is None else known

    def buffers(self) -> Iterator[Tensor]:
        """The buffers of this module and everything below, each once."""
        return (buffer for _, buffer in self.named_buffers())

    def named_buffers(self) -> Iterator[tuple[str, Tensor]]:
        """The buffers with their dotted names, each once."""
        for index in range(_C.module_buffer_count(self._handle)):
            name, tensor = _C.module_buffer_at(self._handle, index)
            known = self._member(name, Buffer)
            yield name, tensor if known is None else known

    def _member(self, path: str, kind: type) -> Any:
        """The object here that is the face of what the engine has under a dotted name."""
        *folders, name = path.split(".")
        module: Any = self
        for folder in folders:
            module = module._members.get(folder)
            if not isinstance(module, Module):
                return None
        member = module._members.get(name)
        return member if isinstance(member, kind) else None

    def apply(self, function: Callable[[Module], Any]) -> Self:
        """Calls `function` with everything below and with this module, children first."""
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    # -- State --------------------------------------------------------------------------------------------

    def state_dict(self, *, prefix: str = "", keep_vars: bool = False) -> OrderedDict[str, Tensor]:
        """Parameters and buffers by name; they share the module's memory.

        Outside the graph unless `keep_vars`. What has several names appears under each.
        """
        state: OrderedDict[str, Tensor] = OrderedDict()
        for index in range(_C.module_state_count(self._handle)):
            name, tensor = _C.module_state_at(self._handle, index)
            state[prefix + name] = tensor if keep_vars else tensor.detach()
        return state

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> IncompatibleKeys:
        """Copies parameters and buffers from a dictionary of tensors or arrays: all of them, or none.

        Names that are missing or left over are an error unless `strict` is False.
        """
        own = self.state_dict()
        given = {n: v if isinstance(v, Tensor) else _C.from_data(v) for n, v in state_dict.items()}
        keys = IncompatibleKeys([n for n in own if n not in given], [n for n in given if n not in own])
        problems = []
        if strict and keys.missing_keys:
            problems.append(f"missing: {', '.join(keys.missing_keys)}")
        if strict and keys.unexpected_keys:
            problems.append(f"unexpected: {', '.join(keys.unexpected_keys)}")
        for name, target in own.items():
            if name in given and given[name].shape != target.shape:
                problems.append(f"{name} has shape {list(given[name].shape)}, not {list(target.shape)}")
        if problems:
            raise _C.InvalidArgumentError(f"load_state_dict: {type(self).__name__}: {'; '.join(problems)}")
        with no_grad():
            for name, target in own.items():
                if name in given:
                    target.copy_(given[name])
        return keys

    @property
    def training(self) -> bool:
        """Whether the module behaves as in training."""
        return _C.module_is_training(self._handle)

    def train(self, mode: bool = True) -> Self:
        """Makes the module and everything below it behave as in training, or not."""
        _C.module_train(self._handle, mode)
        return self

    def eval(self) -> Self:
        """Makes the module and everything below it behave as in evaluation."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Clears the gradients of all parameters."""
        _C.module_zero_grad(self._handle)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Sets for all parameters whether they are trained."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def to(self, dtype: _C.dtype) -> Self:
        """Makes all float parameters and buffers, here and below, of another float type.

        They become other tensors: an optimiser that has the old ones must be made anew.
        """
        _C.module_to(self._handle, dtype)
        for module in self.modules():
            for name, member in list(module._members.items()):
                if isinstance(member, (Parameter, Buffer)):
                    module._refresh(name, member)
        return self

    def float(self) -> Self:
        """Makes all float parameters and buffers float32."""
        return self.to(_C.float32)

    def double(self) -> Self:
        """Makes all float parameters and buffers float64."""
        return self.to(_C.float64)

    def _refresh(self, name: str, member: Parameter | Buffer) -> None:
        """Takes over what the engine's module has under a name."""
        if isinstance(member, Parameter):
            self.register_parameter(name, Parameter._face(_C.module_parameter(self._handle, name)))
        else:
            self.register_buffer(name, _C.module_buffer(self._handle, name), member.persistent)

    # -- Recurrent layers ---------------------------------------------------------------------------------

    def set_stateful(self, mode: bool = True) -> Self:
        """Makes recurrent layers, here and below, begin a call without a state where the one before ended.

        For text that comes in pieces, or to generate one step at a time. Gradients do not flow from a call
        into the one before. False forgets what was kept. Of a layer with two directions the first goes on;
        the second begins with zeros at the end of every piece, as what follows there has not come yet.
        """
        for module in self.modules():
            _C.module_set_stateful(getattr(module, "_native", module._handle), int(mode))
        return self

    def reset_state(self) -> Self:
        """Lets recurrent layers, here and below, forget the state that they keep."""
        for module in self.modules():
            _C.module_reset_state(getattr(module, "_native", module._handle))
        return self

    # -- Counts -------------------------------------------------------------------------------------------

    def parameter_count(self, trained_only: bool = False) -> int:
        """How many numbers the parameters have, here and below; without frozen ones if `trained_only`."""
        return _C.module_parameter_total(self._handle, trained_only)

    def multiply_adds(self, input: Tensor) -> int:
        """How many products with weights, each with its addition, dense layers and filters compute."""
        return _C.module_multiply_adds(self._handle, input)

    def summary(self, input: Tensor) -> str:
        """A table for an input: each layer's name and kind, output shape, parameters and multiply-adds."""
        return _C.module_summary(self._handle, input)

    # -- Text ---------------------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands in the parentheses of the module's text."""
        return ""

    def __repr__(self) -> str:
        """The tree, a line a module."""
        lines = [f"({name}): {child!r}".replace("\n", "\n  ") for name, child in self.named_children()]
        extra = self.extra_repr()
        if not lines:
            return f"{type(self).__name__}({extra})"
        body = "\n  ".join([*([extra] if extra else []), *lines])
        return f"{type(self).__name__}(\n  {body}\n)"


def _kind(member: Any) -> type:
    return Module if isinstance(member, Module) else Parameter if isinstance(member, Parameter) else Buffer


def _register(module: Module, name: str, member: Any) -> None:
    if isinstance(member, Module):
        module.register_module(name, member)
    elif isinstance(member, Parameter):
        module.register_parameter(name, member)
    else:
        module.register_buffer(name, member, member.persistent)


def register_buffer_in(handle: _C.Module, name: str, tensor: Tensor | None, persistent: bool) -> None:
    """Registers a buffer, or a name without one, in a module of the engine's."""
    register = _C.module_register_buffer if persistent else _C.module_register_unsaved_buffer
    register(handle, name, tensor)
