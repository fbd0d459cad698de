"""Software RAID arrays, from `/proc/mdstat` (md(4))."""

from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.pace import Pace
from opsentrix_agent.collectors.source import finite, printable, read, require

_DISKS = Metric(
    "system.linux.mdraid.disks",
    "{disk}",
    Kind.GAUGE,
    "Disks of an array by state; missing ones are those without which it is degraded. Read every 5 s",
)
_ACTIVE = Metric(
    "system.linux.mdraid.active", "1", Kind.GAUGE, "Whether the array works: 1, or 0 where it is stopped or broken"
)
_SYNC = Metric(
    "system.linux.mdraid.sync.progress",
    "1",
    Kind.GAUGE,
    "How far a rebuild, check or reshape has come; absent while there is none",
)
_LEFT_OUT = Metric(
    "system.linux.mdraid.left_out", "{array}", Kind.GAUGE, "Arrays that are not reported because there are many"
)

_READ_EVERY_TICKS = 5
_MAX_ARRAYS = 32
_STATES = ("active", "missing", "failed", "spare")
_SYNC_WORDS = (b"recovery", b"resync", b"reshape", b"check", b"repair")


class Mdraid:
    """Whether the arrays of disks are whole. At most 32 are reported."""

    metrics: ClassVar[tuple[Metric, ...]] = (_DISKS, _ACTIVE, _SYNC, _LEFT_OUT)

    def __init__(self, paths: HostPaths) -> None:
        self._path = require(paths.proc / "mdstat")
        self._pace = Pace(_READ_EVERY_TICKS)
        self._readings: list[Reading] = []

    def collect(self) -> list[Reading]:
        """Return the state of each array, as read last.

        Raises:
            OSError: `/proc/mdstat` cannot be read.
            ValueError: it holds something else than numbers where these are.
        """
        if self._pace.due():
            arrays = _arrays(read(self._path))
            self._readings = [reading for lines in arrays[:_MAX_ARRAYS] for reading in _readings(lines)]
            self._readings.append((_LEFT_OUT, (), max(0, len(arrays) - _MAX_ARRAYS)))
        return self._readings


def _arrays(mdstat: bytes) -> list[list[bytes]]:
    """Return the lines of each array: the first is not indented, those that follow are."""
    arrays: list[list[bytes]] = []
    inside = False
    for line in mdstat.split(b"\n"):
        if line[:1].strip():
            name, colon, state = line.partition(b" : ")
            inside = bool(colon) and state.startswith((b"active", b"inactive")) and b" " not in name
            if inside:
                arrays.append([line])
        elif inside and line.strip():
            arrays[-1].append(line)
    return arrays


def _readings(lines: list[bytes]) -> list[Reading]:
    # md0 : active (auto-read-only) raid1 sdb1[1](F) sda1[0] sdc1[2](S)
    name, _, rest = lines[0].partition(b" : ")
    device = printable(name)
    words = rest.split()
    active = words[0] == b"active"
    members = [word for word in words if b"[" in word]
    counts = dict.fromkeys(_STATES, 0)
    for member in members:
        flags = member.partition(b"]")[2]
        counts["failed" if b"(F)" in flags else "spare" if b"(S)" in flags else "active"] += 1
    progress: float | None = None
    for line in lines[1:]:
        # 1953382464 blocks super 1.2 [2/1] [U_]: wanted and working disks; arrays without redundancy do not say.
        for word in line.split():
            wanted, slash, working = word.removeprefix(b"[").removesuffix(b"]").partition(b"/")
            if slash and word.startswith(b"[") and wanted.isdigit() and working.isdigit():
                counts["active"] = int(working)
                counts["missing"] = max(0, int(wanted) - int(working))
        progress = _progress(line) if progress is None else progress
    readings: list[Reading] = [(_ACTIVE, labels_of(device=device), float(active))]
    readings += [(_DISKS, labels_of(device=device, state=state), count) for state, count in counts.items()]
    if progress is not None:
        readings.append((_SYNC, labels_of(device=device), progress))
    return readings


def _progress(line: bytes) -> float | None:
    # [==>..................]  recovery = 12.6% (123456/976640) finish=..., or resync=DELAYED
    for word in _SYNC_WORDS:
        _, found, rest = line.partition(word)
        if found:
            percent = rest.lstrip(b" =").partition(b"%")
            return finite(percent[0]) / 100 if percent[1] else 0.0
    return None
