"""Runbooks as trees: when something is to be done, what, and how to tell whether it helped.

Everything here is checked when it is made: a tree that exists is a runbook that can be followed. `runbook_json` and
`runbook_yaml` have the forms for programs and people, `runbook_labels` what `$label.NAME` stands for.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from opsentrix.model import runbook_labels
from opsentrix.model.quantities import write_duration
from opsentrix.model.recurrence import MAX_TEXT, Recurrence, RecurrenceError, moments
from opsentrix.model.rules import Condition, Count, Rule, Severity, parts
from opsentrix.model.runbook_errors import RunbookError, within
from opsentrix.model.runbook_labels import FromLabel
from opsentrix.model.selectors import Selector

MAX_STEPS, MAX_UNDO, MAX_TRIGGERS = 20, 5, 10
MAX_NAME, MAX_DESCRIPTION, MAX_RULE_NAME, MAX_ZONE = 100, 2000, 200, 64
MAX_PARAMS, MAX_VALUE_CHARS, MAX_PARAMS_CHARS = 32, 4096, 12 * 1024
"""Of one step; what agents and `POST /commands` take, with room for what stands for labels."""
MAX_TIMEOUT_S = 3600
DAY_S = 86_400
_ACTION = re.compile(r"[a-z][a-z0-9_]{0,31}(\.[a-z][a-z0-9_]{0,31})?")
_PARAM = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Mode(StrEnum):
    """What a runbook does when it is triggered: tell that it could, ask whether it may, or act."""

    SUGGEST = "suggest"
    APPROVE = "approve"
    AUTOMATIC = "automatic"


class AlertEventKind(StrEnum):
    """Which change of an alert triggers."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class AlertTrigger:
    """Alerts of rules whose name suits a glob; of all severities where none is named."""

    rule: str
    event: AlertEventKind = AlertEventKind.FIRING
    severities: tuple[Severity, ...] = ()

    def __post_init__(self) -> None:
        _check_text("alert", self.rule, MAX_RULE_NAME)
        if len(set(self.severities)) != len(self.severities):
            raise RunbookError("a severity stands there twice", "severity")


@dataclass(frozen=True, slots=True)
class ScheduleTrigger:
    """A recurrence (RFC 5545) that begins at a local time of a zone."""

    rrule: str
    starts: datetime
    zone: str

    def __post_init__(self) -> None:
        if len(self.rrule) > MAX_TEXT:
            raise RunbookError(f"has more than {MAX_TEXT} characters", "schedule")
        if self.starts.tzinfo is not None or self.starts.microsecond:
            raise RunbookError("is a local time to the second; its zone stands beside it", "starts")
        if not 1970 <= self.starts.year <= 2999:
            raise RunbookError("is not between the years 1970 and 2999", "starts")
        if not _known_zone(self.zone):
            raise RunbookError("is no time zone", "zone", hint="Europe/Berlin")
        try:
            soon = Recurrence.parse(self.rrule).occurs_soon(self.starts.date())
        except RecurrenceError as error:
            raise RunbookError(f"is not understood: {error}", "schedule", hint="FREQ=DAILY") from None
        if not soon:
            raise RunbookError("does not occur within ten years of its start", "schedule")

    def next_after(self, moment: datetime) -> datetime | None:
        """Return when it triggers first after a moment, in UTC; None for never."""
        return next(moments(self.rrule, self.starts, self.zone, moment), None)


Trigger = AlertTrigger | ScheduleTrigger


Value = str | int | bool | FromLabel


@dataclass(frozen=True, slots=True)
class Step:
    """One action with its parameters; `timeout_s` is 0 for the longest that the machine's policy allows."""

    action: str
    params: Mapping[str, Value] = field(default_factory=dict)
    timeout_s: int = 0

    def __post_init__(self) -> None:
        if not _ACTION.fullmatch(self.action):
            raise RunbookError("cannot be the name of an action", "action", hint="service.restart")
        if len(self.params) > MAX_PARAMS:
            raise RunbookError(f"has {len(self.params)} parameters; at most {MAX_PARAMS} are taken", "params")
        for name, value in self.params.items():
            if not _PARAM.fullmatch(name):
                raise RunbookError(f"{name[:80]!r} cannot be the name of a parameter", "params")
            _check_value(f"params.{name}", value)
        if sum(len(name) + len(str(value)) for name, value in self.params.items()) > MAX_PARAMS_CHARS:
            raise RunbookError(f"has more than {MAX_PARAMS_CHARS} characters in all", "params")
        _check_time("timeout", self.timeout_s, 0, MAX_TIMEOUT_S)

    def filled(self, labels: Mapping[str, str]) -> dict[str, str | int | bool]:
        """Return its parameters with the values of an alert's labels put in.

        Raises:
            MissingLabelError: the alert has no such label.
        """
        return {name: one.value(labels) if isinstance(one, FromLabel) else one for name, one in self.params.items()}


@dataclass(frozen=True, slots=True)
class AlertResolved:
    """What is expected where the condition of the alert that triggered must not hold any more."""


Expectation = Rule | AlertResolved


@dataclass(frozen=True, slots=True)
class Limits:
    """How often; times in seconds."""

    cooldown_s: int = 600
    per_hour: int = 6
    fleet_per_hour: int = 20
    at_once: int = 5

    def __post_init__(self) -> None:
        _check_time("cooldown", self.cooldown_s, 0, 7 * DAY_S)
        _check_number("per_hour", self.per_hour, 1, 600)
        _check_number("fleet_per_hour", self.fleet_per_hour, 1, 10_000)
        _check_number("at_once", self.at_once, 1, 10_000)


@dataclass(frozen=True, slots=True)
class Breaker:
    """After how many runs that did not help a runbook stops itself, within how many seconds on one machine."""

    after: int = 3
    within_s: int = 3600

    def __post_init__(self) -> None:
        _check_number("after", self.after, 1, 100)
        _check_time("within", self.within_s, 60, 7 * DAY_S)


@dataclass(frozen=True, slots=True)
class Runbook:
    """What a runbook says.

    Attributes:
        selector: on which machines it may act.
        when: what must hold before; a rule without selector, clear and keep.
        expect: what must hold after.
        within_s: how long after the last step that may take.
        worse: what must not come about.
        undo: steps for when one failed after another began, or it is worse.
        approve_within_s: how long a suggestion, or a wait for approval, lasts.
    """

    name: str
    steps: tuple[Step, ...]
    description: str = ""
    mode: Mode = Mode.SUGGEST
    selector: Selector = field(default_factory=Selector)
    triggers: tuple[Trigger, ...] = ()
    when: Rule | None = None
    expect: Expectation | None = None
    within_s: int = 120
    worse: Rule | None = None
    undo: tuple[Step, ...] = ()
    limits: Limits = field(default_factory=Limits)
    breaker: Breaker = field(default_factory=Breaker)
    approve_within_s: int = 3600

    def next_after(self, moment: datetime) -> datetime | None:
        """Return when a schedule triggers it first after a moment, in UTC; None for never."""
        found = (one.next_after(moment) for one in self.triggers if isinstance(one, ScheduleTrigger))
        return min(filter(None, found), default=None)

    @property
    def labels(self) -> frozenset[str]:
        """The names of the labels without which nothing of it can be done."""
        steps = (*self.steps, *self.undo)
        in_params = {one.name for step in steps for one in step.params.values() if isinstance(one, FromLabel)}
        return frozenset(in_params.union(*(runbook_labels.needed(rule.condition) for rule in self._conditions())))

    def _conditions(self) -> Iterator[Rule]:
        yield from (one for one in (self.when, self.expect, self.worse) if isinstance(one, Rule))

    def __post_init__(self) -> None:
        _check_text("name", self.name, MAX_NAME)
        _check_description(self.description)
        _check_count("steps", self.steps, 1, MAX_STEPS)
        _check_count("undo", self.undo, 0, MAX_UNDO)
        _check_count("triggers", self.triggers, 0, MAX_TRIGGERS)
        _check_time("within", self.within_s, 1, 6 * 3600)
        _check_time("approve_within", self.approve_within_s, 60, 7 * DAY_S)
        for path, rule in (("when", self.when), ("expect", self.expect), ("worse", self.worse)):
            if isinstance(rule, Rule):
                _check_condition(path, rule)
        for path, rule in (("expect", self.expect), ("worse", self.worse)):
            if isinstance(rule, Rule) and rule.for_s >= self.within_s:
                lasts = write_duration(rule.for_s)
                raise RunbookError(f"{path} needs {lasts}, and no more is given; it could never be seen", "within")


def _check_text(path: str, text: str, most: int) -> None:
    if not text or text != text.strip() or not text.isprintable():
        raise RunbookError("is empty, begins or ends with a space, or has control characters", path)
    if len(text) > most:
        raise RunbookError(f"has {len(text)} characters; at most {most} are taken", path)


def _check_description(text: str) -> None:
    lines = text.split("\n")
    if not all(line.isprintable() and line == line.rstrip() for line in lines) or text != text.strip():
        raise RunbookError(
            "begins with a space, has one at the end of a line, or has control characters", "description"
        )
    if len(text) > MAX_DESCRIPTION:
        raise RunbookError(f"has {len(text)} characters; at most {MAX_DESCRIPTION} are taken", "description")


def _check_value(path: str, value: Value) -> None:
    if isinstance(value, str) and (len(value) > MAX_VALUE_CHARS or not value.isprintable()):
        raise RunbookError(f"has more than {MAX_VALUE_CHARS} characters, or control characters", path)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise RunbookError("is a number that no action takes", path)


def _check_number(path: str, number: int, least: int, most: int) -> None:
    if not least <= number <= most:
        raise RunbookError(f"is out of bounds; {least} to {most} is taken", path)


def _check_time(path: str, seconds: int, least: int, most: int) -> None:
    if not least <= seconds <= most:
        told = f"{write_duration(least)} to {write_duration(most)}"
        raise RunbookError(f"is out of bounds; {told} is taken", path)


def _check_count(path: str, given: Collection[object], least: int, most: int) -> None:
    if not least <= len(given) <= most:
        raise RunbookError(f"has {len(given)} entries; {least} to {most} are taken", path)


def _check_condition(path: str, rule: Rule) -> None:
    """Check that a rule is about the one machine on which the runbook is at work, and is nothing but a condition."""
    if any(isinstance(one, Count) for one in _all_of(rule.condition)):
        raise RunbookError("counts agents; a runbook is at work on one", path)
    if rule.selector.matchers:
        raise RunbookError("chooses agents; `on` of the runbook does that", path)
    if rule.clear is not None or rule.keep_s:
        raise RunbookError("has clear or keep, which are for alerts", path)
    within(path, lambda: runbook_labels.check_condition(rule.condition))


def _all_of(condition: Condition) -> list[Condition]:
    return [condition, *(deeper for one in parts(condition) for deeper in _all_of(one))]


def _known_zone(name: str) -> bool:
    try:
        return len(name) <= MAX_ZONE and ZoneInfo(name).key == name
    except (ValueError, OSError, KeyError):
        return False
