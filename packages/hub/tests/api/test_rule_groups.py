"""Groups of alert rules over HTTP, and what they do to agents and alerts."""

import httpx
import pytest
from opsentrix.alerting.defaults import default_rules
from opsentrix.model.agents import TokenRequest
from opsentrix.model.rule_format import write_selector
from opsentrix.model.rule_text import parse_selector
from opsentrix.model.users import Role

from packages.hub.tests.api.test_alert_rules import ALERTS, HOT, RULES, report, states
from packages.hub.tests.kit.hub import RunningHub, until

GROUPS = "/api/v1/alert-rule-groups"
WEB = {"name": "Web", "selector": "type=web"}


async def firing(client: httpx.AsyncClient, rule: int) -> set[str]:
    return {one["agent_name"] for one in (await client.get(ALERTS, params={"rule": rule})).json()["items"]}


async def test_the_default_rules_are_in_a_group_for_all_agents(hub: RunningHub, client: httpx.AsyncClient) -> None:
    rules = (await client.get(RULES)).json()["items"]
    await hub.enroll()
    groups = (await client.get(GROUPS)).json()["items"]
    assert [(one["name"], one["selector"], one["rules"], one["agents"]) for one in groups] == [
        ("Defaults", "", len(default_rules()), groups[0]["agents"])
    ]
    assert groups[0]["agents"] >= 1
    names = {one["name"] for one in rules if one["group_id"] == groups[0]["id"]}
    assert names == {one.name for one in default_rules()}


@pytest.mark.parametrize("text", ["", "type=web", 'tag in (eu, us) and agent ~ "web*"', "environment!=lab"])
def test_a_selector_reads_back_as_it_was_written(text: str) -> None:
    selector = parse_selector(text)
    assert parse_selector(write_selector(selector)) == selector
    assert bool(selector.matchers) is bool(text)


async def test_a_group_is_made_changed_and_removed_and_all_of_it_audited(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    made = await client.post(GROUPS, json={**WEB, "selector": "type = web", "description": "web servers"})
    assert made.status_code == 201, made.text
    group = made.json()
    assert (group["selector"], group["version"], group["rules"], group["agents"]) == ("type=web", 1, 0, 0)
    assert (await client.post(GROUPS, json=WEB)).status_code == 409
    path = f"{GROUPS}/{group['id']}"
    changed = await client.put(path, json={**WEB, "selector": "", "based_on": 1})
    assert (changed.json()["version"], changed.json()["selector"]) == (2, "")
    stale = await client.put(path, json={**WEB, "based_on": 1})
    assert (stale.status_code, "version 2" in stale.json()["detail"]) == (409, True)
    assert (await client.put(path, json={"name": "Defaults"})).status_code == 409
    assert (await client.delete(path)).status_code == 204
    assert (await client.delete(path)).status_code == 404
    rows = await hub.fetch("SELECT action, before, after FROM audit_log WHERE action LIKE 'alert_rule_group.%'")
    assert [row["action"].partition(".")[2] for row in rows] == ["create", "update", "delete"]
    assert (rows[1]["before"]["selector"], rows[1]["after"]["selector"]) == ("type=web", "")


async def test_what_is_wrong_with_a_selector_is_told_with_its_place(client: httpx.AsyncClient) -> None:
    for selector, said in (("type=", "character 6"), ("kind=web", "character 1"), ("type=web for 5m", "character 10")):
        answer = await client.post(GROUPS, json={"name": "x", "selector": selector})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "selector"), selector
        assert said in answer.json()["detail"], answer.text


async def test_a_group_with_rules_stays(client: httpx.AsyncClient) -> None:
    group = (await client.post(GROUPS, json=WEB)).json()["id"]
    rule = (await client.post(RULES, json={**HOT, "group_id": group})).json()
    assert rule["group_id"] == group
    refused = await client.delete(f"{GROUPS}/{group}")
    assert (refused.status_code, "1 rules" in refused.json()["detail"]) == (409, True)
    assert (await client.put(f"{RULES}/{rule['id']}", json=HOT)).json()["group_id"] is None
    assert (await client.delete(f"{GROUPS}/{group}")).status_code == 204
    bodies = [one["body"]["group_id"] for one in (await client.get(f"{RULES}/{rule['id']}")).json()["versions"]]
    assert bodies == [None, group]
    unknown = await client.post(RULES, json={**HOT, "group_id": group})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "group_id")


async def test_a_rule_is_about_agents_of_its_group_only_and_those_that_come_later(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    group = (await client.post(GROUPS, json={"name": "eu", "selector": "tag=eu"})).json()["id"]
    rule = (await client.post(RULES, json={**HOT, "group_id": group})).json()["id"]
    inside = await hub.enroll("inside", TokenRequest(tags=("eu",)))
    outside = await hub.enroll("outside", TokenRequest(tags=("us",)))
    for agent in (inside, outside):
        await report(hub, agent, 31)

    async def inside_only() -> bool:
        return await firing(client, rule) == {"inside"}

    await until(inside_only)
    moved = await client.patch(f"/api/v1/agents/{outside.id}", json={"tags": ["eu"]})
    assert moved.status_code == 200, moved.text
    await report(hub, outside, 32)

    async def both() -> bool:
        return await firing(client, rule) == {"inside", "outside"}

    await until(both)
    assert (await client.patch(f"/api/v1/agents/{inside.id}", json={"tags": []})).status_code == 200

    async def moved_out() -> bool:
        return await firing(client, rule) == {"outside"}

    await until(moved_out)


async def test_switching_a_group_off_ends_alerts_with_that_reason(hub: RunningHub, client: httpx.AsyncClient) -> None:
    agent = await hub.enroll("web-1")
    group = (await client.post(GROUPS, json={"name": "all"})).json()["id"]
    rule = (await client.post(RULES, json={**HOT, "group_id": group})).json()["id"]
    await report(hub, agent, 31)

    async def fires() -> bool:
        return await states(client, rule=rule) == ["firing"]

    await until(fires)
    assert (await client.put(f"{GROUPS}/{group}", json={"name": "all", "enabled": False})).status_code == 200

    async def over() -> bool:
        return await states(client, rule=rule) == []

    await until(over)
    events = await hub.fetch("SELECT after, reason FROM alert_events WHERE rule_id = $1 ORDER BY number", rule)
    assert [(row["after"], row["reason"]) for row in events] == [
        ("firing", ""),
        ("inactive", "group of the rule switched off"),
    ]


async def test_viewers_read_and_do_not_write(hub: RunningHub) -> None:
    async with hub.client(await hub.session(Role.VIEWER)) as viewer:
        assert (await viewer.get(GROUPS)).status_code == 200
        assert (await viewer.post(GROUPS, json=WEB)).status_code == 403
