"""Who is told: routes, and the escalations that they may name. Pure; the moment is an argument."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from opsentrix.model.notifications import Notice


class TargetKind(StrEnum):
    """What a route or a step may name."""

    CHANNEL = "channel"
    ESCALATION = "escalation"
    ROTA = "rota"


@dataclass(frozen=True, slots=True)
class Target:
    """A channel, an escalation, or whoever is on call."""

    kind: TargetKind
    id: int


@dataclass(frozen=True, slots=True)
class Hours:
    """Times of the week.

    Attributes:
        time_zone: IANA name.
        weekdays: on which they begin: 1 is Monday, 7 Sunday.
        begins: local time of day.
        ends: local time of day; not later than `begins` means on the next day.
    """

    time_zone: str
    weekdays: frozenset[int]
    begins: time
    ends: time

    def cover(self, now: datetime) -> bool:
        """Return whether a moment is within them."""
        local = now.astimezone(ZoneInfo(self.time_zone))
        clock, today = local.time().replace(tzinfo=None), local.isoweekday()
        yesterday = (local - timedelta(days=1)).isoweekday()
        if self.begins < self.ends:
            return today in self.weekdays and self.begins <= clock < self.ends
        return (today in self.weekdays and clock >= self.begins) or (yesterday in self.weekdays and clock < self.ends)


@dataclass(frozen=True, slots=True)
class Route:
    """Which notices go where; what is empty matches all.

    Attributes:
        labels: patterns with `*` and `?`, all of which must match the label of their name.
        severities: one of these.
        environments: the agents of at least one of these.
        tags: the agents have at least one of these.
        hours: within these times only.
        continues: whether the routes after it are looked at, too.
        default: the last one, for what no other route took.
    """

    id: int
    name: str
    targets: tuple[Target, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    severities: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    hours: Hours | None = None
    continues: bool = False
    enabled: bool = True
    default: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a route took a notice, and why."""

    route: Route
    taken: bool
    why: str


@dataclass(frozen=True, slots=True)
class Step:
    """What an escalation does so many minutes after its begin, if nobody acknowledged until then."""

    after_minutes: int
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Escalation:
    """Steps, in the order of time, and how often they are repeated.

    Attributes:
        repeats: how many rounds follow the first.
        pause_minutes: from the last step of a round to the first of the next.
    """

    id: int
    name: str
    steps: tuple[Step, ...]
    repeats: int = 0
    pause_minutes: int = 30

    def moment(self, number: int) -> timedelta | None:
        """Return how long after its begin the step of this number is, rounds counted on; None when all are over."""
        turn, index = divmod(number, len(self.steps))
        if turn > self.repeats:
            return None
        length = self.steps[-1].after_minutes + self.pause_minutes
        return timedelta(minutes=turn * length + self.steps[index].after_minutes)

    def step(self, number: int) -> Step:
        """Return the step of this number, rounds counted on."""
        return self.steps[number % len(self.steps)]


def verdicts(routes: Iterable[Route], notice: Notice, now: datetime) -> Iterator[Verdict]:
    """Yield for each route, the default one last, whether it takes a notice."""
    taken, stopped = False, False
    for route in sorted(routes, key=lambda one: one.default):
        if stopped or (route.default and taken):
            yield Verdict(route, taken=False, why="an earlier route took it")
            continue
        why = _against(route, notice, now)
        if why:
            yield Verdict(route, taken=False, why=why)
            continue
        taken, stopped = True, not route.continues
        yield Verdict(route, taken=True, why="no other route took it" if route.default else "all conditions hold")


def _against(route: Route, notice: Notice, now: datetime) -> str:
    """Return why a route does not take a notice; empty when it does."""
    if not route.enabled:
        return "it is off"
    if route.severities and notice.severity not in route.severities:
        return f"the severity is {notice.severity}, not {' or '.join(sorted(route.severities))}"
    for wanted, there, what in (
        (route.environments, notice.environments, "is of the environment"),
        (route.tags, notice.tags, "has the tag"),
    ):
        if wanted and wanted.isdisjoint(there):
            return f"no agent {what} {' or '.join(sorted(wanted))}"
    for name, pattern in route.labels.items():
        if not fnmatchcase(notice.labels.get(name, ""), pattern):
            return f"the label {name} is {notice.labels.get(name, '')!r}, not {pattern!r}"
    if route.hours is not None and not route.hours.cover(now):
        return "it is outside its hours"
    return ""
