"""Alerts, incidents, quiet and dependencies over HTTP, for those who see all and for those who see some."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from opsentrix.model.rules import Severity
from opsentrix.model.stored_alerts import Alert, AlertState, NewRule, Transition
from opsentrix.model.users import Role, Scope
from opsentrix.storage import alert_rules, alerts

from packages.hub.tests.kit.hub import Enrolled, RunningHub
from packages.hub.tests.kit.story import fingerprint

ALERTS, INCIDENTS = "/api/v1/alerts", "/api/v1/incidents"
SILENCES, WINDOWS = "/api/v1/silences", "/api/v1/maintenance-windows"
PROD = Scope(environments=frozenset(("prod",)))
MATCH = [{"key": "agent", "op": "=", "value": "web-1"}]
NIGHTLY = {
    "name": "patches", "matchers": MATCH, "starts_local": "2026-03-01T02:30", "zone": "Europe/Berlin",
    "duration_s": 3600, "rrule": "FREQ=WEEKLY;BYDAY=SU",
}  # fmt: skip


@pytest.fixture
async def fleet(hub: RunningHub) -> dict[str, Enrolled]:
    return {
        "web": await hub.enroll("web-1", environment="prod"),
        "db": await hub.enroll("db-1", environment="secret-lab"),
    }


@pytest.fixture
async def rule(hub: RunningHub) -> int:
    async with hub.database.transaction() as connection:
        now = datetime.now(UTC)
        new = NewRule("High CPU", Severity.WARNING, {}, labels={"team": "ops"})
        return (await alert_rules.add(connection, new, "ann", now)).id


@pytest.fixture
async def operator(hub: RunningHub) -> AsyncIterator[httpx.AsyncClient]:
    async with hub.client(await hub.session(Role.OPERATOR, "olga", PROD)) as client:
        yield client


async def change(hub: RunningHub, rule: int, agent: Enrolled, after: AlertState = AlertState.FIRING) -> None:
    now = datetime.now(UTC)
    before = AlertState.INACTIVE if after is AlertState.FIRING else AlertState.FIRING
    alert = Alert(fingerprint(str(rule), agent.id), rule, 1, agent.id, {"cpu": "0"}, Severity.WARNING, after, now, 0.95)
    async with hub.database.transaction() as connection:
        await alerts.record(connection, [Transition(alert, before, now, 0.9)], now)
    await hub.hub.alarms.keeper.run_once(now)


async def test_alerts_are_listed_with_their_incident(
    hub: RunningHub, client: httpx.AsyncClient, fleet: dict[str, Enrolled], rule: int
) -> None:
    for agent in fleet.values():
        await change(hub, rule, agent)
    answer = (await client.get(ALERTS)).json()
    found = [(one["agent_name"], one["rule_name"], one["incident"], one["state"]) for one in answer["items"]]
    assert found == [("db-1", "High CPU", 2, "firing"), ("web-1", "High CPU", 1, "firing")]
    assert answer["total"] == 2
    first = (await client.get(f"{ALERTS}?limit=1")).json()
    second = (await client.get(ALERTS, params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert [one["agent_name"] for one in first["items"] + second["items"]] == ["db-1", "web-1"]
    assert second["next_cursor"] is None
    assert (await client.get(f"{ALERTS}?cursor=x")).status_code == 422
    assert (await client.get(f"{ALERTS}?severity=critical")).json()["total"] == 0
    assert (await client.get(f"{ALERTS}?agent={fleet['web'].id}")).json()["total"] == 1


async def test_an_alert_keeps_the_value_that_it_fired_with(
    hub: RunningHub, client: httpx.AsyncClient, fleet: dict[str, Enrolled], rule: int
) -> None:
    await change(hub, rule, fleet["web"])
    async with hub.database.transaction() as connection:
        (alert,) = await alerts.everyone(connection)
        await alerts.keep(connection, [replace(alert, value=None)], datetime.now(UTC))
    assert [one["value"] for one in (await client.get(ALERTS)).json()["items"]] == [0.95]


async def test_an_incident_from_alarm_to_post_mortem(
    hub: RunningHub, client: httpx.AsyncClient, fleet: dict[str, Enrolled], rule: int
) -> None:
    await change(hub, rule, fleet["web"])
    listed = (await client.get(f"{INCIDENTS}?state=open")).json()
    assert [(one["title"], one["alerts"], one["firing"]) for one in listed["items"]] == [("High CPU on web-1", 1, 1)]
    path = f"{INCIDENTS}/1"
    answer = await client.post(f"{path}/acknowledge", json={"until": time.time() + 3600})
    assert (answer.status_code, answer.json()["state"]) == (200, "acknowledged")
    for verb, body in (("assign", {"assignee": "admin"}), ("comments", {"text": "on it"}), ("unacknowledge", None)):
        assert (await client.post(f"{path}/{verb}", json=body)).status_code == 200, verb
    assert (await client.put(f"{path}/notes", json={"text": "cron"})).json()["notes"] == "cron"
    resolved = (await client.post(f"{path}/resolve", json={"reason": "fixed"})).json()
    assert (resolved["state"], resolved["assignee"]) == ("resolved", "admin")
    assert (await client.post(f"{path}/resolve", json={})).status_code == 409
    assert (await client.post(f"{path}/reopen")).json()["state"] == "open"
    kinds = [one["kind"] for one in (await client.get(path)).json()["timeline"]]
    assert kinds == [
        "opened", "acknowledged", "assigned", "comment", "unacknowledged", "notes", "resolved", "not_told", "reopened",
    ]  # fmt: skip
    page = (await client.get(f"{path}?limit=2")).json()
    assert [one["kind"] for one in page["timeline"]] == ["not_told", "reopened"]
    assert page["earlier"] == page["timeline"][0]["id"]
    audited = (await client.get("/api/v1/audit?target=incident:1")).json()["items"]
    assert len(audited) == 7
    assert (audited[-1]["before"]["state"], audited[-1]["after"]["state"]) == ("open", "acknowledged")


async def test_incidents_are_found_by_text(
    hub: RunningHub, client: httpx.AsyncClient, operator: httpx.AsyncClient, fleet: dict[str, Enrolled], rule: int
) -> None:
    for agent in fleet.values():
        await change(hub, rule, agent)
    for text, found in (("DB-1", [2]), ("high cpu on", [2, 1]), ("%", []), ("web", [1])):
        listed = (await client.get(INCIDENTS, params={"q": text})).json()
        assert ([one["id"] for one in listed["items"]], listed["total"]) == (found, len(found)), text
    assert [one["agents"] for one in listed["items"]] == [1]
    await client.post(f"{INCIDENTS}/1/merge", json={"incidents": [2]})
    assert (await client.get(f"{INCIDENTS}/1")).json()["agents"] == 2
    # Who does not see db-1 does not learn from a search that it is in the incident.
    assert (await operator.get(INCIDENTS, params={"q": "db-1"})).json()["total"] == 0
    assert (await operator.get(INCIDENTS, params={"q": "web-1"})).json()["total"] == 1


async def test_notes_that_somebody_else_changed_are_not_lost(
    hub: RunningHub, client: httpx.AsyncClient, fleet: dict[str, Enrolled], rule: int
) -> None:
    await change(hub, rule, fleet["web"])
    path = f"{INCIDENTS}/1/notes"
    assert (await client.put(path, json={"text": "cron", "based_on": ""})).status_code == 200
    assert (await client.put(path, json={"text": "disk", "based_on": ""})).status_code == 409
    assert (await client.put(path, json={"text": "cron and disk", "based_on": "cron"})).status_code == 200
    assert (await client.get(f"{INCIDENTS}/1")).json()["notes"] == "cron and disk"


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("acknowledge", {"until": 1}, 422),
        ("acknowledge", {"until": 32_000_000_000}, 422),
        ("acknowledge", {}, 422),
        ("assign", {"assignee": "nobody-known"}, 404),
        ("comments", {"text": ""}, 422),
        ("comments", {"text": "x" * 20_001}, 422),
        ("comments", {"text": "a\0b"}, 422),
        ("merge", {"incidents": [1]}, 409),
        ("merge", {"incidents": [77]}, 404),
        ("merge", {"incidents": []}, 422),
        ("unacknowledge", None, 409),
        ("reopen", None, 409),
    ],
)
async def test_acts_that_make_no_sense_are_refused(
    verb: str, body: dict[str, object] | None, status: int, hub: RunningHub, client: httpx.AsyncClient,
    fleet: dict[str, Enrolled], rule: int,
) -> None:  # fmt: skip
    await change(hub, rule, fleet["web"])
    answer = await client.post(f"{INCIDENTS}/1/{verb}", json=body)
    assert answer.status_code == status, answer.text
    assert (await client.get(f"{INCIDENTS}/1")).json()["state"] == "open"


async def test_who_sees_some_agents_sees_their_part(
    hub: RunningHub, client: httpx.AsyncClient, operator: httpx.AsyncClient, fleet: dict[str, Enrolled], rule: int
) -> None:
    await change(hub, rule, fleet["db"])
    assert (await operator.get(INCIDENTS)).json()["total"] == 0
    assert (await operator.get(f"{INCIDENTS}/1")).status_code == 404
    assert (await operator.post(f"{INCIDENTS}/1/resolve", json={})).status_code == 404
    await change(hub, rule, fleet["web"])
    assert (await client.post(f"{INCIDENTS}/1/merge", json={"incidents": [2]})).status_code == 200
    titles = [one["title"] for one in (await client.get(INCIDENTS)).json()["items"]]
    assert titles == ["High CPU on web-1", "High CPU on db-1 and 1 more"]
    for path in (ALERTS, INCIDENTS, f"{INCIDENTS}/1"):
        text = (await operator.get(path)).text
        assert "web-1" in text, path
        assert "db-1" not in text, path
        assert "secret-lab" not in text, path
    detail = (await operator.get(f"{INCIDENTS}/1")).json()
    assert (detail["title"], detail["alerts"], len(detail["members"])) == ("High CPU on web-1", 1, 1)
    assert (await operator.post(f"{INCIDENTS}/1/resolve", json={})).status_code == 403
    assert (await operator.post(f"{INCIDENTS}/1/comments", json={"text": "hm"})).status_code == 200
    assert (await operator.get(f"{INCIDENTS}?agent={fleet['db'].id}")).status_code == 404


async def test_a_silence_is_made_and_ended(
    hub: RunningHub, client: httpx.AsyncClient, fleet: dict[str, Enrolled], rule: int
) -> None:
    body = {"matchers": MATCH, "ends_at": time.time() + 600, "comment": "reboot"}
    made = await client.post(SILENCES, json=body)
    assert (made.status_code, made.json()["active"]) == (201, True)
    await change(hub, rule, fleet["web"])
    member = (await client.get(f"{INCIDENTS}/1")).json()["members"][0]
    assert member["quiet"] == "silence 1"
    assert (await client.get(ALERTS)).json()["items"][0]["quiet"] == "silence 1"
    longer = await client.patch(f"{SILENCES}/1", json={"ends_at": time.time() + 7200})
    assert datetime.fromisoformat(longer.json()["ends_at"]).timestamp() > time.time() + 7000
    assert (await client.patch(f"{SILENCES}/1", json={"ends_at": time.time() - 5})).status_code == 422
    assert (await client.patch(f"{SILENCES}/2", json={"ends_at": time.time() + 60})).status_code == 404
    assert (await client.delete(f"{SILENCES}/1")).status_code == 204
    await hub.hub.alarms.keeper.run_once(datetime.now(UTC))
    assert (await client.get(f"{INCIDENTS}/1")).json()["members"][0]["quiet"] == ""
    assert (await client.delete(f"{SILENCES}/1")).status_code == 409
    assert (await client.patch(f"{SILENCES}/1", json={"ends_at": time.time() + 60})).status_code == 409
    assert (await client.get(SILENCES)).json()["items"] == []
    ended = (await client.get(f"{SILENCES}?ended=true")).json()["items"]
    assert (len(ended), ended[0]["active"]) == (1, False)


@pytest.mark.parametrize(
    "fields",
    [
        {"ends_at": 1},
        {"ends_at": time.time() + 400 * 86_400},
        {"matchers": []},
        {"matchers": [{"key": "nonsense", "op": "=", "value": "x"}]},
        {"matchers": [{"key": "label.", "op": "=", "value": "x"}]},
        {"matchers": [{"key": "agent", "op": "=~", "value": ".*"}]},
        {"matchers": MATCH * 21},
        {"comment": ""},
        {"starts_at": time.time() + 300 * 86_400},
    ],
)
async def test_silences_that_are_none(fields: dict[str, object], client: httpx.AsyncClient) -> None:
    body = {"matchers": MATCH, "ends_at": time.time() + 600, "comment": "reboot", **fields}
    assert (await client.post(SILENCES, json=body)).status_code == 422


async def test_quiet_of_somebody_with_a_scope(
    client: httpx.AsyncClient, operator: httpx.AsyncClient, fleet: dict[str, Enrolled]
) -> None:
    everything = [{"key": "agent", "op": "~", "value": "*"}]
    ends = {"ends_at": time.time() + 600, "comment": "c"}
    assert (await operator.post(SILENCES, json={"matchers": everything, **ends})).json()["within"] == [
        {"environments": ["prod"], "tags": []}
    ]
    hidden = [{"key": "environment", "op": "=", "value": "secret-lab"}]
    but = [{"key": "environment", "op": "!=", "value": "secret-lab"}]
    for matchers in (hidden, but):
        assert (await client.post(SILENCES, json={"matchers": matchers, **ends})).status_code == 201
        assert (await client.post(WINDOWS, json={**NIGHTLY, "matchers": matchers})).status_code == 201
    for path, seen in ((SILENCES, [3, 1]), (WINDOWS, [2])):
        answer = await operator.get(path)
        assert [one["id"] for one in answer.json()["items"]] == seen
        assert "secret-lab" not in answer.text
    for path, status in ((f"{SILENCES}/2", 404), (f"{SILENCES}/3", 403), (f"{SILENCES}/1", 204), (f"{WINDOWS}/1", 404),
                         (f"{WINDOWS}/2", 403)):  # fmt: skip
        assert (await operator.delete(path)).status_code == status, path


async def test_whom_a_silence_would_keep_quiet(
    hub: RunningHub, client: httpx.AsyncClient, operator: httpx.AsyncClient, fleet: dict[str, Enrolled], rule: int
) -> None:
    for agent in fleet.values():
        await change(hub, rule, agent)
    path = f"{SILENCES}/preview"
    everything = {"matchers": [{"key": "agent", "op": "~", "value": "*"}]}
    assert (await client.post(path, json=everything)).json() == {"agents": 2, "names": ["db-1", "web-1"], "alerts": 2}
    assert (await operator.post(path, json=everything)).json() == {"agents": 1, "names": ["web-1"], "alerts": 1}
    severe = {"matchers": [*MATCH, {"key": "severity", "op": "=", "value": "critical"}]}
    assert (await client.post(path, json=severe)).json() == {"agents": 1, "names": ["web-1"], "alerts": 0}
    assert (await client.post(path, json={"matchers": []})).status_code == 422
    assert (await client.get(f"{SILENCES}?ended=true")).json()["items"] == []


async def test_a_window_is_previewed_across_a_change_of_the_clocks(client: httpx.AsyncClient) -> None:
    times = {"starts_local": "2999-03-24T02:30", "zone": "Europe/Berlin", "duration_s": 3600, "rrule": "FREQ=WEEKLY"}
    upcoming = (await client.post(f"{WINDOWS}/preview", json=times)).json()["upcoming"]
    # 02:30 on the day that skips it takes the offset before the gap; a week later it is an hour less of UTC.
    assert [one["begins_at"] for one in upcoming[:3]] == [
        "2999-03-24T01:30:00Z", "2999-03-31T01:30:00Z", "2999-04-07T00:30:00Z",
    ]  # fmt: skip
    assert (await client.post(f"{WINDOWS}/preview", json={**times, "rrule": "FREQ=SECONDLY"})).status_code == 422
    assert (await client.get(WINDOWS)).json()["items"] == []


async def test_a_window_tells_when_it_comes_and_what_is_being_worked_on(
    client: httpx.AsyncClient, fleet: dict[str, Enrolled]
) -> None:
    made = (await client.post(WINDOWS, json=NIGHTLY)).json()
    assert len(made["upcoming"]) == 5
    local = datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat()
    now = {**NIGHTLY, "starts_local": local, "zone": "UTC", "rrule": ""}
    agent = f"/api/v1/agents/{fleet['web'].id}"
    before = (await client.get(agent)).json()
    changed = (await client.put(f"{WINDOWS}/1", json=now)).json()
    assert (changed["upcoming"], changed["rrule"]) == ([], "")
    after = (await client.get(agent)).json()
    assert before["maintenance_until"] is None
    assert datetime.fromisoformat(after["maintenance_until"]) == datetime.fromisoformat(changed["active_until"])
    assert after["status"] == before["status"]
    assert (await client.get(f"/api/v1/agents/{fleet['db'].id}")).json()["maintenance_until"] is None
    assert (await client.delete(f"{WINDOWS}/1")).status_code == 204
    assert (await client.get(agent)).json()["maintenance_until"] is None
    assert (await client.get(WINDOWS)).json()["items"] == []


@pytest.mark.parametrize(
    "fields",
    [
        {"rrule": "FREQ=SECONDLY"},
        {"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"},
        {"rrule": "FREQ=DAILY;" + "X" * 600},
        {"zone": "Mars/Base"},
        {"zone": "../etc/passwd"},
        {"zone": ""},
        {"duration_s": 59},
        {"duration_s": 32 * 86_400},
        {"starts_local": "2026-03-01T02:30Z"},
        {"starts_local": "0001-01-01T00:00"},
        {"starts_local": "tomorrow"},
        {"name": ""},
        {"matchers": []},
    ],
)
async def test_windows_that_are_none(fields: dict[str, object], client: httpx.AsyncClient) -> None:
    assert (await client.post(WINDOWS, json={**NIGHTLY, **fields})).status_code == 422


async def test_dependencies_have_no_circle(
    client: httpx.AsyncClient, operator: httpx.AsyncClient, fleet: dict[str, Enrolled], hub: RunningHub
) -> None:
    web, db, gateway = fleet["web"].id, fleet["db"].id, (await hub.enroll("gw-1", environment="prod")).id
    path = "/api/v1/agents/{}/dependencies"
    assert (await client.put(path.format(web), json={"behind": [gateway, db]})).status_code == 200
    assert (await client.put(path.format(gateway), json={"behind": [db]})).status_code == 200
    circle = await client.put(path.format(db), json={"behind": [web]})
    assert (circle.status_code, circle.json()["detail"]) == (
        409, "That would be a circle: db-1 behind web-1 behind db-1.",
    )  # fmt: skip
    assert (await client.put(path.format(web), json={"behind": [web]})).status_code == 422
    assert (await client.put(path.format(web), json={"behind": [999]})).status_code == 404
    # Somebody who does not see db-1 neither sees nor changes that web-1 is behind it.
    seen = (await operator.put(path.format(web), json={"behind": []})).json()
    assert seen == {"behind": [], "ahead_of": []}
    assert [one["name"] for one in (await client.get(path.format(web))).json()["behind"]] == ["db-1"]
    assert (await operator.put(path.format(web), json={"behind": [db]})).status_code == 404


async def test_a_deleted_agent_ends_its_alerts(
    hub: RunningHub, client: httpx.AsyncClient, fleet: dict[str, Enrolled], rule: int
) -> None:
    await change(hub, rule, fleet["web"])
    assert (await client.delete(f"/api/v1/agents/{fleet['web'].id}")).status_code == 204
    assert (await client.get(ALERTS)).json()["total"] == 0
    await hub.hub.alarms.keeper.run_once(datetime.now(UTC))
    assert (await client.get(f"{INCIDENTS}/1")).json()["firing"] == 0


async def test_an_incident_tells_what_of_its_alerts_is_gone(
    hub: RunningHub, client: httpx.AsyncClient, fleet: dict[str, Enrolled], rule: int
) -> None:
    async def gone() -> list[tuple[str, bool, bool]]:
        members = (await client.get(f"{INCIDENTS}/1")).json()["members"]
        return [(one["agent_name"], one["rule_deleted"], one["agent_deleted"]) for one in members]

    await change(hub, rule, fleet["web"])
    assert await gone() == [("web-1", False, False)]
    assert (await client.delete(f"/api/v1/agents/{fleet['web'].id}")).status_code == 204
    assert await gone() == [("web-1", False, True)]
    async with hub.database.transaction() as connection:
        assert await alert_rules.remove(connection, rule)
    assert await gone() == [("web-1", True, True)]


async def test_browsers_hear_of_incidents_that_concern_them(
    hub: RunningHub, fleet: dict[str, Enrolled], rule: int
) -> None:
    async with hub.browser(await hub.session(Role.VIEWER, scope=PROD)) as browser:
        await change(hub, rule, fleet["db"])
        await change(hub, rule, fleet["web"])
        assert (await browser.event("incident")).data == {"id": 2}
