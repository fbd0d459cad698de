"""kill -9 of the agent: watchers learn that it is offline, and the time it was away is shown as a gap."""

import time

from e2e import live
from e2e.deployment import Agent, Deployment
from e2e.processes import sleep_into_a_second, wait_until
from e2e.truth import Frame, assert_api_shows, assert_exactly_once

INTERVAL_S = 5.0
SLACK_S = 2.0
"""The sweep, the feed's tick and a busy machine."""


def told_to_agents_watcher(watcher: live.Watcher, agent: Agent) -> list[tuple[float, str]]:
    """Return when and which statuses of the agent came to whoever watches it."""
    return [(when, one["status"]) for when, one in watcher.events("status") if one["agent"] == agent.id]


def told_to_fleets_watcher(watcher: live.Watcher, agent: Agent) -> list[str]:
    """Return the statuses of the agent that came with the fleet's changes."""
    changes = [one for _, payload in watcher.events("fleet") for one in payload["agents"]]
    return [one["status"] for one in changes if one["id"] == agent.id]


def ticks_of(frames: list[Frame]) -> list[float]:
    """Return the Unix seconds of all ticks, ascending."""
    return sorted((one.first_tick_ms + tick * one.step_ms) / 1000 for one in frames for tick in range(one.ticks))


async def test_a_killed_agent_is_offline_soon_and_leaves_an_honest_gap(deployment: Deployment) -> None:
    agent = deployment.agent()
    agent.start()
    with live.watching(deployment) as watcher:
        watcher.watch_fleet()
        watcher.watch_agent(agent.id)
        wait_until(lambda: watcher.count("samples") >= 2, "samples at the pace of one frame a second")
        sleep_into_a_second(0.6)  # the last frame is acknowledged, so that none can get lost in the agent's memory
        agent.process.kill()
        killed = time.monotonic()
        wait_until(
            lambda: [one for _, one in told_to_agents_watcher(watcher, agent)][-1:] == ["offline"],
            "offline",
            2 * INTERVAL_S + SLACK_S,
        )
        offline_s = told_to_agents_watcher(watcher, agent)[-1][0] - killed
        assert offline_s > INTERVAL_S, "one missed interval is not enough"
        wait_until(lambda: told_to_fleets_watcher(watcher, agent)[-1:] == ["offline"], "the fleet's watcher", 5)
        assert deployment.get(f"/api/v1/agents/{agent.id}")["status"] == "offline"

        agent.start()
        wait_until(lambda: told_to_fleets_watcher(watcher, agent)[-1:] == ["online"], "the fleet's watcher again", 5)
    agent.wait_frames(1)
    agent.stop()
    frames = await assert_exactly_once(deployment, agent)
    assert_api_shows(deployment, agent, frames)
    first, second = dict.fromkeys(one.boot for one in frames)
    last = ticks_of([one for one in frames if one.boot == first])[-1]
    next_ = ticks_of([one for one in frames if one.boot == second])[0]
    answer = deployment.get("/api/v1/series", **{"agent": agent.id, "from": last - 2, "to": next_ + 2})
    (gap,) = answer["gaps"]
    assert (gap["from"], gap["to"], gap["reason"]) == (last, next_, "agent not running")
    print(f"offline {offline_s:.1f} s after the kill")  # noqa: T201 - a figure
