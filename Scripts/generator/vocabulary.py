"""Reads CThalweg.h, the hand-written part of the interface: handles, constants and structs."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Vocabulary:
    source: str
    handles: list[str]  # "tensor", "module", ...
    constants: list[str]  # "TW_FLOAT32", ...
    structs: dict[
        str, list[tuple[str, str]]
    ]  # those of numbers, pairs and triples alone: name -> [(C type, field)]

    def choices(self, prefix: str) -> dict[str, str]:
        """The constants that begin with `prefix`, under the lower-case rest of their names."""
        return {c.removeprefix(prefix).lower(): c for c in self.constants if c.startswith(prefix)}


_NUMBERS = ("size_t", "double", "int32_t", "int64_t", "uint64_t", "int64_t[2]", "int64_t[3]")


def name_of(words: list[str]) -> str:
    """Of a field, without its array's size."""
    return words[-1].partition("[")[0]


def read(path: Path) -> Vocabulary:
    source = path.read_text()
    code = re.sub(r"//.*", "", source)
    structs = {}
    for body, name in re.findall(r"typedef struct \w+ \{(.*?)\} (\w+);", code, re.DOTALL):
        words = [f.split() for f in body.split(";") if f.strip()]
        fields = [(w[0] + w[-1][len(name_of(w)) :], name_of(w)) for w in words if len(w) == 2]
        if len(fields) < len(words):
            continue
        if all(type_ in _NUMBERS for type_, _ in fields):
            structs[name] = fields
    enums = re.findall(r"enum \{(.*?)\};", code, re.DOTALL)
    return Vocabulary(
        source,
        re.findall(r"typedef struct tw_\w+ \*tw_(\w+)_t;", code),
        [constant for body in enums for constant in re.findall(r"\bTW_\w+", body)],
        structs,
    )
