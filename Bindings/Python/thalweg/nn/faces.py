"""Python's objects for modules that the engine made, from a model file."""

from __future__ import annotations

import json
from typing import Any

from .. import _C
from . import (
    activation,
    containers,
    convolution,
    dropout,
    keras,
    layers,
    normalization,
    padding,
    parametrized,
    pooling,
    positions,
    recurrent,
    shapes,
)
from .native import NativeModule

_MODULES = (
    activation,
    containers,
    convolution,
    dropout,
    keras,
    layers,
    normalization,
    padding,
    parametrized,
    pooling,
    positions,
    recurrent,
    shapes,
)
_LAYERS: dict[str, type[NativeModule]] = {
    name: layer
    for module in _MODULES
    for name, layer in vars(module).items()
    if isinstance(layer, type) and issubclass(layer, NativeModule) and not name.startswith("_")
}


def face_of(native: _C.Module) -> NativeModule:
    """The object for a tree of the engine's layers. A module that is shared has one object."""
    return _face_of(native, {})


def _face_of(native: _C.Module, known: dict[_C.Module, NativeModule]) -> NativeModule:
    if native in known:
        return known[native]
    layer = _LAYERS[_C.module_type_name(native)]
    face = known[native] = layer.__new__(layer)
    for name, value in json.loads(_C.module_options(native)).items():
        vars(face)[name] = _as_python(layer, name, value)
    face._adopt(native)
    face._read()
    for index in range(_C.module_child_count(native)):
        name, child = _C.module_child_at(native, index)
        face._keep(name, _face_of(child, known))
    return face


def _as_python(layer: type[NativeModule], name: str, value: Any) -> Any:
    """An option as the layer's own constructor keeps it: lists are tuples, or one number if all are equal."""
    if isinstance(value, list):
        if name in layer._lists:
            return tuple(value)
        if issubclass(layer, convolution._Convolution):
            half = len(value) // 2
            if name == "padding" and value[:half] == value[half:]:  # a number a side
                value = value[:half]
        elif value[:1] * len(value) == value and value[0] >= 0:
            return value[0]
        return tuple(None if entry < 0 else entry for entry in value)  # an open output_size
    return None if name == "divisor_override" and value == 0 else value
