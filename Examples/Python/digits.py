"""Loads the net that Examples/C/digits.c trained: it must compute the same logits, bit for bit.

    python Examples/Python/digits.py --weights digits.weights.h5 [--data Examples/Data/digits.h5]
    python Examples/Python/digits.py --weights digits.weights.h5 --epochs 3 --out more.weights.h5

The C program writes, beside the weights, the logits of the test images as plain little-endian float32
(<weights>.logits). With --epochs the net is trained on, with --out saved, for `digits --load`; --pictures
FOLDER draws the loss and the confusion matrix, if matplotlib is there.
"""

import argparse
import sys

import numpy as np
import thalweg
from thalweg import io, nn, optim
from thalweg.data import DataLoader, HDF5Dataset

CLASSES, BATCH = 10, 32


def predict(net: nn.Module, images: thalweg.Tensor) -> np.ndarray:
    """The logits."""
    net.eval()
    with thalweg.no_grad():
        return net(images).numpy()


def main() -> int:
    """Prints the accuracy; 0 if every bit is the same."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weights", default="digits.weights.h5")
    parser.add_argument("--data", default="Examples/Data/digits.h5")
    parser.add_argument("--epochs", type=int, default=0)
    parser.add_argument("--out")
    parser.add_argument("--pictures")
    arguments = parser.parse_args()

    images = io.read_scaled(arguments.data, "test/images")
    labels = io.read(arguments.data, "test/labels").numpy()

    net = thalweg.load(arguments.weights)
    logits = predict(net, images)

    expected = np.fromfile(arguments.weights + ".logits", dtype="<f4").reshape(logits.shape)
    different = int((logits.view(np.uint32) != expected.view(np.uint32)).sum())
    print(f"Thalweg {thalweg.__version__} in Python {sys.version.split()[0]}")
    print(f"test accuracy: {(logits.argmax(1) == labels).mean():.4f}")
    print(f"logits that differ from the C program's in any bit: {different} of {logits.size}")

    losses = []
    if arguments.epochs:
        images_and_labels = HDF5Dataset(arguments.data, "train/images", "train/labels", scaled="train/images")
        batches = DataLoader(images_and_labels, BATCH, shuffle=True)
        adam = optim.Adam(net.parameters(), lr=5e-4)
        history = thalweg.fit(net, adam, batches, epochs=arguments.epochs)
        losses = history["loss"]
        logits = predict(net, images)
        print(
            f"test accuracy after {arguments.epochs} more epochs: {(logits.argmax(1) == labels).mean():.4f}"
        )
    if arguments.out:
        thalweg.save(net, arguments.out)
    if arguments.pictures:
        draw(arguments.pictures, losses, logits.argmax(1), labels)
    return 1 if different else 0


def draw(folder: str, losses: list[float], guesses: np.ndarray, labels: np.ndarray) -> None:
    """Saves the loss curve and the confusion matrix as pictures."""
    try:
        import matplotlib
    except ImportError:
        print("no pictures: matplotlib is not installed")
        return
    matplotlib.use("Agg")
    from pathlib import Path

    from matplotlib import pyplot

    Path(folder).mkdir(parents=True, exist_ok=True)
    if losses:
        pyplot.plot(range(1, len(losses) + 1), losses, marker="o")
        pyplot.xlabel("epoch")
        pyplot.ylabel("training loss")
        pyplot.savefig(f"{folder}/loss.png", dpi=120)
        pyplot.close()
    matrix = np.zeros((CLASSES, CLASSES), dtype=int)
    np.add.at(matrix, (labels, guesses), 1)
    pyplot.imshow(matrix, cmap="Blues")
    for (row, column), number in np.ndenumerate(matrix):
        if number:
            pyplot.text(column, row, number, ha="center", va="center")
    pyplot.xlabel("the net's digit")
    pyplot.ylabel("the right digit")
    pyplot.savefig(f"{folder}/confusion.png", dpi=120)
    pyplot.close()


if __name__ == "__main__":
    sys.exit(main())
