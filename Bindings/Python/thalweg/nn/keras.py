"""Models that came from Keras."""

from __future__ import annotations

from typing import Any

from .. import _C
from .._tensor import Tensor
from .containers import _Container
from .native import native

__all__ = ["Graph", "KerasLayer"]


class KerasLayer(_Container):
    """A layer that computes what Keras's layer of this class and configuration does."""

    class_name: str
    config: str

    def extra_repr(self) -> str:
        """Keras's class."""
        return self.class_name


class Graph(_Container):
    """Modules that are fed with each other's outputs, as in Keras's functional and sequential models.

    Called with as many tensors as the model has inputs; gives a tensor, or a tuple where there are several.
    """

    _lists = ("nodes", "outputs")

    @native
    def forward(self, *inputs: Tensor) -> Any:
        """Computes the output, or the outputs."""
        outputs = _C.module_call(self._native, inputs)
        return outputs[0] if len(outputs) == 1 else outputs
