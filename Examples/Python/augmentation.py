"""Few samples, and the same few moved about: what random shifts are worth.

    python augmentation.py [--data Examples/Data/digits.h5] [--samples 200] [--epochs 40] [--seeds 5]

The training images of the handwritten digits are split, stratified by class, into a few to train on and the
rest to validate. A small convolutional net is trained on those few as they are, and with each image moved by
up to a pixel whenever it comes; both for several splits. Printed: the accuracy on the test images, which
neither has seen, of each split and in the mean.
"""

from __future__ import annotations

import argparse
import statistics

import thalweg as tw
from thalweg import io, nn, optim, transforms
from thalweg.data import DataLoader, HDF5Dataset, random_split


def net() -> nn.Module:
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


def main() -> None:
    """Trains and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="Examples/Data/digits.h5")
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()

    images = HDF5Dataset(arguments.data, "train/images", "train/labels", scaled="train/images")
    unseen = HDF5Dataset(arguments.data, "test/images", "test/labels", scaled="test/images")
    labels = io.read(arguments.data, "train/labels")
    plain, moved = [], []
    for seed in range(arguments.seeds):
        sizes = [arguments.samples, len(images) - arguments.samples]
        few, rest = random_split(images, sizes, tw.generator(seed), stratify=labels)
        normalize = transforms.Normalize(*DataLoader(few, 32).statistics())
        shift = transforms.RandomAffine(translate=(1 / 8, 1 / 8))
        for results, changes in ((plain, [normalize]), (moved, [shift, normalize])):
            tw.manual_seed(seed)
            model = net()
            adam = optim.Adam(model.parameters(), lr=2e-3)
            change = transforms.Compose(changes)
            batches = DataLoader(few, 16, shuffle=True, transform=change)
            checks = DataLoader(rest, 128, transform=change, augment=False)
            tw.fit(model, adam, batches, validation=checks, epochs=arguments.epochs, verbose=False)
            results.append(tw.evaluate(model, DataLoader(unseen, 364, transform=normalize))[1])
        print(f"split {seed}: {plain[-1]:.4f} as they are, {moved[-1]:.4f} moved")
    means = [statistics.mean(results) for results in (plain, moved)]
    print(f"{arguments.samples} images: {means[0]:.4f} as they are, {means[1]:.4f} moved")


if __name__ == "__main__":
    main()
