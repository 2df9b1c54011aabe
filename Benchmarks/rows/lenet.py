"""LeNet on images of 1 x 28 x 28, batch 64, SGD with momentum.

Convolution to 6 planes (5 x 5, padding 2), pool, convolution to 16 planes (5 x 5), pool, 400-120-84-10; ReLU
(after LeCun et al. 1998).
"""

from suite.jax_tools import cross_entropy, linear
from suite.row import Row, linear_flops
from suite.row import linear as draw

DENSE = (400, 120, 84, 10)


class LeNet(Row):
    """A small convolutional classifier."""

    name = "lenet"
    title = "LeNet"
    optimizer = ("SGD", {"lr": 1e-3, "momentum": 0.9})
    batch = 64
    inference = (64, 1)
    images = True

    def parameters(self, random):
        return {
            **draw(random, "0", 1, 6, 5, 5),
            **draw(random, "3", 6, 16, 5, 5),
            **draw(random, "7", 400, 120),
            **draw(random, "9", 120, 84),
            **draw(random, "11", 84, 10),
        }

    def data(self, random):
        return {"x": self.input(random, self.batch), "y": random.integers(0, 10, self.batch)}

    def input(self, random, batch):
        return random.standard_normal((batch, 1, 28, 28), dtype="float32")

    def flops(self, batch):
        return self._convolutions(batch, 1, 1) + linear_flops(batch, *DENSE)

    def step_flops(self):  # the data need no gradient
        return self._convolutions(self.batch, 2, 3) + 3 * linear_flops(self.batch, *DENSE)

    def _convolutions(self, batch, first, second):
        return 2 * batch * 25 * (first * 28 * 28 * 6 + second * 10 * 10 * 6 * 16)

    def network(self, torch):
        nn = torch.nn
        return nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(400, 120),
            nn.ReLU(),
            nn.Linear(120, 84),
            nn.ReLU(),
            nn.Linear(84, 10),
        )

    def loss(self, torch, network, data):
        return torch.nn.functional.cross_entropy(network(data["x"]), data["y"])

    def jax_network(self, jax, weights, x):
        def convolve(name, x, padding):  # channels last is what XLA is quickest with
            bias = weights[f"{name}.bias"]
            layout = ("NHWC", "OIHW", "NHWC")
            return bias + jax.lax.conv_general_dilated(
                x, weights[f"{name}.weight"], (1, 1), padding, dimension_numbers=layout
            )

        def pool(x):  # quicker than lax.reduce_window, whose derivative is a scatter
            n, h, w, c = x.shape
            return x.reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))

        x = x.reshape(-1, 28, 28, 1)
        x = pool(jax.nn.relu(convolve("0", x, [(2, 2), (2, 2)])))
        x = pool(jax.nn.relu(convolve("3", x, "VALID")))
        x = x.transpose(0, 3, 1, 2).reshape(-1, 400)
        for name in ("7", "9"):
            x = jax.nn.relu(linear(weights, name, x))
        return linear(weights, "11", x)

    def jax_loss(self, jax, weights, data):
        return cross_entropy(jax, self.jax_network(jax, weights, data["x"]), data["y"])

    def onnx(self, graph, x):
        x = graph.max_pool(graph.relu(graph.conv(x, "0", padding=2)), 2)
        x = graph.max_pool(graph.relu(graph.conv(x, "3")), 2)
        x = graph.node("Flatten", x)
        for name in ("7", "9"):
            x = graph.relu(graph.linear(x, name))
        return graph.linear(x, "11")


ROW = LeNet()
