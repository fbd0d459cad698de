"""Frames and collectors made to order."""

from array import array
from collections.abc import Iterable
from typing import ClassVar

from opsentrix_agent.collector import Reading
from opsentrix_agent.framing import ClosedFrame, Layout
from opsentrix_agent.spool import Spool, SpooledFrame
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of

BOOT = bytes(range(16))
GAUGE = Metric("test.gauge", "1", Kind.GAUGE, "a gauge")
OTHER = Metric("test.other", "1", Kind.GAUGE, "another gauge")
COUNTER = Metric("test.rate", "By/s", Kind.RATE, "a rate")


class Fixed:
    """A collector whose readings a test sets; an exception among them is raised."""

    metrics: ClassVar[tuple[Metric, ...]] = (GAUGE, COUNTER)

    def __init__(self, *readings: Reading) -> None:
        self.readings: list[Reading] = list(readings)
        self.error: Exception | None = None

    def collect(self) -> Iterable[Reading]:
        if self.error is not None:
            raise self.error
        return self.readings


def layout(*names: str) -> Layout:
    return Layout.of([Series(GAUGE, labels_of(name=name)) for name in names or ("a", "b")])


def closed(seq: int, ticks: int = 5, boot_id: bytes = BOOT, of: Layout | None = None) -> ClosedFrame:
    used = of or layout()
    values = array("d", [float(seq)] * (ticks * len(used.series)))
    return ClosedFrame(used, boot_id, seq, 1_000 * seq * ticks, 1000, ticks, values, b"")


def put(spool: Spool, *seqs: int, boot_id: bytes = BOOT, of: Layout | None = None) -> None:
    for seq in seqs:
        frame = closed(seq, boot_id=boot_id, of=of)
        spool.add(SpooledFrame((boot_id, seq), frame.layout.id, frame.to_wire()), frame.layout.wire)
