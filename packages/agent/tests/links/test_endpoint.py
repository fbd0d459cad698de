"""Which link, and where to: by the scheme of the URL and the setting."""

import pytest
from opsentrix_agent.endpoint import Endpoint, endpoint, http_url
from opsentrix_agent.errors import SettingsError
from opsentrix_agent.links import dialer
from opsentrix_agent.settings import load_settings


@pytest.mark.parametrize(
    ("server_url", "link", "found"),
    [
        ("https://hub:8000", "auto", ("websocket", "https://hub:8000")),
        ("http://[::1]:8000/base", "auto", ("websocket", "http://[::1]:8000/base")),
        ("wss://hub", "websocket", ("websocket", "https://hub")),
        ("https://hub", "rest", ("rest", "https://hub")),
        ("rest+https://hub/base", "auto", ("rest", "https://hub/base")),
        ("socketio+http://hub", "auto", ("socketio", "http://hub")),
        ("grpcs://hub:443", "auto", ("grpc", "grpcs://hub:443")),
        ("https://hub:8000", "grpc", ("grpc", "grpcs://hub:8001")),
        ("http://[::1]:8000", "grpc", ("grpc", "grpc://[::1]:8001")),
    ],
)
def test_the_scheme_or_the_setting_chooses(server_url: str, link: str, found: tuple[str, str]) -> None:
    assert endpoint(server_url, link) == Endpoint(*found)
    assert endpoint(server_url, link).encrypted == ("s://" in server_url)


@pytest.mark.parametrize(("server_url", "link"), [("ftp://hub", "auto"), ("hub", "auto"), ("grpc://hub", "rest")])
def test_what_does_not_go_together_is_named(server_url: str, link: str) -> None:
    with pytest.raises(SettingsError, match=r"server_url (must begin with|is for the link grpc)"):
        dialer(server_url, link, 7, None)


def test_plain_requests_go_where_http_is_spoken() -> None:
    assert http_url("rest+https://hub", "http://other") == "https://hub"
    assert http_url("grpcs://hub:8001", "https://hub:8000") == "https://hub:8000"
    assert http_url("grpc://hub:8001", "") == ""


@pytest.mark.parametrize("link", ["pigeon", "", "GRPC"])
def test_a_link_that_there_is_not_is_refused(link: str) -> None:
    with pytest.raises(SettingsError, match="link must be one of auto, websocket, grpc, socketio, rest"):
        load_settings(environ={}, overrides={"link": link})


@pytest.mark.parametrize("url", ["grpc://hub.example", "rest+http://hub.example", "ws://hub.example"])
def test_plain_text_is_warned_of_on_every_link(url: str) -> None:
    assert load_settings(environ={}, overrides={"server_url": url}).sends_in_clear()
    secure = url.replace("grpc:", "grpcs:").replace("http:", "https:").replace("ws:", "wss:")
    assert not load_settings(environ={}, overrides={"server_url": secure}).sends_in_clear()
