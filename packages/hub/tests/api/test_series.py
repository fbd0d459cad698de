"""Series over time, as charts ask for them."""

import time
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from packages.hub.tests.kit.agent import now_ms
from packages.hub.tests.kit.hub import Enrolled, RunningHub

SERIES = "/api/v1/series"


async def post(hub: RunningHub, agent: Enrolled, *samples: tuple[str, dict[str, str], float, float]) -> None:
    """Post samples: metric, labels, time, value."""
    body = [{"metric": m, "labels": labels, "time": at, "value": value} for m, labels, at, value in samples]
    async with hub.client() as client:
        answer = await client.post(f"/api/v1/agents/{agent.id}/metrics", json={"samples": body}, headers=agent.headers)
    assert answer.status_code == 200, answer.text


async def ask(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:  # noqa: ANN401 - as httpx takes them
    answer = await client.get(SERIES, params={name.removesuffix("_"): value for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


@pytest.fixture
async def second(hub: RunningHub) -> Enrolled:
    """An agent that reports each second."""
    return await hub.enroll("second", reporting_interval=1)


@pytest.fixture
def begin() -> int:
    """A whole minute, some minutes ago."""
    return now_ms() // 60_000 * 60 - 600


async def ramp(hub: RunningHub, agent: Enrolled, begin: int, seconds: Sequence[int]) -> None:
    await post(hub, agent, *(("a", {}, begin + second, float(second)) for second in seconds))


async def test_raw_samples_are_as_they_were_sent(
    hub: RunningHub, client: httpx.AsyncClient, second: Enrolled, begin: int
) -> None:
    await ramp(hub, second, begin, range(5))
    answer = await ask(client, agent=second.id, from_=begin, to=begin + 300)
    [series] = answer["series"]
    assert series == {
        "agent": second.id, "group": None, "members": None, "metric": "a", "labels": {}, "unit": "", "kind": "gauge",
        "tier": "1s", "t": [begin + n for n in range(5)], "v": [0, 1, 2, 3, 4], "min": None, "max": None,
        "present": None,
    }  # fmt: skip
    assert (answer["from"], answer["to"], answer["step"], answer["gaps"]) == (begin, begin + 300, 1, [])


@pytest.mark.parametrize(
    ("agg", "value"), [("avg", [4.5, 14.5]), ("min", [0, 10]), ("max", [9, 19]), ("sum", [45, 145]), ("last", [9, 19])]
)
async def test_points_are_made_of_samples(
    agg: str, value: list[float], hub: RunningHub, client: httpx.AsyncClient, second: Enrolled, begin: int
) -> None:
    await ramp(hub, second, begin, range(20))
    answer = await ask(client, agent=second.id, from_=begin, to=begin + 100, points=10, agg=agg)
    [series] = answer["series"]
    assert (answer["step"], series["t"], series["v"]) == (10, [begin, begin + 10], value)
    assert (series["min"], series["max"]) == ([0, 10], [9, 19])


async def test_the_range_includes_both_ends_and_nothing_else(
    hub: RunningHub, client: httpx.AsyncClient, second: Enrolled, begin: int
) -> None:
    await ramp(hub, second, begin, range(10))
    [series] = (await ask(client, agent=second.id, from_=begin + 3, to=begin + 6))["series"]
    assert series["v"] == [3, 4, 5, 6]
    [same] = (await ask(client, agent=second.id, from_=begin + 4, to=begin + 4))["series"]
    assert same["v"] == [4]
    assert (await ask(client, agent=second.id, from_=begin + 100, to=begin + 200))["series"] == []


async def test_gaps_are_told(hub: RunningHub, client: httpx.AsyncClient, second: Enrolled, begin: int) -> None:
    await ramp(hub, second, begin, [*range(10), *range(40, 50)])
    for points in (1000, 60):
        answer = await ask(client, agent=second.id, from_=begin, to=begin + 300, points=points)
        [gap] = answer["gaps"]
        assert (gap["agent"], gap["from"], gap["to"]) == (second.id, begin + 9, begin + 40)
        assert gap["reason"]


async def test_series_are_chosen_by_metric_and_labels(
    hub: RunningHub, client: httpx.AsyncClient, second: Enrolled, begin: int
) -> None:
    await post(
        hub, second,
        ("cpu", {"cpu": "0", "state": "idle"}, begin, 1), ("cpu", {"cpu": "1", "state": "idle"}, begin, 2),
        ("cpu", {"state": "user"}, begin, 3), ("mem", {}, begin, 4),
    )  # fmt: skip

    async def values(**query: object) -> list[float]:
        answer = await ask(client, agent=second.id, from_=begin, to=begin + 10, **query)
        return sorted(series["v"][0] for series in answer["series"])

    assert await values() == [1, 2, 3, 4]
    assert await values(metric="cpu") == [1, 2, 3]
    assert await values(metric=["cpu", "mem"]) == [1, 2, 3, 4]
    assert await values(labels="state=idle") == [1, 2]
    assert await values(labels="state=idle, cpu=1") == [2]
    assert await values(labels="state=none") == []
    assert await values(metric="nothing") == []


async def test_the_metrics_of_the_fleet_are_listed_with_what_their_labels_may_be(
    hub: RunningHub, client: httpx.AsyncClient, second: Enrolled, begin: int
) -> None:
    await post(hub, second, ("a.b", {"disk": "x"}, begin, 1), ("a.b", {"disk": "y"}, begin, 1))
    other = await hub.enroll("other")
    await post(hub, other, *(("a.b", {"disk": f"d{at}"}, begin, 1) for at in range(30)), ("a.a", {}, begin, 1))
    known = (await client.get(f"{SERIES}/metrics")).json()
    assert [(one["metric"], list(one["labels"])) for one in known["items"]] == [("a.a", []), ("a.b", ["disk"])]
    assert [(one["series"], one["newest"]) for one in known["items"]] == [(1, begin), (32, begin)]
    assert len(known["items"][1]["labels"]["disk"]) == 20
    assert known["complete"]


async def test_times_as_text_and_the_default_range(
    hub: RunningHub, client: httpx.AsyncClient, second: Enrolled, begin: int
) -> None:
    await ramp(hub, second, begin, [0])
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begin))
    assert len((await ask(client, agent=second.id, from_=stamp, to=stamp))["series"]) == 1
    answer = await ask(client, agent=second.id)
    assert len(answer["series"]) == 1
    assert answer["to"] - answer["from"] == 900


async def test_several_agents_in_one_answer(
    hub: RunningHub, client: httpx.AsyncClient, second: Enrolled, begin: int
) -> None:
    other = await hub.enroll("other", reporting_interval=1)
    for agent in (second, other):
        await ramp(hub, agent, begin, [1, 2])
    answer = await ask(client, agent=[second.id, other.id, second.id], from_=begin, to=begin + 10)
    assert [series["agent"] for series in answer["series"]] == [second.id, other.id]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "agent"), ("agent=x", "agent.0"), ("agent=0", "agent.0"), (f"agent={2**63}", "agent.0"),
        ("agent=1&from=soon", "from"), ("agent=1&from=nan", "from"), ("agent=1&to=1e300", "to"),
        ("agent=1&from=100&to=50", "from"), ("agent=1&from=0&to=40000000", "from"), ("agent=1&points=0", "points"),
        ("agent=1&points=10001", "points"), ("agent=1&agg=median", "agg"), ("agent=1&labels=novalue", "labels"),
        ("agent=1&metric=%00", "metric.0"), ("&".join(["agent=1"] * 21), "agent"),
    ],
)  # fmt: skip
async def test_each_wrong_parameter_is_named(
    query: str, field: str, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    answer = await client.get(f"{SERIES}?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), answer.text
    assert answer.json()["errors"][0]["field"] == field


async def test_an_unknown_agent_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{SERIES}?agent=77")).status_code == 404


async def test_an_answer_that_would_be_too_large_is_refused(
    hub: RunningHub, client: httpx.AsyncClient, second: Enrolled, begin: int
) -> None:
    await post(hub, second, *(("a", {"n": str(n)}, begin, n) for n in range(300)))
    large = await client.get(SERIES, params={"agent": second.id, "points": 10_000})
    assert (large.status_code, large.json()["errors"][0]["field"]) == (422, "metric")
    assert "300 series" in large.json()["errors"][0]["detail"]
    assert (await client.get(SERIES, params={"agent": second.id, "points": 1000})).status_code == 200


async def test_a_year_in_one_point_is_answered(
    hub: RunningHub, client: httpx.AsyncClient, second: Enrolled, begin: int
) -> None:
    await ramp(hub, second, begin, range(10))
    answer = await ask(client, agent=second.id, from_=begin + 400 - 366 * 86_400, to=begin + 400, points=1)
    assert answer["step"] >= 366 * 86_400
    assert sum(len(series["t"]) for series in answer["series"]) <= 2


async def test_sums_beyond_all_numbers_are_null(
    hub: RunningHub, client: httpx.AsyncClient, second: Enrolled, begin: int
) -> None:
    await post(hub, second, *(("a", {}, begin + n, 1.7e308) for n in range(10)))
    for agg in ("sum", "avg"):
        [series] = (await ask(client, agent=second.id, from_=begin, to=begin + 100, points=10, agg=agg))["series"]
        assert series["v"] == [None]
