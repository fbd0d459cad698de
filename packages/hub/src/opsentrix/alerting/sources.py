"""The series that rules look at: which they are, and the newest sample of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.catalogue import Labels, Series

from opsentrix.alerting.agents import AHEAD_S, Shift
from opsentrix.alerting.operands import STAT_OF, Changed, Forecasted, Newest, Operand, Windowed
from opsentrix.alerting.rings import BUCKETS, Ring, Stat, first_of_each
from opsentrix.alerting.table import Flags, Floats, Rows, Table
from opsentrix.model import rules


@dataclass(frozen=True, slots=True)
class Whole:
    """What a metric that is split by a label means where a rule does not name that label.

    Attributes:
        label: which label.
        value: the part that decides.
        rest: whether the whole is what that part leaves of 1.
        without: a label that splits it further and is left out, unless the rule names it.
    """

    label: str
    value: str
    rest: bool = False
    without: str = ""


WHOLES: Mapping[str, Whole] = {
    "system.cpu.utilization": Whole("state", "idle", rest=True, without="cpu"),
    "system.memory.utilization": Whole("state", "used"),
    "system.paging.utilization": Whole("state", "used"),
}
"""Shares whose parts sum to 1: 'above 90 %' is said of what is used, and must not be heard of what is idle."""


class Place(NamedTuple):
    """Where the samples of one target stand in a layout.

    Attributes:
        labels: of the target.
        at: place of the series.
        per: place of the series that it is divided by, or -1.
        rest: whether the value is what the series leaves of 1.
    """

    labels: Labels
    at: int
    per: int = -1
    rest: bool = False


class Rolled(NamedTuple):
    """What is known of samples that are means of others: of each, what it stands for.

    Attributes:
        newest: what a rule about the newest value looks at.
        low: the lowest sample behind it; `high` likewise.
        counts: how many samples.
    """

    newest: Floats
    low: Floats
    high: Floats
    counts: NDArray[np.int64]

    def of(self, which: "Flags | Rows | slice") -> "Rolled":
        """Return some of them."""
        return Rolled(self.newest[which], self.low[which], self.high[which], self.counts[which])


class LookBack(NamedTuple):
    """What rules look at of a source's past.

    Attributes:
        reach_s: how far, in seconds.
        grain_s: how close to each other samples must be for what was a period ago to be found.
    """

    reach_s: float
    grain_s: float


ByMetric = Mapping[str, Sequence[tuple[int, Series]]]


def places(metric: rules.Metric, listed: ByMetric) -> list[Place]:
    """Return where the series that a rule means stand; `listed` are a layout's by metric, with their places."""
    found = [one for at, series in listed.get(metric.name, ()) if (one := _place(metric, at, dict(series.labels)))]
    if metric.per is None:
        return found
    divisors = places(metric.per, listed)
    return [
        one._replace(per=by.at)
        for one in found
        if (by := next((by for by in divisors if set(by.labels) <= set(one.labels)), None)) and not by.rest
    ]


def _place(metric: rules.Metric, at: int, labels: dict[str, str]) -> Place | None:
    whole = WHOLES.get(metric.name)
    named = {one.key for one in metric.matchers}
    rest = False
    if whole is not None and whole.label in labels and whole.label not in named:
        if labels[whole.label] != whole.value or (whole.without in labels and whole.without not in named):
            return None
        rest = whole.rest
        del labels[whole.label]
    return Place(tuple(sorted(labels.items())), at, rest=rest) if metric.accepts(labels) else None


class Source:
    """All series that one way of choosing them finds, a row each; and what rules compute of them.

    Attributes:
        agent: the agents' row of each row.
        time: of the newest sample, Unix seconds.
    """

    def __init__(self, number: int, metric: rules.Metric) -> None:
        self.number = number
        self.metric = metric
        self.table = Table()
        self.agent = self.table.column(np.int64, 0)
        self.time = self.table.column(np.float64, -np.inf)
        self.value = self.table.column(np.float64, np.nan)
        self.shifts: list[Shift] = []
        self._rings: dict[tuple[float, Stat], Ring] = {}
        self._operands: dict[rules.Operand, Operand] = {metric: Newest(self.value)}
        self._users: dict[rules.Operand, int] = {}

    @property
    def every_tick(self) -> bool:
        """Whether every sample is needed, not only the newest."""
        return bool(self._rings)

    @property
    def unused(self) -> bool:
        """Whether no rule needs it."""
        return not self._users

    def use(self, operand: rules.Operand) -> None:
        """Compute an operand, once for all rules that have it, until `unuse` gives it back."""
        self._users[operand] = self._users.get(operand, 0) + 1
        self._operand(operand)

    def peek(self, operand: rules.Operand) -> Operand:
        """Return what computes an operand that is in use."""
        return self._operands[operand]

    def unuse(self, operand: rules.Operand) -> None:
        """Give an operand back; what nobody needs any more is dropped."""
        self._users[operand] -= 1
        if self._users[operand]:
            return
        del self._users[operand]
        needed = {one for user in self._users for one in _with_parts(user)}
        for one in [one for one in self._operands if one not in needed and one != self.metric]:
            self._operands.pop(one).drop()
        rings = {_ring_key(one) for one in needed if isinstance(one, rules.Window | rules.Forecast)}
        for key in [key for key in self._rings if key not in rings]:
            self._rings.pop(key).drop()

    def take(
        self, rows: Rows, times: Floats, values: Floats, now: float, stale_s: Floats, rolled: Rolled | None = None
    ) -> None:
        """Take samples, those of each row side by side and in the order of time; Unix seconds.

        Args:
            rows: of each sample.
            times: of each; those not newer than what is known are left out.
            values: finite.
            now: the hub's clock.
            stale_s: of each agent, what is a gap.
            rolled: where samples are means of others.
        """
        starts = first_of_each(rows)
        if not (times[starts] > self.time.data[rows[starts]]).all():
            new = self._newer(rows, times, now)
            rows, times, values = rows[new], times[new], values[new]
            rolled = None if rolled is None else rolled.of(new)
            starts = first_of_each(rows)
        if not rows.size:
            return
        self._put(rows, starts, times, values if rolled is None else rolled.newest, stale_s)
        self._derive(rows, starts, times, values, rolled)

    def _put(self, rows: Rows, starts: Rows, times: Floats, values: Floats, stale_s: Floats) -> None:
        """Note the newest samples, which are newer than what is known."""
        self._jumped(rows[starts], times[starts], stale_s)
        ends = np.append(starts[1:], rows.size) - 1
        self.time.data[rows[ends]] = times[ends]
        self.value.data[rows[ends]] = values[ends]

    def _newer(self, rows: Rows, times: Floats, now: float) -> Flags:
        """Return what is newer than what is known, or that of a clock that has been set back since."""
        known = self.time.data[rows]
        back = (known > now + AHEAD_S) & (times < known)
        for ring in self._rings.values() if back.any() else ():
            ring.reset(rows[back])
        return np.asarray((times > known) | back, np.bool_)

    @property
    def look_back(self) -> LookBack:
        """How far back windows, periods and forecasts look, and how exactly."""
        periods = [one.period_s for one in self._users if isinstance(one, rules.Change)]
        return LookBack(
            max((rules.reach_s(one) for one in self._users), default=0.0), min(periods, default=np.inf) / BUCKETS
        )

    def refill(self, rows: Rows, times: Floats, values: Floats, rolled: Rolled | None) -> None:
        """Put history into windows in the place of what is in them; it is judged only once newer samples come.

        Args:
            rows: of each sample; those of each row side by side and in the order of time.
            times: Unix seconds.
            values: finite.
            rolled: where samples are means of others.
        """
        distinct = rows[first_of_each(rows)]
        for ring in self._rings.values():
            ring.reset(distinct)
        if not any(isinstance(one, rules.Change) for one in self._operands):
            self._derive(rows, first_of_each(rows), times, values, rolled)
            return
        newest = self.value.data[distinct]
        order = np.argsort(times, kind="stable")  # what something was a period ago is kept moment by moment
        edges = np.flatnonzero(np.diff(times[order])) + 1
        for which in np.split(order, edges):
            part = None if rolled is None else rolled.of(which)
            self.value.data[rows[which]] = values[which]
            self._derive(rows[which], np.arange(which.size), times[which], values[which], part)
        self.value.data[distinct] = newest

    def _derive(self, rows: Rows, starts: Rows, times: Floats, values: Floats, rolled: Rolled | None = None) -> None:
        for ring in self._rings.values():
            if rolled is None:
                ring.add(rows, starts, times, values)
            elif ring.stat is Stat.MEAN:
                ring.add(rows, starts, times, values, rolled.counts)
            else:
                ring.add(rows, starts, times, {Stat.LOW: rolled.low, Stat.HIGH: rolled.high}.get(ring.stat, values))
        if len(self._operands) > 1:
            ends = np.append(starts[1:], rows.size) - 1
            for operand in self._operands.values():
                operand.refresh(rows[ends], times[ends])

    def _jumped(self, rows: Rows, times: Floats, stale_s: Floats) -> None:
        before = self.time.data[rows]
        steps = times - before
        jumped = ((steps > stale_s[self.agent.data[rows]]) | (steps < 0)) & np.isfinite(before)
        if jumped.any():
            for shift in self.shifts:
                shift(rows[jumped], before[jumped], times[jumped])

    def _operand(self, operand: rules.Operand) -> Operand:
        known = self._operands.get(operand)
        if known is not None:
            return known
        made: Operand
        match operand:
            case rules.Change():
                made = Changed(self.table, self._operand(operand.operand), operand.period_s)
            case rules.Forecast():
                made = Forecasted(self.table, self._ring(operand), operand.horizon_s)
            case rules.Window():
                if operand.function == "last":
                    made = Newest(self.value)
                else:
                    made = Windowed(self.table, self._ring(operand), operand.function, operand.quantile)
            case _:
                made = Newest(self.value)
        self._operands[operand] = made
        return made

    def _ring(self, operand: rules.Window | rules.Forecast) -> Ring:
        key = _ring_key(operand)
        ring = self._rings.get(key)
        if ring is None:
            ring = self._rings[key] = Ring(self.table, *key)
        return ring


def _ring_key(operand: rules.Window | rules.Forecast) -> tuple[float, Stat]:
    if isinstance(operand, rules.Forecast):
        return operand.window_s, Stat.MEAN
    return operand.seconds, STAT_OF.get(operand.function, Stat.MEAN)


def _with_parts(operand: rules.Operand) -> list[rules.Operand]:
    return [operand, operand.operand] if isinstance(operand, rules.Change) else [operand]
