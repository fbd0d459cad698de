"""Series of many agents put together, as the API answers them."""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import orjson
from opsentrix_protocol.catalogue import Series

from opsentrix.api.auth import visible
from opsentrix.api.fields import label_pairs
from opsentrix.api.series_query import SeriesQueryBody
from opsentrix.api.services import Services
from opsentrix.errors import FieldError, InvalidError
from opsentrix.model.access import Principal
from opsentrix.model.agents import Agent
from opsentrix.model.series import Across
from opsentrix.query import across as query_across


async def read(
    query: SeriesQueryBody, across: Across, start: float, end: float, services: Services, who: Principal
) -> dict[str, object]:
    """Answer a query with `across`, as `SeriesAnswerView` has it.

    Raises:
        InvalidError: what is asked makes no sense, would be too much, or makes too many groups.
    """
    names = list(dict.fromkeys(query.by.split(","))) if query.by else []
    ranked = query.top or query.bottom
    _check(query)
    chosen = _chosen(query, services, who)
    asked = query_across.AcrossQuery(
        list(chosen), tuple(query.metric), label_pairs(query.labels), start, end, query.points, query.agg, across,
        query_across.MAX_GROUPS if ranked is None else query_across.MAX_RANKED_GROUPS,
    )  # fmt: skip
    answer = await query_across.read(services.database, asked, _keys_of(chosen, names, _wanted(query.group, names)))
    groups = answer.groups
    if ranked is not None:
        groups = query_across.ranked(groups, ranked, lowest=query.top is None)
    return {
        "from": start, "to": end, "step": answer.step, "groups": len(answer.groups),
        "series": [_group(one, names, answer.tier) for one in groups], "gaps": [], "overlaps": [],
    }  # fmt: skip


def _check(query: SeriesQueryBody) -> None:
    if not query.metric:
        raise InvalidError("Not valid: metric.", FieldError("metric", "one at least is needed with `across`"))
    if query.top is not None and query.bottom is not None:
        raise InvalidError("Not valid: bottom.", FieldError("bottom", "cannot be given together with `top`"))
    if (query.top is not None or query.bottom is not None) and len(query.metric) > 1:
        raise InvalidError("Not valid: metric.", FieldError("metric", "groups of one metric alone can be ranked"))


def _wanted(groups: Sequence[str], names: Sequence[str]) -> frozenset[tuple[str, ...]] | None:
    """Return the keys of the groups that are asked for; None for all."""
    if not groups:
        return None
    keys = set()
    for text in groups:
        try:
            values = orjson.loads(text)
        except orjson.JSONDecodeError:
            values = None
        if not (isinstance(values, list) and len(values) == len(names) and all(isinstance(one, str) for one in values)):
            detail = f"has {text[:64]!r}; a JSON list of {len(names)} texts is needed, one for each name in `by`"
            raise InvalidError("Not valid: group.", FieldError("group", detail))
        keys.add(tuple(values))
    return frozenset(keys)


def _keys_of(
    chosen: dict[int, Agent], names: Sequence[str], wanted: frozenset[tuple[str, ...]] | None
) -> Callable[[int, Series], Sequence[tuple[str, ...]]]:
    def keys_of(agent_id: int, series: Series) -> Sequence[tuple[str, ...]]:
        keys = product(*(_values(name, chosen[agent_id], series) for name in names))
        return [one for one in keys if wanted is None or one in wanted]

    return keys_of


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


def _group(one: query_across.Group, names: Sequence[str], tier: str) -> dict[str, object]:
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
