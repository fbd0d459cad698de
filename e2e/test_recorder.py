"""The flight recorder with a real agent, hub and PostgreSQL: what it holds, what a restart leaves, a hub that dies."""

import os
import signal
import time
from typing import Any

from e2e.deployment import Agent, Deployment
from e2e.processes import HOG, run_hog, wait_until


def recordings(agent: Agent) -> str:
    """Return the path of an agent's recordings."""
    return f"/api/v1/agents/{agent.id}/recordings"


def ended(deployment: Deployment, agent: Agent, recording: int) -> dict[str, Any]:
    """Wait until a recording is complete or failed, and return it with its looks."""

    def content() -> dict[str, Any]:
        found: dict[str, Any] = deployment.get(f"{recordings(agent)}/{recording}", limit=400)
        return found

    wait_until(lambda: content()["recording"]["finished_at"] is not None, "the recording ends", 60)
    return content()


def test_a_hog_is_recorded_by_name_with_who_started_it_and_a_restart_forgets_it(deployment: Deployment) -> None:
    agent = deployment.agent()
    agent.start()
    began = time.time()
    run_hog(deployment.folder)
    agent.wait_frames(2)
    asked = deployment.post(recordings(agent), reason="who was that?")
    content = ended(deployment, agent, asked["id"])
    seen = [one for look in content["looks"] for one in look["processes"] if one["name"] == HOG]

    assert content["recording"]["state"] == "complete"
    assert content["recording"]["reason"] == "who was that?"
    assert any(one["cpu"] > 0.1 for one in seen)
    assert {one["parent_pid"] for one in seen} == {os.getpid()}
    counts = [one["attributes"] for one in content["events"] if one["kind"] == "network.connections"]
    assert any(int(one["established"]) >= 1 for one in counts)

    agent.stop()
    stopped = time.time()
    agent.start()
    agent.wait_frames(1)
    again = deployment.post(recordings(agent), **{"from": began, "to": stopped})
    told = ended(deployment, agent, again["id"])
    assert (told["recording"]["state"], told["looks"]) == ("failed", [])
    assert "holds nothing of this time" in told["recording"]["error"]
    agent.stop()


def test_a_hub_that_is_killed_before_all_came_gets_it_afterwards(deployment: Deployment) -> None:
    agent = deployment.agent()
    agent.start()
    agent.wait_frames(2)
    os.kill(agent.process.pid, signal.SIGSTOP)  # connected, and not answering
    try:
        asked = deployment.post(recordings(agent))
        deployment.hub.kill()
    finally:
        os.kill(agent.process.pid, signal.SIGCONT)
    deployment.hub.start()
    deployment.wait_healthy()
    content = ended(deployment, agent, asked["id"])
    assert content["recording"]["state"] == "complete"
    assert content["looks"]
    agent.stop()
