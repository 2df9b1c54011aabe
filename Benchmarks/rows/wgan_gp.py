"""Critic step of a WGAN with gradient penalty (Gulrajani et al. 2017): 2-128-128-128-1, batch 256, Adam.

loss = mean D(fake) - mean D(real) + 10 mean (|dD(x)/dx| - 1)^2 at x between the two: gradients of gradients.
"""

from suite.jax_tools import linear
from suite.row import Row, linear_flops
from suite.row import linear as draw

SIZES = (2, 128, 128, 128, 1)
PENALTY = 10


class WGANGP(Row):
    """A critic of points in the plane."""

    name = "wgan-gp"
    title = "WGAN-GP critic"
    optimizer = ("Adam", {"lr": 1e-4, "betas": (0.5, 0.9)})
    batch = 256
    inference = (256,)

    def parameters(self, random):
        names = ("0", "2", "4", "6")
        layers = zip(names, SIZES, SIZES[1:], strict=False)
        return {key: array for layer in layers for key, array in draw(random, *layer).items()}

    def data(self, random):
        real, fake = self.input(random, self.batch), 2 * self.input(random, self.batch) + 1
        return {"real": real, "fake": fake, "share": random.random((self.batch, 1), dtype="float32")}

    def input(self, random, batch):
        return random.standard_normal((batch, 2), dtype="float32")

    def flops(self, batch):
        return linear_flops(batch, *SIZES)

    def step_flops(self):
        # Of real and fake: forward, both gradients. Between: forward, the gradient of x, and the two of that.
        both = 2 * (3 * linear_flops(self.batch, *SIZES) - linear_flops(self.batch, *SIZES[:2]))
        return both + 4 * linear_flops(self.batch, *SIZES)

    def network(self, torch):
        nn = torch.nn
        return nn.Sequential(
            nn.Linear(2, 128),
            nn.ReLU(),
            nn.Linear(128, 128),
            nn.ReLU(),
            nn.Linear(128, 128),
            nn.ReLU(),
            nn.Linear(128, 1),
        )

    def loss(self, torch, network, data):
        def slope(x):
            x.requires_grad_()
            return torch.autograd.grad(network(x).sum(), x, create_graph=True)[0]

        return self._loss(network, data, slope)

    def compilable_loss(self, torch, network, data):
        return self._loss(network, data, torch.func.grad(lambda x: network(x).sum()))

    def _loss(self, network, data, slope):
        real, fake, share = data["real"], data["fake"], data["share"]
        steepness = slope(share * real + (1 - share) * fake).pow(2).sum(1).sqrt()
        penalty = ((steepness - 1) ** 2).mean()
        return network(fake).mean() - network(real).mean() + PENALTY * penalty

    def jax_network(self, jax, weights, x):
        for name in "024":
            x = jax.nn.relu(linear(weights, name, x))
        return linear(weights, "6", x)

    def jax_loss(self, jax, weights, data):
        real, fake, share = data["real"], data["fake"], data["share"]
        slope = jax.grad(lambda x: self.jax_network(jax, weights, x).sum())(share * real + (1 - share) * fake)
        penalty = ((jax.numpy.sqrt((slope**2).sum(1)) - 1) ** 2).mean()
        critic = [self.jax_network(jax, weights, x).mean() for x in (fake, real)]
        return critic[0] - critic[1] + PENALTY * penalty

    def onnx(self, graph, x):
        for name in "024":
            x = graph.relu(graph.linear(x, name))
        return graph.linear(x, "6")


ROW = WGANGP()
