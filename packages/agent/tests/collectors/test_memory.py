from pathlib import Path

import pytest
from opsentrix_agent.collectors.memory import Memory

from .support import host, tree, values

STATES = ("used", "free", "cached", "buffers")


def test_states_follow_the_formula_and_sum_to_the_limit() -> None:
    seen = values(Memory(host("vm-2core")).collect())

    usage = {state: seen[f"system.memory.usage{{state={state}}}"] for state in STATES}
    kib = {"free": 812340, "cached": 1510200 + 180000, "buffers": 120480}
    kib["used"] = 4015620 - sum(kib.values())
    assert usage == {state: size * 1024 for state, size in kib.items()}
    assert seen["system.memory.limit"] == 4015620 * 1024
    assert seen["system.linux.memory.available"] == 2590104 * 1024
    shares = [seen[f"system.memory.utilization{{state={state}}}"] for state in STATES]
    assert sum(shares) == pytest.approx(1)
    assert shares[0] == pytest.approx(kib["used"] / 4015620)


def test_half_a_terabyte() -> None:
    seen = values(Memory(host("cloud-64core")).collect())

    assert sum(seen[f"system.memory.usage{{state={state}}}"] for state in STATES) == 527990296 * 1024


def test_what_is_available_is_estimated_where_the_kernel_does_not() -> None:
    seen = values(Memory(host("odd")).collect())

    # free + buffers + cached - shared
    assert seen["system.linux.memory.available"] == (100000 + 50000 + 300000 - 80000) * 1024


@pytest.mark.parametrize(
    ("free", "buffers", "cached", "states"),
    [(60, 30, 50, [0, 60, 10, 30]), (60, 70, 50, [0, 60, 0, 40]), (160, 30, 50, [0, 100, 0, 0])],
)
def test_counters_over_the_total_never_make_used_negative(
    tmp_path: Path, free: int, buffers: int, cached: int, states: list[int]
) -> None:
    meminfo = (
        f"MemTotal: 100 kB\nMemFree: {free} kB\nMemAvailable: 120 kB\nBuffers: {buffers} kB\nCached: {cached} kB\n"
    )
    seen = values(Memory(tree(tmp_path, {"proc/meminfo": meminfo.encode()})).collect())

    assert [seen[f"system.memory.usage{{state={state}}}"] / 1024 for state in STATES] == states
    assert seen["system.linux.memory.available"] == 100 * 1024


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MemTotal: 0 kB\nMemFree: 0 kB\n",
        b"MemFree: 5 kB\n",
        b"MemTotal:",
        b"MemTotal: many kB\n",
        b"MemTotal: 9\n",
    ],
)
def test_a_file_that_does_not_tell_the_size_is_an_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"how much memory|invalid literal"):
        Memory(tree(tmp_path, {"proc/meminfo": content})).collect()
