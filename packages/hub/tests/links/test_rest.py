"""The REST link's own ways: sessions by name, long polls, bodies of JSON and protobuf, and bodies that are neither."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import httpx
import pytest
from opsentrix.api.links import rest, wire
from opsentrix_protocol import delimited
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.agent import BOOT, full_frame
from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured, until

PROTOBUF = {"Content-Type": wire.PROTOBUF, "Accept": wire.PROTOBUF}
HELLO = pb.AgentMessage(hello=pb.Hello(boot_ids=[BOOT], step_ms=1000, frame_ticks=5)).SerializeToString()
HELLO_JSON = {"hello": {"bootIds": [base64.b64encode(BOOT).decode()], "stepMs": 1000, "frameTicks": 5}}


class Program:
    """A program that talks HTTP."""

    def __init__(self, client: httpx.AsyncClient, enrolled: Enrolled) -> None:
        self._client = client
        self._url = f"/api/v1/agents/{enrolled.id}/messages"
        self._headers = enrolled.headers

    async def post(self, content: bytes, wait: float | None = None, **headers: str) -> httpx.Response:
        parameters = {} if wait is None else {"wait": wait}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._client.post(
            self._url, content=content, params=parameters, headers={**self._headers, **PROTOBUF, **named}
        )

    async def json(self, *messages: object, wait: float | None = None, session: str = "") -> httpx.Response:
        headers = {**self._headers, **({"Opsentrix-Session": session} if session else {})}
        parameters = {} if wait is None else {"wait": wait}
        return await self._client.post(self._url, json={"messages": messages}, params=parameters, headers=headers)

    async def get(self, session: str, wait: float = 0, **headers: str) -> httpx.Response:
        headers = {**self._headers, **PROTOBUF, "Opsentrix-Session": session, **headers}
        return await self._client.get(self._url, params={"wait": wait}, headers=headers)

    async def begin(self) -> str:
        """Open a session, take its welcome and return its name."""
        answer = await self.post(delimited.joined([HELLO]), wait=5)
        assert answer.status_code == 200, answer.text
        return answer.headers["Opsentrix-Session"]


@pytest.fixture
def program(anonymous: httpx.AsyncClient, enrolled: Enrolled) -> Program:
    return Program(anonymous, enrolled)


def said(answer: httpx.Response) -> list[str | None]:
    return [pb.HubMessage.FromString(one).WhichOneof("body") for one in delimited.split(answer.content)]


async def test_a_script_speaks_the_protocol_in_json(program: Program, hub: RunningHub, enrolled: Enrolled) -> None:
    answer = await program.json(HELLO_JSON, wait=5)
    assert answer.headers["content-type"] == "application/json"
    [told] = answer.json()["messages"]
    assert told["welcome"]["agentId"] == str(enrolled.id)
    session = answer.headers["Opsentrix-Session"]
    frame: dict[str, Any] = {
        "bootId": base64.b64encode(BOOT).decode(), "seq": "1", "layoutId": str(full_frame(1).layout_id),
        "firstTickMs": str(full_frame(1).first_tick_ms), "stepMs": 1000, "ticks": 5,
        "valueType": "VALUE_TYPE_FLOAT64", "compression": "COMPRESSION_NONE",
        "columns": base64.b64encode(bytes(8 * 15)).decode(),
        "layout": {
            "metrics": [{"name": "test.gauge", "unit": "1", "kind": "METRIC_KIND_GAUGE"},
                        {"name": "test.rate", "unit": "By/s", "kind": "METRIC_KIND_RATE"}],
            "series": [{"labels": [{"key": "name", "value": "a"}]}, {"labels": [{"key": "name", "value": "b"}]},
                       {"metric": 1}],
        },
    }  # fmt: skip
    answer = await program.json({"frame": frame}, wait=10, session=session)
    assert answer.json()["messages"] == [{"ack": {"bootId": frame["bootId"], "seqs": ["1"]}}]
    [row] = await hub.fetch("SELECT columns FROM agent_metrics")
    assert row["columns"] == bytes(120)


async def test_without_wait_a_post_is_taken_and_nothing_said(program: Program) -> None:
    session = await program.begin()
    message = pb.AgentMessage(frame=full_frame(1)).SerializeToString()
    answer = await program.post(delimited.joined([message]), Opsentrix_Session=session)
    assert (answer.status_code, answer.content) == (204, b"")
    assert said(await program.get(session, wait=10)) == ["ack"]
    assert said(await program.get(session)) == []


async def test_of_two_requests_that_wait_the_older_is_answered_with_nothing(
    program: Program, hub: RunningHub, enrolled: Enrolled
) -> None:
    session = await program.begin()
    older = asyncio.create_task(program.get(session, wait=30))
    await asyncio.sleep(0.05)
    newer = asyncio.create_task(program.get(session, wait=30))
    assert said(await older) == []
    hub.hub.sessions.pace(enrolled.id, 1)
    assert said(await newer) == ["pace"]


@pytest.mark.parametrize("session", ["", "unknown", "x" * 64])
async def test_without_its_session_nothing_is_taken_and_none_disturbed(
    session: str, program: Program, hub: RunningHub, enrolled: Enrolled
) -> None:
    message = delimited.joined([pb.AgentMessage(heartbeat=pb.Heartbeat()).SerializeToString()])
    async with hub.greeted(enrolled) as agent:
        headers = {"Opsentrix_Session": session} if session else {}
        assert (await program.post(message, **headers)).status_code == 409  # type: ignore[arg-type]  # the header
        if session:
            assert (await program.get(session)).status_code == 409
        await agent.send(frame=full_frame(1))
        await agent.acked(1)


BAD_BODIES: dict[str, tuple[bytes, int]] = {
    "cut": (delimited.joined([HELLO])[:-1], 400),
    "cut length": (b"\x80", 400),
    "endless length": (b"\xff" * 9, 400),
    "no message": (b"\x03\xff\xff\xff", 409),
    "nothing": (b"", 409),
    "too many": (delimited.joined([HELLO]) + b"\x00" * wire.MAX_MESSAGES, 422),
}


@pytest.mark.parametrize("case", BAD_BODIES)
async def test_a_body_that_cannot_be_read_opens_no_session(case: str, program: Program) -> None:
    body, status = BAD_BODIES[case]
    before = measured("opsentrix_agent_sessions", link="rest")
    answer = await program.post(body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert measured("opsentrix_agent_sessions", link="rest") == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400), (b"[" * 100_000, 400), (b"[]", 422), (b"{}", 422), (b'{"messages": {}}', 422),
        (b'{"messages": [1]}', 422), (b'{"messages": [{"hello": 7}]}', 422), (b'{"messages": [null]}', 422),
        (b'{"messages": [{"frame": {"columns": 7}}]}', 422), (b'{"messages": [{"frame": {"seq": -1}}]}', 422),
        (b'{"messages": [{"frame": {"ticks": 1e400}}]}', 422), (b'{"messages": [{"odd": {}}]}', 409),
        (b"\xff\xfe", 400),
    ],
)  # fmt: skip
async def test_json_that_is_no_messages_is_refused(body: bytes, status: int, program: Program) -> None:
    answer = await program.post(body, Content_Type="application/json")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text


@pytest.mark.parametrize("wait", ["-1", "61", "nan", "inf", "soon"])
async def test_a_wait_that_is_none_is_refused(wait: str, anonymous: httpx.AsyncClient, enrolled: Enrolled) -> None:
    url = f"/api/v1/agents/{enrolled.id}/messages"
    answer = await anonymous.get(url, params={"wait": wait}, headers=enrolled.headers)
    assert answer.status_code == 422


async def test_a_body_over_the_limit_is_refused(dsn: str, tmp_path: Path) -> None:
    # So small that it is sent whole before the answer comes: else the client may only see that the hub hangs up.
    async with hubs.running(dsn, tmp_path, max_body_bytes=10_000) as hub, hub.client() as client:
        program = Program(client, await hub.enroll())
        session = await program.begin()
        answer = await program.post(bytes(10_001), Opsentrix_Session=session)
        assert answer.status_code == 413
        assert said(await program.get(session)) == []


async def test_a_session_that_nobody_asks_for_ends_and_says_so_once(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "IDLE_S", 0.05)
    before = measured("opsentrix_agent_sessions", link="rest")
    session = await program.begin()
    await until(lambda: measured("opsentrix_agent_sessions", link="rest") == before)
    assert (await program.get(session)).status_code == 409


async def test_a_request_that_waits_keeps_the_session(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "IDLE_S", 0.05)
    session = await program.begin()
    assert (await program.get(session, wait=0.3)).status_code == 200


async def test_what_the_hub_said_last_can_still_be_fetched_when_the_session_is_over(
    program: Program, hub: RunningHub, enrolled: Enrolled
) -> None:
    session = await program.begin()
    hub.hub.sessions.pace(enrolled.id, 1)
    hub.hub.sessions.end(enrolled.id, "for a reason")
    assert said(await program.get(session)) == ["pace"]
    answer = await program.get(session, wait=30)
    assert (answer.status_code, "for a reason" in answer.json()["detail"]) == (409, True)


async def test_posts_that_wait_for_room_are_bounded_and_end(
    program: Program, hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "TAKE_WITHIN_S", 0.3)
    session = await program.begin()
    body = delimited.joined([pb.AgentMessage(frame=full_frame(1)).SerializeToString()])
    never = asyncio.Event()

    async def no_room(*_: object) -> None:
        await never.wait()

    monkeypatch.setattr(hub.hub.writer, "room", no_room)
    answers = await asyncio.gather(*(program.post(body, Opsentrix_Session=session) for _ in range(6)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses.count(429) == 2
    assert set(statuses) <= {409, 429, 503}
    assert 503 in statuses
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 429)


async def test_ending_the_hub_answers_those_who_wait(program: Program, hub: RunningHub) -> None:
    session = await program.begin()
    waiting = asyncio.create_task(program.get(session, wait=30))
    await asyncio.sleep(0.05)
    hub.hub.services.rest_links.end_all("the hub stops")
    assert (await waiting).status_code == 409
