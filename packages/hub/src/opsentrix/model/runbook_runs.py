"""Runs of runbooks as they are kept: a runbook at work on one machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Cause(StrEnum):
    """What started a run."""

    HAND = "hand"
    ALERT = "alert"
    SCHEDULE = "schedule"


class RunbookState(StrEnum):
    """How a run stands."""

    SUGGESTED = "suggested"
    AWAITING_APPROVAL = "awaiting_approval"
    CHECKING = "checking"
    RUNNING = "running"
    JUDGING = "judging"
    UNDOING = "undoing"
    ENDED = "ended"


class Outcome(StrEnum):
    """How a run ended."""

    DONE = "done"
    STEP_FAILED = "step_failed"
    SKIPPED = "skipped"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    """Whether it helped, by samples that were taken after the last step."""

    FIXED = "fixed"
    NOT_FIXED = "not_fixed"
    WORSE = "worse"
    UNKNOWN = "unknown"


class Truth(StrEnum):
    """What is known of a condition."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RunStep:
    """A step that began: of the runbook's `steps`, or of its `undo`."""

    position: int
    undo: bool
    command_id: int


@dataclass(frozen=True, slots=True)
class RunbookRun:
    """A run.

    Attributes:
        id: 0 before it is stored.
        runbook_id: None when the runbook is gone.
        definition: the runbook as it was when the run began, in its JSON form.
        sha256: of that version.
        labels: of the alert; empty where none started it.
        event_number: of the alert's event that started it.
        requester_id: whose rights it acts with; None when the account is gone, and then it does nothing more.
        expires_at: until when a person may decide, while one has to.
        forced: whether steps are done though `expect` holds already.
        position: the step that has its turn, from 0, of `steps` or, while undoing, of `undo`.
        command_id: the command of that step, while it is under way.
        since: from when on samples count for the check that is under way.
        deadline: until when that check may take.
        baseline: what `expect` was before anything was done.
        evidence: what each check rested on, by its name (`when`, `baseline`, `expect`, `worse`).
        note: why it stands or ended so, where that needs words.
    """

    id: int
    runbook_id: int | None
    runbook_name: str
    version: int
    definition: dict[str, Any]
    sha256: bytes
    agent_id: int
    cause: Cause
    state: RunbookState
    requested_by: str
    requester_id: int | None
    created_at: datetime
    expires_at: datetime | None = None
    fingerprint: bytes | None = None
    event_number: int | None = None
    incident_id: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    forced: bool = False
    decided_by: str = ""
    position: int = 0
    command_id: int | None = None
    begun_at: datetime | None = None
    since: datetime | None = None
    deadline: datetime | None = None
    baseline: Truth | None = None
    outcome: Outcome | None = None
    verdict: Verdict | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    ended_at: datetime | None = None
