"""Load averages, from `/proc/loadavg` (proc_loadavg(5))."""

from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Metric

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.source import finite, read, require

_HELP = "Mean number of threads that run, wait for a CPU or wait in uninterruptible sleep, damped over {}"


class Load:
    """How many threads want to run."""

    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("system.cpu.load_average.1m", "{thread}", Kind.GAUGE, _HELP.format("1 minute")),
        Metric("system.cpu.load_average.5m", "{thread}", Kind.GAUGE, _HELP.format("5 minutes")),
        Metric("system.cpu.load_average.15m", "{thread}", Kind.GAUGE, _HELP.format("15 minutes")),
    )

    def __init__(self, paths: HostPaths) -> None:
        self._path = require(paths.proc / "loadavg")

    def collect(self) -> list[Reading]:
        """Return the three load averages.

        Raises:
            OSError: `/proc/loadavg` cannot be read.
            ValueError: it does not begin with three numbers.
        """
        columns = read(self._path).split(None, 3)[:3]
        return [(metric, (), finite(text)) for metric, text in zip(self.metrics, columns, strict=True)]
