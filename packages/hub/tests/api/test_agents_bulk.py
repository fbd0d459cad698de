"""Acts on many agents at once: environment and tags, there and back, and deletion."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from opsentrix.model.users import Role, Scope

from packages.hub.tests.kit.hub import Enrolled, RunningHub

AGENTS = "/api/v1/agents"
TAGS, RESTORE, DELETE = f"{AGENTS}/bulk-tags", f"{AGENTS}/bulk-tags/restore", f"{AGENTS}/bulk-delete"
PROD = Scope(environments=frozenset(("prod",)))


@pytest.fixture
async def fleet(hub: RunningHub) -> dict[str, Enrolled]:
    return {
        "web": await hub.enroll("web", environment="prod", tags=["eu", "http"]),
        "db": await hub.enroll("db", environment="prod"),
        "lab": await hub.enroll("lab", environment="lab", tags=["eu"]),
    }


async def standing(client: httpx.AsyncClient) -> dict[str, tuple[str, list[str]]]:
    listed = (await client.get(AGENTS)).json()["items"]
    return {one["name"]: (one["environment"], one["tags"]) for one in listed}


async def post(client: httpx.AsyncClient, path: str, **body: object) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids(*some: Enrolled) -> list[int]:
    return [one.id for one in some]


async def test_tags_and_environment_change_and_go_back_exactly(
    hub: RunningHub, client: httpx.AsyncClient, fleet: dict[str, Enrolled]
) -> None:
    before = await standing(client)
    change = {"add_tags": ["new", "eu"], "remove_tags": ["http"], "environment": "staging"}
    done = await post(client, TAGS, agents=[*ids(*fleet.values()), 10**9], **change)
    assert (done["changed"], done["unchanged"]) == (3, 0)
    assert done["failed"] == [{"id": 10**9, "name": None, "reason": f"There is no agent {10**9}."}]
    assert await standing(client) == {
        "web": ("staging", ["eu", "new"]), "db": ("staging", ["new", "eu"]), "lab": ("staging", ["eu", "new"]),
    }  # fmt: skip
    assert hub.hub.registry.get(fleet["db"].id).agent.environment == "staging"  # type: ignore[union-attr]  # it is there
    back = await post(client, RESTORE, former=done["former"])
    assert (back["changed"], back["failed"]) == (3, [])
    assert await standing(client) == before
    log = await hub.fetch("SELECT * FROM audit_log WHERE action = 'agent.bulk_update' ORDER BY number")
    assert [row["target"] for row in log] == ["agents", "agents"]
    assert log[0]["after"] == change
    assert log[0]["detail"] == {"agents": sorted(ids(*fleet.values())), "failed": 1}
    assert {"environment": "lab", "tags": ["eu"], "agents": [fleet["lab"].id]} in log[0]["before"]["states"]


async def test_what_is_so_already_is_not_changed(client: httpx.AsyncClient, fleet: dict[str, Enrolled]) -> None:
    done = await post(client, TAGS, selector={"tag": ["eu"]}, add_tags=["eu"])
    assert done == {"changed": 0, "unchanged": 2, "failed": [], "former": []}


async def test_one_that_cannot_change_is_named_and_the_others_do(
    client: httpx.AsyncClient, fleet: dict[str, Enrolled]
) -> None:
    full = [f"t{number}" for number in range(32)]
    await client.patch(f"{AGENTS}/{fleet['db'].id}", json={"tags": full})
    done = await post(client, TAGS, agents=ids(fleet["web"], fleet["db"]), add_tags=["one-more"])
    assert done["changed"] == 1
    assert done["failed"] == [{"id": fleet["db"].id, "name": "db", "reason": "It would have more than 32 tags."}]
    assert (await standing(client))["db"] == ("prod", full)


async def test_nobody_reaches_or_leaves_beyond_their_scope(
    hub: RunningHub, client: httpx.AsyncClient, fleet: dict[str, Enrolled]
) -> None:
    before = await standing(client)
    async with hub.client(await hub.session(Role.OPERATOR, scope=PROD)) as operator:
        done = await post(operator, TAGS, agents=ids(*fleet.values()), add_tags=["x"])
        stranger = {"id": fleet["lab"].id, "name": None, "reason": f"There is no agent {fleet['lab'].id}."}
        assert (done["changed"], done["failed"]) == (2, [stranger])
        restored = await post(
            operator, RESTORE, former=[*done["former"], {"environment": "", "tags": [], "agents": [fleet["lab"].id]}]
        )
        assert (restored["changed"], restored["failed"]) == (2, [stranger])
        assert await standing(client) == before
        left = await post(operator, TAGS, agents=ids(fleet["web"]), environment="lab")
        assert [one["reason"] for one in left["failed"]] == [
            "It would leave your scope; somebody with a wider one has to do this."
        ]
        assert (await post(operator, TAGS, selector={}, add_tags=["y"]))["changed"] == 2
        assert (await operator.post(DELETE, json={"agents": ids(fleet["web"])})).status_code == 403
    async with hub.client(await hub.session(Role.ADMIN, scope=PROD)) as admin:
        gone = await post(admin, DELETE, agents=ids(fleet["web"], fleet["lab"]))
        assert gone == {"deleted": 1, "failed": [stranger]}
    assert sorted(await standing(client)) == ["db", "lab"]


async def test_many_go_with_their_history_in_one_entry_of_the_log(
    hub: RunningHub, client: httpx.AsyncClient, fleet: dict[str, Enrolled]
) -> None:
    for one in fleet.values():
        body = {"samples": [{"metric": "cpu_usage", "value": 1}]}
        assert (await client.post(f"{AGENTS}/{one.id}/metrics", json=body, headers=one.headers)).status_code == 200
    gone = await post(client, DELETE, agents=ids(fleet["web"], fleet["lab"]))
    assert gone == {"deleted": 2, "failed": []}
    assert list(await standing(client)) == ["db"]
    assert [row["agent_id"] for row in await hub.fetch("SELECT DISTINCT agent_id FROM agent_metrics")] == ids(
        fleet["db"]
    )
    refused = await client.post(f"{AGENTS}/{fleet['web'].id}/heartbeat", json={}, headers=fleet["web"].headers)
    assert refused.status_code == 401
    [entry] = await hub.fetch("SELECT * FROM audit_log WHERE action LIKE 'agent.%delete'")
    assert (entry["action"], entry["target"]) == ("agent.bulk_delete", "agents")
    assert (entry["before"], entry["detail"]) == (
        {"names": ["web", "lab"]}, {"agents": ids(fleet["web"], fleet["lab"])},
    )  # fmt: skip


async def test_deletion_needs_a_fresh_proof(hub: RunningHub, fleet: dict[str, Enrolled]) -> None:
    session = await hub.session(Role.ADMIN)
    async with hub.database.connection() as connection:
        await connection.execute("UPDATE user_sessions SET proven_at = now() - $1::interval", timedelta(hours=1))
    async with hub.client(session) as admin:
        refused = await admin.post(DELETE, json={"agents": ids(fleet["web"])})
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("confirmation-needed")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (TAGS, {"agents": [1]}), (TAGS, {"add_tags": ["a"]}), (TAGS, {"agents": [1], "add_tags": ["a b"]}),
        (TAGS, {"agents": [1], "add_tags": ["a"], "remove_tags": ["a"]}), (TAGS, {"agents": [], "add_tags": ["a"]}),
        (TAGS, {"agents": [1], "selector": {}, "add_tags": ["a"]}), (TAGS, {"agents": [0], "add_tags": ["a"]}),
        (RESTORE, {"former": []}), (RESTORE, {"former": [{"environment": "", "tags": [], "agents": [1, 1]}]}),
        (DELETE, {}), (DELETE, {"agents": list(range(1, 10_002))}),
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused(path: str, body: object, client: httpx.AsyncClient) -> None:
    answer = await client.post(path, json=body)
    assert answer.status_code == 422, answer.text
