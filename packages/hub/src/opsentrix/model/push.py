"""Browsers in which people turned notifications on (web push)."""

from dataclasses import dataclass
from datetime import datetime

from opsentrix.model.users import Scope


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser of somebody, as its push service knows it.

    Attributes:
        username: whose it is.
        scope: which agents they see.
        endpoint_hash: SHA-256 of the endpoint's URL, by which a browser recognises itself.
        service: the host of the push service.
        sealed: endpoint and keys as JSON, sealed by the vault for `push:<user_id>`.
        user_agent: of the browser, as it named itself.
        last_delivered_at: when its push service last took a message.
        failures: tries since then that failed.
        last_error: what the push service said to the last of them.
    """

    id: int
    user_id: int
    username: str
    scope: Scope
    endpoint_hash: bytes
    service: str
    sealed: bytes
    user_agent: str
    created_at: datetime
    last_delivered_at: datetime | None
    failures: int
    last_error: str


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """What is kept of a browser that subscribes.

    Attributes:
        session_id: of the login that it subscribes by; when that is ended, so is the subscription.
    """

    user_id: int
    session_id: int | None
    endpoint_hash: bytes
    service: str
    sealed: bytes
    user_agent: str
