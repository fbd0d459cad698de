"""How fast a day of one agent is exported as a file, and what that takes of the hub's CPU and memory."""

import time
from dataclasses import dataclass
from urllib.parse import urlencode

from benchmarks.fleet_plan import Plan
from benchmarks.fleet_site import Site
from benchmarks.harness import MEBIBYTE, Result, use_of

KINDS = ("csv", "parquet")
_DAY_S = 86_400
_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Export:
    """One export: how long it took, how long its file is, and the CPU and peak memory of the hub's process."""

    took_s: float
    size: int
    cpu_s: float
    peak_rss_bytes: int


def export(site: Site, plan: Plan, kind: str) -> Export:
    """Read a day of all series of a plan's first agent, and throw it away."""
    asked = {"format": kind, "agent": plan.first, "from": plan.start_ms / 1000, "to": plan.start_ms / 1000 + _DAY_S}
    before = use_of([site.hub.pid])
    began = time.perf_counter()
    path = f"/api/v1/series/export?{urlencode(asked)}"
    with site.hub.client.stream("GET", path, timeout=_TIMEOUT_S) as answer:
        size = sum(len(piece) for piece in answer.raise_for_status().iter_raw())
    took_s = time.perf_counter() - began
    after = use_of([site.hub.pid])
    return Export(took_s, size, after.cpu_s - before.cpu_s, after.peak_rss_bytes)


def results(site: Site, plan: Plan, samples: int) -> list[Result]:
    """Make the figures from a site that holds a compacted day of so many samples of the plan's first agent."""
    peak = use_of([site.hub.pid]).peak_rss_bytes
    made = []
    for kind in KINDS:
        one = export(site, plan, kind)
        note = (
            f"{samples} samples, {one.size / samples:.2f} B and {1e6 * one.cpu_s / samples:.2f} us of the hub's CPU "
            f"each, {one.size / one.took_s / 1e6:.0f} MB/s; the client's time is included"
        )
        made.append(Result(f"export.{kind}_agent_day_s", one.took_s, "s", "lower", None, note=note))
        grown = (one.peak_rss_bytes - peak) / MEBIBYTE
        note = "peak memory of the hub beyond what it needed before" + (
            ", pyarrow included" if kind == "parquet" else ""
        )
        made.append(Result(f"export.{kind}_rss_growth_mb", grown, "MB", "lower", None, note=note))
        peak = max(peak, one.peak_rss_bytes)
    return made
