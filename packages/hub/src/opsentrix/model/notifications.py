"""What people are told: notices, the deliveries that they become, and the proof of each try."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from dataclasses import fields as dataclass_fields
from datetime import datetime
from enum import StrEnum
from typing import Any

SEVERITIES = ("info", "warning", "critical")
CRITICAL = "critical"


class NoticeKind(StrEnum):
    """What happened to an incident."""

    OPENED = "opened"
    ESCALATED = "escalated"
    CHANGED = "changed"
    ACKNOWLEDGED = "acknowledged"
    REMINDER = "reminder"
    RESOLVED = "resolved"
    TEST = "test"


ROUTED = (NoticeKind.OPENED, NoticeKind.ESCALATED, NoticeKind.REMINDER)
"""Kinds that go where the routes say; all others go to those who were told of the incident before."""


class DeliveryState(StrEnum):
    """How far a delivery is."""

    PENDING = "pending"
    SENDING = "sending"
    BUNDLED = "bundled"
    """Told as a part of another delivery: a digest, or the summary of what was over the channel's cap."""
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What became of a notice, as people look for it; one may be failing at one channel and waiting at another."""

    FAILING = "failing"
    """A channel did not take it, for now or for good."""
    WAITING = "waiting"
    """It is not sent everywhere yet."""
    DELIVERED = "delivered"
    """Everybody who was chosen has it."""
    NOBODY = "nobody"
    """Nobody was chosen, or nobody yet: the first step of an escalation may come later."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to be said about an incident; written in the transaction of the change that it tells of.

    Attributes:
        kind: what happened.
        severity: one of `SEVERITIES`.
        title: one line.
        at: when it happened.
        started_at: when the incident began.
        incident_id: None only for tests of a channel.
        lines: what else is to be said, one line each: values, thresholds, the agents.
        labels: of the alerts; routes match them.
        environments: of the agents; routes match them.
        tags: of the agents; routes match them.
        agent_ids: whom it is about. People who do not see one of these are not shown the notice.
        agent_names: the same by name.
        path: of the page that shows the incident, such as `/dashboard/incidents/7`.
        resolved_at: when it ended.
        group_key: what the incident's alerts have in common.
        fingerprints: of its alerts, in hexadecimal.
    """

    kind: NoticeKind
    severity: str
    title: str
    at: datetime
    started_at: datetime
    incident_id: int | None = None
    lines: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    environments: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    agent_ids: tuple[int, ...] = ()
    agent_names: tuple[str, ...] = ()
    path: str = "/dashboard"
    resolved_at: datetime | None = None
    group_key: str = ""
    fingerprints: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Notice":
        """Return what `as_json` made, after it was stored, by an older or newer version perhaps."""
        lists = ("lines", "environments", "tags", "agent_ids", "agent_names", "fingerprints")
        times = ("at", "started_at", "resolved_at")
        fields: dict[str, Any] = {
            **{one.name: plain[one.name] for one in dataclass_fields(cls) if one.name in plain},
            "kind": NoticeKind(plain["kind"]),
            **{name: tuple(plain.get(name, ())) for name in lists},
            **{name: plain.get(name) and datetime.fromisoformat(plain[name]) for name in times},
        }
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class Planned:
    """A delivery that a notice needs.

    Attributes:
        channel_id: where it goes.
        why: the route, escalation or rota that wants it.
        step: 0 for routes; a number of its own for each step of an escalation.
    """

    channel_id: int
    why: str
    step: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way to one channel.

    Attributes:
        id: in the order in which they came up: an incident's are sent in this order.
        channel_id: where it goes.
        incident_id: what it is about; None for bundles and tests.
        tries: how often it was tried, the one under way included.
        created_at: when it came up.
        bundle: whether it tells of several others, which go with it.
        digest: whether it waits for the channel's next digest.
        why: who wants it; of a bundle, what it is.
    """

    id: int
    channel_id: int
    incident_id: int | None
    tries: int
    created_at: datetime
    bundle: bool = False
    digest: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The proof of one try.

    Attributes:
        finished_at: None while it runs; and for ever when the hub was killed meanwhile.
        ok: whether the provider took it.
        status: of HTTP or SMTP, where there was an answer.
        answer: the provider's own words, or what went wrong before it had any.
        duration_ms: from the first byte of a name's look-up to the end of the answer.
    """

    started_at: datetime
    finished_at: datetime | None
    ok: bool | None
    status: int | None
    answer: str
    duration_ms: int | None


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """A delivery as people see it."""

    id: int
    channel_id: int | None
    channel: str
    state: DeliveryState
    why: str
    due_at: datetime
    bundle_id: int | None
    attempts: tuple[Attempt, ...]
    bundle: str = ""
    """What the bundle is that it is, or was, told with."""
    digest: bool = False
    """Whether it waits for the channel's next digest."""


@dataclass(frozen=True, slots=True)
class NotificationRecord:
    """A notice as people see it, with what became of it.

    Attributes:
        planned_at: when it was decided who gets it; None before.
        decision: for each route, whether it matched and why.
    """

    id: int
    notice: Notice
    planned_at: datetime | None
    decision: list[dict[str, Any]]
    deliveries: tuple[DeliveryRecord, ...]
