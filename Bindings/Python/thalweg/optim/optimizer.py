"""What all optimisers share: parameter groups, steps, states. A face of the engine's optimiser."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from .. import _C
from .._factories import as_tensor, from_dlpack
from .._tensor import Tensor
from ..autograd import enable_grad

_NO_OPTIONS = ("self", "params", "__class__")
# PyTorch's options about how a step runs. The engine has one way: what asks for another is refused.
_WAYS = {"foreach": None, "fused": None, "capturable": False, "differentiable": False}


def _as_tensor(value: Any) -> Tensor:
    foreign = not isinstance(value, Tensor) and hasattr(value, "__dlpack__")
    return from_dlpack(value) if foreign else as_tensor(value)


class ParameterGroup(dict):
    """Options of some parameters, an item of `param_groups`; what is set holds from the next step on."""

    def __init__(self, optimizer: Optimizer, index: int, params: list[Tensor]) -> None:
        super().__init__({"params": params})
        self._optimizer = optimizer
        self._index = index

    def __getitem__(self, key: str) -> Any:
        """An option's value, as the engine has it."""
        found, value = self._live(key)
        return value if found else super().__getitem__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        """Sets an option; what is none of the optimiser's is kept beside them."""
        if key == "params":
            raise KeyError("the parameters of a group are fixed; add_param_group adds another group")
        names = self._names
        if key in names or key == "initial_lr":
            self._set(key, value)
        elif key == "betas":
            for name, beta in zip(("beta1", "beta2"), value, strict=True):
                self._set(name, beta)
        elif key in self._optimizer._words:
            self._set(*self._optimizer._words[key](value))
        else:
            super().__setitem__(key, value)

    def __iter__(self) -> Iterator[str]:
        """The names: parameters, options, what was kept beside them."""
        return iter(self.keys())

    def __contains__(self, key: object) -> bool:
        """Whether there is such an option."""
        return key in list(self)

    def __len__(self) -> int:
        """The number of options."""
        return len(self.keys())

    def keys(self) -> list[str]:  # type: ignore[override]
        """The names: parameters, options, what was kept beside them."""
        options = self._optimizer._option_names
        initial = ["initial_lr"] if self._live("initial_lr")[0] else []
        return ["params", *options, *initial, *(k for k in dict.__iter__(self) if k != "params")]

    def values(self) -> list[Any]:  # type: ignore[override]
        """The values, in the order of the names."""
        return [self[key] for key in self]

    def items(self) -> list[tuple[str, Any]]:  # type: ignore[override]
        """Pairs of a name and a value."""
        return [(key, self[key]) for key in self]

    def get(self, key: str, default: Any = None) -> Any:
        """An option's value, or `default` if there is none."""
        if key not in self:
            return default
        return self[key]

    def setdefault(self, key: str, default: Any = None) -> Any:
        """An option's value, set to `default` if there was none."""
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Sets several options."""
        for key, value in dict(*args, **kwargs).items():
            self[key] = value

    def copy(self) -> dict[str, Any]:
        """A plain dict with the values of now."""
        return dict(self.items())

    def __repr__(self) -> str:
        """The options as a dict writes them."""
        return repr(self.copy())

    @property
    def _names(self) -> list[str]:
        return self._optimizer._names

    def _set(self, name: str, value: Any) -> None:
        _C.optimizer_set_value(self._optimizer._handle, self._index, name, float(value))

    def _number(self, name: str) -> Any:
        value = _C.optimizer_value(self._optimizer._handle, self._index, name)
        kind = self._optimizer._types.get(name, float)
        return kind(value)

    def _live(self, key: str) -> tuple[bool, Any]:
        """Whether the engine has the option, and its value."""
        names = self._names
        if key in names:
            return True, self._number(key)
        if key == "betas" and "beta1" in names:
            return True, (self._number("beta1"), self._number("beta2"))
        if key in self._optimizer._words:
            return True, self._optimizer._words[key](self)
        if key == "initial_lr":
            try:
                return True, _C.optimizer_value(self._optimizer._handle, self._index, key)
            except _C.InvalidArgumentError:
                return False, None
        return False, None


class Optimizer:
    """Changes parameters along their gradients."""

    param_groups: list[ParameterGroup]
    defaults: dict[str, Any]
    # What makes the engine's optimiser; options that are no floats; options that are words:
    # a function of a group gives the word, of a word the number's name and value.
    _create: Callable[..., _C.Optimizer]
    _types: Mapping[str, type] = {}
    _words: Mapping[str, Callable[[Any], Any]] = {}

    def __init__(
        self, params: Iterable[Tensor] | Iterable[Mapping[str, Any]], defaults: dict[str, Any]
    ) -> None:
        # A rule passes all that its constructor was given, which is more than options.
        self.defaults = {k: v for k, v in defaults.items() if k not in _WAYS and k not in _NO_OPTIONS}
        self.param_groups = []
        self._handle: Any = None
        self._names: list[str] = []
        self._refuse_ways(defaults)
        items = [params] if isinstance(params, Tensor) else list(params)
        if not items:
            raise _C.InvalidArgumentError("optimizer got an empty parameter list")
        if isinstance(items[0], Mapping):
            for group in items:
                self.add_param_group(group)
        else:
            if isinstance(items[0], tuple):
                items = [tensor for _, tensor in items]  # named_parameters()
            self.add_param_group({"params": items})

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Adds parameters with options of their own; what is not given has the optimiser's default."""
        options = {**self.defaults, **{k: v for k, v in param_group.items() if k not in _WAYS}}
        self._refuse_ways({k: v for k, v in param_group.items() if k in _WAYS})
        params = options.pop("params")
        params = [params] if isinstance(params, Tensor) else list(params)
        beside = {key: options.pop(key) for key in list(options) if key not in self.defaults}
        initial = beside.pop("initial_lr", None)
        if unknown := set(beside) - {"name", "param_names"}:
            raise TypeError(f"there is no option {', '.join(sorted(unknown))}")
        values = self._numbers(options)
        if self._handle is None:
            self._handle = self._create(params, values)
            handle = self._handle
            count = _C.optimizer_hyperparameter_count(handle)
            self._names = [_C.optimizer_hyperparameter_name(handle, i) for i in range(count)]
        else:
            _C.optimizer_add_group(self._handle, params, list(values), [float(v) for v in values.values()])
        group = ParameterGroup(self, len(self.param_groups), params)
        self.param_groups.append(group)
        group.update(beside)
        if initial is not None:
            group["initial_lr"] = initial

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Updates the parameters that have gradients; `closure` may compute them and return the loss."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        _C.optimizer_step(self._handle)
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clears the gradients of all parameters; without `set_to_none` it fills them with zeros."""
        if set_to_none:
            _C.optimizer_zero_grad(self._handle)
            return
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.grad = parameter.grad.detach().clone().fill_(0)

    # -- What is remembered ----------------------------------------------------------------------------------

    @property
    def state(self) -> dict[Tensor, dict[str, Any]]:
        """What is remembered of each parameter; tensors are the optimiser's own."""
        parameters = self._parameters
        return {parameters[place]: entries for place, entries in self._states().items()}

    def state_dict(self) -> dict[str, Any]:
        """States and options, as PyTorch has them."""
        groups, first = [], 0
        for group in self.param_groups:
            options = group.copy()
            count = len(options.pop("params"))
            groups.append({**options, "params": list(range(first, first + count))})
            first += count
        return {"state": self._states(), "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Takes over what `state_dict` gave, PyTorch's as well: training goes on as it would have."""
        groups = state_dict["param_groups"]
        if [len(g["params"]) for g in groups] != [len(g["params"]) for g in self.param_groups]:
            raise ValueError("loaded state dict has other parameter groups than the optimizer")
        names, tensors = [], []
        # PyTorch numbers parameters as they come; a state dict may number them otherwise.
        places = {key: place for place, key in enumerate(k for g in groups for k in g["params"])}
        for key, entries in state_dict["state"].items():
            for name, value in entries.items():
                listed = isinstance(value, list)
                for i, item in enumerate(value if listed else [value]):
                    if item is not None:
                        names.append(f"{places[key]}.{name}" + (f".{i}" if listed else ""))
                        tensors.append(_as_tensor(item))
        before = [group.copy() for group in self.param_groups]
        try:
            self._set_groups(groups)
            _C.optimizer_load_state(self._handle, names, tensors)
        except Exception:
            self._set_groups(before)
            raise

    def _set_groups(self, groups: Iterable[Mapping[str, Any]]) -> None:
        for group, values in zip(self.param_groups, groups, strict=True):
            options = {k: v for k, v in values.items() if k != "params" and k not in _WAYS}
            if "nesterov" in options:  # with momentum 0 it may be off only
                group["nesterov"] = False
            for key, value in options.items():
                if key != "nesterov":
                    group[key] = value
            if "nesterov" in options:
                group["nesterov"] = options["nesterov"]

    def _states(self) -> dict[int, dict[str, Any]]:
        states: dict[int, dict[str, Any]] = {}
        for name, tensor in _C.optimizer_state(self._handle):
            place, key, *index = name.split(".")
            entries = states.setdefault(int(place), {})
            if index:
                entries.setdefault(key, []).append(tensor)
            else:
                entries[key] = tensor
        return states

    @property
    def _parameters(self) -> list[Tensor]:
        return [parameter for group in self.param_groups for parameter in group["params"]]

    # -- Between PyTorch's options and the engine's numbers -------------------------------------------------

    @property
    def _option_names(self) -> list[str]:
        return list(self.defaults)

    def _numbers(self, options: Mapping[str, Any]) -> dict[str, Any]:
        numbers: dict[str, Any] = {}
        for key, value in options.items():
            if key == "betas":
                numbers["beta1"], numbers["beta2"] = (float(beta) for beta in value)
            elif key in self._words:
                name, number = self._words[key](value)
                numbers[name] = number
            else:
                kind = self._types.get(key, float)
                numbers[key] = kind(value)
        return numbers

    def _refuse_ways(self, ways: Mapping[str, Any]) -> None:
        for name in ("capturable", "differentiable"):
            if ways.get(name):
                raise _C.InvalidArgumentError(f"{type(self).__name__}: {name} is not supported; leave it off")

    def __repr__(self) -> str:
        """The groups and their options."""
        lines = [f"{type(self).__name__} ("]
        for index, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {index}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])
