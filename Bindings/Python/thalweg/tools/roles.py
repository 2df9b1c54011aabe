"""What the tensors of a file are: which kind of file it is, and of which layer each is what."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .. import _C
from .._files import Entry

CHECKPOINT = "a checkpoint of Thalweg"
MODEL = "a model file of Thalweg"
WEIGHTS = "a weights file of Thalweg"
KERAS = "weights of Keras 3"
LEGACY = "a model or weights of Keras 2"
STATE = "a state dictionary"
DATA = "data sets"

_TENSORS = "/thalweg/tensors/"
_TRAINING = "/thalweg/training/tensors/"
# Last parts of names that parameters and buffers of PyTorch's layers have.
_PARAMETERS = ("weight", "bias", "in_proj_weight", "in_proj_bias", "weight_g", "weight_v", "alpha")
_BUFFERS = ("running_mean", "running_var", "num_batches_tracked")


@dataclass
class Roles:
    """What was found."""

    kind: str
    facts: list[str] = field(default_factory=list)
    of: dict[str, str] = field(default_factory=dict)  # by path
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def totals(self) -> list[str]:
        """Sums, in words."""
        from .inspect import size_text

        counts = self.counts
        size = size_text(counts["bytes"])
        lines = [f"{counts['datasets']} data sets in {counts['groups']} groups, {size} in memory."]
        if self.kind != DATA:
            size = size_text(counts["parameter_bytes"])
            lines.append(f"{counts['parameters']:,} parameters, {size}.")
        return lines


def of(path: str, entries: list[Entry]) -> Roles:
    """Finds out."""
    known = {entry.path: entry for entry in entries}
    roles = Roles(_kind(known))
    for facts in (_model, _training):
        with contextlib.suppress(_C.Error, ValueError, KeyError, TypeError, IndexError):
            facts(path, known, roles)
    for entry in entries:
        if entry.kind != "dataset" or entry.path in roles.of:
            continue
        if role := _role(entry, roles.kind):
            roles.of[entry.path] = role
    for entry in entries:  # the same data under Keras's name and ours, which says more
        other = entry.details.get("same_as")
        if other and entry.path in roles.of:
            roles.of[other] = roles.of[entry.path]
    roles.counts = _counts(entries, roles)
    return roles


def _kind(known: dict[str, Entry]) -> str:
    if "/thalweg/training/state" in known:
        return CHECKPOINT
    if "/thalweg/architecture" in known:
        return MODEL
    if "/thalweg/tensors" in known:
        return WEIGHTS
    root = known["/"].attributes if "/" in known else {}
    if "model_config" in root or "layer_names" in root or "/model_weights" in known:
        return LEGACY
    names = [path for path, entry in known.items() if entry.kind == "dataset"]
    if any("/vars/" in path for path in names) and ("/layers" in known or "/vars" in known):
        return KERAS
    parameters = sum(_leaf(path) in (*_PARAMETERS, *_BUFFERS) for path in names)
    return STATE if names and 2 * parameters >= len(names) else DATA


def _leaf(path: str) -> str:
    """The last part of a name; weight_ih_l0 is a weight."""
    name = path.rpartition("/")[2].rpartition(".")[2]
    return next((word for word in ("weight", "bias") if name.startswith(f"{word}_")), name)


def _text(path: str, name: str) -> Any:
    return json.loads(bytes(_C.hdf5_read(path, name).tolist()))


def _model(path: str, known: dict[str, Entry], roles: Roles) -> None:
    """The layers of a model file."""
    if "/thalweg/architecture" not in known:
        return
    roles.of["/thalweg/architecture"] = "how the layers are made (JSON)"
    modules = _text(path, "/thalweg/architecture")["modules"]
    layers = []
    for module in modules:
        name = module.get("layer") or module.get("class")
        layers.append(name)
        for member in module["members"]:
            for kind in ("parameter", "buffer"):
                if kind in member:
                    what = f"{kind} {member['name']} of {name}"
                    if not member.get("requires_grad", True) and kind == "parameter":
                        what += ", frozen"
                    roles.of.setdefault(_TENSORS + member[kind], what)
    roles.facts.append(
        f"model: {layers[0]} of {len(layers) - 1} modules" if len(layers) > 1 else f"model: {layers[0]}"
    )


def _training(path: str, known: dict[str, Entry], roles: Roles) -> None:
    """What training goes on from."""
    if "/thalweg/training/state" not in known:
        return
    roles.of["/thalweg/training/state"] = "steps, generators, schedules, notes (JSON)"
    state = _text(path, "/thalweg/training/state")
    roles.facts.append(f"step {state['step']}, epoch {state['epoch']}")
    if "best_score" in state:
        roles.facts.append(f"best score {state['best_score']}")
    if optimizer := state.get("optimizer"):
        groups = [", ".join(f"{k} {v}" for k, v in list(g.items())[:4]) for g in optimizer["groups"]]
        roles.facts.append(f"optimiser: {optimizer['name']} ({'; '.join(groups)})")
        for name in optimizer["state"]:
            roles.of[_TRAINING + name] = (
                f"optimiser state: {name.rpartition('.')[2]} of parameter {name.rpartition('.')[0]}"
            )
    if schedules := state.get("schedules"):
        roles.facts.append(f"{len(schedules)} schedules of the learning rate")
    seeds = ", ".join(f"seed {g['seed']} at {g['offset']}" for g in state.get("generators", []))
    roles.facts.append(f"random numbers: {seeds}")
    if loader := state.get("loader"):
        roles.facts.append(f"place in the data: epoch {loader['epoch']}, sample {loader['samples']}")
    for note in (state.get("metadata") or {}).items():
        roles.facts.append("note {} = {}".format(*note))


def _role(entry: Entry, kind: str) -> str:
    path = entry.path
    if path.startswith(_TENSORS) or kind == STATE:
        name = path.removeprefix(_TENSORS).lstrip("/").replace("/", ".")
        owner, _, last = name.rpartition(".")
        leaf = _leaf(path)
        word = "buffer" if leaf in _BUFFERS else "parameter" if leaf in _PARAMETERS else "tensor"
        return f"{word} {last}{' of ' + owner if owner else ''}"
    if path.startswith(_TRAINING):
        return "optimiser state"
    if kind in (KERAS, WEIGHTS, MODEL, CHECKPOINT) and "/vars/" in path:
        owner, _, index = path.rpartition("/vars/")
        if owner.startswith("/optimizer") or path.startswith("/optimizer/"):
            names = {"0": "steps", "1": "learning rate"}
            return f"optimiser state{': ' + names[index] if index in names else ''}"
        return f"tensor {index} of {owner.rpartition('/')[2] or 'the model'}"
    if kind == LEGACY:
        if path.startswith("/optimizer_weights/"):
            return "optimiser state"
        return f"{path.rpartition('/')[2].partition(':')[0]} of {path.rpartition('/')[0].rpartition('/')[2]}"
    if entry.attributes.get("CLASS") == "DIMENSION_SCALE":
        return "dimension"
    return ""


def _parameters(entries: list[Entry], roles: Roles) -> Iterator[Entry]:
    for entry in entries:
        role = roles.of.get(entry.path, "")
        if entry.kind != "dataset" or "same_as" in entry.details:
            continue
        if role.startswith(("parameter", "tensor")) or (
            roles.kind == LEGACY and " of " in role and not role.startswith(("moving_", "optimiser"))
        ):
            yield entry


def _counts(entries: list[Entry], roles: Roles) -> dict[str, int]:
    datasets = [e for e in entries if e.kind == "dataset" and "same_as" not in e.details]
    parameters = list(_parameters(entries, roles)) if roles.kind != DATA else []
    return {
        "datasets": len(datasets),
        "groups": sum(e.kind == "group" for e in entries),
        "bytes": sum(e.details.get("bytes", 0) for e in datasets),
        "parameters": sum(_numel(e) for e in parameters),
        "parameter_bytes": sum(e.details.get("bytes", 0) for e in parameters),
    }


def _numel(entry: Entry) -> int:
    count = 1
    for size in entry.shape:
        count *= size
    return count
