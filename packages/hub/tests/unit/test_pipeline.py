"""What happens to frames between their header's check and the writer."""

import asyncio
import math
import zlib
from collections.abc import Sequence
from unittest.mock import MagicMock

import numpy as np
import pytest
from opsentrix.db import Database
from opsentrix.errors import UnavailableError
from opsentrix.ingest import pipeline as pipelines
from opsentrix.ingest import writer as writers
from opsentrix.ingest.causes import PendingCauses
from opsentrix.ingest.errors import FrameRejectedError
from opsentrix.ingest.layouts import Admission, LayoutBook
from opsentrix.ingest.minutes import MinuteBook
from opsentrix.ingest.pipeline import Limits, Pipeline
from opsentrix.ingest.writer import FrameWriter
from opsentrix.model.clock import HubClock
from opsentrix.model.frames import Batch, Layout, StoredFrame
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.layouts import layout_id

from packages.hub.tests.kit.agent import SERIES, bare_frame

LAYOUT = Layout(layout_id(SERIES), SERIES, np.arange(len(SERIES)))
WHOLE = Admission(LAYOUT, len(SERIES))


class Told:
    """A sender that remembers what was refused."""

    def __init__(self) -> None:
        self.refusals: list[tuple[int, str]] = []

    def committed(self, frames: Sequence[StoredFrame]) -> None:
        raise AssertionError("nothing is written here")

    def refused(self, frame: StoredFrame, error: FrameRejectedError) -> None:
        self.refusals.append((frame.seq, error.slug))


class Site:
    """A pipeline whose writer and sink only remember."""

    def __init__(self, *, room: bool = True, writer: FrameWriter | None = None) -> None:
        self.written: list[int] = []
        self.batches: list[Batch] = []
        self.watched: set[int] = set()
        if writer is None:
            writer = MagicMock(spec=FrameWriter, causes=PendingCauses())
            writer.put.side_effect = lambda frame, _sender: self.written.append(frame.seq)
        self.pipeline = Pipeline(
            writer, MagicMock(spec=LayoutBook), [self._fail, self.batches.append], MagicMock(spec=HubClock),
            Limits(30, lambda: room), lambda agent_id: agent_id in self.watched,
        )  # fmt: skip
        self.sender = Told()

    async def send(self, frame: pb.Frame, agent: int = 1, admission: Admission = WHOLE) -> int:
        return await self.pipeline.accept(agent, 1, frame, admission, "test", self.sender)

    def _fail(self, batch: Batch) -> None:
        raise ValueError("a sink that always fails")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(pipelines, "GATHER_S", 3600)
    return Site()


async def test_frames_that_are_alike_go_on_together_past_a_sink_that_fails(site: Site) -> None:
    for agent in (1, 2):
        assert await site.send(bare_frame(agent), agent) == 15
    await site.send(bare_frame(3, ticks=2), 3)
    assert site.written == []
    site.pipeline.flush()
    assert site.written == [1, 2, 3]
    assert [[one.agent_id for one in batch.frames] for batch in site.batches] == [[1, 2], [3]]
    assert site.batches[0].values.tolist() == [[[1.0] * 5] * 3, [[2.0] * 5] * 3]
    site.pipeline.flush()
    assert site.written == [1, 2, 3]


async def test_one_bad_frame_harms_no_other(site: Site) -> None:
    broken, short = bare_frame(2), bare_frame(4)
    broken.columns, short.columns = b"not zlib", zlib.compress(b"")
    for frame in (bare_frame(1), broken, bare_frame(3, values=[math.nan] * 15), short, bare_frame(5)):
        await site.send(frame)
    site.pipeline.flush()
    assert site.written == [1, 5]
    assert site.sender.refusals == [(2, "malformed"), (4, "column_length"), (3, "not_finite")]
    assert site.batches[0].values[:, 0, 0].tolist() == [1.0, 5.0]


async def test_what_a_refused_frame_says_of_the_time_before_it_is_not_noted(site: Site) -> None:
    refused, sound = bare_frame(5, values=[math.inf] * 15), bare_frame(9)
    refused.lost_before = sound.lost_before = 2
    await site.send(refused)
    site.pipeline.flush()
    assert not site.pipeline.causes
    await site.send(sound)
    site.pipeline.flush()
    assert len(site.pipeline.causes) == 1


async def test_unwanted_series_are_cut_off_first(site: Site) -> None:
    narrow = Layout(5, SERIES[1:2], np.array([7]))
    cut = Admission(narrow, len(SERIES), np.array([1]))
    assert await site.send(bare_frame(1, ticks=2, values=[1, 2, 3, 4, 5, 6]), admission=cut) == 2
    site.pipeline.flush()
    assert site.batches[0].values.tolist() == [[[3.0, 4.0]]]
    with pytest.raises(FrameRejectedError, match=r"frame\.columns"):
        await site.send(bare_frame(2, ticks=1, values=[1.0, math.nan, 2.0]), admission=cut)


async def test_nobody_who_watches_waits_for_others(site: Site) -> None:
    await site.send(bare_frame(1), 1)
    site.watched = {2}
    await site.send(bare_frame(2), 2)
    assert site.written == [1, 2]


async def test_no_more_than_a_bounded_number_is_gathered(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines, "_MANY", 3)
    for seq in (1, 2, 3, 4):
        await site.send(bare_frame(seq))
    assert site.written == [1, 2, 3]
    monkeypatch.setattr(pipelines, "_MANY_SAMPLES", 30)
    await site.send(bare_frame(5))
    assert site.written == [1, 2, 3, 4, 5]


async def test_what_was_gathered_goes_on_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines, "GATHER_S", 0)
    site = Site()
    await site.send(bare_frame(1))
    assert site.written == []
    for _ in range(100):
        await asyncio.sleep(0)
    assert site.written == [1]


def test_a_full_disk_takes_nothing() -> None:
    with pytest.raises(UnavailableError):
        Site(room=False).pipeline.check_room()


async def test_what_is_gathered_counts_as_queued(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = FrameWriter(MagicMock(spec=Database), MinuteBook())
    first = sum(len(bare_frame(seq).columns) for seq in (1, 2))
    monkeypatch.setattr(writers, "_MAX_WAITING_BYTES", first)
    site = Site(writer=writer)
    sending = [asyncio.create_task(site.send(bare_frame(seq), seq)) for seq in range(1, 6)]
    await asyncio.sleep(0)
    assert [one.done() for one in sending] == [True, True, False, False, False]
    site.pipeline.flush()
    assert [frame.seq for frame in site.batches[0].frames] == [1, 2]
    for one in sending[2:]:
        one.cancel()
