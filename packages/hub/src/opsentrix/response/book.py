"""What is to be done with a command now, and what an agent's words change: pure, with time as an argument."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from opsentrix.model.commands import (
    UNDER_WAY,
    UNSETTLED,
    Command,
    CommandState,
    Ending,
    Run,
    RunState,
)

BUSY = "busy."
"""What the error of a refusal ends in that may be asked again."""
RETRY_AFTER = timedelta(seconds=5)
SILENT_FOR = timedelta(minutes=1)
"""So long after a command has expired an agent that is connected and said nothing of it will not."""
LONGEST = timedelta(hours=1)
"""No policy lets a command run longer."""
MAX_PIECES = 50_000
"""Pieces of output that are kept of a run, however small they are."""
SENT_AT_ONCE = 500
"""Agents that are sent commands in one step."""

LOST = "The agent was lost before it told how it ended."
SAID_NOTHING = "The agent said nothing of it, though it is connected."
NO_APPROVAL = "Nobody approved it in time."
NO_RIGHT = "Who asked for it may not give commands any more."


@dataclass(frozen=True, slots=True)
class Presence:
    """Which agents are there.

    Attributes:
        connected: those that can be sent to.
        lost: those that have been away for so long that nothing is awaited of them now.
        settled: whether those that are away are so; right after the hub's start most are still on their way.
    """

    connected: AbstractSet[int]
    lost: AbstractSet[int] = frozenset()
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """How a command stands from now on, and what becomes of runs.

    Attributes:
        send: runs that are to be sent now.
        changed: runs that ended without an agent's word, as they are then.
    """

    command: Command
    send: list[Run] = field(default_factory=list)
    changed: list[Run] = field(default_factory=list)


def step(command: Command, runs: Sequence[Run], bad: int, presence: Presence, now: datetime) -> Step:
    """Return what to do with a command that has not ended.

    A batch is over when each of its runs has ended, or waits for an agent that is away; such runs are sent as soon as
    the agent is there, and no more than a batch's size is under way at any time.

    Args:
        command: as it stands.
        runs: its open ones.
        bad: how many others did not end well.
        presence: of the agents.
        now: the time.
    """
    changed = [after for one in runs if (after := _given_up(one, command, presence, now)) is not None]
    bad += sum(one.state is RunState.UNKNOWN for one in changed)
    command = _judged(command, bad, now)
    gone = {one.id for one in changed}
    left = [one for one in runs if one.id not in gone]
    ends = _end_of_waiting(command, now)
    if ends is not None:
        changed += [replace(one, state=ends, ended_at=now) for one in left if one.state is RunState.WAITING]
        left = [one for one in left if one.state is not RunState.WAITING]
    send: list[Run] = []
    if command.state is CommandState.RUNNING:
        command, send = _turned(command, left, presence, now)
    if not left:
        state = CommandState.FINISHED if command.state is CommandState.RUNNING else command.state
        command = replace(command, state=state, ended_at=now)
    return Step(command, send, changed)


def _given_up(run: Run, command: Command, presence: Presence, now: datetime) -> Run | None:
    """Return a run under way as it is when its end is not awaited any more; None while it is."""
    if run.state not in UNDER_WAY:
        return None
    if run.agent_id in presence.lost:
        return replace(run, state=RunState.UNKNOWN, error=LOST, ended_at=now)
    begun = run.started_at or run.sent_at or now
    until = begun + LONGEST + SILENT_FOR if run.state is RunState.RUNNING else command.expires_at + SILENT_FOR
    return replace(run, state=RunState.UNKNOWN, error=SAID_NOTHING, ended_at=now) if now > until else None


def _judged(command: Command, bad: int, now: datetime) -> Command:
    if command.state is CommandState.RUNNING and 0 < command.batch.stop_after <= bad:
        note = f"{bad} run{'s' if bad > 1 else ''} did not end well; it stops after {command.batch.stop_after}."
        return replace(command, state=CommandState.STOPPED, note=note)
    if command.state is CommandState.AWAITING_APPROVAL and now >= command.expires_at:
        return replace(command, state=CommandState.EXPIRED, note=NO_APPROVAL)
    return command


def _end_of_waiting(command: Command, now: datetime) -> RunState | None:
    """Return what becomes of runs that wait; None while they may go on waiting."""
    if command.state is CommandState.EXPIRED or now >= command.expires_at:
        return RunState.EXPIRED
    if command.state not in (CommandState.RUNNING, CommandState.AWAITING_APPROVAL):
        return RunState.CANCELLED
    return None


def _turned(command: Command, runs: Sequence[Run], presence: Presence, now: datetime) -> tuple[Command, list[Run]]:
    """Return a command with the batch that has its turn now, and the runs to send."""
    held = [one for one in runs if one.turn <= command.turn and _is_awaited(one, presence)]
    if held:
        command = replace(command, turn_over_at=None)
    elif command.turn_over_at is None:
        command = replace(command, turn_over_at=now)
    over = command.turn_over_at
    if over is not None and command.turn + 1 < command.turns and now >= over + timedelta(seconds=command.batch.pause_s):
        command = replace(command, turn=command.turn + 1, turn_over_at=None)
    room = min(SENT_AT_ONCE, command.batch.size - sum(one.state in UNDER_WAY for one in runs))
    ready = [
        one
        for one in runs
        if one.state is RunState.WAITING
        and one.turn <= command.turn
        and one.agent_id in presence.connected
        and (one.retry_at is None or one.retry_at <= now)
    ]
    return command, ready[: max(0, room)]


def _is_awaited(run: Run, presence: Presence) -> bool:
    """Whether a run of a batch that had its turn keeps the next one back."""
    return run.state in UNDER_WAY or run.agent_id in presence.connected or not presence.settled


def decided(command: Command, *, approve: bool, by: str, reason: str, now: datetime) -> Command:
    """Return a command that awaited approval as it is after a second person's decision."""
    state = CommandState.RUNNING if approve else CommandState.REJECTED
    return replace(command, state=state, decided_by=by, decided_at=now, note=reason)


def cancelled(command: Command, by: str) -> Command:
    """Return a command of which nothing more is sent."""
    return replace(command, state=CommandState.CANCELLED, note=f"Cancelled by {by}.")


def withdrawn(command: Command) -> Command:
    """Return a command of which nothing more is sent, because who asked for it has lost the right to."""
    return replace(command, state=CommandState.CANCELLED, note=NO_RIGHT)


def to_resend(run: Run, command: Command, now: datetime) -> bool:
    """Return whether a run is sent again to an agent that has just connected.

    Only where nothing shows that the agent took it: what it sent before is lost or on its way, and the very same
    message begins nothing twice.
    """
    return (
        run.state in (RunState.SENT, RunState.UNKNOWN)
        and run.message is not None
        and not run.taken
        and not run.cancelling
        and command.state in (CommandState.RUNNING, CommandState.FINISHED)
        and now < command.expires_at
    )


def with_output(run: Run, seq: int, size: int, limit: int, now: datetime) -> tuple[Run, int] | None:
    """Return a run after a piece of its output, and how many bytes of that are kept; None for one that is no news.

    Args:
        run: as it is.
        seq: the piece's number.
        size: its bytes.
        limit: bytes that are kept of the run.
        now: the time.
    """
    if run.state not in UNSETTLED or seq <= run.output_seq:
        return None
    kept = max(0, min(size, limit - run.output_kept)) if seq <= MAX_PIECES else 0
    missing = kept < size or seq != run.output_seq + 1
    after = replace(
        run, state=RunState.RUNNING, taken=True, started_at=run.started_at or now, ended_at=None, error="",
        output_seq=seq, output_kept=run.output_kept + kept, output_bytes=run.output_bytes + size,
        output_truncated=run.output_truncated or missing,
    )  # fmt: skip
    return after, kept


def with_result(run: Run, command: Command, ending: Ending, now: datetime) -> Run | None:
    """Return a run after its agent told how it ended; None where that is no news.

    An agent that is too busy to judge is asked again, with the very same message.
    """
    known = run.state is RunState.UNKNOWN and run.exit_code is not None and ending.state is RunState.UNKNOWN
    if run.state not in UNSETTLED or known:
        return None
    busy = ending.state is RunState.REFUSED and ending.error.endswith(BUSY) and not run.taken
    if busy and not run.cancelling and command.state is CommandState.RUNNING and now < command.expires_at:
        return replace(run, state=RunState.WAITING, retry_at=now + RETRY_AFTER, error=ending.error)
    return replace(
        run, state=ending.state, taken=True, retry_at=None, started_at=ending.started_at or run.started_at,
        ended_at=now, exit_code=ending.exit_code, duration_ms=ending.duration_ms, error=ending.error,
        output_bytes=max(run.output_bytes, ending.output_bytes),
        output_truncated=run.output_truncated or ending.truncated,
    )  # fmt: skip


def reopened(command: Command) -> Command:
    """Return a command that had ended, of which a run goes on after all."""
    state = CommandState.RUNNING if command.state is CommandState.FINISHED else command.state
    return replace(command, state=state, ended_at=None)
