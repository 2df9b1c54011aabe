"""Numbers and laws that the course notes state, computed through the public interface."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import thalweg as tw


def chain(
    function: Callable[[tw.Tensor], tw.Tensor], weight: float, layers: int, dtype: tw.dtype = tw.float64
) -> tuple[list[float], float]:
    """One unit a layer, no bias, input 1: the outputs, and the gradient of the last one for the input."""
    source = x = tw.tensor(1.0, dtype=dtype, requires_grad=True)
    outputs = []
    for _ in range(layers):
        x = function(weight * x)
        outputs.append(x.item())
    x.backward()
    return outputs, source.grad.item()


class TestVanishing:
    """B1, B4: what saturation and weights do to the gradient of a chain."""

    def test_six_logistic_layers(self) -> None:
        # Four figures are given.
        outputs, gradient = chain(tw.sigmoid, 0.1, 6)
        assert np.round(outputs, 4).tolist() == [0.5250, 0.5131, 0.5128, 0.5128, 0.5128, 0.5128]
        slopes = np.cumprod([s * (1 - s) for s in reversed(outputs)])
        assert [f"{s:.3e}" for s in slopes] == [
            *("2.498e-01", "6.242e-02", "1.559e-02", "3.896e-03", "9.733e-04", "2.427e-04")
        ]
        assert f"{gradient:.3e}" == "2.427e-10"

    def test_twenty_logistic_layers(self) -> None:
        outputs, gradient = chain(tw.sigmoid, 0.1, 20)
        assert f"{math.prod(s * (1 - s) for s in outputs):.3e}" == "8.959e-13"
        assert f"{gradient:.3e}" == "8.959e-33"

    def test_three_layers_of_slope_a_quarter(self) -> None:
        # The logistic function has its largest slope at 0; weights 1.
        x = tw.tensor(0.0, dtype=tw.float64, requires_grad=True)
        y = x
        for _ in range(3):
            y = tw.sigmoid(y) - 0.5
        y.backward()
        assert x.grad.item() == 1 / 64

    @pytest.mark.parametrize(("function", "bound"), [(tw.sigmoid, 0.25), (tw.tanh, 1.0)])
    def test_slopes_are_bounded(self, function: Callable[[tw.Tensor], tw.Tensor], bound: float) -> None:
        x = tw.tensor(np.linspace(-20, 20, 4001), requires_grad=True)
        function(x).sum().backward()
        assert x.grad.max().item() == bound
        assert x.grad.min().item() >= 0

    def test_relu_takes_only_the_slopes_away(self) -> None:
        assert chain(tw.relu, 1.0, 6)[1] == 1
        assert chain(tw.relu, 0.1, 6)[1] == pytest.approx(1e-6, rel=6 * 2**-53)


class TestExploding:
    """B2."""

    @pytest.mark.parametrize("layers", [10, 20])
    def test_relu_chain_is_a_power(self, layers: int) -> None:
        outputs, gradient = chain(tw.relu, 5.0, layers)
        assert outputs[-1] == 5.0**layers == gradient

    def test_three_layers(self) -> None:
        w = [tw.tensor(value, dtype=tw.float64, requires_grad=True) for value in (2.0, 3.0, 7.0)]
        x = tw.tensor(1.5, dtype=tw.float64)
        y = tw.relu(w[2] * tw.relu(w[1] * tw.relu(w[0] * x)))
        y.backward()
        assert w[0].grad.item() == 7 * 3 * 1.5  # w3 w2 x

    def test_float32_ends_at_layer_56(self) -> None:
        outputs, _ = chain(tw.relu, 5.0, 60, tw.float32)
        assert np.isfinite(outputs).tolist() == [True] * 55 + [False] * 5


class TestMomentum:
    """A3: on convex least squares, steps grow as the condition number, or with momentum as its root."""

    @staticmethod
    def steps(kappa: float, **options: float) -> int:
        """Until the distance from the minimum is 1e-6 of the first."""
        curvatures = tw.tensor(np.geomspace(1 / kappa, 1, 10))
        x = tw.ones(10, dtype=tw.float64, requires_grad=True)
        optimizer = tw.optim.SGD([x], **options)
        for step in range(1, 100_000):
            optimizer.zero_grad()
            (0.5 * (curvatures * x * x).sum()).backward()
            optimizer.step()
            if tw.linalg.vector_norm(x.detach()).item() < 1e-6 * math.sqrt(10):
                return step
        return 100_000

    def rates(self, options: Callable[[float], dict[str, float]]) -> float:
        """The exponent of the condition number in the number of steps, between 30 and 3000."""
        few, many = (self.steps(kappa, **options(kappa)) for kappa in (30.0, 3000.0))
        return math.log(many / few) / math.log(100)

    # A law for large numbers of steps, measured at small ones: the exponents may be off by 0.05.

    def test_gradient_descent(self) -> None:
        assert self.rates(lambda kappa: {"lr": 2 / (1 + 1 / kappa)}) == pytest.approx(1, abs=0.05)

    def test_heavy_ball(self) -> None:
        def best(kappa: float) -> dict[str, float]:
            root = math.sqrt(kappa)
            return {"lr": 4 / (1 + 1 / root) ** 2, "momentum": ((root - 1) / (root + 1)) ** 2}

        assert self.rates(best) == pytest.approx(0.5, abs=0.05)

    def test_nesterov(self) -> None:
        def best(kappa: float) -> dict[str, float]:
            root = math.sqrt(kappa)
            return {"lr": 1.0, "momentum": (root - 1) / (root + 1), "nesterov": True}

        assert self.rates(best) == pytest.approx(0.5, abs=0.05)

    def test_averaged_gradients_are_a_heavy_ball_of_another_step(self) -> None:
        # Both velocities begin at 0: PyTorch's begins at the gradient, so a first gradient of 0 is given.
        def path(lr: float, dampening: float) -> np.ndarray:
            x = tw.ones(3, dtype=tw.float64, requires_grad=True)
            optimizer = tw.optim.SGD([x], lr=lr, momentum=0.75, dampening=dampening)
            x.grad = tw.zeros(3, dtype=tw.float64)
            optimizer.step()
            for _ in range(20):
                optimizer.zero_grad()
                (x * x * tw.tensor([1.0, 0.5, 0.1], dtype=tw.float64)).sum().backward()
                optimizer.step()
            return x.detach().numpy()

        np.testing.assert_allclose(path(0.4, 0.75), path(0.1, 0), rtol=1e-12)

    def test_line_search_turns_at_right_angles(self) -> None:
        curvatures = tw.tensor([1.0, 0.3, 0.01], dtype=tw.float64)
        x = tw.ones(3, dtype=tw.float64, requires_grad=True)
        before = None
        for _ in range(30):
            (g,) = tw.autograd.grad(0.5 * (curvatures * x * x).sum(), [x])
            length = tw.linalg.vector_norm(g).item()
            if before is not None:
                cosine = (g * before[0]).sum().item() / (length * before[1])
                assert abs(cosine) < 1e-11
            before = g, length
            with tw.no_grad():
                x -= (length**2 / (curvatures * g * g).sum().item()) * g


class TestConvolutionIsAMatrix:
    """A2: a convolution is a sparse matrix with shared entries, and moves with its image."""

    SIDE, WINDOW = 7, 3

    def matrix(self, kernel: np.ndarray) -> np.ndarray:
        """[places, pixels]: each row has the kernel where its window lies, zeros elsewhere."""
        places = self.SIDE - self.WINDOW + 1
        dense = np.zeros((places, places, self.SIDE, self.SIDE))
        for p in range(places):
            for q in range(places):
                dense[p, q, p : p + self.WINDOW, q : q + self.WINDOW] = kernel
        return dense.reshape(places**2, self.SIDE**2)

    def test_forward_and_both_gradients(self) -> None:
        random = np.random.default_rng(1)
        image = random.standard_normal((self.SIDE, self.SIDE))
        kernel = random.standard_normal((self.WINDOW, self.WINDOW))
        x = tw.tensor(image[None, None], requires_grad=True)
        w = tw.tensor(kernel[None, None], requires_grad=True)
        y = tw.nn.functional.conv2d(x, w)
        seed = random.standard_normal(y.shape)
        y.backward(tw.tensor(seed))
        dense = self.matrix(kernel)
        assert (dense != 0).sum() == 25 * 9  # of 25 x 49 entries, and 9 numbers stand in them
        np.testing.assert_allclose(y.detach().numpy().ravel(), dense @ image.ravel(), rtol=1e-12, atol=1e-12)
        back = (dense.T @ seed.ravel()).reshape(image.shape)
        np.testing.assert_allclose(x.grad.numpy()[0, 0], back, rtol=1e-12, atol=1e-12)
        # The gradient of the whole matrix, added up wherever the same weight stands.
        whole = np.outer(seed.ravel(), image.ravel())
        shared = [
            [whole[self.matrix(np.eye(9)[3 * i + j].reshape(3, 3)) == 1].sum() for j in range(3)]
            for i in range(3)
        ]
        np.testing.assert_allclose(w.grad.numpy()[0, 0], shared, rtol=1e-12, atol=1e-12)

    def test_features_move_with_the_image(self) -> None:
        tw.manual_seed(3)
        image = tw.randn(1, 1, 12, 12)
        moved = tw.zeros_like(image)
        moved[:, :, :, 1:] = image[:, :, :, :-1]
        nn = tw.nn
        cnn = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1))
        mlp = nn.Sequential(nn.Flatten(), nn.Linear(144, 144))
        with tw.no_grad():
            here, there = cnn(image).numpy(), cnn(moved).numpy()
            # Two columns see the border.
            np.testing.assert_allclose(there[..., 3:-2], here[..., 2:-3], rtol=1e-5, atol=1e-6)
            here, there = (mlp(x).reshape(12, 12).numpy() for x in (image, moved))
            assert np.abs(there[:, 3:-2] - here[:, 2:-3]).max() > 0.1


class TestInitialisation:
    """B4, B11: signals and gradients through fifty layers of width 256."""

    @staticmethod
    def gradients(
        function: Callable[[tw.Tensor], tw.Tensor], fill: Callable[[tw.Tensor], object]
    ) -> np.ndarray:
        tw.manual_seed(1)
        weights = [tw.empty(256, 256, requires_grad=True) for _ in range(50)]
        x = tw.randn(64, 256)
        for weight in weights:
            fill(weight)
            x = function(tw.nn.functional.linear(x, weight))
        x.backward(tw.randn(64, 256))
        return np.array([tw.linalg.vector_norm(weight.grad).item() for weight in weights])

    def test_he_keeps_relu_level(self) -> None:
        init = tw.nn.init
        norms = self.gradients(tw.relu, lambda w: init.kaiming_normal_(w, nonlinearity="relu"))
        assert norms.max() / norms.min() < 10

    def test_naive_does_not(self) -> None:
        assert self.gradients(tw.relu, lambda w: tw.nn.init.normal_(w, 0.0, 0.01)).min() == 0
        # tanh's own: LeCun's variance of 1 / fan keeps its gradients level.
        norms = self.gradients(tw.tanh, tw.nn.init.lecun_normal_)
        assert norms.max() / norms.min() < 10


class TestClipping:
    """B7: a gradient of norm 20 at a limit of 10 has norm 10; below the limit nothing changes."""

    @staticmethod
    def parameter(values: list[float]) -> tw.nn.Parameter:
        parameter = tw.nn.Parameter(tw.zeros(len(values), dtype=tw.float64))
        parameter.grad = tw.tensor(values, dtype=tw.float64)
        return parameter

    def test_global_norm(self) -> None:
        a, b = self.parameter([12.0, 0.0]), self.parameter([0.0, 16.0])
        assert tw.nn.utils.clip_grad_norm_([a, b], 10.0) == 20
        assert a.grad.tolist() == [6, 0]
        assert b.grad.tolist() == [0, 8]
        assert tw.nn.utils.clip_grad_norm_([a, b], 10.5) == 10
        assert a.grad.tolist() == [6, 0]

    def test_value(self) -> None:
        a = self.parameter([0.9, -3.0, 0.2])
        tw.nn.utils.clip_grad_value_([a], 0.7)
        assert a.grad.tolist() == [0.7, -0.7, 0.2]


class TestResidual:
    """B6: at the start, gradients of plain nets grow on their way back, those of residual nets stay level."""

    @staticmethod
    def ratio(depth: int, residual: bool) -> float:
        tw.manual_seed(0)
        net = tw.nn.models.cifar(depth, residual=residual)
        images, labels = tw.randn(16, 3, 8, 8), tw.randint(10, (16,))
        tw.nn.functional.cross_entropy(net(images), labels).backward()
        norms = [tw.linalg.vector_norm(p.grad).item() for p in net.parameters() if p.ndim == 4]
        return norms[0] / norms[-1]

    def test_depth(self) -> None:
        assert self.ratio(56, residual=False) > 30 * self.ratio(56, residual=True)
