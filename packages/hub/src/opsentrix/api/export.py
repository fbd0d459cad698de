"""Export of series as a file: streamed, with back-pressure, and broken off noticeably when something fails."""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.types import Receive, Scope, Send

from opsentrix import log, selfmetrics
from opsentrix.api.auth import Viewer, visible
from opsentrix.api.fields import Text, UnixSeconds, label_pairs
from opsentrix.api.problems import responses
from opsentrix.api.series import DEFAULT_RANGE_S
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import FieldError, InvalidError, OpsentrixError, UnavailableError
from opsentrix.model.access import Principal
from opsentrix.model.tiers import TIERS
from opsentrix.query.export import ENCODERS, ExportQuery
from opsentrix.storage import audit

_MAX_AGENTS = 1000
_MAX_RANGE_S = 5 * 366 * 86_400
TIER_HEADER = "Opsentrix-Tier"
router = APIRouter(prefix="/api/v1/series", tags=["series"])
_log = log.get(__name__)


class ExportQueryBody(BaseModel):
    """What is exported, and as what."""

    format: Literal["csv", "parquet"] = "csv"
    agent: Annotated[list[Annotated[int, Field(ge=1, le=2**63 - 1)]], Field(min_length=1, max_length=_MAX_AGENTS)]
    metric: Annotated[list[Text], Field(max_length=200)] = []
    labels: Annotated[str, Field(max_length=2048, description="Pairs that a series must have: `k=v,k2=v2`.")] = ""
    start: Annotated[UnixSeconds | None, Field(alias="from")] = None
    end: Annotated[UnixSeconds | None, Field(alias="to")] = None
    resolution: Annotated[
        Literal["auto", "1s", "1m", "1h"],
        Field(description="Samples, or buckets of minutes or hours; `auto` is the finest that is kept for the range."),
    ] = "auto"


_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A line or row for each sample or bucket.",
        "content": {one.media_type: {"schema": {"type": "string", "format": "binary"}} for one in ENCODERS.values()},
        "headers": {
            TIER_HEADER: {"description": "The tier that was read.", "schema": {"enum": [one.name for one in TIERS]}},
            "Content-Disposition": {"description": "A name for the file.", "schema": {"type": "string"}},
        },
    }
}


class ExportResponse(StreamingResponse):
    """Sends a file piece by piece.

    The work stops when the client goes away or takes nothing for `stall_s`. Whatever fails in the middle ends the
    connection without the end of the body, which every HTTP client reports.
    """

    stall_s: ClassVar[float] = 60.0

    def __init__(
        self,
        first: bytes,
        following: AsyncGenerator[bytes, None],
        kind: str,
        media_type: str,
        headers: dict[str, str],
    ) -> None:
        super().__init__(following, headers=headers, media_type=media_type)
        self._first = first
        self._following = following
        self._kind = kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response, or as much of it as the client takes."""
        sending = asyncio.create_task(self._send(send), name="export")
        leaving = asyncio.create_task(_left(receive), name="export's client")
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sending.cancel()
            leaving.cancel()
            await asyncio.wait((sending, leaving))
        for task in (leaving, sending):
            if not task.cancelled():
                task.result()  # raises what it ended with

    async def _send(self, send: Send) -> None:
        end = "failed"
        try:
            async with contextlib.aclosing(self._following):
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                await self._put(send, self._first)
                async for piece in self._following:
                    await self._put(send, piece)
                await self._put(send, b"")
            end = "complete"
        except asyncio.CancelledError:
            end = "abandoned"
            raise
        except OpsentrixError as error:
            _log.warning("an export broke off", reason=error.detail)
        finally:
            selfmetrics.EXPORTS.labels(self._kind, end).inc()

    async def _put(self, send: Send, piece: bytes) -> None:
        """Send a piece once the client has taken those before; an empty one ends the body."""
        try:
            async with asyncio.timeout(self.stall_s):
                await send({"type": "http.response.body", "body": piece, "more_body": bool(piece)})
        except TimeoutError:
            raise UnavailableError(f"The client took nothing for {self.stall_s:.0f} s.") from None


@router.get("/export", response_class=Response, responses=_FILE | responses(401, 404, 422, 429, 503))
async def export_series(
    query: Annotated[ExportQueryBody, Query()], services: Hub, user: Viewer, request: Request
) -> Response:
    """Stream series as CSV or Parquet: samples, or minimum, maximum, mean and count of minutes or hours."""
    asked = await _asked(query, services, user)
    async with contextlib.AsyncExitStack() as stack:
        pieces = services.exports.stream(asked, ENCODERS[query.format](asked.tier))
        await stack.enter_async_context(contextlib.aclosing(pieces))
        first = await anext(pieces)  # refused now, if it is refused
        await _audit(services, asked, query.format, user.actor, address_of(request))
        stack.pop_all()
    headers = {
        "Content-Disposition": f'attachment; filename="{_file_name(asked, query.format)}"',
        "Cache-Control": "no-store",
        TIER_HEADER: asked.tier.name,
    }
    return ExportResponse(first, pieces, query.format, ENCODERS[query.format].media_type, headers)


async def _asked(query: ExportQueryBody, services: Services, who: Principal) -> ExportQuery:
    end = services.clock() if query.end is None else query.end
    start = max(0.0, end - DEFAULT_RANGE_S) if query.start is None else query.start
    if not 0 <= end - start <= _MAX_RANGE_S:
        raise InvalidError("Not valid: from.", FieldError("from", "must lie before `to`, by five years at most"))
    agents = [(one, visible(services, who, one).agent.name) for one in dict.fromkeys(query.agent)]
    start_ms, end_ms = round(start * 1000), round(end * 1000)
    if query.resolution == "auto":
        tier = await services.exports.finest_tier([agent_id for agent_id, _ in agents], start_ms, end_ms)
    else:
        tier = next(one for one in TIERS if one.name == query.resolution)
    return ExportQuery(agents, query.metric, label_pairs(query.labels), start_ms, end_ms, tier)


async def _audit(services: Services, asked: ExportQuery, kind: str, actor: str, address: str) -> None:
    async with services.database.transaction() as connection:
        await audit.add(
            connection, actor, "series.export", "series", address, format=kind, tier=asked.tier.name,
            agents=[agent_id for agent_id, _ in asked.agents], metrics=list(asked.metrics), labels=dict(asked.labels),
            start_ms=asked.start_ms, end_ms=asked.end_ms,
        )  # fmt: skip


def _file_name(asked: ExportQuery, kind: str) -> str:
    """Return a name that says what is in the file and that every system and header takes."""
    whose = asked.agents[0][1] if len(asked.agents) == 1 else f"{len(asked.agents)}-agents"
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", whose).strip("-.") or f"agent-{asked.agents[0][0]}"
    times = [datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ") for ms in (asked.start_ms, asked.end_ms)]
    return f"opsentrix-{plain}-{'-'.join(times)}-{asked.tier.name}.{ENCODERS[kind].suffix}"


async def _left(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
