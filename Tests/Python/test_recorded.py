"""Recorded steps: the bits of the function itself, in memory of their own, and errors for what cannot be repeated."""

import gc
import threading

import numpy as np
import pytest
import thalweg as tw
from thalweg import nn, optim
from thalweg.nn import functional as F


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


def mlp_sgd():
    model = nn.Sequential(nn.Linear(20, 32), nn.Tanh(), nn.Linear(32, 5))
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def step(x, t):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), t)
        loss.backward()
        optimizer.step()
        return loss

    return model, step


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
    optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)

    def step(x, t):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), t)
        loss.backward()
        optimizer.step()
        return loss

    return model, step


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
        (lambda x: x.sort()[0], "sort"),
        (lambda x: x.nonzero(), "nonzero"),
        (lambda x: tw.linalg.inv(tw.eye(3) * x), "inv"),
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


def test_a_checkpointed_function_is_refused():
    @tw.recorded
    def step(x):
        x = x.detach().requires_grad_(True)
        y = tw.utils.checkpoint.checkpoint(lambda x: x.dropout(0.5), x)
        y.sum().backward()
        return x.grad

    with pytest.raises(tw.InvalidArgumentError, match="checkpoint"):
        step(tw.ones(3))


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
