"""What a pass of the alert engine costs: 100 rules of all kinds over 10,000 agents that send frames as agents do.

The engine is given what the hub's pipeline gives it: batches of frames with the same layout, five ticks each, every
agent one each five seconds. Each second there is one pass. Beside it Prometheus evaluates like rules over 1,000 hosts.
"""

import gc
import time
from dataclasses import dataclass

import numpy as np
from opsentrix.alerting.engine import Engine
from opsentrix.model.frames import Batch, Layout, StoredFrame
from opsentrix.model.selectors import Member
from opsentrix_protocol.layouts import layout_id

from benchmarks import alert_rules, fleet_recording
from benchmarks.alert_rules import KINDS
from benchmarks.fleet_recording import FRAME_TICKS
from benchmarks.harness import MEBIBYTE, Result
from benchmarks.peers import rules as peer

AGENTS = 10_000
FULL_PASSES, QUICK_PASSES = 120, 20
_WARM_PASSES = 10
_BATCH_FRAMES = 200
"""As many as the pipeline lets go together."""
_BEGIN_S = 1_700_000_000
_PEER_S = {True: 11, False: 30}


@dataclass(frozen=True, slots=True)
class Load:
    """What was measured: milliseconds of each pass, CPU seconds of pushing, samples pushed, alerts told, memory."""

    passes_ms: list[float]
    push_s: float
    samples: int
    transitions: int
    mb: float
    series: int


def run(agents: int, passes: int) -> Load:
    """Let so many agents send, and evaluate each second; the first passes, which make everything, do not count."""
    recording = fleet_recording.load()
    engine = Engine()
    for one in range(1, agents + 1):
        kind = KINDS[one % 4].partition("=")
        engine.put_agent(
            Member(one, f"agent-{one}", kind[2] if kind[0] == "type" else "", "production" if one % 2 else "test",
                   frozenset({"edge"} if one % 8 == 0 else ()), 5.0)
        )  # fmt: skip
    for rule in alert_rules.rules_of([one.text for one in alert_rules.pairs(recording)]):
        engine.put_rule(rule)
    layout = Layout(layout_id(recording.series), recording.series, np.arange(len(recording.series)))
    passes_ms: list[float] = []
    push_s, samples, transitions = 0.0, 0, 0
    for second in range(_WARM_PASSES + passes):
        batches = _batches(recording, layout, range(1 + second % FRAME_TICKS, agents + 1, FRAME_TICKS), second)
        started = time.thread_time()
        for batch in batches:
            engine.push(batch)
        pushed = time.thread_time()
        told = engine.evaluate(_BEGIN_S + second, float(second))
        done = time.thread_time()
        if second >= _WARM_PASSES:
            push_s += pushed - started
            passes_ms.append(1000 * (done - pushed))
            samples += sum(one.values.size for one in batches)
            transitions += len(told)
    stats = engine.stats
    return Load(passes_ms, push_s, samples, transitions, stats.nbytes / MEBIBYTE, stats.series)


def _batches(recording: fleet_recording.Recording, layout: Layout, agents: range, second: int) -> list[Batch]:
    rows = len(recording.rows)
    first_ms = (_BEGIN_S + second - FRAME_TICKS + 1) * 1000
    result = []
    for start in range(0, len(agents), _BATCH_FRAMES):
        some = agents[start : start + _BATCH_FRAMES]
        at = (37 * np.array(some)[:, None] + second + np.arange(FRAME_TICKS)) % rows
        values = np.ascontiguousarray(recording.rows[at].transpose(0, 2, 1))
        frames = [StoredFrame(one, 1, 1, first_ms, 1000, FRAME_TICKS, layout.id, 1, 1, b"", b"") for one in some]
        result.append(Batch(frames, [layout] * len(frames), values))
    return result


def measure(quick: bool) -> list[Result]:
    """Measure a pass, and what a sample costs on its way in."""
    gc.collect()
    load = run(AGENTS, QUICK_PASSES if quick else FULL_PASSES)
    p50, p99 = np.percentile(load.passes_ms, [50, 99]).tolist()
    beside = peer.pass_ms(alert_rules.pairs(fleet_recording.load()), peer.HOSTS, _PEER_S[quick])
    note = (
        f"CPU of one pass, p99 {p99:.1f} ms; {load.series} series of operands in {load.mb:.0f} MB; {load.transitions} "
        f"transitions in {len(load.passes_ms)} passes; each pass takes in the frames of a second"
    )
    if beside is not None:
        note += f"; the peer has the same rules over {peer.HOSTS} hosts only, {beside * AGENTS / peer.HOSTS / p50:.0f} "
        note += "times as much for each host"
    return [
        Result(
            "alerting.pass_100_rules_10000_agents_ms", p50, "ms", "lower", 50,
            peer=None if beside is None else f"{peer.NAME} over {peer.HOSTS} hosts", peer_value=beside, note=note,
        ),
        Result("alerting.pass_p99_ms", p99, "ms", "lower", None),
        Result("alerting.push_us_per_sample", 1e6 * load.push_s / load.samples, "us", "lower", None),
        Result("alerting.memory_mb", load.mb, "MB", "lower", None),
    ]  # fmt: skip
