"""Convolution and pooling against plain loops in NumPy."""

import itertools

import numpy as np
import pytest
import thalweg
from helpers import check_gradients, to_array
from thalweg import nn
from thalweg.nn import functional as F

RANDOM = np.random.default_rng(7)


def normal(*shape):
    return RANDOM.normal(size=shape)


def windows(directions, value):
    """A number a direction."""
    return (value,) * directions if isinstance(value, int) else tuple(value)


# -- The reference --------------------------------------------------------------------------------------------


def places(output, kernel, stride, padding, dilation):
    """(index of the window, index of the tap, index of the pixel), the last perhaps outside the image."""
    for window in itertools.product(*map(range, output)):
        for tap in itertools.product(*map(range, kernel)):
            yield (
                window,
                tap,
                tuple(
                    w * s + t * d - p
                    for w, t, s, p, d in zip(window, tap, stride, padding, dilation, strict=True)
                ),
            )


def convolve(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    """A convolution in loops over windows and taps; `padding` may differ before and behind: ((before, ...), extra)."""
    directions = x.ndim - 2
    stride, dilation = windows(directions, stride), windows(directions, dilation)
    before, extra = padding if isinstance(padding, tuple) and isinstance(padding[0], tuple) else (padding, 0)
    before, extra = windows(directions, before), windows(directions, extra)
    kernel = w.shape[2:]
    output = tuple(
        (n + 2 * p + e - d * (k - 1) - 1) // s + 1
        for n, p, e, d, k, s in zip(x.shape[2:], before, extra, dilation, kernel, stride, strict=True)
    )
    y = np.zeros((x.shape[0], w.shape[0], *output)) + (0 if b is None else b.reshape(-1, *[1] * directions))
    outs, ins = w.shape[0] // groups, w.shape[1]
    for window, tap, pixel in places(output, kernel, stride, before, dilation):
        if all(0 <= i < n for i, n in zip(pixel, x.shape[2:], strict=True)):
            for g in range(groups):
                part = x[(slice(None), slice(g * ins, (g + 1) * ins), *pixel)]
                filters = w[(slice(g * outs, (g + 1) * outs), slice(None), *tap)]
                y[(slice(None), slice(g * outs, (g + 1) * outs), *window)] += part @ filters.T
    return y


def convolve_transposed(x, w, b=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Each pixel times the filters, added to its window."""
    directions = x.ndim - 2
    stride, padding, dilation = (windows(directions, v) for v in (stride, padding, dilation))
    kernel = w.shape[2:]
    output = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + o + 1
        for n, s, p, d, k, o in zip(
            x.shape[2:],
            stride,
            padding,
            dilation,
            kernel,
            windows(directions, output_padding),
            strict=True,
        )
    )
    ins, outs = w.shape[0] // groups, w.shape[1]
    y = np.zeros((x.shape[0], outs * groups, *output))
    y += 0 if b is None else b.reshape(-1, *[1] * directions)
    for window, tap, pixel in places(x.shape[2:], kernel, stride, padding, dilation):
        if all(0 <= i < n for i, n in zip(pixel, output, strict=True)):
            for g in range(groups):
                part = x[(slice(None), slice(g * ins, (g + 1) * ins), *window)]
                filters = w[(slice(g * ins, (g + 1) * ins), slice(None), *tap)]
                y[(slice(None), slice(g * outs, (g + 1) * outs), *pixel)] += part @ filters
    return y


# -- Convolution ----------------------------------------------------------------------------------------------

CONVOLUTIONS = [
    ((2, 3, 7), (4, 3, 3), {}),
    ((2, 3, 8), (4, 3, 2), {"stride": 3, "padding": 2, "dilation": 2}),
    ((2, 4, 6), (6, 2, 1), {"groups": 2}),
    ((2, 3, 7, 6), (4, 3, 3, 2), {}),
    ((2, 3, 7, 6), (4, 3, 1, 1), {}),
    ((2, 3, 7, 6), (4, 3, 1, 1), {"stride": 2}),
    ((2, 3, 9, 8), (5, 3, 3, 3), {"stride": (2, 3), "padding": (1, 2), "dilation": (2, 1)}),
    ((2, 4, 5, 33), (6, 2, 3, 3), {"padding": 1, "groups": 2}),
    ((2, 5, 6, 35), (5, 1, 3, 3), {"padding": 1, "groups": 5}),
    ((2, 3, 9, 37), (6, 1, 5, 3), {"stride": (1, 2), "padding": (2, 0), "groups": 3}),
    ((1, 2, 8, 40), (2, 1, 3, 3), {"dilation": (2, 3), "padding": 3, "groups": 2}),
    ((1, 2, 3, 3), (2, 1, 7, 7), {"padding": 3, "groups": 2}),
    ((3, 20, 5, 5), (17, 20, 3, 3), {"padding": 1}),
    ((3, 14, 9, 11), (30, 14, 3, 3), {"padding": 1}),
    ((2, 56, 16, 7), (26, 28, 3, 3), {"padding": (2, 0), "groups": 2}),
    ((9, 16, 5, 4), (16, 16, 3, 3), {"padding": (3, 1)}),
    ((1, 40, 33, 38), (13, 40, 3, 3), {}),
    # Few channels, and many filters of one.
    ((20, 3, 9, 12), (16, 3, 3, 3), {"padding": 1}),
    ((2, 5, 12, 14), (40, 5, 5, 3), {"stride": (1, 2), "padding": 2}),
    ((1, 1, 13, 21), (7, 1, 5, 5), {"padding": 2}),
    ((3, 2, 9, 20), (8, 1, 3, 3), {"groups": 2, "stride": 2, "padding": 1}),
]


@pytest.mark.parametrize(("input", "weight", "options"), CONVOLUTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_convolution(input, weight, options, dtype):
    x, w, b = normal(*input).astype(dtype), normal(*weight).astype(dtype), normal(weight[0]).astype(dtype)
    function = F.conv1d if x.ndim == 3 else F.conv2d
    tolerance = 1e-12 if dtype == np.float64 else 2e-5
    exact = convolve(x.astype(float), w.astype(float), b.astype(float), **options)
    tensors = [thalweg.tensor(a) for a in (x, w, b)]
    y = function(*tensors, **options)
    assert y.dtype == tensors[0].dtype
    np.testing.assert_allclose(to_array(y), exact, rtol=tolerance, atol=tolerance)
    one = function(tensors[0][0], *tensors[1:], **options)
    np.testing.assert_allclose(to_array(one), exact[0], rtol=tolerance, atol=tolerance)
    if dtype == np.float64 and np.prod(input) < 500:
        check_gradients(lambda *a: function(*a, **options), x, w, b)


def test_gradients_of_larger_ones():
    """As the adjoint says: <conv(x, w), g> = <x, dx> = <w, dw>."""
    for input, weight, options in CONVOLUTIONS:
        x, w = thalweg.tensor(normal(*input)), thalweg.tensor(normal(*weight))
        x.requires_grad = w.requires_grad = True
        y = (F.conv1d if len(input) == 3 else F.conv2d)(x, w, **options)
        g = thalweg.tensor(normal(*y.shape))
        y.backward(g)
        product = (y.detach() * g).sum().item()
        np.testing.assert_allclose((x.detach() * x.grad).sum().item(), product, atol=1e-9)
        np.testing.assert_allclose((w.detach() * w.grad).sum().item(), product, atol=1e-9)
        z = thalweg.tensor(normal(*input))
        again = (F.conv1d if len(input) == 3 else F.conv2d)(z, w.detach(), **options)
        np.testing.assert_allclose((z * x.grad).sum().item(), (again * g).sum().item(), atol=1e-9)


@pytest.mark.parametrize(
    ("input", "weight", "options"),
    [
        ((2, 3, 4), (3, 2, 3), {}),
        ((2, 4, 4), (4, 3, 2), {"stride": 3, "padding": 1, "output_padding": 2, "groups": 2}),
        ((2, 3, 4, 3), (3, 2, 2, 3), {}),
        ((2, 3, 4, 3), (3, 5, 1, 1), {}),
        ((2, 6, 3, 4), (6, 1, 3, 3), {"stride": 2, "padding": 1, "output_padding": 1, "groups": 6}),
        (
            (1, 4, 3, 4),
            (4, 3, 2, 3),
            {"stride": (2, 1), "dilation": (1, 3), "output_padding": (1, 2), "groups": 2},
        ),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_transposed(input, weight, options, dtype):
    x, w = normal(*input).astype(dtype), normal(*weight).astype(dtype)
    b = normal(weight[1] * options.get("groups", 1)).astype(dtype)
    function = F.conv_transpose1d if x.ndim == 3 else F.conv_transpose2d
    tolerance = 1e-12 if dtype == np.float64 else 2e-5
    exact = convolve_transposed(x.astype(float), w.astype(float), b.astype(float), **options)
    tensors = [thalweg.tensor(a) for a in (x, w, b)]
    np.testing.assert_allclose(to_array(function(*tensors, **options)), exact, rtol=tolerance, atol=tolerance)
    one = function(tensors[0][0], *tensors[1:], **options)
    np.testing.assert_allclose(to_array(one), exact[0], rtol=tolerance, atol=tolerance)
    if dtype == np.float64:
        check_gradients(lambda *a: function(*a, **options), x, w, b)


def test_padding_by_name():
    x, w = normal(2, 2, 5, 6), normal(3, 2, 2, 4)
    y = F.conv2d(thalweg.tensor(x), thalweg.tensor(w), padding="same", dilation=(1, 3))
    np.testing.assert_allclose(
        to_array(y), convolve(x, w, padding=((0, 4), (1, 1)), dilation=(1, 3)), atol=1e-12
    )
    y = F.conv2d(thalweg.tensor(x), thalweg.tensor(w), stride=2, padding="valid")
    np.testing.assert_allclose(to_array(y), convolve(x, w, stride=2), atol=1e-12)
    y = F.conv1d(thalweg.tensor(x[0, :, 0]), thalweg.tensor(w[:, :, 0]), padding="same")
    np.testing.assert_allclose(
        to_array(y), convolve(x[:1, :, 0], w[:, :, 0], padding=((1,), 1))[0], atol=1e-12
    )


def test_integers():
    x, w = RANDOM.integers(-9, 9, (2, 4, 5, 6)), RANDOM.integers(-9, 9, (6, 2, 3, 2))
    b = np.arange(6)
    y = F.conv2d(*map(thalweg.tensor, (x, w, b)), stride=(1, 2), padding=1, groups=2)
    assert y.dtype == thalweg.int64
    assert (to_array(y) == convolve(x, w, b, stride=(1, 2), padding=1, groups=2)).all()
    y = F.conv_transpose1d(thalweg.tensor(x[:, :, 0]), thalweg.tensor(w[:4, :, 0]), stride=2)
    assert (to_array(y) == convolve_transposed(x[:, :, 0], w[:4, :, 0], stride=2)).all()
    y = F.avg_pool2d(thalweg.tensor(x), 2)
    sums = x[:, :, :4].reshape(2, 4, 2, 2, 3, 2).sum((3, 5))
    assert (to_array(y) == np.trunc(sums / 4)).all()
    for dtype in (thalweg.int32, thalweg.int64):
        y, places = F.max_pool2d(thalweg.tensor(x).to(dtype), 2, return_indices=True)
        assert y.dtype == dtype and places.dtype == thalweg.int64
        assert (to_array(y) == x[:, :, :4].reshape(2, 4, 2, 2, 3, 2).max((3, 5))).all()


# -- Pooling --------------------------------------------------------------------------------------------------


def pool(x, kernel, stride=None, padding=0, dilation=1, ceil_mode=False):
    """For every window, as lists of values and of their places in their planes: what lies inside, and its whole size."""
    directions = x.ndim - 2
    kernel, padding, dilation = (windows(directions, v) for v in (kernel, padding, dilation))
    stride = kernel if stride is None else windows(directions, stride)
    size = x.shape[2:]
    output = []
    for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True):
        room = n + 2 * p - d * (k - 1) - 1
        count = (-(-room // s) if ceil_mode else room // s) + 1
        output.append(count - 1 if (count - 1) * s >= n + p else count)
    for window in itertools.product(*map(range, output)):
        taps = [
            [w * s - p + t * d for t in range(k)]
            for w, s, p, d, k in zip(window, stride, padding, dilation, kernel, strict=True)
        ]
        inside = [[i for i in axis if 0 <= i < n] for axis, n in zip(taps, size, strict=True)]
        whole = [sum(i < n + p for i in axis) for axis, n, p in zip(taps, size, padding, strict=True)]
        pixels = list(itertools.product(*inside))
        yield (
            window,
            tuple(output),
            np.stack([x[(slice(None), slice(None), *p)] for p in pixels], -1),
            np.array([np.ravel_multi_index(p, size) for p in pixels]),
            np.prod(whole),
        )


def assemble(parts):
    parts = list(parts)
    y = np.empty(parts[0][2].shape[:2] + parts[0][1])
    for window, _, value, *_ in parts:
        y[(slice(None), slice(None), *window)] = value
    return y


POOLS = [
    ((2, 3, 9), 3, {}),
    ((2, 3, 9), 4, {"stride": 3, "padding": 2, "ceil_mode": True}),
    ((2, 1, 5, 7), (2, 3), {}),
    ((2, 2, 5, 6), 2, {"ceil_mode": True}),
    ((1, 2, 6, 7), (3, 2), {"stride": (2, 1), "padding": 1}),
    ((1, 2, 6, 8), (3, 4), {"stride": (3, 2), "padding": (1, 2), "ceil_mode": True}),
    ((2, 20, 8, 8), 2, {}),
    ((1, 2, 9, 40), 3, {"stride": 2, "padding": 1}),
]


@pytest.mark.parametrize(("shape", "kernel", "options"), POOLS)
@pytest.mark.parametrize("dilation", [1, 2])
def test_max_pool(shape, kernel, options, dilation):
    x = normal(*shape)
    function = F.max_pool1d if x.ndim == 3 else F.max_pool2d
    options = {**options, "dilation": dilation}
    y, places = function(thalweg.tensor(x), kernel, **options, return_indices=True)
    parts = list(pool(x, kernel, **options))
    exact = assemble((w, o, v.max(-1), 0) for w, o, v, p, n in parts)
    np.testing.assert_array_equal(to_array(y), exact)
    np.testing.assert_array_equal(
        to_array(places), assemble((w, o, p[v.argmax(-1)], 0) for w, o, v, p, n in parts)
    )
    assert (to_array(function(thalweg.tensor(x), kernel, **options)) == exact).all()
    assert (to_array(function(thalweg.tensor(x[0]), kernel, **options)) == exact[0]).all()
    if x.size < 300:
        check_gradients(lambda a: function(a, kernel, **options), x)


@pytest.mark.parametrize(("shape", "kernel", "options"), POOLS)
@pytest.mark.parametrize("counts", [True, False])
def test_avg_pool(shape, kernel, options, counts):
    x = normal(*shape)
    function = F.avg_pool1d if x.ndim == 3 else F.avg_pool2d
    y = function(thalweg.tensor(x), kernel, **options, count_include_pad=counts)
    exact = assemble(
        (w, o, v.sum(-1) / (n if counts else v.shape[-1])) for w, o, v, p, n in pool(x, kernel, **options)
    )
    np.testing.assert_allclose(to_array(y), exact, atol=1e-14)
    if x.size < 300:
        check_gradients(lambda a: function(a, kernel, **options, count_include_pad=counts), x)


@pytest.mark.parametrize(
    ("shape", "sizes"),
    [((2, 3, 7), 3), ((2, 3, 4), 7), ((2, 2, 5, 7), (3, None)), ((1, 2, 4, 6), 3), ((2, 2, 3, 4), (0, 2))],
)
def test_adaptive(shape, sizes):
    x = normal(*shape)
    one = x.ndim == 3
    wanted = [n if s is None else s for n, s in zip(shape[2:], windows(x.ndim - 2, sizes), strict=True)]
    mean, largest, places = (np.empty((*shape[:2], *wanted)) for _ in range(3))
    for window in itertools.product(*map(range, wanted)):
        cut = tuple(
            slice(w * n // s, -(-(w + 1) * n // s)) for w, n, s in zip(window, shape[2:], wanted, strict=True)
        )
        part = x[(slice(None), slice(None), *cut)].reshape(*shape[:2], -1)
        numbers = np.arange(np.prod(shape[2:])).reshape(shape[2:])[cut].ravel()
        at = (slice(None), slice(None), *window)
        mean[at], largest[at], places[at] = part.mean(-1), part.max(-1), numbers[part.argmax(-1)]
    average, maximum = (
        (F.adaptive_avg_pool1d, F.adaptive_max_pool1d)
        if one
        else (F.adaptive_avg_pool2d, F.adaptive_max_pool2d)
    )
    np.testing.assert_allclose(to_array(average(thalweg.tensor(x), sizes)), mean, atol=1e-14)
    y, found = maximum(thalweg.tensor(x), sizes, return_indices=True)
    np.testing.assert_array_equal(to_array(y), largest)
    np.testing.assert_array_equal(to_array(found), places)
    assert (to_array(maximum(thalweg.tensor(x[0]), sizes)) == largest[0]).all()
    if mean.size:
        check_gradients(lambda a: average(a, sizes), x)
        check_gradients(lambda a: maximum(a, sizes), x)


def test_max_pool_of_nan_and_infinity():
    x = thalweg.tensor([[1.0, float("nan"), 3, float("nan"), 2, -float("inf")]])
    y, places = F.max_pool1d(x, 3, 1, return_indices=True)
    assert np.isnan(to_array(y)).all() and to_array(places).tolist() == [[1, 3, 3, 3]]
    y, places = F.max_pool1d(thalweg.full((1, 3), -float("inf")), 2, 1, 1, return_indices=True)
    assert (to_array(y) == -np.inf).all() and to_array(places).tolist() == [[0, 0, 1, 2]]


# -- Layers ---------------------------------------------------------------------------------------------------


def test_layers():
    x, image = (
        thalweg.tensor(normal(2, 4, 9)).to(thalweg.float32),
        thalweg.tensor(normal(2, 4, 6, 7)).to(thalweg.float32),
    )
    conv = nn.Conv1d(4, 6, 3, stride=2, padding=1, groups=2)
    assert tuple(conv.weight.shape) == (6, 2, 3) and repr(conv) == (
        "Conv1d(4, 6, kernel_size=(3,), stride=(2,), padding=(1,), groups=2)"
    )
    y = F.conv1d(x, conv.weight, conv.bias, stride=2, padding=1, groups=2)
    assert (to_array(conv(x)) == to_array(y)).all()
    assert nn.Conv1d(4, 1, 4, padding="same", bias=False)(x).shape == (2, 1, 9)
    up = nn.ConvTranspose1d(4, 2, 3, stride=2, output_padding=1)
    assert tuple(up.weight.shape) == (4, 2, 3) and up(x).shape == (2, 2, 20)
    up = nn.ConvTranspose2d(4, 6, (3, 2), 2, 1, (1, 0), 2)
    assert tuple(up.weight.shape) == (4, 3, 3, 2) and tuple(up.bias.shape) == (6,)
    assert repr(up) == (
        "ConvTranspose2d(4, 6, kernel_size=(3, 2), stride=(2, 2), padding=(1, 1), output_padding=(1, 0), groups=2)"
    )
    y = F.conv_transpose2d(image, up.weight, up.bias, 2, 1, (1, 0), 2)
    assert (to_array(up(image)) == to_array(y)).all()
    bound = 1 / np.sqrt(3 * 3 * 2)
    assert 0.8 * bound < np.abs(to_array(up.weight)).max() < bound
    pairs = [
        (nn.MaxPool1d(3, 2, ceil_mode=True), F.max_pool1d(x, 3, 2, ceil_mode=True), x),
        (nn.AvgPool1d(3, padding=1, count_include_pad=False), F.avg_pool1d(x, 3, None, 1, False, False), x),
        (nn.MaxPool2d((3, 2), padding=1), F.max_pool2d(image, (3, 2), padding=1), image),
        (nn.AvgPool2d(3, 1, divisor_override=2), F.avg_pool2d(image, 3, 1, divisor_override=2), image),
        (nn.AdaptiveAvgPool1d(4), F.adaptive_avg_pool1d(x, 4), x),
        (nn.AdaptiveMaxPool1d(4), F.adaptive_max_pool1d(x, 4), x),
        (nn.AdaptiveAvgPool2d((3, None)), F.adaptive_avg_pool2d(image, (3, None)), image),
        (nn.AdaptiveMaxPool2d(2), F.adaptive_max_pool2d(image, 2), image),
    ]
    for layer, y, input in pairs:
        assert (to_array(layer(input)) == to_array(y)).all(), layer
    y, places = nn.MaxPool2d(2, return_indices=True)(image)
    assert y.shape == places.shape == (2, 4, 3, 3)
    assert nn.AdaptiveMaxPool1d(2, return_indices=True)(x)[1].dtype == thalweg.int64


def test_layers_in_a_model_file(tmp_path):
    net = nn.Sequential(
        nn.Conv1d(2, 4, 2, padding="same", dilation=3),
        nn.MaxPool1d(2, 1),
        nn.ConvTranspose1d(4, 3, 3, stride=2, padding=1, output_padding=1, bias=False),
        nn.AvgPool1d(2),
        nn.AdaptiveMaxPool1d(6),
        nn.AdaptiveAvgPool1d(3),
    )
    pictures = nn.Sequential(
        nn.ConvTranspose2d(2, 4, 3, groups=2, dilation=(1, 2)),
        nn.AdaptiveMaxPool2d((None, 4)),
        nn.AdaptiveAvgPool2d(2),
    )
    for model, input in ((net, (3, 2, 9)), (pictures, (3, 2, 4, 5))):
        path = tmp_path / "model.h5"
        thalweg.save(model, path)
        loaded = thalweg.load(path)
        x = thalweg.randn(*input)
        assert (to_array(loaded(x)) == to_array(model(x))).all()
        assert [repr(a) for a in loaded][1:] == [repr(a) for a in model][1:]
    assert loaded[1].output_size == (None, 4)


# -- Errors ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda x: F.conv1d(x[0], x), (ValueError, RuntimeError), "conv1d: the weight has shape"),
        (lambda x: F.conv2d(x, x, padding="full"), ValueError, "'same' or 'valid'"),
        (lambda x: F.conv1d(x[0], x[0], padding="same", stride=2), ValueError, "is for stride 1"),
        (lambda x: F.conv1d(x[0], x[0], stride=(1, 1)), TypeError, "an int or one int"),
        (lambda x: F.conv2d(x, x, stride=(1, 1, 1)), TypeError, "an int or two ints"),
        (lambda x: F.conv_transpose2d(x, x, output_padding=1), ValueError, "smaller than stride"),
        (lambda x: F.max_pool2d(x, 2, padding=2), ValueError, "more than half"),
        (lambda x: F.adaptive_avg_pool2d(x, (1, -1)), ValueError, "output_size"),
        (lambda x: F.adaptive_max_pool1d(x[0], -1), ValueError, "output_size"),
        (lambda x: F.max_pool2d(x, ()), ValueError, "kernel_size"),
        (lambda x: nn.Conv2d(2, 2, 3, padding_mode="odd"), ValueError, "zeros, reflect, replicate, circular"),
        (lambda x: nn.ConvTranspose2d(2, 2, 3, padding_mode="reflect"), ValueError, "'zeros' alone"),
        (lambda x: nn.Conv1d(2, 2, (3, 3)), ValueError, "kernel_size"),
        (lambda x: nn.ConvTranspose2d(2, 3, 3, groups=2), ValueError, "groups"),
        (lambda x: nn.ConvTranspose2d(2, 2, 3, output_padding=1), ValueError, "smaller than stride"),
        (lambda x: nn.AvgPool2d(2, divisor_override=0)(x), ValueError, "divisor"),
    ],
)
def test_errors(call, error, text):
    with pytest.raises(error, match=text):
        call(thalweg.ones(2, 2, 4, 4))
