"""Where the hub is and how it is reached, by the scheme of `server_url` and the setting `link`."""

from typing import NamedTuple
from urllib.parse import urlsplit

LINKS = ("auto", "websocket", "grpc", "socketio", "rest")
GRPC_PORT = 8001
_SCHEMES = {
    "http": ("", "http"),
    "https": ("", "https"),
    "ws": ("websocket", "http"),
    "wss": ("websocket", "https"),
    "socketio+http": ("socketio", "http"),
    "socketio+https": ("socketio", "https"),
    "rest+http": ("rest", "http"),
    "rest+https": ("rest", "https"),
    "grpc": ("grpc", "grpc"),
    "grpcs": ("grpc", "grpcs"),
}
"""The link that a scheme names, and the scheme of what it is carried by."""


class Endpoint(NamedTuple):
    """A hub as one link reaches it.

    Attributes:
        link: one of LINKS, but not `auto`.
        url: with the scheme http, https, grpc or grpcs.
    """

    link: str
    url: str

    @property
    def encrypted(self) -> bool:
        """Whether TLS protects it."""
        return self.url.startswith(("https:", "grpcs:"))


def endpoint(server_url: str, link: str = "auto") -> Endpoint:
    """Return how a hub is reached; without anything else said, over WebSocket.

    Args:
        server_url: with one of the schemes above, without a trailing slash.
        link: one of LINKS.

    Raises:
        ValueError: the scheme is unknown, or names another link; the text goes on after the key `server_url`.
    """
    scheme, _, rest = server_url.partition("://")
    if scheme not in _SCHEMES:
        raise ValueError(f"must begin with one of {', '.join(f'{one}://' for one in _SCHEMES)}")
    named, carried_by = _SCHEMES[scheme]
    if named and link not in {"auto", named}:
        raise ValueError(f"is for the link {named}, and the setting link says {link}")
    chosen = named or ("websocket" if link == "auto" else link)
    if chosen == "grpc" and carried_by.startswith("http"):
        host = urlsplit(f"//{rest}").hostname or ""
        bracketed = f"[{host}]" if ":" in host else host
        return Endpoint(chosen, f"{carried_by.replace('http', 'grpc')}://{bracketed}:{GRPC_PORT}")
    return Endpoint(chosen, f"{carried_by}://{rest}")


def http_url(*server_urls: str) -> str:
    """Return the hub's URL for plain requests by the first of these that tells it, or nothing.

    The URL of a gRPC port does not tell it.

    Raises:
        ValueError: see `endpoint`.
    """
    found = (endpoint(one) for one in server_urls if one)
    return next((one.url for one in found if one.link != "grpc"), "")
