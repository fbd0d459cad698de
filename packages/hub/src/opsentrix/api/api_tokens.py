"""API tokens: what scripts and other programs act with in a person's place."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from opsentrix.api.auth import ScopeView, Viewer, check_proven
from opsentrix.api.fields import ScopeEnvironments, ScopeTags, TokenName, Whole
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, address_of
from opsentrix.errors import ForbiddenError
from opsentrix.model.access import Permission
from opsentrix.model.api_tokens import ApiToken, NewApiToken
from opsentrix.model.users import Role, Scope

router = APIRouter(prefix="/api/v1/api-tokens", tags=["API tokens"])


class NewToken(BaseModel):
    """What a new token may at most; it never may more than its maker, now or later.

    Without environments and tags it reaches all agents that its maker reaches; without permissions it is not limited to
    a part of the API.
    """

    name: TokenName
    role: Role = Role.VIEWER
    environments: ScopeEnvironments = []
    tags: ScopeTags = []
    permissions: Annotated[list[Permission], Field(max_length=len(Permission))] = []
    expires_in_days: Annotated[Whole, Field(ge=1, le=366)] = 90


class TokenView(BaseModel):
    """A token as its maker described it; `last_used_at` is to the minute."""

    id: int
    name: str
    username: str = Field(description="Who made it.")
    role: Role
    scope: ScopeView
    permissions: list[Permission]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_from: str

    @classmethod
    def of(cls, token: ApiToken) -> "TokenView":
        """Return a token as it is shown."""
        return cls(
            id=token.id, name=token.name, username=token.username, role=token.role, scope=ScopeView.of(token.scope),
            permissions=sorted(token.permissions), created_at=token.created_at, expires_at=token.expires_at,
            last_used_at=token.last_used_at, last_used_from=token.last_used_from,
        )  # fmt: skip


class IssuedToken(BaseModel):
    """A new token; `token` itself is shown this once."""

    token: str
    api_token: TokenView


class TokenList(BaseModel):
    """Tokens, the newest first; expired ones for a month."""

    items: list[TokenView]


@router.post("", status_code=201, responses=responses(400, 401, 403, 409, 422))
async def create_token(body: NewToken, services: Hub, user: Viewer, request: Request) -> IssuedToken:
    """Make an API token for oneself; one for an admin needs a fresh proof of who is at the keyboard."""
    if body.role is Role.ADMIN:
        check_proven(services, user)
    new = NewApiToken(
        body.name,
        body.role,
        Scope(frozenset(body.environments), frozenset(body.tags)),
        frozenset(body.permissions),
        datetime.now(UTC) + timedelta(days=body.expires_in_days),
    )
    made, token = await services.api_tokens.issue(user, new, address_of(request))
    return IssuedToken(token=token, api_token=TokenView.of(made))


@router.get("", responses=responses(401, 403, 422))
async def list_tokens(
    services: Hub,
    user: Viewer,
    everybody: Annotated[
        bool, Query(alias="all", description="Those of all people; for admins of all agents.")
    ] = False,
) -> TokenList:
    """List one's own API tokens, or those of all people."""
    if everybody and not user.governs:
        raise ForbiddenError(f"The API tokens of others need the role {Role.ADMIN} for all agents.")
    found = await services.api_tokens.listed(None if everybody else user.id)
    return TokenList(items=[TokenView.of(one) for one in found])


@router.delete("/{token_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def revoke_token(
    token_id: Annotated[int, Path(ge=1, le=2**63 - 1)], services: Hub, user: Viewer, request: Request
) -> None:
    """Make an API token worthless at once: one's own; admins of all agents may revoke any."""
    await services.api_tokens.revoke(token_id, user, address_of(request), others=user.governs)
    await services.feed.recheck()
