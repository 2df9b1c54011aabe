"""Convolutions of LeNet, ResNet-20 and wide, small maps, each forward and backward, in Thalweg and PyTorch.

Run by `Benchmarks/conv`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

PARTS = ("forward", "data", "weight")  # the pass forward, the gradients of data and weight
PEERS = ("thalweg", "torch", "torch-channels-last")


@dataclass(frozen=True)
class Layer:
    """A convolution without bias."""

    name: str
    batch: int
    inputs: int
    outputs: int
    size: int  # height and width of the input
    window: int
    stride: int = 1
    padding: int = 0

    @property
    def output_size(self) -> int:
        """Height and width of the output."""
        return (self.size + 2 * self.padding - self.window) // self.stride + 1

    @property
    def flops(self) -> float:
        """Of each of the three passes."""
        return 2.0 * self.batch * self.output_size**2 * self.outputs * self.inputs * self.window**2

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Input, weight, and the gradient of the output."""
        shapes = (
            (self.batch, self.inputs, self.size, self.size),
            (self.outputs, self.inputs, self.window, self.window),
            (self.batch, self.outputs, self.output_size, self.output_size),
        )
        random = np.random.default_rng(4)
        return tuple(random.standard_normal(shape, dtype="float32") for shape in shapes)


LAYERS = (
    Layer("lenet-1", 64, 1, 6, 28, 5, padding=2),
    Layer("lenet-2", 64, 6, 16, 14, 5),
    Layer("resnet-3-16", 32, 3, 16, 32, 3, padding=1),
    Layer("resnet-16-16", 32, 16, 16, 32, 3, padding=1),
    Layer("resnet-16-32/2", 32, 16, 32, 32, 3, stride=2, padding=1),
    Layer("resnet-32-32", 32, 32, 32, 16, 3, padding=1),
    Layer("resnet-32-64/2", 32, 32, 64, 16, 3, stride=2, padding=1),
    Layer("resnet-64-64", 32, 64, 64, 8, 3, padding=1),
    Layer("maps-7-256", 16, 256, 256, 7, 3, padding=1),
)


@dataclass(frozen=True)
class Pass:
    """A cell of the table."""

    layer: Layer
    part: str
    checked = 1

    @property
    def name(self) -> str:
        """`conv lenet-1 forward`."""
        return f"conv {self.layer.name} {self.part}"

    @property
    def flops(self) -> float:
        """Floating-point operations."""
        return self.layer.flops

    def start(self, peer: Any) -> Any:
        """The function that is measured."""
        return peer.convolution(self.layer, self.part)


def passes() -> Iterator[Pass]:
    """All cells, layer by layer. The first layers' data gradient is nobody's need."""
    for layer in LAYERS:
        for part in PARTS:
            if part != "data" or layer.inputs > 3:
                yield Pass(layer, part)


if __name__ == "__main__":
    from .table import main

    main(__doc__, "conv", list(passes()), PEERS)
