"""Configuration of agents: what people want, what agents are told and answer, and pauses in the history."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.agent import BOOT, OTHER_BOOT, FakeAgent, bare_frame, full_frame, now_ms
from packages.hub.tests.kit.hub import Enrolled, RunningHub, until


def path(enrolled: Enrolled, tail: str = "config") -> str:
    return f"/api/v1/agents/{enrolled.id}/{tail}"


async def put(client: httpx.AsyncClient, enrolled: Enrolled, based_on: int = 0, **content: Any) -> httpx.Response:  # noqa: ANN401 - JSON
    named = {key.replace("collectors_", "collectors."): value for key, value in content.items()}
    return await client.put(path(enrolled), json={"content": named, "based_on": based_on})


@asynccontextmanager
async def configurable(hub: RunningHub, enrolled: Enrolled, version: int = 0) -> AsyncIterator[FakeAgent]:
    async with hub.agent(enrolled) as agent:
        hello = pb.Hello(
            boot_ids=[BOOT], step_ms=1000, frame_ticks=5, capabilities=["configuration"], configuration_version=version
        )
        await agent.send(hello=hello)
        assert "configuration" in (await agent.receive("welcome")).welcome.capabilities
        yield agent


async def configuration(agent: FakeAgent) -> tuple[int, dict[str, Any]]:
    told = (await agent.receive("configuration")).configuration
    return told.version, json.loads(told.content_json)


async def test_a_change_reaches_a_connected_agent_and_its_answer_is_shown(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    empty = (await client.get(path(enrolled))).json()
    assert empty == {"wanted": None, "link": "away", "state": None}
    async with configurable(hub, enrolled) as agent:
        answer = await put(client, enrolled, reporting_interval=30, collectors_disable=["disk"])
        assert (answer.json()["wanted"]["version"], answer.json()["link"]) == (1, "connected")
        assert await configuration(agent) == (1, {"reporting_interval": 30, "collectors": {"disable": ["disk"]}})
        await agent.send(
            configuration_state=pb.ConfigurationState(
                version=1,
                settings=[pb.Setting(key="reporting_interval", value_json="10", source=pb.SETTING_SOURCE_FILE)],
                refused=[pb.RefusedSetting(key="reporting_interval", reason="is set by the file")],
            )
        )

        async def shown() -> bool:
            return (await client.get(path(enrolled))).json()["state"] is not None

        await until(shown)
    state = (await client.get(path(enrolled))).json()["state"]
    assert state["settings"] == [{"key": "reporting_interval", "value": 10, "source": "file"}]
    assert state["refused"] == [{"key": "reporting_interval", "reason": "is set by the file"}]
    assert (await client.get(f"/api/v1/agents/{enrolled.id}")).json()["reporting_interval"] == 10


async def test_an_agent_that_was_away_learns_what_holds_and_nothing_it_knows(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    await put(client, enrolled, paused=True)
    async with configurable(hub, enrolled) as agent:
        assert await configuration(agent) == (1, {"paused": True})
    async with configurable(hub, enrolled, version=1) as agent:
        await agent.quiet()


async def test_a_version_of_another_life_of_the_hub_is_taken_back(hub: RunningHub, enrolled: Enrolled) -> None:
    async with configurable(hub, enrolled, version=9) as agent:
        assert await configuration(agent) == (0, {})


async def test_an_agent_of_an_older_release_is_told_nothing(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    async with hub.greeted(enrolled) as agent:
        assert (await put(client, enrolled, paused=True)).json()["link"] == "unsupported"
        assert (await client.post(path(enrolled, "restart"))).status_code == 409
        await agent.quiet()


async def test_whoever_changes_an_older_version_is_told_of_the_conflict(
    enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    assert (await put(client, enrolled, paused=True)).status_code == 200
    conflict = await put(client, enrolled, reporting_interval=9)
    assert (conflict.status_code, conflict.json()["title"]) == (409, "Conflict")
    assert (await put(client, enrolled, 1, reporting_interval=9)).json()["wanted"]["version"] == 2


@pytest.mark.parametrize(
    "content",
    [
        {"server_url": "http://x"}, {"tls_ca": "/x"}, {"reporting_interval": 0}, {"reporting_interval": 301},
        {"spool_bytes": 1}, {"spool_bytes": 1 << 30}, {"paused": "?"}, {"collectors.enable": ["../x"]},
        {"collectors.disable": ["a"] * 101}, {"collectors_enable": "disk"}, {"colour": 1},
    ],
)  # fmt: skip
async def test_what_no_agent_may_be_told_is_refused(
    content: dict[str, Any], enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    assert (await put(client, enrolled, **content)).status_code == 422


async def test_versions_are_listed_rolled_back_and_audited(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    await put(client, enrolled, reporting_interval=10)
    await client.post(path(enrolled, "pause"))
    back = await client.post(path(enrolled, "config/rollback"), json={"version": 1})
    assert back.json()["wanted"]["content"]["paused"] is None
    assert (await client.post(path(enrolled, "config/rollback"), json={"version": 9})).status_code == 404
    items = (await client.get(path(enrolled, "config/versions"))).json()["items"]
    assert [(one["version"], one["comment"]) for one in items] == [(3, "back to version 1"), (2, "paused"), (1, "")]
    told = await hub.fetch("SELECT after FROM audit_log WHERE action = 'agent_config.change' ORDER BY id")
    assert told[1]["after"] == {"reporting_interval": 10, "paused": True}


async def test_pausing_twice_is_one_change_and_resuming_leaves_the_rest(
    enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    await put(client, enrolled, reporting_interval=10)
    for _ in range(2):
        assert (await client.post(path(enrolled, "pause"))).json()["wanted"]["version"] == 2
    resumed = (await client.post(path(enrolled, "resume"))).json()["wanted"]
    assert (resumed["version"], resumed["content"]["reporting_interval"]) == (3, 10)


async def test_a_connected_agent_is_asked_to_restart(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    assert (await client.post(path(enrolled, "restart"))).status_code == 409
    async with configurable(hub, enrolled) as agent:
        assert (await client.post(path(enrolled, "restart"))).status_code == 202
        assert (await agent.receive("control")).control.action == pb.Control.ACTION_RESTART


async def test_many_are_changed_at_once(hub: RunningHub, client: httpx.AsyncClient) -> None:
    ours = [await hub.enroll(f"web-{number}", environment="production") for number in range(3)]
    other = await hub.enroll("lab", environment="lab")
    await put(client, ours[0], reporting_interval=10)
    many = "/api/v1/agents/bulk-config"
    selected = {"selector": {"environment": ["production"]}, "change": {"spool_bytes": 1 << 20}}
    assert (await client.post(many, json=selected)).json() == {"agents": 3, "changed": 3, "restarted": 0}
    assert (await client.post(many, json=selected)).json()["changed"] == 0
    kept = (await client.get(path(ours[0]))).json()["wanted"]
    assert (kept["version"], kept["content"]["reporting_interval"]) == (2, 10)
    assert (await client.get(path(other))).json()["wanted"] is None
    missing = {"agents": [other.id, 10**9], "change": {"paused": True}}
    assert (await client.post(many, json=missing)).status_code == 404
    assert (await client.get(path(other))).json()["wanted"] is None
    for nonsense in ({}, {"agents": [1]}, {"agents": [1], "selector": {}, "restart": True}):
        assert (await client.post(many, json=nonsense)).status_code == 422
    async with configurable(hub, other) as agent:
        asked = {"agents": [other.id, ours[0].id], "restart": True}
        assert (await client.post(many, json=asked)).json()["restarted"] == 1
        await agent.receive("control")


async def test_of_many_versions_the_newest_are_kept(
    enrolled: Enrolled, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opsentrix.storage.configs.KEPT_VERSIONS", 2)
    for number in range(4):
        await put(client, enrolled, number, reporting_interval=number + 1)
    items = (await client.get(path(enrolled, "config/versions"))).json()["items"]
    assert [one["version"] for one in items] == [4, 3]


async def test_whatever_an_agent_says_of_itself_is_bounded(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    hostile = pb.ConfigurationState(
        version=2**64 - 1,
        settings=[pb.Setting(key="k\0" * 1000, value_json=value) for value in ("{", '"\\u0000"', "[" * 9000, "1" * 40)]
        + [pb.Setting()] * 500,
        refused=[pb.RefusedSetting(key="x", reason="r" * 1000)] * 500,
        paused=[
            pb.PausedSpan(boot_id=BOOT, next_seq=2**64 - 1, first_ms=1, last_ms=2),
            pb.PausedSpan(boot_id=OTHER_BOOT, next_seq=1, first_ms=1, last_ms=2),
            pb.PausedSpan(boot_id=BOOT, next_seq=1, first_ms=-5, last_ms=2**62),
        ],
    )
    async with configurable(hub, enrolled) as agent:
        await agent.send(configuration_state=hostile)
        await agent.send(frame=full_frame(1))
        await agent.acked(1)
    state = (await client.get(path(enrolled))).json()["state"]
    assert (len(state["settings"]), len(state["refused"]), len(state["refused"][0]["reason"])) == (64, 64, 512)
    assert not await hub.fetch("SELECT 1 FROM frame_causes")


async def test_a_pause_is_the_reason_of_the_gap(hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient) -> None:
    first = now_ms() - 60_000
    async with configurable(hub, enrolled) as agent:
        await agent.send(frame=full_frame(1, first_ms=first))
        await agent.acked(1)
        span = pb.PausedSpan(boot_id=BOOT, next_seq=2, first_ms=first + 5000, last_ms=first + 30_000)
        await agent.send(configuration_state=pb.ConfigurationState(paused=[span]))
        await agent.send(frame=bare_frame(2, first_ms=first + 30_000))
        await agent.acked(2)
    query: dict[str, str | float] = {
        "agent": enrolled.id,
        "metric": "test.gauge",
        "from": first / 1000,
        "to": first / 1000 + 40,
    }
    gaps = (await client.get("/api/v1/series", params=query)).json()["gaps"]
    assert [one["reason"] for one in gaps if one["reason"] != "no data"] == ["paused"]
