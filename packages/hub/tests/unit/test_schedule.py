"""Work that a process repeats: what it says when the work fails."""

import asyncio
from collections.abc import Iterator

import pytest
import structlog.testing
from opsentrix import schedule
from opsentrix.errors import UnavailableError
from opsentrix.schedule import Job

AWAY = UnavailableError("The database does not answer.")
FAILED, AGAIN = "background work failed; it will be tried again", "background work goes on again"


async def lines_of(outcomes: list[Exception | None]) -> list[tuple[str, str | None]]:
    """Return event and reason of what is said while the work has these outcomes, one after the other."""
    left: Iterator[Exception | None] = iter(outcomes)
    done = asyncio.Event()

    async def work() -> None:
        try:
            outcome = next(left)
        except StopIteration:
            done.set()
            await asyncio.Event().wait()
        else:
            if outcome is not None:
                raise outcome

    with structlog.testing.capture_logs() as lines:
        task = schedule.begin(Job(0, work))
        async with asyncio.timeout(10):
            await done.wait()
        task.cancel()
    return [(line["event"], line.get("reason")) for line in lines]


async def test_a_reason_is_said_once_however_often_it_comes() -> None:
    assert await lines_of([AWAY] * 50) == [(FAILED, AWAY.detail)]


async def test_each_other_reason_is_said() -> None:
    said = await lines_of([AWAY, ValueError("x"), AWAY, KeyError("y"), ValueError("x")])
    assert said == [(FAILED, AWAY.detail), (FAILED, "ValueError: x"), (FAILED, "KeyError: 'y'")]


async def test_it_is_said_that_it_works_again() -> None:
    assert await lines_of([None, AWAY, AWAY, None, None]) == [(FAILED, AWAY.detail), (AGAIN, None)]


async def test_work_that_fails_every_other_time_does_not_fill_the_log() -> None:
    assert await lines_of([AWAY, None] * 20) == [(FAILED, AWAY.detail), (AGAIN, None)]


@pytest.mark.parametrize("steps", range(6))
async def test_work_ends_when_it_is_told_to_in_the_very_moment_of_its_news(steps: int) -> None:
    """Whatever of the news has come through by then, in steps of the event loop."""
    news = asyncio.Event()

    async def work() -> None:
        pass

    task = schedule.begin(Job(3600, work, news))
    await asyncio.sleep(0)
    news.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=1)
    assert done
    assert task.cancelled()
