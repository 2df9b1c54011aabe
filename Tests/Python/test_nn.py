"""Modules, losses and initialisers."""

import gc
import math
import threading
import weakref
from collections import OrderedDict

import numpy as np
import pytest
import thalweg
from thalweg import nn


class Scale(nn.Module):
    """A module with a parameter, a buffer and Python's own forward."""

    def __init__(self, size):
        super().__init__()
        self.factor = nn.Parameter(thalweg.full((size,), 2.0))
        self.register_buffer("offset", thalweg.ones(size))
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return x * self.factor + self.offset


def small_net():
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), Scale(4), nn.Linear(4, 2))


def test_linear():
    layer = nn.Linear(3, 2)
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    expected = x @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
    np.testing.assert_allclose(layer(thalweg.tensor(x)).detach().numpy(), expected, rtol=1e-5)
    assert (layer.weight.shape, layer.bias.shape, layer.weight.requires_grad) == ((2, 3), (2,), True)
    assert isinstance(layer.weight, nn.Parameter)
    assert layer.weight is layer.weight
    assert nn.Linear(3, 2, bias=False).bias is None
    assert nn.Linear(3, 2, dtype=thalweg.float64).weight.dtype is thalweg.float64


def test_activations():
    x = thalweg.tensor([[-1.0, 0.5]])
    assert nn.ReLU()(x).tolist() == [[0, 0.5]]
    np.testing.assert_allclose(nn.Tanh()(x).numpy(), np.tanh(x.numpy()), rtol=1e-6)
    np.testing.assert_allclose(nn.Sigmoid()(x).numpy(), 1 / (1 + np.exp(-x.numpy())), rtol=1e-6)
    assert nn.Flatten()(thalweg.zeros(2, 3, 4)).shape == (2, 12)


def test_sequential():
    net = small_net()
    x = thalweg.randn(5, 3)
    y = x
    for layer in net:
        y = layer(y)
    np.testing.assert_array_equal(net(x).detach().numpy(), y.detach().numpy())
    assert net[2].calls == 2
    assert len(net) == 4
    assert isinstance(net[-1], nn.Linear)
    assert len(net[:2]) == 2
    named = nn.Sequential(OrderedDict(first=nn.ReLU(), second=nn.Tanh()))
    assert [name for name, _ in named.named_children()] == ["first", "second"]
    assert named.second is named[1]
    assert len(net.append(nn.ReLU())) == 5
    assert nn.Sequential()(x).tolist() == x.tolist()


def test_gradients_flow_through_python_modules():
    net = small_net()
    x = thalweg.randn(5, 3)
    (net(x) ** 2).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    outside = nn.functional.linear(
        nn.functional.tanh(net[0](x)) * net[2].factor + 1, net[3].weight, net[3].bias
    )
    gradients = thalweg.autograd.grad((outside**2).sum(), list(net.parameters()))
    for parameter, gradient in zip(net.parameters(), gradients, strict=True):
        np.testing.assert_allclose(parameter.grad.numpy(), gradient.numpy(), rtol=1e-4, atol=1e-5)
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_names():
    net = small_net()
    names = ["0.weight", "0.bias", "2.factor", "3.weight", "3.bias"]
    assert [name for name, _ in net.named_parameters()] == names
    assert dict(net.named_parameters())["2.factor"] is net[2].factor
    assert [name for name, _ in net.named_buffers()] == ["2.offset"]
    assert [name for name, _ in net.named_modules()] == ["", "0", "1", "2", "3"]
    assert net.get_submodule("2") is net[2]
    with pytest.raises(AttributeError):
        net.get_submodule("9")
    with pytest.raises(AttributeError, match="nonsense"):
        net.nonsense


def test_assignment():
    class Net(nn.Module):
        pass

    net = Net()
    net.value = 3
    net.layer = nn.Linear(2, 2)
    net.scale = nn.Parameter(thalweg.ones(2))
    net.plain = thalweg.ones(2)
    net.state = nn.Buffer(thalweg.zeros(2))
    assert [name for name, _ in net.named_parameters()] == ["layer.weight", "layer.bias", "scale"] or [
        name for name, _ in net.named_parameters()
    ] == ["scale", "layer.weight", "layer.bias"]
    assert [name for name, _ in net.named_buffers()] == ["state"]
    net.state = thalweg.ones(2)
    assert dict(net.named_buffers())["state"].tolist() == [1, 1]
    with pytest.raises(TypeError):
        net.scale = thalweg.ones(2)
    net.scale = None
    assert net.scale is None
    assert "scale" not in dict(net.named_parameters())
    net.scale = nn.Parameter(thalweg.zeros(1))
    assert "scale" in dict(net.named_parameters())
    net.layer = nn.Parameter(thalweg.ones(1))
    assert "layer" in dict(net.named_parameters())
    del net.layer
    assert not hasattr(net, "layer")
    assert "layer" not in dict(net.named_parameters())
    with pytest.raises(thalweg.Error):
        net.register_module("a.b", nn.ReLU())
    with pytest.raises(thalweg.Error):
        net.loop = net


def test_replaced_parameters_count_in_the_engine():
    layer = nn.Linear(2, 2, bias=False)
    layer.weight = nn.Parameter(thalweg.tensor([[1.0, 0.0], [0.0, 2.0]]))
    assert nn.Sequential(layer)(thalweg.ones(1, 2)).tolist() == [[1, 2]]


def test_shared_parameters_appear_once():
    a, b = nn.Linear(2, 2), nn.Linear(2, 2)
    b.weight = a.weight
    assert [name for name, _ in nn.Sequential(a, b).named_parameters()] == ["0.weight", "0.bias", "1.bias"]


def test_state():
    net, other = small_net(), small_net()
    state = net.state_dict()
    assert list(state) == ["0.weight", "0.bias", "2.factor", "2.offset", "3.weight", "3.bias"]
    assert not state["0.weight"].requires_grad
    keys = other.load_state_dict({name: tensor.numpy() for name, tensor in state.items()})
    assert keys == ([], [])
    x = thalweg.randn(4, 3)
    np.testing.assert_array_equal(net(x).detach().numpy(), other(x).detach().numpy())
    state["0.bias"].fill_(3)  # shares the module's memory
    assert net[0].bias.tolist() == [3] * 4


def test_state_that_does_not_fit():
    net = nn.Linear(2, 3)
    before = net.weight.tolist()
    good = net.state_dict()
    with pytest.raises(thalweg.Error, match="missing: bias"):
        net.load_state_dict({"weight": thalweg.zeros(3, 2)})
    with pytest.raises(thalweg.Error, match="unexpected: extra"):
        net.load_state_dict({**good, "extra": thalweg.zeros(1)})
    with pytest.raises(ValueError, match="shape"):
        net.load_state_dict({"weight": thalweg.zeros(3, 2), "bias": thalweg.zeros(2)})
    assert net.weight.tolist() == before
    keys = net.load_state_dict({"weight": thalweg.zeros(3, 2), "extra": thalweg.zeros(1)}, strict=False)
    assert keys.missing_keys == ["bias"]
    assert keys.unexpected_keys == ["extra"]
    assert net.weight.tolist() == [[0, 0]] * 3


def test_modes():
    net = small_net()
    assert net.training is True
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    net.train()
    assert all(module.training for module in net.modules())
    net.requires_grad_(False)
    assert not any(p.requires_grad for p in net.parameters())
    seen = []
    net.apply(lambda module: seen.append(type(module).__name__))
    assert seen == ["Linear", "Tanh", "Scale", "Linear", "Sequential"]


def test_text():
    net = nn.Sequential(nn.Linear(3, 4, bias=False), nn.Sequential(nn.ReLU(), nn.Flatten()))
    assert repr(net) == (
        "Sequential(\n"
        "  (0): Linear(in_features=3, out_features=4, bias=False)\n"
        "  (1): Sequential(\n"
        "    (0): ReLU()\n"
        "    (1): Flatten(start_dim=1, end_dim=-1)\n"
        "  )\n"
        ")"
    )


def test_overridden_layers():
    class Doubled(nn.Linear):
        def forward(self, input):
            return super().forward(input) * 2

    layer = Doubled(2, 2)
    x = thalweg.ones(1, 2)
    expected = (x @ layer.weight.T + layer.bias) * 2
    np.testing.assert_allclose(nn.Sequential(layer)(x).detach().numpy(), expected.detach().numpy(), rtol=1e-6)
    assert [name for name, _ in nn.Sequential(layer).named_parameters()] == ["0.weight", "0.bias"]
    layer.weight = nn.Parameter(thalweg.zeros(2, 2))
    np.testing.assert_allclose(layer(x)[0].detach().numpy(), 2 * layer.bias.detach().numpy(), rtol=1e-6)

    class Reversed(nn.Sequential):
        def forward(self, input):
            return super().forward(input) - 1

    net = Reversed(nn.ReLU(), nn.ReLU())
    assert nn.Sequential(net)(x).tolist() == [[0, 0]]
    assert [name for name, _ in net.named_children()] == ["0", "1"]


def test_errors_in_forward_pass_through_the_engine():
    class Failing(nn.Module):
        def forward(self, x):
            raise KeyError("mine")

    class Wrong(nn.Module):
        def forward(self, x):
            return 3

    class Shape(nn.Module):
        def forward(self, x):
            return x @ x

    x = thalweg.ones(2, 3)
    with pytest.raises(KeyError, match="mine"):
        nn.Sequential(nn.ReLU(), nn.Sequential(Failing()))(x)
    with pytest.raises(TypeError, match="Tensor"):
        nn.Sequential(Wrong())(x)
    with pytest.raises(thalweg.ShapeError):
        nn.Sequential(Shape())(x)
    with pytest.raises(NotImplementedError):
        nn.Sequential(nn.Module())(x)
    assert nn.Sequential(nn.ReLU())(x).tolist() == x.tolist()


def test_forward_in_other_threads():
    net = small_net()
    x = thalweg.randn(5, 3)
    expected = net(x).tolist()
    results = []

    def work():
        for _ in range(20):
            results.append(net(x).tolist() == expected)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 80


def test_modules_are_freed():
    net = small_net()
    inner = weakref.ref(net[2])
    weight = weakref.ref(net[0].weight)
    del net
    gc.collect()
    assert inner() is None
    assert weight() is None


def test_losses():
    scores, labels = thalweg.randn(4, 3), thalweg.tensor([0, 2, 1, 1])
    expected = nn.functional.cross_entropy(scores, labels).item()
    assert nn.CrossEntropyLoss()(scores, labels).item() == expected
    assert nn.CrossEntropyLoss(reduction="none")(scores, labels).shape == (4,)
    assert nn.MSELoss()(thalweg.ones(2), thalweg.zeros(2)).item() == 1
    assert nn.MSELoss("sum")(thalweg.ones(2), thalweg.zeros(2)).item() == 2
    with pytest.raises(ValueError, match="reduction"):
        nn.MSELoss("nonsense")(thalweg.ones(2), thalweg.zeros(2))
    with pytest.raises(thalweg.Error):
        nn.CrossEntropyLoss()(scores, thalweg.tensor([0, 2, 1, 3]))


def test_initialisers():
    tensor = nn.Parameter(thalweg.empty(200, 300))

    def deviation():
        return tensor.detach().numpy().std()

    def largest():
        return abs(tensor.detach().numpy()).max()

    assert nn.init.uniform_(tensor, -2, 2) is tensor
    assert 1.99 < largest() <= 2
    nn.init.normal_(tensor, 0, 3)
    assert abs(deviation() - 3) < 0.05
    nn.init.xavier_uniform_(tensor)
    assert largest() <= math.sqrt(6 / 500)
    nn.init.xavier_normal_(tensor, gain=2)
    assert abs(deviation() / (2 * math.sqrt(2 / 500)) - 1) < 0.02
    nn.init.kaiming_uniform_(tensor, nonlinearity="relu")
    assert abs(deviation() / math.sqrt(2 / 300) - 1) < 0.02
    nn.init.kaiming_normal_(tensor, mode="fan_out", nonlinearity="relu")
    assert abs(deviation() / math.sqrt(2 / 200) - 1) < 0.02
    assert nn.init.ones_(tensor).sum().item() == 60000
    assert nn.init.zeros_(tensor).sum().item() == 0
    assert nn.init.calculate_gain("relu") == math.sqrt(2)
    assert nn.init.calculate_gain("leaky_relu", 0.2) == math.sqrt(2 / 1.04)
    assert tensor.grad is None
    assert tensor.is_leaf
    with pytest.raises(ValueError, match="fan_in"):
        nn.init.kaiming_normal_(tensor, mode="nonsense")


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh, nn.Sigmoid, nn.Identity])
@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize(
    ("layer", "shape", "kind"),
    [
        (lambda: nn.Linear(5, 7), (4, 5), nn.BatchNorm1d),
        (lambda: nn.Linear(5, 7), (3, 7, 5), nn.BatchNorm1d),
        (lambda: nn.Linear(5, 7, bias=False), (40, 5), nn.BatchNorm1d),
        (lambda: nn.Conv1d(4, 7, 3, padding=1), (2, 4, 9), nn.BatchNorm1d),
        (lambda: nn.Conv2d(4, 7, 3, stride=2, bias=False), (2, 4, 9, 8), nn.BatchNorm2d),
        (lambda: nn.Conv2d(3, 7, 3, padding=1), (16, 3, 6, 6), nn.BatchNorm2d),
        (lambda: nn.Conv2d(7, 7, 3, groups=7), (2, 7, 6, 6), nn.BatchNorm2d),
        (lambda: nn.ConvTranspose2d(3, 7, 3), (2, 3, 5, 5), nn.BatchNorm2d),
    ],
)
def test_evaluation_in_one_pass_is_evaluation_layer_by_layer(layer, shape, kind, norm, activation):
    thalweg.manual_seed(5)
    layers = [layer(), kind(7), activation()] if norm else [layer(), activation()]
    net = nn.Sequential(*layers)
    x = thalweg.randn(shape)
    net(x + 1)  # running statistics
    if norm:
        with thalweg.no_grad():
            layers[1].weight.uniform_(0.5, 2)
            layers[1].bias.normal_()
    for mode in (net.eval, net.train):
        mode()
        state = {name: tensor.clone() for name, tensor in net.state_dict().items()}
        expected = net(x).detach().numpy()
        net.load_state_dict(state)
        with thalweg.no_grad():
            found = net(x).numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    trained = [name for name, parameter in net.named_parameters() if parameter.grad is not None]
    assert trained == []


def test_evaluation_in_one_pass_reports_what_does_not_fit():
    net = nn.Sequential(nn.Linear(5, 7), nn.BatchNorm1d(6), nn.ReLU()).eval()
    with thalweg.no_grad():
        with pytest.raises(thalweg.Error, match="linear"):
            net(thalweg.zeros(2, 4))
        with pytest.raises(thalweg.Error):
            net(thalweg.zeros(2, 5))


@pytest.mark.parametrize(
    ("layer", "shape", "norm"),
    [
        (lambda: nn.Linear(30, 70), (20, 30), nn.BatchNorm1d(70)),
        (lambda: nn.Linear(30, 70), (20, 30), nn.Identity()),
        (lambda: nn.Conv2d(20, 33, 3, padding=1), (2, 20, 9, 7), nn.BatchNorm2d(33)),
        (lambda: nn.Conv2d(20, 33, 3, padding=1), (2, 20, 9, 7), nn.Identity()),
        (lambda: nn.Conv2d(16, 32, 3), (16, 16, 10, 10), nn.BatchNorm2d(32)),
    ],
)
def test_what_evaluation_keeps_follows_every_change(layer, shape, norm):
    thalweg.manual_seed(3)
    layer = layer()
    net = nn.Sequential(layer, norm, nn.ReLU())
    x = thalweg.randn(shape)
    net(x + 1)
    net.eval()

    def check():
        expected = net(x).detach().numpy()  # recorded: layer by layer
        for _ in range(3):
            with thalweg.no_grad():
                np.testing.assert_allclose(net(x).numpy(), expected, rtol=1e-5, atol=1e-5)

    check()
    with thalweg.no_grad():
        layer.weight.mul_(-0.5)
    check()
    optimizer = thalweg.optim.SGD(net.parameters(), lr=1e-3)
    net(x).sum().backward()
    optimizer.step()
    check()
    net.load_state_dict({name: tensor * 2 for name, tensor in net.state_dict().items()})
    check()
    if not isinstance(norm, nn.Identity):
        norm.running_mean.fill_(0.3)
        check()
        norm.train()
        net(x)
        norm.eval()
        check()
    layer.weight = nn.Parameter(0.05 * thalweg.randn(*layer.weight.shape))
    check()
    view = layer.weight.detach().numpy()  # from now on changes come without a word
    for factor in (-2, 0.4):
        view *= factor
        check()


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh, nn.Identity])
@pytest.mark.parametrize(
    ("branch", "shortcut", "shape"),
    [
        (
            lambda: [nn.Conv2d(8, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 16, 3, 1, 1)],
            lambda: nn.ChannelPad(8, 16, 2),
            (3, 8, 9, 8),
        ),
        (lambda: [nn.Conv2d(16, 16, 3, 1, 1), nn.BatchNorm2d(16)], lambda: None, (16, 16, 5, 6)),
        (lambda: [nn.Conv2d(6, 6, 3, 1, 1, groups=6)], lambda: nn.Conv2d(6, 6, 1), (2, 6, 7, 7)),
        (lambda: [nn.Conv2d(64, 5, 1), nn.Tanh()], lambda: nn.Conv2d(64, 5, 1), (20, 64, 4, 4)),
        (lambda: [nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 6)], lambda: None, (4, 6)),
        (lambda: [nn.Sequential(nn.Conv1d(4, 4, 3, padding=1)), nn.Sequential()], lambda: None, (2, 4, 9)),
        (lambda: [nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4))], lambda: None, (2, 4, 5, 5)),
    ],
)
def test_shortcuts_in_one_pass(branch, shortcut, shape, activation):
    thalweg.manual_seed(6)
    residual = nn.Residual(nn.Sequential(*branch()), shortcut())
    net = nn.Sequential(nn.Sequential(residual), activation())
    x = thalweg.randn(shape)
    net(x + 1)
    net.eval()
    for part in (residual, net):
        expected = part(x).detach().numpy()
        with thalweg.no_grad():
            np.testing.assert_allclose(part(x).numpy(), expected, rtol=1e-5, atol=1e-5)


def test_shortcuts_that_do_not_fit_are_errors_in_one_pass_too():
    for branch in (nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(3, 3, 3)):
        net = nn.Sequential(nn.Residual(nn.Sequential(branch)), nn.ReLU()).eval()
        with thalweg.no_grad(), pytest.raises(thalweg.Error, match="must be equal"):
            net(thalweg.zeros(2, 3, 6, 6))


def test_sequential_with_a_parameter_of_its_own_runs_all_layers():
    net = nn.Sequential(nn.Linear(2, 2))
    net.register_parameter("scale", nn.Parameter(thalweg.ones(1)))
    net.append(nn.ReLU())
    net.append(nn.Linear(2, 3))
    assert net(thalweg.zeros(1, 2)).shape == (1, 3)


def test_upsampling_beyond_all_memory_is_an_error():
    for images in (thalweg.zeros(1, 1, 2, 2), thalweg.zeros(0, 1, 2, 2)):
        for size in (2**62, 2**45):
            with pytest.raises(thalweg.Error):
                nn.Upsample(size=size)(images)
