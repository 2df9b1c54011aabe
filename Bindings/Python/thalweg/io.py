"""HDF5 files: data sets, weights, state dictionaries and whole models."""

from __future__ import annotations

import json
from itertools import pairwise
from os import PathLike
from typing import Any, overload

from . import _C
from ._factories import as_tensor
from ._files import DataWriter, Entry, append, contents, write
from ._isolation import get_isolation, isolation
from ._states import Mismatch, StateReport, load_state_dict, read_state_dict, save_state_dict
from ._tensor import Tensor
from .data import HDF5Dataset
from .nn.faces import face_of
from .nn.keras import Graph
from .nn.module import Module
from .optim.optimizer import Optimizer

__all__ = [
    "DataWriter",
    "Entry",
    "Mismatch",
    "StateReport",
    "append",
    "contents",
    "get_isolation",
    "hdf5_available",
    "isolation",
    "load",
    "load_keras",
    "load_keras_optimizer",
    "load_keras_weights",
    "load_state_dict",
    "load_weights",
    "read",
    "read_enumeration",
    "read_scaled",
    "read_sequences",
    "read_state_dict",
    "read_strings",
    "save",
    "save_keras",
    "save_state_dict",
    "save_weights",
    "write",
]


def hdf5_available() -> bool:
    """Whether the HDF5 library was found on this machine."""
    return _C.hdf5_available()


def read(path: str | PathLike[str], dataset: str, rows: Any = None) -> Tensor:
    """A data set of numbers as it is stored; or only some of its rows: a slice, a range, or integers.

    Half-precision floats and bfloat16 become float32, small integers int32 or int64, enumerations their
    integers (`read_enumeration` has the names). A compound's member is named behind the data set:
    "events/energy". For rows again and again from one file: `data.HDF5Dataset`, which keeps decoded chunks.
    """
    if rows is None:
        return _C.hdf5_read(path, dataset)
    if not isinstance(rows, int | slice | range):
        rows = as_tensor(rows)
        if rows.dtype is _C.int64 and rows.numel() > 0 and rows.min().item() >= 0:
            return _C.hdf5_read_rows(path, dataset, rows)
    return HDF5Dataset(path, dataset)[rows][0]


def read_enumeration(path: str | PathLike[str], dataset: str) -> dict[str, int]:
    """The names of the values of a data set that is an enumeration."""
    return json.loads(_C.hdf5_enumeration(path, dataset))


def read_strings(path: str | PathLike[str], dataset: str) -> list[str]:
    """A data set of strings, of fixed or variable length, row-major.

    Bytes that are not UTF-8 come as lone surrogates, as in file names.
    """
    values, offsets = _C.hdf5_read_sequences(path, dataset)
    content, ends = bytes(values.numpy()), offsets.tolist()
    return [content[i:j].decode("utf-8", "surrogateescape") for i, j in pairwise(ends)]


@overload
def read_sequences(path: str | PathLike[str], dataset: str) -> list[Tensor]: ...
@overload
def read_sequences(path: str | PathLike[str], dataset: str, padding: float) -> tuple[Tensor, Tensor]: ...
def read_sequences(path: str | PathLike[str], dataset: str, padding: float | None = None) -> Any:
    """A data set of sequences that differ in length, row-major: a list of tensors.

    With `padding` a batch [n, longest] and the lengths, int64 [n]; what is behind a shorter one is `padding`.
    """
    if padding is not None:
        return _C.hdf5_read_padded(path, dataset, padding)
    values, offsets = _C.hdf5_read_sequences(path, dataset)
    return [values[i:j] for i, j in pairwise(offsets.tolist())]


def read_scaled(path: str | PathLike[str], dataset: str) -> Tensor:
    """A data set as float32: its numbers times its attribute `scale`, plus its attribute `offset`.

    netCDF's `scale_factor` and `add_offset` are taken as well; its `_FillValue` becomes nan.
    """
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


def load_keras_optimizer(optimizer: Optimizer, model: Graph, path: str | PathLike[str]) -> None:
    """Gives an optimizer of a loaded model's parameters what the one in the file has.

    That is the learning rate and other options, the steps made and the momenta, so that training goes on as
    in Keras, but for where an epsilon stands. The optimizer has to be of the same class (Adam for AdamW too).
    Of a schedule of Keras's the rate that it has come to is taken; go on with one of `optim.lr_scheduler`.
    Refused is what has no equal in an optimizer here: clipping, moving averages of weights, accumulated
    gradients, scaled losses.
    """
    _C.optimizer_load_keras(optimizer._handle, model._handle, path)


def save_keras(module: Module, path: str | PathLike[str], optimizer: Optimizer | None = None) -> None:
    """Writes a model to a file that Keras opens: legacy `.h5` if the path ends so, else `.keras`.

    The model is one that `load_keras` made, or a Sequential of layers that Keras has, in it Residuals of
    such; with an `optimizer` that trains it one of the former. In Keras this package's layers take images
    channels last, [N, H, W, C], and sequences batch first; the outputs are the same.

    Keras 2.15 and Keras 3 open it, but Keras 3 alone a model with models inside, or with states, masks or a
    MultiHeadAttention's value handed on between layers. Where Keras 2 wrote the model, `.h5` is in its form,
    and `.keras` is refused where Keras 3 computes something else (hard_sigmoid, masks of what is merged).
    """
    if optimizer is None:
        _C.model_save_keras(module._handle, path)
    else:
        _C.model_save_keras_training(module._handle, optimizer._handle, path)
