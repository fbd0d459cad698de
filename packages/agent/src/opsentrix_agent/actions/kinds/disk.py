"""What fills a file system."""

import os
import stat

from opsentrix_agent.actions.catalogue import Allowed, Plan
from opsentrix_agent.actions.kinds.plainfile import open_folder
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.parameters import Params

DEFAULT_DEPTH = 2
SHOWN = 50
MAX_ENTRIES = 1_000_000
_MAX_NESTING = 64


def usage_top(_verb: str, params: Params, _allowed: Allowed, _machine: Machine) -> Plan:
    """Return how to list the folders below one that take most, on its file system alone."""
    path, depth = str(params["path"]), int(params.get("depth", DEFAULT_DEPTH))
    return Plan(run=lambda: _show(path, depth))


class _Walk:
    """Adds up what lies below folders; links are neither followed nor counted twice."""

    def __init__(self, device: int, depth: int) -> None:
        self.found: list[tuple[int, str]] = []
        self.left = MAX_ENTRIES
        self.unread = 0
        self._device = device
        self._depth = depth
        self._linked: set[int] = set()

    def total(self, folder: int, name: str, level: int = 0) -> int:
        """Return the bytes on disk below an open folder, which is closed then."""
        total = 0
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if self.left <= 0:
                        break
                    self.left -= 1
                    total += self._entry(folder, f"{name}/{entry.name}", entry, level)
        finally:
            os.close(folder)
        if level <= self._depth:
            self.found.append((total, name))
        return total

    def _entry(self, folder: int, name: str, entry: "os.DirEntry[str]", level: int) -> int:
        try:
            status = entry.stat(follow_symlinks=False)
            if status.st_dev != self._device or (status.st_nlink > 1 and status.st_ino in self._linked):
                return 0
            own = status.st_blocks * 512
            if not stat.S_ISDIR(status.st_mode):
                if status.st_nlink > 1:
                    self._linked.add(status.st_ino)
                return own
            if level >= _MAX_NESTING:
                self.unread += 1
                return own
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            return own + self.total(os.open(entry.name, flags, dir_fd=folder), name, level + 1)
        except OSError:
            self.unread += 1
            return 0


def _show(path: str, depth: int) -> int:
    folder = open_folder(path)
    walk = _Walk(os.fstat(folder).st_dev, depth)
    walk.total(folder, path)
    for size, name in sorted(walk.found, reverse=True)[:SHOWN]:
        print(f"{size:>15} {name if name.isprintable() else ascii(name)}")  # noqa: T201 - the command's output
    if walk.unread:
        print(f"{walk.unread} could not be read")  # noqa: T201
    if walk.left <= 0:
        print(f"stopped after {MAX_ENTRIES} entries: the sums are too small")  # noqa: T201
    return 0
