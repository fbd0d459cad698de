"""What keeps alerts quiet this moment: silences, maintenance windows, and lost agents that explain others."""

from datetime import datetime

from opsentrix.alerting.index import Index
from opsentrix.alerting.world import World
from opsentrix.model.incidents import Member
from opsentrix.model.quiet import Hush, Quiet, Subject
from opsentrix.model.watching import CANARY_RULE


class Hushes:
    """Answers for one moment after the other; the index says who is lost."""

    def __init__(self, world: World, index: Index, now: datetime) -> None:
        self._world = world
        self._index = index
        self._quiet = Quiet(world.silences, world.windows, now)

    @property
    def changes_at(self) -> datetime | None:
        """When a silence or window begins or ends next."""
        return self._quiet.changes_at

    def renew(self, now: datetime) -> None:
        """Go on to another moment."""
        self._quiet = Quiet(self._world.silences, self._world.windows, now)

    def of(self, member: Member) -> Hush | None:
        """Return what keeps an alert quiet; nothing does that with a canary."""
        if member.rule_id == CANARY_RULE:
            return None
        agent = None if member.agent_id is None else self._world.agent(member.agent_id)
        if agent is not None and self.explained(agent.id):
            ahead = self.ahead(agent.id)
            return Hush("unreachable" if ahead is None else f"behind {self._world.agent(ahead).name}", None)
        return self._quiet.of(Subject(agent, member.severity, member.rule_name, member.labels))

    def explained(self, agent_id: int) -> bool:
        """Return whether lost agents explain that an agent cannot be reached."""
        return self._world.dependencies.explained(agent_id, self._index.lost)

    def ahead(self, agent_id: int) -> int | None:
        """Return the nearest lost agent that an agent is behind."""
        return next((one for one in self._world.dependencies.ahead(agent_id) if one in self._index.lost), None)

    def named(self, member: Member) -> list[int]:
        """Return the lost agents that an alert's agent is behind: the texts about it may name them."""
        ahead = () if member.agent_id is None else self._world.dependencies.ahead(member.agent_id)
        return [one for one in ahead if one in self._index.lost]
