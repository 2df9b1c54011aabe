"""Singular values of Jacobians, norms and radii of matrices, against NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import thalweg as tw
from thalweg import flow, nn


def explicit(outputs: list[tw.Tensor], inputs: list[tw.Tensor]) -> np.ndarray:
    """The Jacobian, a backward pass for each row."""
    rows = []
    for output in outputs:
        for element in output.flatten():
            parts = tw.autograd.grad(element, inputs, retain_graph=True, allow_unused=True)
            rows.append(
                np.concatenate(
                    [
                        np.zeros(x.numel()) if part is None else part.numpy().ravel()
                        for part, x in zip(parts, inputs, strict=True)
                    ]
                )
            )
    return np.array(rows)


def check(outputs: list[tw.Tensor], inputs: list[tw.Tensor], tolerance: float = 1e-12) -> None:
    values = np.linalg.svd(explicit(outputs, inputs).astype(np.float64), compute_uv=False)
    largest, smallest = flow.jacobian_singular_values(outputs, inputs)
    assert largest == pytest.approx(values[0], rel=tolerance)
    assert smallest == pytest.approx(values[-1], rel=0, abs=tolerance * values[0])


@pytest.mark.parametrize("kind", [nn.RNNCell, nn.GRUCell, nn.LSTMCell])
def test_cells(kind: type[nn.Module]) -> None:
    tw.manual_seed(1)
    cell = kind(3, 5, dtype=tw.float64)
    count = 2 if kind is nn.LSTMCell else 1
    states = [[tw.randn(1, 5, dtype=tw.float64).requires_grad_() for _ in range(count)]]
    for _ in range(6):
        state = cell(tw.randn(1, 3, dtype=tw.float64), states[-1] if count == 2 else states[-1][0])
        states.append(list(state) if count == 2 else [state])
    check(states[1], states[0])
    check(states[6], states[0])
    rows = flow.jacobians_through_time(states)
    assert [row.step for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[-1].largest == rows[-1].product_largest
    for row in rows:
        assert row.product_largest <= math.prod(r.largest for r in rows[row.step - 1 :]) * (1 + 1e-12)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (7, 3), (3, 7), (20, 20), (1, 9), (9, 1)])
def test_matrices_of_any_shape(rows: int, columns: int) -> None:
    random = np.random.default_rng(3)
    matrix = tw.tensor(random.standard_normal((rows, columns)))
    x = tw.ones(columns, dtype=tw.float64).requires_grad_()
    check([matrix @ x], [x])
    largest = np.linalg.svd(matrix.numpy(), compute_uv=False)[0]
    assert flow.spectral_norm(matrix) == pytest.approx(largest, rel=1e-13)


def test_a_batch_is_one_block_diagonal_matrix() -> None:
    x = tw.randn(4, 3, dtype=tw.float64).requires_grad_()
    check([tw.tanh(x @ tw.randn(3, 3, dtype=tw.float64))], [x])


def test_large_matrices_and_few_steps() -> None:
    random = np.random.default_rng(4)
    values = np.geomspace(1, 1e-6, 120)
    left, right = (np.linalg.qr(random.standard_normal((120, 120)))[0] for _ in range(2))
    matrix = tw.tensor(left * values @ right)
    x = tw.ones(120, dtype=tw.float64).requires_grad_()
    y = matrix @ x
    largest, smallest = flow.jacobian_singular_values(y, x)
    assert largest == pytest.approx(1, rel=1e-13) and smallest == pytest.approx(1e-6, rel=1e-8)
    assert flow.jacobian_singular_values(y, x, 20)[0] == pytest.approx(1, rel=1e-4)
    assert flow.spectral_norm(matrix) == pytest.approx(1, rel=1e-12)


def test_float32_is_known_to_its_own_rounding() -> None:
    tw.manual_seed(5)
    x = tw.randn(16).requires_grad_()
    check([tw.tanh(tw.randn(16, 16) @ x)], [x], 1e-5)


def test_degenerate_jacobians() -> None:
    x = tw.ones(3, dtype=tw.float64).requires_grad_()
    assert flow.jacobian_singular_values(3 * x, x) == pytest.approx((3, 3), rel=1e-15)
    assert flow.jacobian_singular_values(0 * x, x) == (0, 0)
    assert flow.jacobian_singular_values(tw.ones(2, dtype=tw.float64), x) == (0, 0)
    largest, smallest = flow.jacobian_singular_values(x.sum(), x)
    assert largest == smallest == pytest.approx(math.sqrt(3), rel=1e-15)
    largest, smallest = flow.jacobian_singular_values(x.sum().expand(3), x)
    assert largest == pytest.approx(3, rel=1e-14) and smallest == pytest.approx(0, abs=1e-14)
    largest, smallest = flow.jacobian_singular_values(x * math.inf, x)
    assert not math.isfinite(largest) and math.isnan(smallest)
    big, small = flow.jacobian_singular_values(x * tw.tensor([1e200, 1.0, 1e-200], dtype=tw.float64), x)
    assert big == pytest.approx(1e200, rel=1e-12) and small <= 1e-15 * big


def test_spectral_radius() -> None:
    radius = flow.spectral_radius
    assert radius(tw.zeros(3, 3)) == 0 and radius(tw.zeros(0, 0)) == 0
    assert radius(tw.tensor([[0.0, 1.0], [0.0, 0.0]])) == 0
    assert radius(tw.tensor([[0.0, -2.0], [2.0, 0.0]])) == pytest.approx(2, rel=1e-14)
    assert radius(tw.eye(4) * 1e30) == pytest.approx(1e30, rel=1e-6)
    assert radius(tw.eye(4, dtype=tw.float64) * 1e-300) == pytest.approx(1e-300, rel=1e-12)
    assert math.isinf(radius(tw.tensor([[math.inf]]))) and math.isnan(radius(tw.tensor([[math.nan]])))


def test_what_is_refused() -> None:
    x = tw.ones(3).requires_grad_()
    for outputs, inputs in (([], [x]), ([2 * x], []), (tw.zeros(0), x)):
        with pytest.raises(tw.InvalidArgumentError, match="at least"):
            flow.jacobian_singular_values(outputs, inputs)
    with pytest.raises(tw.DTypeError):
        flow.jacobian_singular_values(tw.ones(3, dtype=tw.int64), x)
    for steps in (0, -1, -(2**63)):
        with pytest.raises(tw.InvalidArgumentError, match="steps"):
            flow.jacobian_singular_values(2 * x, x, steps)
    for tensor in (tw.ones(3), tw.ones(2, 2, 2)):
        with pytest.raises(tw.ShapeError):
            flow.spectral_norm(tensor)
    with pytest.raises(tw.ShapeError, match="square"):
        flow.spectral_radius(tw.ones(2, 3))
    with pytest.raises(tw.DTypeError):
        flow.spectral_radius(tw.ones(2, 2, dtype=tw.int32))
    with pytest.raises(tw.InvalidArgumentError, match="activation"):
        flow.gain_bound(tw.ones(2, 2), "step")
    assert flow.gain_bound(tw.eye(2) * 10, "tanh", 1000) == math.inf
