"""The gRPC link against servers of the library, encrypted and not."""

import select
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from opsentrix_agent.clienttls import ClientTls
from opsentrix_agent.errors import LinkError, LinkRefusedError, SettingsError
from opsentrix_agent.identity import Identity
from opsentrix_agent.links import dialer
from opsentrix_agent.links.grpc import METHOD, GrpcConnection
from opsentrix_agent.settings import Settings

CERTIFICATES = Path(__file__).parent.parent / "core" / "tls"
Talk = Callable[[Iterator[bytes], Any], Iterator[bytes]]


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("grpc_proxy", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def server(talk: Talk, *, tls: bool = False) -> Iterator[str]:
    """Serve the method and yield the URL."""
    with ThreadPoolExecutor(4) as threads:
        service, _, method = METHOD[1:].partition("/")
        handler = grpc.method_handlers_generic_handler(service, {method: grpc.stream_stream_rpc_method_handler(talk)})
        running = grpc.server(threads, handlers=(handler,))
        if tls:
            pem = (CERTIFICATES / "server.pem").read_bytes()
            port = running.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(pem, pem)]))
        else:
            port = running.add_insecure_port("127.0.0.1:0")
        running.start()
        yield f"{'grpcs' if tls else 'grpc'}://127.0.0.1:{port}"
        running.stop(None).wait(5)


def echo(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:  # noqa: ANN401 - it has no types
    if dict(context.invocation_metadata()).get("authorization") != "Bearer secret":
        context.abort(grpc.StatusCode.UNAUTHENTICATED, "who is this?")
    yield from requests


def connected(url: str, tls_ca: Path | None = None, credential: str = "secret") -> GrpcConnection:
    tls = None
    if url.startswith("grpcs:"):
        settings = Settings(tls_ca=tls_ca, state_dir=Path("/nonexistent"))
        tls = ClientTls(settings, Identity(7, credential, url), "https://127.0.0.1:1")
    connection = dialer(url, "auto", 7, tls)(credential)
    assert isinstance(connection, GrpcConnection)
    return connection


def came(connection: GrpcConnection, count: int) -> list[bytes]:
    """Return so many messages."""
    messages: list[bytes] = []
    while len(messages) < count:
        if not connection.pending():
            assert select.select(connection.readers(), [], [], 20)[0], "nothing came"
        messages += connection.read()
    return messages


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
def test_messages_go_both_ways_in_order(tls: bool) -> None:
    with server(echo, tls=tls) as url:
        connection = connected(url, CERTIFICATES / "ca.pem" if tls else None)
        sent = [str(number).encode() * 1000 for number in range(50)]
        for message in sent:
            connection.send(message)
        assert came(connection, 50) == sent
        assert connection.ping()
        connection.close(5)
        connection.close()


def test_a_hub_of_another_authority_never_sees_the_credential() -> None:
    seen: list[str] = []

    def talk(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:  # noqa: ANN401 - as above
        seen.append(str(context.invocation_metadata()))
        yield from requests

    with server(talk, tls=True) as url:
        connection = connected(url, CERTIFICATES / "other-ca.pem")
        connection.send(b"hello")
        with pytest.raises(LinkError, match="UNAVAILABLE"):
            came(connection, 1)
        connection.close()
    assert seen == []


def test_a_refused_credential_is_told_from_other_failures() -> None:
    with server(echo) as url:
        connection = connected(url, credential="wrong")
        with pytest.raises(LinkRefusedError, match="UNAUTHENTICATED") as raised:
            came(connection, 1)
        connection.close()
    assert "wrong" not in str(raised.value)
    connection = connected(url)
    with pytest.raises(LinkError, match="UNAVAILABLE") as away:
        came(connection, 1)
    assert not isinstance(away.value, LinkRefusedError)
    connection.close()


def test_a_hub_that_takes_nothing_holds_the_sender_up() -> None:
    go_on = threading.Event()

    def talk(requests: Iterator[bytes], _context: object) -> Iterator[bytes]:
        go_on.wait(20)
        yield str(sum(1 for _ in requests)).encode()

    with server(talk) as url:
        connection = connected(url)
        sent = 0
        until = time.monotonic() + 10
        while connection.writable() and time.monotonic() < until:
            connection.send(bytes(100_000))
            sent += 1
            if not connection.writable():
                select.select(connection.readers(), [], [], 0.2)  # it may only be a moment
        assert sent < 200
        go_on.set()
        connection.close(10)


@pytest.mark.parametrize("path", ["missing.pem"])
def test_an_authority_that_cannot_be_read_is_named(path: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"tls_ca: .*missing\.pem cannot be used"):
        connected("grpcs://127.0.0.1:1", tmp_path / path)
