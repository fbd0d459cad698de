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
from opsentrix.model.rule_text import parse
from opsentrix.model.rules import AlertRule
from opsentrix.model.selectors import Member
from opsentrix_protocol.layouts import layout_id

from benchmarks import fleet_recording
from benchmarks.fleet_recording import FRAME_TICKS
from benchmarks.harness import MEBIBYTE, Result

AGENTS = 10_000
RULES = 100
FULL_PASSES, QUICK_PASSES = 120, 20
_WARM_PASSES = 10
_BATCH_FRAMES = 200
"""As many as the pipeline lets go together."""
_BEGIN_S = 1_700_000_000
_KINDS = ("type=web", "type=db", "environment=production", "tag=edge")


def rules() -> list[AlertRule]:
    """Return a hundred rules as a fleet may have them, over the recording's series."""
    recording = fleet_recording.load()
    names = [_text(one) for one in recording.series]
    # A fifth of the rules is reached now and then, each by every agent: more than any fleet that is looked after.
    often, most = np.percentile(recording.rows, 99.5, axis=0), recording.rows.max(axis=0)
    high = {one: float((most if at % 5 else often)[at]) for at, one in enumerate(names)}
    listed = [f"{one} > {_number(high[one])} for {1 + at % 5}m" for at, one in enumerate(names[:40])]
    listed += [
        f"{one} > {_number(high[one])} for 2m clear < {_number(0.9 * high[one] - 1)} on {_KINDS[at % 4]}"
        for at, one in enumerate(names[40:52])
    ]
    listed += [f"avg({one}, {1 + at}m) > {_number(high[one])}" for at, one in enumerate(names[52:64])]
    listed += [f"max({one}, 5m) > {_number(high[one])}" for one in names[64:68]]
    listed += [f"p95({one}, 10m) > {_number(high[one])}" for one in names[68:72]]
    listed += [f"rate({one}, 5m) > 1000/s" for one in ("uptime_s", "proc.count", "fd.open", "sock.used")]
    listed += [f"change(avg({one}, 10m), 1d) > 200%" for one in names[72:77]]
    listed += [f"forecast({one}, 6h, 24h) > 100" for one in names[62:66]]
    listed += [
        f"({one} > {_number(high[one])} and {two} > {_number(high[two])}) for 2m"
        for one, two in zip(names[0:6], names[20:26], strict=True)
    ]
    listed += [f"count({one} > {_number(high[one])}) >= 3 of 10 on type=web" for one in names[26:30]]
    listed += [f"mem.MemAvailable / mem.Cached < 0.{1 + at}% for 5m" for at in range(1)]
    listed += [f"absent({one}) for 5m" for one in names[80:83]] + ["absent(agent) for 1m"]
    return [AlertRule(at + 1, 1, f"rule-{at}", parse(one)) for at, one in enumerate(listed)]


def _text(series: fleet_recording.Series) -> str:
    labels = ", ".join(f'{key}="{value}"' for key, value in series.labels)
    return f"{series.metric.name}{{{labels}}}" if labels else series.metric.name


def _number(value: float) -> str:
    return f"{value:.3f}"


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
    """Let so many agents send, and evaluate each second; the first passes, in which everything is made, do not count."""
    recording = fleet_recording.load()
    engine = Engine()
    for one in range(1, agents + 1):
        kind = _KINDS[one % 4].partition("=")
        engine.put_agent(
            Member(one, f"agent-{one}", kind[2] if kind[0] == "type" else "", "production" if one % 2 else "test",
                   frozenset({"edge"} if one % 8 == 0 else ()), 5.0)
        )  # fmt: skip
    for rule in rules():
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
    note = (
        f"p99 {p99:.1f} ms; {RULES} rules over {load.series} series in {load.mb:.0f} MB; {load.transitions} transitions "
        f"in {len(load.passes_ms)} passes; each pass takes in the frames of a second"
    )
    return [
        Result("alerting.pass_100_rules_10000_agents_ms", p50, "ms", "lower", 50, note=note),
        Result("alerting.pass_p99_ms", p99, "ms", "lower", None),
        Result("alerting.push_us_per_sample", 1e6 * load.push_s / load.samples, "us", "lower", None),
        Result("alerting.memory_mb", load.mb, "MB", "lower", None),
    ]
