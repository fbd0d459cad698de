"""How many targets a rule has, and on how many of them it holds."""

import numpy as np

from opsentrix.alerting.compiled import Compiled, OfFleet, OfSeries
from opsentrix.alerting.conditions import Pass
from opsentrix.alerting.table import Flags


def targets(rule: Compiled) -> int:
    """Return how many targets there are: series, agents that it covers, or the rule itself."""
    return 1 if isinstance(rule, OfFleet) else int(np.count_nonzero(_there(rule)))


def _there(rule: Compiled) -> Flags:
    """Return which rows are targets of agents that the rule covers."""
    if not isinstance(rule, OfSeries):
        return np.asarray(rule.covered.data[: rule.agents.table.size], np.bool_)
    size = rule.source.table.size
    return np.asarray(rule.source.table.live.data[:size] & rule.covered.data[rule.source.agent.data[:size]], np.bool_)


def with_data(rule: Compiled) -> int:
    """Return how many agents that it covers have a series that it looks at."""
    found = np.zeros(rule.agents.table.size, np.bool_)
    for source in rule.sources:
        size = source.table.size
        found[source.agent.data[:size][source.table.live.data[:size]]] = True
    return int(np.count_nonzero(found & rule.covered.data[: found.size]))


def holding(rule: Compiled, at: Pass) -> int:
    """Return on how many targets the condition holds at a pass, however long it must."""
    return int(np.count_nonzero(rule.judge(at).holds))
