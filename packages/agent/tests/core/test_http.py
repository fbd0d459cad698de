"""Enrollment and `doctor` against a real HTTP server."""

import json
import threading
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opsentrix_agent.doctor import examine
from opsentrix_agent.enrollment import enroll
from opsentrix_agent.errors import EnrollmentError, HubError, SettingsError
from opsentrix_agent.hubhttp import ask
from opsentrix_agent.identity import Identity, save_identity
from opsentrix_agent.settings import Settings

NOW = 1_700_000_000.0


class Hub(ThreadingHTTPServer):
    """Answers everything with one answer and keeps the requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 201
        self.body: bytes = b'{"id": 7, "credential": "secret"}'
        self.headers: dict[str, str] = {}
        self.requests: list[tuple[str, str, str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        hub = self.server
        assert isinstance(hub, Hub)
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length)) if length else None
        hub.requests.append((self.command, self.path, self.headers.get("Authorization", ""), body))
        self.send_response_only(hub.status)
        self.send_header("Date", formatdate(NOW, usegmt=True))
        self.send_header("Content-Length", str(len(hub.body)))
        for name, value in hub.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(hub.body)

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """Keep the test's output clean."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def settings(hub: Hub) -> Settings:
    return Settings(server_url=hub.url, name="web-1")


def test_enrolling_sends_what_the_settings_say(hub: Hub) -> None:
    wanted = settings(hub)._replace(environment="production", tags=("a",), reporting_interval=10)
    assert enroll(wanted, "tok", "web-1.local", {"os.type": "linux"}) == Identity(7, "secret", hub.url)
    assert hub.requests == [
        (
            "POST",
            "/api/v1/agents/register",
            "Bearer tok",
            {
                "name": "web-1",
                "type": "host",
                "host": "web-1.local",
                "metadata": {"os.type": "linux"},
                "reporting_interval": 10,
                "environment": "production",
                "tags": ["a"],
            },
        )
    ]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, b'{"detail": "unknown token"}', "does not know this enrollment token.*unknown token"),
        (403, b"{}", "expired, used up or revoked"),
        (422, b'{"title": "bad name"}', "does not accept this registration.*bad name"),
        (404, b"not found", "no Opsentrix hub at"),
        (500, b"\xff", "HTTP 500"),
        (201, b"{}", "not as a hub does"),
        (201, b"[]", "not as a hub does"),
    ],
)
def test_a_refusal_is_one_clear_sentence(hub: Hub, status: int, body: bytes, said: str) -> None:
    hub.status, hub.body = status, body
    with pytest.raises(EnrollmentError, match=said) as caught:
        enroll(settings(hub), "tok", "h", {})
    assert "tok" not in str(caught.value).split()
    assert caught.value.exit_code == 77


def test_a_redirect_is_not_followed_so_the_token_goes_nowhere(hub: Hub) -> None:
    hub.status, hub.headers = 302, {"Location": f"{hub.url}/elsewhere"}
    with pytest.raises(EnrollmentError, match=r"redirects to .*/elsewhere"):
        enroll(settings(hub), "tok", "h", {})
    assert len(hub.requests) == 1


def test_a_hub_that_is_not_there_is_one_clear_sentence() -> None:
    with Hub() as gone:
        url = gone.url
    with pytest.raises(HubError, match=f"{url} cannot be reached: Connection refused"):
        ask(url, "/health")


def test_plain_http_where_tls_is_expected_is_said_so(hub: Hub) -> None:
    with pytest.raises(HubError, match="TLS with"):
        ask(hub.url.replace("http:", "https:"), "/health")


def test_a_ca_file_that_is_none_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="tls_ca"):
        ask("https://127.0.0.1:1", "/health", tls_ca=tmp_path / "none.pem")


def findings(wanted: Settings, now: float = NOW) -> dict[str, tuple[bool, str]]:
    return {one.what: (one.good, one.detail) for one in examine(wanted, now=lambda: now)}


def healthy(hub: Hub, tmp_path: Path) -> Settings:
    hub.status, hub.body = 200, b'{"status": "ok", "version": "9.9"}'
    save_identity(tmp_path, Identity(7, "secret", hub.url))
    return Settings(state_dir=tmp_path)


def test_doctor_finds_everything_in_order(hub: Hub, tmp_path: Path) -> None:
    found = findings(healthy(hub, tmp_path))
    assert all(good for good, _ in found.values())
    assert list(found) == ["collectors", "identity", "hub", "tls", "clock"]
    assert "9.9" in found["hub"][1]


def test_doctor_finds_a_clock_that_is_off(hub: Hub, tmp_path: Path) -> None:
    wanted = healthy(hub, tmp_path)
    assert findings(wanted, NOW + 400)["clock"] == (
        False,
        "400 s ahead of the hub's clock; set up time synchronisation.",
    )
    assert "behind" in findings(wanted, NOW - 400)["clock"][1]
    assert findings(wanted, NOW + 30)["clock"][0]


def test_doctor_finds_a_hub_that_is_degraded_or_something_else(hub: Hub, tmp_path: Path) -> None:
    wanted = healthy(hub, tmp_path)
    hub.status, hub.body = 503, b'{"status": "degraded"}'
    assert findings(wanted)["hub"] == (False, f"{hub.url} says it is degraded (HTTP 503).")
    hub.status, hub.body = 200, b"<html>"
    assert "not as a hub does" in findings(wanted)["hub"][1]


def test_doctor_finds_what_is_missing(hub: Hub, tmp_path: Path) -> None:
    assert findings(Settings(state_dir=tmp_path))["identity"][0] is False
    (tmp_path / "identity.json").write_text("{")
    assert "damaged" in findings(Settings(state_dir=tmp_path))["identity"][1]
    wanted = healthy(hub, tmp_path)
    (tmp_path / "identity.json").chmod(0o644)
    assert "chmod 600" in findings(wanted)["identity"][1]
    assert findings(Settings(state_dir=tmp_path, enable=("cpus",)))["collectors"][0] is False
