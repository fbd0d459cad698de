import os
from pathlib import Path

import pytest
from opsentrix_agent.collector import HostPaths
from opsentrix_agent.collectors.cgroups import LOOK_EVERY_S, MAX_GROUPS, Cgroups
from opsentrix_agent.collectors.kernelfile import KernelFile

from .support import host, tree, values

ROOT = "sys/fs/cgroup/"


def test_groups_at_the_top() -> None:
    seen = values(Cgroups(host("vm-2core")).collect())

    assert {name: value for name, value in seen.items() if "user.slice" in name} == {
        "cgroup.cpu.usage{cgroup=user.slice}": 5,
        "cgroup.memory.usage{cgroup=user.slice}": 90_000_000,
        "cgroup.tasks{cgroup=user.slice}": 12,
        "cgroup.disk.io{cgroup=user.slice,direction=read}": 1000,
        "cgroup.disk.io{cgroup=user.slice,direction=write}": 2000,
        **{
            f"cgroup.pressure.stall_time{{cgroup=user.slice,resource={resource},stall={stall}}}": total
            for resource in ("cpu", "memory", "io")
            for stall, total in (("some", 0.003), ("full", 0))
        },
    }
    assert seen["cgroup.left_out"] == 0
    assert seen["cgroup.cpu.usage{cgroup=system.slice}"] == 61
    assert not [name for name in seen if "nginx" in name]


def test_version_1(tmp_path: Path) -> None:
    paths = tree(
        tmp_path,
        {
            ROOT + "memory/machine.slice/memory.usage_in_bytes": b"4096\n",
            ROOT + "cpuacct/machine.slice/cpuacct.usage": b"1500000000\n",
            ROOT + "pids/machine.slice/pids.current": b"7\n",
            ROOT + "blkio/machine.slice/blkio.throttle.io_service_bytes": b"8:0 Read 1\n8:0 Write 2\nTotal 3\n",
        },
    )

    assert values(Cgroups(paths).collect()) == {
        "cgroup.left_out": 0,
        "cgroup.cpu.usage{cgroup=machine.slice}": 1.5,
        "cgroup.memory.usage{cgroup=machine.slice}": 4096,
        "cgroup.tasks{cgroup=machine.slice}": 7,
        "cgroup.disk.io{cgroup=machine.slice,direction=read}": 1,
        "cgroup.disk.io{cgroup=machine.slice,direction=write}": 2,
    }


def test_users_have_their_own_and_mounts_are_no_groups(tmp_path: Path) -> None:
    names = ("user.slice/user-1000.slice", "dev-mqueue.mount", "init.scope")
    paths = tree(tmp_path, {f"{ROOT}{name}/cpu.stat": b"usage_usec 5\n" for name in names})
    tree(tmp_path, {ROOT + "cgroup.controllers": b"cpu\n"})

    groups = {name.partition("cgroup=")[2].rstrip("}") for name in values(Cgroups(paths).collect())} - {""}

    assert groups == {"init.scope", "user.slice/user-1000.slice"}


def test_groups_are_bounded_and_those_left_out_are_counted(tmp_path: Path) -> None:
    files = {f"{ROOT}g{number:03}/cpu.stat": b"usage_usec 5\n" for number in range(MAX_GROUPS + 8)}
    paths = tree(tmp_path, files | {ROOT + "cgroup.controllers": b"cpu\n"})

    seen = values(Cgroups(paths).collect())

    assert seen["cgroup.left_out"] == 8
    assert len(seen) == 1 + MAX_GROUPS


def test_new_groups_are_found_and_gone_ones_forgotten(tmp_path: Path) -> None:
    paths = tree(tmp_path, {ROOT + "cgroup.controllers": b"", ROOT + "a.slice/cpu.stat": b"usage_usec 1\n"})
    now = [0.0]
    cgroups = Cgroups(paths, clock=lambda: now[0])
    cgroups.collect()
    (paths.sys / "fs/cgroup/a.slice").rename(paths.sys / "fs/cgroup/b.slice")
    tree(tmp_path, {ROOT + "c.slice/cpu.stat": b"usage_usec 2000000\n"})
    now[0] += LOOK_EVERY_S

    assert set(values(cgroups.collect())) == {
        "cgroup.left_out",
        "cgroup.cpu.usage{cgroup=b.slice}",
        "cgroup.cpu.usage{cgroup=c.slice}",
    }


def test_hostile_names(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path / ROOT) + b"/e\x1b[2J\xff\n"
    tree(tmp_path, {ROOT + "cgroup.controllers": b""})
    os.mkdir(folder)  # noqa: PTH102 - a name that is no text
    Path(os.fsdecode(folder), "cpu.stat").write_bytes(b"usage_usec 1\n")

    seen = values(Cgroups(HostPaths(sys=tmp_path / "sys")).collect())

    assert r"cgroup.cpu.usage{cgroup=e\x1b[2J\xff\x0a}" in seen


@pytest.mark.parametrize("content", [b"usage_usec x\n", b"usage_usec 1.5\n"])
def test_garbage_is_an_error(tmp_path: Path, content: bytes) -> None:
    paths = tree(tmp_path, {ROOT + "cgroup.controllers": b"", ROOT + "a.slice/cpu.stat": content})

    with pytest.raises(ValueError, match="invalid literal"):
        Cgroups(paths).collect()


def test_descriptors_are_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KernelFile, "max_open", KernelFile._open + 5)
    files = {f"{ROOT}g{number}/cpu.stat": b"usage_usec 5\n" for number in range(20)}
    paths = tree(tmp_path, files | {ROOT + "cgroup.controllers": b""})
    before = len(list(Path("/proc/self/fd").iterdir()))
    cgroups = Cgroups(paths)

    for _ in range(2):
        assert len(values(cgroups.collect())) == 21

    assert len(list(Path("/proc/self/fd").iterdir())) == before + 5
