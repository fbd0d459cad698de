"""Sequences of messages in one body."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opsentrix_protocol.delimited import joined, split
from opsentrix_protocol.errors import ProtocolError


@given(st.lists(st.binary(max_size=300)))
def test_what_is_joined_splits_into_the_same(messages: list[bytes]) -> None:
    assert list(split(joined(messages))) == messages


def test_a_length_takes_as_many_bytes_as_it_needs() -> None:
    assert joined([b"", b"x" * 300]) == b"\x00\xac\x02" + b"x" * 300


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"\x05abc", "ends in the middle"),
        (b"\x80", "ends in the middle"),
        (b"\x02ab\xff", "ends in the middle"),
        (b"\xff" * 9, "is not that of a message"),
    ],
)
def test_a_body_that_is_none_is_refused(body: bytes, told: str) -> None:
    with pytest.raises(ProtocolError, match=told):
        list(split(body))
