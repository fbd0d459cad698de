"""What the agent tells about itself."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Metric

from opsentrix_agent.collector import Reading

RSS = Metric("opsentrix.agent.memory.rss", "By", Kind.GAUGE, "Memory that the agent itself holds")
CPU = Metric("opsentrix.agent.cpu.utilization", "1", Kind.GAUGE, "Share of one core that the agent itself uses")
SPOOLED = Metric("opsentrix.agent.spool.frames", "{frame}", Kind.GAUGE, "Frames waiting for the hub's ack")
DROPPED = Metric(
    "opsentrix.agent.spool.dropped_frames",
    "{frame}",
    Kind.GAUGE,
    "Frames lost since the agent started: pushed out of the full spool, or refused by the hub for good",
)
MISSED = Metric(
    "opsentrix.agent.ticks.missed", "{tick}", Kind.GAUGE, "Ticks that came too late since the agent started"
)
CONFIG_ERRORS = Metric(
    "opsentrix.agent.config.errors",
    "{error}",
    Kind.GAUGE,
    "Times since the agent started that its config file was read again and was wrong",
)
COLLECTOR_UP = Metric("opsentrix.agent.collector.up", "1", Kind.GAUGE, "1: the collector worked; 0: it failed or hung")
COLLECTOR_FAILURES = Metric(
    "opsentrix.agent.collector.failures",
    "{failure}",
    Kind.GAUGE,
    "Times that the collector failed or hung since the agent started",
)
COLLECTOR_DURATION = Metric("opsentrix.agent.collector.duration", "s", Kind.GAUGE, "Time that the collector took")

COLLECTOR_METRICS = (COLLECTOR_UP, COLLECTOR_FAILURES, COLLECTOR_DURATION)


class SelfMetrics:
    """A collector that reads this very process; it cannot hang and needs no worker."""

    metrics: ClassVar[tuple[Metric, ...]] = (RSS, CPU, SPOOLED, DROPPED, MISSED, CONFIG_ERRORS)

    def __init__(
        self,
        spooled: Callable[[], int] = int,
        dropped: Callable[[], int] = int,
        missed: Callable[[], int] = int,
        config_errors: Callable[[], int] = int,
        statm: Path = Path("/proc/self/statm"),
    ) -> None:
        self._counts = ((SPOOLED, spooled), (DROPPED, dropped), (MISSED, missed), (CONFIG_ERRORS, config_errors))
        self._statm = statm
        self._page_bytes = os.sysconf("SC_PAGE_SIZE")
        self._last_cpu = _cpu_seconds()
        self._last_time = time.monotonic()

    def collect(self) -> list[Reading]:
        """Return the readings of this tick; CPU is the mean since the last one."""
        readings: list[Reading] = [(metric, (), float(count())) for metric, count in self._counts]
        try:
            resident = int(self._statm.read_bytes().split()[1])
        except OSError:  # no /proc on this system: the metric is left out
            pass
        else:
            readings.append((RSS, (), float(resident * self._page_bytes)))
        now, cpu = time.monotonic(), _cpu_seconds()
        if now > self._last_time:
            readings.append((CPU, (), (cpu - self._last_cpu) / (now - self._last_time)))
        self._last_time, self._last_cpu = now, cpu
        return readings


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system
