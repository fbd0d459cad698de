"""Exceptions from a rota, shifts, and what became of notifications, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from opsentrix.model.notifications import Notice, NoticeKind
from opsentrix.model.users import Role, Scope
from opsentrix.storage import notifications

from packages.hub.tests.kit.hub import RunningHub

API = "/api/v1"
HOUR = 3600


async def made(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(f"{API}/{path}", json=body)
    assert answer.status_code == 201, answer.text
    new: dict[str, Any] = answer.json()
    return new


@pytest.fixture
async def rota(client: httpx.AsyncClient) -> int:
    settings = {"url": "https://example.com/"}
    channel = (await made(client, "channels", {"name": "hook", "kind": "webhook", "settings": settings}))["id"]
    body = {
        "name": "core", "time_zone": "UTC", "first_day": (datetime.now(UTC) - timedelta(days=1)).date().isoformat(),
        "handover": "00:00", "days": 30, "members": [{"name": name, "channels": [channel]} for name in ("ann", "bob")],
    }  # fmt: skip
    return int((await made(client, "rotas", body))["id"])


async def test_an_operator_swaps_a_night_and_takes_it_back(hub: RunningHub, rota: int) -> None:
    now = round(datetime.now(UTC).timestamp())
    body = {"begins": now - HOUR, "ends": now + HOUR, "name": "bob"}
    path = f"{API}/rotas/{rota}"
    async with hub.client(await hub.session(Role.OPERATOR, "olga")) as operator:
        swapped = await operator.post(f"{path}/overrides", json=body)
        assert (swapped.status_code, swapped.json()["now"]["name"]) == (201, "bob")
        again = await operator.post(f"{path}/overrides", json=body)
        assert len(again.json()["overrides"]) == 1
        [one] = again.json()["overrides"]
        shown = (await operator.get(f"{path}/shifts")).json()["items"]
        assert [each["name"] for each in shown] == ["bob", "ann"]
        assert datetime.fromisoformat(shown[0]["ends"]).timestamp() == now + HOUR
        whole = (await operator.get(f"{path}/shifts", params={"from": now, "to": now + 80 * 24 * HOUR})).json()["items"]
        assert [each["name"] for each in whole] == ["bob", "ann", "bob", "ann"]
        assert (await operator.delete(f"{path}/overrides", params=one | {"name": "ann"})).status_code == 404
        assert (await operator.delete(f"{path}/overrides", params=one)).status_code == 204
        assert [each["name"] for each in (await operator.get(f"{path}/shifts")).json()["items"]] == ["ann"]
    log = await hub.fetch(
        "SELECT * FROM audit_log WHERE target = $1 AND actor = 'user:olga' ORDER BY id", f"rota:{rota}"
    )
    assert [row["action"] for row in log] == ["rota.override", "rota.override", "rota.override.remove"]
    assert (log[0]["after"]["name"], log[2]["before"]["name"]) == ("bob", "bob")


async def test_exceptions_are_limited_and_old_ones_go(hub: RunningHub, client: httpx.AsyncClient, rota: int) -> None:
    now = round(datetime.now(UTC).timestamp())
    path = f"{API}/rotas/{rota}"
    body = {"begins": now, "ends": now + HOUR, "name": "bob"}
    for wrong in (
        {"name": "cyd"}, {"ends": now - HOUR}, {"begins": now - 2 * HOUR, "ends": now - HOUR},
        {"ends": now + 93 * 24 * HOUR},
    ):  # fmt: skip
        assert (await client.post(f"{path}/overrides", json=body | wrong)).status_code == 422, wrong
    for wrong in ({"from": now, "to": now}, {"from": now, "to": now + 93 * 24 * HOUR}):
        assert (await client.get(f"{path}/shifts", params=wrong)).status_code == 422
    [before] = (await client.get(f"{API}/rotas")).json()["items"]
    plain = {name: before[name] for name in ("name", "time_zone", "first_day", "handover", "days", "members")}
    old = {"begins": now - 40 * 24 * HOUR, "ends": now - 39 * 24 * HOUR, "name": "bob"}
    many = [body | {"begins": now + each} for each in range(199)]
    assert (await client.put(path, json=plain | {"overrides": [old, *many]})).is_success
    assert len((await client.post(f"{path}/overrides", json=body | {"ends": now + 7})).json()["overrides"]) == 200
    assert (await client.post(f"{path}/overrides", json=body | {"ends": now + 8})).status_code == 409


async def test_who_may_not_swap(hub: RunningHub, rota: int) -> None:
    now = round(datetime.now(UTC).timestamp())
    body = {"begins": now, "ends": now + HOUR, "name": "bob"}
    for session in (
        await hub.session(Role.VIEWER),
        await hub.session(Role.OPERATOR, scope=Scope(environments=frozenset({"lab"}))),
    ):
        async with hub.client(session) as client:
            assert (await client.post(f"{API}/rotas/{rota}/overrides", json=body)).status_code == 403


async def test_notifications_are_found_by_what_became_of_them(hub: RunningHub, client: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    ids = {}
    async with hub.database.transaction() as connection:
        # As the notifier leaves them; planned already, so that this hub's own leaves them alone.
        for state, tries, ok in (
            ("sent", 2, False), ("failed", 1, False), ("pending", 0, None), ("pending", 1, False), ("", 0, None),
        ):  # fmt: skip
            notice = Notice(NoticeKind.OPENED, "critical", "disk full", now, now, 1, agent_ids=(1,))
            new = ids[state, tries] = await notifications.enqueue(connection, notice)
            await notifications.planned(connection, new, now, [])
            if not state:
                continue
            delivery = await connection.fetchval(
                "INSERT INTO notification_deliveries (notification_id, channel, why, state, tries, created_at, due_at)"
                " VALUES ($1, 'gone', 'route', $2, $3, $4, $4) RETURNING id",
                new, state, tries, now,
            )  # fmt: skip
            if ok is not None:
                await connection.execute(
                    "INSERT INTO notification_attempts (delivery_id, started_at, ok, answer) VALUES ($1, $2, $3, 'no')",
                    delivery, now, ok,
                )  # fmt: skip

    async def found(outcome: str) -> set[int]:
        answer = await client.get(f"{API}/notifications", params={"outcome": outcome})
        return {one["id"] for one in answer.json()["items"]}

    assert await found("delivered") == {ids["sent", 2]}
    assert await found("failing") == {ids["failed", 1], ids["pending", 1]}
    assert await found("waiting") == {ids["pending", 0], ids["pending", 1]}
    assert await found("nobody") == {ids["", 0]}
    assert (await client.get(f"{API}/notifications?outcome=odd")).status_code == 422
