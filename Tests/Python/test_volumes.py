"""Volumes, and poolings that only functions and indices show; layers' values are in Tests/Golden/layers.txt."""

import numpy as np
import pytest
import thalweg
from helpers import check_gradients
from thalweg import nn
from thalweg.nn import functional as F


def array(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def plain_conv3d(x, w, stride, padding, dilation):
    """The definition, element by element."""
    x = np.pad(x, [(0, 0), (0, 0), *[(p, p) for p in padding]])
    spans = [d * (k - 1) + 1 for k, d in zip(w.shape[2:], dilation, strict=True)]
    sizes = [(n - span) // s + 1 for n, span, s in zip(x.shape[2:], spans, stride, strict=True)]
    y = np.empty((x.shape[0], w.shape[0], *sizes))
    for place in np.ndindex(*sizes):
        parts = tuple(
            slice(p * s, p * s + span, d)
            for p, s, span, d in zip(place, stride, spans, dilation, strict=True)
        )
        y[:, :, *place] = np.einsum("ncijk,ocijk->no", x[:, :, *parts], w)
    return y


@pytest.mark.parametrize(
    ("stride", "padding", "dilation"),
    [((1, 1, 1), (0, 0, 0), (1, 1, 1)), ((2, 1, 3), (1, 2, 0), (1, 1, 2)), ((1, 2, 1), (2, 0, 1), (3, 2, 1))],
)
def test_conv3d_by_its_definition(stride, padding, dilation):
    x, w = array(2, 3, 6, 7, 8), array(4, 3, 2, 3, 2, seed=1)
    y = F.conv3d(thalweg.tensor(x), thalweg.tensor(w), None, stride, padding, dilation)
    np.testing.assert_allclose(y.numpy(), plain_conv3d(x, w, stride, padding, dilation), atol=1e-12)
    assert y.is_contiguous()


def test_transposed_is_the_gradient():
    # <conv(x), g> = <x, conv_transpose(g)>, for the same weight.
    x = thalweg.tensor(array(2, 4, 5, 6, 5), requires_grad=True)
    w = thalweg.tensor(array(6, 2, 3, 2, 2, seed=1))
    options = {"stride": (2, 1, 2), "padding": (1, 0, 1), "dilation": (1, 2, 1), "groups": 2}
    y = F.conv3d(x, w, **options)
    g = thalweg.tensor(array(*y.shape, seed=2))
    (dx,) = thalweg.autograd.grad(y, x, g)
    back = F.conv_transpose3d(g, w, output_padding=(0, 0, 1), **options)
    np.testing.assert_allclose(back.numpy(), dx.numpy(), atol=1e-12)


def test_same_padding_and_integers():
    x, w = thalweg.tensor(array(1, 2, 4, 5, 3)), thalweg.tensor(array(3, 2, 2, 3, 4, seed=1))
    assert F.conv3d(x, w, padding="same").shape == (1, 3, 4, 5, 3)
    ones = thalweg.ones(1, 1, 3, 3, 3, dtype=thalweg.int64)
    assert F.conv3d(ones, ones).item() == 27
    assert F.avg_pool3d(ones * 5, 2, padding=1, count_include_pad=False).flatten().tolist() == [5] * 8
    assert F.avg_pool3d(ones * 5, 2, padding=1).flatten().tolist() == [0, 1, 1, 2, 1, 2, 2, 5]


@pytest.mark.parametrize("function", [F.max_pool3d, F.adaptive_max_pool3d])
def test_indices_say_where_the_maxima_are(function):
    x = array(2, 3, 5, 6, 7)
    y, indices = function(thalweg.tensor(x), 2, return_indices=True)
    flat = x.reshape(2, 3, -1)
    found = np.take_along_axis(flat, indices.numpy().reshape(2, 3, -1), 2)
    np.testing.assert_array_equal(found.reshape(y.shape), y.numpy())


def test_the_first_of_equal_elements_and_the_last_nan():
    x = thalweg.zeros(1, 2, 2, 2)
    assert F.max_pool3d(x, 2, return_indices=True)[1].item() == 0
    x[0, 0, 1, 1], x[0, 1, 0, 1] = np.nan, np.nan
    y, index = F.max_pool3d(x, 2, return_indices=True)
    assert np.isnan(y.item())
    assert index.item() == 5


@pytest.mark.parametrize(
    ("pool", "unpool", "shape"),
    [
        (F.max_pool1d, nn.MaxUnpool1d, (2, 3, 8)),
        (F.max_pool2d, nn.MaxUnpool2d, (3, 4, 6)),
        (F.max_pool3d, nn.MaxUnpool3d, (1, 2, 4, 6, 2)),
    ],
)
def test_unpooling_puts_maxima_back(pool, unpool, shape):
    x = thalweg.tensor(array(*shape))
    y, indices = pool(x, 2, return_indices=True)
    back = unpool(2)(y, indices).numpy()
    assert back.shape == x.shape
    assert np.count_nonzero(back) == y.numel()
    np.testing.assert_array_equal(back[back != 0], x.numpy()[back != 0])


def test_unpooling_of_other_sizes():
    x = thalweg.tensor(array(1, 1, 5, 5))
    y, indices = F.max_pool2d(x, 2, return_indices=True)
    assert F.max_unpool2d(y, indices, 2, output_size=(5, 5)).shape == (1, 1, 5, 5)
    with pytest.raises(ValueError, match="less than a stride"):
        F.max_unpool2d(y, indices, 2, output_size=(6, 6))
    with pytest.raises(thalweg.Error):
        F.max_unpool2d(y, indices + 100, 2)
    check_gradients(lambda v: F.max_unpool2d(v, indices, 2, output_size=(5, 5)), array(1, 1, 2, 2, seed=3))


def test_fractional_windows():
    x = array(2, 1, 9, 8)
    samples = thalweg.tensor([[[0.25, 0.5]], [[0.0, 0.99]]], dtype=thalweg.float64)
    y = F.fractional_max_pool2d(thalweg.tensor(x), 2, (4, 3), _random_samples=samples).numpy()
    for n, (across, down) in enumerate(samples.numpy()[:, 0]):
        rows = [int((i + down) * (7 / 3)) - int(down * (7 / 3)) for i in range(3)] + [7]
        columns = [int((i + across) * 3) - int(across * 3) for i in range(2)] + [6]
        expected = [[x[n, 0, r : r + 2, c : c + 2].max() for c in columns] for r in rows]
        np.testing.assert_array_equal(y[n, 0], expected)
    layer = nn.FractionalMaxPool3d(2, output_ratio=0.5, return_indices=True)
    volume = thalweg.tensor(array(1, 2, 6, 6, 6))
    y, indices = layer(volume)
    assert y.shape == (1, 2, 3, 3, 3)
    flat = volume.numpy().reshape(2, -1)
    np.testing.assert_array_equal(
        np.take_along_axis(flat, indices.numpy().reshape(2, -1), 1), y.numpy().reshape(2, -1)
    )
    with pytest.raises(thalweg.Error, match="0 to 1"):
        F.fractional_max_pool2d(thalweg.tensor(x), 2, 3, _random_samples=samples * np.nan)


def test_lp_pool_between_sum_and_maximum():
    x = np.abs(array(1, 2, 4, 4))
    blocks = x.reshape(2, 2, 2, 2, 2).swapaxes(2, 3).reshape(2, 2, 2, 4)
    for p in (1, 2, 3.5):
        y = nn.LPPool2d(p, 2)(thalweg.tensor(x)).numpy()
        np.testing.assert_allclose(y[0], (blocks**p).sum(-1) ** (1 / p), rtol=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: F.conv3d(x, thalweg.ones(1, 3, 1, 1, 1)),
        lambda x: F.conv3d(x, thalweg.ones(1, 2, 9, 1, 1)),
        lambda x: F.conv3d(x, thalweg.ones(2, 2, 1, 1)),
        lambda x: F.conv3d(x, thalweg.ones(1, 2, 1, 1, 1), stride=0),
        lambda x: F.conv3d(x, thalweg.ones(1, 2, 1, 1, 1), groups=0),
        lambda x: F.conv3d(x, thalweg.ones(1, 2, 1, 1, 1), padding=-1),
        lambda x: F.conv3d(x, thalweg.ones(1, 2, 1, 1, 1), thalweg.ones(2)),
        lambda x: F.conv_transpose3d(x, thalweg.ones(2, 1, 1, 1, 1), output_padding=1),
        lambda x: F.conv_transpose3d(x, thalweg.ones(2, 1, 1, 1, 1), padding=9),
        lambda x: F.conv_transpose3d(x, thalweg.ones(2, 1, 2, 2, 2), stride=2**31 - 1, padding=2**31 - 1),
        lambda x: F.max_pool3d(x, 3, padding=2),
        lambda x: F.max_pool3d(x[0, 0], 1),
        lambda x: F.avg_pool3d(x, 9),
        lambda x: F.adaptive_avg_pool3d(x, (0, 1, 1)),
        lambda x: F.fractional_max_pool3d(x, 2, 4),
        lambda x: nn.Conv3d(2, 2, 1, padding_mode="odd"),
        lambda x: nn.ConvTranspose3d(2, 2, 1, padding_mode="reflect"),
    ],
)
def test_what_does_not_fit(call):
    with pytest.raises((thalweg.Error, ValueError)):
        call(thalweg.ones(1, 2, 3, 4, 5))
