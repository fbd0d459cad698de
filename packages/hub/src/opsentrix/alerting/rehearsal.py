"""What would have become of alerts: the incident book is given what a replay told, and nobody is told of anything."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import merge

from opsentrix.alerting.episodes import Episode
from opsentrix.alerting.incidents import Book
from opsentrix.alerting.replay import Told
from opsentrix.alerting.world import World
from opsentrix.model.alerts import State, fingerprint
from opsentrix.model.incidents import Member
from opsentrix.model.notifications import Notice
from opsentrix.model.stored_alerts import AlertEvent, AlertState, StoredRule

_ALARMING = (State.FIRING, State.UNKNOWN)
_AT_ONCE = "over before people were told"


@dataclass(slots=True)
class _Fired:
    """An alert that fired, and of which it is not known yet whether people would have been told."""

    episode: Episode
    quiet: str


class Rehearsal:
    """Brings incidents forward as the keeper does.

    Attributes:
        notices: what people would have been told of the rule's incidents, in order.
        untold: why nobody would have been told of an alert, and of how many.
    """

    def __init__(self, rule: StoredRule, world: World, begin: float) -> None:
        """Take the rule, what is known beside it, and the moment that history begins at, Unix seconds."""
        self._rule = rule
        self._book = Book((), world, 0, _time(begin))
        self._members: dict[bytes, Member] = {}
        self._own: set[int] = set()
        self._fired: dict[bytes, _Fired] = {}
        self.notices: list[Notice] = []
        self.untold: Counter[str] = Counter()

    @property
    def incidents(self) -> int:
        """In how many incidents alerts of the rule were."""
        return len(self._own)

    def run(
        self, told: Iterable[Told], losses: Iterable[AlertEvent], listed: Sequence[Episode]
    ) -> Iterator[AlertEvent]:
        """Take all transitions, and yield after each.

        Args:
            told: by the replay.
            losses: recorded transitions of other rules, that agents are lost: alerts of those behind are quiet.
            listed: the episodes of `told`, of which `quiet` is filled in.
        """
        episode_of = {(self._fingerprint(one.agent_id, one.labels), one.told_at): one for one in listed}
        own = (one for number, each in enumerate(told) if (one := self._event(number, each)) is not None)
        for event in merge(own, losses, key=lambda one: one.recorded_at):
            self._book.apply(event)
            self._collect()
            if event.rule_id == self._rule.id:
                self._note(event, episode_of)
            yield event

    def finish(self, end: float) -> None:
        """Go on to the end, Unix seconds."""
        self._book.advance(_time(end))
        self._collect()
        for key in list(self._fired):
            self._settle(key)

    def _event(self, number: int, told: Told) -> AlertEvent | None:
        one = told.transition
        if one.before not in _ALARMING and one.after not in _ALARMING:
            return None
        return AlertEvent(
            number, self._fingerprint(one.agent_id, one.labels), self._rule.id, self._rule.version, self._rule.name,
            one.agent_id, dict(one.labels), self._rule.severity, self._rule.loss, AlertState[one.before.name],
            AlertState[one.after.name], _time(one.at), _time(told.now), one.value, one.threshold, str(one.reason),
        )  # fmt: skip

    def _fingerprint(self, agent_id: int | None, labels: tuple[tuple[str, str], ...]) -> bytes:
        return fingerprint(self._rule.id, agent_id, labels)

    def _collect(self) -> None:
        done = self._book.record.collect()
        for (incident, key), member in done.members.items():
            if member.rule_id == self._rule.id:
                self._own.add(incident)
                if member.moved_to is None:
                    self._members[key] = member
        self.notices += [one for one in done.notices if one.incident_id in self._own]

    def _note(self, event: AlertEvent, episode_of: Mapping[tuple[bytes, float], Episode]) -> None:
        episode = episode_of.get((event.fingerprint, event.recorded_at.timestamp()))
        if event.after is AlertState.FIRING and episode is not None:
            self._settle(event.fingerprint)
            episode.quiet = self._members[event.fingerprint].quiet
            self._fired[event.fingerprint] = _Fired(episode, episode.quiet)

    def _settle(self, key: bytes) -> None:
        """Count why nobody was told of an alert, unless somebody was."""
        fired = self._fired.pop(key, None)
        if fired is not None and not self._members[key].told:
            self.untold[self._members[key].quiet or fired.quiet or _AT_ONCE] += 1


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
