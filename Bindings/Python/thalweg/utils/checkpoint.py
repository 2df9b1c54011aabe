"""Time for memory: computing again in backward what forward did not keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .. import _C
from .._tensor import Tensor

__all__ = ["checkpoint", "checkpoint_sequential"]


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    determinism_check: str = "default",
    debug: bool = False,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)`, of which backward keeps the tensors among `args` and nothing else.

    Backward calls the function once more when it needs the rest (Chen et al. 2016). It must compute the same
    both times, from its arguments and from what it refers to; it may return anything, and calls may be
    nested. With `preserve_rng_state` every generator gives the second time what it gave the first. Running
    statistics of normalisation change the first time only (in PyTorch twice). There is one implementation,
    which is PyTorch's with `use_reentrant` False: gradients may be differentiated again, `grad` works, and
    inputs need not require a gradient. `determinism_check` and `debug` change nothing: shapes and dtypes are
    always compared.
    """
    places = [i for i, value in enumerate(args) if isinstance(value, Tensor)]
    template: list[Any] = [None if isinstance(value, Tensor) else value for value in args]
    first: list[tuple] = [args]  # the caller's own objects, for the first call
    found: list[Any] = []

    def run(*tensors: Tensor) -> None:
        if first:
            found.append(function(*first.pop(), **kwargs))
            return
        values = list(template)
        for place, tensor in zip(places, tensors, strict=True):
            values[place] = tensor
        function(*values, **kwargs)

    tensors = tuple(args[place] for place in places)
    _C.checkpoint(run, tensors, preserve_rng_state)
    return found.pop()


def checkpoint_sequential(
    functions: Iterable[Callable[[Any], Any]],
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
) -> Any:
    """The functions one after the other, in `segments` of equal length, all but the last checkpointed.

    For n of them √n segments need least. nn.CheckpointedSequential is the same as a module.
    """
    chain = list(functions)
    if segments < 1:
        raise ValueError(f"checkpoint_sequential: {segments} segments; there must be at least 1")
    segments = min(segments, max(len(chain), 1))
    length = len(chain) // segments

    def run(start: int, stop: int) -> Callable[[Any], Any]:
        def part(value: Any) -> Any:
            for function in chain[start:stop]:
                value = function(value)
            return value

        return part

    for segment in range(segments - 1):
        part = run(segment * length, (segment + 1) * length)
        input = checkpoint(part, input, use_reentrant=use_reentrant, preserve_rng_state=preserve_rng_state)
    return run((segments - 1) * length, len(chain))(input)
