"""Writes Tests/Golden/optimizers.txt with PyTorch: python Tests/Golden/optimizers.py (torch).

A line each: variant, number of steps, then the parameter after them, computed in float64. Start and gradients
are formulas that OptimizerTests.swift repeats; the gradient depends on the parameter, so that errors feed on
themselves.
"""

import math
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)  # in which PyTorch keeps NAdam's product of momenta

COUNT = 37
STEPS = 20
NO_GRADIENT = 4  # the step at which the parameter of the "skip" variants gets none

SGD, ADAM, ADAMW = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
ADAGRAD, ADADELTA, RMSPROP = torch.optim.Adagrad, torch.optim.Adadelta, torch.optim.RMSprop
NADAM, RADAM, ADAMAX = torch.optim.NAdam, torch.optim.RAdam, torch.optim.Adamax
VARIANTS = {
    "sgd": (SGD, {"lr": 0.1}),
    "sgd-decay": (SGD, {"lr": 0.1, "weight_decay": 0.1}),
    "sgd-maximize": (SGD, {"lr": 0.01, "momentum": 0.9, "maximize": True}),
    "sgd-momentum": (SGD, {"lr": 0.1, "momentum": 0.9}),
    "sgd-dampening": (SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    "sgd-nesterov": (SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True}),
    "sgd-skip": (SGD, {"lr": 0.1, "momentum": 0.9}),
    "adam": (ADAM, {"lr": 0.01}),
    "adam-decay": (ADAM, {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1}),
    "adam-amsgrad": (ADAM, {"lr": 0.05, "betas": (0.7, 0.8), "amsgrad": True}),
    "adam-maximize": (ADAM, {"lr": 0.01, "maximize": True}),
    "adam-skip": (ADAM, {"lr": 0.01}),
    "adamw": (ADAMW, {"lr": 0.01, "weight_decay": 0.1}),
    "adamw-amsgrad": (ADAMW, {"lr": 0.05, "betas": (0.7, 0.8), "weight_decay": 0.1, "amsgrad": True}),
    "adagrad": (ADAGRAD, {"lr": 0.1}),
    "adagrad-all": (
        ADAGRAD,
        {"lr": 0.1, "lr_decay": 0.2, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3},
    ),
    "adagrad-maximize": (ADAGRAD, {"lr": 0.01, "maximize": True}),
    "adadelta": (ADADELTA, {}),
    "adadelta-all": (ADADELTA, {"lr": 0.5, "rho": 0.7, "eps": 1e-3, "weight_decay": 0.1}),
    "adadelta-maximize": (ADADELTA, {"lr": 0.1, "maximize": True}),
    "rmsprop": (RMSPROP, {"lr": 0.01}),
    "rmsprop-centered": (RMSPROP, {"lr": 0.01, "alpha": 0.8, "eps": 1e-3, "centered": True}),
    "rmsprop-momentum": (RMSPROP, {"lr": 0.01, "weight_decay": 0.1, "momentum": 0.6}),
    "rmsprop-all": (RMSPROP, {"lr": 0.01, "eps": 1e-2, "momentum": 0.6, "centered": True, "maximize": True}),
    "nadam": (NADAM, {"lr": 0.05}),
    "nadam-decay": (NADAM, {"lr": 0.05, "betas": (0.8, 0.95), "weight_decay": 0.1, "momentum_decay": 0.1}),
    "nadam-decoupled": (
        NADAM,
        {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True},
    ),
    "radam": (RADAM, {"lr": 0.05}),
    "radam-decay": (RADAM, {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1}),
    "radam-decoupled": (
        RADAM,
        {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True},
    ),
    "radam-skip": (RADAM, {"lr": 0.05, "betas": (0.8, 0.95)}),
    "adamax": (ADAMAX, {"lr": 0.05}),
    "adamax-all": (
        ADAMAX,
        {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-2, "weight_decay": 0.1, "maximize": True},
    ),
}


def run(name):
    make, options = VARIANTS[name]
    p = torch.tensor([math.cos(0.4 * i) for i in range(COUNT)], dtype=torch.float64, requires_grad=True)
    optimizer = make([p], **options)
    for step in range(STEPS):
        shift = torch.tensor([math.sin(1.3 * step + 0.7 * i) for i in range(COUNT)], dtype=torch.float64)
        p.grad = None if name.endswith("skip") and step == NO_GRADIENT else (shift + p).detach()
        optimizer.step()
        if step in (0, STEPS - 1):
            yield step + 1, p.detach().tolist()


lines = [
    " ".join([name, str(steps), *(f"{value:.16g}" for value in values)])
    for name in VARIANTS
    for steps, values in run(name)
]
(Path(__file__).parent / "optimizers.txt").write_text("\n".join(lines) + "\n")
