"""Who sent a request and whether they may: people and their API tokens, agents. And logging in and out."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from opsentrix.api.fields import Username
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from opsentrix.fleet.enrollment import digest
from opsentrix.fleet.registry import Liveness
from opsentrix.model.access import Area, Principal, TokenUse, permits
from opsentrix.model.users import EVERYTHING, Login, Role, Scope, User

COOKIE = "opsentrix_session"
AREAS = {
    "agents": Area.AGENTS,
    "agent configuration": Area.AGENTS,
    "recordings": Area.AGENTS,
    "series": Area.METRICS,
    "enrollment": Area.ENROLLMENT,
    "retention": Area.RETENTION,
    "audit": Area.AUDIT,
}
"""The area of each tag of routes. Routes without one of these tags are for people who logged in, not for API tokens."""
_SAFE = ("GET", "HEAD", "OPTIONS")
_AgentInPath = Annotated[int, Path(ge=1, le=2**63 - 1)]
router = APIRouter(prefix="/api/v1/auth", tags=["auth"])


class Credentials(BaseModel):
    """Name and password."""

    username: Username
    password: str = Field(min_length=1, max_length=1024)


class ScopeView(BaseModel):
    """Which agents: those of these environments, and those with one of these tags; all where both are empty."""

    environments: list[str]
    tags: list[str]

    @classmethod
    def of(cls, scope: Scope) -> "ScopeView":
        """Return a scope as it is shown."""
        return cls(environments=sorted(scope.environments), tags=sorted(scope.tags))


class UserView(BaseModel):
    """A person who is logged in, and which agents they see."""

    id: int
    username: str
    role: Role
    scope: ScopeView

    @classmethod
    def of(cls, user: User) -> "UserView":
        """Return what others may see of a user."""
        return cls(id=user.id, username=user.username, role=user.role, scope=ScopeView.of(user.scope))


class LoginView(BaseModel):
    """The answer to a login."""

    user: UserView


async def login_of(services: Services, connection: HTTPConnection) -> Login:
    """Return the session of a request's cookie.

    Raises:
        UnauthenticatedError: there is no cookie, or its session is over.
    """
    token = connection.cookies.get(COOKIE)
    login = await services.logins.check(token) if token else None
    if login is None:
        raise UnauthenticatedError("Log in first.")
    return login


def same_origin(connection: HTTPConnection) -> bool:
    """Return whether a request comes from the hub's own pages, or from no page at all.

    Browsers say so by Sec-Fetch-Site or Origin and no page can forge either; scripts send neither.
    """
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == connection.headers.get("host")


async def principal_of(services: Services, connection: HTTPConnection) -> Principal:
    """Return who acts by a request: the API token that it bears, or the person behind its cookie.

    Raises:
        UnauthenticatedError: neither is worth anything.
    """
    # A proxy may ask for a password of its own, in the same header: only Bearer is meant for the hub.
    if connection.headers.get("authorization", "").partition(" ")[0].lower() == "bearer":
        return await services.api_tokens.check(bearer(connection), address_of(connection))
    return Principal.of(await login_of(services, connection))


async def principal_again(services: Services, who: Principal) -> Principal | None:
    """Return somebody as they are now; None when their session or API token is worth nothing any more."""
    if who.token is not None:
        return await services.api_tokens.again(who.token.id)
    login = None if who.session is None else await services.logins.again(who.session)
    return None if login is None else Principal.of(login)


async def _identified(services: Hub, request: Request) -> Principal:
    """Return who acts, once for each request.

    Raises:
        UnauthenticatedError: nobody is logged in, and no valid API token was sent.
        ForbiddenError: another site's page sent the request.
    """
    who = await principal_of(services, request)
    # No page can send a token that its site does not have, so this is about cookies only.
    if who.token is None and request.method not in _SAFE and not same_origin(request):
        raise ForbiddenError("The request comes from another site's page.")
    return who


Identified = Annotated[Principal, Depends(_identified)]


class Needs:
    """A dependency that lets only those in who have a role, and of API tokens only those that may use the route."""

    def __init__(self, role: Role, *, everywhere: bool = False) -> None:
        self._role = role
        self._everywhere = everywhere

    async def __call__(self, who: Identified, request: Request) -> Principal:
        """Return who acts.

        Raises:
            ForbiddenError: the role is too low, the API token is not for this, or all agents must be within reach.
        """
        if not who.role.covers(self._role):
            raise ForbiddenError(f"This needs the role {self._role}; yours is {who.role}.")
        if who.token is not None:
            _check_permissions(who.token, request)
        if self._everywhere and not who.everywhere:
            raise ForbiddenError(f"This needs the role {self._role} for all agents; yours is limited to some.")
        return who


def _check_permissions(token: TokenUse, request: Request) -> None:
    tags = getattr(request.scope.get("route"), "tags", ())
    area = next((AREAS[tag] for tag in tags if tag in AREAS), None)
    writing = request.method not in _SAFE
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
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UnauthenticatedError("An Authorization header with a Bearer token is needed.")
    return token.strip()


def agent_of(services: Services, connection: HTTPConnection) -> int:
    """Return the id of the agent whose credential the request bears.

    Raises:
        UnauthenticatedError: no credential, or one that no agent has.
    """
    agent_id = services.registry.with_credential(digest(bearer(connection)))
    if agent_id is None:
        raise UnauthenticatedError("The credential is not that of any agent.")
    return agent_id


def agent_in_path(agent_id: _AgentInPath, services: Hub, request: Request) -> int:
    """Return the agent of the path if the request bears its credential.

    Raises:
        UnauthenticatedError: the credential is no agent's.
        NotFoundError: there is no such agent.
        ForbiddenError: the credential is another agent's.
    """
    bearer_of = agent_of(services, request)
    if services.registry.get(agent_id) is None:
        raise NotFoundError(f"There is no agent {agent_id}.")
    if bearer_of != agent_id:
        raise ForbiddenError(f"The credential is not that of agent {agent_id}.")
    return agent_id


AuthenticatedAgent = Annotated[int, Depends(agent_in_path)]


@router.post("/login", responses=responses(400, 401, 403, 422, 429))
async def login(body: Credentials, services: Hub, request: Request, response: Response) -> LoginView:
    """Open a session and set its cookie."""
    if not same_origin(request):
        raise ForbiddenError("The request comes from another site's page.")
    user, token = await services.logins.open(
        body.username, body.password, address_of(request), request.headers.get("user-agent", "")
    )
    response.set_cookie(
        COOKIE, token, max_age=services.settings.session_hours * 3600, httponly=True, samesite="strict",
        secure=services.settings.cookies_over_https_only, path="/",
    )  # fmt: skip
    return LoginView(user=UserView.of(user))


@router.post("/logout", status_code=204)
async def logout(services: Hub, request: Request, response: Response) -> None:
    """End the session, if there is one."""
    if (token := request.cookies.get(COOKIE)) and same_origin(request):
        await services.logins.close(token)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


@router.get("/me", responses=responses(401, 403))
async def me(user: Viewer) -> UserView:
    """Tell who is logged in."""
    scope = user.scopes[0] if user.scopes else EVERYTHING
    return UserView(id=user.id, username=user.username, role=user.role, scope=ScopeView.of(scope))
