"""Why samples are missing: what two neighbouring frames say about the time between them, and what else is known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from opsentrix.model.frames import StoredFrame
from opsentrix.model.ranges import RangeSet

GAP_STEPS = 1.5
"""Ticks further apart than this many steps have a gap between them: one tick was missed."""

NO_BOOT = 0
"""Stands for the boot of a frame that is not known."""


class Reason(StrEnum):
    """Why samples are missing, or, for a clock that was set back, why they were taken twice."""

    NOT_RUNNING = "agent not running"
    SPOOL_OVERFLOW = "spool overflow"
    REJECTED = "rejected"
    FRAMES_LOST = "frames lost"
    CLOCK_FORWARD = "clock set forward"
    CLOCK_BACK = "clock set back"
    PAUSED = "paused"
    NOT_SAMPLED = "not sampled"
    UNKNOWN = "no data"


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a frame covers: first and last tick in Unix ms."""

    first_ms: int
    last_ms: int
    step_ms: int
    boot: int
    seq: int

    @classmethod
    def of(cls, frame: StoredFrame) -> "Span":
        """Return the span of a frame."""
        last_ms = frame.time_ms + (frame.ticks - 1) * frame.step_ms
        return cls(frame.time_ms, last_ms, frame.step_ms, frame.boot, frame.seq)


@dataclass(frozen=True, slots=True)
class Cause:
    """What is known of frames that are missing, or of the clock before a frame.

    Attributes:
        first_seq: the first frame that is missing; for a clock, the frame before which it was set.
        last_seq: the last one.
        reason: SPOOL_OVERFLOW, REJECTED, CLOCK_FORWARD, CLOCK_BACK or PAUSED.
        first_ms: for a clock, the begin of the time that it skipped or went through twice, Unix ms; for a pause, its
            own begin.
        last_ms: the end of that time.
    """

    agent_id: int
    boot: int
    first_seq: int
    last_seq: int
    reason: Reason
    first_ms: int | None = None
    last_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known beside two neighbouring frames.

    Attributes:
        causes: of one agent.
        committed: for each boot, which frames are durable.
    """

    causes: Sequence[Cause] = ()
    committed: Mapping[int, RangeSet] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LedgerGap:
    """A time between two frames in which nothing was sampled or what was sampled is lost.

    Attributes:
        lost_frames: frames that the agent made and the hub does not have.
    """

    before: Span
    after: Span
    reason: Reason
    lost_frames: int = 0

    @property
    def first_ms(self) -> int:
        """The last tick before it, Unix ms."""
        return self.before.last_ms

    @property
    def last_ms(self) -> int:
        """The first tick after it, Unix ms."""
        return self.after.first_ms


def breaks(spans: Iterable[Span]) -> list[tuple[Span, Span]]:
    """Return the neighbours with a gap between them, of spans that follow each other in time."""
    found: list[tuple[Span, Span]] = []
    before: Span | None = None
    for span in spans:
        if before is not None and span.first_ms - before.last_ms > GAP_STEPS * max(before.step_ms, span.step_ms):
            found.append((before, span))
        if before is None or span.last_ms >= before.last_ms:
            before = span
    return found


def explain(before: Span, after: Span, evidence: Evidence) -> LedgerGap:
    """Return the gap between two neighbours with its reason.

    Another boot means that the agent did not run in between, unless it was paused before its first frame. In one boot,
    frames that lie between the two by their seq and are not durable are lost: for the reason that most of them are
    known for, or for none that is known. Where none is lost, the clock was set, the agent was paused, or it did not
    sample: the machine slept or was too busy.
    """
    gap = LedgerGap(before, after, Reason.NOT_SAMPLED)
    if NO_BOOT in (before.boot, after.boot):
        return replace(gap, reason=Reason.UNKNOWN)
    if before.boot != after.boot:
        paused = _paused_before(after, evidence.causes)
        return replace(gap, reason=Reason.PAUSED if paused else Reason.NOT_RUNNING)
    if after.seq < before.seq:
        return replace(gap, reason=Reason.CLOCK_BACK)
    causes = [cause for cause in evidence.causes if cause.boot == after.boot]
    held = evidence.committed.get(after.boot, RangeSet())

    def missing(first: int, last: int) -> int:
        return max(0, last - first + 1 - held.count(first, last))

    lost = missing(before.seq + 1, after.seq - 1)
    if lost:
        told = {Reason.FRAMES_LOST: 0}
        for cause in causes:
            if cause.first_ms is None:
                count = missing(max(cause.first_seq, before.seq + 1), min(cause.last_seq, after.seq - 1))
                told[cause.reason] = told.get(cause.reason, 0) + count
        return replace(gap, reason=max(told, key=lambda reason: told[reason]), lost_frames=lost)
    clocks = [one for one in causes if one.first_ms is not None and before.seq < one.first_seq <= after.seq]
    if clocks:
        return replace(gap, reason=max(clocks, key=lambda one: one.first_seq).reason)
    return gap


def _paused_before(after: Span, causes: Iterable[Cause]) -> bool:
    return any((one.boot, one.first_seq, one.reason) == (after.boot, after.seq, Reason.PAUSED) for one in causes)
