#!/usr/bin/env python3
"""Compares operations with PyTorch's on the inputs with which PyTorch tests itself (`op_db`).

    Scripts/parity                    every operation that both have; installs PyTorch first
    Scripts/parity gelu linalg.norm   these, with each sample that differs

For every sample: shape, dtype and values of the results, and in floating point the gradients of a weighted sum of
them. |ours - theirs| <= 2e-5 (1 + |theirs|) in float32, 1e-4 for its gradients, 1e-10 in float64. Of random and of
uninitialised numbers shape and dtype alone; of equal elements sorting and choosing may name any. Complex numbers are
[..., 2] here, as PyTorch's view_as_real gives them.
The exit status is 1 if a sample of the operations in `core.txt` differs, or more than 2 % of those in `tail.txt`.
"""

import argparse
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import thalweg
import torch
from torch.testing._internal.common_methods_invocations import op_db

DTYPES = {
    torch.float32: thalweg.float32,
    torch.float64: thalweg.float64,
    torch.int64: thalweg.int64,
    torch.int32: thalweg.int32,
    torch.uint8: thalweg.uint8,
    torch.bool: thalweg.bool,
}
TOLERANCE = {torch.float32: (2e-5, 1e-4), torch.float64: (1e-10, 1e-10)}
# Where op_db gives the arguments in another order than the function takes them.
REORDERED = {
    "einsum": lambda operands, equation: thalweg.einsum(equation, *operands),
    "where": lambda input, condition, other: thalweg.where(condition, input, other),
    "nn.functional.embedding": lambda weight, index, **named: thalweg.nn.functional.embedding(
        index, weight, **named
    ),
}
REORDERED |= dict.fromkeys(("polygamma", "special.polygamma"), lambda input, n: thalweg.polygamma(n, input))


def _of_complex(name: str) -> Any:
    """A transform of complex numbers, for the real ones that PyTorch takes for such."""

    def function(input: Any, *args: Any, **kwargs: Any) -> Any:
        real = input if input.dtype.is_floating_point else input.to(thalweg.float32)
        return getattr(thalweg.fft, name)(
            thalweg.stack([real, thalweg.zeros_like(real)], -1), *args, **kwargs
        )

    return function


_OF_COMPLEX = ("fft", "ifft", "irfft", "hfft", "fft2", "ifft2", "irfft2", "fftn", "ifftn", "irfftn")
REORDERED |= {f"fft.{name}": _of_complex(name) for name in _OF_COMPLEX}
# Variants that op_db wraps.
WRAPPED = {
    "linalg.lstsq.grad_oriented": lambda a, b, driver: thalweg.linalg.lstsq(a, b, driver=driver)[:2],
    "linalg.pinv.singular": lambda a, b: thalweg.linalg.pinv(a @ b.mT),
}
# Random, or whatever the memory held.
UNDETERMINED = {
    "bernoulli", "empty", "empty_like", "multinomial", "normal", "rand_like", "randint", "randint_like", "randn",
    "randn_like", "nn.functional.alpha_dropout", "nn.functional.dropout", "nn.functional.dropout2d",
    "nn.functional.dropout3d", "nn.functional.feature_alpha_dropout", "nn.functional.rrelu",
    "nn.functional.fractional_max_pool2d", "nn.functional.fractional_max_pool3d",
}  # fmt: skip
# What chooses among elements, and which argument is the dimension.
CHOOSING = {"sort": 0, "argsort": 0, "mode": 0, "median": 0, "nanmedian": 0, "topk": 1, "kthvalue": 1}
CORE = Path(__file__).with_name("core.txt")
TAIL = Path(__file__).with_name("tail.txt")


class Inexpressible(Exception):
    """A sample with something that Thalweg does not have by design: complex numbers, half precision, sparse tensors."""


def main() -> int:
    """Prints a line an operation; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="operations, as PyTorch's op_db names them")
    parser.add_argument("--core", action="store_true", help="only the operations of core.txt")
    parser.add_argument("--tail", action="store_true", help="only the operations of tail.txt")
    parser.add_argument(
        "--more", action="store_true", help="PyTorch's larger set of inputs, where it has one"
    )
    parser.add_argument("--missing", action="store_true", help="list those that Thalweg lacks as well")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    core, tail = set(CORE.read_text().split()), set(TAIL.read_text().split())

    total: Counter[str] = Counter()
    of_tail: Counter[str] = Counter()
    failed = []
    for info in op_db:
        name = f"{info.name}.{info.variant_test_name}" if info.variant_test_name else info.name
        if options.names and name not in options.names and info.name not in options.names:
            continue
        chosen = (core if options.core else set()) | (tail if options.tail else set())
        if chosen and info.name not in chosen:
            continue
        function = WRAPPED.get(name) or find(info.name)
        if function is None:
            total["missing"] += 1
            if options.names or options.missing or info.name in core | tail:
                print(f"{name:45} missing")
                failed += [name] * (info.name in core)
            continue
        results, complaints = compare(info, function, options.more)
        total += results
        if info.name in tail:
            of_tail += results
        count = results["same"] + results["different"]
        if count:
            print(f"{name:45} {100 * results['same'] / count:6.2f} % of {count}")
        for complaint in complaints[: None if options.names else 2]:
            print(f"    {complaint}")
        failed += [name] * (results["different"] > 0 and info.name in core)
    count = total["same"] + total["different"]
    print(
        f"{100 * total['same'] / max(count, 1):.2f} % of {count} samples; {total['missing']} operations missing"
    )
    tail_count = max(of_tail["same"] + of_tail["different"], 1)
    print(f"of the tail, {100 * of_tail['same'] / tail_count:.2f} %")
    print(f"of the core, {len(failed)} with differences: {' '.join(failed)}")
    return 1 if failed or of_tail["different"] > 0.02 * tail_count else 0


def find(name: str) -> Any:
    """Thalweg's function of PyTorch's name, or a method; None if it has neither."""
    place: Any = thalweg
    for part in name.split("."):
        place = getattr(place, part, None)
    if name in REORDERED:
        return REORDERED[name]
    if not callable(place) and "." not in name and hasattr(thalweg.Tensor, name):
        return lambda tensor, *args, **kwargs: member(getattr(tensor, name), *args, **kwargs)
    return place


def member(value: Any, *args: Any, **kwargs: Any) -> Any:
    """The result of a method, or a property's value."""
    return value(*args, **kwargs) if callable(value) else value


def compare(info: Any, function: Any, more: bool) -> tuple[Counter[str], list[str]]:
    """The number of samples that agree and differ, and a sentence for each that differs."""
    results: Counter[str] = Counter()
    complaints = []
    for dtype in DTYPES:
        if dtype not in info.dtypes:
            continue
        differentiable = dtype.is_floating_point and info.supports_autograd
        torch.manual_seed(0)
        samples = info.reference_inputs if more else info.sample_inputs
        for number, sample in enumerate(made(samples("cpu", dtype, requires_grad=differentiable))):
            try:
                complaint = compare_sample(info, function, sample, dtype)
            except Inexpressible:
                continue
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                complaint = f"{type(error).__name__}: {error}"
            results["different" if complaint else "same"] += 1
            if complaint:
                complaints.append(f"{dtype}, sample {number}, {summary(sample)}: {complaint}")
    return results, complaints


def made(samples: Iterable[Any]) -> Iterator[Any]:
    """The samples as far as PyTorch makes them: some makers ask for gradients of integers and fail."""
    try:
        yield from samples
    except ValueError as error:
        print(f"    PyTorch's maker of samples failed: {error}")


def compare_sample(info: Any, function: Any, sample: Any, dtype: torch.dtype) -> str | None:
    """What differs; None if nothing does."""
    sample = sample.transform(as_leaf)
    leaves: list[tuple[torch.Tensor, Any]] = []
    ours_in = [convert(x, leaves) for x in (sample.input, *sample.args)]
    ours_named = {key: convert(value, leaves) for key, value in sample.kwargs.items() if key != "device"}
    torch.manual_seed(1)
    theirs = sample.output_process_fn_grad(info.op(sample.input, *sample.args, **sample.kwargs))
    ours = sample.output_process_fn_grad(function(*ours_in, **ours_named))
    if info.name in UNDETERMINED:
        pairs: list[tuple[Any, Any]] = []
        complaint = match(ours, theirs, pairs)
        wrong = (
            f"shape {a.shape}, PyTorch's {b.shape}" for a, b in pairs if tuple(a.shape) != tuple(b.shape)
        )
        return complaint or next(wrong, None)
    if info.name in CHOOSING and sample.input.dim() > 0:
        place = CHOOSING[info.name]
        dim = sample.kwargs.get("dim", sample.args[place] if len(sample.args) > place else -1)
        theirs = chosen(ours, theirs, sample.input.detach(), dim)
    return compare_results(ours, theirs, leaves)


def chosen(ours: Any, theirs: Any, input: torch.Tensor, dim: int) -> Any:
    """PyTorch's results with our indices where both are those of equal elements."""
    if isinstance(theirs, (list, tuple)):
        return (
            (theirs[0], chosen(ours[1], theirs[1], input, dim)) if len(ours) == len(theirs) == 2 else theirs
        )
    if theirs.dtype is not torch.int64 or ours.dtype is not thalweg.int64:
        return theirs
    if tuple(ours.shape) != tuple(theirs.shape) or input.numel() == 0:
        return theirs
    own = torch.tensor(ours.numpy())
    if own.dim() < input.dim():
        first, second = own.unsqueeze(dim), theirs.unsqueeze(dim)
    else:
        first, second = own, theirs
    if first.min() < 0 or first.max() >= input.shape[dim]:
        return theirs
    same = input.gather(dim, first) == input.gather(dim, second)
    return torch.where(same.reshape(theirs.shape), own, theirs)


def compare_results(ours: Any, theirs: Any, leaves: list[tuple[torch.Tensor, Any]]) -> str | None:
    """What differs in the results, or in the leaves' gradients of a weighted sum of them."""
    pairs: list[tuple[Any, Any]] = []
    complaint = match(ours, theirs, pairs)
    if complaint:
        return complaint
    loss_ours: Any = None
    loss_theirs: Any = None
    random = np.random.default_rng(0)
    for i, (a, b) in enumerate(pairs):
        complaint = values(a, b, TOLERANCE.get(b.dtype, (0, 0))[0])
        if complaint:
            return f"result {i}: {complaint}"
        if b.requires_grad != bool(a.requires_grad):
            return f"result {i}: requires_grad is {a.requires_grad}, PyTorch's {b.requires_grad}"
        if b.requires_grad:
            weights = random.normal(size=tuple(b.shape))
            more = (b * torch.tensor(weights, dtype=b.dtype)).sum()
            loss_theirs = more if loss_theirs is None else loss_theirs + more
            more = (a * thalweg.tensor(weights, dtype=DTYPES[b.dtype])).sum()
            loss_ours = more if loss_ours is None else loss_ours + more
    if loss_theirs is None:
        return None
    loss_theirs.backward()
    loss_ours.backward()
    for i, (leaf, our_leaf) in enumerate(leaves):
        if not leaf.requires_grad:
            continue
        if (leaf.grad is None) != (our_leaf.grad is None):
            return f"gradient {i}: {our_leaf.grad}, PyTorch's {leaf.grad}"
        if leaf.grad is not None:
            complaint = values(our_leaf.grad, leaf.grad, TOLERANCE.get(leaf.dtype, (0, 0))[1])
            if complaint:
                return f"gradient {i}: {complaint}"
    return None


def as_leaf(value: Any) -> Any:
    """A leaf that is a view of another never gets a gradient in PyTorch: one of its own, with the same strides."""
    if isinstance(value, torch.Tensor) and value.requires_grad and value.is_leaf and value._base is not None:
        return value.detach().requires_grad_()
    return value


def convert(value: Any, leaves: list[tuple[torch.Tensor, Any]]) -> Any:
    """The same for Thalweg, with strides kept; tensors are noted in `leaves`."""
    if isinstance(value, torch.Tensor):
        if (
            value.dtype not in DTYPES
            or value.layout is not torch.strided
            or value.dim() > thalweg._C.MAX_RANK
        ):
            raise Inexpressible
        if value.is_leaf:
            value.grad = None
        elif value.requires_grad:
            value.retain_grad()
        ours = thalweg.from_dlpack(value.detach().clone(memory_format=torch.preserve_format))
        if value.requires_grad:
            ours.requires_grad = True
        leaves.append((value, ours))
        return ours
    if isinstance(value, torch.dtype):
        if value not in DTYPES:
            raise Inexpressible
        return DTYPES[value]
    if isinstance(value, (complex, torch.layout, torch.memory_format, torch.Generator)):
        raise Inexpressible
    if isinstance(value, torch.nn.PairwiseDistance):
        return thalweg.nn.PairwiseDistance(value.norm, value.eps, value.keepdim)
    if isinstance(value, torch.Size):
        return tuple(value)
    if isinstance(value, (list, tuple)):
        return type(value)(convert(x, leaves) for x in value)
    return value


def match(ours: Any, theirs: Any, pairs: list[tuple[Any, Any]]) -> str | None:
    """Pairs the tensors of two results."""
    if isinstance(theirs, torch.Tensor):
        if not isinstance(ours, thalweg.Tensor):
            return f"{type(ours).__name__} instead of a tensor"
        if theirs.is_complex() and ours.ndim == theirs.dim() + 1:
            theirs = torch.view_as_real(theirs.resolve_conj())
        if theirs.dtype not in DTYPES:
            raise Inexpressible
        if ours.dtype is not DTYPES[theirs.dtype]:
            return f"dtype {ours.dtype}, PyTorch's {theirs.dtype}"
        pairs.append((ours, theirs))
        return None
    if isinstance(theirs, (list, tuple)):
        if len(ours) != len(theirs):
            return f"{len(ours)} results, PyTorch's {len(theirs)}"
        return next(filter(None, (match(a, b, pairs) for a, b in zip(ours, theirs, strict=True))), None)
    if isinstance(theirs, float):
        return None if abs(ours - theirs) <= 2e-5 * (1 + abs(theirs)) else f"{ours}, PyTorch's {theirs}"
    return None if ours == theirs else f"{ours!r}, PyTorch's {theirs!r}"


def values(ours: Any, theirs: torch.Tensor, tolerance: float) -> str | None:
    """Where two tensors differ most."""
    a, b = ours.detach().numpy(), theirs.detach().numpy()
    if a.shape != b.shape:
        return f"shape {a.shape}, PyTorch's {b.shape}"
    with np.errstate(all="ignore"):
        excess = np.abs(a.astype(np.float64) - b) - tolerance * (1 + np.abs(b))
        wrong = ~((excess <= 0) | (a == b) | (np.isnan(a) & np.isnan(b)))
    if not wrong.any():
        return None
    place = np.unravel_index(np.argmax(np.where(wrong, np.nan_to_num(excess, nan=np.inf), -np.inf)), a.shape)
    return f"{a[place]} at {[int(i) for i in place]} of {a.shape}, PyTorch's {b[place]}; {wrong.sum()} differ"


def summary(sample: Any) -> str:
    """A sample in short."""

    def short(value: Any) -> str:
        if isinstance(value, torch.Tensor):
            return f"tensor{list(value.shape)}" + (f":{value.item()}" if value.dim() == 0 else "")
        if isinstance(value, (list, tuple)):
            return f"[{', '.join(short(x) for x in value)}]"
        return repr(value)

    named = [f"{key}={short(value)}" for key, value in sample.kwargs.items()]
    return f"({', '.join([short(x) for x in (sample.input, *sample.args)] + named)})"


if __name__ == "__main__":
    sys.exit(main())
