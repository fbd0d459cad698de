"""What a hub may ask of an agent beside samples, and what answers it."""

import logging
from typing import NamedTuple

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix_agent.credentials import Credentials
from opsentrix_agent.uploads import Cut, nothing_recorded

log = logging.getLogger(__name__)


class Orders:
    """What the hub may ask of the agent as a whole; this one follows nothing.

    The link's thread calls it.
    """

    version = 0

    def configure(self, version: int, content_json: str) -> None:
        """Take what the hub wants of the settings; nothing of it is checked yet."""

    def restart(self) -> None:
        """Start anew, when the agent sees fit."""

    def upgrade(self, wanted: pb.Upgrade) -> None:
        """Change to another release, when the owner allows; nothing of it is checked yet."""

    def acknowledged(self) -> None:
        """Note that the hub acknowledged a frame of this run."""


class Duties(NamedTuple):
    """What answers the hub's requests; each by itself does nothing.

    Attributes:
        recordings: gives what the flight recorder holds.
        credentials: makes a new credential; without them the agent keeps the one that it connects with.
    """

    orders: Orders = Orders()
    recordings: Cut = nothing_recorded
    credentials: Credentials | None = None

    def welcomed(self) -> list[bytes]:
        """Note that the hub let the agent in, and return the messages that follow from it."""
        if self.credentials is None:
            return []
        self.credentials.welcomed()
        return self.credentials.offers()

    def follow(self, message: pb.HubMessage, now: float) -> list[bytes]:
        """Do what a message asks for, and return the messages that answer it; `now` is in monotonic seconds.

        Raises:
            LinkError: the hub wants a new connection, or has revoked this agent.
        """
        match message.WhichOneof("body"):
            case "configuration":
                self.orders.configure(message.configuration.version, message.configuration.content_json)
            case "control" if message.control.action == pb.Control.ACTION_RESTART:
                self.orders.restart()
            case "upgrade":
                self.orders.upgrade(message.upgrade)
            case "identity_notice" if self.credentials is not None:
                self.credentials.take(message.identity_notice, now)
                return self.credentials.offers()
            case _:
                log.debug("message or control of a kind that this agent does not know is ignored")
        return []
