"""Alerts as people see them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from opsentrix.api.auth import Viewer
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub
from opsentrix.errors import FieldError, InvalidError
from opsentrix.model.rules import Severity
from opsentrix.model.stored_alerts import ALARMING, AlertState
from opsentrix.storage import alerts

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"])
_MAX_CHOICES = 100


class AlertView(BaseModel):
    """One rule on one target, while it is not inactive; `agent` is null where that is several agents, or the hub."""

    fingerprint: str
    rule: int
    rule_name: str
    rule_version: int
    agent: int | None
    agent_name: str
    labels: dict[str, str]
    severity: Severity
    state: AlertState
    since: datetime
    value: float | None
    last_sample_at: datetime | None
    incident: int | None = Field(description="The open incident that it belongs to.")
    quiet: str = Field(description="What keeps it quiet; empty for nothing.")


class AlertPage(BaseModel):
    """Some alerts, the newest first."""

    items: list[AlertView]
    next_cursor: str | None
    total: int


class AlertQuery(BaseModel):
    """Which alerts a list shows; without `state`, those that fire or have no data any more."""

    state: Annotated[list[AlertState], Field(max_length=_MAX_CHOICES)] = list(ALARMING)
    severity: Annotated[list[Severity], Field(max_length=_MAX_CHOICES)] = []
    agent: Annotated[list[Annotated[int, Field(ge=1, lt=2**63)]], Field(max_length=_MAX_CHOICES)] = []
    rule: Annotated[list[Annotated[int, Field(ge=1, lt=2**63)]], Field(max_length=_MAX_CHOICES)] = []
    cursor: Annotated[str, Field(max_length=128)] = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


@router.get("", responses=responses(401, 403, 422))
async def list_alerts(query: Annotated[AlertQuery, Query()], services: Hub, user: Viewer) -> AlertPage:
    """List alerts, the newest first, a page at a time."""
    wanted = alerts.AlertFilter(
        tuple(query.state), tuple(query.severity), tuple(query.agent), tuple(query.rule),
        services.visibility.only(user.scopes),
    )  # fmt: skip
    after = _decoded(query.cursor) if query.cursor else None
    async with services.database.connection() as connection:
        found = await alerts.page(connection, wanted, after, query.limit + 1)
        total = await alerts.count(connection, wanted)
    page = found[: query.limit]
    return AlertPage(
        items=[_view(one, hide=wanted.only is not None) for one in page],
        next_cursor=_encoded(page[-1]) if len(found) > query.limit else None,
        total=total,
    )


def _view(one: alerts.ListedAlert, *, hide: bool) -> AlertView:
    alert = one.alert
    return AlertView(
        fingerprint=alert.fingerprint.hex(), rule=alert.rule_id, rule_name=one.rule_name,
        rule_version=alert.rule_version, agent=alert.agent_id or None, agent_name=one.agent_name,
        labels=dict(alert.labels),
        severity=alert.severity, state=alert.state, since=alert.since, value=alert.value,
        last_sample_at=alert.last_sample_at, incident=one.incident_id, quiet=shown_quiet(one.quiet, hide=hide),
    )  # fmt: skip


def shown_quiet(quiet: str, *, hide: bool) -> str:
    """Return what keeps an alert quiet; to who sees some agents only, without the names of others."""
    return "behind another agent" if hide and quiet.startswith("behind ") else quiet


def _encoded(one: alerts.ListedAlert) -> str:
    return f"{one.alert.since.isoformat()}_{one.alert.fingerprint.hex()}"


def _decoded(cursor: str) -> tuple[datetime, bytes]:
    since, _, fingerprint = cursor.partition("_")
    try:
        moment, key = datetime.fromisoformat(since), bytes.fromhex(fingerprint)
        if moment.tzinfo is None or len(key) != 32:
            raise ValueError
    except ValueError:
        raise InvalidError("Not valid: cursor.", FieldError("cursor", "is not one that the hub gave")) from None
    return moment, key
