"""Frames that the hub has not acknowledged: bounded in bytes, in memory, the oldest dropped first and counted."""

import threading
from collections.abc import Container, Iterable
from typing import NamedTuple

FrameKey = tuple[bytes, int]
"""Boot id and seq: what identifies a frame of one agent."""

_ENTRY_BYTES = 256
"""What an entry costs beside its data (206 bytes measured), so that many small frames cannot outgrow the bound."""


class SpooledFrame(NamedTuple):
    """A serialized `Frame` without its layout.

    Attributes:
        key: boot id and seq.
        layout_id: of the layout that its columns follow.
        data: the message.
    """

    key: FrameKey
    layout_id: int
    data: bytes


class Spool:
    """A first-in-first-out store of frames with their layouts; any thread may use it.

    Attributes:
        dropped: frames lost since the start: pushed out by newer ones, or discarded.
    """

    def __init__(self, max_bytes: int) -> None:
        self.dropped = 0
        self._max_bytes = max_bytes
        self._bytes = 0
        self._frames: dict[FrameKey, SpooledFrame] = {}
        self._layouts: dict[int, bytes] = {}
        self._layout_users: dict[int, int] = {}
        self._lost: tuple[bytes, int, int] = (b"", 0, 0)
        self._lock = threading.Lock()

    def add(self, frame: SpooledFrame, layout: bytes) -> None:
        """Keep a frame; the oldest ones make room for it.

        Args:
            frame: newer than all before.
            layout: the serialized `Layout` message of `frame.layout_id`.
        """
        with self._lock:
            self._frames[frame.key] = frame
            self._bytes += len(frame.data) + _ENTRY_BYTES
            users = self._layout_users.get(frame.layout_id, 0)
            self._layout_users[frame.layout_id] = users + 1
            if not users:
                self._layouts[frame.layout_id] = layout
                self._bytes += len(layout)
            self._shrink()

    def resize(self, max_bytes: int) -> None:
        """Hold at most so many bytes from now on; the oldest frames go at once when there are more."""
        with self._lock:
            self._max_bytes = max_bytes
            self._shrink()

    def ack(self, boot_id: bytes, seqs: Iterable[int]) -> int:
        """Forget frames that are durable and return how many of them were here."""
        with self._lock:
            return sum(self._remove((boot_id, seq)) for seq in seqs)

    def ack_ranges(self, boot_id: bytes, ranges: Iterable[tuple[int, int]]) -> int:
        """Forget the frames of inclusive ranges of seqs; the ranges may be far longer than the spool."""
        spans = list(ranges)
        with self._lock:
            committed = [
                key
                for key in self._frames
                if key[0] == boot_id and any(first <= key[1] <= last for first, last in spans)
            ]
            return sum(self._remove(key) for key in committed)

    def discard(self, key: FrameKey) -> bool:
        """Drop a frame that the hub will never take, count it, and return whether it was here."""
        with self._lock:
            removed = self._remove(key)
            self.dropped += removed
            return bool(removed)

    def lost_before(self, key: FrameKey) -> int:
        """Return how many frames directly before this one, in order of seq, were pushed out by newer ones."""
        with self._lock:
            boot_id, first, last = self._lost
            return last - first + 1 if key == (boot_id, last + 1) else 0

    def first(self, besides: Container[FrameKey]) -> SpooledFrame | None:
        """Return the oldest frame that is not among `besides`."""
        with self._lock:
            return next((frame for key, frame in self._frames.items() if key not in besides), None)

    def get(self, key: FrameKey) -> SpooledFrame | None:
        """Return one frame, if it is still here."""
        with self._lock:
            return self._frames.get(key)

    def layout(self, layout_id: int) -> bytes:
        """Return the serialized layout of a frame that is here; empty when no frame uses it any more."""
        with self._lock:
            return self._layouts.get(layout_id, b"")

    def boots(self) -> list[bytes]:
        """Return the boots that have frames here, the oldest first."""
        with self._lock:
            return list(dict.fromkeys(boot for boot, _ in self._frames))

    def layout_ids(self) -> list[int]:
        """Return the layouts that frames here use."""
        with self._lock:
            return list(self._layouts)

    def __len__(self) -> int:
        return len(self._frames)

    def _shrink(self) -> None:
        while self._bytes > self._max_bytes and len(self._frames) > 1:
            self._push_out(next(iter(self._frames)))

    def _push_out(self, key: FrameKey) -> None:
        self._remove(key)
        self.dropped += 1
        boot_id, seq = key
        known_boot, first, last = self._lost
        # Only the newest run is kept: frames go in order, and the one behind a run tells the hub of it.
        self._lost = (boot_id, first if (boot_id, seq) == (known_boot, last + 1) else seq, seq)

    def _remove(self, key: FrameKey) -> int:
        frame = self._frames.pop(key, None)
        if frame is None:
            return 0
        self._bytes -= len(frame.data) + _ENTRY_BYTES
        self._layout_users[frame.layout_id] -= 1
        if not self._layout_users[frame.layout_id]:
            del self._layout_users[frame.layout_id]
            self._bytes -= len(self._layouts.pop(frame.layout_id))
        return 1
