"""Checks of the owner's plugins: whether each may be run and, if wanted, what a run yields."""

import time
from collections.abc import Iterator
from pathlib import Path

from opsentrix_agent.doctor.finding import Finding, State
from opsentrix_agent.errors import PluginError
from opsentrix_agent.plugins.folder import find_plugins
from opsentrix_agent.plugins.plugin import LEFT_OUT, Plugin, examine

_LOOK_EVERY_S = 0.05


def check_plugins(folder: Path, *, run: bool) -> Iterator[Finding]:
    """Yield a finding for each file in the folder.

    Args:
        folder: of the plugins.
        run: whether to run each once, as the user who asks.
    """
    found = find_plugins(folder)
    if found.problem:
        yield Finding("plugins", State.FAIL, found.problem)
    elif not found.plugins and not found.ignored:
        yield Finding("plugins", State.OK, f"none in {folder}")
    for name, why in found.ignored.items():
        yield Finding("plugins", State.WARN, f"{name} is ignored: {why}")
    for key, plugin in found.plugins.items():
        yield _check(key, plugin, run=run)


def _check(key: str, plugin: Plugin, *, run: bool) -> Finding:
    try:
        pace = examine(plugin.path)[0]
        if run:
            return Finding(key, *_run(plugin))
    except PluginError as error:
        return Finding(key, State.FAIL, error.problem, error.fix)
    return Finding(key, State.OK, f"each {pace.interval} s, for at most {pace.timeout} s")


def _run(plugin: Plugin) -> tuple[State, str]:
    began = time.monotonic()
    readings = plugin.collect()
    while not plugin.runs:
        time.sleep(_LOOK_EVERY_S)
        readings = plugin.collect()
    took = time.monotonic() - began
    plugin.close()
    left_out = sum(value for metric, _, value in readings if metric is LEFT_OUT)
    detail = f"metrics: {len(plugin.metrics) - 1}, in {took:.1f} s"
    if left_out:
        return State.WARN, f"{detail}; values not taken: {left_out:.0f}"
    return State.OK, detail
