"""Models that are named on the command line."""

from __future__ import annotations

import importlib
import os
import sys

from .. import _C, io
from ..nn.module import Module


def load_model(name: str) -> Module:
    """The model of a model file, or what `module:function` of Python makes."""
    if os.path.exists(name) or ":" not in name:
        return io.load(name)
    module, _, function = name.partition(":")
    sys.path.insert(0, os.getcwd())
    try:
        made = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise _C.InvalidArgumentError(f"--model {name}: {error}") from error
    finally:
        sys.path.pop(0)
    model = made if isinstance(made, Module) else made()
    if not isinstance(model, Module):
        raise _C.InvalidArgumentError(f"--model {name}: made a {type(model).__name__}, not a Module")
    return model
