"""What was told to whom, with the proof of each try."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from opsentrix.api.auth import Viewer
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub
from opsentrix.model.notifications import DeliveryState, NoticeKind, NotificationRecord, Outcome
from opsentrix.storage import notifications

router = APIRouter(prefix="/api/v1/notifications", tags=["notifications"])
_Id = Annotated[int, Query(ge=1, le=2**63 - 1)]


class AttemptView(BaseModel):
    """One try: `ok` is null while it runs, and for ever when the hub was killed meanwhile."""

    started_at: datetime
    finished_at: datetime | None
    ok: bool | None
    status: int | None
    answer: str
    duration_ms: int | None


class DeliveryView(BaseModel):
    """A notice on its way to one channel; `channel_id` is null once the channel was removed."""

    id: int
    channel_id: int | None
    channel: str
    state: DeliveryState
    why: str
    due_at: datetime
    bundle_id: int | None
    attempts: list[AttemptView]


class NotificationView(BaseModel):
    """What was to be said, who was chosen and why, and what became of it."""

    id: int
    incident_id: int | None
    kind: NoticeKind
    severity: str
    title: str
    lines: list[str]
    agent_ids: list[int]
    at: datetime
    planned_at: datetime | None
    decision: list[dict[str, Any]] = Field(description="Of each route: whether it took it, and why.")
    deliveries: list[DeliveryView]

    @classmethod
    def of(cls, one: NotificationRecord, *, everywhere: bool) -> "NotificationView":
        """Return a notice as it is shown; routes name environments and tags, so who sees some only sees no decision."""
        notice = one.notice
        return cls(
            id=one.id, incident_id=notice.incident_id, kind=notice.kind, severity=notice.severity, title=notice.title,
            lines=list(notice.lines), agent_ids=list(notice.agent_ids), at=notice.at, planned_at=one.planned_at,
            decision=one.decision if everywhere else [],
            deliveries=[DeliveryView.model_validate(each, from_attributes=True) for each in one.deliveries],
        )  # fmt: skip


class NotificationPage(BaseModel):
    """Notices, newest first; `next` is the cursor of the next page."""

    items: list[NotificationView]
    next: int | None


@router.get("", responses=responses(401, 422))
async def list_notifications(
    user: Viewer,
    services: Hub,
    incident: _Id | None = None,
    cursor: _Id | None = None,
    outcome: Outcome | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> NotificationPage:
    """List what was told to whom, and what each provider answered."""
    only = services.visibility.only(user.scopes)
    async with services.database.snapshot() as connection:
        found = await notifications.listed(connection, incident, cursor, only, limit, outcome)
    items = [NotificationView.of(one, everywhere=user.everywhere) for one in found]
    return NotificationPage(items=items, next=found[-1].id if len(found) == limit else None)
