"""The form of runbooks for programs: JSON to tree and back, with the words of the YAML form.

Conditions, `on` and lengths of time are texts, as people write them. What is left out is as in `Runbook`; what is
written leaves out nothing that a later hub could take otherwise, so its SHA-256 stands for what the runbook does.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from difflib import get_close_matches
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar

import orjson

from opsentrix.model import rule_format, rule_text, runbook_labels
from opsentrix.model.quantities import Dimension, RuleError, write_duration
from opsentrix.model.rules import Rule, Severity
from opsentrix.model.runbook_errors import RunbookError, within
from opsentrix.model.runbooks import (
    MAX_PARAMS,
    AlertEventKind,
    AlertResolved,
    AlertTrigger,
    Breaker,
    Expectation,
    Limits,
    Mode,
    Runbook,
    ScheduleTrigger,
    Step,
    Trigger,
    Value,
)
from opsentrix.model.selectors import Selector

Json = dict[str, Any]
RESOLVED = "alert resolved"
"""What `expect` says where the alert's own condition must not hold any more."""
FIELDS = (
    "name", "description", "mode", "on", "triggers", "when", "steps", "expect", "within", "worse", "undo", "limits",
    "breaker", "approve_within",
)  # fmt: skip
"""In the order in which they are written."""
_PLAIN = Runbook("plain", (Step("script"),))
"""Has what is meant where nothing is said."""
_MOST = 64
"""Entries of a list that are looked at; each list has its own bound in `runbooks`."""
_DURATION = re.compile(r"([0-9]{1,9})(s|m|h|d)")
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_BARE_LABEL = re.compile(r"\$label\.[a-zA-Z_][a-zA-Z0-9_.-]{0,63}")
_Word = TypeVar("_Word", Mode, AlertEventKind, Severity)
_Part = TypeVar("_Part")


def to_json(runbook: Runbook) -> Json:
    """Return a runbook as what `json.dumps` takes, its fields in the order in which people read them."""
    said: Json = {"name": runbook.name}
    if runbook.description:
        said["description"] = runbook.description
    said["mode"] = runbook.mode.value
    if runbook.selector.matchers:
        said["on"] = rule_format.write_selector(runbook.selector)
    if runbook.triggers:
        said["triggers"] = [_trigger_out(one) for one in runbook.triggers]
    if runbook.when is not None:
        said["when"] = rule_format.write(runbook.when)
    said["steps"] = [_step_out(one) for one in runbook.steps]
    if runbook.expect is not None:
        said["expect"] = RESOLVED if isinstance(runbook.expect, AlertResolved) else rule_format.write(runbook.expect)
    said["within"] = write_duration(runbook.within_s)
    if runbook.worse is not None:
        said["worse"] = rule_format.write(runbook.worse)
    if runbook.undo:
        said["undo"] = [_step_out(one) for one in runbook.undo]
    limits, breaker = runbook.limits, runbook.breaker
    said["limits"] = {
        "cooldown": write_duration(limits.cooldown_s), "per_hour": limits.per_hour,
        "fleet_per_hour": limits.fleet_per_hour, "at_once": limits.at_once,
    }  # fmt: skip
    said["breaker"] = {"after": breaker.after, "within": write_duration(breaker.within_s)}
    said["approve_within"] = write_duration(runbook.approve_within_s)
    return said


def digest(runbook: Runbook) -> bytes:
    """Return the SHA-256 (32 bytes) of what a runbook says, whichever way it was written."""
    return sha256(orjson.dumps(to_json(runbook), option=orjson.OPT_SORT_KEYS)).digest()


def from_json(given: object) -> Runbook:
    """Return the runbook that `json.loads` gave.

    Raises:
        RunbookError: it is none; the error says which part is wrong.
    """
    top = _Fields(given, FIELDS, ("name", "steps"))
    return Runbook(
        name=top.must("name", _text),
        description=top.read("description", _lines, ""),
        mode=top.read("mode", _word(Mode), _PLAIN.mode),
        selector=top.read("on", _selector, _PLAIN.selector),
        triggers=top.read("triggers", _items(_trigger), ()),
        when=top.read("when", _condition, None),
        steps=top.must("steps", _items(_step)),
        expect=top.read("expect", _expectation, None),
        within_s=top.read("within", _seconds, _PLAIN.within_s),
        worse=top.read("worse", _condition, None),
        undo=top.read("undo", _items(_step), ()),
        limits=top.read("limits", _limits, _PLAIN.limits),
        breaker=top.read("breaker", _breaker, _PLAIN.breaker),
        approve_within_s=top.read("approve_within", _seconds, _PLAIN.approve_within_s),
    )


def _trigger_out(trigger: Trigger) -> Json:
    match trigger:
        case AlertTrigger():
            severities = [one.value for one in trigger.severities]
            said: Json = {"alert": trigger.rule, "event": trigger.event.value}
            return said | ({"severity": severities} if severities else {})
        case ScheduleTrigger():
            starts = trigger.starts.isoformat(timespec="seconds" if trigger.starts.second else "minutes")
            return {"schedule": trigger.rrule, "starts": starts, "zone": trigger.zone}


def _step_out(step: Step) -> Json:
    said: Json = {"action": step.action}
    if step.params:
        said["params"] = params_out(step.params)
    if step.timeout_s:
        said["timeout"] = write_duration(step.timeout_s)
    return said


def params_out(params: Mapping[str, Value]) -> dict[str, str | int | bool]:
    """Return parameters as they are written."""
    return {
        name: one if isinstance(one, bool | int) else runbook_labels.write(one) for name, one in params.items()
    }  # fmt: skip


class _Fields:
    """An object whose fields are taken one by one, each by a reader; errors have paths from the object on."""

    def __init__(self, given: object, allowed: tuple[str, ...], needed: tuple[str, ...] = ()) -> None:
        if not isinstance(given, Mapping):
            raise RunbookError("is not an object of named parts", expected=allowed)
        for name in given:
            if name not in allowed:
                shown = str(name)[:64]
                hint = next(iter(get_close_matches(shown, allowed, 1)), "")
                raise RunbookError(f"there is no {shown!r} here", shown, None, allowed, hint, of_name=True)
        for name in needed:
            if name not in given:
                raise RunbookError(f"{name} is missing", expected=(name,))
        self._given = given

    def has(self, name: str) -> bool:
        return name in self._given

    def read(self, name: str, reader: Callable[[object], _Part], default: _Part) -> _Part:
        """Return what stands there; the default where nothing does."""
        return self.must(name, reader) if name in self._given else default

    def must(self, name: str, reader: Callable[[object], _Part]) -> _Part:
        """Return what stands there, of a field that is needed."""
        if self._given[name] is None:
            raise RunbookError("says nothing", name)
        return within(name, lambda: reader(self._given[name]))


def _items(reader: Callable[[object], _Part]) -> Callable[[object], tuple[_Part, ...]]:
    def read(given: object) -> tuple[_Part, ...]:
        if not isinstance(given, list) or len(given) > _MOST:
            raise RunbookError(f"is not a list of at most {_MOST}")
        return tuple(within(f"[{at}]", partial(reader, one)) for at, one in enumerate(given))

    return read


def _condition(given: object) -> Rule:
    text = _text(given)
    try:
        return rule_text.parse(text)
    except RuleError as error:
        bare = None if error.position is None else _BARE_LABEL.match(text, error.position)
        if bare is None or "a value" not in error.expected:
            raise
        hint = f'"{bare[0]}"'
        raise RunbookError("a label's name needs quotes here", "", error.position, (hint,), hint) from None


def _selector(given: object) -> Selector:
    return rule_text.parse_selector(_text(given))


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise RunbookError("is not a text")
    return given


def _lines(given: object) -> str:
    """Take a text of several lines without the spaces that editors leave at their ends."""
    return "\n".join(line.rstrip(" \r") for line in _text(given).strip().split("\n"))


def _whole(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise RunbookError("is not a whole number")
    return given


def _seconds(given: object) -> int:
    found = _DURATION.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        bare = isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 10**9
        raise RunbookError("is not a length of time in s, m, h or d", hint=f"{given}s" if bare else "2m")
    return int(found[1]) * int(Dimension.TIME.units[found[2]])


def _word(kind: type[_Word]) -> Callable[[object], _Word]:
    def read(given: object) -> _Word:
        words = tuple(one.value for one in kind)
        if given not in words:
            raise RunbookError(f"is none of {', '.join(words)}", expected=words)
        return kind(given)

    return read


def _trigger(given: object) -> Trigger:
    if isinstance(given, Mapping) and "schedule" in given:
        fields = _Fields(given, ("schedule", "starts", "zone"), ("starts", "zone"))
        return ScheduleTrigger(
            fields.must("schedule", _text), fields.must("starts", _local), fields.must("zone", _text)
        )
    fields = _Fields(given, ("alert", "event", "severity"))
    if not fields.has("alert"):
        raise RunbookError("has neither alert nor schedule", expected=("alert", "schedule"))
    return AlertTrigger(
        fields.must("alert", _text),
        fields.read("event", _word(AlertEventKind), AlertEventKind.FIRING),
        fields.read("severity", _items(_word(Severity)), ()),
    )


def _local(given: object) -> datetime:
    text = _text(given)
    try:
        if _LOCAL.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass  # such as a 31st of June; told below
    raise RunbookError("is no local time", hint="2026-01-01T03:00")


def _step(given: object) -> Step:
    fields = _Fields(given, ("action", "params", "timeout"), ("action",))
    return Step(
        fields.must("action", _text), fields.read("params", _params, {}), fields.read("timeout", _seconds, 0)
    )  # fmt: skip


def _params(given: object) -> dict[str, Value]:
    if not isinstance(given, Mapping) or len(given) > MAX_PARAMS or not all(isinstance(name, str) for name in given):
        raise RunbookError(f"is not an object of at most {MAX_PARAMS} parameters")
    return {name: within(name[:64], partial(_value, one)) for name, one in given.items()}


def _value(given: object) -> Value:
    if isinstance(given, bool | int):
        return given
    if not isinstance(given, str):
        raise RunbookError("is no text, no whole number, and neither true nor false")
    return runbook_labels.read(given)


def _expectation(given: object) -> Expectation:
    text = _text(given)
    return AlertResolved() if " ".join(text.split()) == RESOLVED else _condition(text)


def _limits(given: object) -> Limits:
    fields = _Fields(given, ("cooldown", "per_hour", "fleet_per_hour", "at_once"))
    plain = Limits()
    return Limits(
        fields.read("cooldown", _seconds, plain.cooldown_s),
        fields.read("per_hour", _whole, plain.per_hour),
        fields.read("fleet_per_hour", _whole, plain.fleet_per_hour),
        fields.read("at_once", _whole, plain.at_once),
    )


def _breaker(given: object) -> Breaker:
    fields = _Fields(given, ("after", "within"))
    plain = Breaker()
    return Breaker(fields.read("after", _whole, plain.after), fields.read("within", _seconds, plain.within_s))
