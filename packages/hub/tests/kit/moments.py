"""Parts of recordings, as an agent's flight recorder makes them."""

import zlib
from collections.abc import Sequence

from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.processes import ProcessSample, ProcessTable, columns

PARENT = 7


def process(pid: int = 42, name: str = "hog", cpu: float = 0.99) -> ProcessSample:
    return ProcessSample(pid, name, "root", "running", 1, cpu, 1 << 20)


def happened(*events: pb.Event, left_out: int = 0) -> bytes:
    """Return a part with these events and no look."""
    return zlib.compress(pb.RecordedMoments(events=events, events_left_out=left_out).SerializeToString())


def moments(times_ms: Sequence[int], *processes: ProcessSample) -> bytes:
    """Return a part with looks at these moments, each of these processes; all have the same parent."""
    rows = processes or (process(),)
    message = pb.RecordedMoments(
        processes=columns([ProcessTable(time_ms, rows) for time_ms in times_ms]),
        parent_pid=[PARENT] * len(rows) * len(times_ms),
    )
    return zlib.compress(message.SerializeToString())
