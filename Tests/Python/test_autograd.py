"""Recording, backward, gradients of gradients."""

import threading

import numpy as np
import pytest
import thalweg
from thalweg import autograd


def test_backward_accumulates():
    x = thalweg.tensor([1.0, 2.0], requires_grad=True)
    assert x.grad is None
    for _ in range(2):
        (x * x).sum().backward()
    assert x.grad.tolist() == [4, 8]
    x.grad = None
    assert x.grad is None
    x.grad = thalweg.ones(2)
    assert x.grad.tolist() == [1, 1]
    with pytest.raises(TypeError):
        x.grad = 3


def test_backward_with_a_seed():
    x = thalweg.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    with pytest.raises(thalweg.Error, match=r"\[2\]"):
        y.backward()
    y.backward(thalweg.tensor([1.0, 10.0]))
    assert x.grad.tolist() == [3, 30]


def test_the_graph_is_freed():
    x = thalweg.tensor(2.0, requires_grad=True)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 8
    with pytest.raises(thalweg.AutogradError):
        y.backward()


def test_second_derivatives():
    x = thalweg.tensor([1.0, 2.0], dtype=thalweg.float64, requires_grad=True)
    (first,) = autograd.grad((x**3).sum(), x, create_graph=True)
    np.testing.assert_allclose(first.detach().numpy(), [3, 12])
    (second,) = autograd.grad(first, [x], grad_outputs=thalweg.ones(2, dtype=thalweg.float64))
    np.testing.assert_allclose(second.numpy(), [6, 12])
    assert x.grad is None


def test_grad_of_unused_inputs():
    x, y = thalweg.ones(1, requires_grad=True), thalweg.ones(1, requires_grad=True)
    with pytest.raises(thalweg.Error):
        autograd.grad(x * 2, [x, y])
    assert autograd.grad(x * 2, [x, y], allow_unused=True)[1] is None


def test_leaves():
    x = thalweg.ones(2, requires_grad=True)
    y = x * 2
    assert (x.is_leaf, y.is_leaf, y.requires_grad, y.detach().requires_grad) == (True, False, True, False)
    assert x.detach().data_ptr() == x.data_ptr()
    assert x.data.data_ptr() == x.data_ptr()
    with pytest.raises(thalweg.Error):
        thalweg.ones(2, dtype=thalweg.int64).requires_grad_()
    with pytest.raises(AttributeError):
        del x.requires_grad


def test_modes():
    x = thalweg.ones(1, requires_grad=True)
    with thalweg.no_grad():
        assert not thalweg.is_grad_enabled()
        assert not (x * 2).requires_grad
        with thalweg.enable_grad():
            assert (x * 2).requires_grad
        with thalweg.set_grad_enabled(False):
            assert not thalweg.is_grad_enabled()
        assert not thalweg.is_grad_enabled()
    assert thalweg.is_grad_enabled() is True

    @thalweg.no_grad()
    def function():
        return thalweg.is_grad_enabled()

    assert function() is False
    thalweg.set_grad_enabled(False)
    assert not thalweg.is_grad_enabled()
    thalweg.set_grad_enabled(True)
    with pytest.raises(ZeroDivisionError), thalweg.no_grad():
        1 / 0
    assert thalweg.is_grad_enabled()


def test_modes_are_each_threads_own():
    seen = []
    with thalweg.no_grad():
        thread = threading.Thread(target=lambda: seen.append(thalweg.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_a_changed_input_is_noticed():
    x = thalweg.ones(2, requires_grad=True)
    factor = thalweg.ones(2)
    y = (x * factor).sum()
    factor.fill_(3)
    with pytest.raises(thalweg.AutogradError):
        y.backward()
