"""The hub with the alert engine in its own process: `python -m benchmarks.alerting_hub RULES`.

It is what `opsentrix hub` runs, with a sink and a task more. RULES is a file with the text of a rule in each line. What
the engine costs stands at `/metrics` beside what the hub measures about itself.
"""

import asyncio
import contextlib
import functools
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from unittest import mock

import uvloop
from opsentrix import app, log, selfmetrics, serve, settings
from opsentrix.alerting.engine import Engine
from opsentrix.db import Database
from opsentrix.model.agents import Agent
from opsentrix.model.alerts import State
from opsentrix.model.frames import Batch
from opsentrix.model.rules import AlertRule
from opsentrix.model.selectors import Member
from opsentrix.settings import Settings
from prometheus_client import Counter, Gauge

from benchmarks.alert_load import EACH_S
from benchmarks.alert_rules import rules_of

PASSES = Counter("benchmark_alerting_passes", "Times that all rules were evaluated.", registry=selfmetrics.REGISTRY)
SECONDS = Counter("benchmark_alerting_seconds", "Time that it took.", registry=selfmetrics.REGISTRY)
MOST_SECONDS = Gauge("benchmark_alerting_most_seconds", "The longest pass.", registry=selfmetrics.REGISTRY)
SERIES = Counter("benchmark_alerting_series", "Series that were judged.", registry=selfmetrics.REGISTRY)
FIRED = Counter("benchmark_alerting_fired", "Alerts that began to fire.", registry=selfmetrics.REGISTRY)


class AlertingHub(app.Hub):
    """A hub that evaluates rules each second.

    Its clock is that of the newest sample: where history is replayed, that is the present.
    """

    def __init__(self, rules: Sequence[AlertRule], loaded: Settings, database: Database) -> None:
        super().__init__(loaded, database)
        self._engine = Engine()
        self._now = 0.0
        for rule in rules:
            self._engine.put_rule(rule)
        self.pipeline.sinks.append(self._take)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the hub's own work and the engine while the block runs."""
        async with super().running():
            for agent_id in self.registry.ids():
                known = self.registry.get(agent_id)
                if known is not None:
                    self._engine.put_agent(_member(known.agent))
            evaluating = asyncio.create_task(self._evaluate(), name="alerting")
            try:
                yield
            finally:
                evaluating.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await evaluating

    def _take(self, batch: Batch) -> None:
        self._now = max(self._now, float(batch.last_ticks_s.max()))
        self._engine.push(batch)

    async def _evaluate(self) -> None:
        most = 0.0
        while True:
            await asyncio.sleep(EACH_S)
            started = time.perf_counter()
            told = self._engine.evaluate(self._now, time.monotonic())
            took = time.perf_counter() - started
            most = max(most, took)
            PASSES.inc()
            SECONDS.inc(took)
            MOST_SECONDS.set(most)
            SERIES.inc(self._engine.stats.series)
            FIRED.inc(sum(1 for one in told if one.after is State.FIRING))


def _member(agent: Agent) -> Member:
    return Member(agent.id, agent.name, agent.type, agent.environment, frozenset(agent.tags), agent.reporting_interval)


def main() -> None:
    """Run the hub until SIGINT or SIGTERM."""
    rules = rules_of(Path(sys.argv[1]).read_text().splitlines())
    loaded = settings.load()
    log.configure(loaded.log_level, loaded.log_format)
    # The hub has no place where work could be added from outside, and needs none in production.
    with mock.patch.object(serve, "Hub", functools.partial(AlertingHub, rules)):
        uvloop.run(serve.serve(loaded, lambda _: None))


if __name__ == "__main__":
    main()
