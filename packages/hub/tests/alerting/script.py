"""The text format of the engine's cases; README.md describes it."""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from opsentrix.alerting.engine import LONGEST_PASS_S, Engine
from opsentrix.model.alerts import Reason, Transition
from opsentrix.model.frames import Batch, Layout, StoredFrame
from opsentrix.model.history import Stretch
from opsentrix.model.rule_text import parse, parse_selector
from opsentrix.model.rules import AlertRule, Override, RuleGroup
from opsentrix.model.selectors import Member
from opsentrix_protocol.catalogue import Kind, Labels, Metric, Series
from opsentrix_protocol.layouts import layout_id

BEGIN_S = 1_700_000_040
"""Unix time of 0 s: a whole minute."""
_LOAD = re.compile(r"(?P<agent>\S+) (?P<metric>[\w.]+)(\{(?P<labels>.*?)\})?( @(?P<start>\d+)s?)?: (?P<values>.*)")
_RAMP = re.compile(r"(?P<first>[\d.e-]+)(?P<by>[+-][\d.e-]+)x(?P<count>\d+)")


@dataclass
class Loaded:
    """Samples of one series: of seconds from `start` on, NaN where there is none."""

    agent: str
    series: Series
    start: int
    values: list[float]


@dataclass
class Case:
    """What happens, and the transitions that must come of it."""

    name: str
    rules: dict[str, AlertRule] = field(default_factory=dict)
    groups: dict[str, RuleGroup] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    loads: list[Loaded] = field(default_factory=list)
    step: int = 1
    frame: int = 1
    until: int = 0
    hangs: list[tuple[int, int]] = field(default_factory=list)
    commands: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    expected: list[str] = field(default_factory=list)

    def read(self, line: str) -> None:
        """Take one line."""
        word, _, rest = line.strip().partition(" ")
        match word:
            case "rule":
                self.put_rule(rest)
            case "group":
                self.put_group(rest)
            case "agent":
                self.member(rest)
            case "load":
                self.loads.append(self.loaded(rest))
            case "step":
                self.step = seconds(rest)
            case "frame":
                self.frame = int(rest)
            case "until":
                self.until = seconds(rest)
            case "hang":
                first, last = rest.split()
                self.hangs.append((seconds(first), seconds(last)))
            case "at":
                when, _, command = rest.partition(" ")
                self.commands[seconds(when)].append(command)
            case _:
                self.expected += [] if word in ("expect", "none") else [line.strip()]

    def put_rule(self, text: str) -> AlertRule:
        """Read a rule; one that is there gets its next version."""
        named, _, told = text.partition(": ")
        name, _, group = named.partition(" in ")
        before = self.rules.get(name)
        number = len(self.rules) + 1 if before is None else before.id
        version = 1 if before is None else before.version + 1
        rule = AlertRule(number, version, name, parse(told), group=self.groups[group] if group else None)
        self.rules[name] = rule
        return rule

    def put_group(self, text: str) -> list[AlertRule]:
        """Read a group; return the rules that it has already."""
        named, _, selector = text.partition(":")
        name, _, off = named.partition(" ")
        group = self.groups[name] = RuleGroup(name, parse_selector(selector), enabled=off != "off")
        mine = {
            key: replace(one, group=group) for key, one in self.rules.items() if one.group and one.group.name == name
        }
        self.rules |= mine
        return list(mine.values())

    def member(self, text: str) -> Member:
        """Read what is known of an agent."""
        name, *pairs = text.split()
        known = dict(one.split("=") for one in pairs)
        before = self.members.get(name)
        member = Member(
            len(self.members) + 1 if before is None else before.id, name, known.get("type", ""),
            known.get("environment", ""), frozenset(filter(None, known.get("tags", "").split(","))),
            float(known.get("interval", 1)),
        )  # fmt: skip
        self.members[name] = member
        return member

    def loaded(self, text: str) -> Loaded:
        """Read samples."""
        found = _LOAD.fullmatch(text)
        assert found is not None, text
        if found["agent"] not in self.members:
            self.member(found["agent"])
        labels: Labels = tuple(
            sorted((k, v) for k, _, v in (o.partition("=") for o in (found["labels"] or "").split(",") if o))
        )
        series = Series(Metric(found["metric"], "1", Kind.GAUGE), labels)
        return Loaded(found["agent"], series, int(found["start"] or 0), list(_values(found["values"])))


def seconds(text: str) -> int:
    """Read `90s`, `5m`, `2h`."""
    return int(text[:-1]) * {"s": 1, "m": 60, "h": 3600}[text[-1]]


def _values(text: str) -> Iterator[float]:
    for word in text.split():
        ramp = _RAMP.fullmatch(word)
        one, _, count = word.partition("x")
        if ramp:
            yield from (float(ramp["first"]) + at * float(ramp["by"]) for at in range(int(ramp["count"])))
        else:
            yield from [math.nan if one == "_" else float(one)] * int(count or 1)


def read(file: Path) -> list[Case]:
    """Return the cases of a file."""
    cases: list[Case] = []
    common: list[str] = []
    for line in file.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("case "):
            cases.append(Case(line[5:]))
            for one in common:
                cases[-1].read(one)
        elif cases:
            cases[-1].read(line)
        else:
            common.append(line)
    return cases


class Runner:
    """Carries out one case.

    `restarts` are further seconds at which the engine is dumped and loaded; there is a pass `every` so many seconds.
    """

    def __init__(self, case: Case, restarts: Iterable[int] = (), every: int = 1) -> None:
        self.case = case
        self.engine = Engine(longest_pass_s=max(LONGEST_PASS_S, every))
        self._every = every
        self.told: list[tuple[int, Transition]] = []
        self._restarts = set(restarts)
        self._skew = 0
        self._overrides: dict[str, dict[int, Override]] = defaultdict(dict)
        self._pushed: list[Batch] = []
        for member in case.members.values():
            self.engine.put_agent(member)
        for rule in case.rules.values():
            self.engine.put_rule(rule)

    def run(self) -> list[str]:
        """Return the transitions as the case would list them."""
        case = self.case
        last = case.until or max(
            [one.start + (len(one.values) - 1) * case.step for one in case.loads] + [*case.commands]
        )
        due = self._frames(last)
        for second in range(0, last + 1, self._every):
            for command in case.commands.get(second, ()):
                self._command(command, second)
            if second in self._restarts:
                self._restart(second)
            if any(first <= second < end for first, end in case.hangs):
                due[second + 1] = [*due.pop(second, []), *due.get(second + 1, [])]
                continue
            for batch in due.get(second, ()):
                self._pushed.append(batch)
                self.engine.push(batch)
            now = BEGIN_S + second + self._skew
            self.told += [(second, one) for one in self.engine.evaluate(now, float(second))]
        return [self.line(second, one) for second, one in self.told]

    def line(self, second: int, told: Transition) -> str:
        """Write a transition."""
        names = {one.id: one.name for one in self.case.members.values()}
        rule = next(name for name, one in self.case.rules.items() if one.id == told.rule_id)
        labels = ",".join(f"{key}={value}" for key, value in told.labels)
        target = "*" if told.agent_id is None else names[told.agent_id] + (f"{{{labels}}}" if labels else "")
        value = "" if told.value is None else f" = {told.value:.6g}"
        reason = "" if told.reason is Reason.SAMPLES else f" ({told.reason})"
        return f"{second}s {rule} {target} {told.after.name.lower()}{value}{reason}"

    def _frames(self, last: int) -> dict[int, list[Batch]]:
        due: dict[int, list[Batch]] = defaultdict(list)
        for agent in dict.fromkeys(one.agent for one in self.case.loads):
            mine = [one for one in self.case.loads if one.agent == agent]
            span = self.case.step * self.case.frame
            for first in range(0, last + 1, span):
                times = range(first, first + span, self.case.step)
                batch = self._batch(agent, mine, times)
                if batch is not None:
                    due[times[-1]].append(batch)
        return due

    def _batch(self, agent: str, loads: list[Loaded], times: range) -> Batch | None:
        there = [one for one in loads if one.start <= times[-1] < one.start + len(one.values) * self.case.step]
        if not there or all(math.isnan(self._at(one, time)) for one in there for time in times):
            return None
        series = tuple(one.series for one in there)
        values = np.array([[[self._at(one, time) for time in times] for one in there]])
        layout = Layout(layout_id(series), series, np.arange(len(series)))
        first_ms = (BEGIN_S + times[0]) * 1000
        frame = StoredFrame(
            self.case.members[agent].id, 1, 1, first_ms, self.case.step * 1000, len(times), layout.id, 1, 1, b"", b""
        )
        return Batch([frame], [layout], values)

    def _at(self, loaded: Loaded, time: int) -> float:
        place, rest = divmod(time - loaded.start, self.case.step)
        return loaded.values[place] if not rest and 0 <= place < len(loaded.values) else math.nan

    def _command(self, text: str, second: int) -> None:
        word, _, rest = text.partition(" ")
        engine, case = self.engine, self.case
        commands: dict[str, Callable[[], object]] = {
            "delete": lambda: engine.remove_agent(case.members[rest].id),
            "agent": lambda: engine.put_agent(case.member(rest)),
            "rule": lambda: engine.put_rule(case.put_rule(rest)),
            "group": lambda: self._put_group(rest),
            "drop": lambda: engine.remove_rule(case.rules[rest].id),
            "disable": lambda: engine.put_rule(replace(case.rules[rest], enabled=False)),
            "override": lambda: self._override(*rest.split()),
            "restart": lambda: self._restart(second),
            "alive": lambda: engine.alive([case.members[rest].id]),
            "late": lambda: self._late(rest),
            "clock": lambda: self._set_clock(int(rest)),
        }
        commands[word]()

    def _put_group(self, text: str) -> None:
        for rule in self.case.put_group(text):
            self.engine.put_rule(rule, self._overrides[rule.name])

    def _set_clock(self, by: int) -> None:
        self._skew += by

    def _override(self, rule: str, agent: str, value: str) -> None:
        own = None if value == "none" else Override(off=True) if value == "off" else Override(float(value))
        number = self.case.members[agent].id
        self.engine.override(self.case.rules[rule].id, number, own)
        self._overrides[rule].pop(number, None)
        if own is not None:
            self._overrides[rule][number] = own

    def _late(self, text: str) -> None:
        loaded = self.case.loaded(text)
        count = len(loaded.values) * self.case.step
        batch = self._batch(loaded.agent, [loaded], range(loaded.start, loaded.start + count, self.case.step))
        assert batch is not None
        self.engine.push(batch)

    def _restart(self, second: int) -> None:
        before, there = self.engine, self.engine.agents.members
        self.engine = Engine()
        for member in there.values():
            self.engine.put_agent(member)
        for name, rule in self.case.rules.items():
            self.engine.put_rule(rule, self._overrides[name])
        self.engine.load(before.dump(), BEGIN_S + second + self._skew)
        stored = [_stored(batch) for batch in self._pushed]
        for number in self.engine.look_backs():
            self.engine.refill(number, stored)


def _stored(batch: Batch) -> Stretch:
    """Return a batch of one frame as history has it."""
    [frame], [layout] = batch.frames, batch.layouts
    time = (frame.time_ms + frame.step_ms * np.arange(frame.ticks)) / 1000
    return Stretch(frame.agent_id, layout.series, time, batch.values[0])
