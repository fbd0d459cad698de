"""Silences and maintenance windows."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query, Request
from pydantic import AfterValidator, BaseModel, Field

from opsentrix.api.auth import Operator, Viewer
from opsentrix.api.fields import Name, Text, UnixSeconds, Whole
from opsentrix.api.matchers import ReachBody, ReachView, agents_of, check_own, concerns, reach_of, reach_view
from opsentrix.api.problems import responses
from opsentrix.api.selection import noted
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import ConflictError, FieldError, InvalidError, NotFoundError
from opsentrix.model import quiet
from opsentrix.model.access import Principal
from opsentrix.model.quiet import (
    MAX_DURATION,
    MAX_SILENCE,
    MIN_DURATION,
    MaintenanceWindow,
    Reach,
    Silence,
)
from opsentrix.model.recurrence import MAX_TEXT, Recurrence, RecurrenceError
from opsentrix.storage import audit, incidents
from opsentrix.storage import quiet as storage
from opsentrix.storage.times import timestamp

router = APIRouter(prefix="/api/v1", tags=["alerts"])
MAX_SILENCES, MAX_WINDOWS = 1000, 500
_UPCOMING = 5

SilenceId = Annotated[int, Path(ge=1, le=2**63 - 1)]
WindowId = Annotated[int, Path(ge=1, le=2**63 - 1)]


def _local(value: datetime) -> datetime:
    if value.tzinfo is not None:
        raise ValueError("must be a local time without an offset; the zone stands beside it")
    if not 1970 <= value.year <= 2999:
        raise ValueError("must be between the years 1970 and 2999")
    return value.replace(microsecond=0)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ValueError("must be the name of a time zone, such as Europe/Berlin") from None
    return name


class NewSilence(ReachBody):
    """Whom it keeps quiet, and from when until when: Unix seconds or RFC 3339 times, at most a year ahead."""

    starts_at: UnixSeconds | None = None
    ends_at: UnixSeconds
    comment: Annotated[Text, Field(min_length=1)]


class SilenceView(ReachView):
    """A silence."""

    id: int
    starts_at: datetime
    ends_at: datetime
    active: bool
    comment: str
    created_by: str
    created_at: datetime
    expired_by: str


class SilenceList(BaseModel):
    """Silences, the newest first."""

    items: list[SilenceView]


class SilenceEnd(BaseModel):
    """When a silence is to end instead: after now, and at most a year ahead."""

    ends_at: UnixSeconds


class WindowTimes(BaseModel):
    """When planned work begins on the clocks of its zone, how long it lasts, and how it recurs."""

    starts_local: Annotated[datetime, AfterValidator(_local)]
    zone: Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]
    duration_s: Annotated[Whole, Field(ge=int(MIN_DURATION.total_seconds()), le=int(MAX_DURATION.total_seconds()))]
    rrule: Annotated[str, Field(max_length=MAX_TEXT, description="RFC 5545; empty for once.")] = ""


class WindowBody(WindowTimes, ReachBody):
    """A time of planned work, and what it is about."""

    name: Name
    comment: Text = ""


class SpanView(BaseModel):
    """One occurrence."""

    begins_at: datetime
    ends_at: datetime


class Occurrences(BaseModel):
    """The next five times that a window would come, in order."""

    upcoming: list[SpanView]


class WindowView(ReachView):
    """A maintenance window; `active_until` is null outside of it."""

    id: int
    name: str
    starts_local: datetime
    zone: str
    duration_s: int
    rrule: str
    comment: str
    created_by: str
    created_at: datetime
    active_until: datetime | None
    upcoming: list[SpanView]


class WindowList(BaseModel):
    """Maintenance windows, the oldest first."""

    items: list[WindowView]


@router.get("/silences", responses=responses(401, 403, 422))
async def list_silences(
    services: Hub, user: Viewer, ended: Annotated[bool, Query(description="Those that ended, too.")] = False
) -> SilenceList:
    """List silences that may concern what the caller sees."""
    now = services.now()
    async with services.database.connection() as connection:
        found = await storage.silences(connection, timestamp(0) if ended else now)
    agents = agents_of(services, user)
    return SilenceList(
        items=[_silence(services, one, now, user) for one in found[:MAX_SILENCES] if concerns(one.reach, agents)]
    )


@router.post("/silences", status_code=201, responses=responses(400, 401, 403, 404, 409, 422))
async def create_silence(body: NewSilence, services: Hub, user: Operator, request: Request) -> SilenceView:
    """Keep alerts quiet for a time. Nobody's silence reaches beyond the scope that they have now."""
    now = services.now()
    starts = now if body.starts_at is None else max(timestamp(round(body.starts_at * 1000)), now)
    ends = timestamp(round(body.ends_at * 1000))
    if not starts < ends <= now + MAX_SILENCE:
        detail = f"must be after starts_at and now, and at most {MAX_SILENCE.days} days ahead"
        raise InvalidError("Not valid: ends_at.", FieldError("ends_at", detail))
    new = Silence(0, reach_of(services, body, user), starts, ends, body.comment, user.username, now)
    async with services.database.transaction() as connection:
        await incidents.lock(connection)
        if len(await storage.silences(connection, now)) >= MAX_SILENCES:
            raise ConflictError(f"There are {MAX_SILENCES} silences already; let some expire.")
        made = await storage.add_silence(connection, new)
        await incidents.look_again(connection, now)
        view = _silence(services, made, now, user)
        await audit.add(
            connection, user.actor, "silence.create", f"silence:{made.id}", address_of(request),
            after=view.model_dump(mode="json", exclude={"id", "active"}) | {"agents": noted(made.reach.agents)},
        )  # fmt: skip
    return view


@router.patch("/silences/{silence_id}", responses=responses(400, 401, 403, 404, 409, 422))
async def change_silence(
    silence_id: SilenceId, body: SilenceEnd, services: Hub, user: Operator, request: Request
) -> SilenceView:
    """Let a silence that has not ended last longer, or less long."""
    now = services.now()
    ends = timestamp(round(body.ends_at * 1000))
    async with services.database.transaction() as connection:
        await incidents.lock(connection)
        before = _own_silence(await storage.silence(connection, silence_id), silence_id, services, user, now)
        if not max(now, before.starts_at) < ends <= now + MAX_SILENCE:
            detail = f"must be after its beginning and now, and at most {MAX_SILENCE.days} days ahead"
            raise InvalidError("Not valid: ends_at.", FieldError("ends_at", detail))
        await storage.set_end(connection, silence_id, ends)
        await incidents.look_again(connection, now)
        await audit.add(
            connection, user.actor, "silence.update", f"silence:{silence_id}", address_of(request),
            before={"ends_at": before.ends_at.isoformat()}, after={"ends_at": ends.isoformat()},
        )  # fmt: skip
    return _silence(services, replace(before, ends_at=ends), now, user)


@router.delete("/silences/{silence_id}", status_code=204, responses=responses(401, 403, 404, 409, 422))
async def expire_silence(silence_id: SilenceId, services: Hub, user: Operator, request: Request) -> None:
    """Let a silence end now."""
    now = services.now()
    async with services.database.transaction() as connection:
        await incidents.lock(connection)
        found = _own_silence(await storage.silence(connection, silence_id), silence_id, services, user, now)
        await storage.expire(connection, silence_id, user.username, now)
        await incidents.look_again(connection, now)
        await audit.add(
            connection, user.actor, "silence.expire", f"silence:{silence_id}", address_of(request),
            before={"ends_at": found.ends_at.isoformat()}, after={"ends_at": now.isoformat()},
        )  # fmt: skip


@router.get("/maintenance-windows", responses=responses(401, 403))
async def list_windows(services: Hub, user: Viewer) -> WindowList:
    """List maintenance windows that may concern what the caller sees, each with its next occurrences."""
    now = services.now()
    async with services.database.connection() as connection:
        found = await storage.windows(connection)
    agents = agents_of(services, user)
    return WindowList(items=[_window(services, one, now, user) for one in found if concerns(one.reach, agents)])


@router.post("/maintenance-windows", status_code=201, responses=responses(400, 401, 403, 404, 409, 422))
async def create_window(body: WindowBody, services: Hub, user: Operator, request: Request) -> WindowView:
    """Plan work, once or again and again: alerts of what it matches are told nobody meanwhile."""
    now = services.now()
    new = _planned(body, body.name, reach_of(services, body, user), 0, body.comment, user.username, now)
    async with services.database.transaction() as connection:
        await incidents.lock(connection)
        if len(await storage.windows(connection)) >= MAX_WINDOWS:
            raise ConflictError(f"There are {MAX_WINDOWS} maintenance windows already; delete some.")
        made = await storage.add_window(connection, new)
        await incidents.look_again(connection, now)
        await audit.add(
            connection, user.actor, "maintenance_window.create", f"maintenance_window:{made.id}", address_of(request),
            after=_kept(services, made, now, user),
        )  # fmt: skip
    await services.maintenance.look()
    return _window(services, made, now, user)


@router.post("/maintenance-windows/preview", responses=responses(400, 401, 403, 422))
async def preview_window(body: WindowTimes, services: Hub, user: Viewer) -> Occurrences:
    """Tell when a window would come; nothing is kept."""
    planned = _planned(body, "", Reach(()), 0, "", user.username, services.now())
    return Occurrences(upcoming=_upcoming(planned, services.now()))


@router.put("/maintenance-windows/{window_id}", responses=responses(400, 401, 403, 404, 422))
async def change_window(
    window_id: WindowId, body: WindowBody, services: Hub, user: Operator, request: Request
) -> WindowView:
    """Change a maintenance window."""
    now = services.now()
    async with services.database.transaction() as connection:
        await incidents.lock(connection)
        before = _found(await storage.window(connection, window_id), window_id, services, user)
        reach = replace(reach_of(services, body, user, before.reach.agents), within=before.reach.within)
        after = _planned(body, body.name, reach, window_id, body.comment, before.created_by, before.created_at)
        await storage.change_window(connection, after)
        await incidents.look_again(connection, now)
        await audit.add(
            connection, user.actor, "maintenance_window.update", f"maintenance_window:{window_id}",
            address_of(request), before=_kept(services, before, now, user), after=_kept(services, after, now, user),
        )  # fmt: skip
    await services.maintenance.look()
    return _window(services, after, now, user)


@router.delete("/maintenance-windows/{window_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def delete_window(window_id: WindowId, services: Hub, user: Operator, request: Request) -> None:
    """Delete a maintenance window; quiet that it keeps now ends."""
    now = services.now()
    async with services.database.transaction() as connection:
        await incidents.lock(connection)
        before = _found(await storage.window(connection, window_id), window_id, services, user)
        await storage.remove_window(connection, window_id)
        await incidents.look_again(connection, now)
        await audit.add(
            connection, user.actor, "maintenance_window.delete", f"maintenance_window:{window_id}",
            address_of(request), before=_kept(services, before, now, user),
        )  # fmt: skip
    await services.maintenance.look()


def _own_silence(
    silence: Silence | None, silence_id: int, services: Services, who: Principal, now: datetime
) -> Silence:
    """Return a silence that somebody may change.

    Raises:
        NotFoundError: there is none within reach.
        ForbiddenError: it reaches beyond their scope.
        ConflictError: it has ended.
    """
    if silence is None or not concerns(silence.reach, agents_of(services, who)):
        raise NotFoundError(f"There is no silence {silence_id}.")
    check_own(silence.reach, who)
    if silence.ends_at <= now:
        raise ConflictError("The silence has ended.")
    return silence


def _found(
    window: MaintenanceWindow | None, window_id: int, services: Services, who: Principal
) -> MaintenanceWindow:  # fmt: skip
    """Return a window that somebody may change.

    Raises:
        NotFoundError: there is none within reach.
        ForbiddenError: it reaches beyond their scope.
    """
    if window is None or not concerns(window.reach, agents_of(services, who)):
        raise NotFoundError(f"There is no maintenance window {window_id}.")
    check_own(window.reach, who)
    return window


def _planned(
    times: WindowTimes, name: str, reach: Reach, number: int, comment: str, by: str, made_at: datetime
) -> MaintenanceWindow:  # fmt: skip
    """Return the window that comes at these times.

    Raises:
        InvalidError: its rule is none, or never occurs within ten years.
    """
    try:
        if times.rrule and not Recurrence.parse(times.rrule).occurs_soon(times.starts_local.date()):
            raise RecurrenceError("it does not occur within ten years of its start")
    except RecurrenceError as error:
        raise InvalidError(f"Not valid: rrule: {error}.", FieldError("rrule", str(error))) from None
    return MaintenanceWindow(
        number, name, reach, times.starts_local, times.zone, timedelta(seconds=times.duration_s), times.rrule,
        comment, by, made_at,
    )  # fmt: skip


def _silence(services: Services, one: Silence, now: datetime, who: Principal) -> SilenceView:
    return SilenceView(
        **dict(reach_view(services, one.reach, who)), id=one.id, starts_at=one.starts_at, ends_at=one.ends_at,
        active=one.starts_at <= now < one.ends_at, comment=one.comment, created_by=one.created_by,
        created_at=one.created_at, expired_by=one.expired_by,
    )  # fmt: skip


def _window(services: Services, one: MaintenanceWindow, now: datetime, who: Principal) -> WindowView:
    return WindowView(
        **dict(reach_view(services, one.reach, who)), id=one.id, name=one.name, starts_local=one.starts_local,
        zone=one.zone, duration_s=int(one.duration.total_seconds()), rrule=one.rrule,
        comment=one.comment, created_by=one.created_by, created_at=one.created_at,
        active_until=quiet.active(one, now),
        upcoming=_upcoming(one, now),
    )  # fmt: skip


def _upcoming(one: MaintenanceWindow, now: datetime) -> list[SpanView]:
    return [SpanView(begins_at=span.begins, ends_at=span.ends) for span in quiet.upcoming(one, now, _UPCOMING)]


def _kept(services: Services, one: MaintenanceWindow, now: datetime, who: Principal) -> dict[str, object]:
    view = _window(services, one, now, who)
    told = view.model_dump(mode="json", exclude={"id", "active_until", "upcoming"})
    return told | {"agents": noted(one.reach.agents)}
