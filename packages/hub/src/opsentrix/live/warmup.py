"""After a start: fill the sparklines from what is stored, so that a restart of the hub leaves no hole in the list."""

import time
from collections.abc import Awaitable, Callable, Sequence

import numpy as np

from opsentrix import log
from opsentrix.db import Database
from opsentrix.live.summary import SLOT_S, SLOTS
from opsentrix.model.frames import Batch, Layout, decode
from opsentrix.model.samples import readable
from opsentrix.storage import frames

_WITHIN_S = 2.0
_log = log.get(__name__)


async def run(
    database: Database,
    layout_of: Callable[[int, int], Awaitable[Layout | None]],
    push: Callable[[Batch], None],
    agent_ids: Sequence[int],
    now: float,
) -> None:
    """Push the stored frames of the last minutes, agent by agent, for at most two seconds.

    Args:
        database: the hub's.
        layout_of: returns a layout of an agent by the ids of both.
        push: takes each frame.
        agent_ids: whose frames.
        now: Unix time in seconds.
    """
    deadline = time.monotonic() + _WITHIN_S
    last_ms = round(now * 1000)
    first_ms = last_ms - SLOT_S * SLOTS * 1000
    for done, agent_id in enumerate(agent_ids):
        if time.monotonic() > deadline:
            _log.info("sparklines begin empty for some agents", agents=len(agent_ids) - done)
            return
        async with database.connection() as connection:
            stored = await frames.read(connection, agent_id, first_ms, last_ms)
        for frame in stored:
            layout = await layout_of(agent_id, frame.layout_id)
            if layout is not None and readable(frame, len(layout.series)):
                push(Batch([frame], [layout], decode(frame, len(layout.series))[np.newaxis]))
