"""Series over time."""

from typing import Annotated, Literal

import numpy as np
import orjson
from fastapi import APIRouter, Query, Response
from opsentrix_protocol.catalogue import Labels
from pydantic import BaseModel, Field

from opsentrix.api.auth import Viewer
from opsentrix.api.fields import Text, UnixSeconds
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub
from opsentrix.errors import FieldError, InvalidError, NotFoundError
from opsentrix.model.gaps import Reason
from opsentrix.model.series import Aggregation, Gap, Points
from opsentrix.query import series as query_series

DEFAULT_RANGE_S = 900
_MAX_AGENTS = 20
_MAX_RANGE_S = 366 * 86_400
router = APIRouter(prefix="/api/v1/series", tags=["series"])


class SeriesQueryBody(BaseModel):
    """What is asked."""

    agent: Annotated[list[Annotated[int, Field(ge=1, le=2**63 - 1)]], Field(min_length=1, max_length=_MAX_AGENTS)]
    metric: Annotated[list[Text], Field(max_length=200)] = []
    labels: Annotated[str, Field(max_length=2048, description="Pairs that a series must have: `k=v,k2=v2`.")] = ""
    start: Annotated[UnixSeconds | None, Field(alias="from")] = None
    end: Annotated[UnixSeconds | None, Field(alias="to")] = None
    points: Annotated[int, Field(ge=1, le=10_000)] = 1000
    agg: Aggregation = Aggregation.AVG


class PointsView(BaseModel):
    """One series: `t` in Unix seconds; null where nothing was sampled; no `min` and `max` where a point is a sample."""

    agent: int
    metric: str
    labels: dict[str, str]
    unit: str
    kind: str
    tier: str
    t: list[float]
    v: list[float | None]
    min: list[float | None] | None
    max: list[float | None] | None


class GapView(BaseModel):
    """A time in which an agent sent nothing; Unix seconds."""

    agent: int
    start: float = Field(alias="from")
    end: float = Field(alias="to")
    reason: Reason
    lost_frames: int


class SeriesAnswerView(BaseModel):
    """Series and gaps between `from` and `to` (Unix seconds), a point each `step` seconds."""

    start: float = Field(alias="from")
    end: float = Field(alias="to")
    step: float
    series: list[PointsView]
    gaps: list[GapView]


class TopQuery(BaseModel):
    """Which newest values are ranked."""

    metric: Annotated[Text, Field(min_length=1)]
    labels: Annotated[str, Field(max_length=2048, description="Pairs that a series must have: `k=v,k2=v2`.")] = ""
    k: Annotated[int, Field(ge=1, le=1000)] = 10
    order: Literal["asc", "desc"] = "desc"
    max_age_s: Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)] = 60


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
    points: list[dict[str, object]] = []
    gaps: list[dict[str, object]] = []
    step = 0.0
    for agent_id in dict.fromkeys(query.agent):
        known = services.registry.get(agent_id)
        if known is None:
            raise NotFoundError(f"There is no agent {agent_id}.")
        asked = query_series.SeriesQuery(
            agent_id, tuple(query.metric), _labels(query.labels), start, end, query.points, query.agg,
            round(known.agent.reporting_interval * 1000),
        )  # fmt: skip
        answer = await query_series.read(services.database, asked)
        step = max(step, answer.step)
        points += [_points(agent_id, one, answer.tier) for one in answer.points]
        gaps += [_gap(one) for one in answer.gaps]
    content = {"from": start, "to": end, "step": step, "series": points, "gaps": gaps}
    # orjson writes arrays as they are, and NaN as null; a model of each number would cost a hundred times as much.
    return Response(orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


@router.get("/top", responses=responses(401, 422))
async def top_series(query: Annotated[TopQuery, Query()], services: Hub, user: Viewer) -> TopView:
    """Return the highest or lowest newest values of a metric over the whole fleet."""
    since = services.clock() - query.max_age_s
    found = services.latest.top(
        services.registry.ids(), query.metric, _labels(query.labels), query.k, since, lowest=query.order == "asc"
    )
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


def _points(agent_id: int, one: Points, tier: str) -> dict[str, object]:
    metric = one.known.series.metric
    return {
        "agent": agent_id,
        "metric": metric.name,
        "labels": dict(one.known.series.labels),
        "unit": metric.unit,
        "kind": metric.kind.name.lower(),
        "tier": tier,
        "t": np.ascontiguousarray(one.time),
        "v": np.ascontiguousarray(one.value),
        "min": None if one.minimum is None else np.ascontiguousarray(one.minimum),
        "max": None if one.maximum is None else np.ascontiguousarray(one.maximum),
    }


def _gap(gap: Gap) -> dict[str, object]:
    return {
        "agent": gap.agent_id,
        "from": gap.start,
        "to": gap.end,
        "reason": gap.reason,
        "lost_frames": gap.lost_frames,
    }


def _labels(text: str) -> Labels:
    pairs = []
    for part in filter(None, text.split(",")):
        key, equals, value = part.partition("=")
        if not equals:
            raise InvalidError("Not valid: labels.", FieldError("labels", f"has {part[:64]!r}; `key=value` is needed"))
        pairs.append((key.strip(), value.strip()))
    return tuple(sorted(pairs))
