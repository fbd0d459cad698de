"""Simulated agents: the agent's own link, spool and transport, carrying samples whose every value is known.

Each keeps a ledger of what it made, sent and was acked, which is what the hub's history is held against. They send out
of order, late and twice, leave holes, and crash with frames in the spool.
"""

import os
import random
import threading
import time
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from opsentrix_agent.backoff import Backoff
from opsentrix_agent.credentials import Credentials
from opsentrix_agent.greeting import Greeting
from opsentrix_agent.identity import Identity
from opsentrix_agent.link import Link
from opsentrix_agent.links import Dialled
from opsentrix_agent.links.websocket import dialer
from opsentrix_agent.spool import FrameKey, Spool, SpooledFrame
from opsentrix_agent.transport import Transport
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of
from opsentrix_protocol.layouts import layout_id, layout_to_wire

from e2e.deployment import Deployment

STEP_MS = 1000
METRIC = Metric("chaos.value", "1", Kind.GAUGE)
SERIES = tuple(Series(METRIC, labels_of(number=f"{number:02}")) for number in range(12))
LAYOUTS = (range(8), range(4, 12))
"""Which of SERIES stand in a frame."""
_MAX_TICKS = 60
_MAX_WAITING = 300
"""Frames in a spool before an agent makes no more history: it must not be the spool that loses any."""
_SPOOL_BYTES = 64_000_000
_CRASH_WITHIN_S = 0.0
_DAY_MS = 86_400_000
_DAYS = 4
_PAUSE_S = 0.04


def values_of(agent: int, series: int, time_ms: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what an agent sampled of a series at these times, float64[ticks], NaN where it took no sample."""
    second = time_ms // STEP_MS
    noise = (second * 2_654_435_761 + series * 40_503 + agent * 97) % 2**32
    match series % 3:
        case 0:
            values = np.full(time_ms.shape, agent * 100.0 + series)
        case 1:
            values = noise / 7.0
        case _:
            values = second % 3600 / 8.0 + noise % 8
    if agent % 2:
        values = values.astype(np.float32).astype(np.float64)
    return np.where((noise % 23 == 0) & (series % 3 > 0), np.nan, values)


@dataclass(frozen=True, slots=True)
class MadeFrame:
    """A frame that an agent made: first tick in Unix ms, number of ticks, place in LAYOUTS."""

    first_ms: int
    ticks: int
    layout: int

    def times(self) -> NDArray[np.int64]:
        """Return the ticks, int64[ticks] in Unix ms."""
        return self.first_ms + STEP_MS * np.arange(self.ticks)


@dataclass(slots=True)
class Ledger:
    """What one agent did.

    Attributes:
        frames: that it made.
        sent: handed to its socket.
        acked: said to be durable, by Ack or by Welcome.
        forgotten: acked once, and not among what a later Welcome says to be committed.
        repeats: how many messages were sent once more on purpose.
    """

    frames: dict[FrameKey, MadeFrame] = field(default_factory=dict)
    sent: set[FrameKey] = field(default_factory=set)
    acked: set[FrameKey] = field(default_factory=set)
    forgotten: set[FrameKey] = field(default_factory=set)
    repeats: int = 0


class NotingSpool(Spool):
    """A spool that notes which frames the hub promised to have."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(_SPOOL_BYTES)
        self._ledger = ledger

    def ack(self, boot_id: bytes, seqs: Iterable[int]) -> int:
        """Note an Ack."""
        listed = list(seqs)
        self._ledger.acked.update((boot_id, seq) for seq in listed)
        return super().ack(boot_id, listed)

    def ack_ranges(self, boot_id: bytes, ranges: Iterable[tuple[int, int]]) -> int:
        """Note what Welcome says to be committed: as good as an Ack, even of a frame that was never made."""
        spans = list(ranges)
        committed = {(boot_id, seq) for first, last in spans for seq in range(first, last + 1)}
        self._ledger.forgotten |= {key for key in self._ledger.acked if key[0] == boot_id} - committed
        self._ledger.acked |= committed
        return super().ack_ranges(boot_id, spans)


class NoisyLink(Link):
    """A link that notes what it sends, and sends some of it twice, however long ago the first time was."""

    def __init__(self, spool: Spool, greeting: Greeting, ledger: Ledger, chance: random.Random) -> None:
        super().__init__(spool, greeting)
        self._ledger = ledger
        self._chance = chance
        self._kept: list[bytes] = []

    def poll(self, now: float) -> bytes | None:
        """Return the next message, sometimes one that was sent before."""
        message = super().poll(now)
        if message is not None:
            if self._chance.random() < 0.05:
                self._kept.append(message)
        elif self._kept and self._ready() and self._chance.random() < 0.5:
            self._ledger.repeats += 1
            return self._kept.pop(self._chance.randrange(len(self._kept)))
        return message

    def _ready(self) -> bool:
        return self.phase.value == "open"

    def _frame_message(self, spooled: SpooledFrame) -> bytes:
        self._ledger.sent.add(spooled.key)
        return super()._frame_message(spooled)


class SimulatedAgent:
    """One agent: makes frames from `start_ms` on, up to `until_ms` or, without it, at the pace of the wall clock.

    Attributes:
        id: its number in the hub.
        ledger: what it did.
    """

    def __init__(
        self, agent_id: int, credential: str, url: str, chance: random.Random, start_ms: int, until_ms: int | None
    ) -> None:
        self.id = agent_id
        self.ledger = Ledger()
        self.boots = 0
        self._credentials = Credentials(Path(os.devnull), Identity(agent_id, credential, url))
        self._url = url
        self._chance = chance
        self._next_ms = start_ms
        self._until_ms = until_ms
        self._held: list[SpooledFrame] = []
        self._abandoned: list[Transport] = []
        self._lock = threading.Lock()
        self._boot()

    def crash(self) -> None:
        """Lose what is in the spool and begin anew, with another boot."""
        with self._lock:
            self._transport.stop(_CRASH_WITHIN_S)
            self._abandoned.append(self._transport)
            self._held.clear()
            self._boot()

    def make(self) -> None:
        """Make the next frame, if it is time for one; keep it back, lose it, or leave a hole before it, at random."""
        with self._lock:
            ticks = self._chance.randint(1, _MAX_TICKS if self._until_ms else 3)
            end_ms = self._until_ms or time.time_ns() // 1_000_000
            if self._next_ms + ticks * STEP_MS > end_ms or len(self._spool) > _MAX_WAITING:
                return
            spooled = self._frame(ticks)
            luck = self._chance.random()
            if luck < 0.02:
                self._next_ms += self._chance.randint(2, 300 if self._until_ms else 3) * STEP_MS
            elif luck < 0.04:
                return  # it is lost before it is sent
            if luck > 0.85:
                self._held.append(spooled)
            else:
                self._add(spooled)
            if luck > 0.97:
                self._release()

    def flush(self) -> None:
        """Hand over everything that was kept back."""
        with self._lock:
            self._release()

    @property
    def waiting(self) -> int:
        """Frames that are not acked."""
        return len(self._spool) + len(self._held)

    def stop(self) -> None:
        """End all threads."""
        for transport in (*self._abandoned, self._transport):
            transport.stop(20.0 if transport is self._transport else 1.0)
            transport.join(20)

    def _boot(self) -> None:
        self.boots += 1
        self._boot_id = self._chance.randbytes(16)
        self._seq = 0
        self._spool = NotingSpool(self.ledger)
        greeting = Greeting("simulated", self._boot_id, STEP_MS, 5)
        link = NoisyLink(self._spool, greeting, self.ledger, self._chance)
        soon = Backoff(lambda _low, high: self._chance.uniform(0.0, min(high, 0.5)))
        spool = self._spool
        self._transport = Transport(
            link,
            dialer(Dialled(self._url, self.id)),
            self._credentials,
            backoff=soon,
            spool_is_empty=lambda: not len(spool),
        )
        self._transport.start()

    def _frame(self, ticks: int) -> SpooledFrame:
        self._seq += 1
        made = MadeFrame(self._next_ms, ticks, self._seq // 40 % len(LAYOUTS))
        self._next_ms += ticks * STEP_MS
        listed = LAYOUTS[made.layout]
        values = np.array([values_of(self.id, number, made.times()) for number in listed])
        absent = np.isnan(values)
        message = pb.Frame(
            layout_id=layout_id([SERIES[number] for number in listed]), boot_id=self._boot_id, seq=self._seq,
            first_tick_ms=made.first_ms, step_ms=STEP_MS, ticks=ticks,
        )  # fmt: skip
        packed = array("f" if self.id % 2 else "d", np.where(absent, 0.0, values).ravel().tolist())
        codec.pack(message, packed, np.packbits(absent, bitorder="little").tobytes() if absent.any() else b"")
        key = (self._boot_id, self._seq)
        self.ledger.frames[key] = made
        return SpooledFrame(key, message.layout_id, message.SerializeToString())

    def _add(self, spooled: SpooledFrame) -> None:
        listed = LAYOUTS[self.ledger.frames[spooled.key].layout]
        self._spool.add(spooled, layout_to_wire([SERIES[number] for number in listed]).SerializeToString())
        self._transport.wake()

    def _release(self) -> None:
        self._chance.shuffle(self._held)
        for spooled in self._held:
            self._add(spooled)
        self._held.clear()


class Fleet:
    """Agents that all make frames, in a thread of their own, until `finish`.

    Attributes:
        agents: the last one tells of the present, the others of the days before.
    """

    def __init__(self, deployment: Deployment, url: str, seed: int, size: int) -> None:
        """Enroll agents and let them begin.

        Args:
            deployment: whose agents they are; its hub must run.
            url: where they find the hub.
            seed: of their choices.
            size: how many, two at least.
        """
        now_ms = time.time_ns() // 1_000_000
        # History begins shortly before a midnight, so that frames reach from one partition into the next.
        begin_ms = now_ms // _DAY_MS * _DAY_MS - _DAYS * _DAY_MS - _DAY_MS // 48
        self.agents = []
        for number in range(size):
            agent_id, credential = deployment.register(f"a{number}")
            chance = random.Random(seed + number)  # noqa: S311 - to be repeated, not to be unguessable
            start_ms, until_ms = (now_ms, None) if number == size - 1 else (begin_ms, now_ms - _DAY_MS // 12)
            self.agents.append(SimulatedAgent(agent_id, credential, url, chance, start_ms, until_ms))
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fleet", daemon=True)
        self._thread.start()

    def acked(self) -> int:
        """Return how many frames the hub said to be durable."""
        return sum(len(agent.ledger.acked) for agent in self.agents)

    def finish(self) -> None:
        """Make no more frames, and hand over those kept back."""
        self._ending.set()
        self._thread.join(20)
        for agent in self.agents:
            agent.flush()

    def stop(self) -> None:
        """End all threads."""
        self.finish()
        for agent in self.agents:
            agent.stop()

    def _run(self) -> None:
        while not self._ending.wait(_PAUSE_S):
            for agent in self.agents:
                agent.make()
