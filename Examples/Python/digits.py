"""Goes on with the net that Examples/C/digits.c trained: it must compute the same logits, bit for bit.

    python Examples/Python/digits.py --model digits.model.h5 [--data Examples/Data/digits.h5]
    python Examples/Python/digits.py --model digits.model.h5 --epochs 3 --out more.model.h5 --pictures .

The C program writes, beside the model, the logits of the test images as plain little-endian float32
(<model>.logits) and loss and accuracy of each epoch (<model>.history). With --epochs the net is trained on,
with --out saved, and its logits beside it, for `digits --load`; --pictures FOLDER draws the loss and the
confusion matrix (needs matplotlib).
"""

import argparse
import csv
import sys
from pathlib import Path

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
    parser.add_argument("--model", default="digits.model.h5")
    parser.add_argument("--data", default="Examples/Data/digits.h5")
    parser.add_argument("--epochs", type=int, default=0)
    parser.add_argument("--out")
    parser.add_argument("--pictures")
    arguments = parser.parse_args()

    images = io.read_scaled(arguments.data, "test/images")
    labels = io.read(arguments.data, "test/labels").numpy()

    net = thalweg.load(arguments.model)
    logits = predict(net, images)

    expected = np.fromfile(arguments.model + ".logits", dtype="<f4").reshape(logits.shape)
    different = int((logits.view(np.uint32) != expected.view(np.uint32)).sum())
    print(f"Thalweg {thalweg.__version__} in Python {sys.version.split()[0]}")
    print(f"test accuracy: {accuracy(logits, labels):.4f}")
    print(f"logits that differ from the C program's in any bit: {different} of {logits.size}")

    with open(arguments.model + ".history", newline="") as file:
        losses = [float(row["loss"]) for row in csv.DictReader(file)]
    if arguments.epochs:
        training_set = HDF5Dataset(arguments.data, "train/images", "train/labels", scaled="train/images")
        batches = DataLoader(training_set, BATCH, shuffle=True)
        adam = optim.Adam(net.parameters(), lr=5e-4)
        losses += thalweg.fit(net, adam, batches, epochs=arguments.epochs)["loss"]
        logits = predict(net, images)
        print(f"test accuracy after {arguments.epochs} more epochs: {accuracy(logits, labels):.4f}")
    if arguments.out:
        thalweg.save(net, arguments.out)
        logits.astype("<f4").tofile(arguments.out + ".logits")
    if arguments.pictures:
        draw(Path(arguments.pictures), losses, logits.argmax(1), labels)
    return 1 if different else 0


def accuracy(logits: np.ndarray, labels: np.ndarray) -> float:
    """The share of right guesses."""
    return (logits.argmax(1) == labels).mean()


def draw(folder: Path, losses: list[float], guesses: np.ndarray, labels: np.ndarray) -> None:
    """Saves the loss curve and the confusion matrix as pictures."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    figure, axes = pyplot.subplots()
    axes.semilogy(range(1, len(losses) + 1), losses, marker="o")
    axes.set(xlabel="epoch", ylabel="training loss")
    axes.grid(True, alpha=0.3)
    figure.savefig(folder / "loss.png", dpi=120)

    matrix = np.zeros((CLASSES, CLASSES), dtype=int)
    np.add.at(matrix, (labels, guesses), 1)
    figure, axes = pyplot.subplots()
    axes.imshow(matrix, cmap="Blues")
    for (row, column), number in np.ndenumerate(matrix):
        if number:
            color = "white" if number > matrix.max() / 2 else "black"
            axes.text(column, row, number, ha="center", va="center", color=color)
    axes.set(xlabel="the net's digit", ylabel="the right digit", xticks=range(CLASSES), yticks=range(CLASSES))
    figure.savefig(folder / "confusion.png", dpi=120)
    print(f"pictures: {folder / 'loss.png'}, {folder / 'confusion.png'}")


if __name__ == "__main__":
    sys.exit(main())
