"""What a row of the suite is: one network, its data, and how it is trained and evaluated in each framework.

Thalweg's names are PyTorch's, so one definition serves both: `torch` is either of the two modules. A row
imports no framework itself: it gets the module as an argument.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from . import jax_tools

ROWS = Path(__file__).parents[1] / "rows"
Arrays = dict[str, np.ndarray]
Step = Callable[[], Any]


class Row:
    """A network with its data. A row's file defines a subclass and, at its end, `ROW = TheSubclass()`."""

    name = ""
    title = ""
    optimizer: tuple[str, dict[str, Any]] = ("SGD", {"lr": 1e-3})  # its name in torch.optim, and its options
    batch = 0  # of a training step; 0: inference only
    inference: tuple[int, ...] = ()  # the batches that are measured without training
    images = False  # whether the input is [N, C, H, W], so that channels last is another way to go

    # ------------------------------------------------------------------------------- what is the same for all

    def parameters(self, random: np.random.Generator) -> Arrays:
        """The initial weights, under the names of the network's `state_dict`."""
        raise NotImplementedError

    def buffers(self, random: np.random.Generator) -> Arrays:
        """What else the network's `state_dict` holds: running statistics."""
        return {}

    def data(self, random: np.random.Generator) -> Arrays:
        """What a training step reads: its batch and constants."""
        raise NotImplementedError

    def input(self, random: np.random.Generator, batch: int) -> np.ndarray:
        """What inference reads."""
        raise NotImplementedError

    def flops(self, batch: int) -> float:
        """Floating-point operations of the forward pass."""
        raise NotImplementedError

    def step_flops(self) -> float:
        """Floating-point operations of a training step; optimiser and activations don't count."""
        raise NotImplementedError

    # --------------------------------------------------------------------------------- Thalweg and PyTorch

    def network(self, torch: Any) -> Any:
        """The module."""
        raise NotImplementedError

    def loss(self, torch: Any, network: Any, data: dict[str, Any]) -> Any:
        """The scalar that a step lowers."""
        raise NotImplementedError

    def compilable_loss(self, torch: Any, network: Any, data: dict[str, Any]) -> Any:
        """The same in words that torch.compile can differentiate, where they are others."""
        return self.loss(torch, network, data)

    def torch_network(self, torch: Any) -> Any:
        """The module with the initial weights."""
        network = self.network(torch)
        network.load_state_dict({name: torch.tensor(array) for name, array in self.state().items()})
        return network

    def torch_step(self, torch: Any, how: How) -> Step:
        """A function that makes one training step and returns the loss."""
        network = how.place(self.torch_network(torch))
        data = {name: how.place(torch.tensor(array)) for name, array in self.batch_data().items()}
        kind, options = self.optimizer
        optimizer = getattr(torch.optim, kind)(network.parameters(), **options, **how.optimizer_options)
        loss_of = how.compiled(
            lambda: (self.compilable_loss if how.compile else self.loss)(torch, network, data)
        )

        def step() -> Any:
            optimizer.zero_grad()
            loss = loss_of()
            loss.backward()
            optimizer.step()
            return loss

        return step

    # ------------------------------------------------------------------------------------------------- JAX

    def jax_network(self, jax: Any, weights: dict[str, Any], x: Any) -> Any:
        """The network's output."""
        raise NotImplementedError

    def jax_loss(self, jax: Any, weights: dict[str, Any], data: dict[str, Any]) -> Any:
        """The scalar that a step lowers."""
        raise NotImplementedError

    def jax_step(self, jax: Any) -> Step:
        """A function that makes one training step, one call of a jitted function, and returns the loss."""
        kind, options = self.optimizer
        start, update = jax_tools.OPTIMIZERS[kind](**options)
        weights = {name: jax.numpy.asarray(array) for name, array in self.initial().items()}
        data = {name: jax.numpy.asarray(array) for name, array in self.batch_data().items()}

        def pure(weights: Any, state: Any, data: Any) -> Any:
            loss, gradients = jax.value_and_grad(lambda w: self.jax_loss(jax, w, data))(weights)
            return *update(jax, weights, gradients, state), loss

        jitted = jax.jit(pure, donate_argnums=(0, 1))
        state = start(jax, weights)

        def step() -> Any:
            nonlocal weights, state
            weights, state, loss = jitted(weights, state, data)
            return loss

        return step

    # ---------------------------------------------------------------------------------------- ONNX Runtime

    def onnx(self, graph: Any, x: str) -> str:
        """Adds the network's nodes to the graph (`onnx_tools.Graph`) and returns the output's name."""
        raise NotImplementedError

    # ------------------------------------------------------------------------------------------------------

    def initial(self) -> Arrays:
        """The initial weights: the same at every call."""
        return self.parameters(np.random.default_rng(1))

    def state(self) -> Arrays:
        """The initial weights and buffers: the same at every call."""
        return {**self.initial(), **self.buffers(np.random.default_rng(4))}

    def batch_data(self) -> Arrays:
        """The batch: the same at every call."""
        return self.data(np.random.default_rng(2))

    def input_of(self, batch: int) -> np.ndarray:
        """The input of inference: the same at every call."""
        return self.input(np.random.default_rng(3), batch)


@dataclass
class How:
    """How one of the ways to use PyTorch (or Thalweg) differs from the plain one."""

    place: Callable[[Any], Any] = lambda thing: thing
    compile: Callable[[Callable], Callable] | None = None
    optimizer_options: dict[str, Any] = field(default_factory=dict)

    def compiled(self, function: Callable) -> Callable:
        """The function as it is to be called."""
        return self.compile(function) if self.compile else function


@dataclass(frozen=True)
class Workload:
    """A line of the result: the training step of a row, or its inference at one batch size."""

    row: Row
    batch: int
    training: bool

    def start(self, peer: Any) -> Step:
        """The function that is measured."""
        return peer.step(self.row) if self.training else peer.infer(self.row, self.batch)

    @property
    def checked(self) -> int:
        """How many results are compared: the losses of five steps, or one output."""
        return 5 if self.training else 1

    @property
    def name(self) -> str:
        """`mlp`, or `mlp/infer/64`."""
        return self.row.name if self.training else f"{self.row.name}/infer/{self.batch}"

    @property
    def flops(self) -> float:
        """Floating-point operations of one iteration."""
        return self.row.step_flops() if self.training else self.row.flops(self.batch)

    @property
    def bytes(self) -> float:
        """What one iteration must move at the least: weights, the optimiser's state and the data, once.

        Training reads and writes each weight and each of its numbers in the optimiser.
        """
        weights = sum(array.nbytes for array in self.row.initial().values())
        if not self.training:
            return weights + self.row.input_of(self.batch).nbytes
        kind, options = self.row.optimizer
        states = 2 if kind.startswith("Adam") else int(bool(options.get("momentum")))
        return 2 * (1 + states) * weights + sum(array.nbytes for array in self.row.batch_data().values())


def load_rows() -> list[Row]:
    """The rows in `Benchmarks/rows`, in the order of their `order`."""

    def rows() -> Iterator[Row]:
        for path in sorted(ROWS.glob("*.py")):
            spec = importlib.util.spec_from_file_location(f"rows.{path.stem}", path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            yield module.ROW

    return list(rows())


def load_workloads() -> list[Workload]:
    """All lines of the result."""
    return [
        workload
        for row in load_rows()
        for workload in (
            *((Workload(row, row.batch, training=True),) if row.batch else ()),
            *(Workload(row, batch, training=False) for batch in row.inference),
        )
    ]


def linear(random: np.random.Generator, name: str, inputs: int, outputs: int, *window: int) -> Arrays:
    """Weight and bias of a linear layer or a convolution, drawn as PyTorch draws them."""
    bound = 1 / np.sqrt(inputs * np.prod(window))
    shapes = {"weight": (outputs, inputs, *window), "bias": (outputs,)}
    return {
        f"{name}.{part}": random.uniform(-bound, bound, shape).astype(np.float32)
        for part, shape in shapes.items()
    }


def linear_flops(batch: int, *sizes: int) -> float:
    """Of the forward pass through linear layers."""
    return 2.0 * batch * sum(a * b for a, b in pairwise(sizes))
