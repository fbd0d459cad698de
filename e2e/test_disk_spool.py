"""The agent is killed, stopped and started again while the hub is away: what was on its disk arrives, once."""

from pathlib import Path

import pytest
from opsentrix_agent.segments import SegmentFolder

from e2e import smalldisk
from e2e.conftest import MakeDeployment
from e2e.deployment import Agent, Deployment
from e2e.processes import wait_until
from e2e.truth import assert_exactly_once, recorded, stored

Key = tuple[str, int]


def on_disk(folder: Path) -> set[Key]:
    """Return boot and seq of the frames in the disk spool of an agent that does not run."""
    spool = SegmentFolder(folder, 1 << 30)
    spool.open()
    try:
        frames = [one for segment in spool.segments for one in spool.read(segment).frames]
    finally:
        spool.close()
    return {(one.key[0].hex(), one.key[1]) for one in frames}


def segments(folder: Path) -> int:
    """Return how many segments there are."""
    return len(list(folder.glob("*.seg")))


def written(folder: Path) -> int:
    """Return the bytes of all segments: a new one is empty until its folder is on the disk."""
    return sum(one.stat().st_size for one in folder.glob("*.seg"))


def run_without_hub(agent: Agent, frames: int) -> None:
    """Run it for some frames that the hub does not get, and stop it in order."""
    agent.process.start()
    agent.wait_frames(frames)
    assert agent.process.stop() == 0


@pytest.mark.timeout(400)
async def test_what_is_on_disk_survives_a_kill_and_restarts_of_the_agent(deployment: Deployment) -> None:
    agent = deployment.agent(reporting_interval=1, spool_disk_bytes=8 << 20)
    folder = deployment.folder / "agent" / "spool"
    agent.start()
    agent.wait_frames(2)
    assert segments(folder) == 0, "what is acknowledged is never written"
    deployment.hub.kill()
    wait_until(lambda: written(folder) > 0, "frames that wait are written", 40)
    agent.process.kill()
    saved = on_disk(folder)
    run_without_hub(agent, 3)
    run_without_hub(agent, 3)
    killed, *later = dict.fromkeys(one.boot for one in recorded(agent))
    assert saved
    assert {(one.boot, one.seq) for one in recorded(agent) if one.boot in later} <= on_disk(folder)

    deployment.start()
    agent.start()
    wait_until(lambda: segments(folder) == 0, "all that was kept is replayed", 60)
    agent.stop()
    have = [(one.boot, one.seq) for one in await stored(deployment.database_url(), agent.id)]
    assert len(have) == len(set(have)), "frames are stored twice"
    assert saved <= set(have)
    said = {(one.boot, one.seq) for one in recorded(agent)}
    kept = set(have) | on_disk(folder)  # the last frame may not be acknowledged in the seconds that a stop takes
    assert {key for key in said if key[0] != killed} <= kept, "frames of runs that were stopped are lost"
    assert set(have) <= said


@pytest.mark.timeout(400)
async def test_a_folder_that_cannot_be_written_costs_nothing_but_a_line(deployment: Deployment) -> None:
    agent = deployment.agent(reporting_interval=1, spool_disk_bytes=8 << 20)
    (deployment.folder / "agent" / "spool").write_text("a file where the folder should be")
    agent.start()
    agent.wait_frames(3)
    agent.stop()
    await assert_exactly_once(deployment, agent)
    assert agent.process.output().count("the disk spool fails") == 1


@pytest.mark.small_disk
@pytest.mark.timeout(400)
async def test_a_full_disk_and_a_read_only_one_lose_nothing(make_deployment: MakeDeployment) -> None:
    disk = smalldisk.here()
    assert disk is not None
    deployment = make_deployment()
    deployment.start()
    ballast = smalldisk.Ballast(disk)
    full = deployment.agent("full", state_dir=str(disk / "full"), reporting_interval=1, spool_disk_bytes=8 << 20)
    readonly = deployment.agent("readonly", reporting_interval=1, spool_disk_bytes=8 << 20)
    (deployment.folder / "readonly" / "spool").symlink_to(smalldisk.read_only(disk))
    for agent in (full, readonly):
        agent.start()
    deployment.hub.kill()
    ballast.fill()
    wait_until(lambda: "No space left on device" in full.process.output(), "it says that the disk is full", 40)
    wait_until(lambda: "Read-only file system" in readonly.process.output(), "it says that it may not write", 40)
    ballast.drop()
    wait_until(lambda: segments(disk / "full" / "spool") > 0, "frames are written when there is room", 40)
    assert segments(deployment.folder / "readonly" / "spool") == 0
    deployment.start()
    for agent in (full, readonly):
        agent.wait_welcomed(1)
        agent.wait_frames(2)
        agent.stop()
        assert agent.process.output().count("the disk spool fails") == 1
        await assert_exactly_once(deployment, agent)
