"""History replayed: agents send the samples of a past day, faster than it happened, and the worker compacts them."""

import time

from benchmarks.fleet_plan import Plan, Report
from benchmarks.fleet_site import Cpu, Site, joined
from benchmarks.fleet_verify import check_compacted, stored_frames
from benchmarks.harness import BenchmarkError

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
_COMPACTION_TIMEOUT_S = 600.0


def past_day_ms() -> int:
    """Return when the day before yesterday began in UTC, Unix milliseconds: the worker counts it as over for sure."""
    return (time.time_ns() // 1_000_000 // DAY_MS - 2) * DAY_MS


def replay(site: Site, plan: Plan) -> tuple[Report, Cpu, Cpu]:
    """Replay history and compact it; return how it went, and the CPU of taking it in and of compacting it.

    Raises:
        BenchmarkError: a frame was lost or doubled, or a sample does not have the value that was sent.
    """
    site.rest_worker()
    with joined(site, plan) as simulator:
        before = site.cpu()
        report = simulator.run()
        ingested = site.cpu()
    site.compact(plan, _COMPACTION_TIMEOUT_S)
    site.settle()
    compacted = site.cpu()
    found = stored_frames(site.dsn, plan, report)
    if report.unacked or found.missing or found.doubled:
        raise BenchmarkError(
            f"{len(report.unacked)} frames not acked, {found.missing} lost after the ack, {found.doubled} stored twice"
        )
    check_compacted(site.dsn, plan)
    return report, ingested.since(before), compacted.since(ingested)
