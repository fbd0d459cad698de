import os
from pathlib import Path

import pytest
from opsentrix_agent.collectors import source


@pytest.mark.parametrize(
    ("raw", "label"),
    [
        (b"eth0", "eth0"),
        ("Größe 日本".encode(), "Größe 日本"),
        (b"a\nb\x7f\x00", r"a\x0ab\x7f\x00"),
        (b"\xff\xfe", r"\xff\xfe"),
        ("\u202eevil".encode(), r"\xe2\x80\xaeevil"),
        (rb"a\x0ab", r"a\\x0ab"),
        (b"x" * 300, "x" * 256),
        (b"", ""),
    ],
)
def test_printable(raw: bytes, label: str) -> None:
    assert source.printable(raw) == label
    assert label.isprintable()


def test_a_file_that_comes_in_pieces_is_read_whole(tmp_path: Path) -> None:
    content = os.urandom(300_000)
    (tmp_path / "file").write_bytes(content)

    assert source.read(str(tmp_path / "file")) == content


def test_a_file_without_end_is_given_up() -> None:
    with pytest.raises(ValueError, match="is over"):
        source.read("/dev/zero")


@pytest.mark.parametrize("text", [b"nan", b"inf", b"-Infinity", b"1e999"])
def test_finite_takes_no_other_number(text: bytes) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        source.finite(text)
