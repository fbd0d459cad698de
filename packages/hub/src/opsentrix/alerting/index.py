"""Where alerts are: which incident has which alert, and which alerts that are not over could draw others to theirs."""

from collections.abc import Iterator
from typing import TypeVar

from opsentrix.alerting.world import World
from opsentrix.model import globs
from opsentrix.model.incidents import Incident, Member
from opsentrix.model.watching import CANARY_RULE

Key = tuple[str, int, str]
_K = TypeVar("_K")


class Index:
    """Finds incidents by what their alerts have in common; each answer takes the same time however many there are."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._place: dict[bytes, int] = {}
        self._shared: dict[Key, dict[bytes, int]] = {}
        self.lost: dict[int, dict[bytes, int]] = {}
        """The agents that are lost, each with the alerts that say so and their incidents."""

    def place(self, fingerprint: bytes) -> int | None:
        """Return the incident that an alert is in, or was in until it was resolved."""
        return self._place.get(fingerprint)

    def counts(self, member: Member) -> bool:
        """Return whether an alert is noted as one that is not over."""
        return any(
            member.fingerprint in self._shared.get(key, ()) for key in self._keys(member.rule_id, member.agent_id)
        )

    def settle(self, incident: Incident, member: Member) -> None:
        """Note that an alert is in an incident."""
        self._place[member.fingerprint] = incident.id

    def add(self, incident: Incident, member: Member) -> None:
        """Note that an alert of an open incident is not over."""
        for key in self._keys(member.rule_id, member.agent_id):
            self._shared.setdefault(key, {})[member.fingerprint] = incident.id

    def lose(self, incident: Incident, member: Member) -> None:
        """Note that an alert says that its agent is lost, whatever people did with its incident."""
        if member.loss and member.agent_id is not None:
            self.lost.setdefault(member.agent_id, {})[member.fingerprint] = incident.id

    def find(self, member: Member) -> None:
        """Note that an alert does not say any more that its agent is lost."""
        if member.agent_id is not None:
            _drop(self.lost, member.agent_id, member.fingerprint)

    def remove(self, member: Member) -> None:
        """Note that an alert draws no others to its incident any more; it can still be found by its fingerprint."""
        for key in self._keys(member.rule_id, member.agent_id):
            _drop(self._shared, key, member.fingerprint)

    def same_rule(self, rule_id: int, agent_id: int | None) -> tuple[int, str] | None:
        """Return the incident of an alert of the same rule whose agent is alike, and in what."""
        for key in self._rule_keys(rule_id, agent_id):
            if found := self._shared.get(key):
                shared = f"{key[0]} {key[2]}" if key[2] else "no environment"
                return next(iter(found.values())), f"same rule, {shared}"
        return None

    def same_agent(self, agent_id: int) -> int | None:
        """Return the incident of another alert of an agent."""
        found = self._shared.get(("agent", agent_id, ""))
        return next(iter(found.values())) if found else None

    def alerts_of(self, agent_id: int) -> list[tuple[bytes, int]]:
        """Return the alerts of an agent that are not over, with their incidents."""
        return list(self._shared.get(("agent", agent_id, ""), {}).items())

    def _keys(self, rule_id: int, agent_id: int | None) -> Iterator[Key]:
        if rule_id == CANARY_RULE:
            return  # each canary has an incident of its own
        yield from self._rule_keys(rule_id, agent_id)
        if agent_id is not None:
            yield "agent", agent_id, ""

    def _rule_keys(self, rule_id: int, agent_id: int | None) -> Iterator[Key]:
        if agent_id is None:
            yield "rule", rule_id, ""
            return
        agent, rule = self._world.agent(agent_id), self._world.rules.get(rule_id)
        yield "environment", rule_id, agent.environment
        for tag in sorted(agent.tags) if rule is not None and rule.group_by else ():
            if rule is not None and any(globs.matches(one, tag) for one in rule.group_by):
                yield "tag", rule_id, tag


def _drop(of: dict[_K, dict[bytes, int]], key: _K, fingerprint: bytes) -> None:
    found = of.get(key)
    if found is not None and found.pop(fingerprint, None) is not None and not found:
        del of[key]
