"""Agents as people see and change them."""

import base64
import binascii
from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from opsentrix.api.auth import AgentId, Operator, ProvenScopedAdmin, Viewer
from opsentrix.api.fields import Environment, Host, Metadata, Name, Port, Tags, Text, Type, UnixSeconds
from opsentrix.api.problems import responses
from opsentrix.api.removal import remove
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import FieldError, ForbiddenError, InvalidError, NotFoundError
from opsentrix.model.agents import Agent, AgentFilter, AgentStatus
from opsentrix.model.identity import Admission
from opsentrix.model.stored_alerts import AgentFacts
from opsentrix.storage import agents, audit, series

_ENDED_LATELY_S = 86_400.0
router = APIRouter(prefix="/api/v1/agents", tags=["agents"])


class Summary(BaseModel):
    """The newest numbers of an agent: shares of 1, By/s, and the Unix time in seconds when they were sampled."""

    time: float | None
    cpu: float | None
    memory: float | None
    disk: float | None
    network_receive: float | None
    network_transmit: float | None
    load_1m: float | None


class SparklinesView(BaseModel):
    """The last minutes of an agent; `t` is in Unix seconds, null where nothing was sampled."""

    t: list[float]
    cpu: list[float | None]
    memory: list[float | None]
    disk: list[float | None]
    network_receive: list[float | None]
    network_transmit: list[float | None]


class SeriesLimitView(BaseModel):
    """Not all of an agent's new series are taken: most of them are of this metric and differ in this label.

    `count` series of it are new within a day; `since` is in Unix seconds.
    """

    metric: str
    label: str
    count: int
    since: float


class SealView(BaseModel):
    """Whether an agent must seal what it sends, and whether it does; null while it is not connected."""

    required: bool
    sealed: bool | None


class AgentView(BaseModel):
    """One agent."""

    id: int
    name: str
    type: str
    host: str
    port: int | None
    status: AgentStatus
    maintenance_until: datetime | None = Field(
        description="Until when a maintenance window keeps its alerts quiet; null outside of one."
    )
    environment: str
    metadata: dict[str, Any]
    tags: list[str]
    last_heartbeat: datetime | None
    version: str
    reporting_interval: float
    created_at: datetime
    facts: dict[str, str]
    payload: SealView
    admission: Admission
    enrolled_with: int | None = Field(description="Id of the enrollment token that let it in last.")
    cloned: bool
    summary: Summary
    sparklines: SparklinesView | None = None
    series_limited: SeriesLimitView | None


class AgentPage(BaseModel):
    """Some agents in the order of their names."""

    items: list[AgentView]
    next_cursor: str | None
    total: int


class Facets(BaseModel):
    """What agents can be filtered by."""

    status: dict[AgentStatus, int]
    admission: dict[Admission, int]
    types: list[str]
    environments: list[str]
    tags: list[str]


class AgentChange(BaseModel):
    """What people may change of an agent; what is left out stays."""

    name: Name | None = None
    type: Type | None = None
    host: Host | None = None
    port: Port = None
    environment: Environment | None = None
    metadata: Metadata | None = None
    tags: Tags | None = None


class SeriesView(BaseModel):
    """One series of an agent."""

    metric: str
    unit: str
    kind: str
    labels: dict[str, str]
    first_seen: datetime


class SeriesQuery(BaseModel):
    """Which of an agent's series are listed."""

    since: Annotated[
        UnixSeconds | None,
        Field(alias="from", description="Those that ended before are left out; a day ago when left out."),
    ] = None


class SeriesList(BaseModel):
    """Series that an agent has, or had until lately."""

    items: list[SeriesView]


class ListQuery(BaseModel):
    """Which agents a list shows."""

    status: list[AgentStatus] = []
    admission: list[Admission] = []
    type: list[Text] = []
    environment: list[Text] = []
    tag: list[Text] = []
    q: Text = ""
    cursor: Annotated[str, Field(max_length=1024)] = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    sparklines: bool = False


@router.get("", responses=responses(401, 422))
async def list_agents(query: Annotated[ListQuery, Query()], services: Hub, user: Viewer) -> AgentPage:
    """List agents by name, a page at a time."""
    wanted = AgentFilter(
        tuple(query.status), tuple(query.type), tuple(query.environment), tuple(query.tag), query.q.strip(),
        user.scopes,
        tuple(query.admission),
    )  # fmt: skip
    after = _decode_cursor(query.cursor) if query.cursor else None
    async with services.database.connection() as connection:
        found = await agents.page(connection, wanted, after, query.limit + 1)
        total = await agents.count(connection, wanted)
    page = found[: query.limit]
    following = _encode_cursor(page[-1]) if len(found) > query.limit else None
    items = [view(services, agent, sparklines=query.sparklines) for agent in page]
    return AgentPage(items=items, next_cursor=following, total=total)


@router.get("/facets", responses=responses(401))
async def facets(services: Hub, user: Viewer) -> Facets:
    """Tell what agents can be filtered by, and how many have which status."""
    async with services.database.connection() as connection:
        return Facets(**await agents.facets(connection, user.scopes))


@router.get("/{agent_id}", responses=responses(401, 404, 422))
async def get_agent(agent_id: AgentId, services: Hub, user: Viewer) -> AgentView:
    """Show one agent."""
    return view(services, await find(services, agent_id), sparklines=True)


@router.patch("/{agent_id}", responses=responses(400, 401, 403, 404, 422))
async def change_agent(
    agent_id: AgentId, change: AgentChange, services: Hub, user: Operator, request: Request
) -> AgentView:
    """Change what people may change of an agent."""
    before = await find(services, agent_id)
    wanted = {name: value for name, value in change.model_dump(exclude_unset=True).items() if value is not None}
    if "port" in change.model_fields_set:
        wanted["port"] = change.port
    if "tags" in wanted:
        wanted["tags"] = tuple(wanted["tags"])
    after = replace(before, **wanted)
    if not user.covers(after.environment, after.tags):
        raise ForbiddenError("The agent would leave your scope; somebody with a wider one has to do this.")
    async with services.database.transaction() as connection:
        await agents.update(connection, after)
        changed = {name: value for name, value in wanted.items() if value != getattr(before, name)}
        await audit.add(
            connection, user.actor, "agent.update", f"agent:{agent_id}", address_of(request),
            before={name: getattr(before, name) for name in changed}, after=changed,
        )  # fmt: skip
    services.registry.replace(after)
    services.feed.agent_changed(agent_id)
    return view(services, after, sparklines=True)


@router.delete("/{agent_id}", status_code=204, responses=responses(401, 403, 404, 422, 503))
async def delete_agent(agent_id: AgentId, services: Hub, user: ProvenScopedAdmin, request: Request) -> None:
    """Delete an agent with all its history; its credential is worth nothing from now on."""
    await remove(services, [await find(services, agent_id)], user.actor, address_of(request))


@router.get("/{agent_id}/metrics", responses=responses(401, 404, 422))
async def list_series(
    agent_id: AgentId, query: Annotated[SeriesQuery, Query()], services: Hub, user: Viewer
) -> SeriesList:
    """List the series of an agent."""
    await find(services, agent_id)
    async with services.database.connection() as connection:
        since = services.clock() - _ENDED_LATELY_S if query.since is None else query.since
        known = await series.known(connection, agent_id, since=since)
    return SeriesList(
        items=[
            SeriesView(
                metric=one.series.metric.name,
                unit=one.series.metric.unit,
                kind=one.series.metric.kind.name.lower(),
                labels=dict(one.series.labels),
                first_seen=one.first_seen_at,
            )
            for one in known
        ]
    )


def view(services: Services, agent: Agent, *, sparklines: bool) -> AgentView:
    """Return an agent as people see it, with what is known of it this moment."""
    known = services.registry.get(agent.id)
    newest = known.agent if known is not None else agent
    lines = services.summaries.sparklines(agent.id, services.clock()) if sparklines else None
    limit = services.layouts.offenders.of(agent.id)
    return AgentView(
        id=agent.id,
        name=agent.name,
        type=agent.type,
        host=agent.host,
        port=agent.port,
        status=known.status if known is not None else agent.status,
        maintenance_until=services.maintenance.until(
            AgentFacts(agent.id, agent.name, agent.type, agent.environment, frozenset(agent.tags))
        ),
        environment=agent.environment,
        metadata=agent.metadata,
        tags=list(agent.tags),
        last_heartbeat=known.last_heartbeat if known is not None else agent.last_heartbeat,
        version=newest.version,
        reporting_interval=newest.reporting_interval,
        created_at=agent.created_at,
        facts=newest.facts,
        payload=SealView(required=services.registry.must_seal(agent.id), sealed=services.sessions.sealed(agent.id)),
        admission=newest.admission,
        enrolled_with=agent.enrolled_with,
        cloned=services.clones.noticed(agent.id),
        series_limited=None if limit is None else SeriesLimitView(**asdict(limit)),
        summary=Summary(**services.summaries.newest(agent.id)),
        sparklines=None
        if lines is None
        else SparklinesView(
            t=lines.time.tolist(),
            **{name: [None if one != one else one for one in row.tolist()] for name, row in lines.values.items()},  # noqa: PLR0124 - NaN
        ),
    )


async def find(services: Services, agent_id: int) -> Agent:
    """Return an agent.

    Raises:
        NotFoundError: there is none of this id.
    """
    async with services.database.connection() as connection:
        agent = await agents.get(connection, agent_id)
    if agent is None:
        raise NotFoundError(f"There is no agent {agent_id}.")
    return agent


def _encode_cursor(agent: Agent) -> str:
    return base64.urlsafe_b64encode(f"{agent.id} {agent.name}".encode()).decode()


def _decode_cursor(cursor: str) -> tuple[str, int]:
    try:
        number, _, name = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        if "\0" in name or not 0 < int(number) < 2**63:
            raise ValueError
        return name, int(number)
    except (ValueError, binascii.Error):
        raise InvalidError("Not valid: cursor.", FieldError("cursor", "is not one that the hub gave")) from None
