"""Alerts as the engine tells of them: states, transitions between them, and what of them survives a restart."""

import hashlib
import json
from enum import IntEnum, StrEnum
from typing import NamedTuple

from opsentrix_protocol.catalogue import Labels


class State(IntEnum):
    """How one rule stands on one target."""

    INACTIVE = 0
    PENDING = 1
    """The condition holds, but not for long enough."""
    FIRING = 2
    UNKNOWN = 3
    """It was firing when its data ended."""


class Reason(StrEnum):
    """Why a state changed, where samples did not change it."""

    SAMPLES = ""
    RULE_CHANGED = "rule changed"
    RULE_REMOVED = "rule removed"
    AGENT_DELETED = "agent deleted"
    RULE_OFF = "rule switched off"
    GROUP_OFF = "group of the rule switched off"
    NOT_COVERED = "agent not covered any more"
    SERIES_GONE = "series gone"


class Transition(NamedTuple):
    """One change of one alert; times are Unix seconds.

    Attributes:
        agent_id: None where the target is the rule itself.
        labels: of the series; empty where the target is an agent or the rule.
        at: of the sample that decided.
        since: when the condition began to hold.
        value: of the operand, or the number of agents; None where there is none.
        threshold: that it was held against, overrides applied; None where there is none.
    """

    rule_id: int
    version: int
    agent_id: int | None
    labels: Labels
    before: State
    after: State
    at: float
    since: float
    value: float | None = None
    threshold: float | None = None
    reason: Reason = Reason.SAMPLES


class Instance(NamedTuple):
    """A target that is not inactive, as it is kept over a restart; times are Unix seconds.

    Attributes:
        since: when the condition began to hold.
        quiet: since when a firing alert has been clear; None while it is not.
        last: time of the newest sample that was judged.
    """

    rule_id: int
    version: int
    agent_id: int | None
    labels: Labels
    state: State
    since: float
    quiet: float | None
    last: float


def fingerprint(rule_id: int, agent_id: int | None, labels: Labels) -> bytes:
    """Return the identity of an alert, the same over restarts: SHA-256 of rule, agent and labels."""
    return hashlib.sha256(json.dumps([rule_id, agent_id, sorted(labels)]).encode()).digest()
