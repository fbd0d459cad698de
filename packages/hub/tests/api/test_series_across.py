"""Series of many agents put together, as dashboards of a whole fleet ask for them."""

import statistics
from typing import Any

import httpx
import pytest

from packages.hub.tests.api.test_series import SERIES, ask, post
from packages.hub.tests.kit.agent import now_ms
from packages.hub.tests.kit.hub import Enrolled, RunningHub

HOSTS = {  # name: environment, tags, values of cpu by core
    "web-1": ("production", ["web", "eu"], {"0": 10.0, "1": 20.0}),
    "web-2": ("production", ["web"], {"0": 30.0, "1": 40.0}),
    "db-1": ("staging", ["db", "eu"], {"0": 50.0}),
}


@pytest.fixture
async def fleet(hub: RunningHub) -> tuple[dict[str, Enrolled], int]:
    """Return agents by name, and when a minute begins in which each has sampled three times, 20 s apart."""
    begin = now_ms() // 60_000 * 60 - 600
    agents = {}
    for name, (environment, tags, cores) in HOSTS.items():
        agent = await hub.enroll(name, environment=environment, tags=tags, reporting_interval=20)
        agents[name] = agent
        await post(
            hub, agent,
            *(("cpu", {"core": core}, begin + 20 * n, value + n) for core, value in cores.items() for n in range(3)),
            ("load", {}, begin, 1),
        )  # fmt: skip
    return agents, begin


async def values(client: httpx.AsyncClient, begin: int, **query: Any) -> dict[tuple[str, ...], float]:  # noqa: ANN401 - as httpx takes them
    """Return the value of the one point of each group."""
    answer = await ask(client, from_=begin, to=begin + 59, points=1, metric="cpu", **query)
    assert answer["gaps"] == []
    for one in answer["series"]:
        assert (one["agent"], one["metric"], one["tier"], one["t"]) == (None, "cpu", "1m", [begin])
        assert one["present"] == [one["members"]]
    return {tuple(one["group"].values()): one["v"][0] for one in answer["series"]}


Fleet = tuple[dict[str, Enrolled], int]


@pytest.mark.parametrize(
    ("across", "value"),
    [
        ("avg", 31), ("sum", 155), ("min", 11), ("max", 51), ("count", 5), ("p50", 31),
        ("p90", statistics.quantiles([11, 21, 31, 41, 51], n=10, method="inclusive")[8]),
    ],
)  # fmt: skip
async def test_without_a_group_all_become_one(
    across: str, value: float, client: httpx.AsyncClient, fleet: Fleet
) -> None:
    assert await values(client, fleet[1], across=across) == {(): pytest.approx(value)}


@pytest.mark.parametrize(("agg", "value"), [("max", 32), ("min", 30), ("sum", 93), ("last", 32), ("p50", 31)])
async def test_samples_become_points_before_points_become_one(
    agg: str, value: float, client: httpx.AsyncClient, fleet: Fleet
) -> None:
    assert await values(client, fleet[1], agg=agg, across="avg") == {(): pytest.approx(value)}


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("environment", {("production",): 26, ("staging",): 51}),
        ("tag", {("web",): 26, ("eu",): pytest.approx(83 / 3), ("db",): 51}),
        ("label:core", {("0",): 31, ("1",): 31}),
        ("label:nothing", {("",): 31}),
        ("type,label:core", {("server", "0"): 31, ("server", "1"): 31}),
        ("environment,tag", {
            ("production", "web"): 26, ("production", "eu"): 16, ("staging", "db"): 51, ("staging", "eu"): 51,
        }),
    ],
)  # fmt: skip
async def test_groups(by: str, expected: dict[tuple[str, ...], float], client: httpx.AsyncClient, fleet: Fleet) -> None:
    assert await values(client, fleet[1], across="avg", by=by) == expected


async def test_agents_are_chosen(client: httpx.AsyncClient, fleet: Fleet) -> None:
    agents, begin = fleet
    ids = {name: str(agent.id) for name, agent in agents.items()}
    by_agent = {"across": "max", "by": "agent"}
    assert await values(client, begin, **by_agent, environment="staging") == {(ids["db-1"],): 51}
    assert await values(client, begin, **by_agent, tag=["db", "web"]) == {
        (ids["web-1"],): 21, (ids["web-2"],): 41, (ids["db-1"],): 51,
    }  # fmt: skip
    assert await values(client, begin, **by_agent, agent=[ids["web-1"], ids["db-1"]], tag="web") == {
        (ids["web-1"],): 21
    }
    assert await values(client, begin, **by_agent, labels="core=1") == {(ids["web-1"],): 21, (ids["web-2"],): 41}
    assert await values(client, begin, across="avg", type="none") == {}


async def test_points_of_a_second_are_made_of_samples(client: httpx.AsyncClient, fleet: Fleet) -> None:
    answer = await ask(client, from_=fleet[1], to=fleet[1] + 59, points=60, metric="cpu", across="sum", labels="core=0")
    [series] = answer["series"]
    assert (series["tier"], answer["step"]) == ("1s", 1)
    assert series["t"] == [fleet[1], fleet[1] + 20, fleet[1] + 40]
    assert series["v"] == [90, 93, 96]
    assert (series["min"], series["max"]) == ([10, 11, 12], [50, 51, 52])


async def test_metrics_stay_apart(client: httpx.AsyncClient, fleet: Fleet) -> None:
    answer = await ask(client, from_=fleet[1], to=fleet[1] + 59, points=1, metric=["load", "cpu"], across="sum")
    assert [(one["metric"], one["v"]) for one in answer["series"]] == [("cpu", [155]), ("load", [3])]


async def test_rate_of_a_counter_with_a_reset(hub: RunningHub, client: httpx.AsyncClient) -> None:
    begin = now_ms() // 60_000 * 60 - 600
    for name, counter in (("a", [100, 160, 10, 70]), ("b", [0, 30, 60, 90])):
        agent = await hub.enroll(name, reporting_interval=30)
        await post(hub, agent, *(("requests", {}, begin + 30 * n, value) for n, value in enumerate(counter)))
    answer = await ask(client, from_=begin + 60, to=begin + 119, points=1, metric="requests", agg="rate", across="sum")
    assert [one["v"] for one in answer["series"]] == [[pytest.approx((10 + 60) / 60 + 1)]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"across": "avg"}, "metric"),
        ({"metric": "cpu", "across": "avg", "by": "colour"}, "by"),
        ({"metric": "cpu", "across": "median"}, "across"),
        ({"metric": "cpu", "by": "agent", "agent": 1}, "across"),
        ({"metric": "cpu"}, "agent"),
    ],
)
async def test_what_cannot_be_answered_is_named(
    query: dict[str, Any], field: str, client: httpx.AsyncClient, fleet: Fleet
) -> None:
    answer = await client.get(SERIES, params=query)
    assert answer.status_code == 422
    assert field in {one["field"] for one in answer.json()["errors"]}


async def test_an_unknown_agent_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.get(SERIES, params={"metric": "cpu", "across": "avg", "agent": 4711})
    assert answer.status_code == 404


async def test_too_many_groups_are_refused(
    client: httpx.AsyncClient, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opsentrix.query.across.MAX_GROUPS", 2)
    answer = await client.get(SERIES, params={"metric": "cpu", "across": "avg", "by": "agent"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "by")
