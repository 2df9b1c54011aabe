"""Writes Tests/Golden/recurrent.txt with PyTorch: python Tests/Golden/recurrent.py (torch).

A line each: the layer or cell, the input's shape, lengths ("-" for none), whether a state is given, what it is (y, h, c,
dx, dh0, dc0, the parameters' gradients), then the values, computed in float64. Inputs, parameters, states and incoming
gradients are formulas that test_recurrent.py repeats.
"""

import math
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

KINDS = ("RNN(3,2{})", "RNN(3,2{},nonlinearity='relu')", "LSTM(3,2{})", "GRU(3,2{})")
# Options, the input's shape, lengths, whether a state is given.
FORMS = [
    ("", "4x2x3", "-", 0),
    ("", "4x2x3", "-", 1),
    ("", "1x2x3", "-", 1),
    ("", "4x3", "-", 1),
    (",bias=False", "4x2x3", "-", 0),
    (",batch_first=True", "2x4x3", "-", 1),
    (",batch_first=True", "3x4x3", "2,4,1", 1),
    ("", "4x3x3", "2,4,1", 0),
    (",bidirectional=True", "4x3x3", "-", 1),
    (",bidirectional=True", "4x3", "-", 0),
    (",bidirectional=True", "4x3x3", "1,4,3", 1),
    (",num_layers=2", "4x2x3", "-", 1),
    (",num_layers=3,bidirectional=True,bias=False", "4x3x3", "3,3,1", 1),
    (",num_layers=2,bidirectional=True,batch_first=True", "2x4x3", "2,4", 1),
]
PROJECTED = [
    ("LSTM(3,3,proj_size=2)", "4x2x3", "-", 1),
    ("LSTM(3,3,proj_size=1,num_layers=2,bidirectional=True)", "4x2x3", "2,4", 1),
    ("LSTM(3,3,proj_size=2,bias=False,batch_first=True)", "2x4x3", "-", 0),
    ("LSTM(3,3,proj_size=2,bidirectional=True)", "4x3", "-", 1),
]
CELLS = [
    (text, shape, "-", state)
    for text in (
        "RNNCell(3,2)",
        "RNNCell(3,2,nonlinearity='relu')",
        "RNNCell(3,2,bias=False)",
        "LSTMCell(3,2)",
        "LSTMCell(3,2,bias=False)",
        "GRUCell(3,2)",
        "GRUCell(3,2,bias=False)",
    )
    for shape, state in (("2x3", 0), ("2x3", 1), ("3", 1))
]


def numbers(shape, salt):
    """Numbers without a pattern."""
    values = [((i * 37 + salt * 11) % 29) / 16 - 0.90625 for i in range(math.prod(shape))]
    return torch.tensor(values, dtype=torch.float64).reshape(tuple(shape))


def shapes_of(layer, text, shape, ends):
    """The shapes of h and c."""
    if "Cell" in text:
        return [(*shape[:-1], layer.hidden_size)] * 2
    rows = layer.num_layers * (2 if layer.bidirectional else 1)
    batch = shape[0 if layer.batch_first else 1 : 1 if layer.batch_first else 2] if len(shape) == 3 else ()
    return [(rows, *batch, layer.proj_size or layer.hidden_size), (rows, *batch, layer.hidden_size)]


def run(layer, text, x, state, ends):
    """The tensors that come out, by name."""
    if "Cell" in text:
        found = layer(x, state)
        return {"h": found[0], "c": found[1]} if "LSTM" in text else {"h": found}
    given = x
    if ends:
        given = pack_padded_sequence(x, ends, batch_first=layer.batch_first, enforce_sorted=False)
    y, last = layer(given, state)
    if ends:
        steps = x.shape[1 if layer.batch_first else 0]
        y, _ = pad_packed_sequence(y, batch_first=layer.batch_first, total_length=steps)
    return {"y": y} | ({"h": last[0], "c": last[1]} if "LSTM" in text else {"h": last})


lines = []
cases = [(kind.format(options), *rest) for kind in KINDS for options, *rest in FORMS]
for text, sizes, lengths, has_state in cases + PROJECTED + CELLS:
    layer = eval(f"nn.{text}", {"nn": nn}).double()
    with torch.no_grad():
        for salt, parameter in enumerate(layer.parameters()):
            parameter.copy_(numbers(parameter.shape, salt + 5))
    shape = [int(size) for size in sizes.split("x")]
    ends = [] if lengths == "-" else [int(end) for end in lengths.split(",")]
    x = numbers(shape, 1).requires_grad_()
    count = 2 if "LSTM" in text else 1
    parts = [numbers(s, 2 + i) for i, s in enumerate(shapes_of(layer, text, shape, ends)[:count])]
    parts = [part.requires_grad_() for part in parts] if has_state else []
    state = None if not parts else tuple(parts) if count == 2 else parts[0]
    found = run(layer, text, x, state, ends)
    sum((value * numbers(value.shape, 20 + i)).sum() for i, value in enumerate(found.values())).backward()
    values = {name: value.detach() for name, value in found.items()} | {"dx": x.grad}
    values |= {f"d{name}0": part.grad for name, part in zip("hc", parts)}
    values |= {f"d{name}": parameter.grad for name, parameter in layer.named_parameters()}
    for name, value in values.items():
        digits = " ".join(f"{v:.9g}" for v in value.flatten().tolist())
        lines.append(f"{text} {sizes} {lengths} {has_state} {name} {digits}")
(Path(__file__).parent / "recurrent.txt").write_text("\n".join(lines) + "\n")
