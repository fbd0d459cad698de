"""The recording that simulated agents replay: its rows as an agent would send them, and frames packed beforehand."""

import functools
from array import array
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from opsentrix_agent.rates import Rates
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Labels, Metric, Series, labels_of

FILE = Path(__file__).parent / "data" / "recording.npz"
FRAME_TICKS = 5
"""What the reference agent puts into a frame."""
STEP_MS = 1000

_SUMMARISED: dict[str, tuple[str, Labels]] = {
    "cpu.idle_pct": ("system.cpu.utilization", labels_of(state="idle")),
    "mem.used_pct": ("system.memory.utilization", labels_of(state="used")),
    "fs.root.used_pct": ("system.filesystem.utilization", labels_of(mountpoint="/")),
    "net.eth0.bytes_recv": ("system.network.io", labels_of(device="eth0", direction="receive")),
    "net.eth0.bytes_sent": ("system.network.io", labels_of(device="eth0", direction="transmit")),
    "load1": ("system.cpu.load_average.1m", ()),
}
"""Series that the hub's lists of agents summarise, by their name in the recording."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What one agent sends, again and again: rows float64[ticks, series], one a second."""

    series: tuple[Series, ...]
    rows: NDArray[np.float64]

    def replayed(self, offset: int, first: int, count: int) -> NDArray[np.float64]:
        """Return `count` rows, beginning with tick `first` of an agent that starts at row `offset`."""
        return self.rows[(offset + first + np.arange(count)) % len(self.rows)]


@functools.cache
def load() -> Recording:
    """Read the recording; counters become rates by the agent's own rule, and the first row, which has none, goes."""
    with np.load(FILE, allow_pickle=False) as stored:
        names, kinds, times, data = (stored[name] for name in ("names", "kinds", "ts", "data"))
    rows = data.copy()
    seconds = (times / 1000).tolist()
    rates = Rates()
    for column in np.flatnonzero(kinds == "c").tolist():
        found = [
            rates.rate((str(names[column]), ()), 64, value, at)
            for value, at in zip(data[:, column].tolist(), seconds, strict=True)
        ]
        rows[1:, column] = found[1:]
    series = tuple(_series(str(name), str(kind)) for name, kind in zip(names, kinds, strict=True))
    return Recording(series, rows[1:])


def _series(name: str, kind: str) -> Series:
    metric, labels = _SUMMARISED.get(name, (name, ()))
    rate = kind == "c"
    return Series(Metric(metric, "1/s" if rate else "1", Kind.RATE if rate else Kind.GAUGE), labels)


def packed(recording: Recording, ticks: int) -> list[bytes]:
    """Return the compressed columns of a frame of so many ticks that begins at each of the recording's rows."""
    result = []
    for row in range(len(recording.rows)):
        frame = pb.Frame()
        codec.pack(frame, array("d", recording.replayed(row, 0, ticks).T.tobytes()))
        result.append(frame.columns)
    return result
