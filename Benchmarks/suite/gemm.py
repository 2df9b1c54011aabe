"""Matrix products in every transpose: Thalweg against PyTorch (MKL), NumPy (OpenBLAS) and oneDNN.

Run by `Benchmarks/gemm`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

PEERS = ("thalweg", "torch", "numpy", "onednn")
SHAPES = (  # rows, columns, inner dimension
    (1024, 1024, 1024),
    (64, 512, 784),
    (512, 512, 64),
    (32, 512, 128),
    (32, 128, 512),
    (32, 1024, 256),
    (256, 128, 128),
    (3200, 512, 64),
    (512, 128, 3200),
    (64, 10, 512),
    (1, 1024, 256),
    (25088, 16, 144),
    (64, 64, 64),
    (32, 32, 32),
)


@dataclass(frozen=True)
class Product:
    """A cell of the table: C [rows, columns] = A B, with A or B or both stored by columns."""

    rows: int
    columns: int
    inner: int
    transposed: tuple[bool, bool]
    checked = 1

    @property
    def name(self) -> str:
        """`gemm 64x512x784 nt`."""
        letters = "".join("t" if turn else "n" for turn in self.transposed)
        return f"gemm {self.rows}x{self.columns}x{self.inner} {letters}"

    @property
    def flops(self) -> float:
        """Floating-point operations."""
        return 2.0 * self.rows * self.columns * self.inner

    def start(self, peer: Any) -> Any:
        """The function that is measured."""
        random = np.random.default_rng(5)
        shapes = (self.rows, self.inner), (self.inner, self.columns)
        a, b = (
            random.standard_normal(shape[::-1] if turn else shape, dtype="float32")
            for shape, turn in zip(shapes, self.transposed, strict=True)
        )
        return peer.product(a, b, self.transposed)


def products() -> Iterator[Product]:
    """All cells, shape by shape."""
    for shape in SHAPES:
        for a in (False, True):
            for b in (False, True):
                yield Product(*shape, (a, b))


if __name__ == "__main__":
    from .table import main

    main(__doc__, "gemm", list(products()), PEERS)
