"""Layouts, series and the metrics behind them."""

import asyncio

from opsentrix.db import Database
from opsentrix.model.agents import Agent, NewAgent
from opsentrix.storage import agents, layouts, series
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of

CPU = Metric("system.cpu.utilization", "1", Kind.GAUGE)
IO = Metric("system.network.io", "By/s", Kind.RATE)
LISTED = [Series(CPU, labels_of(state="idle")), Series(CPU, labels_of(state="idle", cpu="0")), Series(IO)]
IDS = (0, 1, 2**63 - 1, 2**63, 2**64 - 1)


async def test_layout_ids_of_64_bits_survive(database: Database, agent: Agent) -> None:
    async with database.connection() as connection:
        for place, layout_id in enumerate(IDS):
            await layouts.add(connection, agent.id, layout_id, [place, place + 1])
            await layouts.add(connection, agent.id, layout_id, [99])
        assert set(await layouts.known(connection, agent.id, [*IDS, 77])) == set(IDS)
        assert [await layouts.one(connection, agent.id, one) for one in IDS] == [[n, n + 1] for n in range(5)]
        assert await layouts.one(connection, agent.id, 77) is None
        assert await layouts.one(connection, agent.id + 1, 0) is None
        read = await layouts.series_ids(connection, agent.id, IDS[2:])
    assert {key: ids.tolist() for key, ids in read.items()} == {one: [n, n + 1] for n, one in enumerate(IDS) if n > 1}


async def test_series_keep_their_numbers_in_any_order(database: Database, agent: Agent) -> None:
    async with database.connection() as connection:
        ids = await series.register(connection, agent.id, LISTED)
        assert len(set(ids)) == 3
        assert await series.register(connection, agent.id, LISTED[::-1]) == ids[::-1]
        more = [Series(Metric("system.cpu.utilization", "%", Kind.GAUGE), LISTED[0].labels), LISTED[0]]
        other_unit, same = await series.register(connection, agent.id, more)
        assert same == ids[0]
        assert other_unit not in ids
        assert await series.count_new(connection, agent.id) == 4


async def test_series_of_two_agents_are_apart(database: Database, agent: Agent) -> None:
    async with database.connection() as connection:
        other = await agents.add(connection, NewAgent("b", "server", "b"))
        mine = await series.register(connection, agent.id, LISTED)
        theirs = await series.register(connection, other.id, LISTED)
        assert not set(mine) & set(theirs)
        assert await series.count_new(connection, other.id) == 3
        assert await series.new_by_metric(connection, other.id) == {CPU.name: 2, IO.name: 1}
        assert await series.most_varied_label(connection, other.id, CPU.name) == "cpu"
        assert await series.most_varied_label(connection, other.id, IO.name) == ""


async def test_known_series_come_sorted_with_labels_and_by_metric(database: Database, agent: Agent) -> None:
    async with database.connection() as connection:
        await series.register(connection, agent.id, LISTED[::-1])
        every = await series.known(connection, agent.id)
        cpu = await series.known(connection, agent.id, ["system.cpu.utilization", "nothing"])
    assert {one.series for one in every} == set(LISTED)
    assert [one.series.metric.name for one in every] == sorted(one.series.metric.name for one in every)
    assert {one.series for one in cpu} == set(LISTED[:2])


async def test_many_agents_may_bring_the_same_new_metrics_at_once(database: Database, agent: Agent) -> None:
    async def bring(name: str) -> int:
        async with database.transaction() as connection:
            new = await agents.add(connection, NewAgent(name, "server", name))
            return len(await series.register(connection, new.id, LISTED))

    assert await asyncio.gather(*(bring(f"a{n}") for n in range(5))) == [3] * 5
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM metrics") == 2


async def test_an_agent_may_bring_the_same_series_twice_at_once(database: Database, agent: Agent) -> None:
    many = [Series(CPU, labels_of(cpu=str(n))) for n in range(200)]

    async def bring(listed: list[Series]) -> dict[Series, int]:
        async with database.transaction() as connection:
            return dict(zip(listed, await series.register(connection, agent.id, listed), strict=True))

    one, two = await asyncio.gather(bring(many), bring(many[::-1]))
    assert one == two
