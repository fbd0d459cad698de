"""Who sent a request: people by session cookie, agents by credential. And logging in and out."""

from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from opsentrix.api.fields import Username
from opsentrix.api.peers import certificate_of
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import ForbiddenError, NotFoundError, PendingError, UnauthenticatedError
from opsentrix.fleet.enrollment import digest
from opsentrix.model.identity import Admission
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
    return agent_with(services, proof_of(connection))


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


def agent_in_path(agent_id: AgentId, services: Hub, request: Request) -> int:
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


def arriving_in_path(agent_id: AgentId, services: Hub, request: Request) -> int:
    """Return the agent of the path, which its session will let in or not: see `agent_in_path`, but it may be pending.

    Raises:
        UnauthenticatedError: the credential is no agent's.
        NotFoundError: there is no such agent.
        ForbiddenError: the credential is another agent's, or was revoked.
    """
    _check_path(agent_id, agent_of(services, request), services)
    return agent_id


def credential_in_path(agent_id: AgentId, services: Hub, request: Request) -> int:
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
