"""How long history is kept: defaults, and rules for the agents of an environment or with a tag."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from opsentrix.model.tiers import HOUR, MINUTE, SECOND, Tier

Days = Mapping[Tier, int]
"""How many days of each tier are kept."""


def days_of(seconds: int, minutes: int, hours: int) -> dict[Tier, int]:
    """Return the days that each tier is kept."""
    return {SECOND: seconds, MINUTE: minutes, HOUR: hours}


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long history of some agents is kept.

    Attributes:
        environment: the agents' environment, or None when `tag` chooses them.
        tag: a tag that they have.
        days: for some tiers; the others follow what else applies.
    """

    id: int
    environment: str | None
    tag: str | None
    days: Days

    def applies(self, environment: str, tags: Collection[str]) -> bool:
        """Return whether an agent is one of them."""
        return environment == self.environment if self.tag is None else self.tag in tags


def kept(defaults: Days, rules: Iterable[RetentionRule], environment: str, tags: Collection[str]) -> dict[Tier, int]:
    """Return how long an agent's history is kept.

    Of several rules the longest wins in each tier: to keep too much can be mended. The defaults hold where none says
    anything.
    """
    mine = [rule for rule in rules if rule.applies(environment, tags)]
    return {
        tier: max((rule.days[tier] for rule in mine if tier in rule.days), default=days)
        for tier, days in defaults.items()
    }


def longest(defaults: Days, rules: Iterable[RetentionRule]) -> dict[Tier, int]:
    """Return for each tier the longest time that any agent's history can be kept."""
    listed = list(rules)
    return {tier: max([days, *(rule.days.get(tier, 0) for rule in listed)]) for tier, days in defaults.items()}
