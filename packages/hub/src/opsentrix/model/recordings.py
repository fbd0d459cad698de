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
MAX_ROWS = 200
"""Processes of one look that are shown; agents send 60 at the most."""


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


def plain_parts(parts: Iterable[bytes]) -> list[bytes]:
    """Return parts as they were before compression: each a serialized RecordedMoments, as all of them joined are.

    Those that cannot be read, or find no room, are left out and counted.
    """
    found: list[bytes] = []
    room = MAX_PLAIN_BYTES
    for part in parts:
        inflater = zlib.decompressobj()
        try:
            content = inflater.decompress(part, room + 1)
            _parsed(content)
        except (zlib.error, ProtocolError):
            content = b""
        if not content or not inflater.eof or len(content) > room:
            selfmetrics.BAD_RECORDING_PARTS.inc()
            continue
        room -= len(content)
        found.append(content)
    return found


def looks(parts: Iterable[bytes], first_ms: int, last_ms: int) -> list[RecordedLook]:
    """Return the looks of a window, ends included, oldest first; of two at the same moment, the later in the parts."""
    found = {
        look.time_ms: look
        for content in plain_parts(parts)
        for look in _looks(_parsed(content))
        if first_ms <= look.time_ms <= last_ms
    }
    return [found[time_ms] for time_ms in sorted(found)]


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
