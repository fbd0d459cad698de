"""Frames that the hub has not acknowledged: bounded in bytes, in memory, the oldest dropped first and counted."""

import threading
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from itertools import islice
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

    Where there is a disk spool, it writes what `unsaved` returns and gives back by `replay` what is not here any more.
    Frames are added by the present boot only, in order of seq; replayed ones may be of any.

    Attributes:
        dropped: frames lost since the start: pushed out by newer ones, or discarded.
        saved_seq: set by the disk spool: frames up to this seq are on disk too.
        evicted_seq: frames up to this seq are not here any more, unless they were replayed.
        kept_boots: set by the disk spool: boots that have frames on disk.
        nudge: set by the disk spool; called when more may be replayed.
    """

    def __init__(self, max_bytes: int) -> None:
        self.dropped = 0
        self.saved_seq = 0
        self.evicted_seq = 0
        self.kept_boots: Sequence[bytes] = ()
        self.nudge: Callable[[], None] = lambda: None
        self._max_bytes = max_bytes
        self._bytes = 0
        self._frames: dict[FrameKey, SpooledFrame] = {}
        self._newest_seq = 0
        self._replayed: dict[FrameKey, SpooledFrame] = {}
        self._committed: dict[bytes, list[tuple[int, int]]] = {}
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
            self._newest_seq = frame.key[1]
            self._account(frame, layout)
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
            self._committed[boot_id] = spans
            done = [key for frames in (self._replayed, self._frames) for key in frames if self._is_committed(key)]
            removed = sum(self._remove(key) for key in done if key[0] == boot_id)
            self.nudge()
            return removed

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
            return next(
                (one for frames in (self._replayed, self._frames) for key, one in frames.items() if key not in besides),
                None,
            )

    def first_of_newest(self, count: int, besides: Container[FrameKey]) -> SpooledFrame | None:
        """Return the oldest frame among the last so many that were added, sent or not, that is not among `besides`."""
        with self._lock:
            after = self._newest_seq - count
            newest = islice(reversed(self._frames.items()), count)
            candidates = [one for key, one in newest if key[1] > after and key not in besides]
            return candidates[-1] if candidates else None

    def get(self, key: FrameKey) -> SpooledFrame | None:
        """Return one frame, if it is still here."""
        with self._lock:
            return self._frames.get(key) or self._replayed.get(key)

    def unsaved(self) -> list[SpooledFrame]:
        """Return the frames that are not on disk, in order of seq."""
        with self._lock:
            newer = []
            for (_, seq), frame in reversed(self._frames.items()):
                if seq <= self.saved_seq:
                    break
                newer.append(frame)
            return newer[::-1]

    def holds(self, first: int, last: int) -> bool:
        """Return whether a frame of the present boot with a seq from `first` to `last` is still here."""
        with self._lock:
            return any(first <= seq <= last for _, seq in self._frames)

    def replay(self, frames: Iterable[SpooledFrame], layouts: Mapping[int, bytes]) -> None:
        """Take frames back that are on disk; they go before all others, in this order."""
        with self._lock:
            for frame in frames:
                self._replayed[frame.key] = frame
                self._account(frame, layouts[frame.layout_id])

    def replaying(self) -> bool:
        """Return whether frames that were replayed wait for their ack."""
        return bool(self._replayed)

    def knows(self, boot_id: bytes) -> bool:
        """Return whether the hub has said what it has of a boot: it takes frames of no other."""
        return boot_id in self._committed

    def committed(self, key: FrameKey) -> bool:
        """Return whether the hub had this frame when it last said what it has."""
        with self._lock:
            return self._is_committed(key)

    def lose(self, boot_id: bytes, seqs: Sequence[int]) -> None:
        """Count frames that were removed from disk, oldest first, and tell the frame behind them."""
        with self._lock:
            for seq in seqs:
                self._lose((boot_id, seq))

    def layout(self, layout_id: int) -> bytes:
        """Return the serialized layout of a frame that is here; empty when no frame uses it any more."""
        with self._lock:
            return self._layouts.get(layout_id, b"")

    def boots(self) -> list[bytes]:
        """Return the boots that have frames on disk or here, the oldest first."""
        with self._lock:
            return list(dict.fromkeys([*self.kept_boots, *(boot for boot, _ in self._frames)]))

    def layout_ids(self) -> list[int]:
        """Return the layouts that frames here use."""
        with self._lock:
            return list(self._layouts)

    @property
    def size(self) -> int:
        """Bytes of memory that frames and layouts take."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._frames) + len(self._replayed)

    def _account(self, frame: SpooledFrame, layout: bytes) -> None:
        self._bytes += len(frame.data) + _ENTRY_BYTES
        users = self._layout_users.get(frame.layout_id, 0)
        self._layout_users[frame.layout_id] = users + 1
        if not users:
            self._layouts[frame.layout_id] = layout
            self._bytes += len(layout)

    def _shrink(self) -> None:
        while self._bytes > self._max_bytes and len(self._frames) > 1:
            self._push_out(next(iter(self._frames)))

    def _push_out(self, key: FrameKey) -> None:
        self._remove(key)
        self.evicted_seq = key[1]
        if key[1] > self.saved_seq:
            self._lose(key)

    def _lose(self, key: FrameKey) -> None:
        self.dropped += 1
        boot_id, seq = key
        known_boot, first, last = self._lost
        # Only the newest run is kept: frames go in order, and the one behind a run tells the hub of it.
        self._lost = (boot_id, first if (boot_id, seq) == (known_boot, last + 1) else seq, seq)

    def _is_committed(self, key: FrameKey) -> bool:
        return any(first <= key[1] <= last for first, last in self._committed.get(key[0], ()))

    def _remove(self, key: FrameKey) -> int:
        frame = self._frames.pop(key, None) or self._replayed.pop(key, None)
        if frame is None:
            return 0
        self._bytes -= len(frame.data) + _ENTRY_BYTES
        self._layout_users[frame.layout_id] -= 1
        if not self._layout_users[frame.layout_id]:
            del self._layout_users[frame.layout_id]
            self._bytes -= len(self._layouts.pop(frame.layout_id))
        if not self._replayed:
            self.nudge()
        return 1
