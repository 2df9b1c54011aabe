"""Functions of functions: derivatives that can be combined, as torch.func."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from . import _C
from ._factories import ones_like, zeros_like
from ._tensor import Tensor
from .autograd.forward_ad import dual_level, make_dual, unpack_dual
from .autograd.grad_mode import enable_grad

__all__ = ["grad", "grad_and_value", "hessian", "hvp", "jacfwd", "jacrev", "jvp", "vjp"]

_Argnums = int | tuple[int, ...]


def jvp(func: Callable[..., Any], primals: tuple, tangents: tuple, *, has_aux: bool = False) -> tuple:
    """`func(*primals)`, and how it moves as the primals move along `tangents`: forward mode.

    It takes the time of about two calls of the function and keeps nothing. With `has_aux` the function
    returns a pair, and its second part comes back as a third result.
    """
    if len(primals) != len(tangents):
        raise ValueError(f"jvp: {len(tangents)} tangents for {len(primals)} primals; give one for each")
    with enable_grad(), dual_level():
        result = func(*(make_dual(x, v) for x, v in zip(primals, tangents, strict=True)))
        result, aux = _auxiliary("jvp", result, has_aux)
        many = not isinstance(result, Tensor)
        pairs = [unpack_dual(y) for y in (result if many else (result,))]
    values = tuple(pair.primal for pair in pairs)
    moved = tuple(zeros_like(p.primal) if p.tangent is None else p.tangent for p in pairs)
    found = (_shaped(values, many), _shaped(moved, many))
    return (*found, aux) if has_aux else found


def vjp(func: Callable[..., Any], *primals: Tensor, has_aux: bool = False) -> tuple:
    """`func(*primals)`, and a function of v that computes v^T J: a tuple of a gradient for each primal.

    That function takes a vector for each output and may be called again and again.
    """
    call = _Call("vjp", func, primals, tuple(range(len(primals))), has_aux)

    def product(*vectors: Tensor) -> tuple:
        seeds = tuple(vectors[0]) if call.many and len(vectors) == 1 else vectors
        return call.differentiate("vjp", call.outputs, seeds)

    return (call.value, product, call.aux) if has_aux else (call.value, product)


def grad_and_value(
    func: Callable[..., Any], argnums: _Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that computes the gradient of the scalar `func` by argument `argnums`, and its value."""

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        call = _Call("grad", func, args, argnums, has_aux, kwargs)
        output = call.scalar("grad")
        gradients = call.shaped(call.differentiate("vjp", (output,), (ones_like(output.detach()),)))
        return gradients, (call.value, call.aux) if has_aux else call.value

    return wrapper


def grad(func: Callable[..., Any], argnums: _Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that computes the gradient of the scalar `func` by argument `argnums`, or by several."""
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        gradients, value = both(*args, **kwargs)
        return (gradients, value[1]) if has_aux else gradients

    return wrapper


def jacrev(func: Callable[..., Any], argnums: _Argnums = 0, *, has_aux: bool = False) -> Callable[..., Any]:
    """A function that computes the Jacobian of `func` by reverse mode, in batches of rows.

    Of shape output.shape + argument.shape; for several `argnums` a tuple, for several outputs one of those.
    """
    return _jacobian("jacobian", func, argnums, has_aux)


def jacfwd(func: Callable[..., Any], argnums: _Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The same by forward mode, a pass for each element of the arguments: for many outputs of few inputs."""
    return _jacobian("jacobian_forward", func, argnums, has_aux)


def hessian(func: Callable[..., Any], argnums: _Argnums = 0) -> Callable[..., Any]:
    """A function that computes the second derivatives of the scalar `func`, in batches of rows."""

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        call = _Call("hessian", func, args, argnums, False, kwargs)
        found = call.differentiate("hessian", (call.scalar("hessian"),), None)
        n = len(call.inputs)
        return call.shaped(tuple(call.shaped(found[i * n : (i + 1) * n]) for i in range(n)))

    return wrapper


def hvp(func: Callable[..., Any], primals: tuple, tangents: tuple) -> Any:
    """The Hessian of the scalar `func` times `tangents`, by forward over reverse: jvp of grad."""
    places = tuple(range(len(primals)))
    found = jvp(grad(func, places), primals, tangents)[1]
    return found if len(primals) > 1 else found[0]


def _jacobian(kind: str, func: Callable[..., Any], argnums: _Argnums, has_aux: bool) -> Callable[..., Any]:
    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        call = _Call(kind, func, args, argnums, has_aux, kwargs)
        rows = tuple(call.shaped(call.differentiate(kind, (y,), None)) for y in call.outputs)
        found = _shaped(rows, call.many)
        return (found, call.aux) if has_aux else found

    return wrapper


class _Depth(threading.local):
    value = 0


_depth = _Depth()


class _Call:
    """A call of the user's function at leaves of its own, recorded."""

    def __init__(
        self,
        name: str,
        func: Callable[..., Any],
        args: tuple,
        argnums: _Argnums,
        has_aux: bool,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        self.several = isinstance(argnums, tuple)
        places = argnums if isinstance(argnums, tuple) else (argnums,)
        values = list(args)
        for place in places:
            if not -len(args) <= place < len(args) or not isinstance(args[place], Tensor):
                raise ValueError(f"{name}: argument {place} is no Tensor; argnums chooses among {len(args)}")
            # Inside another derivative the result is connected with it: by its graph or by its tangents.
            values[place] = _C.point(args[place])
        self.inputs = tuple(values[place] for place in places)
        self._records = _depth.value > 0 or any(isinstance(x, Tensor) and x.requires_grad for x in args)
        _depth.value += 1
        try:
            with enable_grad():
                result = func(*values, **(kwargs or {}))
        finally:
            _depth.value -= 1
        result, self.aux = _auxiliary(name, result, has_aux)
        self.many = not isinstance(result, Tensor)
        self.outputs = tuple(result) if self.many else (result,)
        if not all(isinstance(y, Tensor) for y in self.outputs):
            raise TypeError(f"{name}: the function must return a Tensor or several")
        kept = self.outputs if self._records else tuple(y.detach() for y in self.outputs)
        self.value = _shaped(kept, self.many)

    def differentiate(self, kind: str, outputs: tuple, vectors: tuple | None) -> tuple:
        return _C.differentiate(kind, outputs, self.inputs, vectors, True, self._records, True)

    def scalar(self, name: str) -> Tensor:
        if self.many or self.outputs[0].numel() != 1:
            raise _C.AutogradError(f"{name}: the function must return one tensor of one element")
        return self.outputs[0]

    def shaped(self, values: tuple) -> Any:
        """A tuple where argnums is one."""
        return values if self.several else values[0]


def _auxiliary(name: str, result: Any, has_aux: bool) -> tuple[Any, Any]:
    if not has_aux:
        return result, None
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(f"{name}: with has_aux the function must return a pair")
    return result


def _shaped(values: tuple, many: bool) -> Any:
    return values if many else values[0]
