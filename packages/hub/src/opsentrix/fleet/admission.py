"""Whether an agent is let in: people approve, refuse and revoke; who waits too long is refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from opsentrix import selfmetrics
from opsentrix.db import Database
from opsentrix.errors import ConflictError
from opsentrix.model.identity import Admission
from opsentrix.storage import admission, audit, certificates, credentials

AT_ONCE = 100
"""Agents that are refused or removed by time in one pass."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A change of an agent's admission.

    Attributes:
        allowed: from which state.
        said: what is wrong when it stands otherwise.
    """

    action: str
    to: Admission
    allowed: tuple[Admission, ...]
    said: str


APPROVE = Decision(
    "agent.approve", Admission.ADMITTED, (Admission.PENDING, Admission.REFUSED), "does not wait for approval"
)
REFUSE = Decision("agent.refuse", Admission.REFUSED, (Admission.PENDING,), "does not wait for approval")
REVOKE = Decision("agent.revoke", Admission.REVOKED, (Admission.ADMITTED, Admission.PENDING), "was revoked already")


async def decide(
    database: Database, agent_id: int, decision: Decision, actor: str, address: str, reason: str = ""
) -> None:
    """Change an agent's admission; a revoked agent's credentials and certificates are worth nothing from the commit on.

    Raises:
        ConflictError: the agent does not stand so that this could be decided, or there is none.
    """
    async with database.transaction() as connection:
        before = await admission.change(connection, agent_id, decision.allowed, decision.to, actor, reason)
        if before is None:
            raise ConflictError(f"Agent {agent_id} {decision.said}.")
        if decision.to is Admission.REVOKED:
            await credentials.revoke(connection, agent_id)
            await certificates.revoke(connection, None, agent_id)
        await audit.add(
            connection, actor, decision.action, f"agent:{agent_id}", address,
            before={"admission": before}, after={"admission": decision.to}, reason=reason,
        )  # fmt: skip
    selfmetrics.ADMISSIONS.labels(decision.to).inc()


async def refuse_late(database: Database, now: datetime, days: int) -> list[int]:
    """Refuse agents that nobody approved for so many days, and return them."""
    async with database.connection() as connection:
        late = await admission.older(connection, Admission.PENDING, now - timedelta(days=days), AT_ONCE)
    refused = []
    for agent_id in late:
        try:
            await decide(database, agent_id, REFUSE, "hub", "", f"nobody approved it within {days} days")
        except ConflictError:
            continue  # somebody has just decided
        refused.append(agent_id)
    return refused


async def forgotten(database: Database, now: datetime, days: int) -> list[int]:
    """Return agents that were refused so many days ago: nothing of theirs was ever taken, so they may go."""
    async with database.connection() as connection:
        return await admission.older(connection, Admission.REFUSED, now - timedelta(days=days), AT_ONCE)
