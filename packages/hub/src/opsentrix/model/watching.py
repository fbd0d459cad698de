"""How the hub watches itself: numbers that are reserved for that, and what it writes down.

Identities of people's things begin at 1, and the API takes none below; so what is reserved here stays out of each list.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from opsentrix_protocol.catalogue import Labels

from opsentrix.model.alerts import fingerprint
from opsentrix.model.selectors import Member

HUB_AGENT = 0
"""What alerts about the hub itself have in the place of an agent."""
CANARY_AGENT = -1
CANARY_RULE = 0
CANARY_CHANNEL = 0
WORKER = "worker"
"""Under this name the worker tells that it lives."""
CANARY_KIND = "canary"
"""The kind of the reserved channel."""
HUB = Member(HUB_AGENT, "hub", "hub", interval_s=1.0)
CANARY = Member(CANARY_AGENT, "canary", "hub", interval_s=1.0)
HUB_METRICS = "opsentrix.hub."
"""Begins the names of what the hub samples of itself."""
CANARY_METRIC = "opsentrix.canary.signal"
NUMBER = "number"
"""The label that tells one canary from the next."""


def subject(metrics: Iterable[str]) -> int | None:
    """Return the reserved member whose metrics a rule is made of; None where one of them is an agent's.

    Names decide, so that no agent can raise alerts about the hub by what it sends, and no rule about agents that lack
    something is about the hub by accident.
    """
    subjects = {_subject_of(one) for one in metrics}
    return subjects.pop() if len(subjects) == 1 else None


def _subject_of(metric: str) -> int | None:
    if metric == CANARY_METRIC:
        return CANARY_AGENT
    return HUB_AGENT if metric.startswith(HUB_METRICS) else None


class Stage(StrEnum):
    """What a canary goes through, in order."""

    SAMPLED = "sampled"
    JUDGED = "judged"
    """The engine made a transition of it."""
    RECORDED = "recorded"
    """That is in the database."""
    GROUPED = "grouped"
    """It is in an incident."""
    NOTICED = "noticed"
    """The incident has waited for what belongs to it, and a notice was written."""
    PLANNED = "planned"
    """It was decided who gets the notice."""
    SENT = "sent"
    RECEIVED = "received"


def labels_of(number: int) -> Labels:
    """Return the labels of a canary's series."""
    return ((NUMBER, str(number)),)


def incident_of(rule_id: int, labels: Mapping[str, str]) -> int:
    """Return the number that the incident of an alert must have; 0 where it is the next one."""
    return -int(labels[NUMBER]) if rule_id == CANARY_RULE else 0


def number_of(incident_id: int) -> int | None:
    """Return which canary an incident is of; None for those of people."""
    return -incident_id if incident_id < 0 else None


def key_of(number: int) -> bytes:
    """Return the fingerprint of a canary's alert."""
    return fingerprint(CANARY_RULE, CANARY_AGENT, labels_of(number))


@dataclass(frozen=True, slots=True)
class CanaryRecord:
    """A canary as it is kept.

    Attributes:
        instance: the hub process that sent it.
        stages: when it came through each stage so far.
        lost: whether the next one began before it was received.
    """

    number: int
    instance: str
    stages: Mapping[Stage, datetime] = field(default_factory=dict)
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Pulse:
    """A sign of life of a process.

    Attributes:
        beat_at: when it was given.
        done_to: up to when its work is done, where that can be said.
    """

    beat_at: datetime
    done_to: datetime | None = None
