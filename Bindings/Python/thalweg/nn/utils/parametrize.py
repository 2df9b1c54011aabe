"""Parameters that are computed at each use from others, by the names of torch.nn.utils.parametrize."""

from __future__ import annotations

from ... import _C
from ..module import Module
from ..parameter import Parameter
from ..parametrized import adopt

__all__ = ["is_parametrized", "register_parametrization", "remove_parametrizations"]


def register_parametrization(module: Module, tensor_name: str, parametrization: Module) -> Module:
    """From now on the parameter is what `parametrization` makes of it: a tensor of the same shape and dtype.

    What is trained is "parametrizations.NAME.original". Of layers, "weight" of Linear, Bilinear, Embedding
    and convolutions can be computed; of modules of one's own any parameter.
    """
    _require(module, tensor_name)
    _C.module_parametrize(module._handle, tensor_name, parametrization._handle)
    known = module._members.get("parametrizations")
    if known is not None and tensor_name in known._members:
        computed = known._members[tensor_name]
        computed._members[str(len(computed))] = parametrization
    else:
        adopt(module, tensor_name, parametrization)
    return module


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether the parameter of this name, or any, is computed."""
    computed = module._members.get("parametrizations")
    if not isinstance(computed, Module):
        return False
    return bool(computed._members) if tensor_name is None else tensor_name in computed._members


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Makes the parameter one of its own again: with its value, or with what it was computed from."""
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"remove_parametrizations: nothing computes {tensor_name} of this module")
    _C.module_remove_parametrizations(module._handle, tensor_name, leave_parametrized)
    computed = module._members["parametrizations"]
    computed._members.pop(tensor_name)
    if not computed._members:
        module._members.pop("parametrizations")
    module._keep(tensor_name, Parameter._face(_C.module_parameter(module._handle, tensor_name)))
    return module


def _require(module: Module, name: str) -> None:
    if getattr(module, "_native", module._handle) is not module._handle:
        raise ValueError(
            f"parametrizations: {type(module).__name__} has a forward of its own beside the layer's; "
            "give the layer itself"
        )
    if not is_parametrized(module, name) and not isinstance(module._members.get(name), Parameter):
        raise ValueError(f"parametrizations: {type(module).__name__} has no parameter {name!r}")
