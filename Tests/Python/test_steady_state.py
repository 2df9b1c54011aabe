"""From its second step on, training takes nothing from the system's allocator."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import thalweg
from thalweg import Tensor, nn, optim


class Residual(nn.Module):
    """Two convolutions with batch normalisation, and their input added to them."""

    def __init__(self, planes: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.second = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.norms = nn.Sequential(nn.BatchNorm2d(planes), nn.BatchNorm2d(planes))

    def forward(self, x: Tensor) -> Tensor:
        """The block's output."""
        y = self.norms[0](self.first(x)).relu()
        return (self.norms[1](self.second(y)) + x).relu()


class LastStep(nn.Module):
    """An LSTM and a layer on its last output."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(6, 10, batch_first=True)
        self.head = nn.Linear(10, 3)

    def forward(self, x: Tensor) -> Tensor:
        """The classes' scores."""
        return self.head(self.lstm(x)[0][:, -1])


NETWORKS = {
    "mlp": (lambda: nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 3)), (16, 8)),
    "lenet": (
        lambda: nn.Sequential(
            *(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh()),
            *(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(256, 3)),
        ),
        (8, 1, 28, 28),
    ),
    "resnet": (
        lambda: nn.Sequential(
            *(nn.Conv2d(3, 8, 3, padding=1), Residual(8), nn.Conv2d(8, 16, 3, stride=2), Residual(16)),
            *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 3)),
        ),
        (4, 3, 16, 16),
    ),
    "lstm": (LastStep, (5, 12, 6)),
}
OPTIMIZERS = {
    "sgd": lambda parameters: optim.SGD(parameters, lr=0.01, momentum=0.9),
    "adam": lambda parameters: optim.Adam(parameters, lr=0.01),
}


@pytest.fixture
def one_thread():
    """One thread: where several compute, which of them needs memory first is not sure."""
    before = thalweg.get_num_threads()
    thalweg.set_num_threads(1)
    yield
    thalweg.set_num_threads(before)


@pytest.mark.parametrize("rule", OPTIMIZERS)
@pytest.mark.parametrize("name", NETWORKS)
def test_steps_take_nothing(name: str, rule: str, one_thread: None) -> None:
    make, shape = NETWORKS[name]
    network = make()
    optimizer = OPTIMIZERS[rule](network.parameters())
    random = np.random.default_rng(1)
    x = thalweg.tensor(random.standard_normal(shape, dtype="float32"))
    labels = thalweg.tensor(random.integers(0, 3, shape[0]))

    def step() -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(x), labels).backward()
        optimizer.step()

    step()
    step()
    gc.collect()  # the networks of tests before this one
    early = thalweg.get_memory_stats()
    for _ in range(10):
        step()
    late = thalweg.get_memory_stats()
    for count in ("allocations", "deallocations", "bytes_in_use", "peak_bytes_in_use", "bytes_held"):
        assert late[count] == early[count], count
