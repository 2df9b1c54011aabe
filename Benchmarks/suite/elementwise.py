"""Memory-bound work: elementwise, reductions, normalisations, losses, moves, optimisers, beside the triad.

Run by `Benchmarks/elementwise`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

PEERS = ("thalweg", "torch")
SIZES = {"64k": 1 << 16, "1M": 1 << 20, "16M": 1 << 24}  # float32: in L2, in L3, in memory
ROW = 512  # elements of a row where an operation has rows
FLOAT = 4  # bytes

Step = Callable[[], Any]
Make = Callable[[Any, Callable[..., Any]], Step]  # from the peer and a source of random tensors


@dataclass(frozen=True)
class Work:
    """A cell of the table: an operation on operands of so many bytes."""

    name: str
    bytes: float  # read or written at least
    make: Make
    checked: int = 1

    def start(self, peer: Any) -> Step:
        """The function that is measured."""
        random = np.random.default_rng(6)

        def tensor(*shape: int) -> Any:
            return peer.torch.tensor(random.standard_normal(shape, dtype="float32"))

        return self.make(peer, tensor)


def forward(function: Callable[..., Any], *shapes: tuple[int, ...]) -> Make:
    """function(module, operands...) without a record."""

    def make(peer: Any, tensor: Callable[..., Any]) -> Step:
        torch, operands = peer.torch, [tensor(*shape) for shape in shapes]

        def step() -> Any:
            with torch.no_grad():
                return function(torch, *operands)

        return step

    return make


def backward(function: Callable[..., Any], *shapes: tuple[int, ...]) -> Make:
    """The gradients of function(module, operands...) by all operands."""

    def make(peer: Any, tensor: Callable[..., Any]) -> Step:
        torch, operands = peer.torch, [tensor(*shape).requires_grad_() for shape in shapes]
        y = function(torch, *operands)
        slope = tensor(*y.shape)
        return lambda: torch.autograd.grad(y, operands, slope, retain_graph=True)[0]

    return make


UNARY: dict[str, Callable[..., Any]] = {
    "mul scalar": lambda t, x: x * 1.5,
    "relu": lambda t, x: t.relu(x),
    "exp": lambda t, x: t.exp(x),
    "expm1": lambda t, x: t.expm1(x),
    "log": lambda t, x: t.log(x),
    "log1p": lambda t, x: t.log1p(x),
    "tanh": lambda t, x: t.tanh(x),
    "sigmoid": lambda t, x: t.sigmoid(x),
    "erf": lambda t, x: t.erf(x),
    "gelu": lambda t, x: t.nn.functional.gelu(x),
    "sin": lambda t, x: t.sin(x),
    "cos": lambda t, x: t.cos(x),
    "sqrt": lambda t, x: t.sqrt(x),
    "softmax": lambda t, x: t.softmax(x.view(-1, ROW), 1),
    "log_softmax": lambda t, x: t.log_softmax(x.view(-1, ROW), 1),
}
POSITIVE = ("log", "log1p", "sqrt")
DERIVED = ("relu", "tanh", "sigmoid", "gelu", "softmax", "log_softmax")
REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": lambda t, x: x.sum(),
    "sum last": lambda t, x: x.sum(1),
    "sum first": lambda t, x: x.sum(0),
    "mean": lambda t, x: x.mean(),
    "max": lambda t, x: x.max(),
    "amax last": lambda t, x: t.amax(x, 1),
}


def simple(size: int) -> Iterator[tuple[str, float, Make]]:
    """Elementwise work, reductions and moves of so many elements: name, elements moved, work."""
    matrix = (size // ROW, ROW)
    half, side = (size // 2,), 1 << (size.bit_length() // 2)
    for name, function in UNARY.items():
        yield name, 2 * size, (positive if name in POSITIVE else forward)(function, (size,))
        if name in DERIVED:
            yield f"{name} backward", 3 * size, backward(function, (size,))
    yield "add", 3 * size, forward(lambda t, x, y: x + y, (size,), (size,))
    yield "add row", 2 * size, forward(lambda t, x, y: x + y, matrix, (ROW,))
    yield "mul column", 2 * size, forward(lambda t, x, y: x * y, matrix, (size // ROW, 1))
    yield "where", 3.25 * size, where((size,))
    for name, function in REDUCTIONS.items():
        yield name, size, forward(function, matrix)
    yield "to float64", 3 * size, forward(lambda t, x: x.to(t.float64), (size,))
    yield "to int32", 2 * size, forward(lambda t, x: x.to(t.int32), (size,))
    yield (
        "transpose copy",
        2 * size,
        forward(lambda t, x: x.transpose(0, 1).contiguous(), (side, size // side)),
    )
    yield (
        "permute copy",
        2 * size,
        forward(lambda t, x: x.permute(0, 2, 1).contiguous(), (size // 4096, 64, 64)),
    )
    yield "cat", 2 * size, forward(lambda t, x, y: t.cat([x, y]), half, half)
    yield "huber_loss", 2 * size, forward(lambda t, x, y: t.nn.functional.huber_loss(x, y), (size,), (size,))


def positive(function: Callable[..., Any], shape: tuple[int, ...]) -> Make:
    """`forward` on positive numbers."""

    def make(peer: Any, tensor: Callable[..., Any]) -> Step:
        torch, x = peer.torch, tensor(*shape).abs()

        def step() -> Any:
            with torch.no_grad():
                return function(torch, x)

        return step

    return make


def where(shape: tuple[int, ...]) -> Make:
    """A choice between two tensors."""

    def make(peer: Any, tensor: Callable[..., Any]) -> Step:
        torch, x, y = peer.torch, tensor(*shape), tensor(*shape)
        condition = tensor(*shape) > 0
        return lambda: torch.where(condition, x, y)

    return make


def norms(size: int) -> Iterator[tuple[str, float, Make]]:
    """Normalisations, forward and backward by input and parameters."""
    rows, images = (size // ROW, ROW), (size // (16 * 1024), 16, 32, 32)
    functions: dict[str, tuple[Callable[..., Any], tuple[tuple[int, ...], ...]]] = {
        "layer_norm": (
            lambda t, x, w, b: t.nn.functional.layer_norm(x, (ROW,), w, b),
            (rows, (ROW,), (ROW,)),
        ),
        "rms_norm": (lambda t, x, w: t.nn.functional.rms_norm(x, (ROW,), w), (rows, (ROW,))),
        "batch_norm": (
            lambda t, x, w, b: t.nn.functional.batch_norm(x, None, None, w, b, True),
            (rows, (ROW,), (ROW,)),
        ),
        "batch_norm images": (
            lambda t, x, w, b: t.nn.functional.batch_norm(x, None, None, w, b, True),
            (images, (16,), (16,)),
        ),
        "group_norm": (
            lambda t, x, w, b: t.nn.functional.group_norm(x, 4, w, b),
            (images, (16,), (16,)),
        ),
        "instance_norm": (
            lambda t, x, w, b: t.nn.functional.instance_norm(x, None, None, w, b),
            (images, (16,), (16,)),
        ),
    }
    for name, (function, shapes) in functions.items():
        yield name, 2 * size, forward(function, *shapes)
        yield f"{name} backward", 3 * size, backward(function, *shapes)


def classes(rows: int, columns: int) -> Make:
    """Softmax and cross-entropy, forward and backward."""

    def make(peer: Any, tensor: Callable[..., Any]) -> Step:
        torch, scores = peer.torch, tensor(rows, columns).requires_grad_()
        labels = torch.tensor(np.random.default_rng(7).integers(0, columns, rows))
        loss = torch.nn.functional.cross_entropy
        return lambda: torch.autograd.grad(loss(scores, labels), scores)[0]

    return make


def dropout(shape: tuple[int, ...]) -> Make:
    """Half of the elements."""
    return forward(lambda t, x: t.nn.functional.dropout(x, 0.5, True), shape)


def embedding(count: int, width: int, places: int) -> Make:
    """The gradient of a table by what was looked up in it."""

    def make(peer: Any, tensor: Callable[..., Any]) -> Step:
        torch, table, slope = peer.torch, tensor(count, width).requires_grad_(), tensor(places, width)
        indices = torch.tensor(np.random.default_rng(8).integers(0, count, places))
        y = torch.nn.functional.embedding(indices, table)
        return lambda: torch.autograd.grad(y, table, slope, retain_graph=True)[0]

    return make


def optimizer(name: str, options: dict[str, Any], shapes: tuple[tuple[int, ...], ...]) -> Make:
    """Steps over parameters of these shapes."""

    def make(peer: Any, tensor: Callable[..., Any]) -> Step:
        torch, parameters = peer.torch, [tensor(*shape).requires_grad_() for shape in shapes]
        for parameter in parameters:
            parameter.grad = tensor(*parameter.shape)
        optimizer = getattr(torch.optim, name)(parameters, **options, **peer.how.optimizer_options)

        def step() -> Any:
            optimizer.step()
            return parameters[0]

        return step

    return make


MLP = ((784, 512), (512,), (512, 512), (512,), (512, 10), (10,))
OPTIMIZERS = {  # arrays that are read or written for each parameter
    "SGD": (5, {"lr": 1e-6, "momentum": 0.9}),
    "Adam": (7, {"lr": 1e-6}),
}


def works() -> Iterator[Work]:
    """All cells."""
    for label, size in SIZES.items():
        for name, moved, make in (*simple(size), *norms(size)):
            yield Work(f"{name} {label}", FLOAT * moved, make)
        yield Work(f"dropout {label}", 2 * FLOAT * size, dropout((size,)), checked=0)
    for rows, columns in ((64, 10), (256, 1000), (4096, 256)):
        yield Work(f"cross_entropy {rows}x{columns}", 3 * FLOAT * rows * columns, classes(rows, columns))
    for shape in ((128, 256), (32, 64, 32, 32)):
        channels = (shape[1],)

        def function(t: Any, x: Any, w: Any, b: Any) -> Any:
            return t.nn.functional.batch_norm(x, None, None, w, b, True)

        name, size = f"batch_norm {'x'.join(map(str, shape))}", FLOAT * np.prod(shape)
        yield Work(name, 2 * size, forward(function, shape, channels, channels))
        yield Work(f"{name} backward", 3 * size, backward(function, shape, channels, channels))
    for count, width, places in ((1000, 64, 2048), (50000, 256, 4096)):
        moved = FLOAT * width * (count + places)
        yield Work(f"embedding {count}x{width} backward", moved, embedding(count, width, places))
    for name, (arrays, options) in OPTIMIZERS.items():
        for label, shapes in (("mlp", MLP), ("4M", ((2048, 2048),))):
            moved = FLOAT * arrays * sum(int(np.prod(shape)) for shape in shapes)
            yield Work(f"{name} {label}", moved, optimizer(name, options, shapes))


if __name__ == "__main__":
    from .table import BYTES, main

    main(__doc__, "elementwise", list(works()), PEERS, BYTES)
