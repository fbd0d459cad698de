import os
import shutil
from pathlib import Path

import pytest
from opsentrix_agent.collectors.processes import MAX_TOP, Processes
from opsentrix_agent.collectors.walkpace import PROCESSES_PER_TICK, WALK_TICKS

from .support import copy_of, host, tree, values

PAGE = 4096


class Clock:
    """A clock that goes as told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def stat(pid: int, name: str = "worker", *, ticks: int = 0, start: int = 1, pages: int = 1) -> bytes:
    head = f"{pid} ({name}) S 1 1 1 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0 1 0 {start} 4096 {pages} 0"
    return (head + " 0" * 27 + "\n").encode()


def later(tmp_path: Path) -> tuple[Processes, Clock]:
    """Return the collector of vm-2core after a walk, 5 seconds and a second walk."""
    clock = Clock()
    paths = copy_of("vm-2core", tmp_path)
    processes = Processes(paths, clock=clock)
    processes.collect()
    copy_of("vm-2core-later", tmp_path)
    shutil.rmtree(paths.proc / "900")
    clock.now += 5
    for _ in range(WALK_TICKS):
        processes.collect()
    return processes, clock


def test_counts() -> None:
    assert values(Processes(host("vm-2core")).collect()) == {
        "system.process.count{status=running}": 1,
        "system.process.count{status=sleeping}": 5,
        "system.process.count{status=stopped}": 1,
        "system.process.count{status=zombie}": 1,
        "system.process.count{status=other}": 0,
        "system.process.total": 8,
        "system.thread.count": 185,
    }


def test_processes_are_walked_each_fifth_tick_and_threads_read_each_tick(tmp_path: Path) -> None:
    processes = Processes(copy_of("vm-2core", tmp_path))
    processes.collect()
    copy_of("vm-2core-later", tmp_path)

    seen = [values(processes.collect()) for _ in range(WALK_TICKS)]

    assert [one["system.process.total"] for one in seen] == [8, 8, 8, 8, 9]
    assert seen[0]["system.thread.count"] == 190


def test_many_processes_are_walked_less_often(tmp_path: Path) -> None:
    count = 6 * PROCESSES_PER_TICK
    paths = tree(tmp_path, {"proc/loadavg": b"0 0 0 1/9 9\n"})
    for pid in range(1, count + 1):
        tree(tmp_path, {f"proc/{pid}/stat": stat(pid)})
    processes = Processes(paths)
    processes.collect()
    shutil.rmtree(paths.proc / "1")

    seen = [values(processes.collect())["system.process.total"] for _ in range(6)]

    assert seen == [*[count] * 5, count - 1]


def test_a_process_that_runs_for_5_seconds_is_named_among_thousands(tmp_path: Path) -> None:
    clock, idle, total = Clock(), 1000.0, 12 * PROCESSES_PER_TICK
    paths = tree(tmp_path, {"proc/loadavg": b"0 0 0 1/9 9\n", "proc/uptime": b"1 1000\n"})
    for pid in range(1, total + 1):
        tree(tmp_path, {f"proc/{pid}/stat": stat(pid)})
    processes = Processes(paths, clock=clock)
    named = []
    for second in range(60):
        clock.now += 1
        hog_runs = 48 <= second < 53
        idle += 1.0 if hog_runs else 2.0
        tree(tmp_path, {"proc/uptime": b"1 %.2f\n" % idle})
        if hog_runs:
            tree(tmp_path, {"proc/7777/stat": stat(7777, "hog", ticks=100 * (second - 48))})
        elif second == 53:
            shutil.rmtree(paths.proc / "7777")
        processes.collect()
        named += [(second, one.name) for one in processes.top(1) if one.cpu_cores > 0]

    assert named[:1] == [(51, "hog")]


def test_top_is_the_union_of_most_cpu_and_most_memory(tmp_path: Path) -> None:
    processes, _ = later(tmp_path)

    top = processes.top(2)

    assert [(one.pid, one.name, one.cpu_cores) for one in top] == [
        (1500, "python3", pytest.approx(1.0)),
        (1600, "gzip", pytest.approx(0.2)),
        (812, "postgres", 0.0),
    ]
    assert [(one.user, one.state, one.memory_bytes, one.threads) for one in top] == [
        ("anna", "running", 8000 * PAGE, 4),
        ("www-data", "running", 600 * PAGE, 1),
        ("postgres", "sleeping", 51200 * PAGE, 6),
    ]


def io(read: int, written: int) -> bytes:
    return b"rchar: 9\nwchar: 9\nsyscr: 1\nsyscw: 1\nread_bytes: %d\nwrite_bytes: %d\n" % (read, written)


def test_bytes_moved_are_counted_from_walk_to_walk(tmp_path: Path) -> None:
    clock = Clock()
    files = {"proc/loadavg": b"0 0 0 1/9 9\n"}
    for pid in (1, 2, 3):
        files |= {f"proc/{pid}/stat": stat(pid, start=pid), f"proc/{pid}/io": io(1000 * pid, 0)}
    processes = Processes(tree(tmp_path, files), clock=clock)
    processes.collect()
    later = {
        "proc/1/stat": stat(1, start=1, ticks=1), "proc/1/io": io(6000, 0),
        "proc/2/stat": stat(2, start=2), "proc/2/io": io(9000, 9000),
        "proc/3/stat": stat(3, start=9, ticks=1), "proc/3/io": io(500, 0),
        "proc/4/stat": stat(4), "proc/4/io": io(0, 10_000),
    }  # fmt: skip
    tree(tmp_path, later)
    clock.now += 5
    for _ in range(WALK_TICKS):
        processes.collect()

    moved = {one.pid: (one.read_bytes, one.write_bytes) for one in processes.top(9)}

    # 1 was at work; 2 was not, so nobody looked; 3 is another process now; 4 is new.
    assert moved == {1: (1000, 0), 2: (0, 0), 3: (100, 0), 4: (0, 2000)}


def test_those_who_moved_most_are_among_the_top(tmp_path: Path) -> None:
    files = {"proc/loadavg": b"0 0 0 1/9 9\n", "proc/1/io": io(0, 0)}
    files |= {f"proc/{pid}/stat": stat(pid, ticks=99 - pid, pages=99 - pid) for pid in range(1, 9)}
    clock = Clock()
    processes = Processes(tree(tmp_path, files), clock=clock)
    processes.collect()
    tree(tmp_path, {"proc/20/stat": stat(20), "proc/20/io": io(70_000, 0)})
    clock.now += 5
    for _ in range(WALK_TICKS):
        processes.collect()

    assert [one.pid for one in processes.top(1)] == [1, 20]


def test_where_the_kernel_does_not_tell_nothing_is_asked(tmp_path: Path) -> None:
    clock = Clock()
    processes = Processes(tree(tmp_path, {"proc/loadavg": b"0 0 0 1/9 9\n", "proc/5/stat": stat(5)}), clock=clock)
    processes.collect()
    tree(tmp_path, {"proc/5/stat": stat(5, ticks=5), "proc/5/io": io(5000, 0)})
    clock.now += 5
    for _ in range(WALK_TICKS):
        processes.collect()

    assert [one.read_bytes for one in processes.top(1)] == [0]


@pytest.mark.parametrize("content", [b"", b"read_bytes: x\nwrite_bytes: 1\n", b"\xff" * 600, b"write_bytes: 5\n"])
def test_garbage_in_io_is_no_news(tmp_path: Path, content: bytes) -> None:
    files = {"proc/loadavg": b"0 0 0 1/9 9\n", "proc/1/io": io(0, 0), "proc/7/stat": stat(7), "proc/7/io": content}
    processes = Processes(tree(tmp_path, files))
    processes.collect()

    assert [one.read_bytes for one in processes.top(1)] == [0]


def test_each_walk_is_a_look(tmp_path: Path) -> None:
    processes = Processes(copy_of("vm-2core", tmp_path))

    looks = []
    for _ in range(WALK_TICKS + 1):
        processes.collect()
        looks.append(processes.looks)

    assert looks == [*[1] * WALK_TICKS, 2]


def test_a_pid_in_reuse_starts_from_nothing_and_no_longer_than_the_walk(tmp_path: Path) -> None:
    processes, _ = later(tmp_path)

    top = {one.pid: one for one in processes.top(9)}

    assert top[1234].name == "sleep"
    assert top[1234].cpu_cores == pytest.approx(0.1)
    assert 900 not in top


def test_before_the_second_walk_nobody_used_cpu() -> None:
    processes = Processes(host("vm-2core"))
    assert processes.top(3) == []
    processes.collect()

    top = processes.top(2)

    assert [(one.pid, one.cpu_cores) for one in top] == [(812, 0.0), (1500, 0.0)]


def test_a_clock_that_stands_still_gives_no_cpu(tmp_path: Path) -> None:
    processes, clock = later(tmp_path)
    for _ in range(WALK_TICKS):
        processes.collect()

    assert clock.now == 1005
    assert {one.cpu_cores for one in processes.top(9)} == {0.0}


def test_the_effective_user_is_named() -> None:
    processes = Processes(host("vm-2core"))
    processes.collect()

    assert {one.pid: one.user for one in processes.top(9)}[1234] == "root"


def test_a_process_that_ended_since_the_walk_has_no_user(tmp_path: Path) -> None:
    paths = copy_of("vm-2core", tmp_path)
    processes = Processes(paths)
    processes.collect()
    shutil.rmtree(paths.proc / "812")

    assert [(one.pid, one.user) for one in processes.top(1)] == [(812, "")]


def test_hostile_names_cut_lines_and_things_that_are_no_process() -> None:
    processes = Processes(host("odd"))

    seen = values(processes.collect())

    assert seen["system.process.total"] == 3
    assert seen["system.process.count{status=other}"] == 1
    assert [(one.pid, one.name, one.user) for one in processes.top(9)] == [
        (12, r"\x1b[2J\xff\xfe", "4242"),
        (11, r"a b\x0ac) (d", r"ev\x1bil"),
        (10, ") R 1 1 (", "root"),
    ]
    assert all(one.name.isprintable() and len(one.name) <= 64 for one in processes.top(9))


def test_users_added_later_are_found(tmp_path: Path) -> None:
    paths = copy_of("vm-2core", tmp_path)
    (paths.etc / "passwd").unlink()
    processes = Processes(paths)
    processes.collect()
    assert processes.top(1)[0].user == "113"

    (paths.etc / "passwd").write_bytes(b"late:x:33:33::/:/bin/sh\n")

    assert {one.pid: one.user for one in processes.top(9)}[900] == "late"
    (paths.etc / "passwd").write_bytes(b"late:x:33:33::/:/bin/sh\npostgres:x:113:120::/:/bin/sh\n")
    os.utime(paths.etc / "passwd", (1, 1))
    assert processes.top(1)[0].user == "postgres"


def test_what_is_kept_between_walks_is_bounded(tmp_path: Path) -> None:
    paths = tree(tmp_path, {"proc/loadavg": b"0 0 0 1/9 9\n"})
    for pid in range(1, 3 * MAX_TOP):
        tree(tmp_path, {f"proc/{pid}/stat": stat(pid, pages=pid)})
    processes = Processes(paths)
    processes.collect()

    assert len(processes._leaders) <= 2 * MAX_TOP
    assert [one.pid for one in processes.top(1000)] == list(range(3 * MAX_TOP - 1, 2 * MAX_TOP - 1, -1))


@pytest.mark.parametrize("content", [b"", b"0 0 0", b"0 0 0 1 9\n", b"0 0 0 1/x 9\n"])
def test_garbage_in_loadavg_is_an_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"unpack|invalid literal"):
        Processes(tree(tmp_path, {"proc/loadavg": content})).collect()
