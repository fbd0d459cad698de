"""Everything is killed at random, again and again: what was acked is there, once, and nothing else is.

`OPSENTRIX_TEST_KILLS` sets how often (20 unless told otherwise), `OPSENTRIX_TEST_SEED` repeats the choices of a run.
"""

import asyncio
import os
import random
import time
from collections.abc import Callable, Iterator

import pytest
from opsentrix.db import Database
from opsentrix.maintenance import compaction
from opsentrix.model.tiers import HOUR, HOUR_MS, MINUTE

from e2e.chaos import Chaos
from e2e.deployment import Deployment
from e2e.fleet import Fleet, SimulatedAgent
from e2e.oracle import assert_api_shows, assert_same, assert_tier, backlog, expected, read_stored
from e2e.processes import wait_until
from e2e.relay import Relay

KILLS = int(os.environ.get("OPSENTRIX_TEST_KILLS", "20"))
SEED = int(os.environ.get("OPSENTRIX_TEST_SEED") or random.SystemRandom().randrange(1_000_000))
WORKERS = 2
HISTORIANS = 3
"""Agents that have days to tell; one more tells of the present."""
_DAY_MS = 86_400_000
_DRAIN_WITHIN_S = 120.0
_PAUSE_S = 0.04


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def start_fleet(deployment: Deployment) -> Iterator[Callable[[Relay], Fleet]]:
    """Enroll agents that find the hub through a relay, and stop them at the end."""
    made: list[Fleet] = []

    def start(relay: Relay) -> Fleet:
        midnight = now_ms() // _DAY_MS * _DAY_MS
        agents = []
        for number in range(HISTORIANS + 1):
            agent_id, credential = deployment.register(f"a{number}")
            live = number == HISTORIANS
            # History begins shortly before a midnight, so that frames reach from one partition into the next.
            start_ms = now_ms() if live else midnight - 4 * _DAY_MS - 1800_000
            until_ms = None if live else now_ms() - 2 * HOUR_MS
            chance = random.Random(SEED + number)  # noqa: S311 - to be repeated, not to be unguessable
            agents.append(SimulatedAgent(agent_id, credential, relay.url, chance, start_ms, until_ms))
        made.append(Fleet(agents, _PAUSE_S))
        return made[-1]

    yield start
    for fleet in made:
        fleet.finish()
        for agent in fleet.agents:
            agent.stop()


@pytest.fixture
def relay(deployment: Deployment) -> Iterator[Relay]:
    made = Relay(deployment.port)
    yield made
    made.close()


def drain(deployment: Deployment, fleet: Fleet) -> int:
    """Wait until every frame is acked and all history is compacted; return up to when (Unix ms) the worker is done."""
    fleet.finish()
    wait_until(lambda: not any(one.waiting for one in fleet.agents), "all frames are acked", _DRAIN_WITHIN_S)
    done_ms = (now_ms() - compaction.GRACE_MS) // HOUR_MS * HOUR_MS - HOUR_MS
    url = deployment.database_url()
    wait_until(lambda: asyncio.run(backlog(url, done_ms)) == 0, "all history is compacted", _DRAIN_WITHIN_S)
    return done_ms


async def verify(deployment: Deployment, fleet: Fleet, done_ms: int) -> dict[str, int]:
    """Compare everything that is stored with what was sent; return how much that was."""
    compared = {"samples": 0, "minutes": 0, "hours": 0}
    database = await Database.connect(deployment.database_url(), 2)
    try:
        for agent in fleet.agents:
            have = await read_stored(database, agent)
            truth = expected(agent, have.time)
            assert_same(f"the database on agent {agent.id}", have, truth)
            assert_api_shows(deployment, agent, truth)
            compared["samples"] += have.values.size
            compared["minutes"] += await assert_tier(database, MINUTE, agent, truth, done_ms)
            compared["hours"] += await assert_tier(database, HOUR, agent, truth, done_ms // _DAY_MS * _DAY_MS)
    finally:
        await database.close()
    return compared


@pytest.mark.timeout(180 + 12 * KILLS)
def test_nothing_acked_is_lost_or_doubled_whoever_is_killed(
    deployment: Deployment, relay: Relay, start_fleet: Callable[[Relay], Fleet]
) -> None:
    print(f"OPSENTRIX_TEST_SEED={SEED}")  # noqa: T201 - to repeat a failure
    workers = [deployment.program("e2e.eager_worker", name=f"worker-{number}") for number in range(WORKERS)]
    for worker in workers:
        worker.start()
    fleet = start_fleet(relay)
    started = time.monotonic()
    chaos = Chaos(deployment, workers, relay, fleet, SEED)
    chaos.run(KILLS)
    compacted = sum(worker.output().count('"event": "compacted"') for worker in workers)
    assert compacted, "nothing was compacted while processes were killed"
    took = time.monotonic() - started
    done_ms = drain(deployment, fleet)
    drained = time.monotonic() - started - took
    compared = asyncio.run(verify(deployment, fleet, done_ms))
    ledgers = [agent.ledger for agent in fleet.agents]
    print(  # noqa: T201 - figures
        f"kills {dict(chaos.kills)}, {dict(chaos.harm)}, {chaos.restarts} starts again, in {took:.0f} s;"
        f" boots {sum(agent.boots for agent in fleet.agents)},"
        f" frames made {sum(len(one.frames) for one in ledgers)}, sent {sum(len(one.sent) for one in ledgers)},"
        f" acked {fleet.acked()}, sent twice on purpose {sum(one.repeats for one in ledgers)};"
        f" compacted in {compacted} passes; drained in {drained:.0f} s; compared {compared}"
    )
