"""Logging in, in one step or two, and out; proving again who is at the keyboard; setting a password by a link."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from opsentrix.access.logins import CHALLENGE_LIFETIME
from opsentrix.api.auth import COOKIE, Person, ScopeView, check_same_origin, login_of, set_session_cookie
from opsentrix.api.fields import Username
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import UnauthenticatedError
from opsentrix.model.identities import OIDC
from opsentrix.model.users import Login, Role

CHALLENGE_COOKIE = "opsentrix_challenge"
_PATH = "/api/v1/auth"
router = APIRouter(prefix=_PATH, tags=["auth"])

Password = Annotated[str, Field(min_length=1, max_length=1024)]
Code = Annotated[str, Field(min_length=6, max_length=64, description="Six digits of the app, or a recovery code.")]
LinkToken = Annotated[str, Field(min_length=1, max_length=128)]


class Credentials(BaseModel):
    """Name and password."""

    username: Username
    password: Password


class SecondFactor(BaseModel):
    """The second step of a login."""

    code: Code


class Confirmation(BaseModel):
    """A proof of who is at the keyboard: the code for those who have a second factor, the password for all others."""

    password: Annotated[str, Field(max_length=1024)] = ""
    code: Annotated[str, Field(max_length=64)] = ""


class UserView(BaseModel):
    """A person who is logged in, and which agents they see."""

    id: int
    username: str
    role: Role
    scope: ScopeView
    method: str = Field(description="How they logged in.")
    totp: bool = Field(description="Whether they have a second factor.")
    must_enroll: bool = Field(description="Whether they have to set one up before anything else.")

    @classmethod
    def of(cls, login: Login) -> "UserView":
        """Return a person who is logged in as they are shown."""
        user = login.user
        return cls(
            id=user.id, username=user.username, role=user.role, scope=ScopeView.of(user.scope), method=login.method,
            totp=login.totp, must_enroll=login.must_enroll,
        )  # fmt: skip


class LoginView(BaseModel):
    """The answer to a login."""

    user: UserView


class LogoutView(BaseModel):
    """Where somebody who came by an identity provider logs out there too."""

    provider: str
    url: str


class ChallengeView(BaseModel):
    """The password was right; a cookie lets this browser send the code of the second factor until then."""

    second_factor: bool
    expires_at: datetime


class LinkBody(BaseModel):
    """The token of an invitation or a reset link."""

    token: LinkToken


class LinkView(BaseModel):
    """Whose link it is."""

    username: str
    invitation: bool = Field(description="False for a link that resets a password.")
    expires_at: datetime


class NewPassword(LinkBody):
    """A password for the owner of a link."""

    password: Password


class JoinedView(BaseModel):
    """Who can log in with the new password."""

    username: str


@router.post(
    "/login",
    response_model=LoginView,
    responses={
        **responses(400, 401, 403, 422, 429),
        202: {"model": ChallengeView, "description": "The second factor comes next."},
    },
)
async def login(body: Credentials, services: Hub, request: Request, response: Response) -> LoginView | Response:
    """Open a session and set its cookie, or ask for the second factor."""
    check_same_origin(services, request)
    opened = await services.logins.open(body.username, body.password, address_of(request), user_agent_of(request))
    if opened.complete:
        return await _begin(services, request, response, opened.token)
    seconds = int(CHALLENGE_LIFETIME.total_seconds())
    challenge = ChallengeView(
        second_factor=True, expires_at=datetime.fromtimestamp(services.clock(), UTC) + CHALLENGE_LIFETIME
    )
    answer = Response(challenge.model_dump_json(), 202, media_type="application/json")
    answer.set_cookie(
        CHALLENGE_COOKIE, opened.token, max_age=seconds, httponly=True, samesite="strict",
        secure=services.settings.cookies_over_https_only, path=_PATH,
    )  # fmt: skip
    return answer


@router.post("/login/second-factor", responses=responses(400, 401, 403, 422, 429, 503))
async def second_factor(body: SecondFactor, services: Hub, request: Request, response: Response) -> LoginView:
    """Open a session with the code of the second factor, in the browser that sent the right password."""
    check_same_origin(services, request)
    challenge = request.cookies.get(CHALLENGE_COOKIE)
    if not challenge:
        raise UnauthenticatedError("Name and password come first.")
    _, token = await services.logins.complete(challenge, body.code, address_of(request), user_agent_of(request))
    response.delete_cookie(CHALLENGE_COOKIE, path=_PATH, httponly=True, samesite="strict")
    return await _begin(services, request, response, token)


@router.post(
    "/logout",
    status_code=204,
    response_model=None,
    responses={
        **responses(403),
        200: {"model": LogoutView, "description": "The identity provider can be logged out of too."},
    },
)
async def logout(services: Hub, request: Request) -> Response:
    """End the session, if there is one."""
    provider_url = None
    if token := request.cookies.get(COOKIE):
        check_same_origin(services, request)
        ended = await services.logins.close(token, address_of(request))
        if ended is not None and ended.method == OIDC and services.provider_logins is not None:
            provider_url = await services.provider_logins.logout_url(f"{services.settings.url}/dashboard/login")
    if provider_url is None:
        answer = Response(status_code=204)
    else:
        view = LogoutView(provider=services.settings.oidc_name, url=provider_url)
        answer = Response(view.model_dump_json(), media_type="application/json")
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


@router.get("/me", responses=responses(401, 403))
async def me(person: Person, services: Hub, request: Request) -> UserView:
    """Tell who is logged in."""
    return UserView.of(await login_of(services, request))


@router.post("/confirm", status_code=204, responses=responses(400, 401, 403, 422, 429, 503))
async def confirm(body: Confirmation, person: Person, services: Hub, request: Request, response: Response) -> None:
    """Prove again who is at the keyboard; dangerous acts are let through for ten minutes."""
    login = await login_of(services, request)
    token = await services.logins.confirm(login.session_id, body.password, body.code, address_of(request))
    if token is not None:
        set_session_cookie(services, response, token)


@router.post("/password-link", responses=responses(400, 403, 404, 422, 429))
async def password_link(body: LinkBody, services: Hub, request: Request) -> LinkView:
    """Tell whose invitation or reset link a token is of."""
    check_same_origin(services, request)
    owner = await services.people.owner_of(body.token)
    return LinkView(username=owner.username, invitation=owner.invitation, expires_at=owner.expires_at)


@router.post("/password-link/use", responses=responses(400, 403, 404, 422, 429))
async def use_password_link(body: NewPassword, services: Hub, request: Request) -> JoinedView:
    """Set the password of the link's owner; logging in with it comes next, and the second factor if there is one."""
    check_same_origin(services, request)
    return JoinedView(username=await services.people.set_password(body.token, body.password, address_of(request)))


async def _begin(services: Services, request: Request, response: Response, token: str) -> LoginView:
    """Give the browser a new session; the one that it had, whoever gave it, ends."""
    if before := request.cookies.get(COOKIE):
        await services.logins.close(before, address_of(request))
    login = await services.logins.check(token)
    if login is None:
        raise UnauthenticatedError("The login was ended meanwhile: log in again.")
    set_session_cookie(services, response, token)
    return LoginView(user=UserView.of(login))


def user_agent_of(request: Request) -> str:
    """Return what a browser calls itself, as it can be stored."""
    return request.headers.get("user-agent", "").replace("\0", "")
