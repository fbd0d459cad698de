"""How old a value may be when its sample is taken: some sources are not asked at each tick, and what they said stands.

Whoever wants to know how something is after a moment has to leave out samples for so long.
"""

from collections.abc import Iterable

from opsentrix.model import rules

_SLOW_S: dict[str, float] = {
    "container.": 20.0,
    "hw.": 20.0,
    "hw.physical_disk.": 1860.0,
    "plugin.": 45.0,
    "system.clock.": 15.0,
    "system.linux.": 15.0,
    "system.network.conntrack.": 15.0,
    "system.network.connection.": 60.0,
    "system.network.socket.": 60.0,
    "system.paging.": 35.0,
    "system.process.": 60.0,
    "system.session.": 15.0,
    "system.thread.": 60.0,
    "systemd.": 20.0,
    "zfs.": 10.0,
}
"""By the beginning of names, the longest counts: the agent's pace of that source, and the time that an answer takes.

Of plugins it is their usual pace: one that is asked less often than each 30 seconds is believed too early.
"""


def age_s(metric: str) -> float:
    """Return for how many seconds a value of a metric may have stood when its sample is taken."""
    known = max((one for one in _SLOW_S if metric.startswith(one)), key=len, default="")
    return _SLOW_S.get(known, 0.0)


def oldest_s(condition: rules.Condition) -> float:
    """Return for how many seconds what a condition looks at may have stood."""
    return max((age_s(one) for one in _names(condition)), default=0.0)


def _names(condition: rules.Condition) -> Iterable[str]:
    for leaf in rules.leaves(condition):
        if isinstance(leaf, rules.AbsentAgent):
            continue
        metric = leaf.metric if isinstance(leaf, rules.AbsentMetric) else rules.metric_of(leaf.operand)
        yield from (one.name for one in (metric, metric.per) if one is not None)
