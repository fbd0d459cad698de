"""Samples as they are stored of some series of one agent: frames not yet compacted, and rows of the finest tier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsentrix.db import Connection
from opsentrix.model.blocks import Blocks, CorruptBlockError, report
from opsentrix.model.frames import StoredFrame
from opsentrix.model.gaps import LedgerGap, Span
from opsentrix.model.samples import Samples, assemble, together, unpack_row
from opsentrix.model.tiers import SECOND
from opsentrix.storage import blocks, frames, gaps, layouts


@dataclass(frozen=True, slots=True)
class Stored:
    """Rows as they were read; decoding them is the work of `samples_of`, outside of the transaction.

    Attributes:
        rows: start (Unix ms) and blocks of each.
        layouts: the series numbers of each layout that the frames have.
        gaps: why samples are missing between frames, compacted or not.
    """

    agent_id: int
    series_ids: Sequence[int]
    first_ms: int
    last_ms: int
    frames: list[StoredFrame]
    layouts: dict[int, NDArray[np.int64]]
    rows: list[tuple[int, Blocks]]
    gaps: list[LedgerGap]


async def fetch(
    connection: Connection, agent_id: int, series_ids: Sequence[int], first_ms: int, last_ms: int, start_ms: int
) -> Stored:
    """Read what is stored from first_ms to last_ms inclusive, a window of what is asked from start_ms on.

    All statements must see the same moment (a transaction with isolation repeatable read), because the worker moves
    frames into blocks meanwhile.
    """
    fresh = await frames.read(connection, agent_id, first_ms, last_ms)
    of_layouts = await layouts.series_ids(connection, agent_id, {frame.layout_id for frame in fresh})
    rows = await blocks.rows_between(connection, SECOND, agent_id, first_ms, last_ms, series_ids)
    ledger = await known_gaps(connection, agent_id, [fresh], first_ms, last_ms, start_ms)
    return Stored(agent_id, series_ids, first_ms, last_ms, fresh, of_layouts, rows, ledger)


async def fetch_samples(
    connection: Connection, members: Mapping[int, Sequence[int]], first_ms: int, last_ms: int
) -> list[Stored]:
    """Read what `fetch` reads but why samples are missing, of agents with their series each, by three statements."""
    fresh = await frames.read_ranges(connection, [(agent_id, first_ms, last_ms) for agent_id in members])
    keys = sorted({(frame.agent_id, frame.layout_id) for frame in fresh})
    wanted = [series_id for ids in members.values() for series_id in ids]
    stored = {agent_id: Stored(agent_id, ids, first_ms, last_ms, [], {}, [], []) for agent_id, ids in members.items()}
    for frame in fresh:
        stored[frame.agent_id].frames.append(frame)
    for (agent_id, layout_id), ids in (await layouts.series_of_many(connection, keys)).items():
        stored[agent_id].layouts[layout_id] = ids
    for agent_id, start_ms, row in await blocks.rows_of_agents(
        connection, SECOND, list(members), wanted, first_ms, last_ms
    ):
        stored[agent_id].rows.append((start_ms, row))
    return list(stored.values())


async def known_gaps(
    connection: Connection,
    agent_id: int,
    runs: Sequence[Sequence[StoredFrame]],
    first_ms: int,
    last_ms: int,
    start_ms: int,
) -> list[LedgerGap]:
    """Return why samples are missing: what the ledger says of compacted history, and frames of what is not compacted.

    Args:
        connection: the same snapshot as the frames'.
        agent_id: whose.
        runs: its frames, oldest first; between two runs there are others, which miss nothing.
        first_ms: begin, Unix ms.
        last_ms: end.
        start_ms: when all that is asked begins: what was compacted before it says nothing about the frames.
    """
    ledger = await gaps.between(connection, agent_id, first_ms, last_ms)
    newest = await gaps.newest_span(connection, agent_id)
    before = [newest] if newest is not None and newest.last_ms >= start_ms else []
    late = [Span.of(frame) for run in runs for frame in run if newest is not None and frame.time_ms < newest.last_ms]
    gone, left = await gaps.filled(connection, agent_id, ledger, late)
    ledger = [*(gap for gap in ledger if gap not in gone), *left]
    for at, run in enumerate(runs):
        spans = [Span.of(frame) for frame in run if newest is None or frame.time_ms >= newest.last_ms]
        ledger += await gaps.explained(connection, agent_id, [*before, *spans] if at == 0 else spans)
    return ledger


def samples_of(stored: Stored) -> Samples:
    """Return the samples of the finest tier and of the frames, in the order of `stored.series_ids`."""
    parts = []
    for start_ms, row in stored.rows:
        try:
            parts.append(unpack_row(row, stored.agent_id, start_ms, stored.series_ids))
        except CorruptBlockError as error:
            report(error, stored.agent_id, None, start_ms)
    parts.append(assemble(stored.frames, stored.layouts, stored.series_ids, stored.first_ms, stored.last_ms))
    whole = together(parts)
    inside = (whole.time >= stored.first_ms) & (whole.time <= stored.last_ms)
    return Samples(whole.time[inside], whole.values[:, inside], whole.step_ms[inside])
