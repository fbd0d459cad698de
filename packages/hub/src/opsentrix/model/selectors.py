"""Which series and which agents a rule is about: demands on labels, and on what is known of agents."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from opsentrix_protocol.catalogue import LABEL_KEY, MAX_LABEL_VALUE_CHARS

from opsentrix.model.globs import matches
from opsentrix.model.quantities import RuleError

MAX_MATCHERS = 16
MAX_CHOICES = 50
"""Values in one `in (...)`."""


class Match(StrEnum):
    """How a matcher looks at a value."""

    IS = "="
    IS_NOT = "!="
    IN = "in"
    GLOB = "~"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One demand on a label, or on what is known of an agent.

    Attributes:
        key: which label, or `agent`, `type`, `environment`, `tag`.
        match: how it is looked at.
        values: one, or several for IN. A GLOB has `*` for any characters and `?` for one.
    """

    key: str
    match: Match
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if not LABEL_KEY.fullmatch(self.key):
            raise RuleError(f"{self.key[:80]!r} cannot be the name of a label")
        if not self.values or (len(self.values) > 1 and self.match is not Match.IN):
            raise RuleError(f"{self.key} {self.match} takes one value, not {len(self.values)}")
        if len(self.values) > MAX_CHOICES:
            raise RuleError(f"{self.key} in (...) takes at most {MAX_CHOICES} values, not {len(self.values)}")
        for value in self.values:
            if len(value) > MAX_LABEL_VALUE_CHARS or not value.isprintable():
                raise RuleError(
                    f"a value of {self.key} is longer than {MAX_LABEL_VALUE_CHARS} or has control characters"
                )

    def accepts(self, have: Collection[str]) -> bool:
        """Return whether one of these values is right; for IS_NOT, whether none of them is wrong."""
        if self.match is Match.IS_NOT:
            return self.values[0] not in have
        if self.match is Match.GLOB:
            return any(matches(self.values[0], one) for one in have)
        return any(one in self.values for one in have)


def check_matchers(matchers: tuple[Matcher, ...]) -> None:
    """Check that there are not too many.

    Raises:
        RuleError: there are.
    """
    if len(matchers) > MAX_MATCHERS:
        raise RuleError(f"there are {len(matchers)} demands; at most {MAX_MATCHERS} are taken")


@dataclass(frozen=True, slots=True)
class Member:
    """What rules know of an agent; `interval_s` is how often it reports."""

    id: int
    name: str
    type: str = ""
    environment: str = ""
    tags: frozenset[str] = frozenset()
    interval_s: float = 5.0


AGENT_KEYS = ("agent", "type", "environment", "tag")


@dataclass(frozen=True, slots=True)
class Selector:
    """Which agents a rule is about: those that meet all demands; without any, all agents."""

    matchers: tuple[Matcher, ...] = ()

    def __post_init__(self) -> None:
        check_matchers(self.matchers)
        for one in self.matchers:
            if one.key not in AGENT_KEYS:
                raise RuleError(f"agents are chosen by {', '.join(AGENT_KEYS)}, not by {one.key}")

    def accepts(self, member: Member) -> bool:
        """Return whether an agent is meant."""
        have: dict[str, Collection[str]] = {
            "agent": (member.name,), "type": (member.type,), "environment": (member.environment,), "tag": member.tags,
        }  # fmt: skip
        return all(one.accepts(have[one.key]) for one in self.matchers)
