"""Decides how each C function looks in Python: name, parameters, defaults, where it can be called."""

import ast
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from .functions import Function, GeneratorError, Parameter, Section
from .vocabulary import Vocabulary


@dataclass
class Input:
    """A parameter of the Python function and the one or two C parameters it stands for."""

    kind: str  # tensor, operand, handle, tensors, handles, dims, pair, triple, single, optional_int, int, size, seed, float, flag,
    # dtype, choice, text, texts, doubles, path, options; conversion: a dtype that C does not ask for, to which the first tensor is
    # converted before the call and the result after it
    c_name: str
    c_type: str
    name: str = ""
    default: str | None = None  # Python source; None: required
    keyword_only: bool = False
    rest: bool = False  # takes all further positional arguments: reshape(2, 3)
    choices: dict[str, str] = field(default_factory=dict)

    @property
    def handle(self) -> str:
        """For a handle "module", and so on."""
        return self.c_type.replace("const", "").strip(" *").removeprefix("tw_").removesuffix("_t")


@dataclass
class Output:
    kind: str  # handle, int, bool, float, text, struct
    c_name: str
    c_type: str


@dataclass
class Face:
    function: Function
    name: str
    inputs: list[Input]
    outputs: list[Output]
    arguments: list[str]  # of the C call, in order
    gil: str  # "always" released, released for "large" tensors, "never"
    method: bool
    exported: bool  # a function of the package's top level
    aliases: list[str]  # further names of the same function

    @property
    def names(self) -> list[str]:
        return [self.name, *self.aliases]

    @property
    def doc(self) -> list[str]:
        """The function's comment without its last paragraph, which is about threads and references in C."""
        text = "\n".join(self.function.doc)
        return text.partition("\n\nThreads:")[0].splitlines()

    def signature(self, skip: int = 0, annotate=None) -> str:
        """The parameters as Python writes them, the first `skip` left out."""
        words, star = [], False
        for item in self.inputs[skip:]:
            if item.keyword_only and not star and not any(i.rest for i in self.inputs):
                words.append("*")
            star = star or item.keyword_only
            hint = f": {annotate(item)}" if annotate else ""
            equals = " = " if annotate else "="
            default = "" if item.default is None or item.rest else f"{equals}{item.default}"
            words.append(f"{'*' if item.rest else ''}{item.name}{hint}{default}")
        return ", ".join(words)


def read(path: Path, sections: list[Section], words: Vocabulary) -> list[Face]:
    """The faces of all functions but those that signatures.toml leaves to hand-written code."""
    rules = {"aliases": {}} | tomllib.loads(path.read_text())
    functions = {f.name: f for section in sections for f in section.functions}
    for table in ("handwritten", "functional", "private", "methods"):
        _check_names(path, rules[table]["functions"], functions)
    names = [*rules["signatures"], *rules["aliases"], *rules["gil"]["always"], *rules["gil"]["never"]]
    _check_names(path, names, functions)
    return [
        _face(function, rules, words)
        for function in functions.values()
        if function.name not in rules["handwritten"]["functions"]
    ]


def _check_names(path: Path, names: list[str], functions: dict) -> None:
    if unknown := [name for name in names if name not in functions]:
        raise GeneratorError(f"{path.name}: no such function: {', '.join(unknown)}")


def _face(function: Function, rules: dict, words: Vocabulary) -> Face:
    inputs, outputs, arguments = _group(function, words, rules["choices"])
    name = _name_inputs(function, inputs, rules)
    on_tensor = bool(inputs) and inputs[0].kind in ("tensor", "operand") and bool(outputs)
    on_tensor = on_tensor and outputs[0].kind == "handle" and function.name.startswith("tw_tensor_")
    hidden = function.name in [*rules["private"]["functions"], *rules["functional"]["functions"]]
    if function.name in rules["gil"]["always"]:
        gil = "always"
    elif function.name in rules["gil"]["never"] or not any(
        i.kind in ("tensor", "operand", "tensors", "dims") for i in inputs
    ):
        gil = "never"
    else:
        gil = "large"
    method = on_tensor and not hidden and inputs[0].name == "input"
    method = method or function.name in rules["methods"]["functions"]
    makes_tensor = function.name.startswith("tw_tensor_") and any(o.kind == "handle" for o in outputs)
    exported = makes_tensor and not hidden
    aliases = rules["aliases"].get(function.name, [])
    return Face(function, name, inputs, outputs, arguments, gil, method, exported, aliases)


# Pointers of these names are to a number for height and one for width, or also one for depth; where one number is enough, Python may give it
# in a sequence.
_WINDOWS = ("kernel_size", "stride", "padding", "output_padding", "dilation", "output_size")

# -- From C parameters to Python's ---------------------------------------------------------------------------


def _group(
    function: Function, words: Vocabulary, choices: dict
) -> tuple[list[Input], list[Output], list[str]]:
    inputs, outputs, arguments = [], [], []
    parameters = list(function.parameters)
    index = 0
    while index < len(parameters):
        parameter = parameters[index]
        following = parameters[index + 1] if index + 1 < len(parameters) else Parameter("", "")
        counted = following.type == "size_t"
        if output := _output(function, parameter, words):
            outputs.append(output)
            arguments.append(f"&{parameter.name}")
        else:
            item = _input(function, parameter, counted, words, choices)
            inputs.append(item)
            if item.kind in ("dims", "tensors", "handles", "texts", "doubles"):
                arguments += [f"{parameter.name}.data", f"{parameter.name}.count"]
                index += 1
            elif item.kind in ("optional_int", "pair", "triple"):
                arguments.append(f"{parameter.name}.data")
            elif item.kind == "options":
                arguments.append(f"&{parameter.name}")
            else:
                arguments.append(parameter.name)
        index += 1
    return inputs, outputs, arguments


def _output(function: Function, parameter: Parameter, words: Vocabulary) -> Output | None:
    if parameter.type == "int32_t *" and re.search(
        r"_(is|requires)_|_(available|enabled|allclose|equal)$", function.name
    ):
        return Output("bool", parameter.name, parameter.type)
    kinds = dict.fromkeys(("int32_t *", "int64_t *", "size_t *"), "int")
    kinds |= {"double *": "float", "const char **": "text"}
    kinds |= {f"tw_{handle}_t *": "handle" for handle in words.handles}
    kinds |= {f"{struct} *": "struct" for struct in words.structs}
    kind = kinds.get(parameter.type)
    return Output(kind, parameter.name, parameter.type) if kind else None


def _input(
    function: Function, parameter: Parameter, counted: bool, words: Vocabulary, choices: dict
) -> Input:
    plain = {"int64_t": "int", "size_t": "size", "uint64_t": "seed", "double": "float", "tw_status": "flag"}
    type_, name = parameter.type, parameter.name
    names = {p.name for p in function.parameters}
    item = Input("", name, type_)
    if type_ == "int32_t" and name == "dtype":
        item.kind = "dtype"
    elif type_ == "int32_t" and name in choices:
        item.kind, item.choices = "choice", _choice_names(choices[name], words)
    elif type_ == "int32_t":
        item.kind = "flag"
    elif type_ == "int64_t" and name in _WINDOWS:
        item.kind = "single"
    elif type_ in plain:
        item.kind = plain[type_]
    elif type_ == "tw_tensor_t":
        # Operations of two tensors a and b take a number in the place of either, others in that of a bound.
        is_operand = (name in ("a", "b", "weight") and {"a", "b"} <= names) or name in ("lower", "upper")
        item.kind = "operand" if is_operand else "tensor"
    elif type_ in [f"tw_{handle}_t" for handle in words.handles]:
        item.kind = "handle"
    elif type_ == "const char *":
        item.kind = "path" if name in ("path", "folder") else "text"
    elif type_ == "const char *const *" and counted:
        item.kind = "texts"
    elif type_ == "const double *" and counted:
        item.kind = "doubles"
    elif type_ == "const int64_t *" and name in _WINDOWS:
        item.kind = "triple" if "3d" in function.name else "pair"
    elif type_ == "const int64_t *":
        item.kind = "dims" if counted else "optional_int"
    elif type_ == "const tw_tensor_t *" and counted:
        item.kind = "tensors"
    elif type_ in [f"const tw_{handle}_t *" for handle in words.handles] and counted:
        item.kind = "handles"
    elif type_.removeprefix("const ").removesuffix(" *") in words.structs:
        item.kind = "options"
    else:
        raise GeneratorError(
            f"{function.name}: no rule for the parameter {type_} {name}; "
            "wrap it by hand and list it under [handwritten] in signatures.toml"
        )
    return item


def _choice_names(rule: dict, words: Vocabulary) -> dict[str, str]:
    prefix = rule["prefix"]
    names = words.choices(prefix)
    if not names:
        raise GeneratorError(f"no constant begins with {prefix}")
    return {rule.get("python_prefix", "") + name: constant for name, constant in names.items()}


# -- Names and defaults --------------------------------------------------------------------------------------


def _name_inputs(function: Function, inputs: list[Input], rules: dict) -> str:
    """Names the inputs as signatures.toml says, or as C does; returns the function's Python name."""
    name = function.name.removeprefix("tw_tensor_").removeprefix("tw_")
    signature = rules["signatures"].get(function.name)
    if signature is None:
        for index, item in enumerate(inputs):
            first = index == 0 and item.kind in ("tensor", "operand")
            item.name = "input" if first else {"b": "other"}.get(item.c_name, item.c_name)
        return name
    definition = ast.parse(f"def {signature}: ...").body[0]
    arguments = definition.args
    positional = arguments.args
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    items = [(a.arg, d, False, False) for a, d in zip(positional, defaults, strict=True)]
    if arguments.vararg:
        items.append((arguments.vararg.arg, None, False, True))
    keyword_only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    items += [(a.arg, d, True, False) for a, d in keyword_only]
    if len(items) == len(inputs) + 1 and items[-1][0] == "dtype":
        inputs.append(Input("conversion", "dtype", "int32_t"))
    if len(items) != len(inputs):
        raise GeneratorError(f"{function.name}: {signature} has {len(items)} parameters, C has {len(inputs)}")
    for item, (argument, default, by_keyword, rest) in zip(inputs, items, strict=True):
        item.name, item.keyword_only, item.rest = argument, by_keyword, rest
        item.default = ast.unparse(default) if default is not None else None
    return definition.name
