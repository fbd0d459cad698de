"""Samples from programs that are not our agent: JSON becomes frames and takes the same way."""

import asyncio
import contextlib
import itertools
import uuid
from array import array
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass

from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Labels, Metric, Series
from opsentrix_protocol.layouts import layout_id

from opsentrix.db import Database
from opsentrix.errors import UnavailableError
from opsentrix.ingest.errors import FrameRejectedError
from opsentrix.ingest.layouts import Admission
from opsentrix.ingest.pipeline import Pipeline
from opsentrix.ingest.validate import MAX_SEQ
from opsentrix.model.frames import StoredFrame
from opsentrix.storage import frames

_LINK = "rest"
_KEPT_BOOTS = 50_000
_FEW = 100
_MANY_LAYOUTS = 64
"""An agent with so many layouts posts ever other sets of series: from then on each series is a layout of its own."""
DURABLE_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one series at one moment (Unix milliseconds)."""

    metric: str
    labels: Labels
    unit: str
    time_ms: int
    value: float


class RestIngest:
    """Takes samples and frames that came by HTTP; each call returns when they are durable."""

    def __init__(self, database: Database, pipeline: Pipeline) -> None:
        self._database = database
        self._pipeline = pipeline
        # HTTP has no boots: for each agent, the time since this process started counts as one.
        self._boot_id = uuid.uuid4()
        self._boots: dict[tuple[int, bytes], int] = {}
        self._seq: defaultdict[int, itertools.count[int]] = defaultdict(lambda: itertools.count(1))

    async def samples(self, agent_id: int, samples: Sequence[Sample], step_ms: int) -> int:
        """Make samples durable and return how many were taken; of two for one series and moment the last one counts.

        Args:
            agent_id: whose they are.
            samples: in any order.
            step_ms: how far apart the agent's samples usually are: what lies much further apart is a gap.

        Raises:
            FrameRejectedError: some cannot be taken; then none is.
            UnavailableError: they are not durable in time.
        """
        self._pipeline.check_room()
        moments: dict[int, dict[Series, float]] = {}
        for one in samples:
            series = Series(Metric(one.metric, one.unit, Kind.GAUGE), one.labels)
            moments.setdefault(one.time_ms, {})[series] = one.value
        for time_ms in moments:
            try:
                self._pipeline.check(self._frame(time_ms, step_ms, seq=1))
            except FrameRejectedError as error:
                raise FrameRejectedError(error.reason, "samples.time", error.detail) from None
        async with _in_time():
            try:
                return await self._store(agent_id, moments, step_ms)
            except FrameRejectedError as error:
                if error.permanent:
                    raise FrameRejectedError(error.reason, "samples", error.detail) from None
            # A layout was removed in just this moment; the samples that are durable are written over by equal ones.
            return await self._store(agent_id, moments, step_ms)

    async def frame(self, agent_id: int, frame: pb.Frame) -> int:
        """Make a frame durable and return how many samples of it; one that was committed before is no error.

        Raises:
            FrameRejectedError: it cannot be taken.
            UnavailableError: it is not durable in time.
        """
        self._pipeline.check_room()
        try:
            self._pipeline.check(frame)
            async with _in_time():
                admission = await self._pipeline.layouts.of_frame(agent_id, frame)
                waiter = await self._accept(agent_id, frame, admission)
                await waiter.done
        except FrameRejectedError as error:
            if error.permanent and len(frame.boot_id) == 16 and 1 <= frame.seq <= MAX_SEQ:
                self._pipeline.causes.rejected(agent_id, await self._boot(agent_id, frame.boot_id), frame.seq)
            raise
        return waiter.samples

    async def _store(self, agent_id: int, moments: Mapping[int, Mapping[Series, float]], step_ms: int) -> int:
        waiting = []
        for time_ms, row in sorted(moments.items()):
            for listed in await self._sets(agent_id, row):
                admission = await self._pipeline.layouts.admit(agent_id, listed)
                # Numbered only now: a post that is refused leaves no hole.
                frame = self._frame(time_ms, step_ms, next(self._seq[agent_id]))
                codec.pack(frame, array("d", [row[series] for series in listed]))
                waiting.append(await self._accept(agent_id, frame, admission))
            await asyncio.sleep(0)  # there may be thousands of moments, and others wait
        await asyncio.gather(*(waiter.done for waiter in waiting))
        return sum(waiter.samples for waiter in waiting)

    async def _sets(self, agent_id: int, row: Iterable[Series]) -> list[list[Series]]:
        """Return the series as one layout, or as one each when the agent posts ever other sets of a few series."""
        ordered = sorted(row, key=lambda series: (series.metric.name, series.metric.unit, series.labels))
        book = self._pipeline.layouts
        if not 1 < len(ordered) <= _FEW or await book.get(agent_id, layout_id(ordered)) is not None:
            return [ordered]
        return [[one] for one in ordered] if await book.count(agent_id) >= _MANY_LAYOUTS else [ordered]

    def _frame(self, time_ms: int, step_ms: int, seq: int) -> pb.Frame:
        return pb.Frame(boot_id=self._boot_id.bytes, seq=seq, first_tick_ms=time_ms, step_ms=step_ms, ticks=1)

    async def _accept(self, agent_id: int, frame: pb.Frame, admission: Admission) -> "_Waiter":
        boot = await self._boot(agent_id, frame.boot_id)
        waiter = _Waiter(asyncio.get_running_loop().create_future())
        waiter.samples = await self._pipeline.accept(agent_id, boot, frame, admission, _LINK, waiter)
        return waiter

    async def _boot(self, agent_id: int, boot_id: bytes) -> int:
        number = self._boots.get((agent_id, boot_id))
        if number is None:
            wanted = uuid.UUID(bytes=boot_id)
            async with self._database.connection() as connection:
                number = (await frames.boots(connection, agent_id, [wanted]))[wanted]
            if len(self._boots) >= _KEPT_BOOTS:
                self._boots.clear()
            self._boots[agent_id, boot_id] = number
        return number


@contextlib.asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """Let nobody wait for longer than programs do; samples sent again replace the same ones."""
    try:
        async with asyncio.timeout(DURABLE_WITHIN_S):
            yield
    except TimeoutError:
        raise UnavailableError("The samples are not durable yet: send them again.") from None


class _Waiter:
    """Wakes a request once its frame is durable.

    Attributes:
        done: ends then.
        samples: how many are taken of it.
    """

    def __init__(self, done: asyncio.Future[None]) -> None:
        self.done = done
        self.samples = 0

    def committed(self, frames: Sequence[StoredFrame]) -> None:
        """Let the request go on."""
        if not self.done.done():
            self.done.set_result(None)

    def refused(self, frame: StoredFrame, error: FrameRejectedError) -> None:
        """Let the request fail."""
        if not self.done.done():
            self.done.set_exception(error)
