"""The flight recorder: what the collectors know beyond their readings goes into a ring, for when somebody asks."""

import logging
from collections.abc import Iterable, Sequence

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix_agent.collector import Collector, Occurrence, ProcessUse, Witness
from opsentrix_agent.flightring import FlightRing

log = logging.getLogger(__name__)

PROCESSES = 20
"""How many are recorded of those with most CPU, with most memory, and with most bytes moved."""
_SEVERITIES: dict[str, pb.Severity] = {
    "info": pb.SEVERITY_INFO,
    "warning": pb.SEVERITY_WARNING,
    "critical": pb.SEVERITY_CRITICAL,
}


class FlightRecorder:
    """Asks those collectors that have something to tell, at each tick and at each look at the processes."""

    def __init__(self) -> None:
        self._ring = FlightRing()
        self.cut = self._ring.cut
        self._witnesses: list[Witness] = []

    def use(self, collectors: Iterable[Collector]) -> None:
        """Listen to these collectors from now on."""
        self._witnesses = [one for one in collectors if isinstance(one, Witness)]

    def tick(self, time_ms: int) -> None:
        """Keep what happened since the tick before (Unix milliseconds)."""
        for witness in self._witnesses:
            for one in witness.witnessed():
                self._ring.note(time_ms, _event(time_ms, one))

    def look(self, time_ms: int, processes: Sequence[ProcessUse]) -> None:
        """Keep a look at the processes."""
        try:
            self._ring.add(time_ms, processes)
        except (TypeError, ValueError) as error:
            log.warning("the flight recorder lacks a look: %s", error)

    def skip(self) -> None:
        """Forget what happened since the tick before: the agent was paused."""
        for witness in self._witnesses:
            witness.witnessed()


def _event(time_ms: int, one: Occurrence) -> pb.Event:
    return pb.Event(
        kind=one.kind,
        time_ms=time_ms,
        severity=_SEVERITIES[one.severity],
        message=one.text,
        attributes=dict(one.attributes),
    )
