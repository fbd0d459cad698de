"""Everything is killed at random, again and again: what was acked is there, once, and nothing else is.

`OPSENTRIX_TEST_KILLS` sets how often (20 unless told otherwise), `OPSENTRIX_TEST_SEED` repeats the choices of a run.
"""

import asyncio
import os
import random
import time
from collections.abc import Callable, Iterator

import pytest

from e2e.chaos import Chaos
from e2e.deployment import Deployment
from e2e.fleet import Fleet
from e2e.oracle import drain, verify
from e2e.relay import Relay

KILLS = int(os.environ.get("OPSENTRIX_TEST_KILLS", "20"))
SEED = int(os.environ.get("OPSENTRIX_TEST_SEED") or random.SystemRandom().randrange(1_000_000))
WORKERS = 2
AGENTS = 4


@pytest.fixture
def start_fleet(deployment: Deployment) -> Iterator[Callable[[Relay], Fleet]]:
    """Let agents that find the hub through a relay begin, and stop them at the end."""
    made: list[Fleet] = []

    def start(relay: Relay) -> Fleet:
        made.append(Fleet(deployment, relay.url, SEED, AGENTS))
        return made[-1]

    yield start
    for fleet in made:
        fleet.stop()


@pytest.fixture
def relay(deployment: Deployment) -> Iterator[Relay]:
    made = Relay(deployment.port)
    yield made
    made.close()


@pytest.mark.timeout(300 + 12 * KILLS)
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
