"""Fetching a release from a real HTTP server: only what the owner's keys signed is asked for, and only that is kept."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from opsentrix_agent.errors import HubError
from opsentrix_agent.hubhttp import download
from opsentrix_agent.upgrades.fetch import fetch
from opsentrix_agent.upgrades.places import Places, Release

from .support import OWNER, ROLLOUT, STRANGER, signed, write_policy

CONTENT = b"a release" * 20_000


class Server(ThreadingHTTPServer):
    """A hub that answers each GET with `content`; where `held` is clear, with its first byte until it is set."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = CONTENT
        self.status = 200
        self.paths: list[str] = []
        self.held = threading.Event()
        self.held.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.content[:1])
        self.server.held.wait(30)
        self.wfile.write(self.server.content[1:])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.held.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def where(tmp_path: Path) -> Places:
    policy = write_policy(tmp_path / "etc" / "policy.json", OWNER)
    return Places(tmp_path / "upgrade", tmp_path / "work", tmp_path / "lib", policy)


def order(where: Places, version: str = "1.1", key: Ed25519PrivateKey = OWNER, **change: Any) -> None:  # noqa: ANN401 - JSON
    """Keep an order of the hub, as the running agent does."""
    content = signed(CONTENT, version, key).to_json() | {"rollout_id": ROLLOUT, **change}
    where.inbox.mkdir()
    (where.inbox / "order.json").write_text(json.dumps(content))


def run(where: Places, hub: Server) -> bool:
    return fetch(where, Release(where.releases, "1.0-0123456789ab"), hub.url, None)


def said(where: Places) -> dict[str, str]:
    return dict(json.loads((where.inbox / "fetched.json").read_text()))


def test_a_signed_release_lies_beside_its_request(where: Places, hub: Server) -> None:
    order(where)
    assert run(where, hub)
    assert said(where)["state"] == "staged"
    assert (where.inbox / "artefact").read_bytes() == CONTENT
    request = json.loads((where.inbox / "request.json").read_text())
    assert (request["rollout_id"], request["version"]) == (ROLLOUT, "1.1")
    assert hub.paths == [f"/install/opsentrix-agent.pyz?sha256={request['sha256']}"]


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"key": STRANGER}, "not signed by a key"),
        ({"signatures": []}, "not signed"),
        ({"version": "1.0"}, "not newer"),
        ({"version": "0.9"}, "not newer"),
    ],
)
def test_what_the_owner_does_not_want_is_not_even_asked_for(
    where: Places, hub: Server, change: dict[str, Any], detail: str
) -> None:
    order(where, **change)
    assert not run(where, hub)
    assert said(where)["state"] == "refused"
    assert detail in said(where)["detail"]
    assert hub.paths == []


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (CONTENT[:-1], "has not the"),
        (CONTENT + b"!", "has not the"),
        (CONTENT[:-1] + b"!", "and not the signed"),
        (b"", "has not the"),
    ],
)
def test_another_artefact_than_the_signed_one_is_not_kept(
    where: Places, hub: Server, content: bytes, detail: str
) -> None:
    hub.content = content
    order(where)
    assert not run(where, hub)
    assert said(where)["state"] == "failed"
    assert detail in said(where)["detail"]
    assert not (where.inbox / "artefact").exists()
    assert not (where.inbox / "request.json").exists()


def test_a_hub_without_the_artefact_is_told(where: Places, hub: Server) -> None:
    hub.status = 404
    order(where)
    assert not run(where, hub)
    assert "HTTP 404" in said(where)["detail"]


def test_an_order_that_cannot_be_understood_fails(where: Places, hub: Server) -> None:
    order(where, sha256=3)
    assert not run(where, hub)
    assert said(where)["state"] == "failed"


def test_a_hub_that_sends_a_byte_now_and_then_holds_nobody_up(tmp_path: Path, hub: Server) -> None:
    hub.held.clear()
    with pytest.raises(HubError, match="did not come within"):
        download(hub.url, "/", tmp_path / "file", size=len(CONTENT), within_s=-1, tls_ca=None)
    assert not hub.held.is_set(), "it did not wait for the rest"
