"""The Socket.IO link against servers that behave as they please."""

import select
import socket
import threading
from base64 import b64encode
from contextlib import closing
from hashlib import sha1

import pytest
from opsentrix_agent.errors import LinkError, LinkRefusedError
from opsentrix_agent.links.socketio import SocketIoConnection

from .support import Serve, head_of, scripted

OPEN = b'0{"sid":"x","upgrades":[],"pingInterval":15000,"pingTimeout":15000,"maxPayload":1000000}'


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)


def text(packet: bytes) -> bytes:
    """Return an unmasked text frame."""
    return (
        bytes((0x81, len(packet))) + packet
        if len(packet) < 126
        else b"\x81\x7e" + len(packet).to_bytes(2, "big") + packet
    )


def serving(*packets: bytes, done: threading.Event | None = None, heads: list[bytes] | None = None) -> Serve:
    def serve(accepted: socket.socket) -> None:
        head = head_of(accepted)
        if heads is not None:
            heads.append(head)
        key = head.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
        accept = b64encode(sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11", usedforsecurity=False).digest()).decode()
        lines = ["HTTP/1.1 101 ok", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Accept: {accept}"]
        accepted.sendall("\r\n".join([*lines, "", ""]).encode() + b"".join(packets))
        accepted.recv(4096)
        if done is not None:
            done.wait(10)

    return serve


def test_a_message_comes_behind_the_head_of_its_event() -> None:
    done, heads = threading.Event(), list[bytes]()
    packets = (
        text(OPEN), text(b'40/agent,{"sid":"y"}'), text(b"2"),
        text(b'451-/agent,["message",{"_placeholder":true,"num":0}]'), b"\x82\x05hello",
    )  # fmt: skip
    with (
        scripted(serving(*packets, done=done, heads=heads)) as url,
        closing(SocketIoConnection(url + "/base/", "secret", None)) as connection,
    ):
        came: list[bytes] = []
        while b"hello" not in came and (connection.pending() or select.select(connection.readers(), [], [], 10)[0]):
            came += connection.read()
        done.set()
    assert heads[0].startswith(b"GET /base/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n")
    assert b"Authorization: Bearer secret" in heads[0]


@pytest.mark.parametrize(
    ("packets", "error", "match"),
    [
        ((text(OPEN), text(b'44/agent,{"message":"no","data":{"status":401}}')), LinkRefusedError, "HTTP 401"),
        ((text(OPEN), text(b'44/agent,{"message":"full","data":{"status":503}}')), LinkError, "full"),
        ((text(OPEN), text(b"44/agent,[1]")), LinkError, "refuses the connection"),
        ((text(OPEN), text(b"44/agent,{")), LinkError, "not Socket.IO"),
        ((text(OPEN), text(b"41/agent,")), LinkError, "ended the session"),
        ((text(OPEN), text(b'42/agent,["closed",{"reason":"replaced"}]')), LinkError, "replaced"),
        ((text(OPEN), text(b'42/agent,["closed",7]')), LinkError, "ended the session"),
        ((text(b"1"),), LinkError, "closed the connection"),
        ((b"\x88\x02\x03\xe9",), LinkError, "1001"),
        ((b"\xc1\x00",), LinkError, "not valid"),
    ],
)
def test_a_hub_that_does_not_want_this_agent(packets: tuple[bytes, ...], error: type[LinkError], match: str) -> None:
    with scripted(serving(*packets)) as url, pytest.raises(error, match=match) as raised:
        SocketIoConnection(url, "secret", None)
    assert (raised.type is LinkRefusedError) == (error is LinkRefusedError)
    assert "secret" not in str(raised.value)
