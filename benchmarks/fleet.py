"""A fleet in real time: agents over real WebSockets, one process, samples each second, a frame each five seconds.

How ack latency, memory and CPU grow from 100 to 10,000 agents on one hub with its worker and PostgreSQL, all on this
machine together with the simulator. The last and largest fleet gives the figures that have targets.
"""

from dataclasses import dataclass

from benchmarks import fleet_recording
from benchmarks.fleet_plan import Plan, Report
from benchmarks.fleet_recording import FRAME_TICKS
from benchmarks.fleet_site import Cpu, joined, running_site
from benchmarks.fleet_verify import Found, stored_frames
from benchmarks.harness import MEBIBYTE, BenchmarkError, Result, use_of

FRAME_S = 5
QUICK_FLEETS = {200: 20}
LARGEST = 10_000
FULL_FLEETS = {100: 60, 1000: 60, LARGEST: 300}
"""How many agents, and for how many seconds."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one fleet went; `hub_mb` is the hub's peak memory in MiB."""

    plan: Plan
    report: Report
    found: Found
    cpu: Cpu
    hub_mb: float

    @property
    def lost_frames(self) -> int:
        """Frames never acked, and frames acked that the database does not hold."""
        return len(self.report.unacked) + self.found.missing


def run_fleet(agents: int, seconds: int) -> Outcome:
    """Run a fleet and verify in the database what became of its frames.

    Raises:
        BenchmarkError: it could not run, or frames are stored twice.
    """
    with running_site(agents) as site:
        plan = Plan(site.hub.url, 1, agents, seconds // FRAME_S, agents / FRAME_S)
        with joined(site, plan) as simulator:
            before = site.cpu()
            report = simulator.run()
            cpu = site.cpu().since(before)
            hub_mb = use_of([site.hub.pid]).peak_rss_bytes / MEBIBYTE
        found = stored_frames(site.dsn, plan, report)
    if found.doubled:
        raise BenchmarkError(f"{found.doubled} frames of {agents} agents are stored twice")
    return Outcome(plan, report, found, cpu, hub_mb)


def results_of(outcomes: list[Outcome]) -> list[Result]:
    """Make the figures: with targets for the largest fleet, and a line for each smaller one."""
    series = len(fleet_recording.load().series)
    largest = outcomes[-1]
    target = LARGEST if largest.plan.agents == LARGEST else None
    sent_samples = largest.report.sent * FRAME_TICKS * series
    results = [
        Result(
            "fleet.agents", largest.plan.agents, "agents", "higher", target,
            note=f"{series} series at 1 s for {largest.report.seconds:.0f} s; no rules yet",
        ),
        Result(
            "fleet.lost_samples", largest.lost_frames * FRAME_TICKS * series, "samples", "lower", 0,
            note=f"of {sent_samples}; never acked, or acked and not found in the database; "
            f"none stored twice; {largest.report.disconnects} connections ended by the hub",
        ),
        Result("fleet.ack_p99_s", largest.report.ack_s[2], "s", "lower", 2, note=_note(largest)),
        Result("fleet.hub_rss_mb", largest.hub_mb, "MB", "lower", 1500, note="peak (VmHWM) of the hub's process"),
    ]  # fmt: skip
    for one in outcomes:
        agents = one.plan.agents
        sent = one.report.sent * FRAME_TICKS * series
        results += [
            Result(f"fleet.ack_p50_s_{agents}", one.report.ack_s[0], "s", "lower", None, note=_note(one)),
            Result(f"fleet.ack_p99_s_{agents}", one.report.ack_s[2], "s", "lower", None),
            Result(f"fleet.hub_rss_mb_{agents}", one.hub_mb, "MB", "lower", None),
            Result(
                f"fleet.cpu_us_per_sample_{agents}", 1e6 * (one.cpu.hub + one.cpu.postgres) / sent, "us", "lower", None,
                note=f"hub {1e6 * one.cpu.hub / one.report.sent:.0f} and PostgreSQL "
                f"{1e6 * one.cpu.postgres / one.report.sent:.0f} us a frame; nothing is compacted yet",
            ),
        ]  # fmt: skip
    return results


def _note(one: Outcome) -> str:
    report = one.report
    p50, p90, _, most = report.ack_s
    return (
        f"{one.plan.agents} agents for {report.seconds:.0f} s: p50 {p50:.3f}, p90 {p90:.3f}, most {most:.3f} s from "
        f"sending to ack; all joined within {report.joined_s:.0f} s; simulator late by {report.late_s:.3f} s at most"
    )


def measure(quick: bool) -> list[Result]:
    """Run 200 agents for 20 s when quick; else 100 and 1,000 for a minute and 10,000 for five."""
    fleets = QUICK_FLEETS if quick else FULL_FLEETS
    return results_of([run_fleet(agents, seconds) for agents, seconds in fleets.items()])
