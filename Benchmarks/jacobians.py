"""Jacobians, Hessians and products with them for small perceptrons, in Thalweg and PyTorch, one thread each.

    python Benchmarks/jacobians.py              both, in processes of their own, three times in turn
    python Benchmarks/jacobians.py thalweg      one of them

The functions are those of torch.autograd.functional (PyTorch's with and without `vectorize`) and torch.func.
Both compute with the same weights, drawn by NumPy; a digest of every result is printed, so that one sees that
they agree. Times are the least and the median of repetitions during half a second, in microseconds.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

NETS = [(64, 128, 128, 10), (256, 512, 512, 100), (10, 256, 256, 256)]


def measure(name: str, compute: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    """Prints a line."""
    result = compute(*arguments, **options)
    while isinstance(result, tuple):
        result = result[-1]
    digest = float(np.abs(result.detach().numpy()).mean())
    times: list[float] = []
    end = time.perf_counter() + 0.5
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        compute(*arguments, **options)
        times.append(1e6 * (time.perf_counter() - start))
    print(f"{name:<44} {min(times):>10.1f} {np.median(times):>10.1f}   {digest:.5g}", flush=True)


def run(peer: str) -> None:
    """Measures one framework."""
    if peer == "thalweg":
        import thalweg as framework
        from thalweg.autograd import functional

        ways = {"": {}}
    else:
        import torch as framework
        from torch.autograd import functional

        ways = {"": {}, " vectorize": {"vectorize": True}}
    framework.set_num_threads(1)
    linear, func = framework.nn.functional.linear, framework.func
    random = np.random.default_rng(0)

    def tensor(*shape: int, scale: float = 1.0) -> Any:
        return framework.from_numpy((random.normal(size=shape) * scale).astype(np.float32))

    def forward(layers: list, x: Any) -> Any:
        for weight, bias in layers[:-1]:
            x = linear(x, weight, bias).tanh()
        return linear(x, *layers[-1])

    for sizes in NETS:
        layers = [(tensor(n, m, scale=m**-0.5), tensor(n)) for m, n in pairwise(sizes)]
        x, v = tensor(sizes[0]), tensor(sizes[0])
        title = f"{peer} {'-'.join(map(str, sizes))} "

        def net(x: Any, layers: list = layers) -> Any:
            return forward(layers, x)

        def loss(x: Any, layers: list = layers) -> Any:
            return (forward(layers, x) ** 2).sum()

        for way, options in ways.items():
            measure(title + "jacobian" + way, functional.jacobian, net, x, **options)
            measure(title + "hessian" + way, functional.hessian, loss, x, **options)
        measure(title + "jacrev", func.jacrev(net), x)
        measure(title + "jacfwd", func.jacfwd(net), x)
        measure(title + "func.hessian", func.hessian(loss), x)
        measure(title + "jvp", func.jvp, net, (x,), (v,))
        measure(title + "hvp", functional.hvp, loss, x, v)

    # By all parameters of a small net, as one vector.
    sizes, batch = (10, 20, 20, 1), tensor(32, 10)
    count = sum((m + 1) * n for m, n in pairwise(sizes))
    parameters = tensor(count, scale=0.3)

    def of_parameters(p: Any) -> Any:
        layers, start = [], 0
        for m, n in pairwise(sizes):
            weight = p[start : start + m * n].reshape(n, m)
            layers.append((weight, p[start + m * n : start + (m + 1) * n]))
            start += (m + 1) * n
        return (forward(layers, batch) ** 2).mean()

    title = f"{peer} {count} parameters "
    for way, options in ways.items():
        measure(title + "hessian" + way, functional.hessian, of_parameters, parameters, **options)
    measure(title + "func.hessian", func.hessian(of_parameters), parameters)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run(sys.argv[1])
    else:
        for _ in range(3):
            for peer in ("thalweg", "torch"):
                subprocess.run([sys.executable, __file__, peer], check=True)
