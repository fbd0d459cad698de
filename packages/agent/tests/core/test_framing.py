from collections.abc import Mapping

import pytest
from opsentrix_agent.collector import Key, ProcessUse
from opsentrix_agent.framing import ABSENT_MS, ClosedFrame, Framer, Layout
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Series, labels_of
from opsentrix_protocol.frames import unpack
from opsentrix_protocol.layouts import layout_from_wire, layout_id
from opsentrix_protocol.processes import ProcessSample, ProcessTable, parse, plain, tables

from .support import BOOT, GAUGE

START = 1_700_000_000_000


def keyed(name: str) -> Key:
    return (GAUGE.name, labels_of(name=name))


class Feed:
    """Feeds a framer with values by series name, one tick after the other."""

    def __init__(self, frame_ticks: int = 5, max_series: int = 5000) -> None:
        self.framer = Framer(BOOT, 1000, frame_ticks, max_series)
        self.now = START

    def tick(self, step_ms: int = 1000, **values: float) -> list[ClosedFrame]:
        keys = {keyed(name): value for name, value in values.items()}
        series: Mapping[Key, Series] = {key: Series(GAUGE, key[1]) for key in keys}
        closed = self.framer.add(self.now, keys, series)
        self.now += step_ms
        return closed

    def close(self) -> ClosedFrame:
        (frame,) = self.framer.close()
        return frame


def names(layout: Layout) -> list[str]:
    return [dict(one.labels)["name"] for one in layout.series]


def absent(frame: ClosedFrame) -> list[tuple[str, int]]:
    """Return the samples not taken, as series name and tick."""
    return [
        (name, tick)
        for row, name in enumerate(names(frame.layout))
        for tick in range(frame.ticks)
        if frame.absent and frame.absent[(row * frame.ticks + tick) // 8] >> (row * frame.ticks + tick) % 8 & 1
    ]


def test_a_frame_closes_when_it_has_its_ticks_and_holds_columns() -> None:
    feed = Feed(frame_ticks=3)
    assert feed.tick(a=1, b=10) == []
    assert feed.tick(a=2, b=20) == []
    (frame,) = feed.tick(a=3, b=30)
    assert list(frame.values) == [1, 2, 3, 10, 20, 30]
    assert (frame.seq, frame.first_tick_ms, frame.ticks, frame.absent) == (1, START, 3, b"")
    assert frame.last_tick_ms == START + 2000
    assert feed.tick(a=4, b=40) == []
    assert feed.close().seq == 2
    assert feed.framer.close() == []


def test_a_new_series_ends_the_frame_and_joins_the_layout_at_its_end() -> None:
    feed = Feed()
    feed.tick(b=1, a=1)
    (frame,) = feed.tick(b=2, c=2, a=2)
    assert (frame.ticks, names(frame.layout)) == (1, ["b", "a"])
    grown = feed.close()
    assert names(grown.layout) == ["b", "a", "c"]
    assert grown.first_tick_ms == START + 1000
    assert grown.layout.id == layout_id(grown.layout.series) != frame.layout.id


def test_an_absent_series_keeps_its_place_and_repeats_its_last_value() -> None:
    feed = Feed(frame_ticks=3)
    feed.tick(a=1, b=5, c=7)
    feed.tick(a=2, c=8)
    (frame,) = feed.tick(a=3)
    assert list(frame.values) == [1, 2, 3, 5, 5, 5, 7, 8, 8]
    assert absent(frame) == [("b", 1), ("b", 2), ("c", 2)]
    feed.tick(a=4, b=6)
    follower = feed.close()
    assert follower.layout.id == frame.layout.id
    assert list(follower.values) == [4, 6, 8]
    assert absent(follower) == [("c", 0)]


def test_a_missed_tick_ends_the_frame() -> None:
    feed = Feed()
    feed.tick(a=1)
    feed.tick(a=2, step_ms=2000)
    (frame,) = feed.tick(a=3)
    assert (frame.first_tick_ms, frame.ticks) == (START, 2)
    assert feed.close().first_tick_ms == START + 3000


def test_a_clock_that_went_back_ends_the_frame() -> None:
    feed = Feed()
    feed.tick(a=1, step_ms=-60_000)
    (frame,) = feed.tick(a=2)
    assert frame.ticks == 1
    assert feed.close().first_tick_ms == START - 60_000


def test_the_pace_may_change_within_a_frame() -> None:
    feed = Feed(frame_ticks=5)
    feed.tick(a=1)
    feed.tick(a=2)
    feed.framer.frame_ticks = 1
    (frame,) = feed.tick(a=3)
    assert frame.ticks == 3
    assert [one.ticks for one in feed.tick(a=4)] == [1]
    feed.framer.frame_ticks = 2
    assert feed.tick(a=5) == []
    assert [one.ticks for one in feed.tick(a=6)] == [2]


def test_a_series_gone_for_ten_minutes_leaves_with_the_next_change() -> None:
    feed = Feed(frame_ticks=60)
    feed.tick(a=1, b=1)
    for _ in range(ABSENT_MS // 1000 + 1):
        feed.tick(a=1)
    assert names(feed.close().layout) == ["a", "b"]
    feed.tick(a=1, c=1)
    assert names(feed.close().layout) == ["a", "c"]


def test_a_series_that_came_back_in_between_stays() -> None:
    feed = Feed(frame_ticks=60)
    feed.tick(a=1, b=1)
    for second in range(2 * ABSENT_MS // 1000):
        feed.tick(a=1) if second != 400 else feed.tick(a=1, b=2)
    feed.tick(a=1, c=1)
    # 800 seconds after it was seen last it goes; a second absence counts from its own beginning.
    assert names(feed.close().layout) == ["a", "c"]
    feed = Feed(frame_ticks=60)
    feed.tick(a=1, b=1)
    for second in range(ABSENT_MS // 1000 + 100):
        feed.tick(a=1) if second != 400 else feed.tick(a=1, b=2)
    feed.tick(a=1, c=1)
    assert names(feed.close().layout) == ["a", "b", "c"]


def test_series_beyond_the_limit_are_left_out_and_do_not_churn_the_layout() -> None:
    feed = Feed(frame_ticks=60, max_series=2)
    feed.tick(a=1, b=1, c=1)
    assert feed.framer.left_out == 1
    for _ in range(3):
        assert feed.tick(a=1, b=1, c=1, d=1) == []
    frame = feed.close()
    assert (names(frame.layout), frame.ticks) == (["a", "b"], 4)
    feed.framer.max_series = 1
    feed.tick(a=1, b=1)
    assert names(feed.close().layout) == ["a"]


def test_a_frame_of_too_many_samples_is_closed_early() -> None:
    feed = Feed(frame_ticks=60)
    feed.framer.max_samples = 5
    assert feed.tick(a=1, b=1) == []
    assert [frame.ticks for frame in feed.tick(a=1, b=1)] == [2]


def test_a_tick_without_any_series_makes_no_frame() -> None:
    feed = Feed(frame_ticks=1)
    assert feed.tick() == []
    assert [frame.seq for frame in feed.tick(a=1)] == [1]


def test_the_message_carries_what_was_sampled() -> None:
    feed = Feed(frame_ticks=2)
    feed.tick(a=0.1, b=1e300)
    (frame,) = feed.tick(a=0.2)
    use = ProcessUse(1, "init", "root", "sleeping", 0.5, 4096, 3, 100.0, 200.0)
    message = pb.Frame.FromString(frame.to_wire([(START, []), (START + 1000, [use])], packed=False))
    assert (message.boot_id, message.seq, message.step_ms, message.ticks) == (BOOT, 1, 1000, 2)
    assert not message.HasField("layout")
    assert list(layout_from_wire(pb.Layout.FromString(frame.layout.wire))) == [
        Series(type(GAUGE)(GAUGE.name, GAUGE.unit, GAUGE.kind), one.labels) for one in frame.layout.series
    ]
    columns = unpack(message, 2)
    assert memoryview(columns.values).cast("d").tolist() == [0.1, 0.2, 1e300, 1e300]
    assert columns.absent == b"\x08"
    assert message.processes.time_ms == START + 1000
    assert message.processes.processes[0].cpu == pytest.approx(0.5)


def test_a_clock_that_was_set_ends_the_frame_and_the_next_one_says_by_how_much() -> None:
    feed = Feed()
    feed.tick(a=1)
    closed = feed.framer.add(feed.now - 60_000, {keyed("a"): 2.0}, {keyed("a"): Series(GAUGE, ())}, -61_000)
    assert [(frame.ticks, frame.clock_step_ms) for frame in closed] == [(1, 0)]
    after = feed.close()
    assert (after.first_tick_ms, after.clock_step_ms) == (feed.now - 60_000, -61_000)
    assert pb.Frame.FromString(after.to_wire()).clock_step_ms == -61_000
    feed.tick(a=3)
    assert feed.close().clock_step_ms == 0


def test_a_hub_that_takes_packed_processes_is_told_of_every_look() -> None:
    feed = Feed(frame_ticks=2)
    feed.tick(a=0.1)
    (frame,) = feed.tick(a=0.2)
    use = ProcessUse(1, "init", "root", "sleeping", 0.5, 4096, 3, 100.0, 200.0)

    message = pb.Frame.FromString(frame.to_wire([(START, []), (START + 1000, [use])]))

    assert not message.HasField("processes")
    assert list(tables(parse(plain(message.process_samples, message.compression)))) == [
        ProcessTable(START, ()),
        ProcessTable(START + 1000, (ProcessSample(1, "init", "root", "sleeping", 3, 0.5, 4096, 100.0, 200.0),)),
    ]
