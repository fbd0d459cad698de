"""What survived a restart and waits for its target to come back."""

from collections.abc import Iterator, Mapping

import numpy as np
from opsentrix_protocol.catalogue import Labels

from opsentrix.alerting.agents import Agents
from opsentrix.alerting.compiled import Compiled, OfSeries
from opsentrix.model.alerts import Instance, Reason, State, Transition

WAIT_S = 3600.0
"""So long a series may take to come back while its agent is there."""
_Key = tuple[int, Labels]


class Restored:
    """Instances by agent, rule and labels."""

    def __init__(self) -> None:
        self._of: dict[int | None, dict[_Key, Instance]] = {}

    def __len__(self) -> int:
        return len(self._of)

    def keep(self, instance: Instance) -> None:
        """Let an instance wait."""
        self._of.setdefault(instance.agent_id, {})[instance.rule_id, instance.labels] = instance

    def of_agent(self, agent_id: int | None, rules: Mapping[int, Compiled]) -> list[Instance]:
        """Take out what needs no series: the targets that are this agent, or the rules themselves for None."""
        mine = self._of.get(agent_id, {})
        found = [one for one in mine.values() if not isinstance(rules.get(one.rule_id), OfSeries | None)]
        for one in found:
            self._take(agent_id, (one.rule_id, one.labels))
        return found

    def of_series(self, rule_id: int, agent_id: int, labels: Labels) -> Instance | None:
        """Take out what waits for one series."""
        return self._take(agent_id, (rule_id, labels))

    def left(self) -> list[Instance]:
        """Return what still waits."""
        return [one for mine in self._of.values() for one in mine.values()]

    def end(
        self, reason: Reason, now: float, *, agent_id: int | None = None, rule_id: int | None = None
    ) -> list[Transition]:
        """Take out all of an agent or all of a rule, and tell that they ended at `now`, Unix seconds."""
        gone = [one for one in self.left() if agent_id in (None, one.agent_id) and rule_id in (None, one.rule_id)]
        return list(self._ended(gone, reason, now))

    def lose(self, now: float, agents: Agents) -> list[Transition]:
        """Tell of those that were firing and have no data at `now`, Unix seconds."""
        told = []
        for one in self.left():
            row = agents.row_of.get(one.agent_id) if one.agent_id is not None else None
            if row is not None and one.state is State.FIRING and one.last < now - agents.stale_s.data[row]:
                self.keep(one._replace(state=State.UNKNOWN))
                told.append(self.ended(one, Reason.SAMPLES, now)._replace(after=State.UNKNOWN, at=one.last))
        return told

    def expire(self, now: float, clock: float, agents: Agents) -> list[Transition]:
        """Take out what waited for too long, though its agent sends samples."""
        if clock < WAIT_S:
            return []
        there = {one for one, row in agents.row_of.items() if not np.isnan(agents.first.data[row])}
        return list(self._ended([one for one in self.left() if one.agent_id in there], Reason.SERIES_GONE, now))

    @staticmethod
    def ended(one: Instance, reason: Reason, now: float) -> Transition:
        """Return that an instance ended at `now`, Unix seconds."""
        return Transition(
            one.rule_id, one.version, one.agent_id, one.labels, one.state, State.INACTIVE, now, one.since, reason=reason
        )

    def _ended(self, gone: list[Instance], reason: Reason, now: float) -> Iterator[Transition]:
        for one in gone:
            self._take(one.agent_id, (one.rule_id, one.labels))
            yield self.ended(one, reason, now)

    def _take(self, agent_id: int | None, key: _Key) -> Instance | None:
        mine = self._of.get(agent_id)
        if mine is None:
            return None
        found = mine.pop(key, None)
        if not mine:
            del self._of[agent_id]
        return found
