"""Runbooks over HTTP: read, made, changed, removed; who may; and what they are warned of."""

from typing import Any

import httpx
import pytest
from opsentrix.model.users import Role
from opsentrix.storage import runbooks

from packages.hub.tests.api.test_alert_rules import HOT, RULES, report
from packages.hub.tests.kit import people
from packages.hub.tests.kit.hub import RunningHub
from packages.hub.tests.kit.operators import machine
from packages.hub.tests.kit.story import at

RUNBOOKS = "/api/v1/runbooks"
PROOF = "urn:opsentrix:problem:confirmation-needed"
COOL = """\
name: Open a window
triggers:
  - alert: Too hot
steps:
  - action: service.restart
    params: {unit: nginx}
expect: room.temperature < 25 for 30s
"""
CANONICAL = COOL.replace("triggers", "mode: suggest\ntriggers").replace("Too hot", "Too hot\n    event: firing")


async def made(client: httpx.AsyncClient, yaml: str = COOL, **more: object) -> dict[str, Any]:
    answer = await client.post(RUNBOOKS, json={"yaml": yaml, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def parsed(client: httpx.AsyncClient, **body: object) -> dict[str, Any]:
    answer = await client.post(f"{RUNBOOKS}/parse", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_runbook_is_read_without_keeping_it(client: httpx.AsyncClient) -> None:
    good = await parsed(client, yaml=COOL)
    assert good["error"] == ""
    assert good["yaml"] == CANONICAL + "within: 2m\n"
    back = await parsed(client, definition=good["definition"])
    assert (back["yaml"], back["sha256"]) == (good["yaml"], good["sha256"])
    wrong = await parsed(client, yaml=COOL.replace("25 for", "25 fro"))
    assert (wrong["line"], wrong["column"], wrong["path"]) == (7, 31, "expect")
    assert wrong["definition"] is None
    wrong = await parsed(client, definition={**good["definition"], "steps": [{"action": "x", "params": {"a": 1.5}}]})
    assert (wrong["line"], wrong["path"]) == (None, "steps[0].params.a")
    assert (await client.post(f"{RUNBOOKS}/parse", json={})).status_code == 422
    assert (await client.get(RUNBOOKS)).json()["items"] == []


async def test_schedules_say_when_they_come_next(client: httpx.AsyncClient) -> None:
    schedule = (
        "  - schedule: FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=1\n    starts: 2090-01-01T03:00\n    zone: Europe/Berlin\n"
    )
    text = COOL.replace("steps:", schedule + "steps:")
    found = await parsed(client, yaml=text)
    assert found["upcoming"] == [f"{year}-07-01T01:00:00Z" for year in range(2090, 2095)]
    runbook = await made(client, text)
    assert runbook["next_at"] == "2090-07-01T01:00:00Z"
    off = await client.put(f"{RUNBOOKS}/{runbook['id']}", json={"yaml": text, "enabled": False})
    assert (off.json()["next_at"], off.json()["upcoming"]) == (None, [])


async def test_a_runbook_is_made_changed_and_removed_and_all_of_it_audited(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    runbook = await made(client)
    path = f"{RUNBOOKS}/{runbook['id']}"
    assert (runbook["name"], runbook["version"], runbook["enabled"], runbook["mode"]) == (
        "Open a window", 1, True, "suggest"
    )  # fmt: skip
    assert (runbook["author_may"], runbook["breaker"]["open"], runbook["last_run"]) == (True, False, None)
    assert runbook["runs"] == {"open": 0, "outcomes": {}, "verdicts": {}}
    assert (await client.post(RUNBOOKS, json={"yaml": COOL})).status_code == 409
    definition = {**runbook["definition"], "name": "Open all windows", "limits": {"per_hour": 2}}
    changed = await client.put(path, json={"definition": definition, "based_on": 1})
    assert changed.status_code == 200, changed.text
    after = changed.json()
    assert (after["version"], after["name"]) == (2, "Open all windows")
    assert after["definition"]["limits"] == {"cooldown": "10m", "per_hour": 2, "fleet_per_hour": 20, "at_once": 5}
    assert after["sha256"] != runbook["sha256"]
    assert [(one["version"], one["yaml"]) for one in after["versions"]] == [(2, after["yaml"]), (1, runbook["yaml"])]
    stale = await client.put(path, json={"yaml": COOL, "based_on": 1})
    assert (stale.status_code, "version 2" in stale.json()["detail"]) == (409, True)
    other = await made(client)
    assert (await client.put(path, json={"yaml": COOL})).status_code == 409
    listed = (await client.get(RUNBOOKS)).json()["items"]
    assert {one["id"] for one in listed} == {runbook["id"], other["id"]}
    assert (await client.get(path)).json() == after
    assert (await client.delete(path)).status_code == 204
    assert (await client.delete(path)).status_code == (await client.get(path)).status_code == 404
    assert (await client.put(path, json={"yaml": COOL})).status_code == 404
    rows = await hub.fetch("SELECT action, before, after FROM audit_log WHERE action LIKE 'runbook.%' ORDER BY id")
    assert [row["action"].partition(".")[2] for row in rows] == ["create", "update", "create", "delete"]
    assert (rows[1]["before"]["name"], rows[1]["after"]["name"]) == ("Open a window", "Open all windows")
    assert rows[1]["after"]["definition"]["limits"]["per_hour"] == 2


async def test_what_is_wrong_is_told_with_its_field(client: httpx.AsyncClient) -> None:
    answer = await client.post(RUNBOOKS, json={"yaml": COOL.replace("nginx", "[nginx]")})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "yaml")
    assert "steps[0].params.unit (line 6, column 20)" in answer.json()["detail"]
    answer = await client.post(RUNBOOKS, json={"definition": {"name": "x", "steps": [{"action": "X"}]}})
    assert answer.json()["errors"][0]["field"] == "definition.steps[0].action"
    for body in ({}, {"yaml": COOL, "definition": {}}, {"yaml": "#" * 65_537}, {"yaml": COOL, "enabled": 1}):
        assert (await client.post(RUNBOOKS, json=body)).status_code == 422, body


async def test_what_acts_by_itself_needs_a_fresh_proof(hub: RunningHub, client: httpx.AsyncClient) -> None:
    automatic = COOL.replace("triggers", "mode: automatic\ntriggers")
    runbook = await made(client, automatic)
    path = f"{RUNBOOKS}/{runbook['id']}"
    async with hub.database.connection() as connection:
        assert await runbooks.open_breaker(connection, runbook["id"], "3 runs did not help", at(0))
        assert not await runbooks.open_breaker(connection, runbook["id"], "again", at(1))
    await people.age_proof(hub)
    for answer in (
        await client.post(RUNBOOKS, json={"yaml": automatic.replace("Open a", "Open the")}),
        await client.put(path, json={"yaml": automatic}),
        await client.post(f"{path}/breaker/close", json={}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (403, PROOF)
    assert (await client.put(path, json={"yaml": automatic, "enabled": False})).status_code == 200
    assert (await client.put(path, json={"yaml": COOL})).status_code == 200
    closed = await client.post(f"{path}/breaker/close", json={"reason": "the disk was replaced"})
    assert (closed.status_code, closed.json()["breaker"]["open"]) == (200, False)
    assert (await client.post(f"{path}/breaker/close", json={})).status_code == 409


async def test_an_open_breaker_is_shown_and_outlives_a_new_version(hub: RunningHub, client: httpx.AsyncClient) -> None:
    path = f"{RUNBOOKS}/{(await made(client))['id']}"
    async with hub.database.connection() as connection:
        await runbooks.open_breaker(connection, int(path.rpartition("/")[2]), "3 runs did not help", at(0))
    await client.put(path, json={"yaml": COOL.replace("25", "24")})
    assert (await client.get(RUNBOOKS)).json()["items"][0]["breaker"]["why"] == "3 runs did not help"
    async with hub.client(await hub.session(Role.OPERATOR)) as operator:
        assert (await operator.post(f"{path}/breaker/close", json={"reason": "seen"})).status_code == 200
    async with hub.database.connection() as connection:
        found = await runbooks.get(connection, int(path.rpartition("/")[2]))
    assert found is not None
    assert (found.opened_at, found.opened_why, found.closed_at is not None) == (None, "", True)


async def test_whose_author_may_not_any_more_says_so(hub: RunningHub, client: httpx.AsyncClient) -> None:
    async with hub.client(await hub.session(name="ann")) as ann:
        path = f"{RUNBOOKS}/{(await made(ann))['id']}"
    for change in ("disabled = true", "disabled = false, role = 'operator'", "role = 'admin', scope_tags = '{a}'"):
        await hub.fetch(f"UPDATE users SET {change} WHERE username = 'ann'")  # noqa: S608 - constant
        assert (await client.get(path)).json()["author_may"] is False, change
    await hub.fetch("UPDATE users SET scope_tags = '{}' WHERE username = 'ann'")
    assert (await client.get(path)).json()["author_may"] is True
    await hub.fetch("DELETE FROM users WHERE username = 'ann'")
    assert (await client.get(RUNBOOKS)).json()["items"][0]["author_may"] is False


async def test_it_is_told_how_runs_went(hub: RunningHub, client: httpx.AsyncClient) -> None:
    runbook, quiet = (await made(client))["id"], (await made(client, COOL.replace("a window", "two")))["id"]
    agent = (await hub.enroll()).id
    for state, outcome, verdict, days in (
        ("ended", "done", "fixed", 2), ("ended", "done", "fixed", 1), ("ended", "done", "unknown", 1),
        ("ended", "skipped", None, 1), ("ended", "done", "worse", 31), ("judging", None, None, 0),
    ):  # fmt: skip
        await hub.fetch(
            """
            INSERT INTO runbook_runs (runbook_id, runbook_name, version, definition, sha256, agent_id, cause, state,
                requested_by, created_at, outcome, verdict)
            SELECT id, name, version, definition, sha256, $2, 'hand', $3, 'ann', now() - $6 * interval '1 day', $4, $5
            FROM runbooks WHERE id = $1
            """,
            runbook, agent, state, outcome, verdict, days,
        )  # fmt: skip
    listed = {one["id"]: one for one in (await client.get(RUNBOOKS)).json()["items"]}
    assert listed[runbook]["runs"] == {
        "open": 1, "outcomes": {"done": 3, "skipped": 1}, "verdicts": {"fixed": 2, "unknown": 1}
    }  # fmt: skip
    assert (listed[runbook]["last_run"]["state"], listed[runbook]["last_run"]["agent"]) == ("judging", agent)
    assert (listed[quiet]["runs"]["open"], listed[quiet]["last_run"]) == (0, None)
    assert (await client.get(f"{RUNBOOKS}/{runbook}")).json()["runs"] == listed[runbook]["runs"]
    assert (await client.delete(f"{RUNBOOKS}/{runbook}")).status_code == 204
    assert len(await hub.fetch("SELECT FROM runbook_runs WHERE runbook_id IS NULL")) == 6


async def test_there_are_only_so_many(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsentrix.api.runbooks.MAX_RUNBOOKS", 1)
    await made(client)
    assert (await client.post(RUNBOOKS, json={"yaml": COOL.replace("a window", "two")})).status_code == 409


async def test_what_may_not_be_meant_is_said_and_not_refused(hub: RunningHub, client: httpx.AsyncClient) -> None:
    async def warned(yaml: str) -> set[str]:
        return {one["path"] for one in (await parsed(client, yaml=yaml))["warnings"]}

    assert await warned(COOL) == {"triggers[0].alert", "expect", "on"}
    agent = await hub.enroll("kitchen", type="oven")
    await report(hub, agent, 31)
    assert await warned(COOL) == {"triggers[0].alert", "steps[0].action"}
    await client.post(RULES, json=HOT)
    async with machine(hub, agent):
        assert await warned(COOL) == set()
        assert await warned(COOL.replace("Too hot", "*h?t")) == set()
        at_once = COOL.replace(" for 30s", "")
        assert await warned(at_once + "within: 9s") == {"within"}
        assert await warned(at_once + "within: 10s") == set()
        slow = at_once.replace("room.", "systemd.")  # which agents ask less often
        assert await warned(slow + "within: 29s") == {"within", "expect"}
        assert await warned(slow + "within: 30s") == {"expect"}
        assert await warned(COOL + "on: type=oven") == set()
        assert await warned(COOL + "on: type=web") == {"on"}
        assert await warned(COOL.replace("service.restart", "service.start")) == {"steps[0].action"}
        assert await warned(COOL + "undo: [{action: made.up}]\nworse: room.smoke > 1") == {"undo[0].action", "worse"}
        assert await warned(COOL.replace("expect", "mode: automatic\nwhen")) == {"expect"}
        assert await warned(COOL.replace("triggers:\n  - alert: Too hot", "mode: approve")) == {"triggers"}
        daily = "schedule: FREQ=DAILY\n    starts: 2026-01-01T03:00\n    zone: UTC"
        scheduled = COOL.replace("alert: Too hot", daily).replace("unit: nginx", "unit: $label.unit")
        assert await warned(scheduled.replace("room.temperature < 25 for 30s", "alert resolved")) == {
            "triggers", "expect"
        }  # fmt: skip
