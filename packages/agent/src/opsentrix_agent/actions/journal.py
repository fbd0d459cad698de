"""What this machine was asked to do and how that ended: written before it is begun, and before it is told.

One JSON object a line, behind the CRC-32 of it. A line that a power cut left half is cut off; a damaged one within is
left out and counted. Processes share the file: whoever reads or writes holds the lock.
"""

import fcntl
import json
import os
from pathlib import Path
from typing import Any
from zlib import crc32

FOLDER = "actions"
KEEP_MS = 24 * 3600 * 1000
"""An id and its nonce are kept for so long after the command has expired."""
COMPACT_BYTES = 512 * 1024
MAX_BYTES = 64 << 20
REFUSALS_KEPT = 200

Record = dict[str, Any]


class Run:
    """What the journal says of one command."""

    def __init__(self) -> None:
        self.started: Record | None = None
        self.ended: Record | None = None
        self.acked = False


class History:
    """What a journal holds.

    Attributes:
        runs: by the command's id, in order.
        nonces: of all commands that were begun.
        clock_ms: the latest time at which one was begun.
        damaged: lines that could not be read.
    """

    def __init__(self) -> None:
        self.runs: dict[str, Run] = {}
        self.nonces: set[str] = set()
        self.clock_ms = 0
        self.damaged = 0

    def add(self, record: Record) -> None:
        """Take one record."""
        run = self.runs.setdefault(record["id"], Run())
        match record["what"]:
            case "started":
                run.started = record
                self.nonces.add(record["nonce"])
                self.clock_ms = max(self.clock_ms, record["at"])
            case "ended":
                run.ended = record
            case "acked":
                run.acked = True

    def begun_since(self, time_ms: int, approval: str = "") -> int:
        """Return how many commands were begun since a time, of all or by one standing approval."""
        begun = (run.started for run in self.runs.values() if run.started and run.started["at"] > time_ms)
        return sum(1 for one in begun if not approval or one["approval"] == approval)

    def kept(self) -> dict[str, Run]:
        """Return what must not be forgotten: what could be sent again, and what the hub does not know."""
        refused = [name for name, run in self.runs.items() if run.started is None and not run.acked]
        told_later = set(refused[-REFUSALS_KEPT:])
        return {
            name: run
            for name, run in self.runs.items()
            if name in told_later
            or (run.started and (not run.acked or run.started["expires"] + KEEP_MS > self.clock_ms))
        }


class Journal:
    """The journal of an agent; used as a context, in which nobody else uses it."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which is made if need be."""
        self.folder = folder
        self._file = folder / "journal"
        self._lock = -1

    def __enter__(self) -> "Journal":  # noqa: PYI034 - Self needs Python 3.11
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._lock = os.open(self.folder / "lock", flags, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        return self

    def __exit__(self, *_exception: object) -> None:
        os.close(self._lock)

    def read(self) -> History:
        """Return what it holds, and make it smaller when it is large.

        Raises:
            OSError: it cannot be read.
        """
        try:
            data = self._file.read_bytes()
        except FileNotFoundError:
            return History()
        history = History()
        for line in data.splitlines():
            record = _record(line)
            if record is None:
                history.damaged += 1
            else:
                history.add(record)
        kept = history.kept() if len(data) > COMPACT_BYTES else history.runs
        if 2 * len(kept) < len(history.runs):
            self._compact(kept)
        return history

    def append(self, record: Record, *, durable: bool = True) -> None:
        """Write a record behind the others; on the disk, when durable, before this returns.

        Raises:
            OSError: it cannot be written.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self._file, flags, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if size > MAX_BYTES:
                raise OSError(f"{self._file} has more than {MAX_BYTES} bytes")
            torn = size and os.pread(descriptor, 1, size - 1) != b"\n"
            line = (b"\n" if torn else b"") + _line(record)
            if os.write(descriptor, line) != len(line):
                raise OSError(f"{self._file} cannot be written: the disk is full")
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if durable and not size:
            self._sync_folder()

    def _compact(self, kept: dict[str, Run]) -> None:
        lines = []
        for name, run in kept.items():
            acked = {"what": "acked", "id": name} if run.acked else None
            lines += [_line(one) for one in (run.started, run.ended, acked) if one]
        temporary = self.folder / "journal.new"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._file)
        self._sync_folder()

    def _sync_folder(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _line(record: Record) -> bytes:
    text = json.dumps(record, separators=(",", ":")).encode()
    return b"%08x %s\n" % (crc32(text), text)


def _record(line: bytes) -> Record | None:
    check, _, text = line.partition(b" ")
    if check != b"%08x" % crc32(text):
        return None
    record: Record = json.loads(text)
    return record
