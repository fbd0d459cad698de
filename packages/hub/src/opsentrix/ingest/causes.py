"""Why frames are missing, as it becomes known while frames come in: gathered here, written by the frame writer."""

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix import selfmetrics
from opsentrix.db import Connection
from opsentrix.ingest.validate import MAX_SEQ
from opsentrix.model.frames import DAY_MS
from opsentrix.model.gaps import Cause, Reason
from opsentrix.model.ranges import RangeSet
from opsentrix.storage import gaps

_MAX_WAITING = 20_000
_MAX_CLOCK_STEP_MS = 366 * DAY_MS
_YEAR_3000_MS = 32_503_680_000_000
_Key = tuple[int, int, Reason]


class PendingCauses:
    """What is to be noted with the next commit: bounded, what finds no room is counted.

    A cause that comes with a frame is written before the frame is, so that the gap before a durable frame is explained.
    """

    def __init__(self) -> None:
        self._lost: dict[_Key, RangeSet] = {}
        self._clocks: dict[tuple[int, int, int], Cause] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def rejected(self, agent_id: int, boot: int, seq: int) -> None:
        """Note that a frame was refused for good."""
        self._add_lost((agent_id, boot, Reason.REJECTED), seq, seq)

    def told_by(self, agent_id: int, boot: int, frame: pb.Frame) -> None:
        """Note what a valid frame says of the time before it."""
        lost = min(frame.lost_before, frame.seq - 1)
        if lost:
            self._add_lost((agent_id, boot, Reason.SPOOL_OVERFLOW), frame.seq - lost, frame.seq - 1)
        if frame.clock_step_ms and self._has_room():
            self._clocks[agent_id, boot, frame.seq] = _clock(agent_id, boot, frame)

    def paused(self, agent_id: int, boot: int, span: pb.PausedSpan) -> None:
        """Note that an agent was paused; it may say so several times."""
        begin, end = span.first_ms, span.last_ms
        known = (agent_id, boot, span.next_seq)
        if 1 <= span.next_seq <= MAX_SEQ and 0 < begin <= end < _YEAR_3000_MS and self._has_room_for(known):
            self._clocks[known] = Cause(
                agent_id, boot, span.next_seq, span.next_seq, Reason.PAUSED, max(begin, end - _MAX_CLOCK_STEP_MS), end
            )

    def forget(self, agent_id: int) -> None:
        """Let go of a deleted agent's."""
        self._lost = {key: seqs for key, seqs in self._lost.items() if key[0] != agent_id}
        self._clocks = {key: cause for key, cause in self._clocks.items() if key[0] != agent_id}

    async def write(self, connection: Connection) -> None:
        """Write what waits; it goes on waiting when that fails."""
        lost, clocks, count = self._lost, self._clocks, self._count
        causes = [
            Cause(agent_id, boot, first, last, reason)
            for (agent_id, boot, reason), seqs in lost.items()
            for first, last in seqs
        ]
        self._lost, self._clocks, self._count = {}, {}, 0
        try:
            selfmetrics.CAUSES_DROPPED.inc(await gaps.note(connection, [*causes, *clocks.values()]))
        except BaseException:
            for key, seqs in self._lost.items():
                for first, last in seqs:
                    lost.setdefault(key, RangeSet()).add(first, last)
            self._lost, self._clocks, self._count = lost, clocks | self._clocks, count + self._count
            raise

    def _add_lost(self, key: _Key, first: int, last: int) -> None:
        seqs = self._lost.get(key)
        if seqs is not None and first - 1 in seqs:
            seqs.add(first, last)  # goes on where others end: that takes no room
        elif self._has_room():
            self._lost.setdefault(key, RangeSet()).add(first, last)

    def _has_room_for(self, key: tuple[int, int, int]) -> bool:
        return key in self._clocks or self._has_room()

    def _has_room(self) -> bool:
        if self._count >= _MAX_WAITING:
            selfmetrics.CAUSES_DROPPED.inc()
            return False
        self._count += 1
        return True


def _clock(agent_id: int, boot: int, frame: pb.Frame) -> Cause:
    """Return the time that a clock skipped, which ends at the frame, or went through twice, which begins there."""
    size = min(abs(frame.clock_step_ms), _MAX_CLOCK_STEP_MS)
    at = frame.first_tick_ms
    if frame.clock_step_ms > 0:
        return Cause(agent_id, boot, frame.seq, frame.seq, Reason.CLOCK_FORWARD, at - size, at)
    return Cause(agent_id, boot, frame.seq, frame.seq, Reason.CLOCK_BACK, at, at + size)
