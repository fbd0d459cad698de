"""The pure book of runs, against any order of events, times, results and restarts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from opsentrix.model import runbook_json
from opsentrix.model.commands import OPEN, RunState
from opsentrix.model.runbook_checks import Answer, Check
from opsentrix.model.runbook_runs import Cause, Outcome, RunbookRun, RunbookState, Truth, Verdict
from opsentrix.model.runbooks import Breaker, Limits, Runbook
from opsentrix.response import runbook_book as book
from opsentrix.response.runbook_book import Facts, Given, StepEnd
from opsentrix.response.runbook_limits import Past, refusal, stops
from opsentrix.response.runbook_verdicts import questions

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
STEP: Mapping[str, Any] = {"action": "service.restart", "params": {"unit": "nginx"}}
ENDS = [one for one in RunState if one not in OPEN]


def runbook(**change: object) -> Runbook:
    said = {"name": "r", "steps": [STEP, STEP], "expect": "app.alive > 0", "within": "60s", **change}
    return runbook_json.from_json({key: value for key, value in said.items() if value is not None})


def begun(said: Runbook, **change: Any) -> RunbookRun:  # noqa: ANN401
    definition = runbook_json.to_json(said)
    run = RunbookRun(1, 7, "r", 1, definition, b"s" * 32, 3, Cause.ALERT, RunbookState.CHECKING, "ana", 5, START)
    return book.checking(replace(run, **change), said, START)


def answer(truth: Truth, since: datetime, **more: Any) -> Answer:  # noqa: ANN401
    return Answer(truth, since.timestamp(), evidence={"truth": truth.value}, **more)


def until_given(run: RunbookRun, said: Runbook, facts: Facts, now: datetime) -> tuple[RunbookRun, Given | None]:
    move = book.advance(run, said, facts, now)
    return (replace(move.run, command_id=99), move.give) if move.give else (move.run, None)


def running(said: Runbook, baseline: Truth = Truth.FAILS) -> RunbookRun:
    known = Facts(answers={Check.BASELINE: answer(baseline, START)})
    run, give = until_given(begun(said, forced=True), said, known, START + SECOND)
    assert give is not None
    return run


def judged(said: Runbook, baseline: Truth = Truth.FAILS) -> RunbookRun:
    """Return a run whose only step ended ten seconds after the start."""
    run, _ = until_given(running(said, baseline), said, ended(10), START + 10 * SECOND)
    assert run.state is RunbookState.JUDGING
    return run


def ended(second: int, state: RunState = RunState.SUCCEEDED, *, known: bool = True) -> Facts:
    return Facts(step=StepEnd(state, "", START + second * SECOND if known else None))


ONE = runbook(steps=[STEP])
AFTER = START + 12 * SECOND


def verdict_of(run: RunbookRun, said: Runbook, now: datetime, **answers: Answer) -> Verdict | None:
    facts = Facts(answers={Check(name): one for name, one in answers.items()})
    return book.advance(run, said, facts, now).run.verdict


def test_fixed_needs_samples_of_after_the_last_step() -> None:
    run = judged(ONE)
    assert verdict_of(run, ONE, AFTER, expect=answer(Truth.HOLDS, START + 9 * SECOND)) is None
    assert verdict_of(run, ONE, AFTER, expect=answer(Truth.HOLDS, START + 10 * SECOND)) is Verdict.FIXED


def test_what_does_not_hold_is_told_at_the_end_and_not_before() -> None:
    run, late = judged(ONE), START + 70 * SECOND
    fails = answer(Truth.FAILS, AFTER, failed=True)
    assert verdict_of(run, ONE, AFTER, expect=fails) is None
    assert verdict_of(run, ONE, late, expect=fails) is Verdict.NOT_FIXED
    assert verdict_of(run, ONE, late, expect=answer(Truth.UNKNOWN, AFTER)) is Verdict.UNKNOWN
    assert verdict_of(run, ONE, late) is Verdict.UNKNOWN
    assert verdict_of(judged(ONE, Truth.HOLDS), ONE, late, expect=fails) is Verdict.WORSE


def test_what_only_had_to_last_longer_is_unknown_unless_it_had_failed() -> None:
    run, late = judged(ONE), START + 70 * SECOND
    assert verdict_of(run, ONE, late, expect=answer(Truth.UNKNOWN, AFTER, lasting=True)) is Verdict.UNKNOWN
    lasting = answer(Truth.UNKNOWN, AFTER, lasting=True, failed=True)
    assert verdict_of(run, ONE, late, expect=lasting) is Verdict.NOT_FIXED


def test_worse_wins_and_is_waited_for_while_it_may_come() -> None:
    said = runbook(steps=[STEP], worse="app.errors > 5 for 10s")
    run, holds = judged(said), answer(Truth.HOLDS, AFTER)
    assert verdict_of(run, said, AFTER, expect=holds, worse=holds) is Verdict.WORSE
    coming = answer(Truth.UNKNOWN, AFTER, lasting=True)
    assert verdict_of(run, said, AFTER, expect=holds, worse=coming) is None
    assert verdict_of(run, said, AFTER, expect=holds, worse=answer(Truth.FAILS, AFTER)) is Verdict.FIXED


def test_what_was_worse_before_is_not_told_as_its_doing() -> None:
    said = runbook(steps=[STEP], worse="app.errors > 5")
    known = Facts(answers={one: answer(Truth.FAILS if one is Check.BASELINE else Truth.HOLDS, START) for one in Check})
    run, _ = until_given(begun(said), said, known, START + SECOND)
    run, _ = until_given(run, said, ended(10), START + 10 * SECOND)
    assert questions(run, said) == {Check.EXPECT: True}


def test_a_step_that_failed_after_another_is_undone_and_the_world_is_judged() -> None:
    said = runbook(undo=[STEP])
    run, _ = until_given(running(said), said, ended(10), START + 10 * SECOND)
    run, give = until_given(run, said, ended(20, RunState.FAILED), START + 20 * SECOND)
    assert (run.state, give is not None and give.undo) == (RunbookState.UNDOING, True)
    run, _ = until_given(run, said, ended(30), START + 30 * SECOND)
    assert (run.state, run.since) == (RunbookState.JUDGING, START + 30 * SECOND)
    facts = Facts(answers={Check.EXPECT: answer(Truth.HOLDS, START + 31 * SECOND)})
    run = book.advance(run, said, facts, START + 32 * SECOND).run
    assert (run.outcome, run.verdict) == (Outcome.STEP_FAILED, Verdict.FIXED)


def test_a_step_of_which_nobody_knows_the_end_is_judged_by_nothing_until_it_is_told() -> None:
    lost = ended(0, RunState.UNKNOWN, known=False)
    run, _ = until_given(running(ONE), ONE, lost, START + 20 * SECOND)
    assert (run.state, run.since, questions(run, ONE)) == (RunbookState.JUDGING, None, {})
    early = Facts(step=lost.step, answers={Check.EXPECT: answer(Truth.HOLDS, AFTER)})
    assert book.advance(run, ONE, early, AFTER).run == run
    told = book.advance(run, ONE, ended(40), START + 41 * SECOND).run
    assert (told.since, book.FAILED in told.evidence) == (START + 40 * SECOND, False)
    assert book.advance(run, ONE, lost, START + 90 * SECOND).run.verdict is Verdict.UNKNOWN


def test_an_alert_without_a_label_fails_before_the_first_step() -> None:
    said = runbook(steps=[{"action": "script", "params": {"site": "$label.site"}}])
    move = book.advance(begun(said), said, Facts(), START)
    assert (move.run.outcome, move.run.note, move.give) == (
        Outcome.STEP_FAILED, "The alert has no label site.", None,
    )  # fmt: skip


def test_who_lost_the_right_gives_no_further_step() -> None:
    said = runbook()
    facts = replace(ended(10), no_right="gone")
    run, give = until_given(running(said), said, facts, START + 10 * SECOND)
    assert (give, run.state, run.evidence[book.FAILED]) == (None, RunbookState.JUDGING, "gone")


truths = st.sampled_from([Truth.HOLDS, Truth.HOLDS, Truth.FAILS, Truth.UNKNOWN])
answers = st.builds(
    lambda truth, second, lasting, failed: answer(truth, START + second * SECOND, lasting=lasting, failed=failed),
    truths, st.integers(0, 90), st.booleans(), st.booleans(),
)  # fmt: skip
endings = st.sampled_from([*([RunState.SUCCEEDED] * 9), *ENDS])
looks = st.lists(
    st.tuples(
        st.integers(0, 15), st.dictionaries(st.sampled_from([Check.EXPECT, Check.EXPECT, *Check]), answers),
        st.none() | st.tuples(endings, st.integers(-5, 40), st.booleans()),
        st.sampled_from([*([""] * 19), "no right"]), st.sampled_from([*([False] * 9), True]),
    ),
    min_size=4, max_size=25,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(looks, st.integers(1, 4), st.integers(0, 2), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_no_order_of_things_makes_a_false_verdict_or_a_step_too_many(
    looked: list[Any],
    steps: int,
    undo: int,
    expects: bool,
    fears: bool,
    asks: bool,
    forced: bool,
) -> None:
    said = runbook(
        steps=[STEP] * steps, undo=[STEP] * undo or None, expect="a > 0" if expects else None,
        worse="b > 0" if fears else None, when="c > 0" if asks else None,
    )  # fmt: skip
    run, now, given_steps, last_end = begun(said, forced=forced), START, [], None
    last: Mapping[Check, Answer] = {}
    for seconds, said_now, end, no_right, away in looked:
        if run.state is RunbookState.ENDED:
            break
        now += seconds * SECOND
        step = None
        if end is not None and run.command_id is not None:
            state, offset, known = end
            step = StepEnd(state, "", now + offset * SECOND if known or state is not RunState.UNKNOWN else None)
            if run.state is not RunbookState.JUDGING or run.since is None:
                last_end = step.after if step.after is None or last_end is None else max(last_end, step.after)
        last = said_now
        move = book.advance(run, said, Facts(step, said_now, "", away, no_right), now)
        # What a restart leaves is the run alone, which is all that is passed on here anyway.
        run = move.run
        if move.give is not None:
            given_steps.append((move.give.undo, move.give.position))
            run = replace(run, command_id=len(given_steps))
    assert len(given_steps) == len(set(given_steps))
    assert sum(not one for one, _ in given_steps) <= steps
    assert sum(one for one, _ in given_steps) <= undo
    if run.verdict is Verdict.FIXED:
        held = last[Check.EXPECT]
        assert held.truth is Truth.HOLDS
        assert last_end is not None
        assert held.since is not None
        assert held.since >= last_end.timestamp()
    if run.state is RunbookState.ENDED and run.begun_at is not None and expects and given_steps:
        assert run.verdict is not None
    if not given_steps:
        assert run.verdict is None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(list(Verdict)), max_size=30), st.integers(1, 5))
def test_a_breaker_opens_at_so_many_in_a_row_and_not_before(verdicts: list[Verdict], after: int) -> None:
    said = runbook(breaker={"after": after, "within": "1h"})
    done: list[RunbookRun] = []
    for verdict in verdicts:
        run = replace(begun(said), state=RunbookState.ENDED, outcome=Outcome.DONE, verdict=verdict, begun_at=START)
        done.insert(0, run)
        newest = [one.verdict for one in done[:after]]
        wanted = len(newest) == after and Verdict.FIXED not in newest
        assert bool(stops(said, done)) is wanted


def test_what_people_ran_or_cancelled_opens_no_breaker() -> None:
    said = runbook(breaker={"after": 1, "within": "1h"})
    failed = replace(begun(said), state=RunbookState.ENDED, verdict=Verdict.NOT_FIXED, begun_at=START)
    assert stops(said, [replace(failed, outcome=Outcome.DONE)])
    assert not stops(said, [replace(failed, outcome=Outcome.DONE, cause=Cause.HAND)])
    assert not stops(said, [replace(failed, outcome=Outcome.CANCELLED)])


def test_each_limit_refuses_and_a_person_is_held_up_by_one_alone() -> None:
    said = replace(runbook(), limits=Limits(60, 2, 3, 4), breaker=Breaker(5, 3600))

    def why(cause: Cause = Cause.ALERT, **past: Any) -> str:  # noqa: ANN401
        found = refusal(said, Past(**past), cause, START)
        return "" if found is None else found.why

    assert why() == ""
    assert "cooldown" in why(ended_here_at=START - 59 * SECOND)
    assert why(ended_here_at=START - 60 * SECOND) == ""
    assert why(begun_here=2) == "2 runs of it began there within an hour."
    assert why(begun_fleet=3) == "3 runs of it began within an hour."
    assert why(under_way=4) == "4 runs of it are under way."
    assert why(is_open=True, why_open="x") == "It stopped itself: x"
    found = refusal(said, Past(counted_here=5), Cause.ALERT, START)
    assert found is not None
    assert found.opens
    assert why(Cause.HAND, begun_here=9, is_open=True, counted_here=9) == ""
    assert why(Cause.HAND, open_here=True) == "Another run of it is under way there."
