"""Writes Tests/Golden/convolution.txt with PyTorch: python Tests/Golden/convolution.py (torch).

A line each: the case, what it is (y, dx, dw, db), then the values, computed in float64. Inputs, weights and incoming
gradients are formulas that ConvolutionTests.swift repeats.
"""

import math
from pathlib import Path

import torch
import torch.nn.functional as F

CONVOLUTIONS = {  # input shape, weight shape, options
    "plain": ((2, 3, 6, 7), (4, 3, 3, 2), {}),
    "strided": ((2, 2, 9, 8), (3, 2, 3, 3), {"stride": (2, 3), "padding": (1, 2)}),
    "dilated": ((1, 2, 10, 9), (3, 2, 3, 2), {"dilation": (2, 3), "padding": (2, 0)}),
    "grouped": ((2, 4, 5, 5), (6, 2, 2, 3), {"groups": 2, "padding": (0, 1)}),
    "depthwise": ((2, 3, 6, 6), (3, 1, 3, 3), {"groups": 3, "stride": (2, 2), "padding": (1, 1)}),
    "one": ((2, 5, 4, 3), (7, 5, 1, 1), {}),
    "all": (
        (2, 4, 11, 12),
        (4, 2, 3, 3),
        {"stride": (3, 2), "padding": (2, 1), "dilation": (2, 2), "groups": 2},
    ),
}
SHAPE = (2, 2, 7, 9)
MAX_POOLS = {
    "max": {"kernel_size": 2},
    "max-strided": {"kernel_size": (3, 2), "stride": (2, 3), "padding": (1, 1)},
    "max-dilated": {"kernel_size": 2, "stride": 1, "dilation": (2, 3), "padding": 1},
    "max-ceil": {"kernel_size": (2, 4), "stride": (2, 3), "ceil_mode": True},
}
AVERAGES = {
    "avg": {"kernel_size": 2},
    "avg-padded": {"kernel_size": 3, "stride": 2, "padding": 1},
    "avg-not-counted": {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False},
    "avg-ceil": {"kernel_size": (3, 2), "stride": (3, 2), "padding": (1, 0), "ceil_mode": True},
    "avg-divisor": {"kernel_size": (2, 3), "divisor_override": 5},
}


def numbers(shape, salt):
    """Numbers without a pattern, some of them equal."""
    count = math.prod(shape)
    values = [((i * 37 + salt * 11) % 29) / 8 - 1.75 for i in range(count)]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def line(name, what, values):
    return " ".join([name, what, *(f"{value:.12g}" for value in values.detach().flatten().tolist())])


def main():
    lines = []
    for name, (input_shape, weight_shape, options) in CONVOLUTIONS.items():
        x, w = numbers(input_shape, 1).requires_grad_(), numbers(weight_shape, 2).requires_grad_()
        b = numbers(weight_shape[:1], 3).requires_grad_()
        y = F.conv2d(x, w, b, **options)
        y.backward(numbers(y.shape, 4))
        lines += [
            line(name, "y", y),
            line(name, "dx", x.grad),
            line(name, "dw", w.grad),
            line(name, "db", b.grad),
        ]
    for pool, cases in ((F.max_pool2d, MAX_POOLS), (F.avg_pool2d, AVERAGES)):
        for name, options in cases.items():
            x = numbers(SHAPE, 1).requires_grad_()
            y = pool(x, **options)
            y.backward(numbers(y.shape, 4))
            lines += [line(name, "y", y), line(name, "dx", x.grad)]
    (Path(__file__).parent / "convolution.txt").write_text("\n".join(lines) + "\n")


main()
