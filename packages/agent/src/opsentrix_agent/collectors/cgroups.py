"""What the control groups at the top use: slices of services, of users, of virtual machines."""

import time
from collections.abc import Callable
from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Labels, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.cgroupfs import Cgroup, CgroupTree
from opsentrix_agent.collectors.source import printable

_CPU = Metric("cgroup.cpu.usage", "{cpu}", Kind.RATE, "Cores that the group uses, all groups below it included")
_MEMORY = Metric("cgroup.memory.usage", "By", Kind.GAUGE, "Memory of the group, page cache included")
_TASKS = Metric("cgroup.tasks", "{task}", Kind.GAUGE, "Processes and threads in the group")
_IO = Metric("cgroup.disk.io", "By/s", Kind.RATE, "Bytes that the group reads from and writes to block devices")
_PRESSURE = Metric(
    "cgroup.pressure.stall_time",
    "1",
    Kind.RATE,
    "Share of the time in which some, or all, tasks of the group wait for a resource (pressure stall information)",
)
_LEFT_OUT = Metric("cgroup.left_out", "{group}", Kind.GAUGE, "Groups that are not reported because there are many")

MAX_GROUPS = 32
LOOK_EVERY_S = 30.0
_USERS = b"user.slice"
_RESOURCES = ("cpu", "memory", "io")
_STALLS = ("some", "full")
_NO_GROUPS = (b".mount", b".socket", b".swap", b".automount")
"""What systemd makes groups for that never hold a process for long."""


class _Group:
    """A group with its labels."""

    __slots__ = ("cgroup", "directions", "labels", "pressures")

    def __init__(self, cgroup: Cgroup) -> None:
        name = printable(cgroup.path)
        self.cgroup = cgroup
        self.labels = labels_of(cgroup=name)
        self.directions = tuple(labels_of(cgroup=name, direction=one) for one in ("read", "write"))
        self.pressures: dict[str, tuple[Labels, ...]] = {
            resource: tuple(labels_of(cgroup=name, resource=resource, stall=stall) for stall in _STALLS)
            for resource in _RESOURCES
        }


class Cgroups:
    """CPU, memory, tasks, disk traffic and pressure of the groups right below the root, and of each user's slice.

    At most 32 groups are reported; which there are is looked up every 30 seconds. Groups without tasks count too. With
    version 1 of the groups there is no pressure.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (_CPU, _MEMORY, _TASKS, _IO, _PRESSURE, _LEFT_OUT)

    def __init__(self, paths: HostPaths, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._tree = CgroupTree(paths.sys)
        self._clock = clock
        self._look_at = 0.0
        self._groups: dict[bytes, _Group] = {}
        self._left_out = 0

    def collect(self) -> list[Reading]:
        """Return what each group uses now; what a group does not tell is left out.

        Raises:
            ValueError: a file holds something else than numbers.
        """
        now = self._clock()
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY_S
            self._look()
        readings: list[Reading] = [(_LEFT_OUT, (), self._left_out)]
        for group in self._groups.values():
            self._read(group, readings)
        return readings

    def _read(self, group: _Group, readings: list[Reading]) -> None:
        cgroup = group.cgroup
        if (seconds := cgroup.cpu_seconds()) is not None:
            readings.append((_CPU, group.labels, seconds))
        if (memory := cgroup.memory_bytes()) is not None:
            readings.append((_MEMORY, group.labels, memory))
        if (tasks := cgroup.tasks()) is not None:
            readings.append((_TASKS, group.labels, tasks))
        if (moved := cgroup.io_bytes()) is not None:
            readings += [(_IO, labels, count) for labels, count in zip(group.directions, moved, strict=True)]
        for resource, pair in group.pressures.items():
            if (stalled := cgroup.pressure(resource)) is not None:
                readings += [(_PRESSURE, labels, total) for labels, total in zip(pair, stalled, strict=True)]

    def _look(self) -> None:
        paths = [*self._tree.children(b""), *self._tree.children(_USERS)]
        wanted = [path for path in paths if not path.endswith(_NO_GROUPS)]
        self._left_out = max(0, len(wanted) - MAX_GROUPS)
        known, self._groups = self._groups, {}
        for path in wanted[:MAX_GROUPS]:
            group = known.pop(path, None)
            if group is None or group.cgroup.cpu_seconds() is None:
                group = _Group(self._tree.group(path))
            self._groups[path] = group
        for gone in known.values():
            gone.cgroup.close()
