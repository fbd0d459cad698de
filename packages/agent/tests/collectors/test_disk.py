from pathlib import Path

import pytest
from opsentrix_agent.collectors.disk import Disk, Latency, Milliseconds
from opsentrix_agent.errors import CollectorUnavailableError

from .support import copy_of, host, reported, tree, values


def devices(seen: dict[str, float]) -> set[str]:
    return {name.partition("device=")[2].rstrip("}").partition(",")[0] for name in seen}


def line(name: str, *, reads: int = 10, sectors: int = 80, read_ms: int = 5, busy_ms: int = 7) -> bytes:
    return f"   8       0 {name} {reads} 0 {sectors} {read_ms} 20 0 160 9 0 {busy_ms} 14\n".encode()


def test_counters_of_a_disk() -> None:
    assert reported(Disk(host("vm-2core")).collect()) == {
        "system.disk.io{device=vda,direction=read}": 3412546 * 512,
        "system.disk.io{device=vda,direction=write}": 3910328 * 512,
        "system.disk.operations{device=vda,direction=read}": 79747,
        "system.disk.operations{device=vda,direction=write}": 23128,
        "system.disk.operation_time{device=vda,direction=read}": 15.853,
        "system.disk.operation_time{device=vda,direction=write}": 9.559,
        "system.disk.io_time{device=vda}": 10.284,
        "system.disk.weighted_io_time{device=vda}": 26.015,
    }


def test_only_disks_at_the_bottom_that_did_something_are_reported() -> None:
    # Not md0 on sda and sdb, not the volumes on it, not bcache0 on nvme0n1, no partition, no pseudo disk, no idle nbd0.
    assert devices(reported(Disk(host("storage-host")).collect())) == {"sda", "sdb", "nvme0n1", "cciss/c0d0"}


def test_lines_that_are_cut_are_skipped() -> None:
    assert devices(reported(Disk(host("odd")).collect())) == {"sda"}


def test_a_disk_appears_when_it_is_plugged_in_and_first_used(tmp_path: Path) -> None:
    paths = tree(tmp_path, {"sys/block/sda/size": b"9", "proc/diskstats": line("sda")})
    disk = Disk(paths)
    assert devices(reported(disk.collect())) == {"sda"}

    tree(tmp_path, {"sys/block/sdb/size": b"9", "proc/diskstats": line("sda") + b"8 16 sdb 0 0 0 0 0 0 0 0 0 0 0\n"})
    assert devices(reported(disk.collect())) == {"sda"}
    tree(tmp_path, {"proc/diskstats": line("sda") + line("sdb")})
    assert devices(reported(disk.collect())) == {"sda", "sdb"}
    tree(tmp_path, {"proc/diskstats": line("sdb")})
    assert devices(reported(disk.collect())) == {"sdb"}


def test_a_hostile_name_becomes_a_label_that_the_hub_takes(tmp_path: Path) -> None:
    paths = tree(tmp_path, {"sys/block/s\x1bd/size": b"9", "proc/diskstats": line("s\x1bd")})

    assert devices(reported(Disk(paths).collect())) == {r"s\x1bd"}


def test_time_goes_on_across_the_wrap_of_its_32_bits(tmp_path: Path) -> None:
    paths = tree(tmp_path, {"sys/block/sda/size": b"9", "proc/diskstats": line("sda", busy_ms=2**32 - 400)})
    disk = Disk(paths)
    before = reported(disk.collect())["system.disk.io_time{device=sda}"]
    tree(tmp_path, {"proc/diskstats": line("sda", busy_ms=350)})

    assert reported(disk.collect())["system.disk.io_time{device=sda}"] - before == pytest.approx(0.75)


def test_milliseconds_wrap_again_and_again() -> None:
    counter = Milliseconds()
    raw = [0, 2**31, 2**32 - 1, 5, 2**32 - 1, 5]
    assert [counter.seconds(one) for one in raw] == [
        0,
        2**31 / 1000,
        (2**32 - 1) / 1000,
        (2**32 + 5) / 1000,
        (2**33 - 1) / 1000,
        (2**33 + 5) / 1000,
    ]


@pytest.mark.parametrize("before", [11, 2**31, 2**32 - 2**23])
def test_a_device_that_began_anew_falls_instead_of_wrapping(before: int) -> None:
    counter = Milliseconds()
    assert [counter.seconds(one) for one in (2**32 - 1, 1000, before, 10)][-1] == 0.01


def test_without_sysfs_it_is_unavailable(tmp_path: Path) -> None:
    paths = copy_of("cloud-64core", tmp_path)
    with pytest.raises(CollectorUnavailableError, match="diskstats"):
        Disk(paths)
    (paths.proc / "diskstats").write_bytes(b"")
    with pytest.raises(CollectorUnavailableError, match="block"):
        Disk(paths)


def test_latency_is_the_mean_of_the_operations_since_the_tick_before(tmp_path: Path) -> None:
    paths = tree(tmp_path, {"sys/block/sda/size": b"9", "proc/diskstats": line("sda", reads=10, read_ms=5)})
    disk = Disk(paths)
    assert not [name for name in reported(disk.collect()) if "latency" in name]

    tree(tmp_path, {"proc/diskstats": line("sda", reads=14, read_ms=45)})
    seen = reported(disk.collect())
    assert seen["system.disk.latency{device=sda,direction=read}"] == pytest.approx(0.010)
    assert seen["system.disk.latency{device=sda,direction=write}"] == 0


def test_latency_is_not_told_when_the_counters_began_anew() -> None:
    latency = Latency()
    means = [latency.mean(*counters) for counters in ((100, 5.0), (110, 6.0), (3, 0.5), (4, 0.75), (5, 0.25), (2, 0.5))]

    assert means == [None, pytest.approx(0.1), None, 0.25, None, None]


def test_of_very_many_disks_some_are_left_out_and_counted(tmp_path: Path) -> None:
    names = [f"sd{number}" for number in range(70)]
    paths = tree(tmp_path, {f"sys/block/{name}/size": b"9" for name in names})
    disk = Disk(tree(tmp_path, {"proc/diskstats": b"".join(map(line, names))}))

    readings = disk.collect()
    assert len(devices(reported(readings))) == 64
    assert values(readings)["system.disk.left_out"] == 6
    (paths.proc / "diskstats").write_bytes(line("sd0"))
    assert values(disk.collect())["system.disk.left_out"] == 0
