"""Looks after the hub: samples its condition each second, and pushes that to where all samples are judged."""

import asyncio
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from opsentrix_protocol.catalogue import Metric

from opsentrix import selfmetrics
from opsentrix.db import Database
from opsentrix.errors import UnavailableError
from opsentrix.model.frames import Batch
from opsentrix.model.watching import HUB_AGENT, WORKER, Pulse
from opsentrix.storage import channels, deliveries, pulses, runbook_runs
from opsentrix.watch import readings
from opsentrix.watch.canary import Canary
from opsentrix.watch.chain import Beats, Chain, broken

INCIDENTS, NOTIFICATIONS, WRITTEN = "incidents", "notifications", "written"
"""The stages whose beats count."""
_LOOK_WITHIN_S = 10.0
_FORGET_AFTER = timedelta(days=1)
_MOST_CHANNELS = 500
_MOST_RUNBOOKS = 500


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """How evaluation does, in seconds.

    Attributes:
        pass_s: what the last one took.
        gap_s: from the one before to the last one.
        age_s: since the last one.
        unwritten_s: for how long transitions have waited to be written.
    """

    pass_s: float
    gap_s: float
    age_s: float
    unwritten_s: float


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the hub's condition is found; each answers at once.

    Attributes:
        closed: whether the disk guard takes no samples.
        stalled: for how many seconds the commit that is under way could not be made.
        queue: the share of the write queue that is full.
        room: free bytes and those to stay free; None where PostgreSQL is elsewhere.
        engine: how evaluation does.
        given_up: notifications given up so far.
        audit_broken: whether the audit log was changed.
        certificates: when each certificate of the hub ends, by what it is.
        deadman: for how many seconds pings have failed.
    """

    closed: Callable[[], bool]
    stalled: Callable[[], float]
    queue: Callable[[], float]
    room: Callable[[], tuple[int, int] | None]
    engine: Callable[[], EngineHealth]
    given_up: Callable[[], int]
    audit_broken: Callable[[], bool]
    certificates: Callable[[], Mapping[str, datetime]]
    deadman: Callable[[], float]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the last look into the database found."""

    at: datetime
    worker: Pulse | None
    oldest: datetime | None
    failing: Mapping[str, datetime]
    stopped: Collection[str]


class Watcher:
    """Samples one hub process."""

    def __init__(
        self, database: Database, instance: str, sources: Sources, canary: Canary, push: Callable[[Batch], None],
        clock: Callable[[], float], steady: Callable[[], float],
    ) -> None:  # fmt: skip
        """Take what is needed.

        Args:
            database: the hub's.
            instance: this process: host and port.
            sources: what is not in the database.
            canary: of this process.
            push: takes samples to be judged.
            clock: Unix seconds.
            steady: seconds of a clock that never jumps.
        """
        self.beats = Beats(steady)
        self._database = database
        self._instance = instance
        self._sources = sources
        self._canary = canary
        self._push = push
        self._clock = clock
        self._steady = steady
        self._began = steady()
        self._away_since: float | None = None
        self._seen: _Seen | None = None
        self._channels: dict[str, None] = {}
        self._runbooks: dict[str, None] = {}
        self._seq = 0
        self.readings: readings.Readings = {}

    async def look(self) -> None:
        """Look into the database, and see whether it can be written; never raises for a database that is away."""
        now = self._now()
        try:
            async with asyncio.timeout(_LOOK_WITHIN_S), self._database.transaction() as connection:
                await pulses.beat(connection, f"hub {self._instance}", now)
                await pulses.remove_older(connection, now - _FORGET_AFTER)
                worker = await pulses.get(connection, WORKER)
                oldest = await deliveries.oldest(connection, now)
                failing = await channels.failing(connection)
                stopped = await runbook_runs.stopped(connection)
        except (UnavailableError, TimeoutError):
            self._away_since = self._steady() if self._away_since is None else self._away_since
            self._seen = None
            return
        self._away_since = None
        self._seen = _Seen(now, worker, oldest, failing, stopped)
        self.beats.beat(WRITTEN)

    async def step(self) -> None:
        """Take the samples of this second."""
        self._seq += 1
        self.readings = self._read()
        self._push(readings.batch(HUB_AGENT, self.readings, self._clock(), self._seq))
        for one in self._canary.samples():
            self._push(one)
        selfmetrics.CANARY_WAITING.set(self._canary.waiting())

    def chain(self) -> Chain:
        """Return how long ago each stage did its part."""
        age, engine = self.beats.age, self._sources.engine()
        return Chain(
            engine.age_s, age(INCIDENTS), age(NOTIFICATIONS), age(WRITTEN), engine.unwritten_s,
            self._canary.waiting() if self._canary.on else None, self._canary.last is not None,
        )  # fmt: skip

    def broken(self) -> list[str]:
        """Return what is wrong with the way from a sample to a person."""
        return broken(self.chain())

    def _read(self) -> readings.Readings:
        sources, engine = self._sources, self._sources.engine()
        free, reserve = sources.room() or (math.nan, math.nan)
        found = {
            readings.CLOSED: float(sources.closed()),
            readings.STALLED: sources.stalled(),
            readings.QUEUE: sources.queue(),
            readings.AWAY: 0.0 if self._away_since is None else self._steady() - self._away_since,
            readings.FREE: free,
            readings.RESERVE: reserve,
            readings.PASS: engine.pass_s,
            readings.GAP: max(engine.gap_s, engine.age_s),
            readings.UNWRITTEN: engine.unwritten_s,
            readings.GIVEN_UP: float(sources.given_up()),
            readings.BROKEN: float(sources.audit_broken()),
            readings.CANARY: self._canary.waiting(),
            readings.DEADMAN: sources.deadman(),
            **self._seen_lately(),
        }
        named = {readings.series(metric, self._instance): value for metric, value in found.items()}
        now = self._now()
        for name, ends in sources.certificates().items():
            named[readings.series(readings.LEFT, self._instance, certificate=name)] = (ends - now).total_seconds()
        return {**named, **self._of_channels(now), **self._of_runbooks()}

    def _seen_lately(self) -> dict[Metric, float]:
        """Return what the database said; nothing is known of it while that is away."""
        seen, now, running = self._seen, self._now(), self._steady() - self._began
        if seen is None:
            return dict.fromkeys((readings.SILENT, readings.BEHIND, readings.WAITING), math.nan)
        worker = seen.worker
        silent = running if worker is None else _age(worker.beat_at, now)
        behind = running if worker is None or worker.done_to is None else _age(worker.done_to, now)
        waiting = 0.0 if seen.oldest is None else _age(seen.oldest, now)
        return {readings.SILENT: silent, readings.BEHIND: behind, readings.WAITING: waiting}

    def _of_channels(self, now: datetime) -> readings.Readings:
        """Return for how long channels have failed; those that did once are told of as long as the hub runs."""
        seen = self._seen
        if seen is None:
            return {}
        for name in seen.failing:
            if len(self._channels) < _MOST_CHANNELS:
                self._channels[name] = None
        return {
            readings.series(readings.CHANNEL, self._instance, channel=name): (
                _age(seen.failing[name], now) if name in seen.failing else 0.0
            )
            for name in self._channels
        }

    def _of_runbooks(self) -> readings.Readings:
        """Return which runbooks stopped themselves; those that once did are told of as long as the hub runs."""
        seen = self._seen
        if seen is None:
            return {}
        for name in seen.stopped:
            if len(self._runbooks) < _MOST_RUNBOOKS:
                self._runbooks[name] = None
        return {
            readings.series(readings.RUNBOOK, self._instance, runbook=name): float(name in seen.stopped)
            for name in self._runbooks
        }

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _age(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
