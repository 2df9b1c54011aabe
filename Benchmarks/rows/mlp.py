"""MLP 784-512-512-10 with ReLU, batch 64, SGD with momentum."""

from suite.jax_tools import cross_entropy, linear
from suite.row import Row, linear_flops
from suite.row import linear as draw

SIZES = (784, 512, 512, 10)


class MLP(Row):
    """A classifier of images of 28 x 28 pixels."""

    name = "mlp"
    title = "MLP 784-512-512-10"
    optimizer = ("SGD", {"lr": 1e-3, "momentum": 0.9})
    batch = 64
    inference = (64, 1)

    def parameters(self, random):
        return {**draw(random, "0", 784, 512), **draw(random, "2", 512, 512), **draw(random, "4", 512, 10)}

    def data(self, random):
        return {"x": self.input(random, self.batch), "y": random.integers(0, 10, self.batch)}

    def input(self, random, batch):
        return random.standard_normal((batch, 784), dtype="float32")

    def flops(self, batch):
        return linear_flops(batch, *SIZES)

    def step_flops(self):  # the data need no gradient
        return 3 * linear_flops(self.batch, *SIZES) - linear_flops(self.batch, *SIZES[:2])

    def network(self, torch):
        nn = torch.nn
        return nn.Sequential(
            nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)
        )

    def loss(self, torch, network, data):
        return torch.nn.functional.cross_entropy(network(data["x"]), data["y"])

    def jax_network(self, jax, weights, x):
        for name in "02":
            x = jax.nn.relu(linear(weights, name, x))
        return linear(weights, "4", x)

    def jax_loss(self, jax, weights, data):
        return cross_entropy(jax, self.jax_network(jax, weights, data["x"]), data["y"])

    def onnx(self, graph, x):
        for name in "02":
            x = graph.relu(graph.linear(x, name))
        return graph.linear(x, "4")


ROW = MLP()
