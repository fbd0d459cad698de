"""kill -9 at every stage between a sample and a receipt: each alarm and each end arrives, and late data pages nobody.

`OPSENTRIX_TEST_KILLS` sets how often the hub is killed (each stage once unless told otherwise), `OPSENTRIX_TEST_SEED`
repeats the choices of a run. With `-s` the table is shown.
"""

import asyncio
import os
import random
import time
from collections.abc import Sequence

import pytest

from e2e.alert_fleet import LATE, PENDING, RULES, ScriptedAgent, ScriptedFleet
from e2e.alert_inbox import Channel, Fact, Inbox, open_inbox, until
from e2e.alert_stages import Stages
from e2e.conftest import MakeDeployment
from e2e.deployment import Deployment

KILLS = int(os.environ.get("OPSENTRIX_TEST_KILLS", "10"))
SEED = int(os.environ.get("OPSENTRIX_TEST_SEED") or random.SystemRandom().randrange(1_000_000))
UNDER_WAY = 4
"""Messages on their way to one channel at once: what a kill may double."""
_OVER_WITHIN_S = 120.0
_MOST_IDLE = 4
"""Stages in a row that are not reached while nobody is told anything: then somebody waits for what is lost."""
_PER_MINUTE = 600


def furnish(deployment: Deployment, inbox: Inbox) -> None:
    """Put the script's rules in the place of the default ones, and tell all providers of everything."""
    for rule in deployment.get("/api/v1/alert-rules")["items"]:
        assert deployment.client.delete(f"/api/v1/alert-rules/{rule['id']}").is_success
    for name, expression in RULES.items():
        deployment.post("/api/v1/alert-rules", name=name, expression=expression)
    made = [deployment.post("/api/v1/channels", per_minute=_PER_MINUTE, **one)["id"] for one in inbox.settings]
    targets = [{"kind": "channel", "id": one} for one in made]
    default = deployment.get("/api/v1/routes")["items"][-1]
    answer = deployment.client.put(
        f"/api/v1/routes/{default['id']}", json={"name": default["name"], "targets": targets}
    )
    assert answer.is_success, answer.text


async def ticking(fleet: ScriptedFleet) -> None:
    """Let the fleet sample each second."""
    while True:
        await asyncio.sleep(1.0 - time.time() % 1.0)
        fleet.tick()


def count(channel: Channel, expected: Sequence[Fact]) -> tuple[int, int]:
    """Return how many of these were told, and how many messages told of them beyond one each."""
    times = [channel.messages(one) for one in expected]
    return sum(one > 0 for one in times), sum(max(0, one - 1) for one in times)


def table(inbox: Inbox, agents: Sequence[ScriptedAgent], kills: int) -> list[dict[str, int | str]]:
    """Return the table, a row for each channel; what is lost and what is told anew must be none."""
    alarms, ends = ([fact for one in agents for fact in facts(one)] for facts in (_alarms, _ends))
    rows: list[dict[str, int | str]] = []
    for channel in inbox.channels:
        delivered, _ = count(channel, alarms)
        over, _ = count(channel, ends)
        alone = [fact for one in agents if one.kind == "spike" for fact in (*one.alarms, *one.ends)]
        rows.append(
            {
                "channel": channel.name, "alarms": len(alarms), "delivered": delivered, "ends": len(ends),
                "ends delivered": over, "lost": len(alarms) + len(ends) - delivered - over,
                "told anew": count(channel, alone)[1], "messages": len(set(channel.keys)),
                "doubled": channel.doubled, "may double": kills * UNDER_WAY,
            }
        )  # fmt: skip
    return rows


def _alarms(agent: ScriptedAgent) -> list[Fact]:
    return agent.alarms


def _ends(agent: ScriptedAgent) -> list[Fact]:
    return agent.ends


def shown(rows: Sequence[dict[str, int | str]]) -> str:
    """Return the table as Markdown."""
    lines = ["| " + " | ".join(rows[0]) + " |", "|---" * len(rows[0]) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(map(str, one.values())) + " |" for one in rows)])


@pytest.mark.timeout(300 + 40 * KILLS)
async def test_every_alarm_and_every_end_arrives_whenever_the_hub_is_killed(make_deployment: MakeDeployment) -> None:
    print(f"OPSENTRIX_TEST_SEED={SEED}")  # noqa: T201 - to repeat a failure
    began = time.monotonic()
    deployment = make_deployment(OPSENTRIX_NOTIFY_ALLOW_PRIVATE="true", OPSENTRIX_RATE_LIMITS="false")
    deployment.hub = deployment.program("e2e.eager_hub", name="eager-hub")
    async with open_inbox() as inbox:
        await asyncio.to_thread(deployment.start)
        deployment.program("opsentrix", "worker", name="worker").start()
        await asyncio.to_thread(furnish, deployment, inbox)
        fleet = await asyncio.to_thread(ScriptedFleet, deployment, inbox, SEED)
        stages = Stages(deployment, inbox, SEED)
        ticks = asyncio.create_task(ticking(fleet))
        try:
            await kill_often(stages, inbox, fleet)
            fleet.finish()
            try:
                await until(lambda: fleet.finished, "all alarms and ends are told", _OVER_WITHIN_S)
            except AssertionError:
                print(fleet.standing(inbox))  # noqa: T201 - who waits for what
                raise
            await asyncio.to_thread(drained, deployment)
        finally:
            ticks.cancel()
            await asyncio.to_thread(fleet.stop)
    verify(inbox, fleet, stages, time.monotonic() - began)


async def kill_often(stages: Stages, inbox: Inbox, fleet: ScriptedFleet) -> None:
    """Kill the hub as often as asked for, and start it again each time."""
    idle, seen = 0, inbox.taken
    while stages.kills.total() < KILLS:
        if await stages.kill():
            await stages.start()
            idle = 0
        else:
            idle = idle + 1 if inbox.taken == seen else 0
            assert idle < _MOST_IDLE, f"missed {dict(stages.missed)}: {fleet.standing(inbox)}"
        seen = inbox.taken


def drained(deployment: Deployment) -> None:
    """Wait until nothing is on its way to any provider."""
    deadline = time.monotonic() + _OVER_WITHIN_S
    while any(one["waiting"] for one in deployment.get("/api/v1/channels")["items"]):
        assert time.monotonic() < deadline, "messages are still on their way"
        time.sleep(0.2)


def verify(inbox: Inbox, fleet: ScriptedFleet, stages: Stages, seconds: float) -> None:
    """Hold what the providers took against the script."""
    kills = stages.kills.total()
    rows = table(inbox, fleet.agents, kills)
    print(shown(rows), f"\n{dict(stages.kills)}; missed {dict(stages.missed)}; {seconds:.0f} s")  # noqa: T201 - the result
    script = {fact for one in fleet.agents for fact in (*one.alarms, *one.ends)}
    scripted = {one.name for one in fleet.agents if one.kind in ("spike", "slow")}
    for channel, row in zip(inbox.channels, rows, strict=True):
        assert row["lost"] == row["told anew"] == 0, row
        assert channel.doubled <= kills * UNDER_WAY, row
        values = {abs(fact.value) for fact in channel.facts() if fact.value is not None}
        assert not values & {LATE, PENDING}, "somebody was paged for what is not the present, or did not last"
        alarms = {fact for fact in channel.facts() if fact.agent in scripted and (fact.value or 0) > 0}
        assert alarms <= script, "somebody was told what did not happen"
        for one in fleet.agents:
            if one.kind in ("flap", "lost"):
                assert channel.over(one.name) is not False, f"{channel.name} was not told of the end of {one.name}"
