"""Series over time."""

from collections.abc import Sequence
from itertools import product
from typing import Annotated, Literal

import numpy as np
import orjson
from fastapi import APIRouter, Query, Response
from opsentrix_protocol.catalogue import LABEL_KEY, Series
from pydantic import BaseModel, Field

from opsentrix.api.auth import Viewer, visible
from opsentrix.api.fields import Text, UnixSeconds, label_pairs
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services
from opsentrix.errors import FieldError, InvalidError
from opsentrix.model.access import Principal
from opsentrix.model.agents import Agent
from opsentrix.model.gaps import Reason
from opsentrix.model.series import Across, Aggregation, Gap, Points
from opsentrix.query import across as query_across
from opsentrix.query import series as query_series

DEFAULT_RANGE_S = 900
_MAX_AGENTS = 20
_MAX_AGENTS_ACROSS = 1000
_MAX_RANGE_S = 366 * 86_400
_MAX_SERIES_LOOKED_AT = 50_000
_MAX_VALUES = 20
_BY = rf"(agent|environment|type|tag|label:{LABEL_KEY.pattern})"
router = APIRouter(prefix="/api/v1/series", tags=["series"])


class SeriesQueryBody(BaseModel):
    """What is asked. With `across` the series of many agents become one line for each group."""

    agent: Annotated[
        list[Annotated[int, Field(ge=1, le=2**63 - 1)]],
        Field(
            max_length=_MAX_AGENTS_ACROSS,
            description="Ids; with `across` all agents when left out, and more than those by tag, type or environment.",
        ),
    ] = []
    metric: Annotated[list[Text], Field(max_length=200)] = []
    labels: Annotated[str, Field(max_length=2048, description="Pairs that a series must have: `k=v,k2=v2`.")] = ""
    start: Annotated[UnixSeconds | None, Field(alias="from")] = None
    end: Annotated[UnixSeconds | None, Field(alias="to")] = None
    points: Annotated[int, Field(ge=1, le=10_000)] = 1000
    agg: Annotated[Aggregation, Field(description="How the samples of a series become a point.")] = Aggregation.AVG
    across: Annotated[Across | None, Field(description="How the points of a group's series become one.")] = None
    by: Annotated[
        str,
        Field(
            max_length=512,
            pattern=rf"^({_BY}(,{_BY})*)?$",
            description="What the series of a group have in common: any of `agent`, `environment`, `type`, `tag` and "
            "`label:KEY`, separated by commas. An agent is in the groups of all its tags. Left out: one group.",
        ),
    ] = ""
    environment: Annotated[list[Text], Field(max_length=100, description="With `across`: of these agents.")] = []
    type: Annotated[list[Text], Field(max_length=100, description="With `across`: of these agents.")] = []
    tag: Annotated[list[Text], Field(max_length=100, description="With `across`: of agents with any of these.")] = []


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
    series: list[PointsView]
    gaps: list[GapView]
    overlaps: list[OverlapView]


class KnownMetric(BaseModel):
    """A metric that agents send, and what its labels may be: of each up to 20 values."""

    metric: str
    unit: str
    kind: str
    labels: dict[str, list[str]]


class KnownMetrics(BaseModel):
    """Metrics by name; `complete` is false where the fleet sends more different series than are looked at."""

    items: list[KnownMetric]
    complete: bool


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
        return _json(await _read_across(query, query.across, start, end, services, user))
    if not 1 <= len(query.agent) <= _MAX_AGENTS:
        raise InvalidError("Not valid: agent.", FieldError("agent", f"1 to {_MAX_AGENTS} are needed without `across`"))
    if query.by or query.environment or query.type or query.tag:
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
    return _json({"from": start, "to": end, "step": step, "series": points, "gaps": gaps, "overlaps": overlaps})


@router.get("/metrics", responses=responses(401))
async def list_metrics(services: Hub, user: Viewer) -> KnownMetrics:
    """List the metrics that agents send, for whoever writes a rule or a query."""
    found: dict[str, KnownMetric] = {}
    looked_at, complete = 0, True
    for series in services.latest.layouts(services.visibility.ids(user.scopes)):
        looked_at += len(series)
        if looked_at > _MAX_SERIES_LOOKED_AT:
            complete = False
            break
        for one in series:
            _note(found, one)
    return KnownMetrics(items=[found[name] for name in sorted(found)], complete=complete)


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


def _note(found: dict[str, KnownMetric], one: Series) -> None:
    metric = one.metric
    known = found.get(metric.name)
    if known is None:
        known = found[metric.name] = KnownMetric(
            metric=metric.name, unit=metric.unit, kind=metric.kind.name.lower(), labels={}
        )
    for key, value in one.labels:
        values = known.labels.setdefault(key, [])
        if len(values) < _MAX_VALUES and value not in values:
            values.append(value)


async def _read_across(
    query: SeriesQueryBody, across: Across, start: float, end: float, services: Services, who: Principal
) -> dict[str, object]:
    if not query.metric:
        raise InvalidError("Not valid: metric.", FieldError("metric", "one at least is needed with `across`"))
    chosen = _chosen(query, services, who)
    names = list(dict.fromkeys(query.by.split(","))) if query.by else []
    asked = query_across.AcrossQuery(
        list(chosen), tuple(query.metric), label_pairs(query.labels), start, end, query.points, query.agg, across
    )

    def keys_of(agent_id: int, series: Series) -> Sequence[tuple[str, ...]]:
        return list(product(*(_values(name, chosen[agent_id], series) for name in names)))

    answer = await query_across.read(services.database, asked, keys_of)
    groups = [_group(one, names, answer.tier) for one in answer.groups]
    return {"from": start, "to": end, "step": answer.step, "series": groups, "gaps": [], "overlaps": []}


def _chosen(query: SeriesQueryBody, services: Services, who: Principal) -> dict[int, Agent]:
    chosen = {}
    for agent_id in dict.fromkeys(query.agent or services.visibility.ids(who.scopes)):
        one = visible(services, who, agent_id).agent
        if (
            (not query.environment or one.environment in query.environment)
            and (not query.type or one.type in query.type)
            and (not query.tag or set(query.tag) & set(one.tags))
        ):
            chosen[agent_id] = one
    return chosen


def _values(name: str, agent: Agent, series: Series) -> Sequence[str]:
    """Return what a series has of one thing to group by: one text, or several for tags."""
    match name:
        case "agent":
            return (str(agent.id),)
        case "environment":
            return (agent.environment,)
        case "type":
            return (agent.type,)
        case "tag":
            return agent.tags or ("",)
    return (dict(series.labels).get(name.removeprefix("label:"), ""),)


def _group(one: query_across.Group, names: list[str], tier: str) -> dict[str, object]:
    return {
        "agent": None,
        "group": dict(zip(names, one.key, strict=True)),
        "members": one.members,
        "metric": one.metric.name,
        "labels": {},
        "unit": one.metric.unit,
        "kind": one.metric.kind.name.lower(),
        "tier": tier,
        "t": np.ascontiguousarray(one.time),
        "v": np.ascontiguousarray(one.value),
        "min": np.ascontiguousarray(one.minimum),
        "max": np.ascontiguousarray(one.maximum),
        "present": np.ascontiguousarray(one.present),
    }


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
