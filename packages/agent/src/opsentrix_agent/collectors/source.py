"""How collectors read the kernel's files, and how they make labels of names that they found there."""

import math
import os
from pathlib import Path

from opsentrix_protocol.catalogue import MAX_LABEL_VALUE_CHARS

from opsentrix_agent.errors import CollectorUnavailableError

MAX_FILE_BYTES = 8 * 1024 * 1024
"""Far above what any of these files holds (`/proc/stat` of a machine with 1,000 cores: 0.3 MB)."""
_READ_BYTES = 65536


def require(path: Path) -> str:
    """Return the path of a file as text.

    Raises:
        CollectorUnavailableError: it cannot be opened.
    """
    text = os.fspath(path)
    try:
        os.close(os.open(text, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        raise CollectorUnavailableError(f"{text} cannot be read: {error.strerror}") from None
    return text


def read(path: str | bytes) -> bytes:
    """Return the content of a file of the kernel.

    Such a file tells no size and hands out a page or so at a time, so it is read until nothing comes.

    Raises:
        OSError: it cannot be read.
        ValueError: it does not end within `MAX_FILE_BYTES`.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        content = os.read(descriptor, _READ_BYTES)
        while more := os.read(descriptor, _READ_BYTES):
            content += more
            if len(content) > MAX_FILE_BYTES:
                raise ValueError(f"{os.fsdecode(path)} is over {MAX_FILE_BYTES} bytes")
    finally:
        os.close(descriptor)
    return content


def finite(text: bytes) -> float:
    """Return the number that a text holds.

    Raises:
        ValueError: it is no number, or an infinite one or NaN.
    """
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{printable(text, 80)} is not a finite number")
    return number


def printable(raw: bytes, limit: int = MAX_LABEL_VALUE_CHARS) -> str:
    r"""Return a name that somebody else chose as text that is safe to show, at most `limit` characters long.

    Unprintable characters, bytes that are not UTF-8 and backslashes become escapes, so that two names which differ
    stay different (unless cut).

    >>> printable(b"data\n\xff")
    'data\\x0a\\xff'
    """
    text = raw.decode("utf-8", "surrogateescape")
    if not text.isprintable() or "\\" in text:
        text = "".join(one if one.isprintable() and one != "\\" else _escaped(one) for one in text)
    return text[:limit]


def _escaped(character: str) -> str:
    if character == "\\":
        return "\\\\"
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))
