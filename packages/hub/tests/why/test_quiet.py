"""What was kept quiet: by silences, windows, a lost gateway, or somebody who looks after it."""

import time
from datetime import UTC, datetime, timedelta

from opsentrix.model.users import Role, Scope

from packages.hub.tests.api.test_alert_rules import report, states
from packages.hub.tests.kit.hub import until
from packages.hub.tests.why.asking import INCIDENTS, Watch, details, lose, stopped, text


async def test_silenced(watch: Watch) -> None:
    await watch.routed()
    matchers = [{"key": "agent", "op": "=", "value": "web-1"}]
    silence = {"matchers": matchers, "ends_at": time.time() + 3600, "comment": "moving racks"}
    number = (await watch.post("/api/v1/silences", silence))["id"]
    await watch.rule_of()
    await watch.fire()
    await watch.send()
    answer = await watch.why()
    assert f"Too hot on web-1 is quiet: silence {number} until" in stopped(answer, "suppression")
    assert "moving racks" in details(answer, "suppression")
    assert watch.receiver.got == []


async def test_in_maintenance(watch: Watch) -> None:
    await watch.routed()
    begun = datetime.now(UTC) - timedelta(hours=1)
    window = {
        "name": "patches", "matchers": [{"key": "agent", "op": "=", "value": "web-1"}], "zone": "UTC",
        "starts_local": begun.replace(tzinfo=None).isoformat(timespec="seconds"), "duration_s": 7200,
    }  # fmt: skip
    await watch.post("/api/v1/maintenance-windows", window)
    await watch.rule_of()
    await watch.fire()
    await watch.send()
    said = stopped(await watch.why(), "suppression")
    assert "maintenance" in said
    assert "(patches) until" in said


async def test_behind_a_gateway_that_is_lost(watch: Watch) -> None:
    await watch.routed()
    gateway = await watch.hub.enroll("gw-1")
    await watch.put(f"/api/v1/agents/{watch.agent.id}/dependencies", {"behind": [gateway.id]})
    await lose(watch, gateway)
    await watch.rule_of()
    await watch.fire()
    await watch.send()
    answer = await watch.why()
    assert "behind gw-1" in stopped(answer, "suppression")
    assert "behind gw-1" in text(answer, "grouping")
    async with watch.hub.client(
        await watch.hub.session(Role.VIEWER, scope=Scope(environments=frozenset(("prod",))))
    ) as some:
        hidden = await watch.why(some)
    assert "gw-1" not in str(hidden)
    assert "behind another agent" in stopped(hidden, "suppression")


async def test_acknowledged(watch: Watch) -> None:
    await watch.routed()
    await watch.rule_of()
    await watch.fire()
    await watch.send()
    incident = (await watch.why())["incident"]
    until_s = time.time() + 3600
    await watch.post(f"{INCIDENTS}/{incident}/acknowledge", {"until": until_s}, 200)
    answer = await watch.why()
    assert answer["paged"] is True
    assert "looks after it, so nobody is reminded until" in text(answer, "suppression")
    assert "acknowledged it at" in text(answer, "receipt")


async def test_it_fires_again_in_an_incident_that_people_know(watch: Watch) -> None:
    await watch.routed()
    await watch.rule_of()
    await watch.fire()
    await watch.send()
    await report(watch.hub, watch.agent, 20)

    async def over() -> bool:
        return await states(watch.client, rule=watch.rule) == []

    await until(over)
    await watch.keep()
    await watch.fire(value=33)
    await watch.send()
    answer = await watch.why()
    assert answer["paged"] is True
    assert "People knew of the incident since" in text(answer, "suppression")
    assert len(watch.receiver.got) == 1
