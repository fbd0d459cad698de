"""What starts runs of runbooks, who decides, what they may, and what is told of them, on a real hub."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from opsentrix.model.users import Role
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.hub import Enrolled, RunningHub, running, until
from packages.hub.tests.kit.operators import Status
from packages.hub.tests.kit.patient import ALIVE, RUNBOOKS, RUNS, cures, ended, made, patient, run, shown

RULE = {"name": "App down", "expression": f"{ALIVE} < 1", "severity": "critical", "labels": {"unit": "nginx"}}
ON_ALERT = {"triggers": [{"alert": "App *"}]}


async def rule(client: httpx.AsyncClient, **change: object) -> None:
    answer = await client.post("/api/v1/alert-rules", json={**RULE, **change})
    assert answer.status_code == 201, answer.text


async def runs(client: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    """Return the runs, the oldest first."""
    answer = await client.get(f"{RUNS}?limit=200{query}")
    assert answer.status_code == 200, answer.text
    return list(reversed(answer.json()["items"]))


async def until_runs(client: httpx.AsyncClient, count: int) -> list[dict[str, Any]]:
    """Wait until so many runs have ended and return them."""

    async def reached() -> bool:
        return len([one for one in await runs(client) if one["state"] == "ended"]) >= count

    await until(reached)
    return await runs(client)


async def test_an_alert_starts_it_with_its_labels_and_the_incident_tells_of_each_step(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    steps = [{"action": "service.restart", "params": {"unit": "$label.unit"}}]
    await made(client, **ON_ALERT, steps=steps, expect="alert resolved")
    await rule(client)
    async with patient(hub, enrolled, cures) as machine:
        [told] = await until_runs(client, 1)
        assert (told["cause"], told["outcome"], told["verdict"]) == ("alert", "done", "fixed"), told
        assert machine.commands[0].params_json == '{"unit":"nginx"}'
        assert told["incident"] is not None
        incident = (await client.get(f"/api/v1/incidents/{told['incident']}")).json()
        lines = [one["text"].partition(") ")[2] for one in incident["timeline"] if one["kind"] == "runbook"]
        assert lines == ["began", "step 1 (service.restart) succeeded", "verdict: fixed", "ended"]
        marks = await client.get(f"/api/v1/agents/{machine.id}/annotations?start=0&end=4000000000")
        [mark] = marks.json()["items"]
        assert (mark["kind"], mark["verdict"], mark["link"]) == ("run", "fixed", f"/runbook-runs/{told['id']}")
        command = (await client.get("/api/v1/commands")).json()["items"][0]
        assert command["runbook_run"] == told["id"]


async def test_a_crash_loop_is_stopped_at_k_and_told_as_the_hubs_own_alert(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    runbook = await made(client, **ON_ALERT, breaker={"after": 2, "within": "1h"}, within="10s")
    await rule(client)
    async with patient(hub, enrolled, cures) as machine:
        for count in (1, 2, 3):
            found = await until_runs(client, count)
            machine.values[ALIVE] = 0.0  # it is over for a moment, and then it is down again
        assert [one["verdict"] for one in found] == ["fixed", "fixed", None]
        assert (found[2]["outcome"], len(machine.done)) == ("skipped", 2)
        breaker = (await client.get(f"{RUNBOOKS}/{runbook}")).json()["breaker"]
        assert breaker["open"]
        assert "2 runs began on one machine within 1h" in breaker["why"]
        actions = [row["action"] for row in await hub.fetch("SELECT action FROM audit_log ORDER BY number")]
        assert actions.count("runbook.stop") == 1
        await until(lambda: _alarmed(hub, "Hub: runbook stopped itself"))
        assert (await client.post(f"{RUNBOOKS}/{runbook}/breaker/close", json={})).status_code == 200


async def _alarmed(hub: RunningHub, name: str) -> bool:
    return bool(await hub.fetch("SELECT FROM alert_events WHERE rule_name = $1 AND after = 'firing'", name))


async def test_runs_that_do_not_help_open_the_breaker(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    runbook = await made(client, **ON_ALERT, breaker={"after": 1, "within": "1h"})
    await rule(client)
    async with patient(hub, enrolled, lambda _one, _command: Status.STATUS_FAILED) as machine:
        [told] = await until_runs(client, 1)
        assert (told["outcome"], told["verdict"]) == ("step_failed", "not_fixed")
        machine.values[ALIVE] = 1.0
        assert (await client.get(f"{RUNBOOKS}/{runbook}")).json()["breaker"]["open"]


async def test_a_suggestion_waits_for_a_person_whose_rights_it_takes(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    await made(client, **ON_ALERT, mode="suggest")
    await rule(client)
    cookie = await hub.session(Role.OPERATOR, "olga")
    async with patient(hub, enrolled, cures) as machine, hub.client(cookie) as olga:
        await until(lambda: _some(client))
        [told] = await runs(client)
        assert (told["state"], machine.done) == ("suggested", [])
        assert (await olga.post(f"{RUNS}/{told['id']}/approve", json={"reason": "yes"})).status_code == 204
        told = await ended(client, told["id"])
        assert (told["verdict"], told["decided_by"], told["requested_by"]) == ("fixed", "olga", "olga")
        assert (await olga.post(f"{RUNS}/{told['id']}/decline", json={})).status_code == 409


async def _some(client: httpx.AsyncClient) -> bool:
    return bool(await runs(client))


async def test_a_person_cancels_a_run_with_its_command(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    runbook = await made(client)
    async with patient(hub, enrolled, lambda _one, _command: None) as machine:
        number = await run(client, runbook, machine.id)
        await until(lambda: bool(machine.done))
        assert (await client.post(f"{RUNS}/{number}/cancel", json={})).status_code == 204
        told = await shown(client, number)
        assert (told["outcome"], told["verdict"]) == ("cancelled", "unknown")
        command = (await client.get(f"/api/v1/commands/{told['steps'][0]['command']}")).json()
        assert command["state"] == "cancelled"


async def test_who_lost_the_right_does_nothing_more_by_itself(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    cookie = await hub.session(Role.ADMIN, "anna")
    async with hub.client(cookie) as anna:
        await made(anna, **ON_ALERT)
    await hub.fetch("UPDATE users SET role = 'operator' WHERE username = 'anna' RETURNING id")
    await rule(client)
    async with patient(hub, enrolled, cures) as machine:
        [told] = await until_runs(client, 1)
        assert (told["outcome"], machine.done) == ("skipped", [])
        assert "no admin" in told["note"]


async def test_what_a_machine_would_refuse_is_not_begun(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    runbook = await made(client, steps=[{"action": "service.restart", "params": {"unit": "gno"}}])
    async with patient(hub, enrolled, cures) as machine:
        told = await ended(client, await run(client, runbook, machine.id))
        assert told["outcome"] == "skipped"
        assert "does not list the unit gno" in told["note"]
        again = await client.post(f"{RUNBOOKS}/{runbook}/run", json={"agents": [9999]})
        assert again.status_code == 404


async def test_a_clock_that_is_ahead_lets_no_sample_of_before_count(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    runbook = await made(client)
    async with patient(hub, enrolled, cures, ahead_s=20.0) as machine:
        told = await ended(client, await run(client, runbook, machine.id))
        assert told["verdict"] == "fixed"
        sampled = pb.Command.FromString(machine.commands[0].SerializeToString()).issued_ms / 1000 + 20.0
        [expect] = [one for one in told["checks"] if one["name"] == "expect"]
        assert _seconds(expect["evidence"]["series"][0]["at"]) > sampled + 1.0


def _seconds(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()


async def test_a_standing_approval_goes_with_the_command_of_its_runbook_version(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    runbook = await made(client)
    version = (await client.get(f"{RUNBOOKS}/{runbook}")).json()["sha256"]
    approvals = [
        pb.StandingApproval(id=name, agent_ids=[enrolled.id], runbook=str(runbook), action="service.restart",
                            runbook_sha256=bytes.fromhex(sha)).SerializeToString()
        for name, sha in (("right", version), ("other", "00" * 32))
    ]  # fmt: skip
    for name, message in zip(("right", "other"), approvals, strict=True):
        await hub.fetch(
            """
            INSERT INTO standing_approvals VALUES ($1, $2, 'service.restart', '{"unit":"nginx"}', $3, $4, NULL, 'ana',
                now(), now() + interval '1 day') RETURNING id
            """,
            name, str(runbook), [enrolled.id], message,
        )  # fmt: skip
    async with patient(hub, enrolled, cures) as machine:
        await ended(client, await run(client, runbook, machine.id))
        assert machine.commands[0].approval.id == "right"


@contextlib.asynccontextmanager
async def _again(hub: RunningHub, dsn: str, folder: Path, agent: Enrolled, cookie: str) -> AsyncIterator[Any]:
    """Run another hub process on the same database."""
    async with (
        running(dsn, folder) as other,
        other.client(cookie) as client,
        patient(other, agent, cures) as machine,
    ):
        yield client, machine


async def test_a_hub_that_restarts_goes_on_where_it_was_and_gives_nothing_twice(dsn: str, tmp_path: Path) -> None:
    async with running(dsn, tmp_path) as hub:
        agent, cookie = await hub.enroll(), await hub.session()
        async with hub.client(cookie) as client, patient(hub, agent, lambda _one, _command: None) as machine:
            number = await run(client, await made(client, within="20s"), agent.id)
            await until(lambda: bool(machine.done))
            began = machine.commands[0]
    async with _again(hub, dsn, tmp_path, agent, cookie) as (client, machine):
        await asyncio.sleep(0)
        machine.values[ALIVE] = 1.0
        result = pb.CommandResult(command_id=began.id, status=Status.STATUS_SUCCEEDED, started_ms=machine.now_ms())
        result.duration_ms = 1
        await machine._agent.send(command_result=result)
        told = await ended(client, number)
        assert (told["verdict"], len([one for one in told["steps"] if one["command"]])) == ("fixed", 1)
        assert all(one == began for one in machine.commands)
