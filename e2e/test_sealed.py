"""A proxy between agent and hub that reads and repeats what it carries: it learns nothing and changes nothing."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
import websockets
from opsentrix_protocol import opsentrix_pb2 as pb

from e2e.deployment import Agent, Deployment
from e2e.processes import wait_until
from e2e.truth import assert_exactly_once

CONNECT = "/api/v1/agents/connect"


class Proxy:
    """Ends the agent's WebSocket and opens one of its own to the hub, as proxies that end TLS do.

    Attributes:
        url: where agents find the hub through it.
        carried: every message towards the hub, in the order of each connection.
    """

    def __init__(self, deployment: Deployment) -> None:
        self._hub = deployment.url.replace("http", "ws", 1) + CONNECT
        self.carried: list[list[bytes]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(10)
        port = next(iter(self._server.sockets)).getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    def close(self) -> None:
        """End it."""
        self._server.close(close_connections=True)
        asyncio.run_coroutine_threadsafe(self._server.wait_closed(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self) -> websockets.Server:
        return await websockets.serve(self._carry, "127.0.0.1", 0, compression=None, max_size=None)

    async def _carry(self, agent: websockets.ServerConnection) -> None:
        assert agent.request is not None
        headers = {"Authorization": agent.request.headers["Authorization"]}
        carried: list[bytes] = []
        self.carried.append(carried)
        async with websockets.connect(self._hub, additional_headers=headers, compression=None, proxy=None) as hub:

            async def back() -> None:
                async for message in hub:
                    await agent.send(message)
                await agent.close()

            returning = asyncio.create_task(back())
            try:
                async for message in agent:
                    assert isinstance(message, bytes)
                    carried.append(message)
                    await hub.send(message)
            finally:
                returning.cancel()


@pytest.fixture
def proxy(deployment: Deployment) -> Iterator[Proxy]:
    made = Proxy(deployment)
    yield made
    made.close()


def require(deployment: Deployment, agent: Agent, *, required: bool = True) -> None:
    answer = deployment.client.put(f"/api/v1/agents/{agent.id}/payload-encryption", json={"required": required})
    assert answer.status_code == 200, answer.text


async def repeat(deployment: Deployment, agent: Agent, messages: list[bytes]) -> list[pb.HubMessage]:
    """Send messages once more on a connection of their own, and return what the hub says."""
    answers = []
    url = deployment.url.replace("http", "ws", 1) + CONNECT
    headers = {"Authorization": f"Bearer {agent.credential}"}
    async with websockets.connect(url, additional_headers=headers, compression=None, proxy=None) as hub:
        for message in messages:
            await hub.send(message)
        async for data in hub:
            assert isinstance(data, bytes)
            answers.append(pb.HubMessage.FromString(data))
    return answers


async def test_a_proxy_that_ends_tls_reads_nothing_and_can_repeat_nothing(deployment: Deployment, proxy: Proxy) -> None:
    plain = deployment.agent("plain", server_url=proxy.url, reporting_interval=1)
    plain.start()
    plain.wait_frames(2)
    plain.stop()
    assert any(b"system.cpu" in one for one in proxy.carried[0]), "else this test would show nothing"

    agent = deployment.agent("sealed", server_url=proxy.url, reporting_interval=1, payload_encryption=True)
    require(deployment, agent)
    agent.start()
    agent.wait_frames(3)
    assert deployment.get(f"/api/v1/agents/{agent.id}")["payload"] == {"required": True, "sealed": True}
    agent.stop()
    carried = proxy.carried[-1]
    kinds = [pb.AgentMessage.FromString(one).WhichOneof("body") for one in carried]
    assert kinds == ["seal_request", *["sealed"] * (len(kinds) - 1)]
    assert len(kinds) > 4
    assert not any(b"system." in one or b"linux" in one for one in carried)

    answers = await repeat(deployment, agent, carried)
    assert [one.WhichOneof("body") for one in answers] == ["seal_offer", "reject"]
    assert answers[1].reject.reason == pb.REJECT_REASON_SEAL_BROKEN
    await assert_exactly_once(deployment, agent)


async def test_an_agent_that_must_seal_and_does_not_keeps_its_frames(deployment: Deployment) -> None:
    agent = deployment.agent(reporting_interval=1)
    require(deployment, agent)
    agent.process.start()
    wait_until(lambda: "NOT_SEALED" in agent.process.output(), "the agent says why it is refused", 30)
    agent.wait_frames(2)
    require(deployment, agent, required=False)
    agent.wait_welcomed(0)
    agent.stop()
    await assert_exactly_once(deployment, agent)
