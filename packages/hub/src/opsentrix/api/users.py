"""People, for admins: invite, change, lock out, delete."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from opsentrix.access.people import Actor, PasswordLink
from opsentrix.api.auth import Admin, ProvenAdmin, ScopeView
from opsentrix.api.fields import Flag, NewUsername, Whole
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import NotFoundError
from opsentrix.model.access import Principal
from opsentrix.model.users import Account, Role
from opsentrix.settings import Settings

UserId = Annotated[int, Path(ge=1, le=2**63 - 1)]
_LinkSeconds = Annotated[Whole, Field(ge=300, le=30 * 86_400)]
router = APIRouter(prefix="/api/v1/users", tags=["users"])


class AccountView(BaseModel):
    """A user as admins see them."""

    id: int
    username: str
    role: Role
    scope: ScopeView
    disabled: bool
    invited: bool = Field(description="Whether they have not set a password yet.")
    identity: bool = Field(description="Whether they can log in at an identity provider.")
    totp: bool
    sessions: int
    created_at: datetime
    last_login_at: datetime | None
    link_expires_at: datetime | None = Field(description="Until when an invitation or reset link can be used.")

    @classmethod
    def of(cls, account: Account) -> "AccountView":
        """Return a user as admins see them."""
        user = account.user
        return cls(
            id=user.id, username=user.username, role=user.role, scope=ScopeView.of(user.scope), disabled=user.disabled,
            invited=account.invited, identity=account.has_identity, totp=account.totp, sessions=account.sessions,
            created_at=user.created_at, last_login_at=account.last_login_at, link_expires_at=account.link_expires_at,
        )  # fmt: skip


class AccountList(BaseModel):
    """Users, by name."""

    items: list[AccountView]


class Invitation(BaseModel):
    """Somebody new, who sets the password by a link."""

    username: NewUsername
    role: Role = Role.VIEWER
    expires_in_s: _LinkSeconds = 3 * 86_400


class LinkRequest(BaseModel):
    """How long a link can be used."""

    expires_in_s: _LinkSeconds = 86_400


class IssuedLink(BaseModel):
    """A link by which somebody sets their password, once; it is shown this once."""

    user_id: int
    username: str
    url: str
    expires_at: datetime

    @classmethod
    def of(cls, services: Services, link: PasswordLink) -> "IssuedLink":
        """Return a link as it is shown."""
        url = link_url(services.settings, link)
        return cls(user_id=link.user.id, username=link.user.username, url=url, expires_at=link.expires_at)


class UserChange(BaseModel):
    """What is to be different."""

    role: Role | None = None
    disabled: Flag | None = None


class Ended(BaseModel):
    """How many sessions ended."""

    ended: int


def link_url(settings: Settings, link: PasswordLink) -> str:
    """Return the page for a link. Browsers send no fragment, so that its token stands in no log of a proxy."""
    return f"{settings.url}/dashboard/welcome#{link.token}"


def _actor(user: Principal, request: Request) -> Actor:
    return Actor(user.actor, user.id, address_of(request))


@router.get("", responses=responses(401, 403))
async def list_users(user: Admin, services: Hub) -> AccountList:
    """List everybody who can log in, or could once invited."""
    return AccountList(items=[AccountView.of(one) for one in await services.people.accounts()])


@router.post("", status_code=201, responses=responses(400, 401, 403, 409, 422))
async def invite_user(body: Invitation, user: ProvenAdmin, services: Hub, request: Request) -> IssuedLink:
    """Invite somebody: the answer holds the link to send them."""
    lifetime = timedelta(seconds=body.expires_in_s)
    link = await services.people.invite(_actor(user, request), body.username, body.role, lifetime)
    return IssuedLink.of(services, link)


@router.patch("/{user_id}", responses=responses(400, 401, 403, 404, 409, 422))
async def change_user(
    user_id: UserId, body: UserChange, user: ProvenAdmin, services: Hub, request: Request
) -> AccountView:
    """Change somebody's role, or lock them out or let them in; open pages follow at once."""
    actor = _actor(user, request)
    if body.role is not None:
        await services.people.set_role(actor, user_id, body.role)
    if body.disabled is not None:
        await services.people.set_disabled(actor, user_id, disabled=body.disabled)
    found = next((one for one in await services.people.accounts() if one.user.id == user_id), None)
    if found is None:
        raise NotFoundError(f"There is no user {user_id}.")
    return AccountView.of(found)


@router.delete("/{user_id}", status_code=204, responses=responses(401, 403, 404, 409, 422))
async def delete_user(user_id: UserId, user: ProvenAdmin, services: Hub, request: Request) -> None:
    """Delete somebody with their sessions and API tokens; what they did stays in the audit log."""
    await services.people.delete(_actor(user, request), user_id)


@router.post("/{user_id}/password-link", status_code=201, responses=responses(400, 401, 403, 404, 409, 422))
async def create_password_link(
    user_id: UserId, body: LinkRequest, user: ProvenAdmin, services: Hub, request: Request
) -> IssuedLink:
    """Make a link by which somebody sets a new password; the old password is good until they do."""
    link = await services.people.new_link(_actor(user, request), user_id, timedelta(seconds=body.expires_in_s))
    return IssuedLink.of(services, link)


@router.delete("/{user_id}/totp", status_code=204, responses=responses(401, 403, 404, 409, 422))
async def remove_totp(user_id: UserId, user: ProvenAdmin, services: Hub, request: Request) -> None:
    """Remove the second factor that somebody lost."""
    await services.people.remove_totp(_actor(user, request), user_id)


@router.delete("/{user_id}/sessions", responses=responses(401, 403, 404, 422))
async def end_sessions(user_id: UserId, user: Admin, services: Hub, request: Request) -> Ended:
    """End all sessions of somebody."""
    return Ended(ended=await services.people.end_sessions(_actor(user, request), user_id))
