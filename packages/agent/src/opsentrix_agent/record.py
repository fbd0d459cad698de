"""Writes down what the agent sampled, for diagnostics: a JSON line for each frame, whatever becomes of the frame."""

import contextlib
import json
import logging
from pathlib import Path
from typing import IO

from opsentrix_agent.errors import SettingsError
from opsentrix_agent.framing import ClosedFrame

log = logging.getLogger(__name__)


class Recorder:
    """Appends frames to a file; each line is written through at once."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            SettingsError: it cannot be written.
        """
        try:
            self._file: IO[str] = path.open("a", encoding="utf-8", buffering=1)
        except OSError as error:
            raise SettingsError(f"--record: {path} cannot be written: {error.strerror}.") from None

    def write(self, frame: ClosedFrame) -> None:
        """Append one frame.

        The line's keys: `boot` in hex, `seq`, `first_tick_ms`, `step_ms`, `ticks`, `series` as pairs of metric name and
        labels, and `values` as one list of numbers for each series, null where absent.
        """
        ticks = frame.ticks
        values: list[float | None] = list(frame.values)
        for index in range(len(values)):
            if frame.absent and frame.absent[index >> 3] >> (index & 7) & 1:
                values[index] = None
        line = {
            "boot": frame.boot_id.hex(),
            "seq": frame.seq,
            "first_tick_ms": frame.first_tick_ms,
            "step_ms": frame.step_ms,
            "ticks": ticks,
            "series": [[one.metric.name, dict(one.labels)] for one in frame.layout.series],
            "values": [values[start : start + ticks] for start in range(0, len(values), ticks)],
        }
        try:
            self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
        except OSError as error:
            # A full disk must not stop the agent for the sake of its diagnostics.
            log.error("frame %d is not recorded: %s", frame.seq, error)  # noqa: TRY400 - the trace adds nothing

    def close(self) -> None:
        """Close the file; what could not be written is given up."""
        with contextlib.suppress(OSError):
            self._file.close()
