"""Shares as people make, see and revoke them. What a shared page is told is in `shared`."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, Field

from opsentrix.api.auth import Operator, ScopeView
from opsentrix.api.fields import Reason, ScopeEnvironments, ScopeTags, Whole
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, address_of
from opsentrix.errors import FieldError, ForbiddenError, InvalidError
from opsentrix.model.shares import NewShare, Place, PlaceKind, Share, SharedDashboard
from opsentrix.model.users import Role, Scope
from opsentrix.storage import dashboards

router = APIRouter(prefix="/api/v1/shares", tags=["shares"])
_DAY_S = 86_400
_SHORTEST_S, _LONGEST_S = 600, 366 * _DAY_S

Search = Annotated[str, Field(max_length=4096, pattern=r"^[\x21-\x7e]*$", description="What stands behind the `?`.")]


class NewShareBody(BaseModel):
    """One page, and who may see how much of it; never more than its maker sees, now or later.

    Without environments and tags it shows all agents that its maker sees.
    """

    place: PlaceKind
    dashboard: Annotated[Whole, Field(ge=1, lt=2**63)] | None = Field(
        default=None, description="Which, where the place is one. What is put on it later is shown, too."
    )
    search: Search = ""
    label: Reason = ""
    environments: ScopeEnvironments = []
    tags: ScopeTags = []
    expires_in_s: Annotated[Whole, Field(ge=_SHORTEST_S, le=_LONGEST_S)] = 7 * _DAY_S


class ShareView(BaseModel):
    """A share; `last_used_at` is to the minute, `works` says whether the link shows anything now."""

    id: int
    username: str = Field(description="Who made it.")
    label: str
    place: PlaceKind
    dashboard: int | None
    dashboard_name: str | None = Field(description="Null for other places, and where it was deleted.")
    search: str
    metrics: list[str] = Field(description="What it shows of series over time.")
    scope: ScopeView
    created_at: AwareDatetime
    expires_at: AwareDatetime
    last_used_at: AwareDatetime | None
    works: bool

    @classmethod
    def of(cls, share: Share, services: Hub) -> "ShareView":
        """Return a share as it is shown."""
        return cls(
            id=share.id, username=share.maker.username, label=share.label, place=share.place.kind,
            dashboard=None if (dashboard := share.place.dashboard) is None else dashboard.id,
            dashboard_name=None if dashboard is None else dashboard.name,
            search=share.place.search, metrics=sorted(share.place.metrics()), scope=ScopeView.of(share.scope),
            created_at=share.created_at, expires_at=share.expires_at, last_used_at=share.last_used_at,
            works=share.works(services.now()),
        )  # fmt: skip


class IssuedShare(BaseModel):
    """A new share; its link is shown this once."""

    url: str
    share: ShareView


class ShareList(BaseModel):
    """Shares, the newest first; expired ones for a month."""

    items: list[ShareView]


@router.post("", status_code=201, responses=responses(400, 401, 403, 409, 422))
async def create_share(body: NewShareBody, services: Hub, user: Operator, request: Request) -> IssuedShare:
    """Share a page: whoever has the link sees it without logging in, until it expires or is revoked."""
    place = Place(body.place, body.search, await _dashboard(body, services))
    if body.place is PlaceKind.EXPLORE and not place.metrics():
        raise InvalidError("Not valid: search.", FieldError("search", "asks for no metric: there is nothing to share"))
    new = NewShare(
        body.label.strip(),
        place,
        Scope(frozenset(body.environments), frozenset(body.tags)),
        services.now() + timedelta(seconds=body.expires_in_s),
    )
    made, secret = await services.shares.issue(user, new, address_of(request))
    # Behind the # it is sent to nobody: it stands in no log and no Referer.
    url = f"{services.settings.url}/dashboard/shared#{secret}"
    return IssuedShare(url=url, share=ShareView.of(made, services))


@router.get("", responses=responses(401, 403, 422))
async def list_shares(
    services: Hub,
    user: Operator,
    everybody: Annotated[
        bool, Query(alias="all", description="Those of all people; for admins of all agents.")
    ] = False,
) -> ShareList:
    """List what one shares, or what all people do."""
    if everybody and not user.governs:
        raise ForbiddenError(f"What others share needs the role {Role.ADMIN} for all agents.")
    found = await services.shares.listed(None if everybody else user.id)
    return ShareList(items=[ShareView.of(one, services) for one in found])


@router.delete("/{share_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def revoke_share(
    share_id: Annotated[int, Path(ge=1, le=2**63 - 1)], services: Hub, user: Operator, request: Request
) -> None:
    """End a share at once, on open pages too: one's own; admins of all agents may end any."""
    await services.shares.revoke(share_id, user, address_of(request), others=user.governs)
    await services.feed.recheck()


async def _dashboard(body: NewShareBody, services: Hub) -> SharedDashboard | None:
    if (body.place is PlaceKind.DASHBOARD) != (body.dashboard is not None):
        raise InvalidError("Not valid: dashboard.", FieldError("dashboard", "is needed for a dashboard, and only then"))
    if body.dashboard is None:
        return None
    async with services.database.connection() as connection:
        found = await dashboards.get(connection, body.dashboard)
    if found is None:
        raise InvalidError("Not valid: dashboard.", FieldError("dashboard", "is not there"))
    return SharedDashboard(found.summary.id, found.summary.name, found.spec)
