"""kill -9 of the hub in full flow: what was acknowledged is there, the agent resends the rest, nothing is doubled."""

import random
import time

import pytest

from e2e import live
from e2e.deployment import Agent, Deployment
from e2e.processes import sleep_into_a_second, wait_until
from e2e.truth import assert_api_shows, assert_exactly_once

KILLS = 4
MIGRATED, READY = "embedded PostgreSQL is up", "Opsentrix"
"""What the hub writes on its way up: with its database, and when it takes requests."""


def start_and_kill(deployment: Deployment, text: str) -> None:
    """Start the hub and kill it as soon as it writes this text."""
    before = deployment.hub.output().count(text)
    deployment.hub.start()
    wait_until(lambda: deployment.hub.output().count(text) > before, f"the hub writes {text!r}")
    deployment.hub.kill()


def kill_and_restart(deployment: Deployment, agent: Agent) -> float:
    """Kill the hub, start it again on the same data and return the seconds until the agent was welcomed."""
    postmaster = deployment.postmaster()
    welcomes = agent.welcomes()
    deployment.hub.kill()
    assert postmaster
    assert deployment.postmaster() == postmaster, "the embedded PostgreSQL should have outlived the kill"
    started = time.monotonic()
    deployment.hub.start()
    deployment.wait_healthy()
    assert deployment.postmaster() == postmaster, "the server that was left over should have been taken over"
    agent.wait_welcomed(welcomes)
    return time.monotonic() - started


@pytest.mark.timeout(300)
async def test_no_frame_is_lost_or_doubled_when_the_hub_is_killed(deployment: Deployment) -> None:
    agent = deployment.agent(reporting_interval=1)
    agent.start()
    moments = random.Random(20_26)  # noqa: S311 - the same moments in each run
    recoveries = []
    for _ in range(KILLS):
        agent.wait_frames(2)
        # A frame is on its way, queued, being committed or being acknowledged for the first 0.3 s of each second.
        sleep_into_a_second(moments.uniform(0.0, 0.3))
        recoveries.append(kill_and_restart(deployment, agent))
    deployment.hub.kill()
    start_and_kill(deployment, MIGRATED)
    start_and_kill(deployment, READY)
    welcomes = agent.welcomes()
    deployment.hub.start()
    agent.wait_welcomed(welcomes)
    agent.stop()
    frames = await assert_exactly_once(deployment, agent)
    assert_api_shows(deployment, agent, frames)
    assert len(frames) >= 3 * KILLS
    print(f"recoveries in s: {[round(one, 1) for one in recoveries]}, frames: {len(frames)}")  # noqa: T201 - a figure


@pytest.mark.timeout(300)
async def test_no_frame_is_lost_or_doubled_when_the_hub_is_killed_while_somebody_watches(
    deployment: Deployment,
) -> None:
    agent = deployment.agent()
    agent.start()
    with live.watching(deployment) as watcher:
        watcher.watch_agent(agent.id)
        wait_until(lambda: watcher.count("samples") >= 3, "samples at the pace of one frame a second")
        sleep_into_a_second(0.15)
        kill_and_restart(deployment, agent)
    agent.wait_frames(1)
    agent.stop()
    frames = await assert_exactly_once(deployment, agent)
    assert_api_shows(deployment, agent, frames)
    assert {one.ticks for one in frames} >= {1, 5}, "the agent was asked for frames of one tick, and later was not"
