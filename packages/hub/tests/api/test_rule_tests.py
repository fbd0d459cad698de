"""Backtests over HTTP: what is read, what would have come of it, and who may ask how often."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import numpy as np
import pytest
from opsentrix.access.limiter import Limiter
from opsentrix.access.turns import Turns
from opsentrix.api import backtests
from opsentrix.api.budget import MOST_SAMPLES, Cost, choose
from opsentrix.errors import TooManyRequestsError
from opsentrix.model.rule_text import parse
from opsentrix.model.tiers import HOUR, MINUTE, SECOND, Tier

from packages.hub.tests.alerting.stored import store
from packages.hub.tests.alerting.streams import SERIES, Stream, stream
from packages.hub.tests.kit.hub import RunningHub

RULES = "/api/v1/alert-rules"
TEST = f"{RULES}/test"


async def seed(
    hub: RunningHub, values: Sequence[float], agents: int = 1, ago_s: int = 3600, born_s: float = 400 * 86_400
) -> float:
    """Store a temperature a second of some agents, `born_s` before it begins; return when that is, Unix seconds."""
    begin = int(time.time()) - ago_s
    listed = []
    for agent_id in range(1, agents + 1):
        base = stream(1, agent_id, 10)
        samples = np.full((len(SERIES), len(values)), np.nan)
        samples[2] = values
        layouts = np.zeros(samples.shape, np.bool_)
        layouts[2] = True
        listed.append(Stream(base.member, begin + np.arange(len(values)), samples, layouts))
    await store(hub.database, listed)
    await hub.fetch("UPDATE agents SET created_at = to_timestamp($1)", begin - born_s)
    await hub.hub.registry.load()
    return float(begin)


async def tried(client: httpx.AsyncClient, expression: str, **body: object) -> dict[str, Any]:
    answer = await client.post(TEST, json={"expression": expression, **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_backtest_tells_what_would_have_fired_and_who_would_have_been_told(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    begin = await seed(hub, [20.0] * 300 + [35.0] * 120 + [38.0] + [35.0] * 59 + [20.0] * 300)
    found = await tried(client, "room.temperature > 30 for 1m", start=begin, end=begin + 700)
    assert (found["tier"], found["step_ms"], found["agents"], found["series"], found["targets"]) == (
        "1s",
        1000,
        1,
        1,
        1,
    )
    assert (found["samples"], found["truncated"]) == (700, False)
    (episode,) = found["episodes"]
    assert (episode["pending_at"], episode["fired_at"], episode["resolved_at"]) == (
        begin + 300, begin + 360, begin + 480
    )  # fmt: skip
    assert (episode["value"], episode["worst"], episode["threshold"], episode["quiet"]) == (35.0, 38.0, 30.0, "")
    assert (found["episodes_total"], found["incidents"], found["minutes_firing"]) == (1, 1, 2.0)
    assert found["notifications"] == {"sent": 0, "suppressed": 2, "by_reason": {"no route tells anybody": 2}}
    assert len(found["timeline"]) <= 400
    assert {firing for _, firing, _ in found["timeline"]} == {0, 1}


async def test_a_rule_that_is_kept_brings_its_overrides_and_only_chosen_agents_are_looked_at(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    begin = await seed(hub, [20.0] * 60 + [35.0] * 60 + [20.0] * 60, agents=3)
    body = {"name": "Too hot", "expression": "room.temperature > 30"}
    rule = (await client.post(RULES, json=body)).json()["id"]
    assert (await client.put(f"{RULES}/{rule}/overrides/2", json={"threshold": 40})).status_code == 200
    asked = {"start": begin, "end": begin + 180}
    found = await tried(client, "room.temperature > 30", rule_id=rule, **asked)
    assert [one["agent_id"] for one in found["episodes"]] == [1, 3]
    found = await tried(client, "room.temperature > 30", agents={"agents": [2, 3, 99]}, **asked)
    assert [one["agent_id"] for one in found["episodes"]] == [2, 3]
    found = await tried(client, "room.temperature > 30 on agent=agent-1", **asked)
    assert (found["agents"], [one["agent_id"] for one in found["episodes"]]) == (1, [1])
    found = await tried(client, "count(room.temperature > 30) >= 2", **asked)
    (episode,) = found["episodes"]
    assert (episode["agent_id"], episode["value"], episode["worst"]) == (None, 3.0, 3.0)


async def test_the_group_that_is_chosen_counts_and_else_that_of_the_kept_rule(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    begin = await seed(hub, [20.0] * 60 + [35.0] * 60, agents=3)
    groups = [
        (await client.post("/api/v1/alert-rule-groups", json={"name": name, "selector": f"agent={name}"})).json()["id"]
        for name in ("agent-1", "agent-2")
    ]
    body = {"name": "Too hot", "expression": "room.temperature > 30", "group_id": groups[0]}
    rule = (await client.post(RULES, json=body)).json()["id"]

    async def about(**asked: object) -> list[int]:
        found = await tried(client, "room.temperature > 30", start=begin, end=begin + 120, **asked)
        return [one["agent_id"] for one in found["episodes"]]

    assert await about(rule_id=rule) == [1]
    assert await about(rule_id=rule, group_id=groups[1]) == [2]
    assert await about(rule_id=rule, group_id=None) == [1, 2, 3]
    assert await about(group_id=groups[1]) == [2]


async def test_what_a_silence_kept_quiet_is_told_to_nobody(hub: RunningHub, client: httpx.AsyncClient) -> None:
    begin = await seed(hub, [20.0] * 60 + [35.0] * 120 + [20.0] * 120)
    now = datetime.now(UTC)
    silence = {
        "matchers": [{"key": "agent", "op": "=", "value": "agent-1"}], "comment": "moving racks",
        "ends_at": (now + timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    assert (await client.post("/api/v1/silences", json=silence)).status_code == 201
    await hub.fetch("UPDATE silences SET starts_at = to_timestamp($1)", begin - 10)
    found = await tried(client, "room.temperature > 30", start=begin, end=begin + 300)
    (episode,) = found["episodes"]
    assert "silence" in episode["quiet"]
    assert found["notifications"] == {"sent": 0, "suppressed": 1, "by_reason": {episode["quiet"]: 1}}


async def test_an_agent_is_absent_while_its_samples_are(hub: RunningHub, client: httpx.AsyncClient) -> None:
    begin = await seed(hub, [20.0] * 120)
    found = await tried(client, "absent(agent) for 1m", start=begin, end=begin + 400)
    (episode,) = found["episodes"]
    assert (episode["pending_at"], episode["fired_at"], episode["resolved_at"]) == (begin + 119, begin + 300, None), (
        "it reports once a minute, and has three to do so"
    )
    assert any("absent" in one for one in found["notes"])


async def test_a_long_time_is_read_by_minutes_or_hours_and_the_answer_says_so(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    begin = await seed(hub, [20.0] * 600 + [35.0] + [20.0] * 600, ago_s=5400)
    found = await tried(client, "room.temperature > 30", start=begin - 5 * 86_400)
    assert (found["tier"], found["step_ms"]) == ("1m", 60_000)
    assert found["notes"][0] == "Read were minutes: there are too many samples to look through."
    assert "a spike is seen" in found["notes"][1]
    (episode,) = found["episodes"]
    assert episode["fired_at"] == (begin + 600) // 60 * 60
    assert len(found["timeline"]) <= 400
    found = await tried(client, "avg(room.temperature, 1m) > 30 for 5m", start=begin - 300 * 86_400)
    assert (found["tier"], found["episodes"]) == ("1h", [])


async def test_no_time_is_looked_through_in_which_there_was_no_agent(
    hub: RunningHub, client: httpx.AsyncClient
) -> None:
    begin = await seed(hub, [20.0] * 60 + [35.0] + [20.0] * 60, born_s=0)
    found = await tried(client, "avg(room.temperature, 2s) > 25", start=begin - 5 * 86_400)
    assert (found["tier"], found["step_ms"], found["start"]) == ("1s", 1000, begin - 5 * 86_400)
    assert [one["fired_at"] for one in found["episodes"]] == [begin + 60]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"expression": "room.temperature >"}, 422),
        ({"expression": "m.a > 1", "definition": {}}, 422),
        ({"expression": "m.a > 1", "start": 200, "end": 100}, 422),
        ({"expression": "m.a > 1", "start": 0}, 422),
        ({"expression": "m.a > 1", "rule_id": 99}, 404),
        ({"expression": "m.a > 1", "group_id": 99}, 422),
        ({"expression": "m.a > 1", "agents": {}}, 422),
        ({"expression": "nobody.sends.this > 1"}, 200),
    ],
)
async def test_what_cannot_be_tried(client: httpx.AsyncClient, body: dict[str, object], status: int) -> None:
    answer = await client.post(TEST, json=body)
    assert answer.status_code == status, answer.text


async def test_a_backtest_ends_when_nobody_waits_for_it_or_it_takes_too_long(
    hub: RunningHub, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = await seed(hub, [20.0] * 60 + [35.0] * 60)
    asked = {"start": begin, "end": begin + 120}
    monkeypatch.setattr(backtests, "LONGEST_S", 0.0)
    found = await tried(client, "absent(agent)", **asked)
    assert found["truncated"]
    assert "takes" in found["notes"][-1] or "took longer" in found["notes"][-1]

    async def gone() -> bool:
        return True

    stored = backtests.as_stored(None, None, None, hub.hub.services.now(), loss=False)
    asking = backtests.Asked(parse("m.a > 1"), stored, {}, [], begin, begin + 120)
    with pytest.raises(backtests.GoneError):
        await backtests.run(hub.hub.services, asking, gone)


def test_one_for_each_person_and_two_in_all() -> None:
    turns = Turns(2, Limiter(3, 10.0, lambda: 0.0))
    with turns.turn("ann"):
        with pytest.raises(TooManyRequestsError), turns.turn("ann"):
            pass
        with turns.turn("bob"), pytest.raises(TooManyRequestsError), turns.turn("cid"):
            pass
        with turns.turn("cid"):
            pass
    for _ in range(2):
        with turns.turn("ann"):
            pass
    with pytest.raises(TooManyRequestsError), turns.turn("ann"):
        pass


@pytest.mark.parametrize(
    ("agents", "series", "days", "windowed", "finest", "expected"),
    [
        (1, 1, 1, False, SECOND, SECOND),
        (1, 1, 1, True, SECOND, MINUTE),
        (1, 1, 0.3, True, SECOND, SECOND),
        (1, 1, 1, False, MINUTE, MINUTE),
        (1, 1, 30, False, SECOND, MINUTE),
        (1, 1, 400, False, SECOND, HOUR),
        (1000, 4000, 1, False, SECOND, MINUTE),
        (10_000, 40_000, 30, False, SECOND, HOUR),
    ],
)
def test_the_finest_history_that_can_be_afforded_is_read(
    agents: int, series: int, days: float, windowed: bool, finest: Tier, expected: Tier
) -> None:
    cost = Cost(agents, series, days * 86_400, windowed=windowed)
    budget = choose(cost, finest)
    assert budget.tier is expected
    kept = Cost(budget.agents, series * budget.agents // agents, cost.seconds, windowed=windowed)
    assert kept.samples(budget.tier) <= MOST_SAMPLES
    assert budget.truncated is (budget.agents < agents)
