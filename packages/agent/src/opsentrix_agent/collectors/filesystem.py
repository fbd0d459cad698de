"""Space and inodes of mounted filesystems, from `/proc/self/mountinfo` (proc_pid_mountinfo(5)) and statvfs(3)."""

import os
import re
from collections.abc import Callable
from typing import ClassVar, NamedTuple

from opsentrix_protocol.catalogue import Kind, Labels, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.source import printable, read, require

_USAGE = Metric(
    "system.filesystem.usage",
    "By",
    Kind.GAUGE,
    "Space by state: used, free to anybody, reserved (free to root only). The states sum to the size",
)
_UTILIZATION = Metric(
    "system.filesystem.utilization", "1", Kind.GAUGE, "Used share of the space that is not reserved, as df shows it"
)
_INODES_USAGE = Metric("system.filesystem.inodes.usage", "{inode}", Kind.GAUGE, "Inodes by state: used and free")
_INODES_UTILIZATION = Metric("system.filesystem.inodes.utilization", "1", Kind.GAUGE, "Used share of the inodes")
_READ_ONLY = Metric(
    "system.filesystem.read_only",
    "1",
    Kind.GAUGE,
    "Whether writing is refused (1), as it is after errors of the disk, or not (0)",
)
_LEFT_OUT = Metric(
    "system.filesystem.left_out", "{filesystem}", Kind.GAUGE, "Filesystems that are not reported because there are many"
)

# Images, which are full by nature.
_IMAGE_TYPES = frozenset((b"squashfs", b"iso9660", b"udf", b"erofs", b"cramfs", b"romfs"))
# The space is on this machine though no single device is named.
_DEVICELESS_TYPES = frozenset((b"zfs",))
# statvfs on these waits for somebody who may never answer: a server, or a program in user space.
_BLOCKING_TYPES = frozenset((b"nfs", b"nfs4", b"cifs", b"smb3", b"smbfs", b"fuse", b"fuseblk", b"ceph", b"afs", b"9p"))
# Since Linux 6.15 ext4 stays "rw" after an error that makes it refuse to write.
_READ_ONLY_OPTIONS = frozenset((b"ro", b"emergency_ro", b"shutdown"))
_MAX_FILESYSTEMS = 64

_OCTAL_ESCAPE = re.compile(rb"\\([0-7]{3})")


class _Mount(NamedTuple):
    device_id: bytes
    root: bytes
    point: bytes
    kind: bytes
    source: bytes
    read_only: bool

    def is_wanted(self) -> bool:
        if self.kind in _BLOCKING_TYPES or self.kind.startswith(b"fuse.") or self.kind in _IMAGE_TYPES:
            return False
        return self.source.startswith(b"/dev/") or self.kind in _DEVICELESS_TYPES


class _Target(NamedTuple):
    """A mount point to ask, and the labels of its series."""

    point: bytes
    whole: Labels
    used: Labels
    free: Labels
    reserved: Labels
    read_only: bool


class Filesystem:
    """How full the local filesystems are.

    Reported is each filesystem that lies on a device (or is ZFS), once: where it is mounted several times, as bind
    mounts or subvolumes, at its root and the shortest path. Left out are filesystems in memory, overlays, read-only
    images, and network and FUSE filesystems, because asking these blocks while their server does not answer. At most 64
    are reported.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (
        _USAGE,
        _UTILIZATION,
        _INODES_USAGE,
        _INODES_UTILIZATION,
        _READ_ONLY,
        _LEFT_OUT,
    )

    def __init__(self, paths: HostPaths, *, statvfs: Callable[[bytes], os.statvfs_result] = os.statvfs) -> None:
        self._path = require(paths.proc / "self" / "mountinfo")
        self._statvfs = statvfs
        self._mountinfo = b""
        self._targets: tuple[_Target, ...] = ()
        self._left_out = 0

    def collect(self) -> list[Reading]:
        """Return space and inodes of each filesystem; one that cannot be asked has none at this tick.

        Raises:
            OSError: the mount table cannot be read.
        """
        # Read each time: at a point where nothing is mounted any more, statvfs would tell of the filesystem below.
        mountinfo = read(self._path)
        if mountinfo != self._mountinfo:
            targets = _targets(mountinfo)
            self._targets = targets[:_MAX_FILESYSTEMS]
            self._left_out = len(targets) - len(self._targets)
            self._mountinfo = mountinfo
        readings: list[Reading] = [(_LEFT_OUT, (), self._left_out)]
        for target in self._targets:
            try:
                stat = self._statvfs(target.point)
            except OSError:
                # Forbidden, just unmounted, or broken: its series pause, which is the truth, and the others go on.
                continue
            _add_space(readings, target, stat)
            _add_inodes(readings, target, stat)
            readings.append((_READ_ONLY, target.whole, float(target.read_only)))
        return readings


def _add_space(readings: list[Reading], target: _Target, stat: os.statvfs_result) -> None:
    unit = stat.f_frsize or stat.f_bsize
    used = max(0, stat.f_blocks - stat.f_bfree)
    free = min(stat.f_bavail, stat.f_bfree)
    if used + free <= 0:
        return
    readings += (
        (_USAGE, target.used, used * unit),
        (_USAGE, target.free, free * unit),
        (_USAGE, target.reserved, (stat.f_bfree - free) * unit),
        (_UTILIZATION, target.whole, used / (used + free)),
    )


def _add_inodes(readings: list[Reading], target: _Target, stat: os.statvfs_result) -> None:
    # Filesystems that make inodes as needed, such as btrfs and vfat, say 0.
    if stat.f_files <= 0:
        return
    used = max(0, stat.f_files - stat.f_ffree)
    readings += (
        (_INODES_USAGE, target.used, used),
        (_INODES_USAGE, target.free, stat.f_ffree),
        (_INODES_UTILIZATION, target.whole, used / stat.f_files),
    )


def _targets(mountinfo: bytes) -> tuple[_Target, ...]:
    """Return one target for each filesystem, in the order of their mount points."""
    # A later mount on the same point hides the earlier one, whatever its type.
    visible = {mount.point: mount for line in mountinfo.split(b"\n") if (mount := _parse(line))}
    chosen: dict[bytes, _Mount] = {}
    for mount in sorted(visible.values(), key=lambda one: (one.root != b"/", len(one.point), one.point)):
        if mount.is_wanted():
            chosen.setdefault(mount.device_id, mount)
    targets: dict[Labels, _Target] = {}
    for mount in sorted(chosen.values(), key=lambda one: one.point):
        target = _target(mount)
        # Two names that are the same once cut to a label's length must not become one series.
        targets.setdefault(target.whole, target)
    return tuple(targets.values())


def _parse(line: bytes) -> _Mount | None:
    """Return the mount that a line tells of, or None where it is not complete."""
    # id parent major:minor root point options [tag...] - type source options
    place, separator, what = line.partition(b" - ")
    left, right = place.split(b" "), what.split(b" ")
    if not separator or len(left) < 6 or len(right) < 2:
        return None
    # The options of the filesystem itself: those of the mount are read-only wherever the agent runs in a sandbox.
    read_only = len(right) > 2 and not _READ_ONLY_OPTIONS.isdisjoint(right[2].split(b","))
    return _Mount(left[2], left[3], _unescape(left[4]), right[0], _unescape(right[1]), read_only)


def _unescape(field: bytes) -> bytes:
    return _OCTAL_ESCAPE.sub(lambda match: bytes((int(match[1], 8) & 0xFF,)), field)


def _target(mount: _Mount) -> _Target:
    names = {"device": printable(mount.source), "mountpoint": printable(mount.point), "type": printable(mount.kind)}
    return _Target(
        mount.point,
        labels_of(**names),
        labels_of(state="used", **names),
        labels_of(state="free", **names),
        labels_of(state="reserved", **names),
        mount.read_only,
    )
