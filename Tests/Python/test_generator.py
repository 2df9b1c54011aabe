"""Scripts/generate on a library of two functions, and on broken ones."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Scripts"))
functions = pytest.importorskip("generator.functions")
from generator import header, operations, stubs, vocabulary, wrappers  # noqa: E402

SWIFT = """
public import CThalweg

// MARK: - Waves

/// The sine of `a`,
/// in radians.
///
/// Threads: any. `out`: new reference.
@c(tw_tensor_sin)
public func tw_tensor_sin(_ a: tw_tensor_t?, _ out: UnsafeMutablePointer<tw_tensor_t?>?) -> tw_status { 0 }

/// Rolled along dimensions.
@c(tw_tensor_roll) public func roll(
  _ a: tw_tensor_t?, _ shiftCount: Int64, _ dims: UnsafePointer<Int64>?, _ count: UInt,
  _ out: UnsafeMutablePointer<tw_tensor_t?>?
) -> tw_status { 0 }
"""
COMPILER = """
SWIFT_EXTERN tw_status tw_tensor_roll(tw_tensor_t _Nullable a, int64_t shiftCount, int64_t const * _Nullable dims, \
size_t count, tw_tensor_t _Nullable * _Nullable out_) SWIFT_NOEXCEPT SWIFT_WARN_UNUSED_RESULT;
SWIFT_EXTERN tw_status tw_tensor_sin(tw_tensor_t _Nullable a, tw_tensor_t _Nullable * _Nullable out_) SWIFT_NOEXCEPT;
"""
RULES = """
[choices]
[signatures]
tw_tensor_roll = "roll(input, shifts, dims=None)"
[gil]
always = []
never = []
[methods]
functions = []
[functional]
functions = []
[private]
functions = []
[handwritten]
functions = []
"""


@pytest.fixture
def library(tmp_path):
    (tmp_path / "Sources").mkdir()
    (tmp_path / "Sources/Waves.swift").write_text(SWIFT)
    (tmp_path / "compiler.h").write_text(COMPILER)
    (tmp_path / "rules.toml").write_text(RULES)
    return tmp_path


def read(library):
    return functions.read(library / "Sources", library / "compiler.h")


def test_header(library):
    words = vocabulary.read(ROOT / "Sources/CThalweg/include/CThalweg.h")
    text = header.text(words.source, read(library))
    assert text.index("// Waves") < text.index("tw_tensor_sin") < text.index("tw_tensor_roll")
    assert "// The sine of `a`, in radians.\n//\n// Threads: any." in text
    assert "TW_API tw_status tw_tensor_sin(tw_tensor_t a, tw_tensor_t *out);" in text
    assert "tw_tensor_roll(tw_tensor_t a, int64_t shift_count, const int64_t *dims, size_t count," in text
    assert "_Nullable" not in text
    assert text.startswith("// Thalweg: neural networks")


def test_python(library):
    words = vocabulary.read(ROOT / "Sources/CThalweg/include/CThalweg.h")
    faces = operations.read(library / "rules.toml", read(library), words)
    code = wrappers.text(faces, words)
    assert "tw_tensor_roll(a, shift_count, dims.data, dims.count, &out)" in code
    assert "roll($self, shifts, dims=None)" in code
    stub = stubs.text(ROOT / "Bindings/Python/src/_C.pyi.in", faces)
    assert "def sin(input: Tensor) -> Tensor: ..." in stub
    assert "    def roll(self, shifts: int, dims: int | Sequence[int] | None = None) -> Tensor: ..." in stub
    assert '"sin"' in stubs.exports(faces)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("compiler.h", "tw_tensor_sin", "tw_tensor_cos", "build again"),
        ("Sources/Waves.swift", "@c(tw_tensor_sin)", "@c(tw_tensor_roll)", "parameters"),
        ("rules.toml", "tw_tensor_roll", "tw_tensor_rolled", "no such function"),
        ("rules.toml", "shifts, ", "", "has 2 parameters"),
    ],
)
def test_mistakes_are_named(library, file, old, new, message):
    path = library / file
    path.write_text(path.read_text().replace(old, new, 1))
    words = vocabulary.read(ROOT / "Sources/CThalweg/include/CThalweg.h")
    with pytest.raises(functions.GeneratorError, match=message):
        operations.read(library / "rules.toml", read(library), words)
