"""The worker's composition root: one process that compacts, rolls up and drops what is too old."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import asyncpg
from prometheus_client import start_http_server

from opsentrix import log, selfmetrics
from opsentrix.db import Database, migrate
from opsentrix.db.pool import AWAY, end_if_told
from opsentrix.errors import OpsentrixError, StartupError
from opsentrix.maintenance import audit, compaction, disk, housekeeping, retention
from opsentrix.model.clock import HubClock
from opsentrix.model.retention import days_of
from opsentrix.model.tiers import SECOND
from opsentrix.model.watching import WORKER
from opsentrix.settings import Settings
from opsentrix.storage import pulses
from opsentrix.storage.times import timestamp

_LOCK = 0x6F70_776B  # a number that nobody else locks in this database
_EACH_S = 10.0
_CLEAN_EACH_S = 3600.0
_RETRY_S = 5.0
_SAY_EACH_S = 300.0
"""How often the same reason for waiting is logged."""
_NICE = 10
_METRICS_HOST = "127.0.0.1"
_log = log.get(__name__)


async def run(settings: Settings, dsn: str) -> None:
    """Work until SIGINT or SIGTERM. Of several workers on one database one works, the others wait for its lock."""
    os.nice(_NICE)
    with metrics_served(settings.worker_metrics_port):
        working = asyncio.create_task(_work(settings, dsn))
        for one in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(one, working.cancel)
        try:
            await working
        except asyncio.CancelledError:
            # What was under way rolled back: its frames are still where they were.
            _log.info("worker stopped")


@contextlib.contextmanager
def metrics_served(port: int) -> Iterator[None]:
    """Serve what the worker counts, in the Prometheus text format, to this machine while the block runs; 0 for nobody.

    Raises:
        StartupError: the port is taken.
    """
    if not port:
        yield
        return
    try:
        server, thread = start_http_server(port, _METRICS_HOST, selfmetrics.REGISTRY)
    except OSError as error:
        raise StartupError(f"Port {port} cannot be listened on: {error.strerror}.") from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def _work(settings: Settings, dsn: str) -> None:
    said, said_at = "", 0.0
    while True:
        try:
            await _hold_lock_and_work(settings, dsn)
        except (*AWAY, OpsentrixError) as error:
            end_if_told(error)
            reason = str(error.__cause__ or error)
            if reason != said or time.monotonic() - said_at >= _SAY_EACH_S:
                _log.warning("the worker waits for the database", reason=reason)
                said, said_at = reason, time.monotonic()
        await asyncio.sleep(_RETRY_S)


async def _hold_lock_and_work(settings: Settings, dsn: str) -> None:
    holder = await asyncpg.connect(dsn)
    try:
        if not await holder.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            _log.info("another worker works on this database; waiting for it to end")
            await holder.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await migrate.upgrade(dsn)
        database = await Database.connect(dsn, connections=3)
        closed: compaction.Closed = {}
        clock = HubClock(time.time, time.monotonic)
        guard = disk.Guard(database, disk.measure_with(settings, database))
        cleaned = -_CLEAN_EACH_S
        beating = asyncio.create_task(_beat(database), name="pulse")
        try:
            while not holder.is_closed():
                # First: compaction itself takes room, and what is low now may be full then.
                await guard.shorten(clock.between()[0] / 1000)
                await _pass(database, closed)
                if time.monotonic() - cleaned >= _CLEAN_EACH_S:
                    cleaned = time.monotonic()
                    await _clean(database, settings, clock)
                await asyncio.sleep(_EACH_S)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            await database.close()
    finally:
        await holder.close()


async def _beat(database: Database) -> None:
    """Tell the hub that the worker lives, also while a long pass is under way."""
    while True:
        try:
            async with database.connection() as connection:
                await pulses.beat(connection, WORKER, datetime.now(UTC))
        except OpsentrixError as error:
            _log.warning("the worker's sign of life was not written", reason=error.detail)
        await asyncio.sleep(_EACH_S)


async def _pass(database: Database, closed: compaction.Closed) -> None:
    started, now = time.monotonic(), time.time()
    moved = await compaction.run_once(database, now, _Pacer().pause, closed)
    async with database.connection() as connection:
        done_to = timestamp(compaction.due_before_ms(now))
        await pulses.beat(connection, WORKER, datetime.now(UTC), done_to)
    if moved:
        _log.info("compacted", frames=moved, seconds=round(time.monotonic() - started, 1))


async def _clean(database: Database, settings: Settings, clock: HubClock) -> None:
    # The earliest moment that it may be: a clock that was set forward by mistake must not remove anything.
    now = clock.between()[0] / 1000
    defaults = days_of(settings.retention_days, settings.retention_1m_days, settings.retention_1h_days)
    most = await retention.run_once(database, now, defaults, _Pacer().pause)
    await audit.prune(database, datetime.fromtimestamp(now, UTC) - timedelta(days=settings.audit_retention_days))
    await housekeeping.run_once(database, now, most[SECOND], max(most.values()), _Pacer().pause)


class _Pacer:
    """Rests as long as it worked, so that ingest always finds a free core."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    async def pause(self) -> None:
        """Rest."""
        await asyncio.sleep(time.monotonic() - self._began)
        self._began = time.monotonic()
