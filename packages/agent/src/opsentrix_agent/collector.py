"""What a collector is: one verb, plain data, and a table of the metrics that it declares."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from opsentrix_protocol.catalogue import Labels, Metric

Reading = tuple[Metric, Labels, float]
"""One value of one series at one tick. For a `Kind.RATE` metric the value is the raw counter; the sampler derives the
rate from two of them."""


@dataclass(frozen=True, slots=True)
class HostPaths:
    """Where the kernel shows itself; tests point these at directory trees of their own."""

    proc: Path = Path("/proc")
    sys: Path = Path("/sys")
    etc: Path = Path("/etc")


class Collector(Protocol):
    """Reads one part of the machine.

    A collector is constructed with `HostPaths` and raises `CollectorUnavailableError` from its constructor where its
    source does not exist on this machine. `metrics` declares everything that `collect` may return.
    """

    metrics: ClassVar[tuple[Metric, ...]]

    def collect(self) -> Iterable[Reading]:
        """Return the readings of this tick. May raise anything: the sampler counts it and goes on."""
        ...
