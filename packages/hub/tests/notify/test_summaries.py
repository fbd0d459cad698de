"""Many at once: caps, summaries and digests."""

from packages.hub.tests.kit.desk import MINUTE, SECOND, Desk, told
from packages.hub.tests.kit.receiver import Answer, Got, Receiver


async def test_a_thousand_notices_in_a_second_become_what_the_cap_allows_and_a_summary(
    desk: Desk, provider: Receiver
) -> None:
    await desk.channel(provider.url, per_minute=10)
    for incident in range(1, 1001):
        await desk.tell(incident=incident)
    await desk.work(steps=30)
    assert len(provider.got) == 10
    summary = next(one.json for one in provider.got if "notifications" in one.json["commonAnnotations"]["summary"])
    assert summary["commonAnnotations"]["summary"].startswith("[over the limit of messages a minute] 991 notifications")
    assert (len(summary["alerts"]), summary["truncatedAlerts"]) == (100, 891)
    assert await desk.states() == {"sent": 1001}
    # Everybody who was in the summary is told of the end, too.
    for incident in (5, 900):
        await desk.tell("resolved", incident)
    await desk.work(SECOND, steps=3)
    assert len(provider.got) == 10
    await desk.work(MINUTE, steps=3)
    assert sorted(told(provider)[10:]) == ["resolved [resolved] incident 5", "resolved [resolved] incident 900"]


async def test_a_summary_that_fails_is_sent_again_and_holds_back_the_end(desk: Desk, provider: Receiver) -> None:
    await desk.channel(provider.url, per_minute=1)
    provider.answer = Answer(500)
    for incident in (1, 2, 3):
        await desk.tell(incident=incident)
    await desk.work()
    await desk.tell("resolved", 2)
    await desk.work()
    assert await desk.states() == {"bundled": 3, "pending": 2}
    provider.answer = Answer()
    await desk.until(lambda: len(provider.got) == 3, MINUTE, 20)
    assert [len(one.json["alerts"]) for one in provider.got] == [3, 3, 1]
    assert await desk.states() == {"sent": 5}


async def test_an_end_waits_for_the_summary_that_tells_of_its_begin(desk: Desk, provider: Receiver) -> None:
    async def picky(got: Got) -> Answer:
        return Answer(500) if b"over the limit" in got.body else Answer()

    provider.react = picky
    await desk.channel(provider.url, per_minute=2)
    for incident in (1, 2, 3, 4):
        await desk.tell(incident=incident)
    await desk.work(steps=2)
    await desk.work(2 * MINUTE)
    await desk.tell(incident=5)
    await desk.tell("resolved", 2)
    await desk.work(2 * MINUTE, steps=3)
    assert [one for one in told(provider) if "over the limit" not in one] == [
        "firing [critical] incident 1", "firing [critical] incident 5"
    ]  # fmt: skip
    provider.react = None
    await desk.work(5 * MINUTE, steps=3)
    assert told(provider)[-1] == "resolved [resolved] incident 2"


async def test_who_takes_no_summaries_gets_the_rest_later(desk: Desk, provider: Receiver) -> None:
    provider.answer = Answer(202)
    await desk.pagerduty(provider.url, per_minute=2)
    for incident in range(1, 6):
        await desk.tell(incident=incident)
    await desk.work(steps=3)
    assert len(provider.got) == 2
    await desk.work(MINUTE + SECOND, steps=3)
    await desk.work(MINUTE + SECOND, steps=3)
    assert [one.json["event_action"] for one in provider.got] == ["trigger"] * 5


async def test_a_digest_collects_what_is_not_critical(desk: Desk, provider: Receiver) -> None:
    await desk.channel(provider.url, digest_minutes=30)
    await desk.tell(severity="warning")
    await desk.tell(incident=2, severity="info")
    await desk.tell("resolved", 1, severity="warning")
    await desk.tell(incident=3)
    await desk.work(10 * MINUTE, steps=2)
    assert told(provider) == ["firing [critical] incident 3"]
    await desk.work(20 * MINUTE - SECOND)
    assert len(provider.got) == 1
    await desk.work(SECOND)
    assert told(provider)[1] == "firing [digest] 3 notifications, 1 of them about what is over"


async def test_what_becomes_critical_takes_what_waited_for_the_digest_along(desk: Desk, provider: Receiver) -> None:
    await desk.channel(provider.url, digest_minutes=30)
    await desk.tell(severity="warning")
    await desk.work()
    await desk.tell("escalated")
    await desk.work(SECOND, steps=3)
    assert told(provider) == ["firing [warning] incident 1", "firing [critical] incident 1"]
