"""Time-series databases beside ours: Debian's VictoriaMetrics and Prometheus, where the machine has them.

Each gets the same samples by remote write, a request for each five seconds of an agent, one after the other.
"""

import contextlib
import functools
import http.client
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from benchmarks import fleet_recording
from benchmarks.fleet_plan import identity
from benchmarks.fleet_recording import FRAME_TICKS, STEP_MS
from benchmarks.harness import BenchmarkError, free_port, spawned, use_of, wait_until
from benchmarks.peers.remote_write import HEADERS, Encoder

DAY_S = 86_400
QUICK_LOAD = (20, 180)
FULL_LOAD = (100, 1200)
"""Agents and seconds: within one lap of the recording."""
WRITE = "/api/v1/write"
START_S = 30.0
_QUERIES = 50
_MERGE_S = 3.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What one of them needs; None for what was not measured. `shape` says on how much the CPU was measured."""

    name: str
    cpu_us_per_sample: float
    shape: str
    bytes_per_sample: float | None
    series_24h_ms: float | None


@dataclass(frozen=True, slots=True)
class Store:
    """One of them.

    Attributes:
        options: given its folder and address, returns its command line.
        flush: the page that makes it find what was just written; None where it does at once.
        settle: has the one at this URL write what it still holds back.
        weigh: given its folder and the number of samples, returns the bytes on disk for each of them.
        sees_laps: whether it stores the laps of a recording as repetitions; then it is weighed within one.
    """

    name: str
    program: str
    options: Callable[[Path, str], Sequence[str]]
    flush: str | None
    settle: Callable[[str], None]
    weigh: Callable[[Path, int], float]
    sees_laps: bool


_VICTORIA_FLUSH = "/internal/force_flush"


def _victoria_options(folder: Path, address: str) -> list[str]:
    return [f"-storageDataPath={folder / 'data'}", f"-httpListenAddr={address}", "-retentionPeriod=12"]


def _victoria_settle(url: str) -> None:
    get(url, _VICTORIA_FLUSH)
    get(url, "/internal/force_merge")
    time.sleep(_MERGE_S)  # it answers before it has merged


def _victoria_bytes(folder: Path, samples: int) -> float:
    # Without its index of series, which in days, not minutes, shrinks to nothing.
    return _size(folder / "data" / "data") / samples


def _prometheus_options(folder: Path, address: str) -> list[str]:
    config = folder / "prometheus.yml"
    config.write_text("global: {}\n")
    return [
        f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={address}",
        "--web.enable-remote-write-receiver",
    ]  # fmt: skip


def _prometheus_settle(url: str) -> None:
    """Return at once: it compacts its head by itself, each minute."""


def _prometheus_bytes(folder: Path, samples: int) -> float:
    blocks = [one.parent for one in (folder / "data").glob("*/meta.json")]
    held: int = sum(json.loads((one / "meta.json").read_text())["stats"]["numSamples"] for one in blocks)
    if not held:
        raise BenchmarkError("prometheus has compacted nothing")
    return sum(map(_size, blocks)) / held


STORES = (
    Store(
        "victoria-metrics", "victoria-metrics", _victoria_options, _VICTORIA_FLUSH, _victoria_settle, _victoria_bytes,
        sees_laps=True,
    ),
    Store(
        "prometheus", "prometheus", _prometheus_options, None, _prometheus_settle, _prometheus_bytes, sees_laps=False,
    ),
)  # fmt: skip


@functools.cache
def figures(quick: bool) -> list[Figures]:
    """Measure those that are installed; when quick, only the CPU of taking samples in. Once in a run."""
    return [_measure(one, quick) for one in installed()]


def _measure(store: Store, quick: bool) -> Figures:
    agents, seconds = QUICK_LOAD if quick else FULL_LOAD
    first_ms = (int(time.time()) // DAY_S * DAY_S - 2 * DAY_S) * 1000
    with running(store) as (url, folder, pid):
        before = use_of([pid]).cpu_s
        samples = _write(url, first_ms, range(1, agents + 1), seconds)
        store.settle(url)
        cpu_us = 1e6 * (use_of([pid]).cpu_s - before) / samples
        weight = store.weigh(folder, samples) if store.sees_laps and not quick else None
    shape = f"{agents} agents, {seconds // 60} min"
    if quick:
        return Figures(store.name, cpu_us, shape, None, None)
    with running(store) as (url, folder, pid):
        samples = _write(url, first_ms, range(1, 2), DAY_S)
        store.settle(url)
        weight = store.weigh(folder, samples) if weight is None else weight
        return Figures(store.name, cpu_us, shape, weight, _query_ms(url, first_ms // 1000))


@contextlib.contextmanager
def running(store: Store) -> Iterator[tuple[str, Path, int]]:
    """Run one of them on an empty folder and yield its URL, that folder and its process id."""
    with tempfile.TemporaryDirectory(prefix="ox-peer-") as name:
        folder = Path(name)
        address = f"127.0.0.1:{free_port()}"
        url = f"http://{address}"
        with spawned([store.program, *store.options(folder, address)], folder / "log") as pid:
            wait_until(lambda: _ready(url), f"{store.name} did not answer", START_S)
            yield url, folder, pid


def _write(url: str, first_ms: int, agents: range, seconds: int) -> int:
    """Send what these agents sampled, taking turns, and return the number of samples."""
    recording = fleet_recording.load()
    names = {agent: f"simulated-{agent:05}" for agent in agents}
    encoders = {agent: Encoder(recording.series, name, FRAME_TICKS) for agent, name in names.items()}
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        for tick in range(0, seconds, FRAME_TICKS):
            for agent, encoder in encoders.items():
                rows = recording.replayed(identity(agent).offset, tick, FRAME_TICKS)
                post(connection, encoder.request(first_ms + tick * STEP_MS, rows))
    finally:
        connection.close()
    return len(agents) * seconds * len(recording.series)


def post(connection: http.client.HTTPConnection, request: bytes) -> None:
    """Write samples.

    Raises:
        BenchmarkError: they are refused.
    """
    connection.request("POST", WRITE, request, HEADERS)
    response = connection.getresponse()
    answer = response.read()
    if response.status not in (http.client.OK, http.client.NO_CONTENT):
        raise BenchmarkError(f"a peer refused samples: {response.status} {answer[:200]!r}")


def installed() -> list[Store]:
    """Return those that this machine has."""
    return [one for one in STORES if shutil.which(one.program)]


def _query_ms(url: str, first_s: int) -> float:
    """Return the median milliseconds of reading one series over the day as about 1,000 means."""
    asked = {
        "query": 'avg_over_time(mem_MemFree{agent="simulated-00001"}[87s])', "start": first_s + 87,
        "end": first_s + DAY_S, "step": 87, "nocache": 1,
    }  # fmt: skip
    took = []
    for _ in range(_QUERIES):
        started = time.perf_counter()
        body = get(url, f"/api/v1/query_range?{urlencode(asked)}")
        took.append(1000 * (time.perf_counter() - started))
        if len(json.loads(body)["data"]["result"][0]["values"]) < 900:
            raise BenchmarkError("the peer's answer has too few points")
    return statistics.median(took)


def get(url: str, path: str) -> bytes:
    """Return the body of a page.

    Raises:
        BenchmarkError: it is refused.
    """
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status >= http.client.BAD_REQUEST:
        raise BenchmarkError(f"GET {path} was answered {response.status}")
    return body


def _ready(url: str) -> bool:
    with contextlib.suppress(OSError, http.client.HTTPException, BenchmarkError):
        get(url, "/api/v1/labels")
        return True
    return False


def _size(folder: Path) -> int:
    return sum(one.stat().st_blocks * 512 for one in folder.rglob("*") if one.is_file())
