"""PostgreSQL dies under a running hub: the hub says so and starts it again, and no frame is lost or doubled."""

import os
import signal

import psutil

from e2e.deployment import Agent, Deployment
from e2e.processes import sleep_into_a_second, wait_until
from e2e.truth import assert_api_shows, assert_exactly_once


def backend_of_the_hub(deployment: Deployment) -> int:
    """Return the process id of a server process that serves one of the hub's connections."""
    children = psutil.Process(deployment.postmaster()).children()
    return next(one.pid for one in children if "[local]" in " ".join(one.cmdline()))


def wait_ill_and_well(deployment: Deployment) -> float:
    """Wait until /health says 503 and then 200 again, and return the seconds in between."""
    assert deployment.hub.running
    wait_until(lambda: deployment.health() == 503, "/health says that the database is away", 15)
    return deployment.wait_healthy(20)


async def finish(deployment: Deployment, agent: Agent) -> None:
    """Let two more frames flow, stop the agent and compare."""
    agent.wait_frames(2)
    agent.stop()
    assert_api_shows(deployment, agent, await assert_exactly_once(deployment, agent))


async def test_the_hub_outlives_its_embedded_postgresql(deployment: Deployment) -> None:
    agent = deployment.agent(reporting_interval=1)
    agent.start()
    recoveries = {}
    for number in (signal.SIGKILL, signal.SIGQUIT):  # SIGQUIT: what `pg_ctl stop -m immediate` sends
        agent.wait_frames(2)
        hub, postmaster = deployment.hub.pid, deployment.postmaster()
        os.kill(postmaster, number)
        recoveries[number.name] = round(wait_ill_and_well(deployment), 1)
        assert deployment.postmaster() != postmaster
        assert deployment.hub.pid == hub
    await finish(deployment, agent)
    assert deployment.hub.output().count("the embedded PostgreSQL died") == 2
    print(f"database away, in s: {recoveries}")  # noqa: T201 - a figure


async def test_a_killed_server_process_costs_no_frame(deployment: Deployment) -> None:
    agent = deployment.agent(reporting_interval=1)
    agent.start()
    for _ in range(3):
        agent.wait_frames(2)
        sleep_into_a_second(0.15)  # while a frame is being committed
        os.kill(backend_of_the_hub(deployment), signal.SIGKILL)
        deployment.wait_healthy(20)
    await finish(deployment, agent)
    assert "the embedded PostgreSQL died" not in deployment.hub.output()
