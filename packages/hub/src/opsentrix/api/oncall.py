"""Who is on call, and what happens when nobody answers: rotas and escalations."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Self

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, model_validator

from opsentrix.api.auth import Admin, EverywhereViewer
from opsentrix.api.fields import Name, UnixSeconds, Whole
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.api.targets import ClockText, RowId, TargetBody, Targets, TimeZone, check_targets
from opsentrix.db import Connection
from opsentrix.errors import ConflictError, NotFoundError
from opsentrix.model.rotas import Member, Override, Rota, on_call
from opsentrix.model.routing import Escalation, Step, Target, TargetKind
from opsentrix.storage import audit, routes

router = APIRouter(prefix="/api/v1", tags=["notifications"])
_ChannelIds = Annotated[list[Annotated[Whole, Field(ge=1, le=2**63 - 1)]], Field(max_length=10)]


class StepBody(BaseModel):
    """Who is told so many minutes after the begin, unless somebody acknowledged."""

    after_minutes: Annotated[Whole, Field(ge=0, le=10_080)]
    targets: Annotated[Targets, Field(min_length=1)]


class EscalationBody(BaseModel):
    """Steps in the order of time, and how many rounds follow the first."""

    name: Name
    steps: Annotated[list[StepBody], Field(min_length=1, max_length=20)]
    repeats: Annotated[Whole, Field(ge=0, le=20)] = 0
    pause_minutes: Annotated[Whole, Field(ge=1, le=1440)] = 30

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        times = [one.after_minutes for one in self.steps]
        if times != sorted(set(times)):
            raise ValueError("each step must come later than the one before")
        return self

    def escalation(self, row_id: int) -> Escalation:
        """Return it for the model."""
        steps = tuple(Step(one.after_minutes, tuple(each.target for each in one.targets)) for one in self.steps)
        return Escalation(row_id, self.name, steps, self.repeats, self.pause_minutes)


class EscalationView(EscalationBody):
    """An escalation as it is shown."""

    id: int

    @classmethod
    def of(cls, one: Escalation) -> "EscalationView":
        """Return an escalation as it is shown."""
        steps = [
            StepBody(after_minutes=step.after_minutes, targets=[TargetBody.of(each) for each in step.targets])
            for step in one.steps
        ]
        return cls(id=one.id, name=one.name, steps=steps, repeats=one.repeats, pause_minutes=one.pause_minutes)


class EscalationList(BaseModel):
    """Escalations, by name."""

    items: list[EscalationView]


class MemberBody(BaseModel):
    """Somebody who takes turns, and the channels that reach them."""

    name: Name
    channels: Annotated[_ChannelIds, Field(min_length=1)]


class OverrideBody(BaseModel):
    """Somebody else is on call, from one moment until before another, in Unix seconds or RFC 3339."""

    begins: UnixSeconds
    ends: UnixSeconds
    name: Name


class RotaBody(BaseModel):
    """People who take turns of whole days in the order of the list; hand-overs follow the zone's clock."""

    name: Name
    time_zone: TimeZone = "UTC"
    first_day: date
    handover: ClockText = "09:00"
    days: Annotated[Whole, Field(ge=1, le=90)] = 7
    members: Annotated[list[MemberBody], Field(min_length=1, max_length=50)]
    overrides: Annotated[list[OverrideBody], Field(max_length=200)] = []

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [one.name for one in self.members]
        if len(set(names)) != len(names):
            raise ValueError("each member must have another name")
        if not 2000 <= self.first_day.year <= 2100:
            raise ValueError("first_day must be from 2000 to 2100")
        for one in self.overrides:
            if one.name not in names or one.ends <= one.begins:
                raise ValueError("an override must name a member and end after it begins")
        return self

    def rota(self, row_id: int) -> Rota:
        """Return it for the model."""
        return Rota(
            row_id, self.name, self.time_zone, self.first_day, time.fromisoformat(self.handover), self.days,
            tuple(Member(one.name, tuple(one.channels)) for one in self.members),
            tuple(Override(_moment(one.begins), _moment(one.ends), one.name) for one in self.overrides),
        )  # fmt: skip


class ShiftView(BaseModel):
    """Who is on call, from when until before when."""

    name: str
    begins: datetime
    ends: datetime


class OverrideView(BaseModel):
    """An override as it is shown."""

    begins: datetime
    ends: datetime
    name: str


class RotaView(BaseModel):
    """A rota, who is on call now, and who comes next."""

    id: int
    name: str
    time_zone: str
    first_day: date
    handover: str
    days: int
    members: list[MemberBody]
    overrides: list[OverrideView]
    now: ShiftView
    next: ShiftView

    @classmethod
    def of(cls, one: Rota, at: datetime) -> "RotaView":
        """Return a rota as it is shown at a moment."""
        shift = on_call(one, at)
        following = on_call(one, shift.ends)
        return cls(
            id=one.id, name=one.name, time_zone=one.time_zone, first_day=one.first_day, days=one.days,
            handover=one.handover.strftime("%H:%M"),
            members=[MemberBody(name=each.name, channels=list(each.channels)) for each in one.members],
            overrides=[OverrideView(begins=each.begins, ends=each.ends, name=each.name) for each in one.overrides],
            now=ShiftView(name=shift.member.name, begins=shift.begins, ends=shift.ends),
            next=ShiftView(name=following.member.name, begins=following.begins, ends=following.ends),
        )  # fmt: skip


class RotaList(BaseModel):
    """Rotas, by name."""

    items: list[RotaView]


@router.get("/escalations", responses=responses(401, 403))
async def list_escalations(user: EverywhereViewer, services: Hub) -> EscalationList:
    """List the escalations."""
    async with services.database.connection() as connection:
        return EscalationList(items=[EscalationView.of(one) for one in await routes.escalations(connection)])


@router.post("/escalations", status_code=201, responses=responses(400, 401, 403, 409, 422))
async def create_escalation(body: EscalationBody, user: Admin, services: Hub, request: Request) -> EscalationView:
    """Add an escalation."""
    return await _put_escalation(services, body, 0, user.actor, address_of(request))


@router.put("/escalations/{escalation_id}", responses=responses(400, 401, 403, 404, 409, 422))
async def change_escalation(
    escalation_id: RowId, body: EscalationBody, user: Admin, services: Hub, request: Request
) -> EscalationView:
    """Change an escalation; those under way go on with what it says now."""
    return await _put_escalation(services, body, escalation_id, user.actor, address_of(request))


async def _put_escalation(
    services: Services, body: EscalationBody, row_id: int, actor: str, address: str
) -> EscalationView:
    async with services.database.transaction() as connection:
        await routes.lock_editing(connection)
        before = None if not row_id else await _escalation(connection, row_id)
        one = body.escalation(row_id)
        await check_targets(connection, [each for step in one.steps for each in step.targets], nested=True)
        made = EscalationView.of(await routes.put_escalation(connection, one))
        await audit.add(
            connection, actor, "escalation.update" if row_id else "escalation.create", f"escalation:{made.id}", address,
            before=_plain(before), after=made.model_dump(mode="json"),
        )  # fmt: skip
    return made


@router.delete("/escalations/{escalation_id}", status_code=204, responses=responses(401, 403, 404, 409, 422))
async def delete_escalation(escalation_id: RowId, user: Admin, services: Hub, request: Request) -> None:
    """Remove an escalation that no route names; those under way end."""
    async with services.database.transaction() as connection:
        await routes.lock_editing(connection)
        before = await _escalation(connection, escalation_id)
        await _check_unnamed(connection, Target(TargetKind.ESCALATION, escalation_id))
        await routes.remove(connection, "escalations", escalation_id)
        await audit.add(
            connection, user.actor, "escalation.delete", f"escalation:{escalation_id}", address_of(request),
            before=EscalationView.of(before).model_dump(mode="json"),
        )  # fmt: skip


@router.get("/rotas", responses=responses(401, 403))
async def list_rotas(user: EverywhereViewer, services: Hub) -> RotaList:
    """List the rotas with who is on call now."""
    now = datetime.fromtimestamp(services.clock(), UTC)
    async with services.database.connection() as connection:
        return RotaList(items=[RotaView.of(one, now) for one in await routes.rotas(connection)])


@router.post("/rotas", status_code=201, responses=responses(400, 401, 403, 409, 422))
async def create_rota(body: RotaBody, user: Admin, services: Hub, request: Request) -> RotaView:
    """Add a rota."""
    return await _put_rota(services, body, 0, user.actor, address_of(request))


@router.put("/rotas/{rota_id}", responses=responses(400, 401, 403, 404, 409, 422))
async def change_rota(rota_id: RowId, body: RotaBody, user: Admin, services: Hub, request: Request) -> RotaView:
    """Change a rota, its overrides included."""
    return await _put_rota(services, body, rota_id, user.actor, address_of(request))


async def _put_rota(services: Services, body: RotaBody, row_id: int, actor: str, address: str) -> RotaView:
    now = datetime.fromtimestamp(services.clock(), UTC)
    async with services.database.transaction() as connection:
        await routes.lock_editing(connection)
        before = None if not row_id else await rota_of(connection, row_id)
        one = body.rota(row_id)
        named = [Target(TargetKind.CHANNEL, each) for member in one.members for each in member.channels]
        await check_targets(connection, named, nested=True)
        made = RotaView.of(await routes.put_rota(connection, one), now)
        await audit.add(
            connection, actor, "rota.update" if row_id else "rota.create", f"rota:{made.id}", address,
            before=None if before is None else _told(RotaView.of(before, now)), after=_told(made),
        )  # fmt: skip
    return made


@router.delete("/rotas/{rota_id}", status_code=204, responses=responses(401, 403, 404, 409, 422))
async def delete_rota(rota_id: RowId, user: Admin, services: Hub, request: Request) -> None:
    """Remove a rota that no route or escalation names."""
    now = datetime.fromtimestamp(services.clock(), UTC)
    async with services.database.transaction() as connection:
        await routes.lock_editing(connection)
        before = await rota_of(connection, rota_id)
        await _check_unnamed(connection, Target(TargetKind.ROTA, rota_id))
        await routes.remove(connection, "rotas", rota_id)
        await audit.add(
            connection, user.actor, "rota.delete", f"rota:{rota_id}", address_of(request),
            before=_told(RotaView.of(before, now)),
        )  # fmt: skip


async def _escalation(connection: Connection, row_id: int) -> Escalation:
    found = next((one for one in await routes.escalations(connection) if one.id == row_id), None)
    if found is None:
        raise NotFoundError(f"There is no escalation {row_id}.")
    return found


async def rota_of(connection: Connection, row_id: int) -> Rota:
    """Return a rota.

    Raises:
        NotFoundError: there is none of this id.
    """
    found = next((one for one in await routes.rotas(connection) if one.id == row_id), None)
    if found is None:
        raise NotFoundError(f"There is no rota {row_id}.")
    return found


async def _check_unnamed(connection: Connection, target: Target) -> None:
    """Check that nothing names a target.

    Raises:
        ConflictError: something does.
    """
    users = [f"the route {one.name}" for one in await routes.routes(connection) if target in one.targets]
    users += [
        f"the escalation {one.name}"
        for one in await routes.escalations(connection)
        if any(target in step.targets for step in one.steps)
    ]
    if users:
        raise ConflictError(f"It is named by {', '.join(users[:10])}: change that first.")


def _plain(one: Escalation | None) -> dict[str, object] | None:
    return None if one is None else EscalationView.of(one).model_dump(mode="json")


def _told(one: RotaView) -> dict[str, object]:
    return one.model_dump(mode="json", exclude={"now", "next"})


def _moment(unix_s: float) -> datetime:
    return datetime.fromtimestamp(unix_s, UTC)
