"""`opsentrix-agent once` and `collectors`: shows what this machine yields, without a hub."""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from opsentrix_protocol.catalogue import Metric, Series

from opsentrix_agent.collector import Key
from opsentrix_agent.collectors import COLLECTORS
from opsentrix_agent.loader import choose, load
from opsentrix_agent.runner import Runner
from opsentrix_agent.sampler import Sampler
from opsentrix_agent.selfmetrics import COLLECTOR_METRICS, SelfMetrics
from opsentrix_agent.settings import Settings


def sample_once(settings: Settings, *, as_json: bool, sleep: Callable[[float], None] = time.sleep) -> str:
    """Sample twice, one second apart so that counters have a rate, and return all readings as text.

    Raises:
        SettingsError: a collector that the settings name does not exist.
    """
    names = choose(settings.enable, settings.disable)
    runner = Runner()
    loaded = load(names, runner)
    sampler = Sampler(loaded.collectors, runner, SelfMetrics(), loaded.broken)
    sampler.sample()
    sleep(1.0)
    time_ms = time.time_ns() // 1_000_000
    values = sampler.sample()
    runner.close()
    if as_json:
        return _as_json(time_ms, values, sampler.series)
    rows = [
        (key[0], ",".join(f"{name}={text}" for name, text in key[1]), f"{value:.6g}", sampler.series[key].metric.unit)
        for key, value in values.items()
    ]
    return table(("METRIC", "LABELS", "VALUE", "UNIT"), rows, right=2)


def list_collectors(settings: Settings) -> str:
    """Return every collector of the table, whether it works here and what it declares.

    Raises:
        SettingsError: a collector that the settings name does not exist.
    """
    chosen = set(choose(settings.enable, settings.disable))
    runner = Runner()
    loaded = load(COLLECTORS, runner)
    runner.close()
    parts: list[str] = []
    for name in COLLECTORS:
        collector = loaded.collectors.get(name)
        if collector is None:
            reason = loaded.unavailable.get(name) or loaded.broken.get(name, "")
            parts.append(f"{name}: not available: {reason}\n")
            continue
        parts.append(f"{name}: {'on' if name in chosen else 'switched off'}\n" + _describe(collector.metrics))
    parts.append("agent: always on\n" + _describe((*SelfMetrics.metrics, *COLLECTOR_METRICS)))
    return "\n".join(parts)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: int = -1) -> str:
    """Return rows as aligned text, a line each; the column of index `right` is aligned to the right."""
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "".join(
        "  ".join(
            cell.rjust(width) if column == right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        + "\n"
        for line in lines
    )


def _describe(metrics: Iterable[Metric]) -> str:
    rows = [(f"  {metric.name}", metric.unit, metric.kind.name.lower(), metric.help) for metric in metrics]
    return table(("  METRIC", "UNIT", "KIND", "HELP"), rows)


def _as_json(time_ms: int, values: Mapping[Key, float], series: Mapping[Key, Series]) -> str:
    samples = [
        {
            "metric": key[0],
            "labels": dict(key[1]),
            "unit": series[key].metric.unit,
            "kind": series[key].metric.kind.name.lower(),
            "value": value,
        }
        for key, value in values.items()
    ]
    return json.dumps({"time": time_ms / 1000, "samples": samples}, indent=1) + "\n"
