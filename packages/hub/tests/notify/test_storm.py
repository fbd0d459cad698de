"""Many alerts at once, and providers that are slow: nothing is lost, and nothing holds up what is not part of it."""

import asyncio
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from opsentrix.alerting.keeper import Keeper
from opsentrix.db import Database
from opsentrix.model.rules import Severity
from opsentrix.model.stored_alerts import Alert, AlertState, NewRule, Transition
from opsentrix.notify import notifier
from opsentrix.storage import alert_rules, alerts, notifications
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.agent import full_frame
from packages.hub.tests.kit.desk import Desk
from packages.hub.tests.kit.hub import until
from packages.hub.tests.kit.receiver import Answer, Got, Receiver, receiving
from packages.hub.tests.kit.story import fingerprint

ALERTS = 1000
CAP = 20
"""Messages a minute to a channel, unless somebody sets another number."""
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


async def record(desk: Desk, rule: int, before: AlertState, after: AlertState) -> None:
    """Let an alert of each agent change, all in this second."""
    changed = [
        Transition(
            Alert(fingerprint("storm", one), rule, 1, one, {}, Severity.WARNING, after, desk.now, 1.0), before, desk.now
        )
        for one in range(1, ALERTS + 1)
    ]
    async with desk.database.transaction() as connection:
        await alerts.record(connection, changed, desk.now)


async def pass_time(desk: Desk, keeper: Keeper, ticks: int, tick: timedelta = SECOND) -> None:
    """Let hub and notifier work each tick."""
    for _ in range(ticks):
        while (await keeper.run_once(desk.now)).more:
            pass
        await desk.work(tick)


def named(provider: Receiver) -> int:
    """Return of how many notices the messages tell, those that a summary only counts included."""
    return sum(len(one.json["alerts"]) + one.json["truncatedAlerts"] for one in provider.got)


async def test_a_thousand_incidents_in_a_second_are_all_told_and_so_are_their_ends(database: Database) -> None:
    desk = Desk(database)
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO agents (name, type, host, environment, reporting_interval)"
            " SELECT 'a' || n, 'server', 'h', 'env' || n, 5 FROM generate_series(1, $1::integer) n",
            ALERTS,
        )
        rule = await alert_rules.add(connection, NewRule("hot", Severity.WARNING, {}), "ann", desk.now)
    keeper = Keeper(database, notifications.enqueue, lambda *_: None)
    async with receiving() as provider:
        await desk.channel(provider.url)
        await record(desk, rule.id, AlertState.INACTIVE, AlertState.FIRING)
        await pass_time(desk, keeper, 8)
        assert named(provider) == ALERTS
        assert len(provider.got) <= CAP
        assert {one.json["status"] for one in provider.got} == {"firing"}
        provider.got.clear()
        await record(desk, rule.id, AlertState.FIRING, AlertState.INACTIVE)
        await pass_time(desk, keeper, 1, MINUTE)
        await pass_time(desk, keeper, 8)
        assert named(provider) == ALERTS
        assert len(provider.got) <= CAP
        assert {one.json["status"] for one in provider.got} == {"resolved"}
    assert (await desk.states()).keys() == {"sent"}


async def test_a_thousand_alerts_in_a_frame_hold_up_no_ack_and_are_one_message(dsn: str, tmp_path: Path) -> None:
    series = [Series(Metric("storm.value", "1", Kind.GAUGE), labels_of(n=str(n))) for n in range(ALERTS)]
    async with (
        hubs.running(dsn, tmp_path, notify_allow_private=True) as hub,
        hub.client(await hub.session()) as client,
        receiving() as provider,
    ):
        settings = {"kind": "webhook", "name": "hook", "settings": {"url": provider.url}}
        channel = (await client.post("/api/v1/channels", json=settings)).json()["id"]
        [default] = (await client.get("/api/v1/routes")).json()["items"]
        told = {"name": default["name"], "targets": [{"kind": "channel", "id": channel}]}
        assert (await client.put(f"/api/v1/routes/{default['id']}", json=told)).status_code == 200
        rule = {"name": "storm", "expression": "storm.value > 10"}
        assert (await client.post("/api/v1/alert-rules", json=rule)).status_code == 201
        async with hub.greeted(await hub.enroll()) as agent:
            for seq in range(1, 6):
                await agent.send(frame=full_frame(seq, series=series, values=[99.0] * ALERTS * 5))
                await agent.acked(seq)
            await until(lambda: bool(provider.got))
        fired = await hub.fetch("SELECT count(*) AS fired FROM alert_events WHERE after = 'firing'")
        assert fired[0]["fired"] == ALERTS
        assert len(provider.got) == 1
        told_of = provider.got[0].json["commonAnnotations"]
        assert told_of["summary"].endswith(f"and {ALERTS - 1} more alerts")


async def test_a_slow_provider_holds_up_no_other_and_is_tried_again(database: Database) -> None:
    desk = Desk(database)
    hanging = asyncio.Event()

    async def hang(got: Got) -> Answer:
        await hanging.wait()
        return Answer()

    async with receiving() as slow, receiving() as quick:
        slow.react = hang
        await desk.channel(slow.url, "slow")
        await desk.channel(quick.url, "quick")
        for incident in range(1, 11):
            await desk.tell(incident=incident)
        with patch.object(notifier, "TRY_S", 0.2):
            while len(quick.got) < 10:
                await desk.notifier.step(desk.now)
                await asyncio.sleep(0.01)
            await desk.notifier.settle()
        [channel] = await desk.fetch("SELECT failing_since, last_error FROM channels WHERE name = 'slow'")
        assert channel["last_error"].startswith("No answer within")
        hanging.set()
        slow.got.clear()
        await desk.until(lambda: len(slow.got) == 10, MINUTE)
    assert await desk.states() == {"sent": 20}
