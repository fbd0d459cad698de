"""A hundred alert rules as a fleet may have them, over the recording's series: ours, and the like for Prometheus."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from opsentrix.model.rule_text import parse
from opsentrix.model.rules import AlertRule

from benchmarks.peers.remote_write import metric_name

if TYPE_CHECKING:  # the hub that runs the rules must not load what it does not need
    from benchmarks.fleet_recording import Recording

COUNT = 100
KINDS = ("type=web", "type=db", "environment=production", "tag=edge")
"""Who a rule is about, where it is not about all agents: a fourth of them, a half, an eighth."""
_OFTEN_PERCENT = 99.5
_OFTEN_EACH = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """One rule: our text, and PromQL with how long it must hold in seconds."""

    text: str
    promql: str
    for_s: int = 0


def pairs(recording: "Recording") -> list[Pair]:
    """Return all of them."""
    names = [_text(one.metric.name, one.labels) for one in recording.series]
    theirs = [_theirs(one.metric.name, one.labels) for one in recording.series]
    # A fifth of the rules is reached now and then, by every agent: more than any fleet that is looked after.
    often, most = np.percentile(recording.rows, _OFTEN_PERCENT, axis=0), recording.rows.max(axis=0)
    high = [round(float((most if at % _OFTEN_EACH else often)[at]), 3) for at in range(len(names))]
    found = [
        Pair(f"{names[at]} > {high[at]} for {1 + at % 5}m", f"{theirs[at]} > {high[at]}", 60 + 60 * (at % 5))
        for at in range(40)
    ]
    found += [
        Pair(
            f"{names[at]} > {high[at]} for 2m clear < {high[at] - 1:.3f} on {KINDS[at % 4]}",
            f"{theirs[at]} > {high[at]}", 120,
        )
        for at in range(40, 52)
    ]  # fmt: skip
    for function, window, places in (
        ("avg", 5, range(52, 64)), ("max", 5, range(64, 68)), ("p95", 10, range(68, 72)),
    ):  # fmt: skip
        for at in places:
            called = f"quantile_over_time(0.95, {theirs[at]}[{window}m])"
            if function != "p95":
                called = f"{function}_over_time({theirs[at]}[{window}m])"
            found.append(Pair(f"{function}({names[at]}, {window}m) > {high[at]}", f"{called} > {high[at]}"))
    found += [Pair(f"rate({one}, 5m) > 1000/s", f"rate({metric_name(one)}[5m]) > 1000")
              for one in ("uptime_s", "proc.count", "fd.open", "sock.used")]  # fmt: skip
    found += [
        Pair(
            f"change(avg({names[at]}, 10m), 1d) > 200%",
            f"avg_over_time({theirs[at]}[10m]) / avg_over_time({theirs[at]}[10m] offset 1d) > 3",
        )
        for at in range(72, 77)
    ]
    found += [
        Pair(f"forecast({names[at]}, 6h, 24h) > {high[at]}", f"predict_linear({theirs[at]}[6h], 86400) > {high[at]}")
        for at in range(62, 66)
    ]
    found += [
        Pair(
            f"({names[at]} > {high[at]} and {names[at + 20]} > {high[at + 20]}) for 2m",
            f"{theirs[at]} > {high[at]} and on (agent) {theirs[at + 20]} > {high[at + 20]}", 120,
        )
        for at in range(6)
    ]  # fmt: skip
    found += [
        Pair(f"count({names[at]} > {high[at]}) >= 3 of 10",
             f"count({theirs[at]} > {high[at]}) / count({theirs[at]}) >= 0.3")
        for at in range(26, 30)
    ]  # fmt: skip
    found.append(Pair("mem.MemAvailable / mem.Cached < 0.1% for 5m", "mem_MemAvailable / mem_Cached < 0.001", 300))
    found += [Pair(f"absent({names[at]}) for 5m", f"absent({theirs[at]})", 300) for at in range(80, 83)]
    found.append(Pair("absent(agent) for 1m", "absent_over_time(uptime_s[1m])"))
    return found


def rules_of(texts: list[str]) -> list[AlertRule]:
    """Return rules with these texts."""
    return [AlertRule(at + 1, 1, f"rule-{at}", parse(one)) for at, one in enumerate(texts)]


def _text(metric: str, labels: tuple[tuple[str, str], ...]) -> str:
    chosen = ", ".join(f'{key}="{value}"' for key, value in labels)
    return f"{metric}{{{chosen}}}" if labels else metric


def _theirs(metric: str, labels: tuple[tuple[str, str], ...]) -> str:
    chosen = ",".join(f'{key}="{value}"' for key, value in labels)
    return f"{metric_name(metric)}{{{chosen}}}" if labels else metric_name(metric)
