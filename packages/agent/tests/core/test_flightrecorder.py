"""The flight recorder keeps what the collectors tell, and nothing of a pause."""

import zlib
from collections.abc import Iterable
from typing import ClassVar

from opsentrix_agent.collector import Occurrence, ProcessUse, Reading
from opsentrix_agent.flightrecorder import FlightRecorder
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Metric


class Quiet:
    metrics: ClassVar[tuple[Metric, ...]] = ()

    def collect(self) -> Iterable[Reading]:
        return ()


class Kernel(Quiet):
    def __init__(self) -> None:
        self.waiting: list[Occurrence] = []

    def say(self, text: str) -> None:
        self.waiting.append(Occurrence("kernel.message", "critical", text, (("level", "alert"),)))

    def witnessed(self) -> list[Occurrence]:
        taken, self.waiting = self.waiting, []
        return taken


def recorded(recorder: FlightRecorder) -> pb.RecordedMoments:
    (piece,) = recorder.cut(0, 1 << 60, 1 << 30).pieces
    return pb.RecordedMoments.FromString(zlib.decompress(piece))


def test_it_keeps_what_the_collectors_tell_with_the_moment() -> None:
    recorder, kernel = FlightRecorder(), Kernel()
    recorder.use([Quiet(), kernel])
    kernel.say("out of memory")
    recorder.tick(1000)
    recorder.tick(2000)
    recorder.look(2000, [ProcessUse(5, "hog", "root", "running", 1.0, 4096, 2)])
    found = recorded(recorder)
    (event,) = found.events
    assert (event.kind, event.time_ms, event.message) == ("kernel.message", 1000, "out of memory")
    assert (event.severity, dict(event.attributes)) == (pb.SEVERITY_CRITICAL, {"level": "alert"})
    assert list(found.processes.time_ms) == [2000]


def test_what_happened_in_a_pause_is_not_kept() -> None:
    recorder, kernel = FlightRecorder(), Kernel()
    recorder.use([kernel])
    kernel.say("in the pause")
    recorder.skip()
    kernel.say("after it")
    recorder.tick(1000)
    assert [one.message for one in recorded(recorder).events] == ["after it"]


def test_a_look_that_does_not_fit_its_fields_costs_no_other() -> None:
    recorder = FlightRecorder()
    recorder.look(1000, [ProcessUse(1 << 40, "odd", "root", "running", 1.0, 4096, 2)])
    recorder.look(2000, [])
    assert list(recorded(recorder).processes.time_ms) == [2000]


def test_collectors_that_no_longer_run_are_not_asked() -> None:
    recorder, before = FlightRecorder(), Kernel()
    recorder.use([before])
    recorder.use([Quiet()])
    before.say("unheard")
    recorder.tick(1000)
    assert recorder.cut(0, 1 << 60, 1 << 30).pieces == ()
