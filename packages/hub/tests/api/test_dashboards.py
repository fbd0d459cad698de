"""Dashboards over HTTP: made, changed by one at a time, deleted and restored; who may; and what is refused."""

from copy import deepcopy
from typing import Any

import httpx
import pytest
from opsentrix.model.users import Role, Scope

from packages.hub.tests.kit.hub import RunningHub

DASHBOARDS = "/api/v1/dashboards"
CPU: dict[str, Any] = {"metric": "system.cpu.utilization", "labels": {"state": "user"}, "by": ["agent"], "top": 10}
SPEC: dict[str, Any] = {
    "schema_version": 1,
    "variables": [
        {"name": "env", "kind": "environment", "label": "Environment"},
        {"name": "host", "kind": "agent"},
        {"name": "disk", "kind": "label", "metric": "system.disk.io", "key": "device"},
    ],
    "panels": [
        {
            "id": 1, "kind": "timeseries", "title": "CPU in $env", "grid": {"x": 0, "y": 0, "w": 6, "h": 5},
            "queries": [{**CPU, "environment": ["$env"], "agent": ["$host"]}],
        },
        {
            "id": 2, "kind": "stat", "grid": {"x": 6, "y": 0, "w": 3, "h": 2}, "queries": [CPU],
            "thresholds": [{"op": "above", "value": 0.9, "severity": "critical"}],
        },
        {"id": 3, "kind": "text", "grid": {"x": 9, "y": 0, "w": 3, "h": 2}, "text": "<b>as it is</b>\nüber"},
        {"id": 4, "kind": "map", "grid": {"x": 0, "y": 5, "w": 12, "h": 6}, "by": "environment"},
    ],
}  # fmt: skip


def body(**more: object) -> dict[str, Any]:
    return {"name": "Fleet", "spec": deepcopy(SPEC), **more}


async def made(client: httpx.AsyncClient, **more: object) -> dict[str, Any]:
    answer = await client.post(DASHBOARDS, json=body(**more))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_dashboard_is_made_changed_deleted_and_restored_and_all_of_it_audited(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    one = await made(client, description="Everything at once")
    path = f"{DASHBOARDS}/{one['id']}"
    assert (one["version"], one["panels"], one["created_by"] == one["changed_by"]) == (1, 4, True)
    assert (one["spec"]["range"], one["spec"]["panels"][0]["queries"][0]["across"]) == ("1h", "avg")
    assert one["spec"]["panels"][2]["text"] == "<b>as it is</b>\nüber"
    again = await client.put(path, json={**body(name="All"), "spec": one["spec"], "based_on": 1})
    assert (again.status_code, again.json()["version"], again.json()["name"]) == (200, 2, "All")
    assert (await client.get(path)).json() == again.json()
    assert [(item["id"], item["panels"]) for item in (await client.get(DASHBOARDS)).json()["items"]] == [(one["id"], 4)]
    assert (await client.post(f"{path}/restore")).status_code == 404
    assert (await client.delete(path)).status_code == 204
    for gone in (
        await client.get(path),
        await client.delete(path),
        await client.put(path, json={**body(), "based_on": 2}),
    ):
        assert gone.status_code == 404
    assert (await client.get(DASHBOARDS)).json()["items"] == []
    assert (await client.post(f"{path}/restore")).json() == again.json()
    rows = await hub.fetch("SELECT action, before, after FROM audit_log WHERE action LIKE 'dashboard.%' ORDER BY id")
    assert [row["action"].partition(".")[2] for row in rows] == ["create", "update", "delete", "restore"]
    assert (rows[1]["before"]["name"], rows[1]["after"]["name"]) == ("Fleet", "All")
    assert rows[1]["before"]["sha256"] == rows[1]["after"]["sha256"] == rows[3]["after"]["sha256"]


async def test_who_was_slower_is_told_of_it_and_overwrites_nothing(client: httpx.AsyncClient) -> None:
    path = f"{DASHBOARDS}/{(await made(client))['id']}"
    assert (await client.put(path, json={**body(name="First"), "based_on": 1})).status_code == 200
    late = await client.put(path, json={**body(name="Second"), "based_on": 1})
    assert (late.status_code, "version 2" in late.json()["detail"]) == (409, True)
    assert (await client.get(path)).json()["name"] == "First"
    assert (await client.put(path, json=body())).json()["errors"][0]["field"] == "based_on"


async def test_viewers_read_operators_write_and_scopes_do_not_matter(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    path = f"{DASHBOARDS}/{(await made(client))['id']}"
    prod = Scope(environments=frozenset(("prod",)))
    async with hub.client(await hub.session(Role.VIEWER, scope=prod)) as viewer:
        assert (await viewer.get(DASHBOARDS)).json()["items"][0]["name"] == "Fleet"
        assert (await viewer.get(path)).json()["spec"]["panels"][0]["title"] == "CPU in $env"
        for answer in (
            await viewer.post(DASHBOARDS, json=body()),
            await viewer.put(path, json={**body(), "based_on": 1}),
            await viewer.delete(path),
            await viewer.post(f"{path}/restore"),
        ):
            assert answer.status_code == 403
    async with hub.client(await hub.session(Role.OPERATOR, scope=prod)) as operator:
        assert (await operator.put(path, json={**body(), "based_on": 1})).status_code == 200
        token = await hub.api_token(
            await hub.session(Role.OPERATOR), name="dashboards", role="operator", permissions=["metrics:read"]
        )
    async with hub.bearing(token) as reader:
        assert (await reader.get(path)).status_code == 200
        assert (await reader.post(DASHBOARDS, json=body())).status_code == 403


def panel(**changes: object) -> dict[str, Any]:
    return {**SPEC["panels"][2], **changes}


WRONG = {
    "another schema": ({"schema_version": 2}, "spec.schema_version", ""),
    "an unknown field": ({"theme": "dark"}, "spec.theme", ""),
    "an unknown kind": ({"panels": [panel(kind="html")]}, "spec.panels.0", ""),
    "a field of another kind": ({"panels": [panel(queries=[CPU])]}, "spec.panels.0.text.queries", ""),
    "beyond the grid": ({"panels": [panel(grid={"x": 8, "y": 0, "w": 5, "h": 2})]}, "spec.panels.0.text.grid", "13"),
    "a column that is a text": (
        {"panels": [panel(grid={"x": "0", "y": 0, "w": 5, "h": 2})]},
        "spec.panels.0.text.grid.x",
        "",
    ),
    "an overlap": ({"panels": [panel(), panel(id=9)]}, "spec", "overlap: 3 and 9"),
    "one id twice": ({"panels": [panel(), panel(grid={"x": 0, "y": 9, "w": 2, "h": 2})]}, "spec", "one id"),
    "too many panels": (
        {"panels": [panel(id=at + 1, grid={"x": 0, "y": at * 2, "w": 2, "h": 2}) for at in range(41)]},
        "spec.panels",
        "40",
    ),
    "too many queries": ({"panels": [{**SPEC["panels"][0], "queries": [CPU] * 5}]}, "spec.panels.0.timeseries", ""),
    "an unknown variable": ({"variables": []}, "spec", "$env"),
    "a variable of another kind": ({"variables": [{"name": "env", "kind": "tag"}]}, "spec", "$env"),
    "one variable twice": ({"variables": [{"name": "a", "kind": "tag"}] * 2, "panels": []}, "spec", "one name"),
    "a label of nothing": ({"variables": [{"name": "a", "kind": "label"}]}, "spec.variables.0", "metric and key"),
    "a null character": ({"panels": [panel(text="a\0b")]}, "spec.panels.0.text.text", "null"),
    "a text too long": ({"panels": [panel(text="a" * 5001)]}, "spec.panels.0.text.text", ""),
    "no number": (
        {"panels": [{**SPEC["panels"][1], "thresholds": [{"op": "above", "value": "1e999", "severity": "warning"}]}]},
        "spec.panels.0.stat.thresholds.0.value",
        "",
    ),
    "two ranks": (
        {"panels": [{**SPEC["panels"][1], "queries": [{**CPU, "bottom": 3}]}]},
        "spec.panels.0.stat.queries.0",
        "top and bottom",
    ),
}


@pytest.mark.parametrize(("change", "field", "detail"), WRONG.values(), ids=WRONG.keys())
async def test_what_is_wrong_is_told_with_its_field(
    client: httpx.AsyncClient, change: dict[str, Any], field: str, detail: str
) -> None:
    answer = await client.post(DASHBOARDS, json=body(spec={**SPEC, **change}))
    assert answer.status_code == 422, answer.text
    first = answer.json()["errors"][0]
    assert first["field"].startswith(field), first
    assert detail in first["detail"], first
    assert (await client.get(DASHBOARDS)).json()["items"] == []


async def test_what_is_deleted_is_kept_but_not_for_ever(
    hub: RunningHub, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opsentrix.storage.dashboards._KEPT_DELETED", 1)
    first, second = (await made(client))["id"], (await made(client))["id"]
    for one in (first, second):
        assert (await client.delete(f"{DASHBOARDS}/{one}")).status_code == 204
    assert (await client.post(f"{DASHBOARDS}/{first}/restore")).status_code == 404
    assert (await client.post(f"{DASHBOARDS}/{second}/restore")).status_code == 200


async def test_there_are_only_so_many(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsentrix.api.dashboards.MAX_DASHBOARDS", 1)
    path = f"{DASHBOARDS}/{(await made(client))['id']}"
    assert (await client.post(DASHBOARDS, json=body())).status_code == 409
    await client.delete(path)
    await made(client)
    assert (await client.post(f"{path}/restore")).status_code == 409
