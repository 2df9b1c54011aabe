"""Parameters that are computed: spectral norm, weight norm, and one's own."""

import copy

import numpy as np
import pytest
import thalweg as tw
from thalweg import nn
from thalweg.nn.utils import parametrizations, parametrize


def test_weight_norm():
    layer = nn.Linear(3, 4)
    before = layer.weight.detach().clone()
    assert parametrizations.weight_norm(layer) is layer and parametrize.is_parametrized(layer, "weight")
    names = ["bias", "parametrizations.weight.original0", "parametrizations.weight.original1"]
    assert list(layer.state_dict()) == names and [n for n, _ in layer.named_parameters()] == names
    assert tw.allclose(layer.weight, before) and layer.parametrizations.weight.original0.shape == (4, 1)
    x = tw.randn(5, 3)
    layer(x).sum().backward()
    # Gradients of g v / |v|, by PyTorch's formula (Salimans and Kingma 2016, equation 3).
    g, v = (p.detach().numpy() for _, p in list(layer.named_parameters())[1:])
    dw = np.tile(x.numpy().sum(0), (4, 1))
    unit = v / np.linalg.norm(v, axis=1, keepdims=True)
    dg = (dw * unit).sum(1, keepdims=True)
    np.testing.assert_allclose(layer.parametrizations.weight.original0.grad.numpy(), dg, rtol=1e-4, atol=1e-5)
    dv = g / np.linalg.norm(v, axis=1, keepdims=True) * (dw - dg * unit)
    np.testing.assert_allclose(layer.parametrizations.weight.original1.grad.numpy(), dv, rtol=1e-4, atol=1e-5)
    for dim, shape in ((1, (1, 3, 1, 1)), (None, ())):
        filters = parametrizations.weight_norm(nn.Conv2d(3, 4, 2), dim=dim)
        assert filters.parametrizations.weight.original0.shape == shape
        assert filters(tw.ones(1, 3, 4, 4)).shape == (1, 4, 3, 3)


def test_spectral_norm():
    layer = nn.Linear(6, 5)
    before = layer.weight.detach().numpy().copy()
    parametrizations.spectral_norm(layer, n_power_iterations=30)
    names = ["bias", *(f"parametrizations.weight.{name}" for name in ("original", "0._u", "0._v"))]
    assert list(layer.state_dict()) == names
    np.testing.assert_allclose(
        layer.weight.detach().numpy(), before / np.linalg.norm(before, 2), rtol=1e-4, atol=1e-6
    )
    u = layer.parametrizations.weight[0]._u.numpy().copy()
    layer.eval()
    layer(tw.ones(2, 6))
    np.testing.assert_array_equal(layer.parametrizations.weight[0]._u.numpy(), u)
    # In a container, through which the engine calls it, and trained.
    model = nn.Sequential(layer, nn.ReLU(), parametrizations.spectral_norm(nn.Linear(5, 1)))
    optimizer = tw.optim.SGD(model.parameters(), lr=0.1)
    model.train()
    model(tw.ones(2, 6)).sum().backward()
    original = layer.parametrizations.weight.original
    assert original.grad is not None and original.grad.shape == (5, 6)
    optimizer.step()
    assert np.linalg.norm(layer.weight.detach().numpy(), 2) == pytest.approx(1, abs=2e-2)
    transposed = parametrizations.spectral_norm(nn.ConvTranspose2d(2, 3, 3))
    assert transposed.parametrizations.weight[0]._u.shape == (3,)


def test_state_copies_and_removal():
    layer = parametrizations.spectral_norm(nn.Linear(3, 2))
    other = parametrizations.spectral_norm(nn.Linear(3, 2))
    other.load_state_dict(layer.state_dict())
    layer.eval(), other.eval()
    x = tw.randn(4, 3)
    assert tw.equal(layer(x), other(x))
    twin = copy.deepcopy(layer)
    assert tw.equal(twin(x), layer(x)) and list(twin.state_dict()) == list(layer.state_dict())
    value = layer.weight.detach().clone()
    parametrize.remove_parametrizations(layer, "weight")
    assert not parametrize.is_parametrized(layer) and tw.equal(layer.weight, value)
    assert list(layer.state_dict()) in (["bias", "weight"], ["weight", "bias"])
    original = other.parametrizations.weight.original
    parametrize.remove_parametrizations(other, "weight", leave_parametrized=False)
    assert tw.equal(other.weight, original)


def test_ones_own():
    class Symmetric(nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).transpose(0, 1)

    class Negative(nn.Module):
        def forward(self, x):
            return -x.abs()

    layer = nn.Linear(3, 3)
    original = layer.weight
    parametrize.register_parametrization(layer, "weight", Symmetric())
    parametrize.register_parametrization(layer, "weight", Negative())
    assert layer.parametrizations.weight.original is original
    weight = layer.weight.detach().numpy()
    np.testing.assert_array_equal(weight, weight.T)
    assert (weight <= 0).all() and len(layer.parametrizations.weight) == 2
    layer(tw.ones(1, 3)).sum().backward()
    assert original.grad is not None


def test_errors():
    class Wrong(nn.Module):
        def forward(self, x):
            return x[:1]

    layer = nn.Linear(3, 2)
    with pytest.raises(tw.ShapeError, match="parametrize"):
        parametrize.register_parametrization(layer, "weight", Wrong())
    assert list(layer.state_dict()) == ["weight", "bias"]
    for wrong in (nn.LayerNorm(3), nn.LSTM(2, 3)):
        with pytest.raises((ValueError, tw.InvalidArgumentError)):
            parametrizations.spectral_norm(wrong, next(name for name, _ in wrong.named_parameters()))
    with pytest.raises(ValueError, match="no parameter"):
        parametrizations.weight_norm(layer, "nothing")
    parametrizations.weight_norm(layer)
    with pytest.raises(ValueError, match="already"):
        parametrizations.weight_norm(layer)
    with pytest.raises(tw.InvalidArgumentError):
        parametrizations.spectral_norm(nn.Linear(3, 2), n_power_iterations=0)
    with pytest.raises(tw.Error):
        parametrizations.spectral_norm(nn.Linear(3, 2), dim=2)


def test_model_file(tmp_path):
    model = nn.Sequential(parametrizations.weight_norm(nn.Linear(3, 2)), nn.Tanh())
    tw.save(model, tmp_path / "model.h5")
    again = tw.load(tmp_path / "model.h5")
    x = tw.randn(4, 3)
    assert tw.equal(again(x), model(x)) and tw.equal(again[0].weight, model[0].weight)


def test_windows_of_images():
    images = tw.randn(2, 3, 5, 6)
    layer = nn.Unfold(2, padding=1, stride=(2, 1))
    columns = layer(images)
    assert tw.equal(columns, nn.functional.unfold(images, 2, padding=1, stride=(2, 1)))
    back = nn.Fold((5, 6), 2, padding=1, stride=(2, 1))
    assert tw.equal(back(columns), nn.functional.fold(columns, (5, 6), 2, padding=1, stride=(2, 1)))
    assert "kernel_size=2" in repr(layer) and "output_size=(5, 6)" in repr(back)
    with pytest.raises(tw.Error):
        nn.Unfold(0)
    with pytest.raises(tw.ShapeError):
        layer(tw.ones(2, 2))
