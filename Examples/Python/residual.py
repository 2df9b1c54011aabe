"""Plain against residual nets of growing depth: what is learnt, and what gradients the layers get.

    python residual.py [--data Examples/Data/digits.h5] [--epochs 6] [--out residual.png]

The nets are He et al.'s for small images (2016, "Deep residual learning for image recognition", 4.2): 6 n + 2
layers of 3 x 3 filters with batch normalisation, plain ones and ones with a shortcut around every pair. They
learn handwritten digits with the same seed and the same optimiser. The error on the images trained on grows
with the depth of the plain nets, which could have learnt to do nothing in their additional layers; it does
not with shortcuts. The second picture has the norms of the gradients of all filters before the first step,
without normalisation: without shortcuts they depend on what all layers behind do to them.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import thalweg as tw
from thalweg import io, nn, optim
from thalweg.nn import models

DEPTHS, BATCH = (8, 20, 32, 56), 64


def load(path: str) -> tuple[tw.Tensor, tw.Tensor]:
    """Images [n, 3, 8, 8] about 0, the grey values thrice, and labels [n]."""
    grey = io.read_scaled(path, "train/images")
    images = ((grey - grey.mean()) / grey.std()).expand(-1, 3, 8, 8).contiguous()
    return images, io.read(path, "train/labels").long()


def train(net: nn.Module, images: tw.Tensor, labels: tw.Tensor, epochs: int) -> tuple[float, float]:
    """Mean loss and error over the last epoch, on the images trained on."""
    sgd = optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    losses, wrong = [], 0
    for epoch in range(epochs):
        order = tw.randperm(len(images))
        for start in range(0, len(images), BATCH):
            chosen = order[start : start + BATCH]
            sgd.zero_grad()
            logits = net(images[chosen])
            loss = nn.functional.cross_entropy(logits, labels[chosen])
            loss.backward()
            sgd.step()
            if epoch == epochs - 1:
                losses.append(loss.item() * len(chosen))
                wrong += int((logits.detach().argmax(1) != labels[chosen]).sum())
    return sum(losses) / len(images), wrong / len(images)


def filter_gradients(net: nn.Module, images: tw.Tensor, labels: tw.Tensor) -> np.ndarray:
    """The norm of the gradient of every layer of filters, from the first to the last."""
    net.zero_grad()
    nn.functional.cross_entropy(net(images), labels).backward()
    weights = [p for p in net.parameters() if p.ndim == 4]
    return np.array([tw.linalg.vector_norm(weight.grad).item() for weight in weights])


def main() -> None:
    """Prints the table and draws both pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="Examples/Data/digits.h5")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--out", default="residual.png")
    options = parser.parse_args()
    images, labels = load(options.data)

    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(13, 5), layout="constrained")
    heading = f"{'':10}{'depth':>6}{'parameters':>12}{'loss':>9}{'error':>8}"
    print(f"{heading}{'gradient, first / last filters':>32}{'s':>7}")
    for kind, residual in (("plain", False), ("residual", True)):
        errors = []
        for depth in DEPTHS:
            start = time.perf_counter()
            tw.manual_seed(0)
            net = models.cifar(depth, residual=residual)
            gradients = filter_gradients(net, images[:BATCH], labels[:BATCH])
            loss, error = train(net, images, labels, options.epochs)
            errors.append(error)
            count = sum(p.numel() for p in net.parameters())
            print(
                f"{kind:10}{depth:6}{count:12,}{loss:9.4f}{error:8.4f}{gradients[0] / gradients[-1]:32.3g}"
                f"{time.perf_counter() - start:7.1f}",
                flush=True,
            )
            place = np.linspace(0, 1, len(gradients))
            right.semilogy(place, gradients, "-" if residual else "--", label=f"{kind} {depth}")
        left.plot(DEPTHS, errors, "o-", label=kind)
    left.set(
        xlabel="layers", ylabel=f"error on the images trained on, epoch {options.epochs}", ylim=(0, None)
    )
    left.legend()
    right.set(xlabel="filters, from the first (0) to the last (1)", ylabel="norm of the gradient at first")
    right.legend(ncols=2)
    figure.savefig(options.out, dpi=100)
    print(options.out)


if __name__ == "__main__":
    main()
