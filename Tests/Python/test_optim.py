"""Optimisers against PyTorch's formulas, and training."""

import numpy as np
import pytest
import thalweg
from thalweg import nn, optim

START = [1.0, -2.0]


def descend(make, steps=5):
    """The parameter after steps on a fixed quadratic."""
    x = nn.Parameter(thalweg.tensor(START, dtype=thalweg.float64))
    optimizer = make([x])
    for _ in range(steps):
        optimizer.zero_grad()
        (x * x * thalweg.tensor([1.0, 3.0], dtype=thalweg.float64)).sum().backward()
        optimizer.step()
    return x.detach().numpy().copy()


def gradient(x):
    return 2 * x * np.array([1.0, 3.0])


def test_sgd():
    x = np.array(START)
    for _ in range(5):
        x -= 0.1 * gradient(x)
    np.testing.assert_allclose(descend(lambda p: optim.SGD(p, lr=0.1)), x)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum(nesterov):
    x, v = np.array(START), None
    for _ in range(5):
        g = gradient(x) + 0.01 * x
        v = g if v is None else 0.9 * v + g
        x = x - 0.05 * (g + 0.9 * v if nesterov else v)
    ours = descend(lambda p: optim.SGD(p, 0.05, momentum=0.9, weight_decay=0.01, nesterov=nesterov))
    np.testing.assert_allclose(ours, x)


@pytest.mark.parametrize("decoupled", [False, True])
def test_adam(decoupled):
    x, m, v = np.array(START), np.zeros(2), np.zeros(2)
    for t in range(1, 6):
        g = gradient(x)
        if decoupled:
            x = x * (1 - 0.1 * 0.1)
        else:
            g = g + 0.1 * x
        m, v = 0.8 * m + 0.2 * g, 0.99 * v + 0.01 * g * g
        x = x - 0.1 * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
    kind = optim.AdamW if decoupled else optim.Adam
    np.testing.assert_allclose(descend(lambda p: kind(p, lr=0.1, betas=(0.8, 0.99), weight_decay=0.1)), x)


def test_groups():
    a, b = nn.Parameter(thalweg.ones(1)), nn.Parameter(thalweg.ones(1))
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.1)
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.5]
    (a + b).sum().backward()
    optimizer.step()
    np.testing.assert_allclose([a.item(), b.item()], [0.9, 0.5], rtol=1e-6)
    for group in optimizer.param_groups:
        group["lr"] *= 2
    assert optimizer.param_groups[1]["lr"] == 1.0
    optimizer.step()
    np.testing.assert_allclose([a.item(), b.item()], [0.7, -0.5], rtol=1e-6)
    with pytest.raises(KeyError):
        optimizer.param_groups[0]["momentum"] = 0.9
    with pytest.raises(thalweg.Error):
        optimizer.add_param_group({"params": [a]})
    with pytest.raises(TypeError):
        optimizer.add_param_group({"params": [nn.Parameter(thalweg.ones(1))], "nonsense": 1})
    assert "lr: 1.0" in repr(optimizer)


def test_what_is_refused():
    with pytest.raises(thalweg.Error):
        optim.SGD([])
    with pytest.raises(TypeError):
        optim.SGD([1.0])
    with pytest.raises(thalweg.Error):
        optim.SGD([nn.Parameter(thalweg.ones(1))], lr=-1)
    with pytest.raises(thalweg.Error):
        optim.Adam([nn.Parameter(thalweg.ones(1))], betas=(2, 0.9))


def test_closure():
    x = nn.Parameter(thalweg.ones(1))
    optimizer = optim.SGD([x], lr=0.25)

    def closure():
        optimizer.zero_grad()
        loss = (x * x).sum()
        loss.backward()
        return loss

    with thalweg.no_grad():
        assert optimizer.step(closure).item() == 1
    assert x.item() == 0.5


def test_training():
    thalweg.manual_seed(1)
    net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
    points = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)
    labels = (points[:, 0] * points[:, 1] > 0).astype(np.int64)
    x, y = thalweg.from_numpy(points), thalweg.from_numpy(labels)
    optimizer = optim.Adam(net.parameters(), lr=0.02)
    loss_function = nn.CrossEntropyLoss()
    for _ in range(200):
        optimizer.zero_grad()
        loss = loss_function(net(x), y)
        loss.backward()
        optimizer.step()
    assert (net(x).argmax(1) == y).float().mean().item() > 0.95
