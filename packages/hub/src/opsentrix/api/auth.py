"""Who sent a request: people by session cookie, agents by credential. And logging in and out."""

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
from opsentrix.model.users import Role, User

COOKIE = "opsentrix_session"
AgentId = Annotated[int, Path(ge=1, le=2**63 - 1)]
router = APIRouter(prefix="/api/v1/auth", tags=["auth"])


class Credentials(BaseModel):
    """Name and password."""

    username: Username
    password: str = Field(min_length=1, max_length=1024)


class UserView(BaseModel):
    """A person who is logged in."""

    id: int
    username: str
    role: Role

    @classmethod
    def of(cls, user: User) -> "UserView":
        """Return what others may see of a user."""
        return cls(id=user.id, username=user.username, role=user.role)


class LoginView(BaseModel):
    """The answer to a login."""

    user: UserView


async def user_of(services: Services, connection: HTTPConnection) -> User:
    """Return the person behind a request's cookie.

    Raises:
        UnauthenticatedError: there is no cookie, or its session is over.
    """
    token = connection.cookies.get(COOKIE)
    login = await services.logins.check(token) if token else None
    if login is None:
        raise UnauthenticatedError("Log in first.")
    return login.user


def same_origin(connection: HTTPConnection) -> bool:
    """Return whether a request comes from the hub's own pages, or from no page at all.

    Browsers say so by Sec-Fetch-Site or Origin and no page can forge either; scripts send neither.
    """
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == connection.headers.get("host")


class Needs:
    """A dependency that lets only people of a role in."""

    def __init__(self, role: Role) -> None:
        self._role = role

    async def __call__(self, services: Hub, request: Request) -> User:
        """Return the person.

        Raises:
            UnauthenticatedError: nobody is logged in.
            ForbiddenError: the role is too low, or another site's page sent the request.
        """
        user = await user_of(services, request)
        if request.method not in ("GET", "HEAD", "OPTIONS") and not same_origin(request):
            raise ForbiddenError("The request comes from another site's page.")
        if not user.role.covers(self._role):
            raise ForbiddenError(f"This needs the role {self._role}; yours is {user.role}.")
        return user


Viewer = Annotated[User, Depends(Needs(Role.VIEWER))]
Operator = Annotated[User, Depends(Needs(Role.OPERATOR))]
Admin = Annotated[User, Depends(Needs(Role.ADMIN))]


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
    return agent_with(services, bearer(connection))


def agent_with(services: Services, credential: str) -> int:
    """Return the id of the agent that has a credential.

    Raises:
        UnauthenticatedError: no agent has it.
    """
    agent_id = services.registry.with_credential(digest(credential))
    if agent_id is None:
        raise UnauthenticatedError("The credential is not that of any agent.")
    return agent_id


def agent_in_path(agent_id: AgentId, services: Hub, request: Request) -> int:
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


@router.get("/me", responses=responses(401))
async def me(user: Viewer) -> UserView:
    """Tell who is logged in."""
    return UserView.of(user)
