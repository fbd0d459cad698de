"""The processes of the past, from an agent's frame to the answer."""

import httpx
import pytest
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.processes import ProcessSample, ProcessTable, pack

from packages.hub.tests.kit.agent import full_frame
from packages.hub.tests.kit.hub import RunningHub

HOG = ProcessSample(4711, "hog", "anna", "running", 2, 1.5, 3 << 20, 8192.0, 16384.0)
IDLE = ProcessSample(1, "init", "root", "sleeping", 1, 0.0, 12 << 20)


async def send(hub: RunningHub, frame: pb.Frame) -> str:
    enrolled = await hub.enroll()
    async with hub.agent(enrolled) as agent:
        welcome = await agent.hello()
        assert "processes.packed" in welcome.capabilities
        await agent.send(frame=frame)
        await agent.acked(1)
    return f"/api/v1/agents/{enrolled.id}/processes"


async def test_each_look_of_a_frame_is_kept_and_the_newest_is_live(hub: RunningHub, client: httpx.AsyncClient) -> None:
    frame = full_frame(1)
    first = frame.first_tick_ms
    frame.process_samples = pack([ProcessTable(first, (HOG, IDLE)), ProcessTable(first + 4000, (IDLE,))])
    path = await send(hub, frame)

    live = (await client.get(path)).json()
    before = (await client.get(path, params={"at": (first + 3999) / 1000})).json()
    near = [
        (await client.get(path, params={"at": (first + ms) / 1000, "nearest": True})).json()["time"]
        for ms in (-60_000, 1999, 2000, 64_000, 64_001)
    ]
    params: dict[str, float | str] = {"from": first / 1000, "to": first / 1000 + 4, "by": "io", "limit": 1}
    top = (await client.get(f"{path}/top", params=params)).json()

    assert (live["time"], [one["name"] for one in live["items"]]) == (first / 1000 + 4, ["init"])
    assert (before["time"], [one["name"] for one in before["items"]]) == (first / 1000, ["init", "hog"])
    assert near == [first / 1000, first / 1000, first / 1000 + 4, first / 1000 + 4, None]
    assert before["items"][1] == {
        "pid": 4711, "name": "hog", "user": "anna", "state": "running", "cpu": 1.5, "memory_bytes": 3 << 20,
        "threads": 2, "read_bytes": 8192, "write_bytes": 16384,
    }  # fmt: skip
    assert top == {
        "from": first / 1000,
        "to": first / 1000 + 4,
        "looks": 2,
        "items": [
            {
                "pid": 4711, "name": "hog", "user": "anna", "first_seen": first / 1000, "last_seen": first / 1000,
                "peak": first / 1000, "looks": 1, "seconds": 5, "cpu_seconds": 7.5, "cpu_mean": 1.5, "cpu_max": 1.5,
                "memory_bytes_mean": 3 << 20, "memory_bytes_max": 3 << 20, "read_bytes": 40960, "read_max": 8192,
                "write_bytes": 81920, "write_max": 16384,
            },
        ],
    }  # fmt: skip


async def test_what_is_ranked_by_says_when_it_peaked(hub: RunningHub, client: httpx.AsyncClient) -> None:
    frame = full_frame(1)
    first = frame.first_tick_ms
    looks = [HOG, HOG._replace(cpu_cores=0.5, read_bytes=9000.0), HOG._replace(memory_bytes=9 << 20, write_bytes=0.0)]
    frame.process_samples = pack([ProcessTable(first + 2000 * at, (one, IDLE)) for at, one in enumerate(looks)])
    path = await send(hub, frame)

    answers = {}
    for by in ("cpu", "memory", "read", "write"):
        params: dict[str, float | str] = {"from": first / 1000, "to": first / 1000 + 4, "by": by}
        answers[by] = (await client.get(f"{path}/top", params=params)).json()["items"]

    assert {by: round(items[0]["peak"] - first / 1000) for by, items in answers.items() if by != "memory"} == {
        "cpu": 0,
        "read": 2,
        "write": 0,
    }
    hog = answers["memory"][1]
    assert (answers["memory"][0]["name"], hog["peak"] - first / 1000) == ("init", 4)
    assert hog["seconds"] == 9
    assert hog["cpu_mean"] == pytest.approx((1.5 * 5 + 0.5 * 2 + 1.5 * 2) / 9)
    assert hog["memory_bytes_mean"] == pytest.approx((3 * 7 + 9 * 2) / 9 * (1 << 20), rel=0.02)
    assert hog["read_max"] == pytest.approx(9000, rel=0.02)


@pytest.mark.parametrize(
    ("q", "names"), [("", 2), (" hO", ["Hog"]), ("Root", ["init"]), ("471", []), ("4711", ["Hog"])]
)
async def test_the_ranking_is_searched_before_it_is_cut(
    hub: RunningHub, client: httpx.AsyncClient, q: str, names: list[str] | int
) -> None:
    frame = full_frame(1)
    frame.process_samples = pack([ProcessTable(frame.first_tick_ms, (HOG._replace(name="Hog"), IDLE))])
    path = await send(hub, frame)

    start = frame.first_tick_ms / 1000
    params: dict[str, float | str] = {"from": start, "to": start, "by": "memory", "q": q, "limit": 1 if q else 2}
    found = [one["name"] for one in (await client.get(f"{path}/top", params=params)).json()["items"]]

    assert found == names if isinstance(names, list) else len(found) == names


async def test_an_agent_that_sends_one_plain_table_has_a_history_too(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    frame = full_frame(1)
    frame.processes.time_ms = frame.first_tick_ms
    frame.processes.processes.add(pid=7, name="postgres", user="pg", state="running", cpu=0.25, memory_bytes=1 << 20)
    frame.processes.processes.add(pid=8, name="odd", cpu=float("inf"), memory_bytes=2**64 - 1)
    path = await send(hub, frame)

    kept = (await client.get(path, params={"at": frame.first_tick_ms / 1000})).json()

    assert [(one["name"], one["cpu"], one["memory_bytes"]) for one in kept["items"]] == [
        ("postgres", 0.25, 1 << 20),
        ("odd", 0.0, 1 << 62),
    ]


async def test_too_much_is_left_out_but_the_frame_is_taken(hub: RunningHub, client: httpx.AsyncClient) -> None:
    frame = full_frame(1)
    frame.process_samples = bytes(40_000)

    assert (await client.get(await send(hub, frame))).json() == {"time": None, "items": []}


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"from": 10}, "to"),
        ({"from": 10, "to": 5}, "to"),
        ({"from": 10, "to": 10 + 86_401}, "to"),
        ({"from": 10, "to": 20, "by": "name"}, "by"),
        ({"from": 10, "to": 20, "limit": 0}, "limit"),
        ({"from": "nan", "to": 20}, "from"),
        ({"from": 10, "to": 20, "q": "x" * 65}, "q"),
    ],
)
async def test_wrong_questions_are_refused(
    hub: RunningHub, client: httpx.AsyncClient, params: dict[str, float | str], field: str
) -> None:
    enrolled = await hub.enroll()

    answer = await client.get(f"/api/v1/agents/{enrolled.id}/processes/top", params=params)

    assert answer.status_code == 422
    assert field in [error["field"].rpartition(".")[2] for error in answer.json()["errors"]]


async def test_an_agent_that_is_not_there(client: httpx.AsyncClient) -> None:
    for path in ("processes?at=5", "processes/top?from=1&to=2"):
        assert (await client.get(f"/api/v1/agents/99/{path}")).status_code == 404
