"""What a collector is: one verb, plain data, and a table of the metrics that it declares."""

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol, runtime_checkable

from opsentrix_protocol.catalogue import Labels, Metric

Reading = tuple[Metric, Labels, float]
"""One value of one series at one tick. For a `Kind.RATE` metric the value is the raw counter; the sampler derives the
rate from two of them, unless it is `PerSecond`."""


Key = tuple[str, Labels]
"""What tells one series of this agent from another: the metric's name and the labels."""


class HostPaths(NamedTuple):
    """Where the kernel shows itself; tests point these at directory trees of their own."""

    proc: Path = Path("/proc")
    sys: Path = Path("/sys")
    etc: Path = Path("/etc")
    run: Path = Path("/run")
    dev: Path = Path("/dev")


class PerSecond(float):
    """A rate that its collector derived itself, from counters that it reads less often than each tick."""

    __slots__ = ()


class Source(Protocol):
    """What the sampler asks each tick: a collector, or a plugin, which learns only from its output what it declares."""

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """All that `collect` may return, known at the latest when it returns it."""
        ...

    def collect(self) -> Iterable[Reading]:
        """Return the readings of this tick. May raise anything: the sampler counts it and goes on."""
        ...


class Collector(Protocol):
    """Reads one part of the machine.

    A collector is constructed with `HostPaths` and raises `CollectorUnavailableError` from its constructor where its
    source does not exist on this machine. `metrics` declares everything that `collect` may return.
    """

    metrics: ClassVar[tuple[Metric, ...]]

    def collect(self) -> Iterable[Reading]:
        """Return the readings of this tick. May raise anything: the sampler counts it and goes on."""
        ...


class ProcessUse(NamedTuple):
    """What one process used since the last look.

    Attributes:
        pid: process id.
        name: the kernel's name of it (comm), never its arguments: they may hold secrets.
        user: owner's name, or the number where it has none.
        state: one of `running`, `sleeping`, `stopped`, `zombie`, `other`.
        cpu_cores: 1.0 is one core fully used.
        memory_bytes: resident set.
        threads: number of threads.
        read_bytes: a second, from block devices; 0 where the agent may not know.
        write_bytes: a second, to block devices.
        parent_pid: process id of its parent; 0 where it has none.
    """

    pid: int
    name: str
    user: str
    state: str
    cpu_cores: float
    memory_bytes: int
    threads: int
    read_bytes: float = 0.0
    write_bytes: float = 0.0
    parent_pid: int = 0


@runtime_checkable
class TopProcesses(Protocol):
    """A collector that also knows which processes use most.

    Attributes:
        looks: how often it has looked; `top` tells of the latest look.
    """

    looks: int

    def top(self, count: int) -> list[ProcessUse]:
        """Return the `count` processes each that used most CPU, use most memory and moved most bytes, each once."""
        ...


class Occurrence(NamedTuple):
    """Something that happened, for the flight recorder.

    Attributes:
        kind: what it is, such as `kernel.message`; RecordedMoments of the protocol lists them.
        severity: one of `info`, `warning`, `critical`.
        text: one printable line, or nothing where the attributes tell all.
        attributes: what tells it from others of its kind.
    """

    kind: str
    severity: str
    text: str
    attributes: Labels = ()


@runtime_checkable
class Witness(Protocol):
    """A collector that learns of things that happen while it collects."""

    def witnessed(self) -> list[Occurrence]:
        """Return what happened since the last call, the oldest first; each is told once.

        It neither waits nor raises, and may be called while `collect` hangs in another thread.
        """
        ...
