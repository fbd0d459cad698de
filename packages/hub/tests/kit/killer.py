"""Runs compaction in processes that are killed at random moments: `python killer.py DSN KILLS SEED NOW`.

Each process is a fork of this one, so that a hundred kills do not cost a hundred starts of the interpreter.
"""

import asyncio
import os
import random
import signal
import sys
import time

from opsentrix.db import Database
from opsentrix.maintenance import compaction


async def _compact(dsn: str, now: float) -> None:
    database = await Database.connect(dsn, connections=2, attempts=1)
    await compaction.run_once(database, now)
    await database.close()


def main() -> None:
    """Kill as often as asked and print how many processes were killed before they were done."""
    dsn, kills, seed, now = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    chance = random.Random(seed)  # noqa: S311 - the moments must be the same each time, not unguessable
    killed = 0
    for _ in range(kills):
        child = os.fork()
        if child == 0:
            asyncio.run(_compact(dsn, now))
            os._exit(0)
        time.sleep(chance.uniform(0.0, 0.12))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
    sys.stdout.write(f"{killed}\n")


if __name__ == "__main__":
    main()
