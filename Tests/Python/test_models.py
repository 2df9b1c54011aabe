"""Model files: saved and loaded whole."""

import numpy as np
import pytest
import thalweg
from thalweg import nn


def image_net():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, bias=False),
        nn.ReLU(),
        nn.Sequential(nn.MaxPool2d(2), nn.AvgPool2d(2, divisor_override=3)),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(16, 3),
    )


def test_round_trip(tmp_path):
    net = image_net().eval()
    net[0].weight.requires_grad = False
    path = tmp_path / "net.model.h5"
    thalweg.save(net, path)
    thalweg.manual_seed(3)
    expected = thalweg.rand(4).tolist()
    thalweg.manual_seed(3)
    loaded = thalweg.load(path)
    assert thalweg.rand(4).tolist() == expected  # loading draws no random numbers
    assert repr(loaded) == repr(net)
    assert isinstance(loaded[2][1], nn.AvgPool2d)
    assert not loaded.training
    assert [p.requires_grad for p in loaded.parameters()] == [False, True, True]
    assert loaded[0].bias is None
    x = thalweg.randn(2, 1, 8, 8)
    np.testing.assert_array_equal(loaded(x).detach().numpy(), net(x).detach().numpy())
    state, other = net.state_dict(), loaded.state_dict()
    assert list(state) == list(other)
    for name, tensor in state.items():
        np.testing.assert_array_equal(other[name].numpy(), tensor.numpy())
    thalweg.save(loaded, tmp_path / "again.h5")
    assert (tmp_path / "again.h5").read_bytes() == path.read_bytes()
    thalweg.io.load_weights(image_net(), path)


def test_training_goes_on(tmp_path):
    thalweg.save(nn.Sequential(nn.Linear(3, 2, dtype=thalweg.float64)), tmp_path / "m.h5")
    net = thalweg.load(tmp_path / "m.h5")
    before = net[0].weight.detach().numpy().copy()
    optimizer = thalweg.optim.SGD(net.parameters(), lr=0.1)
    net(thalweg.ones(1, 3, dtype=thalweg.float64)).sum().backward()
    optimizer.step()
    np.testing.assert_allclose(net[0].weight.detach().numpy(), before - 0.1)


def test_shared_modules_stay_shared(tmp_path):
    layer = nn.Linear(3, 3)
    thalweg.save(nn.Sequential(layer, nn.Tanh(), layer), tmp_path / "m.h5")
    net = thalweg.load(tmp_path / "m.h5")
    assert net[0] is net[2]
    assert len(list(net.parameters())) == 2


def test_what_is_refused(tmp_path):
    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(2, 2)

        def forward(self, x):
            return x + self.inner(x)

    path = tmp_path / "m.h5"
    net = nn.Sequential(nn.ReLU(), Residual())
    thalweg.save(net, path)
    with pytest.raises(thalweg.FormatError, match="1 is a Residual"):
        thalweg.load(path)
    thalweg.io.load_weights(nn.Sequential(nn.ReLU(), Residual()), path)
    thalweg.io.save_weights(net, path)
    with pytest.raises(thalweg.FormatError, match="no architecture"):
        thalweg.load(path)
    with pytest.raises(thalweg.FileError):
        thalweg.load(tmp_path / "none.h5")
