"""What recurrent nets remember: three tasks whose answer lies far back, for RNN, GRU and LSTM.

    python memory.py [--task adding | order | copy] [--steps T] [--batches N] [--out memory.png]

- adding (Hochreiter & Schmidhuber 1997): 200 random numbers, two of them marked; their sum is asked for.
  Who always answers 1 has a mean squared error of 1/6.
- order: two symbols, X or Y, far apart among 100 others; which came, and in which order? A guess is wrong
  at 3 of 4.
- copy: 5 symbols of 8, then 100 steps of nothing, then the symbols are to be repeated. A guess is wrong at
  7 of 8.

All three nets are trained alike, with clipped gradients, until the error is below a limit or the batches
are over. The plain net's gradient does not reach back that far. Gates of GRU and LSTM start as Tallec &
Ollivier 2018 ("Can recurrent neural networks warp time?") advise, open for times of up to the sequence's
length: with the usual start the GRU takes twelve times as many batches for the order, and the LSTM has not
learnt it after 6000. In copying the time of nothing is short at first, T/20 steps, and grows by half
whenever the net has learnt: asked for T = 100 steps from the beginning GRU and LSTM learn it, too, but take
four times as long.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import thalweg as tw
from thalweg import nn, optim
from thalweg.nn import functional

BATCH, HIDDEN, SYMBOLS, COPIED = 32, 64, 8, 5
Batch = tuple[tw.Tensor, tw.Tensor]


def one_hot(symbols: np.ndarray, count: int) -> tw.Tensor:
    """[T, B] to [T, B, count]."""
    return tw.from_numpy(np.eye(count, dtype=np.float32)[symbols])


def adding(random: np.random.Generator, steps: int, batch: int) -> Batch:
    """Numbers and marks [T, B, 2], sums [B, 1]."""
    x = np.zeros((steps, batch, 2), np.float32)
    x[:, :, 0] = random.random((steps, batch))
    for low, high in ((0, steps // 2), (steps // 2, steps)):
        x[random.integers(low, high, batch), np.arange(batch), 1] = 1
    return tw.from_numpy(x), tw.from_numpy((x[:, :, 0] * x[:, :, 1]).sum(0)[:, None])


def order(random: np.random.Generator, steps: int, batch: int) -> Batch:
    """Six symbols [T, B, 6], of which the first two are X and Y; classes [B]."""
    symbols = random.integers(2, 6, (steps, batch))
    first, second = random.integers(0, 2, (2, batch))
    symbols[random.integers(steps // 10, steps // 5, batch), np.arange(batch)] = first
    symbols[random.integers(steps // 2, 6 * steps // 10, batch), np.arange(batch)] = second
    return one_hot(symbols, 6), tw.from_numpy(2 * first + second)


def copy(random: np.random.Generator, steps: int, batch: int) -> Batch:
    """Symbols, nothing, and a sign to begin [T + 2 COPIED, B, SYMBOLS + 2]; the symbols [COPIED * B]."""
    symbols = np.full((steps + 2 * COPIED, batch), SYMBOLS)
    symbols[:COPIED] = random.integers(0, SYMBOLS, (COPIED, batch))
    symbols[-COPIED - 1] = SYMBOLS + 1
    return one_hot(symbols, SYMBOLS + 2), tw.from_numpy(symbols[:COPIED].ravel())


class Task(NamedTuple):
    """A task, and when it counts as learnt."""

    make: Callable[[np.random.Generator, int, int], Batch]
    steps: int
    inputs: int
    outputs: int
    asked: int  # steps at the end that are answers
    learnt: float  # squared error, or share of wrong answers
    batches: int  # at most
    grows: bool = False  # the time begins short


TASKS = (
    Task(adding, 200, 2, 1, 1, 0.005, 1500),
    Task(order, 100, 6, 4, 1, 0.02, 1500),
    Task(copy, 100, SYMBOLS + 2, SYMBOLS, COPIED, 0.02, 12000, grows=True),
)


class Net(nn.Module):
    """A recurrent layer and a linear one on the steps that are asked for."""

    def __init__(self, kind: type[nn.Module], task: Task) -> None:
        super().__init__()
        self.layer = kind(task.inputs, HIDDEN)
        self.head = nn.Linear(HIDDEN, task.outputs)
        self.asked = task.asked
        if kind is nn.RNN:
            return
        # The LSTM's forget gate and the GRU's update gate have the second part of the biases.
        with tw.no_grad():
            spans = (tw.rand(HIDDEN) * (task.steps - 2) + 1).log()
            self.layer.bias_ih_l0[HIDDEN : 2 * HIDDEN] = spans
            self.layer.bias_hh_l0[HIDDEN : 2 * HIDDEN] = 0.0
            if kind is nn.LSTM:
                self.layer.bias_ih_l0[:HIDDEN] = -spans
                self.layer.bias_hh_l0[:HIDDEN] = 0.0

    def forward(self, input: tw.Tensor) -> tw.Tensor:
        """[T, B, inputs] to [asked * B, outputs]."""
        states, _ = self.layer(input)
        return self.head(states[-self.asked :].flatten(0, 1))


def loss_and_error(task: Task, output: tw.Tensor, target: tw.Tensor) -> tuple[tw.Tensor, float]:
    """The loss, and the error as the task counts it."""
    if task.make is adding:
        loss = functional.mse_loss(output, target)
        return loss, loss.item()
    loss = functional.cross_entropy(output, target)
    return loss, (output.detach().argmax(1) != target).float().mean().item()


def learn(task: Task, kind: type[nn.Module]) -> tuple[int, list[float], int, float, float]:
    """The net's size, running means of the error, the longest T, the error on fresh data, and the seconds."""
    tw.manual_seed(1)
    random = np.random.default_rng(1)
    net = Net(kind, task)
    adam = optim.Adam(net.parameters(), lr=5e-3)
    start, errors, mean = time.perf_counter(), [], 1.0
    span = max(1, task.steps // 20) if task.grows else task.steps
    while len(errors) < task.batches and (span < task.steps or mean > task.learnt):
        if mean <= task.learnt:
            span, mean = min(span + span // 2 + 1, task.steps), 1.0
        input, target = task.make(random, span, BATCH)
        adam.zero_grad()
        loss, error = loss_and_error(task, net(input), target)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        mean = 0.95 * mean + 0.05 * error
        errors.append(mean)
    spent = time.perf_counter() - start
    input, target = task.make(np.random.default_rng(2), task.steps, 1000)
    with tw.no_grad():
        error = loss_and_error(task, net(input), target)[1]
    return sum(parameter.numel() for parameter in net.parameters()), errors, span, error, spent


def main() -> None:
    """Prints a table and draws how the errors fall."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", choices=[task.make.__name__ for task in TASKS])
    parser.add_argument("--steps", type=int, help="T, at least 10")
    parser.add_argument("--batches", type=int)
    parser.add_argument("--out", default="memory.png")
    options = parser.parse_args()
    given = {name: value for name in ("steps", "batches") if (value := getattr(options, name))}
    if options.steps is not None and options.steps < 10:
        parser.error("--steps must be at least 10")
    tasks = [task._replace(**given) for task in TASKS if options.task in (None, task.make.__name__)]

    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, all_axes = pyplot.subplots(
        1, len(tasks), figsize=(5 * len(tasks), 4.5), layout="constrained", squeeze=False
    )
    print(
        f"{'':8}{'T':>5}  {'':6}{'parameters':>10}{'batches':>9}{'for T':>7}{'error on fresh data':>21}"
        f"{'s':>7}{'ms a batch':>12}"
    )
    for task, axes in zip(tasks, all_axes[0], strict=True):
        for kind in (nn.RNN, nn.GRU, nn.LSTM):
            size, errors, span, error, seconds = learn(task, kind)
            name = kind.__name__
            print(
                f"{task.make.__name__:8}{task.steps:5}  {name:6}{size:10}{len(errors):9}{span:7}{error:21.4f}"
                f"{seconds:7.1f}{1e3 * seconds / len(errors):12.2f}",
                flush=True,
            )
            axes.semilogy(errors, label=name)
        axes.set(title=f"{task.make.__name__}, T = {task.steps}", xlabel="batches", ylabel="error")
        axes.legend()
    figure.savefig(options.out, dpi=100)
    print(options.out)


if __name__ == "__main__":
    main()
