from pathlib import Path

import pytest
from opsentrix_agent.collectors.vmstat import Vmstat

from .support import copy_of, host, tree, values


def test_faults_swapping_and_oom_kills() -> None:
    assert values(Vmstat(host("vm-2core")).collect()) == {
        "system.paging.faults{kind=minor}": 9876543 - 6543,
        "system.paging.faults{kind=major}": 6543,
        "system.paging.operations{direction=in}": 4096,
        "system.paging.operations{direction=out}": 8192,
        "system.linux.memory.oom_kills": 3,
    }


def test_without_swap_there_is_no_swapping_until_some_is_added(tmp_path: Path) -> None:
    paths = copy_of("rhel8", tmp_path)
    vmstat = Vmstat(paths)
    assert "system.paging.operations{direction=in}" not in values(vmstat.collect())

    copy_of("vm-2core", tmp_path)
    later = [values(vmstat.collect()) for _ in range(30)]
    assert later[-1]["system.paging.operations{direction=in}"] == 4096


def test_an_old_kernel_counts_no_oom_kills(tmp_path: Path) -> None:
    # And faults are counted on each CPU on its own, so the major ones may be ahead for a moment.
    vmstat = Vmstat(tree(tmp_path, {"proc/vmstat": b"pgmajfault 12\npgfault 10"}))

    assert values(vmstat.collect()) == {"system.paging.faults{kind=minor}": 0, "system.paging.faults{kind=major}": 12}


@pytest.mark.parametrize("content", [b"", b"\n\n", b"xpgfault 1\noom_killer 5\n", b"\0" * 50])
def test_other_lines_yield_nothing(tmp_path: Path, content: bytes) -> None:
    assert Vmstat(tree(tmp_path, {"proc/vmstat": content})).collect() == []


def test_words_for_numbers_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        Vmstat(tree(tmp_path, {"proc/vmstat": b"oom_kill many\n"})).collect()


def test_the_last_line_may_lack_its_end(tmp_path: Path) -> None:
    seen = values(Vmstat(tree(tmp_path, {"proc/vmstat": b"oom_kill 12"})).collect())

    assert seen == {"system.linux.memory.oom_kills": 12}
