"""Retention over HTTP: rules, what they do to frames, and a disk that is nearly full."""

from typing import Any

import httpx
import pytest
from opsentrix.maintenance.disk import Space
from opsentrix.model.users import Role
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.agent import full_frame, now_ms
from packages.hub.tests.kit.hub import RunningHub

RULES = "/api/v1/retention-rules"


async def create(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    answer = await client.post(RULES, json=body)
    assert answer.status_code == 201, answer.text
    rule: dict[str, Any] = answer.json()
    return rule


async def test_a_rule_is_made_changed_listed_and_removed_and_all_of_it_audited(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    rule = await create(client, environment="production", keep_1s_days=90, keep_1m_days=700)
    wanted = {
        "id": rule["id"], "environment": "production", "tag": None, "keep_1s_days": 90, "keep_1m_days": 700,
        "keep_1h_days": None,
    }  # fmt: skip
    assert rule == wanted
    changed = await client.patch(f"{RULES}/{rule['id']}", json={"keep_1s_days": 60, "keep_1m_days": None})
    assert changed.json() == wanted | {"keep_1s_days": 60, "keep_1m_days": None}
    assert (await client.get(RULES)).json()["items"] == [changed.json()]
    assert (await client.delete(f"{RULES}/{rule['id']}")).status_code == 204
    assert (await client.get("/api/v1/retention")).json()["rules"] == []
    assert (await client.delete(f"{RULES}/{rule['id']}")).status_code == 404
    assert (await client.patch(f"{RULES}/{rule['id']}", json={"keep_1s_days": 1})).status_code == 404
    told = await hub.fetch(
        "SELECT action, before, after FROM audit_log WHERE action LIKE 'retention_rule.%' ORDER BY id"
    )
    assert [row["action"].split(".")[1] for row in told] == ["create", "update", "delete"]
    assert (told[0]["before"], told[2]["after"]) == (None, None)
    assert (told[1]["before"]["keep_1s_days"], told[1]["after"]["keep_1s_days"]) == (rule["keep_1s_days"], 60)


@pytest.mark.parametrize(
    "body",
    [
        {}, {"keep_1s_days": 5}, {"environment": "a"}, {"environment": "a", "tag": "b", "keep_1s_days": 5},
        {"environment": "", "keep_1s_days": 5}, {"tag": "a b", "keep_1s_days": 5}, {"tag": "a", "keep_1s_days": 0},
        {"tag": "a", "keep_1s_days": 10**6},
    ],
)  # fmt: skip
async def test_rules_that_make_no_sense_are_refused(body: dict[str, Any], client: httpx.AsyncClient) -> None:
    assert (await client.post(RULES, json=body)).status_code == 422


async def test_there_is_one_rule_for_each_environment_and_tag(client: httpx.AsyncClient) -> None:
    await create(client, tag="lab", keep_1s_days=5)
    again = await client.post(RULES, json={"tag": "lab", "keep_1s_days": 7})
    assert (again.status_code, again.json()["title"]) == (409, "Conflict")


async def test_viewers_see_what_is_kept(hub: RunningHub) -> None:
    async with hub.client(await hub.session(Role.VIEWER)) as viewer:
        shown = (await viewer.get("/api/v1/retention")).json()
    assert shown["defaults"] == {"keep_1s_days": 30, "keep_1m_days": 365, "keep_1h_days": 1825}
    assert shown["disk"]["accepting"] is True
    assert (shown["rules"], shown["shortened"]) == ([], [])


async def test_frames_as_old_as_the_longest_rule_are_taken_at_once(hub: RunningHub, client: httpx.AsyncClient) -> None:
    agent = await hub.enroll("old")
    sample = {"samples": [{"metric": "a", "value": 1, "time": now_ms() / 1000 - 45 * 86_400}]}
    path = f"/api/v1/agents/{agent.id}/metrics"
    assert (await client.post(path, json=sample, headers=agent.headers)).status_code == 422
    await create(client, environment="production", keep_1s_days=60)
    assert (await client.post(path, json=sample, headers=agent.headers)).status_code == 200


async def test_with_a_full_disk_agents_keep_their_frames_and_send_them_later(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    room = Space(10, 1000, 100)

    async def measure() -> Space:
        return room

    hub.hub.intake._measure = measure
    await hub.hub.intake.look()
    agent = await hub.enroll("full")
    path = f"/api/v1/agents/{agent.id}/metrics"
    refused = await client.post(path, json={"metrics": {"a": 1}}, headers=agent.headers)
    assert refused.status_code == 503
    assert "disk" in refused.json()["detail"]
    shown = (await client.get("/api/v1/retention")).json()["disk"]
    assert (shown["state"], shown["accepting"], shown["free_bytes"]) == ("critical", False, 10)
    async with hub.greeted(agent) as link:
        await link.send(frame=full_frame(1))
        reject = await link.rejected()
        assert (reject.reason, reject.permanent, reject.seq) == (pb.REJECT_REASON_BUSY, False, 1)
        room = Space(90, 1000, 100)
        await hub.hub.intake.look()
        await link.send(frame=full_frame(1))
        await link.acked(1)
    assert (await client.post(path, json={"metrics": {"a": 1}}, headers=agent.headers)).status_code == 200
