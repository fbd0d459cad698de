"""Who agents are: admission, credentials, and hosts that share an identity."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from opsentrix.api.agents import find
from opsentrix.api.auth import AgentId, AuthenticatedAgent, Operator, Viewer
from opsentrix.api.fields import Reason
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import ConflictError
from opsentrix.fleet import admission
from opsentrix.fleet.admission import Decision
from opsentrix.fleet.credentials import revoked
from opsentrix.model.identity import Admission, Clone, CredentialState, Host
from opsentrix.storage import admission as storage

router = APIRouter(prefix="/api/v1/agents", tags=["identity"])


class CredentialView(BaseModel):
    """A credential of an agent; the hub itself knows only its hash."""

    state: CredentialState
    created_at: datetime
    expires_at: datetime | None


class RenewalView(BaseModel):
    """How an agent's credential is renewed.

    `due_at` is null where that happens on request only; `possible` is null while the agent is not connected.
    """

    due_at: datetime | None
    requested_at: datetime | None
    error: str
    possible: bool | None


class HostView(BaseModel):
    """A host that used the identity."""

    run: str
    machine: str
    name: str
    address: str
    seen_at: datetime

    @classmethod
    def of(cls, host: Host) -> "HostView":
        """Return a host as people see it."""
        return cls(run=host.run.hex(), machine=host.machine, name=host.name, address=host.address, seen_at=host.seen_at)


class CloneView(BaseModel):
    """Two hosts that use one identity; `kept` is the run of the one that a person keeps."""

    noticed_at: datetime
    hosts: list[HostView]
    kept: str | None

    @classmethod
    def of(cls, clone: Clone) -> "CloneView":
        """Return the two as people see them."""
        return cls(
            noticed_at=clone.noticed_at,
            hosts=[HostView.of(side) for side in clone.sides],
            kept=None if clone.kept is None else clone.sides[clone.kept].run.hex(),
        )


class IdentityView(BaseModel):
    """Who an agent is to the hub."""

    admission: Admission
    admission_at: datetime
    admission_by: str
    admission_reason: str
    enrolled_at: datetime
    enrolled_with: int | None
    enrolled_from: str
    credentials: list[CredentialView]
    renewal: RenewalView
    clone: CloneView | None


class ReasonBody(BaseModel):
    """Why something is done, for the agent and the audit log."""

    reason: Reason = ""


class KeptHost(BaseModel):
    """The host that keeps the identity, by its run."""

    run: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class OfferedCredential(BaseModel):
    """SHA-256, in hexadecimal digits, of the new credential as it will stand in the Authorization header."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


@router.get("/{agent_id}/identity", responses=responses(401, 404, 422))
async def get_identity(agent_id: AgentId, services: Hub, user: Viewer) -> IdentityView:
    """Show who an agent is to the hub."""
    return await _view(services, agent_id)


@router.post("/{agent_id}/credential", status_code=204, tags=["agent link"],
             responses=responses(400, 401, 403, 404, 409, 422))  # fmt: skip
async def offer_credential(body: OfferedCredential, agent: AuthenticatedAgent, services: Hub, request: Request) -> None:
    """Take the hash of a new credential that the agent keeps; its first use makes it the one that counts."""
    await services.credentials.offer(agent, bytes.fromhex(body.sha256), address_of(request))


@router.post("/{agent_id}/credential/rotate", status_code=202, responses=responses(401, 403, 404, 409, 422))
async def rotate_credential(agent_id: AgentId, services: Hub, user: Operator, request: Request) -> IdentityView:
    """Have an agent renew its credential: now if it is connected, else when it connects."""
    agent = await find(services, agent_id)
    if agent.admission is not Admission.ADMITTED:
        raise ConflictError(f"Agent {agent_id} is {agent.admission}.")
    if services.clones.noticed(agent_id) and not services.clones.kept(agent_id):
        raise ConflictError("Two hosts use this identity; first say which one keeps it.")
    if services.sessions.renewable(agent_id) is False:
        raise ConflictError("This agent cannot renew its credential; update it, or enroll it again.")
    await services.credentials.request(agent_id, user.actor, address_of(request))
    return await _view(services, agent_id)


@router.post("/{agent_id}/approve", responses=responses(401, 403, 404, 409, 422))
async def approve(agent_id: AgentId, services: Hub, user: Operator, request: Request) -> IdentityView:
    """Let in an agent that waits for approval, or that was refused."""
    await _decide(services, agent_id, admission.APPROVE, user.actor, address_of(request), "")
    services.sessions.end(agent_id, "approved")  # it says Hello again, with all that it has by now
    return await _view(services, agent_id)


@router.post("/{agent_id}/refuse", responses=responses(400, 401, 403, 404, 409, 422))
async def refuse(
    agent_id: AgentId, services: Hub, user: Operator, request: Request, body: ReasonBody | None = None
) -> IdentityView:
    """Refuse an agent that waits for approval."""
    reason = body.reason if body else ""
    await _decide(services, agent_id, admission.REFUSE, user.actor, address_of(request), reason)
    services.sessions.revoke(agent_id, reason or "refused")
    return await _view(services, agent_id)


@router.post("/{agent_id}/revoke", responses=responses(400, 401, 403, 404, 409, 422))
async def revoke(
    agent_id: AgentId, services: Hub, user: Operator, request: Request, body: ReasonBody | None = None
) -> IdentityView:
    """Take an agent's identity back: its session ends now, its credentials are worth nothing, its history stays."""
    reason = body.reason if body else ""
    await _decide(services, agent_id, admission.REVOKE, user.actor, address_of(request), reason)
    services.credentials.replace(agent_id, revoked(services.credentials.of_agent(agent_id)))
    services.sessions.revoke(agent_id, reason)
    return await _view(services, agent_id)


@router.post("/{agent_id}/clone/keep", responses=responses(400, 401, 403, 404, 409, 422))
async def keep_host(agent_id: AgentId, body: KeptHost, services: Hub, user: Operator, request: Request) -> IdentityView:
    """Let one of two hosts keep the identity: it gets a new credential, and the other has to be enrolled anew."""
    await find(services, agent_id)
    await services.clones.keep(agent_id, bytes.fromhex(body.run), user.actor, address_of(request))
    services.credentials.want(agent_id)
    services.sessions.end(agent_id, "one of two hosts is kept")  # whichever it is, it is judged anew
    services.feed.agent_changed(agent_id)
    return await _view(services, agent_id)


async def _decide(services: Services, agent_id: int, decision: Decision, actor: str, address: str, reason: str) -> None:
    await find(services, agent_id)
    await admission.decide(services.database, agent_id, decision, actor, address, reason)
    services.registry.admit(agent_id, decision.to)
    services.feed.agent_changed(agent_id)


async def _view(services: Services, agent_id: int) -> IdentityView:
    await find(services, agent_id)
    async with services.database.connection() as connection:
        record = await storage.record(connection, agent_id)
    if record is None:
        raise ConflictError(f"Agent {agent_id} was deleted just now.")
    clone = services.clones.of(agent_id)
    return IdentityView(
        admission=record.admission,
        admission_at=record.admission_at,
        admission_by=record.admission_by,
        admission_reason=record.admission_reason,
        enrolled_at=record.created_at,
        enrolled_with=record.enrolled_with,
        enrolled_from=record.enrolled_from,
        credentials=[
            CredentialView.model_validate(one, from_attributes=True) for one in services.credentials.of_agent(agent_id)
        ],
        renewal=RenewalView(
            due_at=services.credentials.due_at(agent_id),
            requested_at=record.rotation_requested_at,
            error=record.rotation_error,
            possible=services.sessions.renewable(agent_id),
        ),
        clone=None if clone is None else CloneView.of(clone),
    )
