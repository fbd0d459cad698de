"""After a start: windows have an answer with the first sample, and nothing of what they were filled with is judged."""

from functools import partial

import numpy as np
import pytest
from opsentrix.alerting.engine import Engine
from opsentrix.alerting.explain import explain
from opsentrix.alerting.warmer import Warmer
from opsentrix.db import Database
from opsentrix.model.alerts import State
from opsentrix.model.history import Stretch
from opsentrix.query import history

from packages.hub.tests.alerting.stored import compact, store
from packages.hub.tests.alerting.streams import BEGIN, SERIES, Stream, rule_of, stream
from packages.hub.tests.kit.batches import batch

SECONDS = 7200
END = BEGIN + SECONDS
TEMPERATURE, ORDERS = SERIES[2], SERIES[3]


def steady(seconds: int, value: float = 35.0) -> Stream:
    """Return a stream of one temperature that rises by a degree an hour, and of orders, two a second."""
    base = stream(1, 1, 10)
    values = np.full((len(SERIES), seconds), np.nan)
    values[2] = value + np.arange(seconds) / 3600
    values[3] = 2.0 * np.arange(seconds)
    layouts = np.zeros(values.shape, np.bool_)
    layouts[2:4] = True
    return Stream(base.member, BEGIN + np.arange(seconds), values, layouts)


async def warmed(database: Database, *texts: str, seconds: int = SECONDS) -> Engine:
    """Return an engine as it is after a start of the hub that has this history."""
    one = steady(seconds)
    await store(database, [one])
    await compact(database, END)
    engine = Engine()
    for number, text in enumerate(texts, 1):
        engine.put_rule(rule_of(text, number))
    engine.put_agent(one.member)
    assert await Warmer(engine, database, partial(history.read, database), lambda: 0.0).run(END) >= 0
    return engine


async def test_windows_have_an_answer_with_the_first_sample(database: Database) -> None:
    engine = await warmed(
        database, "avg(room.temperature, 1h) > 36", "rate(app.orders, 30m) < 5/s",
        "forecast(room.temperature, 1h, 1h) > 37.5", "change(room.temperature, 30m) > 1%",
        "max(room.temperature, 10m) > 36.9", "avg(room.temperature, 12h) > 35.5",
    )  # fmt: skip
    assert engine.evaluate(END, 0.0) == [], "what windows were filled with is not the present"
    engine.push(batch({TEMPERATURE: [37.0], ORDERS: [2.0 * SECONDS]}, time_s=END))
    fired = {one.rule_id: one.value for one in engine.evaluate(END + 1, 1.0) if one.after is State.FIRING}
    assert fired == {
        1: pytest.approx(36.5, abs=0.02), 2: pytest.approx(2.0, abs=0.05), 3: pytest.approx(38.0, abs=0.05),
        4: pytest.approx(37 / 36.5 - 1, abs=0.001), 5: pytest.approx(37.0, abs=0.02),
    }  # fmt: skip
    assert explain(engine, 6, 1).value is None, "two hours of twelve are not half of them"


async def test_agents_that_were_back_sooner_lose_nothing_but_the_minute_under_way(database: Database) -> None:
    one = steady(SECONDS)
    await store(database, [one])
    engine = Engine()
    engine.put_rule(rule_of("avg(room.temperature, 10m) > 100", 1))
    engine.put_agent(one.member)
    engine.evaluate(END - 30, 0.0)
    engine.push(batch({TEMPERATURE: [37.0]}, time_s=END - 1))
    engine.evaluate(END, 1.0)
    assert explain(engine, 1, 1).value is None
    await Warmer(engine, database, partial(history.read, database), lambda: 0.0).run(END)
    engine.push(batch({TEMPERATURE: [37.0]}, time_s=END + 1))
    engine.evaluate(END + 2, 3.0)
    assert explain(engine, 1, 1).value == pytest.approx(36.92, abs=0.02)


async def test_what_ended_long_ago_fills_no_window(database: Database) -> None:
    engine = await warmed(database, "avg(room.temperature, 6h) > 30", seconds=SECONDS - 1800)
    engine.evaluate(END, 0.0)
    assert engine.stats.series == 0


async def test_filling_ends_when_it_takes_too_long(database: Database) -> None:
    one = steady(600)
    await store(database, [one])
    engine = Engine()
    engine.put_rule(rule_of("avg(room.temperature, 10m) > 30", 1))
    engine.put_agent(one.member)
    clock = iter([0.0, 61.0])
    warmer = Warmer(engine, database, partial(history.read, database), lambda: next(clock))
    assert await warmer.run(BEGIN + 600) == 0


def test_where_there_is_no_memory_for_a_series_nothing_is_filled() -> None:
    one = steady(600)
    engine = Engine(max_bytes=0)
    engine.put_rule(rule_of("avg(room.temperature, 10m) > 30", 1))
    engine.put_agent(one.member)
    [number] = engine.look_backs()
    engine.refill(number, [Stretch(one.member.id, (TEMPERATURE,), one.time.astype(float), one.values[2:3])])
    assert (engine.stats.series, engine.stats.left_out) == (0, 1)
