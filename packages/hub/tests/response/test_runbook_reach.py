"""Who sees runs, what browsers hear of them, and commands that are given from an incident."""

import httpx
from opsentrix.model.users import Role, Scope

from packages.hub.tests.kit.hub import Enrolled, RunningHub, until
from packages.hub.tests.kit.operators import give, machine, restart
from packages.hub.tests.kit.patient import RUNBOOKS, RUNS, cures, ended, made, patient, run

LAB = Scope(environments=frozenset(("lab",)))


async def test_browsers_hear_how_a_run_goes_on_if_they_see_its_machine(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    runbook = await made(client, mode="suggest", expect=None)
    stranger = await hub.session(Role.OPERATOR, scope=LAB)
    async with (
        patient(hub, enrolled, cures) as one,
        hub.browser(await hub.session(Role.VIEWER)) as browser,
        hub.browser(stranger) as other,
        hub.client(stranger) as outside,
    ):
        one.values.clear()
        number = await run(client, runbook, one.id)
        assert await browser.ask("watch_runbook_run", {"run": number}) == {"ok": True}
        assert (await other.ask("watch_runbook_run", {"run": number}))["ok"] is False
        assert (await browser.ask("watch_runbook_run", {"run": "1"}))["ok"] is False
        told = await ended(client, number)
        assert (told["outcome"], told["verdict"]) == ("done", None)
        assert await browser.ask("unwatch_runbook_run", {"run": number}) == {"ok": True}
        assert (await outside.get(f"{RUNS}/{number}")).status_code == 404
        assert (await outside.get(RUNS)).json() == {"items": [], "next": None, "total": 0}
        for verb in ("approve", "decline", "cancel"):
            assert (await outside.post(f"{RUNS}/{number}/{verb}", json={})).status_code == 404
            assert (await client.post(f"{RUNS}/{number}/{verb}", json={})).status_code == 409
        assert (await outside.post(f"{RUNBOOKS}/{runbook}/run", json={"agents": [one.id]})).status_code == 403


async def test_labels_that_are_needed_have_to_be_given(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    steps = [{"action": "service.restart", "params": {"unit": "$label.unit"}}]
    runbook = await made(client, steps=steps, expect=None)
    async with patient(hub, enrolled, cures) as one:
        answer = await client.post(f"{RUNBOOKS}/{runbook}/run", json={"agents": [one.id]})
        assert answer.status_code == 422
        assert "unit" in answer.text
        told = await ended(client, await run(client, runbook, one.id, labels={"unit": "nginx"}))
        assert (told["outcome"], told["steps"][0]["params"]) == ("done", {"unit": "nginx"})


async def test_a_schedule_starts_it_once(hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    daily = {"schedule": "FREQ=DAILY", "starts": "2026-01-01T03:00", "zone": "Europe/Berlin"}
    runbook = await made(client, triggers=[daily], expect=None)
    async with patient(hub, enrolled, cures) as one:
        await hub.fetch("UPDATE runbooks SET next_at = now() - interval '1 minute' RETURNING id")
        await until(lambda: bool(one.done))
        shown = (await client.get(f"{RUNBOOKS}/{runbook}")).json()
        assert shown["next_at"] is not None
        await hub.fetch("UPDATE runbooks SET next_at = now() - interval '1 hour' RETURNING id")
        await until(lambda: _planned(hub))
        [told] = (await client.get(RUNS)).json()["items"]
        assert (told["cause"], one.done) == ("schedule", ["service.restart"])


async def _planned(hub: RunningHub) -> bool:
    return bool(await hub.fetch("SELECT FROM runbooks WHERE next_at > now()"))


async def test_a_command_from_an_incident_is_in_its_timeline(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    rule = {"name": "App down", "expression": "app.alive < 1", "severity": "critical"}
    assert (await client.post("/api/v1/alert-rules", json=rule)).status_code == 201
    async with patient(hub, enrolled, cures) as one:
        await until(lambda: _opened(hub))
        incident = (await client.get("/api/v1/incidents")).json()["items"][0]["id"]
        number = await give(client, restart(one.id, incident=incident))
        await until(lambda: bool(one.done))
        command = (await client.get(f"/api/v1/commands/{number}")).json()
        assert (command["incident"], command["runbook_run"]) == (incident, None)
        await until(lambda: _lines(hub, 2))
        timeline = (await client.get(f"/api/v1/incidents/{incident}")).json()["timeline"]
        lines = [line["text"] for line in timeline if line["kind"] == "command"]
        assert lines == [
            f"command {number}: service.restart on web-1", f"command {number}: service.restart on web-1 succeeded",
        ]  # fmt: skip


async def test_an_incident_that_is_not_there_takes_no_command(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled) as one:
        answer = await client.post("/api/v1/commands", json=restart(one.id, incident=77))
        assert answer.status_code == 404


async def _opened(hub: RunningHub) -> bool:
    return bool(await hub.fetch("SELECT FROM incidents WHERE id > 0"))


async def _lines(hub: RunningHub, count: int) -> bool:
    return len(await hub.fetch("SELECT FROM incident_events WHERE kind = 'command'")) >= count
