"""How a run of a runbook goes on: pure, with time as an argument.

A run says all of what it knows, so whoever goes on with it after a restart needs nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from opsentrix.model import rules
from opsentrix.model.commands import RunState
from opsentrix.model.rules import Rule
from opsentrix.model.runbook_checks import NOTHING_KNOWN, Answer, Check
from opsentrix.model.runbook_runs import Outcome, RunbookRun, RunbookState, Truth, Verdict
from opsentrix.model.runbooks import Runbook, Step
from opsentrix.response.runbook_verdicts import WORDS, questions, verdict

CHECK_WITHIN = timedelta(seconds=30)
"""So long, and as long as it looks back itself, a precondition may take to be known."""
BASELINE_WITHIN = timedelta(seconds=10)
"""So long it is waited for what cannot be known: nothing comes of what is expected where a service is dead."""
RECENT = timedelta(seconds=5)
"""Samples of before anything is done may be so old."""
WAITING = (RunbookState.SUGGESTED, RunbookState.AWAITING_APPROVAL)
ACTING = (RunbookState.RUNNING, RunbookState.UNDOING)
FAILED, UNDONE = "failed", "undone"
"""What a run's evidence says of itself beside the checks: which step failed, and why it was undone."""


@dataclass(frozen=True, slots=True)
class StepEnd:
    """How the command of a step ended on the machine.

    Attributes:
        after: from when on, by the agent's clock, a sample was surely taken after its end; None while nobody knows
            that it has ended.
    """

    state: RunState
    error: str = ""
    after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known at a moment.

    Attributes:
        step: how the command ended that the run waits for; None while it goes on.
        answers: of the judge.
        refusal: why nothing may be begun there; empty where it may.
        away: whether the machine is not connected.
        no_right: why no step may be given any more; empty where it may.
    """

    step: StepEnd | None = None
    answers: Mapping[Check, Answer] = field(default_factory=dict)
    refusal: str = ""
    away: bool = False
    no_right: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """A command that is to be given, for a step."""

    action: str
    params: Mapping[str, str | int | bool]
    timeout_s: int
    position: int
    undo: bool


@dataclass(slots=True)
class Move:
    """A run as it is after a look at it.

    Attributes:
        give: the command that is to be given with it, in one transaction.
        told: what the incident's timeline says of it.
    """

    run: RunbookRun
    give: Given | None = None
    told: list[str] = field(default_factory=list)


def check_within(runbook: Runbook) -> timedelta:
    """Return how long the check before the first step may take."""
    return CHECK_WITHIN + (_length(runbook.when) if runbook.when else timedelta())


def checking(run: RunbookRun, runbook: Runbook, now: datetime) -> RunbookRun:
    """Return a run whose check begins now."""
    return replace(
        run, state=RunbookState.CHECKING, expires_at=None, since=now - RECENT, deadline=now + check_within(runbook)
    )  # fmt: skip


def approved(run: RunbookRun, runbook: Runbook, by: str, requester_id: int, now: datetime) -> RunbookRun:
    """Return a run that waited for a person, who takes it on: from now on it acts with their rights."""
    return checking(replace(run, decided_by=by, requested_by=by, requester_id=requester_id), runbook, now)


def declined(run: RunbookRun, by: str, reason: str, now: datetime) -> RunbookRun:
    """Return a run that waited for a person, who does not want it."""
    return _ended(replace(run, decided_by=by), Outcome.DECLINED, reason or f"Declined by {by}.", now)


def cancelled(run: RunbookRun, runbook: Runbook, by: str, reason: str, now: datetime) -> RunbookRun:
    """Return a run that a person ends: nobody will know whether it helped."""
    verdict = run.verdict
    if verdict is None and run.begun_at is not None and runbook.expect is not None:
        verdict = Verdict.UNKNOWN
    note = f"Cancelled by {by}." + (f" {reason}" if reason else "")
    return replace(_ended(run, Outcome.CANCELLED, note, now), verdict=verdict)


def skipped(run: RunbookRun, why: str, now: datetime) -> RunbookRun:
    """Return a run that does not begin."""
    return _ended(run, Outcome.SKIPPED, why, now)


def advance(run: RunbookRun, runbook: Runbook, facts: Facts, now: datetime) -> Move:
    """Return how a run that has not ended goes on.

    At most one command is given at a time; the run has to be stored with its number before it is looked at again.
    """
    move = Move(run)
    ways: Mapping[RunbookState, Callable[[Move, Runbook, Facts, datetime], None]] = {
        RunbookState.CHECKING: _check,
        RunbookState.RUNNING: _act,
        RunbookState.UNDOING: _act,
        RunbookState.JUDGING: _judge,
    }
    if run.state in WAITING:
        if run.expires_at is not None and now >= run.expires_at:
            move.run = _ended(run, Outcome.EXPIRED, "Nobody decided in time.", now)
            move.told.append("nobody decided in time")
        return move
    ways[run.state](move, runbook, facts, now)
    return move


def _check(move: Move, runbook: Runbook, facts: Facts, now: datetime) -> None:
    run = move.run
    missing = sorted(runbook.labels - run.labels.keys())
    late = run.deadline is None or now >= run.deadline
    when, baseline = facts.answers.get(Check.WHEN, NOTHING_KNOWN), facts.answers.get(Check.BASELINE, NOTHING_KNOWN)
    if missing:
        move.run = _ended(run, Outcome.STEP_FAILED, f"The alert has no label {missing[0]}.", now)
        move.told.append(f"ended: the alert has no label {missing[0]}")
    elif facts.refusal or facts.no_right:
        _skip(move, facts.refusal or facts.no_right, now)
    elif facts.away:
        if late:
            _skip(move, "The machine is away.", now)
    elif runbook.when is not None and when.truth is Truth.FAILS:
        _skip(move, "Its precondition does not hold.", now, {Check.WHEN: when})
    elif runbook.when is not None and when.truth is Truth.UNKNOWN:
        if late:
            _skip(move, "Nothing is known of its precondition.", now, {Check.WHEN: when})
    elif runbook.expect is None or baseline.truth is not Truth.UNKNOWN or _waited(run, runbook, baseline, now):
        seen = {one: facts.answers[one] for one in questions(run, runbook) if one in facts.answers}
        if baseline.truth is Truth.HOLDS and not run.forced:
            move.run = replace(run, baseline=Truth.HOLDS)
            _skip(move, "What is expected holds already.", now, seen)
        else:
            _begin(move, runbook, facts, seen, now)


def _waited(run: RunbookRun, runbook: Runbook, baseline: Answer, now: datetime) -> bool:
    """Return whether what is not known yet of the baseline is not waited for any longer."""
    within = CHECK_WITHIN if baseline.lasting else BASELINE_WITHIN
    return run.deadline is None or now >= run.deadline - check_within(runbook) + within


def _begin(move: Move, runbook: Runbook, facts: Facts, seen: Mapping[Check, Answer], now: datetime) -> None:
    baseline = seen[Check.BASELINE].truth if Check.BASELINE in seen else None
    if runbook.expect is not None and baseline is None:
        baseline = Truth.UNKNOWN
    move.run = replace(
        _with_evidence(move.run, seen), state=RunbookState.RUNNING, position=0, command_id=None, begun_at=now,
        since=None, deadline=None, baseline=baseline,
    )  # fmt: skip
    move.told.append("began")
    _act(move, runbook, facts, now)


def _act(move: Move, runbook: Runbook, facts: Facts, now: datetime) -> None:
    run = move.run
    steps = runbook.undo if run.state is RunbookState.UNDOING else runbook.steps
    if run.command_id is not None:
        if facts.step is None:
            return
        if facts.step.state is not RunState.SUCCEEDED:
            _fail(move, runbook, facts, facts.step, now)
            return
        move.told.append(_step_text(run, steps[run.position], facts.step))
        run = replace(run, position=run.position + 1, command_id=None, since=_latest(run.since, facts.step.after))
        move.run = run
        if run.position == len(steps):
            _stop_acting(move, runbook, now)
            return
    if facts.no_right:
        _give_up(move, runbook, facts.no_right, now)
        return
    step, undo = steps[run.position], run.state is RunbookState.UNDOING
    move.give = Given(step.action, step.filled(run.labels), step.timeout_s, run.position, undo=undo)


def _fail(move: Move, runbook: Runbook, facts: Facts, end: StepEnd, now: datetime) -> None:
    """Take that a step did not end well: undo what was done, unless nobody knows what the machine is doing."""
    run = move.run
    undoing = run.state is RunbookState.UNDOING
    steps = runbook.undo if undoing else runbook.steps
    text = _step_text(run, steps[run.position], end)
    move.told.append(text)
    known = end.after is not None
    after = _latest(run.since, end.after) if known else None
    move.run = replace(run, since=after, command_id=None if known else run.command_id)
    if not undoing:
        move.run = _noting(move.run, FAILED, text)
        if known and run.position > 0 and runbook.undo and not facts.no_right:
            _undo(move, runbook, facts, "a step failed", now)
            return
    _stop_acting(move, runbook, now)


def _give_up(move: Move, runbook: Runbook, why: str, now: datetime) -> None:
    """Take that no more steps can be given."""
    begun = move.run.position > 0 or move.run.state is RunbookState.UNDOING
    if move.run.state is RunbookState.RUNNING:
        move.run = _noting(move.run, FAILED, why)
    move.told.append(why)
    if begun:
        _stop_acting(move, runbook, now)
    else:
        _end(move, now)


def _undo(move: Move, runbook: Runbook, facts: Facts, why: str, now: datetime) -> None:
    move.run = replace(_noting(move.run, UNDONE, why), state=RunbookState.UNDOING, position=0, command_id=None)
    move.told.append(f"is undone, since {why}")
    _act(move, runbook, Facts(no_right=facts.no_right), now)


def _stop_acting(move: Move, runbook: Runbook, now: datetime) -> None:
    """Go on after the last step: to the verdict, or to the end where there is none or it is known."""
    if move.run.verdict is not None or (runbook.expect is None and runbook.worse is None):
        _end(move, now)
        return
    until = now + timedelta(seconds=runbook.within_s)
    move.run = replace(move.run, state=RunbookState.JUDGING, deadline=until)


def _judge(move: Move, runbook: Runbook, facts: Facts, now: datetime) -> None:
    run, end = move.run, facts.step
    if run.since is None:
        if run.command_id is not None and end is not None and end.after is not None:
            _settle(move, runbook, end, now)
        elif run.deadline is None or now >= run.deadline:
            _tell(move, runbook, facts, None if runbook.expect is None else Verdict.UNKNOWN, now)
        return
    found = verdict(run, runbook, facts.answers, now)
    if found is not None or run.deadline is None or now >= run.deadline:
        _tell(move, runbook, facts, found, now)


def _settle(move: Move, runbook: Runbook, end: StepEnd, now: datetime) -> None:
    """Take what an agent that was lost told of the step's end at last."""
    run = move.run
    undoing = UNDONE in run.evidence
    steps = runbook.undo if undoing else runbook.steps
    text = _step_text(run, steps[run.position], end)
    move.told.append(text)
    evidence = dict(run.evidence)
    if not undoing:
        evidence[FAILED] = text
        if end.state is RunState.SUCCEEDED and run.position + 1 == len(steps):
            del evidence[FAILED]
    move.run = replace(run, since=end.after, command_id=None, evidence=evidence)


def _tell(move: Move, runbook: Runbook, facts: Facts, found: Verdict | None, now: datetime) -> None:
    """Take the verdict; undo what made it worse, once."""
    seen = {one: facts.answers[one] for one in questions(move.run, runbook) if one in facts.answers}
    move.run = replace(_with_evidence(move.run, seen), verdict=found)
    if found is not None:
        move.told.append(f"verdict: {WORDS[found]}")
    if found is Verdict.WORSE and runbook.undo and UNDONE not in move.run.evidence and not facts.no_right:
        _undo(move, runbook, facts, "it is worse", now)
        return
    _end(move, now)


def _end(move: Move, now: datetime) -> None:
    failed = move.run.evidence.get(FAILED)
    outcome = Outcome.DONE if failed is None else Outcome.STEP_FAILED
    move.run = _ended(move.run, outcome, "" if failed is None else str(failed), now)
    move.told.append("ended" if failed is None else "ended: a step failed")


def _skip(
    move: Move, why: str, now: datetime, seen: Mapping[Check, Answer] | None = None
) -> None:  # fmt: skip
    move.run = _ended(_with_evidence(move.run, seen or {}), Outcome.SKIPPED, why, now)
    move.told.append(f"was skipped: {why}")


def _ended(run: RunbookRun, outcome: Outcome, note: str, now: datetime) -> RunbookRun:
    return replace(
        run, state=RunbookState.ENDED, outcome=outcome, note=note, ended_at=now, expires_at=None, command_id=None
    )  # fmt: skip


def _with_evidence(run: RunbookRun, seen: Mapping[Check, Answer]) -> RunbookRun:
    said = {one.value: answer.evidence for one, answer in seen.items()}
    return replace(run, evidence={**run.evidence, **said}) if said else run


def _noting(run: RunbookRun, key: str, text: str) -> RunbookRun:
    return replace(run, evidence={**run.evidence, key: text})


def _step_text(run: RunbookRun, step: Step, end: StepEnd) -> str:
    which = "undo step" if UNDONE in run.evidence else "step"
    error = f": {end.error}" if end.error else ""
    return f"{which} {run.position + 1} ({step.action}) {end.state.replace('_', ' ')}{error}"


def _latest(first: datetime | None, second: datetime | None) -> datetime | None:
    return max((one for one in (first, second) if one is not None), default=None)


def _length(rule: Rule) -> timedelta:
    """Return how long a condition has to be looked at before it can be known to hold."""
    reach = max(
        (rules.reach_s(one.operand) for one in rules.leaves(rule.condition) if isinstance(one, rules.Comparison)),
        default=0.0,
    )
    return timedelta(seconds=rule.for_s + reach)
