"""Writes Tests/Golden/schedules.txt with PyTorch: python Tests/Golden/schedules.py (torch).

A line each: schedule, "lr" or "momentum", then the first group's values at epochs 0 to 60. ScheduleTests.swift has the
same schedules. The metric of plateaus is a formula that it repeats.
"""

import math
from pathlib import Path

import torch
from torch.optim import lr_scheduler as s
from torch.optim.swa_utils import SWALR

EPOCHS = 60


def metric(epoch):
    return 1 / (1 + min(epoch, 12)) + 0.02 * math.sin(1.7 * epoch)


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


def run(name):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
    schedule = SCHEDULES[name](optimizer)
    for epoch in range(EPOCHS + 1):
        yield optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"]
        optimizer.step()
        if epoch == EPOCHS:
            break
        if name.startswith("plateau"):
            schedule.step(metric(epoch))
        else:
            schedule.step()


lines = []
for name in SCHEDULES:
    values = list(run(name))
    for place, kind in enumerate(("lr", "momentum")):
        if kind == "lr" or any(v[1] != 0.9 for v in values):
            lines.append(" ".join([name, kind, *(f"{v[place]:.17g}" for v in values)]))
(Path(__file__).parent / "schedules.txt").write_text("\n".join(lines) + "\n")
