"""The REST link against servers that behave as they please."""

import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from opsentrix_agent.errors import LinkError, LinkRefusedError
from opsentrix_agent.links import Dialled, rest
from opsentrix_agent.links.rest import RestConnection, _messages
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.delimited import joined

from .support import answer, request_of, scripted

SESSION = "Opsentrix-Session: s1"
HELLO = pb.AgentMessage(hello=pb.Hello(agent_version="1")).SerializeToString()
WELCOME = pb.HubMessage(welcome=pb.Welcome(agent_id=7)).SerializeToString()


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(rest, "PAUSE_S", 0.0)


def connected(url: str) -> RestConnection:
    return RestConnection(Dialled(url, 7), "secret")


def messages(connection: RestConnection) -> Iterator[bytes]:
    """Yield what comes, and do what is due meanwhile."""
    while True:
        connection.turn(time.monotonic())
        if not connection.pending():
            assert select.select(connection.readers(), [], [], 10)[0], "nothing came"
        yield from connection.read()


def first(connection: RestConnection) -> bytes:
    return next(message for message in messages(connection) if message)


def test_hello_opens_a_session_and_the_rest_follows_in_it() -> None:
    seen: list[tuple[bytes, bytes]] = []
    done = threading.Event()

    def posts(accepted: socket.socket) -> None:
        for _ in range(2):
            seen.append(request_of(accepted))
            accepted.sendall(answer("204 No Content", b"", SESSION).replace(b"Content-Length: 0\r\n", b""))
        done.wait(10)

    def polls(accepted: socket.socket) -> None:
        seen.append(request_of(accepted))
        accepted.sendall(answer("200 OK", joined([WELCOME])))
        done.wait(10)

    with scripted(posts, polls) as url, closing(connected(url)) as connection:
        connection.send(HELLO)
        connection.send(b"second")
        connection.send(b"third")
        assert not connection.writable()
        assert first(connection) == WELCOME
        while connection._unsent or connection._posts.asked_at is not None:
            next(messages(connection))
        done.set()
    heads = b"".join(head for head, _ in seen)
    assert seen[0][1] == joined([HELLO])
    assert joined([b"second", b"third"]) in [body for _, body in seen]
    assert heads.count(b"Opsentrix-Session: s1") == 2
    assert b"GET /api/v1/agents/7/messages?wait=25 HTTP/1.1" in heads
    assert heads.count(b"Authorization: Bearer secret") == 3


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (answer("401 Unauthorized"), LinkRefusedError),
        (answer("403 Forbidden"), LinkRefusedError),
        (answer("302 Found", b"", "Location: http://127.0.0.1:1/"), LinkError),
        (answer("409 Conflict", b'{"detail": "it is over"}'), LinkError),
        (answer("503 Unavailable", b"[[["), LinkError),
        (answer("204 No Content"), LinkError),
        (b"", LinkError),
        (b"junk\r\n\r\n", LinkError),
    ],
)
def test_an_answer_that_is_none_ends_the_session(said: bytes, error: type[LinkError]) -> None:
    def serve(accepted: socket.socket) -> None:
        request_of(accepted)
        accepted.sendall(said)

    with scripted(serve) as url, closing(connected(url)) as connection:
        connection.send(HELLO)
        with pytest.raises(error) as raised:
            first(connection)
    assert "secret" not in str(raised.value)


def test_a_kept_connection_that_the_server_closed_is_opened_again() -> None:
    def once(accepted: socket.socket) -> None:
        request_of(accepted)
        accepted.sendall(answer("200 OK", b"1"))

    with scripted(once, once) as url:
        exchange = rest.Exchange(url, None)
        for _ in range(2):
            exchange.ask(b"GET / HTTP/1.1\r\n\r\n")
            while (told := exchange.read()) is None:
                assert exchange.stream is not None
                select.select([exchange.stream], [], [], 10)
            assert told.body == b"1"
        exchange.close()


def test_a_message_that_is_too_large_is_rejected_alone() -> None:
    frame = pb.Frame(boot_id=bytes(16), seq=9)
    with closing(_Offline()) as connection:
        connection._posted = [pb.AgentMessage(frame=frame).SerializeToString()]
        [told] = [one for one in connection._too_large() if one]
        reject = pb.HubMessage.FromString(told).reject
        assert (reject.boot_id, reject.seq, reject.permanent) == (frame.boot_id, 9, True)
        connection._posted = [b"one", b"two"]
        assert list(connection._too_large()) == []
        assert (list(connection._unsent), connection._one_by_one) == ([b"one", b"two"], True)


def test_a_hub_that_is_too_busy_is_left_alone_for_a_while() -> None:
    done = threading.Event()

    def serve(accepted: socket.socket) -> None:
        request_of(accepted)
        accepted.sendall(answer("429 Too Many Requests", b"", "Retry-After: 7"))
        done.wait(10)

    with scripted(serve) as url, closing(connected(url)) as connection:
        connection.send(HELLO)
        select.select(connection.readers(), [], [], 10)
        assert list(connection.read()) == []
        assert list(connection._unsent) == [HELLO]
        assert connection.turn(0.0) == connection._post_at
        assert 5 < connection._post_at - time.monotonic() <= 7
        done.set()


def test_a_hub_that_does_not_answer_is_given_up() -> None:
    done = threading.Event()

    def serve(_accepted: socket.socket) -> None:
        done.wait(10)

    with scripted(serve) as url, closing(connected(url)) as connection:
        connection.send(HELLO)
        asked_at = connection._posts.asked_at
        assert asked_at is not None
        assert connection.turn(asked_at + 1) == asked_at + 15
        with pytest.raises(LinkError, match="not answered for too long"):
            connection.turn(asked_at + 16)
        done.set()


@pytest.mark.parametrize("body", [b"\x05abc", b"\x80", b"\xff" * 9])
def test_a_body_that_is_cut_is_no_messages(body: bytes) -> None:
    with pytest.raises(LinkError):
        list(_messages(body))


class _Offline(RestConnection):
    """A connection without a socket."""

    def __init__(self) -> None:
        from collections import deque

        self._unsent = deque()
        self._unsent_bytes = 0
        self._one_by_one = False

    def close(self, wait_s: float = 0.0) -> None:
        """There is nothing to close."""
