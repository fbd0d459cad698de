"""Operators' own keys: commands that they sign by themselves, and standing approvals."""

import base64
import json
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from opsentrix.model.users import Role
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.commands import approval_text, command_text, key_id

from packages.hub.tests.kit.hub import Enrolled, RunningHub
from packages.hub.tests.kit.operators import ALLOWED, COMMANDS, RESTART, give, machine, policy_state, restart
from packages.hub.tests.kit.people import age_proof

KEYS = "/api/v1/account/keys"
APPROVALS = "/api/v1/standing-approvals"
PRIVATE = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = PRIVATE.public_key().public_bytes_raw()
KEY = key_id(PUBLIC)
STRICT = policy_state({"service.restart": {**RESTART, "signers": ["operator"]}}, [{"name": "ana", "key_id": KEY}])


def encoded(public: bytes = PUBLIC) -> str:
    return base64.b64encode(public).decode()


async def add_key(client: httpx.AsyncClient, name: str = "laptop", public: bytes = PUBLIC) -> httpx.Response:
    return await client.post(KEYS, json={"name": name, "public_key": encoded(public)})


async def prepare(client: httpx.AsyncClient, body: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await client.post(f"{COMMANDS}/prepare", json=body)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def signed(items: list[dict[str, Any]], private: Ed25519PrivateKey = PRIVATE) -> list[dict[str, Any]]:
    return [
        {key: value for key, value in one.items() if key != "text"}
        | {"signature": private.sign(one["text"].encode()).hex()}
        for one in items
    ]


async def test_a_command_that_an_operator_signed_goes_to_the_machine_as_it_was_signed(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    assert (await add_key(client)).json()["key_id"] == KEY
    async with machine(hub, enrolled, STRICT) as web:
        answer = await client.post(COMMANDS, json=restart(web.id))
        assert (answer.status_code, "demands the signature of an operator" in answer.text) == (409, True)
        body = restart(web.id, key_id=KEY, timeout_s=9)
        [item] = await prepare(client, body)
        await give(client, {**body, "signatures": signed([item])})
        command = await web.command()
        hub_key = (await client.get("/api/v1/system/command-key")).json()["id"]
        assert (command.key_id, command.nonce.hex(), command.timeout_ms) == (KEY, item["nonce"], 9000)
        assert command_text(command, hub_key).decode() == item["text"]
        PRIVATE.public_key().verify(command.signature, item["text"].encode())


@pytest.mark.parametrize("change", [
    {"params": {"unit": "nginx "}}, {"timeout_s": 8}, {"signature": "00" * 64}, {"nonce": "00" * 16},
    {"id": "a" * 32}, {"issued_ms": 0}, {"expires_ms": 1}, {"expires_ms": 2**52}, {"agent": 99}, {"twice": True},
    {"missing": True}, {"other_key": True},
])  # fmt: skip
async def test_a_signature_of_anything_else_is_refused(
    change: dict[str, Any], hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    await add_key(client)
    policy = policy_state(ALLOWED, [{"name": "ana", "key_id": KEY}])
    async with machine(hub, enrolled, policy) as web:
        body = restart(web.id, key_id=KEY)
        body["params"] = {"unit": "nginx"}
        items = await prepare(client, body)
        signatures = signed(items, Ed25519PrivateKey.generate() if "other_key" in change else PRIVATE)
        for one in signatures:
            one.update({key: value for key, value in change.items() if key in one})
        body.update({key: value for key, value in change.items() if key in ("timeout_s",)})
        signatures = signatures * 2 if "twice" in change else [] if "missing" in change else signatures
        if "params" in change:
            body |= {"action": "service.status"}
        answer = await client.post(COMMANDS, json={**body, "signatures": signatures})
        assert answer.status_code == 422, answer.text
        await web.agent.quiet(0.05)
    assert not await hub.fetch("SELECT FROM commands")


async def test_a_signature_counts_once(hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    await add_key(client)
    async with machine(hub, enrolled, STRICT) as web:
        body = restart(web.id, key_id=KEY)
        body["signatures"] = signed(await prepare(client, body))
        await give(client, body)
        answer = await client.post(COMMANDS, json=body)
        assert answer.status_code == 409, answer.text


async def test_nobody_signs_with_somebody_elses_key(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    await add_key(client)
    async with machine(hub, enrolled, STRICT), hub.client(await hub.session(Role.OPERATOR)) as other:
        body = restart(enrolled.id, key_id=KEY)
        signatures = signed(await prepare(client, body))
        assert (await other.post(f"{COMMANDS}/prepare", json=body)).status_code == 422
        assert (await other.post(COMMANDS, json={**body, "signatures": signatures})).status_code == 422
        assert (await add_key(other)).status_code == 409


async def test_keys_are_few_named_and_need_a_proof(hub: RunningHub, client: httpx.AsyncClient) -> None:
    for number in range(10):
        assert (await add_key(client, f"key {number}", bytes([number]) * 32)).status_code == 201
    assert (await add_key(client, "one more")).status_code == 409
    first = (await client.get(KEYS)).json()["items"][0]
    async with hub.client(await hub.session()) as other:
        assert (await other.get(KEYS)).json()["items"] == []
        assert (await other.delete(f"{KEYS}/{first['id']}")).status_code == 404
    assert (await client.delete(f"{KEYS}/{first['id']}")).status_code == 204
    assert (await add_key(client, "key 1")).status_code == 409
    for text in ("", "AA==", encoded() + "\n", encoded()[:-2] + "==", "x" * 65, "\u00e4" * 44):
        answer = await client.post(KEYS, json={"name": "bad", "public_key": text})
        assert answer.status_code == 422, text
    await age_proof(hub)
    assert (await add_key(client)).status_code == 403
    assert (await client.delete(f"{KEYS}/{first['id'] + 1}")).status_code == 403
    rows = await hub.fetch("SELECT action FROM audit_log WHERE action LIKE 'operator_key.%'")
    assert len(rows) == 11


def approval(*agents: int, **more: object) -> dict[str, Any]:
    body = {
        "agents": list(agents), "runbook": "restart-web", "version": "ab" * 32, "action": "service.restart",
        "params": {"unit": "nginx"}, "per_hour": 3, "days": 30, "key_id": KEY,
    }  # fmt: skip
    return body | more


async def sign_approval(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(f"{APPROVALS}/prepare", json=body)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    return body | {**made, "signature": PRIVATE.sign(made.pop("text").encode()).hex()}


async def test_a_standing_approval_is_kept_as_agents_verify_it(hub: RunningHub, client: httpx.AsyncClient) -> None:
    await add_key(client)
    one, two = await hub.enroll("a"), await hub.enroll("b")
    body = await sign_approval(client, approval(two.id, one.id, two.id))
    answer = await client.post(APPROVALS, json=body)
    assert answer.status_code == 201, answer.text
    [row] = await hub.fetch("SELECT * FROM standing_approvals")
    wire = pb.StandingApproval.FromString(row["message"])
    assert list(wire.agent_ids) == [one.id, two.id]
    text = approval_text(wire, (await client.get("/api/v1/system/command-key")).json()["id"])
    PRIVATE.public_key().verify(wire.signature, text)
    assert json.loads(row["params"]) == {"unit": "nginx"}
    [shown] = (await client.get(APPROVALS)).json()["items"]
    assert (shown["per_hour"], shown["version"], shown["agents"]) == (3, "ab" * 32, [one.id, two.id])
    assert (await client.post(APPROVALS, json=body)).status_code == 409
    assert (await client.delete(f"{APPROVALS}/{shown['id']}")).status_code == 204
    assert (await client.delete(f"{APPROVALS}/{shown['id']}")).status_code == 404


@pytest.mark.parametrize("change", [
    {"per_hour": 4}, {"agents": [1, 2]}, {"action": "service.stop"}, {"params": {"unit": "apache"}}, {"days": 31},
    {"version": "ac" * 32}, {"runbook": "other"}, {"expires_ms": 2**52}, {"issued_ms": 1}, {"signature": "00" * 64},
    {"key_id": "00" * 8},
])  # fmt: skip
async def test_an_approval_of_anything_else_is_refused(
    change: dict[str, Any], hub: RunningHub, client: httpx.AsyncClient
) -> None:
    await add_key(client)
    one = await hub.enroll("a")
    await hub.enroll("b")
    body = await sign_approval(client, approval(one.id))
    answer = await client.post(APPROVALS, json=body | change)
    assert answer.status_code == 422, answer.text
    assert not await hub.fetch("SELECT FROM standing_approvals")


async def test_an_approval_needs_a_person_a_proof_and_machines_within_reach(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    await add_key(client)
    one = await hub.enroll("a")
    body = await sign_approval(client, approval(one.id))
    assert (await client.post(APPROVALS, json=body | {"agents": [999]})).status_code == 404
    await age_proof(hub)
    assert (await client.post(APPROVALS, json=body)).status_code == 403
