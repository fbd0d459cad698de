"""A file of the kernel that is read at each tick and therefore kept open."""

import os
from pathlib import Path
from typing import ClassVar

from opsentrix_agent.collectors.source import MAX_FILE_BYTES, read, require
from opsentrix_agent.errors import CollectorUnavailableError

_READ_BYTES = 8192


class KernelFile:
    """A file that the kernel writes anew for each read from its start, such as those of a cgroup.

    Reading it where it is open costs 1 to 2 us, opening it each time 7 to 10 (measured); for the files of `/proc/net`
    it halves the cost. Descriptors are few, so beyond `max_open` of all these files together one is opened for each
    read.
    """

    __slots__ = ("_descriptor", "path")

    max_open: ClassVar[int] = 512
    """Half of the descriptors that a process is usually allowed."""
    _open: ClassVar[int] = 0

    def __init__(self, path: bytes) -> None:
        self.path = path
        self._descriptor = -1

    def read(self) -> bytes:
        """Return the first 8 KiB.

        Raises:
            OSError: it is gone or cannot be read.
        """
        if self._descriptor >= 0:
            return os.pread(self._descriptor, _READ_BYTES, 0)
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        if KernelFile._open < self.max_open:
            KernelFile._open += 1
            self._descriptor = descriptor
            return os.pread(descriptor, _READ_BYTES, 0)
        try:
            return os.read(descriptor, _READ_BYTES)
        finally:
            os.close(descriptor)

    def read_all(self) -> bytes:
        """Return the whole content, however long.

        Raises:
            OSError: it is gone or cannot be read.
            ValueError: it does not end within `MAX_FILE_BYTES`.
        """
        content = self.read()
        if self._descriptor < 0:
            return read(self.path)
        while more := os.pread(self._descriptor, _READ_BYTES, len(content)):
            content += more
            if len(content) > MAX_FILE_BYTES:
                raise ValueError(f"{os.fsdecode(self.path)} is over {MAX_FILE_BYTES} bytes")
        return content

    def close(self) -> None:
        """Give the descriptor back; `read` opens the file again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            KernelFile._open -= 1

    def __del__(self) -> None:
        self.close()


def required(path: Path) -> KernelFile:
    """Return a file that can be opened.

    Raises:
        CollectorUnavailableError: it cannot.
    """
    return KernelFile(os.fsencode(require(path)))


def optional(path: Path) -> KernelFile | None:
    """Return a file, or None where there is none or it cannot be opened."""
    try:
        return required(path)
    except CollectorUnavailableError:
        return None
