"""Recurrent layers and cells against PyTorch, on its own tests' settings, where it is installed."""

import os

import numpy as np
import pytest
import thalweg
from thalweg import nn
from thalweg.nn.utils import rnn

torch = pytest.importorskip("torch")
modules = pytest.importorskip("torch.testing._internal.common_modules")

# PyTorch tells that it takes a slower way.
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections")


def samples():
    """PyTorch's own module inputs, in float32."""
    common = {"device": "cpu", "dtype": torch.float32, "requires_grad": True, "training": True}
    kinds = {
        "RNN": lambda: modules.module_inputs_torch_nn_RNN_GRU(
            None, is_rnn=True, with_packed_sequence=True, **common
        ),
        "GRU": lambda: modules.module_inputs_torch_nn_RNN_GRU(
            None, is_rnn=False, with_packed_sequence=True, **common
        ),
        "LSTM": lambda: modules.module_inputs_torch_nn_LSTM(None, **common),
        "RNNCell": lambda: modules.module_inputs_torch_nn_RNN_GRU_Cell(None, is_rnn=True, **common),
        "GRUCell": lambda: modules.module_inputs_torch_nn_RNN_GRU_Cell(None, **common),
        "LSTMCell": lambda: modules.module_inputs_torch_nn_LSTMCell(None, **common),
    }
    torch.manual_seed(0)
    for name, make in kinds.items():
        for place, sample in enumerate(make()):
            yield pytest.param(name, sample, id=f"{name}-{place}")


def leaves(value):
    """The tensors of a nest of tuples, or of packed sequences, in order."""
    if isinstance(value, (torch.nn.utils.rnn.PackedSequence, rnn.PackedSequence)):
        return [value.data]
    if isinstance(value, (tuple, list)):
        return [leaf for part in value for leaf in leaves(part)]
    return [] if value is None else [value]


def ours(value, made):
    """The same in thalweg; `made` takes pairs of leaves."""
    if isinstance(value, torch.nn.utils.rnn.PackedSequence):
        indices = [None if i is None else thalweg.tensor(i.numpy()) for i in value[2:]]
        return rnn.PackedSequence(ours(value.data, made), thalweg.tensor(value.batch_sizes.numpy()), *indices)
    if isinstance(value, tuple):
        return tuple(ours(part, made) for part in value)
    tensor = thalweg.tensor(value.detach().numpy(), requires_grad=True)
    made.append((value, tensor))
    return tensor


def theirs(value):
    """Leaves of their own: the samples share theirs, and packed ones are results."""
    if isinstance(value, torch.nn.utils.rnn.PackedSequence):
        return torch.nn.utils.rnn.PackedSequence(theirs(value.data), *value[1:])
    if isinstance(value, tuple):
        return tuple(theirs(part) for part in value)
    return value.detach().clone().requires_grad_()


def check(kind, constructor, arguments, uses=None):
    """Values and all gradients; `uses` says which results make the loss: all if None."""
    torch.manual_seed(1)
    reference = getattr(torch.nn, kind)(*constructor.args, **constructor.kwargs)
    options = {
        k: getattr(thalweg, str(v).split(".")[-1]) if k == "dtype" else v
        for k, v in constructor.kwargs.items()
    }
    layer = getattr(nn, kind)(*constructor.args, **options)
    layer.load_state_dict({n: p.detach().numpy() for n, p in reference.named_parameters()})
    assert list(layer.state_dict()) == list(reference.state_dict())
    arguments = [theirs(argument) for argument in arguments]
    pairs = []
    found = leaves(layer(*[ours(argument, pairs) for argument in arguments]))
    expected = leaves(reference(*arguments))
    assert [tuple(t.shape) for t in found] == [tuple(t.shape) for t in expected]
    random = np.random.default_rng(0)
    total, reference_total = 0, 0
    for place, (a, b) in enumerate(zip(found, expected, strict=True)):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=2e-5, atol=2e-5)
        if uses is not None and not uses[place]:
            continue
        weights = random.normal(size=tuple(b.shape)).astype(b.detach().numpy().dtype)
        total = (a * thalweg.tensor(weights)).sum() + total
        reference_total = (b * torch.tensor(weights)).sum() + reference_total
    total.backward()
    reference_total.backward()
    own = dict(layer.named_parameters())
    pairs += [(parameter, own[name]) for name, parameter in reference.named_parameters()]
    for theirs_leaf, our_leaf in pairs:
        right = theirs_leaf.grad
        if right is None:  # no part in the loss
            assert our_leaf.grad is None or not our_leaf.grad.numpy().any()
            continue
        np.testing.assert_allclose(our_leaf.grad.numpy(), right.numpy(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("kind", "sample"), list(samples()))
def test_own_samples(kind, sample):
    check(kind, sample.constructor_input, sample.forward_input.args)


class Given:
    def __init__(self, *args, **kwargs):
        self.args, self.kwargs = args, kwargs


FORMS = [{}, {"bidirectional": True, "num_layers": 2, "batch_first": True, "bias": False}]


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("is_sorted", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_larger_and_packed(kind, is_sorted, form):
    torch.manual_seed(2)
    x = torch.randn(7, 9, 20) if form else torch.randn(9, 7, 20)
    ends = [9, 7, 7, 5, 3, 1, 1] if is_sorted else [3, 9, 1, 7, 7, 1, 5]
    pack = torch.nn.utils.rnn.pack_padded_sequence
    packed = pack(x, torch.tensor(ends), batch_first=bool(form), enforce_sorted=is_sorted)
    rows = 4 if form else 1
    state = torch.randn(rows, 7, 33)
    hx = (state, torch.randn(rows, 7, 33)) if kind == "LSTM" else state
    check(kind, Given(20, 33, **form), (packed, hx))
    mine = rnn.pack_padded_sequence(
        thalweg.tensor(x.numpy()), ends, batch_first=bool(form), enforce_sorted=is_sorted
    )
    for a, b in zip(mine, packed, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_array_equal(a.numpy(), b.numpy())


def configuration(seed):
    """A layer or cell with options, sizes, states and lengths at random, and its arguments."""
    random = np.random.default_rng(seed)

    def chance(share):
        return bool(random.random() < share)

    def size(largest):
        return int(random.integers(1, largest if chance(0.5) else 5, endpoint=True))

    kind = str(
        random.choice(["RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"], p=[0.25] * 3 + [1 / 12] * 3)
    )
    inputs, hidden, batch, steps = size(40), size(70), size(70), size(20)
    options = {"bias": chance(0.8)}
    if chance(0.2):
        options["dtype"] = torch.float64
    dtype = options.get("dtype", torch.float32)
    if kind.startswith("RNN"):
        options["nonlinearity"] = str(random.choice(["tanh", "relu"]))

    def tensor(*shape):
        values = torch.tensor(random.normal(size=shape), dtype=dtype)
        return values.mT.contiguous().mT if len(shape) > 1 and chance(0.2) else values

    def state(*shape):
        return lambda width: tensor(*shape, width)

    is_batched, has_state, has_cell = chance(0.85), chance(0.6), kind.startswith("LSTM")
    if kind.endswith("Cell"):
        x, make = (tensor(batch, inputs), state(batch)) if is_batched else (tensor(inputs), state())
        handed = hidden
    else:
        layers = int(random.integers(1, 4))
        options |= {"num_layers": layers, "bidirectional": chance(0.4), "batch_first": chance(0.4)}
        handed = hidden
        if has_cell and hidden > 1 and chance(0.3):
            handed = options["proj_size"] = int(random.integers(1, hidden))
        rows = layers * (2 if options["bidirectional"] else 1)
        if is_batched:
            x = tensor(batch, steps, inputs) if options["batch_first"] else tensor(steps, batch, inputs)
            make = state(rows, batch)
            if chance(0.5):
                ends = random.integers(1, steps, batch, endpoint=True)
                is_sorted = chance(0.3)
                if is_sorted:
                    ends = np.sort(ends)[::-1].copy()
                x = torch.nn.utils.rnn.pack_padded_sequence(
                    x, torch.tensor(ends), batch_first=options["batch_first"], enforce_sorted=is_sorted
                )
        else:
            x, make = tensor(steps, inputs), state(rows)
    arguments = [x]
    if has_state:
        arguments.append((make(handed), make(hidden)) if has_cell else make(handed))
    results = (2 if has_cell else 1) + (0 if kind.endswith("Cell") else 1)
    uses = [chance(0.7) for _ in range(results)]
    uses[int(random.integers(results))] = True
    return kind, Given(inputs, hidden, **options), arguments, uses


@pytest.mark.parametrize("seed", range(int(os.environ.get("THALWEG_RANDOM_CONFIGURATIONS", "64"))))
def test_random_configurations(seed):
    check(*configuration(seed))
