"""Samples from programs that are not our agent: JSON becomes frames and takes the same way."""

import asyncio
import contextlib
import itertools
import uuid
from array import array
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Labels, Metric, Series

from opsentrix.db import Database
from opsentrix.errors import UnavailableError
from opsentrix.ingest.errors import FrameRejectedError
from opsentrix.ingest.pipeline import Pipeline
from opsentrix.ingest.validate import MAX_SEQ
from opsentrix.model.frames import Layout, StoredFrame
from opsentrix.storage import frames

_LINK = "rest"
_KEPT_BOOTS = 50_000
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
        """Make samples durable and return how many there were; of two for one series and moment the last one counts.

        Args:
            agent_id: whose they are.
            samples: in any order.
            step_ms: how far apart the agent's samples usually are: what lies much further apart is a gap.

        Raises:
            FrameRejectedError: some cannot be taken; then none is.
            UnavailableError: they are not durable in time.
        """
        moments: dict[int, dict[Series, float]] = {}
        for one in samples:
            series = Series(Metric(one.metric, one.unit, Kind.GAUGE), one.labels)
            moments.setdefault(one.time_ms, {})[series] = one.value
        made = []
        for time_ms, row in sorted(moments.items()):
            ordered = sorted(row, key=lambda series: (series.metric.name, series.metric.unit, series.labels))
            frame = pb.Frame(
                boot_id=self._boot_id.bytes,
                seq=1,  # numbered below: a post that is refused must leave no hole
                first_tick_ms=time_ms,
                step_ms=step_ms,
                ticks=1,
            )
            codec.pack(frame, array("d", [row[series] for series in ordered]))
            try:
                self._pipeline.check(frame)
            except FrameRejectedError as error:
                raise FrameRejectedError(error.reason, "samples.time", error.detail) from None
            made.append((frame, ordered))
        async with _in_time():
            durable = []
            for frame, ordered in made:
                try:
                    layout = await self._pipeline.layouts.register(agent_id, ordered)
                    frame.layout_id = layout.id
                    frame.seq = next(self._seq[agent_id])
                    durable.append(await self._accept(agent_id, frame, layout))
                except FrameRejectedError as error:
                    raise FrameRejectedError(error.reason, "samples", error.detail) from None
                await asyncio.sleep(0)  # there may be thousands of moments, and others wait
            await asyncio.gather(*durable)
        return sum(len(row) for row in moments.values())

    async def frame(self, agent_id: int, frame: pb.Frame) -> int:
        """Make a frame durable and return how many samples it held; one that was committed before is no error.

        Raises:
            FrameRejectedError: it cannot be taken.
            UnavailableError: it is not durable in time.
        """
        try:
            self._pipeline.check(frame)
            async with _in_time():
                layout = await self._pipeline.layouts.of_frame(agent_id, frame)
                await (await self._accept(agent_id, frame, layout))
        except FrameRejectedError as error:
            if error.permanent and len(frame.boot_id) == 16 and 1 <= frame.seq <= MAX_SEQ:
                self._pipeline.causes.rejected(agent_id, await self._boot(agent_id, frame.boot_id), frame.seq)
            raise
        return frame.ticks * len(layout.series)

    async def _accept(self, agent_id: int, frame: pb.Frame, layout: Layout) -> asyncio.Future[None]:
        boot = await self._boot(agent_id, frame.boot_id)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._pipeline.accept(agent_id, boot, frame, layout, _LINK, _Waiter(done))
        return done

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
    """Wakes a request once its frame is durable."""

    def __init__(self, done: asyncio.Future[None]) -> None:
        self._done = done

    def committed(self, frames: Sequence[StoredFrame]) -> None:
        """Let the request go on."""
        if not self._done.done():
            self._done.set_result(None)

    def refused(self, frame: StoredFrame, error: FrameRejectedError) -> None:
        """Let the request fail."""
        if not self._done.done():
            self._done.set_exception(error)
