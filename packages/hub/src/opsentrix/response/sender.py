"""Between commands and the links of agents: sends what is due, takes what comes, notices who is lost."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix import log, selfmetrics
from opsentrix.db import Database
from opsentrix.model import policies
from opsentrix.model.commands import UNDER_WAY, Run
from opsentrix.response import book
from opsentrix.response.book import Presence
from opsentrix.response.keeper import Heard, Keeper, Who
from opsentrix.storage import agent_policies

CAPABILITY = "actions"
LOST_AFTER_S = 15.0
"""An agent that is away for longer is lost to the runs that it has."""
SETTLED_AFTER_S = 90.0
"""By then after the hub's start every agent that can come back has: they wait up to 60 seconds."""
MAX_EXPECTING = 20
"""Agents that make ready for one command: a person watches no more, and in a large fleet nobody waits for one."""
_log = log.get(__name__)

Output = Callable[[Heard], None]
"""Told of each piece of output, once it is committed."""


class Links(Protocol):
    """The sessions of agents, as far as they are needed here."""

    def greeted(self) -> set[int]:
        """Return the agents that are connected and were welcomed."""
        ...

    def capable(self, agent_id: int, capability: str) -> bool | None:
        """Return whether an agent has a capability; None when it is not connected."""
        ...

    def send(self, agent_id: int, message: pb.HubMessage) -> None:
        """Queue a message to an agent, if it is connected."""
        ...


class Sender:
    """Brings commands to agents and their words to the keeper.

    Attributes:
        news: set when there may be something to do before the next look.
    """

    def __init__(
        self, database: Database, keeper: Keeper, links: Links, output: Output, now: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:  # fmt: skip
        self.news = asyncio.Event()
        self._database = database
        self._keeper = keeper
        self._links = links
        self._output = output
        self._now = now
        self._monotonic = monotonic
        self._started = monotonic()
        self._arrivals: set[int] = set()
        self._away_since: dict[int, float] = {}

    def greeted(self, agent_id: int) -> None:
        """Note that an agent has just been welcomed."""
        self._arrivals.add(agent_id)
        self.news.set()

    async def heard(self, agent_id: int, message: pb.AgentMessage) -> None:
        """Take what an agent says of its policy, or of a command; it is acknowledged once it is committed.

        Raises:
            UnavailableError: the database is away; the agent says it again.
        """
        kind = message.WhichOneof("body")
        if kind == "policy_state":
            await self._policy(agent_id, message.policy_state)
        elif kind == "command_output":
            await self._heard_output(agent_id, message.command_output)
        elif kind == "command_result":
            await self._heard_result(agent_id, message.command_result)

    async def step(self) -> None:
        """Do what is due for all commands that have not ended."""
        await self._receive_arrivals()
        await self._keeper.withdraw()
        commands, runs, bad = await self._keeper.waited_for()
        presence, now = self._presence(runs), self._now()
        by_command: dict[int, list[Run]] = {one.id: [] for one in commands}
        for run in runs:
            if run.command_id in by_command:
                by_command[run.command_id].append(run)
        for one in commands:
            # Most have nothing to do: these cost no transaction.
            if book.step(one, by_command[one.id], bad.get(one.id, 0), presence, now) != book.Step(one):
                for run in await self._keeper.step(one.id, presence, now):
                    self._send(run)

    async def cancel(self, command_id: int, who: Who) -> None:
        """Send nothing more of a command, and tell the agents that have it to end it."""
        for run in await self._keeper.cancel(command_id, who):
            self._cancel(run)
        self.news.set()

    def expect(self, agents: Sequence[int]) -> None:
        """Let agents make ready, since somebody looks at what a command of theirs would do."""
        for one in agents[:MAX_EXPECTING]:
            self._links.send(one, pb.HubMessage(command_expected=pb.CommandExpected()))

    def _send(self, run: Run) -> None:
        if run.message is not None:
            selfmetrics.COMMANDS_SENT.inc()
            self._links.send(run.agent_id, pb.HubMessage(command=pb.Command.FromString(run.message)))

    def _cancel(self, run: Run) -> None:
        self._links.send(run.agent_id, pb.HubMessage(command_cancel=pb.CommandCancel(command_id=run.key)))

    async def _receive_arrivals(self) -> None:
        """Send agents that came back what they may have missed."""
        if not self._arrivals:
            return
        arrivals, self._arrivals = self._arrivals, set()
        unable = [one for one in arrivals if self._links.capable(one, CAPABILITY) is False]
        try:
            async with self._database.connection() as connection:
                await agent_policies.remove(connection, unable)
            again, cancels = await self._keeper.arrived(arrivals, self._now())
        except BaseException:
            self._arrivals |= arrivals
            raise
        for run in again:
            _log.info("a command is sent again: nothing shows that it was taken", agent=run.agent_id, run=run.key)
            self._send(run)
        for run in cancels:
            self._cancel(run)

    def _presence(self, runs: Sequence[Run]) -> Presence:
        # Those that have just come are sent first what they missed, or it would be sent to them twice.
        connected, now = self._links.greeted() - self._arrivals, self._monotonic()
        away = {one.agent_id for one in runs if one.state in UNDER_WAY} - connected
        self._away_since = {one: self._away_since.get(one, now) for one in away}
        settled = now - self._started >= SETTLED_AFTER_S
        lost = {one for one, since in self._away_since.items() if settled and now - since >= LOST_AFTER_S}
        return Presence(connected, lost, settled)

    async def _policy(self, agent_id: int, state: pb.PolicyState) -> None:
        policy = policies.told(state.allowed_json, state.sha256, state.problem)
        async with self._database.connection() as connection:
            await agent_policies.put(connection, agent_id, policy, self._now())

    async def _heard_output(self, agent_id: int, output: pb.CommandOutput) -> None:
        heard = await self._keeper.take_output(agent_id, output, self._now())
        self._count_strays(heard)
        # What nobody knows is acknowledged too: an agent must not keep it for ever.
        self._acknowledge(agent_id, pb.CommandAck(command_id=output.command_id, output_seq=output.seq))
        if heard is not None and heard.piece is not None:
            self._output(heard)

    async def _heard_result(self, agent_id: int, result: pb.CommandResult) -> None:
        heard = await self._keeper.take_result(agent_id, result, self._now())
        self._count_strays(heard)
        ack = pb.CommandAck(command_id=result.command_id, result=True)
        if heard is not None:
            ack.output_seq = heard.run.output_seq
        self._acknowledge(agent_id, ack)
        self.news.set()

    def _acknowledge(self, agent_id: int, ack: pb.CommandAck) -> None:
        self._links.send(agent_id, pb.HubMessage(command_ack=ack))

    def _count_strays(self, heard: Heard | None) -> None:
        if heard is None:
            selfmetrics.STRAY_COMMAND_MESSAGES.inc()
