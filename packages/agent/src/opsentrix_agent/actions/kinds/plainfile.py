"""Opens a file or folder without following any link on the way, which could lead elsewhere."""

import os
import stat
from typing import BinaryIO

_STEP = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


def open_plain(path: str) -> BinaryIO:
    """Return a plain file, open for reading.

    Raises:
        OSError: it is not there, is none, or there is a link on the way.
    """
    descriptor = _walk(path, os.O_NONBLOCK)  # a pipe would hold us up for ever
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is not a plain file")
    return os.fdopen(descriptor, "rb")


def open_folder(path: str) -> int:
    """Return the descriptor of a folder.

    Raises:
        OSError: it is not there, is none, or there is a link on the way.
    """
    return _walk(path, os.O_DIRECTORY)


def _walk(path: str, last_flags: int) -> int:
    parts = [part for part in path.split("/") if part]
    descriptor = os.open("/", _STEP | os.O_DIRECTORY)
    for number, part in enumerate(parts, 1):
        flags = _STEP | (last_flags if number == len(parts) else os.O_DIRECTORY)
        try:
            following = os.open(part, flags, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = following
    return descriptor
