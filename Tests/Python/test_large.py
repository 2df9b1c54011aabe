"""Results that are larger than the caches are written past them: they must be those of the same work in small pieces."""

import numpy as np
import pytest
import thalweg as tw
from thalweg.nn import functional as F

ROWS, COLUMNS = 16400, 512  # above 2^23 elements
SMALL = 1640  # rows of a piece


@pytest.fixture(scope="module")
def x():
    random = np.random.default_rng(3)
    return tw.tensor(random.standard_normal((ROWS, COLUMNS), dtype="float32"))


@pytest.fixture(scope="module")
def y():
    random = np.random.default_rng(4)
    return tw.tensor(random.standard_normal((ROWS, COLUMNS), dtype="float32"))


def pieces(function, *operands):
    """function(operands) of some rows at a time."""
    parts = [function(*(o[i : i + SMALL] for o in operands)).numpy() for i in range(0, ROWS, SMALL)]
    return np.concatenate(parts)


EACH = {
    "relu": lambda x: tw.relu(x),
    "exp": lambda x: tw.exp(x),
    "erf": lambda x: tw.erf(x),
    "tanh": lambda x: tw.tanh(x),
    "sigmoid": lambda x: tw.sigmoid(x),
    "gelu": lambda x: F.gelu(x),
    "times": lambda x: x * 1.5,
    "where": lambda x: tw.where(x > 0, x, x * 2),
    "softmax": lambda x: tw.softmax(x, 1),
    "log_softmax": lambda x: tw.log_softmax(x, 1),
    "layer_norm": lambda x: F.layer_norm(x, (COLUMNS,)),
    "group_norm": lambda x: F.group_norm(x.reshape(-1, 8, COLUMNS // 8), 4),
    "double": lambda x: x.to(tw.float64),
}


@pytest.mark.parametrize("name", EACH)
def test_values(x, name):
    assert np.array_equal(EACH[name](x).numpy(), pieces(EACH[name], x))


@pytest.mark.parametrize(
    "name", ["relu", "tanh", "gelu", "softmax", "log_softmax", "layer_norm", "group_norm"]
)
def test_gradients(x, y, name):
    def gradient(x, slope):
        x = x.clone().requires_grad_()
        result = EACH[name](x)
        return tw.autograd.grad(result, x, slope.reshape(result.shape))[0]

    assert np.array_equal(gradient(x, y).numpy(), pieces(gradient, x, y))


def test_two_operands(x, y):
    for function in (lambda a, b: a + b, lambda a, b: a * b, lambda a, b: tw.maximum(a, b)):
        assert np.array_equal(function(x, y).numpy(), pieces(function, x, y))


def test_places_between_lines(x):
    """The result of what begins anywhere, in memory that is there already, at any place."""
    flat, count = x.reshape(-1), (1 << 23) + 77
    whole = (flat * 2).numpy()
    for start in (0, 1, 5):
        out = tw.zeros(count + 16)
        out[start : start + count] = flat[3 : 3 + count]
        out[start : start + count].mul_(2)
        found = out.numpy()
        assert np.array_equal(found[start : start + count], whole[3 : 3 + count])
        assert not found[:start].any() and not found[start + count :].any()


@pytest.mark.parametrize("shape", [(4096, 2100), (2083, 4128), (131, 64 * 64 + 16, 16), (128, 63, 1056)])
def test_turned(shape):
    a = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    turned = tw.tensor(a).transpose(-1, -2).contiguous().numpy()
    assert np.array_equal(turned, np.swapaxes(a, -1, -2))


def test_dropout(x):
    def dropped(x):
        tw.manual_seed(11)
        return F.dropout(x, 0.3, True)

    result = dropped(x).numpy()
    kept = result != 0
    scaled = x.numpy() * np.float32(1 / (1 - 0.3))
    assert np.array_equal(result[kept], scaled[kept]) and abs(kept.mean() - 0.7) < 1e-3
    assert np.array_equal(dropped(x[:100]).numpy(), result[:100])
    leaf = x.clone().requires_grad_()
    recorded = dropped(leaf)
    assert np.array_equal(recorded.detach().numpy(), result)
    slope = tw.autograd.grad(recorded, leaf, tw.ones(ROWS, COLUMNS))[0].numpy()
    assert np.array_equal(slope[kept], np.full(kept.sum(), np.float32(1 / (1 - 0.3))))


@pytest.mark.parametrize(
    "shape", [(16400, 512), (16400, 509), (3001, 130), (9000, 16, 8, 8), (40, 16, 32, 32)]
)
@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_batch_norm(shape, offset):
    random = np.random.default_rng(5)
    a = random.standard_normal(shape).astype("float32") + np.float32(offset)
    g = random.standard_normal(shape).astype("float32")
    channels = shape[1]
    weight, bias = (random.standard_normal(channels).astype("float32") for _ in range(2))
    over = tuple(i for i in range(len(shape)) if i != 1)
    line = tuple(channels if i == 1 else 1 for i in range(len(shape)))
    wide, slope = a.astype("float64"), g.astype("float64")
    centred = wide - wide.mean(over, keepdims=True)
    factor = 1 / np.sqrt((centred**2).mean(over, keepdims=True) + 1e-5)
    z, h = centred * factor, slope * weight.reshape(line)
    tolerance = 5e-6 + 3e-7 * offset
    leaves = [tw.tensor(v).requires_grad_() for v in (a, weight, bias)]
    result = F.batch_norm(leaves[0], None, None, leaves[1], leaves[2], True)
    expected = z * weight.reshape(line) + bias.reshape(line)
    assert np.abs(result.detach().numpy() - expected).max() < 4 * tolerance
    dx, dw, db = (v.numpy() for v in tw.autograd.grad(result, leaves, tw.tensor(g)))
    exact = factor * (h - h.mean(over, keepdims=True) - z * (h * z).mean(over, keepdims=True))
    assert np.abs(dx - exact).max() < 4 * tolerance
    count = a.size / channels
    assert np.abs(dw - (slope * z).sum(over)).max() < tolerance * np.sqrt(count) * 4
    assert np.abs(db - slope.sum(over)).max() < 1e-6 * np.sqrt(count) * 4


def test_reductions(x):
    a = x.numpy().astype("float64")
    assert np.allclose(x.sum(0).numpy(), a.sum(0), rtol=0, atol=2e-4)
    assert np.allclose(x.sum(1).numpy(), a.sum(1), rtol=0, atol=2e-5)
    assert np.array_equal(tw.amax(x, 1).numpy(), x.numpy().max(1))
    b = x.numpy().copy()
    b[[5, 700], [511, 3]] = np.nan
    found = np.isnan(tw.amax(tw.tensor(b), 1).numpy())
    assert found[5] and found[700] and found.sum() == 2


@pytest.mark.parametrize("rows", [1, 7, 40, ROWS])
@pytest.mark.parametrize("loss", ["mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_losses(x, y, rows, loss, reduction):
    a, b = x[:rows], y[:rows]
    d = a.numpy().astype("float64") - b.numpy()
    options = {"huber_loss": {"delta": 0.8}, "smooth_l1_loss": {"beta": 0.8}}.get(loss, {})
    huber = np.where(np.abs(d) <= 0.8, d * d / 2, 0.8 * (np.abs(d) - 0.4))
    value, slope = {
        "mse_loss": (d * d, 2 * d),
        "l1_loss": (np.abs(d), np.sign(d)),
        "huber_loss": (huber, np.clip(d, -0.8, 0.8)),
        "smooth_l1_loss": (huber / 0.8, np.clip(d, -0.8, 0.8) / 0.8),
    }[loss]
    scale = 1 / d.size if reduction == "mean" else 1
    p, q = a.clone().requires_grad_(), b.clone().requires_grad_()
    result = getattr(F, loss)(p, q, reduction=reduction, **options)
    assert abs(result.item() - value.sum() * scale) < 2e-7 * value.sum() * scale
    dp, dq = (v.numpy() for v in tw.autograd.grad(result, [p, q]))
    assert np.allclose(dp, slope * scale, rtol=1e-6, atol=2e-7 * scale)
    assert np.array_equal(dq, -dp)
    with_graph = tw.autograd.grad(
        getattr(F, loss)(p, q, reduction=reduction, **options), p, create_graph=True
    )[0]
    assert np.allclose(with_graph.detach().numpy(), dp, rtol=1e-6, atol=2e-7 * scale)


def test_any_number_of_threads(x, y):
    before = tw.get_num_threads()

    def results():
        leaf = x.clone().requires_grad_()
        norm = F.batch_norm(leaf, None, None, None, None, True)
        tw.manual_seed(2)
        yield from (norm, tw.autograd.grad(norm, leaf, y)[0], F.dropout(x, 0.5, True), F.gelu(x))
        yield from (tw.softmax(x, 1), F.huber_loss(x, y), x.sum(0), x.transpose(0, 1).contiguous())

    try:
        tw.set_num_threads(1)
        alone = [r.detach().numpy() for r in results()]
        tw.set_num_threads(2)
        assert all(np.array_equal(a, b.detach().numpy()) for a, b in zip(alone, results(), strict=True))
    finally:
        tw.set_num_threads(before)
