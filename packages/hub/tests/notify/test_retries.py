"""Providers that fail, and clocks that are set back: what is tried again, when, and what is given up."""

import asyncio

from packages.hub.tests.kit.desk import HOUR, SECOND, START, Desk, told
from packages.hub.tests.kit.receiver import Answer, Got, Receiver, receiving


async def test_a_provider_that_is_down_for_an_hour_gets_everything_once_in_order(
    desk: Desk, provider: Receiver
) -> None:
    await desk.channel(provider.url)
    provider.answer = Answer(503, b"down for maintenance")
    for incident in range(1, 6):
        await desk.tell(incident=incident)
    await desk.tell("resolved", 3)
    for tick in (SECOND,) * 60 + (30 * SECOND,) * 118:
        await desk.work(tick)
    tries = len(provider.got)
    # Each pause is twice the one before, up to five minutes: one probe at a time, whatever waits.
    assert 12 <= tries <= 25, tries
    [channel] = await desk.fetch("SELECT failing_since, failures, last_error FROM channels WHERE id > 0")
    assert (channel["failing_since"], channel["last_error"]) == (START + SECOND, "down for maintenance")
    provider.answer = Answer()
    provider.got.clear()
    await desk.until(lambda: len(provider.got) == 6, SECOND, 600)
    assert sorted(told(provider)) == sorted(
        [*(f"firing [critical] incident {one}" for one in range(1, 6)), "resolved [resolved] incident 3"]
    )
    assert told(provider).index("firing [critical] incident 3") < told(provider).index("resolved [resolved] incident 3")
    [channel] = await desk.fetch("SELECT failing_since, failures FROM channels WHERE id > 0")
    assert (channel["failing_since"], channel["failures"]) == (None, 0)
    assert await desk.states() == {"sent": 6}


async def test_a_clock_that_is_set_back_delays_nothing(desk: Desk, provider: Receiver) -> None:
    await desk.channel(provider.url, per_minute=2)
    desk.now += HOUR  # by mistake
    provider.answer = Answer(500)
    await desk.tell()
    await desk.work()
    desk.now -= HOUR
    provider.answer = Answer()
    await desk.work(SECOND, steps=2)
    assert told(provider) == ["firing [critical] incident 1"] * 2, "neither the channel nor the message waits an hour"
    desk.now += 2 * HOUR
    for incident in (2, 3):
        await desk.tell(incident=incident)
    await desk.work()
    desk.now -= HOUR
    await desk.tell(incident=4)
    await desk.work(SECOND)
    assert told(provider)[-1] == "firing [critical] incident 4", "what was sent in the future is not of this minute"


async def test_what_a_dead_hub_was_sending_waits_for_no_clock_that_was_set_back(desk: Desk, provider: Receiver) -> None:
    await desk.channel(provider.url)
    await desk.tell()
    desk.now += HOUR
    await desk.notifier._plan(desk.now)
    await desk.notifier._claim((await desk.fetch("SELECT id FROM channels WHERE id > 0"))[0]["id"], desk.now)
    assert await desk.states() == {"sending": 1}
    desk.now -= HOUR
    await desk.work(SECOND, steps=2)
    assert told(provider) == ["firing [critical] incident 1"]


async def test_after_a_day_it_is_given_up_and_shows(desk: Desk, provider: Receiver) -> None:
    await desk.channel(provider.url)
    provider.answer = Answer(500, b"oops")
    await desk.tell()
    await desk.work()
    for _ in range(24):
        assert await desk.states() == {"pending": 1}
        await desk.work(HOUR)
    assert await desk.states() == {"failed": 1}
    seen = len(provider.got)
    await desk.work(HOUR)
    assert len(provider.got) == seen


async def test_what_a_provider_refuses_is_not_sent_again_and_holds_nothing_up(desk: Desk, provider: Receiver) -> None:
    async def picky(got: Got) -> Answer:
        return Answer(400, b"invalid_payload") if b"incident 1" in got.body else Answer()

    provider.react = picky
    await desk.channel(provider.url)
    await desk.tell()
    await desk.tell(incident=2)
    await desk.work(steps=3)
    assert len(provider.got) == 2
    assert await desk.states() == {"failed": 1, "sent": 1}
    [channel] = await desk.fetch("SELECT failing_since FROM channels WHERE id > 0")
    assert channel["failing_since"] is None
    [refused] = await desk.fetch("SELECT answer FROM notification_attempts WHERE NOT ok")
    assert refused["answer"] == "invalid_payload"


async def test_a_message_that_always_fails_does_not_starve_the_others(desk: Desk, provider: Receiver) -> None:
    async def picky(got: Got) -> Answer:
        return Answer(500) if b"incident 1" in got.body else Answer()

    provider.react = picky
    await desk.channel(provider.url)
    await desk.tell()
    await desk.work()
    for incident in range(2, 8):
        await desk.tell(incident=incident)
    for _ in range(15):
        await desk.work(SECOND)
    assert (await desk.states())["sent"] == 6


async def test_a_dead_channel_harms_no_other(desk: Desk, provider: Receiver) -> None:
    hanging = asyncio.Event()

    async def hang(got: Got) -> Answer:
        await hanging.wait()
        return Answer(500)

    async with receiving() as slow:
        slow.react = hang
        await desk.channel(slow.url, "slow")
        await desk.channel("http://127.0.0.1:1/", "closed")
        await desk.channel("http://no-such-name.invalid/", "nowhere")
        await desk.channel(provider.url, "good")
        for incident in range(1, 11):
            await desk.tell(incident=incident)
        while len(provider.got) < 10:
            await desk.notifier.step(desk.now)
            await asyncio.sleep(0.01)
        assert len(slow.got) == 4
        hanging.set()
        await desk.notifier.settle()
    states = {
        row["name"]: row["failing_since"] is not None for row in await desk.fetch("SELECT * FROM channels WHERE id > 0")
    }
    assert states == {"slow": True, "closed": True, "nowhere": True, "good": False}
