"""The REST link: messages are posted, several at once, and what the hub says is fetched by long poll.

Two connections are kept: one with the request that waits, the other for posts.
"""

import contextlib
import select
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.delimited import joined, split
from opsentrix_protocol.errors import ProtocolError

from opsentrix_agent.connection import TIMEOUT_S, Stream
from opsentrix_agent.errors import LinkError, refusal
from opsentrix_agent.httpanswer import Answer, AnswerReader
from opsentrix_agent.links import NEVER, Dialled

if TYPE_CHECKING:
    import ssl

    from opsentrix_agent.links.interface import Dial, Readable

WAIT_S = 25
"""How long the hub may keep a request waiting: shorter than proxies and NAT forget a silent connection."""
SESSION_HEADER = "Opsentrix-Session"
PAUSE_S = 0.2
"""Between two posts, and between an answer and the next long poll: what comes meanwhile goes together."""
_MOST_RETRY_S = 60
_PROTOBUF = "application/x-protobuf"
_MAX_POST_BYTES = 256 * 1024
_TOO_LARGE = 413
_TOO_MANY = 429


class Exchange:
    """An HTTP/1.1 connection that is kept: one request after the other.

    A server may close such a connection at any time between two requests; then the request goes over a new one. The
    hub knows messages that come twice.

    Attributes:
        stream: the connection, when there is one.
        asked_at: monotonic seconds since which a request waits for its answer; None when none does.
    """

    def __init__(self, url: str, tls: "ssl.SSLContext | None") -> None:
        """Connect.

        Raises:
            OSError: no connection.
            LinkError: no connection.
        """
        self._url, self._tls = url, tls
        self._request = b""
        self._used = False
        self._reader = AnswerReader()
        self.asked_at: float | None = None
        self.stream: Stream | None = Stream(url, tls)

    def ask(self, request: bytes) -> None:
        """Send a request.

        Raises:
            OSError: no connection.
            LinkError: no connection.
        """
        self._request = request
        self.asked_at = time.monotonic()
        if self.stream is None:
            self._dial()
        try:
            self._write()
        except OSError:
            if not self._used:
                raise
            self._dial()
            self._write()

    def read(self) -> Answer | None:
        """Return the answer once it is whole.

        Raises:
            OSError: the connection broke.
            LinkError: the connection ended, or what came is no answer.
        """
        if self.stream is None:
            return None
        try:
            data = self.stream.read()
        except (OSError, LinkError):
            if self.asked_at is None:
                self.close()
                return None
            if not self._used or self._reader.begun:
                raise
            self._dial()
            self._write()
            return None
        answer = self._reader.feed(data)
        if answer is None:
            return None
        if self.asked_at is None:
            raise LinkError("the hub answers what nobody asked")
        self.asked_at = None
        self._used = True
        if not answer.keep:
            self.close()
        return answer

    def close(self) -> None:
        """Close, again if need be."""
        if self.stream is not None:
            self.stream.close()
            self.stream = None

    def _dial(self) -> None:
        self.close()
        self.stream = Stream(self._url, self._tls)
        self._reader = AnswerReader()
        self._used = False

    def _write(self) -> None:
        if self.stream is not None:
            self.stream.write(self._request)


class RestConnection:
    """One REST session; see `links.interface.Connection`."""

    def __init__(self, dialled: Dialled, credential: str) -> None:
        """Connect; the session opens with the first message.

        Raises:
            OSError: no connection.
            LinkError: no connection.
        """
        parts = urlsplit(dialled.url)
        self._path = f"{parts.path.rstrip('/')}/api/v1/agents/{dialled.agent_id}/messages"
        self._common = f"Host: {parts.netloc}\r\nAuthorization: Bearer {credential}\r\nAccept: {_PROTOBUF}\r\n"
        self._url = dialled.url
        self._tls = dialled.context(credential)
        self._posts = Exchange(self._url, self._tls)
        self._polls: Exchange | None = None
        self._session = ""
        self._unsent: deque[bytes] = deque()
        self._unsent_bytes = 0
        self._posted: list[bytes] = []
        self._one_by_one = False
        self._post_at = 0.0
        self._poll_at = 0.0

    def readers(self) -> "Sequence[Readable]":
        """Return the sockets."""
        both = (self._posts, self._polls)
        return [exchange.stream for exchange in both if exchange is not None and exchange.stream is not None]

    def pending(self) -> bool:
        """Return whether bytes were read already."""
        return any(isinstance(one, Stream) and one.pending() for one in self.readers())

    def writable(self) -> bool:
        """Return whether little waits to be posted."""
        return self._unsent_bytes < _MAX_POST_BYTES and (bool(self._session) or self._posts.asked_at is None)

    def send(self, message: bytes) -> None:
        """Post a message, or keep it for the next post while it is too early for one."""
        self._unsent.append(message)
        self._unsent_bytes += len(message)
        if time.monotonic() >= self._post_at:
            self._post()

    def turn(self, now: float) -> float:
        """Post what waits, and ask for what the hub says, once it is time; see `links.interface.Connection`."""
        if self._session and self._polls is not None and self._polls.asked_at is None and now >= self._poll_at:
            self._poll()
        if now >= self._post_at:
            self._post()
        polled_at = self._polls.asked_at if self._polls else None
        overdue = min(_after(self._posts.asked_at, TIMEOUT_S), _after(polled_at, WAIT_S + TIMEOUT_S))
        if now >= overdue:
            raise LinkError("the hub has not answered for too long")
        if self._polls is not None and polled_at is None:
            overdue = min(overdue, self._poll_at)
        return min(overdue, self._post_at) if self._unsent and self._posts.asked_at is None else overdue

    def ping(self) -> bool:
        """Return True: a request waits at the hub at all times."""
        return True

    def read(self) -> Iterator[bytes]:
        """Yield the messages that have arrived; an empty one stands for an answer without any."""
        if (answer := self._posts.read()) is not None:
            yield from self._after_post(answer)
        if self._polls and (answer := self._polls.read()) is not None:
            if answer.status == _TOO_MANY:
                self._poll_at = time.monotonic() + _retry_after(answer)
                return
            _check(answer, 200)
            self._poll_at = time.monotonic() + PAUSE_S
            yield b""
            yield from _messages(answer.body)

    def close(self, wait_s: float = 0.0) -> None:
        """Close, again if need be; within `wait_s` what waits is posted."""
        with contextlib.suppress(OSError, LinkError):  # whatever went wrong, it ends here anyway
            self._finish(time.monotonic() + wait_s)
        self._posts.close()
        if self._polls is not None:
            self._polls.close()

    def _finish(self, until: float) -> None:
        while (stream := self._posts.stream) is not None and (self._posts.asked_at is not None or self._unsent):
            self._post()
            left = until - time.monotonic()
            if left <= 0:
                return
            if stream.pending() or select.select([stream], [], [], left)[0]:
                answer = self._posts.read()
                if answer is not None:
                    list(self._after_post(answer))

    def _post(self) -> None:
        if self._posts.asked_at is not None or not self._unsent:
            return
        size = 0
        self._posted = []
        while self._unsent and (not self._posted or (size < _MAX_POST_BYTES and not self._one_by_one)):
            message = self._unsent.popleft()
            self._unsent_bytes -= len(message)
            size += len(message)
            self._posted.append(message)
            if not self._session:
                break  # Hello goes alone: what follows is for its session
        body = joined(self._posted)
        head = f"POST {self._path} HTTP/1.1\r\n{self._common}{self._named()}Content-Type: {_PROTOBUF}\r\n"
        self._posts.ask(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def _after_post(self, answer: Answer) -> Iterator[bytes]:
        self._post_at = time.monotonic() + PAUSE_S
        if answer.status == _TOO_LARGE:
            yield from self._too_large()
        elif answer.status == _TOO_MANY:
            self._post_at += _retry_after(answer)
            self._again()
        else:
            _check(answer, 204)
            self._begin(answer)
            yield b""

    def _begin(self, answer: Answer) -> None:
        """Begin to fetch what the hub says, once there is a session."""
        if not self._session:
            session = answer.headers.get(SESSION_HEADER.lower().encode(), b"").decode("ascii", "replace")
            if not session or not session.isprintable():
                raise LinkError("the hub's answer names no session")
            self._session = session
            self._polls = Exchange(self._url, self._tls)
            self._poll()

    def _poll(self) -> None:
        if self._polls is not None:
            self._polls.ask(f"GET {self._path}?wait={WAIT_S} HTTP/1.1\r\n{self._common}{self._named()}\r\n".encode())

    def _named(self) -> str:
        return f"{SESSION_HEADER}: {self._session}\r\n" if self._session else ""

    def _again(self) -> None:
        """Put back what was posted."""
        self._unsent.extendleft(reversed(self._posted))
        self._unsent_bytes += sum(map(len, self._posted))

    def _too_large(self) -> Iterator[bytes]:
        """Send the messages one by one; of a single one, say what Reject says on the other links."""
        if len(self._posted) > 1:
            self._one_by_one = True
            self._again()
            return
        frame = pb.AgentMessage.FromString(self._posted[0]).frame
        reject = pb.Reject(
            boot_id=frame.boot_id, seq=frame.seq, reason=pb.REJECT_REASON_TOO_LARGE, field="message",
            detail="is larger than the hub takes", permanent=True,
        )  # fmt: skip
        yield pb.HubMessage(reject=reject).SerializeToString()


def dialer(dialled: Dialled) -> "Dial":
    """Return what connects over REST."""
    return lambda credential: RestConnection(dialled, credential)


def _after(asked_at: float | None, seconds: float) -> float:
    return NEVER if asked_at is None else asked_at + seconds


def _retry_after(answer: Answer) -> int:
    """Return how many seconds the hub wants to be left alone."""
    seconds = answer.headers.get(b"retry-after", b"")
    return min(int(seconds), _MOST_RETRY_S) if seconds.isdigit() and len(seconds) < 6 else 1


def _check(answer: Answer, expected: int) -> None:
    """Check the status of an answer; redirects are not followed, they would hand the credential to somebody else.

    Raises:
        LinkRefusedError: the hub refuses the credential, or has revoked this agent.
        LinkError: it is another one than expected.
    """
    if answer.status in {401, 403}:
        word = answer.headers.get(b"opsentrix-refusal", b"").decode("ascii", "replace")
        raise refusal(f"HTTP {answer.status}", word)
    if answer.status != expected:
        raise LinkError(f"the hub answers HTTP {answer.status} {_detail(answer)}".rstrip())


def _detail(answer: Answer) -> str:
    """Return the text of a problem (RFC 9457), or nothing."""
    import json

    try:
        problem = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    return str(problem.get("detail", ""))[:300] if isinstance(problem, dict) else ""


def _messages(body: bytes) -> Iterator[bytes]:
    try:
        yield from split(body)
    except ProtocolError as error:
        raise LinkError(f"the hub's answer is not of this protocol: {error}") from None
