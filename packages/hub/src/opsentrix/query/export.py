"""Export: all samples or buckets of some series over any range, as a stream of bytes in bounded memory."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar

from opsentrix_protocol.catalogue import Labels

from opsentrix.db import Connection, Database
from opsentrix.errors import NotFoundError, TooManyRequestsError
from opsentrix.model.frames import DAY_MS
from opsentrix.model.series import KnownSeries
from opsentrix.model.tiers import HOUR, HOUR_MS, MINUTE, MINUTE_MS, SECOND, TIERS, Tier
from opsentrix.query import rolled
from opsentrix.query.csv_table import CsvEncoder
from opsentrix.query.grid import Buckets
from opsentrix.query.parquet_table import ParquetEncoder
from opsentrix.query.stored import fetch
from opsentrix.query.table import HELD_VALUES, Table, buckets_table, groups, held_groups, merged, samples_table
from opsentrix.storage import agents, blocks, frames, layouts, series

T = TypeVar("T")
AT_ONCE = 4
"""Exports that may run at once; they share one thread."""
_RETRY_S = 15.0


class Encoder(Protocol):
    """Turns tables into the bytes of a file; its methods run in a thread, one at a time."""

    suffix: ClassVar[str]
    media_type: ClassVar[str]

    def __init__(self, tier: Tier) -> None: ...

    def begin(self) -> bytes:
        """Return the first bytes of the file."""

    def rows(self, table: Table) -> Iterator[bytes]:
        """Take in a table and yield what can be written by now; no piece is empty."""

    def end(self) -> Iterator[bytes]:
        """Yield the rest of the file."""


ENCODERS: dict[str, type[Encoder]] = {"csv": CsvEncoder, "parquet": ParquetEncoder}
"""The formats by the name that the API gives them."""


@dataclass(frozen=True, slots=True)
class ExportQuery:
    """What is exported.

    Attributes:
        agents: id and name of each.
        metrics: metric names; empty for all.
        labels: pairs that a series must have; it may have others too.
        start_ms: Unix ms, inclusive.
        end_ms: Unix ms, inclusive. Buckets count by their begin, and each is whole.
    """

    agents: Sequence[tuple[int, str]]
    metrics: Sequence[str]
    labels: Labels
    start_ms: int
    end_ms: int
    tier: Tier


class Exports:
    """The exports of this process, of which a few may run at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # One thread for all: exports never take more than a core from ingest, and the memory that they use and give
        # back stays in one arena of the allocator. With asyncio's own threads it was 100 MB more.
        self._thread = ThreadPoolExecutor(1, "export")
        self.running = 0

    async def stream(self, query: ExportQuery, encoder: Encoder) -> AsyncGenerator[bytes, None]:
        """Yield a file piece by piece; the next piece is made when it is asked for. The caller must close this.

        The first piece needs nothing of the database. No connection is held between pieces.

        Raises:
            TooManyRequestsError: too many exports run already.
            NotFoundError: an agent was deleted meanwhile.
            UnavailableError: the database went away.
        """
        if self.running >= AT_ONCE:
            raise TooManyRequestsError(f"{AT_ONCE} exports run already: try again later.", _RETRY_S)
        self.running += 1
        try:
            yield await self._run(encoder.begin)
            for agent_id, name in query.agents:
                async with contextlib.aclosing(self._tables(query, agent_id, name)) as tables:
                    async for table in tables:
                        async for piece in self._pieces(encoder.rows(table)):
                            yield piece
            async for piece in self._pieces(encoder.end()):
                yield piece
        finally:
            self.running -= 1

    async def finest_tier(self, agent_ids: Sequence[int], start_ms: int, end_ms: int) -> Tier:
        """Return the finest tier that holds all that any tier holds of this range, for each of the agents."""
        begin_ms = start_ms // DAY_MS * DAY_MS  # where rows of all tiers begin
        async with self._database.snapshot() as connection:
            oldest = [await blocks.oldest(connection, tier, agent_ids, begin_ms, end_ms) for tier in TIERS]
        for at, tier in enumerate(TIERS):
            if all(_reaches(oldest[at], coarser, oldest[TIERS.index(coarser)]) for coarser in TIERS[at + 1 :]):
                return tier
        raise AssertionError("the coarsest tier has none to be compared with")

    async def _tables(self, query: ExportQuery, agent_id: int, name: str) -> AsyncGenerator[Table, None]:
        async with self._database.connection() as connection:
            known = await series.known(connection, agent_id, query.metrics, query.start_ms / 1000, query.labels)
            width = await layouts.widest(connection, agent_id)
        whose = _Whose(agent_id, name, known)
        windows = _Windows(query, agent_id, len(known), width)
        while known:
            async with self._database.snapshot() as connection:
                window = await windows.following(connection)
            if window is None:
                break
            found = self._samples(whose, window) if query.tier is SECOND else self._buckets(whose, window, query.tier)
            async with contextlib.aclosing(found) as tables:
                async for table in tables:
                    yield table
        async with self._database.connection() as connection:
            if await agents.get(connection, agent_id) is None:
                raise NotFoundError(f"Agent {agent_id} was deleted while it was exported.")

    async def _samples(self, whose: "_Whose", window: "_Window") -> AsyncGenerator[Table, None]:
        ids = [one.id for one in whose.known]
        async with self._database.snapshot() as connection:
            stored = await fetch(connection, whose.agent_id, ids, window.first_ms, window.last_ms, window.first_ms)
        for group in await self._run(held_groups, stored, whose.known):
            yield await self._run(samples_table, stored, group, whose.name)

    async def _buckets(self, whose: "_Whose", window: "_Window", tier: Tier) -> AsyncGenerator[Table, None]:
        for group in groups(whose.known, (window.last_ms - window.first_ms) // tier.bucket_ms + 1):
            members = rolled.Members([(whose.agent_id, one.id) for one in group])
            parts = []
            async with self._database.snapshot() as connection:
                for first_ms, last_ms in window.slices():
                    found = await rolled.fetch(connection, tier, members, first_ms, last_ms)
                    parts.append(await self._run(merged, found.buckets, tier.bucket_ms))
            whole = await self._run(merged, Buckets.concatenate(parts), tier.bucket_ms)
            yield await self._run(buckets_table, whole, group, whose.agent_id, whose.name)

    async def _pieces(self, pieces: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Yield what an iterator of bytes, none of them empty, makes in the thread."""
        while piece := await self._run(_next, pieces):
            yield piece

    async def _run(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)


@dataclass(frozen=True, slots=True)
class _Whose:
    """The agent whose turn it is, and its series that are exported."""

    agent_id: int
    name: str
    known: Sequence[KnownSeries]


@dataclass(frozen=True, slots=True)
class _Window:
    """A time that is read at once, in slices no longer than `slice_ms`; Unix ms, inclusive."""

    first_ms: int
    last_ms: int
    slice_ms: int

    def slices(self) -> Iterator[tuple[int, int]]:
        for first_ms in range(self.first_ms, self.last_ms + 1, self.slice_ms):
            yield first_ms, min(first_ms + self.slice_ms - 1, self.last_ms)


class _Windows:
    """Cuts an agent's history into windows; times without anything in them are skipped."""

    def __init__(self, query: ExportQuery, agent_id: int, wanted: int, width: int) -> None:
        """Begin at the start of the range.

        Args:
            query: what is exported.
            agent_id: whose history is read.
            wanted: how many series are read.
            width: how many series the agent has at a time.
        """
        self._tier = query.tier
        self._agent_id = agent_id
        bucket_ms = max(query.tier.bucket_ms, 1)
        self._next_ms = -(-query.start_ms // bucket_ms) * bucket_ms
        self._last_ms = (query.end_ms // bucket_ms + 1) * bucket_ms - 1
        row_values = min(wanted, width) * query.tier.row_ms // max(query.tier.bucket_ms, 1000)
        self._rows = max(1, HELD_VALUES // max(1, row_values))
        self._slice_ms = max(1, HELD_VALUES // (width * 60)) * MINUTE_MS

    async def following(self, connection: Connection) -> _Window | None:
        """Return the next window that has anything, by one snapshot; None when nothing is left."""
        if self._next_ms > self._last_ms:
            return None
        frame_ms = await frames.oldest_between(connection, self._agent_id, self._next_ms, self._last_ms)
        begins = [] if frame_ms is None else [frame_ms]
        # The minutes too, because days with news are read from them until they are rolled up again.
        for tier in {self._tier, MINUTE} if self._tier is HOUR else {self._tier}:
            oldest = await blocks.oldest(connection, tier, [self._agent_id], self._next_ms, self._last_ms)
            begins += oldest.values()
        if not begins:
            return None
        first_ms = max(self._next_ms, min(begins) // HOUR_MS * HOUR_MS)
        last_ms = (first_ms // self._tier.row_ms + self._rows) * self._tier.row_ms - 1
        slice_ms = last_ms - first_ms + 1
        if frame_ms is not None and frame_ms <= last_ms:
            # All series of a frame are decoded, wanted or not.
            last_ms = (first_ms // HOUR_MS + 1) * HOUR_MS - 1
            slice_ms = self._slice_ms
        last_ms = min(last_ms, self._last_ms)
        self._next_ms = last_ms + 1
        return _Window(first_ms, last_ms, slice_ms)


def _next(pieces: Iterator[bytes]) -> bytes:
    return next(pieces, b"")


def _reaches(oldest: dict[int, int], coarser: Tier, oldest_of_coarser: dict[int, int]) -> bool:
    """Return whether a tier goes back as far as a coarser one, as exactly as the coarser one's rows can tell."""
    return all(
        agent_id in oldest and oldest[agent_id] // coarser.row_ms * coarser.row_ms <= start_ms
        for agent_id, start_ms in oldest_of_coarser.items()
    )
