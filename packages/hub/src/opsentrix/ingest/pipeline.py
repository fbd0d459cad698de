"""The way of a frame: its header is checked at once; its samples with those of others, which costs a fraction.

Frames are gathered for a moment, those with the same layout and shape are unpacked and checked as one array, and they
go on together: first to the writer, then to the sinks in their order.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix import log, selfmetrics
from opsentrix.errors import UnavailableError
from opsentrix.ingest import validate
from opsentrix.ingest.layouts import Admission, LayoutBook
from opsentrix.ingest.writer import FrameWriter, Sender, size_of
from opsentrix.model.clock import HubClock
from opsentrix.model.frames import Batch, Layout, StoredFrame, repack
from opsentrix.model.processes import of_frame

Sink = Callable[[Batch], None]
"""Takes a batch at once; what it raises is logged and harms nobody else."""

GATHER_S = 0.02
_MANY = 200
_MANY_SAMPLES = 500_000
"""So much goes on without waiting for more: 4 MB of samples, some milliseconds of work."""
_log = log.get(__name__)


class Limits:
    """What the hub takes at present.

    Attributes:
        keep_days: samples as old as this are of use to somebody.
        room: whether there is room for more.
    """

    def __init__(self, keep_days: int, room: Callable[[], bool] = lambda: True) -> None:
        self.keep_days = keep_days
        self.room = room


class _Gathered(NamedTuple):
    frame: StoredFrame
    layout: Layout
    told: pb.Frame
    link: str
    sender: Sender


class Pipeline:
    """Where all links' frames meet."""

    def __init__(
        self,
        writer: FrameWriter,
        layouts: LayoutBook,
        sinks: Sequence[Sink],
        clock: HubClock,
        limits: Limits,
        urgent: Callable[[int], bool] = lambda _agent_id: False,
    ) -> None:
        """Take what is needed.

        Args:
            writer: makes frames durable.
            layouts: of all agents.
            sinks: take valid frames, in this order.
            clock: the hub's.
            limits: what the hub takes.
            urgent: whether somebody waits for the samples of an agent, so that they are not kept for others.
        """
        self.layouts = layouts
        self.causes = writer.causes
        self._clock = clock
        self._writer = writer
        self.sinks = list(sinks)
        self._limits = limits
        self._urgent = urgent
        self._gathered: list[_Gathered] = []
        self._gathered_samples = 0
        self._gathered_bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def check_room(self) -> None:
        """Check that there is room for frames.

        Raises:
            UnavailableError: the disk is nearly full.
        """
        if not self._limits.room():
            raise UnavailableError("The hub's disk is nearly full: it takes no samples until there is room.")

    def check(self, frame: pb.Frame) -> None:
        """Check what a frame says of itself.

        Raises:
            FrameRejectedError: it cannot be taken.
        """
        validate.check_header(frame, self._clock.between(), self._limits.keep_days)

    async def accept(
        self, agent_id: int, boot: int, frame: pb.Frame, admission: Admission, link: str, sender: Sender
    ) -> int:
        """Take a frame whose header was checked, and return how many samples of it.

        The sender is told when it is durable, or that its samples cannot be taken.

        Raises:
            FrameRejectedError: samples of it that are not wanted cannot be cut off, because it cannot be read.
        """
        layout = admission.layout
        if admission.columns is not None:
            self._cut(frame, admission)
        await self._writer.room(lambda: (len(self._gathered), self._gathered_bytes))
        stored = StoredFrame(
            agent_id, boot, frame.seq, frame.first_tick_ms, frame.step_ms, frame.ticks, layout.id,
            frame.value_type, frame.compression, frame.columns, frame.absent, of_frame(frame),
        )  # fmt: skip
        samples = frame.ticks * len(layout.series)
        self._gathered.append(_Gathered(stored, layout, frame, link, sender))
        self._gathered_samples += samples
        self._gathered_bytes += size_of(stored)
        if len(self._gathered) >= _MANY or self._gathered_samples >= _MANY_SAMPLES or self._urgent(agent_id):
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self.flush)
        return samples

    def flush(self) -> None:
        """Let all that was gathered go on."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        gathered, self._gathered, self._gathered_samples, self._gathered_bytes = self._gathered, [], 0, 0
        alike: dict[tuple[int, ...], list[_Gathered]] = {}
        for one in gathered:
            frame = one.frame
            alike.setdefault((frame.layout_id, frame.step_ms, frame.ticks, frame.value_type), []).append(one)
        for run in alike.values():
            try:
                self._go_on(run)
            except Exception:  # noqa: BLE001 - what nobody foresaw in some agents' frames must not harm the others
                _log.exception("frames are lost, and will be sent again", frames=len(run))

    def _go_on(self, run: list[_Gathered]) -> None:
        values, refused = validate.samples([one.frame for one in run], len(run[0].layout.series))
        for at, error in refused.items():
            run[at].sender.refused(run[at].frame, error)
        if refused:
            taken = [at for at in range(len(run)) if at not in refused]
            run, values = [run[at] for at in taken], values[taken]
        if not run:
            return
        for one in run:
            self.causes.told_by(one.frame.agent_id, one.frame.boot, one.told)
            self._writer.put(one.frame, one.sender)
        for link, count in Counter(one.link for one in run).items():
            selfmetrics.frames_of(link).inc(count)
        selfmetrics.SAMPLES.inc(values.size)
        batch = Batch([one.frame for one in run], [one.layout for one in run], values)
        for sink in self.sinks:
            try:
                sink(batch)
            except Exception:  # noqa: BLE001 - a sink's fault must harm neither the session nor the other sinks
                _log.exception("a sink failed", sink=getattr(sink, "__qualname__", str(sink)), frames=len(run))

    def _cut(self, frame: pb.Frame, admission: Admission) -> None:
        """Leave only those series in a frame that are taken."""
        values, refused = validate.samples([frame], admission.width)
        for error in refused.values():
            raise error
        selfmetrics.REFUSED_SAMPLES.inc((admission.width - len(admission.layout.series)) * frame.ticks)
        repack(frame, np.ascontiguousarray(values[0][admission.columns]))
