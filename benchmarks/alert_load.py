"""What the alert engine of a benchmarked hub does: read from the hub's own metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from benchmarks.harness import BenchmarkError

EACH_S = 1.0
"""How often all rules are evaluated."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a hub's engine did: passes over all rules, the seconds that took, alerts that changed; rules and series."""

    passes: int
    seconds: float
    transitions: int
    rules: int
    series: int

    @classmethod
    def of(cls, metrics: Mapping[str, float]) -> Self:
        """Read it from what a hub says about itself."""
        passes, seconds, transitions, rules, series = (
            metrics[f"opsentrix_{name}"]
            for name in (
                "alerting_pass_seconds_count", "alerting_pass_seconds_sum", "alert_transitions_total", "alert_rules",
                "alerting_series",
            )
        )  # fmt: skip
        return cls(int(passes), seconds, int(transitions), int(rules), int(series))

    def since(self, before: "Load", seconds: float) -> "Load":
        """Return what was done since an earlier reading, `seconds` ago or more.

        Raises:
            BenchmarkError: that is less than half of what it should be: a figure would lack its load.
        """
        done = Load(
            self.passes - before.passes, self.seconds - before.seconds, self.transitions - before.transitions,
            self.rules, self.series,
        )  # fmt: skip
        if done.passes < seconds // (2 * EACH_S) or (done.passes and not done.series):
            told = f"{done.passes} passes over {done.series} series in {seconds:.0f} s"
            raise BenchmarkError(f"the hub's alert engine did not run: {told}")
        return done

    @property
    def pass_ms(self) -> float:
        """Milliseconds of a pass on average."""
        return 1000 * self.seconds / self.passes

    def __str__(self) -> str:
        """Say it in a note."""
        return (
            f"{self.rules} alert rules on: {self.passes} passes of {self.pass_ms:.1f} ms over {self.series} series "
            f"each, {self.transitions} transitions"
        )
