"""`opsentrix hub` for replays: `python -m benchmarks.alerting_hub`. To its rules, the newest sample is the present.

A hub takes the samples of a past day for history, which no rule looks at; so a replay would measure none of them.
Nothing else is different.
"""

from unittest import mock

from opsentrix import cli
from opsentrix.alerting import runner
from opsentrix.alerting.engine import Engine
from opsentrix.model.alerts import Transition
from opsentrix.model.frames import Batch


class ReplayingEngine(Engine):
    """Evaluates at the time of the newest sample."""

    _newest = 0.0

    def push(self, batch: Batch) -> None:
        """Take a batch, and its time."""
        self._newest = max(self._newest, float(batch.last_ticks_s.max()))
        super().push(batch)

    def evaluate(self, now: float, steady: float) -> list[Transition]:
        """Look at everything once."""
        return super().evaluate(self._newest or now, steady)


if __name__ == "__main__":
    with mock.patch.object(runner, "Engine", ReplayingEngine):
        cli.cli(["hub"])
