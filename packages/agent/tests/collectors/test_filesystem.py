from pathlib import Path

import pytest
from opsentrix_agent.collectors.filesystem import Filesystem

from .support import DATA, FakeStatvfs, copy_of, host, reported, tree, values

SMALL = (1000, 400, 300, 100, 25)


def points(case: str) -> list[bytes]:
    """Return the mount points that the collector asks about on a machine."""
    statvfs = FakeStatvfs({})
    Filesystem(host(case), statvfs=statvfs).collect()
    return statvfs.asked


def test_space_and_inodes() -> None:
    seen = reported(Filesystem(host("vm-2core"), statvfs=FakeStatvfs({b"/": SMALL})).collect())

    at = "device=/dev/vda1,mountpoint=/"
    assert seen == {
        f"system.filesystem.usage{{{at},state=used,type=ext4}}": 600 * 4096,
        f"system.filesystem.usage{{{at},state=free,type=ext4}}": 300 * 4096,
        f"system.filesystem.usage{{{at},state=reserved,type=ext4}}": 100 * 4096,
        f"system.filesystem.utilization{{{at},type=ext4}}": pytest.approx(600 / 900),
        f"system.filesystem.inodes.usage{{{at},state=used,type=ext4}}": 75,
        f"system.filesystem.inodes.usage{{{at},state=free,type=ext4}}": 25,
        f"system.filesystem.inodes.utilization{{{at},type=ext4}}": 0.75,
        f"system.filesystem.read_only{{{at},type=ext4}}": 0,
    }


def test_a_filesystem_without_inodes_or_without_blocks() -> None:
    sizes = {b"/": (0, 0, 0, 10, 5), b"/boot/efi": (1000, 1000, 1000, 0, 0)}
    seen = reported(Filesystem(host("vm-2core"), statvfs=FakeStatvfs(sizes)).collect())

    assert not [name for name in seen if "mountpoint=/," in name and "zation" in name and "inodes" not in name]
    assert not [name for name in seen if "mountpoint=/boot/efi," in name and "inodes" in name]
    assert seen["system.filesystem.utilization{device=/dev/vda15,mountpoint=/boot/efi,type=vfat}"] == 0


def test_only_local_filesystems_on_a_device_are_asked_and_each_once() -> None:
    assert points("storage-host") == [
        b"/",
        b"/boot",
        # Of two btrfs subvolumes of one filesystem, and of a bind mount and its source, one.
        b"/home",
        b"/mnt/hidden",
        b"/srv/My Data",
        b"/tank",
        b"/tank/vm",
    ]


def test_the_upper_one_of_two_mounts_on_one_point_is_reported() -> None:
    seen = reported(Filesystem(host("storage-host"), statvfs=FakeStatvfs({b"/mnt/hidden": SMALL})).collect())

    assert {name.partition("device=")[2].partition(",")[0] for name in seen} == {"/dev/mapper/vg0-shown"}


def test_overlays_and_the_mounts_of_pods_are_left_out() -> None:
    assert points("container-host") == [
        b"/",
        b"/var/lib/docker",
        b"/var/lib/kubelet/plugins/csi/pv/pvc-1/globalmount",
    ]


def test_inside_a_container_the_volume_stands_for_its_filesystem() -> None:
    assert points("inside-container") == [b"/data"]


def test_odd_mounts_have_labels_that_the_hub_takes() -> None:
    long = b"/mnt/" + b"x" * 300
    statvfs = FakeStatvfs(dict.fromkeys((b"/mnt/a\nb\x1b[31m", b"/mnt/back\\slash", long + b"a", long + b"b"), SMALL))

    seen = reported(Filesystem(host("odd"), statvfs=statvfs).collect())

    found = {name.partition("mountpoint=")[2].partition(",")[0] for name in seen if ".utilization" in name}
    # The two long names are one when cut, so one of them is reported.
    assert found == {r"/mnt/a\x0ab\x1b[31m", r"/mnt/back\\slash", ("/mnt/" + "x" * 300)[:256]}


@pytest.mark.parametrize("failure", [PermissionError(), OSError(5, "Input/output error"), FileNotFoundError()])
def test_a_filesystem_that_cannot_be_asked_does_not_lose_the_others(failure: OSError) -> None:
    statvfs = FakeStatvfs({b"/": SMALL, b"/boot/efi": SMALL})
    statvfs.failures[b"/"] = failure

    seen = reported(Filesystem(host("vm-2core"), statvfs=statvfs).collect())

    assert {name.partition("mountpoint=")[2].partition(",")[0] for name in seen} == {"/boot/efi"}


def test_mounts_come_and_go(tmp_path: Path) -> None:
    paths = copy_of("vm-2core", tmp_path)
    collector = Filesystem(paths, statvfs=FakeStatvfs({b"/": SMALL, b"/boot/efi": SMALL, b"/data": SMALL}))
    assert len(reported(collector.collect())) == 16
    mountinfo = (DATA / "vm-2core/proc/self/mountinfo").read_bytes().splitlines(keepends=True)

    new = b"99 27 254:32 / /data rw shared:99 - ext4 /dev/vdc rw\n"
    (paths.proc / "self/mountinfo").write_bytes(b"".join([*mountinfo, new]))
    assert len(reported(collector.collect())) == 24
    (paths.proc / "self/mountinfo").write_bytes(b"".join(mountinfo[:-1]))
    assert len(reported(collector.collect())) == 8


@pytest.mark.parametrize("content", [b"", b"\n\n", b" - ", b"a b c d e f - ", b"\0\0\0", b"1 2 3 4 5 6 7 8 9 -\n"])
def test_garbage_in_the_mount_table_yields_nothing(tmp_path: Path, content: bytes) -> None:
    paths = tree(tmp_path, {"proc/self/mountinfo": content})
    assert reported(Filesystem(paths, statvfs=FakeStatvfs({})).collect()) == {}


@pytest.mark.parametrize(
    ("own", "of_filesystem", "read_only"),
    [
        (b"rw,relatime", b"rw,errors=remount-ro", 0),
        (b"rw,relatime", b"ro,errors=remount-ro", 1),
        (b"rw", b"rw,emergency_ro", 1),
        (b"rw", b"rw,shutdown", 1),
        # As everything is in a sandbox, or a bind mount that only the container may not write to.
        (b"ro,relatime", b"rw", 0),
    ],
)
def test_a_filesystem_that_became_read_only(tmp_path: Path, own: bytes, of_filesystem: bytes, read_only: int) -> None:
    line = b"27 1 254:1 / / %b shared:1 - ext4 /dev/vda1 %b\n" % (own, of_filesystem)
    paths = tree(tmp_path, {"proc/self/mountinfo": line})

    seen = reported(Filesystem(paths, statvfs=FakeStatvfs({b"/": SMALL})).collect())

    assert seen["system.filesystem.read_only{device=/dev/vda1,mountpoint=/,type=ext4}"] == read_only


def test_of_very_many_filesystems_some_are_left_out_and_counted(tmp_path: Path) -> None:
    lines = b"".join(b"%d 1 8:%d / /mnt/%d rw - ext4 /dev/sd%d rw\n" % (one, one, one, one) for one in range(70))
    statvfs = FakeStatvfs({b"/mnt/%d" % one: SMALL for one in range(70)})
    collector = Filesystem(tree(tmp_path, {"proc/self/mountinfo": lines}), statvfs=statvfs)
    seen = values(collector.collect())

    assert len(statvfs.asked) == 64
    assert seen["system.filesystem.left_out"] == 6
