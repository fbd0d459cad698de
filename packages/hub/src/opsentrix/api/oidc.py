"""Logging in at an OpenID Connect provider, and linking an account to it.

Browsers come back from the provider by a request of another site: they bring the cookie of the login under way
(`SameSite=Lax`), but not the session's (`Strict`). So whatever belongs to the session lies sealed in the former, and
the answer leads to a page of the dashboard, whose own requests are the hub's again.
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from opsentrix.access.oidc import LIFETIME, Answer, Begun, ProviderLogins, Purpose
from opsentrix.api.auth import COOKIE, Person, ProvenPerson, login_of, set_session_cookie
from opsentrix.api.login import user_agent_of
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import NotFoundError, OpsentrixError, UnauthenticatedError

PROVIDER_COOKIE = "opsentrix_oidc"
_PATH = "/api/v1/auth/oidc"
CALLBACK = f"{_PATH}/callback"
_PAGES = {
    Purpose.LOGIN: "/dashboard/login",
    Purpose.LINK: "/dashboard/account",
    Purpose.CONFIRM: "/dashboard/confirmed",
}
"""Where browsers end up: after a login only when it failed."""
# A path of the dashboard and nothing that a browser could take for another host.
NextPage = Annotated[str, Query(max_length=512, pattern=r"^/dashboard(/([A-Za-z0-9._~%!$&'()*+,;=:@?-]+/?)*)?$")]
IdentityId = Annotated[int, Path(ge=1, le=2**63 - 1)]
_Brought = Annotated[str | None, Query(max_length=4096)]
router = APIRouter(prefix="/api/v1/auth", tags=["auth"])
account_router = APIRouter(prefix="/api/v1/account/identities", tags=["account"])


class ProviderView(BaseModel):
    """An identity provider."""

    name: str
    login_url: str = Field(description="Path to send a browser to; `next` is the page of the dashboard to go to.")


class ProviderList(BaseModel):
    """Where people can log in but here."""

    items: list[ProviderView]


class JourneyView(BaseModel):
    """Where a person goes on, in this browser."""

    url: str


class IdentityView(BaseModel):
    """Who somebody is at an identity provider."""

    id: int
    provider: str
    label: str = Field(description="What the provider calls them.")
    gives_role: bool = Field(description="Whether the provider decides on the role.")
    created_at: datetime
    last_login_at: datetime | None


class IdentityList(BaseModel):
    """What an account is linked to."""

    items: list[IdentityView]
    has_password: bool = Field(description="Whether one can log in without a provider too.")


@router.get("/providers")
async def list_providers(services: Hub) -> ProviderList:
    """List where people can log in but here."""
    if services.provider_logins is None:
        return ProviderList(items=[])
    return ProviderList(items=[ProviderView(name=services.settings.oidc_name, login_url=f"{_PATH}/login")])


@router.get(
    "/oidc/login", status_code=303, response_class=RedirectResponse, responses=responses(404, 422, 503)
)  # fmt: skip
async def begin_login(
    services: Hub, request: Request, next_page: Annotated[NextPage, Query(alias="next")] = "/dashboard/"
) -> Response:
    """Send a browser to the provider; the one that comes back is logged in."""
    try:
        begun = await _provider(services).begin(Purpose.LOGIN, next_page, await _session(services, request))
    except OpsentrixError as error:
        return _refused(request, Purpose.LOGIN, error)
    answer = RedirectResponse(begun.url, 303)
    _remember(services, answer, begun)
    return answer


@router.get(
    "/oidc/callback",
    status_code=303,
    response_class=RedirectResponse,
    responses=responses(401, 403, 404, 409, 422, 503),
)
async def callback(
    services: Hub, request: Request, state: _Brought = None, code: _Brought = None, error: _Brought = None,
    iss: _Brought = None,
) -> Response:  # fmt: skip
    """Take a browser back from the provider. Browsers are shown the dashboard, others the problem if there is one."""
    provider, kept = _provider(services), request.cookies.get(PROVIDER_COOKIE, "")
    try:
        arrived = await provider.arrive(
            kept, Answer(state, code, error, iss), address_of(request), user_agent_of(request)
        )
    except OpsentrixError as problem:
        answer = _refused(request, provider.purpose_of(kept), problem)
    else:
        # Pages cannot see the cookie: without this one would not ask who is logged in before the first login here.
        mark = "#logged-in" if arrived.purpose is Purpose.LOGIN else ""
        answer = RedirectResponse(f"{arrived.next}{mark}", 303)
        if arrived.token is not None:
            set_session_cookie(services, answer, arrived.token)
    answer.delete_cookie(PROVIDER_COOKIE, path=_PATH, httponly=True, samesite="lax")
    return answer


@router.post("/oidc/confirm", responses=responses(401, 403, 404, 503))
async def begin_confirmation(person: Person, services: Hub, response: Response) -> JourneyView:
    """Begin to prove again who is at the keyboard, by logging in at the provider anew."""
    begun = await _provider(services).begin(Purpose.CONFIRM, _PAGES[Purpose.CONFIRM], person.session)
    _remember(services, response, begun)
    return JourneyView(url=begun.url)


@account_router.get("", responses=responses(401, 403))
async def list_identities(person: Person, services: Hub) -> IdentityList:
    """List what one's own account is linked to."""
    found, has_password = await services.identities.of_user(person.id)
    settings = services.settings
    return IdentityList(
        items=[
            IdentityView(
                id=one.id, provider=settings.oidc_name if one.issuer == settings.oidc_issuer else one.issuer,
                label=one.label, gives_role=one.gives_role, created_at=one.created_at, last_login_at=one.last_login_at,
            )
            for one in found
        ],
        has_password=has_password,
    )  # fmt: skip


@account_router.post("", responses=responses(401, 403, 404, 503))
async def begin_link(person: ProvenPerson, services: Hub, response: Response) -> JourneyView:
    """Begin to link one's own account, by logging in at the provider."""
    begun = await _provider(services).begin(Purpose.LINK, _PAGES[Purpose.LINK], person.session)
    _remember(services, response, begun)
    return JourneyView(url=begun.url)


@account_router.delete("/{identity_id}", status_code=204, responses=responses(401, 403, 404, 409, 422))
async def unlink(identity_id: IdentityId, person: ProvenPerson, services: Hub, request: Request) -> None:
    """Unlink one's own account."""
    login = await login_of(services, request)
    await services.identities.unlink(login.user, identity_id, address_of(request))


def _provider(services: Services) -> ProviderLogins:
    if services.provider_logins is None:
        raise NotFoundError("This hub has no identity provider.")
    return services.provider_logins


async def _session(services: Services, request: Request) -> int | None:
    """Return the session that the browser has, which ends once the new one begins."""
    if COOKIE not in request.cookies:
        return None
    try:
        return (await login_of(services, request)).session_id
    except UnauthenticatedError:
        return None  # it is over already


def _remember(services: Services, response: Response, begun: Begun) -> None:
    response.set_cookie(
        PROVIDER_COOKIE, begun.cookie, max_age=int(LIFETIME.total_seconds()), httponly=True, samesite="lax",
        secure=services.settings.cookies_over_https_only, path=_PATH,
    )  # fmt: skip


def _refused(request: Request, purpose: Purpose, problem: OpsentrixError) -> Response:
    """Lead a browser to the page that says what is wrong; raise the problem for whoever asks for no page."""
    if "text/html" not in request.headers.get("accept", ""):
        raise problem
    # Its kind and not its text: a link must not be able to put words into the hub's mouth.
    kind = problem.type.rpartition(":oidc-")[2] if ":oidc-" in problem.type else str(problem.status)
    return RedirectResponse(f"{_PAGES[purpose]}?refused={kind}", 303)
