import base64

import pytest
from opsentrix_agent.errors import LinkError
from opsentrix_agent.proxy import Proxy, proxy_for


def proxy(host: str = "hub.example", secure: bool = True, **environ: str) -> Proxy | None:
    return proxy_for(host, secure=secure, environ=environ)


def test_the_variable_of_the_scheme_counts_in_either_case() -> None:
    assert proxy() is None
    assert proxy(https_proxy="http://p:3128") == Proxy("p", 3128)
    assert proxy(HTTPS_PROXY="http://p:3128/") == Proxy("p", 3128)
    assert proxy(http_proxy="http://p:3128") is None
    assert proxy(secure=False, http_proxy="p:8080") == Proxy("p", 8080)
    assert proxy(https_proxy="http://[::1]") == Proxy("::1", 80)


def test_a_user_is_sent_to_the_proxy_and_never_shown() -> None:
    found = proxy(https_proxy="http://me:a%40b@p:1")
    assert found is not None
    assert base64.b64decode(found.authorization.removeprefix("Basic ")) == b"me:a@b"
    assert found.authorization.encode() in found.connect_request("hub.example", 443)
    assert "Basic" not in repr(found)


def test_the_request_for_a_tunnel_names_the_hub() -> None:
    assert Proxy("p", 1).connect_request("::1", 443) == b"CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n"


@pytest.mark.parametrize("value", ["socks5://p:1", "https://p:1", "http://", "http://p:x"])
def test_what_is_no_http_proxy_is_said(value: str) -> None:
    with pytest.raises(LinkError, match="https_proxy must be"):
        proxy(https_proxy=value)


@pytest.mark.parametrize(
    ("host", "no_proxy", "direct"),
    [
        ("hub.example", "*", True),
        ("hub.example", "other, hub.example", True),
        ("HUB.example", "hub.EXAMPLE", True),
        ("hub.example", ".example", True),
        ("hub.example", "example", True),
        ("hub.example", "ample", False),
        ("badexample", ".example", False),
        ("hub.example", "", False),
        ("hub.example", " , ", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.0.0.1/8", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("hub.example", "10.0.0.0/8", False),
        ("::1", "[::1]", True),
        ("10.1.2.3", "nonsense/99", False),
    ],
)
def test_exceptions(host: str, no_proxy: str, direct: bool) -> None:
    assert (proxy(host, https_proxy="http://p:1", no_proxy=no_proxy) is None) == direct
