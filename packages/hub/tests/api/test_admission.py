"""Tokens with a scope, agents that wait for approval, and agents that are cut off."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from opsentrix.fleet import admission
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.agent import full_frame
from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured, until

AGENTS = "/api/v1/agents"
TOKENS = "/api/v1/enrollment-tokens"
BODY = {"name": "web-1", "type": "server", "host": "10.0.0.1"}
KIND = pb.IdentityNotice


async def register(client: httpx.AsyncClient, wanted: dict[str, object], **fields: object) -> httpx.Response:
    """Register with a new token that is wanted like this."""
    made = await client.post(TOKENS, json=wanted)
    assert made.status_code == 201, made.text
    headers = {"Authorization": f"Bearer {made.json()['token']}"}
    return await client.post(f"{AGENTS}/register", json={**BODY, **fields}, headers=headers)


async def enrolled_with(client: httpx.AsyncClient, wanted: dict[str, object], **fields: object) -> Enrolled:
    answer = await register(client, wanted, **fields)
    assert answer.status_code == 201, answer.text
    return Enrolled(answer.json()["id"], answer.json()["credential"])


async def beat(client: httpx.AsyncClient, enrolled: Enrolled) -> httpx.Response:
    return await client.post(f"{AGENTS}/{enrolled.id}/heartbeat", json={}, headers=enrolled.headers)


async def decide(client: httpx.AsyncClient, enrolled: Enrolled, verb: str, **body: object) -> dict[str, Any]:
    answer = await client.post(f"{AGENTS}/{enrolled.id}/{verb}", json=body or None)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def last_audit(hub: RunningHub, action: str) -> dict[str, Any]:
    rows = await hub.fetch("SELECT to_jsonb(a) AS entry FROM audit_log a WHERE action = $1 ORDER BY id", action)
    assert rows, f"no {action}"
    found: dict[str, Any] = rows[-1]["entry"]
    return found


@pytest.fixture
async def careful(dsn: str, tmp_path: Path) -> AsyncIterator[RunningHub]:
    """A hub where every new agent waits."""
    async with hubs.running(dsn, tmp_path, approve_agents=True) as running:
        yield running


async def test_a_token_is_for_its_types_and_forces_environment_and_tags(
    client: httpx.AsyncClient, hub: RunningHub
) -> None:
    wanted: dict[str, object] = {"types": ["server", "database"], "environment": "prod", "tags": ["eu"], "max_uses": 2}
    refused = await register(client, wanted, type="container")
    assert (refused.status_code, "type server, database" in refused.json()["detail"]) == (403, True)
    assert (await last_audit(hub, "agent.register"))["target"].startswith("enrollment_token:")
    let_in = await enrolled_with(client, wanted, environment="other", tags=["own"])
    shown = (await client.get(f"{AGENTS}/{let_in.id}")).json()
    assert (shown["environment"], shown["tags"], shown["admission"]) == ("prod", ["own", "eu"], "admitted")
    second, first = (await client.get(TOKENS)).json()["items"]
    assert (first["uses"], first["agents"]) == (0, []), "a refusal used the token up"
    assert second["agents"] == [{"id": let_in.id, "name": "web-1"}]
    assert (second["state"], second["types"], second["created_by"] is not None) == ("open", wanted["types"], True)
    origin = (await client.get(f"{AGENTS}/{let_in.id}/identity")).json()
    assert (origin["enrolled_with"], origin["enrolled_from"]) == (second["id"], "127.0.0.1")


async def test_all_tokens_are_listed_with_their_end_and_never_with_the_secret(client: httpx.AsyncClient) -> None:
    used = await enrolled_with(client, {})
    revoked, still_open = [(await client.post(TOKENS, json={})).json() for _ in range(2)]
    await client.delete(f"{TOKENS}/{revoked['id']}")
    answer = await client.get(TOKENS, params={"spent": "true"})
    found = answer.json()["items"]
    assert [one["state"] for one in found] == ["open", "revoked", "used"]
    assert found[2]["agents"] == [{"id": used.id, "name": "web-1"}]
    assert still_open["token"] not in answer.text
    assert [one["state"] for one in (await client.get(TOKENS)).json()["items"]] == ["open"]


@pytest.mark.parametrize(
    ("body", "status"),
    [({"types": ["No Type"]}, 422), ({"agent_id": 99}, 404), ({"agent_id": 0}, 422), ({"approval": "yes"}, 422),
     ({"agent_id": 1, "max_uses": 2}, 422)],
)  # fmt: skip
async def test_tokens_that_make_no_sense_are_not_made(
    body: dict[str, object], status: int, client: httpx.AsyncClient
) -> None:
    assert (await client.post(TOKENS, json=body)).status_code == status


async def test_an_agent_waits_until_somebody_approves_it(client: httpx.AsyncClient, hub: RunningHub) -> None:
    waiting = await enrolled_with(client, {"approval": True})
    assert [one["id"] for one in (await client.get(AGENTS, params={"admission": "pending"})).json()["items"]] == [1]
    assert (await client.get(f"{AGENTS}/facets")).json()["admission"] == {"pending": 1}
    refused = await beat(client, waiting)
    assert (refused.status_code, refused.headers["opsentrix-refusal"]) == (403, "pending")
    async with hub.agent(waiting) as agent:
        await agent.say_hello(host={"host.name": "web-1", "os.type": "linux"}, agent_version="1.2.3")
        assert (await agent.noticed()).kind == KIND.KIND_PENDING
        await agent.send(frame=full_frame(1))
        assert "before hello" in (await agent.rejected()).detail
        shown = (await client.get(f"{AGENTS}/{waiting.id}")).json()
        assert (shown["facts"]["os.type"], shown["version"], shown["admission"]) == ("linux", "1.2.3", "pending")
        await decide(client, waiting, "approve")
        assert await agent.closed() == "approved"
    async with hub.greeted(waiting) as agent:
        await agent.send(frame=full_frame(1))
        await agent.acked(1)
    assert (await beat(client, waiting)).status_code == 204
    assert (await last_audit(hub, "agent.approve"))["target"] == f"agent:{waiting.id}"
    assert (await client.post(f"{AGENTS}/{waiting.id}/approve")).status_code == 409
    assert (await client.post(f"{AGENTS}/{waiting.id}/refuse")).status_code == 409


async def test_a_hub_may_let_every_new_agent_wait(careful: RunningHub) -> None:
    enrolled = await careful.enroll()
    async with careful.client() as client:
        assert (await beat(client, enrolled)).status_code == 403


async def test_a_refused_agent_is_told_and_may_be_let_in_after_all(client: httpx.AsyncClient, hub: RunningHub) -> None:
    waiting = await enrolled_with(client, {"approval": True})
    async with hub.agent(waiting) as agent:
        await agent.say_hello()
        assert (await agent.noticed()).kind == KIND.KIND_PENDING
        shown = await decide(client, waiting, "refuse", reason="not ours")
        assert (shown["admission"], shown["admission_reason"]) == ("refused", "not ours")
        notice = await agent.noticed()
        assert (notice.kind, notice.detail) == (KIND.KIND_REVOKED, "not ours")
        await agent.closed()
    assert (await beat(client, waiting)).headers["opsentrix-refusal"] == "revoked"
    await decide(client, waiting, "approve")
    assert (await beat(client, waiting)).status_code == 204


async def test_who_waits_too_long_is_refused_and_then_forgotten(client: httpx.AsyncClient, hub: RunningHub) -> None:
    waiting = await enrolled_with(client, {"approval": True})
    admitted = await enrolled_with(client, {})
    days = hub.hub.settings.approval_days
    now = datetime.now(UTC)
    assert await admission.refuse_late(hub.database, now, days) == []
    async with hub.database.connection() as connection:
        await connection.execute("UPDATE agents SET admission_at = now() - make_interval(days => $1, mins => 1)", days)
    await hub.hub.upkeep.settle_admissions()
    assert (await beat(client, waiting)).status_code == 403
    assert (await client.get(f"{AGENTS}/{waiting.id}/identity")).json()["admission"] == "refused"
    async with hub.database.connection() as connection:
        await connection.execute("UPDATE agents SET admission_at = now() - make_interval(days => $1, mins => 1)", days)
    await hub.hub.upkeep.settle_admissions()
    assert (await client.get(f"{AGENTS}/{waiting.id}")).status_code == 404
    assert (await beat(client, waiting)).status_code == 401
    assert (await beat(client, admitted)).status_code == 204


async def test_revoking_cuts_the_session_within_a_second_and_nothing_gets_in_any_more(
    client: httpx.AsyncClient, hub: RunningHub, enrolled: Enrolled
) -> None:
    refused = measured("opsentrix_credentials_refused_total", reason="revoked")
    async with hub.greeted(enrolled) as agent:
        await agent.send(frame=full_frame(1))
        await agent.acked(1)
        began = time.monotonic()
        shown = await decide(client, enrolled, "revoke", reason="stolen")
        notice = await agent.noticed()
        await agent.closed()
        assert time.monotonic() - began < 1
    assert (notice.kind, notice.detail) == (KIND.KIND_REVOKED, "stolen")
    assert (shown["admission"], [one["state"] for one in shown["credentials"]]) == ("revoked", ["revoked"])
    with pytest.raises(websockets.InvalidStatus) as turned_away:
        async with hub.agent(enrolled):
            pass
    response = turned_away.value.response
    assert (response.status_code, response.headers["Opsentrix-Refusal"]) == (403, "revoked")
    for _ in range(3):
        assert (await beat(client, enrolled)).status_code == 403
    assert measured("opsentrix_credentials_refused_total", reason="revoked") == refused + 4

    async def audited() -> bool:
        return len(await hub.fetch("SELECT FROM audit_log WHERE action = 'credential.refused'")) == 1

    await until(audited)
    assert (await last_audit(hub, "agent.revoke"))["actor"].startswith("user:")
    assert (await client.post(f"{AGENTS}/{enrolled.id}/revoke")).status_code == 409
    assert (await client.post(f"{AGENTS}/{enrolled.id}/approve")).status_code == 409
    assert (await client.patch(f"{AGENTS}/{enrolled.id}", json={"name": "x"})).status_code == 200
    assert (await beat(client, enrolled)).status_code == 403, "an edit let it in again"


async def test_a_revoked_agent_stays_revoked_in_another_run_of_the_hub(dsn: str, tmp_path: Path) -> None:
    async with hubs.running(dsn, tmp_path) as hub, hub.client(await hub.session()) as client:
        enrolled = await hub.enroll()
        await decide(client, enrolled, "revoke")
    async with hubs.running(dsn, tmp_path) as hub, hub.client() as client:
        assert (await beat(client, enrolled)).headers["opsentrix-refusal"] == "revoked"


async def test_enrolling_again_keeps_id_and_history_and_nothing_of_the_old_credential(
    client: httpx.AsyncClient, hub: RunningHub, enrolled: Enrolled
) -> None:
    async with hub.greeted(enrolled) as agent:
        await agent.send(frame=full_frame(1))
        await agent.acked(1)
        await client.patch(f"{AGENTS}/{enrolled.id}", json={"name": "renamed", "tags": ["kept"]})
        again = await enrolled_with(client, {"agent_id": enrolled.id}, name="web-9")
        assert await agent.closed() == "the agent was enrolled again"
    assert again.id == enrolled.id
    assert again.credential != enrolled.credential
    assert (await beat(client, again)).status_code == 204
    assert (await beat(client, enrolled)).status_code == 403
    shown = (await client.get(f"{AGENTS}/{again.id}")).json()
    assert (shown["name"], shown["tags"]) == ("renamed", ["kept"])
    assert len((await client.get(f"{AGENTS}/{again.id}/metrics")).json()["items"]) == 3
    await decide(client, again, "revoke")
    back = await enrolled_with(client, {"agent_id": enrolled.id, "approval": True})
    assert (await beat(client, back)).status_code == 204, "a person has decided already"
    assert [(await beat(client, one)).status_code for one in (enrolled, again)] == [403, 403]
    assert (await client.get(AGENTS)).json()["total"] == 1
    await last_audit(hub, "agent.enroll_again")


async def test_a_token_for_an_agent_dies_with_it(client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    made = (await client.post(TOKENS, json={"agent_id": enrolled.id})).json()
    assert (await client.delete(f"{AGENTS}/{enrolled.id}")).status_code == 204
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert (await client.post(f"{AGENTS}/register", json=BODY, headers=headers)).status_code == 401
    assert (await beat(client, enrolled)).status_code == 401


@pytest.mark.parametrize("reason", ["x" * 257, "a\nb", 7])
async def test_reasons_go_into_logs_and_are_checked(
    reason: object, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    assert (await client.post(f"{AGENTS}/{enrolled.id}/revoke", json={"reason": reason})).status_code == 422
    assert (await beat(client, enrolled)).status_code == 204
