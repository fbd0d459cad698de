"""CPU per ingested sample: received, made durable, acked, and compacted into the blocks where it stays.

Only whole hours are compacted, so agents replay two hours of a past day, faster than they happened: many agents take
turns at the rate at which 10,000 agents send in real time, so that commits and acks are as large as theirs. The hub
evaluates 100 alert rules each second, on the agents that there are. The worker rests meanwhile and compacts afterwards,
each hour once, as it does in real time. Joining is not counted: an agent brings its layout once.
"""

from benchmarks import fleet_recording, storage
from benchmarks.fleet_history import HOUR_MS, Replayed, past_day_ms, replay
from benchmarks.fleet_plan import Plan
from benchmarks.fleet_recording import FRAME_TICKS, STEP_MS
from benchmarks.fleet_site import running_site
from benchmarks.harness import Result
from benchmarks.peers import stores

RATE = 2000.0
QUICK_AGENTS = 10
FULL_AGENTS = 200
QUICK_HOURS = 1
FULL_HOURS = 2


def results_of(plan: Plan, replayed: Replayed, peers: list[stores.Figures]) -> list[Result]:
    """Make the figures: microseconds of CPU a sample, in all and apart."""
    report, ingest, compaction = replayed.report, replayed.ingest, replayed.compaction
    series = len(fleet_recording.load().series)
    sent = report.sent * FRAME_TICKS * series
    hub, worker = 1e6 * (ingest.hub + compaction.hub) / sent, 1e6 * (ingest.worker + compaction.worker) / sent
    taking, moving = 1e6 * ingest.postgres / sent, 1e6 * compaction.postgres / sent
    frame = FRAME_TICKS * series
    hours = (plan.frames + 1) * plan.frame_ms // HOUR_MS
    how = (
        f"{plan.agents} agents x {series} series, {hours} h of 1 s samples replayed at "
        f"{report.sent / report.seconds:.0f} frames/s and compacted; every sample compared with what was sent; "
        f"{replayed.load}"
    )
    others = "".join(f"; {one.name} {one.cpu_us_per_sample:.2f} ({one.shape})" for one in peers)
    return [
        Result(
            "ingest.cpu_us_per_sample", hub + worker + taking + moving, "us", "lower", 0.2,
            peers[0].name if peers else None, peers[0].cpu_us_per_sample if peers else None, how + others,
        ),
        Result("ingest.hub_cpu_us_per_sample", hub, "us", "lower", None, note=f"{hub * frame:.0f} us a frame"),
        Result("ingest.worker_cpu_us_per_sample", worker, "us", "lower", None, note="decoding, pcodec, minutes"),
        Result(
            "ingest.postgres_cpu_us_per_sample", taking + moving, "us", "lower", None,
            note=f"{taking:.3f} to take frames in, {moving:.3f} to move them into blocks, checkpoints included",
        ),
        Result(
            "ingest.ack_p99_s", report.ack_s[2], "s", "lower", None,
            note=f"p50 {report.ack_s[0]:.3f}, most {report.ack_s[3]:.3f} s from sending to the ack during the replay",
        ),
    ]  # fmt: skip


def measure(quick: bool) -> list[Result]:
    """Replay two hours of 200 agents, or one of 10 when quick; and on the same hub, whole days to weigh and query."""
    agents, days = (QUICK_AGENTS, storage.QUICK_AGENTS) if quick else (FULL_AGENTS, storage.FULL_AGENTS)
    peers = stores.figures(quick)
    with running_site(days + agents, alerting=True, replaying=True) as site:
        stored = storage.results(site, days, quick, peers)
        frames = (QUICK_HOURS if quick else FULL_HOURS) * HOUR_MS // (FRAME_TICKS * STEP_MS) - 1
        plan = Plan(site.hub.url, days + 1, agents, frames, RATE, past_day_ms())
        replayed = replay(site, plan)
    return [*results_of(plan, replayed, peers), *stored]
