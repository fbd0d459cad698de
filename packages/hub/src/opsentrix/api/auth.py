"""Who sent a request and whether they may: people and their API tokens, agents."""

from datetime import UTC, datetime
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from fastapi import Depends, Path, Request, Response
from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from opsentrix.api.peers import certificate_of
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.api.strangers import vouch
from opsentrix.errors import (
    ConfirmationNeededError,
    ForbiddenError,
    NotFoundError,
    PendingError,
    SecondFactorNeededError,
    UnauthenticatedError,
)
from opsentrix.fleet.registry import Liveness
from opsentrix.model.access import Area, Principal, TokenUse, permits
from opsentrix.model.identity import Admission
from opsentrix.model.tokens import digest
from opsentrix.model.users import Login, Role, Scope

COOKIE = "opsentrix_session"
AREAS = {
    "agents": Area.AGENTS,
    "agent configuration": Area.AGENTS,
    "identity": Area.AGENTS,
    "certificates": Area.AGENTS,
    "recordings": Area.AGENTS,
    "series": Area.METRICS,
    "dashboards": Area.METRICS,
    "enrollment": Area.ENROLLMENT,
    "retention": Area.RETENTION,
    "audit": Area.AUDIT,
    "alerts": Area.ALERTING,
    "notifications": Area.ALERTING,
    "commands": Area.RESPOND,
    "runbooks": Area.RESPOND,
    "annotations": Area.ANNOTATIONS,
}
"""The area of each tag of routes. Routes without one of these tags are for people who logged in, not for API tokens."""
_SAFE = ("GET", "HEAD", "OPTIONS")
_AgentInPath = Annotated[int, Path(ge=1, le=2**63 - 1)]


class ScopeView(BaseModel):
    """Which agents: those of these environments, and those with one of these tags; all where both are empty."""

    environments: list[str]
    tags: list[str]

    @classmethod
    def of(cls, scope: Scope) -> "ScopeView":
        """Return a scope as it is shown."""
        return cls(environments=sorted(scope.environments), tags=sorted(scope.tags))


async def login_of(services: Services, connection: HTTPConnection) -> Login:
    """Return the session of a request's cookie.

    Raises:
        UnauthenticatedError: there is no cookie, or its session is over.
    """
    token = connection.cookies.get(COOKIE)
    login = await services.logins.check(token) if token else None
    if login is None:
        raise UnauthenticatedError("Log in first.")
    vouch(connection.scope)
    return login


def check_same_origin(services: Services, connection: HTTPConnection) -> None:
    """Check that a request comes from the hub's own pages, or from no page at all.

    Raises:
        ForbiddenError: another site's page sent it.
    """
    if not same_origin(services, connection):
        raise ForbiddenError("The request comes from another site's page.")


def same_origin(services: Services, connection: HTTPConnection) -> bool:
    """Return whether a request comes from the hub's own pages, or from no page at all.

    Browsers say so by Sec-Fetch-Site, which they send to HTTPS and to their own machine only, or by Origin. No page can
    forge either; scripts send neither. A proxy may pass on another Host than the browser sent: `public_url` counts too.
    """
    headers, settings = connection.headers, services.settings
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site in ("same-origin", "none")
    if origin is None:
        return True
    parts = urlsplit(origin)
    known = {headers.get("host", "").lower(), urlsplit(settings.url).netloc.lower()}
    https = connection.url.scheme in ("https", "wss") or settings.cookies_over_https_only
    # Who can change plain HTTP on the way can make pages of the hub's own name.
    return parts.netloc.lower() in known and (parts.scheme == "https" or not https)


def set_session_cookie(services: Services, response: Response, token: str) -> None:
    """Give the browser a session's token to keep: out of scripts' reach, and for this site's own requests only."""
    response.set_cookie(
        COOKIE, token, max_age=services.settings.session_hours * 3600, httponly=True, samesite="strict",
        secure=services.settings.cookies_over_https_only, path="/",
    )  # fmt: skip


def _bears_token(connection: HTTPConnection) -> bool:
    # A proxy may ask for a password of its own, in the same header: only Bearer is meant for the hub.
    return connection.headers.get("authorization", "").partition(" ")[0].lower() == "bearer"


async def principal_of(services: Services, connection: HTTPConnection) -> Principal:
    """Return who acts by a request: the API token that it bears, or the person behind its cookie.

    Raises:
        UnauthenticatedError: neither is worth anything.
    """
    if _bears_token(connection):
        who = await services.api_tokens.check(bearer(connection), address_of(connection))
        vouch(connection.scope)
        return who
    return Principal.of(await login_of(services, connection))


async def principal_again(services: Services, who: Principal) -> Principal | None:
    """Return somebody as they are now; None when their session or API token is worth nothing any more."""
    if who.token is not None:
        return await services.api_tokens.again(who.token.id)
    login = None if who.session is None else await services.logins.again(who.session)
    return None if login is None else Principal.of(login)


async def _identified(services: Hub, request: Request, response: Response) -> Principal:
    """Return who acts, once for each request; the browser gets the session's new token, when there is one.

    Raises:
        UnauthenticatedError: nobody is logged in, and no valid API token was sent.
        ForbiddenError: another site's page sent the request.
    """
    if _bears_token(request):
        who = await services.api_tokens.check(bearer(request), address_of(request))
        request.state.actor = who.actor
        return who
    login = await login_of(services, request)
    who = Principal.of(login)
    request.state.actor = who.actor
    # No page can send a token that its site does not have, so this is about cookies only.
    if request.method not in _SAFE:
        check_same_origin(services, request)
    # Where the answer is made without this response, the browser does not get it and stays with what it has.
    renewed = await services.logins.renew(login, request.cookies[COOKIE])
    if renewed is not None:
        set_session_cookie(services, response, renewed)
    return who


Identified = Annotated[Principal, Depends(_identified)]


class Needs:
    """A dependency that lets only those in who have a role, and of API tokens only those that may use the route."""

    def __init__(self, role: Role, *, everywhere: bool = False, proven: bool = False, enrolling: bool = False) -> None:
        """Take what is needed.

        Args:
            role: the lowest that may.
            everywhere: all agents must be within reach.
            proven: it is dangerous: whoever logged in must have proved lately that it is them.
            enrolling: who has to set up a second factor first may already.
        """
        self._role = role
        self._everywhere = everywhere
        self._proven = proven
        self._enrolling = enrolling

    async def __call__(self, who: Identified, services: Hub, request: Request) -> Principal:
        """Return who acts.

        Raises:
            ForbiddenError: the role is too low, the API token is not for this, or all agents must be within reach.
            SecondFactorNeededError: a second factor has to be set up first.
            ConfirmationNeededError: the last proof is too old.
        """
        if who.must_enroll and not self._enrolling:
            raise SecondFactorNeededError("Set up two-factor authentication first: this hub wants it of your role.")
        if not who.role.covers(self._role):
            raise ForbiddenError(f"This needs the role {self._role}; yours is {who.role}.")
        if who.token is not None:
            _check_permissions(who.token, request)
        if self._everywhere and not who.everywhere:
            raise ForbiddenError(f"This needs the role {self._role} for all agents; yours is limited to some.")
        if self._proven:
            check_proven(services, who)
        return who


def check_proven(services: Services, who: Principal) -> None:
    """Check that whoever logged in proved lately that it is them.

    Raises:
        ConfirmationNeededError: not so.
    """
    if not who.proven(datetime.fromtimestamp(services.clock(), UTC)):
        raise ConfirmationNeededError("Confirm that it is you, then try again.")


def _check_permissions(token: TokenUse, request: Request) -> None:
    tags = getattr(request.scope.get("route"), "tags", ())
    area = next((AREAS[tag] for tag in tags if tag in AREAS), None)
    check_area(token, area, writing=request.method not in _SAFE)


def check_area(token: TokenUse, area: Area | None, *, writing: bool) -> None:
    """Check that an API token may read or write in an area; None is what no token may.

    Raises:
        ForbiddenError: not so.
    """
    if area is None:
        raise ForbiddenError("API tokens cannot do this; log in.")
    if not permits(token.permissions, area, writing=writing):
        raise ForbiddenError(f"The API token lacks the permission {area}:{'write' if writing else 'read'}.")


Viewer = Annotated[Principal, Depends(Needs(Role.VIEWER))]
Operator = Annotated[Principal, Depends(Needs(Role.OPERATOR))]
ScopedAdmin = Annotated[Principal, Depends(Needs(Role.ADMIN))]
"""An admin, of some agents only perhaps: for what concerns the agent in the path and nothing else."""
Admin = Annotated[Principal, Depends(Needs(Role.ADMIN, everywhere=True))]
"""An admin of all agents: for what concerns everybody."""
Person = Annotated[Principal, Depends(Needs(Role.VIEWER, enrolling=True))]
"""Anybody who logged in, on the way to their second factor too: for their own account."""
ProvenPerson = Annotated[Principal, Depends(Needs(Role.VIEWER, enrolling=True, proven=True))]
"""The same, for what is dangerous to the account: the password or second factor was asked for lately."""
EverywhereViewer = Annotated[Principal, Depends(Needs(Role.VIEWER, everywhere=True))]
"""Anybody who sees all agents: for what names environments and tags of all."""
EverywhereOperator = Annotated[Principal, Depends(Needs(Role.OPERATOR, everywhere=True))]
ProvenScopedAdmin = Annotated[Principal, Depends(Needs(Role.ADMIN, proven=True))]
"""A `ScopedAdmin` of whom the password or second factor was asked for lately: for what cannot be undone."""
ProvenAdmin = Annotated[Principal, Depends(Needs(Role.ADMIN, everywhere=True, proven=True))]
"""An `Admin` of whom the password or second factor was asked for lately: for what changes who may do what."""


def visible(services: Services, who: Principal, agent_id: int) -> Liveness:
    """Return what is known of an agent.

    Raises:
        NotFoundError: there is none of this id within reach; the text does not tell whether there is one beyond it.
    """
    known = services.visibility.find(who.scopes, agent_id)
    if known is None:
        raise NotFoundError(f"There is no agent {agent_id}.")
    return known


def _within_reach(agent_id: _AgentInPath, who: Identified, services: Hub) -> int:
    """Return the agent of the path.

    Raises:
        NotFoundError: it is beyond the reach of who asks. To those who reach all, the route itself says what is not.
    """
    if not who.everywhere:
        visible(services, who, agent_id)
    return agent_id


AgentId = Annotated[int, Depends(_within_reach)]
"""The `agent_id` in the path of a route for people and API tokens, once it is within their reach."""


def bearer(connection: HTTPConnection) -> str:
    """Return the token of the Authorization header.

    Raises:
        UnauthenticatedError: there is none.
    """
    token = bearer_token(connection.headers)
    if not token:
        raise UnauthenticatedError("An Authorization header with a Bearer token is needed.")
    return token


def bearer_token(headers: Headers) -> str:
    """Return the token of the Authorization header; empty when it holds none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


class Proof(NamedTuple):
    """What an agent proves itself with: a credential, the certificate (DER) that TLS was shown, or both.

    Attributes:
        address: where it comes from.
    """

    credential: str | None
    certificate: bytes | None
    address: str


def agent_of(services: Services, connection: HTTPConnection) -> int:
    """Return the agent whose credential a request bears, whose certificate it shows, or both; it may wait for approval.

    Raises:
        UnauthenticatedError: neither, one that is not taken, or two that are not of one agent.
        RevokedError: the credential or its agent was revoked.
    """
    agent_id = agent_with(services, proof_of(connection))
    vouch(connection.scope)
    return agent_id


def proof_of(connection: HTTPConnection) -> Proof:
    """Return what an agent proves itself with.

    Raises:
        UnauthenticatedError: the Authorization header is none with a Bearer token.
    """
    credential = bearer(connection) if "authorization" in connection.headers else None
    return Proof(credential, certificate_of(connection), address_of(connection))


def agent_with(services: Services, proof: Proof) -> int:
    """Return the agent that has a credential, a certificate, or both; see `agent_of`."""
    bearer_of = None if proof.credential is None else _bearer_of(services, proof.credential, proof.address)
    agent_id = services.certificates.admit(bearer_of, proof.certificate, proof.address)
    services.credentials.check_standing(agent_id, proof.address)
    return agent_id


def _bearer_of(services: Services, credential: str, address: str) -> int:
    return services.credentials.authenticate(digest(credential), address)


def agent_in_path(agent_id: _AgentInPath, services: Hub, request: Request) -> int:
    """Return the agent of the path if the request bears its credential.

    Raises:
        UnauthenticatedError: the credential is no agent's.
        NotFoundError: there is no such agent.
        ForbiddenError: the credential is another agent's, or was revoked, or nobody has approved the agent yet.
    """
    arriving_in_path(agent_id, services, request)
    if services.registry.admission(agent_id) is Admission.PENDING:
        raise PendingError("Nobody has approved this agent yet.")
    return agent_id


def arriving_in_path(agent_id: _AgentInPath, services: Hub, request: Request) -> int:
    """Return the agent of the path, which its session will let in or not: see `agent_in_path`, but it may be pending.

    Raises:
        UnauthenticatedError: the credential is no agent's.
        NotFoundError: there is no such agent.
        ForbiddenError: the credential is another agent's, or was revoked.
    """
    _check_path(agent_id, agent_of(services, request), services)
    return agent_id


def credential_in_path(agent_id: _AgentInPath, services: Hub, request: Request) -> int:
    """Return the agent of the path if the request bears its credential, whatever its certificate; it may be pending.

    Raises:
        UnauthenticatedError: the credential is no agent's.
        NotFoundError: there is no such agent.
        ForbiddenError: the credential is another agent's, or was revoked.
    """
    _check_path(agent_id, _bearer_of(services, bearer(request), address_of(request)), services)
    return agent_id


def _check_path(agent_id: int, bearer_of: int, services: Services) -> None:
    if services.registry.get(agent_id) is None:
        raise NotFoundError(f"There is no agent {agent_id}.")
    if bearer_of != agent_id:
        raise ForbiddenError(f"The credential is not that of agent {agent_id}.")


ArrivingAgent = Annotated[int, Depends(arriving_in_path)]
AuthenticatedAgent = Annotated[int, Depends(agent_in_path)]
CredentialedAgent = Annotated[int, Depends(credential_in_path)]
