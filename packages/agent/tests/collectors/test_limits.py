from pathlib import Path

import pytest
from opsentrix_agent.collectors.limits import Limits

from .support import copy_of, host, tree, values


def test_what_is_in_use_and_the_limits() -> None:
    assert values(Limits(host("vm-2core")).collect()) == {
        "system.linux.file_handles.usage": 1607,
        "system.linux.file_handles.limit": 16070,
        "system.linux.file_handles.utilization": 0.1,
        "system.linux.inodes.usage": 262144 - 1302,
        "system.linux.entropy.available": 256,
        "system.thread.limit": 15640,
        "system.thread.utilization": pytest.approx(103 / 15640, abs=0.01),
        "system.network.conntrack.count": 16384,
        "system.network.conntrack.max": 65536,
        "system.network.conntrack.utilization": 0.25,
        "system.network.conntrack.dropped": 16,
    }


def test_a_container_shows_less() -> None:
    assert values(Limits(host("inside-container")).collect()) == {
        "system.linux.file_handles.usage": 3456,
        "system.linux.file_handles.limit": 2**63 - 1,
        "system.linux.file_handles.utilization": pytest.approx(0),
    }


def test_a_limit_of_nothing_is_no_division_by_it() -> None:
    assert values(Limits(host("odd")).collect())["system.linux.file_handles.utilization"] == 0


def test_connection_tracking_comes_and_goes_with_its_module(tmp_path: Path) -> None:
    paths = copy_of("rhel8", tmp_path)
    limits = Limits(paths)
    assert "system.network.conntrack.count" not in values(limits.collect())
    module = {"nf_conntrack_count": b"5\n", "nf_conntrack_max": b"10\n"}
    tree(tmp_path, {f"proc/sys/net/netfilter/{name}": content for name, content in module.items()})
    seen = [values(limits.collect()) for _ in range(10)][-1]
    assert seen["system.network.conntrack.utilization"] == 0.5
    assert "system.network.conntrack.dropped" not in seen

    for name in module:
        (paths.proc / "sys/net/netfilter" / name).unlink()
    seen = [values(limits.collect()) for _ in range(10)][-1]
    assert "system.network.conntrack.count" not in seen


@pytest.mark.parametrize("content", [b"", b"1 2", b"a b c"])
def test_garbage_is_an_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"unpack|invalid literal"):
        Limits(tree(tmp_path, {"proc/sys/fs/file-nr": content})).collect()
