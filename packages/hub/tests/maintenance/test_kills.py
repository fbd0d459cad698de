"""Compaction killed at random moments: every sample is there, and none twice.

`OPSENTRIX_TEST_KILLS` sets how often; 60 unless told otherwise.
"""

import asyncio
import os
import sys
import uuid
from pathlib import Path

import pytest
from opsentrix.db import Database
from opsentrix.ingest.layouts import LayoutBook
from opsentrix.maintenance import compaction
from opsentrix.model.agents import NewAgent
from opsentrix.model.tiers import HOUR_MS
from opsentrix.storage import agents, frames

from packages.hub.tests.maintenance.test_compaction import LATER, START_MS, History

KILLS = int(os.environ.get("OPSENTRIX_TEST_KILLS", "60"))
KILLER = Path(__file__).parents[1] / "kit/killer.py"


@pytest.mark.timeout(600)
async def test_no_kill_loses_or_doubles_a_sample(database: Database, dsn: str) -> None:
    histories = []
    for number in range(3):
        async with database.connection() as connection:
            agent = await agents.add(connection, NewAgent(f"a{number}", "host", "h"))
            boots = await frames.boots(connection, agent.id, [uuid.UUID(int=1)])
        histories.append(History(database, agent.id, LayoutBook(database, 5000), boot=boots[uuid.UUID(int=1)]))
    killed = rounds = 0
    while killed < KILLS:
        rounds += 1
        for history in histories:
            # Frames of five hours in steps that leave something new for every hour in every round.
            for first_ms in range(START_MS + rounds * 7000, START_MS + 5 * HOUR_MS, HOUR_MS // 6):
                await history.sample(first_ms, 7, names="ab" if rounds % 2 else "bc")
        killer = await asyncio.create_subprocess_exec(
            sys.executable, KILLER, dsn, "15", str(rounds), str(LATER), stdout=asyncio.subprocess.PIPE
        )
        told, _ = await killer.communicate()
        killed += int(told)
        for history in histories:
            await history.check()
    await compaction.run_once(database, LATER)
    for history in histories:
        await history.check()
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM agent_metrics") == 0
        assert list(await frames.committed(connection, histories[0].agent_id, histories[0].boot)) == [
            (1, histories[0].seq)
        ]
