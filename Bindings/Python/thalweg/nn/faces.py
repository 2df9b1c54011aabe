"""Python's objects for modules that the engine made, from a model file."""

from __future__ import annotations

import json
from typing import Any

from .. import _C
from .images import AvgPool2d, Conv2d, Dropout, MaxPool2d
from .layers import Flatten, Linear, ReLU, Sequential, Sigmoid, Tanh
from .module import NativeModule

_LAYERS: dict[str, type[NativeModule]] = {
    layer.__name__: layer
    for layer in (
        AvgPool2d,
        Conv2d,
        Dropout,
        Flatten,
        Linear,
        MaxPool2d,
        ReLU,
        Sequential,
        Sigmoid,
        Tanh,
    )
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
    if layer in (Linear, Conv2d) and "bias" not in face._members:
        face.register_parameter("bias", None)
    for index in range(_C.module_child_count(native)):
        name, child = _C.module_child_at(native, index)
        face._keep(name, _face_of(child, known))
    return face


def _as_python(layer: type[NativeModule], name: str, value: Any) -> Any:
    """An option as the layer's own constructor keeps it: lists are tuples, or one number if all are equal."""
    if isinstance(value, list):
        if layer is not Conv2d and value[:1] * len(value) == value:
            return value[0]
        if len(value) == 4 and value[:2] == value[2:]:
            value = value[:2]
        return tuple(value)
    return None if name == "divisor_override" and value == 0 else value
