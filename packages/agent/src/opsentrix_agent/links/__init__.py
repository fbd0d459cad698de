"""The ways to the hub. Each is imported only when it is chosen."""

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from opsentrix_agent.endpoint import endpoint
from opsentrix_agent.errors import SettingsError

if TYPE_CHECKING:
    import ssl

    from opsentrix_agent.links.interface import Dial, Security

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
        tls: verifies the hub; None in clear.
    """

    url: str
    agent_id: int
    tls: "Security | None" = None

    def context(self, credential: str) -> "ssl.SSLContext | None":
        """Return the context for one connection with this credential; None in clear.

        Raises:
            LinkError: it cannot be had.
        """
        return self.tls.context(credential) if self.tls else None


def dialer(server_url: str, link: str, agent_id: int, tls: "Security | None") -> "Dial":
    """Return what connects to the hub.

    Args:
        server_url: where the hub is.
        link: one of `endpoint.LINKS`.
        agent_id: who connects.
        tls: verifies the hub; None in clear.

    Raises:
        SettingsError: `link` and `server_url` do not go together, or need what is not there.
    """
    try:
        found = endpoint(server_url, link)
    except ValueError as error:
        raise SettingsError(f"server_url {error}.") from None
    made: Dial = import_module(LINKS[found.link]).dialer(Dialled(found.url, agent_id, tls))
    return made
