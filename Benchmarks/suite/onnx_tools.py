"""Builds ONNX models node by node, so that ONNX Runtime gets the same weights without an exporter between."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """A model under construction. Its layers take and return the names of values."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._weights = dict(weights)

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Any operator of one result."""
        output = f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, numbers: list[int]) -> str:
        """Whole numbers that an operator takes as an input."""
        name = f"constant_{len(self._weights)}"
        self._weights[name] = np.array(numbers)
        return name

    def array(self, array: np.ndarray) -> str:
        """An array that an operator takes as an input."""
        name = f"array_{len(self._weights)}"
        self._weights[name] = array
        return name

    def linear(self, x: str, name: str) -> str:
        """y = x W^T + b."""
        return self.node("Gemm", x, f"{name}.weight", f"{name}.bias", transB=1)

    def conv(self, x: str, name: str, padding: int = 0) -> str:
        """A convolution of stride 1."""
        return self.node("Conv", x, f"{name}.weight", f"{name}.bias", pads=[padding] * 4)

    def max_pool(self, x: str, size: int) -> str:
        """The maximum of each window; the windows don't overlap."""
        return self.node("MaxPool", x, kernel_shape=[size, size], strides=[size, size])

    def relu(self, x: str) -> str:
        """max(x, 0)."""
        return self.node("Relu", x)

    def serialized(self, input: np.ndarray, output: str) -> bytes:
        """The finished model; its input is called `x`."""
        graph = helper.make_graph(
            self._nodes,
            "network",
            [helper.make_tensor_value_info("x", helper.np_dtype_to_tensor_dtype(input.dtype), input.shape)],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
            [numpy_helper.from_array(array, name) for name, array in self._weights.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        return model.SerializeToString()
