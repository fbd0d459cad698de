"""PostgreSQL stays away while agents go on sending: the hub holds some, makes the others wait, and loses none."""

import asyncio
import contextlib
import os
import re
import signal
import time
from array import array
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import numpy as np
import websockets
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.layouts import layout_id, layout_to_wire

from e2e.conftest import MakeDeployment
from e2e.deployment import Deployment
from e2e.fleet import SERIES
from e2e.processes import wait_until

AGENTS = 12
TICKS = 1000
FIRST_MS = (int(time.time()) - 20 * 86_400) * 1000
"""Long enough ago for all frames to follow each other."""
FRAME_BYTES = len(SERIES) * TICKS * 8
OFFERED_BYTES = 400_000_000
QUEUE_BYTES = 64 * 1024**2
"""What the hub keeps waiting at the most, but for the last frame."""
MAX_GROWTH_MB = 250
_BLOCKED_S = 2.0
_ACKED_WITHIN_S = 60.0


class Sender:
    """An agent that sends large frames for as long as the hub takes them."""

    def __init__(self, agent_id: int, socket: websockets.ClientConnection) -> None:
        self.id = agent_id
        self.sent = 0
        self._socket = socket
        self._boot = agent_id.to_bytes(16)
        self._columns = array("d", np.random.default_rng(agent_id).random(len(SERIES) * TICKS)).tobytes()

    async def greet(self) -> None:
        """Say hello and have a first frame acked, so that the hub knows the layout."""
        hello = pb.Hello(boot_ids=[self._boot], step_ms=1000, frame_ticks=5)
        await self._socket.send(pb.AgentMessage(hello=hello).SerializeToString())
        assert (await self._next()).WhichOneof("body") == "welcome"
        await self._send()
        await self.acked()

    async def flood(self) -> bool:
        """Send all that is offered, or until the hub takes no more; return whether that came first."""
        try:
            while self.sent * FRAME_BYTES * AGENTS < OFFERED_BYTES:
                await asyncio.wait_for(self._send(), _BLOCKED_S)
        except TimeoutError:
            return True
        return False

    async def acked(self) -> None:
        """Wait until all that was sent is acked."""
        seqs: set[int] = set()
        async with asyncio.timeout(_ACKED_WITHIN_S):
            while self.sent not in seqs:
                message = await self._next()
                assert message.WhichOneof("body") == "ack", message
                seqs.update(message.ack.seqs)

    async def _send(self) -> None:
        frame = pb.Frame(
            layout_id=layout_id(SERIES), boot_id=self._boot, seq=self.sent + 1, step_ms=1000, ticks=TICKS,
            first_tick_ms=FIRST_MS + self.sent * TICKS * 1000, value_type=pb.VALUE_TYPE_FLOAT64,
            compression=pb.COMPRESSION_NONE, columns=self._columns,
        )  # fmt: skip
        if not self.sent:
            frame.layout.CopyFrom(layout_to_wire(SERIES))
        self.sent += 1
        await self._socket.send(pb.AgentMessage(frame=frame).SerializeToString())

    async def _next(self) -> pb.HubMessage:
        return pb.HubMessage.FromString(await self._socket.recv(decode=False))


@contextlib.asynccontextmanager
async def connected(deployment: Deployment) -> AsyncIterator[list[Sender]]:
    """Connect agents that have had a frame acked."""
    url = deployment.url.replace("http", "ws", 1) + "/api/v1/agents/connect"
    async with contextlib.AsyncExitStack() as stack:
        senders = []
        for number in range(AGENTS):
            agent_id, credential = deployment.register(f"a{number}")
            connecting = websockets.connect(
                url, additional_headers={"Authorization": f"Bearer {credential}"}, compression=None, proxy=None,
                ping_interval=None, close_timeout=1,
            )  # fmt: skip
            senders.append(Sender(agent_id, await stack.enter_async_context(connecting)))
            await senders[-1].greet()
        yield senders


def memory_mb(pid: int, kind: str) -> float:
    """Return the resident memory of a process in MB: VmRSS now, VmHWM at most."""
    found = re.search(rf"^{kind}:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) / 1024


def measured(deployment: Deployment, name: str) -> float:
    found = re.search(rf"^{name} ([\d.e+]+)$", deployment.client.get("/metrics").text, re.MULTILINE)
    assert found, name
    return float(found[1])


async def stored(database_url: str) -> dict[int, int]:
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT agent_id, count(*) AS frames FROM agent_metrics GROUP BY 1")
        return {row["agent_id"]: row["frames"] for row in rows}
    finally:
        await connection.close()


async def test_memory_is_bounded_while_postgresql_is_away(make_deployment: MakeDeployment) -> None:
    owner = make_deployment()
    owner.start()
    database_url = await asyncio.to_thread(owner.new_database, "other")
    hub = make_deployment(OPSENTRIX_DATABASE_URL=database_url)
    hub.start()
    pid = hub.hub.pid
    async with connected(hub) as senders:
        owner.hub.kill()  # nobody is left to start PostgreSQL again
        os.kill(owner.postmaster(), signal.SIGQUIT)
        wait_until(lambda: hub.health() == 503, "the hub sees that the database is away")
        before = memory_mb(pid, "VmRSS")
        blocked = await asyncio.gather(*(sender.flood() for sender in senders))
        assert all(blocked), "the hub must not take all that is offered"
        held = measured(hub, "opsentrix_ingest_write_queue_bytes")
        grown = memory_mb(pid, "VmHWM") - before
        assert QUEUE_BYTES <= held < QUEUE_BYTES + FRAME_BYTES
        assert hub.health() == 503, "the hub answers meanwhile"
        assert grown < MAX_GROWTH_MB
        owner.start()
        hub.wait_healthy()
        await asyncio.gather(*(sender.acked() for sender in senders))
    assert await stored(database_url) == {sender.id: sender.sent for sender in senders}
    assert hub.hub.pid == pid
    sent = sum(sender.sent for sender in senders) * FRAME_BYTES / 1e6
    print(f"sent {sent:.0f} MB, held {held / 1e6:.0f} MB, memory grew from {before:.0f} by {grown:.0f} MB")  # noqa: T201
