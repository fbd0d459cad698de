"""From a notice to a receipt: who is told of what, and in which order; time is the test's."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from opsentrix.model.notifications import Attempt, Notice
from opsentrix.model.rotas import Member, Rota
from opsentrix.model.routing import Escalation, Route, Step, Target, TargetKind
from opsentrix.storage import channels, notifications, routes

from packages.hub.tests.kit.desk import HOUR, MINUTE, SECOND, START, Desk, told
from packages.hub.tests.kit.receiver import Answer, Got, Receiver, receiving


async def test_an_alarm_and_its_end_arrive_in_order_with_proof(desk: Desk, provider: Receiver) -> None:
    provider.answer = Answer(200, b"queued as 9")
    await desk.channel(provider.url)
    await desk.tell()
    await desk.tell("resolved")
    await desk.work(steps=2)
    assert told(provider) == ["firing [critical] incident 1", "resolved [resolved] incident 1"]
    ended, opened = await desk.records()
    assert opened.deliveries[0].attempts == (
        Attempt(START, START, ok=True, status=200, answer="queued as 9", duration_ms=0),
    )
    assert opened.decision == [
        {
            "route": "everything else",
            "taken": True,
            "why": "no other route took it",
            "told": ["hook"],
            "targets": 1,
            "default": True,
        }
    ]
    assert ended.deliveries[0].why == "was told of this incident before"
    await desk.work(HOUR)
    assert len(provider.got) == 2


async def test_an_end_goes_to_exactly_those_who_got_the_alarm_whatever_the_routes_say_now(
    desk: Desk, provider: Receiver
) -> None:
    async with receiving() as other:
        first = await desk.channel(provider.url)
        await desk.tell()
        await desk.work()
        second = await desk.channel(other.url, "other", routed=False)
        async with desk.database.transaction() as connection:
            [default] = await routes.routes(connection)
            await routes.put_route(connection, replace(default, targets=(Target(TargetKind.CHANNEL, second),)))
        await desk.tell("changed")
        await desk.tell("acknowledged")
        await desk.tell("resolved")
        await desk.work(steps=3)
        assert len(provider.got) == 4
        assert other.got == []
    assert first != second


async def test_a_change_of_what_nobody_was_told_of_goes_where_the_routes_say_by_now(
    desk: Desk, provider: Receiver
) -> None:
    await desk.tell()
    await desk.work()
    await desk.channel(provider.url)
    await desk.tell("acknowledged")
    await desk.tell("changed")
    await desk.tell("resolved")
    await desk.work(steps=3)
    assert told(provider) == ["firing [critical, changed] incident 1", "resolved [resolved] incident 1"]


async def test_an_end_that_nobody_heard_the_begin_of_is_told_to_nobody(desk: Desk, provider: Receiver) -> None:
    await desk.channel(provider.url)
    await desk.tell("resolved")
    await desk.work()
    assert provider.got == []
    [record] = await desk.records()
    assert record.decision == [{"route": "", "taken": False, "why": "nobody is to be told", "told": []}]


async def test_an_end_waits_for_its_begin_while_the_channel_takes_others(desk: Desk, provider: Receiver) -> None:
    async def picky(got: Got) -> Answer:
        return Answer(500) if b"[critical] incident 1" in got.body else Answer()

    provider.react = picky
    await desk.channel(provider.url)
    await desk.tell()
    for incident in range(2, 6):
        await desk.work(2 * SECOND)
        await desk.tell(incident=incident)
    await desk.work(2 * SECOND)
    await desk.tell("resolved")
    await desk.work(SECOND, steps=3)
    assert "resolved [resolved] incident 1" not in told(provider)
    assert (await desk.states())["sent"] == 4
    provider.react = None
    provider.got.clear()
    await desk.work(5 * MINUTE, steps=3)
    assert told(provider) == ["firing [critical] incident 1", "resolved [resolved] incident 1"]


async def test_an_escalation_goes_on_until_somebody_acknowledges(desk: Desk, provider: Receiver) -> None:
    async with receiving() as boss:
        ann = await desk.channel(provider.url, "ann", routed=False)
        chief = await desk.channel(boss.url, "chief", routed=False)
        async with desk.database.transaction() as connection:
            members = (Member("ann", (ann,)),)
            rota = await routes.put_rota(connection, Rota(0, "core", "UTC", START.date(), START.time(), 7, members))
            steps = (Step(0, (Target(TargetKind.ROTA, rota.id),)), Step(10, (Target(TargetKind.CHANNEL, chief),)))
            escalation = await routes.put_escalation(connection, Escalation(0, "e", steps, 1, 5))
            await routes.put_route(connection, Route(0, "r", (Target(TargetKind.ESCALATION, escalation.id),)))
        await desk.tell()
        await desk.work()
        assert (len(provider.got), len(boss.got)) == (1, 0)
        await desk.work(10 * MINUTE - SECOND)
        assert len(boss.got) == 0
        await desk.work(SECOND)
        assert len(boss.got) == 1
        await desk.work(5 * MINUTE)
        assert len(provider.got) == 2  # the second round
        await desk.tell("acknowledged")
        await desk.work(SECOND)
        assert (len(provider.got), len(boss.got)) == (3, 2)  # both are told that somebody is at it
        await desk.work(HOUR, steps=2)
        assert (len(provider.got), len(boss.got)) == (3, 2)
        await desk.tell("reminder")  # the acknowledgement ran out
        await desk.work()
        await desk.work(10 * MINUTE)
        assert len(boss.got) == 4
    [first] = [one for one in await desk.records() if one.notice.kind == "opened"]
    assert first.deliveries[0].why == "step 1 of escalation e, ann on call in core"


async def test_two_hubs_send_each_thing_once_and_share_the_cap(desk: Desk, provider: Receiver) -> None:
    await desk.channel(provider.url, per_minute=600)
    for incident in range(1, 41):
        await desk.tell(incident=incident)
    other = desk.another()
    for _ in range(20):
        await asyncio.gather(desk.notifier.step(desk.now), other.step(desk.now))
        await asyncio.gather(desk.notifier.settle(), other.settle())
    assert sorted(told(provider)) == sorted(f"firing [critical] incident {one}" for one in range(1, 41))
    assert await desk.states() == {"sent": 40}


async def test_a_channel_that_is_off_is_told_nothing_and_catches_up_with_nothing(
    desk: Desk, provider: Receiver
) -> None:
    channel = await desk.channel(provider.url, enabled=False)
    await desk.tell()
    await desk.work()
    assert await desk.states() == {}
    async with desk.database.transaction() as connection:
        found = await channels.get(connection, channel)
        assert found is not None
        await channels.change(connection, channel, replace(found.new, enabled=True))
    await desk.tell(incident=2)
    await desk.work()
    assert told(provider) == ["firing [critical] incident 2"]


async def test_a_notice_in_a_transaction_that_fails_was_never_there(desk: Desk, provider: Receiver) -> None:
    await desk.channel(provider.url)
    await desk.tell()
    notice = (await desk.records())[0].notice

    async def change() -> None:
        async with desk.database.transaction() as connection:
            await notifications.enqueue(connection, notice)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change()
    await desk.work(steps=2)
    assert len(await desk.records()) == len(provider.got) == 1


async def test_old_notices_go_but_not_those_of_what_still_lasts(desk: Desk, provider: Receiver) -> None:
    await desk.channel(provider.url)
    await desk.tell()
    await desk.tell(incident=2)
    await desk.tell("resolved", 2)
    await desk.work(steps=3)
    desk.now += timedelta(days=100)
    await desk.notifier.trim(desk.now, 90)
    assert [len(await desk.records(incident)) for incident in (1, 2)] == [1, 0]
    await desk.tell("resolved")
    await desk.work()
    assert told(provider)[-1] == "resolved [resolved] incident 1"


async def test_a_notice_keeps_all_that_it_says(desk: Desk) -> None:
    fields: dict[str, Any] = {
        "lines": ("a", "b"), "labels": {"x": "y"}, "environments": ("e",), "tags": ("t",), "agent_names": ("n",),
        "path": "/p", "group_key": "g", "fingerprints": ("f",),
    }  # fmt: skip
    await desk.tell("resolved", **fields)
    [record] = await desk.records()
    assert {name: getattr(record.notice, name) for name in fields} == fields
    assert (record.notice.resolved_at, record.notice.at) == (START, START)


def test_a_notice_of_another_version_can_be_read() -> None:
    plain = {
        "kind": "opened",
        "severity": "info",
        "title": "t",
        "at": START.isoformat(),
        "started_at": START.isoformat(),
    }
    notice = Notice.from_json({**plain, "added_later": 1})
    assert (notice.at, notice.lines, notice.resolved_at, notice.labels) == (START, (), None, {})
