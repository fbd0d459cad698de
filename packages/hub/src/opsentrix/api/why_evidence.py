"""Gathers what is known of alerts around a moment, for the answer to "why was I paged?"."""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from opsentrix_protocol.catalogue import Labels

from opsentrix.alerting import evidence as facts
from opsentrix.alerting import explain, targeting
from opsentrix.alerting.evidence import Evidence, Missing, RuleThen, Sample, Stored
from opsentrix.alerting.lookback import LONGEST_S, Stretch, look_back, reach_s
from opsentrix.alerting.runner import alert_rule, override
from opsentrix.api.auth import visible
from opsentrix.api.services import Services
from opsentrix.db import Connection
from opsentrix.errors import InvalidError, NotFoundError
from opsentrix.fleet.registry import Liveness, member_of
from opsentrix.model import rules
from opsentrix.model.access import Principal
from opsentrix.model.alerts import fingerprint
from opsentrix.model.incidents import EntryKind
from opsentrix.model.quantities import RuleError
from opsentrix.model.quiet import Silence
from opsentrix.model.rules import AlertRule
from opsentrix.model.series import Aggregation
from opsentrix.query import series as query_series
from opsentrix.query.series import Presence, SeriesAnswer, SeriesQuery
from opsentrix.storage import alert_rules, alerts, evaluations, incidents, notifications, quiet, rule_groups, series

LIVE_S = 10.0
"""What is asked of a moment so close to now is answered by the running engine."""
_SHOWN_S = 900.0
_TARGETS, _EVENTS, _PLACES, _LINES, _NOTICES = 200, 50, 10, 500, 200
_SILENCE = re.compile(r"\bsilence (\d{1,18})\b")
Standings = Mapping[Labels, explain.Explanation]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about: one moment of some rules on an agent, or of rules that count agents."""

    at: datetime
    now: datetime
    agent_id: int | None
    rule_ids: Sequence[int]
    labels: Labels = ()

    @property
    def live(self) -> bool:
        """Whether the running engine's own state is the answer."""
        return (self.now - self.at).total_seconds() <= LIVE_S


async def gather(services: Services, who: Principal, question: Question) -> list[Evidence]:
    """Return what is known, for each rule that is within reach.

    Raises:
        NotFoundError: the agent is not within reach.
    """
    if question.agent_id is None and not who.everywhere:
        raise NotFoundError("There is no such alert.")
    known = None if question.agent_id is None else visible(services, who, question.agent_id)
    async with services.database.connection() as connection:
        then = [await _rule_then(connection, one, question) for one in question.rule_ids]
        newest = await alerts.newest_of(
            connection, question.agent_id, question.rule_ids, question.at + facts.NEAR, _TARGETS
        )
    stored, stretch = (None, None) if known is None else await _read(services, known, then, question)
    standings = await _standings(services, known, then, question, stretch)
    found = []
    for one in then:
        mine = [each for each in newest if each.rule_id == one.id]
        if one.made_at is None and not mine:
            continue
        counts = _counts(one) or (one.rule is None and any(each.agent_id is None for each in mine))
        if not who.everywhere and (counts or (not mine and not _covers(one, known))):
            continue
        rule, listed = None if one.rule is None else one.rule.rule, standings.get(one.id, {})
        labels = () if counts else targeting.chosen(rule, question.labels, listed, mine, question.at)
        base = Evidence(
            question.at, question.now, one if one.name else replace(one, name=mine[0].rule_name),
            None if known is None else member_of(known.agent), "" if known is None or counts else known.agent.name,
            labels, fingerprint(one.id, None if counts else question.agent_id, labels), listed.get(labels),
            question.live, None if stored is None or counts else _of_rule(stored, one, labels),
            only=services.visibility.only(who.scopes),
        )  # fmt: skip
        found.append(await _followed(services, base, question.agent_id))
    return found


async def reading(connection: Connection, metric: str, limit: int) -> list[int]:
    """Return the rules whose conditions read a metric, the oldest first."""
    found = []
    for one in await alert_rules.everyone(connection):
        try:
            if metric in _metrics(alert_rule(one, None)):
                found.append(one.id)
        except RuleError:  # of a newer version of the hub: the engine has logged it, and evaluates nothing of it
            continue
    return found[:limit]


async def _rule_then(connection: Connection, rule_id: int, question: Question) -> RuleThen:
    """Return a rule as it was; without a name, where it is not there any more."""
    found, now = (
        await alert_rules.version_at(connection, rule_id, question.at),
        await alert_rules.get(connection, rule_id),
    )
    if found is None or now is None:
        return RuleThen(rule_id, "")
    then, made_at = found
    if then is None:
        return RuleThen(rule_id, now.name, made_at=made_at)
    group = None if then.group_id is None else await rule_groups.get(connection, then.group_id)
    own = None
    if question.agent_id is not None:
        own = await alert_rules.override_of(connection, rule_id, question.agent_id)
    return RuleThen(
        rule_id, then.name, alert_rule(then, group), then.changed_at, then.changed_by,
        None if now.version == then.version else now.version, made_at, None if group is None else group.changed_at,
        *(own or (None, None, "")),
    )  # fmt: skip


def _counts(one: RuleThen) -> bool:
    return one.rule is not None and isinstance(one.rule.rule.condition, rules.Count)


def _covers(one: RuleThen, known: Liveness | None) -> bool:
    return one.rule is not None and known is not None and one.rule.accepts(member_of(known.agent))


async def _standings(
    services: Services, known: Liveness | None, then: Sequence[RuleThen], question: Question, stretch: Stretch | None
) -> dict[int, Standings]:
    """Return how each rule stands on its targets: in the running engine, or by a replay of what is stored."""
    if question.live:
        on = {one.id: None if _counts(one) else question.agent_id for one in then}
        return {rule: services.alerting.standings(rule, agent) for rule, agent in on.items()}
    listed = [
        one for one in then
        if one.rule is not None and one.rule.on and not _counts(one)
        and reach_s(one.rule.rule) <= LONGEST_S
    ]  # fmt: skip
    if known is None or stretch is None or not listed:
        return {}
    own = {one.id: override(one.override) for one in listed if one.override is not None and _held(one, question)}
    member, asked = member_of(known.agent), [one.rule for one in listed if one.rule is not None]

    def replayed() -> dict[int, Standings]:
        engine, _ = look_back(asked, own, member, stretch)
        return {one.id: explain.standings(engine, one.id, member.id) for one in asked}

    async with services.lookbacks:
        # In a thread: an hour of samples takes a second or two.
        return await asyncio.to_thread(replayed)


def _held(one: RuleThen, question: Question) -> bool:
    return one.override_at is None or one.override_at <= question.at


async def _read(
    services: Services, known: Liveness, then: Sequence[RuleThen], question: Question
) -> tuple[Stored, Stretch | None]:
    """Return what is stored around the moment of all that the rules read."""
    listed = [one.rule for one in then if one.rule is not None]
    names = sorted({name for one in listed for name in _metrics(one)})
    metrics = tuple(names)
    if not names:
        async with services.database.connection() as connection:
            some = await series.known(connection, known.agent.id, (), question.at.timestamp() - LONGEST_S)
        names = [one.series.metric.name for one in some[:1]]
    if not names:
        return Stored(metrics), None
    span = max([_SHOWN_S, *(min(reach_s(one.rule), LONGEST_S) for one in listed)])
    try:
        answer = await _points(services, known, names, question, span, 1)
        stretch = _stretch(answer, question.at.timestamp() - span, question.at.timestamp())
        if not answer.points:
            answer = await _points(services, known, names, question, LONGEST_S, 60)
    except InvalidError as error:
        return Stored(metrics, note=f"The samples were not looked at: {error.detail}"), None
    return Stored(metrics, tuple(_newest(answer, question.at)) if metrics else (), _gap(answer, question)), stretch


async def _points(
    services: Services, known: Liveness, names: Sequence[str], question: Question, span: float, step: int
) -> SeriesAnswer:
    """Return the points of the time before the moment, one each `step` seconds, and the gaps; some after it, too."""
    agent, start, end = known.agent, question.at.timestamp() - span, _end(question)
    asked = SeriesQuery(
        agent.id, tuple(names), (), start, end, int((end - start) / step) + 1, Aggregation.AVG,
        round(agent.reporting_interval * 1000),
        Presence(agent.created_at.timestamp(), question.now.timestamp(), known.stopped),
    )  # fmt: skip
    return await query_series.read(services.database, asked)


def _stretch(answer: SeriesAnswer, start: float, end: float) -> Stretch:
    axis = np.unique(np.concatenate([one.time for one in answer.points] or [np.empty(0)]))
    axis = axis[axis <= end]
    values = np.full((len(answer.points), len(axis)), np.nan)
    for row, one in enumerate(answer.points):
        there = one.time <= end
        values[row, np.searchsorted(axis, one.time[there])] = one.value[there]
    return Stretch(start, end, tuple(one.known.series for one in answer.points), axis, values)


def _newest(answer: SeriesAnswer, at: datetime) -> Iterator[Sample]:
    for one in answer.points:
        there = np.flatnonzero(~np.isnan(one.value) & (one.time <= at.timestamp()))
        if there.size:
            last, known = there[-1], one.known.series
            moment = datetime.fromtimestamp(float(one.time[last]), UTC)
            yield Sample(known.metric.name, known.labels, moment, float(one.value[last]))


def _end(question: Question) -> float:
    return min(question.now.timestamp(), question.at.timestamp() + _SHOWN_S)


def _gap(answer: SeriesAnswer, question: Question) -> Missing | None:
    at, last = question.at.timestamp(), _end(question) - 1
    for one in answer.gaps:
        if one.start < at <= one.end + 1:  # what goes on ends where the question does, to the millisecond
            end = None if one.end >= last else datetime.fromtimestamp(one.end, UTC)
            return Missing(datetime.fromtimestamp(one.start, UTC), end, one.reason)
    return None


def _of_rule(stored: Stored, one: RuleThen, labels: Labels) -> Stored:
    """Return what one rule reads of what was read for all; its own series first, then the newest."""
    names = () if one.rule is None else _metrics(one.rule)
    mine = [each for each in stored.newest if each.metric in names] if one.rule is not None else list(stored.newest)
    mine.sort(key=lambda each: (not set(labels) <= set(each.labels), -each.at.timestamp()))
    return replace(stored, metrics=names if one.rule is not None else stored.metrics, newest=tuple(mine))


def _metrics(rule: AlertRule) -> tuple[str, ...]:
    """Return the names of the metrics that a rule reads, in order."""
    found: list[str] = []
    for leaf in rules.leaves(rule.rule.condition):
        if not isinstance(leaf, rules.AbsentAgent):
            metric = leaf.metric if isinstance(leaf, rules.AbsentMetric) else rules.metric_of(leaf.operand)
            found += [metric.name, *([] if metric.per is None else [metric.per.name])]
    return tuple(dict.fromkeys(found))


async def _followed(services: Services, base: Evidence, agent_id: int | None) -> Evidence:
    """Return it with what became of the alert: its transitions, its incident, its notices."""
    key, at = base.fingerprint, base.at
    async with services.database.snapshot() as connection:
        events = await alerts.until(connection, key, at + facts.NEAR, _EVENTS)
        late = [] if agent_id is None else await evaluations.late(connection, agent_id, at)
        runs = await evaluations.runs_around(connection, at)
        found = replace(base, events=events, late=late, runs=runs)
        episode = found.episode()
        if episode is None:
            return found
        listed = await incidents.places(connection, key, _PLACES)
        places = dict(listed)
        number = episode.fired.incident_id
        while number in places and (moved := places[number].moved_to) is not None:
            number = moved
        if number is None:
            return found
        entries = await incidents.lines_about(connection, [one for one, _ in listed] or [number], key, _LINES)
        notices = await notifications.listed(connection, number, None, None, _NOTICES)
        wishes = {one for each in entries if each.kind is EntryKind.QUIET for one in _SILENCE.findall(each.text)}
        return replace(
            found, incident=await incidents.head(connection, number), place=places.get(number), entries=entries,
            notices=notices[::-1], silences=await _silences(connection, sorted(map(int, wishes))[:_PLACES]),
        )  # fmt: skip


async def _silences(connection: Connection, ids: Sequence[int]) -> list[Silence]:
    found = [await quiet.silence(connection, one) for one in ids]
    return [one for one in found if one is not None]
