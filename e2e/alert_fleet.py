"""Agents that cross thresholds by a script, over the agent's own link and spool; the script knows what must be told.

A value is held above its threshold until all providers know, and below it until all know that this is over: so what is
expected does not depend on how fast anything is, nor on when the hub is killed. Each episode has a value of its own,
by which messages can be told apart.
"""

import itertools
import os
import random
import time
from array import array
from collections.abc import Iterator
from pathlib import Path

from opsentrix_agent.backoff import Backoff
from opsentrix_agent.credentials import Credentials
from opsentrix_agent.greeting import Greeting
from opsentrix_agent.identity import Identity
from opsentrix_agent.link import Link
from opsentrix_agent.links import Dialled
from opsentrix_agent.links.websocket import dialer
from opsentrix_agent.spool import Spool, SpooledFrame
from opsentrix_agent.transport import Transport
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Metric, Series
from opsentrix_protocol.layouts import layout_id, layout_to_wire

from e2e.alert_inbox import Fact, Inbox
from e2e.deployment import Deployment

SERIES = (Series(Metric("chaos.value", "1", Kind.GAUGE)),)
RULES = {
    "spike": "chaos.value > 100 on type=spike",
    "slow": "chaos.value > 100 for 2s on type=slow",
    "flap": "chaos.value > 100 on type=flap",
    "pending": "chaos.value > 100 for 10m on type=pending",
    "lost": "absent(agent) for 8s on type=lost",
}
LATE, PENDING = 9999, 7777
"""Values that nobody must ever be told of: of a spool's replay, and of what does not last."""
_LATE_S = 90
"""How old the replay is: older than what the engine takes for the present, whatever the agent's pace."""
_STEP_MS = 1000
_SPOOL_BYTES = 16_000_000
_FLAPS = 3
_SECONDS_KNOWN = 3

Script = Iterator[float | None]
"""What an agent samples each second; None while it is cut off and samples nothing."""


class ScriptedAgent:
    """One agent.

    Attributes:
        name: by which messages name it.
        alarms: facts that must be told, once each, in messages of their own.
        ends: the same of their ends.
        losses: how often it was lost and came back.
    """

    def __init__(self, deployment: Deployment, kind: str, number: int, environment: str, seed: int) -> None:
        self.name = f"{kind}-{number}"
        self.kind = kind
        self.alarms: list[Fact] = []
        self.ends: list[Fact] = []
        self.losses = 0
        self._number = number
        self._chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be unguessable
        agent_id, credential = deployment.register(self.name, type=kind, environment=environment)
        self._credentials = Credentials(Path(os.devnull), Identity(agent_id, credential, deployment.url))
        self._dial = dialer(Dialled(deployment.url, agent_id))
        self._boot_id = self._chance.randbytes(16)
        self._seq = 0
        self._spool = Spool(_SPOOL_BYTES)
        self._transport: Transport | None = None
        self.connect()

    def connect(self) -> None:
        """Look for the hub, and go on with what the spool holds."""
        link = Link(self._spool, Greeting("scripted", self._boot_id, _STEP_MS, 1))
        soon = Backoff(lambda _low, high: self._chance.uniform(0.0, min(high, 0.4)))
        spool = self._spool
        self._transport = Transport(
            link, self._dial, self._credentials, backoff=soon, spool_is_empty=lambda: not len(spool)
        )
        self._transport.start()

    def disconnect(self) -> None:
        """Be cut off."""
        if self._transport is not None:
            self._transport.stop(0.0)
            self._transport = None

    def sample(self, time_ms: int, value: float) -> None:
        """Put a frame of one tick into the spool."""
        self._seq += 1
        frame = pb.Frame(
            layout_id=layout_id(SERIES), boot_id=self._boot_id, seq=self._seq, first_tick_ms=time_ms,
            step_ms=_STEP_MS, ticks=1,
        )  # fmt: skip
        codec.pack(frame, array("d", [value]), b"")
        spooled = SpooledFrame((self._boot_id, self._seq), frame.layout_id, frame.SerializeToString())
        self._spool.add(spooled, layout_to_wire(SERIES).SerializeToString())
        if self._transport is not None:
            self._transport.wake()

    def script(self, inbox: Inbox, ending: "Ending") -> Script:
        """Return what it does, which ends some time after `ending` is set, with all alarms over."""
        made = {"spike": self._spikes, "slow": self._spikes, "flap": self._flaps, "pending": self._never}
        return made.get(self.kind, self._losses)(inbox, ending)

    def _spikes(self, inbox: Inbox, ending: "Ending") -> Script:
        for episode in itertools.count(1):
            high = 10_000 * self._number + 1000 + episode
            self.alarms.append(Fact(self.name, high, over=False))
            while not inbox.told(self.alarms[-1]):
                yield high
            self.ends.append(Fact(self.name, -high, over=True))
            while not inbox.told(self.ends[-1]):
                yield -high
                if self._chance.random() < 0.3:
                    self.sample(_second_ms() - _LATE_S * _STEP_MS, LATE)
            if ending.set:
                return

    def _flaps(self, inbox: Inbox, ending: "Ending") -> Script:
        while not ending.set:
            for _ in range(_FLAPS):
                yield 5000
                yield -5000
            while not inbox.all_say(self.name, over=False):
                yield 5000
            while not inbox.all_say(self.name, over=True):
                yield -5000

    def _never(self, inbox: Inbox, ending: "Ending") -> Script:
        while not ending.set:
            yield from [PENDING] * self._chance.randint(1, 5)
            yield -PENDING

    def _losses(self, inbox: Inbox, ending: "Ending") -> Script:
        while not ending.set:
            yield from [1.0] * _SECONDS_KNOWN
            self.disconnect()
            self.losses += 1
            while not inbox.all_say(self.name, over=False):
                yield None
            self.connect()
            while not inbox.all_say(self.name, over=True):
                yield 1.0
        while True:  # or it would be lost once more
            yield 1.0


class Ending:
    """Whether scripts are to come to their ends."""

    def __init__(self) -> None:
        self.set = False


class ScriptedFleet:
    """All agents, each with its script; call `tick` each second."""

    def __init__(self, deployment: Deployment, inbox: Inbox, seed: int) -> None:
        """Enroll the agents; those of a kind `slow` belong together, each other one is alone in its environment."""
        kinds = ("spike", "spike", "spike", "slow", "slow", "flap", "pending", "lost")
        self.agents = [
            ScriptedAgent(deployment, kind, number, "together" if kind == "slow" else f"env-{number}", seed + number)
            for number, kind in enumerate(kinds, 1)
        ]
        self._ending = Ending()
        self._scripts = {one.name: one.script(inbox, self._ending) for one in self.agents}
        self._done: set[str] = set()

    def tick(self) -> None:
        """Let each agent sample this second."""
        for one in self.agents:
            try:
                value = next(self._scripts[one.name])
            except StopIteration:
                self._done.add(one.name)
                continue
            if value is not None:
                one.sample(_second_ms(), value)

    def finish(self) -> None:
        """Let all scripts come to their ends."""
        self._ending.set = True

    @property
    def finished(self) -> bool:
        """Whether all that can end has ended; an agent that can be lost goes on until the very end."""
        return all(one.name in self._done for one in self.agents if one.kind != "lost")

    def standing(self, inbox: Inbox) -> str:
        """Return for people which scripts have not ended, and what each provider knows of what they wait for."""
        lines = []
        for one in self.agents:
            if one.name not in self._done:
                asked = [*one.alarms[-1:], *one.ends[-1:]]
                known = {each.name: [*map(each.messages, asked), each.over(one.name)] for each in inbox.channels}
                lines.append(f"{one.name} {asked}: {known}")
        return "; ".join(lines)

    def stop(self) -> None:
        """End all threads."""
        for one in self.agents:
            one.disconnect()


def _second_ms() -> int:
    return int(time.time()) * _STEP_MS
