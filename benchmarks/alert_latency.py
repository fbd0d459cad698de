"""From a sample over its threshold to the webhook at its receiver, with default settings, while a fleet sends.

Agents of our own sample each second and send a frame each five, as the reference agent does; each crosses the threshold
of a rule without `for` at a moment of its own. The receiver is a real HTTP server. Beside them simulated agents send,
and a hundred other rules are evaluated.
"""

import asyncio
import random
import statistics
import time
import zlib
from dataclasses import dataclass

import asyncpg
import numpy as np
import picows
from opsentrix_protocol.catalogue import Kind, Metric, Series
from opsentrix_protocol.layouts import layout_id, layout_to_wire

from benchmarks.alert_load import Load
from benchmarks.fleet_client import AgentLink, Ledger
from benchmarks.fleet_plan import Plan, identity
from benchmarks.fleet_recording import FRAME_TICKS, STEP_MS
from benchmarks.fleet_site import Simulator, Site, joined, running_site
from benchmarks.harness import BenchmarkError, Result
from packages.hub.tests.kit.receiver import Answer, Got, Receiver, receiving

FULL, QUICK = (1000, 100, 60), (50, 10, 10)
"""Simulated agents; agents that cross the threshold; seconds within which they do."""
TARGET_S = 10
_SERIES = (Series(Metric("probe.value", "1", Kind.GAUGE)),)
_LOW, _HIGH = 1.0, 200.0
_FRAME_S = 5
_KNOWN_FRAMES = 2
"""Frames that an agent sends before it crosses."""
_ARRIVED_WITHIN_S = 60.0
_STAGES = """
    SELECT a.name, extract(epoch FROM e.recorded_at)::float8 AS transition,
        extract(epoch FROM n.created_at)::float8 AS notice,
        (SELECT extract(epoch FROM min(t.started_at))::float8 FROM notification_attempts t
         JOIN notification_deliveries d ON d.id = t.delivery_id WHERE d.notification_id = n.id) AS attempt
    FROM alert_events e JOIN agents a ON a.id = e.agent_id JOIN notifications n ON n.agent_ids = ARRAY[e.agent_id]
    WHERE e.rule_id = $1 AND e.after = 'firing' AND n.kind = 'opened'
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was measured.

    Attributes:
        seconds: from sample to receiver, of each alert.
        stages: the mean seconds from the sample to the transition, on to the notice, to the try, to the receiver.
        load: what the hub's alert engine did meanwhile.
    """

    agents: int
    seconds: list[float]
    stages: tuple[float, float, float, float]
    load: Load


class Probe:
    """An agent that crosses the threshold once."""

    def __init__(self, agent_id: int, chance: random.Random, crossing_s: int) -> None:
        self.agent_id = agent_id
        self.name = f"simulated-{agent_id:05}"
        self.crossed_s = 0
        self._phase = chance.randrange(_FRAME_S)
        self._after = _KNOWN_FRAMES * _FRAME_S + chance.randrange(crossing_s)
        self._link = AgentLink(identity(agent_id), FRAME_TICKS, Ledger())

    async def run(self, url: str, begin_s: int) -> None:
        """Sample from `begin_s` on, a whole second, until it crossed, and for some frames more."""
        headers = {"Authorization": f"Bearer {identity(self.agent_id).credential}"}
        socket = url.replace("http", "ws", 1) + "/api/v1/agents/connect"
        transport, _ = await picows.ws_connect(lambda: self._link, socket, extra_headers=headers)
        self._link.hello()
        await self._link.welcome.wait()
        self.crossed_s = begin_s + self._phase + self._after
        for seq in range(1, (self._after + _FRAME_S) // _FRAME_S + _KNOWN_FRAMES + 1):
            first_s = begin_s + self._phase + (seq - 1) * FRAME_TICKS
            await asyncio.sleep(max(0.0, first_s + FRAME_TICKS - 1 - time.time()))
            values = np.where(first_s + np.arange(FRAME_TICKS) >= self.crossed_s, _HIGH, _LOW)
            told = layout_to_wire(_SERIES) if seq == 1 else None
            self._link.send(seq, first_s * STEP_MS, zlib.compress(values.tobytes()), layout_id(_SERIES), told)
        transport.disconnect()


def furnish(site: Site, receiver: Receiver, probes: list[Probe]) -> int:
    """Let the receiver be told of the probes and of nothing else, each in an incident of its own; return the rule."""
    client = site.hub.client
    for one in probes:
        place = {"environment": one.name, "tags": ["probe"]}
        client.patch(f"/api/v1/agents/{one.agent_id}", json=place).raise_for_status()
    rule = {"name": "probe", "expression": "probe.value > 100 on tag=probe"}
    rule_id: int = client.post("/api/v1/alert-rules", json=rule).raise_for_status().json()["id"]
    channel = {"name": "hook", "kind": "webhook", "settings": {"url": receiver.url}, "per_minute": 600}
    channel_id = client.post("/api/v1/channels", json=channel).raise_for_status().json()["id"]
    route = {"name": "probes", "targets": [{"kind": "channel", "id": channel_id}], "tags": ["probe"]}
    client.post("/api/v1/routes", json=route).raise_for_status()
    return rule_id


async def cross(site: Site, simulator: Simulator, probes: list[Probe]) -> tuple[list[float], tuple[float, ...]]:
    """Let all probes cross while the fleet sends; return the seconds of each, and the means of the stages.

    Raises:
        BenchmarkError: some were not told in time.
    """
    arrived: dict[str, float] = {}

    async def take(got: Got) -> Answer:
        for alert in got.json["alerts"]:
            arrived.setdefault(alert["labels"].get("instance", ""), time.time())
        return Answer()

    async with receiving() as receiver:
        receiver.react = take
        rule = await asyncio.to_thread(furnish, site, receiver, probes)
        fleet = asyncio.create_task(asyncio.to_thread(simulator.run))
        begin_s = int(time.time()) + 2
        await asyncio.gather(*(one.run(site.hub.url, begin_s) for one in probes))
        try:
            async with asyncio.timeout(_ARRIVED_WITHIN_S):
                while len(arrived) < len(probes):  # noqa: ASYNC110 - looked at while the fleet still sends
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise BenchmarkError(f"{len(probes) - len(arrived)} of {len(probes)} alerts did not arrive") from None
        await fleet
        connection = await asyncpg.connect(site.dsn)
        try:
            rows = {row["name"]: row for row in await connection.fetch(_STAGES, rule)}
        finally:
            await connection.close()
    moments = [
        (one.crossed_s, *(float(rows[one.name][stage]) for stage in ("transition", "notice", "attempt")),
         arrived[one.name])
        for one in probes
    ]  # fmt: skip
    means = np.diff(np.array(moments), axis=1).mean(axis=0).tolist()
    return [arrived[one.name] - one.crossed_s for one in probes], tuple(means)


def run(agents: int, count: int, crossing_s: int) -> Outcome:
    """Measure so many alerts beside a fleet of so many agents."""
    chance = random.Random(6)  # noqa: S311 - the moments must be the same each time, not unguessable
    with running_site(agents + count, alerting=True, OPSENTRIX_NOTIFY_ALLOW_PRIVATE="true") as site:
        frames = (crossing_s + _KNOWN_FRAMES * 2 * _FRAME_S) // _FRAME_S
        with joined(site, Plan(site.hub.url, 1, agents, frames, agents / _FRAME_S)) as simulator:
            before = site.alerted()
            began = time.monotonic()
            probes = [Probe(agents + number, chance, crossing_s) for number in range(1, count + 1)]
            seconds, means = asyncio.run(cross(site, simulator, probes))
            load = site.alerted().since(before, time.monotonic() - began)
    transition, notice, attempt, receiver = means
    return Outcome(agents, seconds, (transition, notice, attempt, receiver), load)


def results_of(outcome: Outcome) -> list[Result]:
    """Make the figures."""
    transition, notice, attempt, receiver = outcome.stages
    ordered = sorted(outcome.seconds)
    p95 = ordered[-(-95 * len(ordered) // 100) - 1]
    note = (
        f"{len(ordered)} alerts beside {outcome.agents} agents; on average {transition:.1f} s from the sample to the "
        f"transition, {notice:.1f} to the notice, {attempt:.1f} to the try, {receiver:.2f} to the receiver; "
        f"{outcome.load}"
    )
    return [
        Result("alerting.notify_max_s", ordered[-1], "s", "lower", TARGET_S, note=note),
        Result("alerting.notify_p95_s", p95, "s", "lower", None),
        Result("alerting.notify_p50_s", statistics.median(ordered), "s", "lower", None),
    ]


def measure(quick: bool) -> list[Result]:
    """Measure 100 alerts beside 1,000 agents, or 10 beside 50 when quick."""
    return results_of(run(*(QUICK if quick else FULL)))
