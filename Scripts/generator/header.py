"""Writes Include/thalweg.h."""

import re

from .functions import Function, Section, wrap

WIDTH = 110
RULE = "// " + "-" * 105

_API = """\
#ifndef TW_API
#if defined(__GNUC__)
#define TW_API __attribute__((visibility("default")))
#else
#define TW_API
#endif
#endif
"""


def text(vocabulary: str, sections: list[Section]) -> str:
    """The header: the vocabulary with an include guard, then a block for each section."""
    opening, types = _split_vocabulary(vocabulary)
    blocks = [_section(section) for section in sections]
    return "\n".join(
        [
            opening,
            "#ifndef THALWEG_H",
            "#define THALWEG_H",
            "",
            "#include <stddef.h>",
            "#include <stdint.h>",
            "",
            _API,
            "#ifdef __cplusplus",
            'extern "C" {',
            "#endif",
            "",
            types,
            *blocks,
            "#ifdef __cplusplus",
            "}",
            "#endif",
            "#endif // THALWEG_H",
            "",
        ]
    )


def _split_vocabulary(source: str) -> tuple[str, str]:
    """The manual, the first comment behind the opening of extern "C", and the declarations after it."""
    body = source.split('extern "C" {\n#endif\n', 1)[1].rsplit("#ifdef __cplusplus", 1)[0].strip()
    manual = re.match(r"(?:^//.*\n)+", body, re.MULTILINE)[0]
    return manual.removeprefix(RULE + "\n"), body[len(manual) :].strip() + "\n"


def _section(section: Section) -> str:
    lines = [RULE, f"// {section.title}"]
    if section.text:
        lines += ["//", *_comment(section.text)]
    lines.append("")
    for function in section.functions:
        lines += [*_comment(function.doc), *prototype(function), ""]
    return "\n".join(lines)


def _comment(lines: list[str]) -> list[str]:
    return [f"// {line}".rstrip() for line in wrap(lines, WIDTH - 3)]


def prototype(function: Function) -> list[str]:
    """The declaration, wrapped the way clang-format wraps it."""
    start = f"TW_API {_join(function.result, function.name)}("
    words = [_join(p.type, p.name) for p in function.parameters] or ["void"]
    lines, line = [], start
    for word in [*(f"{w}," for w in words[:-1]), f"{words[-1]});"]:
        gap = "" if line == start or not line.strip() else " "
        if len(line) + len(gap) + len(word) > WIDTH and line.strip() and line != start:
            lines.append(line)
            line, gap = " " * len(start), ""
        line += gap + word
    return [*lines, line]


def _join(type_: str, name: str) -> str:
    return f"{type_}{name}" if type_.endswith("*") else f"{type_} {name}"
