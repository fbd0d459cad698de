"""Threshold checks over the newest values of all agents: the load of an alert engine, until there is one to measure.

A check says: metric, labels, above which value, for how long. All agents are looked at together, as columns of numbers.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray
from opsentrix.live.latest import LatestValues
from opsentrix_protocol.catalogue import Labels

from benchmarks.harness import BenchmarkError

if TYPE_CHECKING:  # the hub that runs the checks must not load what it does not need
    from benchmarks.fleet_recording import Recording

CHECKS = 100
EACH_S = 1.0
"""How often all of them are evaluated."""
_OVER_PERCENT = 90
"""A threshold that the recording is over one tenth of the time: states change, as they do in a fleet."""
_FOR_S = (0.0, 10.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a metric is above a value for a while, in seconds."""

    metric: str
    labels: Labels
    above: float
    for_s: float


def checks_of(recording: "Recording", count: int = CHECKS) -> list[Check]:
    """Return a check on each of the first series of a recording."""
    limits = np.percentile(recording.rows, _OVER_PERCENT, axis=0).tolist()
    return [
        Check(one.metric.name, one.labels, limits[place], _FOR_S[place % len(_FOR_S)])
        for place, one in enumerate(recording.series[:count])
    ]


def to_json(checks: Sequence[Check]) -> str:
    """Return checks as text for another process."""
    return json.dumps([asdict(one) for one in checks])


def from_json(text: str) -> list[Check]:
    """Undo `to_json`."""
    return [
        Check(one["metric"], tuple((key, value) for key, value in one["labels"]), one["above"], one["for_s"])
        for one in json.loads(text)
    ]


@dataclass(frozen=True, slots=True)
class Load:
    """What a hub's checks did: passes over all of them, the seconds that took, the longest, and values compared."""

    passes: int
    seconds: float
    most_s: float
    values: int

    @classmethod
    def of(cls, metrics: Mapping[str, float]) -> Self:
        """Read it from what a checked hub says about itself."""
        passes, seconds, most, values = (
            metrics[f"benchmark_checks_{name}"] for name in ("passes_total", "seconds_total", "most_seconds", "values")
        )
        return cls(int(passes), seconds, most, int(values))

    def since(self, before: "Load", seconds: float) -> "Load":
        """Return what was done since an earlier reading, `seconds` ago or more.

        Raises:
            BenchmarkError: that is less than half of what it should be: a figure would lack its load.
        """
        done = Load(
            self.passes - before.passes, self.seconds - before.seconds, self.most_s, self.values - before.values
        )
        if done.passes < seconds // (2 * EACH_S) or (done.passes and not done.values):
            told = f"{done.passes} passes over {done.values} values in {seconds:.0f} s"
            raise BenchmarkError(f"the hub's threshold checks did not run: {told}")
        return done

    @property
    def pass_ms(self) -> float:
        """Milliseconds of a pass on average."""
        return 1000 * self.seconds / self.passes

    def __str__(self) -> str:
        """Say it in a note."""
        return (
            f"{CHECKS} threshold checks on: {self.passes} passes of {self.pass_ms:.1f} ms (most "
            f"{1000 * self.most_s:.0f} ms) over {self.values // self.passes} values each"
        )


class Evaluation:
    """Checks and, for each of them and each agent, since when it is above."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self._checks = checks
        self._since = [np.full(0, np.nan) for _ in checks]
        self.looked_at = 0
        """Values that were held against a threshold so far."""

    def run(self, newest: LatestValues) -> int:
        """Evaluate every check once; return on how many agents one of them was above for long enough, summed up."""
        return sum(self._one(place, check, newest) for place, check in enumerate(self._checks))

    def _one(self, place: int, check: Check, newest: LatestValues) -> int:
        firing = 0
        for one in newest.columns(check.metric, check.labels):
            self.looked_at += one.values.size
            worst = np.fmax.reduce(one.values, axis=1)
            since = self._of_agents(place, int(one.agent_ids.max()) + 1)
            known = since[one.agent_ids]
            began = np.where(worst > check.above, np.where(np.isnan(known), one.time, known), np.nan)
            since[one.agent_ids] = began
            firing += int(np.count_nonzero(one.time - began >= check.for_s))
        return firing

    def _of_agents(self, place: int, count: int) -> NDArray[np.float64]:
        known = self._since[place]
        if known.size < count:
            known = self._since[place] = np.concatenate([known, np.full(count - known.size, np.nan)])
        return known
