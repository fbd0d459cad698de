"""Agents: pages, filters, facets, deletion."""

import itertools
from datetime import UTC, datetime

import pytest
from opsentrix.db import Database
from opsentrix.model.agents import AgentFilter, AgentStatus, NewAgent
from opsentrix.model.users import Scope
from opsentrix.storage import agents, frames, partitions

from .test_frames import NOON, frame

_hashes = itertools.count(1)


async def add(database: Database, *names: str, **fields: object) -> list[int]:
    async with database.connection() as connection:
        return [(await agents.add(connection, made(name, fields))).id for name in names]


def made(name: str, fields: dict[str, object]) -> NewAgent:
    return NewAgent(**{"name": name, "type": "server", "host": f"{name}.example", **fields})  # type: ignore[arg-type]  # by name


async def walk(database: Database, wanted: AgentFilter, limit: int) -> list[str]:
    """Return all names, page by page."""
    names: list[str] = []
    after: tuple[str, int] | None = None
    async with database.connection() as connection:
        while page := await agents.page(connection, wanted, after, limit):
            assert len(page) <= limit
            names += [one.name for one in page]
            after = page[-1].name, page[-1].id
    return names


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_pages_show_every_agent_once_whatever_it_is_called(database: Database, limit: int) -> None:
    names = [
        "web",
        "Web",
        "web",
        "WEB",
        "Édition",
        "école",
        "École",
        "İzmir",
        "istanbul",
        "ß",
        "日本",
        "z",
        "A",
        "\U0001f600",
    ]
    await add(database, *names)
    assert sorted(await walk(database, AgentFilter(), limit)) == sorted(names)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (AgentFilter(), {"a", "b", "c"}),
        (AgentFilter(type=("database",)), {"b"}),
        (AgentFilter(type=("database", "server")), {"a", "b", "c"}),
        (AgentFilter(environment=("prod",)), {"a", "b"}),
        (AgentFilter(environment=("",)), {"c"}),
        (AgentFilter(tag=("eu", "us")), {"a", "b"}),
        (AgentFilter(tag=("eu",), environment=("prod",), type=("server",)), {"a"}),
        (AgentFilter(status=("online",)), {"b"}),
        (AgentFilter(q="B.EXAMPLE"), {"b"}),
        (AgentFilter(q="A"), {"a", "b", "c"}),
        (AgentFilter(q="%"), set()),
        (AgentFilter(q="nobody"), set()),
    ],
)
async def test_filters(wanted: AgentFilter, names: set[str], database: Database) -> None:
    await add(database, "a", environment="prod", tags=("eu",))
    [b] = await add(database, "b", type="database", environment="prod", tags=("us", "eu2"))
    await add(database, "c")
    async with database.connection() as connection:
        await agents.set_liveness(connection, [(b, AgentStatus.ONLINE, datetime.now(UTC))])
        assert await agents.count(connection, wanted) == len(names)
    assert set(await walk(database, wanted, 2)) == names


async def test_facets_count_what_is_there(database: Database) -> None:
    async with database.connection() as connection:
        found = await agents.facets(connection, ())
    assert found == {"status": {}, "admission": {}, "types": [], "environments": [], "tags": []}
    await add(database, "a", "b", environment="prod", tags=("x", "y"))
    [c] = await add(database, "c", type="database", tags=("x",))
    async with database.connection() as connection:
        await agents.set_liveness(connection, [(c, AgentStatus.ERROR, None)])
        assert await agents.facets(connection, ()) == {
            "status": {"offline": 2, "error": 1}, "admission": {"admitted": 3},
            "types": ["database", "server"], "environments": ["prod"],
            "tags": ["x", "y"],
        }  # fmt: skip
        assert await agents.facets(connection, (Scope(tags=frozenset(("x",))), Scope(frozenset(("prod",))))) == {
            "status": {"offline": 2}, "admission": {"admitted": 2},
            "types": ["server"], "environments": ["prod"], "tags": ["x", "y"],
        }  # fmt: skip
        assert (await agents.facets(connection, (Scope(frozenset(("lab",))),)))["status"] == {}


@pytest.mark.parametrize(
    "scopes",
    [
        (),
        (Scope(), Scope(frozenset(("prod",)))),
        (Scope(tags=frozenset(("eu", "db"))),),
        (Scope(frozenset(("prod", "lab")), frozenset(("eu",))),),
        (Scope(frozenset(("prod",))), Scope(tags=frozenset(("eu",)))),
        (Scope(frozenset(("prod",)), frozenset(("db",))), Scope(frozenset(("lab",)), frozenset(("eu",)))),
        (Scope(frozenset(("nowhere",))),),
    ],
)
async def test_lists_have_the_agents_that_the_scopes_cover(database: Database, scopes: tuple[Scope, ...]) -> None:
    kinds = [(environment, tags) for environment in ("", "prod", "lab") for tags in ((), ("eu",), ("db", "x"), ("us",))]
    for environment, tags in kinds:
        await add(database, f"{environment}/{','.join(tags)}", environment=environment, tags=tags)
    covered = {f"{one}/{','.join(tags)}" for one, tags in kinds if all(scope.covers(one, tags) for scope in scopes)}
    wanted = AgentFilter(scopes=scopes)
    assert set(await walk(database, wanted, 3)) == covered
    async with database.connection() as connection:
        assert await agents.count(connection, wanted) == len(covered)
        assert sum((await agents.facets(connection, scopes))["status"].values()) == len(covered)


async def test_an_agent_goes_with_its_history_and_no_other(database: Database) -> None:
    gone, kept = await add(database, "gone", "kept")
    async with database.connection() as connection:
        await partitions.ensure(connection, [20_000])
        await frames.append(connection, [frame(1, agent=gone), frame(1, agent=kept)])
        await agents.delete_history(connection, [gone])
        assert await agents.delete(connection, [gone]) == 1
        assert await agents.delete(connection, [gone]) == 0
        assert await frames.read(connection, gone, NOON, NOON * 2) == []
        assert len(await frames.read(connection, kept, NOON, NOON * 2)) == 1
        assert await agents.get(connection, gone) is None
        assert [one.id for one in await agents.everyone(connection)] == [kept]
