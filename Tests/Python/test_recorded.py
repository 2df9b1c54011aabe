"""Recorded steps: the bits of the function itself, in memory of their own, and errors for what cannot be repeated."""

import gc
import threading

import numpy as np
import pytest
import thalweg as tw
from thalweg import nn, optim
from thalweg.nn import functional as F
from thalweg.utils.checkpoint import checkpoint


def bits(tensor):
    return tensor.detach().numpy().tobytes()


def states(model):
    return {name: bits(value) for name, value in model.state_dict().items()}


def compare(make, batches, threads=None):
    """`make()` gives a model and its step; both ways through the same batches have the same parameters and results."""
    results = []
    for wrap in (lambda step: step, tw.recorded):
        tw.manual_seed(7)
        model, step = make()
        step = wrap(step)
        values = []
        for batch in batches:
            result = step(*batch)
            values.append([bits(value) for value in (result if isinstance(result, tuple) else (result,))])
        gradients = [None if p.grad is None else bits(p.grad) for p in model.parameters()]
        results.append((values, states(model), gradients))
    for eager, recorded in zip(*results, strict=True):
        assert eager == recorded


def images(count, shape, classes, batch=8):
    rng = np.random.default_rng(3)
    return [
        (
            tw.tensor(rng.standard_normal((batch, *shape)).astype(np.float32)),
            tw.tensor(rng.integers(0, classes, batch)),
        )
        for _ in range(count)
    ]


def classifier(model, optimizer):
    def step(x, t):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), t)
        loss.backward()
        optimizer.step()
        return loss

    return model, step


def mlp_sgd():
    model = nn.Sequential(nn.Linear(20, 32), nn.Tanh(), nn.Linear(32, 5))
    return classifier(model, optim.SGD(model.parameters(), lr=0.1, momentum=0.9))


def lenet_adam():
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 40),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(40, 10),
    )
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    schedule = optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.5)

    def step(x, t):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), t)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        schedule.step()
        return loss

    return model, step


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + x)


def resnet_block():
    model = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), Block(16), nn.AvgPool2d(8), nn.Flatten(), nn.Linear(16, 10)
    )
    return classifier(model, optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4))


class CharModel(nn.Module):
    def __init__(self, kind=nn.LSTM):
        super().__init__()
        self.embedding = nn.Embedding(30, 12)
        self.recurrent = kind(12, 24, num_layers=2, dropout=0.2)
        self.head = nn.Linear(24, 30)

    def forward(self, x):
        y, _ = self.recurrent(self.embedding(x))
        return self.head(y)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_char_model(kind):
    def make():
        model = CharModel(kind)
        optimizer = optim.Adam(model.parameters(), lr=0.01)

        def step(x, t):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x).reshape(-1, 30), t.reshape(-1))
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            return loss

        return model, step

    rng = np.random.default_rng(5)
    batches = [
        (tw.tensor(rng.integers(0, 30, (7, 4))), tw.tensor(rng.integers(0, 30, (7, 4)))) for _ in range(5)
    ]
    compare(make, batches)


def critic():
    """The critic's step of a WGAN with gradient penalty: gradients of gradients."""
    model = nn.Sequential(nn.Linear(6, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
    optimizer = optim.Adam(model.parameters(), lr=1e-3, betas=(0.0, 0.9))

    def step(real, fake):
        optimizer.zero_grad()
        share = tw.rand(real.shape[0], 1)
        between = (share * real + (1 - share) * fake).detach().requires_grad_(True)
        (slope,) = tw.autograd.grad(model(between).sum(), [between], create_graph=True)
        penalty = ((slope.pow(2).sum(1) + 1e-12).sqrt() - 1).pow(2).mean()
        loss = model(fake).mean() - model(real).mean() + 10 * penalty
        loss.backward()
        optimizer.step()
        return loss, penalty

    return model, step


def ddpm():
    model = nn.Sequential(nn.Linear(3, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 2))
    optimizer = optim.AdamW(model.parameters(), lr=1e-3)
    kept = tw.cumprod(1 - tw.linspace(1e-4, 0.02, 50), 0)

    def step(x):
        optimizer.zero_grad()
        t = tw.randint(0, 50, (x.shape[0],))
        noise = tw.randn(*x.shape)
        share = kept[t].reshape(-1, 1)
        noisy = share.sqrt() * x + (1 - share).sqrt() * noise
        loss = F.mse_loss(model(tw.cat([noisy, t.reshape(-1, 1).to(tw.float32) / 50], 1)), noise)
        loss.backward()
        optimizer.step()
        return loss

    return model, step


def pairs(count, size):
    rng = np.random.default_rng(9)
    return [
        (
            tw.tensor(rng.standard_normal((16, size)).astype(np.float32)),
            tw.tensor(rng.standard_normal((16, size)).astype(np.float32)),
        )
        for _ in range(count)
    ]


def test_mlp_with_momentum():
    compare(mlp_sgd, images(6, (20,), 5))


def test_lenet_with_dropout_schedule_and_clipping():
    compare(lenet_adam, images(6, (1, 28, 28), 10))


def test_residual_block_with_batch_norm():
    compare(resnet_block, images(5, (3, 8, 8), 10))


def test_critic_with_gradient_penalty():
    compare(critic, pairs(5, 6))


def test_diffusion():
    compare(ddpm, [(x,) for x, _ in pairs(6, 2)])


def test_gradients_accumulate_in_place():
    def make():
        model = nn.Linear(6, 3)
        for parameter in model.parameters():
            parameter.grad = tw.zeros(*parameter.shape)

        def step(x, y):
            loss = F.mse_loss(model(x), y[:, :3])
            loss.backward()
            return loss

        return model, step

    compare(make, pairs(4, 6))


def test_inference_sees_changed_weights():
    model = nn.Sequential(nn.Linear(40, 64), nn.ReLU(), nn.Linear(64, 50))
    x = tw.randn(48, 40)

    @tw.recorded
    def infer(x):
        with tw.no_grad():
            return model(x)

    for _ in range(4):
        with tw.no_grad():
            assert bits(infer(x)) == bits(model(x))
            for parameter in model.parameters():
                parameter.mul_(1.5)


def test_folded_batch_norm_sees_changed_statistics():
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU()).eval()
    x = tw.randn(2, 3, 6, 6)

    @tw.recorded
    def infer(x):
        with tw.no_grad():
            return model(x)

    for _ in range(3):
        with tw.no_grad():
            assert bits(infer(x)) == bits(model(x))
            model[1].running_mean.add_(0.25)


def test_same_bits_for_any_number_of_threads():
    found = []
    before = tw.get_num_threads()
    try:
        for count in (1, 2, 3):
            tw.set_num_threads(count)
            tw.manual_seed(1)
            model, step = lenet_adam()
            step = tw.recorded(step)
            for batch in images(4, (1, 28, 28), 10):
                step(*batch)
            found.append(states(model))
    finally:
        tw.set_num_threads(before)
    assert found[0] == found[1] == found[2]


def test_no_memory_is_asked_for():
    _, step = lenet_adam()
    step = tw.recorded(step)
    batch = images(1, (1, 28, 28), 10)[0]
    for _ in range(3):
        step(*batch)
    held, peak = step.memory
    assert 0 < peak <= held
    before = tw.get_memory_stats()
    for _ in range(5):
        step(*batch)
    after = tw.get_memory_stats()
    assert after["allocations"] == before["allocations"]
    assert after["bytes_in_use"] == before["bytes_in_use"]


def test_memory_is_used_again_within_a_step():
    @tw.recorded
    def chain(x):
        for _ in range(50):
            x = x + 1
        return x

    x = tw.zeros(1000)
    chain(x)
    assert chain.memory[0] <= 4 * 4000
    assert bits(chain(x + 2)) == bits(tw.full((1000,), 52.0))


def test_other_shapes_and_dtypes_are_errors():
    step = tw.recorded(lambda x: x * 2)
    step(tw.zeros(3, 4))
    with pytest.raises(tw.ShapeError, match=r"input 0 has shape \[4, 4\].*recorded with \[3, 4\]"):
        step(tw.zeros(4, 4))
    with pytest.raises(tw.DTypeError, match=r"input 0 is float64.*recorded with float32"):
        step(tw.zeros(3, 4, dtype=tw.float64))
    with pytest.raises(tw.InvalidArgumentError, match="2 inputs; the step was recorded with 1"):
        step(tw.zeros(3, 4), tw.zeros(1))
    with pytest.raises(TypeError, match="argument 0 is float"):
        step(1.0)
    step.reset()
    assert step(tw.ones(4, 4)).shape == (4, 4)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (lambda x: x * x.sum().item(), "item"),
        (lambda x: x * float(x.numpy()[0]), "numpy|data|dlpack|cannot"),
        (lambda x: x + tw.tensor([1.0, 2.0, 3.0]), "tensor"),
        (lambda x: x.nonzero(), "nonzero"),
        (lambda x: x.unique(), "unique"),
        (lambda x: x.masked_select(x > 1), "masked_select"),
        (lambda x: tw.linalg.det(tw.diag(x.detach().requires_grad_(True))), "det|item"),
    ],
)
def test_what_cannot_be_repeated_is_refused(body, message):
    step = tw.recorded(body)
    for _ in range(2):
        with pytest.raises(tw.Error, match=message):
            step(tw.tensor([3.0, 1.0, 2.0]))
    assert (tw.ones(3) + 1).sum().item() == 6  # nothing is being recorded any more


def test_numbers_of_the_program_may_be_read():
    def body(x):
        return x.clamp(0.1, 0.5).masked_fill(x > 1, 3.0) ** 2.5 * tw.tensor(0.5)

    step = tw.recorded(body)
    for _ in range(3):
        x = tw.randn(50)
        assert bits(step(x)) == bits(body(x))

    @tw.recorded
    def changed(x):
        number = tw.zeros(())
        number.add_(x.sum())
        return x.clamp(max=number)

    with pytest.raises(tw.InvalidArgumentError, match="item"):
        changed(tw.ones(3))


def test_checkpointed_layers_draw_the_same_numbers_twice():
    def make():
        first = nn.Sequential(nn.Linear(6, 16), nn.Dropout(0.5), nn.Tanh())
        inner = nn.Sequential(nn.Linear(16, 16), nn.Dropout(0.25), nn.BatchNorm1d(16))
        model = nn.Sequential(first, inner, nn.Linear(16, 6))
        optimizer = optim.SGD(model.parameters(), lr=0.1)

        def middle(x):
            return first(x) + checkpoint(inner, first(x))

        def step(x, y):
            optimizer.zero_grad()
            z = model[2](checkpoint(middle, x.detach().requires_grad_(True)))
            loss = F.mse_loss(z * tw.rand(16, 1), y)
            loss.backward()
            optimizer.step()
            return loss, tw.rand(3)

        return model, step

    compare(make, pairs(5, 6))


def test_averages_of_weights():
    def make():
        model = nn.Linear(6, 3)
        optimizer = optim.SGD(model.parameters(), lr=0.1)
        average = optim.swa_utils.WeightAverage(model.parameters(), decay=0.9)
        average.update()

        def step(x, y):
            optimizer.zero_grad()
            loss = F.mse_loss(model(x), y[:, :3])
            loss.backward()
            optimizer.step()
            average.update()
            return loss, *average.averages

        return model, step

    compare(make, pairs(5, 6))
    for decay in (None, 0.9):
        average = optim.swa_utils.WeightAverage([tw.ones(2, requires_grad=True)], decay)
        step = tw.recorded(lambda x, average=average: (average.update(), x + 1)[1])
        with pytest.raises(tw.InvalidArgumentError, match="a step is being recorded"):
            step(tw.ones(2))
        average.update()


OPERATIONS = {
    "sort": lambda x: x.sort(1, descending=True)[0],
    "argsort": lambda x: x.argsort(0),
    "topk": lambda x: x.topk(3, 1)[0],
    "kthvalue": lambda x: x.kthvalue(2, 0)[0],
    "median": lambda x: x.median(1)[0],
    "mode": lambda x: (x * 2).round().mode(1)[0],
    "quantile": lambda x: x.quantile(tw.full((2,), 0.3), 1),
    "cummax": lambda x: x.cummax(0)[0],
    "searchsorted": lambda x: tw.searchsorted(x[0].sort()[0], x),
    "isin": lambda x: tw.isin(x.round(), x[0].round()),
    "histc": lambda x: x.detach().histc(5),
    "multinomial": lambda x: x.detach().exp().multinomial(4),
    "multinomial_again": lambda x: x.detach().exp().multinomial(9, replacement=True),
    "randperm": lambda x: x[tw.randperm(6)],
    "pow": lambda x: x.abs() ** 2.5 + x.abs() ** 1.5 + (x * x + 1) ** -0.5 + x**0 + x**3,
    "unfold": lambda x: F.unfold(x.reshape(1, 1, 6, 6), 3, padding=1, stride=2),
    "fold": lambda x: F.fold(x.reshape(1, 4, 9), (6, 6), 2, stride=2),
    "conv3d": lambda x: F.conv3d(x.reshape(1, 1, 4, 3, 3), x.reshape(9, 1, 2, 2, 1), padding=1),
    "conv_transpose3d": lambda x: F.conv_transpose3d(
        x.reshape(1, 1, 4, 3, 3), x.reshape(1, 9, 2, 2, 1), stride=2
    ),
    "inv": lambda x: tw.linalg.inv(x),
    "solve": lambda x: tw.linalg.solve(x, x.cos()),
    "solve_triangular": lambda x: tw.linalg.solve_triangular(x.exp(), x, upper=True),
    "cholesky": lambda x: tw.linalg.cholesky(x @ x.T + tw.eye(6)),
    "qr": lambda x: tw.linalg.qr(x[:, :4])[1],
    "lu": lambda x: tw.linalg.lu(x)[1],
    "lu_solve": lambda x: tw.linalg.lu_solve(*tw.linalg.lu_factor(x), x.cos()),
    "svd": lambda x: tw.linalg.svd(x)[1],
    "eigh": lambda x: tw.linalg.eigh(x + x.T)[0],
    "slogdet": lambda x: tw.linalg.slogdet(x)[1],
    "det": lambda x: tw.linalg.det(x.detach()),
    "fft": lambda x: tw.fft.fft(x.reshape(3, 6, 2)),
    "rfft": lambda x: tw.fft.rfft(x),
    "irfft": lambda x: tw.fft.irfft(x.reshape(3, 6, 2), 9),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_and_their_gradients(name):
    def make():
        def step(x):
            x = x.detach().requires_grad_(True)
            y = OPERATIONS[name](x)
            if not y.requires_grad:
                return y, tw.rand(3)
            (gradient,) = tw.autograd.grad((y * y.detach().cos()).sum(), [x])
            return y.detach(), gradient, tw.rand(3)

        return nn.Identity(), step

    rng = np.random.default_rng(4)
    batches = [(tw.tensor(rng.standard_normal((6, 6)).astype(np.float32)),) for _ in range(4)]
    compare(make, batches)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_sequences_of_other_lengths_each_time(kind):
    def make():
        model = kind(3, 8, bidirectional=True)
        optimizer = optim.SGD(model.parameters(), lr=0.1)

        def step(x, lengths, mask):
            optimizer.zero_grad()
            y, _ = model(x, lengths=lengths)
            z, _ = model(x, mask=mask)
            loss = y.square().mean() + z.sin().mean()
            loss.backward()
            optimizer.step()
            return loss, y.detach()

        return model, step

    rng = np.random.default_rng(2)
    batches = []
    for lengths in ([5, 2, 4], [1, 5, 3], [5, 5, 5], [2, 1, 1]):
        mask = np.arange(5)[None, :] < np.array(lengths)[:, None]
        x = rng.standard_normal((5, 3, 3)).astype(np.float32)
        batches.append((tw.tensor(x), tw.tensor(lengths), tw.tensor(mask)))
    compare(make, batches)
    _, step = make()
    step = tw.recorded(step)
    step(*batches[0])
    with pytest.raises(tw.InvalidArgumentError, match="length 6"):
        step(batches[0][0], tw.tensor([5, 6, 1]), batches[0][2])


@pytest.mark.parametrize("table", [True, False])
def test_labels_without_times(table):
    def step(x, targets, inputs, lengths):
        x = x.detach().requires_grad_(True)
        loss = F.ctc_loss(x.log_softmax(2), targets, inputs, lengths, zero_infinity=True)
        loss.backward()
        return loss, x.grad

    rng = np.random.default_rng(8)
    batches = []
    for lengths in ([3, 1], [1, 3], [2, 2], [4, 0]):
        x = rng.standard_normal((7, 2, 5)).astype(np.float32)
        targets = rng.integers(1, 5, (2, 4) if table else 4)
        batches.append(tuple(map(tw.tensor, (x, targets, [7, 6], lengths))))
    compare(lambda: (nn.Identity(), step), batches)


def test_learning_rates_are_not_set_within():
    model, _ = mlp_sgd()
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    @tw.recorded
    def step(x):
        optimizer.param_groups[0]["lr"] = 0.5
        return x + 1

    with pytest.raises(tw.InvalidArgumentError, match="a step is being recorded"):
        step(tw.ones(2))


def test_numbers_of_the_host_are_those_of_the_time():
    model, step = mlp_sgd()
    other, eager = mlp_sgd()
    other.load_state_dict(model.state_dict())
    step = tw.recorded(step)
    for i, batch in enumerate(images(5, (20,), 5)):
        step(*batch)
        eager(*batch)
        if i == 2:
            with tw.no_grad():
                for a, b in zip(model.parameters(), other.parameters(), strict=True):
                    a.mul_(0.5)
                    b.mul_(0.5)
    assert states(model) == states(other)


def test_a_wrong_class_is_an_error_in_a_replay_too():
    _, step = mlp_sgd()
    step = tw.recorded(step)
    (x, t) = images(1, (20,), 5)[0]
    step(x, t)
    wrong = t.clone()
    wrong[2] = 5
    with pytest.raises(tw.InvalidArgumentError, match="target 5 at place 2"):
        step(x, wrong)
    step(x, t)


def test_ignored_classes_are_counted_anew():
    x = tw.randn(6, 4)
    step = tw.recorded(lambda x, t: F.cross_entropy(x, t, ignore_index=-100))
    for count in range(1, 6):
        t = tw.tensor([0, 1, 2, 3, 0, 1][:count] + [-100] * (6 - count))
        assert bits(step(x, t)) == bits(F.cross_entropy(x, t))


def test_gradients_that_were_not_there_are_an_error():
    model = nn.Linear(3, 2)

    @tw.recorded
    def step(x):
        loss = model(x).sum()
        loss.backward()
        return loss

    step(tw.ones(4, 3))
    with pytest.raises(tw.AutogradError, match="had none when recorded"):
        step(tw.ones(4, 3))
    model.zero_grad()
    step(tw.ones(4, 3))
    assert model.weight.grad.numpy().tolist() == [[4.0] * 3] * 2


def test_results_and_gradients_outlive_the_step():
    model, step = mlp_sgd()
    step = tw.recorded(step)
    batch = images(1, (20,), 5)[0]
    step(*batch)
    loss = step(*batch)
    gradient = next(iter(model.parameters())).grad
    expected = bits(loss), bits(gradient)
    step.reset()
    del step, model
    gc.collect()
    junk = [tw.randn(100) for _ in range(200)]
    assert (bits(loss), bits(gradient)) == expected
    del junk


def test_a_step_keeps_what_it_reads():
    scale = tw.full((1000,), 3.0)
    step = tw.recorded(lambda x, scale=scale: x * scale)
    x = tw.ones(1000)
    step(x)
    step._function = None
    del scale
    gc.collect()
    junk = [tw.zeros(1000) for _ in range(50)]
    assert bits(step(x)) == bits(tw.full((1000,), 3.0))
    del junk


def test_an_error_of_the_function_ends_the_recording():
    @tw.recorded
    def step(x):
        _ = x + 1
        raise KeyError("mine")

    with pytest.raises(KeyError):
        step(tw.ones(2))
    assert tw.ones(2).sum().item() == 2


def test_other_threads_work_meanwhile():
    failures = []
    stop = threading.Event()

    def work():
        x = tw.randn(64, 64)
        expected = bits(x @ x)
        while not stop.is_set():
            if bits(x @ x) != expected:
                failures.append("wrong")

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        compare(mlp_sgd, images(6, (20,), 5))
        compare(lenet_adam, images(4, (1, 28, 28), 10))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures


def test_structures_of_results():
    step = tw.recorded(lambda x: {"a": (x + 1, [x * 2]), "b": None})
    step(tw.ones(2))
    result = step(tw.full((2,), 3.0))
    assert result["a"][0].numpy().tolist() == [4, 4]
    assert result["a"][1][0].numpy().tolist() == [6, 6]
    assert result["b"] is None
    with pytest.raises(TypeError, match="the result holds float"):
        tw.recorded(lambda x: 1.0)(tw.ones(2))
