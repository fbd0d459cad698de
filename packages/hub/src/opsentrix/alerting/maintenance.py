"""Which agents are being worked on now: for lists, which ask about thousands of agents at once."""

from collections.abc import Callable
from datetime import UTC, datetime

from opsentrix.db import Database
from opsentrix.model.quiet import Reach, active
from opsentrix.model.stored_alerts import AgentFacts
from opsentrix.storage import quiet


class Maintenance:
    """The maintenance windows of this moment; look again now and then, and when they change."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._active: list[tuple[Reach, datetime]] = []

    async def look(self) -> None:
        """Find out which windows are under way."""
        async with self._database.connection() as connection:
            windows = await quiet.windows(connection)
        now = self._now()
        about = [(one.reach, active(one, now)) for one in windows if one.reach.whole_agents]
        self._active = [(reach, ends) for reach, ends in about if ends is not None]

    def until(self, agent: AgentFacts) -> datetime | None:
        """Return until when an agent is being worked on; None when it is not."""
        now = self._now()
        return max((ends for reach, ends in self._active if ends > now and reach.could_meet(agent)), default=None)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)
