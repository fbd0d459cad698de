"""A book of incidents that is told a story, second by second."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from opsentrix.alerting.incidents import Book
from opsentrix.alerting.world import World
from opsentrix.model.dependencies import Dependencies
from opsentrix.model.incidents import Entry, Incident
from opsentrix.model.notifications import Notice
from opsentrix.model.quiet import MaintenanceWindow, Silence
from opsentrix.model.rules import Severity
from opsentrix.model.stored_alerts import AgentFacts, AlertEvent, AlertState, StoredRule

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
_FIRES = (AlertState.INACTIVE, AlertState.FIRING)
RULES = {"cpu": 1, "disk": 2, "offline": 3, "count": 4}


def at(seconds: float) -> datetime:
    """Return the moment of a story's second."""
    return START + timedelta(seconds=seconds)


def fingerprint(rule: str, agent: int | None, device: str = "") -> bytes:
    return hashlib.sha256(f"{rule} {agent} {device}".encode()).digest()


def rule(number: int, name: str, **fields: object) -> StoredRule:
    given = {
        "version": 1, "enabled": True, "severity": Severity.WARNING, "definition": {}, "labels": {}, "annotations": {},
        "group_by": (), "loss": name == "offline", "changed_at": START, "changed_by": "ann",
    }  # fmt: skip
    return StoredRule(id=number, name=name, **{**given, **fields})  # type: ignore[arg-type]  # of any of its fields


def agents(*environments: str) -> dict[int, AgentFacts]:
    """Return agents a1, a2, ... of these environments."""
    return {n: AgentFacts(n, f"a{n}", "server", one) for n, one in enumerate(environments, 1)}


def _spare(fleet: int) -> dict[int, AgentFacts]:
    return {n: AgentFacts(n, f"spare{n}") for n in range(1, fleet + 1)}


class Story:
    """Tells a book what happens, and keeps what comes of it."""

    def __init__(
        self, known: Mapping[int, AgentFacts], behind: Mapping[int, Sequence[int]] | None = None,
        silences: Sequence[Silence] = (), windows: Sequence[MaintenanceWindow] = (), fleet: int = 0,
        rules: Mapping[int, StoredRule] | None = None,
    ) -> None:  # fmt: skip
        rules = rules or {number: rule(number, name) for name, number in RULES.items()}
        self.world = World({**_spare(fleet), **known}, rules, Dependencies(behind or {}), silences, windows)
        self.book = Book((), self.world, 0, START)
        self.notices: list[Notice] = []
        self.entries: list[Entry] = []
        self._number = 0

    def fire(
        self, second: float, rule: str, agent: int | None, device: str = "", severity: Severity = Severity.WARNING
    ) -> Incident:
        """Let an alert fire; return the incident that it is in then."""
        return self._event(second, rule, agent, device, severity, *_FIRES)

    def fire_all(self, second: float, rule: str) -> None:
        """Let an alert of each agent fire, and keep what comes of it at the end only."""
        for agent in self.world.agents:
            self.book.apply(self._made(second, rule, agent, "", Severity.WARNING, *_FIRES))
        self._keep()

    def clear(self, second: float, rule: str, agent: int | None, device: str = "", reason: str = "") -> Incident:
        """Let an alert be resolved."""
        return self._event(
            second, rule, agent, device, Severity.WARNING, AlertState.FIRING, AlertState.INACTIVE, reason
        )

    def lose_data(self, second: float, rule: str, agent: int) -> Incident:
        """Let the data of a firing alert end."""
        return self._event(second, rule, agent, "", Severity.WARNING, AlertState.FIRING, AlertState.UNKNOWN)

    def get_data(self, second: float, rule: str, agent: int) -> Incident:
        """Let data of a firing alert come again."""
        return self._event(second, rule, agent, "", Severity.WARNING, AlertState.UNKNOWN, AlertState.FIRING)

    def wait(self, second: float) -> list[str]:
        """Go on to a second; return all notices so far, as `kind incident`."""
        self.book.advance(at(second))
        self._keep()
        return self.told

    def act(self, second: float, act: Callable[..., None], *arguments: object) -> None:
        """Let somebody do something."""
        self.book.advance(at(second))
        act(self.book, *arguments)
        self._keep()

    @property
    def told(self) -> list[str]:
        """All notices so far, as `kind incident`."""
        return [f"{one.kind} {one.incident_id}" for one in self.notices]

    def told_at(self) -> list[float]:
        """The seconds of the notices."""
        return [(one.at - START).total_seconds() for one in self.notices]

    def timeline(self, incident: int) -> list[str]:
        """The texts of an incident's timeline."""
        return [one.text for one in self.entries if one.incident_id == incident]

    def restart(self, second: float, world: World | None = None) -> None:
        """Make the book anew from what it knows."""
        self.world = world or self.world
        self.book = Book(self.book.incidents.values(), self.world, self.book.last_id, at(second))
        self._keep()

    def _event(
        self, second: float, rule: str, agent: int | None, device: str, severity: Severity, before: AlertState,
        after: AlertState, reason: str = "",
    ) -> Incident:  # fmt: skip
        event = self._made(second, rule, agent, device, severity, before, after, reason)
        self.book.apply(event)
        self._keep()
        key = event.fingerprint
        return [one for one in self.book.incidents.values() if any(m.fingerprint == key for m in one.own())][-1]

    def _made(
        self, second: float, rule: str, agent: int | None, device: str, severity: Severity, before: AlertState,
        after: AlertState, reason: str = "",
    ) -> AlertEvent:  # fmt: skip
        self._number += 1
        return AlertEvent(
            self._number, fingerprint(rule, agent, device), RULES[rule], 1, rule, agent,
            {"device": device} if device else {}, severity, rule == "offline", before, after, at(second), at(second),
            0.97, reason=reason,
        )  # fmt: skip

    def _keep(self) -> None:
        done = self.book.record.collect()
        self.notices += done.notices
        self.entries += done.entries
