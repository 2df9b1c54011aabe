"""thalweg.utils.checkpoint: the same numbers in less memory."""

import pytest
import thalweg as tw
from thalweg import nn
from thalweg.autograd import gradcheck, gradgradcheck
from thalweg.utils.checkpoint import checkpoint, checkpoint_sequential


def leaf(*shape):
    return tw.randn(*shape, dtype=tw.float64, requires_grad=True)


def noisy(x, scale=1.0):
    return nn.functional.dropout(x.tanh(), 0.5) * x.exp() * scale


def test_same_numbers():
    x = leaf(64)
    found = []
    for function in (noisy, lambda x, scale: checkpoint(noisy, x, scale=scale, use_reentrant=False)):
        tw.manual_seed(3)
        y = function(x, scale=2.0)
        after = tw.rand(1).item()
        found.append((y.tolist(), after, tw.autograd.grad(y.sum(), x)[0].tolist(), tw.rand(1).item()))
    assert found[0] == found[1]


def test_derivatives():
    x = leaf(5)
    assert gradgradcheck(lambda x: checkpoint(lambda y: (y.tanh() * y).exp(), x), (x,))

    def nested(x):
        return checkpoint(lambda y: checkpoint(lambda z: (z * z).tanh(), y.exp()).sin() * y, x * 2)

    assert gradcheck(nested, (x,)) and gradgradcheck(nested, (x,))

    # A penalty on the gradient, computed inside.
    def penalised(x):
        y = (x * x).tanh().sum()
        (g,) = tw.autograd.grad(y, x, create_graph=True)
        return (g * g).sum()

    expected = tw.autograd.grad(penalised(x * 1), x)[0].tolist()
    assert tw.autograd.grad(checkpoint(penalised, x * 1), x)[0].tolist() == expected
    moved = tw.func.jvp(
        lambda x: checkpoint(lambda y: y.exp(), x), (x.detach(),), (tw.ones(5, dtype=tw.float64),)
    )
    assert tw.allclose(moved[1], x.detach().exp())


def test_any_arguments_and_results():
    weight = leaf(3)

    def function(x, pair, *, key):
        assert pair == (1, "two") and key is None
        return {"y": x * weight, "n": 3}

    x = leaf(3)
    found = checkpoint(function, x, (1, "two"), key=None)
    assert found["n"] == 3
    found["y"].sum().backward()
    assert weight.grad.tolist() == x.tolist() and x.grad.tolist() == weight.tolist()
    with tw.no_grad():
        assert not checkpoint(function, x, (1, "two"), key=None)["y"].requires_grad


def test_errors():
    x = leaf(3)

    def fails(x):
        raise KeyError("here")

    with pytest.raises(KeyError, match="here"):
        checkpoint(fails, x)
    calls = []

    def fails_later(x):
        calls.append(1)
        if len(calls) > 1:
            raise KeyError("later")
        return x.exp()

    y = checkpoint(fails_later, x * 1)
    with pytest.raises(KeyError, match="later"):
        y.sum().backward()
    other = []

    def changes(x):
        other.append(1)
        return x.exp().tanh() if len(other) == 1 else x * 2

    y = checkpoint(changes, x)
    with pytest.raises(tw.AutogradError, match="checkpoint"):
        y.sum().backward()


def chain(kind, **options):
    tw.manual_seed(1)
    layers = []
    for _ in range(9):
        layers += [nn.Linear(32, 32), nn.BatchNorm1d(32), nn.Tanh(), nn.Dropout(0.2)]
    return kind(*layers, **options)


def test_sequential():
    x = tw.randn(16, 32)
    results = []
    for net, run in (
        (chain(nn.Sequential), None),
        (chain(nn.Sequential), 6),
        (chain(nn.CheckpointedSequential, segments=6), None),
        (chain(nn.CheckpointedSequential, segments=1), None),
    ):
        tw.manual_seed(2)
        y = net(x) if run is None else checkpoint_sequential(net, run, x)
        (y * y).sum().backward()
        state = {name: value.tolist() for name, value in net.state_dict().items()}
        results.append((y.tolist(), [p.grad.tolist() for p in net.parameters()], state))
    assert all(result == results[0] for result in results[1:])
    with pytest.raises(tw.InvalidArgumentError, match="0 segments"):
        nn.CheckpointedSequential(segments=0)
    with pytest.raises(ValueError, match="0 segments"):
        checkpoint_sequential([nn.Tanh()], 0, x)


def test_model_file(tmp_path):
    net = nn.CheckpointedSequential(nn.Linear(3, 3), nn.Tanh(), segments=2, preserve_rng_state=False)
    path = tmp_path / "net.h5"
    try:
        tw.save(net, path)
    except tw.UnavailableError:
        pytest.skip("no HDF5")
    same = tw.load(path)
    assert isinstance(same, nn.CheckpointedSequential) and same.segments == 2 and not same.preserve_rng_state
    x = tw.randn(2, 3)
    assert same(x).tolist() == net(x).tolist()


def test_memory():
    """A chain's peak falls as its results are no longer kept."""
    peaks = []
    layers = [nn.Sequential(nn.Linear(64, 64), nn.Tanh()) for _ in range(16)]
    x = tw.randn(2048, 64)
    for net in (nn.Sequential(*layers), nn.CheckpointedSequential(*layers, segments=4)):
        net(x).sum().backward()  # gradients exist from here on
        tw.reset_peak_memory()
        start = tw.get_memory_stats()["bytes_in_use"]
        net(x).sum().backward()
        peaks.append(tw.get_memory_stats()["peak_bytes_in_use"] - start)
    assert peaks[1] < 0.6 * peaks[0]
