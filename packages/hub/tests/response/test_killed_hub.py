"""A hub that ends between any two steps of a command: nothing is lost, nothing begins twice, nothing is told twice."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from opsentrix.errors import UnavailableError
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.agent import FakeAgent
from packages.hub.tests.kit.hub import Enrolled, RunningHub, running, until
from packages.hub.tests.kit.operators import COMMANDS, Status, give, policy_state, read, restart, states


class Careful:
    """An agent with a journal, as the real one: it begins what it does not know, and repeats what nobody has."""

    def __init__(self, enrolled: Enrolled) -> None:
        self.enrolled = enrolled
        self.begun: list[str] = []
        self.came: list[bytes] = []
        self.held: list[pb.AgentMessage] = []

    async def work(self, hub: RunningHub) -> None:
        """Connect and do what is asked until the hub ends the session."""
        with contextlib.suppress(websockets.ConnectionClosed):
            async with hub.agent(self.enrolled) as agent:
                await agent.hello(capabilities=["actions"])
                await agent.send(policy_state=policy_state())
                for message in self.held:
                    await agent.socket.send(message.SerializeToString())
                while True:
                    await self._heed(agent, await agent.any())

    async def _heed(self, agent: FakeAgent, message: pb.HubMessage) -> None:
        kind = message.WhichOneof("body")
        if kind == "command_ack":
            self._forget(message.command_ack)
        elif kind == "command":
            command = message.command
            self.came.append(command.SerializeToString())
            if command.id not in self.begun:
                self.begun.append(command.id)
                self.held += self._said(command.id)
                for one in self.held:
                    await agent.socket.send(one.SerializeToString())

    def _said(self, command: str) -> list[pb.AgentMessage]:
        result = pb.CommandResult(command_id=command, status=Status.STATUS_FAILED, exit_code=4)
        return [
            pb.AgentMessage(command_output=pb.CommandOutput(command_id=command, seq=1, data=b"wor")),
            pb.AgentMessage(command_output=pb.CommandOutput(command_id=command, seq=2, data=b"ds")),
            pb.AgentMessage(command_result=result),
        ]

    def _forget(self, ack: pb.CommandAck) -> None:
        self.held = [
            one
            for one in self.held
            if (one.HasField("command_result") and not ack.result)
            or (one.HasField("command_output") and one.command_output.seq > ack.output_seq)
        ]


def broken(hub: RunningHub, where: str, reached: asyncio.Event) -> None:
    """Let a hub fail at one place for ever, as if it had been killed there."""
    sender = hub.hub.responding.sender

    def fails(*_: object, **__: object) -> None:
        reached.set()
        raise UnavailableError("killed")

    async def fails_later(*_: object, **__: object) -> None:
        fails()

    def after(ack: Callable[[int, pb.CommandAck], None], *, result: bool) -> Callable[[int, pb.CommandAck], None]:
        return lambda agent, one: fails() if one.result == result else ack(agent, one)

    places: dict[str, tuple[object, str, Any]] = {
        "before anything is sent": (sender._keeper, "step", fails_later),
        "sent in the database, not on the wire": (sender, "_send", fails),
        "output came, not committed": (sender._keeper, "take_output", fails_later),
        "output committed, not acknowledged": (sender, "_acknowledge", after(sender._acknowledge, result=False)),
        "the end came, not committed": (sender._keeper, "take_result", fails_later),
        "the end committed, not acknowledged": (sender, "_acknowledge", after(sender._acknowledge, result=True)),
    }
    owner, name, instead = places[where]
    setattr(owner, name, instead)


async def ended(client: httpx.AsyncClient, number: int) -> None:
    async def over() -> bool:
        return (await read(client, number))["ended_at"] is not None

    await until(over)


@pytest.mark.parametrize("where", [
    "before anything is sent", "sent in the database, not on the wire", "output came, not committed",
    "output committed, not acknowledged", "the end came, not committed", "the end committed, not acknowledged",
])  # fmt: skip
async def test_a_hub_killed_between_two_steps_loses_and_doubles_nothing(where: str, dsn: str, tmp_path: Path) -> None:
    async with running(dsn, tmp_path) as hub, hub.client(cookie := await hub.session()) as client:
        agent, reached = Careful(await hub.enroll()), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            working = tasks.create_task(agent.work(hub))
            await until(lambda: agent.enrolled.id in hub.hub.sessions.greeted())
            await until(lambda: _knows(hub))
            broken(hub, where, reached)
            number = await give(client, restart(agent.enrolled.id))
            async with asyncio.timeout(30):
                await reached.wait()
                if "came" in where or "acknowledged" in where:
                    await working  # what the hub still says counts: an ack too early would be believed
            working.cancel()
    await _goes_on(dsn, tmp_path, agent, cookie, number)
    assert len(agent.begun) == 1
    assert len(set(agent.came)) == 1, "it is sent again as it was, or not at all"
    assert not agent.held, "all is acknowledged"


async def _goes_on(dsn: str, tmp_path: Path, agent: Careful, cookie: str, number: int) -> None:
    async with running(dsn, tmp_path) as hub, hub.client(cookie) as client, asyncio.TaskGroup() as tasks:
        knew = (await hub.fetch("SELECT taken FROM command_runs"))[0]["taken"]
        before = len(agent.came)
        working = tasks.create_task(agent.work(hub))
        await ended(client, number)
        await until(lambda: not agent.held)
        assert await states(client, number) == ["failed"]
        assert (await client.get(f"{COMMANDS}/{number}/runs/{agent.enrolled.id}/output")).text == "words"
        told = await hub.fetch("SELECT FROM audit_log WHERE action = 'command.result'")
        assert len(told) == 1
        if knew:
            assert len(agent.came) == before, "what was taken is not sent again"
        working.cancel()


async def _knows(hub: RunningHub) -> bool:
    return bool(await hub.fetch("SELECT FROM agent_policies"))
