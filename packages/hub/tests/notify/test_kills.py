"""The hub killed at every stage between a notice and its receipt: never none, and two only where nobody can know."""

import asyncio
import functools
import random
import signal
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from opsentrix.db import Database
from opsentrix.notify.notifier import LEASE

from packages.hub.tests.kit.desk import Desk
from packages.hub.tests.kit.hub import until
from packages.hub.tests.kit.receiver import Answer, Got, Receiver, receiving

MORTAL = Path(__file__).parents[1] / "kit/mortal.py"
ROOT = Path(__file__).parents[4]


async def begin(dsn: str, moment: str, desk: Desk) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, MORTAL, dsn, moment, desk.now.isoformat(), cwd=ROOT, env={"PYTHONPATH": str(ROOT)}
    )


@pytest.mark.parametrize(
    ("moment", "copies", "tries"),
    [("planned", 1, 1), ("claimed", 1, 2), ("sending", 1, 2), ("answered", 2, 2), ("written", 1, 1)],
)
async def test_what_is_told_when_the_hub_is_killed(
    moment: str, copies: int, tries: int, database: Database, dsn: str
) -> None:
    desk = Desk(database)
    taken: list[Got] = []
    hold = asyncio.Event()
    arrived = asyncio.Event()

    async def take(got: Got) -> Answer:
        arrived.set()
        if not hold.is_set() and moment == "sending":
            await hold.wait()
            raise ConnectionError  # it was cut off before the provider took anything
        taken.append(got)
        return Answer()

    async with receiving() as provider:
        provider.react = take
        await desk.channel(provider.url)
        await desk.tell()
        process = await begin(dsn, moment, desk)
        if moment == "sending":
            await arrived.wait()
            process.kill()
        assert await process.wait() == -signal.SIGKILL
        hold.set()
        # Another hub, or the same one started again: at first the dead one's claim still holds.
        await desk.work(timedelta(seconds=1))
        if moment in ("claimed", "sending", "answered"):
            assert await desk.states() == {"sending": 1}
        await desk.work(LEASE)
        await desk.work(LEASE)
    assert len(taken) == copies
    assert len({got.headers["x-opsentrix-delivery"] for got in taken}) == 1, "a copy can be recognised"
    assert await desk.states() == {"sent": 1}
    attempts = await desk.fetch("SELECT finished_at, ok FROM notification_attempts ORDER BY id")
    assert len(attempts) == tries
    assert attempts[-1]["ok"] is True
    if tries == 2:
        assert (attempts[0]["finished_at"], attempts[0]["ok"]) == (None, None), "the try that died is there as such"


def reached(provider: Receiver, requests: int) -> bool:
    return len(provider.got) >= requests


async def test_kills_at_random_moments_lose_nothing(database: Database, dsn: str) -> None:
    """Six hubs die one after the other while they send; the table is the test's result when it fails."""
    desk = Desk(database)
    chance = random.Random(7)  # noqa: S311 - the moments must be the same each time, not unguessable
    async with receiving() as provider:
        await desk.channel(provider.url, per_minute=600)
        for incident in range(1, 201):
            await desk.tell(incident=incident)
        for _ in range(6):
            before = len(provider.got)
            process = await begin(dsn, "later", desk)
            wanted = before + chance.randrange(1, 25)
            await until(functools.partial(reached, provider, wanted))
            process.kill()
            await process.wait()
            desk.now += LEASE
        await desk.work(LEASE, steps=120)
    titles = Counter(one.json["commonAnnotations"]["summary"] for one in provider.got)
    table = {"expected": 200, "delivered": len(titles), "doubled": sum(count - 1 for count in titles.values())}
    assert table["delivered"] == 200, table
    # What was on its way to the provider when a hub died, and no more: four messages a channel.
    assert table["doubled"] <= 6 * 4, table
    assert await desk.states() == {"sent": 200}


async def test_the_end_of_an_alarm_does_not_overtake_it_when_the_hub_is_killed(database: Database, dsn: str) -> None:
    desk = Desk(database)
    async with receiving() as provider:
        await desk.channel(provider.url)
        await desk.tell()
        process = await begin(dsn, "claimed", desk)
        assert await process.wait() == -signal.SIGKILL
        await desk.tell("resolved")
        await desk.work(timedelta(seconds=1), steps=3)
        assert provider.got == []
        await desk.work(LEASE, steps=3)
        assert [one.json["status"] for one in provider.got] == ["firing", "resolved"]
