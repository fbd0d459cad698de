"""Incidents as people see them, and what they do about them."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from opsentrix.alerting import people
from opsentrix.alerting.incidents import Book
from opsentrix.api.alerts import shown_quiet
from opsentrix.api.auth import Operator, Viewer
from opsentrix.api.fields import LongText, Text, UnixSeconds, Whole
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.db import Connection
from opsentrix.errors import ForbiddenError, InvalidError, NotFoundError
from opsentrix.model.access import Principal
from opsentrix.model.incidents import Entry, EntryKind, Incident, IncidentKind, IncidentState, Member
from opsentrix.model.rules import Severity
from opsentrix.storage import agents, alert_rules, audit, incidents, users
from opsentrix.storage.times import timestamp

router = APIRouter(prefix="/api/v1/incidents", tags=["alerts"])
MAX_ACKNOWLEDGED_S = 30 * 86_400.0
_MAX_SHOWN = 1000
_MAX_CHOICES = 100

IncidentId = Annotated[int, Path(ge=1, le=2**63 - 1)]
_Id = Annotated[int, Field(ge=1, lt=2**63)]


class IncidentView(BaseModel):
    """An incident; its counts are of the alerts that are shown to whoever asks."""

    id: int
    kind: IncidentKind
    title: str
    severity: Severity
    state: IncidentState
    opened_at: datetime
    acknowledged_by: str
    acknowledged_until: datetime | None
    assignee: str
    notes: str
    resolved_at: datetime | None
    resolved_by: str
    merged_into: int | None
    told: bool = Field(description="Whether people were told that it is open, and not yet of its end.")
    agents: int
    alerts: int
    firing: int


class MemberView(BaseModel):
    """An alert of an incident; `agent` is null where it is about several agents, or the hub."""

    fingerprint: str
    rule: int
    rule_name: str
    rule_deleted: bool = Field(description="Whether there is no such rule any more.")
    agent: int | None
    agent_name: str
    agent_deleted: bool = Field(description="Whether there is no such agent any more.")
    labels: dict[str, str]
    severity: Severity
    since: datetime
    over_at: datetime | None = Field(description="From when on it counts as over; null while it fires.")
    known: bool = Field(description="False while there are no data any more.")
    value: float | None
    quiet: str = Field(description="What keeps it quiet; empty for nothing.")
    told: bool
    moved_to: int | None


class EntryView(BaseModel):
    """A line of a timeline."""

    id: int
    at: datetime
    kind: EntryKind
    actor: str
    text: str


class IncidentDetail(IncidentView):
    """An incident with its alerts, at most 1,000, and the newest lines of its timeline, in order."""

    members: list[MemberView]
    timeline: list[EntryView]
    earlier: int | None = Field(description="The `before` of the timeline's lines before these; null for none.")


class IncidentPage(BaseModel):
    """Some incidents, the newest first."""

    items: list[IncidentView]
    next_before: int | None
    total: int


class IncidentQuery(BaseModel):
    """Which incidents a list shows."""

    state: Annotated[list[IncidentState], Field(max_length=_MAX_CHOICES)] = []
    severity: Annotated[list[Severity], Field(max_length=_MAX_CHOICES)] = []
    agent: Annotated[list[_Id], Field(max_length=_MAX_CHOICES)] = []
    rule: Annotated[list[_Id], Field(max_length=_MAX_CHOICES)] = []
    assignee: Text = ""
    q: Annotated[Text, Field(description="Text of its title, or of a rule or agent in it.")] = ""
    before: _Id | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class TimelineQuery(BaseModel):
    """Which lines of a timeline are shown: the newest from before an id."""

    before: _Id | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


class Acknowledgement(BaseModel):
    """Until when somebody looks after an incident: Unix seconds or an RFC 3339 time, at most 30 days ahead."""

    until: UnixSeconds


class Assignment(BaseModel):
    """Who is the owner; empty for nobody."""

    assignee: Text


class Words(BaseModel):
    """What somebody says."""

    text: Annotated[LongText, Field(min_length=1)]


class Notes(BaseModel):
    """The post-mortem notes, in Markdown; `based_on` are those that were changed, to notice somebody else's change."""

    text: LongText
    based_on: LongText | None = None


class Resolution(BaseModel):
    """Why it is over."""

    reason: Text = ""


class Merger(BaseModel):
    """The incidents whose alerts are taken in."""

    incidents: Annotated[list[Annotated[Whole, Field(ge=1, lt=2**63)]], Field(min_length=1, max_length=_MAX_CHOICES)]


@router.get("", responses=responses(401, 403, 422))
async def list_incidents(query: Annotated[IncidentQuery, Query()], services: Hub, user: Viewer) -> IncidentPage:
    """List incidents, the newest first, a page at a time."""
    only = services.visibility.only(user.scopes)
    wanted = incidents.IncidentFilter(
        tuple(query.state), tuple(query.severity), tuple(query.agent), tuple(query.rule), query.assignee,
        query.q.strip(), only,
    )  # fmt: skip
    if only is not None and not set(query.agent) <= only:
        raise NotFoundError(f"There is no agent {min(set(query.agent) - only)}.")
    async with services.database.connection() as connection:
        found = await incidents.page(connection, wanted, query.before, query.limit + 1)
        total = await incidents.count(connection, wanted)
        page = found[: query.limit]
        shown = await incidents.shown(connection, [one.id for one in page], only, services.now())
    return IncidentPage(
        items=[_view(one, shown[one.id]) for one in page],
        next_before=page[-1].id if len(found) > query.limit else None,
        total=total,
    )


@router.get("/{incident_id}", responses=responses(401, 403, 404, 422))
async def get_incident(
    incident_id: IncidentId, query: Annotated[TimelineQuery, Query()], services: Hub, user: Viewer
) -> IncidentDetail:
    """Show an incident with its alerts and timeline."""
    return await _detail(services, user, incident_id, query)


@router.post("/{incident_id}/acknowledge", responses=responses(400, 401, 403, 404, 409, 422))
async def acknowledge(
    incident_id: IncidentId, body: Acknowledgement, services: Hub, user: Operator, request: Request
) -> IncidentDetail:
    """Look after an incident: nobody is reminded until the given moment."""
    if body.until > services.clock() + MAX_ACKNOWLEDGED_S:
        raise InvalidError("Not valid: until. It may be at most 30 days ahead.")
    until = timestamp(round(body.until * 1000))
    return await _act(
        services, user, request, "acknowledge", [incident_id],
        lambda book: people.acknowledge(book, incident_id, user.username, until), until=until.isoformat(),
    )  # fmt: skip


@router.post("/{incident_id}/unacknowledge", responses=responses(401, 403, 404, 409, 422))
async def unacknowledge(incident_id: IncidentId, services: Hub, user: Operator, request: Request) -> IncidentDetail:
    """Take an acknowledgement back."""
    return await _act(
        services, user, request, "unacknowledge", [incident_id],
        lambda book: people.unacknowledge(book, incident_id, user.username),
    )  # fmt: skip


@router.post("/{incident_id}/assign", responses=responses(400, 401, 403, 404, 422))
async def assign(
    incident_id: IncidentId, body: Assignment, services: Hub, user: Operator, request: Request
) -> IncidentDetail:
    """Make somebody its owner."""
    if body.assignee:
        async with services.database.connection() as connection:
            if await users.with_password(connection, body.assignee) is None:
                raise NotFoundError("There is no user of this name.")
    return await _act(
        services, user, request, "assign", [incident_id],
        lambda book: people.assign(book, incident_id, user.username, body.assignee), assignee=body.assignee,
    )  # fmt: skip


@router.post("/{incident_id}/comments", responses=responses(400, 401, 403, 404, 422))
async def comment(
    incident_id: IncidentId, body: Words, services: Hub, user: Operator, request: Request
) -> IncidentDetail:
    """Say something in the timeline."""
    return await _act(
        services, user, request, "comment", [incident_id],
        lambda book: people.comment(book, incident_id, user.username, body.text), partly=True,
    )  # fmt: skip


@router.put("/{incident_id}/notes", responses=responses(400, 401, 403, 404, 409, 422))
async def write_notes(
    incident_id: IncidentId, body: Notes, services: Hub, user: Operator, request: Request
) -> IncidentDetail:
    """Write the post-mortem notes."""
    return await _act(
        services, user, request, "write_notes", [incident_id],
        lambda book: people.write_notes(book, incident_id, user.username, body.text, body.based_on),
    )  # fmt: skip


@router.post("/{incident_id}/resolve", responses=responses(400, 401, 403, 404, 409, 422))
async def resolve(
    incident_id: IncidentId, body: Resolution, services: Hub, user: Operator, request: Request
) -> IncidentDetail:
    """Resolve an incident, whatever its alerts do."""
    return await _act(
        services, user, request, "resolve", [incident_id],
        lambda book: people.resolve(book, incident_id, user.username, body.reason), reason=body.reason,
    )  # fmt: skip


@router.post("/{incident_id}/reopen", responses=responses(401, 403, 404, 409, 422))
async def reopen(incident_id: IncidentId, services: Hub, user: Operator, request: Request) -> IncidentDetail:
    """Open an incident again; from then on only a person resolves it."""
    return await _act(
        services, user, request, "reopen", [incident_id], lambda book: people.reopen(book, incident_id, user.username)
    )


@router.post("/{incident_id}/merge", responses=responses(400, 401, 403, 404, 409, 422))
async def merge(
    incident_id: IncidentId, body: Merger, services: Hub, user: Operator, request: Request
) -> IncidentDetail:
    """Take the alerts of other incidents into this one."""
    return await _act(
        services, user, request, "merge", [incident_id, *body.incidents],
        lambda book: people.merge(book, incident_id, body.incidents, user.username), incidents=body.incidents,
    )  # fmt: skip


async def _act(
    services: Services, who: Principal, request: Request, verb: str, about: Sequence[int],
    act: Callable[[Book], None], *, partly: bool = False, **detail: object,
) -> IncidentDetail:  # fmt: skip
    """Do something to incidents, write it into the audit log, and return the first of them.

    Raises:
        NotFoundError: one of them does not exist within reach.
        ForbiddenError: one of them has alerts beyond reach, unless `partly` is enough.
    """
    only = services.visibility.only(who.scopes)

    def checked(book: Book) -> dict[str, object]:
        for number in about:
            _check_reach(people.find(book, number), only, partly=partly)
        before = _state(book.incidents[about[0]])
        act(book)
        return before

    async def audited(connection: Connection, before: dict[str, object]) -> None:
        after = await incidents.get(connection, about[0])
        await audit.add(
            connection, who.actor, f"incident.{verb}", f"incident:{about[0]}", address_of(request), before=before,
            after={**({} if after is None else _state(after)), **detail},
        )  # fmt: skip

    await services.keeper.act(services.now(), about, checked, audited)
    return await _detail(services, who, about[0], TimelineQuery())


def _check_reach(incident: Incident, only: frozenset[int] | None, *, partly: bool) -> None:
    if only is None:
        return
    within = [one.agent_id in only for one in incident.members.values()]
    if not any(within):
        raise NotFoundError(f"There is no incident {incident.id}.")
    if not partly and not all(within):
        raise ForbiddenError("The incident has alerts beyond your scope; somebody with a wider one has to do this.")


def _state(incident: Incident) -> dict[str, object]:
    until = incident.acknowledged_until
    return {
        "state": incident.state, "assignee": incident.assignee, "acknowledged_by": incident.acknowledged_by,
        "acknowledged_until": None if until is None else until.isoformat(),
    }  # fmt: skip


async def _detail(services: Services, who: Principal, incident_id: int, query: TimelineQuery) -> IncidentDetail:
    only = services.visibility.only(who.scopes)
    async with services.database.snapshot() as connection:
        incident = await incidents.get(connection, incident_id)
        if incident is None or (only is not None and not _agents_of(incident) & only):
            raise NotFoundError(f"There is no incident {incident_id}.")
        lines = await incidents.timeline(connection, incident_id, query.before, query.limit + 1)
        shown = await incidents.shown(connection, [incident_id], only, services.now())
        members = [one for one in incident.members.values() if only is None or one.agent_id in only][:_MAX_SHOWN]
        rules = await alert_rules.existing(connection, {one.rule_id for one in members})
        agents_left = await agents.names(connection, {one.agent_id for one in members if one.agent_id is not None})
    page = lines[-query.limit :]
    return IncidentDetail(
        **_view(incident, shown[incident_id]).model_dump(),
        members=[_member(one, rules, agents_left, hide=only is not None) for one in members],
        timeline=[_entry(number, one) for number, one in page if only is None or only.issuperset(one.agent_ids)],
        earlier=page[0][0] if len(lines) > query.limit else None,
    )


def _agents_of(incident: Incident) -> set[int]:
    return {one.agent_id for one in incident.members.values() if one.agent_id is not None}


def _view(incident: Incident, shown: incidents.Shown) -> IncidentView:
    more = f" and {shown.alerts - 1} more" if shown.alerts > 1 else ""
    return IncidentView(
        id=incident.id, kind=incident.kind, severity=incident.severity, state=incident.state,
        # A title names agents, and how many there are.
        title=f"{shown.first}{more}" if shown.hidden else incident.title,
        opened_at=incident.opened_at, acknowledged_by=incident.acknowledged_by,
        acknowledged_until=incident.acknowledged_until, assignee=incident.assignee, notes=incident.notes,
        resolved_at=incident.resolved_at, resolved_by=incident.resolved_by, merged_into=incident.merged_into,
        told=incident.told, agents=shown.agents, alerts=shown.alerts, firing=shown.firing,
    )  # fmt: skip


def _member(one: Member, rules: Collection[int], agents_left: Collection[int], *, hide: bool) -> MemberView:
    return MemberView(
        fingerprint=one.fingerprint.hex(), rule=one.rule_id, rule_name=one.rule_name,
        rule_deleted=one.rule_id not in rules, agent=one.agent_id or None, agent_name=one.agent_name,
        agent_deleted=bool(one.agent_id) and one.agent_id not in agents_left, labels=dict(one.labels),
        severity=one.severity, since=one.since, over_at=one.over_at, known=one.known, value=one.value, told=one.told,
        moved_to=one.moved_to, quiet=shown_quiet(one.quiet, hide=hide),
    )  # fmt: skip


def _entry(number: int, one: Entry) -> EntryView:
    return EntryView(id=number, at=one.at, kind=one.kind, actor=one.actor, text=one.text)
