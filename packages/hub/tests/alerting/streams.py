"""Streams of samples, a tick a second, told both ways: to the live engine as they come, and as stored history."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from opsentrix.alerting.engine import Engine
from opsentrix.alerting.replay import Replay, Told
from opsentrix.model.alerts import State, Transition
from opsentrix.model.frames import Batch, Layout, StoredFrame
from opsentrix.model.history import Bounds, Chunk, Stretch
from opsentrix.model.rule_text import parse
from opsentrix.model.rules import AlertRule, Comparison, Override
from opsentrix.model.selectors import Member
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of
from opsentrix_protocol.layouts import layout_id

BEGIN = 1_790_001_600
"""Where streams begin, Unix seconds: 20 minutes before an hour is full."""
SERIES = (
    *(Series(Metric("disk.used", "1", Kind.GAUGE), labels_of(device=one)) for one in ("sda", "sdb")),
    Series(Metric("room.temperature", "Cel", Kind.GAUGE), ()),
    Series(Metric("app.orders", "1", Kind.GAUGE), ()),
    Series(Metric("app.limit", "1", Kind.GAUGE), ()),
    Series(Metric("system.cpu.utilization", "1", Kind.GAUGE), labels_of(state="idle")),
)
RULES = (
    "room.temperature > 30",
    "room.temperature > 30 for 20s clear < 25 keep 10s",
    "room.temperature < 16 for 10s",
    "disk.used > 80% for 30s",
    "disk.used{device=sdb} > 80% for 15s on environment=lab",
    "system.cpu.utilization > 60% for 2s",
    "app.orders / app.limit > 5",
    "avg(room.temperature, 1m) > 28",
    "min(room.temperature, 30s) > 26 for 10s",
    "max(room.temperature, 2m) < 20 keep 30s",
    "sum(room.temperature, 30s) > 800",
    "p90(room.temperature, 5m) > 30",
    "last(room.temperature, 10s) > 30",
    "rate(app.orders, 1m) < 1/s for 20s",
    "change(room.temperature, 2m) > 50%",
    "change(avg(room.temperature, 1m), 5m) > 30%",
    "forecast(disk.used, 10m, 5m) > 100%",
    "absent(agent) for 1m",
    "absent(agent) for 5s on environment=lab",
    "absent(disk.used{device=sdb}) for 40s",
    "(room.temperature > 26 and disk.used > 70%) for 15s",
    "room.temperature > 33 or absent(agent) or system.cpu.utilization > 90%",
    "count(room.temperature > 27) >= 1 of 2",
    "count(disk.used > 75%) >= 2 for 10s clear < 1 keep 20s",
    "count(absent(agent)) > 30%",
)
"""All kinds of rules there are."""


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """What one agent sampled: `time` int64[ticks] in Unix s, `values` float64[series of SERIES, ticks], NaN absent.

    `layouts` says for each tick which series its frame lists, bool[series, ticks].
    """

    member: Member
    time: NDArray[np.int64]
    values: NDArray[np.float64]
    layouts: NDArray[np.bool_]


def stream(seed: int, agent_id: int, seconds: int) -> Stream:
    """Return a stream with all that goes wrong: gaps, counters that fall, series that come and go, spikes."""
    chance = np.random.default_rng([seed, agent_id])
    steps = chance.normal(0, 1, seconds)
    temperature = 22 + 8 * np.sin(np.cumsum(steps) / 25) + chance.normal(0, 1, seconds)
    temperature[chance.random(seconds) < 0.01] += 15
    used = [np.clip(0.6 + np.cumsum(chance.normal(0.0001, 0.01, seconds)), 0, 1) for _ in range(2)]
    orders = np.cumsum(chance.integers(0, 4, seconds)).astype(np.float64)
    for reset in chance.integers(0, seconds, 2):
        orders[reset:] -= orders[reset]
    limit = np.where(chance.random(seconds) < 0.02, 0.0, 10 + chance.integers(0, 200, seconds))
    values = np.array([*used, temperature, orders, limit, chance.random(seconds)])
    layouts = np.ones(values.shape, np.bool_)
    begin, end = np.sort(chance.integers(0, seconds, 2))
    layouts[1, begin:end] = False
    absent = chance.random(values.shape) < 0.02
    absent &= np.roll(layouts, 1, axis=1)  # a series begins with a sample
    absent[:, 0] = False
    values[absent | ~layouts] = np.nan
    kept = np.ones(seconds, np.bool_)
    for length in (2, 20, 45, 100, 700):
        at = int(chance.integers(0, seconds))
        kept[at : at + length] = False
    kept[0] = True
    layouts[1, 1:] &= layouts[1, :-1] | kept[1:]
    environment = "lab" if agent_id % 2 else "prod"
    member = Member(agent_id, f"agent-{agent_id}", "server", environment, frozenset(), 5.0)
    return Stream(member, BEGIN + np.flatnonzero(kept), values[:, kept], layouts[:, kept])


def rule_of(text: str, rule_id: int = 7) -> AlertRule:
    return AlertRule(rule_id, 1, "Rule", parse(text))


def overrides_of(rule: AlertRule) -> dict[int, Override]:
    """Return what holds for agent 2: another threshold where the rule has one, else nothing."""
    condition = rule.rule.condition
    if isinstance(condition, Comparison):
        return {2: Override(threshold=condition.threshold.value * 0.8)}
    return {2: Override(off=True)}


def live(rules: Sequence[AlertRule], streams: Sequence[Stream], end: int) -> dict[int, list[Transition]]:
    """Return by rule what the live engine tells that gets each tick in its second."""
    engine = Engine()
    for rule in rules:
        engine.put_rule(rule, overrides_of(rule))
    for one in streams:
        engine.put_agent(one.member)
    told: dict[int, list[Transition]] = {rule.id: [] for rule in rules}
    places = [dict(zip(one.time.tolist(), range(one.time.size), strict=True)) for one in streams]
    for now in range(BEGIN, end):
        for one, place in zip(streams, places, strict=True):
            at = place.get(now)
            if at is not None:
                engine.push(_tick(one, at))
        for moved in engine.evaluate(now, now - BEGIN):
            told[moved.rule_id].append(moved)
    return told


def _tick(one: Stream, at: int) -> Batch:
    listed = np.flatnonzero(one.layouts[:, at])
    series = tuple(SERIES[place] for place in listed)
    layout = Layout(layout_id(series), series, listed)
    frame = StoredFrame(
        one.member.id, 1, at, int(one.time[at]) * 1000, 1000, 1, layout.id, 1, pb.COMPRESSION_ZLIB, b"", b""
    )
    return Batch([frame], [layout], one.values[np.newaxis, listed, at : at + 1])


def history(streams: Sequence[Stream], end: int, span: int) -> Iterator[Chunk]:
    """Yield the same as stored history, in chunks of `span` seconds."""
    for first in range(BEGIN, end, span):
        last = min(first + span, end)
        stretches = []
        for one in streams:
            part = slice(*np.searchsorted(one.time, (first, last)).tolist())
            values = one.values[:, part]
            held = np.flatnonzero(~np.isnan(values).all(axis=1))
            if one.time[part].size:
                names = tuple(SERIES[at] for at in held)
                stretches.append(Stretch(one.member.id, names, one.time[part].astype(np.float64), values[held]))
        yield Chunk(first, last, stretches)


def replay_of(rule: AlertRule, streams: Sequence[Stream], step_s: float = 1.0, begin: float = BEGIN) -> Replay:
    """Return a replay that nothing was loaded into yet."""
    return Replay(rule, overrides_of(rule), [(one.member, 0.0) for one in streams], begin, step_s, 3600.0)


def run(replay: Replay, chunks: Iterable[Chunk]) -> list[Told]:
    """Run a replay over history and return what it tells."""
    for chunk in chunks:
        replay.load(chunk)
        while replay.run(250):
            pass
    return replay.told


def readable(told: Sequence[Transition]) -> list[tuple[object, ...]]:
    """Return transitions as they are compared: all that anybody sees, numbers rounded as floats allow."""
    return sorted(
        (
            round(one.at, 3), str(one.agent_id), one.labels, State(one.before).name, State(one.after).name,
            round(one.since, 3), "" if one.value is None else f"{one.value:.6g}", str(one.threshold), str(one.reason),
        )
        for one in told
    )  # fmt: skip


def rolled(streams: Sequence[Stream], end: int, step_s: int) -> Chunk:
    """Return the same as history of coarser tiers, in one chunk."""
    stretches = []
    for one in streams:
        place = (one.time - BEGIN) // step_s
        steps = (end - BEGIN) // step_s
        shape = len(SERIES), steps
        low, high, total = np.full(shape, np.inf), np.full(shape, -np.inf), np.zeros(shape)
        count = np.zeros(shape, np.int64)
        for row, values in enumerate(one.values):
            some = ~np.isnan(values)
            np.minimum.at(low[row], place[some], values[some])
            np.maximum.at(high[row], place[some], values[some])
            np.add.at(total[row], place[some], values[some])
            np.add.at(count[row], place[some], 1)
        there = np.unique(place)
        with np.errstate(invalid="ignore", divide="ignore"):
            means = total / count.astype(np.float64)
        held = np.flatnonzero(count.sum(axis=1))
        take = np.ix_(held, there)
        bounds = Bounds(
            np.where(count > 0, low, np.nan)[take], np.where(count > 0, high, np.nan)[take], count[take]
        )  # fmt: skip
        names = tuple(SERIES[at] for at in held.tolist())
        stretches.append(
            Stretch(one.member.id, names, (BEGIN + there * step_s).astype(np.float64), means[take], bounds)
        )
    return Chunk(BEGIN, end, stretches)
