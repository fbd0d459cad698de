"""Streams in a real database, as agents' frames and as what the worker makes of these."""

import uuid
from array import array
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from opsentrix.db import Database
from opsentrix.ingest.layouts import LayoutBook
from opsentrix.maintenance import compaction
from opsentrix.model.agents import NewAgent
from opsentrix.model.frames import DAY_MS, StoredFrame
from opsentrix.storage import agents, frames, partitions
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.alerting.streams import SERIES, Stream

FRAME_TICKS = 5


async def store(database: Database, streams: Sequence[Stream]) -> None:
    """Write streams as frames; their agents must have the ids that the database gives: 1, 2, and so on."""
    book = LayoutBook(database, 5000)
    written: list[StoredFrame] = []
    for one in streams:
        async with database.connection() as connection:
            agent = await agents.add(connection, NewAgent(one.member.name, one.member.type, "h"))
            assert agent.id == one.member.id
            boot = (await frames.boots(connection, agent.id, [uuid.UUID(int=agent.id)]))[uuid.UUID(int=agent.id)]
        for seq, part in enumerate(runs(one), 1):
            listed = np.flatnonzero(one.layouts[:, part.start])
            layout = (await book.admit(agent.id, [SERIES[at] for at in listed])).layout
            written.append(_frame(one, part, listed, (agent.id, boot, seq, layout.id)))
    async with database.connection() as connection:
        await partitions.ensure(connection, {one.time_ms // DAY_MS for one in written})
        await frames.append(connection, written)


async def compact(database: Database, now: float) -> None:
    """Do what the worker does at a moment, Unix seconds."""
    await compaction.run_once(database, now)


def runs(one: Stream) -> list[slice]:
    """Return which ticks stand in which frame: those that follow each other by a second and have the same layout."""
    breaks = (np.diff(one.time) != 1) | (one.layouts[:, 1:] != one.layouts[:, :-1]).any(axis=0)
    edges = [0, *(np.flatnonzero(breaks) + 1).tolist(), one.time.size]
    return [
        slice(at, min(at + FRAME_TICKS, end)) for first, end in pairwise(edges) for at in range(first, end, FRAME_TICKS)
    ]


def _frame(one: Stream, part: slice, listed: NDArray[np.intp], names: tuple[int, int, int, int]) -> StoredFrame:
    values = one.values[listed, part]
    absent = np.isnan(values)
    frame = pb.Frame(ticks=values.shape[1])
    codec.pack(
        frame, array("d", np.where(absent, 0.0, values).ravel().tolist()),
        np.packbits(absent, bitorder="little").tobytes() if absent.any() else b"",
    )  # fmt: skip
    agent_id, boot, seq, layout_id = names
    return StoredFrame(
        agent_id, boot, seq, int(one.time[part.start]) * 1000, 1000, values.shape[1], layout_id, frame.value_type,
        frame.compression, frame.columns, frame.absent,
    )  # fmt: skip
