"""The highest and lowest groups of a query, and the same groups at another time."""

import json
from typing import Any

import httpx
import pytest

from packages.hub.tests.api.test_series import SERIES, ask, post
from packages.hub.tests.kit.agent import now_ms
from packages.hub.tests.kit.hub import RunningHub

LOADS = {"calm": [1, 1, 1], "busy": [8, 9, 7], "peak": [0, 20, 0], "late": [5, 5, 5]}


@pytest.fixture
def begin() -> int:
    """A whole minute, some minutes ago."""
    return now_ms() // 60_000 * 60 - 600


@pytest.fixture
async def ids(hub: RunningHub, begin: int) -> dict[str, str]:
    """Agents with three samples of load each, and two disks, by name."""
    found = {}
    for name, load in LOADS.items():
        agent = await hub.enroll(name, reporting_interval=20)
        found[name] = str(agent.id)
        await post(
            hub, agent,
            *(("load", {}, begin + 20 * at, value) for at, value in enumerate(load)),
            *(("disk", {"device": f"{name}/{disk}"}, begin, at) for at, disk in enumerate("ab")),
        )  # fmt: skip
    return found


async def groups(client: httpx.AsyncClient, begin: int, **query: Any) -> tuple[list[str], int]:  # noqa: ANN401 - as httpx takes them
    """Return the agents of the groups in their order, and how many groups there were."""
    asked = {"metric": "load", "across": "avg", "by": "agent", "points": 60, **query}
    answer = await ask(client, from_=begin, to=begin + 59, **asked)
    return [one["group"]["agent"] for one in answer["series"]], answer["groups"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"top": 2}, ["busy", "peak"]),
        ({"bottom": 2}, ["calm", "late"]),
        ({"top": 100}, ["busy", "peak", "late", "calm"]),
        ({"top": 1, "agg": "max", "points": 1}, ["peak"]),
    ],
)
async def test_groups_are_ranked_by_their_mean_over_the_window(
    query: dict[str, Any], expected: list[str], client: httpx.AsyncClient, ids: dict[str, str], begin: int
) -> None:
    assert await groups(client, begin, **query) == ([ids[name] for name in expected], 4)


async def test_the_same_groups_are_found_at_another_time(
    client: httpx.AsyncClient, ids: dict[str, str], begin: int
) -> None:
    wanted = [json.dumps([ids["calm"]]), json.dumps([ids["peak"]]), '["4711"]']
    assert await groups(client, begin, group=wanted) == ([ids["calm"], ids["peak"]], 2)
    answer = await ask(
        client, from_=begin, to=begin + 59, points=1, metric="disk", across="sum", by="agent,label:device",
        group=json.dumps([ids["busy"], "busy/b"]),
    )  # fmt: skip
    assert [(one["group"]["label:device"], one["members"], one["v"]) for one in answer["series"]] == [
        ("busy/b", 1, [1])
    ]


async def test_ranking_takes_more_groups_than_an_answer_may_have(
    client: httpx.AsyncClient, ids: dict[str, str], begin: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opsentrix.query.across.MAX_GROUPS", 2)
    assert await groups(client, begin, top=1) == ([ids["busy"]], 4)
    monkeypatch.setattr("opsentrix.query.across.MAX_RANKED_GROUPS", 3)
    answer = await client.get(SERIES, params={"metric": "load", "across": "avg", "by": "agent", "top": 1})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "by")


async def test_of_many_groups_there_are_fewer_points(
    client: httpx.AsyncClient, ids: dict[str, str], begin: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opsentrix.query.across._MAX_POINTS", 40)
    answer = await ask(client, from_=begin, to=begin + 59, points=60, metric="load", across="avg", by="agent", top=1)
    assert (answer["step"], answer["series"][0]["v"]) == (10, [8, 9, 7])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"metric": "load", "across": "avg", "top": 1, "bottom": 1}, "bottom"),
        ({"metric": ["load", "disk"], "across": "avg", "top": 1}, "metric"),
        ({"metric": "load", "across": "avg", "top": 101}, "top"),
        ({"metric": "load", "agent": 1, "top": 3}, "across"),
        ({"metric": "load", "agent": 1, "group": "[]"}, "across"),
        ({"metric": "load", "across": "avg", "by": "agent", "group": "1"}, "group"),
        ({"metric": "load", "across": "avg", "by": "agent", "group": '["1","2"]'}, "group"),
        ({"metric": "load", "across": "avg", "by": "agent", "group": "[1]"}, "group"),
        ({"metric": "load", "across": "avg", "by": "agent", "group": "["}, "group"),
    ],
)
async def test_what_cannot_be_ranked_is_named(query: dict[str, Any], field: str, client: httpx.AsyncClient) -> None:
    answer = await client.get(SERIES, params=query)
    assert answer.status_code == 422
    assert field in {one["field"] for one in answer.json()["errors"]}
