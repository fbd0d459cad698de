"""What the hub samples of itself, and how that becomes a batch as those of agents are."""

from collections.abc import Mapping

import numpy as np
from opsentrix_protocol.catalogue import Kind, Labels, Metric, Series
from opsentrix_protocol.layouts import layout_id

from opsentrix.model.frames import Batch, Layout, StoredFrame
from opsentrix.model.watching import CANARY_METRIC, HUB_METRICS

STEP_S = 1.0
INSTANCE = "instance"
"""The label that every series of the hub has: host and port of the process."""
_PLAIN = 1
"""Frames that never leave memory have no columns to compress."""


def _gauge(name: str, unit: str, text: str) -> Metric:
    return Metric(f"{HUB_METRICS}{name}", unit, Kind.GAUGE, text)


CLOSED = _gauge("ingest.closed", "1", "1 while the disk guard takes no samples, else 0")
STALLED = _gauge("ingest.stalled", "s", "For how long the commit that is under way could not be made")
QUEUE = _gauge("ingest.queue", "1", "Share of the write queue that is full")
AWAY = _gauge("database.away", "s", "For how long the database has not answered")
SILENT = _gauge("worker.silent", "s", "Since the worker's last sign of life")
BEHIND = _gauge("compaction.behind", "s", "Age of the oldest moment that is not compacted; up to an hour is right")
FREE = _gauge("disk.free", "By", "Free bytes beside the embedded PostgreSQL")
RESERVE = _gauge("disk.reserve", "By", "Bytes that are to stay free there")
PASS = _gauge("alerting.pass", "s", "Time of the last evaluation of all rules")
GAP = _gauge("alerting.gap", "s", "From the evaluation before to the last one")
UNWRITTEN = _gauge("alerting.unwritten", "s", "For how long transitions of alerts have waited to be written")
WAITING = _gauge("notifications.waiting", "s", "For how long the oldest notification waits that is due")
GIVEN_UP = _gauge("notifications.given_up", "1", "Notifications given up since the hub started")
CHANNEL = _gauge("channel.failing", "s", "For how long a channel has failed")
BROKEN = _gauge("audit.broken", "1", "1 where the audit log was changed, else 0")
LEFT = _gauge("certificate.left", "s", "Until a certificate of the hub ends")
CANARY = _gauge("canary.waiting", "s", "For how long no canary was received that is under way")
DEADMAN = _gauge("deadman.failing", "s", "For how long pings of the dead man's switch have failed")
RUNBOOK = _gauge("runbook.stopped", "1", "1 while a runbook does nothing by itself because it stopped itself, else 0")
METRICS = (
    CLOSED, STALLED, QUEUE, AWAY, SILENT, BEHIND, FREE, RESERVE, PASS, GAP, UNWRITTEN, WAITING, GIVEN_UP, CHANNEL,
    BROKEN, LEFT, CANARY, DEADMAN, RUNBOOK,
)  # fmt: skip
SIGNAL = Metric(CANARY_METRIC, "1", Kind.GAUGE, "1 while a canary is on its way, else 0")

Readings = Mapping[Series, float]


def series(metric: Metric, instance: str, **labels: str) -> Series:
    """Return a series of a hub process."""
    return Series(metric, tuple(sorted({**labels, INSTANCE: instance}.items())))


def batch(agent_id: int, readings: Readings, now: float, seq: int) -> Batch:
    """Return one tick of samples of a reserved member.

    Args:
        agent_id: the member's number.
        readings: by series; what is not known is NaN, or left out.
        now: Unix seconds.
        seq: counts the batches.
    """
    listed = tuple(sorted(readings))
    layout = Layout(layout_id(listed), listed, np.arange(len(listed), dtype=np.int64))
    frame = StoredFrame(agent_id, 0, seq, round(now * 1000), round(STEP_S * 1000), 1, layout.id, _PLAIN, 0, b"", b"")
    return Batch([frame], [layout], np.array([[[readings[one]] for one in listed]], np.float64))


def signal(labels: Labels, value: float) -> Readings:
    """Return the sample of a canary."""
    return {Series(SIGNAL, labels): value}
