"""Reads the C functions that the Swift sources define: names and comments there, types from the compiler."""

import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

# The order of the files in the header; the others follow in alphabetical order.
FILE_ORDER = [
    "General.swift",
    "Memory.swift",
    "Tensors.swift",
    "Random.swift",
    "DLPack.swift",
    "Views.swift",
    "Copies.swift",
    "Indexing.swift",
    "Combinations.swift",
    "Ordering.swift",
    "Elementwise.swift",
    "ElementwiseFunctions.swift",
    "SpecialFunctions.swift",
    "ElementwisePairs.swift",
    "ElementwiseTriples.swift",
    "Activations.swift",
    "Reductions.swift",
    "Products.swift",
    "LinearAlgebra.swift",
    "Fourier.swift",
    "Convolution.swift",
    "Pooling.swift",
    "VolumePooling.swift",
    "Sampling.swift",
    "Normalization.swift",
    "Losses.swift",
    "MarginLosses.swift",
    "Autograd.swift",
    "Layers.swift",
    "ConvolutionLayers.swift",
    "PoolingLayers.swift",
    "PositionalLayers.swift",
    "RecurrentLayers.swift",
    "Recurrent.swift",
    "CustomModules.swift",
    "Modules.swift",
    "Initializers.swift",
    "OptimizerRules.swift",
    "Optimizers.swift",
    "Clipping.swift",
    "ScheduleRules.swift",
    "Schedules.swift",
    "Steps.swift",
    "DataLoaders.swift",
    "CustomLoaders.swift",
    "LoaderSampling.swift",
    "LoaderTransforms.swift",
    "Checkpoints.swift",
    "Texts.swift",
    "Training.swift",
    "Files.swift",
    "DataSets.swift",
    "FileListings.swift",
    "Writers.swift",
    "Flow.swift",
    "Spectrum.swift",
]


class GeneratorError(Exception):
    """The sources and the compiler's header are not what the generator can read."""


@dataclass
class Parameter:
    type: str  # as C spells it: "const int64_t *"
    name: str


@dataclass
class Function:
    name: str
    result: str
    parameters: list[Parameter]
    doc: list[str]


@dataclass
class Section:
    title: str
    text: list[str]
    functions: list[Function] = field(default_factory=list)


def read(folder: Path, compiler_header: Path) -> list[Section]:
    """The sections of the interface, in the order of the sources."""
    if not compiler_header.exists():
        raise GeneratorError(f"{compiler_header} is not there; build the library first, or name its header")
    declared = _read_header(compiler_header.read_text())
    sections: list[Section] = []
    for path in _ordered(folder):
        sections += _read_source(path, declared)
    sections = [section for section in sections if section.functions]
    defined = [function.name for section in sections for function in section.functions]
    if missing := set(declared) - set(defined):
        raise GeneratorError(f"in the compiler's header, not in the sources: {', '.join(sorted(missing))}")
    if twice := {name for name in defined if defined.count(name) > 1}:
        raise GeneratorError(f"defined twice: {', '.join(sorted(twice))}")
    return sections


def _ordered(folder: Path) -> list[Path]:
    paths = {path.name: path for path in sorted(folder.rglob("*.swift"))}
    if not paths:
        raise GeneratorError(f"no Swift sources in {folder}")
    listed = [paths.pop(name) for name in FILE_ORDER if name in paths]
    return listed + list(paths.values())


# -- The compiler's header -----------------------------------------------------------------------------------


def _read_header(text: str) -> dict[str, tuple[str, list[Parameter]]]:
    declared = {}
    for match in re.finditer(r"^SWIFT_EXTERN (.+?)\b(tw_\w+)\((.*)\)[^()]*;$", text, re.MULTILINE):
        result, name, parameters = match.groups()
        declared[name] = (_c_type(result), [_c_parameter(p) for p in _split(parameters)])
    return declared


def _c_parameter(text: str) -> Parameter:
    match = re.fullmatch(r"(.+?)\b(\w+)", text.strip())
    return Parameter(_c_type(match[1]), match[2])


def _c_type(text: str) -> str:
    """`int64_t const * _Nullable` -> `const int64_t *`."""
    text = re.sub(r"_Nullable|_Nonnull|_Null_unspecified", "", text)
    text = re.sub(r"^\s*(\w+)\s+const\b", r"const \1", text)
    text = " ".join(text.replace("*", " * ").split())
    return re.sub(r"\* (?=\*|const)", "*", text)


def _split(parameters: str) -> list[str]:
    return [] if parameters.strip() in ("", "void") else parameters.split(",")


# -- The Swift sources ---------------------------------------------------------------------------------------

_FUNCTION = re.compile(
    r"(?P<doc>(?:^[ ]*///.*\n)*)(?:^[ ]*@\w+(?:\([^)]*\))?\s*\n)*?^[ ]*@c\((?P<name>tw_\w+)\)"
    r"(?:\s*@\w+(?:\([^)]*\))?)*\s+public func \w+\s*\(",
    re.MULTILINE,
)
_MARK = re.compile(r"^// MARK: - (?P<mark>.+)\n(?P<text>(?:^//.*\n)*)", re.MULTILINE)


def _read_source(path: Path, declared: dict) -> list[Section]:
    text = path.read_text()
    marks = [(m.start(), Section(m["mark"].strip(), _comment(m["text"], "//"))) for m in _MARK.finditer(text)]
    sections = [(-1, _leading_section(path, text)), *marks]
    for match in _FUNCTION.finditer(text):
        name = match["name"]
        if name not in declared:
            raise GeneratorError(f"{path.name}: {name} is not in the compiler's header; build again")
        result, parameters = declared[name]
        names = _swift_names(text, match.end())
        if len(names) != len(parameters):
            raise GeneratorError(f"{path.name}: {name} has {len(names)} parameters, {len(parameters)} in C")
        function = Function(
            name,
            result,
            [Parameter(p.type, n) for p, n in zip(parameters, names, strict=True)],
            _comment(match["doc"], "///"),
        )
        [section for start, section in sections if start < match.start()][-1].functions.append(function)
    return [section for _, section in sections]


def _leading_section(path: Path, text: str) -> Section:
    """The comment a file begins with: its first line is the title."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("//") or line.startswith("///") or line.startswith("// MARK"):
            break
        lines.append(line)
    comment = _comment("\n".join(lines), "//")
    if not comment:
        return Section(path.stem.replace("+", ": "), [])
    title, _, rest = " ".join(comment).partition(". ")
    return Section(title.rstrip("."), [rest] if rest else [])


def wrap(lines: list[str], width: int) -> list[str]:
    """The paragraphs, which empty lines part, filled to `width`."""
    result: list[str] = []
    for paragraph in "\n".join(lines).split("\n\n"):
        result += [*([""] if result else []), *textwrap.wrap(paragraph, width, break_on_hyphens=False)]
    return result


def _comment(text: str, mark: str) -> list[str]:
    lines = [line.strip()[len(mark) :].removeprefix(" ").rstrip() for line in text.splitlines()]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _swift_names(text: str, start: int) -> list[str]:
    """The names inside the parentheses that were opened just before `start`."""
    depth, item, items = 0, "", []
    for character in text[start:]:
        if character in "(<[":
            depth += 1
        elif character in ")>]":
            if character == ")" and depth == 0:
                break
            depth -= 1
        if character == "," and depth == 0:
            items.append(item)
            item = ""
        else:
            item += character
    items = [i for i in [*items, item] if i.strip()]
    return [_snake(i.partition(":")[0].split()[-1].strip("`")) for i in items]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda m: "_" + m[1].lower(), name)
