"""One backtest from beginning to end: what to read, the replay in slices, and what would have become of it."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from opsentrix_protocol.catalogue import Series

from opsentrix.alerting import coarser
from opsentrix.alerting.episodes import Episode, Point, episodes, timeline
from opsentrix.alerting.rehearsal import Rehearsal
from opsentrix.alerting.replay import Replay
from opsentrix.alerting.world import World
from opsentrix.api.budget import Cost, choose
from opsentrix.api.services import Services
from opsentrix.model import rules
from opsentrix.model.dependencies import Dependencies
from opsentrix.model.history import Wanted, cut
from opsentrix.model.notifications import Notice, NoticeKind
from opsentrix.model.rules import AlertRule, Override, Rule
from opsentrix.model.selectors import Member
from opsentrix.model.stored_alerts import AlertEvent, StoredRule
from opsentrix.model.tiers import HOUR, SECOND, Tier
from opsentrix.notify import planning
from opsentrix.query import history
from opsentrix.storage import agents, alert_rules, alerts, quiet, series

LONGEST_S = 30.0
"""A replay that takes longer ends where it is."""
MOST_TRANSITIONS = 20_000
_SLICE_S = 0.025
"""A thread holds the interpreter for so long at a time; agents' frames are taken in between."""
_REST_S = 0.005
_POINTS = 400
_CLOCKS_S = 3600.0
_EVENTS_A_SLICE = 50
NOBODY = "no route tells anybody"
NOT_KEPT = 2**63 - 1
"""The id of a rule that is only tried: no kept one has it, nor those that the hub reserves for itself."""


class GoneError(Exception):
    """Who asked has gone away."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is replayed.

    Attributes:
        rule: what its text says.
        stored: the rest of it, as if it were kept.
        overrides: by agent.
        members: the agents that it covers, and since when each is there, Unix seconds.
        start: Unix seconds.
        end: Unix seconds.
    """

    rule: Rule
    stored: StoredRule
    overrides: Mapping[int, Override]
    members: Sequence[tuple[Member, float]]
    start: float
    end: float


@dataclass(slots=True)
class Outcome:
    """What a rule would have done; see `api.rule_tests.RuleTestAnswer`."""

    tier: Tier
    step_s: float
    agents: int
    end: float
    notes: list[str]
    truncated: bool
    series: int = 0
    targets: int = 0
    samples: int = 0
    episodes: Sequence[Episode] = ()
    timeline: Sequence[Point] = ()
    incidents: int = 0
    sent: int = 0
    untold: Mapping[str, int] | None = None


async def run(services: Services, asked: Asked, gone: Callable[[], Awaitable[bool]]) -> Outcome:
    """Replay a rule.

    Args:
        services: the hub's.
        asked: what.
        gone: whether who asked has gone away.

    Raises:
        GoneError: who asked has gone away.
    """
    needed = await _needed(services, asked)
    agent_ids = [member.id for member, _ in asked.members]
    first = _first(asked)
    finest = SECOND
    if agent_ids:
        finest = await services.exports.finest_tier(agent_ids, round(asked.start * 1000), round(asked.end * 1000))
    cost = Cost(len(agent_ids), len(needed), asked.end - first, windowed=coarser.windowed(asked.rule))
    budget = choose(cost, finest)
    tier, step_s = budget.tier, max(1.0, budget.tier.bucket_ms / 1000)
    members = asked.members[: budget.agents]
    kept = {member.id for member, _ in members}
    begin = first // step_s * step_s
    wanted = Wanted(
        sorted(kept), [one for one in needed if one[0] in kept], tier, round(begin * 1000), round(asked.end * 1000)
    )
    rule = asked.rule if tier is SECOND else coarser.coarser(asked.rule, step_s)
    replay = Replay(_alert_rule(asked.stored, rule), asked.overrides, members, begin, step_s, _touched_s(tier))
    notes = [*budget.notes, *_notes(asked.rule, tier, step_s)]
    outcome = Outcome(tier, step_s, len(members), asked.end, notes, budget.truncated)
    await _replay(services, replay, wanted, outcome, gone)
    await _conclude(services, replay, asked, outcome, gone)
    outcome.series = len(wanted.series)
    return outcome


def _first(asked: Asked) -> float:
    """Return from when on there can be anything to look at: what a rule looks back upon, but no time before its agents.

    An hour is added to their age, as their clocks may be behind.
    """
    oldest = min((since for _, since in asked.members), default=0.0)
    return min(asked.end, max(0.0, asked.start - coarser.lead_s(asked.rule), oldest - _CLOCKS_S))


async def _needed(services: Services, asked: Asked) -> list[tuple[int, int, Series]]:
    """Return the series that the rule looks at: agent, number and name, by agents."""
    names = coarser.names_of(asked.rule)
    if not names:
        return []
    async with services.database.connection() as connection:
        found = await series.of_agents(connection, [member.id for member, _ in asked.members], names, ())
    return await asyncio.to_thread(_chosen, asked.rule, found)


def _chosen(rule: Rule, found: Iterable[tuple[int, int, Series]]) -> list[tuple[int, int, Series]]:
    by_agent: dict[int, list[tuple[int, int, Series]]] = {}
    for one in found:
        by_agent.setdefault(one[0], []).append(one)
    return [
        mine[at]
        for mine in by_agent.values()
        for at in coarser.needed(rule, [one for _, _, one in mine])
    ]  # fmt: skip


def _touched_s(tier: Tier) -> float:
    """Return how often a replay looks which series there are, and after how long one that is not there is gone."""
    return 86_400.0 if tier is HOUR else 3600.0


def _alert_rule(stored: StoredRule, rule: Rule) -> AlertRule:
    return AlertRule(stored.id, stored.version, stored.name, rule, stored.severity)


async def _replay(
    services: Services, replay: Replay, wanted: Wanted, outcome: Outcome, gone: Callable[[], Awaitable[bool]]
) -> None:
    """Run the replay in slices; it ends early where it takes too long or tells too much."""
    until = time.monotonic() + LONGEST_S
    passes = 64
    async with contextlib.aclosing(history.read(services.database, wanted)) as chunks:
        async for whole in chunks:
            for chunk in cut(whole, _touched_s(wanted.tier)):
                await asyncio.to_thread(replay.load, chunk)
                more = True
                while more:
                    began = time.monotonic()
                    more = await asyncio.to_thread(replay.run, passes)
                    took = time.monotonic() - began
                    passes = min(max(8, round(passes * _SLICE_S / max(took, 1e-3))), 4 * passes)
                    await _rest(gone)
                    if began > until or len(replay.told) > MOST_TRANSITIONS:
                        _cut_short(replay, outcome)
                        return


def _cut_short(replay: Replay, outcome: Outcome) -> None:
    outcome.end = min(replay.now, outcome.end)
    outcome.truncated = True
    why = "it tells too much" if len(replay.told) > MOST_TRANSITIONS else f"it took longer than {LONGEST_S:.0f} s"
    reached = datetime.fromtimestamp(outcome.end, UTC)
    outcome.notes.append(f"The replay ends at {reached:%Y-%m-%d %H:%M:%S} UTC: {why}. What follows is left out.")


async def _rest(gone: Callable[[], Awaitable[bool]]) -> None:
    await asyncio.sleep(_REST_S)
    if await gone():
        raise GoneError


async def _conclude(
    services: Services, replay: Replay, asked: Asked, outcome: Outcome, gone: Callable[[], Awaitable[bool]]
) -> None:
    """Say what fired, and what would have become of it."""
    outcome.samples = replay.samples
    outcome.targets = replay.targets
    outcome.episodes = await asyncio.to_thread(episodes, replay.told, replay.worst.left(), asked.start)
    outcome.timeline = timeline(replay.told, asked.start, outcome.end, outcome.step_s, _POINTS)
    begin, end = datetime.fromtimestamp(asked.start, UTC), datetime.fromtimestamp(outcome.end, UTC)
    async with services.database.snapshot() as connection:
        stored = {one.id: one for one in await alert_rules.everyone(connection)}
        world = World(
            {one.id: one for one in await agents.facts(connection)},
            {**stored, asked.stored.id: asked.stored},
            Dependencies(await quiet.dependencies(connection)),
            await quiet.silences(connection, begin),
            await quiet.windows(connection),
        )
        losses: list[AlertEvent] = []
        if not asked.stored.loss:
            losses = await alerts.losses(connection, begin, end, MOST_TRANSITIONS)
        book = await services.notifier.book(connection)
    first = min([replay.now, asked.start, *(one.now for one in replay.told[:1])])
    rehearsal = Rehearsal(asked.stored, world, first)
    steps = rehearsal.run(replay.told, losses, outcome.episodes)
    while await asyncio.to_thread(_some, steps):
        await _rest(gone)
    await asyncio.to_thread(rehearsal.finish, outcome.end)
    outcome.incidents = rehearsal.incidents
    outcome.sent, unheard = _routed(book, rehearsal.notices)
    outcome.untold = {**rehearsal.untold, **({NOBODY: unheard} if unheard else {})}


def _some(steps: Iterable[AlertEvent]) -> bool:
    """Take some steps; return whether there may be more."""
    return sum(1 for _, _ in zip(range(_EVENTS_A_SLICE), steps, strict=False)) == _EVENTS_A_SLICE


def _routed(book: planning.Book, notices: Sequence[Notice]) -> tuple[int, int]:
    """Return how many notices reach somebody by the routes, and how many nobody."""
    told: dict[int | None, set[int]] = {}
    sent = 0
    for one in notices:
        before = told.setdefault(one.incident_id, set())
        made = planning.plan(book, one, before if one.kind is not NoticeKind.OPENED else frozenset(), one.at)
        before |= {each.channel_id for each in made.deliveries}
        sent += bool(made.deliveries or made.escalations)
    return sent, len(notices) - sent


def _notes(rule: Rule, tier: Tier, step_s: float) -> list[str]:
    """Say what a tier loses, and what is not known of the past."""
    notes = []
    if tier is not SECOND:
        word = "hour" if tier is HOUR else "minute"
        chosen = {coarser.stands(rule, one) for one in coarser.metrics_of(rule)}
        notes += [
            f"Of each {word} the {one.value} sample stands for the newest one"
            + (": a spike is seen." if one is not coarser.Stands.MEAN else ": a spike within it is not seen.")
            for one in sorted(chosen)
        ]
        if coarser.coarser(rule, step_s) != rule:
            notes.append(f"Windows shorter than {step_s:.0f} s are taken as one {word}, periods as whole ones.")
        notes.append(f"Begins and ends are right to three {word}s.")
    leaves = list(rules.leaves(rule.condition))
    if any(isinstance(one, rules.AbsentAgent | rules.AbsentMetric) for one in leaves):
        notes.append("An agent counts as absent while no samples of it are stored: heartbeats leave no history.")
    notes.append("Agents, overrides, routes and dependencies are taken as they are now; silences as they were.")
    return notes


def as_stored(
    kept: StoredRule | None, severity: rules.Severity | None, group_by: Sequence[str] | None, now: datetime, *,
    loss: bool,
) -> StoredRule:  # fmt: skip
    """Return a rule as if it were kept: what is given, and else what is kept."""
    base = kept or StoredRule(NOT_KEPT, "Rule", 1, True, rules.Severity.WARNING, {}, {}, {}, (), loss, now, "")
    return replace(
        base, loss=loss, severity=severity or base.severity,
        group_by=base.group_by if group_by is None else tuple(group_by),
    )  # fmt: skip
