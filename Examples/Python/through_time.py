"""Where the gradient goes on its way back through time: three cells, forget gates, a bound.

    python through_time.py [--out through_time.png]

1. A sequence of 100 steps, a loss at its end alone, nets that have not learnt anything yet: the norm of the
   loss's gradient with respect to the state at every step, for RNN, GRU and LSTM.
2. The same of an LSTM's cell state, with forget biases of +3, 0 and -3, beside the product of its forget
   gates from there to the end. That product is the cell path's own factor: it helps, and does not
   guarantee, a long memory.
3. For s_t = tanh(W s_{t-1} + u_t): the largest and smallest singular values of one step's Jacobian
   diag(tanh') W, and of the product of all steps from there to the end, beside the bound |W|^(T - t + 1),
   which no product exceeds; and the norm of each step's own term of dL/dW = sum_t dL/ds_t d+s_t/dW, where d+
   holds s_{t-1} constant. The near steps drown the far ones (Pascanu, Mikolov & Bengio 2013). Below 1 the
   largest singular value makes the gradient vanish; the largest eigenvalue says so only in the long run:
   [[.9, 5], [0, .9]].
"""

from __future__ import annotations

import argparse

import numpy as np
import thalweg as tw
from thalweg import flow, nn

STEPS, BATCH, INPUT, HIDDEN = 100, 16, 8, 64


def gradient_norms(layer: nn.Module, x: tw.Tensor) -> nn.recurrent.GradientNorms:
    """Of a loss that sees the last step alone."""
    layer.keep_gradient_norms()
    output, _ = layer(x)
    (output[-1] ** 2).sum().backward()
    return layer.gradient_norms()


def cells(axes, x: tw.Tensor) -> None:
    """Part 1."""
    print(f"{'|dL/dh_t| at t =':22}" + "".join(f"{t:11}" for t in (1, 25, 50, 75, 100)))
    for kind in (nn.RNN, nn.GRU, nn.LSTM):
        tw.manual_seed(1)
        norms = gradient_norms(kind(INPUT, HIDDEN, dtype=tw.float64), x).hidden[0].numpy()
        axes.semilogy(range(1, STEPS + 1), norms / norms[-1], label=kind.__name__)
        print(f"{kind.__name__:22}" + "".join(f"{norms[t - 1]:11.2e}" for t in (1, 25, 50, 75, 100)))
    axes.set(xlabel="step", ylabel="|dL/dh_t| beside the last step's", title="three cells, untrained")
    axes.legend()


def forget_gates(axes, x: tw.Tensor) -> None:
    """Part 2."""
    print(f"\n{'forget bias':12}{'mean gate':>11}{'|dL/dc_1| / |dL/dc_T|':>23}{'product of gates':>18}")
    for bias in (3.0, 0.0, -3.0):
        tw.manual_seed(1)
        layer = nn.LSTM(INPUT, HIDDEN, dtype=tw.float64, forget_bias=bias)
        norms = gradient_norms(layer, x).cell[0].numpy()
        _, _, (gates, _) = layer(x, return_gates=True)
        forget = gates[0, :, :, HIDDEN : 2 * HIDDEN]
        # Of the gates after step t, a mean over batch and units in the logarithm.
        logs = forget.log().mean((1, 2)).numpy()
        product = np.exp(np.append(np.cumsum(logs[:0:-1])[::-1], 0))
        (line,) = axes.semilogy(range(1, STEPS + 1), norms / norms[-1], label=f"forget bias {bias:+.0f}")
        axes.semilogy(range(1, STEPS + 1), product, "--", color=line.get_color())
        mean = forget.mean().item()
        print(f"{bias:+12.0f}{mean:11.3f}{norms[0] / norms[-1]:23.2e}{product[0]:18.2e}")
    axes.set(
        xlabel="step",
        ylabel="|dL/dc_t| beside the last step's",
        title="LSTM; dashed: product of forget gates",
    )
    axes.set_ylim(1e-30, 10)
    axes.legend()


def bound(axes) -> None:
    """Part 3."""
    steps, size = 30, 16
    tw.manual_seed(2)
    weight = nn.init.orthogonal_(tw.empty(size, size, dtype=tw.float64), gain=1.1)
    inputs = 0.5 * tw.randn(steps, size, dtype=tw.float64)
    # A copy of W for each step: its gradient is that step's own term.
    copies = [weight.clone().requires_grad_() for _ in range(steps)]
    states = [tw.randn(size, dtype=tw.float64).requires_grad_()]
    for copy, u in zip(copies, inputs, strict=True):
        states.append(tw.tanh(copy @ states[-1] + u))
    rows = flow.jacobians_through_time(states)
    states[-1].sum().backward()
    terms = [tw.linalg.norm(copy.grad).item() for copy in copies]
    bounds = [flow.gain_bound(weight, "tanh", steps - row.step + 1) for row in rows]
    print(f"\n|W| = {flow.spectral_norm(weight):.3f}, spectral radius {flow.spectral_radius(weight):.3f}")
    print(
        f"{'t':>4}{'one step: largest':>19}{'smallest':>10}{'product: largest':>18}{'bound':>10}"
        f"{'term of dL/dW':>16}"
    )
    for row, limit, term in list(zip(rows, bounds, terms, strict=True))[::-3]:
        print(
            f"{row.step:4}{row.largest:19.4f}{row.smallest:10.4f}{row.product_largest:18.3e}{limit:10.2e}{term:16.3e}"
        )
    time = [row.step for row in rows]
    axes.semilogy(time, bounds, "k:", label="bound")
    axes.semilogy(time, [row.product_largest for row in rows], label="product, largest singular value")
    axes.semilogy(time, [row.product_smallest for row in rows], label="product, smallest")
    axes.semilogy(time, terms, "--", label="term of dL/dW")
    axes.set(xlabel="step", title="s_t = tanh(W s + u), from the step to the end")
    axes.legend()

    shear = tw.tensor([[0.9, 5.0], [0.0, 0.9]], dtype=tw.float64)
    power = tw.eye(2, dtype=tw.float64)
    print(f"\n[[.9, 5], [0, .9]] has spectral radius {flow.spectral_radius(shear):.2f}; its powers' norms:")
    for k in range(1, 101):
        power = power @ shear
        if k in (1, 5, 10, 20, 50, 100):
            print(f"  {k:3} {flow.spectral_norm(power):9.4f}")


def main() -> None:
    """Prints the tables and draws the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="through_time.png")
    options = parser.parse_args()

    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, middle, right) = pyplot.subplots(1, 3, figsize=(17, 5), layout="constrained")
    tw.manual_seed(0)
    x = tw.randn(STEPS, BATCH, INPUT, dtype=tw.float64)
    cells(left, x)
    forget_gates(middle, x)
    bound(right)
    figure.savefig(options.out, dpi=100)
    print(options.out)


if __name__ == "__main__":
    main()
