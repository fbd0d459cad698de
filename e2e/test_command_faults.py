"""Commands while links, programs and clocks fail: what is told is true, and nothing is begun twice."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from e2e.conftest import MakeDeployment
from e2e.deployment import Deployment
from e2e.machine import WITHIN_S, Machine, give
from e2e.namespaces import namespaces, why_not
from e2e.processes import wait_until

LINES = 20_000
COUNT = f"seq {LINES}"
GIGABYTES = 2_000_000_000
GROWTH_BYTES, EXECUTOR_BYTES = 4_000_000, 64_000_000
SLEEP = f"86399.{os.getpid()}"
"""Seconds; by these the processes of a test are found again."""
UNSEEN = "The agent was stopped in the middle; nobody saw how it ended."


def counted() -> str:
    """Return what the script writes that counts."""
    return "begun --word=hi\n" + "".join(f"{number}\n" for number in range(1, LINES + 1))


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.fixture
def machine(shared: Deployment, request: pytest.FixtureRequest) -> Iterator[Machine]:
    made = Machine(shared, str(request.node.name), then=COUNT)
    yield made
    made.go.touch()


def test_of_two_machines_the_link_of_one_is_cut_in_the_middle(make_deployment: MakeDeployment) -> None:
    if reason := why_not():
        pytest.skip(reason)
    with namespaces(2) as (first, second):
        deployment = make_deployment(OPSENTRIX_HOST=first.here)
        deployment.hub = deployment.program("e2e.eager_hub", name="eager-hub")
        deployment.start()
        cut = Machine(deployment, "cut", within=first.within, then=COUNT)
        other = Machine(deployment, "other", within=second.within, then=COUNT)
        for one in (cut, other):
            one.start()
        command = give(deployment, cut.id, other.id, batch={"size": 2})
        for one in (cut, other):
            one.wait_state(command, "running")
        first.cut()
        cut.go.touch()
        wait_until(lambda: not cut.executors(), "it ends while nobody hears of it", WITHIN_S)
        assert cut.run(command)["state"] in {"running", "unknown"}
        run = cut.wait_state(command, "unknown")
        assert run["error"] == "The agent was lost before it told how it ended."
        other.go.touch()
        assert other.wait_state(command, "failed", "unknown")["exit_code"] == 3
        assert other.output(command) == counted()
        assert cut.run(command)["state"] == "unknown"
        first.join()
        assert cut.wait_state(command, "failed")["exit_code"] == 3
        assert cut.output(command) == counted()
        assert [one.begun() for one in (cut, other)] == [1, 1]


def test_an_executor_that_is_killed_leaves_unknown_and_nothing_that_runs(machine: Machine) -> None:
    machine.start()
    command = machine.give()
    machine.wait_begun()
    machine.wait_state(command, "running")
    (executor,) = machine.executors()
    left = [child.pid for child in executor.children(recursive=True)]
    executor.kill()
    assert machine.wait_state(command, "unknown", "failed")["error"] == UNSEEN
    assert not any(map(alive, left))
    machine.go.touch()
    machine.agent.process.kill()
    machine.agent.start()
    command = machine.give()  # what comes next runs as ever
    assert machine.wait_state(command, "failed")["exit_code"] == 3
    assert machine.begun() == 2


def test_agent_and_executor_killed_at_once_are_told_by_the_next_agent(machine: Machine) -> None:
    machine.start()
    command = machine.give()
    machine.wait_begun()
    machine.wait_state(command, "running")
    executors = machine.executors()
    machine.agent.process.kill()
    for one in executors:
        one.kill()
    machine.agent.start()
    assert machine.wait_state(command, "unknown", "failed")["error"] == UNSEEN
    assert machine.begun() == 1


def test_a_hub_whose_clock_is_ahead_is_refused_with_both_times(make_deployment: MakeDeployment) -> None:
    deployment = make_deployment()
    deployment.hub = deployment.program("e2e.fast_clock_hub", name="fast-clock-hub")
    deployment.start()
    machine = Machine(deployment, "web-1")
    machine.start()
    run = machine.wait_state(machine.give(), "refused", "running")
    assert "and here it is" in run["error"]
    assert machine.begun() == 0


def test_two_gigabytes_of_output_are_cut_and_take_no_memory(shared: Deployment) -> None:
    machine = Machine(shared, "gigabytes", then=f"head -c {GIGABYTES} /dev/zero; echo end >&2")
    machine.start()
    command = machine.give()
    machine.wait_begun()
    agent, (executor,) = psutil.Process(machine.agent.process.pid), machine.executors()
    before = agent.memory_info().rss
    machine.go.touch()
    peak = 0
    while machine.run(command)["state"] == "running":
        with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
            peak = max(peak, executor.memory_info().rss)
    run = machine.wait_state(command, "failed")
    assert (run["exit_code"], run["output_bytes"], run["output_truncated"]) == (3, GIGABYTES + 20, True)
    assert len(machine.output(command)) <= 1 << 20
    assert peak < EXECUTOR_BYTES
    assert agent.memory_info().rss - before < GROWTH_BYTES


def test_what_leaves_its_session_twice_ends_with_its_command(shared: Deployment) -> None:
    machine = Machine(shared, "daemon", then="wait")
    pid = machine.owner.folder / "pid"
    inner = machine.owner.folder / "inner"
    inner.write_text(
        f"trap '' TERM HUP INT\necho $$ >{pid}\nexec >/dev/null 2>&1 </dev/null\nsleep {SLEEP} & sleep {SLEEP}\n"
    )
    machine.owner.script("stays", f"setsid sh -c 'setsid sh {inner} &' &\nwhile [ ! -s {pid} ]; do sleep 0.02; done")
    machine.owner.allow({"script": {"names": ["stays"]}}, {}, hub=True)
    machine.start()
    command = give(shared, machine.id, params={"name": "stays"})
    machine.wait_state(command, "succeeded")
    assert not alive(int(pid.read_text()))
    assert not [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == ["sleep", SLEEP]]


def test_names_that_are_attacks_are_names(shared: Deployment, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    names = ("$(touch owned)", "; touch owned;", "-rf", "a\x1b]0;owned\x07", "new\nline")
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "file").write_bytes(bytes(100_000))
    (tmp_path / names[0]).symlink_to(Path(sys.executable).resolve())
    # It takes enough memory to be among those that are listed.
    large = "import time; taken = b'x' * 400_000_000; time.sleep(600)"
    process = psutil.Popen([str(tmp_path / names[0]), "-I", "-S", "-c", large], cwd=tmp_path)
    try:
        more: dict[str, object] = {"diagnostics.collect": {}, "disk.usage_top": {"paths": [str(folder)]}}
        machine = Machine(shared, "names", more=more)
        machine.start()
        for action, params in (("diagnostics.collect", {}), ("disk.usage_top", {"path": str(folder)})):
            command = give(shared, machine.id, action=action, params=params)
            machine.wait_state(command, "succeeded")
            said = machine.output(command)
            assert names[0] in said
            assert all(one.isprintable() for one in said.splitlines() if "owned" in one)
        assert process.is_running()
    finally:
        process.kill()
        process.wait()
    assert not list(tmp_path.rglob("owned"))
    assert not Path("/owned").exists()
