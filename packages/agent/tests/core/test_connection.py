"""The WebSocket on a real socket, with servers and proxies that behave as they please."""

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from opsentrix_agent.connection import MAX_HEAD_BYTES, read_head
from opsentrix_agent.errors import LinkError
from opsentrix_agent.links.websocket import WebSocketConnection
from opsentrix_protocol import opsentrix_pb2 as pb

from .fakehub import CREDENTIAL, FakeHub

pytestmark = pytest.mark.timeout(60)


@contextmanager
def server(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve one connection and yield the port; the server's own errors fail the test."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            with listener.accept()[0] as accepted:
                accepted.settimeout(10)
                serve(accepted)
        except BaseException as error:  # noqa: BLE001 - raised again in the test's own thread
            errors.append(error)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=run)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)
    assert not errors


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with FakeHub() as running:
        yield running


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def answering(head: bytes) -> Callable[[socket.socket], None]:
    def serve(accepted: socket.socket) -> None:
        accepted.recv(4096)
        accepted.sendall(head)

    return serve


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"", "is not HTTP"),
        (b"HTTP/1.1 101 ok", "is not HTTP"),
        (b"junk\r\n\r\n", "is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\nx", "HTTP 200"),
        (b"HTTP/1.1 101 ok\r\n" + b"a: b\r\n" * MAX_HEAD_BYTES, "is not HTTP"),
    ],
)
def test_a_server_that_is_no_hub(head: bytes, said: str) -> None:
    with server(answering(head)) as port, pytest.raises((LinkError, ConnectionResetError)) as raised:
        WebSocketConnection(f"http://127.0.0.1:{port}/", "secret", None)
    if raised.type is LinkError:
        raised.match(said)
    assert "secret" not in str(raised.value)


def test_an_answer_that_only_trickles_in_is_given_up() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"HTTP/1.1 101 ok\r\n")
        with pytest.raises(TimeoutError):
            read_head(ours, until=0.0)


def head_from(hub: FakeHub, accepted: socket.socket) -> bytes:
    """Return the hub's answer to a client's handshake."""
    with socket.create_connection(("127.0.0.1", hub.port)) as upstream:
        upstream.sendall(accepted.recv(4096))
        return upstream.recv(4096)


def read_to_the_end(connection: WebSocketConnection, messages: list[bytes]) -> None:
    while True:
        if not connection.pending():
            select.select(connection.readers(), [], [], 10)
        for message in connection.read():
            messages.append(message)  # noqa: PERF402 - those before an error count


def tunnel(hub: FakeHub, seen: list[bytes], answer: bytes) -> Callable[[socket.socket], None]:
    """Be a proxy that joins its client with the hub."""

    def serve(client: socket.socket) -> None:
        seen.append(client.recv(4096))
        client.sendall(answer)
        if b" 200 " not in answer:
            return
        with socket.create_connection(("127.0.0.1", hub.port)) as upstream:
            back = threading.Thread(target=copy, args=(upstream, client))
            back.start()
            copy(client, upstream)
            back.join(10)

    return serve


def copy(source: socket.socket, target: socket.socket) -> None:
    while data := source.recv(4096):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


def test_a_proxy_makes_a_tunnel_to_the_hub(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    with server(tunnel(hub, seen, b"HTTP/1.1 200 Connection established\r\n\r\n")) as port:
        monkeypatch.setenv("http_proxy", f"http://me:pw@127.0.0.1:{port}")
        url = hub.url.replace("127.0.0.1", "localhost")
        with closing(WebSocketConnection(url, CREDENTIAL, None)) as connection:
            connection.send(pb.AgentMessage(hello=pb.Hello(agent_version="through")).SerializeToString())
            assert hub.wait_for(lambda it: [one.agent_version for one in it.hellos] == ["through"])
            connection.close(wait_s=5)
    assert seen[0].startswith(f"CONNECT localhost:{hub.port} HTTP/1.1\r\n".encode())
    assert b"Proxy-Authorization: Basic bWU6cHc=" in seen[0]
    assert CREDENTIAL.encode() not in seen[0]


def test_a_proxy_that_refuses_never_sees_the_credential(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    with server(tunnel(hub, seen, b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")) as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        with pytest.raises(LinkError, match="HTTP 407"):
            WebSocketConnection(hub.url, CREDENTIAL, None)
    assert CREDENTIAL.encode() not in b"".join(seen)


def test_what_was_sent_before_the_end_is_read_before_it(hub: FakeHub) -> None:
    """The hub says why it refuses a session, and closes: both may come in one piece."""

    def serve(accepted: socket.socket) -> None:
        # Two messages, one of them in the same segment as the head, then a close, then the end of the stream.
        accepted.sendall(head_from(hub, accepted) + b"\x82\x03one")
        accepted.sendall(b"\x82\x03two\x88\x02\x03\xe9")

    with (
        server(serve) as port,
        closing(WebSocketConnection(f"http://127.0.0.1:{port}/", CREDENTIAL, None)) as connection,
    ):
        messages: list[bytes] = []
        with pytest.raises(LinkError, match=r"closed the connection \(1001\)"):
            read_to_the_end(connection, messages)
    assert messages == [b"one", b"two"]


def test_an_end_without_a_word_is_told(hub: FakeHub) -> None:
    def serve(accepted: socket.socket) -> None:
        accepted.sendall(head_from(hub, accepted))

    with (
        server(serve) as port,
        closing(WebSocketConnection(f"http://127.0.0.1:{port}/", CREDENTIAL, None)) as connection,
    ):
        messages: list[bytes] = []
        with pytest.raises(LinkError, match=r"closed the connection$"):
            read_to_the_end(connection, messages)
    assert messages == []


def test_reading_what_is_not_there_yet_does_not_wait(hub: FakeHub) -> None:
    with closing(WebSocketConnection(hub.url, CREDENTIAL, None)) as connection:
        assert list(connection.read()) == []
        connection.close(wait_s=5)
