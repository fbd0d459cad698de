"""An agent with a flight recorder, and how it is asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.agent import BOOT, FakeAgent, full_frame
from packages.hub.tests.kit.hub import Enrolled, RunningHub


def path(enrolled: Enrolled, tail: object = "") -> str:
    """Return the path of an agent's recordings, or of one."""
    return f"/api/v1/agents/{enrolled.id}/recordings{tail and f'/{tail}'}"


@asynccontextmanager
async def recorder(hub: RunningHub, enrolled: Enrolled) -> AsyncIterator[FakeAgent]:
    """Connect as an agent that keeps a flight recorder."""
    async with hub.agent(enrolled) as agent:
        hello = pb.Hello(boot_ids=[BOOT], step_ms=1000, frame_ticks=5, capabilities=["recordings"])
        await agent.send(hello=hello)
        await agent.receive("welcome")
        yield agent


async def asked(agent: FakeAgent) -> pb.RecordingRequest:
    """Return what the hub asks the agent for."""
    return (await agent.receive("recording_request")).recording_request


async def ask(client: httpx.AsyncClient, enrolled: Enrolled, **body: object) -> dict[str, Any]:
    """Ask the hub for a recording and return it."""
    answer = await client.post(path(enrolled), json=body)
    assert answer.status_code == 202, answer.text
    row: dict[str, Any] = answer.json()
    return row


async def synced(agent: FakeAgent, seq: int = 1) -> None:
    """Wait until the hub has worked off all that the agent sent before."""
    await agent.send(frame=full_frame(seq))
    await agent.acked(seq)
