"""Keeps the embedded PostgreSQL up: one that dies is started again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from opsentrix import log
from opsentrix.db import embedded
from opsentrix.errors import StartupError

WATCH_S = 1.0
_log = log.get(__name__)


@contextlib.asynccontextmanager
async def watched(data_dir: Path) -> AsyncIterator[None]:
    """Start the embedded PostgreSQL of a data directory again whenever it dies while the block runs."""
    ending = asyncio.Event()
    watching = asyncio.create_task(_watch(data_dir, ending), name="database")
    try:
        yield
    finally:
        ending.set()
        await watching  # not cancelled: a server that is just starting must be stopped afterwards


async def _watch(data_dir: Path, ending: asyncio.Event) -> None:
    failing = ""
    while not ending.is_set():
        if not embedded.alive(data_dir):
            if not failing:
                _log.error("the embedded PostgreSQL died; starting it again")
            try:
                await asyncio.to_thread(embedded.start_again, data_dir)
            except StartupError as error:
                if str(error) != failing:  # not each second: the log may be on the disk that is full
                    _log.error("that failed; it will be tried again", reason=str(error))
                failing = str(error)
            else:
                failing = ""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WATCH_S):
                await ending.wait()
