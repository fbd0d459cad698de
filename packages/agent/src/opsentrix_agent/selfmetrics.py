"""What the agent tells about itself."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, NamedTuple

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
SPOOL_MEMORY = Metric("opsentrix.agent.spool.memory.usage", "By", Kind.GAUGE, "Memory that spooled frames take")
SPOOL_DISK = Metric("opsentrix.agent.spool.disk.usage", "By", Kind.GAUGE, "Disk space that spooled frames take")
SPOOL_ERRORS = Metric(
    "opsentrix.agent.spool.disk.errors",
    "{error}",
    Kind.GAUGE,
    "Times that the disk spool failed, and damaged records found in it, since the agent started",
)
REPLAYED = Metric(
    "opsentrix.agent.spool.replayed_frames",
    "{frame}",
    Kind.GAUGE,
    "Frames read back from disk to be sent since the agent started",
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


class SpoolUse(NamedTuple):
    """What the spools hold and have been through: bytes in memory, bytes on disk, errors, frames replayed."""

    memory_bytes: int = 0
    disk_bytes: int = 0
    disk_errors: int = 0
    replayed_frames: int = 0


class SelfMetrics:
    """A collector that reads this very process; it cannot hang and needs no worker."""

    metrics: ClassVar[tuple[Metric, ...]] = (
        RSS, CPU, SPOOLED, DROPPED, MISSED, CONFIG_ERRORS, SPOOL_MEMORY, SPOOL_DISK, SPOOL_ERRORS, REPLAYED,
    )  # fmt: skip

    def __init__(
        self,
        spooled: Callable[[], int] = int,
        dropped: Callable[[], int] = int,
        missed: Callable[[], int] = int,
        config_errors: Callable[[], int] = int,
        spool_use: Callable[[], SpoolUse] = SpoolUse,
        statm: Path = Path("/proc/self/statm"),
    ) -> None:
        self._counts = ((SPOOLED, spooled), (DROPPED, dropped), (MISSED, missed), (CONFIG_ERRORS, config_errors))
        self._spool_use = spool_use
        self._statm = statm
        self._page_bytes = os.sysconf("SC_PAGE_SIZE")
        self._last_cpu = _cpu_seconds()
        self._last_time = time.monotonic()

    def collect(self) -> list[Reading]:
        """Return the readings of this tick; CPU is the mean since the last one."""
        readings: list[Reading] = [(metric, (), float(count())) for metric, count in self._counts]
        uses = zip((SPOOL_MEMORY, SPOOL_DISK, SPOOL_ERRORS, REPLAYED), self._spool_use(), strict=True)
        readings.extend((metric, (), float(value)) for metric, value in uses)
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
