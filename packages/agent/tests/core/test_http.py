"""Enrollment against a real HTTP server."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from opsentrix_agent.enrollment import enroll
from opsentrix_agent.errors import EnrollmentError, HubError, SettingsError
from opsentrix_agent.hubhttp import ask
from opsentrix_agent.identity import Identity
from opsentrix_agent.settings import Settings

from .answering import Hub


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
        (429, b'{"detail": "in an hour"}', "too many requests.*in an hour"),
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
        enroll(settings(hub), "tok", "h", {}, lambda _: None)
    assert "tok" not in str(caught.value).split()
    assert caught.value.exit_code == 77


def test_a_hub_with_too_many_requests_is_waited_for(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    hub.status, hub.headers = 429, {"Retry-After": "3"}
    waits = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            hub.status, hub.headers = 201, {}

    assert enroll(settings(hub), "tok", "h", {}, wait).agent_id == 7
    assert [3 <= seconds <= 4.5 for seconds in waits] == [True, True]
    assert caplog.text.count("trying again in") == 2


@pytest.mark.parametrize(
    ("after", "waits"),
    [
        ({"Retry-After": "1"}, [1, 2, 4, 8]),
        ({"Retry-After": "50"}, [50, 50]),
        ({"Retry-After": "3600"}, []),
        ({"Retry-After": "9" * 4000}, []),
        ({"Retry-After": "-1"}, [1, 2, 4, 8]),
        ({"Retry-After": "nan"}, [1, 2, 4, 8]),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, [1, 2, 4, 8]),
        ({}, [1, 2, 4, 8]),
    ],
)
def test_a_hub_that_goes_on_so_is_asked_five_times_within_two_minutes(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, after: dict[str, str], waits: list[int]
) -> None:
    hub.status, hub.headers = 429, after
    monkeypatch.setattr("opsentrix_agent.enrollment.uniform", lambda low, _: low)
    waited: list[float] = []
    with pytest.raises(EnrollmentError, match="too many requests"):
        enroll(settings(hub), "tok", "h", {}, waited.append)
    assert waited == waits
    assert len(hub.requests) == len(waits) + 1


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
