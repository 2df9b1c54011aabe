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


class TestBatchNormalization:
    """B5: a deep plain convolutional net trains at a rate at which it fails without; its gradients stay level."""

    LAYERS, CHANNELS = 10, 8

    def train(self, normalised: bool) -> tuple[list[float], float]:
        """Losses of thirty steps on stripes that lie or stand; the first filters' gradient over the last ones'."""
        tw.manual_seed(0)
        layers: list[tw.nn.Module] = []
        for i in range(self.LAYERS):
            layers.append(tw.nn.Conv2d(self.CHANNELS if i else 1, self.CHANNELS, 3, padding=1))
            tw.nn.init.kaiming_normal_(layers[-1].weight, nonlinearity="relu")
            layers += [tw.nn.BatchNorm2d(self.CHANNELS)] * normalised + [tw.nn.ReLU()]
        net = tw.nn.Sequential(*layers, tw.nn.AdaptiveAvgPool2d(1), tw.nn.Flatten(), tw.nn.Linear(8, 2))
        stripes = (tw.arange(8) % 2).float().reshape(8, 1).expand(8, 8)
        labels = tw.arange(64) % 2
        images = tw.stack([stripes if label else stripes.T for label in labels.tolist()]).unsqueeze(1)
        images = images + 0.5 * tw.randn(64, 1, 8, 8)
        sgd = tw.optim.SGD(net.parameters(), lr=1.0, momentum=0.9)
        losses, ratio = [], 0.0
        for step in range(30):
            sgd.zero_grad()
            loss = tw.nn.functional.cross_entropy(net(images), labels)
            loss.backward()
            if step == 0:
                filters = [p.grad for p in net.parameters() if p.ndim == 4]
                ratio = (tw.linalg.vector_norm(filters[0]) / tw.linalg.vector_norm(filters[-1])).item()
            sgd.step()
            losses.append(loss.item())
        return losses, ratio

    def test_rate(self) -> None:
        losses, ratio = self.train(normalised=True)
        plain, _ = self.train(normalised=False)
        assert losses[-1] < 0.1
        assert not plain[-1] < 0.6  # ln 2 is chance; it may be no number
        assert 0.1 < ratio < 10


class TestRecurrentNormalization:
    """B5, in a recurrent net: layer normalisation takes the weights' scale out of it (Ba et al. 2016)."""

    SIZE, STEPS = 32, 40

    def states(self, gain: float, normalised: bool) -> tuple[tw.Tensor, list[float]]:
        """The last state, and the norms of its sum's gradients of the first and the last state."""
        tw.manual_seed(0)
        recurrent = tw.nn.init.orthogonal_(tw.zeros(self.SIZE, self.SIZE, dtype=tw.float64), gain)
        inputs = tw.randn(self.STEPS, 8, self.SIZE, dtype=tw.float64) * gain
        states = [tw.zeros(8, self.SIZE, dtype=tw.float64).requires_grad_()]
        for values in inputs:
            sums = states[-1] @ recurrent.T + values
            # Without its eps the layer would be exactly invariant.
            states.append(
                tw.tanh(tw.nn.functional.layer_norm(sums, (self.SIZE,), eps=1e-12) if normalised else sums)
            )
        found = tw.autograd.grad((states[-1] ** 2).sum(), [states[1], states[-1]])
        return states[-1], [tw.linalg.vector_norm(gradient).item() for gradient in found]

    def test_scale_of_weights(self) -> None:
        state, norms = self.states(1.0, normalised=True)
        scaled, scaled_norms = self.states(8.0, normalised=True)
        np.testing.assert_allclose(state.detach().numpy(), scaled.detach().numpy(), rtol=1e-9)
        np.testing.assert_allclose(norms[0], scaled_norms[0], rtol=1e-9)

    def test_plain_net_saturates(self) -> None:
        state, norms = self.states(1.0, normalised=False)
        scaled, scaled_norms = self.states(8.0, normalised=False)
        assert scaled.abs().mean() > 0.9 > state.abs().mean()
        assert scaled_norms[0] / scaled_norms[1] > 1e3 * norms[0] / norms[1]


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


class TestThroughTime:
    """B3: products of one-step Jacobians against the bound, and what each step adds to a gradient."""

    SIZE, STEPS = 6, 12

    def net(
        self, function: Callable[[tw.Tensor], tw.Tensor], gain: float
    ) -> tuple[np.ndarray, list[tw.Tensor], list[tw.Tensor]]:
        """W, the states s_0, ..., s_T, and for each step a W of its own, whose gradient is d+."""
        tw.manual_seed(4)
        size = self.SIZE
        weight = tw.randn(size, size, dtype=tw.float64) * (gain / math.sqrt(size))
        copies = [weight.clone().requires_grad_() for _ in range(self.STEPS)]
        states = [tw.randn(size, dtype=tw.float64).requires_grad_()]
        for copy in copies:
            states.append(function(copy @ states[-1] + tw.randn(size, dtype=tw.float64)))
        return weight.numpy(), states, copies

    @staticmethod
    def slopes(function: Callable[[tw.Tensor], tw.Tensor], state: np.ndarray) -> np.ndarray:
        """f' from f's value."""
        return {tw.sigmoid: state * (1 - state), tw.tanh: 1 - state**2, tw.relu: (state > 0) * 1.0}[function]

    @pytest.mark.parametrize("function", [tw.sigmoid, tw.tanh, tw.relu])
    @pytest.mark.parametrize("gain", [0.5, 1.0, 4.0])
    def test_jacobians_and_their_bound(self, function: Callable[[tw.Tensor], tw.Tensor], gain: float) -> None:
        weight, states, _ = self.net(function, gain)
        rows = tw.flow.jacobians_through_time(states)
        norm = np.linalg.svd(weight, compute_uv=False)[0]
        assert tw.flow.spectral_norm(tw.tensor(weight)) == pytest.approx(norm, rel=1e-13)
        product = np.eye(self.SIZE)
        for row, state in zip(rows[::-1], states[:0:-1], strict=True):
            step = np.diag(self.slopes(function, state.detach().numpy())) @ weight
            product = product @ step
            single = np.linalg.svd(step, compute_uv=False)
            whole = np.linalg.svd(product, compute_uv=False)
            # Values are known to rounding beside the largest one.
            for found, values in ((row[1:3], single), (row[3:5], whole)):
                assert found[0] == pytest.approx(values[0], rel=1e-12, abs=1e-300)
                assert found[1] == pytest.approx(values[-1], rel=0, abs=1e-13 * values[0])
            span = self.STEPS - row.step + 1
            limit = tw.flow.gain_bound(tw.tensor(weight), function.__name__, span)
            assert limit == pytest.approx(((0.25 if function is tw.sigmoid else 1.0) * norm) ** span)
            assert row.product_largest <= limit * (1 + 1e-12)

    def test_terms_add_up_and_the_near_ones_drown_the_far_ones(self) -> None:
        weight, states, copies = self.net(tw.sigmoid, 1.0)
        states[-1].sum().backward()
        terms = np.array([copy.grad.numpy() for copy in copies])
        # By hand: dL/ds_t, and d+ s_t / dW = diag(s') times s_{t-1} in each row.
        back, expected = np.ones(self.SIZE), []
        for before, state in zip(states[-2::-1], states[:0:-1], strict=True):
            slope = self.slopes(tw.sigmoid, state.detach().numpy())
            expected.append(np.outer(back * slope, before.detach().numpy()))
            back = weight.T @ (back * slope)
        np.testing.assert_allclose(terms, expected[::-1], rtol=1e-12, atol=0)
        # One W for all steps gets their sum.
        shared, s = tw.tensor(weight, requires_grad=True), states[0].detach()
        tw.manual_seed(4)
        tw.randn(self.SIZE, self.SIZE, dtype=tw.float64)
        tw.randn(self.SIZE, dtype=tw.float64)
        for _ in range(self.STEPS):
            s = tw.sigmoid(shared @ s + tw.randn(self.SIZE, dtype=tw.float64))
        s.sum().backward()
        np.testing.assert_allclose(shared.grad.numpy(), terms.sum(0), rtol=1e-12)
        norms = np.linalg.norm(terms, axis=(1, 2))
        assert (np.diff(norms) > 0).all() and norms[0] < 1e-5 * norms[-1]

    def test_eigenvalues_speak_of_the_long_run_only(self) -> None:
        shear = tw.tensor([[0.9, 5.0], [0.0, 0.9]], dtype=tw.float64)
        # A double eigenvalue: rounding moves it by its root.
        assert tw.flow.spectral_radius(shear) == pytest.approx(0.9, rel=1e-7)
        assert tw.flow.spectral_norm(shear) == pytest.approx(2.5 + math.sqrt(0.81 + 6.25), rel=1e-13)
        power, norms = tw.eye(2, dtype=tw.float64), []
        for _ in range(200):
            power = power @ shear
            norms.append(tw.flow.spectral_norm(power))
        assert round(norms[9]) == 19
        assert norms[-1] < 1e-5
        random = np.random.default_rng(1)
        for size in (1, 3, 20):
            matrix = random.standard_normal((size, size))
            radius = np.abs(np.linalg.eigvals(matrix)).max()
            assert tw.flow.spectral_radius(tw.tensor(matrix)) == pytest.approx(radius, rel=1e-10)

    def test_the_linear_net_follows_its_eigenvalues_in_the_long_run(self) -> None:
        tw.manual_seed(5)
        for radius in (0.8, 1.2):
            weight = tw.randn(5, 5, dtype=tw.float64)
            weight = weight * (radius / tw.flow.spectral_radius(weight))
            first = last = tw.ones(5, dtype=tw.float64, requires_grad=True)
            for _ in range(100):
                last = weight @ last
            largest, _ = tw.flow.jacobian_singular_values(last, first)
            # |W^k|^(1/k) tends to the radius as the logarithm of k over k.
            assert abs(math.log(largest) / 100 - math.log(radius)) < math.log(100) / 100

    def test_few_steps_bound_the_largest_from_below(self) -> None:
        _, states, _ = self.net(tw.tanh, 1.5)
        exact = tw.flow.jacobian_singular_values(states[-1], states[0])
        for steps in range(1, self.SIZE + 3):
            largest, smallest = tw.flow.jacobian_singular_values(states[-1], states[0], steps)
            assert largest <= exact[0] * (1 + 1e-12) and smallest >= exact[1] * (1 - 1e-6) - 1e-12 * exact[0]
        with pytest.raises(tw.InvalidArgumentError):
            tw.flow.jacobian_singular_values(states[-1], states[0], 0)


class TestGates:
    """B9: the cell path of an LSTM, and gates that start open or closed."""

    def test_the_cell_path_is_the_product_of_forget_gates(self) -> None:
        # Without weights on h the gates do not see the past: dc_T/dc_0 is that product alone.
        tw.manual_seed(6)
        layer = tw.nn.LSTM(3, 4, dtype=tw.float64)
        with tw.no_grad():
            layer.weight_hh_l0.fill_(0.0)
        x = tw.randn(20, 1, 3, dtype=tw.float64)
        h, c = (tw.randn(1, 1, 4, dtype=tw.float64).requires_grad_() for _ in range(2))
        _, (_, last), (gates, _) = layer(x, (h, c), return_gates=True)
        last.sum().backward()
        product = gates[0, :, 0, 4:8].numpy().prod(0)
        np.testing.assert_allclose(c.grad.numpy().ravel(), product, rtol=1e-12)

    def test_forget_biases(self) -> None:
        # The more the gates start open, the more gradient reaches back.
        x = None
        shares = []
        for bias in (-3.0, 0.0, 3.0):
            tw.manual_seed(7)
            layer = tw.nn.LSTM(4, 16, forget_bias=bias)
            x = tw.randn(50, 2, 4) if x is None else x
            layer.keep_gradient_norms()
            output, _ = layer(x)
            output[-1].sum().backward()
            norms = layer.gradient_norms().cell[0].numpy()
            shares.append(norms[0] / norms[-1])
        assert shares[0] < 1e-30 < shares[1] < 1e-6 < 0.01 < shares[2]


class TestMemory:
    """A6, B9: what a recurrent net keeps in mind."""

    @staticmethod
    def order(random: np.random.Generator, steps: int, batch: int) -> tuple[tw.Tensor, tw.Tensor]:
        """Two symbols of two, far apart among four others: one-hot [T, B, 6], which came in which order [B]."""
        symbols = random.integers(2, 6, (steps, batch))
        first, second = random.integers(0, 2, (2, batch))
        symbols[random.integers(steps // 10, steps // 5, batch), np.arange(batch)] = first
        symbols[random.integers(steps // 2, 6 * steps // 10, batch), np.arange(batch)] = second
        return tw.tensor(np.eye(6, dtype=np.float32)[symbols]), tw.tensor(2 * first + second)

    @pytest.mark.parametrize("kind", [tw.nn.RNN, tw.nn.GRU])
    def test_temporal_order(self, kind: type[tw.nn.Module]) -> None:
        # Hochreiter & Schmidhuber 1997, at T = 100: the gated net learns it, the plain one in as many batches
        # does little better than guessing, which is right once in four times. GRU: 0 wrong after 235 batches.
        tw.manual_seed(1)
        random, steps, size = np.random.default_rng(1), 100, 64
        layer, head = kind(6, size), tw.nn.Linear(size, 4)
        if kind is tw.nn.GRU:  # gates open for times of up to T (Tallec & Ollivier 2018)
            with tw.no_grad():
                layer.bias_ih_l0[size : 2 * size] = (tw.rand(size) * (steps - 2) + 1).log()
                layer.bias_hh_l0[size : 2 * size] = 0.0
        parameters = [*layer.parameters(), *head.parameters()]
        adam = tw.optim.Adam(parameters, lr=5e-3)
        for _ in range(400):
            x, target = self.order(random, steps, 32)
            adam.zero_grad()
            tw.nn.functional.cross_entropy(head(layer(x)[0][-1]), target).backward()
            tw.nn.utils.clip_grad_norm_(parameters, 1.0)
            adam.step()
        x, target = self.order(random, steps, 1000)
        with tw.no_grad():
            share = (head(layer(x)[0][-1]).argmax(1) == target).float().mean().item()
        assert share > 0.95 if kind is tw.nn.GRU else share < 0.6

    @pytest.mark.parametrize("is_concatenated", [False, True])
    def test_positions_where_words_are_averaged(self, is_concatenated: bool) -> None:
        # Every order of the words gives the same mean; with positions behind or added it does not. A
        # recurrent net tells orders apart without, and takes positions all the same.
        tw.manual_seed(2)
        words = tw.randint(0, 9, (3, 12))
        turned = words[:, tw.tensor([*range(11, -1, -1)])]
        embedding, wide = tw.nn.Embedding(9, 8, dtype=tw.float64), 16 if is_concatenated else 8
        positions = [
            tw.nn.Identity(),
            tw.nn.PositionalEncoding(8, 12, concatenate=is_concatenated),
            tw.nn.PositionalEmbedding(12, 8, concatenate=is_concatenated, dtype=tw.float64),
        ]
        for place, told in enumerate(positions):
            size = wide if place else 8
            layer = tw.nn.Linear(size, 6, dtype=tw.float64)
            mean, other = (layer(told(embedding(x))).relu().mean(1).detach().numpy() for x in (words, turned))
            assert (np.abs(mean - other).max() < 1e-14) == (place == 0)
            cell = tw.nn.GRU(size, 6, batch_first=True, dtype=tw.float64)
            last, other = (cell(told(embedding(x)))[0][:, -1].detach().numpy() for x in (words, turned))
            assert np.abs(last - other).max() > 1e-6
