"""A hub whose code is a thief's: it speaks the protocol, lets the stolen hub's agents in, and sends what it likes.

It stands where the real hub stood, so that agents find it as they always did, and takes the key that signs commands
out of the real hub's database and folder, in the way that the hub itself opens it.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from hashlib import sha256
from types import TracebackType
from typing import Self

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from opsentrix import vault
from opsentrix_protocol import opsentrix_pb2 as pb
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from e2e.deployment import Deployment

WITHIN_S = 60.0
_CAPABILITIES = ("actions", "configuration", "upgrades", "identity")


def steal_key(deployment: Deployment) -> Ed25519PrivateKey:
    """Return the private key by which a hub signs commands; hub and database must run."""

    async def sealed() -> bytes:
        connection = await asyncpg.connect(deployment.database_url())
        try:
            return bytes(await connection.fetchval("SELECT private_key FROM command_keys"))
        finally:
            await connection.close()

    keys = vault.load(deployment.data_dir / "secrets.key")
    return Ed25519PrivateKey.from_private_bytes(keys.open("command_key", asyncio.run(sealed())))


class HostileHub:
    """Listens on the real hub's port.

    Attributes:
        said: what each agent said of policy, commands, settings and upgrades, in order, by its id.
        welcomed: how often each was let in.
        answer: the status with which connections are answered; None to let them in.
        location: said along with that.
        paths: that were asked for.
    """

    def __init__(self, port: int, credentials: Mapping[str, int]) -> None:
        """Take the port and whose credential each is."""
        self.said: dict[int, list[pb.AgentMessage]] = {agent: [] for agent in credentials.values()}
        self.welcomed = dict.fromkeys(credentials.values(), 0)
        self.answer: int | None = None
        self.location = ""
        self.paths: list[str] = []
        self._agents = {_digest(credential): agent for credential, agent in credentials.items()}
        self._port = port
        self._changed = threading.Condition()
        self._connections: dict[int, ServerConnection] = {}
        self._server: Server | None = None

    def __enter__(self) -> Self:
        self._server = serve(
            self._talk, "127.0.0.1", self._port, process_request=self._judge, compression=None, ping_interval=None
        )
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.shutdown()
        for agent in list(self._connections):
            self.cut(agent)

    def wait(self, met: Callable[[], bool], what: str) -> None:
        """Wait until a condition holds."""
        with self._changed:
            assert self._changed.wait_for(met, WITHIN_S), f"not within {WITHIN_S:.0f} s: {what}"

    def wait_welcomed(self, agent: int, before: int = 0) -> None:
        """Wait until an agent was let in more often than `before`."""
        self.wait(lambda: self.welcomed[agent] > before, f"agent {agent} comes")

    def send(self, agent: int, message: pb.HubMessage | bytes | str) -> None:
        """Send an agent something, which need not be a message."""
        with self._changed:
            connection = self._connections[agent]
        connection.send(message.SerializeToString() if isinstance(message, pb.HubMessage) else message)

    def cut(self, agent: int) -> None:
        """Break an agent's connection."""
        with self._changed:
            connection = self._connections.get(agent)
        if connection is not None:
            connection.close_socket()

    def results(self, agent: int, command_id: str) -> list[pb.CommandResult]:
        """Return what an agent said of a command's end."""
        found = (one.command_result for one in list(self.said[agent]) if one.HasField("command_result"))
        return [one for one in found if one.command_id[:64] == command_id[:64]]  # of longer ones no more is repeated

    def output(self, agent: int) -> bytes:
        """Return all output of an agent's commands."""
        return b"".join(one.command_output.data for one in list(self.said[agent]))

    def give(self, agent: int, command: pb.Command) -> pb.CommandResult:
        """Send a command and return the next result of that id; an agent that is busy is asked again."""
        while True:
            before = len(self.results(agent, command.id))
            self.send(agent, pb.HubMessage(command=command))
            self.wait(lambda: len(self.results(agent, command.id)) > before, f"a result of {command.id!r}")  # noqa: B023
            result = self.results(agent, command.id)[-1]
            if not result.error.endswith("busy."):
                return result

    def _judge(self, connection: ServerConnection, request: Request) -> Response | None:
        self.paths.append(request.path)
        if self.answer is None:
            return None
        response = connection.respond(self.answer, "")
        response.headers["Location"] = self.location
        return response

    def _talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        agent = self._agents[_digest(connection.request.headers["Authorization"].removeprefix("Bearer "))]
        with self._changed:
            self._connections[agent] = connection
        try:
            for data in connection:
                assert isinstance(data, bytes)
                for answer in self._take(agent, pb.AgentMessage.FromString(data)):
                    connection.send(answer.SerializeToString())
        except (ConnectionClosed, OSError):
            pass  # the agent went, or was cut off

    def _take(self, agent: int, message: pb.AgentMessage) -> list[pb.HubMessage]:
        with self._changed:
            self._changed.notify_all()
            match message.WhichOneof("body"):
                case "hello":
                    self.welcomed[agent] += 1
                    return [pb.HubMessage(welcome=pb.Welcome(agent_id=agent, capabilities=_CAPABILITIES))]
                case "frame":
                    return [pb.HubMessage(ack=pb.Ack(boot_id=message.frame.boot_id, seqs=[message.frame.seq]))]
                case "command_output":
                    output = message.command_output
                    ack = pb.CommandAck(command_id=output.command_id, output_seq=output.seq)
                    answers = [pb.HubMessage(command_ack=ack)]
                case "command_result":
                    ack = pb.CommandAck(command_id=message.command_result.command_id, result=True)
                    answers = [pb.HubMessage(command_ack=ack)]
                case "credential_offer":
                    digest = message.credential_offer.sha256
                    self._agents[digest] = agent
                    accepted = pb.IdentityNotice(kind=pb.IdentityNotice.KIND_ACCEPTED, sha256=digest)
                    answers = [pb.HubMessage(identity_notice=accepted)]
                case _:
                    answers = []
            self.said[agent].append(message)
        return answers


def _digest(credential: str) -> bytes:
    return sha256(credential.encode()).digest()
