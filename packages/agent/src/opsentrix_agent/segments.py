"""Frames in files: a folder of segments, each of them a run of records of one boot, only ever appended to.

A segment is called `<number>.<boot id in hex>.seg` and consists of records: a header of payload length, CRC-32 (IEEE)
of kind and payload, and kind, little-endian, and then the payload. A layout's payload is its id and the message, a
frame's is its seq, its layout's id and the message. The layout stands before the first frame of the segment that
follows it, so each segment can be read, and removed, by itself. What a crash leaves half written is at its end and is
not read: no run appends to the segment of another.
"""

import fcntl
import os
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from opsentrix_agent.spool import SpooledFrame

SEGMENT_BYTES = 256 * 1024
"""A segment ends with the frame that reaches this; one segment is what replay holds in memory."""
MAX_RECORD_BYTES = 64 * 1024 * 1024
SPOOL_FOLDER = "spool"
"""In the state directory."""
SUFFIX = ".seg"
LOCK_NAME = "lock"
_HEADER = struct.Struct("<IIB")
_LAYOUT, _FRAME = 1, 2
_LAYOUT_HEAD = struct.Struct("<Q")
_FRAME_HEAD = struct.Struct("<QQ")


class Segment:
    """One file.

    Attributes:
        boot_id: of all its frames.
        size: bytes of it that are known to be whole.
        first: lowest seq, 0 when another run wrote it.
        last: highest seq, 0 when another run wrote it.
    """

    __slots__ = ("boot_id", "first", "last", "layouts", "number", "path", "size")

    def __init__(self, folder: Path, number: int, boot_id: bytes, size: int = 0) -> None:
        self.number = number
        self.boot_id = boot_id
        self.path = folder / f"{number:010d}.{boot_id.hex()}{SUFFIX}"
        self.size = size
        self.first = 0
        self.last = 0
        self.layouts: set[int] = set()


class Contents(NamedTuple):
    """What a segment holds.

    Attributes:
        frames: in the order in which they were written.
        layouts: serialized `Layout` messages by id.
        damaged: records that are not what was written, a torn end among them.
    """

    frames: list[SpooledFrame]
    layouts: dict[int, bytes]
    damaged: int


class SegmentFolder:
    """The segments of one agent; one process at a time may have the folder open.

    Attributes:
        segments: the oldest first.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.segments: list[Segment] = []
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock: int | None = None
        self._active: int | None = None

    @property
    def size(self) -> int:
        """Bytes of all segments."""
        return sum(one.size for one in self.segments)

    @property
    def is_open(self) -> bool:
        """Whether this process has the folder."""
        return self._lock is not None

    def open(self) -> None:
        """Take the folder and see what is in it.

        Raises:
            BlockingIOError: another process has it.
            OSError: it cannot be made or written.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.segments = sorted(self._found(), key=lambda one: one.number)
        except BaseException:
            os.close(lock)
            raise
        self._lock = lock

    def close(self) -> None:
        """Let go of the folder."""
        self._seal()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def room_for(self, frames: Sequence[SpooledFrame]) -> Segment | None:
        """Return the segment that has to go before `append` of these frames stays within the bound."""
        coming = min(sum(len(one.data) for one in frames), SEGMENT_BYTES)
        oldest = self.segments[0] if self.segments else None
        return oldest if self.size + coming > self._max_bytes else None

    def append(self, frames: Sequence[SpooledFrame], layout: Callable[[int], bytes]) -> int:
        """Write frames durably, up to the end of a segment, and return how many.

        Args:
            frames: at least one, of one boot, in order of seq.
            layout: returns the serialized layout of an id; empty when the frame is not needed any more.

        Raises:
            OSError: nothing of it was written.
        """
        segment, file = self._writable(frames[0].key[0])
        data, taken, added = bytearray(), 0, set[int]()
        for frame in frames:
            if segment.size + len(data) >= SEGMENT_BYTES:
                break
            if frame.layout_id not in segment.layouts | added and (wire := layout(frame.layout_id)):
                added.add(frame.layout_id)
                data += _record(_LAYOUT, _LAYOUT_HEAD.pack(frame.layout_id) + wire)
            data += _record(_FRAME, _FRAME_HEAD.pack(frame.key[1], frame.layout_id) + frame.data)
            taken += 1
        self._write(segment, file, data)
        segment.layouts |= added
        segment.first = segment.first or frames[0].key[1]
        segment.last = frames[taken - 1].key[1]
        return taken

    def remove(self, segment: Segment) -> None:
        """Delete a segment.

        Raises:
            OSError: it cannot be deleted; it is forgotten until the next start all the same.
        """
        if segment is self.segments[-1]:
            self._seal()
        self.segments.remove(segment)
        segment.path.unlink(missing_ok=True)

    def read(self, segment: Segment) -> Contents:
        """Return what is whole of a segment.

        Raises:
            OSError: it cannot be read.
        """
        data = segment.path.read_bytes()
        frames: list[SpooledFrame] = []
        layouts: dict[int, bytes] = {}
        damaged = at = 0
        while at < len(data):
            start = at + _HEADER.size
            length, crc, kind = _HEADER.unpack_from(data, at) if start <= len(data) else (MAX_RECORD_BYTES, 0, 0)
            at = start + length
            if at > len(data):
                damaged += 1  # a torn end, or a length that is not one: what follows cannot be found
                break
            payload = data[start:at]
            if crc != _crc(kind, payload) or not _keep(kind, payload, segment.boot_id, frames, layouts):
                damaged += 1
        whole = [one for one in frames if one.layout_id in layouts]
        return Contents(whole, layouts, damaged + len(frames) - len(whole))

    def _found(self) -> list[Segment]:
        found = []
        for path in self._folder.glob(f"*{SUFFIX}"):
            number, _, boot = path.name.removesuffix(SUFFIX).partition(".")
            if number.isdecimal() and len(boot) == 32 and not set(boot) - set("0123456789abcdef"):
                found.append(Segment(self._folder, int(number), bytes.fromhex(boot), path.stat().st_size))
        return found

    def _writable(self, boot_id: bytes) -> tuple[Segment, int]:
        newest = self.segments[-1] if self.segments else None
        if self._active is not None and newest and newest.boot_id == boot_id and newest.size < SEGMENT_BYTES:
            return newest, self._active
        self._seal()
        segment = Segment(self._folder, newest.number + 1 if newest else 1, boot_id)
        file = self._active = os.open(segment.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self.segments.append(segment)
        self._sync_folder()
        return segment, file

    def _write(self, segment: Segment, file: int, data: bytearray) -> None:
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(file, left) :]
            os.fsync(file)
        except OSError:
            # After a failed fsync nobody knows what is on the disk: the segment ends where it was sure.
            try:
                os.ftruncate(file, segment.size)
            finally:
                self._seal()
                if not segment.size:
                    self.remove(segment)
            raise
        segment.size += len(data)

    def _seal(self) -> None:
        if self._active is not None:
            os.close(self._active)
            self._active = None

    def _sync_folder(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _record(kind: int, payload: bytes) -> bytes:
    return _HEADER.pack(len(payload), _crc(kind, payload), kind) + payload


def _crc(kind: int, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(bytes((kind,))))


def _keep(kind: int, payload: bytes, boot_id: bytes, frames: list[SpooledFrame], layouts: dict[int, bytes]) -> bool:
    """Put a record where it belongs and return whether it is of a known kind."""
    if kind == _LAYOUT and len(payload) > _LAYOUT_HEAD.size:
        (layout_id,) = _LAYOUT_HEAD.unpack_from(payload)
        layouts[layout_id] = payload[_LAYOUT_HEAD.size :]
    elif kind == _FRAME and len(payload) > _FRAME_HEAD.size:
        seq, layout_id = _FRAME_HEAD.unpack_from(payload)
        frames.append(SpooledFrame((boot_id, seq), layout_id, payload[_FRAME_HEAD.size :]))
    else:
        return False
    return True
