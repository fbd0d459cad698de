"""Process samples leave the frames that are compacted and are joined beside the blocks of their hour."""

from collections.abc import Sequence

from opsentrix import selfmetrics
from opsentrix.db import Connection
from opsentrix.model.frames import StoredFrame
from opsentrix.model.processes import join
from opsentrix.model.tiers import HOUR_MS
from opsentrix.storage import processes


async def keep(connection: Connection, agent_id: int, taken: Sequence[StoredFrame]) -> None:
    """Keep the process samples of frames, in the transaction that takes these away and has written their blocks."""
    hours: dict[int, list[bytes]] = {}
    for frame in taken:
        if frame.processes:
            hour_ms = frame.time_ms // HOUR_MS * HOUR_MS
            hours.setdefault(hour_ms, []).append(frame.processes)
    for hour_ms, pieces in hours.items():
        piece = join(pieces)
        if piece and not await processes.append(connection, agent_id, hour_ms, piece):
            # Frames without a single sample have no row of blocks.
            selfmetrics.BAD_PROCESS_SAMPLES.inc(len(pieces))
