"""Makes the collectors of the table; only what this machine has is imported and kept."""

import importlib
import logging
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, cast

from opsentrix_agent.collector import Collector, HostPaths
from opsentrix_agent.collectors import COLLECTORS
from opsentrix_agent.errors import CollectorUnavailableError, SettingsError
from opsentrix_agent.runner import Runner, State

log = logging.getLogger(__name__)

LOAD_DEADLINE_S = 5.0


class Loaded:
    """The collectors of this machine.

    Attributes:
        collectors: those that work here, by name.
        unavailable: why others do not exist here.
        broken: why others could not be made although they should.
    """

    def __init__(self) -> None:
        self.collectors: dict[str, Collector] = {}
        self.unavailable: dict[str, str] = {}
        self.broken: dict[str, str] = {}


def choose(enable: Iterable[str], disable: Iterable[str], table: Mapping[str, str] = COLLECTORS) -> list[str]:
    """Return the names of the wanted collectors in the table's order; an empty `enable` means all.

    Raises:
        SettingsError: a name is not in the table.
    """
    wanted, unwanted = set(enable), set(disable)
    for key, names in (("collectors.enable", wanted), ("collectors.disable", unwanted)):
        if strangers := sorted(names - set(table)):
            raise SettingsError(f"{key} names {', '.join(strangers)}; there are {', '.join(table)}.")
    return [name for name in table if (not wanted or name in wanted) and name not in unwanted]


def load(
    names: Iterable[str],
    runner: Runner,
    paths: HostPaths | None = None,
    table: Mapping[str, str] = COLLECTORS,
    deadline: float = LOAD_DEADLINE_S,
) -> Loaded:
    """Import and construct collectors; one that raises or hangs for longer than `deadline` seconds harms no other."""
    make = partial(_make, paths or HostPaths())
    loaded = Loaded()
    for outcome in runner.run([(name, partial(make, table[name])) for name in names], deadline=deadline):
        if outcome.state is not State.DONE:
            loaded.broken[outcome.name] = outcome.error
            log.error("collector %s cannot be started: %s", outcome.name, outcome.error)
        elif isinstance(outcome.result, str):
            loaded.unavailable[outcome.name] = outcome.result
            log.debug("collector %s is not available: %s", outcome.name, outcome.result)
        elif outcome.result is not None:
            loaded.collectors[outcome.name] = outcome.result
    return loaded


def _make(paths: HostPaths, dotted: str) -> Collector | str:
    module, _, name = dotted.partition(":")
    try:
        made: Any = getattr(importlib.import_module(module), name)(paths)
    except CollectorUnavailableError as error:
        return str(error)
    return cast("Collector", made)
