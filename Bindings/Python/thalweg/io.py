"""HDF5 files: data sets, weights and whole models."""

from __future__ import annotations

from os import PathLike

from . import _C
from ._tensor import Tensor
from .nn.faces import face_of
from .nn.keras import Graph
from .nn.module import Module

__all__ = [
    "hdf5_available",
    "load",
    "load_keras",
    "load_keras_weights",
    "load_weights",
    "read",
    "read_scaled",
    "save",
    "save_keras",
    "save_weights",
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


def load_keras(path: str | PathLike[str]) -> Graph:
    """The model in a file of Keras's, `.keras` or legacy `.h5`, in evaluation mode.

    It takes what Keras's model takes, channels last. Nothing in the file is ever run; layers and options that
    are not supported are refused with their path and class.
    """
    return face_of(_C.model_load_keras(path))


def load_keras_weights(module: Module, path: str | PathLike[str]) -> None:
    """Reads the weights alone of a `.keras`, `.weights.h5` or legacy `.h5` file into a module."""
    _C.model_load_keras_weights(module._handle, path)


def save_keras(module: Module, path: str | PathLike[str]) -> None:
    """Writes a model to a file that Keras opens: legacy `.h5` if the path ends so, else `.keras`.

    The model is one that `load_keras` made, or a Sequential of layers that Keras has.
    """
    _C.model_save_keras(module._handle, path)
