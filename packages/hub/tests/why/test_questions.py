"""How it is asked, and what those learn who see some agents only."""

import time
from typing import Any

import pytest
from opsentrix.model.agents import TokenRequest
from opsentrix.model.users import Role, Scope

from packages.hub.tests.api.test_alert_rules import HOT, RULES, states
from packages.hub.tests.kit.hub import until
from packages.hub.tests.why.asking import WHY, Watch, stopped


async def test_without_labels_the_series_that_fired_is_meant(watch: Watch) -> None:
    await watch.rule_of(expression="disk.used > 90%")
    now = time.time()
    samples = [
        {"metric": "disk.used", "labels": {"device": one}, "value": value, "time": now}
        for one, value in (("a", 0.1), ("b", 0.95), ("c", 0.5))
    ]
    async with watch.hub.client() as client:
        path = f"/api/v1/agents/{watch.agent.id}/metrics"
        await client.post(path, headers=watch.agent.headers, json={"samples": samples})

    async def firing() -> bool:
        return await states(watch.client, rule=watch.rule) == ["firing"]

    await until(firing)
    await watch.keep()
    assert (await watch.why())["labels"] == {"device": "b"}
    other = await watch.why(labels="device=c", agent_id=watch.agent.id, rule_id=watch.rule)
    assert (other["labels"], stopped(other, "rule")) == (
        {"device": "c"}, "Too hot did not hold (0.5 against 0.9): disk.used > 90%.",
    )  # fmt: skip


async def test_who_sees_some_agents_learns_nothing_of_others(watch: Watch) -> None:
    await watch.routed()
    await watch.rule_of(expression="room.temperature > 30 on environment in (prod, secret-lab)")
    hidden = await watch.hub.enroll("db-1", TokenRequest(environment="secret-lab"))
    await watch.fire()
    await watch.fire(hidden)
    await watch.send()
    other = (await watch.post(RULES, {**HOT, "name": "Lab only", "expression": "lab.x > 1 on environment=secret-lab"}))[
        "id"
    ]
    beyond = await watch.why(agent_id=hidden.id, rule_id=watch.rule)
    scope = Scope(environments=frozenset(("prod",)))
    async with watch.hub.client(await watch.hub.session(Role.VIEWER, scope=scope)) as viewer:
        answer = await watch.why(viewer)
        assert answer["paged"] is True
        assert answer["rule"]["expression"] == ""
        for said in ("secret-lab", "db-1", "default route"):
            assert said not in str(answer), said
        refusals: list[dict[str, Any]] = [
            {"agent_id": hidden.id, "rule_id": watch.rule}, {"agent_id": hidden.id, "metric": "room.temperature"},
            {"fingerprint": beyond["fingerprint"]}, {"incident_id": beyond["incident"]}, {"rule_id": watch.rule},
            {"agent_id": watch.agent.id, "rule_id": other},
        ]  # fmt: skip
        for refused in refusals:
            assert (await viewer.get(WHY, params=refused)).status_code == 404, refused


@pytest.mark.parametrize(
    "params",
    [
        {}, {"agent_id": 1}, {"metric": "m"}, {"agent_id": 1, "rule_id": 1, "metric": "m"}, {"fingerprint": "xyz"},
        {"incident_id": 1, "metric": "m"}, {"agent_id": 1, "rule_id": 1, "at": 32_000_000_000},
        {"agent_id": 0, "rule_id": 1}, {"rule_id": 1, "agent_id": 1, "labels": "x"},
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_refused(watch: Watch, params: dict[str, Any]) -> None:
    assert (await watch.client.get(WHY, params=params)).status_code == 422


async def test_what_is_not_there(watch: Watch) -> None:
    for params in (
        {"agent_id": watch.agent.id, "rule_id": 999_999}, {"agent_id": 999, "rule_id": 1}, {"fingerprint": "0" * 64},
        {"incident_id": 77},
    ):  # fmt: skip
        assert (await watch.client.get(WHY, params=params)).status_code == 404, params
