"""A person's own account: password, second factor, sessions."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from opsentrix.api.auth import COOKIE, Person, ProvenPerson, login_of
from opsentrix.api.login import Password
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, address_of

SessionId = Annotated[int, Path(ge=1, le=2**63 - 1)]
router = APIRouter(prefix="/api/v1/account", tags=["account"])


class PasswordChange(BaseModel):
    """The old password and the new one."""

    old_password: Password
    password: Password


class EnrolmentView(BaseModel):
    """The secret of a new second factor; it is shown this once."""

    secret: str = Field(description="Base32, for apps that cannot scan.")
    uri: str = Field(description="otpauth:// link.")
    picture: str = Field(description="The link as a QR code: an SVG as a data URI.")


class TotpCode(BaseModel):
    """What the app shows."""

    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class RecoveryCodes(BaseModel):
    """Each lets in once, in place of the app; they are shown this once."""

    codes: list[str]


class TotpView(BaseModel):
    """The state of the second factor."""

    enabled: bool
    required: bool = Field(description="Whether this hub wants one of this person's role.")
    recovery_codes_left: int


class SessionView(BaseModel):
    """An open session."""

    id: int
    current: bool = Field(description="Whether it is the one that asks.")
    method: str
    address: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class SessionList(BaseModel):
    """Open sessions, the one used last first."""

    items: list[SessionView]


class Ended(BaseModel):
    """How many sessions ended."""

    ended: int


@router.put("/password", status_code=204, responses=responses(400, 401, 403, 422, 429))
async def change_password(body: PasswordChange, person: Person, services: Hub, request: Request) -> None:
    """Set one's own password; all other sessions end."""
    login = await login_of(services, request)
    await services.accounts.change_password(
        login.user, login.session_id, body.old_password, body.password, address_of(request)
    )


@router.get("/totp", responses=responses(401, 403))
async def totp(person: Person, services: Hub, request: Request) -> TotpView:
    """Tell whether two-factor authentication is on."""
    login = await login_of(services, request)
    return TotpView(
        enabled=login.totp,
        required=person.role in services.settings.totp_roles,
        recovery_codes_left=await services.factors.codes_left(person.id),
    )


@router.post("/totp", status_code=201, responses=responses(401, 403, 409))
async def begin_totp(person: ProvenPerson, services: Hub) -> EnrolmentView:
    """Begin to turn two-factor authentication on: a secret for an app, which counts once its code was sent."""
    begun = await services.factors.begin(person.id, person.username)
    return EnrolmentView(secret=begun.secret, uri=begun.uri, picture=begun.picture)


@router.post("/totp/confirm", responses=responses(400, 401, 403, 404, 409, 422, 429, 503))
async def confirm_totp(body: TotpCode, person: ProvenPerson, services: Hub, request: Request) -> RecoveryCodes:
    """Turn two-factor authentication on with the code that the app shows now."""
    codes = await services.factors.confirm(person.id, person.username, body.code, address_of(request))
    return RecoveryCodes(codes=codes)


@router.delete("/totp", status_code=204, responses=responses(401, 403, 409))
async def disable_totp(person: ProvenPerson, services: Hub, request: Request) -> None:
    """Turn two-factor authentication off."""
    await services.factors.disable(person.id, person.username, address_of(request))


@router.post("/recovery-codes", responses=responses(401, 403, 409))
async def renew_recovery_codes(person: ProvenPerson, services: Hub, request: Request) -> RecoveryCodes:
    """Make new recovery codes; the old ones are worth nothing any more."""
    codes = await services.factors.renew_codes(person.id, person.username, address_of(request))
    return RecoveryCodes(codes=codes)


@router.get("/sessions", responses=responses(401, 403))
async def list_sessions(person: Person, services: Hub) -> SessionList:
    """List one's own open sessions."""
    found = await services.accounts.sessions(person.id)
    return SessionList(
        items=[
            SessionView(
                id=one.id, current=one.id == person.session, method=one.method, address=one.address,
                user_agent=one.user_agent, created_at=one.created_at, last_seen_at=one.last_seen_at,
                expires_at=one.expires_at,
            )
            for one in found
        ]
    )  # fmt: skip


@router.delete("/sessions", responses=responses(401, 403))
async def end_other_sessions(person: Person, services: Hub, request: Request) -> Ended:
    """End all of one's own sessions but this one."""
    login = await login_of(services, request)
    return Ended(ended=await services.accounts.end_others(login.user, login.session_id, address_of(request)))


@router.delete("/sessions/{session_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def end_session(
    session_id: SessionId, person: Person, services: Hub, request: Request, response: Response
) -> None:
    """End one of one's own sessions, this one too."""
    login = await login_of(services, request)
    await services.accounts.end_session(login.user, session_id, address_of(request))
    if session_id == login.session_id:
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
