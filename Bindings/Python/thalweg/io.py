"""HDF5 files: data sets, weights, state dictionaries and whole models."""

from __future__ import annotations

from os import PathLike

from . import _C
from ._files import DataWriter, Entry, append, contents, write
from ._states import Mismatch, StateReport, load_state_dict, read_state_dict, save_state_dict
from ._tensor import Tensor
from .nn.faces import face_of
from .nn.module import Module

__all__ = [
    "DataWriter",
    "Entry",
    "Mismatch",
    "StateReport",
    "append",
    "contents",
    "hdf5_available",
    "load",
    "load_state_dict",
    "load_weights",
    "read",
    "read_scaled",
    "read_state_dict",
    "save",
    "save_state_dict",
    "save_weights",
    "write",
]


def hdf5_available() -> bool:
    """Whether the HDF5 library was found on this machine."""
    return _C.hdf5_available()


def read(path: str | PathLike[str], dataset: str) -> Tensor:
    """A data set as it is stored; half-precision floats become float32."""
    return _C.hdf5_read(path, dataset)


def read_scaled(path: str | PathLike[str], dataset: str) -> Tensor:
    """A data set as float32: its numbers times its attribute `scale`, plus its attribute `offset`."""
    return _C.hdf5_read_scaled(path, dataset)


def save_weights(module: Module, path: str | PathLike[str]) -> None:
    """Writes the module's parameters and buffers to an HDF5 file, which changes as a whole or not at all."""
    _C.module_save_weights(module._handle, path)


def load_weights(module: Module, path: str | PathLike[str]) -> None:
    """Reads the module's parameters and buffers from an HDF5 file."""
    _C.module_load_weights(module._handle, path)


def save(module: Module, path: str | PathLike[str]) -> None:
    """Writes a model file: the weights, and how the layers are made, so that `load` needs no code for them.

    Of classes of your own only the name is kept; their weights are there for `load_weights`.
    """
    _C.module_save(module._handle, path)


def load(path: str | PathLike[str]) -> Module:
    """The module that `save`, or a C or Swift program, wrote to a model file."""
    return face_of(_C.module_load(path))
