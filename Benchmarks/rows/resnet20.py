"""ResNet-20 on images of 3 x 32 x 32, batch 32, batch normalisation, SGD with momentum.

Three stages of three blocks of two convolutions, 16, 32 and 64 planes; where the planes double, the
shortcut takes every other pixel and pads with planes of zeros (He et al. 2016, "Deep residual learning for
image recognition", 4.2).
"""

import numpy as np
from suite.jax_tools import cross_entropy, linear
from suite.row import Row
from suite.row import linear as draw

BLOCKS = [  # name, planes in, planes out, stride, side of the output
    (f"{stage}.{block}", planes // 2 if grows else planes, planes, 2 if grows else 1, side)
    for stage, (planes, side) in enumerate(((16, 32), (32, 16), (64, 8)))
    for block in range(3)
    for grows in [stage > 0 and block == 0]
]
EPSILON = 1e-5


class ResNet20(Row):
    """A deep convolutional classifier."""

    name = "resnet20"
    title = "ResNet-20"
    optimizer = ("SGD", {"lr": 1e-2, "momentum": 0.9})
    batch = 32
    inference = (32, 1)
    images = True

    def parameters(self, random):
        weights = {**self._convolution(random, "first", 3, 16)}
        for name, inputs, outputs, _, _ in BLOCKS:
            weights |= self._convolution(random, f"{name}.a", inputs, outputs)
            weights |= self._convolution(random, f"{name}.b", outputs, outputs)
        return {**weights, **draw(random, "last", 64, 10)}

    def _convolution(self, random, name, inputs, outputs):
        deviation = np.sqrt(2 / (9 * inputs))
        weight = deviation * random.standard_normal((outputs, inputs, 3, 3))
        scale, shift = random.uniform(0.5, 1.5, outputs), random.uniform(-0.1, 0.1, outputs)
        arrays = {"0.weight": weight, "1.weight": scale, "1.bias": shift}
        return {f"{name}.{key}": array.astype(np.float32) for key, array in arrays.items()}

    def buffers(self, random):
        statistics = {}
        for name, planes in self._normalised():
            statistics[f"{name}.1.running_mean"] = random.uniform(-0.1, 0.1, planes).astype(np.float32)
            statistics[f"{name}.1.running_var"] = random.uniform(0.5, 1.5, planes).astype(np.float32)
            statistics[f"{name}.1.num_batches_tracked"] = np.array(0)
        return statistics

    def _normalised(self):
        blocks = ((f"{name}.{part}", planes) for name, _, planes, _, _ in BLOCKS for part in "ab")
        return [("first", 16), *blocks]

    def data(self, random):
        return {"x": self.input(random, self.batch), "y": random.integers(0, 10, self.batch)}

    def input(self, random, batch):
        return random.standard_normal((batch, 3, 32, 32), dtype="float32")

    def flops(self, batch):
        return batch * (self._first() + self._rest())

    def step_flops(self):  # the data need no gradient
        return self.batch * (2 * self._first() + 3 * self._rest())

    def _first(self):
        return 2 * 9 * 32**2 * 3 * 16

    def _rest(self):
        blocks = sum(2 * 9 * side**2 * (i + o) * o for _, i, o, _, side in BLOCKS)
        return blocks + 2 * 64 * 10

    def network(self, torch):
        nn, pad = torch.nn, torch.nn.functional.pad

        def convolution(inputs, outputs, *further, stride=1):
            convolve = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
            return nn.Sequential(convolve, nn.BatchNorm2d(outputs), *further)

        class Block(nn.Module):
            def __init__(self, inputs, outputs, stride):
                super().__init__()
                self.more = (outputs - inputs) // 2
                self.a = convolution(inputs, outputs, stride=stride)
                self.b = convolution(outputs, outputs)
                self.whole = self.joined(inputs, outputs, stride) if hasattr(nn, "Residual") else ()

            def joined(self, inputs, outputs, stride):
                """The same in Thalweg's words, which computes it in one go (a tuple: no module's child)."""
                branch = nn.Sequential(self.a, nn.ReLU(), self.b)
                shortcut = nn.ChannelPad(inputs, outputs, stride) if self.more else None
                return (nn.Sequential(nn.Residual(branch, shortcut), nn.ReLU()),)

            def forward(self, x):
                for whole in self.whole:
                    return whole(x)
                y = self.b(torch.relu(self.a(x)))
                if self.more:
                    x = pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.more, self.more))
                return torch.relu(y + x)

        class Network(nn.Module):
            def __init__(self):
                super().__init__()
                self.first = convolution(3, 16, nn.ReLU())
                for stage in range(3):
                    blocks = [
                        Block(i, o, stride) for name, i, o, stride, _ in BLOCKS if name[0] == str(stage)
                    ]
                    setattr(self, str(stage), nn.Sequential(*blocks))
                self.last = nn.Linear(64, 10)

            def forward(self, x):
                x = self.first(x)
                for stage in range(3):
                    x = getattr(self, str(stage))(x)
                return self.last(x.mean((2, 3)))

        return Network()

    def loss(self, torch, network, data):
        return torch.nn.functional.cross_entropy(network(data["x"]), data["y"])

    def jax_network(self, jax, weights, x, *, training=False):
        layout = ("NHWC", "OIHW", "NHWC")

        def convolve(name, x, stride=1):
            x = jax.lax.conv_general_dilated(
                x, weights[f"{name}.0.weight"], (stride, stride), [(1, 1)] * 2, dimension_numbers=layout
            )
            if training:  # the running statistics are left out: they cost nothing beside the rest
                mean = x.mean((0, 1, 2))
                var = x.var((0, 1, 2))
            else:
                mean, var = weights[f"{name}.1.running_mean"], weights[f"{name}.1.running_var"]
            scale = weights[f"{name}.1.weight"] * jax.lax.rsqrt(var + EPSILON)
            return (x - mean) * scale + weights[f"{name}.1.bias"]

        relu = jax.nn.relu
        x = relu(convolve("first", x.transpose(0, 2, 3, 1)))
        for name, inputs, outputs, stride, _ in BLOCKS:
            y = convolve(f"{name}.b", relu(convolve(f"{name}.a", x, stride)))
            if stride > 1:
                more = (outputs - inputs) // 2
                x = jax.numpy.pad(x[:, ::2, ::2], ((0, 0), (0, 0), (0, 0), (more, more)))
            x = relu(y + x)
        return linear(weights, "last", x.mean((1, 2)))

    def jax_loss(self, jax, weights, data):
        return cross_entropy(jax, self.jax_network(jax, weights, data["x"], training=True), data["y"])

    def onnx(self, graph, x):
        def convolve(name, x, stride=1):
            x = graph.node("Conv", x, f"{name}.0.weight", pads=[1] * 4, strides=[stride] * 2)
            parts = ("weight", "bias", "running_mean", "running_var")
            return graph.node("BatchNormalization", x, *(f"{name}.1.{part}" for part in parts))

        x = graph.relu(convolve("first", x))
        for name, inputs, outputs, stride, _ in BLOCKS:
            y = convolve(f"{name}.b", graph.relu(convolve(f"{name}.a", x, stride)))
            if stride > 1:
                more = (outputs - inputs) // 2
                x = graph.node("MaxPool", x, kernel_shape=[1, 1], strides=[2, 2])
                x = graph.node("Pad", x, graph.constant([0, more, 0, 0, 0, more, 0, 0]))
            x = graph.relu(graph.node("Add", y, x))
        return graph.linear(graph.node("Flatten", graph.node("GlobalAveragePool", x)), "last")


ROW = ResNet20()
