"""How much room history takes, over HTTP."""

from datetime import UTC, datetime, timedelta

import httpx
from opsentrix.maintenance.disk import Space
from opsentrix.model.users import Role, Scope

from packages.hub.tests.kit.hub import RunningHub

PATH = "/api/v1/storage"


async def test_tiers_and_tables_are_told_by_their_size(hub: RunningHub, client: httpx.AsyncClient) -> None:
    room = Space(5 << 30, 100 << 30, 1 << 30)

    async def measure() -> Space:
        return room

    hub.hub.intake._measure = measure
    await hub.hub.intake.look()
    told = (await client.get(PATH)).json()
    assert [one["tier"] for one in told["tiers"]] == ["1s", "1m", "1h"]
    assert [one["kept_days"] for one in told["tiers"]] == [30, 365, 1825]
    sizes = [one["bytes"] for one in told["tables"]]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) < told["database_bytes"]
    # The partitions of a table count as the table.
    assert not any(one["name"].startswith(("blocks_1s_", "agent_metrics_")) for one in told["tables"])
    assert told["room_bytes"] == 4 << 30
    # No day is over yet.
    assert (told["tiers"][0]["bytes_per_day"], told["full_in_days"]) == (None, None)


async def test_a_fleet_of_days_is_forecast(hub: RunningHub, client: httpx.AsyncClient) -> None:
    agent = await hub.enroll("old")
    await hub.fetch(
        "UPDATE agents SET created_at = $2 WHERE id = $1 RETURNING id", agent.id, datetime.now(UTC) - timedelta(days=4)
    )
    tier = (await client.get(PATH)).json()["tiers"][1]
    assert tier["bytes_per_day"] > 0
    assert tier["settled_bytes"] > tier["bytes"]


async def test_an_answer_is_kept_for_a_minute(hub: RunningHub, client: httpx.AsyncClient) -> None:
    first = (await client.get(PATH)).json()
    assert (await client.get(PATH)).json()["measured_at"] == first["measured_at"]
    hub.hub.services.measurer._clock = lambda: datetime.now(UTC).timestamp() + 61
    assert (await client.get(PATH)).json()["measured_at"] > first["measured_at"]


async def test_who_sees_some_agents_only_is_not_told(hub: RunningHub) -> None:
    session = await hub.session(Role.ADMIN, scope=Scope(frozenset({"lab"}), frozenset()))
    async with hub.client(session) as some:
        assert (await some.get(PATH)).status_code == 403
