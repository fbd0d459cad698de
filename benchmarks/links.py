"""What each link costs: the hub's CPU for a frame, and the agent's memory.

Simulated agents, each on a connection of the real agent's own client, send recorded frames at the same pace over one
link after the other, and all are acknowledged. What the hub uses with the same connections at rest is taken off.
PostgreSQL's part is not counted: it is the same for all. The memory is that of real agents of this machine.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from opsentrix_agent.links import LINKS, dialer, rest
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.layouts import layout_id, layout_to_wire

from benchmarks import fleet_recording
from benchmarks.deployment import Hub, running_agent, running_hub
from benchmarks.fleet_recording import FRAME_TICKS, STEP_MS
from benchmarks.harness import BenchmarkError, Result, free_port, use_of_tree, wait_until

if TYPE_CHECKING:
    from opsentrix_agent.links.interface import Connection

AGENTS = 50
PER_S = 200.0
"""Frames of all agents together."""
QUICK_S, FULL_S = 6.0, 60.0
_WITHIN_S = 20.0
_POLL_S = 0.002


class Sender:
    """One simulated agent."""

    def __init__(self, connection: "Connection") -> None:
        """Say hello."""
        self.acked = 0
        self.welcomed = False
        self._connection = connection
        self._boot = os.urandom(16)
        self._seq = 0
        self._first_ms = (time.time_ns() // 1_000_000_000 - 86_400) * 1000
        hello = pb.Hello(boot_ids=[self._boot], step_ms=STEP_MS, frame_ticks=FRAME_TICKS)
        connection.send(pb.AgentMessage(hello=hello).SerializeToString())

    def send(self, columns: bytes) -> None:
        """Send the next frame; the first brings the layout."""
        series = fleet_recording.load().series
        self._seq += 1
        frame = pb.Frame(
            layout_id=layout_id(series), boot_id=self._boot, seq=self._seq, step_ms=STEP_MS, ticks=FRAME_TICKS,
            first_tick_ms=self._first_ms + self._seq * FRAME_TICKS * STEP_MS, value_type=pb.VALUE_TYPE_FLOAT64,
            compression=pb.COMPRESSION_ZLIB, columns=columns, layout=layout_to_wire(series) if self._seq == 1 else None,
        )  # fmt: skip
        self._connection.send(pb.AgentMessage(frame=frame).SerializeToString())

    @property
    def waiting(self) -> int:
        """Frames that are not acknowledged."""
        return self._seq - self.acked

    def read(self) -> None:
        """Take what the hub said."""
        self._connection.turn(time.monotonic())
        for message in self._connection.read():
            told = pb.HubMessage.FromString(message)
            if told.HasField("reject"):
                raise BenchmarkError(f"a frame was rejected: {told.reject.detail}")
            self.welcomed = self.welcomed or told.HasField("welcome")
            self.acked += len(told.ack.seqs)

    def close(self) -> None:
        """End the session."""
        self._connection.close()


def measure(quick: bool) -> list[Result]:
    """Send frames over each link, and run an agent on each."""
    seconds = QUICK_S if quick else FULL_S
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="oxl") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the embedded PostgreSQL runs as another user
        with running_hub(folder, grpc_port=port) as hub:
            urls = {link: f"grpc://127.0.0.1:{port}" if link == "grpc" else hub.url for link in LINKS}
            agents = [_enroll(hub, number) for number in range(AGENTS)]
            costs = [_frame_cost(hub, link, urls[link], agents, seconds) for link in LINKS]
            return costs + _memory(hub, urls, folder, seconds)


def _enroll(hub: Hub, number: int) -> tuple[int, str]:
    body = {"name": f"link-{number}", "type": "host", "host": "simulated"}
    headers = {"Authorization": f"Bearer {hub.enrollment_token()}"}
    told = hub.client.post("/api/v1/agents/register", json=body, headers=headers).raise_for_status().json()
    return int(told["id"]), str(told["credential"])


def _frame_cost(hub: Hub, link: str, url: str, agents: list[tuple[int, str]], seconds: float) -> Result:
    rest.PAUSE_S = 0.0  # each frame is a post of its own, as it is with one frame each five seconds
    columns = fleet_recording.packed(fleet_recording.load(), FRAME_TICKS)
    senders = [Sender(dialer(url, link, agent_id, None)(credential)) for agent_id, credential in agents]
    try:
        _turn_until(senders, _WITHIN_S, lambda: all(one.welcomed for one in senders))
        _send_all(senders, columns, 1.0)  # layouts, and whatever is made at the first frame
        before = use_of_tree(hub.pid).cpu_s
        _turn_until(senders, seconds / 2)
        at_rest = 2 * (use_of_tree(hub.pid).cpu_s - before)
        before = use_of_tree(hub.pid).cpu_s
        sent = _send_all(senders, columns, seconds)
        spent = use_of_tree(hub.pid).cpu_s - before - at_rest
    finally:
        for one in senders:
            one.close()
    note = f"{sent} frames of {AGENTS} agents in {seconds:.0f} s, {1e6 * at_rest / sent:.0f} us of rest taken off"
    return Result(f"link.{link}_us_per_frame", 1e6 * spent / sent, "us", "lower", None, note=note)


def _send_all(senders: list[Sender], columns: list[bytes], seconds: float) -> int:
    """Send frames at an even pace for so long, wait until all are acknowledged and return how many they were."""
    began, sent = time.monotonic(), 0
    while (passed := time.monotonic() - began) < seconds:
        while sent < passed * PER_S:
            senders[sent % len(senders)].send(columns[sent % len(columns)])
            sent += 1
        _read(senders)
    _turn_until(senders, _WITHIN_S, lambda: not any(one.waiting for one in senders))
    return sent


def _turn_until(senders: list[Sender], seconds: float, done: Callable[[], bool] | None = None) -> None:
    """Read for so long, or until it is done.

    Raises:
        BenchmarkError: it is not done in time.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if done is not None and done():
            return
        _read(senders)
    if done is not None:
        raise BenchmarkError(f"the hub did not answer within {seconds:g} s")


def _read(senders: list[Sender]) -> None:
    for one in senders:
        one.read()
    time.sleep(_POLL_S)


def _memory(hub: Hub, urls: dict[str, str], folder: Path, seconds: float) -> list[Result]:
    with contextlib.ExitStack() as stack:
        pids = {
            link: stack.enter_context(running_agent(hub, folder / link, name=f"real {link}", link=link, server_url=url))
            for link, url in urls.items()
        }
        time.sleep(seconds)
        wait_until(lambda: hub.online_agents() >= len(pids), "the agents are not online", _WITHIN_S)
        return [
            Result(f"link.{link}_agent_rss_mb", use_of_tree(pid).peak_rss_bytes / 2**20, "MB", "lower", None,
                   note="peak of a real agent, without TLS")
            for link, pid in pids.items()
        ]  # fmt: skip
