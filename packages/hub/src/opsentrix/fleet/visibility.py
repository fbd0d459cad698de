"""Which agents somebody sees: the one place that turns a scope into agents."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence

from opsentrix.fleet.registry import Liveness, Registry
from opsentrix.model.users import Scope

_KEPT = 256
"""Scopes whose agents are remembered: a set of 10,000 numbers takes about half a megabyte."""


class Visibility:
    """Finds the agents within scopes; no scopes at all see everything, at no cost."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._known: OrderedDict[tuple[Scope, ...], tuple[int, frozenset[int]]] = OrderedDict()

    def find(self, scopes: Sequence[Scope], agent_id: int) -> Liveness | None:
        """Return what is known of an agent if it exists and is within all scopes."""
        known = self._registry.get(agent_id)
        return known if known is not None and _within(scopes, known) else None

    def only(self, scopes: Sequence[Scope]) -> frozenset[int] | None:
        """Return the ids of the agents within all scopes, or None for no limit.

        It is the same object until an agent comes, goes, or changes its environment or tags.
        """
        if not scopes:
            return None
        key, generation = tuple(scopes), self._registry.generation
        kept = self._known.get(key)
        if kept is None or kept[0] != generation:
            ids = frozenset(one for one in self._registry.ids() if self.find(key, one) is not None)
            if kept is not None and kept[1] == ids:
                ids = kept[1]
            kept = self._known[key] = generation, ids
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return kept[1]

    def ids(self, scopes: Sequence[Scope]) -> Collection[int]:
        """Return the ids of all agents within all scopes."""
        only = self.only(scopes)
        return self._registry.ids() if only is None else only

    def count(self, scope: Scope, agent_ids: Iterable[int]) -> int:
        """Return how many of some agents exist and are within a scope."""
        return sum(self.find((scope,), one) is not None for one in agent_ids)


def _within(scopes: Sequence[Scope], known: Liveness) -> bool:
    return all(one.covers(known.agent.environment, known.agent.tags) for one in scopes)
