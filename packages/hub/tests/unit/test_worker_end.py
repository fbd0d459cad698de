"""A worker ends when it is told to, whatever its database does then."""

import asyncio
from unittest.mock import patch

from opsentrix import worker
from opsentrix.settings import Settings


async def test_it_ends_though_what_it_held_cannot_be_given_back() -> None:
    began = asyncio.Event()

    async def hold(_settings: Settings, _dsn: str) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise ConnectionResetError("the server is gone")

    with patch.object(worker, "_hold_lock_and_work", hold):
        task = asyncio.create_task(worker._work(Settings(), "postgresql://nowhere"))
        await began.wait()
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=1)
        task.cancel()
    assert done
    assert task.cancelled()
