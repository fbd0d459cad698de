"""Channels: where notifications go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Templates:
    """A channel's own words; empty ones are the default."""

    subject: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class NewChannel:
    """What can be set of a channel.

    Attributes:
        name: unique.
        kind: one of `notify.channels.CHANNELS`.
        settings: its fields, without the secret ones.
        sealed: its secret fields as JSON, sealed by the vault for `channel:<name of the kind>`.
        enabled: off, it is told nothing.
        allow_private: whether it may reach private networks.
        per_minute: how many messages it gets a minute; what is over it becomes one summary.
        digest_minutes: what is not critical waits for the next multiple of so many minutes; 0: nothing waits.
    """

    name: str
    kind: str
    settings: Mapping[str, Any]
    sealed: bytes
    enabled: bool = True
    allow_private: bool = False
    per_minute: int = 20
    digest_minutes: int = 0
    templates: Templates = field(default_factory=Templates)


@dataclass(frozen=True, slots=True)
class Health:
    """How a channel does.

    Attributes:
        failing_since: when the first of the tries failed that have all failed since; None while it works.
        failures: how many that are.
        retry_at: before this nothing is tried.
        last_error: the provider's answer to the newest try, when that failed.
        last_sent_at: when something last went well.
    """

    failing_since: datetime | None = None
    failures: int = 0
    retry_at: datetime | None = None
    last_error: str = ""
    last_sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as it is kept."""

    id: int
    new: NewChannel
    health: Health
    created_at: datetime
