"""Recurrent layers and cells: PyTorch's values (Tests/Golden/recurrent.py), and what PyTorch has not."""

import math
from pathlib import Path

import numpy as np
import pytest
import thalweg
from thalweg import nn
from thalweg.nn.utils import rnn

LAYERS = [nn.RNN, nn.LSTM, nn.GRU]


def read():
    cases = {}
    text = (Path(__file__).parent.parent / "Golden/recurrent.txt").read_text()
    for line in text.splitlines():
        name, shape, lengths, state, what, *values = line.split(" ")
        cases.setdefault((name, shape, lengths, state), {})[what] = np.array(values, dtype=np.float64)
    return cases


CASES = read()


def numbers(shape, salt, dtype=thalweg.float32):
    values = [((i * 37 + salt * 11) % 29) / 16 - 0.90625 for i in range(math.prod(shape))]
    return thalweg.tensor(values, dtype=dtype).reshape(*shape)


def fill(layer):
    with thalweg.no_grad():
        for salt, parameter in enumerate(layer.parameters()):
            parameter.copy_(numbers(parameter.shape, salt + 5))
    return layer


def make(text):
    return fill(eval(f"nn.{text}", {"nn": nn}))


def close(found, expected, tolerance):
    found = found.detach().numpy().ravel().astype(np.float64)
    np.testing.assert_allclose(found, np.ravel(expected), rtol=tolerance, atol=tolerance)


def state_shapes(layer, shape):
    if isinstance(layer, (nn.RNNCell, nn.LSTMCell, nn.GRUCell)):
        return [(*shape[:-1], layer.hidden_size)] * 2
    rows = layer.num_layers * (2 if layer.bidirectional else 1)
    batch = () if len(shape) == 2 else (shape[0 if layer.batch_first else 1],)
    return [(rows, *batch, layer.proj_size or layer.hidden_size), (rows, *batch, layer.hidden_size)]


FORMS = [
    (*case, form) for case in CASES for form in ("lengths", "packed", "mask")[: 1 if case[2] == "-" else 3]
]


@pytest.mark.parametrize("dtype", [thalweg.float32, thalweg.float64], ids=str)
@pytest.mark.parametrize(("text", "sizes", "lengths", "has_state", "form"), FORMS)
def test_golden(text, sizes, lengths, has_state, form, dtype):
    expected = CASES[text, sizes, lengths, has_state]
    outputs, gradients = (2e-5, 1e-4) if dtype == thalweg.float32 else (1e-8, 1e-8)
    shape = [int(size) for size in sizes.split("x")]
    ends = None if lengths == "-" else [int(end) for end in lengths.split(",")]
    layer = make(text).to(dtype)
    x = numbers(shape, 1, dtype)
    x.requires_grad = True
    is_lstm = "LSTM" in text
    state = None
    if has_state == "1":
        parts = [numbers(s, 2 + i, dtype) for i, s in enumerate(state_shapes(layer, shape)[: 1 + is_lstm])]
        for part in parts:
            part.requires_grad = True
        state = tuple(parts) if is_lstm else parts[0]
    if "Cell" in text:
        found = layer(x, state)
        found = {"h": found[0], "c": found[1]} if is_lstm else {"h": found}
    else:
        if ends is None:
            y, last = layer(x, state)
        elif form == "lengths":
            y, last = layer(x, state, lengths=ends)
        elif form == "mask":
            steps = max(shape[:2]) if layer.batch_first else shape[0]
            mask = np.arange(steps) < np.array(ends)[:, None]
            y, last = layer(x, state, mask=thalweg.tensor(mask))
        else:
            packed = rnn.pack_padded_sequence(x, ends, layer.batch_first, enforce_sorted=False)
            y, last = layer(packed, state)
            steps = shape[1 if layer.batch_first else 0]
            y, _ = rnn.pad_packed_sequence(y, layer.batch_first, total_length=steps)
        found = {"y": y} | ({"h": last[0], "c": last[1]} if is_lstm else {"h": last})
    total = 0
    for i, value in enumerate(found.values()):
        total = (value * numbers(value.shape, 20 + i, dtype)).sum() + total
    total.backward()
    for name, value in found.items():
        close(value, expected[name], outputs)
    close(x.grad, expected["dx"], gradients)
    if state is not None:
        for name, part in zip("hc", state if is_lstm else (state,), strict=False):
            close(part.grad, expected[f"d{name}0"], gradients)
    for name, parameter in layer.named_parameters():
        close(parameter.grad, expected[f"d{name}"], gradients)
    assert {f"d{name}" for name, _ in layer.named_parameters()} == {
        n for n in expected if n[1:3] in ("we", "bi")
    }


@pytest.mark.parametrize("text", sorted({case[0] for case in CASES}))
def test_model_files(text, tmp_path):
    layer = make(text)
    thalweg.save(layer, tmp_path / "layer.h5")
    loaded = thalweg.load(tmp_path / "layer.h5")
    assert type(loaded) is type(layer)
    assert list(loaded.state_dict()) == list(layer.state_dict())
    assert repr(loaded) == repr(layer)
    x = numbers((2, 3) if "Cell" in text else (4, 2, 3), 1)
    for found, expected in zip(flat(loaded(x)), flat(layer(x)), strict=True):
        np.testing.assert_array_equal(found.detach().numpy(), expected.detach().numpy())


def flat(results):
    return [results] if isinstance(results, thalweg.Tensor) else [t for r in results for t in flat(r)]


# -- What PyTorch has not: equations in NumPy -------------------------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def arrays(layer, *names):
    return [getattr(layer, name).detach().numpy().astype(np.float64) for name in names]


def test_logistic_rnn():
    layer = fill(nn.RNN(3, 2, nonlinearity="sigmoid", dtype=thalweg.float64))
    x = numbers((4, 2, 3), 1, thalweg.float64)
    w, u, b, d = arrays(layer, "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    h = np.zeros((2, 2))
    expected = []
    for row in x.numpy():
        h = sigmoid(row @ w.T + b + h @ u.T + d)
        expected.append(h)
    y, last = layer(x)
    close(y, expected, 1e-12)
    close(last, h, 1e-12)


@pytest.mark.parametrize("has_two_biases", [True, False])
def test_gru_with_the_reset_before(has_two_biases):
    """Keras's GRU(reset_after=False), which has one bias, with rows in PyTorch's order."""
    layer = fill(nn.GRU(3, 2, reset_after=False, dtype=thalweg.float64))
    if not has_two_biases:
        layer.bias_hh_l0 = None
        assert [name for name, _ in layer.named_parameters()] == [
            "weight_ih_l0",
            "weight_hh_l0",
            "bias_ih_l0",
        ]
    x = numbers((4, 2, 3), 1, thalweg.float64)
    w, u, b = arrays(layer, "weight_ih_l0", "weight_hh_l0", "bias_ih_l0")
    if has_two_biases:
        b = b + arrays(layer, "bias_hh_l0")[0]
    h = np.zeros((2, 2))
    expected = []
    for row in x.numpy():
        r, z, n = np.split(row @ w.T + b, 3, axis=1)
        ur, uz, un = np.split(u, 3)
        r, z = sigmoid(r + h @ ur.T), sigmoid(z + h @ uz.T)
        n = np.tanh(n + (r * h) @ un.T)
        h = (1 - z) * n + z * h
        expected.append(h)
    close(layer(x)[0], expected, 1e-12)
    cell = nn.GRUCell(3, 2, reset_after=False, dtype=thalweg.float64)
    with thalweg.no_grad():
        for name, parameter in layer.named_parameters():
            getattr(cell, name.removesuffix("_l0")).copy_(parameter)
        if not has_two_biases:
            cell.bias_hh = None
    close(cell(x[0]), expected[0], 1e-12)


@pytest.mark.parametrize("project", [0, 1])
def test_lstm_with_peepholes(project):
    layer = fill(nn.LSTM(3, 2, proj_size=project, peephole=True, dtype=thalweg.float64))
    x = numbers((4, 2, 3), 1, thalweg.float64)
    w, u, b, d, p = arrays(layer, "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "weight_ch_l0")
    h, c = np.zeros((2, project or 2)), np.zeros((2, 2))
    expected = []
    for row in x.numpy():
        i, f, g, o = np.split(row @ w.T + b + h @ u.T + d, 4, axis=1)
        c_next = sigmoid(f + p[1] * c) * c + sigmoid(i + p[0] * c) * np.tanh(g)
        h = sigmoid(o + p[2] * c_next) * np.tanh(c_next)
        if project:
            h = h @ arrays(layer, "weight_hr_l0")[0].T
        c = c_next
        expected.append(h)
    y, (h_n, c_n) = layer(x)
    close(y, expected, 1e-12)
    close(h_n, h, 1e-12)
    close(c_n, c, 1e-12)


def test_initialisation():
    thalweg.manual_seed(1)
    layer = nn.LSTM(50, 100, num_layers=2, bidirectional=True, forget_bias=1.5)
    for name, parameter in layer.named_parameters():
        values = parameter.detach().numpy().copy()
        if name.startswith("bias"):
            np.testing.assert_array_equal(values[100:200], 1.5 if "ih" in name else 0)
            values[100:200] = 0.09
        assert 0.05 < np.abs(values).max() <= 0.1
    assert layer.weight_ih_l1_reverse.shape == (400, 200)
    assert len(layer.all_weights) == 4


# -- Options of this library ------------------------------------------------------------------------------------------


def test_gates():
    layer = fill(nn.LSTM(3, 2, num_layers=2, dtype=thalweg.float64))
    x = numbers((4, 2, 3), 1, thalweg.float64)
    y, _, (gates, cells) = layer(x, return_gates=True)
    assert gates.shape == (2, 4, 2, 8)
    assert cells.shape == (2, 4, 2, 2)
    assert not gates.requires_grad
    i, f, g, o = np.split(gates.numpy()[1], 4, axis=-1)
    c_t = cells.numpy()[1]
    np.testing.assert_allclose(c_t[1:], f[1:] * c_t[:-1] + i[1:] * g[1:], atol=1e-12)
    close(y, o * np.tanh(c_t), 1e-12)
    y, _, gates = fill(nn.GRU(3, 2, bidirectional=True))(
        numbers((4, 2, 3), 1), lengths=[2, 4], return_gates=True
    )
    assert gates.shape == (2, 4, 2, 6)
    assert not gates.numpy()[:, 2:, 0].any()


@pytest.mark.parametrize("kind", LAYERS)
def test_in_a_sequential(kind, tmp_path):
    """A classifier of sequences: padding ends them, the last state goes on."""
    table = nn.Embedding(7, 3, padding_idx=0)
    layer = kind(3, 4, bidirectional=True, batch_first=True, return_sequences=False, mask_zero=True)
    net = nn.Sequential(table, kind(3, 3, batch_first=True, mask_zero=True), layer, nn.Linear(8, 2))
    words = thalweg.tensor([[1, 2, 3, 0, 0], [4, 5, 6, 1, 2]])
    y = net(words)
    assert y.shape == (2, 2)
    short = net(words[:1, :3])
    np.testing.assert_allclose(y[:1].detach().numpy(), short.detach().numpy(), atol=1e-6)
    inner, _ = net[1](table(words), lengths=[3, 5])
    _, h = layer(inner, lengths=[3, 5])
    h = h[0] if kind is nn.LSTM else h
    last = thalweg.cat([h[0], h[1]], 1)
    np.testing.assert_allclose(net[3](last).detach().numpy(), y.detach().numpy(), atol=1e-6)
    thalweg.save(net, tmp_path / "net.h5")
    np.testing.assert_array_equal(
        thalweg.load(tmp_path / "net.h5")(words).detach().numpy(), y.detach().numpy()
    )
    thalweg.io.save_weights(net, tmp_path / "weights.h5")
    thalweg.io.load_weights(net, tmp_path / "weights.h5")


def test_inspection():
    net = nn.Sequential(nn.LSTM(3, 4, num_layers=2, bidirectional=True, proj_size=2), nn.Linear(4, 1))
    x = numbers((5, 2, 3), 1)
    one = 2 * (4 * 4 * (3 + 2) + 4 * 2) + 2 * (4 * 4 * (4 + 2) + 4 * 2)
    assert net.multiply_adds(x) == 10 * one + 10 * 4
    assert nn.GRU(3, 4, batch_first=True).multiply_adds(numbers((2, 5, 3), 1)) == 10 * 12 * 7
    assert nn.RNNCell(3, 4).multiply_adds(numbers((2, 3), 1)) == 2 * 4 * 7
    assert "LSTM" in net.summary(x)
    layers = {entry.name: entry for entry in nn.layer_gradients(net, x, lambda y: (y * y).mean())}
    assert layers["0"].weight_gradient_norm > 0
    assert layers["0"].activation_gradient_norm > 0
    net[0].requires_grad_(False)
    net(x).sum().backward()
    assert all(parameter.grad is None for parameter in net[0].parameters())


@pytest.mark.parametrize("kind", LAYERS)
def test_dropout_is_between_layers(kind):
    thalweg.manual_seed(1)
    layer = fill(kind(3, 4, num_layers=2, dropout=0.5))
    x = numbers((5, 2, 3), 1)
    a, b = (layer(x)[0].detach().numpy() for _ in range(2))
    assert not np.array_equal(a, b)
    layer.eval()
    np.testing.assert_array_equal(layer(x)[0].detach().numpy(), layer(x)[0].detach().numpy())
    thalweg.manual_seed(1)
    first = fill(kind(3, 4))
    with pytest.warns(UserWarning, match="dropout"):
        kind(3, 4, dropout=0.5)
    assert first is not None


@pytest.mark.parametrize("kind", LAYERS)
def test_lengths_keep_padding_out(kind):
    layer = fill(kind(3, 2, num_layers=2, bidirectional=True, dtype=thalweg.float64))
    x = np.random.default_rng(1).normal(size=(5, 3, 3))
    x[3:, 0] = np.nan
    x[1:, 1] = 1e300
    y, last = layer(thalweg.tensor(x), lengths=thalweg.tensor([3, 1, 5], dtype=thalweg.int32))
    found = y.detach().numpy()
    assert not found[3:, 0].any()
    for row, end in enumerate([3, 1, 5]):
        alone, state = layer(thalweg.tensor(x[:end, row]))
        np.testing.assert_allclose(found[:end, row], alone.detach().numpy(), atol=1e-12)
        for part, own in zip(flat(last), flat(state), strict=True):
            np.testing.assert_allclose(part.detach().numpy()[:, row], own.detach().numpy(), atol=1e-12)
    y.sum().backward()
    assert all(np.isfinite(parameter.grad.numpy()).all() for parameter in layer.parameters())


CELLS = {
    "RNN": (nn.RNN, {}),
    "LSTM": (nn.LSTM, {}),
    "GRU": (nn.GRU, {}),
    "LSTM, projection": (nn.LSTM, {"proj_size": 1}),
    "LSTM, peepholes": (nn.LSTM, {"peephole": True}),
    "LSTM, both": (nn.LSTM, {"proj_size": 1, "peephole": True}),
    "GRU, reset before": (nn.GRU, {"reset_after": False}),
}


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("sizes", [(3, 2, 5, 6), (7, 70, 20, 33), (40, 4, 3, 64)])
def test_fused_is_composed(name, sizes):
    """A backward pass that is recorded goes through the cell's equations in single operations."""
    steps, batch, inputs, hidden = sizes
    kind, options = CELLS[name]
    if "proj_size" in options:
        options = options | {"proj_size": (hidden + 1) // 2}
    layer = kind(inputs, hidden, 2, bidirectional=True, dtype=thalweg.float64, **options)
    layer.keep_gradient_norms()
    x = thalweg.randn(steps, batch, inputs, dtype=thalweg.float64, requires_grad=True)
    state = [
        thalweg.randn(4, batch, size, dtype=thalweg.float64, requires_grad=True)
        for size in (options.get("proj_size") or hidden, hidden)[: 2 if kind is nn.LSTM else 1]
    ]
    for lengths in (None, [1 + 7 * i % steps for i in range(batch)]):
        y, last = layer(x, tuple(state) if kind is nn.LSTM else state[0], lengths=lengths)
        loss = (y * y).sum() + sum((part * part).sum() for part in flat(last))
        leaves = [x, *state, *layer.parameters()]
        fused = thalweg.autograd.grad(loss, leaves, retain_graph=True)
        norms = layer.gradient_norms()
        composed = thalweg.autograd.grad(loss, leaves, create_graph=True)
        for a, b in zip(fused, composed, strict=True):
            b = b.detach().numpy()
            np.testing.assert_allclose(a.numpy(), b, rtol=1e-10, atol=1e-11 * (1 + np.abs(b).max()))
        for a, b in zip(norms, layer.gradient_norms(), strict=True):
            assert (a is None) == (b is None)
            if a is not None:
                np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-10)


@pytest.mark.parametrize("name", CELLS)
def test_second_order(name):
    kind, options = CELLS[name]
    layer = fill(kind(2, 2, bidirectional=True, dtype=thalweg.float64, **options))
    x = numbers((3, 2, 2), 1, thalweg.float64)
    x.requires_grad = True

    def function(x, *weights):
        y, last = layer(x, lengths=[2, 3])
        return (y * y).sum() + flat(last)[-1].sum()

    inputs = (x, *layer.parameters())
    thalweg.autograd.gradcheck(function, inputs)
    thalweg.autograd.gradgradcheck(function, inputs)


# -- States between calls ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", LAYERS)
def test_stateful(kind):
    net = nn.Sequential(fill(kind(3, 2, num_layers=2)), nn.Linear(2, 3))
    x = numbers((6, 2, 3), 1)
    whole = net(x).detach().numpy()
    net.set_stateful()
    assert net[0].stateful
    parts = [net(x[i : i + 2]) for i in range(0, 6, 2)]
    np.testing.assert_allclose(np.concatenate([p.detach().numpy() for p in parts]), whole, atol=1e-6)
    assert not flat(net[0].state)[0].requires_grad
    kept = net[0].state
    again = net(x[:2]).detach().numpy()
    net[0].state = kept
    np.testing.assert_array_equal(net(x[:2]).detach().numpy(), again)
    kept = flat(net[0].state)[0].numpy().copy()
    net.summary(x[:, :1])
    np.testing.assert_array_equal(flat(net[0].state)[0].numpy(), kept)
    net.reset_state()
    assert net[0].state is None
    np.testing.assert_allclose(net(x[:2]).detach().numpy(), whole[:2], atol=1e-6)
    with pytest.raises(thalweg.ShapeError, match="batch of 2"):
        net(x[:, :1])
    net.set_stateful(False)
    np.testing.assert_allclose(net(x[:2]).detach().numpy(), whole[:2], atol=1e-6)
    np.testing.assert_allclose(net(x[:2]).detach().numpy(), whole[:2], atol=1e-6)
    net[0].stateful = True
    assert net[0].stateful


@pytest.mark.parametrize("kind", LAYERS)
def test_stateful_in_both_directions(kind):
    """The first direction goes on, the second begins with zeros in every piece."""
    layer = fill(kind(3, 2, num_layers=2, bidirectional=True))
    x, hx, expected = numbers((6, 2, 3), 1), None, []
    for i in range(0, 6, 2):
        y, hx = layer(x[i : i + 2], hx)
        expected.append(y.detach().numpy())
        ended = flat(hx)
        hx = [part.detach().numpy().copy() for part in ended]
        for part in hx:
            part[1::2] = 0
        hx = [thalweg.tensor(part) for part in hx]
        hx = tuple(hx) if kind is nn.LSTM else hx[0]
    layer.stateful = True
    for i in range(0, 6, 2):
        np.testing.assert_allclose(layer(x[i : i + 2])[0].detach().numpy(), expected[i // 2], atol=1e-6)
    for kept, right in zip(flat(layer.state), flat(hx), strict=True):
        np.testing.assert_allclose(kept.numpy(), right.numpy(), atol=1e-6)
    # A state that is set counts for both.
    given = [thalweg.tensor(np.full((4, 2, 2), 0.5, np.float32)) for _ in flat(hx)]
    layer.state = tuple(given) if kind is nn.LSTM else given[0]
    first = layer(x)[0].detach().numpy()
    layer.stateful = False
    second = layer(x, tuple(given) if kind is nn.LSTM else given[0])[0]
    np.testing.assert_array_equal(first, second.detach().numpy())


def test_stateful_cell():
    layer, cell = fill(nn.LSTM(3, 2)), fill(nn.LSTMCell(3, 2))
    x = numbers((6, 2, 3), 1)
    cell.stateful = True
    y = np.stack([cell(step)[0].detach().numpy() for step in x])
    np.testing.assert_allclose(y, layer(x)[0].detach().numpy(), atol=1e-6)


def test_a_subclass_has_the_last_word():
    class Mine(nn.GRU):
        def forward(self, input, hx=None):
            output, _ = super().forward(input, hx)
            return output * 2

    layer = fill(Mine(3, 2))
    x = numbers((4, 2, 3), 1)
    twice = nn.Sequential(layer)(x).detach().numpy()
    np.testing.assert_array_equal(twice, layer(x).detach().numpy())
    np.testing.assert_array_equal(twice, 2 * fill(nn.GRU(3, 2))(x)[0].detach().numpy())


# -- Gradients in time ------------------------------------------------------------------------------------------------


def in_operations(layer, x, h, c):
    """A step of a layer, in single operations, so that every state has all of its gradient."""
    u = nn.functional.linear(x, layer.weight_ih_l0, layer.bias_ih_l0)
    v = nn.functional.linear(h, layer.weight_hh_l0, layer.bias_hh_l0)
    if isinstance(layer, nn.RNN):
        return (u + v).tanh(), c
    if isinstance(layer, nn.LSTM):
        i, f, g, o = (u + v).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c
    (r, z, n), (vr, vz, vn) = u.chunk(3, 1), v.chunk(3, 1)
    z = (z + vz).sigmoid()
    return (1 - z) * (n + (r + vr).sigmoid() * vn).tanh() + z * h, c


@pytest.mark.parametrize("kind", LAYERS)
def test_gradient_norms(kind):
    layer = fill(kind(3, 2, dtype=thalweg.float64))
    x = numbers((5, 2, 3), 1, thalweg.float64)
    with pytest.raises(thalweg.AutogradError, match="keeps none"):
        layer.gradient_norms()
    layer.keep_gradient_norms()
    y, _ = layer(x)
    with pytest.raises(thalweg.AutogradError, match="no backward pass"):
        layer.gradient_norms()
    (y[-1] * numbers((2, 2), 3, thalweg.float64)).sum().backward()
    norms = layer.gradient_norms()
    assert norms.hidden.shape == (1, 5)
    assert (norms.cell is not None) == (kind is nn.LSTM)

    states, hx = [], (thalweg.zeros(2, 2, dtype=thalweg.float64),) * 2
    for step in x:
        hx = in_operations(layer, step, *hx)
        states.append(hx[: 1 + (kind is nn.LSTM)])
        for part in states[-1]:
            part.retain_grad()
    (hx[0] * numbers((2, 2), 3, thalweg.float64)).sum().backward()
    for place, parts in enumerate(zip(*states, strict=True)):
        expected = [np.linalg.norm(part.grad.numpy()) for part in parts]
        np.testing.assert_allclose(norms[place].numpy()[0], expected, rtol=1e-10)


def test_gradient_norms_of_layers_and_directions():
    layer = fill(nn.LSTM(3, 2, num_layers=2, bidirectional=True))
    layer.keep_gradient_norms()
    y, _ = layer(numbers((5, 2, 3), 1), lengths=[5, 3])
    y[2].sum().backward()
    hidden, cell = layer.gradient_norms()
    assert hidden.shape == cell.shape == (4, 5)
    assert hidden.numpy()[2, :3].all()
    assert not hidden.numpy()[2, 3:].any()
    assert hidden.numpy()[3, 2:].all()
    assert not hidden.numpy()[3, :2].any()


# -- Truncated backpropagation through time ---------------------------------------------------------------------------


def language_model():
    return nn.Sequential(
        nn.LSTM(3, 4, num_layers=2, dtype=thalweg.float64), nn.Linear(4, 3, dtype=thalweg.float64)
    )


def gradients(net):
    found = [parameter.grad.numpy().copy() for parameter in net.parameters()]
    net.zero_grad()
    return found


def test_tbptt_is_exact_where_it_reaches_far_enough():
    net = fill(language_model())
    x, t = numbers((7, 2, 3), 1, thalweg.float64), numbers((7, 2, 3), 2, thalweg.float64)
    whole = nn.functional.mse_loss(net(x), t)
    whole.backward()
    expected = gradients(net)
    for tau, k1 in [(7, None), (100, None), (None, None), (100, 2), (9, 3), (7, 1)]:
        loss, state = nn.tbptt(net, x, t, nn.functional.mse_loss, tau, k1=k1)
        assert state is None
        assert loss == pytest.approx(whole.item())
        for found, right in zip(gradients(net), expected, strict=True):
            np.testing.assert_allclose(found, right, atol=1e-12)
    swapped = fill(nn.Sequential(nn.LSTM(3, 4, 2, batch_first=True, dtype=thalweg.float64), net[1]))
    with thalweg.no_grad():
        swapped.load_state_dict(net.state_dict())
    nn.tbptt(swapped, x.transpose(0, 1), t.transpose(0, 1), nn.functional.mse_loss, 8, k1=3, batch_first=True)
    for found, right in zip(gradients(swapped), expected, strict=True):
        np.testing.assert_allclose(found, right, atol=1e-12)


@pytest.mark.parametrize(("tau", "k1"), [(1, 1), (3, 3), (3, 1), (4, 2), (5, 3), (3, 2)])
def test_tbptt_by_its_definition(tau, k1):
    """Every window's own loss, by hand, with the states before it held fast."""
    net = fill(language_model())
    x, t = numbers((8, 2, 3), 1, thalweg.float64), numbers((8, 2, 3), 2, thalweg.float64)
    loss, _ = nn.tbptt(net, x, t, nn.functional.mse_loss, tau, k1=k1, reduction="sum")
    found = gradients(net)
    total = 0
    for first in range(0, 8, k1):
        end = min(first + k1, 8)
        start = first if tau == k1 else max(0, end - tau)
        hx = None
        if start:
            with thalweg.no_grad():
                _, hx = net[0](x[:start])
        y = net[1](net[0](x[start:end], hx)[0])[first - start :]
        part = nn.functional.mse_loss(y, t[first:end])
        part.backward()
        total += part.item()
    assert loss == pytest.approx(total)
    for a, b in zip(found, gradients(net), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


def test_tbptt_with_a_state_of_ones_own():
    layer, head = fill(nn.GRU(3, 4, dtype=thalweg.float64)), fill(nn.Linear(4, 3, dtype=thalweg.float64))
    net = nn.Sequential(layer, head)
    x, t = numbers((8, 2, 3), 1, thalweg.float64), numbers((8, 2, 3), 2, thalweg.float64)

    def model(x, state):
        y, h = layer(x, state["h"])
        return head(y), {"h": h}

    for tau, k1 in [(3, None), (4, 2), (20, None)]:
        expected_loss, _ = nn.tbptt(net, x, t, nn.functional.mse_loss, tau, k1=k1)
        expected = gradients(net)
        zeros = thalweg.zeros(1, 2, 4, dtype=thalweg.float64)
        loss, state = nn.tbptt(model, x, t, nn.functional.mse_loss, tau, k1=k1, state={"h": zeros})
        assert loss == pytest.approx(expected_loss)
        np.testing.assert_allclose(state["h"].numpy(), layer(x)[1].detach().numpy(), atol=1e-12)
        for a, b in zip(gradients(net), expected, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-12)


def test_tbptt_steps_and_goes_on():
    net = fill(language_model())
    optimizer = thalweg.optim.SGD(net.parameters(), lr=0.1)
    x, t = numbers((9, 2, 3), 1, thalweg.float64), numbers((9, 2, 3), 2, thalweg.float64)
    losses = []

    def after(loss):
        losses.append(loss)
        optimizer.step()
        optimizer.zero_grad()

    net.set_stateful()
    first, _ = nn.tbptt(net, x, t, nn.functional.mse_loss, 4, k1=2, reduction="sum", after=after)
    assert len(losses) == 5
    assert first == pytest.approx(sum(losses))
    assert net[0].state is not None
    net.set_stateful(False)
    second, _ = nn.tbptt(net, x, t, nn.functional.mse_loss, 4, k1=2, reduction="sum", after=after)
    assert second < first
    with pytest.raises(ValueError, match="1 <= k1 <= tau"):
        nn.tbptt(net, x, t, nn.functional.mse_loss, 2, k1=3)
    with pytest.raises(ValueError, match="recurrent"):
        nn.tbptt(net[1], x, t, nn.functional.mse_loss, 2)


def test_tbptt_in_both_directions():
    net = nn.Sequential(
        nn.LSTM(3, 4, num_layers=2, bidirectional=True, dtype=thalweg.float64),
        nn.Linear(8, 3, dtype=thalweg.float64),
    )
    fill(net)
    x, t = numbers((8, 2, 3), 1, thalweg.float64), numbers((8, 2, 3), 2, thalweg.float64)
    whole = nn.functional.mse_loss(net(x), t)
    whole.backward()
    expected = gradients(net)
    loss, _ = nn.tbptt(net, x, t, nn.functional.mse_loss, 8)
    assert loss == pytest.approx(whole.item())
    for found, right in zip(gradients(net), expected, strict=True):
        np.testing.assert_allclose(found, right, atol=1e-12)
    # Chunks of 3: those of the first direction go on, by hand.
    loss, _ = nn.tbptt(net, x, t, nn.functional.mse_loss, 3, reduction="sum")
    found, total, hx = gradients(net), 0, None
    for start in range(0, 8, 3):
        y, ended = net[0](x[start : start + 3], hx)
        part = nn.functional.mse_loss(net[1](y), t[start : start + 3])
        part.backward()
        total += part.item()
        hx = [state.detach().numpy().copy() for state in ended]
        for state in hx:
            state[1::2] = 0
        hx = tuple(thalweg.tensor(state) for state in hx)
    assert loss == pytest.approx(total)
    for a, b in zip(found, gradients(net), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)
    with pytest.raises(ValueError, match="two directions"):
        nn.tbptt(net, x, t, nn.functional.mse_loss, 4, k1=2)


def test_tbptt_has_flat_memory():
    net = nn.Sequential(nn.LSTM(8, 32), nn.Linear(32, 8))

    def peak(steps):
        x = thalweg.zeros(steps, 4, 8)
        thalweg.reset_peak_memory()
        before = thalweg.get_memory_stats()["bytes_in_use"]
        nn.tbptt(net, x, x, nn.functional.mse_loss, 10)
        return thalweg.get_memory_stats()["peak_bytes_in_use"] - before

    peak(40)
    assert peak(640) <= peak(40)


# -- Errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: nn.LSTM(0, 2), "both must be from 1"),
        (lambda: nn.LSTM(2, 2, num_layers=0), "0 layers"),
        (lambda: nn.LSTM(2, 2, num_layers=2**62), "layers"),
        (lambda: nn.LSTM(2**62, 2**62), "hidden size"),
        (lambda: nn.LSTM(2, 2, proj_size=2), "proj_size"),
        (lambda: nn.LSTM(2, 2, proj_size=-(2**63)), "proj_size"),
        (lambda: nn.LSTM(2, 2, num_layers=2, dropout=1.5), "dropout"),
        (lambda: nn.LSTM(2, 2, num_layers=2, dropout=math.nan), "dropout"),
        (lambda: nn.LSTM(2, 2, forget_bias=math.inf), "forget_bias"),
        (lambda: nn.LSTM(2, 2, bias=False, forget_bias=1.0), "no bias"),
        (lambda: nn.RNN(2, 2, nonlinearity="elu"), "'sigmoid'"),
        (lambda: nn.GRU(2, 2)(numbers((2, 2, 3), 1)), r"\[time, batch, 2\]"),
        (lambda: nn.GRU(2, 2, batch_first=True)(numbers((2, 2, 3), 1)), r"\[batch, time, 2\]"),
        (lambda: nn.GRU(2, 2)(numbers((2,), 1)), "must be"),
        (lambda: nn.GRU(2, 2)(thalweg.zeros(0, 2, 2)), "one step or more"),
        (lambda: nn.GRU(2, 2)(numbers((3, 2, 2), 1), numbers((2, 2, 2), 1)), r"must be \[1, 2, 2\]"),
        (lambda: nn.GRU(2, 2)(numbers((3, 2), 1), numbers((2, 2), 1)), r"must be \[1, 2\]"),
        (lambda: nn.LSTM(2, 2)(numbers((3, 2, 2), 1), (numbers((1, 2, 2), 1), None)), "give both"),
        (lambda: nn.LSTM(2, 2)(numbers((3, 2, 2), 1), numbers((1, 2, 2), 1)), "pair"),
        (lambda: nn.GRU(2, 2)(numbers((3, 2, 2), 1), lengths=[3, 4]), "from 1 to 3"),
        (lambda: nn.GRU(2, 2)(numbers((3, 2, 2), 1), lengths=[3, 0]), "from 1 to 3"),
        (lambda: nn.GRU(2, 2)(numbers((3, 2, 2), 1), lengths=[3]), r"must be \[2\]"),
        (lambda: nn.GRU(2, 2)(numbers((3, 2, 2), 1), mask=thalweg.tensor([[1, 0, 1], [1, 1, 1]])), "gap"),
        (lambda: nn.GRU(2, 2)(numbers((3, 2, 2), 1), mask=thalweg.tensor([1, 1])), r"\[batch, time\]"),
        (lambda: nn.GRU(2, 2)(numbers((3, 2, 2), 1, thalweg.float64)), "float64"),
        (lambda: nn.GRUCell(2, 2)(numbers((3, 3), 1)), r"\[batch, 2\]"),
        (lambda: nn.GRUCell(2, 2)(numbers((3, 2), 1), numbers((2, 2), 1)), r"must be \[3, 2\]"),
        (lambda: rnn.pack_padded_sequence(numbers((3, 2, 2), 1), [1, 3]), "enforce_sorted"),
        (lambda: rnn.pack_padded_sequence(numbers((3, 2, 2), 1), [4, 3]), "from 1 to 3"),
    ],
)
def test_errors(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()


def test_empty_batch():
    y, (h, c) = nn.LSTM(3, 2, bidirectional=True)(thalweg.zeros(4, 0, 3))
    assert y.shape == (4, 0, 4)
    assert h.shape == c.shape == (2, 0, 2)


# -- Packing ----------------------------------------------------------------------------------------------------------


def test_packing():
    sequences = [thalweg.tensor([[1.0], [2], [3]]), thalweg.tensor([[4.0]]), thalweg.tensor([[5.0], [6]])]
    padded = rnn.pad_sequence(sequences, padding_value=-1)
    assert padded.shape == (3, 3, 1)
    assert padded[:, 1, 0].tolist() == [4, -1, -1]
    assert rnn.pad_sequence(sequences, batch_first=True, padding_side="left")[1, :, 0].tolist() == [0, 0, 4]
    packed = rnn.pack_sequence(sequences, enforce_sorted=False)
    assert packed.data[:, 0].tolist() == [1, 5, 4, 2, 6, 3]
    assert packed.batch_sizes.tolist() == [3, 2, 1]
    assert packed.sorted_indices.tolist() == [0, 2, 1]
    assert packed.unsorted_indices.tolist() == [0, 2, 1]
    for found, expected in zip(rnn.unpack_sequence(packed), sequences, strict=True):
        assert found.tolist() == expected.tolist()
    back, lengths = rnn.pad_packed_sequence(packed, batch_first=True, padding_value=9, total_length=4)
    assert back[1, :, 0].tolist() == [4, 9, 9, 9]
    assert lengths.tolist() == [3, 1, 2]
    with pytest.raises(ValueError, match="total_length"):
        rnn.pad_packed_sequence(packed, total_length=2)
    assert rnn.unpad_sequence(padded, [3, 1, 2])[2][:, 0].tolist() == [5, 6]


@pytest.mark.parametrize(("kind", "name"), [(nn.LSTM, "lstm"), (nn.RNN, "simple_rnn")])
def test_kerass_weights(kind, name, tmp_path):
    """A file as Keras 3 writes it: kernels are transposed, in the layer's child `cell`, with one bias."""
    h5py = pytest.importorskip("h5py")
    layer = fill(kind(3, 2))
    layer.bias_hh_l0 = None
    values = [layer.weight_ih_l0.detach().numpy().T, layer.weight_hh_l0.detach().numpy().T]
    values.append(layer.bias_ih_l0.detach().numpy())
    with h5py.File(tmp_path / "keras.weights.h5", "w") as file:
        file.create_group(f"layers/{name}/vars")
        for place, value in enumerate(values):
            file[f"layers/{name}/cell/vars/{place}"] = value
    other = nn.Sequential(kind(3, 2))
    other[0].bias_hh_l0 = None
    thalweg.io.load_weights(other, tmp_path / "keras.weights.h5")
    for found, expected in zip(other.parameters(), layer.parameters(), strict=True):
        np.testing.assert_array_equal(found.detach().numpy(), expected.detach().numpy())
    thalweg.io.save_weights(other, tmp_path / "ours.weights.h5")
    with h5py.File(tmp_path / "ours.weights.h5") as file:
        for place, value in enumerate(values):
            np.testing.assert_array_equal(file[f"layers/{name}/cell/vars/{place}"][:], value)
