#!/usr/bin/env python3
"""Compares layers and losses with PyTorch's on the settings with which PyTorch tests itself (`module_db`).

    Scripts/parity modules              every layer that both have
    Scripts/parity modules Conv3d       these, with each setting that differs

Parameters and buffers are PyTorch's. For every setting, in training and evaluation: the results, the gradients of a
weighted sum of them for inputs and parameters, and the buffers afterwards, to the tolerances of parity.py. What
draws random numbers is left out. The exit status is 1 if anything differs.
"""

import sys
import warnings
from collections import Counter
from typing import Any

import parity
import thalweg
import torch
from torch.testing._internal.common_modules import module_db

# Recurrent layers and attention have tests of their own; lazy ones are not there by design.
OTHERS = ("RNN", "LSTM", "GRU", "Transformer", "MultiheadAttention", "Lazy")


def main() -> int:
    """Prints a line a layer; the exit status."""
    warnings.simplefilter("ignore")
    wanted = sys.argv[1:]
    total: Counter[str] = Counter()
    for info in module_db:
        name = info.module_cls.__name__
        if (wanted and name not in wanted) or any(word in name for word in OTHERS):
            continue
        if not hasattr(thalweg.nn, name):
            print(f"{name:30} missing")
            total["missing"] += 1
            continue
        results, complaints = compare(info, name)
        total += results
        if count := results["same"] + results["different"]:
            print(f"{name:30} {100 * results['same'] / count:6.2f} % of {count}")
        for complaint in complaints[: None if wanted else 2]:
            print(f"    {complaint}")
    count = total["same"] + total["different"]
    print(
        f"{100 * total['same'] / max(count, 1):.2f} % of {count} settings; {total['missing']} layers missing, "
        f"{total['inexpressible']} settings not comparable"
    )
    return 1 if total["different"] else 0


def compare(info: Any, name: str) -> tuple[Counter[str], list[str]]:
    """The number of settings that agree and differ, and a sentence for each that differs."""
    results: Counter[str] = Counter()
    complaints = []
    for dtype in (torch.float32, torch.float64):
        for training in (True, False):
            torch.manual_seed(0)
            settings = info.module_inputs_func(
                info, device="cpu", dtype=dtype, requires_grad=True, training=training
            )
            for setting in settings:
                try:
                    complaint = compare_setting(info.module_cls, name, setting, dtype, training)
                except parity.Inexpressible:
                    results["inexpressible"] += 1
                    continue
                except Exception as error:
                    complaint = f"{type(error).__name__}: {error}"
                results["different" if complaint else "same"] += 1
                if complaint:
                    mode = "training" if training else "evaluation"
                    made, given = setting.constructor_input, setting.forward_input
                    text = f"{made.args} {made.kwargs} of {[getattr(x, 'shape', x) for x in given.args]}"
                    complaints.append(f"{dtype}, {mode}, {text}: {complaint}")
    return results, complaints


def compare_setting(layer: Any, name: str, setting: Any, dtype: torch.dtype, training: bool) -> str | None:
    """What differs; None if nothing does."""
    made, given = setting.constructor_input, setting.forward_input
    theirs = layer(*made.args, **made.kwargs).to(dtype)
    leaves: list[tuple[torch.Tensor, Any]] = []
    options = {key: value for key, value in made.kwargs.items() if key != "device"}
    ours = getattr(thalweg.nn, name)(
        *[parity.convert(x, []) for x in made.args],
        **{key: parity.convert(value, []) for key, value in options.items()},
    ).to(parity.DTYPES[dtype])
    ours.load_state_dict({key: value.detach().numpy() for key, value in theirs.state_dict().items()})
    theirs.train(training)
    ours.train(training)
    own = dict(ours.named_parameters())
    leaves += [(parameter, own[key]) for key, parameter in theirs.named_parameters()]
    same: dict[int, Any] = {}  # what is given twice is one tensor here too

    def convert(value: Any) -> Any:
        if id(value) not in same:
            same[id(value)] = parity.convert(value, leaves)
        return same[id(value)]

    inputs = [parity.as_leaf(x) for x in given.args]
    named = {key: parity.as_leaf(value) for key, value in given.kwargs.items()}
    our_inputs = [convert(x) for x in inputs]
    our_named = {key: convert(value) for key, value in named.items()}
    expected = theirs(*inputs, **named)
    with torch.no_grad():
        again = theirs(*inputs, **named) if not theirs.state_dict() else expected
    if isinstance(again, torch.Tensor) and not torch.equal(again.nan_to_num(), expected.nan_to_num()):
        raise parity.Inexpressible  # it draws random numbers
    if complaint := parity.compare_results(ours(*our_inputs, **our_named), expected, leaves):
        return complaint
    own_buffers = dict(ours.named_buffers())
    for key, buffer in theirs.named_buffers():
        if complaint := parity.values(own_buffers[key], buffer, parity.TOLERANCE.get(dtype, (0, 0))[0]):
            return f"buffer {key}: {complaint}"
    return None


if __name__ == "__main__":
    sys.exit(main())
