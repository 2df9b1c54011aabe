"""Rows of recurrent networks: what their cells are in each framework."""

from __future__ import annotations

from typing import Any

import numpy as np

from .row import Arrays, Row

GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
# PyTorch's gates in ONNX's order.
ONNX_ORDER = {"RNN": (0,), "GRU": (1, 0, 2), "LSTM": (0, 3, 1, 2)}


def draw(
    random: np.random.Generator, prefix: str, kind: str, inputs: int, units: int, layer: str = ""
) -> Arrays:
    """The parameters of a layer, drawn as PyTorch draws them."""
    rows = GATES[kind] * units
    shapes = {"weight_ih": (rows, inputs), "weight_hh": (rows, units), "bias_ih": (rows,), "bias_hh": (rows,)}
    bound = units**-0.5
    return {
        f"{prefix}{part}{layer}": random.uniform(-bound, bound, shape).astype(np.float32)
        for part, shape in shapes.items()
    }


def flops(steps: int, batch: int, kind: str, inputs: int, units: int) -> float:
    """Of the matrix products of a layer's way forward."""
    return 2.0 * steps * batch * GATES[kind] * units * (inputs + units)


def cell(jax: Any, kind: str, hidden: Any, u: Any, weights: tuple[Any, Any]) -> Any:
    """One step for JAX: the next state from the last one and from u = W_ih x + b_ih."""
    sigmoid, tanh = jax.nn.sigmoid, jax.numpy.tanh
    state = hidden[0] if kind == "LSTM" else hidden
    v = state @ weights[0].T + weights[1]
    if kind == "RNN":
        return tanh(u + v)
    if kind == "LSTM":
        i, f, g, o = jax.numpy.split(u + v, 4, axis=-1)
        c = sigmoid(f) * hidden[1] + sigmoid(i) * tanh(g)
        return sigmoid(o) * tanh(c), c
    (r, z, n), (vr, vz, vn) = jax.numpy.split(u, 3, axis=-1), jax.numpy.split(v, 3, axis=-1)
    z = sigmoid(z + vz)
    return (1 - z) * tanh(n + sigmoid(r + vr) * vn) + z * hidden


def sequence(jax: Any, weights: dict[str, Any], prefix: str, kind: str, x: Any, layer: str = "_l0") -> Any:
    """A layer for JAX: all its outputs for x [T, B, I]."""
    part = {
        name: weights[f"{prefix}{name}{layer}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    }
    inputs = x @ part["weight_ih"].T + part["bias_ih"]
    zero = jax.numpy.zeros((x.shape[1], part["weight_hh"].shape[1]), x.dtype)

    def step(state: Any, u: Any) -> Any:
        state = cell(jax, kind, state, u, (part["weight_hh"], part["bias_hh"]))
        return state, state[0] if kind == "LSTM" else state

    return jax.lax.scan(step, (zero, zero) if kind == "LSTM" else zero, inputs)[1]


def onnx_layer(
    graph: Any, x: str, state: Arrays, prefix: str, kind: str, layer: str = "_l0", start: tuple = ()
) -> str:
    """A layer for ONNX, with its first states if they are not 0; the output is [T, B, H]."""

    def ordered(name: str) -> np.ndarray:
        gates = np.split(state[f"{prefix}{name}{layer}"], GATES[kind])
        return np.concatenate([gates[gate] for gate in ONNX_ORDER[kind]])

    bias = np.concatenate([ordered("bias_ih"), ordered("bias_hh")])
    parts = [graph.array(array[None]) for array in (ordered("weight_ih"), ordered("weight_hh"), bias)]
    options = {"linear_before_reset": 1} if kind == "GRU" else {}
    more = ("", *(graph.array(array) for array in start)) if start else ()
    y = graph.node(kind, x, *parts, *more, hidden_size=state[f"{prefix}weight_hh{layer}"].shape[1], **options)
    return graph.node("Squeeze", y, graph.constant([1]))


class Recurrent(Row):
    """One layer over sequences of 100 steps, every output of which counts."""

    kind = ""
    steps, inputs, units = 100, 64, 128
    optimizer = ("SGD", {"lr": 1e-3, "momentum": 0.9})
    batch = 32
    inference = (32,)

    def parameters(self, random):
        return draw(random, "layer.", self.kind, self.inputs, self.units, "_l0")

    def data(self, random):
        target = random.standard_normal((self.steps, self.batch, self.units), dtype="float32")
        return {"x": self.input(random, self.batch), "y": 0.5 * target}

    def input(self, random, batch):
        return random.standard_normal((self.steps, batch, self.inputs), dtype="float32")

    def flops(self, batch):
        return flops(self.steps, batch, self.kind, self.inputs, self.units)

    def step_flops(self):  # the data need no gradient
        inputs = 2.0 * self.steps * self.batch * GATES[self.kind] * self.units * self.inputs
        return 3 * self.flops(self.batch) - inputs

    def network(self, torch):
        kind, inputs, units = self.kind, self.inputs, self.units

        class Outputs(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = getattr(torch.nn, kind)(inputs, units)

            def forward(self, x):
                return self.layer(x)[0]

        return Outputs()

    def loss(self, torch, network, data):
        return torch.nn.functional.mse_loss(network(data["x"]), data["y"])

    def jax_network(self, jax, weights, x):
        return sequence(jax, weights, "layer.", self.kind, x)

    def jax_loss(self, jax, weights, data):
        return ((self.jax_network(jax, weights, data["x"]) - data["y"]) ** 2).mean()

    def onnx(self, graph, x):
        return onnx_layer(graph, x, self.state(), "layer.", self.kind)
