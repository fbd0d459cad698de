"""Answers of an HTTP/1.1 server (RFC 9112) as a client reads them, without sockets: bytes in, answers out."""

from typing import NamedTuple

from opsentrix_agent.errors import LinkError
from opsentrix_agent.websocket import headers, http_status

MAX_HEAD_BYTES = 16 * 1024
MAX_BODY_BYTES = 4 << 20
_NO_BODY = {204, 304}
_MAX_LINE_BYTES = 128


class Answer(NamedTuple):
    """One whole answer; `headers` by name in lower case, `keep` says whether another request may follow."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes
    keep: bool


class AnswerReader:
    """Puts the answer to one request after the other together as their bytes come in."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def begun(self) -> bool:
        """Whether something of an answer has come."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> Answer | None:
        """Take bytes and return the answer that they complete.

        Raises:
            LinkError: it is no answer, or too large.
        """
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise LinkError("the answer is not HTTP")
            return None
        head = bytes(self._buffer[:end])
        status, fields = http_status(head), headers(head)
        if status < 200:
            raise LinkError(f"the hub answers HTTP {status}")
        found = self._body(end + 4, status, fields)
        if found is None:
            return None
        body, used = found
        del self._buffer[:used]
        return Answer(status, fields, body, fields.get(b"connection", b"").lower() != b"close")

    def _body(self, start: int, status: int, fields: dict[bytes, bytes]) -> tuple[bytes, int] | None:
        """Return the body and where it ends, or None while it is not whole."""
        if status in _NO_BODY:
            return b"", start
        if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
            return self._chunks(start)
        length = fields.get(b"content-length", b"")
        if not length.isdigit() or len(length) > 10 or int(length) > MAX_BODY_BYTES:
            raise LinkError("the hub's answer has no length, or is too long")
        end = start + int(length)
        return (bytes(self._buffer[start:end]), end) if len(self._buffer) >= end else None

    def _chunks(self, at: int) -> tuple[bytes, int] | None:
        body = bytearray()
        while (end := self._buffer.find(b"\r\n", at)) >= 0:
            size = _chunk_size(bytes(self._buffer[at:end]))
            if len(body) + size > MAX_BODY_BYTES:
                raise LinkError("the hub's answer is too long")
            after = end + 2 + size
            if len(self._buffer) < after + 2:
                return None
            if self._buffer[after : after + 2] != b"\r\n":  # trailers are not taken, as nobody asked for them
                raise LinkError("the answer is not HTTP")
            if size == 0:
                return bytes(body), after + 2
            body += self._buffer[end + 2 : after]
            at = after + 2
        if len(self._buffer) - at > _MAX_LINE_BYTES:
            raise LinkError("the answer is not HTTP")
        return None


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    try:
        if len(digits) > 8:
            raise ValueError
        size = int(digits, 16)
    except ValueError:
        raise LinkError("the answer is not HTTP") from None
    if size < 0:
        raise LinkError("the answer is not HTTP")
    return size
