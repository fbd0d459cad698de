"""What is asked of the judge about a run, and what its answers say: pure, with time as an argument."""

from collections.abc import Mapping
from datetime import UTC, datetime

from opsentrix.model.runbook_checks import NOTHING_KNOWN, Answer, Check
from opsentrix.model.runbook_runs import RunbookRun, RunbookState, Truth, Verdict
from opsentrix.model.runbooks import Runbook

WORDS = {
    Verdict.FIXED: "fixed",
    Verdict.NOT_FIXED: "not fixed",
    Verdict.WORSE: "worse",
    Verdict.UNKNOWN: "unknown, since no fresh samples tell",
}
"""Verdicts for people."""


def questions(run: RunbookRun, runbook: Runbook) -> dict[Check, bool]:
    """Return what is to be judged now, and of each whether all series have to suit."""
    asked: dict[Check, bool] = {}
    if run.state is RunbookState.CHECKING:
        if runbook.when is not None:
            asked[Check.WHEN] = False
        if runbook.expect is not None:
            asked[Check.BASELINE] = True
        if runbook.worse is not None:
            asked[Check.WORSE_BEFORE] = False
    elif run.state is RunbookState.JUDGING and run.since is not None:
        if runbook.expect is not None:
            asked[Check.EXPECT] = True
        if runbook.worse is not None and not _was_worse(run):
            asked[Check.WORSE] = False
    return asked


def verdict(
    run: RunbookRun, runbook: Runbook, answers: Mapping[Check, Answer], now: datetime
) -> Verdict | None:  # fmt: skip
    """Return whether it helped; None where that is not decided, or nothing is expected."""
    expect, worse = (_fresh(run, answers.get(one)) for one in (Check.EXPECT, Check.WORSE))
    late = run.deadline is None or now >= run.deadline
    if worse.truth is Truth.HOLDS:
        return Verdict.WORSE
    if expect.truth is Truth.HOLDS and (late or not worse.lasting):
        return Verdict.FIXED
    if not late or runbook.expect is None:
        return None
    if expect.truth is Truth.FAILS:
        return Verdict.WORSE if run.baseline is Truth.HOLDS else Verdict.NOT_FIXED
    return Verdict.NOT_FIXED if expect.lasting and expect.failed else Verdict.UNKNOWN


def _fresh(run: RunbookRun, answer: Answer | None) -> Answer:
    """Return an answer if all that it rests on was sampled after the last step's end."""
    if answer is None or answer.since is None or run.since is None:
        return NOTHING_KNOWN
    if datetime.fromtimestamp(answer.since, UTC) < run.since:
        return NOTHING_KNOWN
    return answer


def _was_worse(run: RunbookRun) -> bool:
    """Return whether what must not come about was there before anything was done: then it says nothing."""
    before = run.evidence.get(Check.WORSE_BEFORE)
    return before is not None and before.get("truth") == Truth.HOLDS
