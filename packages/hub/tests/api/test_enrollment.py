"""How agents get in."""

import asyncio

import httpx
import pytest

from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured

TOKENS = "/api/v1/enrollment-tokens"
REGISTER = "/api/v1/agents/register"
BODY = {"name": "web-1", "type": "server", "host": "10.0.0.1"}


async def token(client: httpx.AsyncClient, **wanted: object) -> dict[str, str]:
    """Return the header with a new token."""
    answer = await client.post(TOKENS, json=wanted)
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def test_an_agent_registers_and_its_credential_works(client: httpx.AsyncClient, hub: RunningHub) -> None:
    bearer = await token(client, environment="prod", tags=["eu", "web"])
    answer = await client.post(
        REGISTER, headers=bearer,
        json={**BODY, "port": 9100, "metadata": {"rack": 7}, "tags": ["own", "eu"], "environment": "x",
              "reporting_interval": 30},
    )  # fmt: skip
    assert answer.status_code == 201
    made = answer.json()
    assert made["reporting_interval"] == 30
    assert made["agent_url"].endswith(f"/dashboard/agents/{made['id']}")
    agent = (await client.get(f"/api/v1/agents/{made['id']}")).json()
    kept = ("name", "type", "host", "port", "environment", "metadata", "tags", "status")
    assert {key: agent[key] for key in kept} == {
        "name": "web-1", "type": "server", "host": "10.0.0.1", "port": 9100, "environment": "prod",
        "metadata": {"rack": 7}, "tags": ["own", "eu", "web"], "status": "offline",
    }  # fmt: skip
    assert agent["last_heartbeat"] is None
    enrolled = Enrolled(made["id"], made["credential"])
    beat = await client.post(f"/api/v1/agents/{enrolled.id}/heartbeat", json={}, headers=enrolled.headers)
    assert beat.status_code == 204


async def test_agents_tell_which_token_let_them_in(client: httpx.AsyncClient, hub: RunningHub) -> None:
    issued = [(await client.post(TOKENS, json={})).json() for _ in range(2)]
    made = [
        (await client.post(REGISTER, json=BODY, headers={"Authorization": f"Bearer {one['token']}"})).json()
        for one in reversed(issued)
    ]
    listed = (await client.get("/api/v1/agents")).json()["items"]
    assert {one["id"]: one["enrolled_with"] for one in listed} == {
        made[0]["id"]: issued[1]["id"],
        made[1]["id"]: issued[0]["id"],
    }
    again = (await client.post(TOKENS, json={"agent_id": made[0]["id"]})).json()
    await client.post(REGISTER, json=BODY, headers={"Authorization": f"Bearer {again['token']}"})
    assert (await client.get(f"/api/v1/agents/{made[0]['id']}")).json()["enrolled_with"] == again["id"]
    async with hub.database.connection() as connection:
        await connection.execute("DELETE FROM enrollment_tokens WHERE id = $1", issued[0]["id"])
    assert (await client.get(f"/api/v1/agents/{made[1]['id']}")).json()["enrolled_with"] is None


async def test_secrets_are_nowhere_in_the_database(client: httpx.AsyncClient, hub: RunningHub) -> None:
    bearer = (await token(client))["Authorization"].removeprefix("Bearer ")
    made = (await client.post(REGISTER, json=BODY, headers={"Authorization": f"Bearer {bearer}"})).json()
    tables = await hub.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for row in tables:
        everything = await hub.fetch(f"SELECT t::text AS text FROM {row['tablename']} t")  # noqa: S608 - a name of ours
        assert not any(bearer in one["text"] or made["credential"] in one["text"] for one in everything)


@pytest.mark.parametrize(
    ("header", "status"),
    [({}, 401), ({"Authorization": "Bearer"}, 401), ({"Authorization": "Basic eDp5"}, 401),
     ({"Authorization": "Bearer oxe_unknown"}, 401)],
)  # fmt: skip
async def test_without_a_known_token_nobody_registers(
    header: dict[str, str], status: int, anonymous: httpx.AsyncClient
) -> None:
    assert (await anonymous.post(REGISTER, json=BODY, headers=header)).status_code == status


async def test_expired_used_and_revoked_tokens_are_refused_with_the_reason(
    client: httpx.AsyncClient, hub: RunningHub
) -> None:
    refused = measured("opsentrix_enrollments_total", result="refused")
    used, revoked, expired = [await token(client) for _ in range(3)]
    assert (await client.post(REGISTER, json=BODY, headers=used)).status_code == 201
    listed = (await client.get(TOKENS)).json()["items"]
    assert len(listed) == 2
    assert (await client.delete(f"{TOKENS}/{listed[1]['id']}")).status_code == 204
    assert (await client.delete(f"{TOKENS}/{listed[1]['id']}")).status_code == 404
    async with hub.database.connection() as connection:
        await connection.execute(
            "UPDATE enrollment_tokens SET expires_at = now() - interval '1 s' WHERE id = $1", listed[0]["id"]
        )
    for header, word in ((used, "used"), (revoked, "revoked"), (expired, "expired")):
        answer = await client.post(REGISTER, json=BODY, headers=header)
        assert (answer.status_code, word in answer.json()["detail"]) == (403, True), answer.text
    assert measured("opsentrix_enrollments_total", result="refused") == refused + 3
    assert (await client.get(TOKENS)).json() == {"items": []}


@pytest.mark.parametrize("uses", [1, 3])
async def test_a_token_used_by_many_at_once_makes_no_more_agents_than_allowed(
    uses: int, client: httpx.AsyncClient
) -> None:
    bearer = await token(client, max_uses=uses)
    answers = await asyncio.gather(*(client.post(REGISTER, json=BODY, headers=bearer) for _ in range(8)))
    assert sorted(one.status_code for one in answers) == [201] * uses + [403] * (8 - uses)
    assert (await client.get("/api/v1/agents")).json()["total"] == uses


async def test_a_body_that_is_refused_does_not_use_the_token_up(client: httpx.AsyncClient) -> None:
    bearer = await token(client)
    assert (await client.post(REGISTER, json={**BODY, "name": ""}, headers=bearer)).status_code == 422
    assert (await client.post(REGISTER, json=BODY, headers=bearer)).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"), ({"name": "x" * 129}, "name"), ({"name": "a\u0000"}, "name"),
        ({"type": "No Type"}, "type"), ({"host": ""}, "host"), ({"port": 70000}, "port"), ({"port": "x"}, "port"),
        ({"environment": "a b"}, "environment"), ({"metadata": []}, "metadata"),
        ({"metadata": {"a": "\u0000"}}, "metadata"),
        ({"metadata": {"a": "x" * 20000}}, "metadata"), ({"tags": ["a b"]}, "tags.0"), ({"tags": "a"}, "tags"),
        ({"reporting_interval": 0}, "reporting_interval"), ({"reporting_interval": 1e9}, "reporting_interval"),
    ],
)  # fmt: skip
async def test_each_wrong_field_is_named(change: dict[str, object], field: str, client: httpx.AsyncClient) -> None:
    answer = await client.post(REGISTER, json={**BODY, **change}, headers=await token(client))
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"name": "\xff"}', b"[" * 100_000])
async def test_what_is_no_json_is_malformed(body: bytes, client: httpx.AsyncClient) -> None:
    headers = {**await token(client), "Content-Type": "application/json"}
    answer = await client.post(REGISTER, content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body", [{"expires_in_s": 59}, {"expires_in_s": 1e12}, {"max_uses": 0}, {"max_uses": 10_001}, {"tags": ["\u0000"]}]
)
async def test_tokens_beyond_reason_are_not_made(body: dict[str, object], client: httpx.AsyncClient) -> None:
    answer = await client.post(TOKENS, json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].split(".")[0] == next(iter(body))


async def test_an_operators_token_tells_who_made_it(hub: RunningHub) -> None:
    from opsentrix.model.users import Role

    async with hub.client(await hub.session(Role.OPERATOR, "ann")) as ann:
        await token(ann, max_uses=5)
        [item] = (await ann.get(TOKENS)).json()["items"]
    assert (item["created_by"], item["max_uses"], item["uses"]) == ("ann", 5, 0)
    assert "token" not in item
