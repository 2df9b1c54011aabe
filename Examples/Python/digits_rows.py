"""Handwritten digits read row by row: recurrent nets that see eight pixels at a time.

    python digits_rows.py [--data Examples/Data/digits.h5] [--epochs 12] [--out digits_rows.png]

After each of the eight rows a linear layer says which digit it may be. It is trained on what it says after
the last one; the picture has the accuracy after every row, on images it has not seen.
"""

from __future__ import annotations

import argparse
import time

import thalweg as tw
from thalweg import io, nn, optim
from thalweg.data import DataLoader, HDF5Dataset

HIDDEN, BATCH = 64, 32


def main() -> None:
    """Trains three nets and draws how sure they become."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="Examples/Data/digits.h5")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--out", default="digits_rows.png")
    options = parser.parse_args()
    digits = HDF5Dataset(options.data, "train/images", "train/labels", scaled="train/images")
    images = io.read_scaled(options.data, "test/images").flatten(1, 2)  # [n, 8 rows, 8 pixels]
    labels = io.read(options.data, "test/labels")

    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(layout="constrained")
    print(f"{'':6}{'parameters':>12}{'loss':>9}{'test accuracy':>15}{'s':>7}")
    for kind in (nn.RNN, nn.GRU, nn.LSTM):
        tw.manual_seed(1)
        reader, head = kind(8, HIDDEN, batch_first=True, return_sequences=False), nn.Linear(HIDDEN, 10)
        net = nn.Sequential(nn.Flatten(1, 2), reader, head)
        adam = optim.Adam(net.parameters(), lr=5e-3)
        start = time.perf_counter()
        batches = DataLoader(digits, BATCH, shuffle=True, seed=1)
        history = tw.fit(net, adam, batches, epochs=options.epochs, verbose=False)
        seconds = time.perf_counter() - start
        net.eval()
        with tw.no_grad():
            states, _ = reader(images)  # after every row
            guesses = head(states).argmax(-1)
        right = (guesses == labels.long().reshape(-1, 1)).float().mean(0).numpy()
        count = sum(p.numel() for p in net.parameters())
        print(f"{kind.__name__:6}{count:12,}{history['loss'][-1]:9.4f}{right[-1]:15.4f}{seconds:7.1f}")
        axes.plot(range(1, 9), right, "o-", label=kind.__name__)
    axes.set(xlabel="rows read", ylabel="share of digits that are known", ylim=(0, 1))
    axes.legend()
    figure.savefig(options.out, dpi=100)
    print(options.out)


if __name__ == "__main__":
    main()
