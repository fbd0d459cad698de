"""The layouts of all agents: read from the database when first needed, shared between agents where equal."""

from collections import OrderedDict
from collections.abc import Sequence
from weakref import WeakValueDictionary

import numpy as np
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Series
from opsentrix_protocol.errors import ProtocolError
from opsentrix_protocol.layouts import layout_from_wire, layout_id

from opsentrix.db import Connection, Database
from opsentrix.ingest.errors import FrameRejectedError, rejection
from opsentrix.model.frames import Layout
from opsentrix.storage import layouts, series

_KEPT = 20_000


class _SeriesList:
    """The series of equal layouts, held once however many agents have them."""

    __slots__ = ("__weakref__", "series")

    def __init__(self, series: tuple[Series, ...]) -> None:
        self.series = series


class LayoutBook:
    """Finds and registers layouts; the most recently used stay in memory."""

    def __init__(self, database: Database, max_series: int) -> None:
        self._database = database
        self._max_series = max_series
        self._kept: OrderedDict[tuple[int, int], tuple[Layout, _SeriesList]] = OrderedDict()
        self._shared: WeakValueDictionary[int, _SeriesList] = WeakValueDictionary()

    async def get(self, agent_id: int, wanted: int) -> Layout | None:
        """Return a layout that the agent registered before."""
        kept = self._kept.get((agent_id, wanted))
        if kept is not None:
            self._kept.move_to_end((agent_id, wanted))
            return kept[0]
        async with self._database.connection() as connection:
            ids = await layouts.one(connection, agent_id, wanted)
            if ids is None:
                return None
            by_id = {one.id: one.series for one in await series.known(connection, agent_id)}
        return self._keep(agent_id, wanted, tuple(by_id[one] for one in ids), ids)

    async def of_frame(self, agent_id: int, frame: pb.Frame) -> Layout:
        """Return the layout of a frame, registered if the frame brings a new one.

        Raises:
            FrameRejectedError: the layout is not valid, or not known and not in the frame.
        """
        if frame.HasField("layout"):
            return await self._register_wire(agent_id, frame.layout, frame.layout_id)
        if (found := await self.get(agent_id, frame.layout_id)) is not None:
            return found
        raise FrameRejectedError(
            pb.REJECT_REASON_UNKNOWN_LAYOUT, "frame.layout_id", "is not known: send the layout", permanent=False
        )

    async def register(self, agent_id: int, listed: Sequence[Series], known_id: int | None = None) -> Layout:
        """Return the layout of these series, registered if it is new.

        Raises:
            FrameRejectedError: the agent would have too many series.
        """
        wanted = layout_id(listed) if known_id is None else known_id
        if (found := await self.get(agent_id, wanted)) is not None:
            return found
        async with self._database.transaction() as connection:
            ids = await self._store(connection, agent_id, wanted, listed)
        return self._keep(agent_id, wanted, tuple(listed), ids)

    async def known(self, agent_id: int, wanted: Sequence[int]) -> list[int]:
        """Return which of these layouts the agent registered before."""
        async with self._database.connection() as connection:
            return await layouts.known(connection, agent_id, wanted)

    def forget(self, agent_id: int) -> None:
        """Let go of a deleted agent's layouts."""
        for key in [key for key in self._kept if key[0] == agent_id]:
            del self._kept[key]

    async def _register_wire(self, agent_id: int, message: pb.Layout, claimed: int) -> Layout:
        listed_count = max(len(message.series), len(message.metrics))
        if listed_count > self._max_series:  # before it is read: that would keep everybody else waiting
            raise self._too_many(f"has {listed_count} series")
        try:
            listed = layout_from_wire(message)
        except ProtocolError as error:
            raise rejection(error) from None
        if layout_id(listed) != claimed:
            raise FrameRejectedError(
                pb.REJECT_REASON_INVALID_LAYOUT, "frame.layout_id", "is not the id that the layout's series have"
            )
        return await self.register(agent_id, listed, claimed)

    async def _store(self, connection: Connection, agent_id: int, wanted: int, listed: Sequence[Series]) -> list[int]:
        if len(listed) > self._max_series:
            raise self._too_many(f"has {len(listed)} series")
        ids = await series.register(connection, agent_id, listed)
        # Devices come and go on a host that lives long: only many new ones at once are a sign of a mistake.
        new = await series.count_new(connection, agent_id)
        if new > self._max_series:
            raise self._too_many(f"would give the agent {new} new series within a day")
        await layouts.add(connection, agent_id, wanted, ids)
        return ids

    def _too_many(self, what: str) -> FrameRejectedError:
        return FrameRejectedError(
            pb.REJECT_REASON_TOO_MANY_SERIES,
            "frame.layout.series",
            f"{what}; at most {self._max_series} are allowed",
        )

    def _keep(self, agent_id: int, wanted: int, listed: tuple[Series, ...], ids: Sequence[int]) -> Layout:
        shared = self._shared.get(wanted)
        if shared is None:
            shared = self._shared[wanted] = _SeriesList(listed)
        layout = Layout(wanted, shared.series, np.array(ids, dtype=np.int64))
        self._kept[agent_id, wanted] = layout, shared
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return layout
