from pathlib import Path

import pytest
from opsentrix_agent.collectors.swap import Swap

from .support import copy_of, host, tree, values


def test_space() -> None:
    assert values(Swap(host("vm-2core")).collect()) == {
        "system.paging.usage{state=used}": (2097148 - 1572861) * 1024,
        "system.paging.usage{state=free}": 1572861 * 1024,
        "system.paging.utilization{state=used}": pytest.approx(0.25, abs=0.001),
        "system.paging.utilization{state=free}": pytest.approx(0.75, abs=0.001),
    }


@pytest.mark.parametrize("case", ["odd", "cloud-64core"])
def test_a_machine_without_swap_has_no_such_series(case: str) -> None:
    assert values(Swap(host(case)).collect()) == {}


def test_swap_added_later_appears(tmp_path: Path) -> None:
    paths = copy_of("odd", tmp_path)
    swap = Swap(paths)
    swap.collect()
    copy_of("vm-2core", tmp_path)

    assert "system.paging.usage{state=used}" in values(swap.collect())


def test_garbage_is_an_error(tmp_path: Path) -> None:
    files = {"proc/meminfo": b"SwapTotal: ten kB\n"}
    with pytest.raises(ValueError, match="invalid literal"):
        Swap(tree(tmp_path, files)).collect()
