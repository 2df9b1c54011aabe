"""Derivatives of functions, as torch.autograd.functional: Jacobians, Hessians and products with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import _C
from .._factories import ones_like
from .._tensor import Tensor
from .grad_mode import enable_grad

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

_Tensors = Tensor | Sequence[Tensor]


def vjp(
    func: Callable[..., Any],
    inputs: _Tensors,
    v: _Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """`func(*inputs)` and v^T J, of the inputs' shapes.

    `v` has the shapes of the outputs; it may be left out for one output of one element. With `create_graph`
    the results can be differentiated; `strict` refuses an output that does not depend on an input.
    """
    call = _Call(func, inputs, create_graph, strict)
    vectors = _vectors("vjp", v, call.outputs, "output")
    found = call.differentiate("vjp", call.outputs, vectors)
    return call.result, call.shaped(found, call.many_inputs)


def jvp(
    func: Callable[..., Any],
    inputs: _Tensors,
    v: _Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """`func(*inputs)` and J v, of the outputs' shapes.

    `v` has the shapes of the inputs; it may be left out for one input of one element.
    """
    call = _Call(func, inputs, create_graph, strict)
    vectors = _vectors("jvp", v, call.inputs, "input")
    found = call.differentiate("jvp", call.outputs, vectors)
    return call.result, call.shaped(found, call.many_outputs)


def jacobian(
    func: Callable[..., Any],
    inputs: _Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian of `func`, of shape output.shape + input.shape.

    For several inputs a tuple of them, for several outputs a tuple of those. `strategy` "forward-mode" takes
    a pass for each element of the inputs, "reverse-mode" batches of rows whether `vectorize` or not.
    """
    if strategy not in ("reverse-mode", "forward-mode"):
        raise ValueError(f"jacobian: strategy {strategy!r} does not exist; reverse-mode and forward-mode do")
    kind = "jacobian" if strategy == "reverse-mode" else "jacobian_forward"
    call = _Call(func, inputs, create_graph, strict)
    rows = [call.shaped(call.differentiate(kind, (y,), None), call.many_inputs) for y in call.outputs]
    return call.shaped(tuple(rows), call.many_outputs)


def hessian(
    func: Callable[..., Any],
    inputs: _Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of `func`, whose result is a scalar: [i][j] has the shape of inputs i and j."""
    call = _Call(func, inputs, create_graph, strict)
    call.check_scalar("hessian")
    found = call.differentiate("hessian", call.outputs, None)
    n = len(call.inputs)
    rows = tuple(call.shaped(found[i * n : (i + 1) * n], call.many_inputs) for i in range(n))
    return call.shaped(rows, call.many_inputs)


def hvp(
    func: Callable[..., Any],
    inputs: _Tensors,
    v: _Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """`func(*inputs)`, of one element, and its Hessian times `v`, which has the inputs' shapes."""
    call = _Call(func, inputs, create_graph, strict)
    call.check_scalar("hvp")
    vectors = _vectors("hvp", v, call.inputs, "input")
    found = call.differentiate("hvp", call.outputs, vectors)
    return call.result, call.shaped(found, call.many_inputs)


def vhp(
    func: Callable[..., Any],
    inputs: _Tensors,
    v: _Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """`func(*inputs)` and v^T times its Hessian, which is symmetric: the same as `hvp`."""
    return hvp(func, inputs, v, create_graph, strict)


class _Call:
    """A call of the user's function, recorded."""

    def __init__(self, func: Callable[..., Any], inputs: _Tensors, create_graph: bool, strict: bool) -> None:
        self.create_graph = create_graph
        self.many_inputs = not isinstance(inputs, Tensor)
        given = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
        # With create_graph the results depend on the user's own tensors, through a view of each.
        self.inputs = tuple(
            x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_() for x in given
        )
        with enable_grad():
            result = func(*self.inputs)
        self.many_outputs = not isinstance(result, Tensor)
        self.outputs = (result,) if isinstance(result, Tensor) else tuple(result)
        if not all(isinstance(y, Tensor) for y in self.outputs):
            raise TypeError("the function must return a Tensor or several")
        if strict:
            for y in self.outputs:
                if not y.requires_grad:
                    raise _C.AutogradError("strict: an output does not depend on the inputs")
                _C.differentiate("grad", (y,), self.inputs, (ones_like(y),), True, False, False)
        kept = self.outputs if create_graph else tuple(y.detach() for y in self.outputs)
        self.result = kept if self.many_outputs else kept[0]

    def differentiate(self, kind: str, outputs: tuple, vectors: tuple | None) -> tuple:
        return _C.differentiate(kind, outputs, self.inputs, vectors, True, self.create_graph, True)

    def check_scalar(self, name: str) -> None:
        if self.many_outputs:
            raise _C.AutogradError(
                f"{name}: the function returns several tensors; only a scalar has a Hessian"
            )

    @staticmethod
    def shaped(values: tuple, many: bool) -> Any:
        """A tuple where the user gave or returned one."""
        return values if many else values[0]


def _vectors(name: str, v: _Tensors | None, like: tuple, kind: str) -> tuple:
    if v is not None:
        return (v,) if isinstance(v, Tensor) else tuple(v)
    if len(like) != 1 or like[0].numel() != 1:
        raise _C.AutogradError(f"{name}: v can be left out only for a single {kind} of one element")
    return (ones_like(like[0]),)
