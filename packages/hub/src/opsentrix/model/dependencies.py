"""Which agents are behind which others: gateways, switches, hosts of virtual machines."""

from collections.abc import Collection, Container, Iterator, Mapping


class Dependencies:
    """Agents and those that they are directly behind. Of several, any one that is reachable is enough."""

    def __init__(self, behind: Mapping[int, Collection[int]]) -> None:
        """Take for each agent those that it is directly behind."""
        self._parents = behind
        self._children: dict[int, list[int]] = {}
        for child, parents in behind.items():
            for parent in parents:
                self._children.setdefault(parent, []).append(child)

    def explained(self, agent: int, lost: Container[int]) -> bool:
        """Return whether an agent cannot be reached because all that it is behind are lost, or are unreachable too."""
        return self._explained(agent, lost, {agent})

    def _explained(self, agent: int, lost: Container[int], above: set[int]) -> bool:
        parents = self._parents.get(agent, ())
        return bool(parents) and all(
            one in lost or (one not in above and self._explained(one, lost, above | {one})) for one in parents
        )

    def ahead(self, agent: int) -> Iterator[int]:
        """Yield the agents that an agent is behind, the nearest first."""
        return self._walk(agent, self._parents)

    def behind(self, agent: int) -> Iterator[int]:
        """Yield the agents that are behind an agent, the nearest first."""
        return self._walk(agent, self._children)

    def cycle(self, agent: int, parents: Collection[int]) -> list[int] | None:
        """Return the way from an agent back to itself that there would be if it were behind these; None for none."""
        came: dict[int, int] = {}
        waiting = [one for one in parents if one not in came]
        came.update(dict.fromkeys(waiting, agent))
        while waiting:
            one = waiting.pop(0)
            if one == agent:
                path = [agent]
                while (one := came[one]) != agent:
                    path.append(one)
                return [agent, *reversed(path)]
            for further in self._parents.get(one, ()):
                if further not in came:
                    came[further] = one
                    waiting.append(further)
        return None

    def _walk(self, agent: int, to: Mapping[int, Collection[int]]) -> Iterator[int]:
        seen, waiting = {agent}, [agent]
        while waiting:
            following = [far for near in waiting for far in to.get(near, ())]
            waiting = []
            for one in following:
                if one not in seen:
                    seen.add(one)
                    waiting.append(one)
                    yield one
