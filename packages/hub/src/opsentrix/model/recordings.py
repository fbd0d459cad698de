"""Recordings: windows of agents' flight recorders, and how what came of them is read."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from google.protobuf.message import DecodeError
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.errors import ProtocolError
from opsentrix_protocol.processes import ProcessSample, checked, tables

from opsentrix import selfmetrics

RING_S = 900.0
"""Seconds that an agent's flight recorder holds."""
MAX_BYTES = 1024 * 1024
"""Of all parts of a recording together, as they come."""
MAX_PLAIN_BYTES = 16 * 1024 * 1024
"""Of all parts of a recording together, decompressed."""
MAX_PART_PLAIN_BYTES = 1024 * 1024
"""Of one part, decompressed; agents make them of 0.3 MiB at the most. Read, it takes up to 35 times as much."""
MAX_ROWS = 200
"""Processes of one look that are shown; agents send 60 at the most."""
MAX_EVENTS = 2000
"""That are shown; agents keep 100 of a minute."""
MAX_TEXT_CHARS = 256
MAX_ATTRIBUTES = 16


class RecordingState(StrEnum):
    """How far a recording is."""

    REQUESTED = "requested"
    ARRIVING = "arriving"
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Recording:
    """A window that was asked for.

    Attributes:
        agent_id: whose.
        id: unique over all agents; the agent's answer bears it.
        begins: the window's begin.
        ends: its end; the agent is asked when it is over.
        state: how far it is.
        error: why it failed; empty otherwise.
        truncated: whether the window's oldest part was left out for its size.
        bytes: what came of it, compressed.
        reason: why it was asked for.
        requested_by: a user's name, or `hub`.
        created_at: when it was asked for.
        finished_at: when it became complete or failed.
    """

    agent_id: int
    id: int
    begins: datetime
    ends: datetime
    state: RecordingState
    error: str
    truncated: bool
    bytes: int
    reason: str
    requested_by: str
    created_at: datetime
    finished_at: datetime | None


class RecordedProcess(NamedTuple):
    """A process at one look, and the process that started it; 0 where that is not known."""

    sample: ProcessSample
    parent_pid: int


class RecordedLook(NamedTuple):
    """The processes that used most at one look (Unix milliseconds)."""

    time_ms: int
    processes: tuple[RecordedProcess, ...]


class EventSeverity(StrEnum):
    """How grave something is that happened."""

    UNSPECIFIED = "unspecified"
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class RecordedEvent(NamedTuple):
    """Something that happened.

    Attributes:
        time_ms: Unix milliseconds.
        kind: `kernel.message`, `systemd.unit`, `network.connections`, or another that a later agent knows.
        severity: how grave it is.
        text: for people; empty where the attributes tell all.
        attributes: what tells it from others of its kind.
    """

    time_ms: int
    kind: str
    severity: EventSeverity
    text: str
    attributes: dict[str, str]


_SEVERITIES = {
    int(pb.SEVERITY_INFO): EventSeverity.INFO,
    int(pb.SEVERITY_WARNING): EventSeverity.WARNING,
    int(pb.SEVERITY_CRITICAL): EventSeverity.CRITICAL,
}


class Recorded(NamedTuple):
    """What a recording holds of its window, each list oldest first; `left_out` events were more than agents keep."""

    looks: list[RecordedLook]
    events: list[RecordedEvent]
    left_out: int


def plain_parts(parts: Iterable[bytes]) -> list[bytes]:
    """Return parts as they were before compression: each a serialized RecordedMoments, as all of them joined are.

    Those that cannot be read, or find no room, are left out and counted.
    """
    found: list[bytes] = []
    room = MAX_PLAIN_BYTES
    for part in parts:
        inflater = zlib.decompressobj()
        try:
            limit = min(room, MAX_PART_PLAIN_BYTES)
            content = inflater.decompress(part, limit + 1)  # 0 would be no limit
            if len(content) <= limit:
                _parsed(content)
        except (zlib.error, ProtocolError):
            content = b""
        if not content or not inflater.eof or len(content) > limit:
            selfmetrics.BAD_RECORDING_PARTS.inc()
            continue
        room -= len(content)
        found.append(content)
    return found


def recorded(parts: Iterable[bytes], first_ms: int, last_ms: int) -> Recorded:
    """Return what parts hold of a window, ends included; of two looks at the same moment, the later in the parts.

    What was left out is told of whole parts, which may reach beyond the window.
    """
    looks: dict[int, RecordedLook] = {}
    events: list[RecordedEvent] = []
    left_out = 0
    for content in plain_parts(parts):
        moments = _parsed(content)
        looks |= {look.time_ms: look for look in _looks(moments) if first_ms <= look.time_ms <= last_ms}
        within = [one for one in moments.events if first_ms <= one.time_ms <= last_ms]
        room = MAX_EVENTS - len(events)
        events += map(_event, within[:room])
        left_out += moments.events_left_out + len(within[room:])
    events.sort(key=lambda one: one.time_ms)
    return Recorded([looks[time_ms] for time_ms in sorted(looks)], events, left_out)


def _parsed(content: bytes) -> pb.RecordedMoments:
    try:
        moments = pb.RecordedMoments.FromString(content)
    except DecodeError:
        raise ProtocolError("recording.data", "is not a readable RecordedMoments") from None
    checked(moments.processes)
    if len(moments.parent_pid) != len(moments.processes.pid):
        raise ProtocolError("recording.data", "has not as many parents as processes")
    return moments


def _looks(moments: pb.RecordedMoments) -> Iterator[RecordedLook]:
    parents = iter(moments.parent_pid)
    for time_ms, processes in tables(moments.processes):
        rows = tuple(RecordedProcess(one, next(parents)) for one in processes)
        yield RecordedLook(time_ms, rows[:MAX_ROWS])


def _event(event: pb.Event) -> RecordedEvent:
    attributes = {_text(key): _text(event.attributes[key]) for key in sorted(event.attributes)[:MAX_ATTRIBUTES]}
    severity = _SEVERITIES.get(event.severity, EventSeverity.UNSPECIFIED)
    return RecordedEvent(event.time_ms, _text(event.kind), severity, _text(event.message), attributes)


def _text(text: str) -> str:
    return "".join(one if one.isprintable() else "\ufffd" for one in text[:MAX_TEXT_CHARS])
