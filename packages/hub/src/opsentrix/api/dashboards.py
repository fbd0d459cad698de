"""Dashboards: read, made, changed, deleted and restored."""

import hashlib
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Request
from pydantic import AfterValidator, BaseModel, Field

from opsentrix.api.auth import Operator, Viewer
from opsentrix.api.dashboard_spec import DashboardSpec
from opsentrix.api.fields import Name, Whole, storable
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.db import Connection
from opsentrix.errors import ConflictError, NotFoundError
from opsentrix.model.dashboards import DashboardSummary, NewDashboard, StoredDashboard
from opsentrix.storage import audit, dashboards

MAX_DASHBOARDS = 500
router = APIRouter(prefix="/api/v1/dashboards", tags=["dashboards"])
DashboardId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class NewDashboardBody(BaseModel):
    """A dashboard as people write and import it."""

    name: Name
    description: Annotated[str, Field(max_length=500), AfterValidator(storable)] = ""
    spec: DashboardSpec

    def understood(self) -> NewDashboard:
        """Return it as it is stored."""
        return NewDashboard(self.name, self.description, self.spec.model_dump(mode="json"))


class DashboardBody(NewDashboardBody):
    """What a dashboard is to be, and the version that this is based on."""

    based_on: Annotated[Whole, Field(ge=1)]


class DashboardItem(BaseModel):
    """A dashboard without what stands on it; `panels` counts that."""

    id: int
    name: str
    description: str
    version: int
    panels: int
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str


class DashboardDetail(DashboardItem):
    """A dashboard."""

    spec: DashboardSpec


class DashboardList(BaseModel):
    """Dashboards, by name."""

    items: list[DashboardItem]


@router.get("", responses=responses(401, 403))
async def list_dashboards(services: Hub, user: Viewer) -> DashboardList:
    """List all dashboards, by name."""
    async with services.database.connection() as connection:
        found = await dashboards.everyone(connection)
    return DashboardList(items=[DashboardItem(**_fields(one)) for one in found])


@router.post("", status_code=201, responses=responses(400, 401, 403, 409, 422))
async def create_dashboard(body: NewDashboardBody, services: Hub, user: Operator, request: Request) -> DashboardDetail:
    """Make a dashboard, or import one."""
    async with services.database.transaction() as connection:
        await _check_room(connection)
        made = await dashboards.add(connection, body.understood(), user.username, services.now())
        await audit.add(
            connection, user.actor, "dashboard.create", _target(made), address_of(request), after=_audited(made)
        )  # fmt: skip
    return _detail(made)


@router.get("/{dashboard_id}", responses=responses(401, 403, 404, 422))
async def get_dashboard(dashboard_id: DashboardId, services: Hub, user: Viewer) -> DashboardDetail:
    """Show a dashboard. Its panels ask for themselves: who sees some agents only sees these in them."""
    return await read(services, dashboard_id)


@router.put("/{dashboard_id}", responses=responses(400, 401, 403, 404, 409, 422))
async def change_dashboard(
    dashboard_id: DashboardId, body: DashboardBody, services: Hub, user: Operator, request: Request
) -> DashboardDetail:
    """Change a dashboard, unless somebody else changed it meanwhile."""
    async with services.database.transaction() as connection:
        before = _there(await dashboards.get(connection, dashboard_id, to_write=True), dashboard_id)
        if body.based_on != before.summary.version:
            raise ConflictError(
                f"{before.summary.changed_by} changed the dashboard meanwhile: it has version {before.summary.version}."
            )
        after = await dashboards.change(connection, dashboard_id, body.understood(), user.username, services.now())
        await audit.add(
            connection, user.actor, "dashboard.update", _target(after), address_of(request),
            before=_audited(before), after=_audited(after),
        )  # fmt: skip
    return _detail(after)


@router.delete("/{dashboard_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def delete_dashboard(dashboard_id: DashboardId, services: Hub, user: Operator, request: Request) -> None:
    """Delete a dashboard; it can be restored until a hundred others were deleted after it."""
    async with services.database.transaction() as connection:
        before = _there(await dashboards.get(connection, dashboard_id, to_write=True), dashboard_id)
        await dashboards.remove(connection, dashboard_id, services.now())
        await audit.add(
            connection, user.actor, "dashboard.delete", _target(before), address_of(request), before=_audited(before)
        )  # fmt: skip


@router.post("/{dashboard_id}/restore", responses=responses(401, 403, 404, 409, 422))
async def restore_dashboard(
    dashboard_id: DashboardId, services: Hub, user: Operator, request: Request
) -> DashboardDetail:
    """Take back that a dashboard was deleted."""
    async with services.database.transaction() as connection:
        await _check_room(connection)
        found = _there(await dashboards.restore(connection, dashboard_id), dashboard_id)
        await audit.add(
            connection, user.actor, "dashboard.restore", _target(found), address_of(request), after=_audited(found)
        )  # fmt: skip
    return _detail(found)


async def read(services: Services, dashboard_id: int) -> DashboardDetail:
    """Return a dashboard.

    Raises:
        NotFoundError: there is none.
    """
    async with services.database.connection() as connection:
        return _detail(_there(await dashboards.get(connection, dashboard_id), dashboard_id))


async def _check_room(connection: Connection) -> None:
    if await dashboards.count(connection) >= MAX_DASHBOARDS:
        raise ConflictError(f"There are {MAX_DASHBOARDS} dashboards already; delete some.")


def _there(found: StoredDashboard | None, dashboard_id: int) -> StoredDashboard:
    if found is None:
        raise NotFoundError(f"There is no dashboard {dashboard_id}.")
    return found


def _fields(one: DashboardSummary) -> dict[str, Any]:
    return {
        "id": one.id, "name": one.name, "description": one.description, "version": one.version, "panels": one.panels,
        "created_at": one.created_at, "created_by": one.created_by, "changed_at": one.changed_at,
        "changed_by": one.changed_by,
    }  # fmt: skip


def _detail(one: StoredDashboard) -> DashboardDetail:
    return DashboardDetail(**_fields(one.summary), spec=DashboardSpec.model_validate(one.spec))


def _target(one: StoredDashboard) -> str:
    return f"dashboard:{one.summary.id}"


def _audited(one: StoredDashboard) -> dict[str, Any]:
    """Return what the audit log keeps: what it is called, and a digest of what stands on it, which may be large."""
    spec = orjson.dumps(one.spec, option=orjson.OPT_SORT_KEYS)
    return {
        "name": one.summary.name, "description": one.summary.description, "version": one.summary.version,
        "panels": one.summary.panels, "sha256": hashlib.sha256(spec).hexdigest(),
    }  # fmt: skip
