"""Configuration from the hub with a real agent: it applies in seconds, pins hold, a pause and a restart are honest."""

import json
import os
import signal
from typing import Any

from e2e.deployment import Agent, Deployment
from e2e.processes import wait_until
from e2e.truth import assert_exactly_once

WITHIN_S = 10.0


def config_of(deployment: Deployment, agent: Agent) -> dict[str, Any]:
    """Return the configuration as the API shows it."""
    shown: dict[str, Any] = deployment.get(f"/api/v1/agents/{agent.id}/config")
    return shown


def effective(deployment: Deployment, agent: Agent) -> dict[str, tuple[object, str]]:
    """Return value and source of each setting that the agent told of."""
    state = config_of(deployment, agent)["state"] or {"settings": []}
    return {one["key"]: (one["value"], one["source"]) for one in state["settings"]}


def metrics_of(deployment: Deployment, agent: Agent, prefix: str) -> set[str]:
    """Return the names of an agent's metrics that begin like this."""
    listed = deployment.get(f"/api/v1/agents/{agent.id}/metrics")["items"]
    return {one["metric"] for one in listed if one["metric"].startswith(prefix)}


def change(deployment: Deployment, agent: Agent, **content: object) -> None:
    """Change keys of what is wanted of an agent."""
    deployment.post("/api/v1/agents/bulk-config", agents=[agent.id], change=content)


async def test_an_agent_follows_its_hub_within_what_its_owner_pins(deployment: Deployment) -> None:
    plugins = deployment.folder / "collectors.d"
    agent = deployment.agent(spool_bytes=1 << 20, plugin_dir=str(plugins))
    agent.start()
    change(deployment, agent, reporting_interval=1, spool_bytes=1 << 22)
    wait_until(
        lambda: effective(deployment, agent).get("reporting_interval") == (1, "hub"), "the change applies", WITHIN_S
    )
    assert effective(deployment, agent)["spool_bytes"] == (1 << 20, "file")
    assert [one["key"] for one in config_of(deployment, agent)["state"]["refused"]] == ["spool_bytes"]

    path = deployment.folder / "agent.json"
    settings = json.loads(path.read_text())
    path.write_text("{")
    os.kill(agent.process.pid, signal.SIGHUP)
    wait_until(lambda: "not valid JSON" in config_of(deployment, agent)["state"]["file_error"], "said", WITHIN_S)
    path.write_text(json.dumps({key: value for key, value in settings.items() if key != "spool_bytes"}))
    os.kill(agent.process.pid, signal.SIGHUP)
    wait_until(lambda: effective(deployment, agent)["spool_bytes"] == (1 << 22, "hub"), "no pin any more", WITHIN_S)

    assert not metrics_of(deployment, agent, "plugin.late.")
    plugin = plugins / "late"
    plugins.mkdir(mode=0o755)
    plugin.write_text("#!/bin/sh\necho age 42\n")
    plugin.chmod(0o755)
    os.kill(agent.process.pid, signal.SIGHUP)
    wait_until(lambda: metrics_of(deployment, agent, "plugin.late.") == {"plugin.late.age"}, "a new plugin", WITHIN_S)

    agent.wait_frames(2)
    deployment.post(f"/api/v1/agents/{agent.id}/pause")
    wait_until(lambda: effective(deployment, agent)["paused"] == (True, "hub"), "paused", WITHIN_S)
    frames = agent.frames()
    deployment.hub.kill()
    deployment.hub.start()
    deployment.wait_healthy()
    agent.wait_welcomed(agent.welcomes() - 1)
    wait_until(lambda: deployment.get(f"/api/v1/agents/{agent.id}")["status"] == "online", "a heartbeat", 60)
    assert agent.frames() == frames, "a paused agent sampled"
    deployment.post(f"/api/v1/agents/{agent.id}/resume")
    agent.wait_frames(3)

    before, pid = agent.welcomes(), agent.process.pid
    deployment.post(f"/api/v1/agents/{agent.id}/restart")
    agent.wait_welcomed(before)
    assert (agent.process.pid, agent.process.running) == (pid, True)
    agent.wait_frames(2)
    deployment.post(f"/api/v1/agents/{agent.id}/restart")
    wait_until(lambda: config_of(deployment, agent)["state"]["control_error"], "the second is refused", WITHIN_S)
    agent.stop()
    stored = await assert_exactly_once(deployment, agent)
    assert len({one.boot for one in stored}) == 2
    first, last = stored[0].first_tick_ms / 1000, stored[-1].first_tick_ms / 1000
    gaps = deployment.get("/api/v1/series", agent=agent.id, metric="system.uptime", **{"from": first, "to": last})
    assert "paused" in {one["reason"] for one in gaps["gaps"]}
