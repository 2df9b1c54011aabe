"""Losses of margins, likelihoods and distances; CTC by all paths."""

import itertools
import math

import numpy as np
import pytest
import thalweg
from helpers import check_gradients
from thalweg import nn
from thalweg.nn import functional as F


def array(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def tensors(*arrays):
    return [thalweg.tensor(a) for a in arrays]


X, Y, Z = array(4, 3), array(4, 3, seed=1), array(4, 3, seed=2)
SIGNS = np.array([1.0, -1, -1, 1])


def distance(a, b, p=2, eps=1e-6):
    return (np.abs(a - b + eps) ** p).sum(-1) ** (1 / p)


def cosine(a, b):
    return (a * b).sum(-1) / np.sqrt((a * a).sum(-1) * (b * b).sum(-1))


def multi_margin(x, classes, p=1, margin=1.0):
    every = [
        sum(max(0, margin - row[c] + row[j]) ** p for j in range(len(row)) if j != c) / len(row)
        for row, c in zip(x, classes, strict=True)
    ]
    return np.array(every)


CASES = {
    "gaussian": (
        lambda r: nn.GaussianNLLLoss(full=True, reduction=r)(*tensors(X, Y, Z**2)),
        lambda: (np.log(Z**2) + (X - Y) ** 2 / Z**2 + math.log(2 * math.pi)) / 2,
    ),
    "gaussian, one variance": (
        lambda r: F.gaussian_nll_loss(*tensors(X, Y), 0.3, reduction=r),
        lambda: (math.log(0.3) + (X - Y) ** 2 / 0.3) / 2,
    ),
    "poisson": (
        lambda r: nn.PoissonNLLLoss(reduction=r)(*tensors(X, Y)),
        lambda: np.exp(X) - Y * X,
    ),
    "poisson, expectations, full": (
        lambda r: nn.PoissonNLLLoss(False, True, reduction=r)(*tensors(np.abs(X), np.abs(Y) + 1)),
        lambda: (
            np.abs(X)
            - (t := np.abs(Y) + 1) * np.log(np.abs(X) + 1e-8)
            + t * np.log(t)
            - t
            + np.log(2 * np.pi * t) / 2
        ),
    ),
    "ranking": (
        lambda r: nn.MarginRankingLoss(0.2, reduction=r)(*tensors(X[:, 0], Y[:, 0], SIGNS)),
        lambda: np.maximum(0, -SIGNS * (X[:, 0] - Y[:, 0]) + 0.2),
    ),
    "hinge": (
        lambda r: nn.HingeEmbeddingLoss(0.5, reduction=r)(*tensors(X[:, 0], SIGNS)),
        lambda: np.where(SIGNS == 1, X[:, 0], np.maximum(0, 0.5 - X[:, 0])),
    ),
    "cosine": (
        lambda r: nn.CosineEmbeddingLoss(-0.4, reduction=r)(*tensors(X, Y, SIGNS)),
        lambda: np.where(SIGNS == 1, 1 - cosine(X, Y), np.maximum(0, cosine(X, Y) + 0.4)),
    ),
    "triplet": (
        lambda r: nn.TripletMarginLoss(0.7, 3, swap=True, reduction=r)(*tensors(X, Y, Z)),
        lambda: np.maximum(0, distance(X, Y, 3) - np.minimum(distance(X, Z, 3), distance(Y, Z, 3)) + 0.7),
    ),
    "triplet, own distance": (
        lambda r: nn.TripletMarginWithDistanceLoss(
            distance_function=lambda a, b: 1 - F.cosine_similarity(a, b), reduction=r
        )(*tensors(X, Y, Z)),
        lambda: np.maximum(0, cosine(X, Z) - cosine(X, Y) + 1),
    ),
    "soft margin": (
        lambda r: nn.SoftMarginLoss(reduction=r)(*tensors(X[:, 0], SIGNS)),
        lambda: np.log1p(np.exp(-SIGNS * X[:, 0])),
    ),
    "multi margin": (
        lambda r: nn.MultiMarginLoss(2, 0.6, reduction=r)(*tensors(X, [2, 0, 1, 1])),
        lambda: multi_margin(X, [2, 0, 1, 1], 2, 0.6),
    ),
    "multilabel margin": (
        lambda r: nn.MultiLabelMarginLoss(reduction=r)(*tensors(X[:1], [[2, 0, -1]])),
        lambda: np.array([sum(max(0, 1 - X[0, i] + X[0, 1]) for i in (2, 0)) / 3]),
    ),
    "multilabel soft margin": (
        lambda r: nn.MultiLabelSoftMarginLoss(reduction=r)(*tensors(X, (Y > 0) * 1.0)),
        lambda: np.log1p(np.exp(np.where(Y > 0, -X, X))).mean(1),
    ),
}


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("case", CASES)
def test_values(case, reduction):
    ours, expected = CASES[case]
    expected = expected()
    reduced = {"none": expected, "mean": expected.mean(), "sum": expected.sum()}[reduction]
    np.testing.assert_allclose(ours(reduction).numpy(), reduced, rtol=1e-7, atol=1e-12)


def test_distances():
    x, y = tensors(X, Y)
    np.testing.assert_allclose(nn.PairwiseDistance()(x, y).numpy(), distance(X, Y))
    np.testing.assert_allclose(nn.CosineSimilarity()(x, y).numpy(), cosine(X, Y))
    expected = np.linalg.norm(X[:, None] - Y[None], axis=-1)
    np.testing.assert_allclose(thalweg.cdist(x, y).numpy(), expected)
    own = np.linalg.norm(X[:, None] - X[None], axis=-1)
    np.testing.assert_allclose(F.pdist(x).numpy(), own[np.triu_indices(4, 1)])
    assert F.cosine_similarity(x * 0, y).tolist() == [0] * 4


def likelihood(log_probs, labels, blank):
    """The sum over all paths that read as the labels."""
    times, classes = log_probs.shape
    total = 0.0
    for path in itertools.product(range(classes), repeat=times):
        merged = [c for c, _ in itertools.groupby(path) if c != blank]
        if merged == list(labels):
            total += math.exp(sum(log_probs[t, c] for t, c in enumerate(path)))
    return total


def log_softmax(x):
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


@pytest.mark.parametrize("blank", [0, 2])
def test_ctc_by_all_paths(blank):
    x = log_softmax(array(5, 3, 3))
    a, b = (c for c in range(3) if c != blank)
    labels, inputs = [(a, a), (b,), ()], [5, 4, 3]
    expected = [-math.log(likelihood(x[:t, n], labels[n], blank)) for n, t in enumerate(inputs)]
    flat = thalweg.tensor([c for row in labels for c in row])
    table = thalweg.tensor([[a, a], [b, 0], [0, 0]])
    for targets in (flat, table):
        losses = F.ctc_loss(thalweg.tensor(x), targets, inputs, [2, 1, 0], blank, "none")
        np.testing.assert_allclose(losses.numpy(), expected, rtol=1e-12)
    mean = nn.CTCLoss(blank)(thalweg.tensor(x), table, thalweg.tensor(inputs), thalweg.tensor([2, 1, 0]))
    np.testing.assert_allclose(mean.item(), np.mean(np.array(expected) / [2, 1, 1]), rtol=1e-12)


def test_ctc_gradients():
    targets = thalweg.tensor([[1, 1], [2, 0]])

    def loss(x):
        return F.ctc_loss(x.log_softmax(2), targets, [5, 4], [2, 1], reduction="none")

    check_gradients(loss, array(5, 2, 3))
    x = thalweg.tensor(array(5, 2, 3), requires_grad=True)
    assert thalweg.autograd.gradgradcheck(loss, x)
    # The recorded backward pass is the same gradient.
    (fast,) = thalweg.autograd.grad(loss(x).sum(), x)
    (recorded,) = thalweg.autograd.grad(loss(x).sum(), x, create_graph=True)
    np.testing.assert_allclose(recorded.detach().numpy(), fast.numpy(), atol=1e-12)


def test_ctc_of_too_short_an_input():
    x = thalweg.tensor(log_softmax(array(2, 1, 3)), requires_grad=True)
    targets = thalweg.tensor([[1, 1]])  # needs a blank between
    assert F.ctc_loss(x, targets, [2], [2]).item() == math.inf
    loss = F.ctc_loss(x, targets, [2], [2], zero_infinity=True)
    loss.backward()
    assert loss.item() == 0
    assert x.grad.numpy().any() == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ([[1, 1]], [4], [2], 0),
        ([[1, 1]], [3], [3], 0),
        ([[1, 9]], [3], [2], 0),
        ([[1, -1]], [3], [2], 0),
        ([[1, 1]], [3], [-1], 0),
        ([[1, 1]], [3, 3], [2], 0),
        ([1, 1, 1], [3], [2], 0),
        ([[1, 1]], [3], [2], 3),
        ([[1, 1]], [3], [2], -(2**63)),
        ([[1, 1]], [2**63 - 1], [2**63 - 1], 0),
    ],
)
def test_ctc_that_does_not_fit(arguments):
    targets, inputs, lengths, blank = arguments
    with pytest.raises(thalweg.Error, match="ctc_loss"):
        F.ctc_loss(thalweg.zeros(3, 1, 3), thalweg.tensor(targets), inputs, lengths, blank)


def test_what_does_not_fit():
    x = thalweg.ones(2, 3)
    with pytest.raises(thalweg.Error, match="negative"):
        F.gaussian_nll_loss(x, x, -x)
    with pytest.raises(thalweg.Error):
        F.gaussian_nll_loss(x, x, thalweg.ones(5))
    with pytest.raises(thalweg.Error, match="p is 3"):
        F.multi_margin_loss(x, thalweg.tensor([0, 1]), p=3)
    with pytest.raises(thalweg.Error, match="no class"):
        F.multilabel_margin_loss(x, thalweg.tensor([[0, 3, -1], [-1, -1, -1]]))
    with pytest.raises(ValueError, match="positive"):
        nn.TripletMarginLoss(0)
    with pytest.raises(thalweg.Error):
        thalweg.cdist(x, thalweg.ones(2, 4))


def test_linear_cross_entropy():
    loss = nn.LinearCrossEntropyLoss(3, 4, bias=True, label_smoothing=0.1)
    x, classes = thalweg.randn(5, 3), thalweg.tensor([0, 3, 1, 1, 2])
    expected = F.cross_entropy(loss.linear(x), classes, label_smoothing=0.1)
    assert loss(x, classes).item() == expected.item()
    assert nn.LinearCrossEntropyLoss(3, 4, out_features=(2,))(x, classes.reshape(5, 1).expand(5, 2)).ndim == 0


def test_adaptive_softmax():
    layer = nn.AdaptiveLogSoftmaxWithLoss(8, 12, [3, 7], div_value=2.0, head_bias=True)
    assert list(layer.state_dict()) == [
        "head.weight",
        "head.bias",
        *[f"tail.{i}.{j}.weight" for i in range(2) for j in range(2)],
    ]
    x, target = thalweg.randn(6, 8, requires_grad=True), thalweg.tensor([0, 11, 3, 6, 7, 2])
    every = layer.log_prob(x)
    np.testing.assert_allclose(every.exp().sum(1).detach().numpy(), np.ones(6), rtol=1e-5)
    output, loss = layer(x, target)
    np.testing.assert_allclose(
        output.detach().numpy(), every.detach().numpy()[range(6), target.numpy()], rtol=1e-5
    )
    assert loss.item() == pytest.approx(-output.detach().numpy().mean())
    loss.backward()
    assert all(p.grad is not None for p in layer.parameters())
    assert layer.predict(x).tolist() == every.detach().numpy().argmax(1).tolist()
    assert layer(x[0], target[0]).output.item() == pytest.approx(output[0].item(), rel=1e-5)
    with pytest.raises(ValueError, match="from 0 to 11"):
        layer(x, target + 1)
    with pytest.raises(ValueError, match="must grow"):
        nn.AdaptiveLogSoftmaxWithLoss(8, 12, [7, 3])
