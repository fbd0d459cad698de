"""The ring is bounded whatever comes, and a window is cut out of it by whole chunks."""

import hashlib
import zlib

import pytest
from opsentrix_agent.collector import ProcessUse
from opsentrix_agent.flightring import CHUNK_MS, MAX_CHUNKS, MAX_EVENTS, FlightRing
from opsentrix_protocol import opsentrix_pb2 as pb

ALL = (0, 1 << 60, 1 << 30)


def use(pid: int, name: str = "hog") -> ProcessUse:
    return ProcessUse(pid, name, "root", "running", 1.0, 4096 * pid, 2, parent_pid=pid + 1)


def moments(pieces: tuple[bytes, ...]) -> list[pb.RecordedMoments]:
    return [pb.RecordedMoments.FromString(zlib.decompress(piece)) for piece in pieces]


def filled(minutes: int) -> FlightRing:
    ring = FlightRing()
    for minute in range(minutes):
        ring.add(minute * CHUNK_MS, [use(5)])
    return ring


def test_a_new_ring_holds_nothing() -> None:
    assert FlightRing().cut(*ALL) == ((), False)


def test_a_look_is_kept_with_names_and_parents_in_one_order() -> None:
    ring = FlightRing()
    ring.add(5000, [use(9, "b"), use(3, "a")])
    ring.add(10_000, [use(3, "a")])
    (one,) = moments(ring.cut(*ALL).pieces)
    assert list(one.processes.time_ms) == [5000, 10_000]
    assert list(one.processes.pid) == [3, 9, 3]
    assert list(one.processes.name) == ["a", "b", "a"]
    assert list(one.parent_pid) == [4, 10, 4]


def test_the_oldest_minute_goes_first() -> None:
    pieces = moments(filled(40).cut(*ALL).pieces)
    assert [one.processes.time_ms[0] // CHUNK_MS for one in pieces] == list(range(40 - MAX_CHUNKS, 40))


def test_a_window_brings_the_chunks_that_it_touches() -> None:
    pieces = moments(filled(10).cut(3 * CHUNK_MS, 5 * CHUNK_MS, 1 << 20).pieces)
    assert [one.processes.time_ms[0] // CHUNK_MS for one in pieces] == [3, 4, 5]
    assert filled(10).cut(30 * CHUNK_MS, 50 * CHUNK_MS, 1 << 20).pieces == ()


def test_of_a_window_that_is_too_large_the_newest_part_counts() -> None:
    whole = filled(10).cut(*ALL)
    part = filled(10).cut(0, 1 << 60, len(whole.pieces[-1]) * 2)
    assert (part.pieces, part.truncated) == (whole.pieces[-2:], True)
    assert filled(10).cut(0, 1 << 60, 0) == ((), True)


def test_what_does_not_compress_stays_within_the_bytes() -> None:
    ring = FlightRing(max_bytes=100_000)
    for look in range(200):
        ring.add(look * 5000, [use(pid, hashlib.sha256(b"%d %d" % (look, pid)).hexdigest()) for pid in range(1, 61)])
    *sealed, _filling = ring.cut(*ALL).pieces
    assert sum(map(len, sealed)) <= 100_000
    assert sealed


def test_a_clock_set_back_or_far_forward_empties_nothing() -> None:
    ring = filled(3)
    ring.add(0, [use(7)])
    ring.add(1 << 50, [use(8)])
    assert len(ring.cut(*ALL).pieces) == 5


def event(text: str, time_ms: int) -> pb.Event:
    return pb.Event(kind="kernel.message", time_ms=time_ms, message=text)


def test_what_happens_is_kept_beside_the_looks() -> None:
    ring = FlightRing()
    ring.note(4000, event("first", 4000))
    ring.note(5000, event("second", 5000))
    ring.add(5000, [use(3)])
    ring.note(CHUNK_MS + 4000, event("a minute later", CHUNK_MS + 4000))
    one, other = moments(ring.cut(*ALL).pieces)
    assert [each.message for each in one.events] == ["first", "second"]
    assert list(one.processes.pid) == [3]
    assert [each.message for each in other.events] == ["a minute later"]
    assert len(ring.cut(0, 4500, 1 << 20).pieces) == 1


def test_of_too_much_at_once_the_first_is_kept_and_the_rest_counted() -> None:
    ring = FlightRing()
    for number in range(MAX_EVENTS + 30):
        ring.note(1000 + number, event(str(number), number))
    ring.note(1000 + CHUNK_MS, event("a minute later", 1000 + CHUNK_MS))
    one, other = moments(ring.cut(*ALL).pieces)
    assert ([each.message for each in one.events], one.events_left_out) == ([str(n) for n in range(MAX_EVENTS)], 30)
    assert (len(other.events), other.events_left_out) == (1, 0)


def test_a_look_that_does_not_fit_its_fields_is_left_out_whole() -> None:
    ring = filled(1)
    before = ring.cut(*ALL)
    with pytest.raises(ValueError, match="range"):
        ring.add(5000, [use(3), use(1 << 40)])
    assert ring.cut(*ALL) == before
