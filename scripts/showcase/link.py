"""The connections of invented machines: real frames over real WebSockets, first the past, then each five seconds."""

import asyncio
import time
from array import array
from collections.abc import Callable

import numpy as np
import picows
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol import processes
from opsentrix_protocol.layouts import layout_id, layout_to_wire

from scripts.showcase.machines import Machine, looked, measured

STEP_MS = 1000
LIVE_TICKS = 5
PAST_TICKS = 60
"""In a frame of the past."""
_CONNECTING_AT_ONCE = 16
_WITHIN_S = 60.0


class Link(picows.WSListener):
    """One machine's connection; `seq` is that of its newest frame."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.welcome = asyncio.Event()
        self.acked = asyncio.Event()
        self._boot_id = machine.seed("boot").to_bytes(16)
        self._seq = 0
        self._committed = 0
        self._transport: picows.WSTransport | None = None

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        """Introduce the machine."""
        self._transport = transport
        hello = pb.Hello(
            capabilities=["frames.zlib", "processes.packed"], agent_version="0.1.0", boot_ids=[self._boot_id],
            step_ms=STEP_MS, frame_ticks=LIVE_TICKS, time_ms=time.time_ns() // 1_000_000,
            host={
                "os.type": "linux", "os.description": "Debian GNU/Linux 13 (trixie)", "os.kernel": "6.12.48-amd64",
                "host.name": self.machine.name, "host.arch": "amd64", "host.cpu.model.name": "AMD EPYC 7543P",
                "host.cpu.count": "4", "host.memory.total_bytes": str(32 * 1024**3), "host.virtualization": "kvm",
            },
        )  # fmt: skip
        self._send(pb.AgentMessage(hello=hello))

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """Take an answer of the hub."""
        if frame.msg_type is not picows.WSMsgType.BINARY:
            return
        message = pb.HubMessage.FromString(frame.get_payload_as_bytes())
        kind = message.WhichOneof("body")
        if kind == "welcome":
            self.welcome.set()
        elif kind == "ack":
            self._committed += len(message.ack.seqs)
            if self._committed == self._seq:
                self.acked.set()
        elif kind == "reject":
            raise ValueError(f"the hub refuses {self.machine.name}: {message.reject}")

    def send(self, first_s: int, ticks: int) -> None:
        """Send a frame with the processes of each five seconds; the first one brings the layout."""
        times = np.arange(first_s, first_s + ticks, dtype=np.float64)
        found = measured(self.machine, times)
        series = [one.series for one in found]
        self._seq += 1
        frame = pb.Frame(
            layout_id=layout_id(series), boot_id=self._boot_id, seq=self._seq, first_tick_ms=first_s * 1000,
            step_ms=STEP_MS, ticks=ticks,
        )  # fmt: skip
        if self._seq == 1:
            frame.layout.CopyFrom(layout_to_wire(series))
        codec.pack(frame, array("d", np.concatenate([one.values for one in found]).tobytes()))
        if self.machine.story:
            looks = range(first_s, first_s + ticks, LIVE_TICKS)
            tables = (processes.ProcessTable(at * 1000, looked(self.machine, at)) for at in looks)
            frame.process_samples = processes.pack(tables)
        self.acked.clear()
        self._send(pb.AgentMessage(frame=frame))

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.disconnect()

    def _send(self, message: pb.AgentMessage) -> None:
        if self._transport is not None:
            self._transport.send(picows.WSMsgType.BINARY, message.SerializeToString())


async def run(
    url: str, credentials: dict[str, str], fleet: list[Machine], past_s: dict[bool, int], ready: Callable[[], None]
) -> None:
    """Connect all machines, send their past, be `ready`, and go on until cancelled.

    Args:
        url: the hub's, beginning with http.
        credentials: by the machines' names.
        fleet: the machines.
        past_s: how many seconds of the past, by whether a machine has a story.
        ready: called once the past is stored.
    """
    gate = asyncio.Semaphore(_CONNECTING_AT_ONCE)
    now = int(time.time()) // LIVE_TICKS * LIVE_TICKS

    async def connected(machine: Machine) -> Link:
        link = Link(machine)
        async with gate, asyncio.timeout(_WITHIN_S):
            headers = {"Authorization": f"Bearer {credentials[machine.name]}"}
            address = url.replace("http", "ws", 1) + "/api/v1/agents/connect"
            await picows.ws_connect(lambda: link, address, extra_headers=headers)
            await link.welcome.wait()
            for first in range(now - past_s[machine.story], now, PAST_TICKS):
                link.send(first, PAST_TICKS)
                await link.acked.wait()
        return link

    links = await asyncio.gather(*map(connected, fleet))
    for link in links:
        if link.machine.gone:
            link.close()
    links = [link for link in links if not link.machine.gone]
    ready()
    for first in range(now, now + 86_400, LIVE_TICKS):
        await asyncio.sleep(max(0.0, first + LIVE_TICKS - time.time()))
        for link in links:
            link.send(first, LIVE_TICKS)
            await asyncio.sleep(0)
