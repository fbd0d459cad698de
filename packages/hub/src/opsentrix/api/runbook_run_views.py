"""Runs of runbooks as answers show them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

import orjson
from pydantic import BaseModel, Field

from opsentrix.model import rule_format, runbook_json
from opsentrix.model.commands import Run, RunState
from opsentrix.model.rules import Rule
from opsentrix.model.runbook_checks import Check
from opsentrix.model.runbook_runs import Cause, Outcome, RunbookRun, RunbookState, RunStep, Truth, Verdict
from opsentrix.model.runbooks import Expectation, Runbook


class RunbookRunView(BaseModel):
    """A run of a runbook on a machine."""

    id: int
    runbook: int | None
    runbook_name: str
    version: int
    agent: int
    agent_name: str
    cause: Cause
    state: RunbookState
    outcome: Outcome | None
    verdict: Verdict | None
    note: str = Field(description="Why it stands or ended so, where that needs words.")
    requested_by: str = Field(description="With whose rights it acts.")
    decided_by: str = Field(description="Who approved or declined it.")
    incident: int | None
    created_at: datetime
    begun_at: datetime | None = Field(description="When its first step was given.")
    ended_at: datetime | None
    expires_at: datetime | None = Field(description="Until when a person may decide, while one has to.")

    @classmethod
    def of(cls, run: RunbookRun, agent_name: str) -> Self:
        """Return a run as it is shown."""
        return cls(**_shown(run, agent_name))


class RunbookRunPage(BaseModel):
    """Runs, the newest first; `next` is the cursor of the page that follows, null on the last."""

    items: list[RunbookRunView]
    next: int | None
    total: int


class RunStepView(BaseModel):
    """A step, and what became of its command; `command` and `state` are null before it was given."""

    position: int = Field(description="From 0, among the steps or the undo steps.")
    undo: bool
    action: str
    params: dict[str, Any] = Field(description="With the labels put in, where it was given.")
    command: int | None
    state: RunState | None
    exit_code: int | None
    error: str
    started_at: datetime | None
    ended_at: datetime | None


class RunCheck(BaseModel):
    """A condition that is judged; `truth` is null before it was, and `evidence` has the values that it rests on."""

    name: Check
    condition: str
    truth: Truth | None
    evidence: dict[str, Any]


class RunbookRunDetail(RunbookRunView):
    """A run with its steps and what its verdict rests on."""

    definition: dict[str, Any] | None = Field(description="As it was; null for those who do not see all agents.")
    sha256: str
    labels: dict[str, str]
    forced: bool
    baseline: Truth | None = Field(description="What `expect` was before anything was done.")
    since: datetime | None = Field(description="From when on samples count, by the agent's clock.")
    deadline: datetime | None
    steps: list[RunStepView]
    checks: list[RunCheck]


def detail(
    run: RunbookRun, agent_name: str, steps: Mapping[RunStep, tuple[str, Run | None]], *, everything: bool
) -> RunbookRunDetail:
    """Return a run as its page shows it.

    Args:
        run: which.
        agent_name: of its machine.
        steps: those that began, each with its parameters as they were given, and the run of its command.
        everything: whether whoever asks sees all agents.
    """
    runbook = runbook_json.from_json(run.definition)
    return RunbookRunDetail(
        **_shown(run, agent_name),
        definition=run.definition if everything else None, sha256=run.sha256.hex(), labels=dict(run.labels),
        forced=run.forced, baseline=run.baseline, since=run.since, deadline=run.deadline,
        steps=_steps(runbook, run, steps), checks=_checks(runbook, run),
    )  # fmt: skip


def _shown(run: RunbookRun, agent_name: str) -> dict[str, Any]:
    return {
        "id": run.id, "runbook": run.runbook_id, "runbook_name": run.runbook_name, "version": run.version,
        "agent": run.agent_id, "agent_name": agent_name, "cause": run.cause, "state": run.state,
        "outcome": run.outcome, "verdict": run.verdict, "note": run.note, "requested_by": run.requested_by,
        "decided_by": run.decided_by, "incident": run.incident_id, "created_at": run.created_at,
        "begun_at": run.begun_at, "ended_at": run.ended_at, "expires_at": run.expires_at,
    }  # fmt: skip


def _steps(
    runbook: Runbook, run: RunbookRun, begun: Mapping[RunStep, tuple[str, Run | None]]
) -> list[RunStepView]:  # fmt: skip
    found = {(one.undo, one.position): (one, *kept) for one, kept in begun.items()}
    shown = []
    said = runbook_json.to_json(runbook)
    for undo, listed in ((False, said["steps"]), (True, said.get("undo", []))):
        for position, step in enumerate(listed):
            began = found.get((undo, position))
            ended = None if began is None else began[2]
            shown.append(
                RunStepView(
                    position=position, undo=undo, action=step["action"],
                    params=step.get("params", {}) if began is None else orjson.loads(began[1]),
                    command=None if began is None else began[0].command_id,
                    state=None if ended is None else ended.state,
                    exit_code=None if ended is None else ended.exit_code, error="" if ended is None else ended.error,
                    started_at=None if ended is None else ended.started_at,
                    ended_at=None if ended is None else ended.ended_at,
                )
            )  # fmt: skip
    return shown


def _checks(runbook: Runbook, run: RunbookRun) -> list[RunCheck]:
    listed: list[tuple[Check, Expectation | None]] = [
        (Check.WHEN, runbook.when), (Check.BASELINE, runbook.expect), (Check.WORSE_BEFORE, runbook.worse),
        (Check.EXPECT, runbook.expect), (Check.WORSE, runbook.worse),
    ]  # fmt: skip
    checks = []
    for name, said in listed:
        if said is not None:
            evidence = run.evidence.get(name, {})
            condition = rule_format.write(said) if isinstance(said, Rule) else runbook_json.RESOLVED
            truth = Truth(evidence["truth"]) if "truth" in evidence else None
            checks.append(RunCheck(name=name, condition=condition, truth=truth, evidence=dict(evidence)))
    return checks
