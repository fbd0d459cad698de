"""A fleet in real time: agents over real WebSockets, one process, samples each second, a frame each five seconds.

How ack latency, memory, CPU, alert rules and the ranking of newest values grow from 100 to 10,000 agents on one
hub with its worker and PostgreSQL, all on this machine together with the simulator. The last and largest fleet gives
the figures that have targets.
"""

import json
import statistics
from dataclasses import dataclass
from urllib.parse import urlencode

from benchmarks import fleet_recording, query
from benchmarks.alert_load import Load
from benchmarks.fleet_plan import Plan, Report
from benchmarks.fleet_recording import FRAME_TICKS
from benchmarks.fleet_site import Cpu, Site, joined, running_site
from benchmarks.fleet_verify import Found, stored_frames
from benchmarks.harness import MEBIBYTE, BenchmarkError, Result, use_of
from benchmarks.peers import latencies

FRAME_S = 5
QUICK_FLEETS = {200: 10}
LARGEST = 10_000
FULL_FLEETS = {100: 60, 1000: 60, LARGEST: 300}
"""How many agents, and for how many seconds."""
TOP = 10
TIMES = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one fleet went.

    Attributes:
        hub_mb: the hub's peak memory in MiB.
        load: what the hub's alert engine did meanwhile.
        top_ms: each answer to which ten newest values are the highest.
    """

    plan: Plan
    report: Report
    found: Found
    cpu: Cpu
    hub_mb: float
    load: Load
    top_ms: list[float]

    @property
    def lost_frames(self) -> int:
        """Frames never acked, and frames acked that the database does not hold."""
        return len(self.report.unacked) + self.found.missing


def run_fleet(agents: int, seconds: int) -> Outcome:
    """Run a fleet and verify in the database what became of its frames.

    Raises:
        BenchmarkError: it could not run, or frames are stored twice.
    """
    with running_site(agents, alerting=True) as site:
        plan = Plan(site.hub.url, 1, agents, seconds // FRAME_S, agents / FRAME_S)
        with joined(site, plan) as simulator:
            before, idle = site.cpu(), site.alerted()
            report = simulator.run()
            cpu, load = site.cpu().since(before), site.alerted().since(idle, report.seconds)
            hub_mb = use_of([site.hub.pid]).peak_rss_bytes / MEBIBYTE
            top_ms = rank(site, agents)
        found = stored_frames(site.dsn, plan, report)
    if found.doubled:
        raise BenchmarkError(f"{found.doubled} frames of {agents} agents are stored twice")
    return Outcome(plan, report, found, cpu, hub_mb, load, top_ms)


def rank(site: Site, agents: int) -> list[float]:
    """Return the milliseconds of each answer to which ten newest values of a metric are the highest of all agents.

    Raises:
        BenchmarkError: an answer does not name ten, or as many as there are agents, from the highest on.
    """
    asked = {"metric": latencies.METRIC, "k": TOP, "max_age_s": 600}
    took, body = query.timed(
        site.hub.url, f"/api/v1/series/top?{urlencode(asked)}", {"Cookie": site.hub.cookie}, TIMES + 1
    )
    values = [one["value"] for one in json.loads(body)["items"]]
    if len(values) != min(TOP, agents) or values != sorted(values, reverse=True):
        raise BenchmarkError(f"the highest values of {agents} agents are said to be {values}")
    return took[1:]


def results_of(outcomes: list[Outcome], peers: list[latencies.Latency]) -> list[Result]:
    """Make the figures: with targets for the largest fleet, and a line for each smaller one.

    `peers` tell how fast others rank as many series as the largest fleet has agents.
    """
    series = len(fleet_recording.load().series)
    largest = outcomes[-1]
    target = LARGEST if largest.plan.agents == LARGEST else None
    sent_samples = largest.report.sent * FRAME_TICKS * series
    results = [
        Result(
            "fleet.agents", largest.plan.agents, "agents", "higher", target,
            note=f"{series} series at 1 s for {largest.report.seconds:.0f} s; {largest.load}",
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
            Result(
                f"fleet.alerting_pass_ms_{agents}", one.load.pass_ms, "ms", "lower", None,
                note=str(one.load),
            ),
        ]  # fmt: skip
    results += [_ranking(one, peers if one is largest else []) for one in outcomes]
    return results


def _ranking(one: Outcome, peers: list[latencies.Latency]) -> Result:
    agents = one.plan.agents
    return Result(
        f"query.top{TOP}_of_{agents}_ms", statistics.median(one.top_ms), "ms", "lower",
        20 if agents == LARGEST else None,
        peers[0].name if peers else None, peers[0].median_ms if peers else None,
        f"median of {len(one.top_ms)} over HTTP, p95 {query.p95(one.top_ms):.1f} ms; newest "
        f"values of one metric, a series an agent, agents connected and silent{latencies.told(peers)}",
    )  # fmt: skip


def _note(one: Outcome) -> str:
    report = one.report
    p50, p90, _, most = report.ack_s
    return (
        f"{one.plan.agents} agents for {report.seconds:.0f} s: p50 {p50:.3f}, p90 {p90:.3f}, most {most:.3f} s from "
        f"sending to ack; all joined within {report.joined_s:.0f} s; simulator late by {report.late_s:.3f} s at most"
    )


def measure(quick: bool) -> list[Result]:
    """Run 200 agents for 10 s when quick; else 100 and 1,000 for a minute and 10,000 for five."""
    fleets = QUICK_FLEETS if quick else FULL_FLEETS
    peers = [] if quick else latencies.top_of(LARGEST, TOP)
    return results_of([run_fleet(agents, seconds) for agents, seconds in fleets.items()], peers)
