"""Which history a backtest reads: the finest that is there and that the hub can afford to look through."""

from dataclasses import dataclass

from opsentrix.model.tiers import HOUR, MINUTE, SECOND, TIERS, Tier

MOST_SAMPLES = 20_000_000
MOST_PASSES = {SECOND: 100_000, MINUTE: 50_000, HOUR: 20_000}
"""A pass takes about 50 us at least, whatever it looks at."""
MOST_WINDOWED_PASSES = {SECOND: 30_000, MINUTE: 50_000, HOUR: 20_000}
"""The same where windows are kept, which takes three times as long."""
_FRESH_S = 7200.0
_FRAMES = 200_000
"""Frames that are not compacted yet take 30 us each; they are of the last two hours at most."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a backtest is about: so many agents, series and seconds, and whether windows are kept."""

    agents: int
    series: int
    seconds: float
    windowed: bool

    def samples(self, tier: Tier) -> float:
        """Return how many values there are at most; that an agent was there is one, too."""
        return (self.series + self.agents) * self.passes(tier)

    def passes(self, tier: Tier) -> float:
        """Return how often the rule is evaluated."""
        return self.seconds * 1000 / max(tier.bucket_ms, 1000)

    def affordable(self, tier: Tier) -> bool:
        """Return whether a tier can be looked through."""
        most = (MOST_WINDOWED_PASSES if self.windowed else MOST_PASSES)[tier]
        frames = self.agents * min(self.seconds, _FRESH_S) / 5 if tier is SECOND else 0
        return self.passes(tier) <= most and self.samples(tier) <= MOST_SAMPLES and frames <= _FRAMES


@dataclass(frozen=True, slots=True)
class Budget:
    """What is read, and why: of so many agents, notes for people, and whether something is left out."""

    tier: Tier
    agents: int
    notes: tuple[str, ...]
    truncated: bool = False


_NAMES = {SECOND: "samples", MINUTE: "minutes", HOUR: "hours"}


def choose(cost: Cost, finest: Tier) -> Budget:
    """Return the finest tier that can be afforded, `finest` being the finest that reaches back so far."""
    tier = next((one for one in TIERS[TIERS.index(finest) :] if cost.affordable(one)), HOUR)
    why = "the finest history that is kept of all this time"
    if tier is not finest:
        why = f"there are too many {_NAMES[finest]} to look through"
    note = f"Read were {_NAMES[tier]}: {why}."
    if cost.samples(tier) <= MOST_SAMPLES:
        return Budget(tier, cost.agents, (note,))
    agents = max(1, int(cost.agents * MOST_SAMPLES / cost.samples(tier)))
    left = f"Of {cost.agents} agents the first {agents} were looked at: more than {MOST_SAMPLES:,} values are not read."
    return Budget(tier, agents, (note, left), truncated=True)
