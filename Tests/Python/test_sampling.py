"""multinomial and sample: what is drawn, how often, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
import thalweg as tw

# A count of n draws with probability p has deviation sqrt(n p (1 - p)); six of them happen once in 5e8 tests.
DRAWS, DEVIATIONS = 20_000, 6


def assert_frequencies(places: np.ndarray, probabilities: np.ndarray) -> None:
    counts = np.bincount(places, minlength=len(probabilities))
    expected = len(places) * probabilities
    limit = DEVIATIONS * np.sqrt(expected * (1 - probabilities))
    assert (np.abs(counts - expected) <= limit).all(), (counts, expected)


@pytest.mark.parametrize("dtype", [tw.float32, tw.float64])
def test_multinomial_draws_in_proportion(dtype: tw.dtype) -> None:
    weights = np.array([[1, 0, 3, 0.5], [0, 2, 0, 2]])
    drawn = tw.multinomial(
        tw.tensor(weights, dtype=dtype), DRAWS, replacement=True, generator=tw.generator(1)
    )
    assert drawn.shape == (2, DRAWS) and drawn.dtype == tw.int64
    for row in range(2):
        assert_frequencies(drawn[row].numpy(), weights[row] / weights[row].sum())


def test_multinomial_without_replacement_is_drawing_one_after_the_other() -> None:
    weights = np.array([4.0, 0.0, 1.0, 3.0])
    drawn = tw.multinomial(tw.tensor(weights).expand(DRAWS, 4), 2, generator=tw.generator(2)).numpy()
    first, second = drawn.T
    assert (first != second).all()
    assert_frequencies(first, weights / 8)
    # The second is drawn from what the first has left.
    for place in (0, 2, 3):
        left = np.where(np.arange(4) == place, 0, weights)
        assert_frequencies(second[first == place], left / left.sum())


def test_multinomial_all_of_them_and_one_dimension() -> None:
    drawn = tw.multinomial(tw.tensor([0.1, 0.2, 0.3]), 3)
    assert drawn.shape == (3,) and sorted(drawn.tolist()) == [0, 1, 2]
    assert tw.tensor([0.0, 1.0, 0.0]).multinomial(5, replacement=True).tolist() == [1] * 5
    assert tw.multinomial(tw.zeros(0, 3), 2).shape == (0, 2)


def test_generators_and_seeds_decide() -> None:
    logits = tw.randn(64, 50)
    assert logits.sample(generator=tw.generator(3)).equal(logits.sample(generator=tw.generator(3)))
    assert not logits.sample(generator=tw.generator(3)).equal(logits.sample(generator=tw.generator(4)))
    tw.manual_seed(5)
    once = logits.softmax(-1).multinomial(4)
    tw.manual_seed(5)
    assert logits.softmax(-1).multinomial(4).equal(once)


@pytest.mark.parametrize(
    ("weights", "count", "words"),
    [
        ([1.0, -1.0], 1, "is -1.0"),
        ([1.0, math.nan], 1, "is nan"),
        ([1.0, math.inf], 1, "is inf"),
        ([0.0, 0.0], 1, "sum to 0"),
        ([1.0, 0.0], 2, "1 positive"),
        ([1.0, 1.0], 3, "3 samples of 2"),
        ([1.0, 1.0], 0, "at least 1"),
        ([1.0, 1.0], -(2**63), "at least 1"),
        ([1.7e308, 1.7e308], 1, "sum to inf"),
    ],
)
def test_multinomial_refuses(weights: list[float], count: int, words: str) -> None:
    with pytest.raises(tw.InvalidArgumentError, match=words):
        tw.multinomial(tw.tensor(weights, dtype=tw.float64), count)


def test_multinomial_refuses_shapes_and_dtypes() -> None:
    for shape in ((), (2, 2, 2), (3, 0)):
        with pytest.raises(tw.ShapeError, match=r"\[N, C\]"):
            tw.multinomial(tw.ones(*shape), 1)
    with pytest.raises(tw.DTypeError):
        tw.multinomial(tw.ones(3, dtype=tw.int64), 1)


# -- sample -----------------------------------------------------------------------------------------------

LOGITS = np.array([2.0, -1.0, 0.5, 2.5, -math.inf, 0.0])


def softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def draw(**options: float) -> np.ndarray:
    logits = tw.tensor(LOGITS).expand(DRAWS, len(LOGITS))
    return tw.sample(logits, **options, generator=tw.generator(7)).numpy()


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_temperature(temperature: float) -> None:
    assert_frequencies(draw(temperature=temperature), softmax(LOGITS / temperature))


@pytest.mark.parametrize("k", [1, 2, 3, 6, 100])
def test_top_k(k: int) -> None:
    kept = np.argsort(-LOGITS)[:k]
    assert_frequencies(draw(top_k=k), softmax(np.where(np.isin(np.arange(6), kept), LOGITS, -np.inf)))


@pytest.mark.parametrize("p", [1e-9, 0.5, 0.6, 0.9, 0.95, 0.99999, 1.0])
@pytest.mark.parametrize("k", [0, 3])
def test_top_p_of_what_top_k_leaves(p: float, k: int) -> None:
    order = np.argsort(-LOGITS, kind="stable")[: k or len(LOGITS)]
    shares = np.cumsum(softmax(LOGITS[order]))
    kept = order[: np.searchsorted(shares, p) + 1]
    expected = softmax(np.where(np.isin(np.arange(6), kept), LOGITS, -np.inf))
    assert_frequencies(draw(top_p=p, top_k=k), expected)


def test_temperature_zero_takes_the_first_of_the_largest() -> None:
    logits = tw.tensor([[0.0, 3.0, 3.0], [5.0, 1.0, 2.0]])
    before = tw.rand(1, generator=(generator := tw.generator(1)))
    assert logits.sample(temperature=0, generator=generator).tolist() == [1, 0]
    again = tw.generator(1)
    assert tw.rand(1, generator=again).equal(before)
    assert tw.rand(1, generator=again).equal(tw.rand(1, generator=generator))  # nothing was drawn
    assert logits.sample(temperature=1e-300).tolist()[1] == 0


def test_shapes_and_large_vocabularies() -> None:
    assert tw.sample(tw.zeros(5)).shape == ()
    assert tw.sample(tw.zeros(2, 3, 5)).shape == (2, 3)
    assert tw.sample(tw.zeros(0, 5)).shape == (0,)
    assert tw.sample(tw.zeros(3, 1)).tolist() == [0, 0, 0]
    wide = tw.full((2, 50_000), -50.0)
    wide[0, 49_999], wide[1, 0] = 50.0, 50.0
    for options in ({}, {"top_k": 40}, {"top_p": 0.9}):
        assert wide.sample(**options).tolist() == [49_999, 0]
    turned = tw.randn(7, 4).T  # not contiguous
    assert turned.sample(temperature=0).equal(turned.argmax(1))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_logits_that_are_not_finite(bad: float, temperature: float) -> None:
    with pytest.raises(tw.InvalidArgumentError, match=f"logit 1 of row 1 is {bad}"):
        tw.sample(tw.tensor([[0.0, 1.0], [0.0, bad]]), temperature)
    with pytest.raises(tw.InvalidArgumentError, match="all logits of row 0"):
        tw.sample(tw.tensor([-math.inf, -math.inf]), temperature)


@pytest.mark.parametrize(
    "options",
    [
        {"temperature": -1.0},
        {"temperature": math.nan},
        {"temperature": math.inf},
        {"top_k": -1},
        {"top_k": -(2**63)},
        {"top_p": 0.0},
        {"top_p": 1.1},
        {"top_p": math.nan},
    ],
)
def test_sample_refuses(options: dict[str, float]) -> None:
    with pytest.raises(tw.InvalidArgumentError, match=r"temperature .* top_k .* top_p"):
        tw.sample(tw.zeros(4), **options)
