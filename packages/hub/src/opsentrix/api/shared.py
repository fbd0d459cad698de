"""All that a shared page may ask, and all that it is told; see ADR 0042.

The answers have the form of those that people get, and nothing in the fields that are not for strangers: a new field
has to be decided on here before it compiles.
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from opsentrix.api import agents, alerts, dashboards, incidents, series
from opsentrix.api.auth import check_same_origin, login_of, visible
from opsentrix.api.passes import Shown, set_pass_cookie
from opsentrix.api.problems import responses
from opsentrix.api.series_query import SeriesQueryBody
from opsentrix.api.services import Hub, Services
from opsentrix.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from opsentrix.model.identity import Admission
from opsentrix.model.incidents import IncidentState
from opsentrix.model.shares import PlaceKind, Share

router = APIRouter(prefix="/api/v1/shared", tags=["shared pages"])
_MOST_INCIDENTS = 100
_MOST_ALERTS = 1000


class Opening(BaseModel):
    """What stands behind the `#` of a shared link."""

    secret: Annotated[str, Field(min_length=1, max_length=128)]


class PassView(BaseModel):
    """What is shared: the page, what stands in its address, and until when."""

    place: PlaceKind
    dashboard: int | None
    search: str
    label: str
    expires_at: datetime

    @classmethod
    def of(cls, share: Share) -> "PassView":
        """Return a share as it is shown to whoever looks at it."""
        dashboard = share.place.dashboard
        return cls(
            place=share.place.kind, dashboard=None if dashboard is None else dashboard.id, search=share.place.search,
            label=share.label, expires_at=share.expires_at,
        )  # fmt: skip


class OpenedView(PassView):
    """The same, to who just opened the link."""

    logged_in: bool = Field(description="Whether this browser is logged in: it gets no pass then, and needs none.")


class PageQuery(BaseModel):
    """Which page of a list."""

    cursor: Annotated[str, Field(max_length=1024)] = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


@router.post("/open", responses=responses(400, 403, 404, 422))
async def open_share(body: Opening, services: Hub, request: Request, response: Response) -> OpenedView:
    """Let this browser see what is shared, without a login; whoever is logged in stays so and gets nothing."""
    check_same_origin(services, request)
    share = await services.shares.check(body.secret)
    if share is None:
        raise NotFoundError("This link shows nothing: it expired, was revoked, or was not copied in full.")
    logged_in = await _logged_in(services, request)
    if not logged_in:
        set_pass_cookie(services, response, body.secret, share.expires_at)
    return OpenedView(**PassView.of(share).model_dump(), logged_in=logged_in)


@router.get("", responses=responses(401))
async def what_is_shared(share: Shown) -> PassView:
    """Tell what is shared with this browser."""
    return PassView.of(share)


@router.get("/agents", responses=responses(401, 422))
async def shared_agents(query: Annotated[PageQuery, Query()], services: Hub, share: Shown) -> agents.AgentPage:
    """List the agents of a shared page by name, those that were let in, a page at a time."""
    wanted = agents.ListQuery(admission=[Admission.ADMITTED], cursor=query.cursor, limit=query.limit)
    found = await agents.list_agents(wanted, services, share.who)
    return agents.AgentPage(
        items=[_agent(one) for one in found.items], next_cursor=found.next_cursor, total=found.total
    )


@router.get("/agents/{agent_id}", responses=responses(401, 404, 422))
async def shared_agent(
    agent_id: Annotated[int, Path(ge=1, le=2**63 - 1)], services: Hub, share: Shown
) -> agents.AgentView:
    """Show one agent of a shared page."""
    known = visible(services, share.who, agent_id)
    if known.agent.admission is not Admission.ADMITTED:
        raise NotFoundError(f"There is no agent {agent_id}.")
    return _agent(agents.view(services, known.agent, sparklines=False))


@router.get("/dashboards/{dashboard_id}", responses=responses(401, 404, 422))
async def shared_dashboard(
    dashboard_id: dashboards.DashboardId, services: Hub, share: Shown
) -> dashboards.DashboardDetail:
    """Show the one dashboard that is shared."""
    if share.place.dashboard is None or share.place.dashboard.id != dashboard_id:
        raise NotFoundError(f"There is no dashboard {dashboard_id}.")
    return _dashboard(await dashboards.read(services, dashboard_id))


@router.get("/incidents", responses=responses(401, 403))
async def shared_incidents(services: Hub, share: Shown) -> incidents.IncidentPage:
    """List the incidents of a shared page that are not over, the newest first, 100 at the most."""
    if not share.place.tells_incidents():
        raise ForbiddenError("The shared page does not show this.")
    query = incidents.IncidentQuery(
        state=[IncidentState.OPEN, IncidentState.ACKNOWLEDGED], limit=_MOST_INCIDENTS
    )  # fmt: skip
    found = await incidents.list_incidents(query, services, share.who)
    return incidents.IncidentPage(items=[_incident(one) for one in found.items], next_before=None, total=found.total)


@router.get("/alerts", responses=responses(401, 403))
async def shared_alerts(services: Hub, share: Shown) -> alerts.AlertPage:
    """List whose alerts fire of a shared page, the newest first, 1,000 at the most."""
    if share.place.kind is not PlaceKind.HOME:
        raise ForbiddenError("The shared page does not show this.")
    found = await alerts.list_alerts(alerts.AlertQuery(limit=_MOST_ALERTS), services, share.who)
    return alerts.AlertPage(items=[_alert(one) for one in found.items], next_cursor=None, total=found.total)


@router.get("/series", response_model=series.SeriesAnswerView, responses=responses(401, 403, 404, 422))
async def shared_series(query: Annotated[SeriesQueryBody, Query()], services: Hub, share: Shown) -> Response:
    """Return series over time of the metrics that the shared page is about."""
    _check_metrics(share, query.metric)
    return await series.read_series(query, services, share.who)


@router.get("/series/top", responses=responses(401, 403, 422))
async def shared_top(query: Annotated[series.TopQuery, Query()], services: Hub, share: Shown) -> series.TopView:
    """Return the highest or lowest newest values of a metric that the shared page is about."""
    _check_metrics(share, [query.metric])
    return await series.top_series(query, services, share.who)


def _check_metrics(share: Share, asked: list[str]) -> None:
    if not asked or not share.place.metrics().issuperset(asked):
        raise ForbiddenError("The shared page is not about this metric.")


async def _logged_in(services: Services, request: Request) -> bool:
    try:
        await login_of(services, request)
    except UnauthenticatedError:
        return False
    return True


def _agent(one: agents.AgentView) -> agents.AgentView:
    return agents.AgentView(
        id=one.id, name=one.name, type=one.type, environment=one.environment, tags=one.tags, status=one.status,
        maintenance_until=one.maintenance_until, last_heartbeat=one.last_heartbeat,
        reporting_interval=one.reporting_interval, created_at=one.created_at, admission=one.admission,
        summary=one.summary,
        # Not for strangers:
        host="", port=None, metadata={}, facts={}, version="", enrolled_with=None, cloned=False, series_limited=None,
        payload=agents.SealView(required=False, sealed=None),
    )  # fmt: skip


def _dashboard(one: dashboards.DashboardDetail) -> dashboards.DashboardDetail:
    return dashboards.DashboardDetail(
        id=one.id, name=one.name, description=one.description, version=one.version, panels=one.panels, spec=one.spec,
        created_at=one.created_at, changed_at=one.changed_at,
        # Not for strangers:
        created_by="", changed_by="",
    )  # fmt: skip


def _incident(one: incidents.IncidentView) -> incidents.IncidentView:
    return incidents.IncidentView(
        id=one.id, kind=one.kind, title=one.title, severity=one.severity, state=one.state, opened_at=one.opened_at,
        agents=one.agents, alerts=one.alerts, firing=one.firing,
        # Not for strangers:
        acknowledged_by="", acknowledged_until=None, assignee="", notes="", resolved_at=None, resolved_by="",
        merged_into=None, told=False,
    )  # fmt: skip


def _alert(one: alerts.AlertView) -> alerts.AlertView:
    return alerts.AlertView(
        fingerprint=one.fingerprint, rule_name=one.rule_name, agent=one.agent, agent_name=one.agent_name,
        severity=one.severity, state=one.state, since=one.since, incident=one.incident,
        # Not for strangers:
        rule=0, rule_version=0, labels={}, value=None, last_sample_at=None, quiet="",
    )  # fmt: skip
