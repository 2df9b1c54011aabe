"""Tiny MLP 2-64-1 with tanh, batch 32, Adam: what a step costs besides its arithmetic."""

from suite.jax_tools import linear
from suite.row import Row, linear_flops
from suite.row import linear as draw


class TinyMLP(Row):
    """A regression with two inputs."""

    name = "tiny-mlp"
    title = "tiny MLP 2-64-1"
    optimizer = ("Adam", {"lr": 1e-4})
    batch = 32
    inference = (32,)

    def parameters(self, random):
        return {**draw(random, "0", 2, 64), **draw(random, "2", 64, 1)}

    def data(self, random):
        x = self.input(random, self.batch)
        return {"x": x, "y": x.prod(1, keepdims=True)}

    def input(self, random, batch):
        return random.standard_normal((batch, 2), dtype="float32")

    def flops(self, batch):
        return linear_flops(batch, 2, 64, 1)

    def step_flops(self):  # the data need no gradient
        return 3 * linear_flops(self.batch, 2, 64, 1) - linear_flops(self.batch, 2, 64)

    def network(self, torch):
        return torch.nn.Sequential(torch.nn.Linear(2, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1))

    def loss(self, torch, network, data):
        return torch.nn.functional.mse_loss(network(data["x"]), data["y"])

    def jax_network(self, jax, weights, x):
        return linear(weights, "2", jax.numpy.tanh(linear(weights, "0", x)))

    def jax_loss(self, jax, weights, data):
        return ((self.jax_network(jax, weights, data["x"]) - data["y"]) ** 2).mean()

    def onnx(self, graph, x):
        return graph.linear(graph.node("Tanh", graph.linear(x, "0")), "2")


ROW = TinyMLP()
