"""What a replay told, as people look at it: each time that an alert fired, and how many did at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from opsentrix_protocol.catalogue import Labels

from opsentrix.alerting.replay import Told
from opsentrix.model.alerts import State

Target = tuple[int | None, Labels]
Point = tuple[float, int, int]
"""Unix seconds, and how many alerts fired and how many were pending at most until the next point."""
_ALARMING = (State.FIRING, State.UNKNOWN)


@dataclass(slots=True)
class Episode:
    """One time that an alert fired; Unix seconds.

    Attributes:
        agent_id: None where the target is the rule itself.
        pending_at: since when its condition held.
        fired_at: by its samples.
        told_at: when the pass was that found out.
        resolved_at: None while it fires.
        value: when it fired.
        worst: the value that was furthest beyond the threshold; None where there are none.
        reason: why it ended where samples did not end it.
        quiet: what kept it quiet when it fired.
    """

    agent_id: int | None
    labels: Labels
    pending_at: float
    fired_at: float
    told_at: float
    value: float | None
    threshold: float | None
    resolved_at: float | None = None
    worst: float | None = None
    reason: str = ""
    quiet: str = ""

    def seconds(self, start: float, end: float) -> float:
        """Return for how long it fired between two moments."""
        return max(0.0, (end if self.resolved_at is None else min(self.resolved_at, end)) - max(self.fired_at, start))


def episodes(told: Sequence[Told], worst: Mapping[Target, float], start: float) -> list[Episode]:
    """Return what fired at `start`, Unix seconds, or later, the earliest first; `worst` is of what fires still."""
    found: list[Episode] = []
    firing: dict[Target, Episode] = {}
    for one in told:
        moved, target = one.transition, (one.transition.agent_id, one.transition.labels)
        if moved.after in _ALARMING and moved.before not in _ALARMING:
            firing[target] = Episode(
                moved.agent_id, moved.labels, moved.since, moved.at, one.now, moved.value, moved.threshold
            )
            found.append(firing[target])
        elif moved.before in _ALARMING and moved.after not in _ALARMING and target in firing:
            over = firing.pop(target)
            over.resolved_at, over.worst, over.reason = moved.at, one.worst, str(moved.reason)
    for target, still in firing.items():
        still.worst = worst.get(target)
    kept = [one for one in found if one.resolved_at is None or one.resolved_at >= start]
    return sorted(kept, key=lambda one: (one.fired_at, one.agent_id or 0, one.labels))


def timeline(told: Sequence[Told], start: float, end: float, step_s: float, most: int) -> list[Point]:
    """Return how many alerts fired and were pending, at `most` points that are whole steps apart."""
    width = max(step_s, ceil((end - start) / most / step_s) * step_s)
    points = max(1, ceil((end - start) / width))
    places = np.array([int((one.transition.at - start) // width) for one in told], np.int64)
    counts = []
    for states in (_ALARMING, (State.PENDING,)):
        moves = np.array(
            [(one.transition.after in states) - (one.transition.before in states) for one in told], np.int64
        )
        counts.append(_highest(places, moves, points))
    firing, pending = counts
    return [(start + at * width, firing[at], pending[at]) for at in range(points)]


def _highest(places: np.ndarray, moves: np.ndarray, points: int) -> list[int]:
    """Return the highest running sum of moves at each place, what was there before it included."""
    order = np.argsort(places, kind="stable")
    places, sums = places[order], np.cumsum(moves[order])
    before = np.searchsorted(places, np.arange(points), "left")
    highest = np.where(before > 0, sums[before - 1] if sums.size else 0, 0)
    inside = (places >= 0) & (places < points)
    np.maximum.at(highest, places[inside], sums[inside])
    return [max(0, one) for one in highest.tolist()]
