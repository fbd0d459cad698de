"""Real agents on each of the four links at once: the same numbers at the end, whatever befalls the hub meanwhile."""

import os
from typing import Any

import pytest

from e2e import live
from e2e.conftest import MakeDeployment
from e2e.deployment import Agent, Deployment, free_port, secure
from e2e.httpproxy import HttpProxy
from e2e.processes import clean_environment, run_to_end, wait_until
from e2e.truth import assert_api_shows, assert_exactly_once

WITHIN_S = 20.0


@pytest.fixture
def deployment(make_deployment: MakeDeployment) -> Deployment:
    """A hub that takes agents over gRPC as well."""
    made = make_deployment(OPSENTRIX_GRPC_PORT=str(free_port()))
    made.start()
    return made


def agents_of(deployment: Deployment, proxy: str = "", **config: Any) -> dict[str, Agent]:  # noqa: ANN401 - settings have any type
    """Return an agent on each link."""
    secure = "s" if deployment.url.startswith("https:") else ""
    grpc = f"grpc{secure}://127.0.0.1:{deployment.environment['OPSENTRIX_GRPC_PORT']}"
    return {
        "websocket": deployment.agent("websocket", proxy=proxy, **config),
        "grpc": deployment.agent("grpc", server_url=grpc, proxy=proxy, **config),
        "socketio": deployment.agent("socketio", link="socketio", proxy=proxy, **config),
        "rest": deployment.agent("rest", server_url=f"rest+{deployment.url}", proxy=proxy, **config),
    }


def wait_all(agents: dict[str, Agent], before: dict[str, int]) -> None:
    for link, agent in agents.items():
        agent.wait_welcomed(before[link])


def welcomes(agents: dict[str, Agent]) -> dict[str, int]:
    return {link: agent.welcomes() for link, agent in agents.items()}


def wait_said(agent: Agent, text: str, within_s: float = WITHIN_S) -> None:
    wait_until(lambda: text in agent.process.output(), f"it says {text!r}", within_s)


def effective_interval(deployment: Deployment, agent: Agent) -> object:
    state = deployment.get(f"/api/v1/agents/{agent.id}/config")["state"] or {"settings": []}
    return next((one["value"] for one in state["settings"] if one["key"] == "reporting_interval"), None)


async def test_all_links_carry_the_same(deployment: Deployment) -> None:
    agents = agents_of(deployment)
    for agent in agents.values():
        agent.start()
    shown = deployment.client.get("/metrics").text
    for link in agents:
        assert f'opsentrix_agent_sessions{{link="{link}"}} 1.0' in shown

    with live.watching(deployment) as watcher:
        for agent in agents.values():
            watcher.watch_agent(agent.id)
        for agent in agents.values():
            agent.wait_frames(3, 15)  # of one tick: at their own pace that would take as many intervals

    ids = [agent.id for agent in agents.values()]
    deployment.post("/api/v1/agents/bulk-config", agents=ids, change={"reporting_interval": 1})
    for agent in agents.values():
        wait_until(lambda agent=agent: effective_interval(deployment, agent) == 1, "it applies", WITHIN_S)  # type: ignore[misc]  # mypy cannot infer a default's type

    before = welcomes(agents)
    deployment.hub.kill()
    deployment.hub.start()
    deployment.wait_healthy()
    wait_all(agents, before)

    before = welcomes(agents)
    assert deployment.hub.stop() == 0
    assert "graceful shutdown exceeded" not in deployment.hub.output(), (
        "a request that waits for the hub held up its end"
    )
    deployment.hub.start()
    deployment.wait_healthy()
    wait_all(agents, before)

    before = welcomes(agents)
    for agent in agents.values():
        deployment.post(f"/api/v1/agents/{agent.id}/restart")
    wait_all(agents, before)
    for agent in agents.values():
        agent.wait_frames(2)
        agent.stop()

    metrics = {}
    for link, agent in agents.items():
        frames = await assert_exactly_once(deployment, agent)
        assert_api_shows(deployment, agent, frames)
        assert {one.ticks for one in frames} >= {1}
        metrics[link] = {name for frame in frames for name, _ in frame.series}
    assert all(names == metrics["websocket"] for names in metrics.values())


def identity(deployment: Deployment, agent: Agent) -> dict[str, Any]:
    found: dict[str, Any] = deployment.get(f"/api/v1/agents/{agent.id}/identity")
    return found


def renewed(deployment: Deployment, agent: Agent) -> bool:
    """Return whether the agent is connected with a credential of its own making."""
    shown = identity(deployment, agent)
    states = [one["state"] for one in shown["credentials"]]
    return states == ["active", "retiring"] and shown["renewal"]["possible"] is True


def approve_all(deployment: Deployment, agents: dict[str, Agent]) -> None:
    for agent in agents.values():
        wait_said(agent, "before somebody approves it")
    before = welcomes(agents)
    for agent in agents.values():
        deployment.post(f"/api/v1/agents/{agent.id}/approve")
    wait_all(agents, before)


def renew_all(deployment: Deployment, agents: dict[str, Agent]) -> None:
    for agent in agents.values():
        deployment.post(f"/api/v1/agents/{agent.id}/credential/rotate")
    for agent in agents.values():
        wait_until(lambda agent=agent: renewed(deployment, agent), "it has another credential", WITHIN_S)  # type: ignore[misc]  # as above


async def test_over_tls_with_certificates_each_link_is_approved_renews_and_is_revoked(
    make_deployment: MakeDeployment,
) -> None:
    made = make_deployment(
        OPSENTRIX_TLS="self-signed", OPSENTRIX_MTLS="required", OPSENTRIX_APPROVE_AGENTS="true",
        OPSENTRIX_GRPC_PORT=str(free_port()),
    )  # fmt: skip
    deployment = secure(made)
    deployment.start()
    agents = agents_of(deployment, tls_pin=deployment.get("/api/v1/tls")["pin"], reporting_interval=1)
    for link, agent in agents.items():
        assert (deployment.folder / link / "certificate.pem").exists()
        agent.process.start()
    approve_all(deployment, agents)
    renew_all(deployment, agents)

    before = welcomes(agents)
    deployment.hub.kill()
    deployment.hub.start()
    deployment.wait_healthy()
    wait_all(agents, before)
    for agent in agents.values():
        agent.wait_frames(2)
        agent.stop()
        await assert_exactly_once(deployment, agent)

    for agent in agents.values():
        agent.start()
    for agent in agents.values():
        deployment.post(f"/api/v1/agents/{agent.id}/revoke", reason="stolen")
    shown = deployment.client.get("/metrics").text
    for link, agent in agents.items():
        wait_said(agent, "the hub has revoked this agent", 5.0)
        assert f'opsentrix_agent_sessions{{link="{link}"}} 0.0' in shown


def test_who_is_removed_or_unknown_is_told_clearly_on_each_link(deployment: Deployment) -> None:
    agents = agents_of(deployment)
    for agent in agents.values():
        agent.start()
    for agent in agents.values():
        assert deployment.client.delete(f"/api/v1/agents/{agent.id}").is_success
    for agent in agents.values():
        wait_said(agent, "refuses this agent's credential")
        agent.process.end()
        assert agent.credential not in agent.process.output()
        assert agent.process.output().count("refuses this agent's credential") == 1
    deployment.wait_healthy()


def test_every_link_goes_through_an_http_proxy(deployment: Deployment) -> None:
    with HttpProxy() as proxy:
        agents = agents_of(deployment, proxy.url)
        for agent in agents.values():
            agent.start()
        for agent in agents.values():
            agent.wait_frames(1)
            agent.stop()
        ports = {f"127.0.0.1:{deployment.port}", f"127.0.0.1:{deployment.environment['OPSENTRIX_GRPC_PORT']}"}
        assert set(proxy.wanted) == ports
        assert len(proxy.wanted) >= 5  # REST has two connections


def test_a_link_whose_package_is_missing_is_named(shared: Deployment) -> None:
    agent = shared.agent("no-grpc", link="grpc")
    hidden = shared.folder / "hidden" / "grpc"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError('it is not here')\n")
    config = shared.folder / "no-grpc.json"
    path = os.pathsep.join([str(hidden.parent), clean_environment({}).get("PYTHONPATH", "")])
    done = run_to_end(["opsentrix_agent", "run", "--config", str(config)], {"PYTHONPATH": path})
    assert done.returncode == 78
    assert "link grpc needs the package grpcio" in done.stderr
    assert "opsentrix-agent[grpc]" in done.stderr
    assert agent.credential not in done.stderr
