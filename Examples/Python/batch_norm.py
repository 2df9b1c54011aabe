"""A deep convolutional net at learning rates at which it fails without batch normalisation.

    python batch_norm.py [--data Examples/Data/digits.h5] [--epochs 6] [--out batch_norm.png]

Ten layers of 3 x 3 filters, drawn after He et al. 2015, learn handwritten digits, with batch
normalisation behind each (Ioffe & Szegedy 2015) and without, at four learning rates. Drawn are the losses on
the images trained on, and the norms of the gradients of all filters before the first step.
"""

from __future__ import annotations

import argparse
import math

import thalweg as tw
from thalweg import io, nn, optim

LAYERS, CHANNELS, BATCH, RATES = 10, 16, 32, (0.003, 0.03, 0.1, 0.3)


def network(norm: bool) -> nn.Module:
    """The filters, an average over each map, and a linear layer."""
    layers: list[nn.Module] = []
    for i in range(LAYERS):
        layers.append(nn.Conv2d(CHANNELS if i else 1, CHANNELS, 3, padding=1, bias=not norm))
        nn.init.kaiming_normal_(layers[-1].weight, nonlinearity="relu")
        if norm:
            layers.append(nn.BatchNorm2d(CHANNELS))
        layers.append(nn.ReLU())
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(CHANNELS, 10))


def gradients(net: nn.Module, images: tw.Tensor, labels: tw.Tensor) -> list[float]:
    """The norm of every filter layer's gradient, from the first to the last."""
    net.zero_grad()
    nn.functional.cross_entropy(net(images), labels).backward()
    return [tw.linalg.vector_norm(p.grad).item() for p in net.parameters() if p.ndim == 4]


def train(net: nn.Module, images: tw.Tensor, labels: tw.Tensor, rate: float, epochs: int) -> list[float]:
    """The mean loss of every epoch, until it is no number any more."""
    sgd = optim.SGD(net.parameters(), lr=rate, momentum=0.9)
    losses = []
    for _ in range(epochs):
        order, total = tw.randperm(len(images)), 0.0
        for start in range(0, len(images), BATCH):
            chosen = order[start : start + BATCH]
            sgd.zero_grad()
            loss = nn.functional.cross_entropy(net(images[chosen]), labels[chosen])
            loss.backward()
            sgd.step()
            total += loss.item() * len(chosen)
        losses.append(total / len(images))
        if not math.isfinite(total):
            break
    return losses


def main() -> None:
    """Prints the losses and draws both pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="Examples/Data/digits.h5")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--out", default="batch_norm.png")
    options = parser.parse_args()
    grey = io.read_scaled(options.data, "train/images")
    images = (grey - grey.mean()) / grey.std()
    labels = io.read(options.data, "train/labels").long()

    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(13, 5), layout="constrained")
    print(f"{'':28}{'learning rate':>14}   loss after each epoch")
    for kind, norm in (("without normalisation", False), ("with", True)):
        style = "-" if norm else "--"
        for rate in RATES:
            tw.manual_seed(0)
            losses = train(network(norm), images, labels, rate, options.epochs)
            print(f"{kind:28}{rate:14g}   " + " ".join(f"{loss:.3f}" for loss in losses), flush=True)
            left.plot(range(1, len(losses) + 1), losses, style, marker="o", label=f"{kind}, {rate:g}")
        tw.manual_seed(0)
        norms = gradients(network(norm), images[:BATCH], labels[:BATCH])
        right.semilogy(range(1, LAYERS + 1), norms, style, label=kind)
    left.set(xlabel="epoch", ylabel="loss on the images trained on", ylim=(0, 3))
    left.legend()
    right.set(xlabel="layer", ylabel="norm of the gradient of the filters at first")
    right.legend()
    figure.savefig(options.out, dpi=100)
    print(options.out)


if __name__ == "__main__":
    main()
