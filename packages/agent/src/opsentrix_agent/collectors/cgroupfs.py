"""Control groups, version 2 and 1 (Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/ of the kernel).

Where both are mounted, as systemd does in its hybrid mode, the controllers are those of version 1.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from opsentrix_agent.collectors.kernelfile import KernelFile
from opsentrix_agent.errors import CollectorUnavailableError

_CPU, _MEMORY, _TASKS, _IO = "cpu", "memory", "tasks", "io"
_FILES_V2 = {_CPU: b"cpu.stat", _MEMORY: b"memory.current", _TASKS: b"pids.current", _IO: b"io.stat"}
_FILES_V1 = {
    _CPU: b"cpuacct/%s/cpuacct.usage",
    _MEMORY: b"memory/%s/memory.usage_in_bytes",
    _TASKS: b"pids/%s/pids.current",
    _IO: b"blkio/%s/blkio.throttle.io_service_bytes",
}
_INDEX_V1 = b"memory", b"cpuacct", b"pids", b"systemd"
"""Hierarchies of version 1 in which groups are looked for: the first that is mounted."""
_MAX_GROUPS = 4096
_MAX_DEPTH = 10


class CgroupTree:
    """What is mounted at `/sys/fs/cgroup`."""

    def __init__(self, sys: Path) -> None:
        """Find out which version there is.

        Raises:
            CollectorUnavailableError: none.
        """
        self._root = os.fsencode(sys / "fs/cgroup")
        self.unified = os.path.exists(self._root + b"/cgroup.controllers")  # noqa: PTH110 - the paths here are bytes
        index = next((one for one in _INDEX_V1 if os.path.isdir(self._root + b"/" + one)), b"")  # noqa: PTH112
        if not self.unified and not index:
            raise CollectorUnavailableError(f"{os.fsdecode(self._root)} cannot be read: No such file or directory")
        self._index = self._root if self.unified else self._root + b"/" + index

    def group(self, path: bytes) -> "Cgroup":
        """Return the group of a path below the root, without a leading slash."""
        return Cgroup(self._root, path, unified=self.unified)

    def exists(self, path: bytes) -> bool:
        """Return whether there is a group of this path."""
        return os.path.isdir(self._index + b"/" + path)  # noqa: PTH112 - the paths here are bytes

    def children(self, path: bytes) -> list[bytes]:
        """Return the paths of the groups right below one; none where it has gone."""
        try:
            with os.scandir(self._index + b"/" + path) as entries:
                names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            return []
        return [path + b"/" + name if path else name for name in sorted(names)]

    def walk(self) -> Iterator[bytes]:
        """Yield the paths of all groups, parents first, at most 4096 of them and 10 levels deep."""
        level = [b""]
        seen = 0
        for _ in range(_MAX_DEPTH):
            below: list[bytes] = []
            for path in level:
                for child in self.children(path):
                    yield child
                    below.append(child)
                    seen += 1
                    if seen >= _MAX_GROUPS:
                        return
            level = below


class Cgroup:
    """One group. What it does not have, because its controller is off or it has gone, is None."""

    __slots__ = ("_files", "_folder", "_unified", "path")

    def __init__(self, root: bytes, path: bytes, *, unified: bool) -> None:
        self.path = path
        self._unified = unified
        self._folder = root + b"/" + path
        names = (
            {kind: self._folder + b"/" + name for kind, name in _FILES_V2.items()}
            if unified
            else {kind: root + b"/" + name % path for kind, name in _FILES_V1.items()}
        )
        self._files: dict[str, KernelFile | None] = {kind: KernelFile(name) for kind, name in names.items()}

    def cpu_seconds(self) -> float | None:
        """Return the CPU time used so far, in seconds."""
        content = self._read(_CPU)
        if not content:
            return None
        if self._unified:
            return int(content.split(None, 2)[1]) / 1e6 if content.startswith(b"usage_usec ") else None
        return int(content) / 1e9

    def memory_bytes(self) -> int | None:
        """Return the memory in use, page cache included."""
        return self._number(_MEMORY)

    def tasks(self) -> int | None:
        """Return the number of processes and threads."""
        return self._number(_TASKS)

    def io_bytes(self) -> tuple[int, int] | None:
        """Return the bytes read from and written to block devices so far."""
        content = self._read(_IO)
        if content is None:
            return None
        return _io_v2(content) if self._unified else _io_v1(content)

    def pressure(self, resource: str) -> tuple[float, float] | None:
        """Return for how many seconds some, and all, of the tasks have been stalled on `cpu`, `memory` or `io`."""
        if not self._unified:
            return None
        content = self._read(resource + ".pressure")
        return _stalls(content) if content else None

    def inactive_file_bytes(self) -> int:
        """Return the page cache that can go at once; 0 where that is not known."""
        folder, name = (
            (self._folder, b"inactive_file") if self._unified else (self._memory_v1(), b"total_inactive_file")
        )
        try:
            content = KernelFile(folder + b"/memory.stat").read()
        except OSError:
            return 0
        _, found, rest = (b"\n" + content).partition(b"\n" + name + b" ")
        digits = rest.partition(b"\n")[0]
        return int(digits) if found and digits.isdigit() else 0

    def memory_limit_bytes(self) -> int | None:
        """Return the memory that the group may use, or None where there is no limit."""
        folder, name = (self._folder, b"memory.max") if self._unified else (self._memory_v1(), b"memory.limit_in_bytes")
        try:
            content = KernelFile(folder + b"/" + name).read().strip()
        except OSError:
            return None
        # Version 1 prints "no limit" as the largest multiple of the page size.
        return int(content) if content.isdigit() and int(content) < 1 << 62 else None

    def first_pid(self) -> int | None:
        """Return a process of the group or of one below it, or None where there is none."""
        folder = self._folder if self._unified else self._memory_v1()
        level = [folder]
        for _ in range(3):
            for one in level:
                try:
                    first = KernelFile(one + b"/cgroup.procs").read().partition(b"\n")[0]
                except OSError:
                    continue
                if first.isdigit() and first != b"0":
                    return int(first)
            level = [entry for one in level for entry in _folders(one)][:16]
        return None

    def close(self) -> None:
        """Give the descriptors back."""
        for file in self._files.values():
            if file is not None:
                file.close()
        self._files = dict.fromkeys(self._files)

    def _memory_v1(self) -> bytes:
        return self._folder[: -len(self.path) - 1] + b"/memory/" + self.path

    def _number(self, kind: str) -> int | None:
        content = self._read(kind)
        return int(content) if content else None

    def _read(self, kind: str) -> bytes | None:
        try:
            file = self._files[kind]
        except KeyError:
            file = self._files[kind] = KernelFile(self._folder + b"/" + kind.encode())
        if file is None:
            return None
        try:
            return file.read()
        except OSError:
            # The group has gone, its controller is off, or we may not: it is not asked again each second.
            file.close()
            self._files[kind] = None
            return None


def _folders(path: bytes) -> list[bytes]:
    try:
        with os.scandir(path) as entries:
            return [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _io_v2(content: bytes) -> tuple[int, int]:
    """Sum lines of the form `8:0 rbytes=1 wbytes=2 rios=3 ...`."""
    read = written = 0
    for word in content.rpartition(b"\n")[0].split():  # a last line without an end is cut
        if word.startswith(b"rbytes="):
            read += int(word[7:])
        elif word.startswith(b"wbytes="):
            written += int(word[7:])
    return read, written


def _io_v1(content: bytes) -> tuple[int, int]:
    """Sum lines of the form `8:0 Read 1`."""
    sums = {b"Read": 0, b"Write": 0}
    for line in content.rpartition(b"\n")[0].split(b"\n"):
        columns = line.split()
        if len(columns) == 3 and columns[1] in sums:
            sums[columns[1]] += int(columns[2])
    return sums[b"Read"], sums[b"Write"]


def _stalls(content: bytes) -> tuple[float, float]:
    """Return the totals of `some avg10=0.00 avg60=0.00 avg300=0.00 total=1` and of `full ...`, in seconds."""
    totals = {b"some": 0, b"full": 0}
    for line in content.split(b"\n"):
        kind, _, rest = line.partition(b" ")
        total = rest.rpartition(b"total=")[2]
        if kind in totals and total.isdigit():
            totals[kind] = int(total)
    return totals[b"some"] / 1e6, totals[b"full"] / 1e6
