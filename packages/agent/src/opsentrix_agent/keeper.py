"""Keeps on disk what the hub does not acknowledge for a while, and brings it back.

A thread of its own does it, so that a slow disk holds up neither the ticks nor the link. A frame that is acknowledged
as usual, within a second or two, never touches the disk: written is what was there at the look before already, and
what is left when the agent stops.
"""

import logging
import threading
from collections.abc import Callable

from opsentrix_agent.segments import Contents, Segment, SegmentFolder
from opsentrix_agent.spool import Spool, SpooledFrame

log = logging.getLogger(__name__)

LOOK_S = 10.0
"""Frames are written when they are between one and two looks old: so much a kill loses, and so seldom is a sync."""


class Keeper(threading.Thread):
    """Moves frames between a `Spool` and a `SegmentFolder`.

    Attributes:
        errors: times that the disk did not do what it was asked, and records found damaged, since the start.
        replayed: frames read back from disk since the start.
    """

    def __init__(
        self, spool: Spool, folder: SegmentFolder, boot_id: bytes, on_loaded: Callable[[], None] = lambda: None
    ) -> None:
        """Take what is needed; `start` begins.

        Args:
            spool: frames in memory; those added are of `boot_id`.
            folder: not open yet.
            boot_id: of this run.
            on_loaded: called when frames came back from disk.
        """
        super().__init__(name="keeper", daemon=True)
        self.errors = 0
        self.replayed = 0
        self._spool = spool
        self._folder = folder
        self._boot_id = boot_id
        self._on_loaded = on_loaded
        self._seen_seq = 0
        self._loaded: Segment | None = None
        self._last_error = ""
        self._stopping = False
        self._wake = threading.Event()
        spool.nudge = self._wake.set

    @property
    def unsaved(self) -> int:
        """Frames that only memory holds."""
        return len(self._spool.unsaved())

    @property
    def disk_bytes(self) -> int:
        """Bytes of all segments."""
        return sum(one.size for one in tuple(self._folder.segments))

    def open(self) -> None:
        """Find what earlier runs left, so that the first Hello can name their boots."""
        self._guarded(self._open)

    def look(self, *, everything: bool = False) -> None:
        """Remove what is acknowledged, write what waits for too long, and read back what is due.

        Args:
            everything: write the newest frames too.
        """
        self._guarded(self._open)
        if self._folder.is_open:
            self._guarded(self._forget)
            self._guarded(lambda: self._save(everything=everything))
            self._guarded(self._load)

    def run(self) -> None:
        """Look each ten seconds, and read back as soon as the spool is ready for it."""
        while not self._stopping:
            if self._wake.wait(LOOK_S):
                self._wake.clear()
                self._guarded(self._load)
            else:
                self.look()

    def stop(self, within_s: float) -> None:
        """Write what is left and let go of the folder, unless the disk takes longer than that."""
        self._stopping = True
        self._wake.set()
        if self.is_alive():
            self.join(within_s)
        if self.is_alive():
            log.warning("the disk spool does not answer; what it has not written is lost")
            return
        self.look(everything=True)
        self._folder.close()

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except OSError as error:
            self.errors += 1
            # The same sentence at each look would bury the rest of the log.
            level = logging.DEBUG if str(error) == self._last_error else logging.WARNING
            self._last_error = str(error)
            log.log(level, "the disk spool fails, frames stay in memory: %s", error)

    def _open(self) -> None:
        if self._folder.is_open:
            return
        try:
            self._folder.open()
        except BlockingIOError:
            raise OSError("another agent uses its folder") from None
        self._name_boots()

    def _name_boots(self) -> None:
        boots = dict.fromkeys(one.boot_id for one in self._folder.segments)
        self._spool.kept_boots = tuple(boots)

    def _forget(self) -> None:
        """Remove segments of which the hub has everything."""
        for one in tuple(self._folder.segments):
            whole = self._is_own(one) and one is not self._loaded and not self._is_cold(one)
            if whole and not self._spool.holds(one.first, one.last):
                self._folder.remove(one)

    def _save(self, *, everything: bool) -> None:
        waiting = self._spool.unsaved()
        due = [one for one in waiting if everything or one.key[1] <= self._seen_seq]
        while due:
            while (oldest := self._folder.room_for(due)) is not None:
                self._give_up(oldest)
            taken = self._folder.append(due, self._spool.layout)
            self._spool.saved_seq = due[taken - 1].key[1]
            due = due[taken:]
            self._last_error = ""
        self._seen_seq = waiting[-1].key[1] if waiting else self._seen_seq

    def _give_up(self, segment: Segment) -> None:
        """Remove a segment to make room for newer ones and count what was nowhere else."""
        if segment is self._loaded:
            self._loaded = None
        else:
            self._spool.lose(segment.boot_id, [one.key[1] for one in self._cold_frames(segment, self._read(segment))])
        self._folder.remove(segment)

    def _load(self) -> None:
        """Read the oldest segment back that memory has not, once the one before is acknowledged."""
        if self._spool.replaying():
            return
        if self._loaded is not None:
            done, self._loaded = self._loaded, None
            self._finish(done)
        for segment in tuple(self._folder.segments):
            if self._spool.knows(segment.boot_id) and self._is_cold(segment) and self._replay(segment):
                return

    def _replay(self, segment: Segment) -> bool:
        """Give a segment's frames to the spool and return whether there are any."""
        contents = self._read(segment)
        frames = self._cold_frames(segment, contents)
        segment.first = self._spool.evicted_seq + 1
        if not frames:
            self._finish(segment)
            return False
        self._loaded = segment
        self.replayed += len(frames)
        self._spool.replay(frames, contents.layouts)
        self._on_loaded()
        return True

    def _finish(self, segment: Segment) -> None:
        """Remove a segment whose frames came back and are acknowledged, unless memory counts on the rest of it."""
        if not self._is_own(segment) or segment.first > segment.last:
            self._folder.remove(segment)
            self._name_boots()

    def _read(self, segment: Segment) -> Contents:
        try:
            contents = self._folder.read(segment)
        except OSError as error:
            self.errors += 1
            log.warning("%s of the disk spool cannot be read and is left out: %s", segment.path.name, error)
            return Contents([], {}, 0)
        if contents.damaged:
            self.errors += contents.damaged
            log.warning("%d records of %s are damaged and left out", contents.damaged, segment.path.name)
        return contents

    def _cold_frames(self, segment: Segment, contents: Contents) -> list[SpooledFrame]:
        """Return the frames that are nowhere but on disk."""
        last = self._spool.evicted_seq if self._is_own(segment) else 1 << 64
        frames = {one.key: one for one in contents.frames if segment.first <= one.key[1] <= last}
        return [one for one in frames.values() if not self._spool.committed(one.key)]

    def _is_own(self, segment: Segment) -> bool:
        return segment.boot_id == self._boot_id

    def _is_cold(self, segment: Segment) -> bool:
        return not self._is_own(segment) or segment.first <= self._spool.evicted_seq
