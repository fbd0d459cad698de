"""How fast history is read: through the HTTP API of a running hub, as a logged-in browser asks."""

import http.client
import json
import statistics
import time
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from benchmarks.fleet_plan import Plan
from benchmarks.fleet_site import Site
from benchmarks.harness import BenchmarkError, Result
from benchmarks.peers import stores

METRICS = ("mem.MemFree", "cpu.user_pct", "kernel.ctxt", "vm.pgfault", "net.eth0.packets_recv")
POINTS = 1000
QUICK_TIMES = 10
FULL_TIMES = 60


def timed(url: str, path: str, headers: Mapping[str, str], times: int) -> tuple[list[float], bytes]:
    """Ask the same several times over one connection; return the milliseconds of each, and the last answer.

    The first one finds colder caches than the others.

    Raises:
        BenchmarkError: it is refused.
    """
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    took = []
    body = b""
    try:
        for _ in range(times):
            started = time.perf_counter()
            connection.request("GET", path, headers=dict(headers))
            response = connection.getresponse()
            body = response.read()
            took.append(1000 * (time.perf_counter() - started))
            if response.status != http.client.OK:
                raise BenchmarkError(
                    f"GET {path} was answered {response.status}: {body[:200].decode(errors='replace')}"
                )
    finally:
        connection.close()
    return took, body


def p95(took: list[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(took, n=20)[-1]


def series_day(site: Site, plan: Plan, times: int) -> list[float]:
    """Return the milliseconds of reading one series over a day, of several series in turn.

    Raises:
        BenchmarkError: an answer does not hold the points asked for.
    """
    first_s = plan.start_ms / 1000
    took = []
    for metric in METRICS:
        asked = {"agent": plan.first, "metric": metric, "from": first_s, "to": first_s + 86_400, "points": POINTS}
        some, body = timed(site.hub.url, f"/api/v1/series?{urlencode(asked)}", {"Cookie": site.hub.cookie}, times + 1)
        answer = json.loads(body)
        points = len(answer["series"][0]["t"]) if answer["series"] else 0
        if not 0.7 * POINTS <= points <= POINTS:
            raise BenchmarkError(f"{metric} came with {points} points")
        took += some[1:]
    return took


def results(site: Site, plan: Plan, quick: bool, peers: list[stores.Figures]) -> list[Result]:
    """Make the figures from a site that holds a compacted day of the plan's agents."""
    took = series_day(site, plan, QUICK_TIMES if quick else FULL_TIMES)
    peer = next((one for one in peers if one.series_24h_ms is not None), None)
    return [
        Result(
            "query.series_24h_ms", statistics.median(took), "ms", "lower", 10,
            peer.name if peer else None, peer.series_24h_ms if peer else None,
            f"median of {len(took)}, p95 {p95(took):.1f} ms; {len(METRICS)} series of 86,400 samples, "
            f"{POINTS} points asked; the client's time is included",
        )
    ]  # fmt: skip
