"""Runs of runbooks: what became of them, and what people decide about them."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field

from opsentrix.api.auth import AgentId, Needs, Operator, Viewer, check_proven, visible
from opsentrix.api.command_plan import ParamName
from opsentrix.api.fields import Flag, Reason, Text, UnixSeconds, Whole
from opsentrix.api.incident_reach import incident_within
from opsentrix.api.problems import responses
from opsentrix.api.runbook_run_views import RunbookRunDetail, RunbookRunPage, RunbookRunView, detail
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import ConflictError, FieldError, ForbiddenError, InvalidError, NotFoundError
from opsentrix.model import runbook_json
from opsentrix.model.access import Principal
from opsentrix.model.commands import Effect
from opsentrix.model.policies import effect_of
from opsentrix.model.runbook_runs import RunbookRun, RunbookState, Verdict
from opsentrix.model.runbooks import Runbook
from opsentrix.model.users import Role
from opsentrix.response.keeper import Who
from opsentrix.response.runbook_desk import Demand
from opsentrix.storage import agent_policies, annotations, command_runs, commands, runbook_runs, runbooks
from opsentrix.storage.runbook_runs import RunFilter

MAX_AGENTS = 1000
MAX_ANNOTATIONS = 500
router = APIRouter(tags=["runbooks"])
RunId = Annotated[int, Path(ge=1, le=2**63 - 1)]
_Id = Annotated[int, Field(ge=1, lt=2**63)]
Runner = Annotated[Principal, Depends(Needs(Role.OPERATOR, everywhere=True))]
"""Who runs runbooks sees them, and these are for those who see all agents."""


class RunQuery(BaseModel):
    """Which runs a list shows."""

    runbook: _Id | None = None
    agent: _Id | None = None
    incident: _Id | None = None
    state: Annotated[list[RunbookState], Field(max_length=20)] = []
    verdict: Annotated[list[Verdict], Field(max_length=20)] = []
    cursor: _Id | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class RunBody(BaseModel):
    """Where a runbook is to be run."""

    agents: Annotated[list[Annotated[Whole, Field(ge=1, lt=2**63)]], Field(min_length=1, max_length=MAX_AGENTS)]
    labels: Annotated[dict[ParamName, Text], Field(max_length=32)] = Field(
        default={}, description="In the place of an alert's; left out, those of the incident's alert there."
    )
    incident: Annotated[Whole, Field(ge=1, lt=2**63)] | None = None
    force: Annotated[Flag, Field(description="Also where what is expected holds already.")] = False
    reason: Reason = ""


class BegunRuns(BaseModel):
    """The runs that began, one for each machine."""

    runs: list[int]


class RunDecision(BaseModel):
    """Why it was decided so."""

    reason: Reason = ""


class AnnotationView(BaseModel):
    """Something that was done; `link` is the page of it in the dashboard."""

    at: datetime
    until: datetime | None = Field(description="Null while it goes on.")
    kind: str = Field(description="`run` or `command`.")
    title: str
    state: str
    verdict: Verdict | None
    link: str


class AnnotationList(BaseModel):
    """What was under way, the newest first, 500 at the most."""

    items: list[AnnotationView]


@router.get("/api/v1/runbook-runs", responses=responses(401, 403, 422))
async def list_runs(query: Annotated[RunQuery, Query()], services: Hub, user: Viewer) -> RunbookRunPage:
    """List runs; who sees some agents only, sees those on these."""
    wanted = RunFilter(
        query.runbook, query.agent, query.incident, query.state, query.verdict, services.visibility.only(user.scopes)
    )
    async with services.database.connection() as connection:
        found = await runbook_runs.page(connection, wanted, query.cursor, query.limit + 1)
        total = await runbook_runs.count(connection, wanted)
    return RunbookRunPage(
        items=[RunbookRunView.of(run, name) for run, name in found[: query.limit]],
        next=found[query.limit - 1][0].id if len(found) > query.limit else None,
        total=total,
    )


@router.get("/api/v1/runbook-runs/{run_id}", responses=responses(401, 403, 404, 422))
async def read_run(run_id: RunId, services: Hub, user: Viewer) -> RunbookRunDetail:
    """Show a run with its steps, each with its command, and what its verdict rests on."""
    run = await _seen(services, run_id, user)
    async with services.database.connection() as connection:
        begun = {}
        for step in await runbook_runs.steps(connection, run_id):
            command = await commands.get(connection, step.command_id)
            kept = await command_runs.get(connection, step.command_id, run.agent_id)
            begun[step] = ("{}" if command is None else command.params, kept)
    name = visible(services, user, run.agent_id).agent.name
    return detail(run, name, begun, everything=user.everywhere)


@router.post(
    "/api/v1/runbook-runs/{run_id}/approve", status_code=204, responses=responses(400, 401, 403, 404, 409, 422)
)
async def approve_run(run_id: RunId, body: RunDecision, services: Hub, user: Operator, request: Request) -> None:
    """Let a run begin that waits for a person; it acts with the rights of whoever lets it."""
    run = await _seen(services, run_id, user)
    if user.token is not None:
        raise ForbiddenError("A person has to approve it: log in.")
    await _check_proven(services, user, runbook_json.from_json(run.definition), [run.agent_id])
    await services.runbook_desk.approve(run_id, _who(user, request), user.id, body.reason)


@router.post(
    "/api/v1/runbook-runs/{run_id}/decline", status_code=204, responses=responses(400, 401, 403, 404, 409, 422)
)
async def decline_run(run_id: RunId, body: RunDecision, services: Hub, user: Operator, request: Request) -> None:
    """End a run that waits for a person: nothing of it is done."""
    await _seen(services, run_id, user)
    await services.runbook_desk.decline(run_id, _who(user, request), body.reason)


@router.post("/api/v1/runbook-runs/{run_id}/cancel", status_code=204, responses=responses(400, 401, 403, 404, 409, 422))
async def cancel_run(run_id: RunId, body: RunDecision, services: Hub, user: Operator, request: Request) -> None:
    """End a run, and the command of its step that is under way."""
    await _seen(services, run_id, user)
    who = _who(user, request)
    command = await services.runbook_desk.cancel(run_id, who, body.reason)
    if command is not None:
        try:
            await services.command_sender.cancel(command, who)
        except ConflictError:
            return  # it has just ended


@router.post("/api/v1/runbooks/{runbook_id}/run", status_code=202, responses=responses(400, 401, 403, 404, 409, 422))
async def run_runbook(runbook_id: RunId, body: RunBody, services: Hub, user: Runner, request: Request) -> BegunRuns:
    """Run a runbook by hand, with one's own rights. What changes or disrupts machines needs a fresh proof."""
    agent_ids = list(dict.fromkeys(body.agents))
    for one in agent_ids:
        visible(services, user, one)
    async with services.database.connection() as connection:
        stored = await runbooks.get(connection, runbook_id)
    if stored is None:
        raise NotFoundError(f"There is no runbook {runbook_id}.")
    await _check_proven(services, user, stored.runbook, agent_ids)
    services.command_key.check()
    alerts: dict[int, bytes] = {}
    labels = dict(body.labels)
    if body.incident is not None:
        incident = await incident_within(services, user, body.incident)
        members = sorted(incident.own(), key=lambda one: one.over_at is None)  # those that fire win
        about = {one.agent_id: one for one in members if one.agent_id is not None and one.agent_id in agent_ids}
        alerts = {agent_id: one.fingerprint for agent_id, one in about.items()}
        if not labels and len(about) == 1:
            labels = dict(next(iter(about.values())).labels)
    missing = sorted(stored.runbook.labels - labels.keys())
    if missing:
        raise InvalidError("Not valid: labels.", FieldError("labels", f"must have {', '.join(missing)}"))
    demand = Demand(agent_ids, labels, alerts, body.incident, body.force, body.reason)
    return BegunRuns(runs=await services.runbook_desk.run(runbook_id, demand, _who(user, request), user.id))


@router.get("/api/v1/agents/{agent_id}/annotations", responses=responses(401, 403, 404, 422))
async def read_annotations(
    agent_id: AgentId, services: Hub, user: Viewer, start: UnixSeconds, end: UnixSeconds
) -> AnnotationList:  # fmt: skip
    """Return what was done on a machine between two moments: runs of runbooks, and commands that are no steps."""
    visible(services, user, agent_id)
    async with services.database.connection() as connection:
        found = await annotations.between(
            connection, agent_id, datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC), MAX_ANNOTATIONS
        )
    return AnnotationList(
        items=[
            AnnotationView(
                at=one.at, until=one.until, kind=one.kind, title=one.title, state=one.state,
                verdict=None if one.verdict is None else Verdict(one.verdict),
                link=f"/{'runbook-runs' if one.kind == 'run' else 'commands'}/{one.number}",
            )
            for one in found
        ]
    )  # fmt: skip


async def _seen(services: Services, run_id: int, user: Principal) -> RunbookRun:
    async with services.database.connection() as connection:
        run = await runbook_runs.get(connection, run_id)
    if run is None or services.visibility.find(user.scopes, run.agent_id) is None:
        raise NotFoundError(f"There is no run {run_id}.")
    return run


async def _check_proven(services: Services, user: Principal, runbook: Runbook, agent_ids: list[int]) -> None:
    """Check that who acts has proved lately that it is them, where a step does more than read.

    Raises:
        ConfirmationNeededError: they have not.
    """
    async with services.database.connection() as connection:
        policies = (await agent_policies.of_agents(connection, agent_ids)).values()
    if any(effect_of(one.action, list(policies)) is not Effect.READS for one in (*runbook.steps, *runbook.undo)):
        check_proven(services, user)


def _who(user: Principal, request: Request) -> Who:
    return Who(user.username, user.actor, address_of(request))
