"""What agents' flight recorders held: asked for, looked at, taken along, deleted."""

import math
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from opsentrix.api.agents import find
from opsentrix.api.auth import AgentId, Operator, Viewer
from opsentrix.api.fields import Text, UnixSeconds
from opsentrix.api.problems import responses
from opsentrix.api.processes import ProcessView, process_view
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import FieldError, InvalidError, NotFoundError, UnavailableError
from opsentrix.fleet.recordings import Requester
from opsentrix.model.recordings import RING_S, EventSeverity, RecordedEvent, RecordedLook, Recording, RecordingState
from opsentrix.query import recordings as query
from opsentrix.storage import recordings

SLACK_S = 60.0
"""Clocks differ, and the minute that fills is held beside the 15."""
_PROTOBUF = "application/x-protobuf"
router = APIRouter(prefix="/api/v1/agents/{agent_id}/recordings", tags=["recordings"])

RecordingId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class NewRecording(BaseModel):
    """Which window is wanted, in Unix seconds, and why.

    Left out, `to` is now, and `from` 15 minutes before `to`. A window may end up to 15 minutes ahead: the agent is
    asked when it is over.
    """

    start: Annotated[UnixSeconds | None, Field(alias="from")] = None
    end: Annotated[UnixSeconds | None, Field(alias="to")] = None
    reason: Text = ""


class RecordingView(BaseModel):
    """A recording: its window in Unix seconds, how far it is, why it failed, and what came of it, compressed."""

    id: int
    start: float = Field(alias="from")
    end: float = Field(alias="to")
    state: RecordingState
    error: str
    truncated: bool = Field(description="Whether the window's oldest part was left out for its size.")
    bytes: int
    reason: str
    requested_by: str
    created_at: datetime
    finished_at: datetime | None


class RecordingList(BaseModel):
    """An agent's recordings, the newest first."""

    items: list[RecordingView]


class RecordedProcessView(ProcessView):
    """One process at one look, with the one that started it; `parent_pid` 0 where that is not known."""

    parent_pid: int


class RecordedLookView(BaseModel):
    """The processes that used most at one look (Unix seconds)."""

    time: float
    processes: list[RecordedProcessView]


class RecordedEventView(BaseModel):
    """Something that happened (Unix seconds).

    Of a `kernel.message`, the text is what the kernel wrote, and `level` among the attributes how grave it is to the
    kernel. Of a `systemd.unit`, the text tells how the `unit` changed. Of `network.connections`, the attributes are the
    numbers of TCP sockets by state.
    """

    time: float
    kind: str
    severity: EventSeverity
    text: str
    attributes: dict[str, str]


class RecordingContent(BaseModel):
    """A recording with a page of its looks; `next` is the `after` of the page that follows, null on the last."""

    recording: RecordingView
    looks: list[RecordedLookView]
    events: list[RecordedEventView] = Field(description="What happened until the page's last look; on the last, all.")
    events_left_out: int = Field(description="Of the whole recording: too much happened in a minute to keep it all.")
    next: float | None


@router.post("", status_code=202, responses=responses(400, 401, 403, 404, 409, 422, 503))
async def request_recording(
    agent_id: AgentId, body: NewRecording, services: Hub, user: Operator, request: Request
) -> RecordingView:
    """Ask for a window of an agent's flight recorder; of one that is away, within 15 minutes."""
    await find(services, agent_id)
    now = services.clock()
    if not services.intake.open:
        raise UnavailableError("The hub's disk is too full for recordings.")
    window = _window(body, now)
    by = Requester(user.username, user.actor, address_of(request))
    row = await services.recordings.request(agent_id, window, body.reason.strip(), by, now)
    return _view(row)


@router.get("", responses=responses(401, 404, 422))
async def list_recordings(agent_id: AgentId, services: Hub, user: Viewer) -> RecordingList:
    """List the recordings of an agent."""
    await find(services, agent_id)
    async with services.database.connection() as connection:
        rows = await recordings.of_agent(connection, agent_id)
    return RecordingList(items=[_view(row) for row in rows])


@router.get("/{recording_id}", responses=responses(401, 404, 422))
async def read_recording(
    agent_id: AgentId,
    recording_id: RecordingId,
    services: Hub,
    user: Viewer,
    after: Annotated[UnixSeconds | None, Query(description="Only looks later than this.")] = None,
    limit: Annotated[int, Query(ge=1, le=400)] = 60,
) -> RecordingContent:
    """Show the looks of a recording and what happened meanwhile; of one that is not complete, what came so far."""
    row = await _find(services, agent_id, recording_id)
    held = await query.read(services.database, row)
    begin = -math.inf if after is None else after * 1000
    found = [look for look in held.looks if look.time_ms > begin]
    page = found[:limit]
    end = page[-1].time_ms if len(found) > limit else math.inf
    return RecordingContent(
        recording=_view(row),
        looks=[_look(one) for one in page],
        events=[_event(one) for one in held.events if begin < one.time_ms <= end],
        events_left_out=held.left_out,
        next=end / 1000 if len(found) > limit else None,
    )


_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A serialized opsentrix.v1.RecordedMoments.",
        "content": {_PROTOBUF: {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("/{recording_id}/raw", response_class=Response, responses={**_FILE, **responses(401, 404, 422)})
async def download_recording(agent_id: AgentId, recording_id: RecordingId, services: Hub, user: Viewer) -> Response:
    """Download all that came of a recording as one protobuf message; it may reach beyond the window."""
    row = await _find(services, agent_id, recording_id)
    name = f"recording-{agent_id}-{recording_id}.pb"
    return Response(
        await query.raw(services.database, row),
        media_type=_PROTOBUF,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.delete("/{recording_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def delete_recording(
    agent_id: AgentId, recording_id: RecordingId, services: Hub, user: Operator, request: Request
) -> None:
    """Delete a recording; one that is under way is given up."""
    row = await _find(services, agent_id, recording_id)
    await services.recordings.delete(row, user.actor, address_of(request))


def _window(body: NewRecording, now: float) -> tuple[float, float]:
    end = now if body.end is None else body.end
    start = end - RING_S if body.start is None else body.start
    if not now - RING_S - SLACK_S <= end <= now + RING_S:
        detail = f"must be within {RING_S / 60:.0f} minutes from now, which is what agents hold"
        raise InvalidError("Not valid: to.", FieldError("to", detail))
    if not 1 <= end - start <= RING_S + SLACK_S:
        raise InvalidError("Not valid: from.", FieldError("from", f"must be 1 to {RING_S:.0f} s before to"))
    return start, end


async def _find(services: Services, agent_id: int, recording_id: int) -> Recording:
    async with services.database.connection() as connection:
        row = await recordings.get(connection, agent_id, recording_id)
    if row is None:
        raise NotFoundError(f"There is no recording {recording_id} of agent {agent_id}.")
    return row


def _view(row: Recording) -> RecordingView:
    return RecordingView(
        **{"from": row.begins.timestamp(), "to": row.ends.timestamp()},
        id=row.id,
        state=row.state,
        error=row.error,
        truncated=row.truncated,
        bytes=row.bytes,
        reason=row.reason,
        requested_by=row.requested_by,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def _look(look: RecordedLook) -> RecordedLookView:
    return RecordedLookView(
        time=look.time_ms / 1000,
        processes=[
            RecordedProcessView(**process_view(one.sample).model_dump(), parent_pid=one.parent_pid)
            for one in look.processes
        ],
    )


def _event(one: RecordedEvent) -> RecordedEventView:
    return RecordedEventView(
        time=one.time_ms / 1000, kind=one.kind, severity=one.severity, text=one.text, attributes=one.attributes
    )
