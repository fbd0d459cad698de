"""What is asked of the judge about one agent, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from opsentrix_protocol.catalogue import Labels

from opsentrix.model.rules import Override, Rule
from opsentrix.model.runbook_runs import Truth
from opsentrix.model.selectors import Member


class Check(StrEnum):
    """Which question of a run."""

    WHEN = "when"
    BASELINE = "baseline"
    EXPECT = "expect"
    WORSE_BEFORE = "worse_before"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class OfAlert:
    """An alert that must be resolved: which of its rule's targets, and what holds for the agent instead."""

    labels: Labels
    override: Override | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Whether something holds on an agent.

    Attributes:
        member: the agent.
        rule: the condition, and for how long it must hold; its selector does not count.
        since: samples taken before, by the agent's clock, do not count; Unix seconds.
        every: whether all series that it is about must suit, or any one is enough.
        alert: where it is asked whether the rule's alert is resolved: which one.
    """

    member: Member
    rule: Rule
    since: float
    every: bool = False
    alert: OfAlert | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known; times are Unix seconds by the agent's clock.

    Attributes:
        since: of the first sample that it rests on; None while nothing is known.
        lasting: whether it holds, but not for long enough so far.
        failed: whether a sample showed that it did not hold.
        evidence: the values that it rests on, as JSON.
    """

    truth: Truth
    since: float | None = None
    lasting: bool = False
    failed: bool = False
    evidence: Mapping[str, Any] = field(default_factory=dict)


NOTHING_KNOWN = Answer(Truth.UNKNOWN)
