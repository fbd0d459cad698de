import contextlib
import os
import time
from pathlib import Path

import pytest
from opsentrix_agent.collectors.child import Child, ChildError, Finished, find

from .programs import program, settle


def run(folder: Path, script: str, *arguments: str, max_bytes: int = 1000) -> Finished:
    child = Child(5, max_bytes)
    child.start([f"{program(folder, 'tool', script)}/tool", *arguments], 0)
    settle(child)
    finished = child.poll(1)
    assert finished is not None
    assert not child.busy
    return finished


def test_output_and_exit_code(tmp_path: Path) -> None:
    assert run(tmp_path, 'echo "$2"; exit 3', "a", "b c; $(id)") == Finished(3, b"b c; $(id)\n", "")


def test_it_inherits_nothing_but_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "x")
    inherited = os.open("/dev/null", os.O_RDONLY)

    finished = run(tmp_path, f'echo "$SECRET-$LC_ALL"; cat; [ -e /proc/self/fd/{inherited} ] || echo none')
    os.close(inherited)

    assert finished.output == b"-C\nnone\n"


def test_one_that_hangs_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    child = Child(5, 1000)
    child.start([f"{program(tmp_path, 'tool', 'sleep 1000 & echo $!; wait')}/tool"], 0)
    pid = child._pid
    assert child.poll(4.9) is None
    assert child.busy
    assert child.poll(5) is None
    settle(child)

    assert child.poll(5) == Finished(-9, b"", "it took more than 5 s")
    deadline = time.monotonic() + 5
    while alive_of_group(pid) and time.monotonic() < deadline:  # a signal takes a moment
        time.sleep(0.01)
    assert alive_of_group(pid) == []


def alive_of_group(group: int) -> list[str]:
    """Return the processes of a group; those that have ended and wait for their parent do not count."""
    alive = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                alive.append(stat.parent.name)
    return alive


def test_one_that_writes_without_end_is_killed(tmp_path: Path) -> None:
    child = Child(1e9, 1000)
    child.start([f"{program(tmp_path, 'tool', 'while :; do echo yyyyyyyyyyyyyyyyyy; done')}/tool"], 0)
    finished = None
    while finished is None:
        finished = child.poll(0)

    assert finished == Finished(-9, b"", "it wrote more than 1000 bytes")


def test_one_that_cannot_be_started(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    child = Child(5, 1000)

    with pytest.raises(ChildError, match="tool cannot be started: No such file"):
        child.start([str(tmp_path / "tool")], 0)

    assert not child.busy
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_descriptors_are_given_back(tmp_path: Path) -> None:
    run(tmp_path, "exit 0")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        run(tmp_path, "exit 0")

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_programs_are_found_in_absolute_folders_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = program(tmp_path / "bin", "tool", "")
    monkeypatch.chdir(tmp_path)

    assert find("tool", f"bin::/nowhere:{folder}") == f"{folder}/tool"
    assert find("tool", "bin:") is None
    monkeypatch.setenv("PATH", folder)
    assert find("tool") == f"{folder}/tool"
