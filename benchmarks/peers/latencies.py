"""How fast the peers answer what goes over a fleet: the mean of many agents over a day, and the highest values now.

They get one metric of each agent, so that far fewer series are in them than a fleet has, which favours them.
"""

import http.client
import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import numpy as np

from benchmarks import fleet_recording
from benchmarks.fleet_plan import identity
from benchmarks.fleet_recording import STEP_MS
from benchmarks.harness import BenchmarkError
from benchmarks.peers import stores
from benchmarks.peers.remote_write import Encoder, metric_name

METRIC = "mem.MemFree"
DAY_S = 86_400
STEP_S = 120
"""The width of a point where a day is asked for as 1,000 points at most, as the hub cuts it."""
_NAME = metric_name(METRIC)
_PART_S = 1800
_TOP_S = 60
_TIMES = 20


@dataclass(frozen=True, slots=True)
class Latency:
    """The median milliseconds of a peer's answers; `note` says what it was asked."""

    name: str
    median_ms: float
    note: str


def told(latencies: list[Latency]) -> str:
    """Return what a note says of them."""
    return "".join(f"; {one.name} {one.median_ms:.1f} ms ({one.note})" for one in latencies)


def mean_of(agents: int, end_s: int) -> list[Latency]:
    """Measure the mean of so many agents over the day until `end_s`, Unix seconds, from samples of each second."""
    result = []
    for store in stores.installed():
        with stores.running(store) as (url, _, _):
            _write(store, url, agents, end_s - DAY_S, DAY_S)
            asked = {"start": end_s - DAY_S + STEP_S, "end": end_s, "step": STEP_S, "nocache": 1}
            every = f"avg(avg_over_time({_NAME}[{STEP_S}s]))"
            took, points = _timed(url, "query_range", {"query": every} | asked)
            sparse, _ = _timed(url, "query_range", {"query": f"avg({_NAME})"} | asked)
            if points < 0.9 * DAY_S / STEP_S:
                raise BenchmarkError(f"{store.name} answered with {points} points")
            note = f"{every} each {STEP_S} s over 1 s samples of one series an agent; avg({_NAME}) {sparse:.1f} ms"
            result.append(Latency(store.name, took, note))
    return result


def top_of(agents: int, count: int) -> list[Latency]:
    """Measure which newest values of so many agents are the highest."""
    result = []
    now_s = int(time.time())
    for store in stores.installed():
        with stores.running(store) as (url, _, _):
            _write(store, url, agents, now_s - _TOP_S, _TOP_S)
            query = f"topk({count}, {_NAME})"
            took, found = _timed(url, "query", {"query": query, "time": now_s - 1, "nocache": 1})
            if found != count:
                raise BenchmarkError(f"{store.name} named {found} of the {count} highest")
            result.append(Latency(store.name, took, f"{query} over {agents} series"))
    return result


def _write(store: stores.Store, url: str, agents: int, first_s: int, seconds: int) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        for request in _requests(agents, first_s, seconds):
            stores.post(connection, request)
    finally:
        connection.close()
    if store.flush is not None:
        stores.get(url, store.flush)


def _requests(agents: int, first_s: int, seconds: int) -> Iterator[bytes]:
    """Yield half an hour of one agent after another: Prometheus takes nothing that is an hour older than its newest."""
    recording = fleet_recording.load()
    place = next(at for at, one in enumerate(recording.series) if one.metric.name == METRIC)
    ticks = min(seconds, _PART_S)
    encoders = {
        agent: Encoder(recording.series[place : place + 1], f"simulated-{agent:05}", ticks)
        for agent in range(1, agents + 1)
    }
    for tick in range(0, seconds, ticks):
        for agent, encoder in encoders.items():
            at = (identity(agent).offset + tick + np.arange(ticks)) % len(recording.rows)
            yield encoder.request((first_s + tick) * STEP_MS, recording.rows[at, place : place + 1])


def _timed(url: str, endpoint: str, asked: dict[str, str | int]) -> tuple[float, int]:
    """Return the median milliseconds of asking several times, and how many values the last answer has."""
    path = f"/api/v1/{endpoint}?{urlencode(asked)}"
    stores.get(url, path)  # the first one finds cold caches
    took = []
    for _ in range(_TIMES):
        started = time.perf_counter()
        body = stores.get(url, path)
        took.append(1000 * (time.perf_counter() - started))
    found = json.loads(body)["data"]["result"]
    return statistics.median(took), len(found[0]["values"]) if endpoint == "query_range" else len(found)
