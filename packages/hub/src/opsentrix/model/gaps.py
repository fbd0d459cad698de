"""Why samples are missing: what two neighbouring frames say about the time between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from opsentrix.model.frames import StoredFrame

GAP_STEPS = 1.5
"""Ticks further apart than this many steps have a gap between them: one tick was missed."""


class Reason(StrEnum):
    """Why samples are missing."""

    NOT_RUNNING = "agent not running"
    FRAMES_LOST = "frames lost"
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
class LedgerGap:
    """A time between two ticks in which nothing was sampled or what was sampled is lost.

    Attributes:
        first_ms: the last tick before it, Unix ms.
        last_ms: the first tick after it.
        lost_frames: frames that the agent made and the hub never got.
    """

    first_ms: int
    last_ms: int
    reason: Reason
    lost_frames: int = 0


def gaps_between(spans: Iterable[Span]) -> list[LedgerGap]:
    """Return the gaps between spans that follow each other in time.

    Another boot means that the agent did not run in between. In one boot, a jump in seq means that frames were lost:
    the bounded spool dropped them, or the hub rejected them. No jump means that the agent did not sample: the machine
    slept, was too busy, or its clock was set forward.
    """
    gaps: list[LedgerGap] = []
    before: Span | None = None
    for span in spans:
        if before is not None and span.first_ms - before.last_ms > GAP_STEPS * max(before.step_ms, span.step_ms):
            gaps.append(_explain(before, span))
        if before is None or span.last_ms >= before.last_ms:
            before = span
    return gaps


def filled(gap: LedgerGap, spans: Sequence[Span]) -> list[LedgerGap]:
    """Return what is left of a gap after frames came late; `spans` are in order of time."""
    left = []
    begin = gap.first_ms
    inside = [span for span in spans if span.first_ms < gap.last_ms and span.last_ms > gap.first_ms]
    lost = max(0, gap.lost_frames - len(inside))
    for span in inside:
        if span.first_ms - begin > GAP_STEPS * span.step_ms:
            left.append(replace(gap, first_ms=begin, last_ms=span.first_ms, lost_frames=lost))
        begin = max(begin, span.last_ms)
    if inside and gap.last_ms - begin > GAP_STEPS * inside[-1].step_ms:
        left.append(replace(gap, first_ms=begin, lost_frames=lost))
    return left if inside else [gap]


def _explain(before: Span, after: Span) -> LedgerGap:
    if before.boot != after.boot:
        return LedgerGap(before.last_ms, after.first_ms, Reason.NOT_RUNNING)
    lost = after.seq - before.seq - 1
    if lost > 0:
        return LedgerGap(before.last_ms, after.first_ms, Reason.FRAMES_LOST, lost)
    return LedgerGap(before.last_ms, after.first_ms, Reason.NOT_SAMPLED)
