"""A verb agrees with its subject, however many other nouns stand between: accuracy against distance.

    python agreement.py [--out agreement.png]

Sentences like "the dog near the cats behind the cars sleeps" (after Linzen, Dupoux & Goldberg 2016,
"Assessing the ability of LSTMs to learn syntax-sensitive dependencies"): the verb's number is the first
noun's, not the last one's. Language models learn to predict every next word of sentences that are mostly
short, as they are in texts: each further noun halves their number. Then they are asked for the verb where
all nouns between have the other number: syntax against what was seen last. Who goes by the last noun is
always wrong there, who forgets is right half the time. Shares are means over five nets.
"""

from __future__ import annotations

import argparse

import numpy as np
import thalweg as tw
from thalweg import nn, optim
from thalweg.nn import functional

NOUNS = ("cat", "dog", "car", "bird", "tree", "girl", "king", "boat")
VERBS = ("sleep", "fall", "wait", "shine", "move", "hide")
PLACES = ("near", "behind", "with")
WORDS = ("the", *PLACES, *NOUNS, *(n + "s" for n in NOUNS), *(v + "s" for v in VERBS), *VERBS)
FIRST_NOUN, FIRST_VERB = 1 + len(PLACES), 1 + len(PLACES) + 2 * len(NOUNS)
BATCH, HIDDEN, MOST = 32, 32, 12
BUDGETS = (300, 600, 1200)  # batches
NETS = 5


def sentences(random: np.random.Generator, between: int, count: int, adverse: bool) -> np.ndarray:
    """Words [T, count], the verb being the last; `adverse`: the nouns between have the other number."""
    plural = random.integers(0, 2, (between + 1, count))
    if adverse:
        plural[1:] = 1 - plural[0]
    words = np.zeros((3 * between + 3, count), np.int64)  # "the" is 0
    words[1:-1:3] = FIRST_NOUN + random.integers(0, len(NOUNS), plural.shape) + plural * len(NOUNS)
    words[2:-1:3] = random.integers(1, 1 + len(PLACES), (between, count))
    words[-1] = FIRST_VERB + random.integers(0, len(VERBS), count) + plural[0] * len(VERBS)
    return words


class Model(nn.Module):
    """Words in, logits of the next words out."""

    def __init__(self, kind: type[nn.Module]) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(WORDS), 24)
        self.layer = kind(24, HIDDEN)
        self.head = nn.Linear(HIDDEN, len(WORDS))

    def forward(self, words: tw.Tensor) -> tw.Tensor:
        """[T, B] to [T, B, words]."""
        return self.head(self.layer(self.embedding(words))[0])


def train(model: Model, adam: optim.Adam, random: np.random.Generator, batches: int) -> None:
    """Some batches more, the sentences of each with as many nouns between."""
    for _ in range(batches):
        between = min(int(random.geometric(0.5)) - 1, MOST)
        words = tw.from_numpy(sentences(random, between, BATCH, adverse=False))
        adam.zero_grad()
        loss = functional.cross_entropy(model(words[:-1]).flatten(0, 1), words[1:].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()


def accuracy(model: Model, between: int) -> float:
    """How often the verbs of the right number get the greater probability."""
    words = sentences(np.random.default_rng(2), between, 500, adverse=True)
    with tw.no_grad():
        chances = model(tw.from_numpy(words[:-1]))[-1].softmax(-1).numpy()
    singular = chances[:, FIRST_VERB : FIRST_VERB + len(VERBS)].sum(1)
    plural = chances[:, FIRST_VERB + len(VERBS) :].sum(1)
    return float(((plural > singular) == (words[-1] >= FIRST_VERB + len(VERBS))).mean())


def learn(kind: type[nn.Module], seed: int, distances: range) -> list[list[float]]:
    """The accuracies of one net at all distances, after each number of batches."""
    tw.manual_seed(seed)
    model, random = Model(kind), np.random.default_rng(seed)
    adam = optim.Adam(model.parameters(), lr=5e-3)
    shares, done = [], 0
    for budget in BUDGETS:
        train(model, adam, random, budget - done)
        done = budget
        shares.append([accuracy(model, distance) for distance in distances])
    return shares


def main() -> None:
    """Prints the table and draws it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="agreement.png")
    options = parser.parse_args()

    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, all_axes = pyplot.subplots(1, 3, figsize=(14, 4), sharey=True, layout="constrained")
    distances = range(0, 21, 2)
    example = " ".join(WORDS[word] for word in sentences(np.random.default_rng(5), 3, 1, True)[:, 0])
    print(f"{example}\n\n{'nouns between':24}" + "".join(f"{d:6}" for d in distances))
    for kind in (nn.RNN, nn.GRU, nn.LSTM):
        shares = np.mean([learn(kind, seed, distances) for seed in range(NETS)], 0)
        for axes, budget, row in zip(all_axes, BUDGETS, shares, strict=True):
            print(f"{kind.__name__:5}{budget:5} batches      " + "".join(f"{share:6.2f}" for share in row))
            axes.plot(distances, row, "o-", label=kind.__name__)
    for axes, budget in zip(all_axes, BUDGETS, strict=True):
        axes.set(title=f"{budget} batches", xlabel="nouns of the other number between", ylim=(0, 1.02))
    all_axes[0].set_ylabel("verbs that agree")
    all_axes[0].legend()
    figure.savefig(options.out, dpi=100)
    print(options.out)


if __name__ == "__main__":
    main()
