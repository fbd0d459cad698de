"""A hub process that dies at one moment: `python mortal.py DSN MOMENT NOW`. It kills itself as `kill -9` would.

MOMENT is `planned`, `claimed`, `sending` (the provider has the request), `answered` (it took the message, which is
not written down yet), or `written`; any other word lets it live until somebody kills it.
"""

import asyncio
import os
import signal
import sys
from datetime import datetime
from typing import Any

from opsentrix.db import Database
from opsentrix.model.notifications import Attempt
from opsentrix.notify import notifier as notifiers
from opsentrix.notify.receipts import DeliveryError

from packages.hub.tests.kit.desk import Desk


def die(*_: object) -> Any:  # noqa: ANN401 - it never returns
    """End this process at once."""
    os.kill(os.getpid(), signal.SIGKILL)


class Mortal(notifiers.Notifier):
    """Dies where it is told to."""

    moment = ""

    async def step(self, now: datetime) -> bool:
        await self._plan(now)
        if self.moment == "planned":
            die()
        return await super().step(now)

    async def _deliver(self, claim: Any, now: datetime) -> None:  # noqa: ANN401 - private to the notifier
        if self.moment == "claimed":
            die()
        await super()._deliver(claim, now)

    async def _note(self, claim: Any, proof: Attempt, error: DeliveryError | None) -> None:  # noqa: ANN401
        if self.moment == "answered":
            die()
        await super()._note(claim, proof, error)
        if self.moment == "written":
            die()


async def main() -> None:
    """Work the outbox until the moment comes."""
    dsn, moment, now = sys.argv[1], sys.argv[2], datetime.fromisoformat(sys.argv[3])
    database = await Database.connect(dsn, connections=3, attempts=1)
    desk = Desk(database)
    mortal = desk.another()
    mortal.__class__ = Mortal
    Mortal.moment = moment
    while True:
        await mortal.step(now)
        await mortal.settle(600)


if __name__ == "__main__":
    asyncio.run(main())
