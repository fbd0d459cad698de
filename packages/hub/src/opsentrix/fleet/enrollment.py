"""How new agents get in: one-time tokens, and the credential that each agent gets for itself."""

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from opsentrix import selfmetrics
from opsentrix.db import Connection, Database
from opsentrix.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from opsentrix.model.agents import Agent, EnrollmentToken, NewAgent
from opsentrix.model.tokens import digest
from opsentrix.storage import agents, audit, enrollment

TOKEN_PREFIX = "oxe_"  # noqa: S105 - says what kind of secret it is, so that scanners find leaked ones
CREDENTIAL_PREFIX = "oxa_"


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new enrollment token; this is the only time that the token itself is known."""

    id: int
    token: str
    expires_at: datetime
    max_uses: int


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What a new token allows: how often and how long, and what its agents get."""

    lifetime: timedelta = timedelta(hours=1)
    max_uses: int = 1
    environment: str = ""
    tags: tuple[str, ...] = ()


async def issue(
    database: Database, request: TokenRequest, actor: str, user_id: int | None, address: str
) -> IssuedToken:
    """Make an enrollment token."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    expires_at = datetime.now(UTC) + request.lifetime
    async with database.transaction() as connection:
        new = await enrollment.add(
            connection, digest(token), user_id, expires_at, request.max_uses, request.environment, request.tags
        )
        await audit.add(
            connection, actor, "enrollment_token.create", f"enrollment_token:{new}", address,
            expires_at=expires_at.isoformat(), max_uses=request.max_uses,
        )  # fmt: skip
    return IssuedToken(new, token, expires_at, request.max_uses)


async def list_open(database: Database) -> list[EnrollmentToken]:
    """Return the tokens that can still be used."""
    async with database.connection() as connection:
        return await enrollment.open_tokens(connection, datetime.now(UTC))


async def revoke(database: Database, token_id: int, actor: str, address: str) -> None:
    """Make a token unusable.

    Raises:
        NotFoundError: there is none with this id that still could be used.
    """
    async with database.transaction() as connection:
        if not await enrollment.revoke(connection, token_id, datetime.now(UTC)):
            raise NotFoundError(f"There is no enrollment token {token_id} that could be revoked.")
        await audit.add(connection, actor, "enrollment_token.revoke", f"enrollment_token:{token_id}", address)


async def register(database: Database, token: str, new: NewAgent, address: str) -> tuple[Agent, str]:
    """Register an agent and return it with its credential, which is not kept in clear anywhere.

    Raises:
        UnauthenticatedError: the token is unknown.
        ForbiddenError: the token is expired, used up or revoked.
    """
    now = datetime.now(UTC)
    try:
        async with database.transaction() as connection:
            permit = await _permit(connection, token, now)
            await enrollment.use(connection, permit.id)
            allowed = replace(
                new,
                environment=permit.environment or new.environment,
                tags=tuple(dict.fromkeys((*new.tags, *permit.tags))),
            )
            secret = secrets.token_urlsafe(32)
            agent = await agents.add(connection, allowed, digest(CREDENTIAL_PREFIX + secret))
            await audit.add(
                connection, f"enrollment_token:{permit.id}", "agent.register", f"agent:{agent.id}", address,
                name=agent.name, type=agent.type, host=agent.host,
            )  # fmt: skip
    except (UnauthenticatedError, ForbiddenError):
        selfmetrics.ENROLLMENTS.labels("refused").inc()
        raise
    selfmetrics.ENROLLMENTS.labels("accepted").inc()
    return agent, CREDENTIAL_PREFIX + secret


async def _permit(connection: Connection, token: str, now: datetime) -> EnrollmentToken:
    permit = await enrollment.find(connection, digest(token))
    if permit is None:
        raise UnauthenticatedError("The enrollment token is not known.")
    if permit.revoked_at is not None:
        raise ForbiddenError("The enrollment token was revoked.")
    if permit.expires_at <= now:
        raise ForbiddenError("The enrollment token has expired.")
    if permit.uses >= permit.max_uses:
        raise ForbiddenError("The enrollment token was used already.")
    return permit
