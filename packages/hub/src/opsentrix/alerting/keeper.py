"""Keeps incidents: reads transitions of alerts, lets the book say what follows, and writes it.

A pass is one transaction under a lock: what it read, what it wrote, what people are to be told, and how far it came. A
hub that is killed anywhere in it goes on where the last one ended; of several hubs, one does it at a time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from opsentrix.alerting import timing
from opsentrix.alerting.incidents import Book
from opsentrix.alerting.world import World
from opsentrix.db import Connection, Database
from opsentrix.model.dependencies import Dependencies
from opsentrix.model.notifications import Notice
from opsentrix.model.stored_alerts import AlertEvent
from opsentrix.storage import agents, alert_rules, alerts, evaluations, incidents, quiet

AT_ONCE = 1000
"""Transitions of one pass."""

Enqueue = Callable[[Connection, Notice], Awaitable[int]]
"""Writes that people are to be told, in the transaction of what they are told of."""
Changed = Callable[[int, frozenset[int]], None]
"""Takes an incident and the agents that it is about."""
T = TypeVar("T")


class Pass(NamedTuple):
    """What a pass did.

    Attributes:
        transitions: that it took.
        incidents: that it changed, with their agents.
        more: whether there may be more transitions.
    """

    transitions: int
    incidents: dict[int, frozenset[int]]
    more: bool


NOTHING = Pass(0, {}, more=False)


class Keeper:
    """Brings incidents forward, and lets people act on them."""

    def __init__(self, database: Database, enqueue: Enqueue, changed: Changed) -> None:
        """Take what is needed.

        Args:
            database: the hub's.
            enqueue: called for each notice, in order.
            changed: called for each incident that is not what it was, once that is written.
        """
        self._database = database
        self._enqueue = enqueue
        self._changed = changed

    async def run_once(self, now: datetime) -> Pass:
        """Do what is due; call it again at once when there is more."""
        async with self._database.connection() as connection:
            if not await incidents.due(connection, now):
                return NOTHING
        async with self._database.transaction() as connection:
            await incidents.lock(connection)
            progress = await incidents.progress(connection)
            events = await alerts.events_after(connection, progress.number, AT_ONCE)
            first = events[0].recorded_at if events else now
            make = await self._read(connection, progress, min(first, now))
            more = len(events) == AT_ONCE
            # In a thread: thousands of alerts take tenths of a second, and frames of agents come meanwhile.
            book = await asyncio.to_thread(_decided, make, events, None if more else now)
            number = events[-1].number if events else progress.number
            changed = await self._write(connection, book, number)
        self._tell(changed)
        return Pass(len(events), changed, more)

    async def trim(self, before: datetime) -> int:
        """Delete what was resolved, and silences that ended, before a moment; return how many rows."""
        async with self._database.transaction() as connection:
            await incidents.lock(connection)
            gone = await incidents.trim(connection, before) + await quiet.trim_silences(connection, before)
            return gone + await evaluations.trim(connection, before)

    async def act(
        self, now: datetime, about: Sequence[int], act: Callable[[Book], T],
        also: Callable[[Connection, T], Awaitable[None]],
    ) -> T:  # fmt: skip
        """Let somebody act on incidents.

        Args:
            now: the moment of it.
            about: the incidents that the book has to know, whatever their state.
            act: what is done to the book, whose time is `now`. What it raises changes nothing.
            also: written in the same transaction, with what `act` returned: the audit log.

        Returns:
            What `act` returned.
        """
        while (await self.run_once(now)).more:
            pass
        async with self._database.transaction() as connection:
            await incidents.lock(connection)
            progress = await incidents.progress(connection)
            book = await asyncio.to_thread(_decided, await self._read(connection, progress, now, about), (), now)
            done = act(book)
            changed = await self._write(connection, book, progress.number)
            await also(connection, done)
        self._tell(changed)
        return done

    def _tell(self, changed: dict[int, frozenset[int]]) -> None:
        for incident, about in changed.items():
            self._changed(incident, about)

    async def _read(
        self, connection: Connection, progress: incidents.Progress, now: datetime, about: Sequence[int] = ()
    ) -> Callable[[], Book]:  # fmt: skip
        """Read what a book is made of; return what makes it."""
        as_of = now if progress.as_of is None else min(progress.as_of, now)
        lately = await incidents.lately(connection, as_of - timing.REMEMBERED, about)
        world = World(
            agents={one.id: one for one in await agents.facts(connection)},
            rules={one.id: one for one in await alert_rules.everyone(connection, reserved=True)},
            dependencies=Dependencies(await quiet.dependencies(connection)),
            silences=await quiet.silences(connection, as_of),
            windows=await quiet.windows(connection),
        )
        return lambda: Book(lately, world, progress.last_incident, as_of)

    async def _write(self, connection: Connection, book: Book, number: int) -> dict[int, frozenset[int]]:
        changes = book.record.collect()
        await incidents.write(connection, changes.incidents.values(), changes.members, changes.entries, book.now)
        if changes.grouped:
            await alerts.grouped(connection, changes.grouped)
        for notice in changes.notices:
            await self._enqueue(connection, notice)
        await incidents.set_progress(
            connection, incidents.Progress(number, book.last_id, book.now, book.quiet_changes_at)
        )
        return {
            one.id: frozenset(each.agent_id for each in one.members.values() if each.agent_id is not None)
            for one in changes.incidents.values()
        }


def _decided(make: Callable[[], Book], events: Sequence[AlertEvent], now: datetime | None) -> Book:
    """Return a book that has taken transitions and come to a moment."""
    book = make()
    for event in events:
        book.apply(event)
    if now is not None:
        book.advance(now)
    return book
