"""Schedules: PyTorch's values from Tests/Golden, states, schedules of the user's own."""

import math
from pathlib import Path

import numpy as np
import pytest
import thalweg
from thalweg import nn, optim
from thalweg.optim import lr_scheduler as s
from thalweg.optim.swa_utils import SWALR

GOLDEN = Path(__file__).parent.parent / "Golden" / "schedules.txt"


def metric(epoch):
    return 1 / (1 + min(epoch, 12)) + 0.02 * math.sin(1.7 * epoch)


# As in Tests/Golden/schedules.py.
SCHEDULES = {
    "step": lambda o: s.StepLR(o, 7, 0.6),
    "multistep": lambda o: s.MultiStepLR(o, [3, 10, 10, 41], 0.5),
    "constant": lambda o: s.ConstantLR(o, 0.25, 9),
    "linear": lambda o: s.LinearLR(o, 0.2, 0.9, 23),
    "linear-decay": lambda o: s.LinearLR(o, 1.0, 0.0, 31),
    "exponential": lambda o: s.ExponentialLR(o, 0.93),
    "polynomial": lambda o: s.PolynomialLR(o, 47, 1.7),
    "cosine": lambda o: s.CosineAnnealingLR(o, 13, 0.003),
    "restarts": lambda o: s.CosineAnnealingWarmRestarts(o, 7, 2, 0.002),
    "restarts-equal": lambda o: s.CosineAnnealingWarmRestarts(o, 9),
    "lambda": lambda o: s.LambdaLR(o, lambda e: 1 / (1 + 0.3 * e)),
    "multiplicative": lambda o: s.MultiplicativeLR(o, lambda e: 1 - 1 / (2 + e)),
    "cyclic": lambda o: s.CyclicLR(o, 0.01, 0.2, 6, 11),
    "cyclic2": lambda o: s.CyclicLR(o, 0.01, 0.2, 5, mode="triangular2", cycle_momentum=False),
    "cyclic-exp": lambda o: s.CyclicLR(o, 0.01, 0.2, 5, mode="exp_range", gamma=0.97, base_momentum=0.6),
    "onecycle": lambda o: s.OneCycleLR(o, 0.5, 61),
    "onecycle-linear": lambda o: s.OneCycleLR(o, 0.5, 61, anneal_strategy="linear", three_phase=True),
    "plateau": lambda o: s.ReduceLROnPlateau(o, factor=0.5, patience=2, cooldown=3, min_lr=1e-3),
    "plateau-abs": lambda o: s.ReduceLROnPlateau(
        o, "max", 0.7, 4, threshold=0.01, threshold_mode="abs", eps=1e-3
    ),
    "swa": lambda o: SWALR(o, 0.02, 13),
    "swa-linear": lambda o: SWALR(o, 0.3, 7, "linear"),
    "swa-at-once": lambda o: SWALR(o, 0.02, 0),
    "sequential": lambda o: s.SequentialLR(
        o, [s.LinearLR(o, 0.1, 1.0, 5), s.CosineAnnealingLR(o, 20), s.ExponentialLR(o, 0.8)], [5, 30]
    ),
    "chained": lambda o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 4), s.ExponentialLR(o, 0.9)]),
}


def make():
    return optim.SGD([nn.Parameter(thalweg.zeros(1))], lr=0.1, momentum=0.9)


def go(schedule, epoch):
    if isinstance(schedule, s.ReduceLROnPlateau):
        schedule.step(metric(epoch))
    else:
        schedule.step()


@pytest.mark.parametrize("name", SCHEDULES)
def test_as_torch(name):
    lines = [line.split() for line in GOLDEN.read_text().splitlines()]
    optimizer = make()
    schedule = SCHEDULES[name](optimizer)
    got = {"lr": [], "momentum": []}
    for epoch in range(61):
        for kind, values in got.items():
            values.append(optimizer.param_groups[0][kind])
        assert schedule.get_last_lr() == [optimizer.param_groups[0]["lr"]]
        assert schedule.last_epoch == epoch
        if epoch < 60:
            go(schedule, epoch)
    for _, kind, *values in (line for line in lines if line[0] == name):
        expected = [float(value) for value in values]
        np.testing.assert_allclose(got[kind], expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", SCHEDULES)
def test_state_goes_on(name):
    first, second = make(), make()
    a, b = SCHEDULES[name](first), SCHEDULES[name](second)
    for epoch in range(9):
        go(a, epoch)
    state = a.state_dict()
    assert state["last_epoch"] == 9
    b.load_state_dict(state)
    second.load_state_dict(first.state_dict())
    for epoch in range(9, 40):
        go(a, epoch)
        go(b, epoch)
        assert a.get_last_lr() == b.get_last_lr()
    assert a.state_dict() == b.state_dict()


def test_lambdas_of_groups():
    groups = [{"params": [nn.Parameter(thalweg.ones(1))], "lr": lr} for lr in (1.0, 2.0)]
    optimizer = optim.Adam(groups)
    schedule = s.LambdaLR(optimizer, [lambda e: 0.5**e, lambda e: 1 + e])
    schedule.step()
    assert schedule.get_last_lr() == [0.5, 4.0]
    assert schedule.base_lrs == [1.0, 2.0]
    assert [group["initial_lr"] for group in optimizer.param_groups] == [1.0, 2.0]
    with pytest.raises(ValueError):
        s.LambdaLR(optimizer, [lambda e: 1])
    with pytest.raises(TypeError):
        s.MultiplicativeLR(optimizer, 3)


def test_exceptions_pass():
    def factor(epoch):
        if epoch == 2:
            raise KeyError("no such epoch")
        return 1.0

    schedule = s.LambdaLR(make(), factor)
    schedule.step()
    with pytest.raises(KeyError):
        schedule.step()
    assert schedule.last_epoch == 1


def test_own_schedule():
    class Halving(s.LRScheduler):
        def get_lr(self):
            return [base * 0.5**self.last_epoch for base in self.base_lrs]

    optimizer = make()
    schedule = Halving(optimizer)
    for _ in range(3):
        schedule.step()
    np.testing.assert_allclose(optimizer.param_groups[0]["lr"], 0.1 / 8)
    chained = s.ChainedScheduler([schedule, s.ConstantLR(optimizer, 0.5, 2)])
    chained.step()
    assert schedule.last_epoch == 4


def test_cycles_of_adam():
    optimizer = optim.Adam([nn.Parameter(thalweg.ones(1))])
    s.OneCycleLR(optimizer, 0.1, epochs=2, steps_per_epoch=5)
    assert optimizer.param_groups[0]["betas"] == (0.95, 0.999)
    with pytest.raises(ValueError):
        s.OneCycleLR(optimizer, 0.1)
    with pytest.raises(thalweg.Error):
        s.CyclicLR(optim.Adagrad([nn.Parameter(thalweg.ones(1))]), 0.1, 0.2)


def test_what_is_refused():
    with pytest.raises(TypeError):
        s.StepLR(3, 1)
    with pytest.raises(thalweg.Error):
        s.StepLR(make(), 0)
    with pytest.raises(thalweg.Error):
        s.StepLR(make(), 1).step(3)
    with pytest.raises(ValueError):
        s.ReduceLROnPlateau(make(), "middle")


@pytest.mark.parametrize("mode", ["cycle", "iterations"])
def test_cyclic_scale_of_the_users_own(mode):
    given = []

    def scale(place):
        given.append(place)
        return 1 / (1 + place)

    sgd = optim.SGD([thalweg.zeros(1, requires_grad=True)], lr=1.0)
    schedule = s.CyclicLR(sgd, 1.0, 3.0, 2, scale_fn=scale, scale_mode=mode, cycle_momentum=False)
    rates = [schedule.get_last_lr()[0]]
    for _ in range(6):
        sgd.step()
        schedule.step()
        rates.append(schedule.get_last_lr()[0])
    shares = [0, 0.5, 1, 0.5, 0, 0.5, 1]
    places = [1, 1, 1, 1, 2, 2, 2] if mode == "cycle" else range(7)
    assert given == list(places)
    np.testing.assert_allclose(rates, [1 + 2 * s / (1 + p) for s, p in zip(shares, places, strict=True)])


def test_cyclic_scale_that_fails():
    sgd = optim.SGD([thalweg.zeros(1, requires_grad=True)], lr=1.0)
    with pytest.raises(ZeroDivisionError):
        s.CyclicLR(sgd, 1.0, 3.0, scale_fn=lambda place: 1 / 0, cycle_momentum=False)
