"""Which operations' memory is in use when most is."""

import pytest
import thalweg
from thalweg import _C, nn


def test_shares_at_the_peak():
    kept = thalweg.ones(1000, 10)
    before = thalweg.get_memory_stats()["bytes_in_use"]
    thalweg.reset_peak_memory()
    with thalweg.memory_profile() as profile:
        a = thalweg.zeros(1 << 20)
        b = a.exp()
        c = b * a
        del b
        thalweg.zeros(100)
    parts = {part.operation: part for part in profile.operations}
    assert parts["before"].bytes == before and parts["before"].blocks == 0
    assert (parts["full"].bytes, parts["full"].blocks) == (4 << 20, 1)
    assert (parts["exp"].bytes, parts["mul"].bytes) == (4 << 20, 4 << 20)
    assert profile.peak == before + (12 << 20) == thalweg.get_memory_stats()["peak_bytes_in_use"]
    sizes = [part.bytes for part in profile.operations]
    assert sizes == sorted(sizes, reverse=True)
    text = str(profile)
    assert "exp" in text and f"{profile.peak:,}" in text
    del a, c, kept


def test_blocks_of_another_profile():
    with thalweg.memory_profile() as first:
        a = thalweg.ones(1 << 18).exp()
    assert "exp" in {part.operation for part in first.operations}
    with thalweg.memory_profile() as second:
        del a  # "before" for the second
        b = thalweg.zeros(1 << 18)
    parts = {part.operation: part for part in second.operations}
    assert "before" in parts and "exp" not in parts
    del b


def test_a_training_step():
    net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
    x = thalweg.randn(512, 64)
    with thalweg.memory_profile() as profile:
        net(x).square().mean().backward()
    assert {"matmul", "relu"} <= {part.operation for part in profile.operations}
    with pytest.raises(thalweg.Error, match="there is no operation"):
        _C.memory_profile_at(1 << 40)


def test_is_off_after_an_error():
    with pytest.raises(RuntimeError, match="inside"), thalweg.memory_profile() as profile:
        thalweg.zeros(1 << 16)
        raise RuntimeError("inside")
    assert profile.operations
    count = _C.memory_profile_count()
    thalweg.zeros(1 << 22)
    assert _C.memory_profile_count() == count
