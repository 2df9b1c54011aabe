"""Operations of one's own: a forward and a backward pass in Python."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .. import _C
from .._tensor import Tensor
from .grad_mode import no_grad

__all__ = ["Function", "FunctionCtx", "once_differentiable"]


class FunctionCtx:
    """What an operation keeps between its passes. Anything but tensors may be kept as an attribute.

    Tensors go through `save_for_backward`: one kept as an attribute is not watched for changes in place, and
    an output kept so would keep itself, for ever.
    """

    needs_input_grad: tuple[bool, ...] = ()

    def __init__(self) -> None:
        self._saved: tuple[Tensor | None, ...] = ()
        self._saved_for_forward: tuple[Tensor | None, ...] = ()
        self._kept: tuple[bool, ...] = ()
        self._is_forward = False
        self._constants: tuple[Any, ...] = ()
        self._materialize = True
        self._token: int | None = None

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keeps tensors for backward, best inputs and outputs: those have their place in the graph there."""
        self._saved = _checked("save_for_backward", tensors)

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keeps tensors for `jvp`; without it `jvp` sees those that were saved for backward."""
        self._saved_for_forward = _checked("save_for_forward", tensors)

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """In backward and jvp: what forward saved. An error if a tensor was changed in place since."""
        if self._token is None:
            raise _C.AutogradError("saved_tensors: there are none but in backward and jvp")
        found = iter(_C.context_saved(self._token))
        everything = tuple(next(found) if kept else None for kept in self._kept)
        count = len(self._kept) - len(self._saved_for_forward)
        return everything[count:] if self._is_forward and self._saved_for_forward else everything[:count]

    def mark_non_differentiable(self, *outputs: Any) -> None:
        """Says which outputs have no gradient. Those that are not floating-point have none anyway."""
        self._constants = outputs

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (the default) or None for an output that no gradient came to."""
        self._materialize = value

    def mark_dirty(self, *tensors: Any) -> None:
        """Not supported: an operation must not change its inputs."""
        raise _C.AutogradError(
            "mark_dirty: an operation cannot change its inputs in place; compute and return a new tensor"
        )


def _checked(name: str, tensors: tuple) -> tuple:
    for tensor in tensors:
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"{name}(): {type(tensor).__name__} is no Tensor; keep other things as attributes of ctx"
            )
    return tensors


class Function:
    """An operation of one's own, as torch.autograd.Function: subclass, then call `apply`.

    Either `forward(ctx, *args)`, or `forward(*args)` beside `setup_context(ctx, inputs, output)`; and
    `backward(ctx, *grad_outputs)`, which returns a gradient, or None, for each argument of forward. All are
    static methods. Nothing is recorded in forward; backward may be differentiated as far as it is made of
    tensor operations. `jvp(ctx, *grad_inputs)` may give forward mode: the tangents of the outputs from those
    of the arguments. Without it forward mode differentiates backward.
    """

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Computes the output or a tuple of outputs; to be overridden."""
        raise NotImplementedError("a Function must define forward")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Saves what backward needs, if forward takes no ctx."""
        raise NotImplementedError("a Function whose forward takes no ctx must define setup_context")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Computes the gradients of the inputs; to be overridden."""
        raise NotImplementedError("a Function must define backward to be differentiated")

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Computes the tangents of the outputs; may be overridden. Tangents that are 0 come as None.

        It may run several times, and must leave ctx as it is.
        """
        raise NotImplementedError("this Function has no jvp")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Runs the operation."""
        ctx = FunctionCtx()
        takes_ctx = cls.setup_context is Function.setup_context
        if kwargs:
            import inspect  # only here: it takes a while to load

            first = (ctx,) if takes_ctx else ()
            bound = inspect.signature(cls.forward).bind(*first, *args, **kwargs)
            bound.apply_defaults()
            args = bound.args[len(first) :]
        ctx.needs_input_grad = tuple(isinstance(x, Tensor) and x.requires_grad for x in args)
        with no_grad():
            if takes_ctx:
                result = cls.forward(ctx, *args)
            else:
                result = cls.forward(*args)
                cls.setup_context(ctx, args, result)
        if not any(ctx.needs_input_grad) or not _C.is_grad_enabled():
            return result
        return _record(cls, ctx, args, result)


def _record(cls: type[Function], ctx: FunctionCtx, args: tuple, result: Any) -> Any:
    many = isinstance(result, tuple)
    results = result if many else (result,)
    places = [i for i, value in enumerate(results) if isinstance(value, Tensor)]
    if not places:
        return result
    outputs = tuple(results[i] for i in places)
    constants = tuple(
        place for place, output in enumerate(outputs) if any(output is value for value in ctx._constants)
    )
    everything_saved = ctx._saved + ctx._saved_for_forward
    saved = tuple(tensor for tensor in everything_saved if tensor is not None)
    ctx._kept = tuple(tensor is not None for tensor in everything_saved)
    ctx._saved, ctx._constants = (), ()  # the engine keeps them
    ctx._saved_for_forward = (None,) * len(ctx._saved_for_forward)
    tensors = [i for i, value in enumerate(args) if isinstance(value, Tensor)]
    step = functools.partial(_backward, cls, ctx, len(args), tensors, len(results), places)
    forward_mode = None
    if cls.jvp is not Function.jvp:
        forward_mode = functools.partial(_jvp, cls, ctx, len(args), tensors, len(results), places)
    inputs = tuple(args[i] for i in tensors)
    found = _C.custom_apply(
        cls.__name__, inputs, outputs, saved, constants, ctx._materialize, step, forward_mode
    )
    everything = list(results)
    for place, tensor in zip(places, found, strict=True):
        everything[place] = tensor
    return tuple(everything) if many else everything[0]


def _backward(
    cls: type[Function],
    ctx: FunctionCtx,
    arg_count: int,
    tensors: list[int],
    result_count: int,
    places: list[int],
    token: int,
    gradients: tuple[Tensor | None, ...],
    needs: tuple[bool, ...],
) -> tuple[Tensor | None, ...]:
    """Called by the engine: the gradients of the tensors among the arguments."""
    arrived: list[Tensor | None] = [None] * result_count
    for place, gradient in zip(places, gradients, strict=True):
        arrived[place] = gradient
    flags = [False] * arg_count
    for place, flag in zip(tensors, needs, strict=True):
        flags[place] = flag
    ctx.needs_input_grad = tuple(flags)
    ctx._token = token
    try:
        function = cls.vjp if cls.backward is Function.backward else cls.backward
        result = function(ctx, *arrived)
    finally:
        ctx._token = None
    found = result if isinstance(result, tuple) else (result,)
    while len(found) > arg_count and found[-1] is None:
        found = found[:-1]
    if len(found) != arg_count:
        raise RuntimeError(
            f"backward of {cls.__name__} returned {len(found)} gradients; forward has {arg_count} arguments, "
            "give one for each, None where there is none"
        )
    for place, gradient in enumerate(found):
        if gradient is None:
            continue
        if not isinstance(gradient, Tensor):
            raise TypeError(
                f"backward of {cls.__name__} returned {type(gradient).__name__} for argument {place}; "
                "a gradient is a Tensor or None"
            )
        if place not in tensors:
            raise RuntimeError(
                f"backward of {cls.__name__} returned a gradient for argument {place}, which is no Tensor; "
                "return None for it"
            )
    return tuple(found[place] for place in tensors)


def _jvp(
    cls: type[Function],
    ctx: FunctionCtx,
    arg_count: int,
    tensors: list[int],
    result_count: int,
    places: list[int],
    token: int,
    tangents: tuple[Tensor | None, ...],
) -> tuple[Tensor | None, ...]:
    """Called by the engine: the tangents of the tensors among the results."""
    arrived: list[Tensor | None] = [None] * arg_count
    for place, tangent in zip(tensors, tangents, strict=True):
        arrived[place] = tangent
    ctx._token, ctx._is_forward = token, True
    try:
        result = cls.jvp(ctx, *arrived)
    finally:
        ctx._token, ctx._is_forward = None, False
    found = result if isinstance(result, tuple) else (result,)
    if len(found) != result_count:
        raise RuntimeError(
            f"jvp of {cls.__name__} returned {len(found)} tangents; forward has {result_count} outputs, "
            "give one for each, None where there is none"
        )
    return tuple(found[place] for place in places)


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """For a `backward` that is not made of tensor operations: differentiating it again is an error."""

    @functools.wraps(function)
    def wrapper(ctx: Any, *gradients: Any) -> Any:
        recording = _C.is_grad_enabled()
        with no_grad():
            result = function(ctx, *gradients)
        needed = [g for g in gradients if isinstance(g, Tensor) and g.requires_grad]
        if not recording or not needed:
            return result
        found = result if isinstance(result, tuple) else (result,)
        guarded = tuple(_Once.apply(g, *needed) if isinstance(g, Tensor) else g for g in found)
        return guarded if isinstance(result, tuple) else guarded[0]

    return wrapper


class _Once(Function):
    """The first argument, which cannot be differentiated with respect to the others."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, *others: Tensor) -> Tensor:
        return value.detach()

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable"
        )
