"""Who is alive: heartbeats in memory, status by the clock, written to the database when it changes."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from opsentrix import selfmetrics
from opsentrix.db import Database
from opsentrix.model.agents import Agent, AgentStatus
from opsentrix.model.identity import Admission
from opsentrix.model.selectors import Member
from opsentrix.storage import agents

MISSED_INTERVALS = 2
"""An agent silent for longer than this many of its reporting intervals is offline."""


@dataclass(slots=True)
class Liveness:
    """What the hub knows of one agent between two writes to the database.

    Attributes:
        declared: the status that the agent states; it holds while the agent is heard from.
        heard: when the last sign of life came, or the hub started for agents that it has not heard since: seconds of
            a clock that nobody sets, because status hangs on it.
        last_heartbeat: when the agent was last heard from, by this process or an earlier one.
        stopped: whether the last that it said, to this process, is that it stops.
    """

    agent: Agent
    declared: AgentStatus
    heard: float
    status: AgentStatus
    last_heartbeat: datetime | None = None
    stopped: bool = False
    dirty: bool = False


@dataclass(frozen=True, slots=True)
class StatusChange:
    """An agent whose status is not what it was."""

    agent_id: int
    before: AgentStatus
    after: AgentStatus


def status_at(now: float, heard: float, interval: float, declared: AgentStatus) -> AgentStatus:
    """Return an agent's status: what it declares, as long as it was heard within two reporting intervals."""
    return AgentStatus.OFFLINE if now - heard > MISSED_INTERVALS * interval else declared


def _looked_at(agent: Agent) -> tuple[object, ...]:
    return agent.name, agent.type, agent.environment, agent.tags


class Registry:
    """All registered agents, in memory; the database keeps what must outlive the process."""

    def __init__(self, database: Database, clock: Callable[[], float], steady: Callable[[], float]) -> None:
        """Take what is needed.

        Args:
            database: the hub's.
            clock: Unix time in seconds; may be set at any moment.
            steady: seconds since any moment; never jumps.
        """
        self._database = database
        self._clock = clock
        self._steady = steady
        self._agents: dict[int, Liveness] = {}
        self._heard: set[int] = set()
        self.generation = 0
        """Another number whenever an agent came, went, or changed what scopes and alert rules look at."""
        self._flushing = asyncio.Lock()

    async def load(self) -> None:
        """Read all agents. Those that were online have two intervals from now to be heard again."""
        now = self._steady()
        async with self._database.connection() as connection:
            for agent in await agents.everyone(connection):
                self._agents[agent.id] = Liveness(agent, agent.status, now, agent.status, agent.last_heartbeat)
        self.generation += 1

    def add(self, agent: Agent) -> None:
        """Take in an agent that has just registered."""
        self._agents[agent.id] = Liveness(agent, AgentStatus.OFFLINE, self._steady(), agent.status)
        self.generation += 1

    def get(self, agent_id: int) -> Liveness | None:
        """Return what is known of an agent."""
        return self._agents.get(agent_id)

    def take_heard(self) -> set[int]:
        """Return the agents of which a sign of life came since the last call."""
        heard, self._heard = self._heard, set()
        return heard

    def members(self) -> Iterator[Member]:
        """Yield the agents that are let in, as alert rules know them."""
        for known in self._agents.values():
            if known.agent.admission is Admission.ADMITTED:
                yield member_of(known.agent)

    def member(self, agent_id: int) -> Member | None:
        """Return an agent that is let in, as alert rules know it."""
        known = self._agents.get(agent_id)
        if known is None or known.agent.admission is not Admission.ADMITTED:
            return None
        return member_of(known.agent)

    def ids(self) -> list[int]:
        """Return the ids of all agents."""
        return list(self._agents)

    def admission(self, agent_id: int) -> Admission | None:
        """Return whether an agent is let in; None when there is none of this id."""
        known = self._agents.get(agent_id)
        return None if known is None else known.agent.admission

    def admit(self, agent_id: int, admission: Admission) -> None:
        """Note whether an agent is let in from now on."""
        if (known := self._agents.get(agent_id)) is not None:
            known.agent = replace(known.agent, admission=admission)
            self.generation += 1

    def must_seal(self, agent_id: int) -> bool:
        """Return whether an agent must seal what it sends."""
        known = self._agents.get(agent_id)
        return known is not None and known.agent.must_seal

    def replace(self, agent: Agent) -> None:
        """Take over what people changed of an agent; what it told of itself may not be in the database yet.

        Its admission is the business of `admit`: it may have changed while the agent was being read.
        """
        if (known := self._agents.get(agent.id)) is not None:
            told = known.agent
            if _looked_at(agent) != _looked_at(told):
                self.generation += 1
            known.agent = replace(
                agent, version=told.version, reporting_interval=told.reporting_interval, facts=told.facts,
                admission=told.admission,
            )  # fmt: skip

    def remove(self, agent_id: int) -> None:
        """Forget a deleted agent."""
        if self._agents.pop(agent_id, None) is not None:
            self.generation += 1

    def introduce(self, agent_id: int, version: str, interval: float, facts: dict[str, str]) -> Agent | None:
        """Note what an agent tells of itself; return it when that is news."""
        known = self._agents.get(agent_id)
        if known is None:
            return None
        told = replace(known.agent, version=version, reporting_interval=interval, facts=facts)
        if told == known.agent:
            return None
        if interval != known.agent.reporting_interval:
            self.generation += 1
        known.agent = told
        return told

    def beat(self, agent_id: int, status: AgentStatus | None) -> None:
        """Note a sign of life, and the status that the agent states if it does."""
        known = self._agents.get(agent_id)
        if known is None:
            return
        known.heard = self._steady()
        self._heard.add(agent_id)
        known.last_heartbeat = datetime.fromtimestamp(self._clock(), UTC)
        known.dirty = True
        known.stopped = status is AgentStatus.OFFLINE
        if status is not None:
            known.declared = status
        elif known.declared is AgentStatus.OFFLINE:
            known.declared = AgentStatus.ONLINE

    def sweep(self) -> list[StatusChange]:
        """Judge every agent by the clock and return those whose status changed."""
        now = self._steady()
        changes = []
        for agent_id, known in self._agents.items():
            status = status_at(now, known.heard, known.agent.reporting_interval, known.declared)
            if status is not known.status:
                changes.append(StatusChange(agent_id, known.status, status))
                known.status, known.dirty = status, True
        counts = Counter(known.status for known in self._agents.values())
        for status in AgentStatus:
            selfmetrics.AGENTS.labels(status).set(counts[status])
        return changes

    @contextlib.asynccontextmanager
    async def settled(self) -> AsyncIterator[None]:
        """Keep `flush` waiting: of two transactions that change many agents in different orders, one would fail."""
        async with self._flushing:
            yield

    async def flush(self) -> None:
        """Write what changed since the last call, in one statement."""
        async with self._flushing:  # or an older state might be written after a newer one
            await self._flush()

    async def _flush(self) -> None:
        dirty = {agent_id: known for agent_id, known in self._agents.items() if known.dirty}
        if not dirty:
            return
        for known in dirty.values():
            known.dirty = False
        try:
            async with self._database.connection() as connection:
                await agents.set_liveness(
                    connection, [(one, known.status, known.last_heartbeat) for one, known in dirty.items()]
                )
        except BaseException:
            for known in dirty.values():
                known.dirty = True
            raise


def member_of(agent: Agent) -> Member:
    """Return an agent as alert rules know it."""
    return Member(
        agent.id, agent.name, agent.type, agent.environment, frozenset(agent.tags), agent.reporting_interval
    )  # fmt: skip
