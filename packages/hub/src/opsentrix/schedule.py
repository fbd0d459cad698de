"""Work that a process repeats as long as it runs."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from typing import NamedTuple

from opsentrix import log
from opsentrix.errors import OpsentrixError

Work = Callable[[], Coroutine[object, object, None]]
_log = log.get(__name__)
SAY_AGAIN_S = 600.0
"""How long the same failure of the same work is not said again: a log that grows each second fills the disk."""


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
    health = _Health(job.work.__name__)
    while True:
        if job.news is None:
            await asyncio.sleep(job.interval_s)
        else:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(job.interval_s):
                    await job.news.wait()
            job.news.clear()
        try:
            await job.work()
        except OpsentrixError as error:
            health.failed(error.detail)
        except Exception as error:  # noqa: BLE001 - one failure must not end the work for good
            health.failed(f"{type(error).__name__}: {error}", error)
        else:
            health.worked()


class _Health:
    """What was said of the failures of some work, so that each is said once in a while."""

    def __init__(self, job: str) -> None:
        self._job = job
        self._failures = 0
        self._told = False
        self._said: dict[str, float] = {}

    def failed(self, reason: str, unforeseen: Exception | None = None) -> None:
        """Say why it failed, unless that was said lately; what nobody foresaw with its traceback."""
        self._failures += 1
        now = time.monotonic()
        self._said = {known: at for known, at in self._said.items() if now - at < SAY_AGAIN_S}
        if reason in self._said:
            return
        self._said[reason] = now
        self._told = True
        say = _log.warning if unforeseen is None else _log.error
        say(
            "background work failed; it will be tried again", job=self._job, reason=reason, failures=self._failures,
            exc_info=unforeseen,
        )  # fmt: skip

    def worked(self) -> None:
        """Say that it does what it could not, where people were told that."""
        if self._told:
            _log.info("background work goes on again", job=self._job, failures=self._failures)
        self._told = False
