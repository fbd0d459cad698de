"""After a start: fills windows from what is stored, agent by agent, so that they have an answer at once."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from math import ceil

import numpy as np

from opsentrix import log
from opsentrix.alerting.coarser import by_metric
from opsentrix.alerting.engine import Engine
from opsentrix.alerting.sources import LookBack, places
from opsentrix.db import Database
from opsentrix.model.history import Bounds, Read, Stretch, Wanted
from opsentrix.model.rules import Metric
from opsentrix.model.tiers import HOUR, HOUR_MS, MINUTE, MINUTE_MS, Tier
from opsentrix.storage import series

WITHIN_S = 60.0
"""What is not filled by then fills as samples come."""
LEAST_S = 300.0
"""Shorter windows have an answer after two minutes and a half anyway; minutes are too coarse for them."""
MINUTES_S = 6 * 3600.0
"""What lies further back is read by hours."""
RECENT_S = 900.0
"""A series that has sent nothing for so long gets no place."""
AGENTS_AT_ONCE = 50
MOST_PARTS = 12
"""What changed within minutes is looked at in steps of 5 s."""
_log = log.get(__name__)


class Warmer:
    """Fills the windows of an engine that has just begun."""

    def __init__(self, engine: Engine, database: Database, read: Read, steady: Callable[[], float]) -> None:
        """Take what is needed.

        Args:
            engine: with its agents and rules.
            database: the hub's.
            read: reads history.
            steady: seconds of a clock that never jumps.
        """
        self._engine = engine
        self._database = database
        self._read = read
        self._steady = steady

    async def run(self, now: float) -> int:
        """Fill all windows, the shortest first, within `WITHIN_S`; return of how many agents, summed over sources.

        Args:
            now: Unix seconds; of the minute that it lies in nothing is taken.
        """
        until = self._steady() + WITHIN_S
        looks = sorted((one, number) for number, one in self._engine.look_backs().items() if one.reach_s >= LEAST_S)
        filled = 0
        for at, (look, number) in enumerate(looks):
            agent_ids = sorted(self._engine.agents.members)
            for first in range(0, len(agent_ids), AGENTS_AT_ONCE):
                if self._steady() > until:
                    _log.info("some windows begin empty", sources=len(looks) - at, agents=len(agent_ids) - first)
                    return filled
                some = agent_ids[first : first + AGENTS_AT_ONCE]
                filled += await self._fill(number, look, some, now)
        return filled

    async def _fill(self, number: int, look: LookBack, agent_ids: Sequence[int], now: float) -> int:
        """Fill the windows of one source of some agents; return of how many."""
        metric = self._engine.metrics.get(number)
        if metric is None:  # the rule was changed meanwhile
            return 0
        wanted = await self._wanted(metric, agent_ids)
        if not wanted:
            return 0
        end_ms = round(now * 1000) // MINUTE_MS * MINUTE_MS
        first_ms = round((now - look.reach_s) * 1000)
        fine_ms = max(first_ms, round((now - MINUTES_S) * 1000)) // MINUTE_MS * MINUTE_MS
        spans: list[tuple[Tier, int, int]] = [(MINUTE, fine_ms, end_ms)]
        if first_ms < fine_ms:
            fine_ms = fine_ms // HOUR_MS * HOUR_MS
            spans = [(HOUR, first_ms // HOUR_MS * HOUR_MS, fine_ms), (MINUTE, fine_ms, end_ms)]
        found: list[Stretch] = []
        for tier, begin, end in spans:
            async with contextlib.aclosing(self._read(Wanted(agent_ids, wanted, tier, begin, end))) as chunks:
                async for chunk in chunks:
                    found += [_spread(one, tier.bucket_ms / 1000, look.grain_s) for one in chunk.stretches]
        there = {one.agent_id for one in found if one.series and one.time[-1] > now - RECENT_S}
        self._engine.refill(number, [one for one in found if one.agent_id in there])
        await asyncio.sleep(0)
        return len(there)

    async def _wanted(self, metric: Metric, agent_ids: Sequence[int]) -> list[series.Numbered]:
        names = [metric.name] if metric.per is None else [metric.name, metric.per.name]
        async with self._database.connection() as connection:
            listed = await series.of_agents(connection, agent_ids, names, ())
        chosen: list[series.Numbered] = []
        for agent_id in agent_ids:
            mine = [one for one in listed if one[0] == agent_id]
            found = places(metric, by_metric([one for _, _, one in mine]))
            chosen += [mine[at] for at in sorted({at for one in found for at in (one.at, one.per) if at >= 0})]
        return chosen


def _spread(stretch: Stretch, width_s: float, grain_s: float) -> Stretch:
    """Return a stretch whose means stand amid what they are of, in parts of it so often as is needed and at most."""
    parts = min(max(1, ceil(width_s / grain_s)), MOST_PARTS)
    within = (np.arange(parts) + 0.5) * width_s / parts
    bounds = stretch.bounds
    if bounds is not None:
        low, high = np.repeat(bounds.low, parts, axis=1), np.repeat(bounds.high, parts, axis=1)
        bounds = Bounds(low, high, np.maximum(np.repeat(bounds.count, parts, axis=1) // parts, 1))
    time = (stretch.time[:, np.newaxis] + within).ravel()
    return Stretch(stretch.agent_id, stretch.series, time, np.repeat(stretch.values, parts, axis=1), bounds)
