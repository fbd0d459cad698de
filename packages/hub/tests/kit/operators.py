"""What a test of commands needs: an agent whose owner allows something, and how it answers."""

import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.commands import command_text, key_id

from packages.hub.tests.kit.agent import FakeAgent
from packages.hub.tests.kit.hub import Enrolled, RunningHub, until

COMMANDS = "/api/v1/commands"
Status = pb.CommandResult.Status
RESTART: dict[str, Any] = {
    "effect": "disrupts",
    "parameters": [{"name": "unit", "type": "string", "required": True, "max_length": 128, "characters": "nginxoa-"}],
    "allowed": {"units": ["nginx"]},
    "signers": ["hub", "operator"],
}
STATUS: dict[str, Any] = {**RESTART, "effect": "reads", "allowed": {"units": ["*"]}}
ALLOWED: dict[str, Any] = {"service.restart": RESTART, "service.status": STATUS}


def policy_state(
    actions: Mapping[str, Any] = ALLOWED, operators: Sequence[Mapping[str, str]] = (), **change: object
) -> pb.PolicyState:
    """Return what an agent says of its owner's policy."""
    said: dict[str, Any] = {"actions": actions, "limits": {"timeout_s": 300}, "signers": {"hub": True}}
    said["signers"]["operators"] = list(operators)
    text = json.dumps(said | change)
    return pb.PolicyState(allowed_json=text, sha256=sha256(text.encode()).digest())


class Machine:
    """An agent whose owner allows actions."""

    def __init__(self, agent: FakeAgent, enrolled: Enrolled) -> None:
        self.agent = agent
        self.id = enrolled.id

    async def command(self) -> pb.Command:
        """Return the command that must come next, but for the word that one may come."""
        message = await self.agent.any()
        while message.HasField("command_expected"):
            message = await self.agent.any()
        assert message.HasField("command"), message
        return message.command

    async def cancelled(self) -> str:
        """Return the id of the command that the hub wants to end, which must come next."""
        return (await self.agent.receive("command_cancel")).command_cancel.command_id

    async def writes(self, command: pb.Command, seq: int, data: bytes = b"", stream: int = 1) -> pb.CommandAck:
        """Send a piece of output and return what the hub acknowledges."""
        output = pb.CommandOutput(command_id=command.id, seq=seq, data=data)
        output.stream = pb.CommandOutput.STREAM_STDERR if stream == 2 else pb.CommandOutput.STREAM_STDOUT
        await self.agent.send(command_output=output)
        return (await self.agent.receive("command_ack")).command_ack

    async def ends(
        self, command: pb.Command, status: Status = Status.STATUS_SUCCEEDED, **fields: Any  # noqa: ANN401
    ) -> pb.CommandAck:  # fmt: skip
        """Tell the end of a command and return what the hub acknowledges."""
        result = pb.CommandResult(command_id=command.id, status=status, **fields)
        await self.agent.send(command_result=result)
        return (await self.agent.receive("command_ack")).command_ack


@contextlib.asynccontextmanager
async def machine(
    hub: RunningHub, enrolled: Enrolled, state: pb.PolicyState | None = None, *, told: bool = True
) -> AsyncIterator[Machine]:
    """Connect an agent that tells its policy, and wait until the hub knows it."""
    async with hub.agent(enrolled) as agent:
        welcome = await agent.hello(capabilities=["actions"])
        assert "actions" in welcome.capabilities
        if told:
            await agent.send(policy_state=state or policy_state())
            await until(lambda: _knows(hub, enrolled.id))
        yield Machine(agent, enrolled)


async def _knows(hub: RunningHub, agent_id: int) -> bool:
    return bool(await hub.fetch("SELECT FROM agent_policies WHERE agent_id = $1", agent_id))


def restart(*agents: int, **more: object) -> dict[str, Any]:
    """Return the body of a command that restarts nginx."""
    return {"agents": list(agents), "action": "service.restart", "params": {"unit": "nginx"}, **more}


async def give(client: httpx.AsyncClient, body: Mapping[str, Any]) -> int:
    """Give a command and return its id."""
    answer = await client.post(COMMANDS, json=body)
    assert answer.status_code == 202, answer.text
    return int(answer.json()["id"])


async def read(client: httpx.AsyncClient, command_id: int) -> dict[str, Any]:
    """Return a command with its runs."""
    answer = await client.get(f"{COMMANDS}/{command_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def states(client: httpx.AsyncClient, command_id: int) -> list[str]:
    """Return the states of a command's runs, by agent."""
    return [one["state"] for one in sorted((await read(client, command_id))["items"], key=lambda one: one["agent"])]


async def until_states(client: httpx.AsyncClient, command_id: int, *wanted: str) -> None:
    """Wait until the runs are in these states, by agent, and the command has ended where none of them is open."""
    is_open = not {"waiting", "sent", "running"}.isdisjoint(wanted)

    async def reached() -> bool:
        shown = await read(client, command_id)
        found = [one["state"] for one in sorted(shown["items"], key=lambda one: one["agent"])]
        return found == list(wanted) and (is_open or shown["ended_at"] is not None)

    await until(reached)


def check_signature(command: pb.Command, public_key: bytes) -> None:
    """Raise if a command is not signed by the hub."""
    assert command.key_id == key_id(public_key)
    text = command_text(command, key_id(public_key))
    Ed25519PublicKey.from_public_bytes(public_key).verify(command.signature, text)
