"""Batches as the pipeline hands them to its sinks."""

from collections.abc import Mapping, Sequence

import numpy as np
from opsentrix.model.frames import Batch, Layout, StoredFrame
from opsentrix.model.processes import of_frame
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of
from opsentrix_protocol.layouts import layout_id


def series_of(name: str, **labels: str) -> Series:
    """Return a gauge."""
    return Series(Metric(name, "1", Kind.GAUGE), labels_of(**labels))


def batch(
    values: Mapping[Series, Sequence[float]],
    *,
    agent: int = 1,
    time_s: float = 1000,
    step_ms: int = 1000,
    processes: pb.ProcessTable | None = None,
    layout: Layout | None = None,
) -> Batch:
    """Return a batch whose LAST tick is at `time_s`."""
    listed = tuple(values)
    rows = np.array([list(row) for row in values.values()], dtype=np.float64)
    ticks = rows.shape[1]
    used = layout or Layout(layout_id(listed), listed, np.arange(len(listed)))
    first_ms = round(time_s * 1000) - (ticks - 1) * step_ms
    frame = StoredFrame(
        agent, 1, 1, first_ms, step_ms, ticks, used.id, 1, pb.COMPRESSION_ZLIB, b"", b"",
        of_frame(pb.Frame(compression=pb.COMPRESSION_ZLIB, processes=processes)),
    )  # fmt: skip
    return Batch([frame], [used], rows[np.newaxis])
