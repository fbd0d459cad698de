"""History replayed: agents send the samples of a past day, faster than it happened, and the worker compacts them."""

import time
from dataclasses import dataclass

from benchmarks.alert_load import Load
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


@dataclass(frozen=True, slots=True)
class Replayed:
    """How replaying went: CPU of taking frames in and of compacting them, and what the alert engine did meanwhile."""

    report: Report
    ingest: Cpu
    compaction: Cpu
    load: Load


def send(site: Site, plan: Plan) -> tuple[Report, Cpu, Load]:
    """Replay history while the worker rests; return how it went, the CPU, and what the alert engine did.

    Raises:
        BenchmarkError: a frame was not acked, or the alert engine did not run.
    """
    with joined(site, plan) as simulator:
        before, idle = site.cpu(), site.alerted()
        report = simulator.run()
        cpu, load = site.cpu().since(before), site.alerted().since(idle, report.seconds)
    if report.unacked:
        raise BenchmarkError(f"{len(report.unacked)} frames were not acked")
    return report, cpu, load


def replay(site: Site, plan: Plan) -> Replayed:
    """Replay history and compact it.

    Raises:
        BenchmarkError: a frame was lost or doubled, or a sample does not have the value that was sent.
    """
    site.rest_worker()
    report, ingest, load = send(site, plan)
    before = site.cpu()
    site.compact(plan, _COMPACTION_TIMEOUT_S)
    site.settle()
    compaction = site.cpu().since(before)
    found = stored_frames(site.dsn, plan, report)
    if found.missing or found.doubled:
        raise BenchmarkError(f"{found.missing} frames lost after the ack, {found.doubled} stored twice")
    check_compacted(site.dsn, plan)
    return Replayed(report, ingest, compaction, load)
