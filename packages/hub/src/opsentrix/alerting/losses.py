"""Agents that were lost just now: when they are many, they are lost for one reason."""

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime

from opsentrix.alerting import timing
from opsentrix.model.incidents import Incident, IncidentKind, Member


class Losses:
    """The alerts of the last minute that say that an agent is lost, with the incidents that they were put into."""

    def __init__(self) -> None:
        self._lately: deque[tuple[datetime, int, Member]] = deque()

    def add(self, incident: Incident, member: Member) -> None:
        """Take an alert that fires in an incident."""
        if member.loss:
            self._lately.append((member.fired_at, incident.id, member))

    def sort(self) -> None:
        """Put them into the order in which they fired, after they were added in another."""
        self._lately = deque(sorted(self._lately, key=lambda one: one[0]))

    def gathered(self, incidents: Mapping[int, Incident], now: datetime) -> Incident | None:
        """Return the open incident about many lost agents that one was put into within the last minute."""
        while self._lately and now - self._lately[0][0] > timing.TOGETHER:
            self._lately.popleft()
        for _, incident_id, member in reversed(self._lately):
            incident = incidents[incident_id]
            if incident.open and incident.kind is IncidentKind.MASS_LOSS and member.moved_to is None:
                return incident
        return None

    def scattered(self, fleet: int, now: datetime, explained: Iterable[int]) -> list[tuple[int, Member]]:
        """Return for each agent that is still lost its alert and the incident of that, if they are many.

        Args:
            fleet: how many agents there are.
            now: the moment.
            explained: agents whose loss another one explains; asked for only if it matters.
        """
        if not _many(len(self._lately), fleet):
            return []
        known = set(explained)
        lost = {
            member.agent_id: (place, member)
            for _, place, member in self._lately
            if member.counts(now) and member.agent_id is not None and member.agent_id not in known
        }
        return list(lost.values()) if _many(len(lost), fleet) else []


def _many(agents: int, fleet: int) -> bool:
    return agents >= timing.MASS_AGENTS and agents > timing.MASS_SHARE * fleet
