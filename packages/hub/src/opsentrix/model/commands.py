"""Commands: one request for one action, and the run of it on each agent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import orjson

MAX_LIFE = timedelta(hours=24)
"""Agents follow no command that would be good for longer."""
OUTPUT_PER_RUN = 1 << 20
OUTPUT_PER_COMMAND = 256 << 20
"""Kept of all runs of a command together: 10,000 of them must not fill the disk."""


class Effect(StrEnum):
    """What an action does to a machine, the weakest first."""

    READS = "reads"
    CHANGES = "changes"
    DISRUPTS = "disrupts"

    @property
    def strength(self) -> int:
        """Return how grave it is."""
        return list(Effect).index(self)


class CommandState(StrEnum):
    """How a command stands. What its runs came to is told by their states."""

    AWAITING_APPROVAL = "awaiting_approval"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"


class RunState(StrEnum):
    """How a run stands; `unknown` is when it was sent and the agent was lost before it told the end."""

    WAITING = "waiting"
    SENT = "sent"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


UNDER_WAY = (RunState.SENT, RunState.RUNNING)
OPEN = (RunState.WAITING, *UNDER_WAY)
"""Runs in these states keep their command from ending."""
UNSETTLED = (*UNDER_WAY, RunState.UNKNOWN)
"""What an agent says of a run in these states is news."""
BAD = (RunState.FAILED, RunState.REFUSED, RunState.TIMED_OUT, RunState.UNKNOWN)
"""Runs that did not end well: after so many a command in batches stops."""


@dataclass(frozen=True, slots=True)
class Batch:
    """How carefully a command goes through its agents.

    Attributes:
        size: agents at once.
        pause_s: between the end of a batch and the next one.
        stop_after: so many runs that did not end well stop the rest; 0 for never.
    """

    size: int
    pause_s: int = 0
    stop_after: int = 0


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it is kept.

    Attributes:
        id: 0 before it is stored.
        params: a JSON object, the very text that is signed.
        requester_id: who asked; None when the account is gone, and then nothing more is sent.
        timeout_s: 0 for the longest that the agent's policy allows.
        turns: how many batches there are.
        runs: how many agents it is for.
        turn: the one that has its turn, from 0.
        turn_over_at: when that one came to its end.
        note: why it stands as it does, where that needs words.
        decided_by: who approved or rejected it.
        ended_at: when no run was open any more.
        runbook_run_id: the run of a runbook whose step it is.
        incident_id: the incident that a person gave it from.
    """

    id: int
    action: str
    params: str
    effect: Effect
    reason: str
    requested_by: str
    requester_id: int | None
    created_at: datetime
    expires_at: datetime
    timeout_s: int
    batch: Batch
    turns: int
    runs: int
    state: CommandState
    turn: int = 0
    turn_over_at: datetime | None = None
    note: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    ended_at: datetime | None = None
    runbook_run_id: int | None = None
    incident_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run that is to be stored; `message` is the serialized Command where an operator signed it already."""

    agent_id: int
    key: str
    turn: int
    message: bytes | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it is kept.

    Attributes:
        key: what agents call it.
        message: the serialized Command, once it is signed: it is sent as it is, however often.
        taken: whether the agent said anything of it.
        cancelling: whether somebody asked for its end.
        retry_at: when an agent that was busy may be asked again.
        output_seq: the last piece of its output that came.
        output_kept: bytes of it that are kept.
        output_bytes: bytes that the program wrote, as far as is known.
    """

    id: int
    command_id: int
    agent_id: int
    key: str
    turn: int
    state: RunState
    message: bytes | None = None
    taken: bool = False
    cancelling: bool = False
    sent_at: datetime | None = None
    retry_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    exit_code: int | None = None
    duration_ms: int | None = None
    error: str = ""
    output_seq: int = 0
    output_kept: int = 0
    output_bytes: int = 0
    output_truncated: bool = False
    output_removed: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """What an agent says of the end of a run, bounded."""

    state: RunState
    exit_code: int
    duration_ms: int
    error: str
    truncated: bool
    output_bytes: int
    started_at: datetime | None


def params_text(params: Mapping[str, object]) -> str:
    """Return parameters as the text that is signed."""
    return orjson.dumps(params, option=orjson.OPT_SORT_KEYS).decode()


def output_limit(runs: int) -> int:
    """Return how many bytes of output are kept of each of so many runs."""
    return min(OUTPUT_PER_RUN, OUTPUT_PER_COMMAND // max(1, runs))
