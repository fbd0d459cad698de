from pathlib import Path

import pytest
from opsentrix_agent.collectors.mdraid import Mdraid
from opsentrix_agent.collectors.zfs import Zfs

from .support import copy_of, host, reported, tree, values

STATES = ("active", "missing", "failed", "spare")


def disks(seen: dict[str, float], device: str) -> tuple[float, ...]:
    return tuple(seen[f"system.linux.mdraid.disks{{device={device},state={state}}}"] for state in STATES)


def arrays(tmp_path: Path, mdstat: bytes) -> dict[str, float]:
    return reported(Mdraid(tree(tmp_path, {"proc/mdstat": b"Personalities : [raid1]\n" + mdstat})).collect())


def test_an_array_that_is_rebuilt_and_one_that_is_whole() -> None:
    seen = reported(Mdraid(host("vm-2core")).collect())

    assert disks(seen, "md0") == (2, 0, 0, 0)
    assert disks(seen, "md1") == (2, 1, 1, 1)
    assert seen["system.linux.mdraid.active{device=md0}"] == 1
    assert seen["system.linux.mdraid.sync.progress{device=md1}"] == pytest.approx(0.085)
    assert "system.linux.mdraid.sync.progress{device=md0}" not in seen


@pytest.mark.parametrize(
    ("text", "counts", "active"),
    [
        (b"md0 : active raid1 sdb1[1](F) sda1[0]\n      9 blocks [2/1] [U_]\n", (1, 1, 1, 0), 1),
        (
            b"md0 : active (auto-read-only) raid10 sdb1[1] sda1[0]\n   9 blocks 2 near-copies [2/2] [UU]\n",
            (2, 0, 0, 0),
            1,
        ),
        (b"md0 : active raid0 sdb1[1] sda1[0]\n      9 blocks super 1.2 512k chunks\n", (2, 0, 0, 0), 1),
        (b"md127 : inactive sdb1[1](S) sda1[0](S)\n      9 blocks super 1.2\n", (0, 0, 0, 2), 0),
    ],
)
def test_arrays_of_other_kinds(tmp_path: Path, text: bytes, counts: tuple[int, ...], active: int) -> None:
    seen = arrays(tmp_path, text)
    device = text.split(b" ")[0].decode()

    assert disks(seen, device) == counts
    assert seen[f"system.linux.mdraid.active{{device={device}}}"] == active


@pytest.mark.parametrize(
    ("line", "progress"),
    [
        (b"[>....]  check =  0.5% (1/2) finish=1min", 0.005),
        (b"[==>..]  reshape = 12.6% (1/2)", 0.126),
        (b"resync=DELAYED", 0),
        (b"resync=PENDING", 0),
    ],
)
def test_progress(tmp_path: Path, line: bytes, progress: float) -> None:
    seen = arrays(tmp_path, b"md0 : active raid1 sda1[0]\n      9 blocks [1/1] [U]\n      %b\n" % line)

    assert seen["system.linux.mdraid.sync.progress{device=md0}"] == pytest.approx(progress)


def test_odd_arrays_yield_no_more_than_they_say() -> None:
    seen = reported(Mdraid(host("odd")).collect())

    assert disks(seen, "md1") == (0, 0, 0, 0)
    assert seen[r"system.linux.mdraid.active{device=ev\x1bil}"] == 1
    assert not [name for name in seen if "device=md0" in name]


@pytest.mark.parametrize("mdstat", [b"", b"unused devices: <none>\n", b"\xff : \n : active\n", b"   x\n"])
def test_a_machine_without_arrays(tmp_path: Path, mdstat: bytes) -> None:
    assert not [name for name in arrays(tmp_path, mdstat) if "device=md" in name]


def test_arrays_are_read_every_5_ticks(tmp_path: Path) -> None:
    paths = copy_of("vm-2core", tmp_path)
    mdraid = Mdraid(paths)
    mdraid.collect()
    (paths.proc / "mdstat").write_bytes(b"md0 : active raid1 sda2[0]\n      9 blocks [2/1] [U_]\n")
    assert [disks(reported(mdraid.collect()), "md0")[1] for _ in range(5)] == [0, 0, 0, 0, 1]


def test_of_very_many_arrays_some_are_left_out_and_counted(tmp_path: Path) -> None:
    text = b"".join(b"md%d : active raid0 sda%d[0]\n" % (one, one) for one in range(40))
    mdraid = Mdraid(tree(tmp_path, {"proc/mdstat": text}))

    seen = values(mdraid.collect())
    assert len(seen) == 32 * 5 + 1
    assert seen["system.linux.mdraid.left_out"] == 8


def test_of_very_many_pools_some_are_left_out_and_counted(tmp_path: Path) -> None:
    files = {f"proc/spl/kstat/zfs/pool{one}/state": b"ONLINE\n" for one in range(40)}
    seen = values(Zfs(tree(tmp_path, {"proc/spl/kstat/zfs/arcstats": b"", **files})).collect())

    assert len(seen) == 32 + 1
    assert seen["zfs.pool.left_out"] == 8


def test_pools_and_the_cache_of_zfs() -> None:
    assert reported(Zfs(host("vm-2core")).collect()) == {
        "zfs.pool.online{pool=tank}": 1,
        "zfs.pool.online{pool=old}": 0,
        "zfs.arc.usage": 3900000000,
        "zfs.arc.limit": 8000000000,
        "zfs.arc.requests{result=hit}": 8675309,
        "zfs.arc.requests{result=miss}": 12345,
    }


def test_a_hostile_pool_and_a_cut_table() -> None:
    assert reported(Zfs(host("odd")).collect()) == {r"zfs.pool.online{pool=p\x1bool}": 0}


def test_pools_come_and_go(tmp_path: Path) -> None:
    paths = copy_of("vm-2core", tmp_path)
    zfs = Zfs(paths)
    zfs.collect()
    (paths.proc / "spl/kstat/zfs/tank/state").write_bytes(b"FAULTED\n")
    (paths.proc / "spl/kstat/zfs/old/state").unlink()
    pools = [{name: value for name, value in reported(zfs.collect()).items() if "pool" in name} for _ in range(5)]

    assert pools[3] == {"zfs.pool.online{pool=tank}": 1, "zfs.pool.online{pool=old}": 0}
    assert pools[4] == {"zfs.pool.online{pool=tank}": 0}
