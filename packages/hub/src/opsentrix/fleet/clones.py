"""Two hosts with one identity: how that is noticed, and how one of them keeps it.

Evidence is what cannot come back by itself: a run of the agent (a process, by its random boot id) that was followed by
another one, or a machine (by its machine id) that was. One run that comes back may be a machine put back to a snapshot;
only two that take turns are two hosts. Addresses are no evidence: NAT and DHCP change them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from opsentrix import selfmetrics
from opsentrix.db import Database
from opsentrix.errors import ConflictError, NotFoundError
from opsentrix.model.identity import Clone, Host
from opsentrix.storage import audit, clones

WITHIN_S = 3600.0
"""Runs that come back count for so long."""
RUNS = 8
"""Runs that are remembered of an agent, the newest: hosts that take turns are among them."""


@dataclass(slots=True)
class Seen:
    """What was seen of one agent, the newest last.

    Attributes:
        returned: when runs came back, in seconds of a clock that never jumps.
    """

    runs: dict[bytes, Host] = field(default_factory=dict)
    returned: dict[bytes, float] = field(default_factory=dict)
    machines: dict[str, Host] = field(default_factory=dict)

    def arrive(self, host: Host, now: float) -> tuple[Host, Host] | None:
        """Note that a host says hello; return it with the other one when they share the identity."""
        before = next(reversed(self.runs.values()), None)
        rival = self._machine(host)
        if before is not None and before.run != host.run and host.run in self.runs:
            self.returned[host.run] = now
            self.returned = {run: at for run, at in self.returned.items() if now - at <= WITHIN_S}
            if len(self.returned) > 1:
                rival = rival or before
        self.runs.pop(host.run, None)
        self.runs[host.run] = host
        while len(self.runs) > RUNS:
            self.runs.pop(next(iter(self.runs)))
        return None if rival is None else (rival, host)

    def _machine(self, host: Host) -> Host | None:
        if not host.machine:
            return None
        before = next(reversed(self.machines.values()), None)
        came_back = before is not None and before.machine != host.machine and host.machine in self.machines
        self.machines.pop(host.machine, None)
        self.machines[host.machine] = host
        while len(self.machines) > clones.KEPT_MACHINES:
            self.machines.pop(next(iter(self.machines)))
        return before if came_back else None


class Clones:
    """Knows which agents share their identity."""

    def __init__(self, database: Database, steady: Callable[[], float]) -> None:
        """Take the database, and seconds of a clock that never jumps."""
        self._database = database
        self._steady = steady
        self._seen: dict[int, Seen] = {}
        self._found: dict[int, Clone] = {}

    async def load(self) -> None:
        """Read what was noticed before."""
        async with self._database.connection() as connection:
            for one in await clones.everything(connection):
                self._found[one.agent_id] = one
            for agent_id, hosts in (await clones.machines(connection)).items():
                self._seen[agent_id] = Seen(machines={host.machine: host for host in hosts})
        selfmetrics.CLONES.set(len(self._found))

    def of(self, agent_id: int) -> Clone | None:
        """Return what was noticed of an agent."""
        return self._found.get(agent_id)

    def noticed(self, agent_id: int) -> bool:
        """Return whether two hosts share this identity."""
        return agent_id in self._found

    def kept(self, agent_id: int) -> bool:
        """Return whether a person has chosen one of two hosts, which has no credential of its own yet."""
        found = self._found.get(agent_id)
        return found is not None and found.kept is not None

    async def arrived(self, agent_id: int, host: Host) -> bool:
        """Note that a host says hello for an agent; return False when another host was kept."""
        found = self._found.get(agent_id)
        if found is not None and found.kept is not None:
            return is_kept(found, host)
        seen = self._seen.setdefault(agent_id, Seen())
        newest = next(reversed(seen.machines), "")
        sides = seen.arrive(host, self._steady())
        if host.machine and host.machine != newest:
            async with self._database.transaction() as connection:
                await clones.add_machine(connection, agent_id, host)
        if sides is not None and found is None:
            await self._notice(Clone(agent_id, host.seen_at, sides))
        return True

    async def keep(self, agent_id: int, run: bytes, actor: str, address: str) -> Clone:
        """Let one of the two keep the identity: from now on the other is refused.

        Raises:
            NotFoundError: no two hosts were noticed, or none of them is this run.
            ConflictError: one of them was kept already.
        """
        found = self._found.get(agent_id)
        index = None if found is None else next((i for i, side in enumerate(found.sides) if side.run == run), None)
        if found is None or index is None:
            raise NotFoundError(f"No such host was noticed with the identity of agent {agent_id}.")
        if found.kept is not None:
            raise ConflictError("One of the two was kept already.")
        chosen = replace(found, kept=index)
        async with self._database.transaction() as connection:
            await clones.put(connection, chosen)
            await audit.add(
                connection, actor, "agent.clone.keep", f"agent:{agent_id}", address, **_named(found.sides[index])
            )
        self._found[agent_id] = chosen
        return chosen

    async def settled(self, agent_id: int) -> None:
        """Forget everything of an agent whose identity is its own: the kept host renewed it, or it enrolled again."""
        async with self._database.transaction() as connection:
            await clones.settle(connection, agent_id)
        self.forget(agent_id)

    def forget(self, agent_id: int) -> None:
        """Forget an agent that is gone."""
        self._seen.pop(agent_id, None)
        self._found.pop(agent_id, None)
        selfmetrics.CLONES.set(len(self._found))

    async def _notice(self, clone: Clone) -> None:
        self._found[clone.agent_id] = clone  # first: the two may arrive at the same time
        selfmetrics.CLONES.set(len(self._found))
        selfmetrics.CLONES_NOTICED.inc()
        first, second = clone.sides
        target = f"agent:{clone.agent_id}"
        async with self._database.transaction() as connection:
            await clones.put(connection, clone)
            await audit.add(
                connection, "hub", "agent.clone.notice", target, second.address,
                first=_named(first), second=_named(second),
            )  # fmt: skip


def is_kept(clone: Clone, host: Host) -> bool:
    """Return whether a host is the one that was kept: by its machine where the two differ in it, else by its run."""
    first, second = clone.sides
    chosen = clone.sides[clone.kept or 0]
    if first.machine and second.machine and first.machine != second.machine:
        return host.machine == chosen.machine
    return host.run == chosen.run


def _named(host: Host) -> dict[str, Any]:
    return {"host": host.name, "machine": host.machine, "host_address": host.address, "run": host.run.hex()}
