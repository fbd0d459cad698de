"""Says whether conditions hold on single agents, by nothing but samples that were taken after a moment.

There is an engine of its own for each question, so what an alert, a window or a `for` is, is what it is everywhere.
It is given tick after tick: a moment at which something did not hold is not overlooked because a frame holds several.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from opsentrix import selfmetrics
from opsentrix.alerting.compiled import Compiled, OfSeries
from opsentrix.alerting.engine import Engine
from opsentrix.alerting.explain import explain
from opsentrix.alerting.table import Flags, Rows
from opsentrix.model import rules
from opsentrix.model.alerts import Instance, State
from opsentrix.model.frames import Batch
from opsentrix.model.rule_format import write
from opsentrix.model.rules import AlertRule
from opsentrix.model.runbook_checks import Answer, Question
from opsentrix.model.runbook_runs import Truth
from opsentrix.model.selectors import Selector

MAX_WAITING = 2000
"""Ticks that wait for a pass; beyond that the oldest goes, and nothing is said of it."""
MAX_SHOWN = 20
"""Series in an answer's evidence."""
_ID = 1
_LONG_AGO_S = 86_400.0


@dataclass(slots=True)
class _Case:
    """A question with its engine, and what it has seen so far.

    Attributes:
        first: when the first sample was taken that it was given, Unix seconds.
        heard: whether any sign of life came.
        failed: whether a pass showed that the condition did not hold.
    """

    question: Question
    engine: Engine
    waiting: deque[Batch] = field(default_factory=deque)
    first: float | None = None
    heard: bool = False
    failed: bool = False


class Judge:
    """Holds the questions that are open, by keys of whoever asked."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Take the hub's clock: the earliest moment that it may be, Unix seconds."""
        self._now = now
        self._cases: dict[Hashable, _Case] = {}
        self._of_agent: dict[int, list[_Case]] = {}
        self._ahead: dict[int, float | None] = {}

    def follow(self, agent_ids: Iterable[int]) -> None:
        """Watch the clocks of these agents from now on, and of no others."""
        self._ahead = {one: self._ahead.get(one) for one in agent_ids}

    def ahead_s(self, agent_id: int) -> float | None:
        """Return by how many seconds an agent's clock is ahead of the hub's, at least; None where nothing is known."""
        return self._ahead.get(agent_id)

    def ask(self, key: Hashable, question: Question) -> None:
        """Open a question, in the place of what was asked under this key with other words."""
        case = self._cases.get(key)
        if case is not None and case.question == question:
            return
        self._close(key)
        case = self._cases[key] = _Case(question, _engine(question))
        self._of_agent.setdefault(question.member.id, []).append(case)

    def keep(self, keys: Iterable[Hashable]) -> None:
        """Close all questions but these."""
        for key in self._cases.keys() - set(keys):
            self._close(key)

    def push(self, batch: Batch) -> None:
        """Take a batch of samples."""
        for at, frame in enumerate(batch.frames):
            if frame.agent_id in self._ahead or frame.agent_id in self._of_agent:
                self._take(batch, at)

    def hear(self, agent_ids: Iterable[int]) -> None:
        """Take signs of life that bring no samples."""
        for agent_id in agent_ids:
            for case in self._of_agent.get(agent_id, ()):
                case.heard = True
                case.engine.alive((agent_id,))

    def step(self, steady: float) -> None:
        """Look at all that came; `steady` are seconds of a clock that never jumps."""
        now = self._now()
        for case in self._cases.values():
            case.engine.evaluate(now, steady)
            while case.waiting:
                case.engine.push(case.waiting.popleft())
                case.engine.evaluate(now, steady)
                case.failed |= bool(np.any(_fails(case)))

    def answer(self, key: Hashable) -> Answer | None:
        """Return what is known as of the last pass; None where nothing was asked under this key."""
        case = self._cases.get(key)
        return None if case is None else _answer(case)

    def _close(self, key: Hashable) -> None:
        case = self._cases.pop(key, None)
        if case is None:
            return
        agent_id = case.question.member.id
        left = [one for one in self._of_agent[agent_id] if one is not case]
        self._of_agent[agent_id] = left
        if not left:
            del self._of_agent[agent_id]

    def _take(self, batch: Batch, at: int) -> None:
        frame, now = batch.frames[at], self._now()
        last = (frame.time_ms + (frame.ticks - 1) * frame.step_ms) / 1000
        agent_id = frame.agent_id
        if agent_id in self._ahead:
            # What was kept on the way says nothing of the clock, so it is the greatest that counts.
            known = self._ahead[agent_id]
            self._ahead[agent_id] = max(0.0 if known is None else known, last - now)
        for case in self._of_agent.get(agent_id, ()):
            case.heard = True
            for tick in range(frame.ticks):
                taken = (frame.time_ms + tick * frame.step_ms) / 1000
                if taken >= case.question.since:
                    case.first = taken if case.first is None else min(case.first, taken)
                    case.waiting.append(_tick(batch, at, tick))
            while len(case.waiting) > MAX_WAITING:
                case.waiting.popleft()
                selfmetrics.JUDGE_DROPPED.inc()


def _tick(batch: Batch, at: int, tick: int) -> Batch:
    """Return one tick of one frame."""
    frame = batch.frames[at]
    alone = frame._replace(time_ms=frame.time_ms + tick * frame.step_ms, ticks=1)
    return Batch([alone], [batch.layouts[at]], batch.values[at : at + 1, :, tick : tick + 1])


def _engine(question: Question) -> Engine:
    """Return an engine that has one rule and knows one agent."""
    engine, member = Engine(), question.member
    rule = AlertRule(_ID, 1, "", replace(question.rule, selector=Selector()), every=question.every)
    override = None if question.alert is None else question.alert.override
    engine.put_rule(rule, {} if override is None else {member.id: replace(override, off=False)})
    engine.put_agent(member)
    if question.alert is not None:
        # As after a restart: it fires until samples resolve it. An agent was silent for as long as one may ask.
        began = question.since - _LONG_AGO_S
        alert = Instance(_ID, 1, member.id, question.alert.labels, State.FIRING, began, None, question.since)
        engine.load((alert,), question.since)
    return engine


def _answer(case: _Case) -> Answer:
    rule, rows = _targets(case)
    truth, lasting = _truth(case, rule, rows)
    since = case.first if case.first is not None else case.question.since
    return Answer(truth, since, lasting, case.failed, _evidence(case, rule, rows, truth))


def _targets(case: _Case) -> tuple[Compiled, Rows]:
    """Return the rule, and the rows that the question is about."""
    member, alert = case.question.member, case.question.alert
    labels = () if alert is None else alert.labels
    rule, row = case.engine.find(_ID, member.id, labels)
    if alert is not None:
        return rule, np.array([] if row is None else [row], np.intp)
    return rule, rule.rows_of(case.engine.agents.row_of[member.id])


def _fails(case: _Case) -> Flags:
    """Return of which targets it is known that the condition does not hold, or that the alert still fires."""
    rule, rows = _targets(case)
    judged = rule.judge(case.engine.now())
    known = judged.known[rows] & _settled(case, rule)
    if case.question.alert is not None:
        return np.asarray(known & (rule.targets.state.data[rows] != State.INACTIVE), np.bool_)
    return np.asarray(known & ~judged.holds[rows], np.bool_)


def _truth(case: _Case, rule: Compiled, rows: Rows) -> tuple[Truth, bool]:
    """Return whether it holds, and where that is not known whether it only has to last longer."""
    if not rows.size:
        return Truth.UNKNOWN, False
    judged, states = rule.judge(case.engine.now()), rule.targets.state.data[rows]
    known, holds, fails = judged.known[rows], judged.holds[rows], _fails(case)
    if case.question.alert is not None:
        over = bool(known.all()) and not fails.any() and _settled(case, rule)
        return (Truth.HOLDS if over else Truth.FAILS if fails.any() else Truth.UNKNOWN), False
    lasts = known & holds & (states == State.FIRING)
    enough, refuted = (np.all, np.any) if case.question.every else (np.any, np.all)
    if enough(lasts):
        return Truth.HOLDS, False
    if refuted(fails):
        return Truth.FAILS, False
    return Truth.UNKNOWN, bool(enough(known & holds))


def _settled(case: _Case, rule: Compiled) -> bool:
    """Return whether what is not absent was seen: at first nothing has been missing for long enough."""
    agents = case.engine.agents
    row = agents.row_of[case.question.member.id]
    silent = bool(agents.newest.data[row] - agents.first.data[row] > agents.stale_s.data[row])
    sources = iter(rule.sources)
    for leaf in rules.leaves(rule.rule.rule.condition):
        if isinstance(leaf, rules.AbsentAgent):
            if not case.heard and bool(case.engine.now().alive()[row]):
                return False
            continue
        source = next(sources)
        if isinstance(leaf, rules.AbsentMetric) and not silent:
            size = source.table.size
            if not np.any(source.table.live.data[:size] & (source.agent.data[:size] == row)):
                return False
    return True


def _evidence(case: _Case, rule: Compiled, rows: Rows, truth: Truth) -> dict[str, Any]:
    """Return what the answer rests on: values and their times for series, else how each part stands."""
    question = case.question
    said: dict[str, Any] = {
        "condition": write(question.rule), "truth": truth.value, "every": question.every,
        "resolved": question.alert is not None, "since": _time(question.since),
        "first": None if case.first is None else _time(case.first), "failed": case.failed,
    }  # fmt: skip
    labels = case.engine.targets(_ID, question.member.id, MAX_SHOWN)
    if isinstance(rule, OfSeries):
        at = case.engine.now()
        judged = rule.judge(at)
        found = {one: row for one in labels if (row := case.engine.find(_ID, question.member.id, one)[1]) is not None}
        wanted = set(rows.tolist())
        said["series"] = [
            {"labels": dict(one), "value": rule.value(row), "threshold": rule.threshold(row),
             "at": _time(rule.last(row, at)), "known": bool(judged.known[row]), "holds": bool(judged.holds[row])}
            for one, row in found.items() if row in wanted
        ]  # fmt: skip
        said["more"] = max(0, len(wanted) - len(said["series"]))
    else:
        parts = explain(case.engine, _ID, question.member.id).parts
        said["parts"] = [{"condition": one.condition, "verdict": one.verdict} for one in parts]
        newest = float(case.engine.agents.newest.data[case.engine.agents.row_of[question.member.id]])
        said["at"] = _time(newest) if np.isfinite(newest) else None
    return said


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
