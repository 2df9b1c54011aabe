"""Loads the perceptron that Examples/C/digits.c trained: it must compute the same logits, bit for bit.

    python Examples/Python/digits.py --weights digits.weights.h5 [--data Examples/Data/digits.h5]

The C program writes, beside the weights, the logits of the test images as plain little-endian float32
(<weights>.logits).
"""

import argparse
import sys

import numpy as np
import thalweg
from thalweg import io, nn

HIDDEN, CLASSES = 128, 10


def main() -> int:
    """Prints the accuracy; 0 if every bit is the same."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weights", default="digits.weights.h5")
    parser.add_argument("--data", default="Examples/Data/digits.h5")
    arguments = parser.parse_args()

    images = io.read_scaled(arguments.data, "test/images").flatten(1)
    labels = io.read(arguments.data, "test/labels").numpy()

    net = nn.Sequential(nn.Linear(64, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, CLASSES))
    io.load_weights(net, arguments.weights)
    with thalweg.no_grad():
        logits = net(images).numpy()

    expected = np.fromfile(arguments.weights + ".logits", dtype="<f4").reshape(logits.shape)
    different = int((logits.view(np.uint32) != expected.view(np.uint32)).sum())
    print(f"Thalweg {thalweg.__version__} in Python {sys.version.split()[0]}")
    print(f"test accuracy: {(logits.argmax(1) == labels).mean():.4f}")
    print(f"logits that differ from the C program's in any bit: {different} of {logits.size}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
