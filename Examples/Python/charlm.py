"""A language model of characters: two layers of LSTM learn a text that every Debian machine has, and go on.

    python charlm.py [--text /usr/share/common-licenses/GPL-3] [--epochs 22] [--out charlm.png]

The text is cut into parallel streams; their next 50 characters are a batch, and the net's state is carried
from batch to batch while gradients stop at its edges (truncated backpropagation through time). Gradients
are clipped. The last tenth of the text is held out: after the license itself come the hints how to apply
it, which the net has not seen the like of. Then the net goes on with a beginning, a character at a time,
drawn from the most probable ones (Holtzman et al. 2020).
"""

from __future__ import annotations

import argparse
import math
import time

import thalweg as tw
from thalweg import nn, optim
from thalweg.text import Text, TextLoader

STREAMS, LENGTH, HIDDEN = 32, 50, 128


def bits(net: nn.Module, input: tw.Tensor, target: tw.Tensor) -> tw.Tensor:
    """The mean cross-entropy of the next characters, in bits."""
    return nn.functional.cross_entropy(net(input).flatten(0, 1), target.flatten()) / math.log(2)


def held_out(net: nn.Module, loader: TextLoader) -> float:
    """The bits a character of a text that is not trained on."""
    net.eval().reset_state()
    with tw.no_grad():
        parts = [(bits(net, x, y).item(), y.numel()) for x, y in loader]
    net.train()
    return sum(value * count for value, count in parts) / sum(count for _, count in parts)


def go_on(net: nn.Module, text: Text, beginning: str, count: int, temperature: float, top_p: float) -> str:
    """`beginning` and `count` characters more."""
    net.eval().reset_state()
    drawn = []
    with tw.no_grad():
        logits = net(text.encode(beginning).reshape(-1, 1))[-1]
        for _ in range(count):
            symbol = logits.sample(temperature, top_p=top_p)  # [1]: of one stream
            drawn.append(symbol.item())
            logits = net(symbol.reshape(1, 1))[-1]
    return beginning + text.decode(drawn)


def main() -> None:
    """Trains, tests, writes; draws the bits over the epochs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", default="/usr/share/common-licenses/GPL-3")
    parser.add_argument("--epochs", type=int, default=22)
    parser.add_argument("--out", default="charlm.png")
    options = parser.parse_args()

    tw.manual_seed(1)
    text = Text(options.text)
    training = TextLoader(text, STREAMS, LENGTH, last=0.9, batch_first=False)
    validation = TextLoader(text, 1, 500, first=0.9, batch_first=False)
    net = nn.Sequential(
        nn.Embedding(text.vocabulary_size, 64),
        nn.LSTM(64, HIDDEN, 2, dropout=0.2),
        nn.Linear(HIDDEN, text.vocabulary_size),
    ).set_stateful()
    adam = optim.Adam(net.parameters(), lr=5e-3)
    print(f"{len(text):,} characters, {text.vocabulary_size} different ones")

    history = []
    start = time.perf_counter()
    for epoch in range(1, options.epochs + 1):
        net.reset_state()
        losses = []
        for input, target in training:
            adam.zero_grad()
            loss = bits(net, input, target)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            adam.step()
            losses.append(loss.item())
        history.append((sum(losses) / len(losses), held_out(net, validation)))
        print(
            f"epoch {epoch:2}: {history[-1][0]:.3f} bits a character in training, {history[-1][1]:.3f} "
            f"held out, {time.perf_counter() - start:.1f} s",
            flush=True,
        )
    for temperature, top_p in ((0.5, 1.0), (1.0, 0.8)):
        print(f"\n--- temperature {temperature}, top_p {top_p}")
        print(go_on(net, text, "  You may convey ", 300, temperature, top_p))

    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(layout="constrained")
    axes.plot(range(1, len(history) + 1), history, label=["training", "held out"])
    axes.set(xlabel="epoch", ylabel="bits a character", ylim=(0, None))
    axes.legend()
    figure.savefig(options.out, dpi=100)
    print(f"\n{options.out}")


if __name__ == "__main__":
    main()
