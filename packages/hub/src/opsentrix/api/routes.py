"""Routes: which notices go where."""

from datetime import UTC, datetime, time
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from opsentrix.api.auth import Admin, EverywhereViewer
from opsentrix.api.fields import Environment, Flag, Name, Tag, UnixSeconds, Whole
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, address_of
from opsentrix.api.targets import ClockText, RowId, TargetBody, Targets, TimeZone, check_targets
from opsentrix.db import Connection
from opsentrix.errors import ConflictError, InvalidError, NotFoundError
from opsentrix.model.notifications import Notice, NoticeKind
from opsentrix.model.routing import Hours, Route
from opsentrix.notify.notifier import whom
from opsentrix.storage import audit, routes

router = APIRouter(prefix="/api/v1/routes", tags=["notifications"])
_MOST = 200
_Severity = Literal["info", "warning", "critical"]
_Label = Annotated[str, Field(min_length=1, max_length=128)]
_Pattern = Annotated[str, Field(max_length=256)]
_Weekday = Annotated[Whole, Field(ge=1, le=7)]


class HoursBody(BaseModel):
    """Times of the week: weekdays from 1, Monday, on which they begin; an end not after the begin is the next day's."""

    time_zone: TimeZone = "UTC"
    weekdays: Annotated[list[_Weekday], Field(min_length=1, max_length=7)] = [1, 2, 3, 4, 5, 6, 7]
    begins: ClockText
    ends: ClockText

    @property
    def hours(self) -> Hours:
        """The same for the model."""
        begins, ends = time.fromisoformat(self.begins), time.fromisoformat(self.ends)
        return Hours(self.time_zone, frozenset(self.weekdays), begins, ends)


class RouteBody(BaseModel):
    """A route; conditions that are empty match all. Patterns of labels know `*` and `?`."""

    name: Name
    targets: Targets
    labels: Annotated[dict[_Label, _Pattern], Field(max_length=20)] = {}
    severities: Annotated[list[_Severity], Field(max_length=3)] = []
    environments: Annotated[list[Environment], Field(max_length=50)] = []
    tags: Annotated[list[Tag], Field(max_length=50)] = []
    hours: HoursBody | None = None
    continues: Flag = Field(default=False, description="Whether the routes after it are looked at, too.")
    enabled: Flag = True

    def route(self, route_id: int, *, default: bool = False) -> Route:
        """Return it for the model."""
        hours = None if self.hours is None else self.hours.hours
        return Route(
            route_id, self.name, tuple(one.target for one in self.targets), self.labels, frozenset(self.severities),
            frozenset(self.environments), frozenset(self.tags), hours, self.continues, self.enabled, default,
        )  # fmt: skip


class HoursView(BaseModel):
    """Times of the week as they are shown."""

    time_zone: str
    weekdays: list[int]
    begins: str
    ends: str


class RouteView(BaseModel):
    """A route as it is shown."""

    id: int
    default: bool
    name: str
    targets: list[TargetBody]
    labels: dict[str, str]
    severities: list[_Severity]
    environments: list[str]
    tags: list[str]
    hours: HoursView | None
    continues: bool
    enabled: bool

    @classmethod
    def of(cls, one: Route) -> "RouteView":
        """Return a route as it is shown."""
        hours = one.hours and HoursView(
            time_zone=one.hours.time_zone, weekdays=sorted(one.hours.weekdays),
            begins=one.hours.begins.strftime("%H:%M"), ends=one.hours.ends.strftime("%H:%M"),
        )  # fmt: skip
        return cls.model_validate(
            {
                "id": one.id, "default": one.default, "name": one.name, "labels": dict(one.labels), "hours": hours,
                "targets": [TargetBody.of(each) for each in one.targets], "severities": sorted(one.severities),
                "environments": sorted(one.environments), "tags": sorted(one.tags), "continues": one.continues,
                "enabled": one.enabled,
            }
        )  # fmt: skip


class RouteList(BaseModel):
    """Routes in their order; the last is for what no other took."""

    items: list[RouteView]


class RouteOrder(BaseModel):
    """All routes but the default one, in the order that is wanted."""

    ids: Annotated[list[Whole], Field(max_length=_MOST)]


class RoutePreview(BaseModel):
    """A notice that could come, and when."""

    severity: _Severity = "critical"
    labels: Annotated[dict[_Label, _Pattern], Field(max_length=50)] = {}
    environments: Annotated[list[Environment], Field(max_length=50)] = []
    tags: Annotated[list[Tag], Field(max_length=50)] = []
    at: UnixSeconds | None = Field(default=None, description="Now, when it is left out.")


class VerdictView(BaseModel):
    """What a route makes of it."""

    route: str
    taken: bool
    why: str
    told: list[str]


class ToldView(BaseModel):
    """A channel that would be told, after how many minutes without an acknowledgement, and why."""

    channel_id: int
    channel: str
    after_minutes: int
    why: str


class RoutePreviewResult(BaseModel):
    """Who would be told, and what each route made of it."""

    told: list[ToldView]
    verdicts: list[VerdictView]


@router.get("", responses=responses(401, 403))
async def list_routes(user: EverywhereViewer, services: Hub) -> RouteList:
    """List the routes in their order."""
    async with services.database.connection() as connection:
        return RouteList(items=[RouteView.of(one) for one in await routes.routes(connection)])


@router.post("", status_code=201, responses=responses(400, 401, 403, 409, 422))
async def create_route(body: RouteBody, user: Admin, services: Hub, request: Request) -> RouteView:
    """Add a route behind the others, before the default one."""
    async with services.database.transaction() as connection:
        await routes.lock_editing(connection)
        if len(await routes.routes(connection)) >= _MOST:
            raise ConflictError(f"There are {_MOST} routes already.")
        one = body.route(0)
        await check_targets(connection, one.targets, nested=False)
        made = RouteView.of(await routes.put_route(connection, one))
        await audit.add(
            connection, user.actor, "route.create", f"route:{made.id}", address_of(request), after=_told(made)
        )  # fmt: skip
    return made


@router.put("/order", responses=responses(400, 401, 403, 409, 422))
async def order_routes(body: RouteOrder, user: Admin, services: Hub, request: Request) -> RouteList:
    """Put the routes into another order."""
    async with services.database.transaction() as connection:
        await routes.lock_editing(connection)
        before = [one.id for one in await routes.routes(connection) if not one.default]
        if sorted(before) != sorted(body.ids):
            raise ConflictError("The order must name all routes but the default one, each once: somebody changed them.")
        await routes.order_routes(connection, body.ids)
        await audit.add(
            connection, user.actor, "route.order", "routes", address_of(request),
            before={"order": before}, after={"order": body.ids},
        )  # fmt: skip
        return RouteList(items=[RouteView.of(one) for one in await routes.routes(connection)])


@router.put("/{route_id}", responses=responses(400, 401, 403, 404, 422))
async def change_route(route_id: RowId, body: RouteBody, user: Admin, services: Hub, request: Request) -> RouteView:
    """Change a route; of the default one the targets only."""
    async with services.database.transaction() as connection:
        await routes.lock_editing(connection)
        before = await _existing(connection, route_id)
        one = body.route(route_id, default=before.default)
        if one.default and one != Route(one.id, one.name, one.targets, default=True):
            raise InvalidError("The default route has no conditions.")
        await check_targets(connection, one.targets, nested=False)
        made = RouteView.of(await routes.put_route(connection, one))
        await audit.add(
            connection, user.actor, "route.update", f"route:{route_id}", address_of(request),
            before=_told(RouteView.of(before)), after=_told(made),
        )  # fmt: skip
    return made


@router.delete("/{route_id}", status_code=204, responses=responses(401, 403, 404, 409, 422))
async def delete_route(route_id: RowId, user: Admin, services: Hub, request: Request) -> None:
    """Remove a route."""
    async with services.database.transaction() as connection:
        await routes.lock_editing(connection)
        before = await _existing(connection, route_id)
        if before.default:
            raise ConflictError("The default route stays; it may name nobody.")
        await routes.remove_route(connection, route_id)
        await audit.add(
            connection, user.actor, "route.delete", f"route:{route_id}", address_of(request),
            before=_told(RouteView.of(before)),
        )  # fmt: skip


@router.post("/preview", responses=responses(400, 401, 403, 422))
async def preview_routes(body: RoutePreview, user: EverywhereViewer, services: Hub) -> RoutePreviewResult:
    """Say who would be told of a new incident, when, and why; nothing is sent."""
    now = datetime.fromtimestamp(services.clock() if body.at is None else body.at, UTC)
    notice = Notice(
        NoticeKind.OPENED, body.severity, "preview", now, now, 1, labels=body.labels,
        environments=tuple(body.environments), tags=tuple(body.tags),
    )  # fmt: skip
    async with services.database.snapshot() as connection:
        book = await services.notifier.book(connection)
    made, later = whom(book, notice, now)
    told = [(one.channel_id, 0, one.why) for one in made.deliveries]
    told += [(channel_id, int(after.total_seconds() // 60), why) for channel_id, after, why in later]
    return RoutePreviewResult(
        told=[
            ToldView(channel_id=one, channel=book.channels[one].new.name, after_minutes=after, why=why)
            for one, after, why in told
        ],
        verdicts=[VerdictView(**one) for one in made.decision if one["route"]],
    )


async def _existing(connection: Connection, route_id: int) -> Route:
    found = next((one for one in await routes.routes(connection) if one.id == route_id), None)
    if found is None:
        raise NotFoundError(f"There is no route {route_id}.")
    return found


def _told(one: RouteView) -> dict[str, object]:
    return one.model_dump(mode="json", exclude={"id", "default"})
