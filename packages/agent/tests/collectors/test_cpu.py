from pathlib import Path

import pytest
from opsentrix_agent.collectors.cpu import Cpu

from .support import copy_of, host, tree, values

STATES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")


def test_utilization_is_the_share_of_each_state_since_the_tick_before(tmp_path: Path) -> None:
    cpu = Cpu(copy_of("vm-2core", tmp_path))
    cpu.collect()
    copy_of("vm-2core-later", tmp_path)

    seen = values(cpu.collect())

    # 30 of the ticks in user were also counted as guest.
    shares = {state: seen[f"system.cpu.utilization{{state={state}}}"] for state in STATES}
    spent = {"user": 40, "nice": 2, "system": 10, "idle": 134, "iowait": 4, "irq": 0, "softirq": 2, "steal": 2}
    assert shares == pytest.approx({state: ticks / sum(spent.values()) for state, ticks in spent.items()})
    assert seen["system.cpu.utilization{cpu=0,state=user}"] == pytest.approx(25 / 94)
    assert seen["system.cpu.utilization{cpu=1,state=steal}"] == pytest.approx(2 / 100)
    assert seen["system.cpu.logical.count"] == 2


def test_the_counters_are_given_raw() -> None:
    seen = values(Cpu(host("vm-2core")).collect())

    assert seen["system.cpu.context_switches"] == 511189
    assert seen["system.cpu.interrupts"] == 277337
    assert seen["system.processes.created"] == 8384
    assert seen["system.cpu.softirqs"] == 8123456
    assert seen["system.processes.running"] == 2
    assert values(Cpu(host("rhel8")).collect())["system.processes.blocked"] == 3


def test_the_first_tick_has_no_utilization() -> None:
    assert not [name for name in values(Cpu(host("vm-2core")).collect()) if "utilization" in name]


def test_without_time_passed_there_is_no_utilization() -> None:
    cpu = Cpu(host("vm-2core"))
    cpu.collect()

    assert not [name for name in values(cpu.collect()) if "utilization" in name]


def test_64_cores_with_steal_sum_to_one_each(tmp_path: Path) -> None:
    cpu = Cpu(copy_of("cloud-64core", tmp_path))
    cpu.collect()
    copy_of("cloud-64core-later", tmp_path)

    seen = values(cpu.collect())

    assert seen["system.cpu.logical.count"] == 64
    assert len([name for name in seen if "cpu=" in name]) == 64 * 8
    for core in range(64):
        shares = [seen[f"system.cpu.utilization{{cpu={core},state={state}}}"] for state in STATES]
        assert sum(shares) == pytest.approx(1)
    assert seen["system.cpu.utilization{state=steal}"] == pytest.approx(0.05, rel=0.01)


def test_iowait_that_goes_backwards_counts_as_nothing(tmp_path: Path) -> None:
    cpu = Cpu(copy_of("cloud-64core", tmp_path))
    cpu.collect()
    copy_of("cloud-64core-later", tmp_path)

    seen = values(cpu.collect())

    assert seen["system.cpu.utilization{cpu=3,state=iowait}"] == 0
    assert seen["system.cpu.utilization{cpu=3,state=user}"] == pytest.approx(0.6)


def test_cores_come_and_go(tmp_path: Path) -> None:
    def stat(ticks: int, *cores: int) -> bytes:
        lines = [b"cpu %d 0 0 %d 0 0 0 0 0 0" % (4 * ticks, 4 * ticks)]
        lines += [b"cpu%d %d 0 0 %d 0 0 0 0 0 0" % (core, ticks, ticks) for core in cores]
        return b"\n".join((*lines, b"intr 1", b"ctxt 1", b"processes 1", b""))

    cpu = Cpu(tree(tmp_path, {"proc/stat": stat(100, 0, 1)}))
    cores = []
    for ticks, online in ((200, (0, 1)), (300, (0,)), (400, (0, 1)), (500, (0, 1))):
        tree(tmp_path, {"proc/stat": stat(ticks, *online)})
        seen = values(cpu.collect())
        assert seen["system.cpu.logical.count"] == len(online)
        cores.append([core for core in (0, 1) if f"system.cpu.utilization{{cpu={core},state=user}}" in seen])

    assert cores == [[], [0], [0], [0, 1]]


def test_lines_that_are_cut_or_unknown_are_skipped() -> None:
    cpu = Cpu(host("odd"))

    assert values(cpu.collect()) == {
        "system.cpu.logical.count": 1,
        "system.cpu.interrupts": 5,
        "system.cpu.context_switches": 6,
        "system.processes.created": 7,
    }


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"cpu0 1 2 3 4 5 6 7 8\n", b"cpu  1 2 3\n", b"cpu  a b c d e f g h\n", b"\0" * 100]
)
def test_a_file_without_cpu_times_is_an_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"CPU times|invalid literal"):
        Cpu(tree(tmp_path, {"proc/stat": content})).collect()
