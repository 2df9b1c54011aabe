"""Recording, backward, gradients of gradients."""

import threading
import weakref

import numpy as np
import pytest
import thalweg
from thalweg import autograd
from thalweg.autograd import functional


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


# -- Functions' derivatives -------------------------------------------------------------------------------


def test_functional():
    x = thalweg.tensor([1.0, 2.0], dtype=thalweg.float64)
    y = thalweg.tensor([3.0, 4.0], dtype=thalweg.float64)
    assert functional.jacobian(lambda a: a * a, x).tolist() == [[2, 0], [0, 4]]
    by_x, by_y = functional.jacobian(lambda a, b: a * b, (x, y))
    assert by_x.tolist() == [[3, 0], [0, 4]]
    assert by_y.tolist() == [[1, 0], [0, 2]]
    outputs = functional.jacobian(lambda a: (a.sum(), a * 2), x)
    assert [o.tolist() for o in outputs] == [[1, 1], [[2, 0], [0, 2]]]
    assert functional.hessian(lambda a: (a**3).sum(), x).tolist() == [[6, 0], [0, 12]]
    blocks = functional.hessian(lambda a, b: (a * b * b).sum(), (x, y))
    assert blocks[0][1].tolist() == [[6, 0], [0, 8]]
    value, product = functional.vjp(lambda a: a * a, x, y)
    assert value.tolist() == [1, 4]
    assert product.tolist() == [6, 16]
    assert functional.jvp(lambda a: a * a, x, y)[1].tolist() == [6, 16]
    assert functional.hvp(lambda a: (a**3).sum(), x, y)[1].tolist() == [18, 48]
    assert functional.vhp(lambda a: (a**3).sum(), (x,), (y,))[1][0].tolist() == [18, 48]
    assert not value.requires_grad
    assert x.grad is None
    assert not x.requires_grad


def test_functional_is_differentiable():
    x = thalweg.tensor([1.0, 2.0], dtype=thalweg.float64, requires_grad=True)
    matrix = functional.jacobian(lambda a: a**3, x, create_graph=True)
    matrix.sum().backward()
    assert x.grad.tolist() == [6, 12]
    assert functional.vjp(lambda a: (a**3).sum(), x, create_graph=True)[1].requires_grad


def test_functional_refuses():
    x = thalweg.ones(2, dtype=thalweg.float64)
    with pytest.raises(thalweg.AutogradError):
        functional.hessian(lambda a: a * a, x)
    with pytest.raises(thalweg.AutogradError):
        functional.vjp(lambda a: a * a, x)
    with pytest.raises(thalweg.AutogradError):
        functional.jacobian(lambda a, b: a * 2, (x, x), strict=True)
    with pytest.raises(TypeError):
        functional.jacobian(lambda a: 3, x)
    with pytest.raises(ZeroDivisionError):
        functional.jacobian(lambda a: 1 / 0, x)


def test_three_ways_out_of_a_non_scalar():
    x = thalweg.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(thalweg.AutogradError, match=r"\[2\].*sum.*seed.*jacobian"):
        (x * x).backward()
    (x * x).sum().backward()
    (x * x).backward(thalweg.tensor([1.0, 0.0]))
    assert x.grad.tolist() == [4, 4]
    assert functional.jacobian(lambda a: a * a, x).tolist() == [[2, 0], [0, 4]]


def test_gradcheck():
    x = thalweg.tensor([0.5, -1.0], dtype=thalweg.float64, requires_grad=True)
    scale = thalweg.tensor([2.0, 3.0], dtype=thalweg.float64)
    assert autograd.gradcheck(lambda a, b, n: ((a * b) ** n, a.exp()), (x, scale, 2))
    assert autograd.gradgradcheck(lambda a: a.tanh(), x)
    with pytest.raises(autograd.GradcheckError, match="element 0 of input 0"):
        autograd.gradcheck(lambda a: a.detach() * a, (x,))
    assert not autograd.gradcheck(lambda a: a.detach() * a, (x,), raise_exception=False)
    with pytest.raises(TypeError, match="float32"):
        autograd.gradcheck(lambda a: a, (thalweg.ones(2),))
    with pytest.raises(ZeroDivisionError):
        autograd.gradcheck(lambda a: a / (1 // 0), (x,))


def test_hooks():
    x = thalweg.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    seen = []
    y.register_hook(lambda g: g * 2)
    handle = x.register_hook(lambda g: seen.append(g.tolist()))
    y.retain_grad()
    y.sum().backward()
    assert seen == [[6, 6]]
    assert y.grad.tolist() == [2, 2]
    handle.remove()
    handle.remove()
    with x.register_hook(lambda g: g * 100):
        (x * 1).sum().backward()
    (x * 1).sum().backward()
    assert x.grad.tolist() == [107, 107]
    with pytest.raises(thalweg.AutogradError):
        thalweg.ones(1).register_hook(print)
    with pytest.raises(TypeError):
        x.register_hook(3)
    with x.register_hook(lambda g: "no"), pytest.raises(TypeError, match="hook"):
        (x * 1).sum().backward()
    with x.register_hook(lambda g: 1 / 0), pytest.raises(ZeroDivisionError):
        (x * 1).sum().backward()


def test_hooks_are_freed():
    class Token:
        pass

    token = Token()
    gone = weakref.ref(token)
    x = thalweg.ones(1, requires_grad=True)
    handle = x.register_hook(lambda g, token=token: None)
    del token
    assert gone() is not None
    handle.remove()
    assert gone() is None


def test_anomaly_mode():
    x = thalweg.tensor([0.0, 4.0], requires_grad=True)
    y = x.sqrt()
    with autograd.detect_anomaly():
        assert autograd.is_anomaly_enabled()
        with pytest.raises(
            thalweg.AutogradError, match=r"log: made Inf.*test_autograd\.py:\d+, in test_anomaly"
        ):
            x.log()
        z = x.sqrt()
        with pytest.raises(
            thalweg.AutogradError, match=r"backward of sqrt.*\[2\] from 0\.0 to 4\.0.*test_autograd"
        ):
            z.sum().backward()
        with pytest.raises(thalweg.AutogradError, match="before anomaly mode"):
            y.sum().backward()
    assert not autograd.is_anomaly_enabled()
    assert x.log().tolist()[0] == float("-inf")
    autograd.set_detect_anomaly(True)
    try:
        with pytest.raises(thalweg.AutogradError, match="mul: made Inf"):
            thalweg.nn.Linear(2, 2)(thalweg.full((1, 2), 3e38) * 2)
    finally:
        autograd.set_detect_anomaly(False)


def test_grad_with_zeros_for_unused():
    x, y = thalweg.ones(1, requires_grad=True), thalweg.ones(1, requires_grad=True)
    assert autograd.grad(x * 2, [x, y], materialize_grads=True)[1].tolist() == [0]


def test_backward_of_several():
    x = thalweg.ones(2, requires_grad=True)
    y = x * 2
    autograd.backward([y.sum(), y], [None, thalweg.ones(2)])
    assert x.grad.tolist() == [4, 4]
