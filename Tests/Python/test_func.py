"""Forward mode and thalweg.func."""

import pytest
import thalweg as tw
from thalweg import func
from thalweg.autograd import forward_ad, functional


def randn(*shape):
    return tw.randn(*shape, dtype=tw.float64)


def close(a, b):
    return a.shape == b.shape and tw.allclose(a, b, rtol=1e-9, atol=1e-10)


def net(x):
    return ((x @ x.transpose(0, 1)).tanh() + x.sum().exp() / 100).softmax(1)


def test_dual_numbers():
    x, v = randn(3, 2), randn(3, 2)
    with forward_ad.dual_level():
        y = net(forward_ad.make_dual(x, v))
        primal, tangent = forward_ad.unpack_dual(y)
        assert forward_ad.unpack_dual(x).tangent is None
        with pytest.raises(tw.ShapeError):
            forward_ad.make_dual(x, v[0])
    assert close(primal, net(x)) and not primal.requires_grad and not tangent.requires_grad
    expected = tw.einsum("ijkl,kl->ij", functional.jacobian(net, x), v)
    assert close(tangent, expected)
    assert not (y * 2).requires_grad
    with pytest.raises(tw.AutogradError, match="no level"):
        forward_ad.unpack_dual(y)
    with pytest.raises(tw.AutogradError, match="no level"):
        forward_ad.exit_dual_level()


def test_forward_keeps_nothing():
    x = tw.randn(2048, 64)
    w = tw.randn(64, 64) / 8

    def deep(x):
        for _ in range(50):
            x = (x @ w).tanh()
        return x

    func.jvp(deep, (x,), (x,))
    tw.reset_peak_memory()
    start = tw.get_memory_stats()["bytes_in_use"]
    func.jvp(deep, (x,), (x,))
    assert tw.get_memory_stats()["peak_bytes_in_use"] - start < 10 * x.numel() * 4


def test_jvp_and_vjp():
    x, v = randn(3, 2), randn(3, 2)
    matrix = func.jacrev(net)(x)
    value, moved = func.jvp(net, (x,), (v,))
    assert close(value, net(x)) and close(moved, tw.einsum("ijkl,kl->ij", matrix, v))
    value, product, aux = func.vjp(lambda x: (net(x), "aux"), x, has_aux=True)
    u = randn(3, 3)
    for _ in range(2):
        assert close(product(u)[0], tw.einsum("ij,ijkl->kl", u, matrix))
    assert aux == "aux"
    _, moved = func.jvp(lambda x, y: (x * y, x.detach()), (x, v), (v, x))
    assert close(moved[0], v * v + x * x) and close(moved[1], tw.zeros(3, 2, dtype=tw.float64))


def test_jacobians():
    x = randn(3, 2)
    reverse, forward = func.jacrev(net)(x), func.jacfwd(net)(x)
    assert close(reverse, forward)
    assert close(functional.jacobian(net, x, strategy="forward-mode"), reverse)
    rows = [
        tw.autograd.grad(net(p)[i, j], p)[0]
        for p in [x.clone().requires_grad_()]
        for i in range(3)
        for j in range(3)
    ]
    assert close(reverse, tw.stack(rows).reshape(3, 3, 3, 2))
    y = randn(3)
    pair = func.jacrev(lambda x, y: (x * y, x + y), argnums=(0, 1))(y, y * 2)
    assert close(pair[0][1], tw.diag(y)) and close(pair[1][0], tw.eye(3, dtype=tw.float64))
    empty = func.jacrev(lambda x: x[:0])(y)
    assert empty.shape == (0, 3)


def test_gradients():
    x = randn(4)

    def f(x, scale):
        return (x**3 * scale).sum()

    assert close(func.grad(f)(x, 2.0), 6 * x**2)
    assert close(func.grad(lambda x: func.grad(f)(x, 2.0).sum())(x), 12 * x)
    gradient, value = func.grad_and_value(f)(x, 1.0)
    assert close(value, (x**3).sum()) and not gradient.requires_grad and not value.requires_grad
    gradient, aux = func.grad(lambda x: (f(x, 1.0), 7), has_aux=True)(x)
    assert aux == 7
    outer = x.clone().requires_grad_()
    func.grad(f)(outer, 1.0).sum().backward()
    assert close(outer.grad, 6 * x)
    with pytest.raises(tw.AutogradError):
        func.grad(lambda x: x)(x)
    with pytest.raises(ValueError):
        func.grad(f, argnums=1)(x, 2.0)


def test_second_derivatives():
    x, v = randn(4), randn(4)

    def f(x):
        return (x.tanh() * x.sin()).sum() ** 2

    wanted = func.hessian(f)(x)
    assert close(functional.hessian(f, x), wanted)
    for outer in (func.jacfwd, func.jacrev):
        for inner in (func.jacfwd, func.jacrev, func.grad):
            assert close(outer(inner(f))(x), wanted)
    assert close(func.hvp(f, (x,), (v,)), wanted @ v)
    assert close(functional.hvp(f, x, v)[1], wanted @ v)
    # Reverse over forward, and forward over forward.
    along = func.grad(lambda x: func.jvp(f, (x,), (v,))[1])(x)
    assert close(along, wanted @ v)
    twice = func.jvp(lambda x: func.jvp(f, (x,), (v,))[1], (x,), (v,))[1]
    assert close(twice, v @ wanted @ v)


def test_perturbations_are_not_confused():
    one = tw.tensor(1.0, dtype=tw.float64)

    def derivative(f):
        return lambda x: func.jvp(f, (x,), (one,))[1]

    x = tw.tensor(3.0, dtype=tw.float64)
    assert derivative(lambda x: x * derivative(lambda y: x + y)(one))(x).item() == 1
    assert derivative(derivative(derivative(lambda x: x**4)))(x).item() == pytest.approx(24 * 3)


def test_layers():
    model = tw.nn.Sequential(
        tw.nn.Conv2d(2, 3, 3, padding=1),
        tw.nn.BatchNorm2d(3),
        tw.nn.ReLU(),
        tw.nn.Flatten(),
        tw.nn.Linear(48, 5),
    )
    x, v = tw.randn(2, 2, 4, 4), tw.randn(2, 2, 4, 4)
    matrix = functional.jacobian(model, x)
    moved = func.jvp(model, (x,), (v,))[1]
    assert tw.allclose(moved, tw.einsum("ijklmn,klmn->ij", matrix, v), rtol=1e-3, atol=1e-4)
