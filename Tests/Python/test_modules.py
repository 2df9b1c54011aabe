"""Containers, state, counts, gradients by layer, initialisers, nets that are known by name, metrics, callbacks."""

import copy
import math

import numpy as np
import pytest
import thalweg
from thalweg import callbacks, metrics, nn


class Net(nn.Module):
    def __init__(self):
        self.layers = nn.ModuleList([nn.Linear(2, 2) for _ in range(2)])
        self.parts = nn.ModuleDict({"norm": nn.BatchNorm1d(2), "act": nn.ReLU()})
        self.scales = nn.ParameterList([thalweg.ones(2)])
        self.around = nn.Residual(nn.Linear(2, 2, bias=False))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.around(self.parts["act"](self.parts["norm"](x))) * self.scales[0]


STATE = [f"layers.{i}.{name}" for i in range(2) for name in ("weight", "bias")]
STATE += [f"parts.norm.{n}" for n in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")]
STATE += ["scales.0", "around.branch.weight"]


def test_containers():
    net = Net()
    assert list(net.state_dict()) == STATE
    assert len(net.layers) == 2
    assert list(net.parts) == ["norm", "act"]
    assert "act" in net.parts
    net(thalweg.randn(4, 2)).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    layers = nn.ModuleList([nn.ReLU()]).append(nn.Tanh()).insert(0, nn.Identity())
    assert [type(layer).__name__ for layer in layers] == ["Identity", "ReLU", "Tanh"]
    layers[1] = nn.Sigmoid()
    assert isinstance(layers[1], nn.Sigmoid)
    assert isinstance(layers[:2], nn.ModuleList)
    del net.parts["act"]
    assert list(net.parts) == ["norm"]


def test_residual():
    x = thalweg.randn(3, 2)
    branch, projection = nn.Linear(2, 5), nn.Linear(2, 5)
    y = nn.Residual(branch, projection)(x)
    np.testing.assert_allclose(y.detach().numpy(), (branch(x) + projection(x)).detach().numpy())
    assert nn.Residual(branch).shortcut is None
    with pytest.raises(thalweg.Error, match="project"):
        nn.Residual(branch)(x)


def test_state_that_does_not_fit():
    net, other = Net(), Net()
    net(thalweg.randn(8, 2))
    keys = other.load_state_dict(net.state_dict())
    assert keys == ([], [])
    for name, tensor in net.state_dict().items():
        np.testing.assert_array_equal(other.state_dict()[name].numpy(), tensor.numpy())
    state = net.state_dict()
    del state["scales.0"]
    state["more"] = thalweg.ones(1)
    with pytest.raises(thalweg.Error, match=r"missing: scales\.0; unexpected: more"):
        other.load_state_dict(state)
    assert other.load_state_dict(state, strict=False) == (["scales.0"], ["more"])
    state["layers.0.bias"] = thalweg.ones(3)
    with pytest.raises(thalweg.Error, match=r"layers\.0\.bias has shape \[3\], not \[2\]"):
        other.load_state_dict(state, strict=False)


def test_tied_parameters_appear_under_each_name():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net[1].weight = net[0].weight
    assert list(net.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert len(list(net.parameters())) == 3
    net.double()
    assert net[0].weight.dtype == thalweg.float64
    assert len(list(net.parameters())) == 3


def test_conversion():
    net = Net().double()
    assert {p.dtype for p in net.parameters()} == {thalweg.float64}
    assert net.parts["norm"].num_batches_tracked.dtype == thalweg.int64
    assert net(thalweg.randn(4, 2, dtype=thalweg.float64)).dtype == thalweg.float64
    assert net.layers[0].weight.requires_grad
    assert net.float()(thalweg.randn(4, 2)).dtype == thalweg.float32


def test_counts():
    net = nn.models.lenet5()
    image = thalweg.randn(1, 1, 28, 28)
    assert net.parameter_count() == 61706
    products = 6 * 28 * 28 * 25 + 16 * 100 * 150 + 400 * 120 + 120 * 84 + 84 * 10
    assert net.multiply_adds(image) == products
    net[0].requires_grad_(False)
    assert net.parameter_count(trained_only=True) == 61706 - 156
    text = net.summary(image)
    assert "3 (Conv2d)" in text
    assert "[1, 16, 10, 10]" in text
    assert "parameters: 61706, of which trained: 61550" in text
    assert net.training
    up = nn.ConvTranspose2d(3, 4, 2, stride=2, bias=False)
    assert up.multiply_adds(thalweg.randn(1, 3, 5, 5)) == 25 * 3 * 4 * 4


def test_counting_changes_nothing():
    net = Net()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    net.summary(thalweg.randn(4, 2))
    for name, tensor in net.state_dict().items():
        np.testing.assert_array_equal(tensor.numpy(), before[name].numpy())


def test_layer_gradients():
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    x = thalweg.randn(5, 3)
    net(x).sum().backward()
    kept = net[0].weight.grad.clone()
    rows = {row.name: row for row in nn.layer_gradients(net, x, lambda y: (y**2).mean())}
    assert list(rows) == ["0", "1", "2", ""]
    np.testing.assert_array_equal(net[0].weight.grad.numpy(), kept.numpy())
    hidden = net[0](x)
    hidden.retain_grad()
    (net[2](net[1](hidden)) ** 2).mean().backward()
    norm = np.linalg.norm(hidden.grad.numpy())
    assert rows["0"].activation_gradient_norm == pytest.approx(norm, rel=1e-5)
    net.zero_grad()
    (net(x) ** 2).mean().backward()
    norm = math.hypot(*(np.linalg.norm(p.grad.numpy()) for p in net[2].parameters()))
    assert rows["2"].weight_gradient_norm == pytest.approx(norm, rel=1e-5)
    assert math.isnan(rows["1"].weight_norm)


def test_initialisers():
    x = thalweg.empty(30, 4, 5)
    flat = nn.init.orthogonal_(x, 2).numpy().reshape(30, 20)
    np.testing.assert_allclose(flat.T @ flat, 4 * np.eye(20), atol=1e-5)
    x = thalweg.empty(20000)
    values = nn.init.trunc_normal_(x, 0.5, 2, -1, 3, generator=thalweg.generator(4)).numpy()
    assert values.min() >= -1
    assert values.max() <= 3
    assert abs(values.mean() - 0.8549) < 0.03  # the truncated distribution's
    again = nn.init.trunc_normal_(thalweg.empty(20000), 0.5, 2, -1, 3, generator=thalweg.generator(4))
    np.testing.assert_array_equal(values, again.numpy())
    np.testing.assert_array_equal(nn.init.eye_(thalweg.empty(3, 5)).numpy(), np.eye(3, 5))
    image = thalweg.randn(1, 2, 4, 5)
    filters = nn.init.dirac_(thalweg.empty(2, 2, 3, 3))
    same = nn.functional.conv2d(image, filters, padding=1)
    np.testing.assert_array_equal(same.numpy(), image.numpy())
    sparse = nn.init.sparse_(thalweg.empty(50, 30), 0.31, std=2).numpy()
    assert ((sparse == 0).sum(axis=0) == 16).all()
    lecun = nn.init.lecun_normal_(thalweg.empty(100, 400)).numpy()
    assert abs(lecun.std() - 0.05) < 0.002
    assert np.abs(nn.init.lecun_uniform_(x.reshape(100, 200)).numpy()).max() <= math.sqrt(3 / 200)
    with pytest.raises(thalweg.Error, match="matrix"):
        nn.init.eye_(thalweg.empty(3))
    with pytest.raises(thalweg.Error, match="rank"):
        nn.init.orthogonal_(thalweg.empty(3))


@pytest.mark.parametrize(
    ("depth", "options", "parameters"),
    [
        (20, {}, 269722),  # the paper's 0.27 million
        (56, {}, 853018),  # 0.85
        (110, {}, 1727962),  # 1.7
        (20, {"projection": True}, 269722 + 16 * 32 + 32 * 64 + 2 * (32 + 64)),
        (8, {"residual": False, "classes": 5}, 75290 - 65 * 5),
    ],
)
def test_cifar_nets(depth, options, parameters):
    assert nn.models.cifar(depth, **options).parameter_count() == parameters


def test_cifar_net_learns_and_is_saved(tmp_path):
    net = nn.models.cifar(8)
    x = thalweg.randn(4, 3, 8, 8)
    net(x).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    thalweg.save(net.eval(), tmp_path / "net.h5")
    loaded = thalweg.load(tmp_path / "net.h5")
    np.testing.assert_array_equal(loaded(x).detach().numpy(), net(x).detach().numpy())
    with pytest.raises(thalweg.Error, match="6 n"):
        nn.models.cifar(21)


def test_metrics():
    scores = thalweg.tensor([[0.1, 0.7, 0.2], [0.5, 0.3, 0.4], [0.2, 0.2, 0.1], [0.0, 0.1, 0.9]])
    target = thalweg.tensor([1, 2, 1, -100])
    assert metrics.accuracy(scores, target) == pytest.approx(1 / 3)  # of equals the first is the class
    assert metrics.accuracy(scores, target, top_k=2) == 1
    assert metrics.confusion_matrix(scores, target).tolist() == [[0, 0, 0], [1, 1, 0], [1, 0, 0]]
    a, b = thalweg.tensor([1.0, 2.0, 4.0]), thalweg.tensor([1.0, 4.0, 0.0])
    assert metrics.mean_absolute_error(a, b) == 2
    assert metrics.mean_squared_error(a, b) == pytest.approx(20 / 3)
    assert metrics.root_mean_squared_error(a, b) == pytest.approx(math.sqrt(20 / 3))
    nan = thalweg.tensor([[math.nan, 1.0]])
    assert metrics.accuracy(nan, thalweg.tensor([0])) == 0
    assert math.isnan(metrics.accuracy(scores[3:], target[3:]))
    with pytest.raises(thalweg.Error, match="class 3"):
        metrics.accuracy(scores, thalweg.tensor([0, 1, 2, 3]))


def progress(epoch, loss, epochs=100):
    nan = math.nan
    return thalweg.Progress(3, epoch, epochs, 1, 1, loss, nan, nan, nan, 0.0, nan)


def fit_with(net, training, validation, *watches, lr=0.5, epochs=60):
    optimizer = thalweg.optim.SGD(net.parameters(), lr=lr)
    return thalweg.fit(
        net, optimizer, training, epochs=epochs, validation=validation, callback=watches, verbose=False
    )


@pytest.fixture
def loaders():
    x, y = thalweg.randn(32, 4), thalweg.tensor([i % 3 for i in range(32)])
    sets = thalweg.data.TensorDataset(x, y), thalweg.data.TensorDataset(thalweg.randn(32, 4), y)
    return [thalweg.data.DataLoader(each, batch_size=16) for each in sets]


def test_early_stopping(loaders):
    assert callbacks.StopOnNonFiniteLoss()(progress(1, math.nan)) is False
    stop = callbacks.EarlyStopping("loss", patience=2, min_delta=0.1)
    losses = fit_with(nn.models.mlp(4, 8, 3), *loaders, stop, lr=1e-3)["loss"]
    assert len(losses) == 3  # none is better by a tenth than the first
    with pytest.raises(ValueError, match="patience is 0"):
        callbacks.EarlyStopping(patience=0)
    with pytest.raises(thalweg.Error, match="there is no 'los'"):
        callbacks.EarlyStopping("los")
    with pytest.raises(thalweg.Error, match="more than one EarlyStopping"):
        fit_with(nn.models.mlp(4, 8, 3), *loaders, stop, stop)
    with pytest.raises(thalweg.Error, match="watches one number"):
        fit_with(nn.models.mlp(4, 8, 3), *loaders, stop, callbacks.BestCheckpoint("best.h5"))


def test_fit_stops_and_keeps_the_best(tmp_path, loaders):
    net = nn.models.mlp(4, 8, 3)
    stop = callbacks.EarlyStopping(patience=3, restore_best=True)
    best = callbacks.BestCheckpoint(tmp_path / "best.h5")
    losses = fit_with(net, *loaders, stop, best)["validation_loss"]
    assert len(losses) == min(60, losses.index(min(losses)) + 1 + 3)
    validation = loaders[1]
    assert thalweg.evaluate(net, validation)[0] == pytest.approx(min(losses))
    assert thalweg.evaluate(thalweg.load(tmp_path / "best.h5"), validation)[0] == pytest.approx(min(losses))


def test_buffers_that_are_not_saved(tmp_path):
    class Counter(nn.Module):
        def __init__(self):
            self.register_buffer("cache", thalweg.ones(2), persistent=False)
            self.scratch = nn.Buffer(thalweg.zeros(1), persistent=False)
            self.register_buffer("kept", thalweg.ones(3))

    net = Counter()
    assert list(net.state_dict()) == ["kept"]
    assert [name for name, _ in net.named_buffers()] == ["cache", "scratch", "kept"]
    assert net.load_state_dict({"kept": thalweg.zeros(3)}) == ([], [])
    net.double()
    net.cache = thalweg.ones(2, dtype=thalweg.float64) * 3
    assert net.cache.dtype == net.scratch.dtype == thalweg.float64
    assert list(net.state_dict()) == ["kept"]
    assert net.cache.tolist() == [3, 3]
    thalweg.io.save_weights(net, tmp_path / "weights.h5")
    thalweg.io.load_weights(net, tmp_path / "weights.h5")
    net.register_buffer("cache", thalweg.ones(2))
    assert list(net.state_dict()) == ["cache", "kept"]


def test_copies_share_nothing():
    net = nn.Sequential(Net(), nn.Dropout(0.3), nn.BatchNorm1d(2, momentum=None))
    net[2].weight = net[0].scales[0]  # one tensor of two names
    net[0].eval()
    net[2].note = ["a list"]
    other = copy.deepcopy(net)
    assert repr(other) == repr(net)
    assert list(other.state_dict()) == list(net.state_dict())
    assert other[2].weight is other[0].scales[0]
    assert other[2].note == ["a list"]
    assert other[2].note is not net[2].note
    assert [m.training for m in other.modules()] == [m.training for m in net.modules()]
    before = {name: value.clone() for name, value in other.state_dict().items()}
    with thalweg.no_grad():
        for tensor in [*net.parameters(), *net.buffers()]:
            tensor.fill_(7)
    for name, value in other.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), before[name].numpy())
    net.eval()
    x = thalweg.randn(3, 2)
    copied = copy.deepcopy(net)(x)
    np.testing.assert_array_equal(copied.detach().numpy(), net(x).detach().numpy())


def test_traces_hear_modules_that_python_calls():
    class Twice(nn.Module):
        def forward(self, x):
            return x * 2

    class Around(nn.Module):
        def __init__(self):
            self.inner = Twice()
            self.layer = nn.Linear(2, 3)

        def forward(self, x):
            return self.layer(self.inner(x))

    net = Around()
    text = net.summary(thalweg.ones(1, 2))
    assert [line.split()[0] for line in text.splitlines()[2:5]] == ["inner", "layer", "Around"]


def test_momentum_of_a_norm_may_change():
    norm = nn.BatchNorm1d(1)
    norm.momentum = 1.0
    norm(thalweg.tensor([[2.0], [4.0]]))
    assert norm.running_mean.tolist() == [3]
    norm.momentum = None
    norm.reset_running_stats()
    for value in (1.0, 3.0):
        norm(thalweg.tensor([[value], [value]]))
    assert norm.running_mean.tolist() == [2]


def test_a_file_has_what_keras_has_of_a_batch_norm(tmp_path):
    net, other = (nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)) for _ in range(2))
    net(thalweg.randn(4, 2))
    path = tmp_path / "net.weights.h5"
    thalweg.io.save_weights(net, path)
    group = "layers/batch_normalization/vars"
    for i, name in enumerate(("weight", "bias", "running_mean", "running_var")):
        np.testing.assert_array_equal(
            thalweg.io.read(path, f"{group}/{i}").numpy(), net.state_dict()[f"1.{name}"].numpy()
        )
    with pytest.raises(thalweg.Error):
        thalweg.io.read(path, f"{group}/4")
    thalweg.io.load_weights(other, path)
    assert other[1].num_batches_tracked.item() == 1
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "a") as file:
        del file["thalweg"]  # as Keras writes it
    net[1].num_batches_tracked.fill_(7)
    net[1].running_mean.fill_(0)
    thalweg.io.load_weights(net, path)
    assert net[1].num_batches_tracked.item() == 7
    np.testing.assert_array_equal(net[1].running_mean.numpy(), other[1].running_mean.numpy())
