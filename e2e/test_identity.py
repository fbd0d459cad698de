"""Identities with real agents and a real hub: renewed under fire, revoked and brought back, approved, cloned."""

import json
import os
import shutil
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from e2e.conftest import MakeDeployment
from e2e.deployment import Agent, Deployment
from e2e.processes import run_to_end, wait_until
from e2e.truth import assert_exactly_once, recorded
from e2e.truth import stored as stored_frames

WITHIN_S = 20.0


def identity(deployment: Deployment, agent: Agent) -> dict[str, Any]:
    """Return who an agent is to the hub."""
    found: dict[str, Any] = deployment.get(f"/api/v1/agents/{agent.id}/identity")
    return found


def stored(agent: Agent) -> dict[str, Any]:
    """Return what the agent keeps of its identity."""
    found: dict[str, Any] = json.loads((state_dir(agent) / "identity.json").read_text())
    return found


def state_dir(agent: Agent) -> Path:
    return agent.record.parent / agent.record.stem


def settled(deployment: Deployment, agent: Agent) -> bool:
    """Return whether nothing of a renewal is left open and the agent is connected."""
    shown = identity(deployment, agent)
    active = [one for one in shown["credentials"] if one["state"] in ("offered", "active")]
    return len(active) == 1 and shown["renewal"]["requested_at"] is None and shown["renewal"]["possible"] is True


def enroll_again(deployment: Deployment, agent: Agent) -> None:
    """Enroll the machine of an agent anew with a token for this agent."""
    token = deployment.post("/api/v1/enrollment-tokens", agent_id=agent.id)["token"]
    config = deployment.folder / f"{agent.record.stem}.json"
    done = run_to_end(
        ["opsentrix_agent", "enroll", "--force", "--config", str(config), "--server", deployment.url],
        {"OPSENTRIX_ENROLLMENT_TOKEN": token},
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.timeout(300)
async def test_a_renewal_survives_a_kill_of_either_side_at_any_moment(deployment: Deployment) -> None:
    agent = deployment.agent(reporting_interval=1)
    agent.start()
    agent.wait_frames(1)
    first = agent.credential
    for number, delay_s in enumerate((0.0, 0.01, 0.05, 0.2, 0.6, 1.1)):
        wait_until(lambda: identity(deployment, agent)["renewal"]["possible"] is True, "the agent is there", 60)
        deployment.post(f"/api/v1/agents/{agent.id}/credential/rotate")
        threading.Event().wait(delay_s)  # where it hits is what is tried; nothing depends on it
        if number % 2:
            os.kill(agent.process.pid, signal.SIGKILL)  # what it had in memory is lost with it, and nothing else
            agent.process.end()
            agent.start()
        else:
            deployment.hub.kill()
            deployment.hub.start()
            deployment.wait_healthy()
        wait_until(lambda: settled(deployment, agent), f"the renewal after kill {number} ends", 90)
    assert stored(agent)["credential"] != first
    assert "refuses this agent's credential" not in agent.process.output(), "it was locked out"
    agent.wait_frames(2)
    agent.stop()
    made, kept = recorded(agent), await stored_frames(deployment.database_url(), agent.id)
    assert len({(one.boot, one.seq) for one in kept}) == len(kept), "frames are stored twice"
    last = made[-1].boot
    assert {one.seq for one in kept if one.boot == last} == {one.seq for one in made if one.boot == last}


@pytest.mark.timeout(300)
async def test_a_revoked_agent_is_cut_off_and_enrolling_it_again_keeps_its_history(deployment: Deployment) -> None:
    agent = deployment.agent(reporting_interval=1, spool_disk_bytes=1 << 20)
    agent.start()
    agent.wait_frames(3)
    assert deployment.post(f"/api/v1/agents/{agent.id}/revoke", reason="stolen")["admission"] == "revoked"
    wait_until(lambda: "revoked this agent (stolen)" in agent.process.output(), "the agent says so", WITHIN_S)
    doctor = run_to_end(["opsentrix_agent", "doctor", "--config", str(deployment.folder / "agent.json")], {})
    assert "This agent was revoked" in doctor.stdout
    agent.wait_frames(2)  # it goes on sampling
    before = agent.welcomes()
    enroll_again(deployment, agent)
    assert stored(agent)["agent_id"] == agent.id
    assert agent.process.stop() == 0
    assert agent.welcomes() == before
    agent.start()
    agent.wait_frames(2)
    agent.stop()
    assert len(deployment.get("/api/v1/agents")["items"]) == 1
    assert identity(deployment, agent)["admission"] == "admitted"
    # What it sampled while it was revoked is there as well.
    assert len({one.boot for one in await assert_exactly_once(deployment, agent)}) == 2


@pytest.mark.timeout(300)
async def test_an_agent_that_waits_for_approval_keeps_what_it_samples(make_deployment: MakeDeployment) -> None:
    deployment = make_deployment(OPSENTRIX_APPROVE_AGENTS="true")
    deployment.start()
    agent = deployment.agent(reporting_interval=1)
    agent.process.start()
    agent.wait_frames(3)
    wait_until(lambda: "before somebody approves it" in agent.process.output(), "it knows why", WITHIN_S)
    shown = deployment.get(f"/api/v1/agents/{agent.id}")
    assert (shown["admission"], shown["facts"]["os.type"]) == ("pending", "linux")
    assert deployment.get(f"/api/v1/agents/{agent.id}/metrics")["items"] == []
    before = agent.welcomes()
    deployment.post(f"/api/v1/agents/{agent.id}/approve")
    agent.wait_welcomed(before)
    agent.wait_frames(1)
    agent.stop()
    await assert_exactly_once(deployment, agent)


@pytest.mark.timeout(300)
def test_a_copied_identity_is_noticed_and_the_kept_host_goes_on_alone(deployment: Deployment) -> None:
    agent, other = deployment.agent("agent", reporting_interval=1), deployment.agent("other", reporting_interval=1)
    shutil.copy(state_dir(agent) / "identity.json", state_dir(other) / "identity.json")
    agent.start()
    assert identity(deployment, agent)["clone"] is None
    other.start()
    wait_until(lambda: identity(deployment, agent)["clone"] is not None, "the fight is noticed", 60)
    runs = [one["run"] for one in identity(deployment, agent)["clone"]["hosts"]]
    assert len(set(runs)) == 2
    kept = deployment.post(f"/api/v1/agents/{agent.id}/clone/keep", run=runs[0])
    assert kept["clone"]["kept"] == runs[0]
    wait_until(lambda: identity(deployment, agent)["clone"] is None, "the kept host has a credential of its own", 60)

    def cut_off() -> list[Agent]:
        return [one for one in (agent, other) if "revoked this agent" in one.process.output()]

    wait_until(lambda: bool(cut_off()), "the other host is told that it is out", 60)
    wait_until(lambda: settled(deployment, agent), "the kept one goes on", 60)
    assert len(cut_off()) == 1
    deployment.hub.stop()
    deployment.hub.start()
    deployment.wait_healthy()
    wait_until(lambda: settled(deployment, agent), "and again after a restart of the hub", 90)
    assert identity(deployment, agent)["clone"] is None


def test_tokens_on_the_hubs_own_machine(shared: Deployment) -> None:
    def opsentrix(*arguments: str) -> str:
        done = run_to_end(["opsentrix", "token", *arguments], shared.environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    token = opsentrix("create", "--type", "host", "--environment", "prod", "--tag", "eu", "--approval", "--uses", "3")
    listed = opsentrix("list").splitlines()[0]
    assert all(word in listed for word in ("0/3 used", "type host", "environment prod", "tag eu", "approval", "by hub"))
    assert token.strip() not in listed
    headers = {"Authorization": f"Bearer {token.strip()}"}
    body = {"name": "by-hand", "type": "host", "host": "h"}
    made = shared.client.post("/api/v1/agents/register", json=body, headers=headers).json()
    assert made["admission"] == "pending"
    assert f"-> {made['id']} by-hand" in opsentrix("list")
    number = listed.split()[0]
    opsentrix("revoke", number)
    assert number not in [line.split()[0] for line in opsentrix("list").splitlines()]
    assert "revoked" in opsentrix("list", "--all").splitlines()[0]
    for wrong in (["revoke", number], ["create", "--agent", "999"], ["create", "--type", "No Type"]):
        refused = run_to_end(["opsentrix", "token", *wrong], shared.environment)
        assert (refused.returncode, refused.stderr.count("\n")) == (78, 1), refused.stderr
