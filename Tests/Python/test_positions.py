"""Positional encodings and embeddings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import thalweg as tw
from thalweg import nn


def table(length: int, size: int, start: int = 0) -> np.ndarray:
    """Vaswani et al. 2017, 3.5."""
    position = np.arange(start, start + length)[:, None]
    place = np.arange(size)
    angle = position / 10000.0 ** (2 * (place // 2) / size)
    return np.where(place % 2 == 0, np.sin(angle), np.cos(angle))


@pytest.mark.parametrize(("length", "size", "start"), [(1, 1, 0), (7, 6, 0), (100, 33, 900)])
def test_table(length: int, size: int, start: int) -> None:
    found = nn.functional.sinusoidal_positions(length, size, start, tw.float64).numpy()
    # Angles of up to 1000 with a relative error of a few units.
    np.testing.assert_allclose(found, table(length, size, start), rtol=0, atol=1000 * 8 * 2**-53)
    assert nn.functional.sinusoidal_positions(0, 4).shape == (0, 4)


LAYERS = {
    "encoding": lambda **options: nn.PositionalEncoding(6, 80, **options),
    "embedding": lambda **options: nn.PositionalEmbedding(80, 6, **options),
}


def vectors(layer: nn.Module, length: int) -> np.ndarray:
    if isinstance(layer, nn.PositionalEmbedding):
        return layer.weight.detach().numpy()[:length]
    return table(length, 6).astype(np.float32)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("shape", [(5, 6), (3, 5, 6), (2, 3, 5, 6), (3, 80, 6), (3, 0, 6), (0, 5, 6)])
@pytest.mark.parametrize("batch_first", [True, False])
def test_layers(kind: str, shape: tuple[int, ...], batch_first: bool) -> None:
    adding = LAYERS[kind](batch_first=batch_first)
    x = tw.randn(*(shape if batch_first else (shape[-2], *shape[:-2], 6)))
    positions = vectors(adding, shape[-2])
    if not batch_first:
        positions = positions.reshape(shape[-2], *[1] * (len(shape) - 2), 6)
    assert np.allclose(adding(x).detach().numpy(), x.numpy() + positions, rtol=0, atol=1e-6)
    behind = LAYERS[kind](concatenate=True, batch_first=batch_first)
    positions = vectors(behind, shape[-2]).reshape(positions.shape)
    wide = tw.cat([x, x[..., :3]], -1)
    found = behind(wide).detach().numpy()
    expected = np.broadcast_to(positions, (*wide.shape[:-1], 6))
    assert np.allclose(found, np.concatenate([wide.numpy(), expected], -1), rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", LAYERS)
def test_what_does_not_fit(kind: str) -> None:
    layer = LAYERS[kind]()
    for shape, words in (((81, 6), "max_length is 80"), ((5, 7), "6 features"), ((6,), "time and features")):
        with pytest.raises(tw.ShapeError, match=words):
            layer(tw.zeros(*shape))
    with pytest.raises(tw.DTypeError):
        layer(tw.zeros(5, 6, dtype=tw.int64))
    for numbers in ((0, 4), (4, 0), (-1, 4), (4, -(2**63))):
        with pytest.raises(tw.InvalidArgumentError):
            type(layer)(*numbers)


def test_lengths_that_grow_and_shrink_and_dtypes() -> None:
    layer = nn.PositionalEncoding(4)
    for length in (3, 200, 10, 5000, 1):
        for dtype, tolerance in ((tw.float32, 1e-6), (tw.float64, 5e-12)):
            y = layer(tw.zeros(length, 4, dtype=dtype))
            assert y.dtype == dtype
            assert np.abs(y.numpy() - table(length, 4)).max() <= tolerance


def test_learnt_positions_learn() -> None:
    layer = nn.PositionalEmbedding(10, 4, dtype=tw.float64)
    assert len(nn.PositionalEncoding(4).state_dict()) == 0 and list(layer.state_dict()) == ["weight"]
    layer(tw.zeros(3, 5, 4, dtype=tw.float64)).sum().backward()
    assert layer.weight.grad.tolist() == [[3.0] * 4] * 5 + [[0.0] * 4] * 5
    assert tw.autograd.gradgradcheck(
        lambda x: layer(x) ** 2, (tw.randn(2, 5, 4, dtype=tw.float64).requires_grad_(),)
    )
    weight = nn.PositionalEmbedding(500, 40).weight
    assert abs(weight.std().item() - 0.02) < 0.0006  # 6 deviations of the deviation of 20000 numbers


@pytest.mark.skipif(not tw.io.hdf5_available(), reason="libhdf5 is not there")
def test_model_files(tmp_path: Path) -> None:
    net = nn.Sequential(
        nn.PositionalEmbedding(9, 4, concatenate=True), nn.PositionalEncoding(8, 50, batch_first=False)
    )
    tw.save(net, tmp_path / "net.h5")
    again = tw.load(tmp_path / "net.h5")
    assert repr(again) == repr(net)
    x = tw.randn(3, 9, 4)
    assert again(x).equal(net(x))


def test_without_positions_a_sum_does_not_know_the_order() -> None:
    # A6: what sums or attends over a sequence is the same for every order, unless positions are in it.
    x = tw.randn(5, 6, dtype=tw.float64)
    turned = x.flip(0)
    layer = nn.PositionalEncoding(6)
    assert tw.allclose(x.tanh().sum(0), turned.tanh().sum(0))
    assert not tw.allclose(layer(x).tanh().sum(0), layer(turned).tanh().sum(0))
