"""How each framework is imported, held to a number of threads, and made to train and infer a row.

A peer is made in a process of its own, whose affinity and environment are set already.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from .conv import Layer
from .row import How, Row, Step


class Unsupported(Exception):
    """This peer doesn't run this workload; the message says why."""


class Peer:
    """One way to run the rows."""

    def __init__(self, threads: int) -> None:
        raise NotImplementedError

    def step(self, row: Row) -> Step:
        """A function that makes one training step and returns the loss."""
        raise NotImplementedError

    def infer(self, row: Row, batch: int) -> Step:
        """A function that evaluates the network once and returns the output."""
        raise NotImplementedError

    def product(self, a: np.ndarray, b: np.ndarray, transposed: tuple[bool, bool]) -> Step:
        """A function that multiplies two matrices, of which the transposed ones are stored by columns."""
        raise Unsupported("no matrix products")

    def convolution(self, layer: Layer, part: str) -> Step:
        """A function that does the forward pass of a convolution, or one of its gradients."""
        raise Unsupported("no convolutions")

    def wait(self, result: Any) -> None:
        """Returns when the work behind a result is done."""

    def numbers(self, result: Any) -> np.ndarray:
        """A result as an array."""
        return np.asarray(result)


class TorchLike(Peer):
    """What PyTorch's names can do: PyTorch and Thalweg."""

    module = ""
    how = How()

    def __init__(self, threads: int) -> None:
        self.torch = importlib.import_module(self.module)
        self.torch.set_num_threads(threads)

    def step(self, row: Row) -> Step:
        return row.torch_step(self.torch, self.how)

    def infer(self, row: Row, batch: int) -> Step:
        network = self.how.place(row.torch_network(self.torch).eval())
        x = self.how.place(self.torch.tensor(row.input_of(batch)))
        evaluate = self.how.compiled(network)

        def infer() -> Any:
            with self.torch.no_grad():
                return evaluate(x)

        return infer

    def product(self, a: np.ndarray, b: np.ndarray, transposed: tuple[bool, bool]) -> Step:
        tensors = (self.torch.tensor(array) for array in (a, b))
        a, b = (x.transpose(0, 1) if turn else x for x, turn in zip(tensors, transposed, strict=True))
        multiply, out = self.torch.matmul, self.product_options(a, b)
        return lambda: multiply(a, b, **out)

    def product_options(self, a: Any, b: Any) -> dict[str, Any]:
        """Further arguments of matmul."""
        return {}

    def convolution(self, layer: Layer, part: str) -> Step:
        torch, functional = self.torch, self.torch.nn.functional
        x, weight, slope = (self.how.place(torch.tensor(array)) for array in layer.arrays())
        if part == "forward":

            def forward() -> Any:
                with torch.no_grad():
                    return functional.conv2d(x, weight, None, layer.stride, layer.padding)

            return forward
        wanted = x if part == "data" else weight
        wanted.requires_grad_()
        y = functional.conv2d(x, weight, None, layer.stride, layer.padding)
        return lambda: torch.autograd.grad(y, wanted, slope, retain_graph=True)[0]

    def numbers(self, result: Any) -> np.ndarray:
        return result.detach().numpy()


class Thalweg(TorchLike):
    """The library that this suite belongs to."""

    module = "thalweg"


class ThalwegRecorded(Thalweg):
    """The same, recorded once and done again: each time with results in the same place."""

    def numbers(self, result: Any) -> np.ndarray:
        return super().numbers(result).copy()

    def step(self, row: Row) -> Step:
        return self.torch.recorded(super().step(row))

    def infer(self, row: Row, batch: int) -> Step:
        network = row.torch_network(self.torch).eval()
        x = self.torch.tensor(row.input_of(batch))

        @self.torch.recorded
        def evaluate(x: Any) -> Any:
            with self.torch.no_grad():
                return network(x)

        return lambda: evaluate(x)


class Torch(TorchLike):
    """PyTorch as its users write it, with the optimisers' fused form, which is the quicker one."""

    module = "torch"
    how = How(optimizer_options={"fused": True})

    def product_options(self, a: Any, b: Any) -> dict[str, Any]:
        return {"out": self.torch.empty(a.shape[0], b.shape[1])}  # no new memory at every call


class TorchCompiled(Torch):
    """PyTorch with the loss, or the network, compiled; inference with its weights frozen into the code."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self.how = How(compile=self.torch.compile, optimizer_options=Torch.how.optimizer_options)

    def infer(self, row: Row, batch: int) -> Step:
        importlib.import_module("torch._inductor.config").freezing = True
        return super().infer(row, batch)


class TorchChannelsLast(Torch):
    """PyTorch with images and filters in the order N, H, W, C."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self.how = How(place=self._place, optimizer_options=Torch.how.optimizer_options)

    def _place(self, thing: Any) -> Any:
        four = not isinstance(thing, self.torch.Tensor) or thing.dim() == 4
        return thing.to(memory_format=self.torch.channels_last) if four else thing

    def step(self, row: Row) -> Step:
        self._check(row)
        return super().step(row)

    def infer(self, row: Row, batch: int) -> Step:
        self._check(row)
        return super().infer(row, batch)

    @staticmethod
    def _check(row: Row) -> None:
        if not row.images:
            raise Unsupported("no images")


class Jax(Peer):
    """JAX, a whole step in one jitted function. Its threads are as many as the process may use CPUs."""

    def __init__(self, threads: int) -> None:
        self.jax = importlib.import_module("jax")

    def step(self, row: Row) -> Step:
        return row.jax_step(self.jax)

    def infer(self, row: Row, batch: int) -> Step:
        weights = {name: self.jax.numpy.asarray(array) for name, array in row.state().items()}
        x = self.jax.numpy.asarray(row.input_of(batch))
        jitted = self.jax.jit(lambda weights, x: row.jax_network(self.jax, weights, x))
        return lambda: jitted(weights, x)

    def wait(self, result: Any) -> None:
        result.block_until_ready()


class OnnxRuntime(Peer):
    """ONNX Runtime, which infers only."""

    def __init__(self, threads: int) -> None:
        self.runtime = importlib.import_module("onnxruntime")
        self.options = self.runtime.SessionOptions()
        self.options.intra_op_num_threads = threads
        self.options.inter_op_num_threads = 1

    def step(self, row: Row) -> Step:
        raise Unsupported("inference only")

    def infer(self, row: Row, batch: int) -> Step:
        from .onnx_tools import Graph

        graph, x = Graph(row.state()), row.input_of(batch)
        model = graph.serialized(x, row.onnx(graph, "x"))
        session = self.runtime.InferenceSession(model, self.options, providers=["CPUExecutionProvider"])
        return lambda: session.run(None, {"x": x})[0]


class OneDNN(Torch):
    """oneDNN's matrix products, by way of the operation that PyTorch's compiler calls for a linear layer."""

    def product(self, a: np.ndarray, b: np.ndarray, transposed: tuple[bool, bool]) -> Step:
        x, y = (self.torch.tensor(array) for array in (a, b))
        x = x.t() if transposed[0] else x
        weight = y if transposed[1] else y.t()
        linear = self.torch.ops.mkldnn._linear_pointwise
        return lambda: linear(x, weight, None, "none", [], "")

    def step(self, row: Row) -> Step:
        raise Unsupported("matrix products only")

    def infer(self, row: Row, batch: int) -> Step:
        raise Unsupported("matrix products only")


class NumPy(Peer):
    """NumPy, for its matrix products, which are OpenBLAS's."""

    def __init__(self, threads: int) -> None:
        pass  # OPENBLAS_NUM_THREADS says it

    def product(self, a: np.ndarray, b: np.ndarray, transposed: tuple[bool, bool]) -> Step:
        a, b = (x.T if turn else x for x, turn in zip((a, b), transposed, strict=True))
        out = np.empty((a.shape[0], b.shape[1]), a.dtype)
        return lambda: np.matmul(a, b, out=out)

    def step(self, row: Row) -> Step:
        raise Unsupported("matrix products only")

    def infer(self, row: Row, batch: int) -> Step:
        raise Unsupported("matrix products only")


PEERS: dict[str, type[Peer]] = {
    "thalweg": Thalweg,
    "thalweg-recorded": ThalwegRecorded,
    "torch": Torch,
    "torch-compile": TorchCompiled,
    "torch-channels-last": TorchChannelsLast,
    "jax": Jax,
    "onnxruntime": OnnxRuntime,
    "numpy": NumPy,
    "onednn": OneDNN,
}
