"""Optimisers against PyTorch's formulas, and training."""

import numpy as np
import pytest
import thalweg
from thalweg import nn, optim
from thalweg.optim import swa_utils

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
        optimizer.param_groups[0]["params"] = []
    with pytest.raises(thalweg.Error):
        optimizer.param_groups[0]["momentum"] = -0.9
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


def test_groups_are_dicts():
    x, y = (nn.Parameter(thalweg.ones(1)) for _ in range(2))
    optimizer = optim.Adam([x], lr=0.1, foreach=True)
    group = optimizer.param_groups[0]
    assert list(group) == [
        "params", "lr", "betas", "eps", "weight_decay", "amsgrad", "maximize", "decoupled_weight_decay"
    ]  # fmt: skip
    assert group["betas"] == (0.9, 0.999) and group["amsgrad"] is False
    group["betas"] = (0.5, 0.6)
    group.update(lr=0.2, note="mine")
    assert {**group}["betas"] == (0.5, 0.6) and dict(group)["lr"] == 0.2 and group.get("nothing") is None
    assert group.get("note") == "mine" and ("lr", 0.2) in group.items() and "eps" in group
    x.grad = thalweg.ones(1)
    optimizer.step()
    np.testing.assert_allclose(optimizer.state[x]["exp_avg"].item(), 0.5)
    optimizer.add_param_group({"params": [y], "lr": 0.5, "name": "late"})
    y.grad = thalweg.ones(1)
    optimizer.step()
    np.testing.assert_allclose(y.item(), 0.5, rtol=1e-6)
    assert optimizer.state_dict()["param_groups"][1]["params"] == [1]
    for way in ("capturable", "differentiable"):
        with pytest.raises(thalweg.Error):
            optim.Adam([x], **{way: True})


OPTIMIZERS = {
    "SGD": {"momentum": 0.9, "nesterov": True, "lr": 0.01},
    "Adagrad": {"initial_accumulator_value": 0.1},
    "Adadelta": {},
    "RMSprop": {"momentum": 0.5, "centered": True},
    "Adam": {"amsgrad": True},
    "AdamW": {},
    "NAdam": {},
    "RAdam": {},
    "Adamax": {},
    "Lion": {},
    "LBFGS": {"max_iter": 3, "line_search_fn": "strong_wolfe"},
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_state_goes_on(name):
    """A new optimiser of other settings goes on to the bit with the first one's state dict."""
    x, y = (nn.Parameter(thalweg.tensor([1.0, -2.0])) for _ in range(2))
    first = getattr(optim, name)([x], **OPTIMIZERS[name])
    second = getattr(optim, name)([y], lr=0.7)

    def go(optimizer, parameter):
        def closure():
            optimizer.zero_grad()
            loss = (parameter**4).sum() + (parameter * parameter).sum()
            loss.backward()
            return loss

        return optimizer.step(closure)

    for _ in range(3):
        go(first, x)
    with thalweg.no_grad():
        y.copy_(x)
    second.load_state_dict(first.state_dict())
    for _ in range(4):
        assert go(first, x).item() == go(second, y).item()
    np.testing.assert_array_equal(x.detach().numpy(), y.detach().numpy())
    assert second.state_dict()["param_groups"] == first.state_dict()["param_groups"]
    with pytest.raises(ValueError):
        second.load_state_dict(optim.SGD([x, nn.Parameter(thalweg.ones(1))]).state_dict())


def test_a_bad_state_changes_nothing():
    x = nn.Parameter(thalweg.ones(2))
    optimizer = optim.Adam([x], lr=0.5)
    state = optim.Adam([x], lr=0.25).state_dict()
    state["state"] = {0: {"exp_avg": thalweg.zeros(3)}}
    with pytest.raises(thalweg.Error):
        optimizer.load_state_dict(state)
    assert optimizer.param_groups[0]["lr"] == 0.5


def test_zero_grad():
    x = nn.Parameter(thalweg.ones(2))
    optimizer = optim.SGD([x])
    x.grad = thalweg.ones(2)
    optimizer.zero_grad(set_to_none=False)
    assert x.grad.tolist() == [0, 0]
    optimizer.zero_grad()
    assert x.grad is None


def test_lbfgs_passes_exceptions():
    x = nn.Parameter(thalweg.ones(2))
    optimizer = optim.LBFGS([x])
    with pytest.raises(ZeroDivisionError):
        optimizer.step(lambda: 1 / 0)
    with pytest.raises(TypeError):
        optimizer.step()
    with pytest.raises(thalweg.Error):
        optim.LBFGS([x], line_search_fn="golden section")


def test_clipping():
    def parameter(gradient):
        result = nn.Parameter(thalweg.ones(len(gradient)))
        result.grad = thalweg.tensor(gradient)
        return result

    p = [parameter([12.0]), parameter([0.0, 16.0]), nn.Parameter(thalweg.ones(3))]
    assert nn.utils.clip_grad_norm_(iter(p), 10).item() == 20
    assert p[1].grad.tolist() == [0, 8]
    assert nn.utils.clip_grad_norm_per_tensor_(p, 7).tolist() == [6, 8, 0]
    assert p[1].grad.tolist() == [0, 7]
    nn.utils.clip_grad_value_(p[0], 0.75)
    assert p[0].grad.tolist() == [0.75]
    total = nn.utils.get_total_norm([q.grad for q in p[:2]], float("inf"))
    nn.utils.clip_grads_with_norm_(p, 3.5, total)
    assert p[1].grad.tolist() == [0, 3.5]
    assert nn.utils.clip_grad_adaptive_(p, 0.25).item() == pytest.approx(np.hypot(0.375, 3.5))
    np.testing.assert_allclose(p[1].grad.tolist(), [0, 0.25 * np.sqrt(2)], rtol=1e-6)
    p[0].grad = thalweg.tensor([float("nan")])
    with pytest.raises(thalweg.Error):
        nn.utils.clip_grad_norm_(p, 1, error_if_nonfinite=True)
    with pytest.raises(thalweg.Error):
        nn.utils.clip_grad_value_(p, -1)


def test_average():
    x = nn.Parameter(thalweg.ones(2))
    mean, moving = optim.swa_utils.WeightAverage([x]), optim.swa_utils.WeightAverage([x], decay=0.75)
    for value in (2.0, 4.0):
        with thalweg.no_grad():
            x.fill_(value)
        mean.update()
        moving.update()
    with mean.applied():
        assert x.tolist() == [3, 3]
    assert x.tolist() == [4, 4]
    moving.copy_to()
    assert x.tolist() == [2.5, 2.5]


def test_accumulation():
    """Two batches' gradients, each loss halved, are one batch's."""
    x, y = (nn.Parameter(thalweg.tensor([1.0, 2.0])) for _ in range(2))
    a, b = optim.Adam([x], lr=0.1), optim.Adam([y], lr=0.1)
    data = thalweg.tensor([[1.0, 2.0], [3.0, 5.0]])
    for row in (0, 1):
        ((data[row] * x).sum() ** 2 / 2).backward()
    a.step()
    ((data * y).sum(1) ** 2).mean().backward()
    b.step()
    np.testing.assert_allclose(x.tolist(), y.tolist(), rtol=1e-6)


def test_averaged_model():
    net = nn.Sequential(nn.Linear(1, 1, bias=False), nn.BatchNorm1d(1))
    average = swa_utils.AveragedModel(net)
    decayed = swa_utils.AveragedModel(net, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.5), use_buffers=True)
    single = swa_utils.AveragedModel(net, avg_fn=swa_utils.get_ema_avg_fn(0.5))
    for value in (1.0, 3.0, 8.0):
        with thalweg.no_grad():
            net[0].weight.fill_(value)
            net[1].running_mean.fill_(value)
        for model in (average, decayed, single):
            model.update_parameters(net)
    assert average.module[0].weight.item() == 4
    assert average.module[1].running_mean.item() == 8
    assert decayed.module[0].weight.item() == single.module[0].weight.item() == 5
    assert decayed.module[1].running_mean.item() == 5
    assert average.n_averaged.item() == 3
    assert list(average.state_dict())[:2] == ["n_averaged", "module.0.weight"]
    x = thalweg.ones(2, 1)
    assert average.eval()(x).shape == (2, 1)


def test_update_bn_takes_the_mean_over_all_batches():
    net = nn.Sequential(nn.BatchNorm1d(1)).eval()
    batches = [(thalweg.tensor([[1.0], [3.0]]), None), (thalweg.tensor([[5.0], [7.0]]), None)]
    swa_utils.update_bn(batches, net)
    assert net[0].running_mean.item() == 4
    assert net[0].momentum == 0.1
    assert not net.training
