"""The flight recorder's memory: the last minutes at full detail, as compressed chunks in a ring of bounded size."""

import zlib
from collections import deque
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.frames import ZLIB_LEVEL
from opsentrix_protocol.processes import columns

from opsentrix_agent.collector import ProcessUse
from opsentrix_agent.framing import process_table
from opsentrix_agent.uploads import Window

CHUNK_MS = 60_000
MAX_CHUNKS = 16
"""15 minutes and the one that fills. Counted, not aged: a clock that is set does not empty the ring."""
MAX_BYTES = 1 << 20
MAX_OPEN_ROWS = 4096
"""Processes in the chunk that is not compressed yet."""
MAX_EVENTS = 100
"""In one chunk. Where more happens at once, the first tell how it began; the others are counted."""


class _Chunk(NamedTuple):
    first_ms: int
    last_ms: int
    data: bytes


class FlightRing:
    """Keeps what is seen and what happens; the oldest minute goes first. Any thread may call."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._chunks: deque[_Chunk] = deque()
        self._open: list[bytes] = []
        self._rows = self._events = self._left_out = 0
        self._first_ms = self._last_ms = 0

    def add(self, time_ms: int, processes: Sequence[ProcessUse]) -> None:
        """Keep a look at the processes (Unix milliseconds).

        Raises:
            ValueError: a number of a process does not fit its field; nothing of the look is kept.
        """
        look = pb.RecordedMoments(
            processes=columns([process_table(time_ms, processes)]),
            parent_pid=[one.parent_pid for one in sorted(processes)],
        ).SerializeToString()
        with self._lock:
            if self._rows + len(processes) > MAX_OPEN_ROWS:
                self._seal()
            self._put(time_ms, look)
            self._rows += len(processes)

    def note(self, time_ms: int, event: pb.Event) -> None:
        """Keep something that happened (Unix milliseconds), or count it where too much does."""
        with self._lock:
            if self._events < MAX_EVENTS or not self._follows(time_ms):
                self._put(time_ms, pb.RecordedMoments(events=[event]).SerializeToString())
                self._events += 1
            else:
                self._left_out += 1

    def cut(self, from_ms: int, to_ms: int, max_bytes: int) -> Window:
        """Return the chunks that touch a window, ends included; where they are too large, the newest of them."""
        with self._lock:
            chunks = [*self._chunks, *self._filling()]
        touching = [one for one in chunks if one.first_ms <= to_ms and one.last_ms >= from_ms]
        kept: list[bytes] = []
        for chunk in reversed(touching):
            max_bytes -= len(chunk.data)
            if max_bytes < 0:
                break
            kept.append(chunk.data)
        return Window(tuple(reversed(kept)), truncated=len(kept) < len(touching))

    def _follows(self, time_ms: int) -> bool:
        """Return whether a moment belongs to the chunk that fills."""
        return not self._open or self._last_ms <= time_ms < self._first_ms + CHUNK_MS

    def _put(self, time_ms: int, moments: bytes) -> None:
        if not self._follows(time_ms):
            self._seal()
        self._first_ms = self._first_ms if self._open else time_ms
        self._last_ms = time_ms
        self._open.append(moments)

    def _seal(self) -> None:
        self._chunks.extend(self._filling())
        self._open.clear()
        self._rows = self._events = self._left_out = 0
        while len(self._chunks) >= MAX_CHUNKS or sum(len(one.data) for one in self._chunks) > self._max_bytes:
            self._chunks.popleft()

    def _filling(self) -> list[_Chunk]:
        if not self._open:
            return []
        # Serialized messages one behind the other are one message whose lists hold the entries of all.
        count = pb.RecordedMoments(events_left_out=self._left_out).SerializeToString()
        data = zlib.compress(b"".join((*self._open, count)), ZLIB_LEVEL)
        return [_Chunk(self._first_ms, self._last_ms, data)]
