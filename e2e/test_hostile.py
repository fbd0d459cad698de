"""Hostile clients on real sockets: each is refused or cut off, and a normal agent goes on being acknowledged."""

import asyncio
import contextlib
import os
import socket
import time
import uuid
from array import array
from collections.abc import Iterator

import httpx
import psutil
import pytest
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Metric, Series
from opsentrix_protocol.layouts import layout_id, layout_to_wire
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from e2e.deployment import Agent, Deployment
from e2e.processes import wait_until
from e2e.truth import assert_exactly_once

pytestmark = pytest.mark.xdist_group("hostile")
ACKED_WITHIN_S = 6.0
"""A frame of the normal agent is durable after so long, whatever the others do."""
FLOOD_FRAMES = 5000
MAX_GROWTH_BYTES = 60_000_000
LAYOUT = (Series(Metric("flood", "1", Kind.GAUGE), ()),)


@pytest.fixture(scope="module")
def bystander(shared: Deployment) -> Iterator[Agent]:
    """A normal agent beside the hostile ones, one frame a second; at the end all its frames must be there once."""
    agent = shared.agent("bystander", reporting_interval=1)
    agent.start()
    agent.wait_frames(1)
    try:
        yield agent
        agent.stop()
        asyncio.run(assert_exactly_once(shared, agent))
    finally:
        agent.process.end()


@pytest.fixture(autouse=True)
def unharmed(shared: Deployment, bystander: Agent) -> Iterator[None]:
    """Check after each test that the hub is the same process, and that the bystander was heard without a break."""
    process = psutil.Process(shared.hub.pid)
    before, welcomes = process.memory_info().rss, bystander.welcomes()
    yield
    assert bystander.welcomes() == welcomes, "the normal agent was disconnected"
    wait_until(lambda: newest_tick(shared, bystander) > time.time() - ACKED_WITHIN_S, "fresh samples of the bystander")
    assert shared.health() == httpx.codes.OK
    assert process.is_running()
    assert process.memory_info().rss - before < MAX_GROWTH_BYTES
    assert "session failed" not in shared.hub.output()
    assert "request failed" not in shared.hub.output()


def newest_tick(deployment: Deployment, agent: Agent) -> float:
    """Return the Unix time of an agent's newest durable tick."""
    window: dict[str, str | float] = {"agent": agent.id, "metric": "system.uptime", "from": time.time() - 60}
    shown = deployment.get("/api/v1/series", **window)["series"]
    newest: float = shown[0]["t"][-1] if shown else 0.0
    return newest


def dial(deployment: Deployment, credential: str) -> ClientConnection:
    """Open the WebSocket of an agent."""
    return connect(
        f"ws://127.0.0.1:{deployment.port}/api/v1/agents/connect",
        additional_headers={"Authorization": f"Bearer {credential}"},
        compression=None, open_timeout=20,
    )  # fmt: skip


def receive(connection: ClientConnection) -> pb.HubMessage:
    """Return the hub's next message."""
    data = connection.recv(timeout=20)
    assert isinstance(data, bytes)
    return pb.HubMessage.FromString(data)


def hello(boot: bytes) -> bytes:
    """Return an agent's first message."""
    return pb.AgentMessage(hello=pb.Hello(boot_ids=[boot], step_ms=1000, frame_ticks=1)).SerializeToString()


def frame(boot: bytes, seq: int, first_tick_ms: int) -> bytes:
    """Return a message with one sample."""
    made = pb.Frame(
        boot_id=boot, seq=seq, first_tick_ms=first_tick_ms, step_ms=1000, ticks=1, layout_id=layout_id(LAYOUT),
        layout=layout_to_wire(LAYOUT) if seq == 1 else None,
    )  # fmt: skip
    codec.pack(made, array("d", [1.0]))
    return pb.AgentMessage(frame=made).SerializeToString()


def test_garbage_is_rejected_and_the_session_goes_on(shared: Deployment) -> None:
    agent = shared.agent("garbage")
    boot = uuid.uuid4().bytes
    with dial(shared, agent.credential) as connection:
        for garbage in (b"\xff" * 1000, os.urandom(5000), "text", b"", frame(boot, 1, 0)):
            connection.send(garbage)
            assert receive(connection).reject.permanent, garbage
        connection.send(hello(boot))
        assert receive(connection).welcome.agent_id == agent.id
        connection.send(frame(boot, 1, time.time_ns() // 1_000_000))
        assert receive(connection).ack.seqs == [1]
    with dial(shared, agent.credential) as connection:
        with contextlib.suppress(ConnectionClosed):
            connection.send(b"\0" * 20_000_000)  # far over the limit: here the connection ends
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=20)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01" + bytes(range(256)) * 16,
        b"GET / HTTP/1.1\r\nHost: hub\r\nX-Huge: " + b"x" * 50_000_000,
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: hub\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: hub\r\nContent-Length: 99999999999\r\n\r\n",
    ],
    ids=["no HTTP", "endless header", "negative length", "announced flood"],
)
def test_bytes_that_are_no_decent_request_end_the_connection(shared: Deployment, sent: bytes) -> None:
    received = b""
    with socket.create_connection(("127.0.0.1", shared.port), timeout=20) as hub, contextlib.suppress(ConnectionError):
        hub.sendall(sent)
        while data := hub.recv(65_536):
            received += data
    assert not received.startswith(b"HTTP/1.1 2")


def test_bytes_that_are_no_websocket_frames_harm_nobody(shared: Deployment) -> None:
    agent = shared.agent("unmasked")
    with upgraded(shared, agent) as hub, contextlib.suppress(ConnectionError):
        hub.sendall(b"\xff" * 100_000)


def test_a_flood_of_tiny_frames_is_taken_in_turn(shared: Deployment, bystander: Agent) -> None:
    agent = shared.agent("flood")
    boot, now_ms = uuid.uuid4().bytes, time.time_ns() // 1_000_000
    slowest, started = 0.0, time.monotonic()
    with dial(shared, agent.credential) as connection:
        connection.send(hello(boot))
        receive(connection)
        acked: set[int] = set()
        for seq in range(1, FLOOD_FRAMES + 1):
            connection.send(frame(boot, seq, now_ms - FLOOD_FRAMES * 1000 + seq * 1000))
            if seq % 1000 == 0:
                slowest = max(slowest, time.time() - newest_tick(shared, bystander))
        while len(acked) < FLOOD_FRAMES:
            acked.update(receive(connection).ack.seqs)
    took = time.monotonic() - started
    assert slowest < ACKED_WITHIN_S + 1
    print(f"{FLOOD_FRAMES / took:.0f} tiny frames a second; the others' newest tick was {slowest:.1f} s old at most")  # noqa: T201


def test_strangers_do_not_get_in(shared: Deployment) -> None:
    for number in range(100):
        with pytest.raises(InvalidStatus) as refused:
            dial(shared, f"oxa_{number:043}")
        assert refused.value.response.status_code in (401, 403)


def test_half_open_connections_cost_nobody_else_anything(shared: Deployment, bystander: Agent) -> None:
    agent = shared.agent("silent")
    with contextlib.ExitStack() as stack:
        for number in range(200):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", shared.port), timeout=20))
            if number % 2:
                one.sendall(b"GET /api/v1/agents/connect HTTP/1.1\r\nHost: hub\r\n")  # and never goes on
        deaf = dial(shared, agent.credential)  # says nothing and reads nothing
        stack.callback(deaf.socket.close)
        welcomed = time.monotonic()
        assert shared.client.get("/api/v1/agents").is_success
        assert time.monotonic() - welcomed < ACKED_WITHIN_S
        wait_until(lambda: newest_tick(shared, bystander) > time.time() - ACKED_WITHIN_S, "the bystander's samples")


def test_an_agent_that_reads_no_answers_is_bounded_and_the_others_have_their_turn(
    shared: Deployment, bystander: Agent
) -> None:
    agent = shared.agent("deaf")
    slowest = 0.0
    with upgraded(shared, agent) as hub, contextlib.suppress(ConnectionError, TimeoutError):
        for _ in range(200):
            hub.sendall(masked(b"\xff") * 500)  # each is answered by a Reject, which nobody reads
            asked = time.monotonic()
            assert shared.health() == httpx.codes.OK
            slowest = max(slowest, time.monotonic() - asked)
    assert slowest < ACKED_WITHIN_S
    assert shared.hub.output().count('"rejected"') < 100, "an agent can fill the disk with log lines"


def upgraded(deployment: Deployment, agent: Agent) -> socket.socket:
    """Return a socket on which the hub expects the WebSocket frames of an agent, with little room for answers."""
    hub = socket.socket()
    hub.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    hub.settimeout(5)
    hub.connect(("127.0.0.1", deployment.port))
    hub.sendall(
        b"GET /api/v1/agents/connect HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        b"Authorization: Bearer %b\r\n\r\n" % agent.credential.encode()
    )
    assert hub.recv(4096).startswith(b"HTTP/1.1 101 ")
    return hub


def masked(payload: bytes) -> bytes:
    """Return one WebSocket frame of a client (RFC 6455), masked with zeros."""
    assert len(payload) < 126
    return bytes((0x82, 0x80 | len(payload), 0, 0, 0, 0)) + payload
