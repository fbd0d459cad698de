"""A network that stalls and breaks: the agent connects again, and no frame is lost or doubled."""

import re
from collections.abc import Iterator

import pytest

from e2e.deployment import Deployment
from e2e.processes import wait_until
from e2e.relay import Relay, Way
from e2e.truth import assert_api_shows, assert_exactly_once


@pytest.fixture
def relay(deployment: Deployment) -> Iterator[Relay]:
    made = Relay(deployment.port)
    yield made
    made.close()


def stored_frames(deployment: Deployment) -> int:
    """Return how many frames the hub says that it has stored since it started."""
    text = deployment.client.get("/metrics").text
    found = re.search(r'^opsentrix_ingest_frames_total\{link="websocket"\} ([\d.e+]+)$', text, re.MULTILINE)
    return round(float(found[1])) if found else 0


async def test_no_frame_is_lost_or_doubled_on_a_bad_network(deployment: Deployment, relay: Relay) -> None:
    agent = deployment.agent(server_url=relay.url, reporting_interval=1)
    agent.start()
    agent.wait_frames(2)

    relay.stall(*Way)
    agent.wait_frames(2)
    relay.resume()
    agent.wait_frames(1)
    assert relay.accepted == 1, "a short stall is no reason to connect again"

    relay.stall(Way.TO_AGENT)  # frames arrive, and their acks do not
    before, stored = agent.welcomes(), stored_frames(deployment)
    wait_until(lambda: stored_frames(deployment) >= stored + 3, "three frames whose acks are held up")
    relay.cut_towards_agent()  # the hub still believes in the connection
    relay.resume()
    recoveries = [agent.wait_welcomed(before)]
    known = re.findall(r"(\d+) frames were stored already", agent.process.output())
    assert int(known[-1]) >= 2, "on connecting, the agent should have learnt which frames the hub has"

    before = agent.welcomes()
    relay.cut_after(700)  # in the middle of a frame
    recoveries.append(agent.wait_welcomed(before))

    before = agent.welcomes()
    relay.cut()
    recoveries.append(agent.wait_welcomed(before))

    agent.wait_frames(2)
    agent.stop()
    frames = await assert_exactly_once(deployment, agent)
    assert_api_shows(deployment, agent, frames)
    print(f"connected again after, in s: {[round(one, 1) for one in recoveries]}")  # noqa: T201 - a figure
