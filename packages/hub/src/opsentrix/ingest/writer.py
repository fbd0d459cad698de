"""The writer: many agents' frames become durable in one transaction, and only then are they acknowledged."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence

from opsentrix import log, selfmetrics
from opsentrix.db import Database
from opsentrix.errors import UnavailableError
from opsentrix.model.frames import DAY_MS, StoredFrame
from opsentrix.storage import frames, partitions

Committed = Callable[[Sequence[StoredFrame]], None]
"""Called once the given frames, all from one sender, are durable."""

_MAX_WAITING = 50_000
_MAX_IN_TRANSACTION = 10_000
_RETRY_S = 1.0
_log = log.get(__name__)


class FrameWriter:
    """Group commit: whatever came in while the last transaction ran, or within `linger_s`, goes into the next.

    `put` waits while too much is queued, so that a slow database slows the senders, whose spools then hold what the
    hub cannot take; nothing is dropped here.
    """

    def __init__(self, database: Database, linger_s: float = 0.1) -> None:
        self._database = database
        self._linger_s = linger_s
        self._waiting: deque[tuple[StoredFrame, Committed]] = deque()
        self._arrived = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._days: set[int] = set()
        self._stopping = False

    async def put(self, frame: StoredFrame, committed: Committed) -> None:
        """Queue a frame; `committed` is called when it is durable."""
        while len(self._waiting) >= _MAX_WAITING:
            self._drained.clear()
            await self._drained.wait()
        self._waiting.append((frame, committed))
        self._arrived.set()

    async def run(self) -> None:
        """Write until `stop`, and then what is still queued."""
        while True:
            await self._arrived.wait()
            if not self._stopping:
                await asyncio.sleep(self._linger_s)
            self._arrived.clear()
            while self._waiting:
                taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MAX_IN_TRANSACTION))]
                selfmetrics.WRITE_QUEUE.set(len(self._waiting))
                self._drained.set()
                if not await self._commit([frame for frame, _ in taken]):
                    return
                _tell(taken)
            if self._stopping:
                return

    def stop(self) -> None:
        """Let `run` end once the queue is empty, or at once while the database is away: what is lost was not acked."""
        self._stopping = True
        self._arrived.set()

    async def _commit(self, batch: list[StoredFrame]) -> bool:
        while True:
            started = time.perf_counter()
            try:
                await self._append(batch)
            except UnavailableError as error:
                selfmetrics.COMMIT_FAILURES.inc()
                _log.warning("frames wait for the database", frames=len(batch), error=str(error.__cause__))
                if self._stopping:
                    return False
                await asyncio.sleep(_RETRY_S)
            else:
                selfmetrics.COMMITS.inc()
                selfmetrics.COMMIT_SECONDS.observe(time.perf_counter() - started)
                return True

    async def _append(self, batch: list[StoredFrame]) -> None:
        missing = {frame.time_ms // DAY_MS for frame in batch} - self._days
        try:
            async with self._database.connection() as connection:
                if missing:
                    await partitions.ensure(connection, missing)
                    self._days |= missing
                await frames.append(connection, batch)
        except frames.DuplicateFramesError:
            async with self._database.transaction() as connection:
                selfmetrics.DUPLICATES.inc(len(batch) - await frames.append_new(connection, batch))


def _tell(taken: Sequence[tuple[StoredFrame, Committed]]) -> None:
    by_sender: dict[Committed, list[StoredFrame]] = {}
    for frame, committed in taken:
        by_sender.setdefault(committed, []).append(frame)
    for committed, frames_of_sender in by_sender.items():
        committed(frames_of_sender)
