"""Operations of one's own: thalweg.autograd.Function."""

import gc
import threading
import traceback
import weakref

import pytest
import thalweg as tw
from thalweg.autograd import Function, gradcheck, gradgradcheck, once_differentiable


class Scale(Function):
    """n a b and a + b, with an argument that is no tensor."""

    @staticmethod
    def forward(ctx, a, b, n):
        ctx.save_for_backward(a, None, b)
        ctx.n = n
        return n * a * b, a + b

    @staticmethod
    def backward(ctx, g, h):
        a, nothing, b = ctx.saved_tensors
        assert nothing is None
        return ctx.n * g * b + h, ctx.n * g * a + h, None


class Cube(Function):
    """In the form with setup_context."""

    @staticmethod
    def forward(x):
        return x**3, 3 * x**2

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0], output[1])

    @staticmethod
    def backward(ctx, g, h):
        x, slope = ctx.saved_tensors
        return g * slope + 6 * h * x


def leaf(*shape):
    return tw.randn(*shape, dtype=tw.float64, requires_grad=True)


def test_gradients():
    a, b = leaf(2, 3), leaf(2, 3)
    assert gradcheck(lambda a, b: Scale.apply(a, b, 2.5), (a, b))
    assert gradgradcheck(lambda a, b: Scale.apply(a, b, 2.5), (a, b))
    assert gradcheck(lambda x: Cube.apply(x), (a,)) and gradgradcheck(lambda x: Cube.apply(x), (a,))
    first, second = Scale.apply(a, b, 2.0)
    assert first.requires_grad and not first.is_leaf
    (of_second,) = tw.autograd.grad(second.sum(), a)
    assert of_second.tolist() == [[1.0] * 3] * 2
    moved = tw.func.jvp(lambda x: Cube.apply(x)[0], (a.detach(),), (b.detach(),))[1]
    assert tw.allclose(moved, 3 * a.detach() ** 2 * b.detach())


def test_needs_input_grad():
    seen = []

    class Probe(Function):
        @staticmethod
        def forward(ctx, a, n, b):
            seen.append(ctx.needs_input_grad)
            assert not tw.is_grad_enabled()
            return a * b

        @staticmethod
        def backward(ctx, g):
            seen.append(ctx.needs_input_grad)
            return g, None, g

    a, b = leaf(2), leaf(2)
    y = Probe.apply(a, 3, b)
    tw.autograd.grad(y.sum(), b)
    assert seen == [(True, False, True), (False, False, True)]
    with tw.no_grad():
        assert not Probe.apply(a, 3, b).requires_grad
    assert not Probe.apply(a.detach(), 3, b.detach()).requires_grad


def test_constants_and_missing_gradients():
    arrived = []

    class Sorted(Function):
        @staticmethod
        def forward(ctx, x, materialize):
            values, places = tw.sort(x) if hasattr(tw, "sort") else (x * 1, tw.arange(3))
            weights = tw.ones(3)
            ctx.mark_non_differentiable(weights)
            ctx.set_materialize_grads(materialize)
            return values, places, weights, x * 2, "text"

        @staticmethod
        def backward(ctx, g, *others):
            arrived.append([other if other is None else other.tolist() for other in others])
            return g, None

    x = leaf(3)
    for materialize, missing in ((True, [0.0] * 3), (False, None)):
        values, places, weights, double, text = Sorted.apply(x, materialize)
        assert text == "text" and not places.requires_grad and not weights.requires_grad
        assert values.requires_grad and double.requires_grad
        values.sum().backward()
        assert arrived.pop() == [None, None, missing, None]


def test_errors():
    class Wrong(Function):
        @staticmethod
        def forward(ctx, x, what):
            ctx.what = what
            if what == "forward":
                raise KeyError("in forward")
            if what == "dirty":
                ctx.mark_dirty(x)
            if what == "saving":
                ctx.save_for_backward(3)
            return x * 1

        @staticmethod
        def backward(ctx, g):
            if ctx.what == "backward":
                raise KeyError("in backward")
            return {"count": (g,), "type": (3, None), "place": (g, g), "shape": (g[:1].sum(), None)}.get(
                ctx.what, (tw.ones(5), None)
            )

    x = leaf(3)
    with pytest.raises(KeyError, match="in forward"):
        Wrong.apply(x, "forward")
    with pytest.raises(tw.AutogradError, match="mark_dirty"):
        Wrong.apply(x, "dirty")
    with pytest.raises(TypeError, match="int is no Tensor"):
        Wrong.apply(x, "saving")
    with pytest.raises(KeyError, match="in backward") as caught:
        Wrong.apply(x, "backward").sum().backward()
    assert any(
        'raise KeyError("in backward")' in line for line in traceback.format_tb(caught.value.__traceback__)
    )
    for what, error, sentence in (
        ("count", RuntimeError, "1 gradients; forward has 2 arguments"),
        ("type", TypeError, "returned int for argument 0"),
        ("place", RuntimeError, "argument 1, which is no Tensor"),
        ("shape", tw.AutogradError, "gradient of input 0"),
        ("other", tw.AutogradError, "gradient of input 0"),
    ):
        with pytest.raises(error, match=sentence):
            Wrong.apply(x, what).sum().backward()
    y = Scale.apply(x, x, 1)[0]
    with tw.no_grad():
        x += 1
    with pytest.raises(tw.AutogradError, match="Scale needs one of its tensors"):
        y.sum().backward()
    with pytest.raises(tw.AutogradError, match="but in backward"):
        _ = tw.autograd.FunctionCtx().saved_tensors
    with pytest.raises(NotImplementedError):
        Function.apply(x)


def test_once_differentiable():
    class Once(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            assert not tw.is_grad_enabled()
            (x,) = ctx.saved_tensors
            return 2 * x * g

    x = leaf(3)
    assert gradcheck(Once.apply, (x,))
    (gradient,) = tw.autograd.grad((Once.apply(x) * x).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


def test_nothing_is_kept():
    class Data:
        pass

    class Keeper(Function):
        @staticmethod
        def forward(ctx, x, data):
            ctx.data = data
            ctx.save_for_backward(x)
            y = x * 2
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            return g * y / x, None

    x = leaf(3)
    for finish in (lambda y: y.sum().backward(), lambda y: None):
        data = Data()
        seen = weakref.ref(data)
        y = Keeper.apply(x, data)
        del data
        assert seen() is not None
        finish(y)
        del y
        gc.collect()
        assert seen() is None


def test_from_another_thread():
    x = leaf(3)
    caught = []

    def run():
        try:
            Scale.apply(x, x, 1)[0].sum().backward()
            Cube.apply(x)[0].sum().backward()
        except BaseException as error:
            caught.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not caught and x.grad is not None


def test_keywords_and_methods():
    assert gradcheck(lambda x: Scale.apply(x, b=x * 2, n=3)[0], (leaf(2),))

    class Doubled(Function):
        @staticmethod
        def forward(ctx, x):
            return x  # the input itself

        @staticmethod
        def vjp(ctx, g):
            return 2 * g

    x = leaf(2)
    y = Doubled.apply(x)
    y.sum().backward()
    assert y is not x and x.grad.tolist() == [2.0, 2.0]


class Power(Function):
    """x^n and its slope, with a forward mode of its own that counts its calls."""

    calls = 0

    @staticmethod
    def forward(ctx, x, n):
        ctx.save_for_backward(x)
        ctx.save_for_forward(x, None)
        ctx.n = n
        return x**n, n * x ** (n - 1)

    @staticmethod
    def backward(ctx, g, h):
        (x,) = ctx.saved_tensors
        n = ctx.n
        return g * n * x ** (n - 1) + h * n * (n - 1) * x ** (n - 2), None

    @staticmethod
    def jvp(ctx, tangent, nothing):
        x, none = ctx.saved_tensors
        assert nothing is None and none is None
        Power.calls += 1
        n = ctx.n
        return tangent * n * x ** (n - 1), tangent * n * (n - 1) * x ** (n - 2)


def test_forward_mode_of_ones_own():
    x = tw.randn(4, dtype=tw.float64)
    v = tw.randn(4, dtype=tw.float64)
    Power.calls = 0
    values, tangents = tw.func.jvp(lambda x: Power.apply(x, 3), (x,), (v,))
    assert Power.calls > 0
    assert tw.allclose(values[0], x**3) and tw.allclose(tangents[0], 3 * x * x * v)
    assert tw.allclose(tangents[1], 6 * x * v)
    # Beside the reverse mode, through which forward over reverse goes, and twice.
    x.requires_grad = True
    assert gradcheck(lambda x: Power.apply(x, 3)[0], (x,)) and gradgradcheck(
        lambda x: Power.apply(x, 3)[1], (x,)
    )
    inner = lambda x: tw.func.jvp(lambda y: Power.apply(y, 4)[0], (x,), (v,))[1]  # noqa: E731
    assert tw.allclose(tw.func.jvp(inner, (x.detach(),), (v,))[1], 12 * x.detach() ** 2 * v * v)
    # Without one it comes from backward.
    a, b = tw.randn(3), tw.randn(3)
    moved = tw.func.jvp(lambda a: Scale.apply(a, b, 2)[0], (a,), (b,))[1]
    assert tw.allclose(moved, 2 * b * b)


def test_wrong_tangents():
    class Wrong(Power):
        @staticmethod
        def jvp(ctx, tangent, nothing):
            return tangent

    class Shape(Power):
        @staticmethod
        def jvp(ctx, tangent, nothing):
            return tangent[:1], None

    x = tw.ones(3)
    with pytest.raises(RuntimeError, match="tangents"):
        tw.func.jvp(lambda x: Wrong.apply(x, 2), (x,), (x,))
    with pytest.raises(tw.AutogradError, match="tangent of output 0"):
        tw.func.jvp(lambda x: Shape.apply(x, 2), (x,), (x,))
