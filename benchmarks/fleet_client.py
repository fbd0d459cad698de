"""The fleet simulator, a process of its own: `python -m benchmarks.fleet_client PLAN`.

It connects every agent, sends its first frame with the layout, prints `joined` and waits for a line on standard input.
Then the agents take turns to send their frames at the planned rate, and it prints a Report as JSON. Nothing is encoded
by then but the few bytes around the packed columns.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections import Counter
from dataclasses import asdict

import numpy as np
import picows
import uvloop
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.layouts import layout_id, layout_to_wire

from benchmarks import fleet_recording
from benchmarks.fleet_plan import Identity, Plan, Report, identity
from benchmarks.fleet_recording import STEP_MS

JOINING_AT_ONCE = 32
WINDOW = 64  # as many unacknowledged frames as the reference agent keeps in flight
JOIN_TIMEOUT_S = 60.0
_BEHIND_S = 0.005
_JOIN_MS = 60_000


class Ledger:
    """What all agents saw together."""

    def __init__(self) -> None:
        self.ack_s: list[float] = []
        self.rejects: Counter[str] = Counter()
        self.disconnects = 0
        self.ending = False
        self.news = asyncio.Event()
        """Set when something was acked or lost."""


class AgentLink(picows.WSListener):
    """One agent's connection."""

    def __init__(self, who: Identity, ticks: int, ledger: Ledger) -> None:
        self.who = who
        self.sent: dict[int, float] = {}
        self.welcome = asyncio.Event()
        self.first_ack = asyncio.Event()
        self._ticks = ticks
        self._ledger = ledger
        self._transport: picows.WSTransport | None = None

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        """Count it, unless this side ended it."""
        self._transport = None
        self._ledger.disconnects += not self._ledger.ending
        self._ledger.news.set()

    @property
    def full(self) -> bool:
        """Whether it must wait for acks before it sends more."""
        return self._transport is not None and len(self.sent) >= WINDOW

    @property
    def waiting(self) -> bool:
        """Whether acks can still come."""
        return self._transport is not None and bool(self.sent)

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """Take a message of the hub."""
        if frame.msg_type is not picows.WSMsgType.BINARY:
            return
        message = pb.HubMessage.FromString(frame.get_payload_as_bytes())
        kind = message.WhichOneof("body")
        if kind == "ack":
            now = time.perf_counter()
            for seq in message.ack.seqs:
                if (at := self.sent.pop(seq, None)) is not None:
                    self._ledger.ack_s.append(now - at)
            self.first_ack.set()
            self._ledger.news.set()
        elif kind == "welcome":
            self.welcome.set()
        elif kind == "reject":
            self._ledger.rejects[pb.RejectReason.Name(message.reject.reason)] += 1

    def hello(self) -> None:
        """Introduce the agent."""
        hello = pb.Hello(
            capabilities=["frames.zlib", "frames.absent", "processes", "pace"], agent_version="simulated",
            boot_ids=[self.who.boot_id], step_ms=STEP_MS, frame_ticks=self._ticks, time_ms=time.time_ns() // 1_000_000,
            host={"os.type": "linux"},
        )  # fmt: skip
        self._send(pb.AgentMessage(hello=hello))

    def send(self, seq: int, tick_ms: int, columns: bytes, layout: int, told: pb.Layout | None = None) -> None:
        """Send a frame and note when."""
        frame = pb.Frame(
            layout_id=layout, layout=told, boot_id=self.who.boot_id, seq=seq, first_tick_ms=tick_ms, step_ms=STEP_MS,
            ticks=self._ticks, value_type=pb.VALUE_TYPE_FLOAT64, compression=pb.COMPRESSION_ZLIB, columns=columns,
        )  # fmt: skip
        self.sent[seq] = time.perf_counter()
        self._send(pb.AgentMessage(frame=frame))

    def _send(self, message: pb.AgentMessage) -> None:
        if self._transport is not None:
            self._transport.send(picows.WSMsgType.BINARY, message.SerializeToString())


class Fleet:
    """All agents of a plan."""

    def __init__(self, plan: Plan) -> None:
        recording = fleet_recording.load()
        self._plan = plan
        self._columns = fleet_recording.packed(recording, plan.ticks)
        self._layout = layout_to_wire(recording.series)
        self._layout_id = layout_id(recording.series)
        self._ledger = Ledger()
        self._links: list[AgentLink] = []
        self._joined_s = 0.0
        self._late_s = 0.0

    async def join(self) -> None:
        """Connect all agents, a few at a time, and have each one's first frame acked."""
        started = time.perf_counter()
        gate = asyncio.Semaphore(JOINING_AT_ONCE)
        url = self._plan.url.replace("http", "ws", 1) + "/api/v1/agents/connect"

        async def one(agent_id: int) -> AgentLink:
            who = identity(agent_id)
            async with gate, asyncio.timeout(JOIN_TIMEOUT_S):
                link = AgentLink(who, self._plan.ticks, self._ledger)
                headers = {"Authorization": f"Bearer {who.credential}"}
                await picows.ws_connect(lambda: link, url, extra_headers=headers, websocket_handshake_timeout=30)
                link.hello()
                await link.welcome.wait()
                first_ms = self._plan.tick_ms(agent_id, 0) if self._plan.start_ms else _present_ms() - _JOIN_MS
                link.send(1, first_ms, self._columns_of(who, 0), self._layout_id, self._layout)
                await link.first_ack.wait()
            return link

        self._links = list(await asyncio.gather(*map(one, self._plan.ids)))
        self._joined_s = time.perf_counter() - started
        self._ledger.ack_s.clear()

    async def run(self) -> Report:
        """Send all frames, wait for their acks and tell how it went."""
        started, started_ms = time.perf_counter(), _present_ms()
        turn = 0
        for frame in range(1, self._plan.frames + 1):
            for place, link in enumerate(self._links):
                await self._until(started + turn / self._plan.rate)
                while link.full:
                    await self._news()
                who = link.who
                if self._plan.start_ms:
                    tick_ms = self._plan.tick_ms(who.agent_id, frame)
                else:
                    phase_ms = int(place / self._plan.rate) * STEP_MS
                    tick_ms = started_ms + phase_ms + (frame - 2) * self._plan.frame_ms
                link.send(frame + 1, tick_ms, self._columns_of(who, frame), self._layout_id)
                turn += 1
        seconds = time.perf_counter() - started
        await self._drain()
        self._ledger.ending = True
        return self._report(seconds, turn)

    def _columns_of(self, who: Identity, frame: int) -> bytes:
        return self._columns[(who.offset + frame * self._plan.ticks) % len(self._columns)]

    async def _until(self, due: float) -> None:
        ahead = due - time.perf_counter()
        if ahead > 0:
            await asyncio.sleep(ahead)
        else:
            self._late_s = max(self._late_s, -ahead)
            if -ahead > _BEHIND_S:
                await asyncio.sleep(0)  # let acks in

    async def _drain(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._plan.drain_s):
                while any(link.waiting for link in self._links):
                    await self._news()

    async def _news(self) -> None:
        self._ledger.news.clear()
        await self._ledger.news.wait()

    def _report(self, seconds: float, sent: int) -> Report:
        percentiles = np.percentile(self._ledger.ack_s or [float("inf")], [50, 90, 99, 100]).tolist()
        return Report(
            joined_s=self._joined_s,
            seconds=seconds,
            sent=sent,
            unacked=[(link.who.agent_id, seq) for link in self._links for seq in link.sent],
            disconnects=self._ledger.disconnects,
            rejects=dict(self._ledger.rejects),
            ack_s=(percentiles[0], percentiles[1], percentiles[2], percentiles[3]),
            late_s=self._late_s,
        )


def _present_ms() -> int:
    return time.time_ns() // 1_000_000 // STEP_MS * STEP_MS


async def simulate(plan: Plan) -> None:
    """Carry out a plan as the module's text says."""
    fleet = Fleet(plan)
    await fleet.join()
    print("joined", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    report = await fleet.run()
    print(json.dumps(asdict(report)), flush=True)


if __name__ == "__main__":
    uvloop.run(simulate(Plan.from_json(sys.argv[1])))
