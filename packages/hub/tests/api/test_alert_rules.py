"""Alert rules over HTTP, and what follows from them: from a sample to a webhook, over a restart too."""

from collections.abc import Mapping
from pathlib import Path
from unittest.mock import patch

import httpx
from opsentrix import alarms
from opsentrix.alerting.engine import Engine
from opsentrix.model.rules import AlertRule, Override
from opsentrix.model.users import Role

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit import receiver as receivers
from packages.hub.tests.kit.hub import Enrolled, RunningHub, until

RULES, ALERTS, INCIDENTS = "/api/v1/alert-rules", "/api/v1/alerts", "/api/v1/incidents"
HOT = {"name": "Too hot", "expression": "room.temperature > 30", "severity": "critical", "summary": "It is hot."}


async def report(hub: RunningHub, agent: Enrolled, value: float, metric: str = "room.temperature") -> None:
    async with hub.client() as client:
        path = f"/api/v1/agents/{agent.id}/metrics"
        answer = await client.post(path, headers=agent.headers, json={"metrics": {metric: value}})
    assert answer.status_code == 200, answer.text


async def states(client: httpx.AsyncClient, **query: object) -> list[str]:
    listed = (await client.get(ALERTS, params=query)).json()["items"]  # type: ignore[arg-type]
    return [one["state"] for one in listed]


async def test_a_new_hub_has_the_default_rules_once(hub: RunningHub, client: httpx.AsyncClient) -> None:
    rules = (await client.get(RULES)).json()["items"]
    assert {"Agent offline", "Disk full within a day", "Memory low"} <= {one["name"] for one in rules}
    assert all(one["enabled"] and one["version"] == 1 for one in rules)
    for one in rules:
        assert (await client.delete(f"{RULES}/{one['id']}")).status_code == 204
    async with (
        hubs.running(hub.dsn, hub.hub.settings.data_dir) as again,
        again.client(await again.session(name="root")) as root,
    ):
        assert (await root.get(RULES)).json()["items"] == []


async def test_a_rule_is_read_without_keeping_it(client: httpx.AsyncClient) -> None:
    good = (await client.post(f"{RULES}/parse", json={"expression": "system.cpu.utilization>90%  for 120s"})).json()
    assert good["expression"] == "system.cpu.utilization > 90% for 2m"
    assert good["error"] == ""
    back = (await client.post(f"{RULES}/parse", json={"definition": good["definition"]})).json()
    assert back["expression"] == good["expression"]
    bad = (await client.post(f"{RULES}/parse", json={"expression": "avgg(system.cpu.utilization, 5m) > 1"})).json()
    assert (bad["definition"], bad["position"], bad["hint"]) == (None, 0, "avg")
    assert (await client.post(f"{RULES}/parse", json={})).status_code == 422
    assert "" not in {one["name"] for one in (await client.get(RULES)).json()["items"]}


async def parsed(client: httpx.AsyncClient, expression: str) -> tuple[int, int, int, int | None, list[str]]:
    found = (await client.post(f"{RULES}/parse", json={"expression": expression})).json()["matches"]
    return (
        found["agents"], found["agents_with_data"], found["targets"], found["holding"], found["unknown_metrics"]
    )  # fmt: skip


async def test_while_a_rule_is_typed_it_says_what_it_would_be_about(hub: RunningHub, client: httpx.AsyncClient) -> None:
    warm, cold = await hub.enroll("kitchen", environment="home"), await hub.enroll("cellar")
    await hub.enroll("attic")
    await report(hub, warm, 31)
    await report(hub, cold, 12)
    await report(hub, cold, 5, "app.queue")
    assert await parsed(client, "room.temperature > 30 for 2m") == (3, 2, 2, 1, [])
    assert await parsed(client, "room.temperature > 30 on environment=home") == (1, 1, 1, 1, [])
    assert await parsed(client, "room.temperature > 10 and app.queue > 1") == (3, 2, 3, 1, [])
    assert await parsed(client, "count(room.temperature > 10) >= 2") == (3, 2, 1, 1, [])
    assert await parsed(client, "avg(room.temperature, 5m) > 30") == (3, 2, 2, None, [])
    assert await parsed(client, "absent(app.queue) for 5m") == (3, 1, 3, None, [])
    assert await parsed(client, "absent(agent) for 1m") == (3, 2, 3, 1, [])
    assert await parsed(client, "room.humidity / room.size > 30") == (3, 0, 0, 0, ["room.humidity", "room.size"])
    wrong = (await client.post(f"{RULES}/parse", json={"expression": "room.temperature >"})).json()
    assert wrong["matches"] is None


async def test_a_rule_is_made_changed_and_removed_and_all_of_it_audited(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    made = await client.post(RULES, json=HOT)
    assert made.status_code == 201, made.text
    rule = made.json()
    assert (rule["version"], rule["expression"], rule["firing"]) == (1, HOT["expression"], 0)
    path = f"{RULES}/{rule['id']}"
    changed = {**HOT, "expression": "room.temperature > 35 for 1m", "based_on": 1}
    assert (await client.put(path, json=changed)).json()["version"] == 2
    stale = await client.put(path, json=changed)
    assert (stale.status_code, "version 2" in stale.json()["detail"]) == (409, True)
    wrong = await client.put(path, json={**HOT, "expression": "room.temperature >"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "expression")
    shown = (await client.get(path)).json()
    assert [(one["version"], one["expression"]) for one in shown["versions"]] == [
        (2, "room.temperature > 35 for 1m"), (1, HOT["expression"]),
    ]  # fmt: skip
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404
    rows = await hub.fetch("SELECT action, before, after FROM audit_log WHERE action LIKE 'alert_rule.%' ORDER BY id")
    assert [row["action"] for row in rows] == ["alert_rule.create", "alert_rule.update", "alert_rule.delete"]
    assert rows[1]["before"]["expression"] == HOT["expression"]
    assert rows[1]["after"]["expression"] == "room.temperature > 35 for 1m"


async def test_a_sample_over_the_threshold_becomes_an_incident_and_is_resolved(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    rule = (await client.post(RULES, json=HOT)).json()["id"]
    await report(hub, enrolled, 31)

    async def firing() -> bool:
        return await states(client, rule=rule) == ["firing"]

    await until(firing)

    async def opened() -> bool:
        return bool((await client.get(INCIDENTS)).json()["items"])

    await until(opened)
    incident = (await client.get(INCIDENTS)).json()["items"][0]
    assert (incident["severity"], incident["state"]) == ("critical", "open")
    assert (await client.get(f"{RULES}/{rule}")).json()["rule"]["firing"] == 1
    await report(hub, enrolled, 20)

    async def over() -> bool:
        return await states(client, rule=rule) == []

    await until(over)


async def test_an_override_holds_for_one_agent(hub: RunningHub, client: httpx.AsyncClient) -> None:
    kitchen, cellar = await hub.enroll("kitchen"), await hub.enroll("cellar")
    rule = (await client.post(RULES, json=HOT)).json()["id"]
    path = f"{RULES}/{rule}/overrides/{kitchen.id}"
    assert (await client.put(path, json={"threshold": 50})).status_code == 200
    for agent in (kitchen, cellar):
        await report(hub, agent, 40)

    async def firing() -> bool:
        listed = (await client.get(ALERTS, params={"rule": rule})).json()["items"]
        return [one["agent_name"] for one in listed] == ["cellar"]

    await until(firing)
    assert (await client.delete(path)).status_code == 204

    async def both() -> bool:
        return len(await states(client, rule=rule)) == 2

    await report(hub, kitchen, 41)
    await until(both)
    assert (await client.put(f"{RULES}/{rule}/overrides/999999", json={"enabled": False})).status_code == 404
    assert (await client.put(path, json={})).status_code == 422


async def test_a_rule_that_is_switched_off_or_deleted_ends_its_alerts(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    for end in ("off", "deleted"):
        rule = (await client.post(RULES, json=HOT)).json()["id"]
        await report(hub, enrolled, 31)

        async def firing(rule: int = rule) -> bool:
            return await states(client, rule=rule) == ["firing"]

        await until(firing)
        if end == "off":
            assert (await client.put(f"{RULES}/{rule}", json={**HOT, "enabled": False})).status_code == 200
        else:
            assert (await client.delete(f"{RULES}/{rule}")).status_code == 204

        async def over(rule: int = rule) -> bool:
            return await states(client, rule=rule) == []

        await until(over)
        events = await hub.fetch("SELECT after FROM alert_events WHERE rule_id = $1 ORDER BY number", rule)
        assert [row["after"] for row in events] == ["firing", "inactive"]


async def test_an_alert_goes_on_over_a_restart(dsn: str, tmp_path: Path) -> None:
    async with hubs.running(dsn, tmp_path) as hub, hub.client(await hub.session()) as client:
        agent = await hub.enroll()
        rule = (await client.post(RULES, json=HOT)).json()["id"]
        await report(hub, agent, 31)

        async def firing() -> bool:
            return await states(client, rule=rule) == ["firing"]

        await until(firing)
    async with hubs.running(dsn, tmp_path) as hub, hub.client(await hub.session(name="root")) as client:
        assert await states(client, rule=rule) == ["firing"]
        await report(hub, agent, 32)
        await report(hub, agent, 20)

        async def over() -> bool:
            return await states(client, rule=rule) == []

        await until(over)
        events = await hub.fetch("SELECT before, after FROM alert_events WHERE rule_id = $1 ORDER BY number", rule)
    assert [(row["before"], row["after"]) for row in events] == [("inactive", "firing"), ("firing", "inactive")]


@patch.object(alarms, "NOTIFY_S", 600.0)  # nobody has to look: a change of an incident is news
async def test_from_a_sample_to_a_webhook(dsn: str, tmp_path: Path) -> None:
    async with (
        hubs.running(dsn, tmp_path, notify_allow_private=True) as hub,
        hub.client(await hub.session()) as client,
        receivers.receiving() as receiver,
    ):
        channel = await client.post(
            "/api/v1/channels", json={"kind": "webhook", "name": "hook", "settings": {"url": receiver.url}}
        )
        assert channel.status_code == 201, channel.text
        routes = (await client.get("/api/v1/routes")).json()["items"]
        default = next(one for one in routes if one["default"])
        told_of = {"name": default["name"], "targets": [{"kind": "channel", "id": channel.json()["id"]}]}
        changed = await client.put(f"/api/v1/routes/{default['id']}", json=told_of)
        assert changed.status_code == 200, changed.text
        agent = await hub.enroll()
        await client.post(RULES, json=HOT)
        await report(hub, agent, 31)
        await until(lambda: bool(receiver.got))
        told = receiver.got[0].json
        assert told["status"] == "firing"


async def test_the_first_sample_of_an_agent_that_just_came_is_judged(dsn: str, tmp_path: Path) -> None:
    with patch.object(hubs, "ALERTING_S", 3600.0):
        async with hubs.running(dsn, tmp_path) as hub, hub.client(await hub.session()) as client:
            await client.post(RULES, json=HOT)
            await report(hub, await hub.enroll(), 31)
            await hub.hub.alarms.runner.step()
            alerts = (await client.get("/api/v1/alerts")).json()["items"]
            assert [one["state"] for one in alerts] == ["firing"]


async def test_viewers_read_and_do_not_write(hub: RunningHub) -> None:
    async with hub.client(await hub.session(Role.VIEWER)) as viewer:
        assert (await viewer.get(RULES)).status_code == 200
        assert (await viewer.post(RULES, json=HOT)).status_code == 403


async def test_who_saves_a_rule_lets_no_other_be_put_anew(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    put: list[int] = []
    really = Engine.put_rule

    def noted(engine: Engine, rule: AlertRule, overrides: Mapping[int, Override] | None = None) -> None:
        put.append(rule.id)
        really(engine, rule, overrides)

    with patch.object(Engine, "put_rule", noted):
        rule = (await client.post(RULES, json=HOT)).json()
        assert put == [rule["id"]]
        changed = HOT | {"expression": "room.temperature > 40", "version": rule["version"]}
        assert (await client.put(f"{RULES}/{rule['id']}", json=changed)).status_code == 200
        assert put == [rule["id"]] * 2
        path = f"{RULES}/{rule['id']}/overrides/{enrolled.id}"
        assert (await client.put(path, json={"threshold": 50})).status_code in {200, 204}
        group = (await client.post("/api/v1/alert-rule-groups", json={"name": "rooms"})).json()
        assert set(put) == {rule["id"]}
        joined = changed | {"group_id": group["id"], "version": rule["version"] + 1}
        assert (await client.put(f"{RULES}/{rule['id']}", json=joined)).status_code == 200
        put.clear()
        path = f"/api/v1/alert-rule-groups/{group['id']}"
        assert (await client.put(path, json={"name": "rooms", "enabled": False})).status_code == 200
        assert put == [rule["id"]]
