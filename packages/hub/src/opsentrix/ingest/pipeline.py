"""The way of a validated frame: first to the writer, then to the sinks in their order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix import log, selfmetrics
from opsentrix.errors import UnavailableError
from opsentrix.ingest import validate
from opsentrix.ingest.layouts import Admission, LayoutBook
from opsentrix.ingest.writer import FrameWriter, Sender
from opsentrix.model.clock import HubClock
from opsentrix.model.frames import Batch, StoredFrame, repack
from opsentrix.model.processes import of_frame

Sink = Callable[[Batch], None]
"""Takes a batch at once; what it raises is logged and harms nobody else."""

_log = log.get(__name__)


@dataclass(slots=True)
class Limits:
    """What the hub takes at present.

    Attributes:
        keep_days: samples as old as this are of use to somebody.
        room: whether there is room for more.
    """

    keep_days: int
    room: Callable[[], bool] = lambda: True


class Pipeline:
    """Where all links' frames meet."""

    def __init__(
        self, writer: FrameWriter, layouts: LayoutBook, sinks: Sequence[Sink], clock: HubClock, limits: Limits
    ) -> None:
        self.layouts = layouts
        self.causes = writer.causes
        self._clock = clock
        self._writer = writer
        self._sinks = sinks
        self._limits = limits

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
        """Take a frame whose header was checked, and return how many samples of it; the sender is told when durable.

        Raises:
            FrameRejectedError: its samples cannot be taken.
        """
        layout = admission.layout
        values = validate.samples(frame, admission.width)
        if admission.columns is not None:
            selfmetrics.REFUSED_SAMPLES.inc((admission.width - len(admission.columns)) * frame.ticks)
            values = values[admission.columns]
            repack(frame, values)
        stored = StoredFrame(
            agent_id, boot, frame.seq, frame.first_tick_ms, frame.step_ms, frame.ticks, layout.id,
            frame.value_type, frame.compression, frame.columns, frame.absent, of_frame(frame),
        )  # fmt: skip
        self.causes.told_by(agent_id, boot, frame)
        await self._writer.put(stored, sender)
        selfmetrics.frames_of(link).inc()
        selfmetrics.SAMPLES.inc(values.size)
        batch = Batch(stored, layout, values)
        for sink in self._sinks:
            try:
                sink(batch)
            except Exception:  # noqa: BLE001 - a sink's fault must harm neither the session nor the other sinks
                _log.exception("a sink failed", sink=getattr(sink, "__qualname__", str(sink)), agent=agent_id)
        return values.size
