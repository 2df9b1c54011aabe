"""Paths to the minimum of an ill-conditioned bowl, and the steps that they take beside theory.

    python momentum.py [--out momentum.png]

The bowl is 1/2 (x^2 + y^2 / kappa). Plain gradient descent at its best step jumps from wall to wall,
steepest descent with exact line search turns by a right angle at every step, momentum runs along the
valley, and too much of it runs past the minimum. Examples/C/momentum.c has the numbers; here are the
pictures.
"""

from __future__ import annotations

import argparse
import math

import numpy as np
import thalweg as tw

START = (1.0, 25.0)


def loss(point: tw.Tensor, kappa: float) -> tw.Tensor:
    """The height of the bowl over a point [2]."""
    return 0.5 * (point * point * tw.tensor([1.0, 1.0 / kappa], dtype=tw.float64)).sum()


def path(kappa: float, steps: int, start: tuple[float, float] = START, **options: float) -> np.ndarray:
    """Where `tw.optim.SGD` with these options goes: [steps + 1, 2]."""
    point = tw.tensor(start, dtype=tw.float64, requires_grad=True)
    optimizer = tw.optim.SGD([point], **options)
    places = [point.detach().numpy().copy()]
    for _ in range(steps):
        optimizer.zero_grad()
        loss(point, kappa).backward()
        optimizer.step()
        places.append(point.detach().numpy().copy())
    return np.array(places)


def line_search(kappa: float, steps: int, start: tuple[float, float] = START) -> np.ndarray:
    """Steepest descent that goes to the lowest point along each gradient."""
    point = tw.tensor(start, dtype=tw.float64, requires_grad=True)
    curvatures = np.array([1.0, 1.0 / kappa])
    places = [point.detach().numpy().copy()]
    for _ in range(steps):
        (gradient,) = tw.autograd.grad(loss(point, kappa), [point])
        g = gradient.numpy()
        with tw.no_grad():
            point -= float(g @ g / (curvatures * g @ g)) * gradient
        places.append(point.detach().numpy().copy())
    return np.array(places)


def steps_to(tolerance: float, kappa: float, limit: int = 200_000, **options: float) -> int:
    """Steps of SGD until the distance from the minimum is `tolerance` of the first."""
    point = tw.tensor((1.0, 1.0), dtype=tw.float64, requires_grad=True)
    optimizer = tw.optim.SGD([point], **options)
    for step in range(1, limit):
        optimizer.zero_grad()
        loss(point, kappa).backward()
        optimizer.step()
        if np.linalg.norm(point.detach().numpy()) < tolerance * math.sqrt(2):
            return step
    return limit


def best(kappa: float) -> dict[str, dict[str, float]]:
    """Options that theory calls best for curvatures from 1 / kappa to 1."""
    root = math.sqrt(kappa)
    rate = (root - 1) / (root + 1)
    return {
        "gradient descent": {"lr": 2 / (1 + 1 / kappa)},
        "heavy ball": {"lr": 4 / (1 + 1 / root) ** 2, "momentum": rate**2},
        "Nesterov": {"lr": 1.0, "momentum": rate, "nesterov": True},
    }


def main() -> None:
    """Prints the table and draws both pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="momentum.png", help="the picture; default: momentum.png")
    out = parser.parse_args().out

    kappas = [10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0]
    counts: dict[str, list[int]] = {}
    print(f"{'kappa':>8}" + "".join(f"{name:>20}" for name in best(10)))
    for kappa in kappas:
        row = {name: steps_to(1e-6, kappa, **options) for name, options in best(kappa).items()}
        for name, count in row.items():
            counts.setdefault(name, []).append(count)
        print(f"{kappa:8g}" + "".join(f"{count:20d}" for count in row.values()))
    draw(kappas, counts, out)
    print(out)


def draw(kappas: list[float], counts: dict[str, list[int]], out: str) -> None:
    """A bowl for each method, and the steps against the condition number."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    kappa, steps = 20.0, 30
    paths = {name: path(kappa, steps, **options) for name, options in best(kappa).items()}
    paths["exact line search"] = line_search(kappa, steps)
    paths["momentum 0.95, too much"] = path(kappa, steps, lr=1.0, momentum=0.95)
    figure = pyplot.figure(figsize=(14, 9), layout="constrained")
    figure.suptitle(f"{steps} steps in a bowl of condition number {kappa:g}")
    bowls, below = figure.subfigures(2, 1, height_ratios=(1, 1.1))
    x, y = np.meshgrid(np.linspace(-3, 3, 200), np.linspace(-20, 28, 200))
    for axes, (name, places) in zip(bowls.subplots(1, len(paths), sharey=True), paths.items(), strict=True):
        axes.contour(x, y, 0.5 * (x**2 + y**2 / kappa), levels=np.geomspace(0.05, 20, 10), colors="lightgrey")
        axes.plot(places[:, 0], places[:, 1], ".-", linewidth=1, markersize=5)
        axes.set(title=name)
    axes = below.subplots()
    for name, taken in counts.items():
        axes.loglog(kappas, taken, "o-", label=name)
    axes.loglog(kappas, [7 * k for k in kappas], "k:", linewidth=1, label="proportional to kappa")
    axes.loglog(kappas, [14 * math.sqrt(k) for k in kappas], "k--", linewidth=1, label="to its square root")
    axes.set(xlabel="condition number kappa", ylabel="steps to an error of 1e-6")
    axes.legend()
    figure.savefig(out, dpi=100)


if __name__ == "__main__":
    main()
