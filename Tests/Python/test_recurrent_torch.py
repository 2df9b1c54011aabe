"""Recurrent layers and cells against PyTorch, on its own tests' settings, where it is installed."""

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


def check(kind, constructor, arguments, keywords=None):
    torch.manual_seed(1)
    reference = getattr(torch.nn, kind)(*constructor.args, **constructor.kwargs)
    layer = getattr(nn, kind)(*constructor.args, **constructor.kwargs)
    layer.load_state_dict({n: p.detach().numpy() for n, p in reference.named_parameters()})
    assert list(layer.state_dict()) == list(reference.state_dict())
    arguments = [theirs(argument) for argument in arguments]
    pairs = []
    found = leaves(layer(*[ours(argument, pairs) for argument in arguments], **(keywords or {})))
    expected = leaves(reference(*arguments))
    assert [tuple(t.shape) for t in found] == [tuple(t.shape) for t in expected]
    random = np.random.default_rng(0)
    total, reference_total = 0, 0
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=2e-5, atol=2e-5)
        weights = random.normal(size=tuple(b.shape)).astype(np.float32)
        total = (a * thalweg.tensor(weights)).sum() + total
        reference_total = (b * torch.tensor(weights)).sum() + reference_total
    total.backward()
    reference_total.backward()
    for theirs_leaf, our_leaf in pairs:
        np.testing.assert_allclose(our_leaf.grad.numpy(), theirs_leaf.grad.numpy(), rtol=1e-4, atol=1e-4)
    for name, parameter in reference.named_parameters():
        gradient = dict(layer.named_parameters())[name].grad.numpy()
        np.testing.assert_allclose(gradient, parameter.grad.numpy(), rtol=1e-4, atol=1e-4)


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
