"""What a runbook would do now, machine by machine, and why not: nothing is begun."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends

from opsentrix.alerting.coarser import names_of
from opsentrix.alerting.matches import about_agents
from opsentrix.alerting.standing import Standing, standings
from opsentrix.api.auth import Needs, visible
from opsentrix.api.problems import responses
from opsentrix.api.runbook_dry_views import (
    MAX_MACHINES,
    CheckForecast,
    DryRunBody,
    DryRunView,
    MachineForecast,
    StepForecast,
    Would,
)
from opsentrix.api.runbook_warnings import warnings_of
from opsentrix.api.services import Hub, Services
from opsentrix.db import Connection
from opsentrix.errors import InvalidError, NotFoundError
from opsentrix.model import rule_format, runbook_json, runbook_labels
from opsentrix.model.access import Principal
from opsentrix.model.commands import Effect, params_text
from opsentrix.model.policies import Policy, effect_of, forecast
from opsentrix.model.quiet import MaintenanceWindow, in_maintenance
from opsentrix.model.rules import Rule
from opsentrix.model.runbook_runs import Cause, RunbookRun, Truth
from opsentrix.model.runbooks import AlertResolved, Expectation, Mode, Runbook, Step
from opsentrix.model.selectors import Member
from opsentrix.model.stored_alerts import AgentFacts
from opsentrix.model.stored_runbooks import StoredRunbook
from opsentrix.model.users import Role
from opsentrix.response import runbook_ground, runbook_starts
from opsentrix.response.runbook_limits import refusal
from opsentrix.storage import agent_policies, quiet, runbooks

router = APIRouter(prefix="/api/v1/runbooks", tags=["runbooks"])
Reader = Annotated[Principal, Depends(Needs(Role.VIEWER, everywhere=True))]
_WOULD = {Mode.SUGGEST: Would.SUGGEST, Mode.APPROVE: Would.ASK, Mode.AUTOMATIC: Would.BEGIN}
_UNKNOWN = Standing(Truth.UNKNOWN)
_OFF = "It is off."


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is the same for all machines.

    Attributes:
        stored: None where it is not kept, so that nothing is known of limits and approvals.
        standings: of each condition, by its name, and then by machine.
    """

    services: Services
    runbook: Runbook
    stored: StoredRunbook | None
    labels: Mapping[str, str]
    missing: Sequence[str]
    policies: Mapping[int, Policy]
    online: frozenset[int]
    windows: Sequence[MaintenanceWindow]
    standings: Mapping[str, Mapping[int, Standing]]


@router.post("/dry-run", responses=responses(400, 401, 403, 404, 422))
async def dry_run(body: DryRunBody, services: Hub, user: Reader) -> DryRunView:
    """Tell machine by machine what a runbook would do now, and why not; nothing is begun."""
    stored = await _stored(services, body.runbook)
    runbook = await asyncio.to_thread(body.understood) if stored is None else stored.runbook
    members, more = _members(services, user, body, runbook)
    missing = sorted(runbook.labels - body.labels.keys())
    standing = await asyncio.to_thread(_stand, services, runbook, members, body.labels)
    async with services.database.connection() as connection:
        plan = _Plan(
            services, runbook, stored, body.labels, missing,
            await agent_policies.of_agents(connection, [one.id for one in members]),
            frozenset(services.sessions.greeted()), await quiet.windows(connection), standing,
        )  # fmt: skip
        machines = [await _machine(connection, plan, one) for one in members]
    said = list(plan.policies.values())
    effect = max(
        (effect_of(one.action, said) for one in (*runbook.steps, *runbook.undo)), key=lambda one: one.strength
    )  # fmt: skip
    return DryRunView(
        name=runbook.name, mode=runbook.mode, effect=effect, proof=effect is not Effect.READS, missing_labels=missing,
        warnings=await warnings_of(services, runbook), machines=machines, more=more,
    )  # fmt: skip


async def _stored(services: Services, runbook_id: int | None) -> StoredRunbook | None:
    if runbook_id is None:
        return None
    async with services.database.connection() as connection:
        found = await runbooks.get(connection, runbook_id)
    if found is None:
        raise NotFoundError(f"There is no runbook {runbook_id}.")
    return found


def _members(
    services: Services, user: Principal, body: DryRunBody, runbook: Runbook
) -> tuple[list[Member], int]:  # fmt: skip
    """Return the machines that are asked about, and how many more there are.

    Raises:
        NotFoundError: there is no such machine.
        InvalidError: one is not let in.
    """
    if body.agents is None:
        covered = sorted((one for one in services.registry.members() if runbook.selector.accepts(one)), key=_by_name)
        return covered[:MAX_MACHINES], max(0, len(covered) - MAX_MACHINES)
    found = []
    for agent_id in dict.fromkeys(body.agents):
        visible(services, user, agent_id)
        member = services.registry.member(agent_id)
        if member is None:
            raise InvalidError(f"Agent {agent_id} is not let in: nothing can be done there.")
        found.append(member)
    return found, 0


def _by_name(member: Member) -> tuple[str, int]:
    return member.name, member.id


def _stand(
    services: Services, runbook: Runbook, members: Sequence[Member], labels: Mapping[str, str]
) -> dict[str, dict[int, Standing]]:
    """Return how each condition stands; those that need labels which are not there are left out."""
    found: dict[str, dict[int, Standing]] = {}
    for name, rule, every in (
        ("when", runbook.when, False),
        ("expect", runbook.expect, True),
        ("worse", runbook.worse, False),
    ):
        if isinstance(rule, Rule) and not set(runbook_labels.needed(rule.condition)) - labels.keys():
            asked = runbook_labels.filled(rule, labels)
            newest = services.latest.batches(names_of(asked), everybody=about_agents(asked))
            found[name] = standings(asked, members, newest, services.clock(), every=every)
    return found


async def _machine(connection: Connection, plan: _Plan, member: Member) -> MachineForecast:
    runbook = plan.runbook
    run = _run(plan, member)
    steps = [await _step(connection, plan, member, run, one) for one in runbook.steps]
    undo = [await _step(connection, plan, member, run, one) for one in runbook.undo]
    when, expect = _check(plan, "when", runbook.when, member), _check(plan, "expect", runbook.expect, member)
    why = _why(plan, member, when, expect)
    why += [f"It would refuse {one.action}: {one.refusal}" for one in (*steps, *undo) if one.refusal]
    limits = await _limits(connection, plan, member, run, why)
    would = _WOULD[runbook.mode]
    if why or limits:
        would = Would.SKIP
    elif when is not None and when.truth is Truth.UNKNOWN:
        would = Would.UNSURE
    return MachineForecast(
        id=member.id, name=member.name, environment=member.environment, online=member.id in plan.online, would=would,
        why=why, limits=limits, when=when, expect=expect, worse=_check(plan, "worse", runbook.worse, member),
        steps=steps, undo=undo,
    )  # fmt: skip


def _run(plan: _Plan, member: Member) -> RunbookRun | None:
    if plan.stored is None:
        return None
    return runbook_starts.new(plan.stored, member.id, Cause.ALERT, plan.services.now())


def _check(plan: _Plan, name: str, said: Expectation | None, member: Member) -> CheckForecast | None:
    if said is None:
        return None
    condition = runbook_json.RESOLVED if isinstance(said, AlertResolved) else rule_format.write(said)
    return CheckForecast.of(condition, plan.standings.get(name, {}).get(member.id, _UNKNOWN))


async def _step(
    connection: Connection, plan: _Plan, member: Member, run: RunbookRun | None, step: Step
) -> StepForecast:  # fmt: skip
    policy = plan.policies.get(member.id)
    effect = effect_of(step.action, () if policy is None else (policy,))
    guarded = plan.services.settings.approved_environments
    approval = ""
    if effect is not Effect.READS and ("*" in guarded or member.environment in guarded):
        approval = f"This hub demands it for {member.environment or 'agents without environment'}."
    params = runbook_json.params_out(step.params)
    refused, key = "", None
    if not {one.name for one in step.params.values() if isinstance(one, runbook_labels.FromLabel)} - plan.labels.keys():
        params = step.filled(plan.labels)
        if run is not None:
            text = params_text(params)
            now = plan.services.now()
            key = await runbook_ground.approving_key(connection, run, policy, step.action, text, now)
        refused = forecast(policy, step.action, params, key)
    return StepForecast(
        action=step.action, params=params, timeout_s=step.timeout_s, effect=effect, refusal=refused, key_id=key or "",
        approval=approval,
    )  # fmt: skip


def _why(
    plan: _Plan, member: Member, when: CheckForecast | None, expect: CheckForecast | None
) -> list[str]:  # fmt: skip
    """Return what keeps everybody from doing anything on a machine, its policy aside."""
    about = AgentFacts(member.id, member.name, member.type, member.environment, member.tags)
    told = {
        "The runbook is not for this machine.": not plan.runbook.selector.accepts(member),
        "The machine is away.": member.id not in plan.online,
        "The machine is in maintenance.": in_maintenance(plan.windows, about, plan.services.now()) is not None,
        f"There is no label {', '.join(plan.missing)}.": bool(plan.missing),
        "Its precondition does not hold.": when is not None and when.truth is Truth.FAILS,
        "What is expected holds already.": expect is not None and expect.truth is Truth.HOLDS,
    }
    return [words for words, so in told.items() if so]


async def _limits(
    connection: Connection, plan: _Plan, member: Member, run: RunbookRun | None, why: list[str]
) -> list[str]:
    """Return what keeps a runbook from beginning by itself; what keeps people too is added to `why`."""
    stored, runbook, now = plan.stored, plan.runbook, plan.services.now()
    if stored is None or run is None:
        return []
    past = await runbook_starts.past_of(connection, stored, runbook, member.id, now)
    anybody, itself = (refusal(runbook, past, cause, now) for cause in (Cause.HAND, Cause.ALERT))
    if anybody is not None:
        why.append(anybody.why)
        itself = None
    found = [] if itself is None else [itself.why]
    if not stored.enabled:
        found.append(_OFF)
    if runbook.mode is Mode.AUTOMATIC and not await runbook_ground.may_act_alone(connection, stored.author_id):
        found.append(runbook_ground.NO_AUTHOR)
    return found
