"""Puts ticks together into frames: columns of floats behind a layout that stays the same as long as it can."""

from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Series
from opsentrix_protocol.frames import MAX_SAMPLES, MAX_TICKS, pack
from opsentrix_protocol.layouts import layout_id, layout_to_wire
from opsentrix_protocol.processes import ProcessSample, ProcessTable
from opsentrix_protocol.processes import pack as pack_processes

from opsentrix_agent.collector import Key, ProcessUse

Look = tuple[int, Sequence[ProcessUse]]
"""Unix milliseconds of a tick, and the processes that used most then."""

ABSENT_MS = 600_000
"""A series not seen for so long leaves the layout when it changes next."""


class Layout(NamedTuple):
    """The series of a frame in order, their identity, and the message that tells the hub, serialized."""

    id: int
    series: tuple[Series, ...]
    wire: bytes

    @classmethod
    def of(cls, series: Sequence[Series]) -> "Layout":
        """Return the layout of these series."""
        return cls(layout_id(series), tuple(series), layout_to_wire(series).SerializeToString(deterministic=True))


class ClosedFrame(NamedTuple):
    """A finished frame, as sampled.

    Attributes:
        values: series after series, `ticks` values each; where absent, the value before it again.
        absent: one bit a sample in the same order, lowest bit first; empty when all are present.
        clock_step_ms: by how much the clock was set since the tick before the first one.
    """

    layout: Layout
    boot_id: bytes
    seq: int
    first_tick_ms: int
    step_ms: int
    ticks: int
    values: "array[float]"
    absent: bytes
    clock_step_ms: int = 0

    @property
    def last_tick_ms(self) -> int:
        """Unix milliseconds of the last tick."""
        return self.first_tick_ms + (self.ticks - 1) * self.step_ms

    def to_wire(self, looks: Sequence[Look] = (), *, packed: bool = True) -> bytes:
        """Return the serialized `Frame` message, without its layout.

        Args:
            looks: the top processes at each look within the frame.
            packed: whether the hub takes all looks; else it is told of the newest only.

        Raises:
            ValueError: a number of a process does not fit its field.
        """
        frame = pb.Frame(
            layout_id=self.layout.id,
            boot_id=self.boot_id,
            seq=self.seq,
            first_tick_ms=self.first_tick_ms,
            step_ms=self.step_ms,
            ticks=self.ticks,
            clock_step_ms=self.clock_step_ms,
        )
        pack(frame, self.values, self.absent)
        if looks and packed:
            frame.process_samples = pack_processes(process_table(*look) for look in looks)
        elif looks:
            frame.processes.time_ms, newest = looks[-1]
            for one in newest:
                frame.processes.processes.add(
                    pid=one.pid,
                    name=one.name,
                    user=one.user,
                    state=one.state,
                    cpu=one.cpu_cores,
                    memory_bytes=one.memory_bytes,
                    threads=one.threads,
                )
        return frame.SerializeToString()


def process_table(time_ms: int, processes: Sequence[ProcessUse]) -> ProcessTable:
    """Return a look as the wire knows it."""
    return ProcessTable(
        time_ms,
        tuple(
            ProcessSample(
                one.pid, one.name, one.user, one.state, one.threads, one.cpu_cores, one.memory_bytes, one.read_bytes,
                one.write_bytes,
            )
            for one in processes
        ),
    )  # fmt: skip


class Framer:
    """Collects ticks into frames of one boot.

    Attributes:
        frame_ticks: ticks wanted in a frame; may change at any time.
        max_series: series beyond so many are left out of the layout.
        max_samples: a frame of more samples is closed before it has its ticks.
        left_out: how many series that were at the last change of the layout.
    """

    def __init__(self, boot_id: bytes, step_ms: int, frame_ticks: int, max_series: int = 5000) -> None:
        self.frame_ticks = frame_ticks
        self.max_series = max_series
        self.max_samples = MAX_SAMPLES
        self.left_out = 0
        self._boot_id = boot_id
        self._step = step_ms
        self._seq = 0
        self._layout = Layout.of(())
        self._keys: list[Key] = []
        self._members: frozenset[Key] = frozenset()
        self._refused: set[Key] = set()
        self._absent_since: dict[Key, int] = {}
        self._first_tick = 0
        self._ticks = 0
        self._clock_step_ms = 0
        self._rows: array[float] = array("d")
        self._last_row: list[float] = []
        self._holes: list[tuple[int, int]] = []

    @property
    def next_seq(self) -> int:
        """The number that the next frame will have."""
        return self._seq + 1

    def add(
        self, tick_ms: int, values: Mapping[Key, float], series: Mapping[Key, Series], clock_step_ms: int = 0
    ) -> list[ClosedFrame]:
        """Take the samples of one tick and return the frames that it finished, the oldest first.

        Args:
            tick_ms: Unix milliseconds.
            values: the samples.
            series: describes at least the keys of `values`.
            clock_step_ms: by how much the clock was set since the tick before.
        """
        closed: list[ClosedFrame] = []
        if clock_step_ms or tick_ms != self._first_tick + self._ticks * self._step:
            closed += self.close()
            self._clock_step_ms += clock_step_ms
        outside = [key for key in values if key not in self._members]
        if len(self._keys) > self.max_series or any(key not in self._refused for key in outside):
            closed += self._change_layout(tick_ms, outside, series)
        if not self._keys:
            return closed
        self._append(tick_ms, values)
        if self._ticks >= min(self.frame_ticks, MAX_TICKS, self.max_samples // len(self._keys)):
            closed += self.close()
        return closed

    def close(self) -> list[ClosedFrame]:
        """Finish the open frame, if it holds a tick."""
        if not self._ticks:
            return []
        self._seq += 1
        width = len(self._keys)
        columns = array("d")
        for column in range(width):
            columns.extend(self._rows[column::width])
        frame = ClosedFrame(
            self._layout, self._boot_id, self._seq, self._first_tick, self._step, self._ticks, columns, self._bitmap(),
            self._clock_step_ms,
        )  # fmt: skip
        self._clock_step_ms = 0
        self._rows = array("d")
        self._holes.clear()
        self._ticks = 0
        return [frame]

    def _append(self, tick_ms: int, values: Mapping[Key, float]) -> None:
        if not self._ticks:
            self._first_tick = tick_ms
        get = values.get
        found = [get(key) for key in self._keys]
        row: list[float] = []
        if None in found:
            for column, value in enumerate(found):
                if value is None:
                    self._holes.append((column, self._ticks))
                    self._absent_since.setdefault(self._keys[column], tick_ms)
                row.append(self._last_row[column] if value is None else value)
        else:
            row = [value for value in found if value is not None]
        if self._absent_since:
            self._absent_since = {key: since for key, since in self._absent_since.items() if key not in values}
        self._rows.extend(row)
        self._last_row = row
        self._ticks += 1

    def _bitmap(self) -> bytes:
        if not self._holes:
            return b""
        bits = bytearray((len(self._keys) * self._ticks + 7) // 8)
        for column, tick in self._holes:
            index = column * self._ticks + tick
            bits[index >> 3] |= 1 << (index & 7)
        return bytes(bits)

    def _change_layout(self, tick_ms: int, outside: Sequence[Key], series: Mapping[Key, Series]) -> list[ClosedFrame]:
        """Take series from outside into the layout, as far as there is room, and return the frame that this ends."""
        gone = {key for key, since in self._absent_since.items() if tick_ms - since >= ABSENT_MS}
        wanted = [key for key in (*self._keys, *outside) if key not in gone]
        self._refused = set(wanted[self.max_series :])
        self.left_out = len(self._refused)
        keys = wanted[: self.max_series]
        if keys == self._keys:
            return []
        closed = self.close()
        last = dict(zip(self._keys, self._last_row, strict=True))
        known = dict(zip(self._keys, self._layout.series, strict=True))
        self._keys = keys
        self._members = frozenset(keys)
        self._layout = Layout.of([known.get(key) or series[key] for key in keys])
        self._last_row = [last.get(key, 0.0) for key in keys]
        self._absent_since = {key: since for key, since in self._absent_since.items() if key in self._members}
        return closed
