"""`opsentrix-agent once` and `collectors`: shows what this machine yields, without a hub."""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from opsentrix_protocol.catalogue import Metric, Series

from opsentrix_agent.collector import Key, Source
from opsentrix_agent.collectors import COLLECTORS
from opsentrix_agent.errors import PluginError
from opsentrix_agent.loader import choose, load
from opsentrix_agent.plugins.folder import find_plugins
from opsentrix_agent.plugins.plugin import LEFT_OUT, Plugin, examine
from opsentrix_agent.readable import readable
from opsentrix_agent.runner import Runner
from opsentrix_agent.sampler import Sampler
from opsentrix_agent.selfmetrics import COLLECTOR_METRICS, SelfMetrics
from opsentrix_agent.settings import Settings

WIDTH = 80
"""Characters of a line; what does not fit is cut, and whole with `--json`."""


def sample_once(
    settings: Settings, *, as_json: bool, sleep: Callable[[float], None] = time.sleep, width: int = WIDTH
) -> str:
    """Sample twice, one second apart so that counters have a rate, and return all readings as text.

    Each plugin runs once, however long it takes; its counters have no rate then.

    Args:
        settings: valid ones.
        as_json: for programs, with exact values.
        sleep: takes seconds.
        width: of the text, in characters.

    Raises:
        SettingsError: a collector that the settings name does not exist.
    """
    names = choose(settings.enable, settings.disable)
    runner = Runner()
    loaded = load(names, runner)
    plugins = find_plugins(settings.plugin_dir).plugins
    sources: dict[str, Source] = {**loaded.collectors, **plugins}
    sampler = Sampler(sources, runner, SelfMetrics(), loaded.broken)
    sampler.sample()
    sleep(1.0)
    time_ms = time.time_ns() // 1_000_000
    values = sampler.sample()
    while any(not plugin.runs for plugin in plugins.values()):
        sleep(1.0)
        time_ms = time.time_ns() // 1_000_000
        values = sampler.sample()
    runner.close()
    for plugin in plugins.values():
        plugin.close()
    if as_json:
        return _as_json(time_ms, values, sampler.series)
    owners = {metric.name: name for name, source in sources.items() for metric in source.metrics}
    # Every plugin declares this one: it is the agent's own word on it.
    owners.pop(LEFT_OUT.name, None)
    return _as_groups(values, sampler.series, owners, width)


def _as_groups(values: Mapping[Key, float], series: Mapping[Key, Series], owners: Mapping[str, str], width: int) -> str:
    groups: dict[str, list[str]] = {name: [] for name in dict.fromkeys(owners.values())}
    for key, value in sorted(values.items(), key=lambda item: item[0][0]):
        labels = ", ".join(f"{name}={text}" for name, text in key[1])
        said = readable(series[key].metric, value)
        room = max(8, width - len(said) - 4)
        name = f"{key[0]} {{{labels}}}" if labels else key[0]
        if len(name) > room:
            name = f"{name[: room - 3]}..."
        groups.setdefault(owners.get(key[0], "agent"), []).append(f"  {name:<{room}}  {said}\n")
    return "\n".join(f"{name}\n{''.join(lines)}" for name, lines in groups.items() if lines)


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
    found = find_plugins(settings.plugin_dir)
    parts += [_describe_plugin(name, plugin) for name, plugin in found.plugins.items()]
    parts += [f"plugin {name}: ignored: {why}\n" for name, why in found.ignored.items()]
    parts.append("agent: always on\n" + _describe((*SelfMetrics.metrics, *COLLECTOR_METRICS)))
    return "\n".join(parts)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows as aligned text, a line each."""
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n" for line in lines
    )


def _describe(metrics: Iterable[Metric]) -> str:
    rows = [(f"  {metric.name}", metric.unit, metric.kind.name.lower(), metric.help) for metric in metrics]
    return table(("  METRIC", "UNIT", "KIND", "HELP"), rows)


def _describe_plugin(name: str, plugin: Plugin) -> str:
    try:
        pace = examine(plugin.path)[0]
    except PluginError as error:
        return f"{name}: not run: {error}\n"
    return f"{name}: on: {plugin.path} each {pace.interval} s, for at most {pace.timeout} s\n"


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
