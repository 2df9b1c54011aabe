"""Optimisers, schedules and clipping against PyTorch, where it is installed."""

import numpy as np
import pytest
import thalweg
from thalweg import nn, optim

torch = pytest.importorskip("torch")
common = pytest.importorskip("torch.testing._internal.common_optimizers")

NAMES = ["SGD", "Adagrad", "Adadelta", "RMSprop", "Adam", "AdamW", "NAdam", "RAdam", "Adamax", "LBFGS"]


def settings():
    """PyTorch's own sampled settings of each optimiser."""
    for info in common.optim_db:
        name = info.optim_cls.__name__
        if name in NAMES:
            for sample in info.optim_inputs_func(device="cpu"):
                if not any(isinstance(v, torch.Tensor) for v in sample.kwargs.values()):
                    yield pytest.param(name, sample.kwargs, id=f"{name}-{sample.desc}")


def both(shapes, seed=0, dtype=np.float32):
    """The same parameters here and there."""
    random = np.random.default_rng(seed)
    arrays = [random.normal(size=shape).astype(dtype) for shape in shapes]
    ours = [nn.Parameter(thalweg.tensor(array)) for array in arrays]
    return ours, [torch.tensor(array, requires_grad=True) for array in arrays]


def least_squares(module, parameters, inputs, targets):
    weight, bias = parameters
    return ((inputs @ weight + bias - targets) ** 2).mean() + (weight**4).sum() * 0.01


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("name", "options"), list(settings()))
def test_twenty_steps(name, options, dtype):
    ours, theirs = both([(6, 3), (3,)], dtype=dtype)
    random = np.random.default_rng(1)
    inputs, targets = random.normal(size=(40, 6)).astype(dtype), random.normal(size=(40, 3)).astype(dtype)
    a = getattr(optim, name)(ours, **options)
    b = getattr(torch.optim, name)(theirs, **options)

    def closure(module, optimizer, parameters):
        x, y = module.tensor(inputs), module.tensor(targets)

        def evaluate():
            optimizer.zero_grad()
            loss = least_squares(module, parameters, x, y)
            loss.backward()
            return loss

        return evaluate

    for _ in range(20):
        a.step(closure(thalweg, a, ours))
        b.step(closure(torch, b, theirs))
    tolerance = 2e-4 if dtype == np.float32 else 1e-9
    for x, y in zip(ours, theirs, strict=True):
        expected = y.detach().numpy()
        if np.abs(expected).max() < 1e4:  # maximize runs away: the same way
            np.testing.assert_allclose(x.detach().numpy(), expected, rtol=tolerance, atol=tolerance)
        else:
            np.testing.assert_allclose(x.detach().numpy(), expected, rtol=1e-2)


@pytest.mark.parametrize(("line_search", "lr"), [(None, 1e-3), ("strong_wolfe", 1.0), ("strong_wolfe", 1e-2)])
def test_rosenbrock(line_search, lr):
    results = []
    for module, package in ((thalweg, optim), (torch, torch.optim)):
        x = module.tensor([-1.5, 2.0], dtype=module.float64, requires_grad=True)
        optimizer = package.LBFGS([x], lr=lr, max_iter=8, history_size=5, line_search_fn=line_search)
        path = []

        def closure(x=x, optimizer=optimizer):
            optimizer.zero_grad()
            loss = 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2
            loss.backward()
            return loss

        for _ in range(9):
            loss = optimizer.step(closure)
            path.append([*x.detach().numpy().tolist(), float(loss.detach())])
        results.append(np.array(path))
    np.testing.assert_allclose(*results, rtol=1e-6, atol=1e-8)
    if line_search and lr == 1.0:
        assert results[0][-1][2] < 1e-9  # the change at which it stops


def test_states_are_torchs():
    for name in NAMES[:-1]:
        ours, theirs = both([(4, 3), (3,)])
        a, b = getattr(optim, name)(ours), getattr(torch.optim, name)(theirs)
        if name in ("SGD", "RMSprop"):
            a, b = getattr(optim, name)(ours, momentum=0.9), getattr(torch.optim, name)(theirs, momentum=0.9)
        for step in range(8):
            if step == 4:
                a.load_state_dict(b.state_dict())
            for x, y in zip(ours, theirs, strict=True):
                gradient = np.cos(np.arange(x.numel()) + step).reshape(tuple(x.shape)).astype(np.float32)
                x.grad, y.grad = thalweg.tensor(gradient), torch.tensor(gradient)
            a.step()
            b.step()
        for x, y in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(x.detach().numpy(), y.detach().numpy(), rtol=2e-5, atol=2e-6)
        theirs_state = b.state_dict()["state"][0]
        assert {k for k, v in theirs_state.items() if v is not None} == set(a.state_dict()["state"][0])
        assert set(a.state_dict()["param_groups"][0]) <= set(b.state_dict()["param_groups"][0])


@pytest.mark.parametrize("norm_type", [0.5, 1, 2, 3, float("inf")])
def test_clip_grad_norm(norm_type):
    ours, theirs = both([(50, 7), (300,), ()])
    for x, y in zip(ours, theirs, strict=True):
        gradient = np.random.default_rng(3).normal(size=tuple(x.shape)).astype(np.float32)
        x.grad, y.grad = thalweg.tensor(gradient), torch.tensor(gradient)
    a = nn.utils.clip_grad_norm_(ours, 0.7, norm_type)
    b = torch.nn.utils.clip_grad_norm_(theirs, 0.7, norm_type)
    np.testing.assert_allclose(a.item(), b.item(), rtol=1e-5)
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(x.grad.numpy(), y.grad.numpy(), rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(
        nn.utils.get_total_norm([x.grad for x in ours], norm_type).item(), 0.7, rtol=1e-5
    )


def test_warm_restarts_at_fractions():
    ours, theirs = both([(1,)])
    a, b = optim.SGD(ours, lr=0.1), torch.optim.SGD(theirs, lr=0.1)
    first = optim.lr_scheduler.CosineAnnealingWarmRestarts(a, 4, 2, 0.01)
    second = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(b, 4, 2, 0.01)
    for epoch in np.arange(0, 40, 0.37).tolist():
        first.step(epoch)
        second.step(epoch)
        np.testing.assert_allclose(first.get_last_lr(), second.get_last_lr(), rtol=1e-12)
        assert first.last_epoch == second.last_epoch
