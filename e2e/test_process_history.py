"""A process that took the CPU for five seconds is named in the history, with the real agent, hub and PostgreSQL."""

import asyncio
import time
from typing import Any

from opsentrix.db import Database
from opsentrix.maintenance import compaction

from e2e.deployment import Deployment
from e2e.processes import HOG, run_hog, wait_until

LATER_S = 2 * 3600
"""The worker compacts an hour that is over: for it, this much later, the hour of the test is."""


async def compact(database_url: str) -> int:
    """Make the worker's pass as it is made hours later; return how many frames are left."""
    database = await Database.connect(database_url, connections=2)
    try:
        await compaction.run_once(database, time.time() + LATER_S)
        async with database.connection() as connection:
            return int(await connection.fetchval("SELECT count(*) FROM agent_metrics"))
    finally:
        await database.close()


def test_a_hog_of_five_seconds_is_named(deployment: Deployment) -> None:
    agent = deployment.agent()
    agent.start()
    agent.wait_frames(2)
    began = time.time()
    run_hog(deployment.folder)
    ended = time.time()
    path = f"/api/v1/agents/{agent.id}/processes"

    def used() -> dict[str, Any]:
        top = deployment.get(f"{path}/top", **{"from": began, "to": time.time()}, limit=100)
        return next((one for one in top["items"] if one["name"] == HOG), {})

    wait_until(lambda: bool(used()), "the hog is in the history", 40)
    agent.wait_frames(2)
    hog = used()
    at = deployment.get(path, at=hog["last_seen"])

    assert began - 1 <= hog["first_seen"] <= hog["last_seen"] <= ended + 1
    assert 0.1 < hog["cpu_seconds"] < 7
    assert HOG in [one["name"] for one in at["items"]]
    wait_until(lambda: HOG not in [one["name"] for one in deployment.get(path)["items"]], "the hog is no longer seen")
    agent.stop()


def test_a_hog_is_named_by_the_blocks_of_the_history(deployment: Deployment) -> None:
    agent = deployment.agent()
    agent.start()
    agent.wait_frames(2)
    began = time.time()
    run_hog(deployment.folder)
    agent.wait_frames(2)
    agent.stop()
    path = f"/api/v1/agents/{agent.id}/processes"
    asked: dict[str, str | float] = {"from": began - 1, "to": time.time(), "by": "cpu", "limit": 100}
    fresh = deployment.get(f"{path}/top", **asked)

    left = asyncio.run(compact(deployment.database_url()))
    top = deployment.get(f"{path}/top", **asked)
    hog = next(one for one in top["items"] if one["name"] == HOG)
    near = deployment.get(path, at=hog["peak"] - 1, nearest=True)

    assert left == 0, "the history comes from blocks alone"
    assert top == fresh
    assert began - 1 <= hog["first_seen"] <= hog["peak"] <= hog["last_seen"]
    assert 0 < hog["cpu_mean"] <= hog["cpu_max"] + 1e-9 <= 1.2
    assert HOG in [one["name"] for one in near["items"]]
