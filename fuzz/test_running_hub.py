"""A hub that runs, with its database: sessions of agents and HTTP requests, whatever they send."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from opsentrix.ingest.session import Session
from opsentrix_protocol import opsentrix_pb2 as pb

from fuzz.inputs import EXAMPLES, agent_messages, changed, fuzzed, json_texts
from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.agent import BOOT, SERIES, full_frame, now_ms
from packages.hub.tests.kit.hub import RunningHub

BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/api/v1/auth/login"): {"username": "admin", "password": "x"},
    ("POST", "/api/v1/enrollment-tokens"): {"expires_in_s": 60, "max_uses": 1, "environment": "", "tags": ["a"]},
    ("PATCH", "/api/v1/agents/1"): {"name": "web-1", "port": 80, "tags": ["a"], "metadata": {"a": {"b": [1]}}},
    ("PUT", "/api/v1/agents/1/config"): {"config": {"reporting_interval": 5}, "comment": "x"},
    ("POST", "/api/v1/agents/1/recordings"): {"from": 1, "to": 2, "reason": "x"},
    ("POST", "/api/v1/retention-rules"): {"environment": "a", "tag": "b", "days": {"1s": 1, "1m": 2, "1h": 3}},
    ("POST", "/api/v1/upgrades/plan"): {"rings": ["1", "10%"], "selector": {"tag": "a"}},
}
"""What people send; what agents send is below."""
OF_AGENT: dict[str, Any] = {
    "metrics": {"metrics": {"cpu": 1.5}, "samples": [{"metric": "a", "labels": {"k": "v"}, "time": 1, "value": 2.0}]},
    "heartbeat": {"status": "online"},
}
QUERIES = {
    "/api/v1/agents": b"status=online&type=a&environment=b&tag=c&q=web&cursor=MTIgd2ViLTE%3D&limit=5&sparklines=true",
    "/api/v1/series": b"agent=1&metric=test.gauge&labels=name%3Da&from=1&to=1700000000&points=10&agg=avg",
    "/api/v1/series/top": b"metric=test.gauge&labels=name%3Da&k=3&order=asc&max_age_s=60",
    "/api/v1/series/export": b"format=csv&agent=1&metric=x&from=2024-01-01T00:00:00Z&to=1704067300&resolution=1m",
    "/api/v1/agents/1/processes": b"at=1700000000",
    "/api/v1/agents/1/processes/top": b"from=1&to=2&order=cpu&limit=5&q=a",
}
QUERY_WORDS = [b"&", b"=", b"%00", b"%ff", b"%0a", b"+", b"%ED%A0%80", b"inf", b"1e400", b"9999-12-31T23:59:59-23:59"]


@pytest.fixture
async def hub(dsn: str, tmp_path: Path) -> AsyncIterator[RunningHub]:
    """A hub that takes as many requests as come."""
    async with hubs.running(dsn, tmp_path, rate_limits=False) as running:
        yield running


@fuzzed(examples=EXAMPLES, fixtures=True)
@example(received=[pb.AgentMessage(command_output=pb.CommandOutput(command_id="\0", seq=1)).SerializeToString()])
@given(received=st.lists(agent_messages(), max_size=6))
async def test_a_session_rejects_what_it_does_not_take_and_goes_on(hub: RunningHub, received: list[bytes]) -> None:
    known = hub.hub.registry.ids()
    agent_id = next(iter(known)) if known else (await hub.enroll()).id
    sent: list[bytes] = []
    session = Session(agent_id, "websocket", sent.append, hub.hub.services.session_context, lambda _reason: None)
    hello = pb.AgentMessage(hello=pb.Hello(boot_ids=[BOOT], step_ms=1000, frame_ticks=5)).SerializeToString()
    for data in (hello, *received):
        await session.receive(data)
    assert all(pb.HubMessage.FromString(one).WhichOneof("body") for one in sent)
    hub.hub.pipeline.flush()


@fuzzed(examples=EXAMPLES, fixtures=True)
@given(data=st.data())
async def test_a_body_is_taken_or_refused_with_a_reason(hub: RunningHub, data: st.DataObject) -> None:
    agent, cookie = await _somebody(hub)
    headers = agent
    if data.draw(st.booleans()):
        headers = cookie
        method, path = data.draw(st.sampled_from(sorted(BODIES)))
        body = data.draw(json_texts([BODIES[method, path]]))
    else:
        kind = data.draw(st.sampled_from(sorted(OF_AGENT)))
        method, path, body = "POST", f"/api/v1/agents/1/{kind}", data.draw(json_texts([OF_AGENT[kind]]))
    media = data.draw(st.sampled_from(("application/json", "application/json; charset=utf-16", "text/plain", "")))
    await _refused_or_not(hub, method, path, body, media, headers)


@fuzzed(examples=EXAMPLES, fixtures=True)
@given(data=st.data())
async def test_a_frame_over_http_is_taken_or_refused(hub: RunningHub, data: st.DataObject) -> None:
    agent, _ = await _somebody(hub)
    frame = full_frame(data.draw(st.integers(1, 2**40)), series=SERIES, first_ms=now_ms() - 5000)
    body = data.draw(changed([frame.SerializeToString()]))
    await _refused_or_not(hub, "POST", "/api/v1/agents/1/metrics", body, "application/x-protobuf", agent)


@fuzzed(examples=EXAMPLES, fixtures=True)
@given(data=st.data())
async def test_a_query_is_answered_or_refused_with_a_reason(hub: RunningHub, data: st.DataObject) -> None:
    _, cookie = await _somebody(hub)
    path = data.draw(st.sampled_from(sorted(QUERIES)))
    query = bytes(one for one in data.draw(changed([QUERIES[path]], QUERY_WORDS)) if 33 <= one < 127 and one != 35)
    await _refused_or_not(hub, "GET", f"{path}?{query.decode()}"[:8000], b"", "", cookie)


async def _somebody(hub: RunningHub) -> tuple[dict[str, str], dict[str, str]]:
    """Return headers of the hub's only agent and of an admin; both are made once for a hub."""
    if hub.url not in _KNOWN:
        _KNOWN.clear()
        enrolled = await hub.enroll()
        assert enrolled.id == 1
        _KNOWN[hub.url] = enrolled.headers, {"Cookie": f"opsentrix_session={await hub.session()}"}
    return _KNOWN[hub.url]


_KNOWN: dict[str, tuple[dict[str, str], dict[str, str]]] = {}


async def _refused_or_not(
    hub: RunningHub, method: str, target: str, body: bytes, media: str, headers: dict[str, str]
) -> None:
    async with hub.client() as client:
        request = client.build_request(method, "/", content=body, headers={**headers, "Content-Type": media})
        request.url = request.url.copy_with(raw_path=target.encode())
        answer = await client.send(request)
    assert answer.status_code < 500, answer.text
    if answer.status_code >= httpx.codes.BAD_REQUEST:
        assert answer.headers["content-type"] == "application/problem+json"
        assert json.loads(answer.content)["title"]
