"""Annotations: marks that people and programs set on the time of machines, such as deployments."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Self
from urllib.parse import urlsplit

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field, model_validator

from opsentrix.api.auth import Operator, Viewer, visible
from opsentrix.api.fields import Name, Tag, Tags, UnixSeconds
from opsentrix.api.problems import responses
from opsentrix.api.selection import MAX_BULK, AgentNumber, ChosenAgents, Selector, chosen, noted
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import ConflictError, FieldError, ForbiddenError, InvalidError, NotFoundError
from opsentrix.model.access import Principal
from opsentrix.model.marks import MAX_SPAN, Mark, MarkFilter, MarkKind
from opsentrix.storage import audit, marks

router = APIRouter(prefix="/api/v1/annotations", tags=["annotations"])
MAX_MARKS = 100_000
_AHEAD = timedelta(days=1)
_NAMED = 20
MarkId = Annotated[int, Path(ge=1, le=2**63 - 1)]


def _https(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError("must be a URL") from None
    if url and (parts.scheme != "https" or not parts.hostname or not url.isprintable() or " " in url):
        raise ValueError("must begin with https:// and a host")
    return url


def _lines(text: str) -> str:
    if not all(one.isprintable() or one == "\n" for one in text):
        raise ValueError("must hold printable characters and line ends only")
    return text


class NewAnnotation(BaseModel):
    """What is marked: for these agents, or those that a selector matches now; without both, for all that one sees."""

    title: Name
    kind: MarkKind = MarkKind.NOTE
    text: Annotated[str, Field(max_length=2000), AfterValidator(_lines)] = ""
    tags: Tags = Field(default=[])
    url: Annotated[str, Field(max_length=1024, description="More about it; https only."), AfterValidator(_https)] = ""
    time: UnixSeconds | None = Field(default=None, description="When it began; now when left out.")
    end: UnixSeconds | None = Field(default=None, description="When it ended; left out, it is a moment.")
    agents: Annotated[list[AgentNumber], Field(min_length=1, max_length=MAX_BULK)] | None = None
    selector: Selector | None = None
    key: (
        Annotated[
            str,
            Field(
                pattern=r"^[A-Za-z0-9_.:/@+=-]{1,128}$", description="A repeat with the same key makes no second one."
            ),
        ]
        | None
    ) = None

    @model_validator(mode="after")
    def _chooses_once(self) -> Self:
        if self.agents is not None and self.selector is not None:
            raise ValueError("agents or selector, and not both")
        return self


class MarkView(BaseModel):
    """A mark; `until` is `at` for a moment.

    `agents` is how many of its agents the caller sees, and null for the whole fleet.
    """

    id: int
    kind: MarkKind
    at: datetime
    until: datetime
    title: str
    text: str
    tags: list[str]
    url: str
    agents: int | None
    agent_names: list[str] = Field(description=f"Of those, the first {_NAMED}.")
    created_by: str
    created_at: datetime


class MarkPage(BaseModel):
    """Marks, those that were made last first; `next` is the `before` of the page after this, null on the last."""

    items: list[MarkView]
    next: int | None


class MarkQuery(BaseModel):
    """Which marks are wanted."""

    start: UnixSeconds
    end: UnixSeconds
    kind: list[MarkKind] = []
    tag: Annotated[list[Tag], Field(max_length=32)] = []
    agent: Annotated[int | None, Field(ge=1, lt=2**63)] = None
    before: Annotated[int | None, Field(ge=1, lt=2**63)] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 200


@router.get("", responses=responses(401, 403, 404, 422))
async def list_annotations(query: Annotated[MarkQuery, Query()], services: Hub, user: Viewer) -> MarkPage:
    """List marks that touch a time: those about what the caller sees, and about the whole fleet."""
    if query.agent is not None:
        visible(services, user, query.agent)
    wanted = MarkFilter(
        _moment(query.start), _moment(query.end), tuple(query.kind), tuple(query.tag), query.agent,
        services.visibility.only(user.scopes), query.before,
    )  # fmt: skip
    async with services.database.connection() as connection:
        found = await marks.page(connection, wanted, query.limit + 1)
    shown = found[: query.limit]
    return MarkPage(
        items=[_view(services, one, user) for one in shown],
        next=shown[-1].id if len(found) > query.limit else None,
    )


@router.post("", status_code=201, responses=responses(400, 401, 403, 404, 409, 422))
async def annotate(
    body: NewAnnotation, services: Hub, user: Operator, request: Request, response: Response
) -> MarkView:  # fmt: skip
    """Mark a moment or a time. A repeat with the same key answers 200 with what was made first, and changes nothing."""
    now = services.now()
    at = now if body.time is None else _moment(body.time)
    until = at if body.end is None else _moment(body.end)
    _check_times(at, until, now, timedelta(days=services.settings.command_days))
    new = Mark(
        0, body.kind, at, until, body.title, body.text, tuple(body.tags), body.url, await _meant(services, body, user),
        body.key, user.username, now,
    )  # fmt: skip
    async with services.database.transaction() as connection:
        if await marks.count(connection) >= MAX_MARKS:
            raise ConflictError(f"There are {MAX_MARKS} annotations already; delete some.")
        made, added = await marks.add(connection, new)
        view = _view(services, made, user)
        if not added:
            response.status_code = 200
            return view
        told = view.model_dump(mode="json", exclude={"id", "agent_names"})
        about = "all" if made.agents is None else noted(made.agents)
        await audit.add(
            connection, user.actor, "annotation.create", f"annotation:{made.id}", address_of(request),
            after=told | {"agents": about},
        )  # fmt: skip
    return view


@router.delete("/{annotation_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def delete_annotation(annotation_id: MarkId, services: Hub, user: Operator, request: Request) -> None:
    """Delete a mark all of whose agents one sees."""
    async with services.database.transaction() as connection:
        found = await marks.get(connection, annotation_id)
        seen = services.visibility.only(user.scopes)
        if found is None or not (found.agents is None or seen is None or found.agents & seen):
            raise NotFoundError(f"There is no annotation {annotation_id}.")
        if seen is not None and (found.agents is None or not found.agents <= seen):
            raise ForbiddenError("It is about agents beyond your scope; somebody with a wider one has to do this.")
        await marks.remove(connection, annotation_id)
        await audit.add(
            connection, user.actor, "annotation.delete", f"annotation:{annotation_id}", address_of(request),
            before=_view(services, found, user).model_dump(mode="json", exclude={"id", "agent_names"}),
        )  # fmt: skip


async def _meant(services: Services, body: NewAnnotation, user: Principal) -> frozenset[int] | None:
    """Return whom a new mark is about; None for the whole fleet.

    Raises:
        NotFoundError: a listed agent is none that the caller sees.
        InvalidError: the selector matches none.
    """
    if body.agents is None and body.selector is None and user.everywhere:
        return None
    choice = ChosenAgents(agents=body.agents, selector=None if body.agents else body.selector or Selector())
    ids = await chosen(services, choice, user)
    if not ids:
        raise InvalidError("Not valid: selector.", FieldError("selector", "matches no agent"))
    for one in ids:
        visible(services, user, one)
    return frozenset(ids)


def _check_times(at: datetime, until: datetime, now: datetime, kept: timedelta) -> None:
    if not now - kept < at < now + _AHEAD:
        detail = f"must be within the last {kept.days} days, and at most a day ahead"
        raise InvalidError("Not valid: time.", FieldError("time", detail))
    if not at <= until <= at + MAX_SPAN:
        raise InvalidError("Not valid: end.", FieldError("end", f"must be within {MAX_SPAN.days} days after time"))


def _moment(unix_s: float) -> datetime:
    return datetime.fromtimestamp(unix_s, UTC)


def _view(services: Services, one: Mark, user: Principal) -> MarkView:
    found = [services.visibility.find(user.scopes, agent) for agent in one.agents or ()]
    names = sorted(known.agent.name for known in found if known is not None)
    return MarkView(
        id=one.id, kind=one.kind, at=one.at, until=one.until, title=one.title, text=one.text, tags=list(one.tags),
        url=one.url, agents=None if one.agents is None else len(names), agent_names=names[:_NAMED],
        created_by=one.created_by, created_at=one.created_at,
    )  # fmt: skip
