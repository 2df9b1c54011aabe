"""`python -m thalweg inspect`: what is in an HDF5 file, and whether a model fits it.

The file is read in a process of its own, since the HDF5 library may crash on a damaged one.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from .. import io
from .._files import Entry
from .._states import state_entries
from ..nn.module import Module
from . import roles
from .models import load_model

_SECONDS = 120.0


def add(commands: Any) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "inspect",
        help="what is in an HDF5 file: tree, shapes, storage, what each tensor is; whether a model fits",
        description="Shows the tree of an HDF5 file: types, shapes, storage, attributes, and what each tensor"
        " is in files of weights, models, checkpoints and state dictionaries.",
        epilog="Exit status: 0; 1 if the model does not fit; 2 if the file cannot be read.",
    )
    parser.add_argument("file", help="any HDF5 file")
    parser.add_argument(
        "--model",
        metavar="MODEL",
        help="also say whether the weights are this model's: a model file of thalweg.io.save,"
        " or module:function of Python that makes it",
    )
    parser.add_argument("--group", metavar="GROUP", help="where in the file the model's weights are")
    parser.add_argument("--attributes", action="store_true", help="all attributes, not cut to a line")
    parser.add_argument("--json", action="store_true", help="for programs: one JSON object")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace, arguments: list[str]) -> int:
    """Runs the command."""
    with io.isolation("always", seconds=_SECONDS):
        return _show(chosen)


def _show(chosen: argparse.Namespace) -> int:
    entries = io.contents(chosen.file)
    what = roles.of(chosen.file, entries)
    fit = None if chosen.model is None else _fit(chosen, entries, load_model(chosen.model), what)
    if chosen.json:
        print(json.dumps(_as_json(chosen.file, entries, what, fit), indent=1))
    else:
        print("\n".join(_lines(chosen, entries, what, fit)))
    return 0 if fit is None or fit["fits"] else 1


# -- Whether a model fits ------------------------------------------------------------------------------------


def _fit(
    chosen: argparse.Namespace, entries: list[Entry], model: Module, what: roles.Roles
) -> dict[str, Any]:
    own = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    if what.kind == roles.KERAS and not chosen.group:
        try:
            io.load_weights(model, chosen.file)
        except ValueError as error:
            return {"fits": False, "missing": [], "unused": [], "mismatched": [], "reason": str(error)}
        return {"fits": True, "missing": [], "unused": [], "mismatched": [], "tensors": len(own)}
    stored = {
        name: tuple(_ours(entry))
        for name, entry in state_entries(chosen.file, entries, chosen.group or "").items()
    }
    wrong = [
        {"name": name, "expected": list(own[name]), "found": list(stored[name])}
        for name in own
        if name in stored and own[name] != stored[name]
    ]
    missing = [name for name in own if name not in stored]
    unused = [name for name in stored if name not in own]
    return {
        "fits": not (missing or unused or wrong),
        "missing": missing,
        "unused": unused,
        "mismatched": wrong,
        "tensors": len(own),
    }


def _ours(entry: Entry) -> tuple[int, ...]:
    """The shape of the tensor, which Keras may have with its dimensions in another order."""
    axes = entry.attributes.get("thalweg_axes")
    return tuple(entry.shape[axes.index(i)] for i in range(len(axes))) if axes else entry.shape


# -- Output --------------------------------------------------------------------------------------------------


def _columns() -> int:
    """Of the terminal; lines for a file or another program are never cut."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return 1 << 20


def size_text(count: float) -> str:
    """1536 is "1.5 KiB"."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def _lines(
    chosen: argparse.Namespace, entries: list[Entry], what: roles.Roles, fit: dict[str, Any] | None
) -> list[str]:
    width = max(_columns(), 60)
    lines = [f"{chosen.file}: {what.kind}, {size_text(os.path.getsize(chosen.file))}"]
    lines += [f"  {line}" for line in what.facts]
    lines.append("")
    rows = [_row(entry, what) for entry in entries]
    first = min(max((len(row[0]) for row in rows), default=0), max(width // 3, 24), 48)
    others = [max((len(row[i]) for row in rows if row[i]), default=0) for i in (1, 2)]
    for entry, row in zip(entries, rows, strict=True):
        line = f"{row[0]:<{first}}  {row[1]:<{others[0]}}  {row[2]:<{others[1]}}  {row[3]}".rstrip()
        lines.append(line if len(line) <= width or chosen.attributes else line[: width - 3] + "...")
        for text in _attributes(entry):
            line = f"{' ' * (2 * _depth(entry.path) + 2)}@{text}"
            lines.append(line if len(line) <= width or chosen.attributes else line[: width - 3] + "...")
    lines += ["", *what.totals]
    if fit is not None:
        lines += ["", *_fit_lines(chosen.model, fit)]
    return lines


def _depth(path: str) -> int:
    return path.count("/") if path != "/" else 0


def _row(entry: Entry, what: roles.Roles) -> tuple[str, str, str, str]:
    """Name, type with shape, storage, meaning."""
    name = "  " * _depth(entry.path) + (entry.path.rpartition("/")[2] or "/")
    details = entry.details
    notes = [what.of.get(entry.path, "")]
    if problem := details.get("problem"):
        notes.append(f"cannot be read: {problem}")
    if other := details.get("same_as"):
        notes.append(f"the same as {other}")
    note = "; ".join(filter(None, notes))
    if entry.kind == "group":
        return name + ("" if name.endswith("/") else "/"), "", "", note
    if entry.kind == "link":
        return name, f"({details.get('link')}, not followed)", "", note
    if entry.kind == "other":
        return name, "", "", note or "a named type"
    shape = (
        "x".join(map(str, entry.shape)) if entry.shape else "empty" if details.get("is_null") else "scalar"
    )
    grows = "+" if None in details.get("max_shape", []) else ""
    return name, f"{details.get('type', '?')} {shape}{grows}", _storage(details), note


def _storage(details: dict[str, Any]) -> str:
    size = size_text(details.get("bytes", 0))
    if details.get("layout") != "chunked":
        layout = details.get("layout", "")
        return size if layout == "contiguous" else f"{size}, {layout}"
    chunk = "x".join(map(str, details.get("chunk", [])))
    filters = " ".join(details.get("filters", []))
    stored = f" in {size_text(details.get('stored_bytes', 0))}" if filters else ""
    return f"{size}{stored}, chunks {chunk}{', ' + filters if filters else ''}"


def _attributes(entry: Entry) -> list[str]:
    lines = []
    for name, attribute in entry.details.get("attributes", {}).items():
        if name in ("thalweg_crc32", "thalweg_axes"):
            continue
        value = attribute.get("value")
        if value is None:
            shape = "x".join(map(str, attribute.get("shape", []))) or "scalar"
            value = attribute.get("problem") or f"({attribute.get('type')} {shape})"
        lines.append(f"{name} = {' '.join(str(value).split())}")
    return lines


def _fit_lines(model: str, fit: dict[str, Any]) -> list[str]:
    if fit["fits"]:
        return [f"{model} fits: all of its {fit['tensors']} tensors are there, and nothing else."]
    lines = [f"{model} does not fit:"]
    lines += [f"  missing     {name}" for name in fit["missing"]]
    lines += [f"  not used    {name}" for name in fit["unused"]]
    lines += [
        f"  mismatched  {m['name']}: {m['found']} in the file, {m['expected']} in the model"
        for m in fit["mismatched"]
    ]
    return lines + ([f"  {fit['reason']}"] if "reason" in fit else [])


def _as_json(
    path: str, entries: list[Entry], what: roles.Roles, fit: dict[str, Any] | None
) -> dict[str, Any]:
    listed = [
        {
            "path": e.path,
            "kind": e.kind,
            **({"role": what.of[e.path]} if e.path in what.of else {}),
            **e.details,
        }
        for e in entries
    ]
    result = {"file": path, "kind": what.kind, "facts": what.facts, "entries": listed, **what.counts}
    return result if fit is None else {**result, "fit": fit}
