"""What is older than it is kept goes, on a real PostgreSQL."""

from collections.abc import Iterable

from opsentrix.db import Database
from opsentrix.maintenance import retention
from opsentrix.model.agents import NewAgent
from opsentrix.model.frames import DAY_MS, StoredFrame
from opsentrix.model.minutes import Minute
from opsentrix.model.retention import days_of
from opsentrix.model.tiers import HOUR, MINUTE, SECOND, TIERS
from opsentrix.storage import agents, frames, minutes, partitions
from opsentrix.storage import retention as rules

TODAY = 20_500
NOW = TODAY * 86_400 + 40_000
DEFAULTS = days_of(10, 100, 800)
AGES = (1, 5, 9, 11, 30, 99, 101, 799, 801, 2000)
"""Days before today of which every agent has an hour in each tier and a frame."""


async def _pause() -> None:
    """Go on at once."""


async def agent_with_history(database: Database, name: str, environment: str = "", tags: Iterable[str] = ()) -> int:
    new = NewAgent(name, "server", name, environment=environment, tags=tuple(tags))
    async with database.connection() as connection:
        agent = await agents.add(connection, new)
        for age in AGES:
            day = TODAY - age
            await partitions.ensure(connection, {day})
            await frames.append(connection, [StoredFrame(agent.id, 1, age, day * DAY_MS, 1000, 5, 7, 1, 2, b"c", b"")])
            for tier in TIERS:
                await partitions.ensure(connection, {day}, tier.table, tier.partition_days)
                await connection.execute(
                    f"INSERT INTO {tier.table} VALUES ($1, to_timestamp($2), '{{1}}', '{{0,1}}', '', 'x')",  # noqa: S608
                    agent.id, day * 86_400.0,
                )  # fmt: skip
    return agent.id


async def ages(database: Database, table: str, agent_id: int) -> list[int]:
    """Return how many days old the rows are that an agent has in a table."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            f"SELECT extract(epoch FROM time)::bigint / 86400 AS day FROM {table} WHERE agent_id = $1",  # noqa: S608
            agent_id,
        )
    return sorted(TODAY - row["day"] for row in rows)


async def test_defaults_drop_what_is_older_by_partitions(database: Database) -> None:
    agent_id = await agent_with_history(database, "a")
    await retention.run_once(database, NOW, DEFAULTS, _pause)
    assert await ages(database, "agent_metrics", agent_id) == [1, 5, 9]
    assert await ages(database, SECOND.table, agent_id) == [1, 5, 9]
    assert await ages(database, MINUTE.table, agent_id) == [1, 5, 9, 11, 30, 99]
    # A partition of hours holds 360 days: it goes when all of them are too old.
    assert await ages(database, HOUR.table, agent_id) == [1, 5, 9, 11, 30, 99, 101, 799, 801]


async def test_rules_keep_some_agents_longer_and_others_shorter(database: Database) -> None:
    plain = await agent_with_history(database, "plain")
    production = await agent_with_history(database, "production", environment="production")
    lab = await agent_with_history(database, "lab", tags=["lab"])
    both = await agent_with_history(database, "both", environment="production", tags=["lab"])
    async with database.connection() as connection:
        await rules.add(connection, "production", None, {SECOND: 100})
        await rules.add(connection, None, "lab", {SECOND: 3, MINUTE: 6, HOUR: 20})
    most = await retention.run_once(database, NOW, DEFAULTS, _pause)
    assert most == {SECOND: 100, MINUTE: 100, HOUR: 800}
    for table in (SECOND.table, "agent_metrics"):
        assert await ages(database, table, plain) == [1, 5, 9]
        assert await ages(database, table, production) == [1, 5, 9, 11, 30, 99]
        assert await ages(database, table, lab) == [1]
        assert await ages(database, table, both) == [1, 5, 9, 11, 30, 99]
    assert await ages(database, MINUTE.table, lab) == [1, 5]
    assert await ages(database, HOUR.table, lab) == [1, 5, 9, 11]
    assert await ages(database, HOUR.table, plain) == [1, 5, 9, 11, 30, 99, 101, 799, 801]


async def test_an_agent_that_loses_its_environment_loses_its_rule(database: Database) -> None:
    agent_id = await agent_with_history(database, "a", environment="production")
    async with database.connection() as connection:
        await rules.add(connection, "production", None, {SECOND: 100})
    await retention.run_once(database, NOW, DEFAULTS, _pause)
    assert await ages(database, SECOND.table, agent_id) == [1, 5, 9, 11, 30, 99]
    async with database.connection() as connection:
        await connection.execute("UPDATE agents SET environment = ''")
    await retention.run_once(database, NOW, DEFAULTS, _pause)
    assert await ages(database, SECOND.table, agent_id) == [1, 5, 9]


async def test_partitions_are_made_ahead_and_old_recent_minutes_go(database: Database) -> None:
    await retention.make_ahead(database, NOW)
    async with database.connection() as connection:
        made = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relname ~ '^(agent_metrics|blocks_1s)_2026021[4-9]$'"
        )
        assert len(made) == 6
        old, new = ((TODAY - days) * 1440 for days in (3, 0))
        await minutes.put(connection, [Minute(1, number, 7, 60, b"", b"") for number in (old, new)])
    await retention.run_once(database, NOW, DEFAULTS, _pause)
    async with database.connection() as connection:
        assert [one.number for one in await minutes.whole(connection, [1], 0, 2**31 - 1)] == [new]
