"""Series of many agents over time, put together by groups: the mean CPU of each environment, or of all."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.catalogue import Labels, Metric, Series

from opsentrix.db import Database
from opsentrix.errors import FieldError, InvalidError
from opsentrix.model.series import Across, Aggregation
from opsentrix.model.tiers import SECOND, Tier
from opsentrix.query import rolled
from opsentrix.query.grid import Buckets, Grid, bucket_step, combine
from opsentrix.query.series import lead_ms, tier_for, windows
from opsentrix.query.stored import Stored, fetch_samples, samples_of
from opsentrix.storage import series

MAX_GROUPS = 500
MAX_RANKED_GROUPS = 20_000
"""Groups of which the highest or the lowest alone are answered."""
_MAX_POINTS = 2_000_000
"""Groups times points that are held at once: 100 MB. Of more groups there are fewer points."""
_MAX_ROWS = 500_000
"""Rows of a tier that one query may read."""
_MAX_MEMBER_POINTS = 20_000_000
"""Series times points that are held at once for percentiles: 160 MB."""
_AGENTS_AT_ONCE = 25
_AT_ONCE = 2
"""While one part is decoded, PostgreSQL reads the next."""

Key = tuple[str, ...]
"""What a group has in common, one text for each way to group by."""
KeysOf = Callable[[int, Series], Sequence[Key]]
"""Returns the groups that a series of an agent belongs to."""


@dataclass(frozen=True, slots=True)
class AcrossQuery:
    """What is asked of many agents.

    Attributes:
        metrics: metric names, one at least.
        labels: pairs that a series must have; it may have others too.
        start: Unix seconds, inclusive.
        end: Unix seconds, inclusive.
        points: how many points at most.
        aggregation: how the samples of one series become a point.
        across: how the points of a group's series become one.
        max_groups: of more groups the query is refused.
    """

    agent_ids: Sequence[int]
    metrics: tuple[str, ...]
    labels: Labels
    start: float
    end: float
    points: int
    aggregation: Aggregation
    across: Across
    max_groups: int = MAX_GROUPS


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One line of the answer.

    Attributes:
        members: how many series are in it.
        time: float64[points], Unix seconds; points where no member has a value are left out.
        value: float64[points].
        minimum: float64[points], of the samples of all members; `maximum` likewise.
        present: int64[points], how many members have a value.
    """

    key: Key
    metric: Metric
    members: int
    time: NDArray[np.float64]
    value: NDArray[np.float64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    present: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class AcrossAnswer:
    """Groups in the order of their keys, the time between points in seconds, and the tier read."""

    groups: list[Group]
    step: float
    tier: str


async def read(database: Database, query: AcrossQuery, keys_of: KeysOf) -> AcrossAnswer:
    """Answer a query. Decoding runs in threads, so that the event loop stays free.

    Raises:
        InvalidError: it would have too many groups, or read too much.
    """
    async with database.connection() as connection:
        found = await series.of_agents(connection, query.agent_ids, query.metrics, query.labels)
    grouping = _Grouping.of(found, keys_of)
    found = [one for one, groups in zip(found, grouping.groups_of, strict=True) if groups]
    if len(grouping.keys) > query.max_groups:
        detail = f"makes {len(grouping.keys)} groups; at most {query.max_groups} are allowed"
        raise InvalidError("The answer would have too many groups.", FieldError("by", detail))
    points = min(query.points, _MAX_POINTS // max(1, len(grouping.keys)))
    step_ms = round(bucket_step(query.start, query.end, points) * 1000)
    tier = tier_for(step_ms)
    gathered = _Gathered(query, grouping, step_ms)
    parts = list(_parts([(agent_id, series_id) for agent_id, series_id, _ in found]))
    agents = len({agent_id for agent_id, _, _ in found})
    rows = agents * ((query.end - query.start) * 1000 / tier.row_ms + 1)
    if rows > _MAX_ROWS:
        detail = f"reads about {rows:.0f} rows; at most {_MAX_ROWS} are read for one answer"
        raise InvalidError(
            "The query would read too much.", FieldError("from", f"{detail}: ask for less time or fewer")
        )
    turn = asyncio.Semaphore(_AT_ONCE)

    async def add(first_member: int, pairs: list[tuple[int, int]]) -> None:
        async with turn:
            await _add(database, tier, first_member, pairs, gathered)

    async with asyncio.TaskGroup() as tasks:
        for first_member, pairs in parts:
            tasks.create_task(add(first_member, pairs))
    return AcrossAnswer(await asyncio.to_thread(gathered.groups), step_ms / 1000, tier.name)


def ranked(groups: Sequence[Group], count: int, *, lowest: bool = False) -> list[Group]:
    """Return so many groups at most, from that of the highest mean of its points on, or of the lowest."""

    def mean(one: Group) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            value = float(np.mean(one.value))
        return value if lowest else -value

    means = np.array([mean(one) for one in groups])
    return [groups[at] for at in np.argsort(means, kind="stable")[:count].tolist()]  # NaN comes last


def _parts(pairs: list[tuple[int, int]]) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Yield (place of the first, pairs) of some agents at a time; pairs of (agent, series) stand by agents."""
    part: list[tuple[int, int]] = []
    agents: set[int] = set()
    first = 0
    for at, pair in enumerate(pairs):
        if pair[0] not in agents and len(agents) == _AGENTS_AT_ONCE:
            yield first, part
            first, part, agents = at, [], set()
        part.append(pair)
        agents.add(pair[0])
    if part:
        yield first, part


async def _add(
    database: Database, tier: Tier, first_member: int, pairs: list[tuple[int, int]], gathered: "_Gathered"
) -> None:
    """Read some agents, window by window."""
    if tier is not SECOND:
        members = rolled.Members(pairs)
        for first_ms, last_ms in gathered.windows(tier, len(pairs)):
            async with database.snapshot() as connection:
                found = await rolled.fetch(connection, tier, members, first_ms - gathered.lead_ms, last_ms)
            await asyncio.to_thread(gathered.add, found.buckets, first_member, len(pairs), (first_ms, last_ms))
        return
    of_agent = {agent: [series_id for _, series_id in mine] for agent, mine in groupby(pairs, lambda pair: pair[0])}
    for first_ms, last_ms in gathered.windows(tier, len(pairs)):
        async with database.snapshot() as connection:
            stored = await fetch_samples(connection, of_agent, first_ms - gathered.lead_ms, last_ms)
        await asyncio.to_thread(_add_samples, gathered, stored, first_member, (first_ms, last_ms))


def _add_samples(gathered: "_Gathered", stored: list[Stored], first_member: int, span_ms: tuple[int, int]) -> None:
    for one in stored:
        if one.frames or one.rows:
            gathered.add(Buckets.of(samples_of(one)), first_member, len(one.series_ids), span_ms)
        first_member += len(one.series_ids)


@dataclass(frozen=True, slots=True)
class _Grouping:
    """Which series belong to which groups.

    Attributes:
        keys: of each group, with its metric.
        members: of each group, how many series it has.
        groups_of: of each series that was found, the places of its groups.
    """

    keys: list[tuple[Key, Metric]]
    members: list[int]
    groups_of: list[list[int]]

    @classmethod
    def of(cls, found: Sequence[tuple[int, int, Series]], keys_of: KeysOf) -> "_Grouping":
        """Return the groups of series that come as (agent, number, series)."""
        places: dict[tuple[Key, Metric], int] = {}
        groups_of = [
            [places.setdefault((key, one.metric), len(places)) for key in keys_of(agent_id, one)]
            for agent_id, _, one in found
        ]
        members = [0] * len(places)
        for groups in groups_of:
            for at in groups:
                members[at] += 1
        return cls(list(places), members, groups_of)


class _Gathered:
    """What was read so far, by group."""

    def __init__(self, query: AcrossQuery, grouping: _Grouping, step_ms: int) -> None:
        self._query = query
        self._step_ms = step_ms
        self.lead_ms = lead_ms(query.aggregation, step_ms)
        self._first = round(query.start * 1000) // step_ms
        self._points = round(query.end * 1000) // step_ms - self._first + 1
        self._keys = grouping.keys
        self._members = grouping.members
        self._groups_of = [groups for groups in grouping.groups_of if groups]
        self._check_size()
        shape = (len(self._keys), self._points)
        self._total = np.zeros(shape)
        self._present = np.zeros(shape, np.int64)
        self._value_low, self._value_high = np.full(shape, np.inf), np.full(shape, -np.inf)
        self._low, self._high = np.full(shape, np.inf), np.full(shape, -np.inf)
        self._rows: list[dict[int, NDArray[np.float64]]] = [{} for _ in self._keys]
        self._adding = threading.Lock()

    def windows(self, tier: Tier, series_count: int) -> Iterator[tuple[int, int]]:
        """Yield the (first, last) of each part of the time, Unix ms."""
        return windows(self._query.start, self._query.end, self._step_ms, tier, series_count)

    def add(self, buckets: Buckets, first_member: int, members: int, span_ms: tuple[int, int]) -> None:
        """Add the buckets of some neighbouring members over a part of the time; threads may call it."""
        grid = combine(buckets, members, span_ms, self._step_ms, self._query.aggregation)
        begin = grid.first_ms // self._step_ms - self._first
        with self._adding:
            for row in range(members):
                self._add_row(first_member + row, slice(begin, begin + grid.value.shape[1]), grid, row)

    @np.errstate(over="ignore", invalid="ignore")  # a sum beyond all numbers is infinite, and null in the answer
    def _add_row(self, member: int, part: slice, grid: Grid, row: int) -> None:
        value = grid.value[row]
        some = ~np.isnan(value)
        for group in self._groups_of[member]:
            self._present[group, part] += some
            np.add(self._total[group, part], value, out=self._total[group, part], where=some)
            for into, one, choose in (
                (self._value_low, value, np.fmin),
                (self._value_high, value, np.fmax),
                (self._low, grid.minimum[row], np.fmin),
                (self._high, grid.maximum[row], np.fmax),
            ):
                choose(into[group, part], one, out=into[group, part])
            if self._query.across.quantile is not None:
                whole = self._rows[group].setdefault(member, np.full(self._points, np.nan))
                whole[part] = value

    def groups(self) -> list[Group]:
        """Return the groups that have a value anywhere."""
        time = (self._first + np.arange(self._points)) * self._step_ms / 1000
        time[0] = max(time[0], self._query.start)
        answer = []
        for at, (key, metric) in enumerate(self._keys):
            some = np.flatnonzero(self._present[at])
            if some.size:
                answer.append(
                    Group(
                        key, metric, self._members[at], time[some], self._value(at, some), self._low[at, some],
                        self._high[at, some], self._present[at, some],
                    )
                )  # fmt: skip
        return sorted(answer, key=lambda one: (one.metric.name, one.key))

    @np.errstate(invalid="ignore")
    def _value(self, at: int, some: NDArray[np.intp]) -> NDArray[np.float64]:
        across, value = self._query.across, self._total[at, some]
        if across.quantile is not None:
            rows = np.array(list(self._rows[at].values()))[:, some]
            return np.asarray(np.nanquantile(rows, across.quantile, axis=0), np.float64)
        match across:
            case Across.MIN:
                value = self._value_low[at, some]
            case Across.MAX:
                value = self._value_high[at, some]
            case Across.COUNT:
                value = self._present[at, some].astype(np.float64)
            case Across.AVG:
                value = value / self._present[at, some]
        return np.asarray(value, np.float64)

    def _check_size(self) -> None:
        if self._query.across.quantile is not None and sum(self._members) * self._points > _MAX_MEMBER_POINTS:
            detail = f"of {sum(self._members)} series with so many points cannot be held; ask for fewer points"
            raise InvalidError("The query would need too much memory.", FieldError("across", f"percentiles {detail}"))
