"""Agents renew their credentials: over the link and over HTTP, cut off anywhere, and under attack."""

import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from opsentrix.errors import UnauthenticatedError
from opsentrix.fleet.credentials import ASK_AGAIN_S, ASKED_AT_ONCE, OVERLAP, SPREAD
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.agent import BOOT, OTHER_BOOT, FakeAgent
from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured, until

AGENTS = "/api/v1/agents"
KIND = pb.IdentityNotice


def fresh(enrolled: Enrolled) -> Enrolled:
    """Return the agent with a credential that it has just made."""
    return Enrolled(enrolled.id, f"oxa_{secrets.token_urlsafe(32)}")


def digest(enrolled: Enrolled) -> bytes:
    return hashlib.sha256(enrolled.credential.encode()).digest()


@asynccontextmanager
async def connected(hub: RunningHub, enrolled: Enrolled) -> AsyncIterator[FakeAgent]:
    async with hub.agent(enrolled) as agent:
        await agent.hello(capabilities=["identity"])
        yield agent


async def offer(agent: FakeAgent, new: Enrolled) -> None:
    """Offer a credential, which must be accepted."""
    await agent.send(credential_offer=pb.CredentialOffer(sha256=digest(new)))
    notice = await agent.noticed()
    assert (notice.kind, notice.sha256) == (KIND.KIND_ACCEPTED, digest(new))


async def status(client: httpx.AsyncClient, enrolled: Enrolled) -> int:
    answer = await client.post(f"{AGENTS}/{enrolled.id}/heartbeat", json={}, headers=enrolled.headers)
    return answer.status_code


async def identity(client: httpx.AsyncClient, enrolled: Enrolled) -> dict[str, Any]:
    answer = await client.get(f"{AGENTS}/{enrolled.id}/identity")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def states(client: httpx.AsyncClient, enrolled: Enrolled) -> list[str]:
    return [one["state"] for one in (await identity(client, enrolled))["credentials"]]


async def renewed(client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    """Wait until the newest credential is the active one."""

    async def done() -> bool:
        return await states(client, enrolled) == ["active", "retiring"]

    await until(done)


async def audited(hub: RunningHub, action: str) -> int:
    return len(await hub.fetch("SELECT FROM audit_log WHERE action = $1", action))


async def test_a_person_asks_and_the_agent_renews_its_credential(
    client: httpx.AsyncClient, hub: RunningHub, enrolled: Enrolled
) -> None:
    before = measured("opsentrix_credential_rotations_total", result="done")
    new = fresh(enrolled)
    async with connected(hub, enrolled) as agent:
        asked = await client.post(f"{AGENTS}/{enrolled.id}/credential/rotate")
        assert asked.status_code == 202
        assert asked.json()["renewal"]["requested_at"]
        assert (await agent.noticed()).kind == KIND.KIND_ROTATE
        await offer(agent, new)
        await offer(agent, new)  # it did not hear the answer
        assert await states(client, enrolled) == ["offered", "active"]
    async with connected(hub, new):
        await renewed(client, enrolled)
    shown = await identity(client, enrolled)
    assert (shown["renewal"]["requested_at"], shown["renewal"]["error"]) == (None, "")
    assert await status(client, enrolled) == 204, "no overlap"
    assert await status(client, new) == 204
    assert measured("opsentrix_credential_rotations_total", result="done") == before + 1
    assert await audited(hub, "credential.rotate") == 1
    stored = await hub.fetch("SELECT hash FROM agent_credentials")
    assert {row["hash"] for row in stored} == {digest(new), digest(enrolled)}


async def test_the_old_credential_ends_with_its_overlap(
    client: httpx.AsyncClient, hub: RunningHub, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = fresh(enrolled)
    async with connected(hub, enrolled) as agent:
        await offer(agent, new)
    assert await status(client, new) == 204
    await renewed(client, enrolled)
    clock = hub.hub.credentials._clock
    monkeypatch.setattr(hub.hub.credentials, "_clock", lambda: clock() + OVERLAP.total_seconds() + 1)
    with pytest.raises(UnauthenticatedError):
        hub.hub.credentials.authenticate(digest(enrolled), "")
    await hub.hub.credentials.remove_expired()
    assert await states(client, enrolled) == ["active"]
    assert await status(client, enrolled) == 401
    assert await status(client, new) == 204


@pytest.mark.parametrize("step", ["offered", "used", "settled"])
async def test_a_hub_that_is_killed_at_any_step_locks_nobody_out(step: str, dsn: str, tmp_path: Path) -> None:
    async with hubs.running(dsn, tmp_path) as hub:
        # A killed hub settles nothing any more; what it has in memory is lost.
        if step != "settled":
            hub.hub.credentials.settle = _nothing  # type: ignore[method-assign]  # as if it were killed before
        enrolled = await hub.enroll()
        new = fresh(enrolled)
        async with hub.client() as client:
            async with connected(hub, enrolled) as agent:
                await offer(agent, new)
            if step != "offered":
                assert await status(client, new) == 204
            if step == "settled":
                await hub.hub.credentials.settle()
    async with hubs.running(dsn, tmp_path) as hub, hub.client(await hub.session()) as client:
        assert await status(client, enrolled) == 204
        assert await status(client, new) == 204
        await renewed(client, new)


async def _nothing() -> None:
    """Settle nothing."""


async def test_a_script_renews_its_credential_with_http_alone(client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    new, path = fresh(enrolled), f"{AGENTS}/{enrolled.id}/credential"
    made = await client.post(path, json={"sha256": digest(new).hex()}, headers=enrolled.headers)
    assert made.status_code == 204
    assert await status(client, new) == 204
    await renewed(client, enrolled)
    again = await client.post(path, json={"sha256": digest(enrolled).hex()}, headers=new.headers)
    assert again.status_code == 409, "a credential that is retiring came back"
    for wrong in ("", "00", "x" * 64, digest(new).hex().upper()):
        answer = await client.post(path, json={"sha256": wrong}, headers=new.headers)
        assert answer.status_code == 422


async def test_what_belongs_to_another_agent_cannot_be_offered(
    client: httpx.AsyncClient, hub: RunningHub, enrolled: Enrolled
) -> None:
    other = await hub.enroll("web-2")
    async with connected(hub, other) as agent:
        await agent.send(credential_offer=pb.CredentialOffer(sha256=digest(enrolled)))
        assert (await agent.rejected()).field == "credential_offer"
        await agent.send(credential_offer=pb.CredentialOffer(sha256=b"short"))
        assert (await agent.rejected()).permanent
    assert await status(client, enrolled) == 204
    assert await states(client, other) == ["active"]


async def test_only_the_last_offer_stands_and_their_number_is_bounded(
    client: httpx.AsyncClient, hub: RunningHub, enrolled: Enrolled
) -> None:
    made = [fresh(enrolled) for _ in range(101)]
    async with connected(hub, enrolled) as agent:
        for one in made[:100]:
            await offer(agent, one)
        await agent.send(credential_offer=pb.CredentialOffer(sha256=digest(made[100])))
        assert "too often" in (await agent.rejected()).detail
    assert await states(client, enrolled) == ["offered", "active"]
    assert await status(client, made[98]) == 401
    assert await status(client, made[99]) == 204


async def test_why_an_agent_could_make_none_is_shown(
    client: httpx.AsyncClient, hub: RunningHub, enrolled: Enrolled
) -> None:
    await client.post(f"{AGENTS}/{enrolled.id}/credential/rotate")
    async with connected(hub, enrolled) as agent:
        assert (await agent.noticed()).kind == KIND.KIND_ROTATE, "the request did not wait for the agent"
        await agent.send(credential_offer=pb.CredentialOffer(error="No space\x00 left"))

        async def told() -> bool:
            return bool((await identity(client, enrolled))["renewal"]["error"])

        await until(told)
    shown = (await identity(client, enrolled))["renewal"]
    assert (shown["error"], shown["requested_at"]) == ("No space left", None)
    assert await states(client, enrolled) == ["active"]


async def test_an_agent_that_cannot_renew_is_not_asked(
    client: httpx.AsyncClient, hub: RunningHub, enrolled: Enrolled
) -> None:
    async with hub.greeted(enrolled):
        answer = await client.post(f"{AGENTS}/{enrolled.id}/credential/rotate")
        assert (answer.status_code, "update it" in answer.json()["detail"]) == (409, True)
    assert (await client.post(f"{AGENTS}/99/credential/rotate")).status_code == 404


async def test_credentials_become_due_within_the_last_part_of_their_time(hub: RunningHub) -> None:
    ids = [(await hub.enroll(f"a{number}")).id for number in range(8)]
    credentials = hub.hub.credentials
    credentials.lifetime = timedelta(days=30)
    ages = []
    for agent_id in ids:
        due, made = credentials.due_at(agent_id), credentials.of_agent(agent_id)[0].created_at
        assert due is not None
        ages.append((due - made) / credentials.lifetime)
    assert all(1 - SPREAD <= age <= 1 for age in ages)
    assert len(set(ages)) == len(ages)
    assert credentials.due(ids, 0.0) == []
    credentials.lifetime = timedelta(0)
    assert credentials.due(ids, 0.0) == ids
    assert credentials.due(ids, ASK_AGAIN_S - 1) == [], "asked again at once"
    assert credentials.due(ids, ASK_AGAIN_S) == ids
    assert len(credentials.due([ids[0]] * 2, 3 * ASK_AGAIN_S)) == 1
    credentials.lifetime = None
    assert credentials.due(ids, 9 * ASK_AGAIN_S) == []
    assert ASKED_AT_ONCE < 100


async def test_an_agent_on_the_disk_of_yesterday_is_asked_before_it_is_locked_out(
    client: httpx.AsyncClient, hub: RunningHub, enrolled: Enrolled
) -> None:
    new = fresh(enrolled)
    async with connected(hub, enrolled) as agent:
        await offer(agent, new)
    assert await status(client, new) == 204
    await renewed(client, enrolled)
    async with connected(hub, enrolled) as restored:
        assert (await restored.noticed()).kind == KIND.KIND_ROTATE


async def test_a_fight_of_two_hosts_is_noticed_and_one_of_them_keeps_the_identity(
    client: httpx.AsyncClient, hub: RunningHub, enrolled: Enrolled
) -> None:
    hosts = {BOOT: {"host.name": "web-1", "host.id": "m1"}, OTHER_BOOT: {"host.name": "copy", "host.id": "m1"}}
    for run in (BOOT, OTHER_BOOT, BOOT, OTHER_BOOT):
        async with hub.agent(enrolled) as agent:
            await agent.hello(run, host=hosts[run], capabilities=["identity"])
    assert (await client.get(f"{AGENTS}/{enrolled.id}")).json()["cloned"] is True
    assert measured("opsentrix_clones") == 1
    shown = (await identity(client, enrolled))["clone"]
    assert {one["name"] for one in shown["hosts"]} == {"web-1", "copy"}
    assert {one["address"] for one in shown["hosts"]} == {"127.0.0.1"}
    path = f"{AGENTS}/{enrolled.id}"
    assert (await client.post(f"{path}/credential/rotate")).status_code == 409
    stolen = {"sha256": digest(fresh(enrolled)).hex()}
    assert (await client.post(f"{path}/credential", json=stolen, headers=enrolled.headers)).status_code == 409
    assert (await client.post(f"{path}/clone/keep", json={"run": "0" * 32})).status_code == 404

    async with hub.agent(enrolled) as agent:
        await agent.hello(OTHER_BOOT, host=hosts[OTHER_BOOT], capabilities=["identity"])
        kept = await client.post(f"{path}/clone/keep", json={"run": BOOT.hex()})
        assert kept.json()["clone"]["kept"] == BOOT.hex()
        await agent.closed()
    assert (await client.post(f"{path}/clone/keep", json={"run": BOOT.hex()})).status_code == 409
    new = fresh(enrolled)
    async with hub.agent(enrolled) as rightful:
        await rightful.hello(BOOT, host=hosts[BOOT], capabilities=["identity"])
        assert (await rightful.noticed()).kind == KIND.KIND_ROTATE
        async with hub.agent(enrolled) as rival:
            await rival.say_hello(OTHER_BOOT, host=hosts[OTHER_BOOT], capabilities=["identity"])
            assert (await rival.noticed()).kind == KIND.KIND_REVOKED
            assert await rival.closed() == "revoked"
    async with hub.agent(enrolled) as rightful:
        await rightful.hello(BOOT, host=hosts[BOOT], capabilities=["identity"])
        assert (await rightful.noticed()).kind == KIND.KIND_ROTATE
        await offer(rightful, new)
    async with hub.agent(new) as rightful:
        await rightful.hello(BOOT, host=hosts[BOOT], capabilities=["identity"])
        await rightful.quiet()  # asking once more would only get an error

    async def settled() -> bool:
        return (await identity(client, enrolled))["clone"] is None

    await until(settled)
    assert await states(client, enrolled) == ["active", "revoked"]
    assert await status(client, enrolled) == 403, "the other host still gets in"
    assert measured("opsentrix_clones") == 0
    assert (await audited(hub, "agent.clone.notice"), await audited(hub, "agent.clone.keep")) == (1, 1)


async def test_what_was_noticed_and_where_agents_ran_outlives_the_hub(dsn: str, tmp_path: Path) -> None:
    async with hubs.running(dsn, tmp_path) as hub:
        enrolled = await hub.enroll()
        for run, machine in ((BOOT, "m1"), (OTHER_BOOT, "m2")):
            async with hub.agent(enrolled) as agent:
                await agent.hello(run, host={"host.id": machine})
        assert not hub.hub.clones.noticed(enrolled.id)
    async with hubs.running(dsn, tmp_path) as hub:
        async with hub.agent(enrolled) as agent:
            await agent.hello(bytes(16), host={"host.id": "m1"})
        assert hub.hub.clones.noticed(enrolled.id)
    async with hubs.running(dsn, tmp_path) as hub:
        assert hub.hub.clones.noticed(enrolled.id)
