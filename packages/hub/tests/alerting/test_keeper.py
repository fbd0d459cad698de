"""Incidents in the database: whatever is killed when, nothing is lost and nothing is told twice."""

import contextlib
import random
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any, cast

import pytest
from opsentrix.alerting import keeper as keepers
from opsentrix.alerting import people
from opsentrix.alerting.keeper import Keeper
from opsentrix.db import Connection, Database
from opsentrix.errors import ConflictError, NotFoundError
from opsentrix.model.agents import NewAgent
from opsentrix.model.notifications import Notice
from opsentrix.model.quiet import Matcher, Op, Reach, Silence
from opsentrix.model.rules import Severity
from opsentrix.model.stored_alerts import RULE_DELETED, Alert, AlertState, NewRule, Transition
from opsentrix.storage import agents, alert_rules, alerts, incidents, quiet

from packages.hub.tests.kit.postgres import Postgres
from packages.hub.tests.kit.story import at, fingerprint

FIRING, INACTIVE = AlertState.FIRING, AlertState.INACTIVE
Steps = list[tuple[float, list[Transition]]]


class KilledError(BaseException):
    """The process is gone."""


class DeadlyDatabase(Database):
    """A database whose user dies before its nth statement, or, with 0 left, after the commit."""

    left: int | None = None

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        async with super().connection() as connection:
            yield cast("Connection", _Deadly(connection, self))
        if self.left == 0:
            raise KilledError


class _Deadly:
    def __init__(self, connection: Connection, database: DeadlyDatabase) -> None:
        self._connection = connection
        self._database = database

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self._connection, name)
        if name in ("execute", "executemany", "fetch", "fetchrow", "fetchval") and self._database.left is not None:
            if self._database.left == 0:
                raise KilledError
            self._database.left -= 1
        return method


async def enqueue(connection: Connection, notice: Notice) -> int:
    number: int = await connection.fetchval("INSERT INTO told (notice) VALUES ($1) RETURNING id", notice.as_json())
    return number


async def prepared(database: Database) -> Keeper:
    """Make three rules, 40 agents of which a2 is behind a1, and a place for notices."""
    async with database.transaction() as connection:
        await connection.execute("CREATE TABLE told (id bigint GENERATED ALWAYS AS IDENTITY, notice jsonb)")
        for name in ("cpu", "disk", "offline"):
            await alert_rules.add(connection, NewRule(name, Severity.WARNING, {}, loss=name == "offline"), "ann", at(0))
        for number in range(1, 41):
            new = NewAgent(f"a{number}", "server", "h", environment=("prod", "lab", "")[number % 3])
            await agents.add(connection, new)
        await quiet.set_dependencies(connection, 2, [1], "ann", at(0))
    return Keeper(database, enqueue, lambda *_: None)


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same each time, not unguessable


def transition(rule: int, agent: int, after: AlertState, second: float) -> Transition:
    alert = Alert(fingerprint(str(rule), agent), rule, 1, agent, {}, Severity.WARNING, after, at(second), 0.5)
    return Transition(alert, INACTIVE if after is FIRING else FIRING, at(second))


def stream(chance: random.Random, seconds: int) -> Steps:
    """Return what happens in each second: alerts that fire and are resolved, some of them in waves."""
    firing: set[tuple[int, int]] = set()
    steps: Steps = []
    second = 0.0
    while second < seconds:
        second += chance.choice((0.2, 1, 1, 5, 30, 200))
        step = []
        wave = chance.random() < 0.1
        for _ in range(chance.choice((0, 1, 1, 2)) + 6 * wave):
            key = (3 if wave else chance.randint(1, 3), chance.randint(1, 6))
            step.append(transition(*key, INACTIVE if key in firing else FIRING, second))
            firing ^= {key}
        steps.append((second, step))
    return steps


async def play(database: Database, keeper: Keeper, steps: Steps, chance: random.Random | None, every: int = 1) -> None:
    """Record a stream and keep incidents; with `chance`, each pass is killed some times before it comes through."""
    for number, (second, transitions) in enumerate(steps):
        async with database.transaction() as connection:
            await alerts.record(connection, transitions, at(second))
        if number % every and number != len(steps) - 1:
            continue
        if chance is not None and isinstance(database, DeadlyDatabase):
            for _ in range(2):
                database.left = chance.randint(0, 18)
                with contextlib.suppress(KilledError):
                    await keeper.run_once(at(second))
            database.left = None
        while (await keeper.run_once(at(second))).more:
            pass


async def outcome(database: Database) -> dict[str, list[Any]]:
    """Return all that came of it but the numbers of lines."""
    found = {}
    async with database.connection() as connection:
        for name, query in {
            "incidents": "SELECT * FROM incidents ORDER BY id",
            "alerts": "SELECT * FROM incident_alerts ORDER BY incident_id, fingerprint",
            "lines": "SELECT incident_id, at, kind, actor, text, agent_ids FROM incident_events ORDER BY id",
            "told": "SELECT notice FROM told ORDER BY id",
            "grouped": "SELECT number, incident_id FROM alert_events ORDER BY number",
        }.items():
            rows = [dict(row) for row in await connection.fetch(query)]
            found[name] = [{key: value for key, value in row.items() if key != "changed_at"} for row in rows]
    return found


@contextlib.asynccontextmanager
async def fresh(postgres: Postgres) -> AsyncIterator[tuple[DeadlyDatabase, Keeper]]:
    async with postgres.database() as dsn:
        database = await DeadlyDatabase.connect(dsn, 3, attempts=1)
        assert isinstance(database, DeadlyDatabase)
        yield database, await prepared(database)
        await database.close()


@pytest.fixture
async def keeper(database: Database) -> Keeper:
    return await prepared(database)


async def fire(database: Database, *transitions: Transition, second: float = 0) -> None:
    async with database.transaction() as connection:
        await alerts.record(connection, transitions, at(second))


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_kills_and_late_passes_make_no_difference(postgres: Postgres, seed: int) -> None:
    steps = stream(seeded(seed), 3000)
    outcomes = []
    for chance, every in ((None, 1), (seeded(seed), 1), (None, 7), (seeded(seed + 9), 4)):
        async with fresh(postgres) as (database, keeper):
            await play(database, keeper, steps, chance, every)
            outcomes.append(await outcome(database))
    smooth, *others = outcomes
    assert len(smooth["told"]) > 5
    for other in others:
        for name, rows in smooth.items():
            for row, same in zip(rows, other[name], strict=False):
                assert same == row, name
            assert len(other[name]) == len(rows), name


async def test_a_kill_before_each_statement_repeats_nothing(postgres: Postgres) -> None:
    steps = [(0.0, [transition(1, 3, FIRING, 0)]), (4.0, []), (50.0, [transition(1, 3, INACTIVE, 50)]), (200.0, [])]
    async with fresh(postgres) as (database, keeper):
        await play(database, keeper, steps, None)
        smooth = await outcome(database)
    assert [one["notice"]["kind"] for one in smooth["told"]] == ["opened", "resolved"]
    async with fresh(postgres) as (database, keeper):
        died = 0
        for second, transitions in steps:
            await fire(database, *transitions, second=second)
            for statement in range(30):
                database.left = statement
                try:
                    await keeper.run_once(at(second))
                except KilledError:
                    died += 1
            database.left = None
        assert died > 40
        assert await outcome(database) == smooth


async def test_transitions_are_seen_in_the_order_of_their_numbers(database: Database, keeper: Keeper) -> None:
    async with database.transaction() as connection:
        await alerts.record(connection, [transition(1, 3, FIRING, 0)], at(0))
        # Nobody else may write in between: what comes later would be seen first.
        async with database.transaction() as other:
            await other.execute("SET LOCAL lock_timeout = '20ms'")
            with pytest.raises(Exception, match="lock timeout"):
                await alerts.record(other, [transition(1, 4, FIRING, 0)], at(0))
            with contextlib.suppress(Exception):
                await other.execute("ROLLBACK")


async def test_alerts_are_what_their_transitions_say(database: Database, keeper: Keeper) -> None:
    await fire(database, transition(1, 3, FIRING, 0), transition(1, 4, FIRING, 0))
    await fire(database, transition(1, 3, INACTIVE, 5), second=5)
    async with database.connection() as connection:
        assert [one.agent_id for one in await alerts.everyone(connection)] == [4]
        assert len(await alerts.history(connection, fingerprint("1", 3), 10)) == 2


async def test_nothing_is_written_of_agents_and_rules_that_are_gone(database: Database, keeper: Keeper) -> None:
    async with database.transaction() as connection:
        written = await alerts.record(
            connection, [transition(1, 99, FIRING, 0), transition(9, 3, FIRING, 0), transition(1, 3, FIRING, 0)], at(0)
        )
    assert written == 1
    async with database.connection() as connection:
        assert len(await alerts.everyone(connection)) == 1


async def test_deleting_an_agent_or_a_rule_ends_its_alerts(database: Database, keeper: Keeper) -> None:
    await fire(database, transition(1, 3, FIRING, 0), transition(2, 4, FIRING, 0))
    await keeper.run_once(at(5))
    async with database.transaction() as connection:
        assert await alerts.retire_agents(connection, [3], at(10)) == 1
        await agents.delete(connection, [3])
        assert await alerts.retire_rule(connection, 2, RULE_DELETED, at(10)) == 1
        await alert_rules.remove(connection, 2)
    await keeper.run_once(at(80))
    found = await outcome(database)
    assert [one["state"] for one in found["incidents"]] == ["resolved", "resolved"]
    assert {one["text"] for one in found["lines"] if one["kind"] == "over"} == {
        "cpu on a3 is over: agent deleted", "disk on a4 is over: rule removed",
    }  # fmt: skip
    assert [one["notice"]["kind"] for one in found["told"]] == ["opened", "opened", "resolved", "resolved"]


async def test_a_pass_costs_one_question_when_nothing_is_due(database: Database, keeper: Keeper) -> None:
    assert await keeper.run_once(at(0)) == keepers.NOTHING
    await fire(database, transition(1, 3, FIRING, 0))
    assert (await keeper.run_once(at(0))).transitions == 1
    assert await keeper.run_once(at(1)) == keepers.NOTHING
    assert (await keeper.run_once(at(3))).incidents == {1: {3}}


async def test_a_new_silence_is_looked_at_at_once(database: Database, keeper: Keeper) -> None:
    await fire(database, transition(1, 3, FIRING, 0))
    await keeper.run_once(at(0))
    reach = Reach((Matcher("agent", Op.IS, "a3"),))
    async with database.transaction() as connection:
        made = await quiet.add_silence(connection, Silence(0, reach, at(1), at(600), "reboot", "ann", at(1)))
        await incidents.look_again(connection, at(1))
    await keeper.run_once(at(1))
    await keeper.run_once(at(100))
    assert (await outcome(database))["told"] == []
    async with database.transaction() as connection:
        await quiet.expire(connection, made.id, "ann", at(200))
        await incidents.look_again(connection, at(200))
    for second in (200, 203):
        await keeper.run_once(at(second))
    found = await outcome(database)
    assert [one["notice"]["kind"] for one in found["told"]] == ["opened"]
    assert "cpu on a3: quiet is over (silence 1)" in [one["text"] for one in found["lines"]]


async def test_people_act_in_the_same_books(database: Database, keeper: Keeper) -> None:
    audited: list[None] = []

    async def also(_: Connection, done: None) -> None:
        audited.append(done)

    await fire(database, transition(1, 3, FIRING, 0))
    await keeper.act(at(10), [1], lambda book: people.resolve(book, 1, "ann", "done"), also)
    assert len(audited) == 1
    with pytest.raises(ConflictError):
        await keeper.act(at(11), [1], lambda book: people.resolve(book, 1, "ann", ""), also)
    with pytest.raises(NotFoundError):
        await keeper.act(at(11), [9], lambda book: people.comment(book, 9, "ann", "?"), also)
    later = at(0) + timedelta(days=3)
    await keeper.act(later, [1], lambda book: people.reopen(book, 1, "ann"), also)
    async with database.connection() as connection:
        incident = await incidents.get(connection, 1)
    assert incident is not None
    assert (incident.open, incident.kept_open, len(audited)) == (True, True, 2)


async def test_old_incidents_and_transitions_go(database: Database, keeper: Keeper) -> None:
    await fire(database, transition(1, 3, FIRING, 0), transition(1, 4, FIRING, 0))
    await fire(database, transition(1, 3, INACTIVE, 10), second=10)
    await keeper.run_once(at(100))
    assert await keeper.trim(at(5)) == 2
    assert await keeper.trim(at(100)) == 2
    async with database.connection() as connection:
        assert len(await incidents.lately(connection, at(0))) == 1
