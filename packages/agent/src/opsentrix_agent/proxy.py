"""Which proxy leads to a host, by the environment: `http_proxy`, `https_proxy` and `no_proxy`, in either case.

urllib knows this too, but brings `http.client` and `email` along, which the running agent can do without.
"""

import os
from binascii import b2a_base64
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from opsentrix_agent.errors import LinkError

DEFAULT_PORT = 80


class Proxy(NamedTuple):
    """An HTTP proxy.

    Attributes:
        host: its name or address.
        port: its port.
        authorization: value of the header `Proxy-Authorization`; empty without a user.
    """

    host: str
    port: int
    authorization: str = ""

    def __repr__(self) -> str:
        return f"Proxy({self.host}:{self.port})"

    def connect_request(self, host: str, port: int) -> bytes:
        """Return the request for a tunnel (RFC 9110, section 9.3.6)."""
        authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        authorization = f"Proxy-Authorization: {self.authorization}\r\n" if self.authorization else ""
        return f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{authorization}\r\n".encode()


def proxy_for(host: str, *, secure: bool, environ: Mapping[str, str] = os.environ) -> Proxy | None:
    """Return the proxy for a host, or None where it is reached directly.

    Raises:
        LinkError: the variable names no HTTP proxy.
    """
    name = "https_proxy" if secure else "http_proxy"
    value = _variable(environ, name)
    if not value or _is_excepted(host.lower(), _variable(environ, "no_proxy").lower()):
        return None
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        name_or_address, port = parts.hostname or "", parts.port or DEFAULT_PORT
    except ValueError:
        name_or_address = ""
    if not name_or_address or parts.scheme != "http":
        raise LinkError(f"{name} must be the URL of an HTTP proxy, such as http://proxy.example:3128")
    authorization = ""
    if parts.username:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Basic {b2a_base64(user.encode(), newline=False).decode()}"
    return Proxy(name_or_address, port, authorization)


def _variable(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.upper(), "")


def _is_excepted(host: str, no_proxy: str) -> bool:
    entries = [entry for entry in (one.strip() for one in no_proxy.split(",")) if entry]
    return any(_covers(entry, host) for entry in entries)


def _covers(entry: str, host: str) -> bool:
    domain = entry.lstrip(".")
    if entry == "*" or host == domain.strip("[]") or host.endswith(f".{domain}"):
        return True
    if "/" not in entry:
        return False
    import ipaddress

    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False
