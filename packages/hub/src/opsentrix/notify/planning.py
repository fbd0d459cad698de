"""Who gets a notice, and when. Pure: the moment is an argument."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from opsentrix.model.channels import Channel
from opsentrix.model.notifications import CRITICAL, ROUTED, Notice, NoticeKind, Planned
from opsentrix.model.rotas import Rota, on_call
from opsentrix.model.routing import Escalation, Route, Target, TargetKind, verdicts
from opsentrix.model.watching import CANARY_CHANNEL, HUB_AGENT, number_of


@dataclass(frozen=True, slots=True)
class Book:
    """All that decides who is told, as it is at one moment."""

    channels: Mapping[int, Channel]
    routes: tuple[Route, ...]
    escalations: Mapping[int, Escalation]
    rotas: Mapping[int, Rota]


@dataclass(slots=True)
class Plan:
    """Who gets a notice.

    Attributes:
        deliveries: in the order in which they were found; a channel is in it once.
        escalations: those that begin.
        ends_escalations: whether those of the incident end.
        decision: for people: which routes took it and why.
    """

    deliveries: list[Planned] = field(default_factory=list)
    escalations: list[Escalation] = field(default_factory=list)
    ends_escalations: bool = False
    decision: list[dict[str, Any]] = field(default_factory=list)

    def add(self, channel_id: int, why: str) -> None:
        """Add a channel, unless it is there."""
        if all(one.channel_id != channel_id for one in self.deliveries):
            self.deliveries.append(Planned(channel_id, why))


def plan(book: Book, notice: Notice, told: AbstractSet[int], now: datetime) -> Plan:
    """Decide who gets a notice.

    Args:
        book: channels, routes, escalations and rotas.
        notice: of any kind but a test.
        told: the channels that were told of its incident before. They get whatever follows, and nobody else gets an
            end: whoever got the alarm gets its resolution, whatever the routes say now. Where nobody was told yet, a
            change is news, and goes where the routes say.
        now: the moment; it decides about hours and rotas.
    """
    if notice.incident_id is not None and number_of(notice.incident_id) is not None:
        return Plan([Planned(CANARY_CHANNEL, "canary")])
    made = Plan(ends_escalations=notice.kind in (NoticeKind.ACKNOWLEDGED, NoticeKind.RESOLVED))
    if notice.kind in ROUTED or (notice.kind is NoticeKind.CHANGED and not told):
        for verdict in verdicts(book.routes, notice, now):
            names: list[str] = []
            if verdict.taken:
                source = f"route {verdict.route.name}"
                for target in verdict.route.targets:
                    names += [name for _, name in _take(book, made, target, source, now)]
            made.decision.append(
                {
                    "route": verdict.route.name,
                    "taken": verdict.taken,
                    "why": verdict.why,
                    "told": names,
                    "targets": len(verdict.route.targets),
                    "default": verdict.route.default,
                }
            )
    if notice.kind is not NoticeKind.OPENED:
        for channel_id in sorted(told):
            made.add(channel_id, "was told of this incident before")
    if HUB_AGENT in notice.agent_ids and notice.kind in ROUTED and made.deliveries:
        _go_round(book, made)
    if not made.deliveries and not made.escalations:
        made.decision.append({"route": "", "taken": False, "why": "nobody is to be told", "told": []})
    return made


def _go_round(book: Book, made: Plan) -> None:
    """Let what is about the hub go by all channels that work, where all that were chosen are failing."""
    if any(book.channels[one.channel_id].health.failing_since is None for one in made.deliveries):
        return
    names = []
    for channel in book.channels.values():
        if channel.id != CANARY_CHANNEL and channel.new.enabled and channel.health.failing_since is None:
            made.add(channel.id, "about the hub, and the channels of its routes are failing")
            names.append(channel.new.name)
    made.decision.append({"route": "", "taken": bool(names), "why": "the routes' channels are failing", "told": names})


def _take(book: Book, made: Plan, target: Target, source: str, now: datetime) -> Iterator[tuple[int, str]]:
    if target.kind is not TargetKind.ESCALATION:
        for channel_id, why in reached(book, (target,), source, now):
            made.add(channel_id, why)
            yield channel_id, book.channels[channel_id].new.name
    elif (one := book.escalations.get(target.id)) is not None and one not in made.escalations:
        made.escalations.append(one)
        yield 0, f"escalation {one.name}"


def reached(book: Book, targets: Iterable[Target], source: str, now: datetime) -> Iterator[tuple[int, str]]:
    """Yield the channels that targets name at a moment, and why; those that are off are left out."""
    for target in targets:
        if target.kind is TargetKind.CHANNEL:
            found: tuple[int, ...] = (target.id,)
            why = source
        elif target.kind is TargetKind.ROTA and target.id in book.rotas:
            rota = book.rotas[target.id]
            member = on_call(rota, now).member
            found, why = member.channels, f"{source}, {member.name} on call in {rota.name}"
        else:
            continue
        for channel_id in found:
            channel = book.channels.get(channel_id)
            if channel is not None and channel.new.enabled:
                yield channel_id, why


def when(channel: Channel, notice: Notice, now: datetime, *, bundles: bool) -> tuple[datetime, bool]:
    """Return when a notice is due at a channel, and whether it waits for the digest.

    Digests are at whole multiples of their length since 1970, so that all hub processes agree on them.
    """
    minutes = channel.new.digest_minutes
    if not minutes or not bundles or notice.severity == CRITICAL:
        return now, False
    length = minutes * 60
    after = int(now.timestamp()) // length * length + length
    return datetime.fromtimestamp(after, UTC), True


def steps_due(
    book: Book, escalation: Escalation, begun: datetime, number: int, now: datetime
) -> tuple[list[Planned], int, datetime | None]:
    """Return whom the steps of an escalation tell that are due, which step is next, and when that is.

    Of steps that are due at once, because no hub ran meanwhile, each tells its own channels.

    Returns:
        Deliveries, whose `step` is the step's number; the next number; None where no step follows.
    """
    deliveries: list[Planned] = []
    while (moment := escalation.moment(number)) is not None and begun + moment <= now:
        source = f"step {number + 1} of escalation {escalation.name}"
        seen = set()
        for channel_id, why in reached(book, escalation.step(number).targets, source, now):
            if channel_id not in seen:
                seen.add(channel_id)
                deliveries.append(Planned(channel_id, why, number))
        number += 1
    return deliveries, number, None if moment is None else begun + moment


LATEST = timedelta(hours=24)
"""How long a delivery is tried."""
_FIRST_S, _LONGEST_S = 1.0, 300.0


def pause(tries: int, chance: float, asked_s: float | None = None) -> timedelta:
    """Return how long to wait after so many tries that failed.

    Args:
        tries: 1 and more.
        chance: evenly from 0 to 1, so that many do not come back in the same moment.
        asked_s: what the provider asked for; it counts when it is longer, up to the longest pause.
    """
    grown = min(_LONGEST_S, _FIRST_S * 2 ** min(tries - 1, 16))
    seconds = grown * (0.5 + chance / 2)
    return timedelta(seconds=max(seconds, min(asked_s or 0.0, _LONGEST_S)))
