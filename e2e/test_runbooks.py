"""Runbooks against real faults with a real agent: each verdict is compared with what the test did to the machine."""

from collections.abc import Iterator

import pytest

from e2e.conftest import MakeDeployment
from e2e.runbook_ward import Disk, Ward, can_mount, script, ward

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(not can_mount(), reason="needs the right to mount loop devices"),
]


FAULTS = ("cleared", "shrugged", "spoiled", "left", "looped", "failed")
STATES = ("checking", "running", "judging", "undoing", "asked")


@pytest.fixture
def sick(make_deployment: MakeDeployment) -> Iterator[Ward]:
    deployment = make_deployment()
    deployment.hub = deployment.program("e2e.eager_hub", name="eager-hub")
    deployment.start()
    with ward(deployment, (*FAULTS, *STATES)) as made:
        yield made


def low(disk: Disk) -> str:
    return f"system.filesystem.utilization{disk.where} < 50%"


def test_every_verdict_is_the_truth_about_the_fault_that_was_injected(sick: Ward) -> None:
    cleared, shrugged, spoiled, left, looped, failed = map(sick.disk, FAULTS)
    inodes = f"system.filesystem.inodes.utilization{spoiled.where} > 90%"
    books = {
        "cleared": sick.runbook("cleared", ("clear", "cleared"), expect="alert resolved"),
        "shrugged": sick.runbook("shrugged", ("shrug", "shrugged"), expect=low(shrugged)),
        "spoiled": sick.runbook(
            "spoiled", ("spoil", "spoiled"), expect=low(spoiled), worse=inodes,
            undo=[script("tidy", "spoiled")],
        ),
        "looped": sick.runbook(
            "looped", ("clear", "looped"), expect=f"{low(looped)} for 1s", breaker={"after": 2, "within": "1h"}
        ),
        "failed": sick.runbook("failed", ("fail", "failed"), expect=low(failed)),
    }  # fmt: skip
    gone = sick.machine("gone")
    left_book = sick.runbook(
        "left", ("shrug", "left"), on="agent=gone", triggers=[], expect=f"{low(left)} for 15s", within="20s"
    )
    revive = sick.runbook(
        "revive", ("revive", "service"), triggers=[{"alert": "service dead"}], expect="plugin.app.alive > 0",
        within="90s",
    )  # fmt: skip
    for disk in (cleared, shrugged, spoiled, looped, failed):
        sick.watch(disk)
    sick.rule("service dead", "plugin.app.alive < 1 on agent=web")
    sick.service.kill()
    left.fill()
    lonely = sick.run(left_book, gone.id)
    for disk in (cleared, shrugged, spoiled, looped, failed):
        disk.fill()
        assert disk.full
    sick.wait_state(lonely, "judging")
    gone.process.kill()
    # A leak fills the disk again each time that a run of it was seen to help.
    for count in (1, 2):
        found = sick.ended(books["looped"], count)
        assert [one["verdict"] for one in found] == ["fixed"] * count, sick.story(found[-1]["id"])
        assert not looped.full
        sick.hub_calm("full looped")
        looped.fill()
    last = sick.ended(books["looped"], 3)[2]
    assert (last["outcome"], sick.did("clear", "looped"), looped.full) == ("skipped", 2, True), last
    assert sick.hub.get(f"/api/v1/runbooks/{books['looped']}")["breaker"]["open"]
    truth = {
        "cleared": ("done", "worse" if cleared.full else "fixed"),
        "shrugged": ("done", "not_fixed" if shrugged.full else "fixed"),
        "spoiled": ("done", "worse"),
        "failed": ("step_failed", "not_fixed" if failed.full else "fixed"),
    }
    assert (cleared.full, shrugged.full, failed.full) == (False, True, True)
    for name, wanted in truth.items():
        [told] = sick.ended(books[name])
        assert (told["outcome"], told["verdict"]) == wanted, sick.story(told["id"])
    assert sick.did("tidy", "spoiled") == 1
    sick.wait_state(lonely, "ended")
    assert sick.told(lonely)["verdict"] == "unknown"
    [told] = sick.ended(revive)
    assert (told["verdict"], sick.service.alive) == ("fixed", True), sick.told(told["id"])
    assert told["incident"] is not None


def test_a_hub_that_is_killed_in_each_state_goes_on_gives_nothing_twice_and_tells_the_truth(sick: Ward) -> None:
    disks = {name: sick.disk(name) for name in STATES}
    for disk in disks.values():
        disk.fill()
    common = {"triggers": [], "within": "60s"}
    full = f"system.filesystem.utilization{disks['checking'].where} > 80% for 8s"
    checking = sick.runbook("checking", ("clear", "checking"), when=full, expect=low(disks["checking"]), **common)
    running = sick.runbook("running", ("wait", "running"), expect=low(disks["running"]), **common)
    judging = sick.runbook("judging", ("clear", "judging"), expect=f"{low(disks['judging'])} for 10s", **common)
    undo = [script("wait", "undoing")]
    undoing = sick.runbook(
        "undoing", ("shrug", "undoing"), ("fail", "undoing"), undo=undo, expect=low(disks["undoing"]), **common
    )  # fmt: skip
    asked = sick.runbook(
        "asked", ("clear", "asked"), mode="approve", expect=low(disks["asked"]), within="60s"
    )  # fmt: skip
    sick.watch(disks["asked"])
    runs = {"running": sick.run(running), "undoing": sick.run(undoing), "judging": sick.run(judging)}
    for name, run in runs.items():
        sick.wait_state(run, name)
    runs["checking"] = sick.run(checking)
    sick.wait_state(runs["checking"], "checking")
    sick.wait_some(asked)
    runs["asked"] = sick.runs(asked)[0]["id"]
    before = {name: sick.told(run)["state"] for name, run in runs.items()}
    sick.hub.hub.kill()
    assert before == {name: name for name in STATES} | {"asked": "awaiting_approval"}
    sick.hub.hub.start()
    sick.hub.wait_healthy()
    sick.hub.post(f"/api/v1/runbook-runs/{runs['asked']}/approve")
    for name in ("running", "undoing"):
        sick.go(name)
    for name, run in runs.items():
        sick.wait_state(run, "ended")
        told, disk = sick.told(run), disks[name]
        scripts = [one["params"]["name"].partition("-")[0] for one in told["steps"] if one["command"] is not None]
        for one in set(scripts):
            assert sick.did(one, name) <= 1, told
        assert told["verdict"] != "fixed" or not disk.full, told
        assert told["verdict"] != "not_fixed" or disk.full, told
        if name == "checking" and told["outcome"] == "skipped":
            assert disk.full, told
            continue
        assert (told["verdict"], disk.full) == ("fixed", False), sick.story(run)
