"""State dictionaries in HDF5, as PyTorch's users write them."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from os import PathLike
from typing import Any, NamedTuple

from . import _C
from ._files import DataWriter, Entry, contents
from ._tensor import Tensor
from .nn.module import Module

OURS = "/thalweg/tensors"


class Mismatch(NamedTuple):
    """A tensor of another shape in the file."""

    name: str
    expected: tuple[int, ...]
    found: tuple[int, ...]


class StateReport(NamedTuple):
    """What of a file did not fit a module, or the other way round; nothing if everything did."""

    missing: list[str]
    unexpected: list[str]
    mismatched: list[Mismatch]

    def __bool__(self) -> bool:
        return any(self)


def save_state_dict(
    state: Module | Mapping[str, Any], path: str | PathLike[str], *, nested: bool = False
) -> None:
    """Writes a module's state, or a dictionary of tensors or arrays: a data set for each name.

    The names have dots ("layer1.0.weight"); with `nested` they are groups ("layer1/0/weight"). There are no
    attributes. h5py makes a dictionary for PyTorch of it:
    `{name: torch.from_numpy(data[()]) for name, data in file.items()}`.
    """
    if isinstance(state, Module):
        _C.module_save_state(state._handle, path, nested)
        return
    with DataWriter(path) as writer:
        for name, value in state.items():
            if "/" in name or "" in name.split("."):
                raise _C.InvalidArgumentError(f"save_state_dict: the name {name!r} cannot be one in a file")
            writer.write(name.replace(".", "/") if nested else name, value)


def load_state_dict(
    module: Module, path: str | PathLike[str], *, strict: bool = True, group: str | None = None
) -> StateReport:
    """Reads a module's parameters and buffers by their names from a file that has them as data sets.

    The file may be flat or nested, from `save_state_dict`, from PyTorch by way of h5py, or one of
    `save_weights`; `group` is where to look in it. Missing, unexpected and other shapes are an error
    that lists it all, and nothing changes. With strict=False the rest is read, and what was not is returned.
    A file of `torch.save` is not read: loading a pickle can run any program.
    """
    text = _C.module_read_state(module._handle, path, group, strict)
    found = json.loads(text) if text else {"missing": [], "unexpected": [], "mismatched": []}
    wrong = [Mismatch(m["name"], tuple(m["expected"]), tuple(m["found"])) for m in found["mismatched"]]
    return StateReport(found["missing"], found["unexpected"], wrong)


def read_state_dict(path: str | PathLike[str], group: str = "") -> OrderedDict[str, Tensor]:
    """The tensors of such a file by their names, for a `load_state_dict` of a module."""
    state: OrderedDict[str, Tensor] = OrderedDict()
    for name, entry in state_entries(path, contents(path), group).items():
        tensor = _C.hdf5_read(path, entry.path)
        if axes := entry.attributes.get("thalweg_axes"):
            tensor = tensor.permute([axes.index(i) for i in range(len(axes))]).contiguous()
        state[name] = tensor
    return state


def state_entries(path: str | PathLike[str], entries: list[Entry], group: str = "") -> dict[str, Entry]:
    """The data sets that are tensors of a state, by their names."""
    root = "".join(f"/{part}" for part in group.split("/") if part)
    if not root and any(entry.path == OURS for entry in entries):
        root = OURS
    if root and not any(entry.path == root and entry.kind == "group" for entry in entries):
        raise _C.FormatError(f"there is no group '{root}' in '{path}'")
    state: dict[str, Entry] = {}
    for entry in entries:
        if not entry.path.startswith(f"{root}/") or entry.kind == "group":
            continue
        name = entry.path[len(root) + 1 :].replace("/", ".")
        if entry.kind != "dataset":
            what = entry.details.get("link") or entry.details.get("problem") or "not a data set"
            raise _C.FormatError(f"'{entry.path}' in '{path}' is not read: {what}")
        if name in state:
            raise _C.FormatError(f"'{path}' has two data sets for the name {name}")
        state[name] = entry
    return state
