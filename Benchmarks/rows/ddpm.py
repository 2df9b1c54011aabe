"""A step of a diffusion model (Ho et al. 2020) of points in the plane, batch 256, Adam.

The denoiser gets the noisy point and an embedding of the time of 128 numbers: 130-256-256-256-2 with ReLU.
Times and noise are part of the batch; looking up embedding and noise level and mixing the noise in are part
of the step.
"""

import numpy as np
from suite.jax_tools import linear
from suite.row import Row, linear_flops
from suite.row import linear as draw

SIZES = (130, 256, 256, 256, 2)
TIMES = 1000


def schedule():
    """The share of signal and noise at each time: sqrt(abar), sqrt(1 - abar), [TIMES, 1] each."""
    left = np.cumprod(1 - np.linspace(1e-4, 0.02, TIMES))[:, None]
    return np.sqrt(left).astype("float32"), np.sqrt(1 - left).astype("float32")


def embedding():
    """Sines and cosines of the time at 64 frequencies: [TIMES, 128]."""
    angle = np.arange(TIMES)[:, None] * np.exp(-np.log(10000) * np.arange(64) / 64)
    return np.concatenate([np.sin(angle), np.cos(angle)], 1).astype("float32")


class DDPM(Row):
    """A denoiser of points in the plane."""

    name = "ddpm"
    title = "DDPM 3 x 256"
    optimizer = ("Adam", {"lr": 1e-4})
    batch = 256
    inference = (256,)

    def parameters(self, random):
        names = ("0", "2", "4", "6")
        layers = zip(names, SIZES, SIZES[1:], strict=False)
        return {key: array for layer in layers for key, array in draw(random, *layer).items()}

    def data(self, random):
        signal, noise = schedule()
        return {
            "x": random.standard_normal((self.batch, 2), dtype="float32"),
            "noise": random.standard_normal((self.batch, 2), dtype="float32"),
            "time": random.integers(0, TIMES, self.batch),
            "embedding": embedding(),
            "signal share": signal,
            "noise share": noise,
        }

    def input(self, random, batch):
        time = random.integers(0, TIMES, batch)
        return np.concatenate([random.standard_normal((batch, 2), dtype="float32"), embedding()[time]], 1)

    def flops(self, batch):
        return linear_flops(batch, *SIZES)

    def step_flops(self):  # the data need no gradient
        return 3 * linear_flops(self.batch, *SIZES) - linear_flops(self.batch, *SIZES[:2])

    def network(self, torch):
        nn = torch.nn
        return nn.Sequential(
            nn.Linear(130, 256),
            nn.ReLU(),
            nn.Linear(256, 256),
            nn.ReLU(),
            nn.Linear(256, 256),
            nn.ReLU(),
            nn.Linear(256, 2),
        )

    def loss(self, torch, network, data):
        def at(table):
            return torch.index_select(data[table], 0, data["time"])

        noisy = at("signal share") * data["x"] + at("noise share") * data["noise"]
        guess = network(torch.cat([noisy, at("embedding")], 1))
        return torch.nn.functional.mse_loss(guess, data["noise"])

    def jax_network(self, jax, weights, x):
        for name in "024":
            x = jax.nn.relu(linear(weights, name, x))
        return linear(weights, "6", x)

    def jax_loss(self, jax, weights, data):
        def at(table):
            return data[table][data["time"]]

        noisy = at("signal share") * data["x"] + at("noise share") * data["noise"]
        guess = self.jax_network(jax, weights, jax.numpy.concatenate([noisy, at("embedding")], 1))
        return ((guess - data["noise"]) ** 2).mean()

    def onnx(self, graph, x):
        for name in "024":
            x = graph.relu(graph.linear(x, name))
        return graph.linear(x, "6")


ROW = DDPM()
