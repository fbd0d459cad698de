"""What happened to one agent, in one list."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, Field, model_validator

from opsentrix.api.auth import AgentId, Viewer, check_area, visible
from opsentrix.api.fields import UnixSeconds
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub
from opsentrix.errors import ForbiddenError
from opsentrix.model.access import Area, Principal
from opsentrix.model.agent_events import AgentEvent, Cursor, EventKind, LinkKind
from opsentrix.model.rules import Severity
from opsentrix.model.users import Role
from opsentrix.storage import agent_events

router = APIRouter(prefix="/api/v1/agents", tags=["agents"])
MAX_DAYS = 366
MAX_EVENTS = 200

_AREAS = {
    EventKind.RESTART: Area.AGENTS,
    EventKind.ALERT: Area.ALERTING,
    EventKind.COMMAND: Area.RESPOND,
    EventKind.RUNBOOK: Area.RESPOND,
    EventKind.ANNOTATION: Area.ANNOTATIONS,
    EventKind.CONFIGURATION: Area.AGENTS,
    EventKind.UPGRADE: None,
    EventKind.GAP: Area.METRICS,
    EventKind.RECORDING: Area.AGENTS,
    EventKind.CHANGE: Area.AUDIT,
}
"""What an API token needs permission for to be told of each, as at the kind's own routes; None for no API tokens."""


def _cursor(text: str) -> str:
    try:
        Cursor.parse(text)
    except ValueError:
        raise ValueError("is not one that the hub gave") from None
    return text


class EventLink(BaseModel):
    """What an event leads to."""

    kind: LinkKind
    id: int


class EventView(BaseModel):
    """One thing that happened, as data: words for people are their reader's matter.

    `until` is null for a moment, and for what goes on. `title` is a name: of a rule, an action, a runbook, an
    annotation, a release, an action of the audit log, or the number of a version of the configuration.
    """

    id: str = Field(description="Unique in the list.")
    kind: EventKind
    at: datetime
    until: datetime | None
    title: str
    state: str = Field(
        description=(
            "How it stands or came out. Of a `restart`: `first` connection, `restarted`, or `started` where it is not "
            "known whether it had run before; of an `alert`: `firing` or `resolved`; of a `runbook`: its verdict, else "
            "its outcome (first where a step failed), else its state; of a `configuration`: `wanted`, `applied`, "
            "`refused` (in part) or `replaced`;"
            " of a `gap`: its reason; of a `change`: the result; of an `annotation`: its kind; else the state."
        )
    )
    since: datetime | None = Field(description="When an alert that was resolved had begun to fire.")
    severity: Severity | None = Field(description="Of an alert.")
    actor: str = Field(description="Who did it; empty for nobody.")
    detail: str = Field(description="What was written about it.")
    params: dict[str, Any] = Field(description="Of a command.")
    labels: dict[str, str] = Field(description="What of the agent an alert is about.")
    fields: list[str] = Field(description="Names of what was changed; of a configuration, what the agent refused.")
    lost_frames: int = Field(description="In a gap: frames that the agent made and the hub does not have.")
    link: EventLink | None
    url: str

    @classmethod
    def of(cls, one: AgentEvent) -> Self:
        """Return the view of an event."""
        link = None
        if one.link_kind is not None and one.link_id is not None:
            link = EventLink(kind=one.link_kind, id=one.link_id)
        return cls(
            id=f"{one.kind}.{one.id}", kind=one.kind, at=one.at, until=one.until, title=one.title, state=one.state,
            since=one.since, severity=None if one.severity is None else Severity(one.severity), actor=one.actor,
            detail=one.detail, params=dict(one.params), labels=dict(one.labels), fields=list(one.fields),
            lost_frames=one.lost_frames, link=link, url=one.url,
        )  # fmt: skip


class EventPage(BaseModel):
    """Events, the newest first; `next` is the `before` of the page after this, null on the last.

    `kinds` are those that the caller is told of, of those that were asked for.
    """

    items: list[EventView]
    kinds: list[EventKind]
    next: str | None


class EventQuery(BaseModel):
    """Which events are wanted: those that touch a time of at most 366 days."""

    start: UnixSeconds
    end: UnixSeconds
    kind: Annotated[list[EventKind], Field(max_length=len(EventKind), description="Left out: all.")] = []
    before: Annotated[str | None, Field(max_length=64), AfterValidator(lambda text: text and _cursor(text))] = None
    limit: Annotated[int, Field(ge=1, le=MAX_EVENTS)] = 50

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not 0 < self.end - self.start <= MAX_DAYS * 86_400:
            raise ValueError(f"end must be after start, and at most {MAX_DAYS} days")
        return self


@router.get("/{agent_id}/events", responses=responses(401, 403, 404, 422))
async def list_events(
    agent_id: AgentId, query: Annotated[EventQuery, Query()], services: Hub, user: Viewer
) -> EventPage:  # fmt: skip
    """List what happened to an agent, the newest first.

    Commands, runs and annotations that began up to 7 days before the time and lasted into it belong to it. Without
    `kind`, what the caller may not read elsewhere is left out: `change` is for admins of all agents, as the audit log.
    """
    visible(services, user, agent_id)
    kinds = [kind for kind in EventKind if kind in query.kind or (not query.kind and _told(user, kind))]
    for kind in kinds:
        _check(user, kind)
    start, end = (datetime.fromtimestamp(one, UTC) for one in (query.start, query.end))
    before = Cursor(end, EventKind.CHANGE, 0)
    if query.before is not None:
        before = min(before, Cursor.parse(query.before), key=lambda one: one.order)
    async with services.database.connection() as connection:
        found = await agent_events.page(connection, agent_id, kinds, start, before, query.limit + 1)
    shown = found[: query.limit]
    return EventPage(
        items=[EventView.of(one) for one in shown],
        kinds=kinds,
        next=str(shown[-1].cursor) if len(found) > query.limit else None,
    )


def _check(user: Principal, kind: EventKind) -> None:
    """Check that somebody may be told of a kind.

    Raises:
        ForbiddenError: not so.
    """
    if kind is EventKind.CHANGE and not user.governs:
        raise ForbiddenError(f"Changes are in the audit log, which needs the role {Role.ADMIN} for all agents.")
    if user.token is not None:
        check_area(user.token, _AREAS[kind], writing=False)


def _told(user: Principal, kind: EventKind) -> bool:
    try:
        _check(user, kind)
    except ForbiddenError:
        return False
    return True
