"""Time since boot, from `/proc/uptime` (proc_uptime(5))."""

from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Metric

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.source import finite, read, require

_UPTIME = Metric("system.uptime", "s", Kind.GAUGE, "Time since the machine booted, time in suspend included")


class Uptime:
    """How long the machine has been up."""

    metrics: ClassVar[tuple[Metric, ...]] = (_UPTIME,)

    def __init__(self, paths: HostPaths) -> None:
        self._path = require(paths.proc / "uptime")

    def collect(self) -> list[Reading]:
        """Return the uptime.

        Raises:
            OSError: `/proc/uptime` cannot be read.
            ValueError: it does not begin with a number.
        """
        return [(_UPTIME, (), finite(read(self._path).partition(b" ")[0]))]
