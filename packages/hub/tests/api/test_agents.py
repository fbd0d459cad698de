"""Agents as people see, change and delete them."""

import json

import httpx
import pytest
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.agent import full_frame
from packages.hub.tests.kit.hub import RunningHub, until

AGENTS = "/api/v1/agents"


async def names(client: httpx.AsyncClient, **query: object) -> list[str]:
    answer = await client.get(AGENTS, params=query)  # type: ignore[arg-type]  # httpx takes lists of numbers too
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["items"]]


async def test_pages_by_cursor(hub: RunningHub, client: httpx.AsyncClient) -> None:
    for name in ("delta", "Alpha", "charlie", "École", "bravo", "Édition"):
        await hub.enroll(name, host="h.example")
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await client.get(AGENTS, params={"limit": 2, "cursor": cursor})).json()
        assert page["total"] == 6
        seen += [one["name"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen[:4] == ["Alpha", "bravo", "charlie", "delta"]
    assert sorted(seen[4:]) == ["École", "Édition"]


async def test_filters_and_facets(hub: RunningHub, client: httpx.AsyncClient) -> None:
    await hub.enroll("web-1", environment="prod", tags=["eu"])
    await hub.enroll("web-2", environment="test", tags=["us", "eu"], type="container")
    online = await hub.enroll("db-1", environment="prod", type="database", host="10.0.0.9")
    await client.post(f"{AGENTS}/{online.id}/heartbeat", json={}, headers=online.headers)

    async def seen_online() -> bool:
        return await names(client, status="online") == ["db-1"]

    await until(seen_online)
    assert await names(client, environment="prod") == ["db-1", "web-1"]
    assert await names(client, environment=["prod", "test"], tag="eu") == ["web-1", "web-2"]
    assert await names(client, type=["container", "database"]) == ["db-1", "web-2"]
    assert await names(client, q="10.0.0") == ["db-1"]
    assert await names(client, q="WEB", status="offline") == ["web-1", "web-2"]
    assert await names(client, q="WEB", status="online") == []
    assert (await client.get(f"{AGENTS}/facets")).json() == {
        "status": {"online": 1, "offline": 2}, "types": ["container", "database", "server"],
        "environments": ["prod", "test"], "tags": ["eu", "us"],
        "admission": {"admitted": 3},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("status=asleep", "status.0"),
        ("cursor=%25%25", "cursor"), ("cursor=AAAA", "cursor"), ("q=%00", "q"), ("type=%00", "type.0"),
        (f"q={'x' * 257}", "q"), ("sparklines=perhaps", "sparklines"),
    ],
)  # fmt: skip
async def test_each_wrong_parameter_is_named(query: str, field: str, client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{AGENTS}?{query}")
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_people_change_what_they_may(hub: RunningHub, client: httpx.AsyncClient) -> None:
    enrolled = await hub.enroll(port=80, metadata={"old": 1})
    path = f"{AGENTS}/{enrolled.id}"
    answer = await client.patch(
        path, json={"name": "db", "tags": ["x", "x"], "port": None, "metadata": {"a": {"b": [1]}}}
    )
    assert answer.status_code == 200
    changed = (await client.get(path)).json()
    assert changed == answer.json()
    assert (changed["name"], changed["tags"], changed["port"], changed["metadata"], changed["type"]) == (
        "db", ["x"], None, {"a": {"b": [1]}}, "server",
    )  # fmt: skip
    assert (await client.patch(path, json={})).json() == changed
    assert (await client.patch(path, json={"name": None, "status": "online", "id": 7})).json() == changed
    rows = await hub.fetch("SELECT before, after FROM audit_log WHERE action = 'agent.update' ORDER BY id LIMIT 1")
    assert rows[0]["before"] == {"name": "web-1", "tags": [], "port": 80, "metadata": {"old": 1}}
    assert rows[0]["after"] == {"name": "db", "tags": ["x"], "port": None, "metadata": {"a": {"b": [1]}}}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"), ({"host": "a\nb"}, "host"), ({"port": 0}, "port"), ({"type": "A"}, "type"),
        ({"tags": ["a b"]}, "tags.0"), ({"metadata": "x"}, "metadata"), ({"environment": "é"}, "environment"),
    ],
)  # fmt: skip
async def test_a_wrong_change_names_its_field(
    body: dict[str, object], field: str, hub: RunningHub, client: httpx.AsyncClient
) -> None:
    enrolled = await hub.enroll()
    answer = await client.patch(f"{AGENTS}/{enrolled.id}", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_metadata_that_is_no_json_is_refused(hub: RunningHub, client: httpx.AsyncClient) -> None:
    enrolled = await hub.enroll()
    for body in ('{"metadata": {"a": NaN}}', '{"metadata": {"a": 1e999}}', '{"metadata": {"a": "\\ud800"}}'):
        answer = await client.patch(
            f"{AGENTS}/{enrolled.id}", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in (400, 422), body
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize(("agent_id", "status"), [("77", 404), ("0", 422), ("x", 422), (str(2**63), 422), ("-1", 422)])
async def test_agents_that_do_not_exist(method: str, agent_id: str, status: int, client: httpx.AsyncClient) -> None:
    answer = await client.request(method, f"{AGENTS}/{agent_id}", json={} if method == "PATCH" else None)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_a_deleted_agent_is_gone_with_its_history_its_session_and_its_credential(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    gone, kept = await hub.enroll("gone"), await hub.enroll("kept")
    hub.hub.writer._linger_s = 0.5  # so that the second frame is on its way to the database while its agent is deleted
    async with hub.greeted(gone) as agent, hub.greeted(kept) as other:
        for one in (agent, other):
            await one.send(frame=full_frame(1))
            await one.acked(1)
        await agent.send(frame=full_frame(2))
        await until(lambda: len(hub.hub.writer._waiting) == 1)
        assert (await client.delete(f"{AGENTS}/{gone.id}")).status_code == 204
        assert "deleted" in await agent.closed()
        await other.send(frame=full_frame(2))
        await other.acked(2)
    rows = await hub.fetch("SELECT agent_id FROM agent_metrics")
    assert {row["agent_id"] for row in rows} == {kept.id}
    for table in ("series", "layouts", "agent_boots"):
        left = await hub.fetch(f"SELECT agent_id FROM {table}")  # noqa: S608 - a name of ours
        assert {row["agent_id"] for row in left} == {kept.id}
    assert await names(client) == ["kept"]
    assert (await client.get(f"{AGENTS}/{gone.id}")).status_code == 404
    assert (await client.delete(f"{AGENTS}/{gone.id}")).status_code == 404
    assert (await client.post(f"{AGENTS}/{gone.id}/heartbeat", json={}, headers=gone.headers)).status_code == 401


async def test_what_an_agent_sends_is_seen(hub: RunningHub, client: httpx.AsyncClient) -> None:
    enrolled = await hub.enroll()
    table = pb.ProcessTable(time_ms=5000)
    table.processes.add(pid=7, name="postgres", user="pg", state="sleeping", cpu=0.5, memory_bytes=2**40, threads=3)
    frame = full_frame(1)
    frame.processes.CopyFrom(table)
    path = f"{AGENTS}/{enrolled.id}"
    assert (await client.get(f"{path}/processes")).json() == {"time": None, "items": []}
    async with hub.agent(enrolled) as agent:
        await agent.hello(agent_version="0.1.0", host={"os.type": "linux"})
        await agent.send(frame=frame)
        await agent.acked(1)
        seen = (await client.get(path)).json()
    assert (seen["version"], seen["facts"], seen["reporting_interval"]) == ("0.1.0", {"os.type": "linux"}, 5.0)
    assert seen["last_heartbeat"] is not None
    [process] = (await client.get(f"{path}/processes")).json()["items"]
    assert process == {
        "pid": 7, "name": "postgres", "user": "pg", "state": "sleeping", "cpu": 0.5, "memory_bytes": 2**40,
        "threads": 3, "read_bytes": 0, "write_bytes": 0,
    }  # fmt: skip
    series = (await client.get(f"{path}/metrics")).json()["items"]
    assert [(one["metric"], one["unit"], one["kind"], one["labels"]) for one in series] == [
        ("test.gauge", "1", "gauge", {"name": "a"}), ("test.gauge", "1", "gauge", {"name": "b"}),
        ("test.rate", "By/s", "rate", {}),
    ]  # fmt: skip


async def test_summaries_and_sparklines(hub: RunningHub, client: httpx.AsyncClient) -> None:
    enrolled = await hub.enroll()
    body = {"metrics": {"cpu_usage": 42.5, "memory_usage": 1e300}}
    posted = await client.post(f"{AGENTS}/{enrolled.id}/metrics", json=body, headers=enrolled.headers)
    assert posted.json() == {"accepted": 2}
    [one] = (await client.get(AGENTS, params={"sparklines": True})).json()["items"]
    assert (one["summary"]["cpu"], one["summary"]["memory"]) == (pytest.approx(0.425), None)
    lines = one["sparklines"]
    assert {len(row) for row in lines.values()} == {60}
    assert [value for value in lines["cpu"] if value is not None] == [pytest.approx(0.425)]
    assert json.dumps(lines, allow_nan=False)
    [bare] = (await client.get(AGENTS)).json()["items"]
    assert bare["sparklines"] is None
