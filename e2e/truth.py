"""What an agent says it sampled, held against what is in the database and what the API shows."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb

from e2e.deployment import Agent, Deployment

Labels = tuple[tuple[str, str], ...]
SeriesName = tuple[str, Labels]
Ticks = dict[float, float]

_QUERY = """
    SELECT b.boot_id, f.seq, f.time, f.step_ms, f.ticks, f.value_type, f.compression, f.columns, f.absent,
        (SELECT array_agg(m.name ORDER BY s.place) FROM unnest(l.series_ids) WITH ORDINALITY AS s (id, place)
            JOIN series ON series.id = s.id JOIN metrics m ON m.id = series.metric_id) AS names,
        (SELECT array_agg(series.labels::text ORDER BY s.place) FROM unnest(l.series_ids) WITH ORDINALITY
            AS s (id, place) JOIN series ON series.id = s.id) AS labels
    FROM agent_metrics f JOIN agent_boots b ON b.id = f.boot
    JOIN layouts l ON l.agent_id = f.agent_id AND l.layout_id = f.layout_id
    WHERE f.agent_id = $1
"""


@dataclass(frozen=True, slots=True)
class Frame:
    """Some ticks of some series; `values` are the bytes of float64[series, ticks], NaN where absent."""

    boot: str
    seq: int
    first_tick_ms: int
    step_ms: int
    ticks: int
    series: tuple[SeriesName, ...]
    values: bytes

    def matrix(self) -> NDArray[np.float64]:
        """Return the values, float64[series, ticks]."""
        return np.frombuffer(self.values, dtype=np.float64).reshape(-1, self.ticks)


def recorded(agent: Agent) -> list[Frame]:
    """Return the frames that the agent wrote down."""
    found = []
    for line in agent.record.read_text().splitlines():
        one = json.loads(line)
        series = tuple((name, tuple(sorted(labels.items()))) for name, labels in one["series"])
        values = np.array(one["values"], dtype=np.float64)  # null becomes NaN
        found.append(
            Frame(one["boot"], one["seq"], one["first_tick_ms"], one["step_ms"], one["ticks"], series, values.tobytes())
        )
    return found


async def stored(database_url: str, agent_id: int) -> list[Frame]:
    """Return the frames of an agent that are in the database, read without any code of the hub."""
    connection = await asyncpg.connect(database_url)
    try:
        return [_stored_frame(row) for row in await connection.fetch(_QUERY, agent_id)]
    finally:
        await connection.close()


def _stored_frame(row: Any) -> Frame:  # noqa: ANN401 - asyncpg's Record has no types
    message = pb.Frame(
        ticks=row["ticks"], value_type=row["value_type"], compression=row["compression"], columns=row["columns"],
        absent=row["absent"],
    )  # fmt: skip
    names, labels = row["names"], row["labels"]
    columns = codec.unpack(message, len(names))
    values = np.frombuffer(columns.values, dtype="<f8").copy()
    if columns.absent:
        bits = np.unpackbits(np.frombuffer(columns.absent, np.uint8), count=values.size, bitorder="little")
        values[bits.astype(bool)] = np.nan
    series = tuple((name, tuple(sorted(json.loads(text).items()))) for name, text in zip(names, labels, strict=True))
    time_ms = (row["time"] - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
    return Frame(row["boot_id"].hex, row["seq"], time_ms, row["step_ms"], row["ticks"], series, values.tobytes())


async def assert_exactly_once(deployment: Deployment, agent: Agent) -> list[Frame]:
    """Check that the database holds each frame that the agent closed, bit for bit, once, and nothing else.

    Returns:
        The frames.
    """
    said, have = recorded(agent), await stored(deployment.database_url(), agent.id)
    said_keys, have_keys = [(one.boot, one.seq) for one in said], [(one.boot, one.seq) for one in have]
    assert len(said_keys) == len(set(said_keys)), "the agent used a seq twice"
    assert len(have_keys) == len(set(have_keys)), "frames are stored twice"
    assert set(said_keys) - set(have_keys) == set(), "frames are lost"
    assert set(have_keys) - set(said_keys) == set(), "frames are stored that the agent never closed"
    by_key = dict(zip(have_keys, have, strict=True))
    for one in said:
        assert by_key[one.boot, one.seq] == one, "a frame is stored with other contents"
    return said


def assert_api_shows(deployment: Deployment, agent: Agent, frames: Iterable[Frame]) -> None:
    """Check that /api/v1/series returns exactly the samples of these frames."""
    expected = _samples(frames)
    times = [time for ticks in expected.values() for time in ticks]
    answer = deployment.get(
        "/api/v1/series", **{"agent": agent.id, "from": min(times), "to": max(times), "points": 5000}
    )
    shown: dict[SeriesName, Ticks] = {}
    for one in answer["series"]:
        assert one["min"] is None, "the range is too long to be answered with samples"
        ticks = {t: v for t, v in zip(one["t"], one["v"], strict=True) if v is not None}
        assert len(one["t"]) == len(set(one["t"])), "a tick is shown twice"
        shown[one["metric"], tuple(sorted(one["labels"].items()))] = ticks
    assert shown == expected


def _samples(frames: Iterable[Frame]) -> dict[SeriesName, Ticks]:
    samples: dict[SeriesName, Ticks] = {}
    for frame in frames:
        for name, row in zip(frame.series, frame.matrix(), strict=True):
            for tick, value in enumerate(row.tolist()):
                if value == value:  # noqa: PLR0124 - not NaN
                    samples.setdefault(name, {})[(frame.first_tick_ms + tick * frame.step_ms) / 1000] = value
    return samples
