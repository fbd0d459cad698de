"""Series over time."""

from typing import Annotated, Literal

import numpy as np
import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from opsentrix.api import series_across
from opsentrix.api.auth import Viewer, visible
from opsentrix.api.fields import Text, label_pairs
from opsentrix.api.problems import responses
from opsentrix.api.series_query import SeriesQueryBody
from opsentrix.api.services import Hub
from opsentrix.errors import FieldError, InvalidError
from opsentrix.model.gaps import Reason
from opsentrix.model.series import Gap, Points
from opsentrix.query import series as query_series

DEFAULT_RANGE_S = 900
_MAX_AGENTS = 20
_MAX_RANGE_S = 366 * 86_400
router = APIRouter(prefix="/api/v1/series", tags=["series"])


class PointsView(BaseModel):
    """One series: `t` in Unix seconds; null where nothing was sampled; no `min` and `max` where a point is a sample."""

    agent: int | None = Field(description="Null where the series of many agents were put together.")
    group: dict[str, str] | None = Field(description="What they have in common, by each name in `by`.")
    members: int | None = Field(description="How many series were put together.")
    metric: str
    labels: dict[str, str]
    unit: str
    kind: str
    tier: str
    t: list[float]
    v: list[float | None]
    min: list[float | None] | None
    max: list[float | None] | None
    present: list[int] | None = Field(description="How many of the members have a value at each point.")


class GapView(BaseModel):
    """A time in which an agent has no samples, and why; Unix seconds. `lost_frames`: what it took and the hub lacks."""

    agent: int
    start: float = Field(alias="from")
    end: float = Field(alias="to")
    reason: Reason
    lost_frames: int


class OverlapView(BaseModel):
    """A time that an agent went through twice, its clock being set back: of two samples the one made later is shown."""

    agent: int
    start: float = Field(alias="from")
    end: float = Field(alias="to")


class SeriesAnswerView(BaseModel):
    """Series and gaps between `from` and `to` (Unix seconds), a point each `step` seconds."""

    start: float = Field(alias="from")
    end: float = Field(alias="to")
    step: float
    groups: int | None = Field(description="With `across`: how many have values, before `top` or `bottom` chose.")
    series: list[PointsView]
    gaps: list[GapView]
    overlaps: list[OverlapView]


class TopQuery(BaseModel):
    """Which newest values are ranked."""

    metric: Annotated[Text, Field(min_length=1)]
    labels: Annotated[str, Field(max_length=2048, description="Pairs that a series must have: `k=v,k2=v2`.")] = ""
    k: Annotated[int, Field(ge=1, le=10_000)] = 10
    order: Literal["asc", "desc"] = "desc"
    max_age_s: Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)] = 60
    per_agent: Annotated[
        bool, Field(description="Of each agent only the series with the highest value, or the lowest with `order=asc`.")
    ] = False


class TopItem(BaseModel):
    """The newest value of one series, sampled at `time` (Unix seconds)."""

    agent: int
    name: str
    labels: dict[str, str]
    unit: str
    time: float
    value: float


class TopView(BaseModel):
    """Values in order."""

    items: list[TopItem]


@router.get("", response_model=SeriesAnswerView, responses=responses(401, 404, 422))
async def read_series(query: Annotated[SeriesQueryBody, Query()], services: Hub, user: Viewer) -> Response:
    """Return series over time, at most `points` points each."""
    end = services.clock() if query.end is None else query.end
    start = max(0.0, end - DEFAULT_RANGE_S) if query.start is None else query.start
    if not 0 <= end - start <= _MAX_RANGE_S:
        raise InvalidError("Not valid: from.", FieldError("from", "must lie before `to`, by a year at most"))
    if query.across is not None:
        return _json(await series_across.read(query, query.across, start, end, services, user))
    if not 1 <= len(query.agent) <= _MAX_AGENTS:
        raise InvalidError("Not valid: agent.", FieldError("agent", f"1 to {_MAX_AGENTS} are needed without `across`"))
    if query.by or query.environment or query.type or query.tag or query.top or query.bottom or query.group:
        raise InvalidError("Not valid: across.", FieldError("across", "must be given to choose or group agents"))
    points: list[dict[str, object]] = []
    gaps: list[dict[str, object]] = []
    overlaps: list[dict[str, object]] = []
    step = 0.0
    for agent_id in dict.fromkeys(query.agent):
        known = visible(services, user, agent_id)
        asked = query_series.SeriesQuery(
            agent_id, tuple(query.metric), label_pairs(query.labels), start, end, query.points, query.agg,
            round(known.agent.reporting_interval * 1000),
            query_series.Presence(
                known.agent.created_at.timestamp(), services.clock(), known.stopped
            ),
        )  # fmt: skip
        answer = await query_series.read(services.database, asked)
        step = max(step, answer.step)
        points += [_points(agent_id, one, answer.tier) for one in answer.points]
        gaps += [_gap(one) for one in answer.gaps]
        overlaps += [{"agent": agent_id, "from": first, "to": last} for first, last in answer.overlaps]
    return _json({
        "from": start, "to": end, "step": step, "groups": None, "series": points, "gaps": gaps,
        "overlaps": overlaps,
    })  # fmt: skip


@router.get("/top", responses=responses(401, 422))
async def top_series(query: Annotated[TopQuery, Query()], services: Hub, user: Viewer) -> TopView:
    """Return the highest or lowest newest values of a metric over the whole fleet."""
    since = services.clock() - query.max_age_s
    within = services.visibility.ids(user.scopes)
    found = services.latest.top(
        within, query.metric, label_pairs(query.labels), query.k, since,
        lowest=query.order == "asc", per_agent=query.per_agent,
    )  # fmt: skip
    items = []
    for one in found:
        known = services.registry.get(one.agent_id)
        items.append(
            TopItem(
                agent=one.agent_id,
                name=known.agent.name if known is not None else "",
                labels=dict(one.series.labels),
                unit=one.series.metric.unit,
                time=one.time,
                value=one.value,
            )
        )
    return TopView(items=items)


def _json(content: dict[str, object]) -> Response:
    # orjson writes arrays as they are, and NaN as null; a model of each number would cost a hundred times as much.
    return Response(orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


def _points(agent_id: int, one: Points, tier: str) -> dict[str, object]:
    metric = one.known.series.metric
    return {
        "agent": agent_id,
        "group": None,
        "members": None,
        "metric": metric.name,
        "labels": dict(one.known.series.labels),
        "unit": metric.unit,
        "kind": metric.kind.name.lower(),
        "tier": tier,
        "t": np.ascontiguousarray(one.time),
        "v": np.ascontiguousarray(one.value),
        "min": None if one.minimum is None else np.ascontiguousarray(one.minimum),
        "max": None if one.maximum is None else np.ascontiguousarray(one.maximum),
        "present": None,
    }


def _gap(gap: Gap) -> dict[str, object]:
    return {
        "agent": gap.agent_id,
        "from": gap.start,
        "to": gap.end,
        "reason": gap.reason,
        "lost_frames": gap.lost_frames,
    }
