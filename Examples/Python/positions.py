"""Positional embeddings, sinusoidal and learned, added and concatenated.

    python positions.py [--out positions.png]

They are redundant in a recurrent net and needed where nothing else tells the order. Sentences of 16 words,
one of which is the mark: at which place is it? A GRU counts on its own, and may be told all the same. A net
that sees the words one by one and averages what it makes of them gives the same for every order of the
words (its output is permutation-invariant): without positions it can only guess, and is right once in 16
times.
"""

from __future__ import annotations

import argparse

import numpy as np
import thalweg as tw
from thalweg import nn, optim
from thalweg.nn import functional

LENGTH, WORDS, BATCH, SIZE = 16, 8, 32, 32  # the mark is word 8
FORMS = {
    "none": None,
    "sinusoidal, added": lambda: nn.PositionalEncoding(SIZE, LENGTH),
    "sinusoidal, concatenated": lambda: nn.PositionalEncoding(SIZE, LENGTH, concatenate=True),
    "learned, added": lambda: nn.PositionalEmbedding(LENGTH, SIZE),
    "learned, concatenated": lambda: nn.PositionalEmbedding(LENGTH, SIZE, concatenate=True),
}


def sentences(random: np.random.Generator, count: int) -> tuple[tw.Tensor, tw.Tensor]:
    """Words [count, LENGTH], and the mark's places [count]."""
    words, places = random.integers(0, WORDS, (count, LENGTH)), random.integers(0, LENGTH, count)
    words[np.arange(count), places] = WORDS
    return tw.from_numpy(words), tw.from_numpy(places)


class Net(nn.Module):
    """A place's scores from the GRU's last state, or from the words' mean."""

    def __init__(self, form: str, is_recurrent: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS + 1, SIZE)
        make = FORMS[form]
        self.positions = nn.Identity() if make is None else make()
        wide = 2 * SIZE if "concatenated" in form else SIZE
        self.layer = nn.GRU(wide, SIZE, batch_first=True) if is_recurrent else nn.Linear(wide, SIZE)
        self.head = nn.Linear(SIZE, LENGTH)
        self.is_recurrent = is_recurrent

    def forward(self, words: tw.Tensor) -> tw.Tensor:
        """[B, LENGTH] to [B, LENGTH]."""
        vectors = self.positions(self.embedding(words))
        if self.is_recurrent:
            return self.head(self.layer(vectors)[0][:, -1])
        return self.head(self.layer(vectors).relu().mean(1))


def learn(form: str, is_recurrent: bool, batches: int = 1000) -> tuple[list[float], float]:
    """The losses, and the share of right places of fresh sentences."""
    tw.manual_seed(1)
    random, net = np.random.default_rng(1), Net(form, is_recurrent)
    adam, losses = optim.Adam(net.parameters(), lr=5e-3), []
    for _ in range(batches):
        words, places = sentences(random, BATCH)
        adam.zero_grad()
        loss = functional.cross_entropy(net(words), places)
        loss.backward()
        adam.step()
        losses.append(loss.item())
    words, places = sentences(random, 1000)
    with tw.no_grad():
        return losses, (net(words).argmax(1) == places).float().mean().item()


def main() -> None:
    """Prints the table and draws how the losses fall."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="positions.png")
    options = parser.parse_args()

    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, all_axes = pyplot.subplots(1, 2, figsize=(11, 4), sharey=True, layout="constrained")
    print(f"{'positions':26}{'GRU':>8}{'words averaged':>17}")
    for form in FORMS:
        shares = []
        for axes, is_recurrent in zip(all_axes, (True, False), strict=True):
            losses, share = learn(form, is_recurrent)
            shares.append(share)
            axes.plot(np.convolve(losses, np.full(20, 0.05), "valid"), label=form)
        print(f"{form:26}{shares[0]:8.3f}{shares[1]:17.3f}", flush=True)
    for axes, title in zip(all_axes, ("GRU", "words averaged"), strict=True):
        axes.set(title=title, xlabel="batches", ylabel="cross-entropy")
    all_axes[0].legend()
    figure.savefig(options.out, dpi=100)
    print(options.out)


if __name__ == "__main__":
    main()
