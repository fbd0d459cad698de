"""The answer to "why was I (not) paged?": a chain of stages from samples to a receipt, each with what proves it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Stage(StrEnum):
    """What an alert goes through, in this order."""

    SAMPLES = "samples"
    RULE = "rule"
    GROUPING = "grouping"
    SUPPRESSION = "suppression"
    ROUTE = "route"
    ATTEMPTS = "attempts"
    RECEIPT = "receipt"


class Verdict(StrEnum):
    """What a stage made of it."""

    OK = "ok"
    """It went on to the next stage."""
    STOPPED = "stopped"
    """It ended here; the text says why."""
    NOTHING = "nothing"
    """It did not come so far."""
    UNKNOWN = "unknown"
    """Not settled yet, or what would settle it is not kept."""


@dataclass(frozen=True, slots=True)
class Detail:
    """A row that proves what a stage says.

    Attributes:
        at: when it happened.
        text: for people.
        link: the page of the dashboard that shows it, such as `/dashboard/incidents/7`.
    """

    at: datetime | None
    text: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What one stage says.

    Attributes:
        text: a sentence in plain words.
        at: when it was settled.
        details: in the order of time.
    """

    stage: Stage
    verdict: Verdict
    text: str
    at: datetime | None = None
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """What became of one alert around a moment.

    Attributes:
        paged: whether a provider took a message about it; None while that is open, or not known any more.
        verdict: the whole in a sentence.
        stages: each stage once, in order.
    """

    paged: bool | None
    verdict: str
    stages: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """From when to when a hub evaluated rules, as far as it was seen to."""

    began_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Late:
    """Samples that were too old to be judged when they came: from when to when they are, and when they came first."""

    agent_id: int
    first_at: datetime
    last_at: datetime
    came_at: datetime

    def joined(self, other: "Late") -> "Late":
        """Return both as one."""
        return Late(
            self.agent_id, min(self.first_at, other.first_at), max(self.last_at, other.last_at),
            min(self.came_at, other.came_at),
        )  # fmt: skip
