"""Answers of HTTP/1.1 servers and of what calls itself one."""

import pytest
from opsentrix_agent.errors import LinkError
from opsentrix_agent.httpanswer import MAX_HEAD_BYTES, Answer, AnswerReader

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-One: 1\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n"


@pytest.mark.parametrize("data", [PLAIN, CHUNKED], ids=["length", "chunks"])
def test_an_answer_is_whole_however_its_bytes_come(data: bytes) -> None:
    for size in range(1, len(data) + 1):
        reader = AnswerReader()
        answers = [reader.feed(data[at : at + size]) for at in range(0, len(data), size)]
        assert [one.body for one in answers if one] == [b"hello"]
        assert not reader.begun


def test_what_follows_stays_for_the_next_answer() -> None:
    reader = AnswerReader()
    first = reader.feed(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n" + PLAIN)
    assert first == Answer(204, {b"connection": b"close"}, b"", keep=False)
    second = reader.feed(b"")
    assert second is not None
    assert (second.status, second.body, second.headers[b"x-one"], second.keep) == (200, b"hello", b"1", True)


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n", b"\x15\x03\x01\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nno length", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 1000,
        b"HTTP/1.1 200 OK\r\n" + b"a" * MAX_HEAD_BYTES,
    ],
)  # fmt: skip
def test_what_is_no_answer_is_given_up(data: bytes) -> None:
    with pytest.raises(LinkError):
        AnswerReader().feed(data)
