"""The layouts of all agents: read from the database when first needed, shared between agents where equal."""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Series
from opsentrix_protocol.errors import ProtocolError
from opsentrix_protocol.layouts import layout_from_wire, layout_id

from opsentrix.db import Connection, Database
from opsentrix.ingest.cardinality import Offenders, named, too_wide, with_room
from opsentrix.ingest.errors import FrameRejectedError, rejection
from opsentrix.model.frames import Layout
from opsentrix.model.series import SeriesLimit
from opsentrix.storage import layouts, series

_KEPT_SERIES = 4_000_000
"""Layouts are let go when those in memory have more series than this together: their numbers take 32 MB."""
_KEPT_OF_AGENT = 16
_AGAIN_S = 600.0
"""A layout some of whose series found no room is taken without them for so long; then it is looked at again."""
_MAX_LAYOUTS = 10_000
"""Layouts that are kept of one agent; those that nothing needs are removed after some hours."""


@dataclass(frozen=True, slots=True, eq=False)
class Admission:
    """What is taken of the frames that have a layout.

    Attributes:
        layout: of what is stored.
        width: how many series the frames have.
        columns: the places in the frames of those that are stored, int64[series]; None for all.
        until: when to look again at what found no room, on the book's clock.
    """

    layout: Layout
    width: int
    columns: NDArray[np.int64] | None = None
    until: float = float("inf")


class _SeriesList:
    """The series of equal layouts, held once however many agents have them."""

    __slots__ = ("__weakref__", "series")

    def __init__(self, series: tuple[Series, ...]) -> None:
        self.series = series


class LayoutBook:
    """Finds and registers layouts; the most recently used stay in memory.

    Attributes:
        offenders: the agents some of whose series found no room.
    """

    def __init__(self, database: Database, max_series: int, steady: Callable[[], float] = time.monotonic) -> None:
        self.offenders = Offenders(steady=steady)
        self._database = database
        self._max_series = max_series
        self._steady = steady
        self._kept: OrderedDict[tuple[int, int], tuple[Admission, _SeriesList]] = OrderedDict()
        self._of_agent: dict[int, list[int]] = {}
        self._kept_series = 0
        self._forgotten: set[int] = set()
        self._shared: WeakValueDictionary[int, _SeriesList] = WeakValueDictionary()

    async def get(self, agent_id: int, wanted: int) -> Admission | None:
        """Return what is taken of a layout that the agent registered before."""
        kept = self._kept.get((agent_id, wanted))
        if kept is not None:
            if kept[0].until > self._steady():
                self._kept.move_to_end((agent_id, wanted))
                return kept[0]
            self._let_go((agent_id, wanted))
        async with self._database.connection() as connection:
            ids = await layouts.one(connection, agent_id, wanted)
            by_id = await series.by_ids(connection, ids or ())
        if ids is None or len(by_id) < len(set(ids)):
            return None
        return self._keep(agent_id, wanted, _whole(wanted, [by_id[one] for one in ids], ids))

    async def of_frame(self, agent_id: int, frame: pb.Frame) -> Admission:
        """Return what is taken of a frame, whose layout is registered if it brings a new one.

        Raises:
            FrameRejectedError: the layout is not valid, or not known and not in the frame, or nothing of it is taken.
        """
        if frame.HasField("layout"):
            return await self._admit_wire(agent_id, frame.layout, frame.layout_id)
        if (found := await self.get(agent_id, frame.layout_id)) is not None:
            return self._any(agent_id, found)
        raise FrameRejectedError(
            pb.REJECT_REASON_UNKNOWN_LAYOUT, "frame.layout_id", "is not known: send the layout", permanent=False
        )

    async def admit(self, agent_id: int, listed: Sequence[Series], known_id: int | None = None) -> Admission:
        """Return what is taken of frames with these series, registered if the layout is new.

        Raises:
            FrameRejectedError: nothing is, because the agent has too many series or layouts, or was deleted.
        """
        wanted = layout_id(listed) if known_id is None else known_id
        found = await self.get(agent_id, wanted)
        if found is None:
            if len(listed) > self._max_series:
                every = ((one.metric.name, one.labels) for one in listed)
                raise too_wide(every, len(listed), self._max_series)
            try:
                async with self._database.transaction() as connection:
                    stored = await self._store(connection, agent_id, wanted, listed)
            except series.UnknownAgentError:
                raise FrameRejectedError(
                    pb.REJECT_REASON_MALFORMED, "frame", "is of an agent that is deleted"
                ) from None
            found = self._keep(agent_id, wanted, stored)
        return self._any(agent_id, found)

    async def known(self, agent_id: int, wanted: Sequence[int]) -> list[int]:
        """Return which of these layouts the agent registered before."""
        async with self._database.connection() as connection:
            return await layouts.known(connection, agent_id, wanted)

    async def count(self, agent_id: int) -> int:
        """Return how many layouts of an agent are kept in the database."""
        async with self._database.connection() as connection:
            return await layouts.count(connection, agent_id)

    def forget(self, agent_id: int) -> None:
        """Let go of a deleted agent, and remember nothing of it again: a registration may be under way."""
        self._forgotten.add(agent_id)
        self.offenders.forget(agent_id)
        for wanted in list(self._of_agent.get(agent_id, ())):
            self._let_go((agent_id, wanted))

    def removed(self, keys: Collection[tuple[int, int]]) -> None:
        """Let go of layouts, each given as (agent, stored layout), that are no longer in the database."""
        for agent_id, stored in keys:
            for wanted in list(self._of_agent.get(agent_id, ())):
                if self._kept[agent_id, wanted][0].layout.id == stored:
                    self._let_go((agent_id, wanted))

    async def _admit_wire(self, agent_id: int, message: pb.Layout, claimed: int) -> Admission:
        listed_count = max(len(message.series), len(message.metrics))
        if listed_count > self._max_series:  # before it is read: that would keep everybody else waiting
            raise too_wide(named(message), listed_count, self._max_series)
        try:
            listed = layout_from_wire(message)
        except ProtocolError as error:
            raise rejection(error) from None
        if layout_id(listed) != claimed:
            raise FrameRejectedError(
                pb.REJECT_REASON_INVALID_LAYOUT, "frame.layout_id", "is not the id that the layout's series have"
            )
        return await self.admit(agent_id, listed, claimed)

    async def _store(self, connection: Connection, agent_id: int, wanted: int, listed: Sequence[Series]) -> Admission:
        await layouts.hold(connection)
        if await layouts.count(connection, agent_id) >= _MAX_LAYOUTS:
            detail = f"is new, and {_MAX_LAYOUTS} of this agent are kept already"
            raise FrameRejectedError(pb.REJECT_REASON_TOO_MANY_SERIES, "frame.layout", detail)
        ids = await self._numbered(connection, agent_id, listed)
        columns = [at for at, one in enumerate(ids) if one is not None]
        taken = [listed[at] for at in columns]
        numbers = [one for one in ids if one is not None]
        stored_id = wanted if len(taken) == len(listed) else layout_id(taken)
        if taken:
            await layouts.add(connection, agent_id, stored_id, numbers)
        admission = _whole(stored_id, taken, numbers)
        if len(taken) == len(listed):
            return admission
        until = self._steady() + _AGAIN_S
        return replace(admission, width=len(listed), columns=np.array(columns, np.int64), until=until)

    async def _numbered(self, connection: Connection, agent_id: int, listed: Sequence[Series]) -> list[int | None]:
        """Return the numbers of series, registered as far as there is room; None for those that find none."""
        ids = await series.find(connection, agent_id, listed)
        new = [one for one, number in zip(listed, ids, strict=True) if number is None]
        if not new:
            return ids
        # Devices come and go on a host that lives long: only many new ones at once are a sign of a mistake.
        room = max(0, self._max_series - await series.count_new(connection, agent_id))
        crowded = 0 < room < len(new)
        taken = with_room(new, room, await series.new_by_metric(connection, agent_id) if crowded else {})
        numbers = dict(zip(taken, await series.register(connection, agent_id, taken), strict=True)) if taken else {}
        if len(taken) < len(new):
            await self._note_offender(connection, agent_id, more=bool(taken))
        return [numbers.get(one) if number is None else number for one, number in zip(listed, ids, strict=True)]

    async def _note_offender(self, connection: Connection, agent_id: int, *, more: bool) -> None:
        limit = self.offenders.of(agent_id)
        if limit is None or more:
            present = await series.new_by_metric(connection, agent_id)
            most = max(present, key=lambda name: present[name])
            label = await series.most_varied_label(connection, agent_id, most)
            limit = SeriesLimit(most, label, present[most])
        self.offenders.note(agent_id, limit)

    def _any(self, agent_id: int, found: Admission) -> Admission:
        if not found.layout.series:
            raise self.offenders.refusal(agent_id, self._max_series)
        return found

    def _keep(self, agent_id: int, wanted: int, found: Admission) -> Admission:
        shared = self._shared.get(found.layout.id)
        if shared is None:
            shared = self._shared[found.layout.id] = _SeriesList(found.layout.series)
        layout = Layout(found.layout.id, shared.series, found.layout.series_ids)
        admission = replace(found, layout=layout)
        if agent_id in self._forgotten:
            return admission
        if (agent_id, wanted) in self._kept:  # somebody else was as quick
            self._let_go((agent_id, wanted))
        self._kept[agent_id, wanted] = admission, shared
        self._kept_series += len(layout.series)
        of_agent = self._of_agent.setdefault(agent_id, [])
        of_agent.append(wanted)
        if len(of_agent) > _KEPT_OF_AGENT:
            self._let_go((agent_id, of_agent[0]))
        while self._kept_series > _KEPT_SERIES and len(self._kept) > 1:
            self._let_go(next(iter(self._kept)))
        return admission

    def _let_go(self, key: tuple[int, int]) -> None:
        admission, _ = self._kept.pop(key)
        self._kept_series -= len(admission.layout.series)
        of_agent = self._of_agent[key[0]]
        of_agent.remove(key[1])
        if not of_agent:
            del self._of_agent[key[0]]


def _whole(stored_id: int, listed: Sequence[Series], ids: Sequence[int]) -> Admission:
    return Admission(Layout(stored_id, tuple(listed), np.array(ids, dtype=np.int64)), len(listed))
