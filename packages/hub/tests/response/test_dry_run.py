"""What a runbook would do now, machine by machine, and that asking begins nothing."""

from typing import Any

import httpx
from opsentrix.storage import runbooks

from packages.hub.tests.api.test_alert_rules import report
from packages.hub.tests.kit.hub import RunningHub
from packages.hub.tests.kit.operators import machine, policy_state
from packages.hub.tests.kit.story import at

DRY = "/api/v1/runbooks/dry-run"
COOL: dict[str, Any] = {
    "name": "Cool", "mode": "automatic", "triggers": [{"alert": "*"}], "when": "room.temperature > 30",
    "steps": [{"action": "service.restart", "params": {"unit": "nginx"}, "timeout": "1m"}],
    "expect": "room.temperature < 25 for 30s",
}  # fmt: skip


async def asked(client: httpx.AsyncClient, **body: object) -> dict[str, Any]:
    answer = await client.post(DRY, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def one(client: httpx.AsyncClient, **body: object) -> dict[str, Any]:
    machines = (await asked(client, **body))["machines"]
    assert len(machines) == 1
    found: dict[str, Any] = machines[0]
    return found


async def test_it_tells_machine_by_machine_what_would_be_done_and_why_not(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    hot, mild, cold, away = [await hub.enroll(name, type="oven") for name in ("a-hot", "b-mild", "c-cold", "d-away")]
    await hub.enroll("e-other", type="fridge")
    for agent, value in ((hot, 31), (mild, 28), (cold, 12), (away, 40)):
        await report(hub, agent, value)
    async with machine(hub, hot), machine(hub, mild), machine(hub, cold):
        found = await asked(client, definition={**COOL, "on": "type=oven"})
        assert (found["effect"], found["proof"], found["more"]) == ("disrupts", True, 0)
        shown = {one["name"]: (one["would"], one["online"], one["why"]) for one in found["machines"]}
        assert shown == {
            "a-hot": ("begin", True, []),
            "b-mild": ("skip", True, ["Its precondition does not hold."]),
            "c-cold": ("skip", True, ["Its precondition does not hold.", "What is expected holds already."]),
            "d-away": ("skip", False, [
                "The machine is away.", "It would refuse service.restart: Its owner allows no actions.",
            ]),
        }  # fmt: skip
        first = found["machines"][0]
        assert first["when"] == {
            "condition": "room.temperature > 30", "truth": "holds",
            "series": [{"labels": {}, "value": 31, "threshold": 30, "holds": True}],
        }  # fmt: skip
        assert (first["expect"]["truth"], first["worse"]) == ("fails", None)
        assert first["steps"] == [{
            "action": "service.restart", "params": {"unit": "nginx"}, "timeout_s": 60, "effect": "disrupts",
            "refusal": "", "key_id": "", "approval": "",
        }]  # fmt: skip
        assert (await one(client, definition={**COOL, "mode": "approve"}, agents=[hot.id]))["would"] == "ask"
        assert (await one(client, definition={**COOL, "mode": "suggest"}, agents=[hot.id]))["would"] == "suggest"
        windowed = {**COOL, "when": "avg(room.temperature, 5m) > 30"}
        assert (await one(client, definition=windowed, agents=[hot.id]))["would"] == "unsure"
        partly = {**COOL, "when": "room.temperature > 30 and app.queue > 1"}
        assert (await one(client, definition=partly, agents=[hot.id]))["when"]["truth"] == "unknown"
        elsewhere = await one(client, definition={**COOL, "on": "type=fridge"}, agents=[hot.id])
        assert elsewhere["why"] == ["The runbook is not for this machine."]
    assert await hub.fetch("SELECT FROM commands") == []
    assert await hub.fetch("SELECT FROM runbook_runs") == []


async def test_all_series_have_to_suit_what_is_expected_and_any_one_the_precondition(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    agent = await hub.enroll()
    samples = [
        {"metric": "room.temperature", "labels": {"room": name}, "value": v} for name, v in (("a", 31), ("b", 9))
    ]
    async with hub.client() as other:
        path = f"/api/v1/agents/{agent.id}/metrics"
        assert (await other.post(path, headers=agent.headers, json={"samples": samples})).status_code == 200
    async with machine(hub, agent):
        found = await one(client, definition=COOL, agents=[agent.id])
        assert (found["when"]["truth"], found["expect"]["truth"], found["would"]) == ("holds", "fails", "begin")
        about = {**COOL, "when": 'room.temperature{room="$label.room"} > 30'}
        assert (await one(client, definition=about, agents=[agent.id], labels={"room": "b"}))["would"] == "skip"
        assert (await one(client, definition=about, agents=[agent.id], labels={"room": "a"}))["would"] == "begin"
        found = await one(client, definition=about, agents=[agent.id])
        assert (found["why"], found["when"]["truth"]) == (["There is no label room."], "unknown")
        whole = await one(client, definition={**COOL, "expect": "alert resolved"}, agents=[agent.id])
        assert whole["expect"] == {"condition": "alert resolved", "truth": "unknown", "series": []}
        gone = await one(client, definition={**COOL, "worse": "absent(agent)"}, agents=[agent.id])
        assert gone["worse"]["truth"] == "fails"


async def test_labels_are_put_into_steps_and_judged_by_the_policy(hub: RunningHub, client: httpx.AsyncClient) -> None:
    agent = await hub.enroll()
    await report(hub, agent, 31)
    definition = {**COOL, "steps": [{"action": "service.restart", "params": {"unit": "$label.unit"}}]}
    async with machine(hub, agent):
        good = await one(client, definition=definition, agents=[agent.id], labels={"unit": "nginx"})
        assert (good["would"], good["steps"][0]["params"]) == ("begin", {"unit": "nginx"})
        bad = await one(client, definition=definition, agents=[agent.id], labels={"unit": "nginxx"})
        assert bad["would"] == "skip"
        assert "does not list the unit nginxx" in bad["steps"][0]["refusal"]
        missing = await one(client, definition=definition, agents=[agent.id])
        assert (missing["why"], missing["steps"][0]["params"]) == (["There is no label unit."], {"unit": "$label.unit"})


async def test_it_tells_of_maintenance_limits_the_breaker_and_who_may(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    agent = await hub.enroll()
    await report(hub, agent, 31)
    async with machine(hub, agent), hub.client(await hub.session(name="ann")) as ann:
        kept = (await ann.post("/api/v1/runbooks", json={"definition": COOL})).json()["id"]
        assert (await one(client, runbook=kept))["would"] == "begin"
        async with hub.database.connection() as connection:
            await runbooks.open_breaker(connection, kept, "3 runs in a row did not help.", at(0))
        await hub.fetch("UPDATE users SET disabled = true WHERE username = 'ann'")
        await hub.fetch("UPDATE runbooks SET enabled = false")
        found = await one(client, runbook=kept)
        assert (found["would"], found["why"], len(found["limits"])) == ("skip", [], 3)
        assert "3 runs in a row did not help." in found["limits"][0]
        window = {
            "name": "work", "matchers": [{"key": "agent", "op": "=", "value": "web-1"}], "zone": "UTC",
            "starts_local": "2020-01-01T00:00:00", "duration_s": 86_400, "rrule": "FREQ=DAILY",
        }  # fmt: skip
        assert (await client.post("/api/v1/maintenance-windows", json=window)).status_code == 201
        assert (await one(client, runbook=kept))["why"] == ["The machine is in maintenance."]


async def test_where_an_operators_key_is_demanded_it_says_so(hub: RunningHub, client: httpx.AsyncClient) -> None:
    agent = await hub.enroll()
    await report(hub, agent, 31)
    state = policy_state({"service.restart": {
        "effect": "disrupts", "parameters": [{"name": "unit", "type": "string", "required": True}],
        "allowed": {"units": ["nginx"]}, "signers": ["operator"],
    }})  # fmt: skip
    async with machine(hub, agent, state):
        found = await one(client, definition=COOL, agents=[agent.id])
    assert "demands the signature of an operator's key" in found["steps"][0]["refusal"]


async def test_what_is_asked_wrongly_is_refused(hub: RunningHub, client: httpx.AsyncClient) -> None:
    for body in ({}, {"definition": COOL, "runbook": 1}, {"yaml": "x"}, {"definition": COOL, "agents": []}):
        assert (await client.post(DRY, json=body)).status_code == 422, body
    assert (await client.post(DRY, json={"runbook": 999})).status_code == 404
    assert (await client.post(DRY, json={"definition": COOL, "agents": [999]})).status_code == 404
    assert (await asked(client, definition=COOL))["machines"] == []
