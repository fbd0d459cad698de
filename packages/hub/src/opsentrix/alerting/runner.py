"""Runs the engine: puts in what the hub knows, evaluates, and writes what changed before it forgets it.

What the engine tells is told once, so it is kept here until the commit that holds it; while the database is away, only
what each alert was before and is now. Alerts that are pending need no transition in the log, only their timers.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from opsentrix_protocol.catalogue import Labels

from opsentrix import log, selfmetrics
from opsentrix.alerting.engine import Engine
from opsentrix.alerting.explain import Explanation, standings
from opsentrix.alerting.warmer import Warmer
from opsentrix.db import Database
from opsentrix.errors import UnavailableError
from opsentrix.model import rule_json
from opsentrix.model.alerts import Instance, Reason, State, Transition, fingerprint
from opsentrix.model.frames import Batch
from opsentrix.model.history import Read
from opsentrix.model.quantities import RuleError
from opsentrix.model.rule_text import parse_selector
from opsentrix.model.rules import AlertRule, Override, RuleGroup
from opsentrix.model.selectors import Member
from opsentrix.model.stored_alerts import ALARMING, Alert, AlertState, RuleOverride, StoredGroup, StoredRule
from opsentrix.model.stored_alerts import Transition as StoredTransition
from opsentrix.model.why import Late
from opsentrix.storage import alert_rules, alerts, evaluations, rule_groups

GRACE_S = 60.0
"""After a start agents may be silent for so long: they have to find the hub again."""
KEEP_EACH_S = 10.0
"""How often the timers of alerts that are pending, or that begin to clear, are written."""
MOST_UNWRITTEN = 20_000
"""Transitions that wait for the database; beyond that, what an alert was in between is forgotten."""
_STATES = {
    State.INACTIVE: AlertState.INACTIVE,
    State.PENDING: AlertState.PENDING,
    State.FIRING: AlertState.FIRING,
    State.UNKNOWN: AlertState.UNKNOWN,
}
_STATE_OF = {stored: state for state, stored in _STATES.items()}
_ENDED_BY_OTHERS = (Reason.RULE_REMOVED, Reason.AGENT_DELETED)
"""Whoever deletes a rule or an agent ends its alerts in the same transaction."""
_log = log.get(__name__)


class Fleet(NamedTuple):
    """Where the agents are found.

    Attributes:
        members: all of them as rules know them.
        member: one of them.
        generation: another number whenever one of them came, went, or changed.
        heard: those of which a sign of life came since the last call.
    """

    members: Callable[[], Iterable[Member]]
    member: Callable[[int], Member | None]
    generation: Callable[[], int]
    heard: Callable[[], Iterable[int]]


class Runner:
    """The engine of one hub process."""

    def __init__(
        self,
        database: Database,
        fleet: Fleet,
        now: Callable[[], float],
        steady: Callable[[], float],
        told: Callable[[Sequence[Transition]], None] = lambda _: None,
        written: Callable[[], None] = lambda: None,
    ) -> None:
        """Take what is needed.

        Args:
            database: the hub's.
            fleet: where its agents are found.
            now: the earliest moment that it may be, Unix seconds.
            steady: seconds of a clock that never jumps.
            told: is shown all transitions of each pass.
            written: is called when no transition waits to be written.
        """
        self._database = database
        self._fleet = fleet
        self._now = now
        self._steady = steady
        self._engine = Engine()
        self._followed: int | None = None
        self._rules: dict[int, StoredRule] = {}
        self._put: dict[int, tuple[AlertRule, dict[int, Override]]] = {}
        self._unwritten: list[StoredTransition] = []
        self._kept_at = 0.0
        self._told = told
        self._written = written
        self._began = steady()
        self._passed_at: float | None = None
        self._unwritten_since: float | None = None
        self.pass_s = 0.0
        """Time of the last evaluation."""
        self.gap_s = 0.0
        """From the evaluation before to the last one."""
        self._timed: set[bytes] = set()
        self._run: int | None = None
        self._late: dict[int, Late] = {}

    async def start(self) -> None:
        """Take agents and rules, and go on where the last run of the hub ended."""
        self._follow()
        await self.follow_rules()
        async with self._database.connection() as connection:
            left = await alerts.everyone(connection)
            self._run = await evaluations.begin(connection, self._at())
        self._engine.load(map(_instance, left), self._now(), GRACE_S)

    async def follow_rules(self) -> None:
        """Take rules and overrides as they are stored now; those that did not change are left as they are.

        A rule that is put looks at every agent anew, which nobody may wait for who saves another one.
        """
        async with self._database.connection() as connection:
            stored = {one.id: one for one in await alert_rules.everyone(connection, reserved=True)}
            groups = {one.id: one for one in await rule_groups.everyone(connection)}
            overrides = await alert_rules.overrides(connection)
        listed: dict[int, dict[int, Override]] = {}
        for one in overrides:
            listed.setdefault(one.rule_id, {})[one.agent_id] = override(one)
        for rule_id in self._rules.keys() - stored.keys():
            self._engine.remove_rule(rule_id)
            self._put.pop(rule_id, None)
        for rule_id, rule in stored.items():
            try:
                group = None if rule.group_id is None else groups.get(rule.group_id)
                put = alert_rule(rule, group), listed.get(rule_id, {})
                if self._put.get(rule_id) != put:
                    self._engine.put_rule(*put)
                    self._put[rule_id] = put
            except RuleError as error:
                _log.error("a stored rule cannot be evaluated", rule=rule_id, reason=str(error))
        self._rules = stored
        selfmetrics.ALERT_RULES.set(sum(1 for one in stored if one > 0))

    def standings(self, rule_id: int, agent_id: int | None) -> dict[Labels, Explanation]:
        """Explain how a rule stands on its targets on an agent, as of the last pass; none where it is not evaluated."""
        return standings(self._engine, rule_id, agent_id) if rule_id in self._rules else {}

    def warmer(self, read: Read) -> Warmer:
        """Return what fills the windows of this hub's engine from history."""
        return Warmer(self._engine, self._database, read, self._steady)

    def push(self, batch: Batch) -> None:
        """Take a batch of samples; it is judged with the next pass, those of an agent that just came, too."""
        for frame in batch.frames:
            if frame.agent_id not in self._engine.agents.row_of:
                self._meet(frame.agent_id)
        self._engine.push(batch)

    async def step(self) -> None:
        """Evaluate all rules once and write what changed.

        Raises:
            UnavailableError: the database is away; what changed is kept for the next call.
        """
        self._follow()
        self._engine.alive(self._fleet.heard())
        began = self._steady()
        told = self._engine.evaluate(self._now(), began)
        self._note(began)
        self._told(told)
        self._unwritten += [self._stored(one) for one in told if self._counts(one)]
        if self._unwritten and self._unwritten_since is None:
            self._unwritten_since = began
        if len(self._unwritten) > MOST_UNWRITTEN:
            self._unwritten = condensed(self._unwritten)
        try:
            await self._write()
        except UnavailableError:
            selfmetrics.ALERTING_UNWRITTEN.set(len(self._unwritten))
            raise
        self._unwritten_since = None
        self._written()
        selfmetrics.ALERTING_UNWRITTEN.set(0)
        stats = self._engine.stats
        selfmetrics.ALERTING_SERIES.set(stats.series)
        selfmetrics.ALERTING_LEFT_OUT.set(stats.left_out)

    @property
    def age_s(self) -> float:
        """For how many seconds nothing was evaluated, since the start where nothing ever was."""
        return self._steady() - (self._began if self._passed_at is None else self._passed_at)

    @property
    def unwritten_s(self) -> float:
        """For how many seconds transitions have waited to be written; 0 where none does."""
        return 0.0 if self._unwritten_since is None else self._steady() - self._unwritten_since

    def _note(self, began: float) -> None:
        self.pass_s = self._steady() - began
        self.gap_s = 0.0 if self._passed_at is None else began - self._passed_at
        self._passed_at = began
        selfmetrics.ALERTING_PASS.observe(self.pass_s)

    async def _write(self) -> None:
        now = self._at()
        if self._unwritten:
            writing = self._unwritten
            async with self._database.transaction() as connection:
                await alerts.record(connection, writing, now)
            del self._unwritten[: len(writing)]
            selfmetrics.ALERT_TRANSITIONS.inc(len(writing))
        if self._steady() - self._kept_at >= KEEP_EACH_S:
            await self._keep(now)
            self._kept_at = self._steady()

    async def _keep(self, now: datetime) -> None:
        """Write the timers that run, and what became of those that ran at the last call."""
        left = [self._alert(one) for one in self._engine.dump() if one.rule_id in self._rules]
        timed = {one.fingerprint for one in left if one.state is AlertState.PENDING or one.clear_since is not None}
        either = timed | self._timed
        changed = [one for one in left if one.fingerprint in either]
        self._late |= {one.agent_id: one for one in self._came_late(now)}
        async with self._database.transaction() as connection:
            if changed or self._timed:
                await alerts.keep(connection, changed, now)
                await alerts.forget_pending(connection, timed)
            if self._run is not None:
                await evaluations.go_on(connection, self._run, list(self._late.values()), now)
        self._timed = timed
        self._late.clear()

    def _came_late(self, now: datetime) -> Iterator[Late]:
        """Yield what came late since the last call; what could not be written then is in it once more."""
        for agent_id, first, last in self._engine.agents.take_late():
            one = Late(agent_id, _time(first), _time(last), now)
            yield one if (before := self._late.get(agent_id)) is None else before.joined(one)

    def _at(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)

    def _meet(self, agent_id: int) -> None:
        if (member := self._fleet.member(agent_id)) is not None:
            self._engine.put_agent(member)

    def _follow(self) -> None:
        generation = self._fleet.generation()
        if generation == self._followed:
            return
        self._followed = generation
        members = {one.id: one for one in self._fleet.members()}
        for agent_id in self._engine.agents.members.keys() - members.keys():
            self._engine.remove_agent(agent_id)
        self._engine.put_agents(members.values())

    def _counts(self, one: Transition) -> bool:
        """Return whether a transition goes into the log."""
        alarming = State.FIRING in (one.before, one.after) or State.UNKNOWN in (one.before, one.after)
        return alarming and one.reason not in _ENDED_BY_OTHERS and one.rule_id in self._rules

    def _stored(self, one: Transition) -> StoredTransition:
        alert = Alert(
            fingerprint(one.rule_id, one.agent_id, one.labels), one.rule_id, one.version, one.agent_id,
            dict(one.labels), self._rules[one.rule_id].severity, _STATES[one.after], _time(one.since), one.value,
            _time(one.at),
        )  # fmt: skip
        return StoredTransition(alert, _STATES[one.before], _time(one.at), one.threshold, str(one.reason))

    def _alert(self, one: Instance) -> Alert:
        return Alert(
            fingerprint(one.rule_id, one.agent_id, one.labels), one.rule_id, one.version, one.agent_id,
            dict(one.labels), self._rules[one.rule_id].severity, _STATES[one.state], _time(one.since), None,
            _time(one.last), None if one.quiet is None else _time(one.quiet),
        )  # fmt: skip


def condensed(transitions: Iterable[StoredTransition]) -> list[StoredTransition]:
    """Return one transition for each alert that is not as it was, from its first state to its last, in order."""
    found: dict[bytes, StoredTransition] = {}
    for one in transitions:
        first = found.pop(one.alert.fingerprint, None)
        found[one.alert.fingerprint] = one if first is None else _joined(first, one)
    return [one for one in found.values() if (one.before in ALARMING) != (one.alert.state in ALARMING)]


def _joined(first: StoredTransition, last: StoredTransition) -> StoredTransition:
    return StoredTransition(last.alert, first.before, last.at, last.threshold, last.reason)


def alert_rule(stored: StoredRule, group: StoredGroup | None) -> AlertRule:
    """Return a stored rule, with the group that it belongs to, as the engine takes it.

    Raises:
        RuleError: its definition, or the group's selector, is none that this version understands.
    """
    return AlertRule(
        stored.id, stored.version, stored.name, rule_json.from_json(stored.definition), stored.severity,
        stored.annotations.get("summary", ""), stored.annotations.get("advice", ""),
        tuple(sorted(stored.labels.items())), stored.enabled,
        None if group is None else rule_group(group),
    )  # fmt: skip


def rule_group(stored: StoredGroup) -> RuleGroup:
    """Return a stored group as the engine takes it.

    Raises:
        RuleError: its selector is none that this version understands.
    """
    return RuleGroup(stored.new.name, parse_selector(stored.new.selector), stored.new.enabled)


def override(stored: RuleOverride) -> Override:
    """Return what holds for an agent instead, as the engine takes it."""
    return Override(stored.threshold, off=not stored.enabled)


def _instance(stored: Alert) -> Instance:
    return Instance(
        stored.rule_id, stored.rule_version, stored.agent_id, tuple(sorted(stored.labels.items())),
        _STATE_OF[stored.state], stored.since.timestamp(),
        None if stored.clear_since is None else stored.clear_since.timestamp(),
        (stored.last_sample_at or stored.since).timestamp(),
    )  # fmt: skip


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
