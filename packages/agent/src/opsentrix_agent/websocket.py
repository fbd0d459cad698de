"""The WebSocket protocol as a client (RFC 6455), without sockets: bytes in, bytes out.

It is written here because the library there was took 1.5 MB of an agent's 25, and did not bound what a server makes it
keep. Left out is what the links do not use: extensions, subprotocols, cookies.
"""

import os
from binascii import b2a_base64
from collections.abc import Iterator
from hashlib import sha1

from opsentrix_agent.errors import LinkError, refusal

TEXT = 0x1
BINARY = 0x2
CLOSE = 0x8
PING = 0x9
PONG = 0xA
MAX_MESSAGE_BYTES = 1 << 20
"""What the hub sends is small: acks, paces, commands."""
NORMAL = 1000
_CONTINUATION = 0x0
_FIN = 0x80
_OPCODE = 0x0F
_MASKED = 0x80
_MAX_CONTROL_BYTES = 125
_NO_STATUS = 1005
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def new_key() -> str:
    """Return the random key of one handshake."""
    return b2a_base64(os.urandom(16), newline=False).decode()


def request(authority: str, path: str, key: str, credential: str) -> bytes:
    """Return the HTTP request that asks for a WebSocket.

    Args:
        authority: host and port as the URL has them.
        path: path of the URL.
        key: from `new_key`.
        credential: the agent's secret.
    """
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {authority}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        f"Authorization: Bearer {credential}",
        "",
        "",
    )
    return "\r\n".join(lines).encode()


def check_answer(head: bytes, key: str) -> None:
    """Check the head of the answer to `request`.

    Raises:
        LinkRevokedError: the hub has revoked this agent.
        LinkRefusedError: the hub refuses the credential.
        LinkError: there is no WebSocket; redirects are not followed, they would hand the credential to somebody else.
    """
    status = http_status(head)
    fields = headers(head)
    if status in {401, 403}:
        raise refusal(f"HTTP {status}", fields.get(b"opsentrix-refusal", b"").decode("ascii", "replace"))
    if status != 101:
        raise LinkError(f"the hub answers HTTP {status}")
    accept = b2a_base64(sha1(key.encode() + _GUID, usedforsecurity=False).digest(), newline=False)
    if (
        fields.get(b"upgrade", b"").lower() != b"websocket"
        or b"upgrade" not in [token.strip() for token in fields.get(b"connection", b"").lower().split(b",")]
        or fields.get(b"sec-websocket-accept") != accept
        or fields.keys() & {b"sec-websocket-extensions", b"sec-websocket-protocol"}
    ):
        raise LinkError("the hub's answer is not that of a WebSocket")


def http_status(head: bytes) -> int:
    """Return the status of an HTTP answer.

    Raises:
        LinkError: it is none.
    """
    version, _, rest = head.partition(b" ")
    if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
        raise LinkError("the answer is not HTTP")
    return int(rest[:3])


def frame(opcode: int, payload: bytes = b"") -> bytes:
    """Return one whole frame, masked as a client's must be."""
    size = len(payload)
    if size < 126:
        head = bytes((_FIN | opcode, _MASKED | size))
    elif size < 1 << 16:
        head = bytes((_FIN | opcode, _MASKED | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((_FIN | opcode, _MASKED | 127)) + size.to_bytes(8, "big")
    mask = os.urandom(4)
    # One exclusive or of two large numbers; a loop over bytes would cost more than all else about sending.
    repeated = int.from_bytes((mask * (size // 4 + 1))[:size], "little")
    return head + mask + (int.from_bytes(payload, "little") ^ repeated).to_bytes(size, "little")


class Reader:
    """Puts frames together as their bytes come in."""

    def __init__(self, *, text: bool = False) -> None:
        """Begin; `text` says whether messages of text are taken as well."""
        self._openings = {BINARY, TEXT} if text else {BINARY}
        self._buffer = bytearray()
        self._parts = bytearray()
        self._kind = _CONTINUATION

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Take bytes and yield what they complete: the opcode, and the whole message or the control frame's payload.

        Raises:
            LinkError: the server breaks the protocol, or its message is too large.
        """
        self._buffer += data
        while (found := self._next_frame()) is not None:
            first, payload = found
            opcode = first & _OPCODE
            if opcode in {CLOSE, PING, PONG}:
                if not first & _FIN or len(payload) > _MAX_CONTROL_BYTES:
                    raise LinkError("the hub sent a control frame that is not valid")
                yield opcode, payload
                continue
            if opcode not in ({_CONTINUATION} if self._kind else self._openings):
                raise LinkError("the hub sent something else than binary messages")
            self._kind = self._kind or opcode
            self._parts += payload
            if first & _FIN:
                kind, message = self._kind, bytes(self._parts)
                self._parts.clear()
                self._kind = _CONTINUATION
                yield kind, message

    def _next_frame(self) -> tuple[int, bytes] | None:
        """Take a whole frame out of the buffer: its first byte and its payload."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        first, size = buffer[0], buffer[1]
        if first & ~(_FIN | _OPCODE) or size & _MASKED:
            raise LinkError("the hub sent a frame that is not valid")
        start = 2
        if size > 125:
            start += 2 if size == 126 else 8
            if len(buffer) < start:
                return None
            size = int.from_bytes(buffer[2:start], "big")
        if size + len(self._parts) > MAX_MESSAGE_BYTES:
            raise LinkError(f"the hub sent a message of over {MAX_MESSAGE_BYTES} bytes")
        if len(buffer) < start + size:
            return None
        payload = bytes(buffer[start : start + size])
        del buffer[: start + size]
        return first, payload


def close_reason(payload: bytes) -> str:
    """Return the code and the text of a close frame, for people."""
    code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else _NO_STATUS
    return f"{code} {payload[2:].decode(errors='replace')}".rstrip()


def headers(head: bytes) -> dict[bytes, bytes]:
    """Return the fields of an HTTP head by their names in lower case."""
    pairs = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
