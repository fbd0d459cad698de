"""Commands: planned, given, approved, cancelled."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from opsentrix.api.auth import Operator, check_proven
from opsentrix.api.command_plan import Candidate, CommandBody, NewCommand, Plan, plan
from opsentrix.api.command_signatures import own_key, prepared, signed_runs
from opsentrix.api.fields import Reason
from opsentrix.api.incident_reach import incident_within
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import ConflictError, FieldError, ForbiddenError, InvalidError, NotFoundError
from opsentrix.model.access import Principal
from opsentrix.model.commands import Command, CommandState, Effect, NewRun
from opsentrix.response.keeper import Who
from opsentrix.storage import command_runs, commands

router = APIRouter(prefix="/api/v1/commands", tags=["commands"])
CommandId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class PlannedMachine(BaseModel):
    """A machine of a plan; `refusal` is why it would refuse, and empty when nothing known speaks against it."""

    id: int
    name: str
    environment: str
    online: bool
    refusal: str
    batch: int = Field(description="In which batch it has its turn, from 0.")


class PreviewView(BaseModel):
    """What a command would do, machine by machine; nothing is begun.

    The policies of machines are as they told them last: each decides anew when the command is there.
    """

    effect: Effect
    proof: bool = Field(description="Whether it needs a fresh proof of who it is.")
    approval: str = Field(description="Why a second person has to approve it; empty when nobody has to.")
    would_run: list[PlannedMachine]
    would_refuse: list[PlannedMachine]
    away: list[PlannedMachine] = Field(description="Sent to if they are back before it expires.")


class PreparedText(BaseModel):
    """What is to be signed for an agent (Ed25519 of `text` in UTF-8), and what `signatures` repeats of it."""

    agent: int
    id: str
    nonce: str
    issued_ms: int
    expires_ms: int
    text: str


class PreparedView(BaseModel):
    """The texts that an operator's key has to sign."""

    items: list[PreparedText]


class CreatedCommand(BaseModel):
    """A command that was taken."""

    id: int
    state: CommandState


class Decision(BaseModel):
    """Why it was decided so."""

    reason: Reason = ""


@router.post("/preview", responses=responses(400, 401, 403, 404, 422))
async def preview(body: CommandBody, services: Hub, user: Operator) -> PreviewView:
    """Tell exactly which machines a command would be sent to, and what each is expected to say."""
    planned = await plan(services, body, user)
    shown = [
        (one, PlannedMachine(id=one.id, name=one.name, environment=one.environment, online=one.online,
                             refusal=one.refusal, batch=turn))
        for one, turn in zip(planned.agents, planned.turns, strict=True)
    ]  # fmt: skip
    services.command_sender.expect([one.id for one in planned.agents if one.online and not one.refusal])
    return PreviewView(
        effect=planned.effect,
        proof=planned.effect is not Effect.READS,
        approval=planned.approval,
        would_run=[view for one, view in shown if one.online and not one.refusal],
        would_refuse=[view for one, view in shown if one.refusal],
        away=[view for one, view in shown if not one.online and not one.refusal],
    )


@router.post("/prepare", responses=responses(400, 401, 403, 404, 409, 422))
async def prepare(body: CommandBody, services: Hub, user: Operator) -> PreparedView:
    """Return for each agent the text that an operator's key signs; nothing is kept of it."""
    await own_key(services, user, body.key_id)
    planned = await plan(services, body, user)
    _check_some_run(planned)
    return PreparedView(
        items=[
            PreparedText(
                agent=one.agent_id, id=one.id, nonce=one.nonce.hex(), issued_ms=one.issued_ms,
                expires_ms=one.expires_ms, text=text,
            )
            for one, text in prepared(services, body, planned, user)
        ]
    )  # fmt: skip


@router.post("", status_code=202, responses=responses(400, 401, 403, 404, 409, 422, 503))
async def create(body: NewCommand, services: Hub, user: Operator, request: Request) -> CreatedCommand:
    """Give a command. What changes or disrupts machines needs a fresh proof of who it is."""
    planned = await plan(services, body, user)
    if planned.effect is not Effect.READS:
        check_proven(services, user)
    if body.key_id is not None:
        await own_key(services, user, body.key_id)
    _check_some_run(planned)
    runs, expires = await _runs(services, body, planned, user)
    if body.incident is not None:
        await incident_within(services, user, body.incident)
    now = services.now()
    command = Command(
        id=0, action=body.action, params=planned.params, effect=planned.effect, reason=body.reason,
        requested_by=user.username, requester_id=user.id, created_at=now, expires_at=expires,
        timeout_s=body.timeout_s, batch=planned.batch, turns=max(planned.turns) + 1, runs=len(runs),
        state=CommandState.AWAITING_APPROVAL if planned.approval else CommandState.RUNNING,
        incident_id=body.incident,
    )  # fmt: skip
    asked = {
        "effect": command.effect, "approval": planned.approval, "key": body.key_id or "hub",
        "batch": body.batch.model_dump() if body.batch else None,
    }  # fmt: skip
    kept = await services.command_keeper.create(command, runs, _who(user, request), asked)
    services.command_sender.news.set()
    return CreatedCommand(id=kept.id, state=kept.state)


@router.post("/{command_id}/cancel", status_code=204, responses=responses(401, 403, 404, 409, 422))
async def cancel(command_id: CommandId, services: Hub, user: Operator, request: Request) -> None:
    """Send nothing more of a command and end what runs; what has ended stays as it is."""
    await _reachable(services, command_id, user)
    await services.command_sender.cancel(command_id, _who(user, request))


@router.post("/{command_id}/approve", status_code=204, responses=responses(400, 401, 403, 404, 409, 422))
async def approve(command_id: CommandId, body: Decision, services: Hub, user: Operator, request: Request) -> None:
    """Approve a command of somebody else: it is sent now."""
    await _decide(services, command_id, body, user, request, approve=True)


@router.post("/{command_id}/reject", status_code=204, responses=responses(400, 401, 403, 404, 409, 422))
async def reject(command_id: CommandId, body: Decision, services: Hub, user: Operator, request: Request) -> None:
    """Reject a command that awaits approval: nothing of it is ever sent."""
    await _decide(services, command_id, body, user, request, approve=False)


async def _decide(
    services: Services, command_id: int, body: Decision, user: Principal, request: Request, *, approve: bool
) -> None:
    command = await _reachable(services, command_id, user)
    if approve:
        if user.token is not None:
            raise ForbiddenError("A person has to approve it: log in.")
        if user.id == command.requester_id or user.username == command.requested_by:
            raise ForbiddenError("A second person has to approve it: you asked for it yourself.")
        check_proven(services, user)
    await services.command_keeper.decide(command_id, _who(user, request), body.reason, services.now(), approve=approve)
    services.command_sender.news.set()


async def _runs(services: Services, body: NewCommand, planned: Plan, user: Principal) -> tuple[list[NewRun], datetime]:
    if body.signatures is not None:
        runs, expires_ms = await signed_runs(services, body, planned, user)
        return runs, datetime.fromtimestamp(expires_ms / 1000, UTC)
    if body.key_id is not None:
        raise InvalidError("Not valid: signatures.", FieldError("signatures", "are needed where a key of yours signs"))
    services.command_key.check()
    runs = [
        NewRun(one.id, secrets.token_hex(16), turn)
        for one, turn in zip(planned.agents, planned.turns, strict=True)
    ]  # fmt: skip
    return runs, services.now() + timedelta(seconds=body.expires_s)


def _check_some_run(planned: Plan) -> None:
    if all(one.refusal for one in planned.agents):
        first: Candidate = planned.agents[0]
        others = f", and {len(planned.agents) - 1} others" if len(planned.agents) > 1 else ""
        raise ConflictError(f"No machine would run it. {first.name}{others}: {first.refusal}")


async def _reachable(services: Services, command_id: int, user: Principal) -> Command:
    """Return a command all of whose agents are within reach.

    Raises:
        NotFoundError: there is none of which any agent is.
        ForbiddenError: some of its agents are beyond.
    """
    async with services.database.connection() as connection:
        command = await commands.get(connection, command_id)
        agents = await command_runs.agents_of(connection, [command_id])
    within = [services.visibility.find(user.scopes, one) is not None for one in agents]
    if command is None or not (any(within) or user.everywhere):
        raise NotFoundError(f"There is no command {command_id}.")
    if not all(within) and not user.everywhere:
        raise ForbiddenError("Some machines of this command are beyond your scope.")
    return command


def _who(user: Principal, request: Request) -> Who:
    return Who(user.username, user.actor, address_of(request))
