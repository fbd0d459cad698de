"""Minutes gathered while samples come in: whole or not at all."""

import math
import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from opsentrix.ingest.minutes import MinuteBook
from opsentrix.model.frames import Batch, Layout, StoredFrame
from opsentrix.model.minutes import Minute, Parts, Running, unpack

AT_MS = 29_000_000 * 60_000
NUMBER = AT_MS // 60_000


def batch(second: float, ticks: int = 5, *, agent: int = 1, layout: int = 7, step_ms: int = 1000) -> Batch:
    """Return a frame of two series: the seconds since AT_MS, and a hundred times as much."""
    at = second + step_ms / 1000 * np.arange(ticks)
    frame = StoredFrame(agent, 1, 1, AT_MS + round(second * 1000), step_ms, ticks, layout, 1, 1, b"", b"")
    return Batch([frame], [Layout(layout, (), np.array([1, 2]))], np.array([[at, 100 * at]]))


def rolled(minute: Minute) -> tuple[tuple[float, ...], ...]:
    return tuple(struct.iter_unpack("<3f", minute.values))


def test_a_minute_is_given_out_once_when_the_next_begins() -> None:
    book = MinuteBook()
    for second in range(0, 60, 5):
        book.push(batch(second))
    assert not book.take()
    book.push(batch(60))
    [minute] = book.take().whole
    assert (minute.agent_id, minute.number, minute.layout_id, minute.ticks, minute.counts) == (1, NUMBER, 7, 60, b"")
    assert rolled(minute) == ((0, 59, 29.5), (0, 5900, 2950))
    assert not book.take()


def test_frames_may_lie_across_minutes_and_hold_several() -> None:
    book = MinuteBook()
    book.push(batch(-3, 10))
    book.push(batch(7, 200))
    changes = book.take()
    assert [one.number for one in changes.whole] == [NUMBER, NUMBER + 1, NUMBER + 2]
    assert [rolled(one)[0] for one in changes.whole] == [(0, 59, 29.5), (60, 119, 89.5), (120, 179, 149.5)]
    assert changes.stale == [(1, NUMBER - 1)]


def test_a_minute_with_a_hole_is_not_whole() -> None:
    book = MinuteBook()
    book.push(batch(0, 30))
    book.push(batch(31, 30))
    changes = book.take()
    assert (changes.whole, changes.stale) == ([], [(1, NUMBER)])


def test_what_comes_late_makes_a_minute_stale() -> None:
    book = MinuteBook()
    book.push(batch(0, 61))
    assert [one.number for one in book.take().whole] == [NUMBER]
    book.push(batch(30, 2))
    assert book.take().stale == [(1, NUMBER)]
    book.push(batch(61, 60))
    assert [one.number for one in book.take().whole] == [NUMBER + 1]


def test_a_moment_sampled_twice_makes_it_unsure() -> None:
    book = MinuteBook()
    book.push(batch(0, 30))
    book.push(batch(25, 36))
    assert book.take().stale == [(1, NUMBER)]


def test_another_layout_in_the_same_minute_makes_it_unsure() -> None:
    book = MinuteBook()
    book.push(batch(0, 30))
    book.push(batch(10, 1, layout=8, step_ms=60_000))
    book.push(batch(30, 31))
    assert book.take().stale == [(1, NUMBER)]
    book.push(batch(61, 60))
    assert [one.layout_id for one in book.take().whole] == [7]


def test_programs_that_send_once_a_minute_have_none() -> None:
    book = MinuteBook()
    for minute in range(3):
        book.push(batch(60 * minute, 1, step_ms=60_000))
        book.push(batch(60 * minute, 2, step_ms=7000, agent=2))
    assert book.take().whole == []


def test_other_steps_than_a_second_are_whole_with_fewer_ticks() -> None:
    book = MinuteBook()
    book.push(batch(2.5, 5, step_ms=15_000))
    [minute] = book.take().whole
    assert (minute.ticks, rolled(minute)[0]) == (4, (2.5, 47.5, 25.0))


def test_what_is_spoilt_or_forgotten_is_not_given_out() -> None:
    book = MinuteBook()
    for agent in (1, 2, 3):
        book.push(batch(0, 70, agent=agent))
    book.spoil([1])
    book.forget(2)
    changes = book.take()
    assert [one.agent_id for one in changes.whole] == [3]
    assert changes.stale == [(1, NUMBER + 1)]


def test_numbers_too_great_for_a_float32_are_infinite() -> None:
    book = MinuteBook()
    frame = StoredFrame(1, 1, 1, AT_MS, 1000, 61, 7, 1, 1, b"", b"")
    book.push(Batch([frame], [Layout(7, (), np.array([1]))], np.full((1, 1, 61), 1e300)))
    [minute] = book.take().whole
    assert rolled(minute) == ((math.inf, math.inf, math.inf),)


def test_what_could_not_be_written_stays_stale_only() -> None:
    book = MinuteBook()
    book.push(batch(0, 20, agent=1))
    book.push(batch(60, 1, agent=1))
    book.push(batch(0, 61, agent=2))
    changes = book.take()
    book.again(changes)
    again = book.take()
    assert (again.whole, again.stale) == ([], [(1, NUMBER)])


def test_of_refused_frames_agents_only_the_stale_is_kept() -> None:
    book = MinuteBook()
    for agent in (1, 2):
        book.push(batch(0, 61, agent=agent))
    changes = book.take().without({1})
    assert [one.agent_id for one in changes.whole] == [2]
    assert changes.stale == [(1, NUMBER)]


def test_too_many_stale_minutes_make_all_of_them_stale() -> None:
    book = MinuteBook()
    for agent in range(250_001):
        book.spoil([agent])
        book._spoil_one(agent, 1)
    changes = book.take()
    assert changes.all_stale
    assert len(changes.stale) < 60_000


@given(st.lists(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6, width=32)), min_size=4, max_size=4), min_size=1))
def test_rolled_up_is_what_is_read(rows: list[list[float | None]]) -> None:
    samples = np.array([[math.nan if value is None else value for value in row] for row in rows])
    minute = Running(len(rows))
    minute.add(Parts.of(samples[np.newaxis, :, :1]), 0)
    minute.add(Parts.of(samples[np.newaxis, :, 1:]), 0)
    values, counts = minute.packed(4)
    for at, row in enumerate(rows):
        present = [value for value in row if value is not None]
        packed = counts[2 * at : 2 * at + 2] or (4).to_bytes(2, "big")
        (low, high, mean), count = unpack(values[12 * at : 12 * at + 12], packed)
        assert count.tolist() == [len(present)]
        if present:
            assert (low[0], high[0]) == (min(present), max(present))
            assert math.isclose(mean[0], sum(present) / len(present), rel_tol=1e-6, abs_tol=1e-2)


def test_agents_whose_minutes_end_at_different_ticks_are_taken_together() -> None:
    book = MinuteBook()
    layout = Layout(7, (), np.array([1, 2]))
    for second in range(0, 66, 5):
        parts = [batch(second - phase, agent=phase) for phase in range(5)]
        frames = [one.frames[0] for one in parts]
        book.push(Batch(frames, [layout] * 5, np.concatenate([one.values for one in parts])))
    minutes = {one.agent_id: rolled(one)[0] for one in book.take().whole}
    assert minutes == dict.fromkeys(range(5), (0, 59, 29.5))


def test_frames_of_one_agent_are_taken_in_their_order() -> None:
    book = MinuteBook()
    parts = [batch(second, 7) for second in (-4, 3, 10, 17, 24, 31, 38, 45, 52, 59)]
    frames = [one.frames[0] for one in parts]
    layout = Layout(7, (), np.array([1, 2]))
    book.push(Batch(frames, [layout] * len(frames), np.concatenate([one.values for one in parts])))
    changes = book.take()
    assert [rolled(one)[0] for one in changes.whole] == [(0, 59, 29.5)]
    assert changes.stale == [(1, NUMBER - 1)]
