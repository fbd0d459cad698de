"""A command's way from a person to an agent and back, on a real hub."""

import base64
import json
from pathlib import Path

import httpx
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured, running, until
from packages.hub.tests.kit.operators import (
    COMMANDS,
    Status,
    check_signature,
    give,
    machine,
    read,
    restart,
    states,
    until_states,
)

UNHEARD_OF = pb.CommandResult.FromString(b"\x10\x63").status
"""A status that no release has."""


async def output(client: httpx.AsyncClient, command: int, agent: int, query: str = "") -> httpx.Response:
    answer = await client.get(f"{COMMANDS}/{command}/runs/{agent}/output{query}")
    assert answer.status_code == 200, answer.text
    return answer


async def test_from_a_person_to_a_machine_and_back(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled) as web:
        number = await give(client, restart(web.id, reason="it hangs", timeout_s=20))
        command = await web.command()
        assert (command.action, command.agent_id, command.timeout_ms) == ("service.restart", web.id, 20_000)
        assert json.loads(command.params_json) == {"unit": "nginx"}
        assert 0 < command.expires_ms - command.issued_ms <= 3_600_000
        key = (await client.get("/api/v1/system/command-key")).json()
        check_signature(command, base64.b64decode(key["public_key"]))
        assert await states(client, number) == ["sent"]
        assert (await web.writes(command, 1)).output_seq == 1
        assert await states(client, number) == ["running"]
        assert (await web.writes(command, 2, b"restar")).output_seq == 2
        await web.writes(command, 3, b"a warning", stream=2)
        await web.writes(command, 4, b"ted \xc3\xa4")
        ack = await web.ends(command, exit_code=0, duration_ms=1234, output_bytes=22)
        assert (ack.result, ack.output_seq) == (True, 4)
        await until_states(client, number, "succeeded")
        shown = await read(client, number)
        assert (shown["state"], shown["runs"], shown["reason"]) == ("finished", {"succeeded": 1}, "it hangs")
        [listed] = (await client.get(COMMANDS)).json()["items"]
        assert listed["agents"] == shown["agents"] == [shown["items"][0]["name"]]
        [run] = shown["items"]
        assert (run["exit_code"], run["duration_ms"], run["output_truncated"]) == (0, 1234, False)
        assert (await output(client, number, web.id)).text == "restara warningted ä"
        assert (await output(client, number, web.id, "?stream=stderr")).text == "a warning"
        downloaded = await output(client, number, web.id, "?stream=stdout&download=true")
        assert downloaded.content == b"restarted \xc3\xa4"
        pieces = (await client.get(f"{COMMANDS}/{number}/runs/{web.id}/pieces")).json()
        told = [(one["stream"], base64.b64decode(one["data"])) for one in pieces["items"]]
        assert told == [("stdout", b"restar"), ("stderr", b"a warning"), ("stdout", b"ted \xc3\xa4")]
        assert pieces["seq"] == 4
        later = (await client.get(f"{COMMANDS}/{number}/runs/{web.id}/pieces?after=4")).json()
        assert later == {"items": [], "seq": 4}
        assert "attachment" in downloaded.headers["content-disposition"]


async def test_each_step_is_in_the_audit_log_and_output_is_not(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled) as web:
        number = await give(client, restart(web.id))
        command = await web.command()
        sent = await hub.fetch("SELECT action FROM audit_log WHERE target = $1 ORDER BY number", f"command:{number}")
        assert [row["action"] for row in sent] == ["command.create", "command.send"]
        await web.writes(command, 1, b"top-secret-output")
        await web.ends(command, Status.STATUS_FAILED, exit_code=5, error="It did not start.")
        await until_states(client, number, "failed")
        rows = await hub.fetch("SELECT * FROM audit_log WHERE target = $1 ORDER BY number", f"command:{number}")
        assert [row["action"] for row in rows][2:4] == ["command.result", "command.finished"]
        assert rows[0]["detail"]["params"] == {"unit": "nginx"}
        assert (rows[2]["actor"], rows[2]["result"], rows[2]["detail"]["exit_code"]) == (f"agent:{web.id}", "failed", 5)
        assert "top-secret-output" not in str([dict(row) for row in rows])


async def test_an_agent_that_is_away_gets_it_when_it_is_back(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled):
        pass
    number = await give(client, restart(enrolled.id))
    assert await states(client, number) == ["waiting"]
    async with machine(hub, enrolled, told=False) as web:
        await web.command()
        assert await states(client, number) == ["sent"]


async def test_what_expires_before_it_is_sent_never_is(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled):
        pass
    number = await give(client, restart(enrolled.id))
    await hub.fetch("UPDATE commands SET expires_at = now() - interval '1 second' RETURNING id")
    await until_states(client, number, "expired")
    assert (await read(client, number))["state"] == "finished"
    async with machine(hub, enrolled, told=False) as web:
        await web.agent.quiet()


async def test_a_busy_agent_is_asked_again_with_the_very_same_message(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled) as web:
        number = await give(client, restart(web.id))
        first = await web.command()
        busy = "This agent has too many commands to follow already: busy."
        assert (await web.ends(first, Status.STATUS_REFUSED, error=busy)).result
        assert await states(client, number) == ["waiting"]
        await hub.fetch("UPDATE command_runs SET retry_at = now() RETURNING id")
        assert await web.command() == first
        await web.ends(first, Status.STATUS_REFUSED, error="The policy does not allow it.")
        await until_states(client, number, "refused")
        assert (await read(client, number))["items"][0]["error"] == "The policy does not allow it."


async def test_what_nothing_shows_to_be_taken_is_sent_again_as_it_was_and_nothing_else_is(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled) as web:
        number = await give(client, restart(web.id))
        first = await web.command()
    async with machine(hub, enrolled, told=False) as web:
        assert await web.command() == first
        await web.writes(first, 1)
    async with machine(hub, enrolled, told=False) as web:
        await web.agent.quiet()
        await web.ends(first)
        await until_states(client, number, "succeeded")
    async with machine(hub, enrolled, told=False) as web:
        await web.agent.quiet()


async def test_a_hub_that_restarts_goes_on_and_sends_nothing_twice_that_was_taken(dsn: str, tmp_path: Path) -> None:
    async with running(dsn, tmp_path) as hub:
        taken, untaken, away = [await hub.enroll(f"web-{number}") for number in (1, 2, 3)]
        cookie = await hub.session()
        async with hub.client(cookie) as client, machine(hub, away):
            pass
        async with hub.client(cookie) as client, machine(hub, taken) as one, machine(hub, untaken) as two:
            number = await give(client, restart(taken.id, untaken.id, away.id))
            first, second = await one.command(), await two.command()
            await one.writes(first, 1, b"begun")
    async with running(dsn, tmp_path) as hub, hub.client(cookie) as client:
        assert await states(client, number) == ["running", "sent", "waiting"]
        async with (
            machine(hub, taken, told=False) as one,
            machine(hub, untaken, told=False) as two,
            machine(hub, away, told=False) as three,
        ):
            assert await two.command() == second
            third = await three.command()
            assert third.nonce not in (first.nonce, second.nonce)
            await one.agent.quiet()
            # The agent repeats what was not acknowledged, and what was.
            await one.writes(first, 1, b"begun")
            await one.writes(first, 2, b", done")
            for each, command in ((one, first), (two, second), (three, third)):
                await each.ends(command)
            await until_states(client, number, "succeeded", "succeeded", "succeeded")
        assert (await output(client, number, taken.id)).text == "begun, done"
        key = (await client.get("/api/v1/system/command-key")).json()
        check_signature(third, base64.b64decode(key["public_key"]))
        check_signature(first, base64.b64decode(key["public_key"]))


async def test_a_lost_agent_leaves_the_unknown_until_it_tells(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    sender = hub.hub.responding.sender
    async with machine(hub, enrolled) as web:
        number = await give(client, restart(web.id))
        command = await web.command()
        await web.writes(command, 1)
    ahead = sender._monotonic
    await until(lambda: bool(sender._away_since))
    sender._monotonic = lambda: ahead() + 3600
    await until_states(client, number, "unknown")
    shown = await read(client, number)
    assert (shown["state"], shown["items"][0]["error"]) == (
        "finished",
        "The agent was lost before it told how it ended.",
    )
    async with machine(hub, enrolled, told=False) as web:
        await web.agent.quiet()
        await web.writes(command, 2, b"still here")
        await until_states(client, number, "running")
        assert (await read(client, number))["ended_at"] is None
        await web.ends(command, exit_code=0)
        await until_states(client, number, "succeeded")
    assert (await read(client, number))["state"] == "finished"


async def test_a_cancel_reaches_what_runs_and_what_was_away(hub: RunningHub, client: httpx.AsyncClient) -> None:
    first, second, third = [await hub.enroll(f"web-{number}") for number in (1, 2, 3)]
    async with machine(hub, second):
        pass
    async with machine(hub, third):
        pass
    async with machine(hub, first) as one:
        number = await give(client, restart(first.id, second.id, third.id))
        command = await one.command()
        async with machine(hub, second, told=False) as two:
            other = await two.command()
            await two.writes(other, 1)
        answer = await client.post(f"{COMMANDS}/{number}/cancel")
        assert answer.status_code == 204
        assert await one.cancelled() == command.id
        await one.ends(command, Status.STATUS_CANCELLED)
        async with machine(hub, second, told=False) as two:
            assert await two.cancelled() == other.id
            await two.ends(other, Status.STATUS_CANCELLED)
        await until_states(client, number, "cancelled", "cancelled", "cancelled")
        async with machine(hub, third, told=False) as three:
            await three.agent.quiet()
    assert (await read(client, number))["state"] == "cancelled"
    assert (await client.post(f"{COMMANDS}/{number}/cancel")).status_code == 409


async def test_batches_go_one_after_the_other_and_stop(hub: RunningHub, client: httpx.AsyncClient) -> None:
    agents = [await hub.enroll(f"web-{number}") for number in range(3)]
    async with machine(hub, agents[0]) as one, machine(hub, agents[1]) as two, machine(hub, agents[2]) as three:
        number = await give(client, restart(*(each.id for each in agents), batch={"size": 1}))
        command = await one.command()
        await two.agent.quiet(0.2)
        await one.ends(command)
        command = await two.command()
        await two.ends(command, Status.STATUS_FAILED, exit_code=1)
        await until_states(client, number, "succeeded", "failed", "cancelled")
        await three.agent.quiet(0.2)
    shown = await read(client, number)
    assert (shown["state"], shown["note"]) == ("stopped", "1 run did not end well; it stops after 1.")


async def test_what_others_say_of_a_run_changes_nothing(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    other = await hub.enroll("evil-1")
    async with machine(hub, enrolled) as web, machine(hub, other) as evil:
        number = await give(client, restart(web.id))
        command = await web.command()
        before = measured("opsentrix_command_messages_stray_total")
        assert (await evil.writes(command, 1, b"lies")).output_seq == 1  # or it would say so for ever
        assert (await evil.ends(command)).result
        assert measured("opsentrix_command_messages_stray_total") == before + 2
        assert await states(client, number) == ["sent"]
        await web.ends(command, Status.STATUS_FAILED, exit_code=3)
        await web.ends(command)  # a second thought
        await web.writes(command, 9, b"too late")
        await until_states(client, number, "failed")
        assert (await output(client, number, web.id)).text == ""


async def test_hostile_words_are_bounded(hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    async with machine(hub, enrolled) as web:
        number = await give(client, restart(web.id))
        command = await web.command()
        await web.writes(command, 2**64 - 1, b"x")
        await web.ends(
            command, UNHEARD_OF, exit_code=-(2**31), duration_ms=2**32 - 1, error="a\x1b[2J\0" + "b" * 5000,
            output_bytes=2**64 - 1, started_ms=-(2**63),
        )  # fmt: skip
        await until_states(client, number, "unknown")
        [run] = (await read(client, number))["items"]
        assert run["error"] == "a[2J" + "b" * (1000 - 6)
        assert (run["exit_code"], run["output_bytes"], run["output_truncated"]) == (-(2**31), 2**63 - 1, True)


async def test_output_is_kept_up_to_a_limit_and_the_rest_acknowledged(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled) as web:
        number = await give(client, restart(web.id))
        command = await web.command()
        for seq in range(1, 5):
            assert (await web.writes(command, seq, bytes([96 + seq]) * 300_000)).output_seq == seq
        await web.ends(command)
        text = (await output(client, number, web.id)).text
        assert text == "a" * 300_000 + "b" * 300_000 + "c" * 300_000 + "d" * (2**20 - 900_000)
        [run] = (await read(client, number))["items"]
        assert (run["output_bytes"], run["output_truncated"]) == (1_200_000, True)


async def test_a_full_disk_keeps_no_output_and_still_the_end(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    hub.hub.responding.keeper._room = lambda: False
    async with machine(hub, enrolled) as web:
        number = await give(client, restart(web.id))
        command = await web.command()
        assert (await web.writes(command, 1, b"much")).output_seq == 1
        await web.ends(command, exit_code=0)
        await until_states(client, number, "succeeded")
        [run] = (await read(client, number))["items"]
        assert (run["output_bytes"], run["output_truncated"]) == (4, True)
        assert (await output(client, number, web.id)).text == ""


async def test_what_is_old_goes_output_first(hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    async with machine(hub, enrolled) as web:
        number = await give(client, restart(web.id))
        command = await web.command()
        await web.writes(command, 1, b"words")
        await web.ends(command)
        await until_states(client, number, "succeeded")
        await web.agent.quiet(0.2)
    for days, kept in ((29, "words"), (31, "")):
        moved = f"UPDATE command_runs SET ended_at = now() - interval '{days} days' RETURNING id"  # noqa: S608
        await hub.fetch(moved)
        await hub.hub.responding._trim()
        assert (await output(client, number, enrolled.id)).text == kept
    assert (await read(client, number))["items"][0]["output_removed"]
    await hub.fetch("UPDATE commands SET ended_at = now() - interval '401 days' RETURNING id")
    await hub.hub.responding._trim()
    assert (await client.get(f"{COMMANDS}/{number}")).status_code == 404


async def test_an_agent_without_the_capability_allows_nothing_any_more(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with machine(hub, enrolled) as web:
        shown = (await client.get(f"/api/v1/agents/{web.id}/actions")).json()
        assert [one["name"] for one in shown["items"]] == ["service.restart", "service.status"]
        assert shown["why_nothing"] == ""
    async with hub.greeted(enrolled):

        async def forgotten() -> bool:
            return not await hub.fetch("SELECT FROM agent_policies")

        await until(forgotten)
        shown = (await client.get(f"/api/v1/agents/{enrolled.id}/actions")).json()
        assert (shown["items"], shown["why_nothing"]) == ([], "Its owner allows no actions.")


async def test_a_new_agent_is_told_the_hubs_key_and_the_key_stays(hub: RunningHub, client: httpx.AsyncClient) -> None:
    [row] = await hub.fetch("SELECT public_key, private_key FROM command_keys")
    body = {"name": "a", "type": "b", "host": "c"}
    token = (await client.post("/api/v1/enrollment-tokens", json={})).json()["token"]
    answer = await client.post("/api/v1/agents/register", json=body, headers={"Authorization": f"Bearer {token}"})
    assert base64.b64decode(answer.json()["command_key"]) == row["public_key"]
    private = hub.hub.services.vault.open("command_key", row["private_key"])
    assert len(private) == 32
    assert private not in row["private_key"]
