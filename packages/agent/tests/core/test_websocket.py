"""The WebSocket protocol by itself; test_transport has it talk to a server of another making."""

import itertools

import pytest
from opsentrix_agent.errors import LinkError, LinkRefusedError
from opsentrix_agent.websocket import (
    BINARY,
    CLOSE,
    MAX_MESSAGE_BYTES,
    PING,
    PONG,
    Reader,
    check_answer,
    close_reason,
    frame,
    new_key,
    request,
)
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # the example of RFC 6455, section 1.3
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def answer(status: str = "101 Switching Protocols", **headers: str) -> bytes:
    fields = {"Upgrade": "websocket", "Connection": "keep-alive, Upgrade", "Sec-WebSocket-Accept": ACCEPT}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    return "\r\n".join([f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items())]).encode()


def server_frame(opcode: int, payload: bytes = b"", fin: bool = True) -> bytes:
    return Frame(Opcode(opcode), payload, fin).serialize(mask=False)


def read(*chunks: bytes) -> list[tuple[int, bytes]]:
    reader = Reader()
    return list(itertools.chain.from_iterable(reader.feed(chunk) for chunk in chunks))


def test_the_request_carries_the_credential_and_a_fresh_key() -> None:
    lines = request("[::1]:8000", "/base/connect", KEY, "secret").decode().split("\r\n")
    assert lines[:2] == ["GET /base/connect HTTP/1.1", "Host: [::1]:8000"]
    assert {f"Sec-WebSocket-Key: {KEY}", "Authorization: Bearer secret", "Sec-WebSocket-Version: 13"} <= set(lines)
    assert lines[-2:] == ["", ""]
    assert len({new_key() for _ in range(10)}) == 10


def test_a_right_answer_is_taken() -> None:
    check_answer(answer(), KEY)
    check_answer(answer(Upgrade="WebSocket", Connection="upgrade"), KEY)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (answer("302 Found"), "HTTP 302"),
        (answer("200 OK"), "HTTP 200"),
        (answer("503 Service Unavailable"), "HTTP 503"),
        (b"SSH-2.0-OpenSSH_9.2", "is not HTTP"),
        (b"", "is not HTTP"),
        (b"HTTP/1.1 abc", "is not HTTP"),
        (answer(Sec_WebSocket_Accept=ACCEPT.lower()), "not that of a WebSocket"),
        (answer(Upgrade="h2c"), "not that of a WebSocket"),
        (answer(Connection="close"), "not that of a WebSocket"),
        (answer(Sec_WebSocket_Extensions="permessage-deflate"), "not that of a WebSocket"),
        (b"HTTP/1.1 101 \xff\xfe\r\n\xff: \xff", "not that of a WebSocket"),
    ],
)
def test_any_other_answer_is_not(head: bytes, said: str) -> None:
    with pytest.raises(LinkError, match=said):
        check_answer(head, KEY)


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_a_refused_credential_is_told_apart(status: str) -> None:
    with pytest.raises(LinkRefusedError, match=status[:3]):
        check_answer(answer(status), KEY)


@pytest.mark.parametrize("size", [0, 1, 3, 4, 125, 126, 65_535, 65_536, 200_001])
def test_a_frame_is_read_by_a_server_as_it_was_meant(size: int) -> None:
    payload = bytes(index % 251 for index in range(size))
    stream = StreamReader()
    stream.feed_data(frame(BINARY, payload))
    parsing = Frame.parse(stream.read_exact, mask=True)
    with pytest.raises(StopIteration) as parsed:
        next(parsing)
    assert (parsed.value.value.opcode, parsed.value.value.data) == (Opcode.BINARY, payload)
    assert size < 4 or payload not in frame(BINARY, payload)


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, MAX_MESSAGE_BYTES])
def test_a_message_is_read_however_it_is_cut(size: int) -> None:
    payload = bytes(size)
    wire = server_frame(BINARY, payload) + server_frame(PING, b"x")
    for cut in {1, 2, 3, 5, 11, len(wire) // 2, len(wire) - 1}:
        assert read(wire[:cut], wire[cut:]) == [(BINARY, payload), (PING, b"x")]


def test_control_frames_may_come_between_fragments() -> None:
    parts = [server_frame(BINARY, b"a", fin=False), server_frame(PONG), server_frame(0, b"b", fin=False)]
    assert read(*parts, server_frame(0, b"c"), server_frame(BINARY, b"d")) == [
        (PONG, b""),
        (BINARY, b"abc"),
        (BINARY, b"d"),
    ]


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(server_frame(1, b"text"), id="text"),
        pytest.param(server_frame(0, b"x"), id="continues nothing"),
        pytest.param(server_frame(BINARY, b"x", fin=False) + server_frame(BINARY, b"y"), id="begins anew"),
        pytest.param(frame(BINARY, b"masked"), id="masked"),
        pytest.param(b"\xc2\x00", id="compressed"),
        pytest.param(b"\x83\x00", id="unknown opcode"),
        pytest.param(b"\x09\x00", id="ping in fragments"),
        pytest.param(b"\x89\x7e\x00\x7e" + bytes(126), id="long ping"),
        pytest.param(b"\x82\x7f" + (MAX_MESSAGE_BYTES + 1).to_bytes(8, "big"), id="too large"),
        pytest.param(b"\x82\x7f" + b"\xff" * 8, id="exabytes"),
        pytest.param(
            server_frame(BINARY, bytes(MAX_MESSAGE_BYTES), fin=False) + server_frame(0, b"x"), id="too large in parts"
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", id="junk"),
    ],
)
def test_a_server_that_breaks_the_protocol_is_caught_before_it_fills_the_memory(wire: bytes) -> None:
    with pytest.raises(LinkError, match="the hub sent"):
        read(wire)


def test_the_reason_of_a_close_is_for_people() -> None:
    assert close_reason(b"") == "1005"
    assert close_reason(b"\x03\xe9going away") == "1001 going away"
    assert close_reason(b"\x03\xe9\xff") == "1001 \ufffd"
    assert read(server_frame(CLOSE, b"\x03\xe8")) == [(CLOSE, b"\x03\xe8")]
