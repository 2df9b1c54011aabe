"""Texts and their streams."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import thalweg as tw
from thalweg.text import Text, TextLoader

CONTENT = "Über Täler — 谷 😀! " * 70 + "Ende"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "text.txt").write_text(CONTENT, encoding="utf-8")
    return tmp_path / "text.txt"


def test_characters(path: Path) -> None:
    for text in (Text(path), Text.of(CONTENT)):
        assert len(text) == len(CONTENT)
        assert text.symbols == "".join(sorted(set(CONTENT)))
        assert text.vocabulary_size == len(set(CONTENT))
        numbers = text.encode("Täler 😀")
        assert numbers.dtype == tw.int64
        assert numbers.tolist() == [text.symbols.index(c) for c in "Täler 😀"]
        assert text.decode(numbers) == text.decode(numbers.tolist()) == "Täler 😀"


def test_bytes(path: Path) -> None:
    text = Text(path, "bytes")
    assert len(text) == len(CONTENT.encode()) and text.vocabulary_size == 256 and text.symbols == ""
    assert text.encode("谷").tolist() == list("谷".encode())
    assert text.decode(text.encode("谷!")) == "谷!"
    assert text.decode([0xFF]) == "�"
    (path.parent / "any").write_bytes(bytes(range(256)))
    [(x, y)] = TextLoader(Text(path.parent / "any", "bytes"), 1, 255)
    assert x.flatten().tolist() == list(range(255)) and y.flatten().tolist() == list(range(1, 256))


def test_symbols_of_another_text(path: Path) -> None:
    symbols = Text(path).symbols
    text = Text.of("Täler", symbols=symbols[::-1])
    assert text.symbols == symbols[::-1]
    assert text.encode("r").tolist() == [symbols[::-1].index("r")]
    with pytest.raises(tw.FormatError, match=r"byte 2: the character U\+78 is not among"):
        Text.of("TTx", symbols=symbols)
    with pytest.raises(tw.InvalidArgumentError, match="none comes twice"):
        Text.of("a", symbols="aba")
    with pytest.raises(tw.InvalidArgumentError, match="bytes are numbered"):
        Text.of("a", "bytes", symbols="a")


def streams(content: list[int], batch: int, length: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """What the loader must give, in NumPy."""
    steps = (len(content) - 1) // batch
    x = np.array(content[: batch * steps]).reshape(batch, steps)
    y = np.array(content[1 : batch * steps + 1]).reshape(batch, steps)
    return [(x[:, i : i + length], y[:, i : i + length]) for i in range(0, steps, length)]


@pytest.mark.parametrize("unit", ["characters", "bytes"])
@pytest.mark.parametrize(("batch", "length"), [(1, 1), (1, 5000), (3, 7), (8, 64), (333, 2), (1000, 1)])
def test_streams(path: Path, unit: str, batch: int, length: int) -> None:
    text = Text(path, unit)
    content = text.encode(CONTENT).tolist()
    expected = streams(content, batch, length)
    loader = TextLoader(text, batch, length)
    assert len(loader) == len(expected)
    for _ in range(2):  # every epoch is the same
        batches = list(loader)
        assert len(batches) == len(expected)
        for (x, y), (inputs, targets) in zip(batches, expected, strict=True):
            assert x.dtype == y.dtype == tw.int64
            assert np.array_equal(x.numpy(), inputs) and np.array_equal(y.numpy(), targets)


def test_parts_time_first_and_the_last_chunk() -> None:
    text = Text.of("0123456789" * 10)
    [(x, y)] = TextLoader(text, 2, 100, first=0.9)
    assert x.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]] and y.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]
    [(x, _)] = TextLoader(text, 2, 100, first=0.9, batch_first=False)
    assert x.tolist() == [[0, 4], [1, 5], [2, 6], [3, 7]]
    seen = [x.shape[1] for x, _ in TextLoader(text, 4, 10, last=0.9)]
    assert seen == [10, 10, 2]
    loader = TextLoader(text, 4, 10, last=0.9, drop_last=True)
    assert [x.shape[1] for x, _ in loader] == [10, 10] and len(loader) == 2


def test_a_later_iteration_ends_an_earlier_one() -> None:
    loader = TextLoader(Text.of("abcdefghijk"), 1, 2)
    first = iter(loader)
    next(first)
    assert next(iter(loader))[0].tolist() == [[0, 1]]
    with pytest.raises(tw.InvalidArgumentError, match="a later iteration"):
        next(first)


def test_a_net_is_fitted_to_a_text() -> None:
    tw.manual_seed(0)
    text = Text.of("abcd" * 200)

    class Successor(tw.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = tw.nn.Embedding(4, 4)

        def forward(self, input: tw.Tensor) -> tw.Tensor:
            return self.table(input).transpose(1, 2)  # [B, C, T], as cross_entropy has it

    net = Successor()
    adam = tw.optim.Adam(net.parameters(), lr=0.1)
    history = tw.fit(net, adam, TextLoader(text, 4, 10), epochs=10, verbose=False)
    assert history["accuracy"][-1] == 1
    loss, _ = tw.evaluate(net, TextLoader(text, 2, 50, first=0.5))
    assert loss < 0.1


def test_files_that_are_no_texts(tmp_path: Path) -> None:
    with pytest.raises(tw.FileError, match="No such file"):
        Text(tmp_path / "none")
    with pytest.raises(tw.FileError, match="a folder"):
        Text(tmp_path)
    (tmp_path / "empty").touch()
    with pytest.raises(tw.FormatError, match="empty"):
        Text(tmp_path / "empty")
    # Bytes that begin nothing, overlong, surrogates, beyond the last, cut off at the end.
    for damage in (b"\xff", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe8\xb0"):
        (tmp_path / "damaged").write_bytes(b"abc" + damage)
        with pytest.raises(tw.FormatError, match="byte 3: no UTF-8"):
            Text(tmp_path / "damaged")
    (tmp_path / "nul").write_bytes(b"a\0b")
    with pytest.raises(tw.FormatError, match="NUL"):
        Text(tmp_path / "nul")
    assert len(Text(tmp_path / "nul", "bytes")) == 3


def test_a_file_that_changes(path: Path) -> None:
    text = Text(path)
    loader = TextLoader(text, 2, 8)
    path.write_bytes(b"\xff" * len(CONTENT.encode()))
    with pytest.raises(tw.FormatError, match="has changed"):
        list(loader)
    path.write_bytes(b"abc")
    with pytest.raises(tw.FileError, match="shorter"):
        list(loader)


def test_characters_across_the_pieces_that_are_read(tmp_path: Path) -> None:
    # Pieces have 2^18 bytes, and every 2^16th character's place is remembered.
    for prefix in ("", "a", "ab"):
        content = prefix + "谷é" * 150_000
        (tmp_path / "long").write_text(content, encoding="utf-8")
        text = Text(tmp_path / "long")
        assert len(text) == len(content)
        for (x, _), (inputs, _) in zip(
            TextLoader(text, 3, 65_000), streams(text.encode(content).tolist(), 3, 65_000), strict=True
        ):
            assert np.array_equal(x.numpy(), inputs)


@pytest.mark.parametrize(
    ("batch", "length", "options"),
    [
        (0, 1, {}),
        (1, 0, {}),
        (-(2**63), 1, {}),
        (2**63 - 1, 2**63 - 1, {}),
        (1, 1, {"first": 0.5, "last": 0.5}),
        (1, 1, {"first": -0.1}),
        (1, 1, {"last": 1.1}),
        (1, 1, {"first": float("nan")}),
        (11, 1, {}),
        (1, 11, {"drop_last": True}),
        (1, 1, {"first": 0.99}),
    ],
)
def test_loaders_that_cannot_be(batch: int, length: int, options: dict) -> None:
    with pytest.raises(tw.InvalidArgumentError, match="text_loader"):
        TextLoader(Text.of("0123456789a"), batch, length, **options)


def test_the_longest_chunk_is_no_error() -> None:
    [(x, _)] = TextLoader(Text.of("0123456789a"), 1, 2**63 - 1)
    assert x.shape == (1, 10)


def test_unknown_symbols() -> None:
    text = Text.of("abc")
    with pytest.raises(tw.InvalidArgumentError, match=r"U\+7A"):
        text.encode("az")
    for number in (-1, 3):
        with pytest.raises(tw.InvalidArgumentError, match="no symbol"):
            text.decode([number])
    assert text.encode("").shape == (0,) and text.decode([]) == ""
