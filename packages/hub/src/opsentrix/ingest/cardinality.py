"""Which of an agent's new series find room, and who is told of those that find none."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Labels, Series

from opsentrix import log, selfmetrics
from opsentrix.ingest.errors import FrameRejectedError
from opsentrix.model.series import SeriesLimit

_SHOWN = 20
"""Agents that the hub's own metrics name: those with most new series."""
_EXPIRES_S = 1800.0
_log = log.get(__name__)


def with_room(new: Sequence[Series], room: int, present: Mapping[str, int]) -> list[Series]:
    """Return the new series that find room: those of metrics with few new series come first.

    Args:
        new: in the order of the layout.
        room: how many may be taken.
        present: how many series of each metric are new within the day already.
    """
    if room >= len(new):
        return list(new)
    counts = Counter(present) + Counter(one.metric.name for one in new)
    return sorted(new, key=lambda one: counts[one.metric.name])[: max(0, room)]


def most_varied(labels: Iterable[Iterable[tuple[str, str]]]) -> str:
    """Return the label key with most different values; empty when there are no labels."""
    values: dict[str, set[str]] = {}
    for pairs in labels:
        for key, value in pairs:
            values.setdefault(key, set()).add(value)
    return max(sorted(values), key=lambda key: len(values[key]), default="")


def too_wide(series: Iterable[tuple[str, Labels]], width: int, max_series: int) -> FrameRejectedError:
    """Return the refusal of a layout that has more series than an agent may have, naming what most of them are.

    Args:
        series: metric name and labels of each; no more of them are looked at than are allowed.
        width: how many there are.
        max_series: how many are allowed.
    """
    looked_at = list(islice(series, max_series))
    metric, count = Counter(name for name, _ in looked_at).most_common(1)[0] if looked_at else ("", 0)
    label = most_varied(labels for name, labels in looked_at if name == metric)
    return _refusal(f"has {width} series; at most {max_series} are allowed", metric, label, count)


def named(message: pb.Layout) -> Iterator[tuple[str, Labels]]:
    """Yield metric name and labels of a layout's series as they came, unchecked."""
    names = [metric.name for metric in message.metrics[: len(message.series)]]
    for one in message.series:
        name = names[one.metric] if one.metric < len(names) else ""
        yield name, tuple((pair.key, pair.value) for pair in one.labels)


def _refusal(what: str, metric: str, label: str, count: int) -> FrameRejectedError:
    by = f" by {label[:64]}" if label else ""
    detail = f"{what}; most of them, {count}, are {metric[:128]}{by}" if count else what
    return FrameRejectedError(pb.REJECT_REASON_TOO_MANY_SERIES, "frame.layout.series", detail)


class Offenders:
    """The agents that have more new series within a day than are taken: in the log, in /metrics, for the API."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._steady = steady
        self._known: dict[int, tuple[SeriesLimit, float]] = {}

    def note(self, agent_id: int, limit: SeriesLimit) -> None:
        """Note that an agent's new series found no room; it holds for half an hour after it was last noted."""
        before = self.of(agent_id)
        since = self._wall() if before is None else before.since
        self._known[agent_id] = replace(limit, since=since), self._steady()
        if before is None or (before.metric, before.label) != (limit.metric, limit.label):
            _log.warning(
                "too many new series", agent=agent_id, metric=limit.metric, label=limit.label, count=limit.count
            )
        self._show()

    def of(self, agent_id: int) -> SeriesLimit | None:
        """Return what an agent has too many of."""
        known = self._known.get(agent_id)
        if known is None:
            return None
        if self._steady() - known[1] > _EXPIRES_S:
            self.forget(agent_id)
            return None
        return known[0]

    def forget(self, agent_id: int) -> None:
        """Let go of an agent."""
        if self._known.pop(agent_id, None) is not None:
            self._show()

    def refusal(self, agent_id: int, max_series: int) -> FrameRejectedError:
        """Return the refusal of a layout none of whose series found room."""
        what = f"has new series only, and the agent has {max_series} new ones within a day already"
        limit = self.of(agent_id)
        return _refusal(what, *(("", "", 0) if limit is None else (limit.metric, limit.label, limit.count)))

    def _show(self) -> None:
        selfmetrics.SERIES_LIMITED_AGENTS.set(len(self._known))
        selfmetrics.SERIES_LIMITED.clear()
        most = sorted(self._known.items(), key=lambda item: item[1][0].count, reverse=True)[:_SHOWN]
        for agent_id, (limit, _) in most:
            selfmetrics.SERIES_LIMITED.labels(agent_id, limit.metric, limit.label).set(limit.count)
