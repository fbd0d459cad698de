"""The harness reads /proc rightly, stops what it starts, and the runner judges and prints figures rightly."""

import os
import sys
import time
from pathlib import Path

import pytest

from benchmarks.harness import (
    BenchmarkError,
    Cost,
    Result,
    Use,
    cost,
    process_tree,
    spawned,
    use_of,
    use_of_tree,
    wait_until,
)
from benchmarks.run import table


def fake_process(proc: Path, pid: int, name: str, parent: int, ticks: int = 0, rss_kb: int = 0) -> None:
    folder = proc / str(pid)
    folder.mkdir(parents=True)
    # Fields 4 to 13 of stat, then utime, stime, cutime and cstime.
    fields = ["S", str(parent), *["0"] * 9, *[str(ticks)] * 4, "20"]
    (folder / "stat").write_text(f"{pid} ({name}) {' '.join(fields)}\n")
    (folder / "status").write_text(f"Name:\t{name}\nVmHWM:\t{2 * rss_kb} kB\nVmRSS:\t{rss_kb} kB\n")


def test_a_tree_leaves_out_the_named_processes_and_what_they_started(tmp_path: Path) -> None:
    fake_process(tmp_path, 10, "opsentrix", 1)
    fake_process(tmp_path, 11, "a (worker) x", 10)
    fake_process(tmp_path, 12, "postgres", 10)
    fake_process(tmp_path, 13, "writer", 12)
    fake_process(tmp_path, 14, "stranger", 1)
    (tmp_path / "uptime").write_text("1 1\n")
    assert sorted(process_tree(10, "postgres", tmp_path)) == [10, 11]
    assert sorted(process_tree(10, None, tmp_path)) == [10, 11, 12, 13]
    assert process_tree(99, None, tmp_path) == []


def test_use_adds_up_cpu_and_memory(tmp_path: Path) -> None:
    hertz = os.sysconf("SC_CLK_TCK")
    fake_process(tmp_path, 10, "hub", 1, ticks=hertz, rss_kb=100)
    fake_process(tmp_path, 11, "worker", 10, ticks=2 * hertz, rss_kb=50)
    assert use_of([10, 11], tmp_path) == Use(cpu_s=12.0, rss_bytes=150 * 1024, peak_rss_bytes=300 * 1024)


def test_a_process_that_ended_is_an_error_not_a_zero(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="process 10 ended"):
        use_of([10], tmp_path)
    with pytest.raises(BenchmarkError, match="is gone"):
        use_of_tree(2**22 + 1)


def test_cost_is_what_was_spent_in_between() -> None:
    before = Use(cpu_s=5.0, rss_bytes=0, peak_rss_bytes=0)
    after = Use(cpu_s=5.5, rss_bytes=0, peak_rss_bytes=3 * 1024 * 1024)
    assert cost(before, after, elapsed_s=10) == Cost(cpu_percent=5.0, peak_mb=3.0)


def test_a_spawned_program_is_stopped_and_its_output_kept(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = "import time; print('ready', flush=True); time.sleep(600)"
    with spawned([sys.executable, "-c", script], log) as pid:
        wait_until(lambda: b"ready" in log.read_bytes(), "no output", 20)
        assert use_of([pid]).rss_bytes > 1024 * 1024
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_waiting_gives_up_with_what_was_awaited() -> None:
    started = time.monotonic()
    with pytest.raises(BenchmarkError, match=r"nothing came within 0\.01 s"):
        wait_until(lambda: False, "nothing came", 0.01)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("better", "target", "met"),
    [("lower", 10, True), ("lower", 4.9, False), ("higher", 5, True), ("higher", 6, False), ("lower", None, None)],
)
def test_a_target_is_met_on_its_good_side(better: str, target: float | None, met: bool | None) -> None:
    assert Result("x", 5, "s", "lower" if better == "lower" else "higher", target).met is met


def test_the_table_names_misses_and_peers() -> None:
    lines = table(
        [
            Result("a.rss_mb", 30.0, "MB", "lower", 25, "other", 20.7),
            Result("b.count", 7.0, "1", "higher", 5),
            Result("c.free", 1.0, "s", "lower", None),
        ]
    ).splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["a.rss_mb", "30", "MB", "<=", "25", "MISSED", "other:", "20.7"],
        ["b.count", "7", "1", ">=", "5", "met"],
        ["c.free", "1", "s"],
    ]
