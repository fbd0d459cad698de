"""Refused requests are in the audit log, counted, however many there are."""

import httpx
import pytest
from opsentrix.access.refusals import Refusal, Refusals
from opsentrix.db import Database
from opsentrix.errors import UnavailableError
from opsentrix.model.users import Role

from packages.hub.tests.kit.hub import RunningHub, until
from packages.hub.tests.kit.postgres import Postgres

QUERY = "SELECT actor, target, address, result, detail FROM audit_log WHERE action = 'access.refuse' ORDER BY id"


async def written(hub: RunningHub) -> list[tuple[str, str, str, str, tuple[int, int]]]:
    await hub.hub.refusals.write()
    rows = await hub.fetch(QUERY)
    return [
        (row["actor"], row["target"], row["address"], row["result"], (row["detail"]["status"], row["detail"]["count"]))
        for row in rows
    ]


async def test_a_role_too_low_is_noted_with_its_user(hub: RunningHub) -> None:
    async with hub.client(await hub.session(Role.VIEWER, "vera")) as client:
        for _ in range(3):
            assert (await client.delete("/api/v1/agents/1")).status_code == 403
    assert await written(hub) == [
        ("user:vera", "DELETE /api/v1/agents/{agent_id}", "127.0.0.1", "refused", (403, 3))
    ]  # fmt: skip


async def test_a_wrong_credential_is_noted_and_no_credential_is_not(
    hub: RunningHub, anonymous: httpx.AsyncClient
) -> None:
    assert (await anonymous.get("/api/v1/agents")).status_code == 401
    assert await written(hub) == []
    wrong = {"Authorization": "Bearer oxa_wrong"}
    assert (await anonymous.post("/api/v1/agents/1/heartbeat", headers=wrong, json={})).status_code == 401
    assert await written(hub) == [
        ("anonymous", "POST /api/v1/agents/{agent_id}/heartbeat", "127.0.0.1", "refused", (401, 1))
    ]  # fmt: skip


async def test_a_refused_websocket_is_noted(hub: RunningHub) -> None:
    import websockets

    headers = {"Authorization": "Bearer oxa_wrong"}
    with pytest.raises(websockets.InvalidStatus):
        await websockets.connect(f"ws://{hub.address}/api/v1/agents/connect", additional_headers=headers, proxy=None)
    assert await written(hub) == [
        ("anonymous", "WebSocket /api/v1/agents/connect", "127.0.0.1", "refused", (401, 1))
    ]  # fmt: skip


async def test_a_flood_takes_few_entries_and_little_memory(database: Database) -> None:
    refusals = Refusals(database)
    for number in range(5000):
        refusals.note(Refusal(f"2001:db8::{number:x}", "anonymous", 403), "GET /x")
    for _ in range(10):
        refusals.note(Refusal("192.0.2.1", "anonymous", 403), "GET /y")
    refusals.note(Refusal("2001:db8::0", "anonymous", 403), "GET /x")
    assert len(refusals._counts) == 1000
    await refusals.write()
    await refusals.write()
    async with database.connection() as connection:
        rows = await connection.fetch(QUERY)
    assert len(rows) == 21
    assert sum(row["detail"]["count"] for row in rows) == 5011
    assert rows[0]["detail"]["count"] == 2
    assert (rows[-1]["target"], rows[-1]["address"]) == ("others", "")


async def test_what_could_not_be_written_is_written_later(postgres: Postgres, dsn: str, database: Database) -> None:
    refusals = Refusals(database)
    one = Refusal("192.0.2.1", "user:ann", 403)
    refusals.note(one, "GET /x")
    async with postgres.away(dsn):
        with pytest.raises(UnavailableError):
            await refusals.write()
        refusals.note(one, "GET /y")

    async def works() -> bool:
        try:
            await refusals.write()
        except UnavailableError:
            return False
        return True

    await until(works)
    async with database.connection() as connection:
        rows = await connection.fetch(QUERY)
    assert [(row["target"], row["detail"]["count"]) for row in rows] == [("GET /x", 2)]
