"""What runs of runbooks stand on: who is there, who may, what the judge knows, what machines would refuse."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from opsentrix.db import Connection
from opsentrix.model import freshness, rule_json, runbook_labels
from opsentrix.model.commands import OPEN, Run, RunState, params_text
from opsentrix.model.policies import Policy, forecast
from opsentrix.model.quiet import in_maintenance
from opsentrix.model.rules import Override
from opsentrix.model.runbook_checks import Answer, Check, OfAlert, Question
from opsentrix.model.runbook_runs import Cause, RunbookRun, RunbookState
from opsentrix.model.runbooks import AlertResolved, Runbook
from opsentrix.model.selectors import Member
from opsentrix.model.stored_alerts import AgentFacts
from opsentrix.model.users import Role, User
from opsentrix.response.approvals import approval_of
from opsentrix.response.runbook_book import Facts, StepEnd
from opsentrix.response.runbook_verdicts import questions
from opsentrix.storage import agent_policies, alert_rules, alerts, command_runs, quiet, users

MARGIN = timedelta(seconds=1)
"""Between the end of a step and the first sample that counts: clocks are read and written in parts of a second."""
UNKNOWN_AHEAD = timedelta(minutes=5)
"""An agent's clock may be ahead by so much where nothing is known of it: frames from later on are refused."""
NO_RIGHT = "Who it acts for may not do that any more."
NO_AUTHOR = "Who made this version may not let it act by itself: they are no admin of all agents any more."
DELETED = "The runbook was deleted."


class Judges(Protocol):
    """The judge, as far as it is needed here; see `alerting.judge`."""

    def follow(self, agent_ids: Iterable[int]) -> None:
        """Watch the clocks of these agents from now on, and of no others."""
        ...

    def ahead_s(self, agent_id: int) -> float | None:
        """Return by how many seconds an agent's clock is ahead of the hub's, at least; None where nothing is known."""
        ...

    def ask(self, key: Hashable, question: Question) -> None:
        """Open a question."""
        ...

    def keep(self, keys: Iterable[Hashable]) -> None:
        """Close all questions but these."""
        ...

    def step(self, steady: float) -> None:
        """Look at all that came."""
        ...

    def answer(self, key: Hashable) -> Answer | None:
        """Return what is known as of the last pass; None where nothing was asked under this key."""
        ...


@dataclass(frozen=True, slots=True)
class Fleet:
    """Where agents are found.

    Attributes:
        members: all of them as rules know them.
        member: one of them.
        connected: those that can be sent to.
    """

    members: Callable[[], Iterable[Member]]
    member: Callable[[int], Member | None]
    connected: Callable[[], Iterable[int]]


Key = tuple[int, Check, datetime]
"""Of a question: the run, which one, and from when on samples count."""


def keys(run: RunbookRun, runbook: Runbook) -> dict[Check, Key]:
    """Return the keys of what is to be judged of a run now."""
    return {} if run.since is None else {one: (run.id, one, run.since) for one in questions(run, runbook)}


async def question(
    connection: Connection, run: RunbookRun, runbook: Runbook, check: Check, member: Member
) -> Question | None:  # fmt: skip
    """Return a question as the judge takes it; None where there is nothing to ask, as of an alert that nobody knows."""
    every = questions(run, runbook)[check]
    said = {
        Check.WHEN: runbook.when, Check.BASELINE: runbook.expect, Check.EXPECT: runbook.expect,
        Check.WORSE_BEFORE: runbook.worse, Check.WORSE: runbook.worse,
    }[check]  # fmt: skip
    since = (run.since or run.created_at).timestamp()
    judging = run.state is RunbookState.JUDGING
    if isinstance(said, AlertResolved):
        target = None if run.fingerprint is None else await alerts.target(connection, run.fingerprint)
        stored = None if target is None else await alert_rules.get(connection, target[0])
        if target is None or stored is None or target[1] != member.id:
            return None
        own = await alert_rules.override_of(connection, stored.id, member.id)
        rule = rule_json.from_json(stored.definition)
        alert = OfAlert(tuple(sorted(target[2].items())), None if own is None else Override(own[0].threshold))
    elif said is None:
        return None
    else:
        rule, alert = runbook_labels.filled(said, run.labels), None
    # Before anything is done it does not matter how old a value may be: nothing has changed that it could miss.
    since += freshness.oldest_s(rule.condition) if judging else 0.0
    return Question(member, rule, since, every, alert)


async def facts(
    connection: Connection, fleet: Fleet, judge: Judges, run: RunbookRun, runbook: Runbook, now: datetime
) -> Facts:
    """Return what is known about a run at a moment."""
    asked = keys(run, runbook)
    answers = {one: found for one, key in asked.items() if (found := judge.answer(key)) is not None}
    step = None
    if run.command_id is not None:
        step = step_end(await command_runs.get(connection, run.command_id, run.agent_id), judge.ahead_s(run.agent_id))
    acting = run.state in (RunbookState.RUNNING, RunbookState.UNDOING, RunbookState.CHECKING, RunbookState.JUDGING)
    member = fleet.member(run.agent_id)
    no_right = await _no_right(connection, run, member) if acting else ""
    refusal = ""
    if run.state is RunbookState.CHECKING:
        refusal = await _refusal(connection, run, runbook, member, now)
    return Facts(step, answers, refusal, run.agent_id not in fleet.connected(), no_right)


def step_end(run: Run | None, ahead_s: float | None) -> StepEnd | None:
    """Return how a command ended on a machine; None while it goes on.

    Args:
        run: of the command; None where it is kept no more.
        ahead_s: by how much the agent's clock is ahead of the hub's, as far as that is known.
    """
    if run is None:
        return StepEnd(RunState.UNKNOWN)
    if run.state in OPEN or run.ended_at is None:
        return None
    told = run.exit_code is not None
    if run.state is RunState.UNKNOWN and not told:
        return StepEnd(run.state, run.error)
    # By the hub's clock it had ended when the hub knew it; by the agent's when its program had. The later one counts.
    ends = [run.ended_at + (UNKNOWN_AHEAD if ahead_s is None and run.duration_ms is None else _ahead(ahead_s))]
    if run.started_at is not None and run.duration_ms is not None:
        ends.append(run.started_at + timedelta(milliseconds=run.duration_ms))
    return StepEnd(run.state, run.error, max(ends) + MARGIN)


def _ahead(ahead_s: float | None) -> timedelta:
    return timedelta(seconds=ahead_s or 0.0)


async def may_act_alone(connection: Connection, author_id: int | None) -> bool:
    """Return whether the person who made a version may let it act by itself."""
    author = None if author_id is None else await users.get(connection, author_id)
    return author is not None and not author.disabled and author.role is Role.ADMIN and author.scope.everything


async def _no_right(connection: Connection, run: RunbookRun, member: Member | None) -> str:
    if run.runbook_id is None:
        return DELETED
    if run.cause is not Cause.HAND and not run.decided_by:
        return "" if await may_act_alone(connection, run.requester_id) else NO_AUTHOR
    who: User | None = None if run.requester_id is None else await users.get(connection, run.requester_id)
    able = who is not None and not who.disabled and who.role.covers(Role.OPERATOR)
    within = who is not None and member is not None and who.scope.covers(member.environment, member.tags)
    return "" if able and within else NO_RIGHT


async def _refusal(
    connection: Connection, run: RunbookRun, runbook: Runbook, member: Member | None, now: datetime
) -> str:
    """Return why a machine must not, or would not, do what a runbook says."""
    if member is None or not runbook.selector.accepts(member):
        return "The runbook is not for this machine."
    about = AgentFacts(member.id, member.name, member.type, member.environment, member.tags)
    if in_maintenance(await quiet.windows(connection), about, now) is not None:
        return "The machine is in maintenance."
    policies = await agent_policies.of_agents(connection, [member.id])
    for step in (*runbook.steps, *runbook.undo):
        params = step.filled(run.labels)
        key = await approving_key(connection, run, policies.get(member.id), step.action, params_text(params), now)
        if why := forecast(policies.get(member.id), step.action, params, key):
            return f"The machine would refuse {step.action}: {why}"
    return ""


async def approving_key(
    connection: Connection, run: RunbookRun, policy: Policy | None, action: str, params: str, now: datetime
) -> str | None:
    """Return the operator's key of the standing approval that a step needs and has; None where it needs or has none."""
    said = None if policy is None else policy.actions.get(action)
    if said is None or "hub" in said["signers"]:
        return None
    approval = await approval_of(connection, run, action, params, now)
    return None if approval is None else approval.key_id
