"""HTTP/1.1 (RFC 9112) over a Unix socket: GET only, and never waiting; answers are taken at a later tick."""

from collections.abc import Callable
from typing import NamedTuple

from opsentrix_agent.collectors.source import printable
from opsentrix_agent.collectors.unixstream import StreamEndedError, UnixStream

ANSWER_WITHIN_S = 8.0
MAX_BODY_BYTES = 8 * 1024 * 1024
"""A list of 1,000 containers has about 2 MB."""
_MAX_HEAD_BYTES = 16_384
_MAX_HELD_BYTES = MAX_BODY_BYTES + 2 * _MAX_HEAD_BYTES


class HttpError(Exception):
    """The service cannot be asked, or answers something that is no HTTP."""


class Answer(NamedTuple):
    """An answer: its status code and its body."""

    status: int
    body: bytes


class _Part(NamedTuple):
    """An answer at the start of the data, and where it ends; `ends` is -1 when the end of the stream ends it."""

    answer: Answer
    ends: int


Then = Callable[[Answer], None]


class UnixHttp:
    """One connection at a time; after any error the next request makes a new one.

    Requests go out together, and answers come in their order (pipelining, RFC 9112 section 9.3.2).
    """

    def __init__(self, connect: Callable[[], UnixStream]) -> None:
        self._connect = connect
        self._stream: UnixStream | None = None
        self._waiting: list[Then] = []
        self._outbox: list[tuple[str, Then]] = []
        self._silent_since = 0.0

    def get(self, target: str, then: Then) -> None:
        """Queue a request for the next `poll`; `then` is given the answer."""
        self._outbox.append((target, then))

    def poll(self, now: float) -> None:
        """Take what has come, call those who wait for it, then send what is queued.

        Args:
            now: monotonic seconds.

        Raises:
            HttpError: the service cannot be used now; all that was asked is forgotten.
        """
        try:
            self._receive(now)
            self._send(now)
        except OSError as error:
            self.close()
            raise HttpError(error.strerror or str(error)) from None
        except HttpError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection and forget all requests."""
        self._hang_up()
        self._outbox = []

    def _hang_up(self) -> None:
        if self._stream is not None:
            self._stream.close()
        self._stream = None
        self._waiting = []

    def _send(self, now: float) -> None:
        if not self._outbox or self._waiting:
            return
        asked, self._outbox = self._outbox, []
        request = "".join(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n" for target, _ in asked).encode()
        if self._stream is None:
            self._stream = self._connect()
        self._stream.send(request)
        self._waiting = [then for _, then in asked]
        self._silent_since = now

    def _receive(self, now: float) -> None:
        stream = self._stream
        if stream is None:
            return
        ended: StreamEndedError | None = None
        try:
            stream.receive(_MAX_HELD_BYTES)
        except StreamEndedError as error:
            ended = error
        self._answer(stream.received, over=ended is not None)
        if ended is not None:
            # A service may close a connection that nobody waits on; the next request makes a new one.
            if self._waiting:
                raise ended
            self._hang_up()
        elif self._waiting and now - self._silent_since > ANSWER_WITHIN_S:
            raise HttpError("no answer")
        elif stream.received and not self._waiting:
            raise HttpError("it says something that it was not asked")

    def _answer(self, received: bytearray, *, over: bool) -> None:
        while self._waiting and received:
            part = _first(received, over=over)
            if part is None:
                return
            del received[: part.ends if part.ends >= 0 else len(received)]
            self._waiting.pop(0)(part.answer)


def _first(data: bytearray, *, over: bool) -> _Part | None:
    """Return the answer that the data begins with, or None while it is not whole."""
    end = data.find(b"\r\n\r\n", 0, _MAX_HEAD_BYTES)
    if end < 0:
        if len(data) >= _MAX_HEAD_BYTES or not data.startswith(b"HTTP/1."[: len(data)]):
            raise HttpError(f"it answers something that is no HTTP: {printable(bytes(data[:40]))}")
        return None
    first, *lines = bytes(data[:end]).split(b"\r\n")
    words = first.split(None, 2)
    if not first.startswith(b"HTTP/1.") or len(words) < 2 or len(words[1]) != 3 or not words[1].isdigit():
        raise HttpError(f"it answers something that is no HTTP: {printable(first[:40])}")
    headers = {name.lower(): value.strip().lower() for name, _, value in (line.partition(b":") for line in lines)}
    status, start = int(words[1]), end + 4
    if headers.get(b"transfer-encoding") == b"chunked":
        return _chunked(data, start, status)
    length = headers.get(b"content-length")
    if length is None:
        _check_length(len(data) - start)
        return _Part(Answer(status, bytes(data[start:])), -1) if over else None
    if not length.isdigit() or len(length) > 12:
        raise HttpError("it answers with a Content-Length that is no number")
    _check_length(int(length))
    ends = start + int(length)
    return _Part(Answer(status, bytes(data[start:ends])), ends) if len(data) >= ends else None


def _chunked(data: bytearray, at: int, status: int) -> _Part | None:
    """Read a chunked body (RFC 9112 section 7.1); trailers are not expected."""
    body = bytearray()
    while True:
        end = data.find(b"\r\n", at, at + 64)
        if end < 0:
            if len(data) >= at + 64:
                raise HttpError("it answers with a chunk of no size")
            return None
        try:
            size = int(bytes(data[at:end]).partition(b";")[0], 16)
        except ValueError:
            raise HttpError("it answers with a chunk of no size") from None
        _check_length(len(body) + size)
        at = end + 2 + size + 2
        if size < 0 or len(data) < at:
            return None
        if data[at - 2 : at] != b"\r\n":
            raise HttpError("it answers with a chunk that does not end")
        if not size:
            return _Part(Answer(status, bytes(body)), at)
        body += data[end + 2 : at - 2]


def _check_length(length: int) -> None:
    if not 0 <= length <= MAX_BODY_BYTES:
        raise HttpError(f"it answers with {length} bytes; at most {MAX_BODY_BYTES} are read")
