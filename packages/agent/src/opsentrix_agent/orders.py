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


class Actions:
    """What follows commands; this one refuses them all. The link's thread calls it."""

    def command(self, command: pb.Command) -> list[bytes]:
        """Take a command, and return the messages that answer it at once."""
        return [refused(command.id, "This agent runs no actions.")]

    def cancel(self, command_id: str) -> None:
        """End a command."""

    def expect(self) -> None:
        """Make ready: a command may come soon."""

    def acked(self, ack: pb.CommandAck) -> None:
        """Note what the hub has of a command."""

    def welcomed(self, *, acks: bool) -> None:
        """Note that a connection is open, and whether the hub acknowledges output and results."""

    def poll(self) -> bytes | None:
        """Return the next message, or None when there is none now."""
        return None


def refused(command_id: str, why: str) -> bytes:
    """Return the message that a command is not followed."""
    result = pb.CommandResult(command_id=command_id, status=pb.CommandResult.STATUS_REFUSED, error=why)
    return pb.AgentMessage(command_result=result).SerializeToString()


class Duties(NamedTuple):
    """What answers the hub's requests; each by itself does nothing.

    Attributes:
        recordings: gives what the flight recorder holds.
        credentials: makes a new credential; without them the agent keeps the one that it connects with.
        actions: follow commands.
    """

    orders: Orders = Orders()
    recordings: Cut = nothing_recorded
    credentials: Credentials | None = None
    actions: Actions = Actions()

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
            case "command":
                return self.actions.command(message.command)
            case "command_cancel":
                self.actions.cancel(message.command_cancel.command_id)
            case "command_expected":
                self.actions.expect()
            case "command_ack":
                self.actions.acked(message.command_ack)
            case "identity_notice" if self.credentials is not None:
                self.credentials.take(message.identity_notice, now)
                return self.credentials.offers()
            case _:
                log.debug("message or control of a kind that this agent does not know is ignored")
        return []
