"""Losses against NumPy: reductions, weights, shapes, ignored classes, the edges of probabilities."""

import math

import numpy as np
import pytest
import thalweg
from helpers import check_gradients
from thalweg import nn
from thalweg.nn import functional

RNG = np.random.default_rng(2)
A, B = RNG.normal(size=(2, 3, 4))
P, Q = RNG.uniform(0.1, 0.9, size=(2, 3, 4))


def reduced(losses, reduction):
    return {"none": losses, "mean": losses.mean(), "sum": losses.sum()}[reduction]


def huber(x, t, delta=1.0):
    d = np.abs(x - t)
    return np.where(d <= delta, d**2 / 2, delta * (d - delta / 2))


def smooth_l1(x, t, beta=1.0):
    d = np.abs(x - t)
    return np.where(d < beta, d**2 / (2 * beta), d - beta / 2)


def cross_entropy_of(p, q):
    return -(q * np.log(p) + (1 - q) * np.log1p(-p))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


LOSSES = {
    "mse_loss": (lambda x, t: (x - t) ** 2, A, B),
    "l1_loss": (lambda x, t: np.abs(x - t), A, B),
    "huber_loss": (huber, A, B),
    "smooth_l1_loss": (smooth_l1, A, B),
    "binary_cross_entropy": (cross_entropy_of, P, Q),
    "binary_cross_entropy_with_logits": (lambda x, t: cross_entropy_of(sigmoid(x), t), A, Q),
    "kl_div": (lambda x, t: t * (np.log(t) - x), A, Q),
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_elementwise(name, reduction, dtype):
    function, x, t = LOSSES[name]
    result = getattr(functional, name)(
        thalweg.tensor(x.astype(dtype)), thalweg.tensor(t.astype(dtype)), reduction=reduction
    )
    expected = reduced(function(x, t), reduction)
    np.testing.assert_allclose(result.numpy(), expected, rtol=1e-5 if dtype == np.float32 else 1e-12)
    assert result.numpy().dtype == dtype


@pytest.mark.parametrize("name", LOSSES)
def test_gradients(name):
    _, x, t = LOSSES[name]
    check_gradients(getattr(functional, name), x, t)


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "huber_loss"])
def test_weighted_means(name):
    function, x, t = LOSSES[name]
    w = np.abs(B)
    ours = getattr(functional, name)
    tensors = [thalweg.tensor(a) for a in (x, t)]
    weight = thalweg.tensor(w)
    losses = function(x, t) * w
    np.testing.assert_allclose(ours(*tensors, weight=weight).item(), losses.sum() / w.sum())
    np.testing.assert_allclose(ours(*tensors, weight=weight, reduction="sum").item(), losses.sum())
    np.testing.assert_allclose(ours(*tensors, weight=weight, reduction="none").numpy(), losses)
    with pytest.raises(ValueError, match="weight"):
        ours(*tensors, weight=weight[0])
    with pytest.raises(ValueError, match="reduction"):
        ours(*tensors, weight=weight, reduction="max")


def test_parameters_of_robust_losses():
    x, t = thalweg.tensor(A), thalweg.tensor(B)
    np.testing.assert_allclose(functional.huber_loss(x, t, delta=0.5).item(), huber(A, B, 0.5).mean())
    np.testing.assert_allclose(functional.smooth_l1_loss(x, t, beta=0.5).item(), smooth_l1(A, B, 0.5).mean())
    np.testing.assert_allclose(functional.smooth_l1_loss(x, t, beta=0).item(), np.abs(A - B).mean())
    with pytest.raises(thalweg.InvalidArgumentError, match="delta"):
        functional.huber_loss(x, t, delta=0)
    with pytest.raises(thalweg.InvalidArgumentError, match="beta"):
        functional.smooth_l1_loss(x, t, beta=-1)
    for name in LOSSES:
        with pytest.raises(TypeError):
            getattr(functional, name)(thalweg.tensor([1]), thalweg.tensor([True]))
        with pytest.raises(thalweg.ShapeError):
            getattr(functional, name)(thalweg.ones(2), thalweg.ones(3))


def test_binary_cross_entropy_at_the_edges():
    x = thalweg.tensor([0.0, 1.0, 0.0, 1.0], requires_grad=True)
    losses = functional.binary_cross_entropy(x, thalweg.tensor([0.0, 1.0, 1.0, 0.0]), reduction="none")
    assert losses.tolist() == [0, 0, 100, 100]
    losses.sum().backward()
    assert x.grad.tolist() == pytest.approx([0, 0, -1e12, 1e12])
    for wrong in (1.5, -0.5):
        with pytest.raises(thalweg.InvalidArgumentError, match="probabilities"):
            functional.binary_cross_entropy(thalweg.tensor([wrong]), thalweg.tensor([0.0]))
    with pytest.raises(thalweg.ShapeError):
        functional.binary_cross_entropy(thalweg.tensor([0.5]), thalweg.tensor(0.0))


def test_logits():
    w, q = np.abs(B), np.array([1.0, 2, 3, 4])
    losses = w * -(q * Q * np.log(sigmoid(A)) + (1 - Q) * np.log(sigmoid(-A)))
    result = functional.binary_cross_entropy_with_logits(
        thalweg.tensor(A),
        thalweg.tensor(Q),
        thalweg.tensor(w),
        pos_weight=thalweg.tensor(q),
        reduction="none",
    )
    np.testing.assert_allclose(result.numpy(), losses)
    x = thalweg.tensor([1000.0, -1000.0, 0.0], requires_grad=True)
    losses = functional.binary_cross_entropy_with_logits(x, thalweg.tensor([0.0, 0.0, 1.0]), reduction="none")
    assert losses.tolist() == pytest.approx([1000, 0, math.log(2)])
    losses.sum().backward()
    assert x.grad.tolist() == [1, 0, -0.5]


def test_divergence():
    x, t = thalweg.tensor(np.log(P)), thalweg.tensor(Q)
    terms = Q * (np.log(Q) - np.log(P))
    np.testing.assert_allclose(functional.kl_div(x, t, "batchmean").item(), terms.sum() / 3)
    np.testing.assert_allclose(functional.kl_div(x, t.log(), "sum", log_target=True).item(), terms.sum())
    t = thalweg.tensor([0.0, 1.0], requires_grad=True)
    functional.kl_div(thalweg.tensor([-1.0, -2.0]), t, "sum").backward()
    assert t.grad.tolist() == [1, 3]


# -- Classification ------------------------------------------------------------------------------------------

LABELS = np.array([[1, 0, 3], [2, -100, 1]])
SCORES = RNG.normal(size=(2, 4, 3))
WEIGHT = np.array([0.5, 1, 2, 3])


def expected_cross_entropy(weight, smoothing, reduction):
    logp = SCORES - np.log(np.exp(SCORES).sum(1, keepdims=True))
    w = np.ones(4) if weight is None else weight
    kept = LABELS >= 0
    safe = np.where(kept, LABELS, 0)
    row_weight = np.where(kept, w[safe], 0)
    losses = -np.take_along_axis(logp, safe[:, None], 1)[:, 0] * row_weight
    uniform = np.where(kept, -(logp * w[:, None]).sum(1), 0)
    losses = (1 - smoothing) * losses + smoothing / 4 * uniform
    return {"none": losses, "sum": losses.sum(), "mean": losses.sum() / row_weight.sum()}[reduction]


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("smoothing", [0, 0.2])
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_cross_entropy(weight, smoothing, reduction):
    w = None if weight is None else thalweg.tensor(weight)
    expected = expected_cross_entropy(weight, smoothing, reduction)
    labels = thalweg.tensor(LABELS)
    result = functional.cross_entropy(
        thalweg.tensor(SCORES), labels, w, reduction=reduction, label_smoothing=smoothing
    )
    np.testing.assert_allclose(result.numpy(), expected)
    module = nn.CrossEntropyLoss(w, reduction=reduction, label_smoothing=smoothing)
    np.testing.assert_array_equal(module(thalweg.tensor(SCORES), labels).numpy(), result.numpy())
    if smoothing == 0:
        logp = thalweg.log_softmax(thalweg.tensor(SCORES), 1)
        result = functional.nll_loss(logp, labels, w, reduction=reduction)
        np.testing.assert_allclose(result.numpy(), expected)
        np.testing.assert_array_equal(
            nn.NLLLoss(w, reduction=reduction)(logp, labels).numpy(), result.numpy()
        )


def test_cross_entropy_with_probabilities():
    t = RNG.uniform(size=SCORES.shape)
    logp = SCORES - np.log(np.exp(SCORES).sum(1, keepdims=True))
    result = functional.cross_entropy(thalweg.tensor(SCORES), thalweg.tensor(t), thalweg.tensor(WEIGHT))
    np.testing.assert_allclose(result.item(), -(logp * t * WEIGHT[:, None]).sum(1).mean())
    smoothed = functional.cross_entropy(thalweg.tensor(SCORES), thalweg.tensor(t), label_smoothing=0.1)
    np.testing.assert_allclose(smoothed.item(), -(logp * (0.9 * t + 0.025)).sum(1).mean())
    with pytest.raises(thalweg.ShapeError, match="probabilities"):
        functional.cross_entropy(thalweg.tensor(SCORES), thalweg.tensor(t[0]))


def test_one_sample():
    x = thalweg.tensor(SCORES[0, :, 0])
    assert functional.cross_entropy(x, thalweg.tensor(1)).shape == ()
    np.testing.assert_allclose(
        functional.cross_entropy(x, thalweg.tensor(1)).item(), expected_cross_entropy(None, 0, "none")[0, 0]
    )
    assert functional.nll_loss(x, thalweg.tensor(2)).item() == -SCORES[0, 2, 0]


def test_rows_that_do_not_count():
    x = thalweg.tensor([[1.0, -math.inf], [0.0, 0.0]], requires_grad=True)
    for loss in (functional.nll_loss, functional.cross_entropy):
        result = loss(x, thalweg.tensor([-100, 0]), reduction="sum")
        x.grad = None
        result.backward()
        assert math.isfinite(result.item()) and x.grad[0].tolist() == [0, 0]
        assert math.isnan(loss(x, thalweg.tensor([7, 7]), ignore_index=7).item())
        assert math.isnan(loss(thalweg.zeros(0, 2), thalweg.zeros(0, dtype=thalweg.int64)).item())


@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
def test_bad_classes(name):
    loss, x = getattr(functional, name), thalweg.tensor(SCORES)
    for error, target, weight in [
        (thalweg.InvalidArgumentError, thalweg.tensor([[0, 1, 4], [0, 0, 0]]), None),
        (thalweg.InvalidArgumentError, thalweg.tensor([[0, 1, -1], [0, 0, 0]]), None),
        (thalweg.ShapeError, thalweg.tensor([0, 1]), None),
        (thalweg.DTypeError, thalweg.tensor(LABELS).int(), None),
        (thalweg.ShapeError, thalweg.tensor(LABELS), thalweg.ones(3, dtype=thalweg.float64)),
    ]:
        with pytest.raises(error):
            loss(x, target, weight)
    with pytest.raises(thalweg.ShapeError):
        loss(thalweg.tensor(1.0), thalweg.tensor(0))
    with pytest.raises(thalweg.DTypeError):
        loss(thalweg.tensor([[1, 2]]), thalweg.tensor([0]))
    with pytest.raises(thalweg.InvalidArgumentError):
        functional.cross_entropy(x, thalweg.tensor(LABELS), label_smoothing=1.5)


@pytest.mark.parametrize(
    ("module", "function"),
    [
        (nn.MSELoss(), functional.mse_loss),
        (nn.L1Loss(), functional.l1_loss),
        (nn.SmoothL1Loss(beta=0.5), lambda x, t: functional.smooth_l1_loss(x, t, beta=0.5)),
        (nn.HuberLoss(delta=0.5), lambda x, t: functional.huber_loss(x, t, delta=0.5)),
        (nn.BCELoss(), functional.binary_cross_entropy),
        (nn.BCEWithLogitsLoss(), functional.binary_cross_entropy_with_logits),
        (nn.KLDivLoss(reduction="batchmean"), lambda x, t: functional.kl_div(x, t, "batchmean")),
    ],
    ids=lambda f: getattr(f, "__name__", None),
)
def test_modules(module, function):
    x, t = thalweg.tensor(P), thalweg.tensor(Q)
    assert module(x, t).item() == function(x, t).item()
