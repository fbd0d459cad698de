"""What rules made of samples: not yet, not for this agent, not any more, or not of that version."""

import time
from datetime import timedelta
from typing import Any

import pytest
from opsentrix.alerting import timing
from opsentrix.model.users import Role, Scope

from packages.hub.tests.api.test_alert_rules import HOT, RULES, report, states
from packages.hub.tests.kit.hub import until
from packages.hub.tests.why.asking import GROUPS, WHY, Watch, backdate, details, stopped, text, told


async def test_pending_only(watch: Watch) -> None:
    await watch.rule_of(expression="room.temperature > 30 for 10m")
    await report(watch.hub, watch.agent, 31)

    async def held() -> bool:
        return "must hold for 10m: it fires in" in text(await watch.why(), "rule")

    await until(held)
    said = stopped(await watch.why(), "rule")
    assert "held (31 against 30) since" in said


async def test_pending_only_in_the_past_is_found_by_a_replay(watch: Watch) -> None:
    await watch.add("room.temperature", *((400 - one, 31.0 if one > 100 else 20.0) for one in range(0, 200, 5)))
    await watch.rule_of(expression="room.temperature > 30 for 2m")
    await backdate(watch)
    said = stopped(await watch.why(at=time.time() - 210), "rule")
    assert "Too hot held (31 against 30) since" in said
    assert "must hold for 2m." in said
    calm = stopped(await watch.why(at=time.time() - 305), "rule")
    assert calm == "Too hot did not hold (20 against 30): room.temperature > 30."


@pytest.mark.parametrize(
    ("selector", "group", "said"),
    [
        (" on type=db", None, "is not about web-1: it is about agents with type=db."),
        ("", "tag=us", "is not about web-1: its group far is about agents with tag=us."),
    ],
)
async def test_not_covered(watch: Watch, selector: str, group: str | None, said: str) -> None:
    number = None if group is None else (await watch.post(GROUPS, {"name": "far", "selector": group}))["id"]
    await watch.rule_of(expression=HOT["expression"] + selector, group_id=number)
    await report(watch.hub, watch.agent, 31)
    assert said in stopped(await watch.why(), "rule")


async def test_overridden(watch: Watch) -> None:
    await watch.rule_of()
    path = f"{RULES}/{watch.rule}/overrides/{watch.agent.id}"
    await watch.put(path, {"threshold": 50})
    await report(watch.hub, watch.agent, 31)

    async def judged() -> bool:
        return "did not hold (31 against 50)" in text(await watch.why(), "rule")

    await until(judged)
    assert "an override for web-1 holds it against 50" in details(await watch.why(), "rule")
    await watch.put(path, {"enabled": False})
    assert stopped(await watch.why(), "rule").endswith("lets the rule Too hot leave web-1 alone.")


async def test_rule_off_or_group_off(watch: Watch) -> None:
    await watch.rule_of(enabled=False)
    await report(watch.hub, watch.agent, 31)
    assert "The rule Too hot was switched off since" in stopped(await watch.why(), "rule")
    group = (await watch.post(GROUPS, {"name": "night", "enabled": False}))["id"]
    await watch.rule_of(group_id=group)
    assert stopped(await watch.why(), "rule") == "The rule Too hot is off because its group night is."


async def test_the_rule_did_not_exist_then(watch: Watch) -> None:
    await watch.add("room.temperature", (400, 31))
    await watch.rule_of()
    assert "The rule Too hot did not exist then: it was made at" in stopped(
        await watch.why(at=time.time() - 400), "rule"
    )


async def test_over_before_its_time(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "WAIT", timedelta(minutes=1))
    await watch.rule_of()
    await watch.fire()
    waiting = await watch.why()
    assert told(waiting)["suppression"] == "unknown"
    assert "People are told at" in text(waiting, "suppression")
    await report(watch.hub, watch.agent, 20)

    async def over() -> bool:
        return await states(watch.client, rule=watch.rule) == []

    await until(over)
    await watch.keep()
    assert "it was over at once" in stopped(await watch.why(), "suppression")


async def test_of_a_metric_each_rule_says_something(watch: Watch) -> None:
    await watch.routed()
    hot = await watch.rule_of()
    cold = (await watch.post(RULES, {**HOT, "name": "Cold", "expression": "room.temperature < 5"}))["id"]
    share = (await watch.post(RULES, {**HOT, "name": "Share", "expression": "a.b / room.temperature > 5"}))["id"]
    await watch.fire()
    await watch.send()
    answer = await watch.why(agent_id=watch.agent.id, metric="room.temperature")
    assert [(one["rule"]["id"], one["paged"], one["stage"]) for one in answer["rules"]] == [
        (hot, True, "receipt"), (cold, False, "rule"), (share, False, "rule"),
    ]  # fmt: skip
    assert (answer["rule"]["id"], answer["paged"], answer["metric"]) == (hot, True, "room.temperature")
    nothing = await watch.why(agent_id=watch.agent.id, metric="no.such")
    assert (nothing["rules"], nothing["verdict"]) == ([], "Not paged. No rule reads no.such.")


async def test_a_rule_that_was_deleted_leaves_its_alerts(watch: Watch) -> None:
    await watch.routed()
    await watch.rule_of()
    await watch.fire()
    await watch.send()
    assert (await watch.client.delete(f"{RULES}/{watch.rule}")).status_code == 204
    answer = await watch.why()
    assert (answer["paged"], answer["rule"]["name"], answer["rule"]["version"]) == (True, "Too hot", None)


async def test_a_rule_that_counts_agents(watch: Watch) -> None:
    await watch.routed()
    await watch.rule_of(expression="count(room.temperature > 30) >= 1")
    await report(watch.hub, watch.agent, 31)

    async def firing() -> bool:
        return await states(watch.client, rule=watch.rule) == ["firing"]

    await until(firing)
    await watch.keep()
    await watch.send()
    asked: list[dict[str, Any]] = [{"rule_id": watch.rule}, {"rule_id": watch.rule, "agent_id": watch.agent.id}]
    for params in asked:
        answer = await watch.why(**params)
        assert (answer["paged"], "Too hot fired for all agents" in text(answer, "rule")) == (True, True)
    scope = Scope(environments=frozenset(("prod",)))
    async with watch.hub.client(await watch.hub.session(Role.VIEWER, scope=scope)) as viewer:
        assert (await viewer.get(WHY, params=asked[1])).status_code == 404


async def test_the_version_of_that_time_counts(watch: Watch) -> None:
    await watch.add("room.temperature", *((400 - one, 25.0) for one in range(0, 100, 5)))
    await watch.rule_of()
    await backdate(watch)
    await watch.put(f"{RULES}/{watch.rule}", {**HOT, "expression": "room.temperature > 20"})
    answer = await watch.why(at=time.time() - 320)
    assert "did not hold (25 against 30)" in stopped(answer, "rule")
    assert "it has version 2 now" in details(answer, "rule")


async def test_what_a_window_would_have_said_is_replayed(watch: Watch) -> None:
    await watch.add("room.temperature", *((1000 - one, 29.0 + one % 2) for one in range(0, 900, 5)))
    await watch.rule_of(expression="avg(room.temperature, 5m) > 40")
    await backdate(watch)
    assert "did not hold (29.5 against 40)" in stopped(await watch.why(at=time.time() - 200), "rule")
    long = await watch.post(RULES, {**HOT, "expression": "avg(room.temperature, 1d) > 40"})
    await backdate(watch)
    answer = await watch.why(at=time.time() - 200, agent_id=watch.agent.id, rule_id=long["id"])
    assert "cannot be told any more" in stopped(answer, "rule")
