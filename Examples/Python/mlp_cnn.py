"""A multilayer perceptron and a convolutional net on the same images with the same training.

    python mlp_cnn.py [--data Examples/Data/digits.h5] [--epochs 30] [--out mlp_cnn.png]

Printed for each: parameters, multiply-adds for one image, accuracy on the images trained on and on others,
and how far the features of an image shifted by a pixel are from the shifted features of the image. Drawn:
accuracy by epoch. The perceptron has more parameters, and a larger gap between both accuracies; the
convolutional net has its weights shared among all places, and its features move with the image.
"""

from __future__ import annotations

import argparse

import numpy as np
import thalweg as tw
from thalweg import io, nn, optim

BATCH = 32


def perceptron() -> nn.Module:
    """64-128-128-10."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10)
    )


def convolutional() -> nn.Module:
    """Two convolutions of 3 x 3 with a pool between, and one linear layer."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(128, 10),
    )


def multiply_adds(net: nn.Module, image: tw.Tensor) -> int:
    """Of one image: for each layer with a weight, its size times the places that it is used at."""
    total = 0
    for layer in net:
        image = layer(image)
        if hasattr(layer, "weight"):
            total += layer.weight.numel() * (image.shape[2] * image.shape[3] if image.ndim == 4 else 1)
    return total


def accuracy(net: nn.Module, images: tw.Tensor, labels: np.ndarray) -> float:
    """The share of images whose largest logit is the right one's."""
    with tw.no_grad():
        return float((net(images).numpy().argmax(1) == labels).mean())


def movement(first: nn.Module, images: tw.Tensor) -> float:
    """How far the features of shifted images are from shifted features, beside the features' own size."""
    moved = tw.zeros_like(images)
    moved[:, :, :, 1:] = images[:, :, :, :-1]
    with tw.no_grad():
        here, there = (first(x).numpy() for x in (images, moved))
    if here.ndim == 2:  # a perceptron's hidden units, as a picture of as many columns as the image has
        here, there = (x.reshape(len(x), 1, -1, 8) for x in (here, there))
    here, there = here[..., 1:-2], there[..., 2:-1]  # away from the border
    return float(np.linalg.norm(there - here) / np.linalg.norm(here))


def train(net: nn.Module, images: tw.Tensor, labels: tw.Tensor, test: tuple, epochs: int) -> list[tuple]:
    """Accuracy on both sets after each epoch of Adam."""
    adam = optim.Adam(net.parameters(), lr=2e-3)
    truth, history = labels.numpy(), []
    for _ in range(epochs):
        order = tw.randperm(len(images))
        for start in range(0, len(images), BATCH):
            chosen = order[start : start + BATCH]
            adam.zero_grad()
            nn.functional.cross_entropy(net(images[chosen]), labels[chosen]).backward()
            adam.step()
        history.append((accuracy(net, images, truth), accuracy(net, *test)))
    return history


def main() -> None:
    """Prints the table and draws the accuracies."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="Examples/Data/digits.h5")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--out", default="mlp_cnn.png")
    options = parser.parse_args()

    images = io.read_scaled(options.data, "train/images")
    labels = io.read(options.data, "train/labels").long()
    test = (io.read_scaled(options.data, "test/images"), io.read(options.data, "test/labels").numpy())

    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 5.5), layout="constrained")
    print(
        f"{'':16}{'parameters':>12}{'multiply-adds':>15}{'trained on':>12}{'others':>9}{'moved features':>16}"
    )
    for name, make in (("MLP", perceptron), ("CNN", convolutional)):
        tw.manual_seed(0)
        net = make()
        history = train(net, images, labels, test, options.epochs)
        features = net[0] if name == "CNN" else nn.Sequential(net[0], net[1])
        print(
            f"{name:16}{sum(p.numel() for p in net.parameters()):12,}{multiply_adds(net, images[:1]):15,}"
            f"{history[-1][0]:12.4f}{history[-1][1]:9.4f}{movement(features, test[0]):16.1e}"
        )
        epochs = range(1, options.epochs + 1)
        (line,) = axes.plot(epochs, [h[0] for h in history], "--", label=f"{name}, trained on")
        axes.plot(epochs, [h[1] for h in history], color=line.get_color(), label=f"{name}, others")
    axes.set(xlabel="epoch", ylabel="accuracy", ylim=(0.85, 1.005))
    axes.legend()
    figure.savefig(options.out, dpi=100)
    print(options.out)


if __name__ == "__main__":
    main()
