"""A notifier on a real database, with time as the test wants it."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from opsentrix.db import Database
from opsentrix.model.channels import NewChannel
from opsentrix.model.notifications import Notice, NoticeKind, NotificationRecord
from opsentrix.model.routing import Route, Target, TargetKind
from opsentrix.notify import secrets
from opsentrix.notify.guard import Reach
from opsentrix.notify.notifier import Notifier
from opsentrix.notify.outbound import Outbound, trusted
from opsentrix.storage import channels, notifications, routes
from opsentrix.vault import Vault

from packages.hub.tests.kit.receiver import Receiver

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
VAULT = Vault(b"k" * 32)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


class Desk:
    """Tells notices and lets a notifier work at a moment of the test's choice."""

    def __init__(self, database: Database, hub: str = "https://hub.example") -> None:
        self.database = database
        self.now = START
        self.outbound = Outbound(Reach(everything=True), trusted())
        self.notifier = self.another(hub)

    def another(self, hub: str = "https://hub.example") -> Notifier:
        """Return the notifier of another hub process."""
        made = Notifier(self.database, VAULT, self.outbound, hub, lambda: 0.0)
        made._chance = lambda: 1.0
        return made

    async def channel(self, url: str, name: str = "hook", *, routed: bool = True, **fields: Any) -> int:  # noqa: ANN401
        """Add a webhook; the default route tells it."""
        new = NewChannel(name, "webhook", {"url": url}, secrets.seal(VAULT, {}), **fields)
        async with self.database.transaction() as connection:
            made = await channels.add(connection, new, self.now)
            if routed:
                default = (await routes.routes(connection))[-1]
                targets = (*default.targets, Target(TargetKind.CHANNEL, made))
                await routes.put_route(connection, Route(default.id, default.name, targets, default=True))
        return made

    async def pagerduty(self, url: str, **fields: Any) -> int:  # noqa: ANN401
        """Add a channel that takes no bundles."""
        sealed = secrets.seal(VAULT, {"routing_key": "k" * 32})
        async with self.database.transaction() as connection:
            made = await channels.add(
                connection, NewChannel("pd", "pagerduty", {"url": url}, sealed, **fields), self.now
            )
            default = (await routes.routes(connection))[-1]
            targets = (*default.targets, Target(TargetKind.CHANNEL, made))
            await routes.put_route(connection, Route(default.id, default.name, targets, default=True))
        return made

    async def tell(self, kind: str = "opened", incident: int = 1, severity: str = "critical", **fields: Any) -> int:  # noqa: ANN401
        """Write a notice, as whoever changes an incident does."""
        ended = self.now if kind == "resolved" else None
        notice = Notice(
            NoticeKind(kind), severity, fields.pop("title", f"incident {incident}"), self.now, START, incident,
            resolved_at=ended, agent_ids=(1,), **fields,
        )  # fmt: skip
        async with self.database.transaction() as connection:
            return await notifications.enqueue(connection, notice)

    async def work(self, after: timedelta = timedelta(), steps: int = 1) -> None:
        """Let time pass and the notifier work; each step sends what is due and waits for it."""
        self.now += after
        for _ in range(steps):
            await self.notifier.step(self.now)
            await self.notifier.settle()

    async def until(self, holds: Callable[[], bool], tick: timedelta = timedelta(seconds=1), ticks: int = 2000) -> None:
        """Let the notifier work each tick until something holds."""
        for _ in range(ticks):
            if holds():
                return
            await self.work(tick)
        raise AssertionError(f"not within {ticks} ticks of {tick}")

    async def fetch(self, query: str, *arguments: object) -> list[Any]:
        """Read the database."""
        async with self.database.connection() as connection:
            rows: list[Any] = await connection.fetch(query, *arguments)
        return rows

    async def states(self) -> Counter[str]:
        """Return how many deliveries are in which state."""
        rows = await self.fetch("SELECT state, count(*) AS count FROM notification_deliveries GROUP BY state")
        return Counter({row["state"]: row["count"] for row in rows})

    async def records(self, incident: int = 1) -> list[NotificationRecord]:
        """Return what an incident's notices came to."""
        async with self.database.connection() as connection:
            return await notifications.listed(connection, incident, None, None, 100)


def told(provider: Receiver) -> list[str]:
    """Return what came, as `state title`."""
    return [f"{one.json['status']} {one.json['commonAnnotations']['summary']}" for one in provider.got]
