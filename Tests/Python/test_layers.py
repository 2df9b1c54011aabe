"""Layers against values of PyTorch's (Tests/Golden/layers.py), and what has no values."""

import math
from pathlib import Path

import numpy as np
import pytest
import thalweg
from thalweg import nn


def read():
    cases = {}
    text = (Path(__file__).parent.parent / "Golden/layers.txt").read_text()
    for line in text.splitlines():
        name, shape, what, *values = line.split(" ")
        cases.setdefault((name, shape), {})[what] = np.array(values, dtype=np.float64)
    return cases


CASES = read()


def numbers(shape, salt, dtype=thalweg.float32):
    values = [((i * 37 + salt * 11) % 29) / 8 - 1.76 for i in range(math.prod(shape))]
    return thalweg.tensor(values, dtype=dtype).reshape(*shape)


def make(text, dtype=thalweg.float32):
    layer = eval(f"nn.{text}", {"nn": nn}).to(dtype)
    with thalweg.no_grad():
        for salt, parameter in enumerate(layer.parameters()):
            parameter.copy_(numbers(parameter.shape, salt + 5, dtype))
    return layer


def close(found, expected, tolerance):
    found = found.detach().numpy().ravel().astype(np.float64)
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", [thalweg.float32, thalweg.float64], ids=str)
@pytest.mark.parametrize(("text", "shape"), CASES)
def test_golden(text, shape, dtype):
    expected = CASES[text, shape]
    outputs, gradients = (2e-5, 1e-4) if dtype == thalweg.float32 else (1e-7, 1e-7)
    sizes = [int(size) for size in shape.split("x")]
    layer = make(text, dtype)
    layer(numbers(sizes, 3, dtype))
    x = numbers(sizes, 1, dtype)
    x.requires_grad = True
    y = layer(x)
    y.backward(numbers(y.shape, 2, dtype))
    close(y, expected["y"], outputs)
    close(x.grad, expected["dx"], gradients)
    for name, parameter in layer.named_parameters():
        close(parameter.grad, expected[f"d{name}"], gradients)
    if "eval" in expected:
        buffers = dict(layer.named_buffers())
        assert set(buffers) == set(expected) & {"running_mean", "running_var", "num_batches_tracked"}
        for name, buffer in buffers.items():
            close(buffer, expected[name], outputs)
        close(layer.eval()(x), expected["eval"], outputs)


@pytest.mark.parametrize(("text", "shape"), CASES)
def test_model_files(text, shape, tmp_path):
    layer = make(text)
    x = numbers([int(size) for size in shape.split("x")], 1)
    layer(x)
    thalweg.save(layer.eval(), tmp_path / "layer.h5")
    loaded = thalweg.load(tmp_path / "layer.h5")
    assert type(loaded) is type(layer)
    assert list(loaded.state_dict()) == list(layer.state_dict())
    assert repr(loaded) == repr(layer)
    np.testing.assert_array_equal(loaded(x).detach().numpy(), layer(x).detach().numpy())


def test_dropout_of_channels():
    thalweg.manual_seed(1)
    ones = thalweg.ones(50, 40, 3, 2)
    y = nn.Dropout2d(0.25)(ones).numpy()
    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / 0.75)}
    channels = y.reshape(2000, 6)
    assert (channels == channels[:, :1]).all()
    assert abs((channels[:, 0] == 0).mean() - 0.25) < 0.04
    assert (nn.Dropout1d(0.25)(ones[0, :, :, 0]).numpy().std(axis=1) == 0).all()
    for layer in (nn.Dropout1d(), nn.Dropout2d(), nn.Dropout3d(), nn.AlphaDropout(), nn.RReLU()):
        layer.eval()
    np.testing.assert_array_equal(nn.Dropout2d().eval()(ones).numpy(), ones.numpy())
    with pytest.raises(thalweg.Error, match="probability"):
        nn.Dropout2d(1.5)


def test_alpha_dropout_keeps_mean_and_variance():
    thalweg.manual_seed(2)
    y = nn.AlphaDropout(0.3)(thalweg.randn(200, 500)).numpy()
    assert abs(y.mean()) < 0.02
    assert abs(y.std() - 1) < 0.02


def test_rrelu_draws_slopes():
    thalweg.manual_seed(3)
    layer = nn.RReLU(0.1, 0.3)
    x = -thalweg.ones(1000)
    slopes = -layer(x).numpy()
    assert slopes.min() >= 0.1
    assert slopes.max() < 0.3
    assert slopes.std() > 0.05
    np.testing.assert_allclose(layer.eval()(x).numpy(), -0.2, rtol=1e-6)


def test_embedding():
    layer = nn.Embedding(5, 3, padding_idx=-1)
    assert layer.padding_idx == 4
    assert layer.weight[4].tolist() == [0, 0, 0]
    index = thalweg.tensor([[1, 4], [1, 0]])
    y = layer(index)
    assert y.shape == (2, 2, 3)
    y.sum().backward()
    assert layer.weight.grad[:, 0].tolist() == [1, 2, 0, 0, 0]
    short = nn.Embedding(5, 3, max_norm=0.1)
    assert np.linalg.norm(short(index).detach().numpy(), axis=-1).max() <= 0.1 + 1e-6
    rows = thalweg.randn(4, 2)
    table = nn.Embedding.from_pretrained(rows)
    assert not table.weight.requires_grad
    np.testing.assert_array_equal(table(thalweg.tensor([3])).numpy(), rows[3:].numpy())
    with pytest.raises(ValueError, match="padding_idx"):
        nn.Embedding(5, 3, padding_idx=5)


def test_bilinear():
    layer = nn.Bilinear(3, 4, 2)
    a, b = thalweg.randn(5, 3), thalweg.randn(5, 4)
    expected = np.einsum("ni,kij,nj->nk", a.numpy(), layer.weight.detach().numpy(), b.numpy())
    np.testing.assert_allclose(
        layer(a, b).detach().numpy(), expected + layer.bias.detach().numpy(), atol=2e-6
    )
    with pytest.raises(thalweg.Error, match="two"):
        nn.Sequential(layer)(a)


@pytest.mark.parametrize(
    ("text", "shape", "message"),
    [
        ("BatchNorm2d(4)", (2, 4, 3), "dimensions"),
        ("BatchNorm1d(4)", (1, 4), "one element"),
        ("BatchNorm1d(4)", (3, 5), "running_mean"),
        ("GroupNorm(2,4)", (2, 6, 3), "must be"),
        ("LayerNorm(4)", (2, 3), "3"),
        ("PReLU(4)", (2, 3), "prelu"),
        ("GLU()", (2, 3), "halves"),
        ("PixelShuffle(2)", (1, 3, 2, 2), "pixel_shuffle"),
        ("ReflectionPad1d(3)", (1, 1, 2), "mode"),
        ("Upsample(scale_factor=0.1)", (1, 1, 3), "size"),
    ],
)
def test_inputs_that_do_not_fit(text, shape, message):
    with pytest.raises(thalweg.Error, match=message):
        eval(f"nn.{text}", {"nn": nn})(thalweg.randn(*shape))


@pytest.mark.parametrize(
    "text",
    [
        *("BatchNorm2d(0)", "LayerNorm(())", "LayerNorm(0)", "GroupNorm(3,4)", "PReLU(0)", "Embedding(0,3)"),
        *("BatchNorm1d(3,dtype=thalweg.int64)", "LocalResponseNorm(0)", "ZeroPad2d((1,2,3))"),
        *("Upsample(size=0)", "Upsample(size=3,mode='cubic')", "ChannelPad(4,2)"),
    ],
)
def test_options_that_make_no_sense(text):
    with pytest.raises((thalweg.Error, ValueError)):
        eval(f"nn.{text}", {"nn": nn, "thalweg": thalweg})
