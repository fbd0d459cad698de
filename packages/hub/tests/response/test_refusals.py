"""Who may not give a command, and which commands nobody may give."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from opsentrix.model.users import Role, Scope

from packages.hub.tests.kit.hub import Enrolled, RunningHub, running
from packages.hub.tests.kit.operators import (
    COMMANDS,
    RESTART,
    STATUS,
    give,
    machine,
    policy_state,
    read,
    restart,
    states,
    until_states,
)
from packages.hub.tests.kit.people import age_proof

LAB = Scope(environments=frozenset(("lab",)))
PROOF = "urn:opsentrix:problem:confirmation-needed"


def status_of(*agents: int, **more: object) -> dict[str, Any]:
    return {"agents": list(agents), "action": "service.status", "params": {"unit": "nginx"}, **more}


@pytest.mark.parametrize("change", [
    {"agents": []}, {"agents": [0]}, {"agents": None}, {"selector": {}}, {"action": "Service"}, {"action": "a.b.c"},
    {"action": "x;rm"}, {"params": {"unit": None}}, {"params": {"unit": ["a"]}}, {"params": {"unit": 1.5}},
    {"params": {"u nit": "a"}}, {"params": {"unit": "a\nb"}}, {"params": {"unit": "a\0b"}}, {"params": {"n": 2**63}},
    {"params": {"unit": "x" * 4097}}, {"params": {f"p{one}": "x" for one in range(33)}},
    {"params": {f"p{one}": "x" * 4000 for one in range(5)}}, {"timeout_s": -1}, {"timeout_s": 3601},
    {"timeout_s": "10"}, {"expires_s": 9}, {"expires_s": 86_401}, {"reason": "a\nb"}, {"reason": "x" * 257},
    {"batch": {"size": 0}}, {"batch": {"size": 1, "pause_s": -1}}, {"batch": {"size": 1, "stop_after": -1}},
    {"batch": {}}, {"approval": "yes"}, {"key_id": "zz"}, {"key_id": "00" * 8}, {"signatures": [{}]},
    {"signatures": []},
])  # fmt: skip
async def test_what_is_not_valid_is_refused(
    change: dict[str, Any], hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled) as web:
        answer = await client.post(COMMANDS, json=restart(web.id) | change)
        assert answer.status_code == 422, answer.text
        await web.agent.quiet(0.05)
    assert not await hub.fetch("SELECT FROM commands")


@pytest.mark.parametrize("params", [
    {}, {"unit": "apache"}, {"unit": "nginx", "more": 1}, {"unit": 7}, {"unit": ""}, {"unit": "x" * 129},
    {"unit": "nginx;reboot"},
])  # fmt: skip
async def test_what_no_machine_would_run_is_refused_with_the_reason(
    params: dict[str, Any], hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled):
        answer = await client.post(COMMANDS, json=restart(enrolled.id, params=params))
    assert answer.status_code == 409, answer.text
    assert answer.json()["detail"].startswith("No machine would run it. web-1: ")


async def test_an_agent_that_never_told_a_policy_runs_nothing(client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    answer = await client.post(COMMANDS, json=restart(enrolled.id))
    assert (answer.status_code, "Its owner allows no actions." in answer.text) == (409, True)


async def test_the_preview_names_each_machine_and_begins_nothing(hub: RunningHub, client: httpx.AsyncClient) -> None:
    there, away, no = [await hub.enroll(name, environment="lab") for name in ("there", "away", "no")]
    async with machine(hub, away):
        pass
    async with machine(hub, there) as one, machine(hub, no, policy_state({"service.status": STATUS})) as two:
        body = {"selector": {"environment": ["lab"]}, "action": "service.restart", "params": {"unit": "nginx"}}
        answer = await client.post(f"{COMMANDS}/preview", json=body)
        assert answer.status_code == 200, answer.text
        shown = answer.json()
        assert [each["name"] for each in shown["would_run"]] == ["there"]
        assert [each["name"] for each in shown["away"]] == ["away"]
        [refusing] = shown["would_refuse"]
        assert (refusing["name"], refusing["refusal"]) == ("no", "Its policy does not allow service.restart.")
        assert (shown["effect"], shown["proof"], shown["approval"]) == ("disrupts", True, "")
        await one.agent.receive("command_expected")  # it may make ready, and that is all
        await one.agent.quiet(0.05)
        await two.agent.quiet(0.05)
    assert not await hub.fetch("SELECT FROM commands")


async def test_viewers_and_tokens_without_the_permission_run_nothing(hub: RunningHub, enrolled: Enrolled) -> None:
    cookie = await hub.session()
    clients = [
        hub.client(await hub.session(Role.VIEWER)),
        hub.bearing(await hub.api_token(cookie, role="admin", permissions=["read"])),
        hub.bearing(await hub.api_token(cookie, role="admin", permissions=["agents:write"])),
        hub.bearing(await hub.api_token(cookie, role="admin", permissions=["respond:read"])),
        hub.bearing(await hub.api_token(cookie, role="viewer", permissions=["respond:write"])),
        hub.bearing(await hub.api_token(cookie, role="admin")),
    ]
    async with machine(hub, enrolled) as web:
        for client in clients:
            async with client:
                answer = await client.post(COMMANDS, json=status_of(web.id))
                assert answer.status_code == 403, answer.text
        await web.agent.quiet(0.05)
        async with hub.bearing(await hub.api_token(cookie, role="operator", permissions=["respond:write"])) as client:
            await give(client, restart(web.id))
            assert (await web.command()).by


async def test_machines_beyond_the_scope_do_not_exist(hub: RunningHub, client: httpx.AsyncClient) -> None:
    inside, outside = await hub.enroll("in", environment="lab"), await hub.enroll("out", environment="prod")
    async with machine(hub, inside) as one, machine(hub, outside) as two:
        number = await give(client, status_of(inside.id, outside.id))
        await one.writes(await one.command(), 1, b"mine")
        await two.writes(await two.command(), 1, b"theirs")
        hidden = await give(client, status_of(outside.id))
        await two.command()
        async with hub.client(await hub.session(Role.OPERATOR, scope=LAB)) as some:
            assert (await some.post(COMMANDS, json=status_of(inside.id, outside.id))).status_code == 404
            shown = await read(some, number)
            assert ([each["agent"] for each in shown["items"]], shown["runs"]) == ([inside.id], {"running": 1})
            [listed] = (await some.get(COMMANDS)).json()["items"]
            assert (listed["id"], listed["agents"]) == (number, ["in"])
            offered = await some.post(f"{COMMANDS}/actions", json={"agents": [inside.id]})
            assert {each["name"]: each["agents"] for each in offered.json()["items"]}["service.restart"] == 1
            both = await some.post(f"{COMMANDS}/actions", json={"agents": [inside.id, outside.id]})
            assert both.status_code == 404
            theirs = f"{number}/runs/{outside.id}"
            for path in (f"{hidden}", f"{hidden}/runs/{outside.id}/output", f"{theirs}/output", f"{theirs}/pieces"):
                assert (await some.get(f"{COMMANDS}/{path}")).status_code == 404, path
            assert (await some.post(f"{COMMANDS}/{hidden}/cancel")).status_code == 404
            assert (await some.post(f"{COMMANDS}/{number}/cancel")).status_code == 403
            mine = await some.get(f"{COMMANDS}/{number}/runs/{inside.id}/output")
            assert mine.text == "mine"
            selected = {"selector": {}, "action": "service.status", "params": {"unit": "nginx"}}
            preview = (await some.post(f"{COMMANDS}/preview", json=selected)).json()
            assert [each["name"] for each in preview["would_run"]] == ["in"]


async def test_what_changes_machines_needs_a_fresh_proof_and_reading_does_not(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled) as web:
        await age_proof(hub)
        answer = await client.post(COMMANDS, json=restart(web.id))
        assert (answer.status_code, answer.json()["type"]) == (403, PROOF)
        await give(client, status_of(web.id))
        assert (await web.command()).action == "service.status"


async def test_an_agent_is_not_believed_that_a_restart_only_reads(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled, policy_state({"service.restart": {**RESTART, "effect": "reads"}})):
        await age_proof(hub)
        answer = await client.post(COMMANDS, json=restart(enrolled.id))
        assert (answer.status_code, answer.json()["type"]) == (403, PROOF)


async def test_a_second_person_approves_and_nobody_else(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    own = await hub.api_token(await hub.session(), role="admin", permissions=["respond:write"])
    async with machine(hub, enrolled) as web:
        number = await give(client, restart(web.id, approval=True))
        await web.agent.quiet(0.2)
        assert (await read(client, number))["state"] == "awaiting_approval"
        assert (await client.post(f"{COMMANDS}/{number}/approve", json={})).status_code == 403
        async with hub.bearing(own) as token:
            assert (await token.post(f"{COMMANDS}/{number}/approve", json={})).status_code == 403
        async with hub.client(await hub.session(Role.VIEWER)) as viewer:
            assert (await viewer.post(f"{COMMANDS}/{number}/approve", json={})).status_code == 403
        async with hub.client(await hub.session(Role.OPERATOR, scope=LAB)) as beyond:
            assert (await beyond.post(f"{COMMANDS}/{number}/approve", json={})).status_code == 404
        async with hub.client(await hub.session(Role.OPERATOR, "ann")) as ann:
            await age_proof(hub)
            assert (await ann.post(f"{COMMANDS}/{number}/approve", json={})).status_code == 403
        await web.agent.quiet(0.2)
        async with hub.client(await hub.session(Role.OPERATOR, "bob")) as bob:
            answer = await bob.post(f"{COMMANDS}/{number}/approve", json={"reason": "go on"})
            assert answer.status_code == 204, answer.text
            await web.command()
            assert (await bob.post(f"{COMMANDS}/{number}/approve", json={})).status_code == 409
        assert (await read(client, number))["decided_by"] == "bob"
        row = (await hub.fetch("SELECT actor FROM audit_log WHERE action = 'command.approve'"))[0]
        assert row["actor"] == "user:bob"


async def test_what_was_rejected_is_never_sent(hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    async with machine(hub, enrolled) as web:
        number = await give(client, restart(web.id, approval=True))
        async with hub.client(await hub.session(Role.OPERATOR)) as other:
            assert (await other.post(f"{COMMANDS}/{number}/reject", json={"reason": "no"})).status_code == 204
            await until_states(client, number, "cancelled")
            assert (await other.post(f"{COMMANDS}/{number}/approve", json={})).status_code == 409
        await web.agent.quiet(0.2)
    assert (await read(client, number))["state"] == "rejected"


async def test_what_nobody_approves_in_time_is_never_sent(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled) as web:
        number = await give(client, restart(web.id, approval=True))
        await hub.fetch("UPDATE commands SET expires_at = now() - interval '1 second' RETURNING id")
        await until_states(client, number, "expired")
        await web.agent.quiet(0.2)
    assert (await read(client, number))["state"] == "expired"


async def test_the_hub_demands_approval_for_some_environments(dsn: str, tmp_path: Path) -> None:
    async with running(dsn, tmp_path, command_approval="prod, live") as hub, hub.client(await hub.session()) as client:
        lab, prod = await hub.enroll("a", environment="lab"), await hub.enroll("b", environment="prod")
        async with machine(hub, lab) as one, machine(hub, prod) as two:
            number = await give(client, restart(lab.id, prod.id))
            assert (await read(client, number))["state"] == "awaiting_approval"
            await give(client, status_of(prod.id))
            assert (await two.command()).action == "service.status"
            await give(client, restart(lab.id))
            assert (await one.command()).action == "service.restart"
            assert await states(client, number) == ["waiting", "waiting"]


@pytest.mark.parametrize(
    "change", ["UPDATE users SET disabled = true", "UPDATE users SET role = 'viewer'", "DELETE FROM users"]
)
async def test_who_loses_the_right_sends_nothing_more(
    change: str, hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    other = await hub.enroll("web-2")
    async with machine(hub, other):
        pass
    async with machine(hub, enrolled) as web:
        async with hub.client(await hub.session(Role.OPERATOR, "mallory")) as mallory:
            number = await give(mallory, restart(web.id, other.id))
            asked = await give(mallory, restart(web.id, approval=True))
        command = await web.command()
        await hub.fetch(f"{change} WHERE username = 'mallory' RETURNING id")
        await until_states(client, number, "sent", "cancelled")
        await until_states(client, asked, "cancelled")
        assert (await client.post(f"{COMMANDS}/{asked}/approve", json={})).status_code == 409
        async with machine(hub, other, told=False) as late:
            await late.agent.quiet(0.2)
        await web.ends(command)
        await until_states(client, number, "succeeded", "cancelled")
    assert (await read(client, number))["note"] == "Who asked for it may not give commands any more."


async def test_another_key_file_stops_commands_and_nothing_else(dsn: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    async with running(dsn, first) as hub:
        enrolled, cookie = await hub.enroll(), await hub.session()
        async with machine(hub, enrolled):
            pass
    async with running(dsn, second) as hub, hub.client(cookie) as client, machine(hub, enrolled) as web:
        answer = await client.post(COMMANDS, json=restart(web.id))
        assert (answer.status_code, "key file" in answer.text) == (503, True)
        assert (await client.get("/health")).status_code == 200
