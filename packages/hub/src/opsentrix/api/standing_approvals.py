"""Standing approvals: an operator signs once what a runbook may do by itself, where, how often and until when."""

import secrets
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Request
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.commands import approval_text
from pydantic import BaseModel, Field

from opsentrix.api.auth import Operator, Viewer, check_proven, visible
from opsentrix.api.command_plan import ActionName, KeyName, Params
from opsentrix.api.command_signatures import SIGN_WITHIN, own_key
from opsentrix.api.fields import Whole
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import FieldError, ForbiddenError, InvalidError, NotFoundError
from opsentrix.model.access import Principal
from opsentrix.model.commands import params_text
from opsentrix.response.keeper import signed_name
from opsentrix.response.keys import is_signed
from opsentrix.storage import audit, standing_approvals
from opsentrix.storage.standing_approvals import KeptApproval
from opsentrix.storage.times import unix_ms

MAX_DAYS = 400
router = APIRouter(prefix="/api/v1/standing-approvals", tags=["commands"])
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
ApprovalId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class ApprovalBody(BaseModel):
    """What is approved. The version is the runbook's SHA-256: another version of it is not approved."""

    agents: Annotated[list[Annotated[Whole, Field(ge=1, lt=2**63)]], Field(min_length=1, max_length=10_000)]
    runbook: Identifier
    version: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    action: ActionName
    params: Params = Field(default={})
    per_hour: Annotated[Whole, Field(ge=1, le=600, description="Commands an hour on each agent, which it counts.")]
    days: Annotated[Whole, Field(ge=1, le=MAX_DAYS)]
    key_id: KeyName


class SignedApproval(ApprovalBody):
    """The same, with what `prepare` gave and the signature of its text (Ed25519, in hexadecimal)."""

    id: Identifier
    issued_ms: Annotated[Whole, Field(ge=0, lt=2**53)]
    expires_ms: Annotated[Whole, Field(ge=0, lt=2**53)]
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


class PreparedApproval(BaseModel):
    """The text to sign, and what has to come back with the signature."""

    id: str
    issued_ms: int
    expires_ms: int
    text: str


class ApprovalView(BaseModel):
    """A standing approval."""

    id: str
    agents: list[int]
    runbook: str
    version: str
    action: str
    params: dict[str, object]
    per_hour: int
    key_id: str
    approved_by: str
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, one: KeptApproval) -> "ApprovalView":
        """Return an approval as it is shown."""
        wire = pb.StandingApproval.FromString(one.message)
        return cls(
            id=one.id, agents=list(one.agent_ids), runbook=one.runbook, version=wire.runbook_sha256.hex(),
            action=one.action, params=orjson.loads(one.params), per_hour=wire.per_hour, key_id=wire.key_id,
            approved_by=one.approved_by, created_at=one.created_at, expires_at=one.expires_at,
        )  # fmt: skip


class ApprovalList(BaseModel):
    """Standing approvals, the newest first."""

    items: list[ApprovalView]


@router.get("", responses=responses(401, 403))
async def list_approvals(services: Hub, user: Viewer) -> ApprovalList:
    """List standing approvals; who sees some agents only, sees those about none but these."""
    async with services.database.connection() as connection:
        found = await standing_approvals.everyone(connection, services.visibility.only(user.scopes))
    return ApprovalList(items=[ApprovalView.of(one) for one in found])


@router.post("/prepare", responses=responses(400, 401, 403, 404, 422))
async def prepare_approval(body: ApprovalBody, services: Hub, user: Operator) -> PreparedApproval:
    """Return the text that an operator's key signs; nothing is kept of it."""
    await own_key(services, user, body.key_id)
    issued = unix_ms(services.now())
    wire = _wire(services, body, user, secrets.token_hex(16), (issued, issued + body.days * 86_400_000))
    text = approval_text(wire, services.command_key.id).decode()
    return PreparedApproval(id=wire.id, issued_ms=issued, expires_ms=wire.expires_ms, text=text)


@router.post("", status_code=201, responses=responses(400, 401, 403, 404, 409, 422))
async def add_approval(body: SignedApproval, services: Hub, user: Operator, request: Request) -> ApprovalView:
    """Keep a signed approval. Agents verify it and count by themselves; the hub could not widen it."""
    if user.token is not None:
        raise ForbiddenError("A person has to approve it: log in.")
    check_proven(services, user)
    public = await own_key(services, user, body.key_id)
    now = services.now()
    wire = _wire(services, body, user, body.id, (body.issued_ms, body.expires_ms))
    wire.key_id, wire.signature = body.key_id, bytes.fromhex(body.signature)
    late = abs(unix_ms(now) - body.issued_ms) > SIGN_WITHIN.total_seconds() * 1000
    if late or body.expires_ms != body.issued_ms + body.days * 86_400_000:
        raise _invalid("was prepared too long ago, or for another time: prepare it again")
    if not is_signed(public, approval_text(wire, services.command_key.id), wire.signature):
        raise _invalid("is not good: another key made it, or something was changed")
    kept = KeptApproval(
        wire.id, wire.runbook, wire.action, params_text(body.params), tuple(wire.agent_ids), wire.SerializeToString(),
        user.id, user.username, now, datetime.fromtimestamp(wire.expires_ms / 1000, UTC),
    )  # fmt: skip
    async with services.database.transaction() as connection:
        await standing_approvals.add(connection, kept)
        await audit.add(
            connection, user.actor, "standing_approval.create", f"standing_approval:{kept.id}", address_of(request),
            runbook=kept.runbook, version=body.version, does=kept.action, params=body.params,
            agents=list(kept.agent_ids), per_hour=body.per_hour, expires_at=kept.expires_at.isoformat(),
            key=body.key_id,
        )  # fmt: skip
    return ApprovalView.of(kept)


@router.delete("/{approval_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def remove_approval(approval_id: ApprovalId, services: Hub, user: Operator, request: Request) -> None:
    """Forget an approval: this hub lets no command bear it any more."""
    only = services.visibility.only(user.scopes)
    async with services.database.transaction() as connection:
        if all(one.id != approval_id for one in await standing_approvals.everyone(connection, only)):
            raise NotFoundError(f"There is no standing approval {approval_id}.")
        await standing_approvals.remove(connection, approval_id)
        target = f"standing_approval:{approval_id}"
        await audit.add(connection, user.actor, "standing_approval.remove", target, address_of(request))


def _wire(
    services: Services, body: ApprovalBody, user: Principal, approval_id: str, times: tuple[int, int]
) -> pb.StandingApproval:
    agents = sorted(set(body.agents))
    for one in agents:
        visible(services, user, one)
    return pb.StandingApproval(
        id=approval_id, agent_ids=agents, runbook=body.runbook, runbook_sha256=bytes.fromhex(body.version),
        action=body.action, params_sha256=sha256(params_text(body.params).encode()).digest(), per_hour=body.per_hour,
        issued_ms=times[0], expires_ms=times[1], by=signed_name(user.username),
    )  # fmt: skip


def _invalid(detail: str) -> InvalidError:
    return InvalidError("Not valid: signature.", FieldError("signature", detail))
