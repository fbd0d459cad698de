"""What a backtest over minutes tells, held against the samples: what it never misses, and what it never makes up."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from opsentrix.alerting.coarser import Stands, coarser, metrics_of, stands
from opsentrix.alerting.episodes import Episode, episodes
from opsentrix.alerting.replay import Replay
from opsentrix.db import Database
from opsentrix.model.history import Wanted, cut
from opsentrix.model.rule_format import write
from opsentrix.model.rule_text import parse
from opsentrix.model.rules import AlertRule
from opsentrix.model.tiers import MINUTE
from opsentrix.query import history
from opsentrix.storage import series

from packages.hub.tests.alerting.stored import compact, store
from packages.hub.tests.alerting.streams import BEGIN, SERIES, Stream, rolled, rule_of, run, stream

SECONDS = 14_400
END = BEGIN + SECONDS
STEP = 60
TEMPERATURE = 2


def episodes_of(text: str, one: Stream) -> list[Episode]:
    """Return what fires when minutes are replayed."""
    rule = rule_of(text)
    coarse = AlertRule(rule.id, 1, rule.name, coarser(rule.rule, STEP))
    replay = Replay(coarse, {}, [(one.member, 0.0)], BEGIN, STEP, 3600.0)
    told = run(replay, cut(rolled([one], END, STEP), 3600.0))
    return episodes(told, replay.worst.left(), BEGIN)


def stretches(one: Stream, holds: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of all times in which samples of each second hold, Unix seconds."""
    present = ~np.isnan(one.values[TEMPERATURE])
    time, holding = one.time[present], holds[present]
    breaks = np.flatnonzero((np.diff(time) != 1) | (holding[1:] != holding[:-1])) + 1
    for begin, end in pairwise([0, *breaks.tolist(), time.size]):
        if holding[begin]:
            yield int(time[begin]), int(time[end - 1])


def calm(seed: int) -> Stream:
    """Return a stream in which temperatures last, so that `for` is reached, with its spikes and gaps."""
    one = stream(seed, 1, SECONDS)
    slow = 22 + 9 * np.sin(np.cumsum(np.random.default_rng(seed).normal(0, 1, one.time.size)) / 150)
    one.values[TEMPERATURE] = slow + np.where(np.random.default_rng(seed + 1).random(slow.size) < 0.001, 12, 0)
    return one


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("op", "limit", "for_s"), [(">", 26, 120), (">", 24, 45), ("<", 18, 300), (">", 27, 0)])
def test_minutes_miss_nothing_that_lasts_and_make_up_nothing(seed: int, op: str, limit: int, for_s: int) -> None:
    one = calm(seed)
    values = one.values[TEMPERATURE]
    holds = values > limit if op == ">" else values < limit
    found = episodes_of(f"room.temperature {op} {limit}" + (f" for {for_s}s" if for_s else ""), one)
    for first, last in stretches(one, holds):
        if last - first >= for_s + 3 * STEP:
            assert any(
                each.fired_at <= last and (each.resolved_at is None or each.resolved_at >= first) for each in found
            ), f"{last - first} s from {first} on"
    for each in found:
        for minute in np.arange(each.pending_at, each.fired_at + 1, STEP):
            inside = (one.time >= minute) & (one.time < minute + STEP)
            assert holds[inside].any() or not inside.any(), f"nothing held in the minute of {minute}"


@pytest.mark.parametrize("seed", range(4))
def test_a_spike_in_a_minute_is_seen_where_the_rule_waits_for_nothing(seed: int) -> None:
    one = calm(seed)
    over = one.time[one.values[TEMPERATURE] > 33]
    found = episodes_of("room.temperature > 33", one)
    assert over.size
    for time in over.tolist():
        minute = time // STEP * STEP
        assert any(each.fired_at <= minute and (each.resolved_at or END) > minute for each in found)
    assert all(((over // STEP) * STEP == each.fired_at).any() for each in found)


def test_windows_are_no_shorter_than_a_minute_and_periods_whole_ones() -> None:
    rule = parse("(avg(room.temperature, 10s) > 1 and change(max(room.temperature, 30s), 90s) > 5%) for 1m")
    assert write(coarser(rule, 60)) == (
        "(avg(room.temperature, 1m) > 1 and change(max(room.temperature, 1m), 2m) > 5%) for 1m"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m.a > 1", Stands.HIGH),
        ("m.a < 1", Stands.LOW),
        ("m.a > 1 for 1s", Stands.MEAN),
        ("m.a > 2 or m.a < 1", Stands.MEAN),
        ("m.a == 1", Stands.MEAN),
        ("change(m.a, 1h) > 1", Stands.MEAN),
        ("count(m.a > 1) > 2", Stands.HIGH),
    ],
)
def test_what_stands_for_the_newest_sample_of_a_minute(text: str, expected: Stands) -> None:
    rule = parse(text)
    assert stands(rule, metrics_of(rule)[0]) is expected


@pytest.mark.parametrize("compacted", [False, True])
async def test_minutes_that_are_read_are_those_of_the_samples(database: Database, *, compacted: bool) -> None:
    streams = [stream(5, agent_id, 2400) for agent_id in (1, 2)]
    await store(database, streams)
    if compacted:
        await compact(database, BEGIN + 3000)
    async with database.connection() as connection:
        wanted = await series.of_agents(connection, [1, 2], [one.metric.name for one in SERIES], ())
    asked = Wanted([1, 2], wanted, MINUTE, BEGIN * 1000, (BEGIN + 2400) * 1000)
    found = [stretch async for chunk in history.read(database, asked) for stretch in chunk.stretches]
    expected = rolled(streams, BEGIN + 2400, STEP).stretches
    assert [one.agent_id for one in found] == [1, 2]
    for mine, truth in zip(found, expected, strict=True):
        order = [mine.series.index(one) for one in truth.series]
        assert mine.bounds is not None
        assert truth.bounds is not None
        np.testing.assert_array_equal(mine.time, truth.time)
        np.testing.assert_allclose(mine.values[order], truth.values, rtol=1e-6)
        np.testing.assert_allclose(mine.bounds.low[order], truth.bounds.low, rtol=1e-6)
        np.testing.assert_allclose(mine.bounds.high[order], truth.bounds.high, rtol=1e-6)
        np.testing.assert_array_equal(mine.bounds.count[order], truth.bounds.count)
