"""Convolution, pooling and dropout."""

import numpy as np
import pytest
import thalweg
from helpers import check_gradients, to_array
from thalweg import nn
from thalweg.nn import functional as F

RANDOM = np.random.default_rng(3)


def convolve(x, w, stride, padding):
    """A convolution in loops."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    height = (x.shape[2] - w.shape[2]) // stride + 1
    width = (x.shape[3] - w.shape[3]) // stride + 1
    y = np.empty((x.shape[0], w.shape[0], height, width))
    for p in range(height):
        for q in range(width):
            window = x[:, :, p * stride : p * stride + w.shape[2], q * stride : q * stride + w.shape[3]]
            y[:, :, p, q] = np.einsum("ncij,ocij->no", window, w)
    return y


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (3, 2)])
def test_conv2d(stride, padding):
    x, w = RANDOM.normal(size=(2, 3, 7, 6)), RANDOM.normal(size=(4, 3, 3, 2))
    y = F.conv2d(thalweg.tensor(x), thalweg.tensor(w), stride=stride, padding=(padding, padding))
    np.testing.assert_allclose(to_array(y), convolve(x, w, stride, padding), atol=1e-12)
    check_gradients(lambda a, b: F.conv2d(a, b, stride=stride, padding=padding), x[:1], w)


def test_pools():
    x = thalweg.tensor(np.arange(16.0).reshape(1, 1, 4, 4))
    assert to_array(F.max_pool2d(x, 2)).tolist() == [[[[5, 7], [13, 15]]]]
    assert to_array(F.avg_pool2d(x, (2, 4))).tolist() == [[[[3.5], [11.5]]]]
    assert F.max_pool2d(x, 3, 1, padding=1).shape == (1, 1, 4, 4)
    assert nn.MaxPool2d(2, stride=1)(x).shape == (1, 1, 3, 3)
    assert nn.AvgPool2d(3, 2, ceil_mode=True)(x).shape == (1, 1, 2, 2)


def test_layers():
    net = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding="same"), nn.MaxPool2d(2), nn.Conv2d(6, 16, (3, 2), groups=2)
    )
    assert [tuple(p.shape) for p in net.parameters()] == [(6, 1, 5, 5), (6,), (16, 3, 3, 2), (16,)]
    assert net(thalweg.ones(2, 1, 8, 8)).shape == (2, 16, 2, 3)
    assert repr(net[0]) == "Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1), padding='same')"
    assert nn.Conv2d(1, 1, 2, bias=False, dtype=thalweg.float64).weight.dtype == thalweg.float64
    assert nn.Conv2d(1, 1, 2, bias=False).bias is None


def test_dropout():
    layer, x = nn.Dropout(0.25), thalweg.ones(100, 100)
    values = to_array(layer(x))
    assert set(np.unique(values).round(5)) == {0, np.float32(4 / 3).round(5)}
    layer.eval()
    assert (to_array(layer(x)) == 1).all()
    assert (to_array(F.dropout(x, 1.0)) == 0).all()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda x: F.conv2d(x, x, stride=0), ValueError, "stride is"),
        (lambda x: F.conv2d(x, x, stride=(1, 2, 3)), TypeError, "an int or two ints"),
        (lambda x: F.conv2d(x, x, padding="full"), ValueError, "'same' or 'valid'"),
        (lambda x: F.max_pool2d(x, 9), ValueError, "max_pool2d: the kernel"),
        (lambda x: nn.Conv2d(2, 3, 3, groups=2), ValueError, "groups divide both"),
        (lambda x: nn.MaxPool2d((1, 2, 3)), TypeError, "kernel_size"),
    ],
)
def test_errors(call, error, text):
    with pytest.raises(error, match=text.replace("(", "\\(")):
        call(thalweg.ones(1, 1, 4, 4))
