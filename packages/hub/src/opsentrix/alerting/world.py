"""What is known beside the alerts when incidents are kept: agents, rules, dependencies, and who asked for quiet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from opsentrix.model import watching
from opsentrix.model.dependencies import Dependencies
from opsentrix.model.quiet import MaintenanceWindow, Silence
from opsentrix.model.stored_alerts import AgentFacts, StoredRule

_RESERVED = {one.id: AgentFacts(one.id, one.name, one.type) for one in (watching.HUB, watching.CANARY)}


@dataclass(frozen=True, slots=True)
class World:
    """The same for all events of one pass.

    Attributes:
        agents: all, by id.
        rules: by id.
    """

    agents: Mapping[int, AgentFacts] = field(default_factory=dict)
    rules: Mapping[int, StoredRule] = field(default_factory=dict)
    dependencies: Dependencies = field(default_factory=lambda: Dependencies({}))
    silences: Sequence[Silence] = ()
    windows: Sequence[MaintenanceWindow] = ()

    @property
    def fleet(self) -> int:
        """How many agents there are."""
        return len(self.agents)

    def agent(self, agent_id: int) -> AgentFacts:
        """Return what is known of an agent; of one that was deleted, only its number."""
        return self.agents.get(agent_id) or _RESERVED.get(agent_id) or AgentFacts(agent_id, f"agent {agent_id}")
