"""When a runbook may begin: limits, cooldown and breaker. Pure, with time as an argument."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from opsentrix.model.quantities import write_duration
from opsentrix.model.runbook_runs import Cause, Outcome, RunbookRun, Verdict
from opsentrix.model.runbooks import Runbook

HOUR = timedelta(hours=1)
TOO_OLD = timedelta(minutes=10)
"""Nobody acts any more on an alert's change that is older."""


@dataclass(frozen=True, slots=True)
class Past:
    """What a runbook did before.

    Attributes:
        open_here: whether a run of it has not ended on this machine.
        ended_here_at: when the newest one there ended that had begun.
        begun_here: how many began there within the last hour.
        begun_fleet: how many began anywhere within the last hour.
        under_way: how many are being checked, run, judged or undone now.
        counted_here: how many began there within the breaker's time, since it was closed last; those that people ran
            by hand do not count.
        is_open: whether the breaker is open.
        why_open: why.
    """

    open_here: bool = False
    ended_here_at: datetime | None = None
    begun_here: int = 0
    begun_fleet: int = 0
    under_way: int = 0
    counted_here: int = 0
    is_open: bool = False
    why_open: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a run does not begin; `opens` says that the breaker opens for it."""

    why: str
    opens: bool = False


def refusal(runbook: Runbook, past: Past, cause: Cause, now: datetime) -> Refusal | None:
    """Return why a run may not begin; None where it may.

    What a person asks for is not held up by limits: only by another run that is under way there.
    """
    if past.open_here:
        return Refusal("Another run of it is under way there.")
    return None if cause is Cause.HAND else next(_reached(runbook, past, now), None)


def _reached(runbook: Runbook, past: Past, now: datetime) -> Iterator[Refusal]:
    """Yield the limits that are reached, the gravest first."""
    limits, breaker = runbook.limits, runbook.breaker
    if past.is_open:
        yield Refusal(f"It stopped itself: {past.why_open}")
    if past.counted_here >= breaker.after:
        within = write_duration(breaker.within_s)
        why = f"{past.counted_here} runs began on one machine within {within}, and one more was asked for."
        yield Refusal(why, opens=True)
    if past.ended_here_at is not None and now - past.ended_here_at < timedelta(seconds=limits.cooldown_s):
        yield Refusal("The cooldown after its last run there is not over.")
    if past.begun_here >= limits.per_hour:
        yield Refusal(f"{past.begun_here} runs of it began there within an hour.")
    if past.begun_fleet >= limits.fleet_per_hour:
        yield Refusal(f"{past.begun_fleet} runs of it began within an hour.")
    if past.under_way >= limits.at_once:
        yield Refusal(f"{past.under_way} runs of it are under way.")


def helped(run: RunbookRun) -> bool | None:
    """Return whether a run that has ended helped; None where it says nothing of that.

    What people ran or cancelled, and what never began, neither opens a breaker nor keeps it closed.
    """
    if run.begun_at is None or run.cause is Cause.HAND or run.outcome is Outcome.CANCELLED:
        return None
    if run.verdict is None:
        return run.outcome is Outcome.DONE
    return run.verdict is Verdict.FIXED


def stops(runbook: Runbook, newest: Sequence[RunbookRun]) -> str:
    """Return why a breaker opens after these runs, the newest first; empty where it does not.

    Args:
        runbook: whose.
        newest: runs that have ended since the breaker was closed last, as many as may matter.
    """
    told = [said for one in newest if (said := helped(one)) is not None][: runbook.breaker.after]
    if len(told) < runbook.breaker.after or any(told):
        return ""
    return f"{len(told)} run{'s' if len(told) > 1 else ''} in a row did not help."
