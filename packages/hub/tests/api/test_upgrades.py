"""Rollouts of releases: what is offered, who is asked, how it ends, and that a restarted hub goes on."""

import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.agent import BOOT, FakeAgent
from packages.hub.tests.kit.hub import Enrolled, RunningHub, running, until

SIGNATURE = {"key_id": "0011223344556677", "signature": "ab" * 64}
State = pb.UpgradeState.State


def offer(folder: Path, release: str = "2.0", **change: object) -> None:
    """Write an artefact with its manifest, or with one that says something else."""
    folder.mkdir(exist_ok=True)
    artefact = folder / "opsentrix-agent.pyz"
    with zipfile.ZipFile(artefact, "w") as archive:
        archive.writestr("VERSION", f"{release}\n")
    content = artefact.read_bytes()
    manifest: dict[str, Any] = {"version": release, "sha256": sha256(content).hexdigest(), "size": len(content)}
    manifest |= {"signatures": [SIGNATURE], **change}
    (folder / "opsentrix-agent.pyz.manifest.json").write_text(json.dumps(manifest))


@pytest.fixture
def install_dir(tmp_path: Path) -> Path:
    return tmp_path / "install"


@pytest.fixture
async def hub(dsn: str, tmp_path: Path, install_dir: Path) -> AsyncIterator[RunningHub]:
    offer(install_dir)
    async with running(dsn, tmp_path, install_dir=str(install_dir)) as started:
        yield started


@pytest.fixture
async def client(hub: RunningHub) -> AsyncIterator[httpx.AsyncClient]:
    async with hub.client(await hub.session()) as logged_in:
        yield logged_in


@asynccontextmanager
async def agent_of(
    hub: RunningHub, enrolled: Enrolled, version: str = "1.0", *, allows: bool = True
) -> AsyncIterator[FakeAgent]:
    """Connect an agent of this release, whose owner allows upgrades."""
    async with hub.agent(enrolled) as agent:
        hello = pb.Hello(
            boot_ids=[BOOT], step_ms=1000, frame_ticks=5, agent_version=version,
            capabilities=["upgrades"] if allows else [],
        )  # fmt: skip
        await agent.send(hello=hello)
        assert "upgrades" in (await agent.receive("welcome")).welcome.capabilities
        yield agent


async def begin(client: httpx.AsyncClient, **body: object) -> dict[str, Any]:
    answer = await client.post("/api/v1/upgrades", json={"selector": {}, "soak_s": 0, **body})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def says(agent: FakeAgent, asked: pb.Upgrade, state: State, detail: str = "") -> None:
    await agent.send(
        upgrade_state=pb.UpgradeState(rollout_id=asked.rollout_id, version=asked.version, state=state, detail=detail)
    )


async def until_state(client: httpx.AsyncClient, rollout: dict[str, Any], state: str) -> dict[str, Any]:
    path = f"/api/v1/upgrades/{rollout['id']}"

    async def reached() -> bool:
        return bool((await client.get(path)).json()["state"] == state)

    await until(reached)
    return dict((await client.get(path)).json())


async def allows(hub: RunningHub, *agents: Enrolled) -> None:
    """Let agents connect once, so that the hub knows that their owner allows upgrades."""
    for one in agents:
        async with agent_of(hub, one):
            await until(partial(_is_upgradable, hub, one, True))
        await until(partial(_is_upgradable, hub, one, False))


def _is_upgradable(hub: RunningHub, enrolled: Enrolled, wanted: bool) -> bool:
    return (enrolled.id in hub.hub.sessions.upgradable()) is wanted


async def test_what_runs_and_what_is_offered(hub: RunningHub, client: httpx.AsyncClient, install_dir: Path) -> None:
    enrolled = await hub.enroll("a")
    await hub.enroll("b")
    async with agent_of(hub, enrolled):

        async def known() -> bool:
            counted = (await client.get("/api/v1/agent-releases")).json()["versions"]
            return {"version": "1.0", "agents": 1, "allowed": 1} in counted

        await until(known)
    view = (await client.get("/api/v1/agent-releases")).json()
    assert {"version": "", "agents": 1, "allowed": 0} in view["versions"]
    assert (view["offered"]["version"], view["offered"]["problem"]) == ("2.0", "")
    assert view["offered"]["keys"] == ["0011223344556677"]
    (install_dir / "opsentrix-agent.pyz").unlink()
    assert (await client.get("/api/v1/agent-releases")).json()["offered"] is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"signatures": []}, "not signed"),
        ({"sha256": "0" * 64}, "another artefact"),
        ({"version": "2.1"}, "another artefact"),
        ({"signatures": [{"key_id": "a"}]}, "cannot be read"),
        (None, "not signed"),
    ],
)
async def test_an_unsigned_release_is_not_rolled_out(
    hub: RunningHub, client: httpx.AsyncClient, install_dir: Path, change: dict[str, object] | None, said: str
) -> None:
    offer(install_dir, "2.0", **(change or {}))
    if change is None:
        (install_dir / "opsentrix-agent.pyz.manifest.json").unlink()
    assert said in (await client.get("/api/v1/agent-releases")).json()["offered"]["problem"]
    answer = await client.post("/api/v1/upgrades", json={"selector": {}})
    assert answer.status_code == 409
    assert said in answer.json()["detail"]


async def test_the_plan_names_who_is_asked_when_and_who_is_not(hub: RunningHub, client: httpx.AsyncClient) -> None:
    agents = [await hub.enroll(f"web-{number}") for number in range(4)]
    await allows(hub, *agents[:3])
    current = await hub.enroll("current")
    async with agent_of(hub, agents[2]), agent_of(hub, current, "2.0"):
        await until(lambda: len(hub.hub.sessions.upgradable()) == 2)

        async def told() -> bool:
            rows = await hub.fetch("SELECT version FROM agents WHERE id = $1", current.id)
            return bool(rows[0]["version"] == "2.0")

        await until(told)
        answer = await client.post("/api/v1/upgrades/plan", json={"selector": {}})
    plan = answer.json()
    assert [[one["id"] for one in ring] for ring in plan["rings"]] == [[agents[2].id], [agents[0].id, agents[1].id]]
    assert [one["name"] for one in plan["not_allowed"]] == ["web-3"]
    assert [one["name"] for one in plan["current"]] == ["current"]
    assert (await client.get("/api/v1/upgrades")).json() == {"items": []}


async def test_ring_after_ring_until_all_run_it(hub: RunningHub, client: httpx.AsyncClient) -> None:
    one, other = await hub.enroll("a"), await hub.enroll("b")
    async with agent_of(hub, one) as first, agent_of(hub, other) as second:
        await until(lambda: len(hub.hub.sessions.upgradable()) == 2)
        rollout = await begin(client, rings=["1", "100%"])
        asked = (await first.receive("upgrade")).upgrade
        assert (asked.version, len(asked.rollout_id), len(asked.sha256)) == ("2.0", 16, 32)
        assert asked.signatures[0].key_id == "0011223344556677"
        await second.quiet()
        await says(first, asked, State.STATE_DOWNLOADING)
        await says(first, asked, State.STATE_CONFIRMED)
        asked = (await second.receive("upgrade")).upgrade
        await says(second, asked, State.STATE_CONFIRMED)
        view = await until_state(client, rollout, "finished")
    assert [(one["name"], one["ring"], one["state"]) for one in view["agents"]] == [
        ("a", 0, "confirmed"), ("b", 1, "confirmed"),
    ]  # fmt: skip
    actions = [row["action"] for row in await hub.fetch("SELECT action FROM audit_log ORDER BY id")]
    assert actions[-2:] == ["upgrade.create", "upgrade.finished"]


async def test_a_release_that_fails_reaches_nobody_else(hub: RunningHub, client: httpx.AsyncClient) -> None:
    one, other = await hub.enroll("a"), await hub.enroll("b")
    async with agent_of(hub, one) as first, agent_of(hub, other) as second:
        await until(lambda: len(hub.hub.sessions.upgradable()) == 2)
        rollout = await begin(client, rings=["1", "100%"])
        asked = (await first.receive("upgrade")).upgrade
        await says(first, asked, State.STATE_REVERTED, "No frame\x00 was acknowledged.")
        view = await until_state(client, rollout, "halted")
        await second.quiet()
    assert view["agents"][0]["detail"] == "No frame was acknowledged."
    assert view["agents"][1]["state"] == "waiting"
    assert view["reason"]


async def test_an_agent_that_was_away_is_asked_when_it_comes_and_again_until_it_answers(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    enrolled = await hub.enroll()
    await allows(hub, enrolled)
    await begin(client)
    async with agent_of(hub, enrolled) as agent:
        first = (await agent.receive("upgrade")).upgrade
    async with agent_of(hub, enrolled) as agent:
        assert (await agent.receive("upgrade")).upgrade == first
        await says(agent, first, State.STATE_CONFIRMED)

        async def ended() -> bool:
            rows = await hub.fetch("SELECT state FROM upgrade_agents")
            return bool(rows[0]["state"] == "confirmed")

        await until(ended)
    async with agent_of(hub, enrolled) as agent:
        await agent.quiet()


async def test_a_paused_rollout_asks_nobody_and_a_stopped_one_never_again(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    enrolled = await hub.enroll()
    await allows(hub, enrolled)
    rollout = await begin(client)
    path = f"/api/v1/upgrades/{rollout['id']}"
    assert (await client.post(f"{path}/pause")).json()["state"] == "paused"
    async with agent_of(hub, enrolled) as agent:
        await agent.quiet()
        assert (await client.post(f"{path}/resume")).json()["state"] == "running"
        await agent.receive("upgrade")
    assert (await client.post(f"{path}/stop")).json()["state"] == "stopped"
    assert (await client.post(f"{path}/resume")).status_code == 409
    async with agent_of(hub, enrolled) as agent:
        await agent.quiet()


async def test_there_is_one_rollout_at_a_time(hub: RunningHub, client: httpx.AsyncClient) -> None:
    enrolled = await hub.enroll()
    await allows(hub, enrolled)
    await begin(client)
    answer = await client.post("/api/v1/upgrades", json={"selector": {}})
    assert (answer.status_code, "under way" in answer.json()["detail"]) == (409, True)


async def test_a_rollout_to_nobody_is_none(hub: RunningHub, client: httpx.AsyncClient) -> None:
    enrolled = await hub.enroll()
    answer = await client.post("/api/v1/upgrades", json={"agents": [enrolled.id]})
    assert (answer.status_code, "does not allow" in answer.json()["detail"]) == (409, True)
    assert (await client.post("/api/v1/upgrades", json={"agents": [999]})).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {}, {"agents": [1], "selector": {}}, {"selector": {}, "rings": []}, {"selector": {}, "rings": ["1"]},
        {"selector": {}, "rings": ["0%", "100%"]}, {"selector": {}, "rings": ["101%"]}, {"selector": {}, "soak_s": -1},
        {"selector": {}, "version": "9.9"}, {"selector": {}, "rings": ["x", "100%"]},
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_not_begun(client: httpx.AsyncClient, body: dict[str, object]) -> None:
    assert (await client.post("/api/v1/upgrades", json=body)).status_code == 422


async def test_an_artefact_that_was_replaced_meanwhile_ends_the_rollout(
    hub: RunningHub, client: httpx.AsyncClient, install_dir: Path
) -> None:
    enrolled = await hub.enroll()
    await allows(hub, enrolled)
    rollout = await begin(client)
    offer(install_dir, "2.1")
    async with agent_of(hub, enrolled) as agent:
        view = await until_state(client, rollout, "halted")
        await agent.quiet()
    assert "no longer has the artefact" in view["reason"]


async def test_an_agent_speaks_for_itself_and_of_what_it_was_asked_only(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    one, other = await hub.enroll("a"), await hub.enroll("b")
    await allows(hub, one, other)
    async with agent_of(hub, one) as first:
        rollout = await begin(client, rings=["1", "100%"])
        asked = (await first.receive("upgrade")).upgrade
        async with agent_of(hub, other) as second:
            await says(second, asked, State.STATE_FAILED)
            await says(second, pb.Upgrade(rollout_id=b"short"), State.STATE_FAILED)
            await second.send(upgrade_state=pb.UpgradeState(rollout_id=asked.rollout_id))
            await second.quiet()
    view = (await client.get(f"/api/v1/upgrades/{rollout['id']}")).json()
    assert [one["state"] for one in view["agents"]] == ["asked", "waiting"]


async def test_a_hub_that_restarts_goes_on(dsn: str, tmp_path: Path, install_dir: Path) -> None:
    offer(install_dir)
    async with running(dsn, tmp_path, install_dir=str(install_dir)) as hub:
        one, other = await hub.enroll("a"), await hub.enroll("b")
        await allows(hub, one, other)
        async with hub.client(await hub.session()) as client, agent_of(hub, one) as agent:
            await until(lambda: hub.hub.sessions.upgradable() == {one.id})
            rollout = await begin(client, rings=["1", "100%"])
            await agent.receive("upgrade")
    async with (
        running(dsn, tmp_path, install_dir=str(install_dir)) as hub,
        agent_of(hub, one) as first,
        agent_of(hub, other) as second,
        hub.client(await hub.session()) as client,
    ):
        await says(first, (await first.receive("upgrade")).upgrade, State.STATE_CONFIRMED)
        await says(second, (await second.receive("upgrade")).upgrade, State.STATE_CONFIRMED)
        await until_state(client, rollout, "finished")
