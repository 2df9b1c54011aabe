"""Normalisation inside a recurrent net whose recurrent weights are too small, right, and too large.

    python recurrent_norm.py [--data Examples/Data/digits.h5] [--epochs 10] [--out recurrent_norm.png]

Handwritten digits are read a pixel at a time, in 64 steps h = tanh(norm(W h + U x + b)): without
normalisation; with that of each state (layer normalisation: Ba, Kiros & Hinton 2016); with that of each unit
over the batch, with its own statistics at each step, whose scale starts at 1, or at 0.1, so that tanh does
not saturate (recurrent batch normalisation: Cooijmans et al. 2017). W starts as an orthogonal matrix times
1/4, 1 or 4. Drawn are the norms of the loss's gradients of the states before any training, and the losses.
"""

from __future__ import annotations

import argparse

import thalweg as tw
from thalweg import io, nn, optim
from thalweg.nn import functional as F

STEPS, HIDDEN, CLASSES, BATCH, PROBE, GAINS = 64, 64, 10, 32, 256, (0.25, 1.0, 4.0)
KINDS = {
    "without normalisation": ("none", 1.0),
    "layer normalisation": ("layer", 1.0),
    "batch, scale from 1": ("batch", 1.0),
    "batch, scale from 0.1": ("batch", 0.1),
}


class Recurrent(nn.Module):
    """Reads pixels [n, 64] one by one; logits [n, 10]."""

    def __init__(self, norm: str, scale: float, gain: float) -> None:
        self.norm = norm
        self.recurrent = nn.Linear(HIDDEN, HIDDEN, bias=False)
        self.input = nn.Linear(1, HIDDEN)
        self.head = nn.Linear(HIDDEN, CLASSES)
        self.scale = nn.Parameter(tw.full((HIDDEN,), scale))
        self.shift = nn.Parameter(tw.zeros(HIDDEN))
        nn.init.orthogonal_(self.recurrent.weight, gain)
        self.means = [tw.zeros(HIDDEN) for _ in range(STEPS)]
        self.variances = [tw.ones(HIDDEN) for _ in range(STEPS)]

    def normalised(self, sums: tw.Tensor, step: int) -> tw.Tensor:
        """The sums [n, 64] of a step, normalised."""
        if self.norm == "layer":
            return F.layer_norm(sums, (HIDDEN,), self.scale, self.shift)
        if self.norm == "batch":
            mean, variance = self.means[step], self.variances[step]
            return F.batch_norm(sums, mean, variance, self.scale, self.shift, training=self.training)
        return sums

    def states(self, pixels: tw.Tensor) -> list[tw.Tensor]:
        """The states [n, 64] after each step."""
        states = [tw.zeros(len(pixels), HIDDEN)]
        for step in range(STEPS):
            sums = self.recurrent(states[-1]) + self.input(pixels[:, step : step + 1])
            states.append(tw.tanh(self.normalised(sums, step)))
        return states[1:]

    def forward(self, pixels: tw.Tensor) -> tw.Tensor:
        """What the last state says."""
        return self.head(self.states(pixels)[-1])


def gradients(net: Recurrent, pixels: tw.Tensor, labels: tw.Tensor) -> list[float]:
    """The norm of the loss's gradient of each state."""
    states = net.states(pixels)
    found = tw.autograd.grad(F.cross_entropy(net.head(states[-1]), labels), states)
    return [tw.linalg.vector_norm(gradient).item() for gradient in found]


def train(net: Recurrent, pixels: tw.Tensor, labels: tw.Tensor, epochs: int) -> list[float]:
    """The mean loss of every epoch."""
    adam = optim.Adam(net.parameters(), lr=3e-3)
    losses = []
    for _ in range(epochs):
        order, sums = tw.randperm(len(pixels)), []
        for chosen in order[: len(order) // BATCH * BATCH].reshape(-1, BATCH):
            adam.zero_grad()
            loss = F.cross_entropy(net(pixels[chosen]), labels[chosen])
            loss.backward()
            adam.step()
            sums.append(loss.item())
        losses.append(sum(sums) / len(sums))
    return losses


def main() -> None:
    """Prints the figures and draws the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="Examples/Data/digits.h5")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--out", default="recurrent_norm.png")
    options = parser.parse_args()
    sets = {}
    for part in ("train", "test"):
        grey = io.read_scaled(options.data, f"{part}/images").flatten(1)
        sets[part] = (grey - grey.mean()) / grey.std(), io.read(options.data, f"{part}/labels").long()
    pixels, labels = sets["train"]

    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, len(GAINS), figsize=(15, 8), layout="constrained", sharey="row")
    print(f"{'':24}{'W':>6}   gradient of state 1, {STEPS // 2}, {STEPS} at first{'loss':>6}{'accuracy':>10}")
    for column, gain in enumerate(GAINS):
        above, below = axes[:, column]
        for name, (norm, scale) in KINDS.items():
            tw.manual_seed(0)
            net = Recurrent(norm, scale, gain)
            norms = gradients(net, pixels[:PROBE], labels[:PROBE])
            losses = train(net, pixels, labels, options.epochs)
            net.eval()
            with tw.no_grad():
                right = (net(sets["test"][0]).argmax(1) == sets["test"][1]).float().mean().item()
            shown = "".join(f"{norms[i]:12.2g}" for i in (0, STEPS // 2 - 1, STEPS - 1))
            print(f"{name:24}{gain:6g}{shown}{losses[-1]:9.3f}{right:10.3f}", flush=True)
            above.semilogy(range(1, STEPS + 1), norms, label=name)
            below.plot(range(1, len(losses) + 1), losses, label=name)
        above.set(title=f"W orthogonal times {gain:g}", xlabel="step", ylim=(1e-20, 1e12))
        below.set(xlabel="epoch", ylim=(0, 2.5))
    axes[0, 0].set_ylabel("gradient of the state at first")
    axes[1, 0].set_ylabel("loss on the images trained on")
    axes[0, 0].legend()
    figure.savefig(options.out, dpi=100)
    print(options.out)


if __name__ == "__main__":
    main()
