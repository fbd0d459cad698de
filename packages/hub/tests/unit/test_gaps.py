"""What two neighbouring frames and the causes that are known say about the time between them."""

from opsentrix.model.gaps import Cause, Evidence, LedgerGap, Reason, Span, breaks, explain
from opsentrix.model.ranges import RangeSet


def span(seq: int, second: int, boot: int = 1) -> Span:
    return Span(second * 1000, second * 1000 + 4000, 1000, boot, seq)


def lost(first: int, last: int, reason: Reason) -> Cause:
    return Cause(1, 1, first, last, reason)


def clock(seq: int, reason: Reason) -> Cause:
    return Cause(1, 1, seq, seq, reason, 0, 1)


def told(before: Span, after: Span, *causes: Cause, committed: RangeSet | None = None) -> tuple[Reason, int]:
    gap = explain(before, after, Evidence(causes, {1: committed or RangeSet()}))
    assert (gap.first_ms, gap.last_ms) == (before.last_ms, after.first_ms)
    return gap.reason, gap.lost_frames


def test_ticks_at_their_step_have_no_gap_between_them() -> None:
    assert breaks([span(1, 0), span(2, 5), span(3, 10)]) == []
    assert breaks([span(1, 0), span(2, 5), span(3, 20)]) == [(span(2, 5), span(3, 20))]


def test_a_frame_within_another_hides_nothing() -> None:
    wide = Span(0, 59_000, 1000, 1, 1)
    assert breaks([wide, span(2, 10), span(3, 60)]) == []


def test_another_boot_means_that_the_agent_did_not_run() -> None:
    assert told(span(9, 0), span(1, 60, boot=2)) == (Reason.NOT_RUNNING, 0)


def test_nothing_lost_and_nothing_known_means_not_sampled() -> None:
    assert told(span(1, 0), span(2, 60)) == (Reason.NOT_SAMPLED, 0)


def test_lost_frames_without_a_cause_are_just_lost() -> None:
    assert told(span(1, 0), span(5, 60)) == (Reason.FRAMES_LOST, 3)


def test_frames_that_are_durable_elsewhere_are_not_lost() -> None:
    assert told(span(1, 0), span(5, 60), committed=RangeSet([(2, 3)])) == (Reason.FRAMES_LOST, 1)
    assert told(span(1, 0), span(5, 60), committed=RangeSet([(1, 9)])) == (Reason.NOT_SAMPLED, 0)


def test_most_of_the_lost_frames_give_the_reason() -> None:
    overflow, rejected = lost(1, 4, Reason.SPOOL_OVERFLOW), lost(5, 5, Reason.REJECTED)
    assert told(span(1, 0), span(6, 60), overflow, rejected) == (Reason.SPOOL_OVERFLOW, 4)
    assert told(span(1, 0), span(6, 60), overflow, rejected, committed=RangeSet([(1, 4)])) == (Reason.REJECTED, 1)
    assert told(span(6, 0), span(9, 60), overflow, rejected) == (Reason.FRAMES_LOST, 2)


def test_causes_of_another_boot_say_nothing() -> None:
    other = Cause(1, 2, 2, 4, Reason.REJECTED)
    assert told(span(1, 0), span(5, 60), other) == (Reason.FRAMES_LOST, 3)


def test_a_clock_explains_only_the_frame_that_it_was_set_before() -> None:
    forward, back = clock(5, Reason.CLOCK_FORWARD), clock(9, Reason.CLOCK_BACK)
    assert told(span(4, 0), span(5, 60), forward, back) == (Reason.CLOCK_FORWARD, 0)
    assert told(span(5, 0), span(6, 60), forward, back) == (Reason.NOT_SAMPLED, 0)
    held = RangeSet([(1, 20)])
    assert told(span(4, 0), span(9, 60), forward, back, committed=held) == (Reason.CLOCK_BACK, 0)


def test_frames_that_go_back_in_time_mean_a_clock_that_was_set_back() -> None:
    assert told(span(9, 0), span(4, 60)) == (Reason.CLOCK_BACK, 0)


def test_a_gap_ends_where_the_ticks_do() -> None:
    assert explain(span(1, 0), span(2, 60), Evidence()) == LedgerGap(span(1, 0), span(2, 60), Reason.NOT_SAMPLED)
