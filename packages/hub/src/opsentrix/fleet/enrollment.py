"""How new agents get in: tokens by people, and the credential that each agent gets for itself."""

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from opsentrix import selfmetrics
from opsentrix.db import Connection, Database
from opsentrix.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from opsentrix.model.agents import Agent, EnrollmentToken, NewAgent, TokenRequest, TokenState
from opsentrix.model.identity import Admission
from opsentrix.model.tokens import digest
from opsentrix.storage import admission, agents, audit, certificates, clones, credentials, enrollment

TOKEN_PREFIX = "oxe_"  # noqa: S105 - says what kind of secret it is, so that scanners find leaked ones
CREDENTIAL_PREFIX = "oxa_"
_REFUSALS = {
    TokenState.REVOKED: "The enrollment token was revoked.",
    TokenState.EXPIRED: "The enrollment token has expired.",
    TokenState.USED: "The enrollment token was used already.",
}


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new enrollment token; this is the only time that the token itself is known."""

    id: int
    token: str
    expires_at: datetime
    max_uses: int


@dataclass(frozen=True, slots=True)
class Enrollment:
    """An agent that enrolled, with its credential, which is not kept in clear anywhere.

    Attributes:
        again: whether it was there before: its older credentials and certificates are worth nothing now.
    """

    agent: Agent
    credential: str
    again: bool


async def issue(
    database: Database, request: TokenRequest, actor: str, user_id: int | None, address: str
) -> IssuedToken:
    """Make an enrollment token.

    Raises:
        NotFoundError: the agent that it is for does not exist.
    """
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    expires_at = datetime.now(UTC) + request.lifetime
    async with database.transaction() as connection:
        if request.agent_id is not None and await agents.get(connection, request.agent_id) is None:
            raise NotFoundError(f"There is no agent {request.agent_id}.")
        new = await enrollment.add(connection, digest(token), user_id, expires_at, request)
        await audit.add(
            connection, actor, "enrollment_token.create", f"enrollment_token:{new}", address,
            expires_at=expires_at.isoformat(), max_uses=request.max_uses, types=request.types,
            environment=request.environment, tags=request.tags, approval=request.approval, agent=request.agent_id,
        )  # fmt: skip
    return IssuedToken(new, token, expires_at, request.max_uses)


async def listed(database: Database, *, spent: bool) -> tuple[list[EnrollmentToken], dict[int, list[tuple[int, str]]]]:
    """Return the tokens that can still be used, or all, and id and name of the agents that each one let in."""
    async with database.connection() as connection:
        tokens = await enrollment.listed(connection, datetime.now(UTC), spent=spent)
        return tokens, await enrollment.enrolled(connection, [one.id for one in tokens])


async def revoke(database: Database, token_id: int, actor: str, address: str) -> None:
    """Make a token unusable.

    Raises:
        NotFoundError: there is none with this id that still could be used.
    """
    async with database.transaction() as connection:
        if not await enrollment.revoke(connection, token_id, datetime.now(UTC)):
            raise NotFoundError(f"There is no enrollment token {token_id} that could be revoked.")
        await audit.add(connection, actor, "enrollment_token.revoke", f"enrollment_token:{token_id}", address)


async def register(
    database: Database, token: str, new: NewAgent, address: str, *, approval: bool = False
) -> Enrollment:
    """Register an agent.

    Args:
        database: the hub's.
        token: the enrollment token.
        new: what the agent says of itself.
        address: where it says so from.
        approval: whether every new agent waits for a person.

    Raises:
        UnauthenticatedError: the token is unknown.
        ForbiddenError: the token is expired, used up or revoked, or not for such an agent.
    """
    try:
        async with database.transaction() as connection:
            permit = await enrollment.find(connection, digest(token))
            if permit is None:
                raise UnauthenticatedError("The enrollment token is not known.")
            refusal = _refusal(permit, new)
            done = None if refusal else await _enroll(connection, permit, new, address, approval=approval)
            if refusal:
                await audit.add(
                    connection, f"enrollment_token:{permit.id}", "agent.register", f"enrollment_token:{permit.id}",
                    address, name=new.name, type=new.type, host=new.host, reason=refusal, result="refused",
                )  # fmt: skip
        if done is None:
            raise ForbiddenError(refusal)
    except (UnauthenticatedError, ForbiddenError):
        selfmetrics.ENROLLMENTS.labels("refused").inc()
        raise
    selfmetrics.ENROLLMENTS.labels("accepted").inc()
    return done


def _refusal(permit: EnrollmentToken, new: NewAgent) -> str:
    state = permit.state(datetime.now(UTC))
    if state is not TokenState.OPEN:
        return _REFUSALS[state]
    if permit.types and new.type not in permit.types:
        return f"The enrollment token is for agents of type {', '.join(permit.types)}, not {new.type}."
    return ""


async def _enroll(
    connection: Connection, permit: EnrollmentToken, new: NewAgent, address: str, *, approval: bool
) -> Enrollment:
    await enrollment.use(connection, permit.id)
    agent = None if permit.agent_id is None else await agents.get(connection, permit.agent_id)
    again = agent is not None
    if agent is None:
        environment = permit.environment or new.environment
        tags = tuple(dict.fromkeys((*new.tags, *permit.tags)))
        agent = await agents.add(connection, replace(new, environment=environment, tags=tags))
    # Whoever makes a token for one agent has decided about it already.
    waits = (approval or permit.approval) and not again
    standing = Admission.PENDING if waits else Admission.ADMITTED
    await admission.enrolled(connection, agent.id, standing, permit.id, address)
    credential = CREDENTIAL_PREFIX + secrets.token_urlsafe(32)
    await credentials.add_active(connection, agent.id, digest(credential))
    if again:
        await certificates.revoke(connection, None, agent.id)
        await clones.settle(connection, agent.id)
    await audit.add(
        connection, f"enrollment_token:{permit.id}", "agent.enroll_again" if again else "agent.register",
        f"agent:{agent.id}", address, name=new.name, type=new.type, host=new.host, admission=standing,
    )  # fmt: skip
    return Enrollment(replace(agent, admission=standing, enrolled_with=permit.id), credential, again)
