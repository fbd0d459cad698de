"""Work that a process repeats as long as it runs."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import NamedTuple

from opsentrix import log
from opsentrix.errors import OpsentrixError

Work = Callable[[], Coroutine[object, object, None]]
_log = log.get(__name__)


class Job(NamedTuple):
    """Something that is done again and again.

    Attributes:
        interval_s: between its end and the next begin.
        work: what.
        news: where set, it is done at once.
    """

    interval_s: float
    work: Work
    news: asyncio.Event | None = None


def begin(job: Job) -> asyncio.Task[None]:
    """Return a task that does it until it is cancelled; what fails is said, and tried again."""
    return asyncio.create_task(_repeat(job), name=job.work.__name__)


async def _repeat(job: Job) -> None:
    while True:
        if job.news is None:
            await asyncio.sleep(job.interval_s)
        else:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(job.news.wait(), job.interval_s)
            job.news.clear()
        try:
            await job.work()
        except OpsentrixError as error:
            reason = error.detail
            _log.warning("background work failed; it will be tried again", job=job.work.__name__, reason=reason)
        except Exception:  # noqa: BLE001 - one failure must not end the work for good
            _log.exception("background work failed; it will be tried again", job=job.work.__name__)
