"""Pressure stall information, from `/proc/pressure` (Documentation/accounting/psi.rst of the kernel)."""

from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Labels, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.kernelfile import KernelFile, optional
from opsentrix_agent.collectors.source import finite, require
from opsentrix_agent.errors import CollectorUnavailableError

_STALL_TIME = Metric(
    "system.linux.pressure.stall_time",
    "1",
    Kind.RATE,
    "Share of the time in which some tasks, or all that had work at once (full), waited for the resource",
)
_AVERAGE = Metric(
    "system.linux.pressure.average", "1", Kind.GAUGE, "The same share, damped by the kernel over 10 or 60 seconds"
)

_RESOURCES = ("cpu", "memory", "io", "irq")
_US_PER_S = 1e6
_Line = tuple[Labels, Labels, Labels]


class Pressure:
    """How long work waits for CPU, memory, disks and interrupts: what load averages only hint at.

    `full` of the CPU is left out, since it is always 0 for a whole machine.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (_STALL_TIME, _AVERAGE)

    def __init__(self, paths: HostPaths) -> None:
        folder = paths.proc / "pressure"
        require(folder)
        self._resources: list[tuple[KernelFile, dict[bytes, _Line]]] = []
        problem = "holds nothing"
        for resource in _RESOURCES:
            source = optional(folder / resource)
            if source is None:
                continue
            try:
                # Where it is switched off (psi=0, or no time accounting of interrupts), only reading fails.
                source.read_all()
            except OSError as error:
                problem = f"cannot be read: {error.strerror}"
                continue
            stalls = ("some",) if resource == "cpu" else ("some", "full")
            self._resources.append((source, {stall.encode(): _labels(resource, stall) for stall in stalls}))
        if not self._resources:
            raise CollectorUnavailableError(f"{folder} {problem}")

    def collect(self) -> list[Reading]:
        """Return stall times and averages of each resource that the kernel accounts for.

        Raises:
            OSError: a file cannot be read any more.
            ValueError: a line is not of the form that it should have.
        """
        readings: list[Reading] = []
        for source, lines in self._resources:
            for line in source.read_all().split(b"\n"):
                # some avg10=0.00 avg60=0.00 avg300=0.00 total=0
                columns = line.split(b" ")
                labels = lines.get(columns[0])
                if labels is None:
                    continue
                _, avg10, avg60, _, total = columns
                readings += (
                    (_STALL_TIME, labels[0], int(total[6:]) / _US_PER_S),
                    (_AVERAGE, labels[1], finite(avg10[6:]) / 100),
                    (_AVERAGE, labels[2], finite(avg60[6:]) / 100),
                )
        return readings


def _labels(resource: str, stall: str) -> _Line:
    return (
        labels_of(resource=resource, stall=stall),
        labels_of(resource=resource, stall=stall, window="10s"),
        labels_of(resource=resource, stall=stall, window="60s"),
    )
