"""The ways to the hub. Each is imported only when it is chosen."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from opsentrix_agent.endpoint import endpoint
from opsentrix_agent.errors import SettingsError
from opsentrix_agent.tls import client_context

if TYPE_CHECKING:
    import ssl

    from opsentrix_agent.links.interface import Dial

LINKS = {
    "websocket": "opsentrix_agent.links.websocket",
    "grpc": "opsentrix_agent.links.grpc",
    "socketio": "opsentrix_agent.links.socketio",
    "rest": "opsentrix_agent.links.rest",
}
"""The module of each link; its function `dialer` takes a `Dialled`."""


NEVER = float("inf")
"""A moment that does not come."""


class Dialled(NamedTuple):
    """Whom to call.

    Attributes:
        url: with the scheme http, https, grpc or grpcs.
        agent_id: who calls.
        tls: verifies the hub, for https.
        tls_ca: PEM file with the only authorities to trust, for libraries that take no `tls`.
    """

    url: str
    agent_id: int
    tls: "ssl.SSLContext | None" = None
    tls_ca: Path | None = None


def dialer(server_url: str, link: str, agent_id: int, tls_ca: Path | None) -> "Dial":
    """Return what connects to the hub.

    Args:
        server_url: where the hub is.
        link: one of `endpoint.LINKS`.
        agent_id: who connects.
        tls_ca: PEM file with the only authorities to trust; None means the system's.

    Raises:
        SettingsError: `link` and `server_url` do not go together, or need what is not there.
    """
    try:
        found = endpoint(server_url, link)
    except ValueError as error:
        raise SettingsError(f"server_url {error}.") from None
    tls = client_context(tls_ca) if found.url.startswith("https:") else None
    made: Dial = import_module(LINKS[found.link]).dialer(Dialled(found.url, agent_id, tls, tls_ca))
    return made
