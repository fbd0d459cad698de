"""The hub with threshold checks each second in its own process: `python -m benchmarks.checked_hub CHECKS`.

It is what `opsentrix hub` runs, with one task more. CHECKS is a file of `benchmarks.checks`. How long the checks take
stands at `/metrics` beside what the hub measures about itself.
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
from opsentrix.db import Database
from opsentrix.settings import Settings
from prometheus_client import Counter, Gauge

from benchmarks import checks

PASSES = Counter("benchmark_checks_passes", "Times that all checks were evaluated.", registry=selfmetrics.REGISTRY)
SECONDS = Counter("benchmark_checks_seconds", "Time that it took.", registry=selfmetrics.REGISTRY)
MOST_SECONDS = Gauge("benchmark_checks_most_seconds", "The longest pass.", registry=selfmetrics.REGISTRY)
LOOKED_AT = Gauge("benchmark_checks_values", "Values held against a threshold.", registry=selfmetrics.REGISTRY)
FIRING = Gauge("benchmark_checks_firing", "Checks above their threshold, over all agents.",
               registry=selfmetrics.REGISTRY)  # fmt: skip


class CheckedHub(app.Hub):
    """A hub that checks its newest values each second."""

    def __init__(self, rules: Sequence[checks.Check], loaded: Settings, database: Database) -> None:
        super().__init__(loaded, database)
        self._rules = rules

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the hub's own work and the checks while the block runs."""
        async with super().running():
            checking = asyncio.create_task(self._check(), name="checks")
            try:
                yield
            finally:
                checking.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await checking

    async def _check(self) -> None:
        evaluation, most = checks.Evaluation(self._rules), 0.0
        while True:
            await asyncio.sleep(checks.EACH_S)
            started = time.perf_counter()
            firing = evaluation.run(self.latest)
            took = time.perf_counter() - started
            most = max(most, took)
            PASSES.inc()
            SECONDS.inc(took)
            MOST_SECONDS.set(most)
            LOOKED_AT.set(evaluation.looked_at)
            FIRING.set(firing)


def main() -> None:
    """Run the hub until SIGINT or SIGTERM."""
    rules = checks.from_json(Path(sys.argv[1]).read_text())
    loaded = settings.load()
    log.configure(loaded.log_level, loaded.log_format)
    # The hub has no place where work could be added from outside, and needs none in production.
    with mock.patch.object(serve, "Hub", functools.partial(CheckedHub, rules)):
        uvloop.run(serve.serve(loaded, lambda _: None))


if __name__ == "__main__":
    main()
