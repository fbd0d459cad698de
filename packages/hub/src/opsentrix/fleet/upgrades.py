"""Takes the rollout that is under way one step further, again and again; a hub that restarts goes on."""

import asyncio
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import datetime

from opsentrix import log
from opsentrix.db import Database
from opsentrix.fleet.releases import Offer
from opsentrix.model.upgrades import Rollout, RolloutState, Step, step
from opsentrix.storage import audit, upgrades

_log = log.get(__name__)

Online = Callable[[], AbstractSet[int]]
"""Returns the agents that are connected and take upgrades."""
Send = Callable[[int, Rollout], None]
"""Asks an agent for a rollout's release, if it is connected."""


class Rollouts:
    """Asks agents, ring by ring."""

    def __init__(self, database: Database, offer: Callable[[], Offer | None], online: Online, send: Send) -> None:
        """Take what is needed of the other stages."""
        self._database = database
        self._offer = offer
        self._online = online
        self._send = send

    async def advance(self, now: datetime) -> None:
        """Do what is due for the rollout that is under way."""
        async with self._database.transaction() as connection:
            rollout = await upgrades.under_way(connection)
            if rollout is None:
                return
            agents = [one.agent for one in await upgrades.agents_of(connection, rollout.id)]
            due = step(rollout, agents, self._online(), now)
            if due.ask and not await asyncio.to_thread(self._has, rollout):
                reason = f"This hub no longer has the artefact of {rollout.release.version}."
                due = Step(RolloutState.HALTED, reason, due.ring, due.ring_done_at, lost=due.lost)
            await upgrades.take(connection, rollout.id, due, now)
            if due.state is not rollout.state:
                await audit.add(
                    connection, "system", f"upgrade.{due.state}", f"upgrade:{rollout.id}", "", reason=due.reason
                )
        if due.state is not rollout.state or due.ring != rollout.ring:
            _log.info("rollout", rollout=rollout.id, state=due.state, ring=due.ring + 1, reason=due.reason)
        for agent_id in due.ask:
            self._send(agent_id, rollout)

    def _has(self, rollout: Rollout) -> bool:
        offer = self._offer()
        return offer is not None and offer.release.sha256 == rollout.release.sha256
