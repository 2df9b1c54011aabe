"""How signals and gradients fare through fifty layers, before the first step of training.

    python initialisation.py [--out initialisation.png]

Fifty linear layers of width 256, each with its activation, see a batch of normal numbers; the gradient that
starts at the end is normal as well. Drawn are the standard deviation of every layer's output and the norm
of the loss's gradient for its weight. A scheme fits an activation if both lines stay level (Glorot & Bengio
2010; He et al. 2015; Saxe et al. 2014). Examples/C/initialisation.c prints the same as a table.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import thalweg as tw
from thalweg import nn

LAYERS, WIDTH, BATCH = 50, 256, 128

Scheme = Callable[[tw.Tensor], object]
ACTIVATIONS: dict[str, Callable[[tw.Tensor], tw.Tensor]] = {"tanh": tw.tanh, "relu": tw.relu}
SCHEMES: dict[str, Callable[[str], Scheme]] = {
    "normal, deviation 0.01": lambda _: lambda w: nn.init.normal_(w, 0.0, 0.01),
    "normal, deviation 1": lambda _: nn.init.normal_,
    "Linear's default": lambda _: lambda w: nn.init.kaiming_uniform_(w, a=5**0.5),
    "Xavier": lambda name: lambda w: nn.init.xavier_normal_(w, nn.init.calculate_gain(name)),
    "He": lambda _: lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"),
    "orthogonal": lambda name: lambda w: nn.init.orthogonal_(w, nn.init.calculate_gain(name)),
}


def measure(
    activation: Callable[[tw.Tensor], tw.Tensor], initialise: Scheme
) -> tuple[list[float], list[float]]:
    """Deviations of the outputs, and norms of the weights' gradients, layer by layer."""
    tw.manual_seed(1)
    weights = [tw.empty(WIDTH, WIDTH, requires_grad=True) for _ in range(LAYERS)]
    for weight in weights:
        initialise(weight)
    x = tw.randn(BATCH, WIDTH)
    deviations = []
    for weight in weights:
        x = activation(nn.functional.linear(x, weight))
        deviations.append(x.detach().std().item())
    x.backward(tw.randn(BATCH, WIDTH))
    return deviations, [tw.linalg.vector_norm(weight.grad).item() for weight in weights]


def main() -> None:
    """Prints the first, the middle and the last layer, and draws all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="initialisation.png", help="default: initialisation.png")
    out = parser.parse_args().out

    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 2, figsize=(13, 9), sharex=True, layout="constrained")
    for column, (name, activation) in enumerate(ACTIVATIONS.items()):
        print(f"{name:28}{'deviation of outputs':>33}{'norm of gradients':>33}")
        print(f"{'':28}" + f"{'layer 1':>11}{LAYERS // 2:>11}{LAYERS:>11}" * 2)
        for scheme, make in SCHEMES.items():
            deviations, gradients = measure(activation, make(name))
            shown = [values[i] for values in (deviations, gradients) for i in (0, LAYERS // 2 - 1, -1)]
            print(f"  {scheme:26}" + "".join(f"{value:11.3g}" for value in shown))
            layers = np.arange(1, LAYERS + 1)
            for row, values in enumerate((deviations, gradients)):
                positive = np.where(np.isfinite(values) & (np.array(values) > 0), values, np.nan)
                axes[row, column].semilogy(layers, positive, label=scheme)
        axes[0, column].set(title=name, ylabel="standard deviation of the output", ylim=(1e-8, 1e8))
        axes[1, column].set(xlabel="layer", ylabel="norm of the weight's gradient", ylim=(1e-8, 1e8))
    axes[0, 0].legend()
    figure.savefig(out, dpi=100)
    print(out)


if __name__ == "__main__":
    main()
