"""Silences and maintenance windows of chosen agents: one for many machines, whatever these are called."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from opsentrix.model.users import Role, Scope

from packages.hub.tests.kit.hub import Enrolled, RunningHub

SILENCES, WINDOWS = "/api/v1/silences", "/api/v1/maintenance-windows"
PROD = Scope(environments=frozenset(("prod",)))


@pytest.fixture
async def fleet(hub: RunningHub) -> dict[str, Enrolled]:
    return {
        "web": await hub.enroll("web", environment="prod"),
        "db": await hub.enroll("db", environment="prod"),
        "lab": await hub.enroll("lab", environment="lab"),
    }


def silence(*agents: Enrolled) -> dict[str, Any]:
    return {"agents": [one.id for one in agents], "ends_at": time.time() + 600, "comment": "racks"}


def window(*agents: Enrolled) -> dict[str, Any]:
    begun = datetime.now(UTC) - timedelta(minutes=1)
    return {
        "agents": [one.id for one in agents], "name": "racks", "zone": "UTC", "duration_s": 600,
        "starts_local": begun.replace(tzinfo=None).isoformat(timespec="seconds"),
    }  # fmt: skip


async def worked_on(client: httpx.AsyncClient) -> set[str]:
    listed = (await client.get("/api/v1/agents")).json()["items"]
    return {one["name"] for one in listed if one["maintenance_until"] is not None}


async def test_a_window_is_about_the_chosen_agents_and_no_others(
    client: httpx.AsyncClient, fleet: dict[str, Enrolled]
) -> None:
    made = await client.post(WINDOWS, json=window(fleet["web"], fleet["lab"]))
    assert made.status_code == 201, made.text
    assert (made.json()["agents"], made.json()["agent_names"]) == (
        [fleet["web"].id, fleet["lab"].id], ["lab", "web"],
    )  # fmt: skip
    assert await worked_on(client) == {"web", "lab"}
    await client.patch(f"/api/v1/agents/{fleet['web'].id}", json={"name": "www"})
    assert await worked_on(client) == {"www", "lab"}
    assert (await client.delete(f"/api/v1/agents/{fleet['lab'].id}")).status_code == 204
    again = window(fleet["web"], fleet["lab"]) | {"name": "racks, on"}
    path = f"{WINDOWS}/{made.json()['id']}"
    assert (await client.put(path, json=again)).status_code == 200, "one that is gone by now is no obstacle"
    assert (await client.delete(path)).status_code == 204
    assert await worked_on(client) == set()


async def test_what_is_beyond_the_scope_is_refused_by_its_number(
    hub: RunningHub, client: httpx.AsyncClient, fleet: dict[str, Enrolled]
) -> None:
    async with hub.client(await hub.session(Role.OPERATOR, scope=PROD)) as operator:
        for path, body in ((SILENCES, silence), (WINDOWS, window)):
            refused = await operator.post(path, json=body(fleet["web"], fleet["lab"]))
            assert refused.status_code == 404
            assert refused.json()["detail"] == f"There is no agent {fleet['lab'].id}."
            assert (await client.get(path)).json()["items"] == []
        assert (await operator.post(SILENCES, json=silence(fleet["web"], fleet["db"]))).status_code == 201
        await client.post(SILENCES, json=silence(fleet["web"], fleet["lab"]))
        await client.post(SILENCES, json=silence(fleet["lab"]))
        shown = (await operator.get(SILENCES)).json()["items"]
        assert [one["agent_names"] for one in shown] == [["web"], ["db", "web"]]
        assert [one["agents"] for one in shown] == [[fleet["web"].id], [fleet["web"].id, fleet["db"].id]]
        assert (await operator.delete(f"{SILENCES}/{shown[0]['id']}")).status_code == 403


async def test_a_silence_may_be_narrowed_to_some_alerts_of_the_chosen(
    client: httpx.AsyncClient, fleet: dict[str, Enrolled]
) -> None:
    severity = [{"key": "severity", "op": "=", "value": "warning"}]
    made = await client.post(SILENCES, json={**silence(fleet["web"]), "matchers": severity})
    assert (made.json()["matchers"], made.json()["agents"]) == (severity, [fleet["web"].id])
    covered = await client.post(f"{SILENCES}/preview", json={"agents": [fleet["web"].id], "matchers": severity})
    assert (covered.json()["agents"], covered.json()["names"]) == (1, ["web"])
    assert (await client.post(SILENCES, json={"ends_at": time.time() + 60, "comment": "c"})).status_code == 422


async def test_the_audit_log_holds_few_ids_and_of_many_their_number_and_hash(
    hub: RunningHub, client: httpx.AsyncClient, fleet: dict[str, Enrolled], monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.post(SILENCES, json=silence(fleet["web"]))
    monkeypatch.setattr("opsentrix.api.selection._NOTED", 1)
    await client.post(SILENCES, json=silence(fleet["web"], fleet["db"]))
    few, many = [row["after"] for row in await hub.fetch("SELECT after FROM audit_log WHERE action = 'silence.create'")]
    assert few["agents"] == [fleet["web"].id]
    assert many["agents"]["count"] == 2
    assert len(many["agents"]["sha256"]) == 64


async def test_an_agent_that_leaves_the_scope_does_not_widen_a_window(
    hub: RunningHub, client: httpx.AsyncClient, fleet: dict[str, Enrolled]
) -> None:
    everything = [{"key": "agent", "op": "~", "value": "*"}]
    async with hub.client(await hub.session(Role.OPERATOR, scope=PROD)) as operator:
        made = (await operator.post(WINDOWS, json={**window(fleet["web"], fleet["db"]), "matchers": everything})).json()
        await client.patch(f"/api/v1/agents/{fleet['web'].id}", json={"environment": "lab"})
        shown = (await operator.get(WINDOWS)).json()["items"][0]
        assert shown["agent_names"] == ["db"]
        changed = await operator.put(f"{WINDOWS}/{made['id']}", json={**window(), "matchers": everything})
        assert changed.status_code == 200, changed.text
    kept = (await client.get(WINDOWS)).json()["items"][0]
    assert kept["agents"] == [fleet["web"].id]
    assert await worked_on(client) == set()
