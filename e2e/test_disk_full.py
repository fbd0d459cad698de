"""A full disk under PostgreSQL: the hub says so and waits, and when there is room again nothing is missing."""

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import Iterator

import asyncpg
import pytest

from e2e import smalldisk
from e2e.conftest import MakeDeployment
from e2e.deployment import Deployment
from e2e.fleet import Fleet
from e2e.oracle import drain, verify
from e2e.processes import Program, wait_until

NO_SPACE = "No space left on device"
_WAITS = "frames wait for the database"


@pytest.fixture
def hub(make_deployment: MakeDeployment) -> Iterator[Deployment]:
    """A hub whose data directory is on the small disk; where there is none yet, the test is not really run."""
    disk = smalldisk.here()
    if disk is None:
        yield make_deployment()
        return
    # The guard would act long before the disk is full.
    made = make_deployment(OPSENTRIX_DATA_DIR=str(disk / "d"), OPSENTRIX_DISK_GUARD="false")
    made.start()
    try:
        yield made
    finally:
        ballast(made).drop()


def ballast(deployment: Deployment) -> smalldisk.Ballast:
    return smalldisk.Ballast(deployment.data_dir.parent)


@contextlib.contextmanager
def sending(deployment: Deployment) -> Iterator[Fleet]:
    """Let three agents send, and stop them afterwards."""
    fleet = Fleet(deployment, deployment.url, 1, 3)
    try:
        wait_until(lambda: fleet.acked() > 30, "frames are acked")
        yield fleet
    finally:
        fleet.stop()


def measured(deployment: Deployment, name: str) -> float:
    found = re.search(rf"^{name} ([\d.e+]+)$", deployment.client.get("/metrics").text, re.MULTILINE)
    assert found, name
    return float(found[1])


def query(deployment: Deployment, statement: str) -> int:
    async def run() -> int:
        connection = await asyncpg.connect(deployment.database_url())
        try:
            number: int = await connection.fetchval(statement)
            return number
        finally:
            await connection.close()

    return asyncio.run(run())


def worker_of(deployment: Deployment) -> Program:
    return deployment.program("e2e.eager_worker", name="worker")


def wait_until_frames_wait(deployment: Deployment) -> None:
    failures = "opsentrix_ingest_commit_failures_total"
    before = measured(deployment, failures)
    wait_until(lambda: measured(deployment, failures) >= before + 3, "frames cannot be written")


@pytest.mark.small_disk
def test_a_full_disk_keeps_frames_with_the_agents_and_history_as_it_is(hub: Deployment) -> None:
    worker = worker_of(hub)
    worker.start()
    with sending(hub) as fleet:
        pid = hub.hub.pid
        wait_until(lambda: '"event": "compacted"' in worker.output(), "something is compacted")
        worker.kill()
        wait_until(lambda: query(hub, "SELECT count(*) FROM agent_metrics") > 100, "frames to be compacted")
        ballast(hub).fill()
        wait_until_frames_wait(hub)
        acked, frames = fleet.acked(), query(hub, "SELECT count(*) FROM agent_metrics")
        wait_until_frames_wait(hub)
        worker.start()
        wait_until(lambda: NO_SPACE in worker.output(), "the worker finds no room either")
        wait_until_frames_wait(hub)
        # PostgreSQL may find some room by itself, in files of its own that it does not need any more.
        written = query(hub, "SELECT count(*) FROM agent_metrics") - frames
        assert written >= 0, "what could not be moved is where it was"
        wait_until(lambda: fleet.acked() - acked == written, "what was written is acked, and nothing else")
        assert hub.hub.pid == pid
        assert hub.hub.running
        said = [line for line in hub.hub.output().splitlines() if _WAITS in line]
        assert 1 <= len(said) <= 4, said
        assert NO_SPACE in said[0]
        ballast(hub).drop()
        compared = asyncio.run(verify(hub, fleet, drain(hub, fleet)))
    print(f"compared {compared}")  # noqa: T201 - a figure


@pytest.mark.small_disk
def test_no_room_for_the_write_ahead_log_ends_postgresql_until_there_is(hub: Deployment) -> None:
    with sending(hub) as fleet:
        pid = hub.hub.pid
        ballast(hub).fill()

        def down() -> bool:
            # Each call begins another segment; the room for the next one is gone sooner or later.
            with contextlib.suppress(Exception):
                query(hub, "SELECT pg_logical_emit_message(false, 'fill', repeat('x', 1000)) - pg_switch_wal()")
            return "cannot start" in hub.hub.output()

        wait_until(down, "PostgreSQL ends for want of room, and cannot start again", 60)
        acked = fleet.acked()
        assert hub.health() == 503
        assert "no space left" in hub.hub.output()
        said = [line.partition('"timestamp"')[0] for line in hub.hub.output().splitlines()]
        assert hub.hub.running
        assert hub.hub.pid == pid
        ballast(hub).drop()
        hub.wait_healthy(60)
        wait_until(lambda: fleet.acked() > acked, "frames are acked again")
        assert max(Counter(said).values()) <= 3, "the same reason each second would fill the log"
        worker_of(hub).start()
        compared = asyncio.run(verify(hub, fleet, drain(hub, fleet)))
    print(f"compared {compared}")  # noqa: T201 - a figure
