"""A machine with a service that is ill: it samples itself, and what is done to it has the effect that a test wants."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Metric, Series

from packages.hub.tests.kit.agent import FakeAgent, full_frame
from packages.hub.tests.kit.hub import Enrolled, RunningHub, until
from packages.hub.tests.kit.operators import ALLOWED, RESTART, Status, policy_state

RUNBOOKS, RUNS = "/api/v1/runbooks", "/api/v1/runbook-runs"
ALIVE, ERRORS = "app.alive", "app.errors"
SERIES = (Series(Metric(ALIVE, "1", Kind.GAUGE)), Series(Metric(ERRORS, "1", Kind.GAUGE)))
ACTIONS: Mapping[str, Any] = {**ALLOWED, "service.start": RESTART}
PACE_S = 0.1
Treatment = Callable[["Patient", pb.Command], Status | None]
"""What a command does to the machine, and how it ends; None where the machine never tells."""


class Patient:
    """A machine.

    Attributes:
        values: what it samples; without a value there is no sample.
        done: the actions that were done to it, in order.
        ahead_s: by how much its clock is ahead.
    """

    def __init__(self, agent: FakeAgent, enrolled: Enrolled, treatment: Treatment) -> None:
        self.id = enrolled.id
        self.values: dict[str, float] = {ALIVE: 0.0, ERRORS: 0.0}
        self.done: list[str] = []
        self.commands: list[pb.Command] = []
        self.ahead_s = 0.0
        self._agent = agent
        self._treatment = treatment
        self._seq = 0

    async def live(self) -> None:
        """Sample and send, until it is ended."""
        while True:
            self._seq += 1
            series = [one for one in SERIES if one.metric.name in self.values]
            values = [self.values[one.metric.name] for one in series]
            if series:
                now_ms = self.now_ms()
                await self._agent.send(
                    frame=full_frame(self._seq, series=series, values=values, first_ms=now_ms, ticks=1)
                )
            await asyncio.sleep(PACE_S)

    async def obey(self) -> None:
        """Do what the hub says, until it is ended."""
        while True:
            message = await self._agent.any(3600)
            if message.WhichOneof("body") == "command":
                await self._do(message.command)

    def now_ms(self) -> int:
        """Return the time of its own clock."""
        return round((time.time() + self.ahead_s) * 1000)

    async def _do(self, command: pb.Command) -> None:
        started_ms = self.now_ms()
        self.done.append(command.action)
        self.commands.append(command)
        status = self._treatment(self, command)
        if status is not None:
            result = pb.CommandResult(
                command_id=command.id, status=status, started_ms=started_ms,
                duration_ms=self.now_ms() - started_ms,
            )  # fmt: skip
            await self._agent.send(command_result=result)


@contextlib.asynccontextmanager
async def patient(
    hub: RunningHub, enrolled: Enrolled, treatment: Treatment, ahead_s: float = 0.0
) -> AsyncIterator[Patient]:
    """Connect a machine whose owner allows services to be restarted and started."""
    async with hub.agent(enrolled) as agent:
        await agent.hello(capabilities=["actions"])
        await agent.send(policy_state=policy_state(ACTIONS))
        await until(lambda: _told(hub, enrolled.id))
        made = Patient(agent, enrolled, treatment)
        made.ahead_s = ahead_s
        tasks = [asyncio.create_task(one) for one in (made.live(), made.obey())]
        try:
            yield made
        finally:
            for one in tasks:
                one.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _told(hub: RunningHub, agent_id: int) -> bool:
    return bool(await hub.fetch("SELECT FROM agent_policies WHERE agent_id = $1", agent_id))


def cures(one: Patient, command: pb.Command) -> Status:
    """Restart the service, which helps."""
    one.values[ALIVE] = 1.0
    return Status.STATUS_SUCCEEDED


def definition(**change: object) -> dict[str, object]:
    """Return a runbook that restarts a service and expects it to live."""
    said: dict[str, object] = {
        "name": "Restart the app", "mode": "automatic", "expect": f"{ALIVE} > 0", "within": "3s",
        "steps": [{"action": "service.restart", "params": {"unit": "nginx"}}],
        "limits": {"cooldown": "0s", "per_hour": 100, "fleet_per_hour": 100, "at_once": 100},
    }  # fmt: skip
    return {key: value for key, value in {**said, **change}.items() if value is not None}


async def made(client: httpx.AsyncClient, **change: object) -> int:
    """Make a runbook and return its id."""
    answer = await client.post(RUNBOOKS, json={"definition": definition(**change)})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def run(client: httpx.AsyncClient, runbook: int, agent: int, **more: object) -> int:
    """Run a runbook by hand and return the run's id."""
    answer = await client.post(f"{RUNBOOKS}/{runbook}/run", json={"agents": [agent], **more})
    assert answer.status_code == 202, answer.text
    [number] = answer.json()["runs"]
    return int(number)


async def shown(client: httpx.AsyncClient, number: int) -> dict[str, Any]:
    """Return a run as the API shows it."""
    answer = await client.get(f"{RUNS}/{number}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def ended(client: httpx.AsyncClient, number: int) -> dict[str, Any]:
    """Wait until a run has ended and return it."""

    async def has_ended() -> bool:
        return bool((await shown(client, number))["state"] == "ended")

    await until(has_ended)
    return await shown(client, number)
