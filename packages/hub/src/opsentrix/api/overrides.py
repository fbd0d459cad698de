"""Who is on call when, and exceptions from a rota, which those may make who run the fleet: "I take your Friday"."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from opsentrix.api.auth import EverywhereOperator, EverywhereViewer
from opsentrix.api.fields import UnixSeconds
from opsentrix.api.oncall import OverrideBody, OverrideView, RotaView, ShiftView, rota_of
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, address_of
from opsentrix.api.targets import RowId
from opsentrix.errors import ConflictError, FieldError, InvalidError, NotFoundError
from opsentrix.model.rotas import Override, shifts
from opsentrix.storage import audit, routes

router = APIRouter(prefix="/api/v1/rotas/{rota_id}", tags=["notifications"])
_MOST = 200
_LONGEST = timedelta(days=92)
_KEPT = timedelta(days=30)
"""How long exceptions that are over stay; they go when another one is made."""


class ShiftList(BaseModel):
    """Shifts in order; one person's that follow each other are one."""

    items: list[ShiftView]


@router.get("/shifts", responses=responses(401, 403, 404, 422))
async def list_shifts(
    rota_id: RowId,
    user: EverywhereViewer,
    services: Hub,
    begins: Annotated[UnixSeconds | None, Query(alias="from", description="Now, when it is left out.")] = None,
    ends: Annotated[UnixSeconds | None, Query(alias="to", description="14 days later, when it is left out.")] = None,
) -> ShiftList:
    """Say who is on call from one moment to another, at most 92 days later."""
    start = services.now() if begins is None else datetime.fromtimestamp(begins, UTC)
    end = start + timedelta(days=14) if ends is None else datetime.fromtimestamp(ends, UTC)
    if not start < end <= start + _LONGEST:
        raise InvalidError("Not valid: to.", FieldError("to", "must be later than from, by 92 days at the most"))
    async with services.database.connection() as connection:
        rota = await rota_of(connection, rota_id)
    found = shifts(rota, start, end, 4 * _MOST)
    return ShiftList(items=[ShiftView(name=one.member.name, begins=one.begins, ends=one.ends) for one in found])


@router.post("/overrides", status_code=201, responses=responses(400, 401, 403, 404, 409, 422))
async def add_override(
    rota_id: RowId, body: OverrideBody, user: EverywhereOperator, services: Hub, request: Request
) -> RotaView:
    """Put somebody of the rota on call for a while, in the place of whose turn it is; it counts before older ones."""
    now = services.now()
    new = Override(datetime.fromtimestamp(body.begins, UTC), datetime.fromtimestamp(body.ends, UTC), body.name)
    if not max(new.begins, now) < new.ends <= new.begins + _LONGEST:
        raise InvalidError(
            "Not valid: ends.", FieldError("ends", "must be ahead, and after begins by 92 days at the most")
        )
    async with services.database.transaction() as connection:
        await routes.lock_editing(connection)
        rota = await rota_of(connection, rota_id)
        if body.name not in {one.name for one in rota.members}:
            raise InvalidError("Not valid: name.", FieldError("name", "must be somebody of the rota"))
        kept = [one for one in rota.overrides if one.ends > now - _KEPT and one != new]
        if len(kept) >= _MOST:
            raise ConflictError(f"The rota has {_MOST} exceptions already: remove some first.")
        made = await routes.put_rota(connection, replace(rota, overrides=(*kept, new)))
        await audit.add(
            connection, user.actor, "rota.override", f"rota:{rota_id}", address_of(request), after=_told(new)
        )
    return RotaView.of(made, now)


@router.delete("/overrides", status_code=204, responses=responses(401, 403, 404, 422))
async def remove_override(
    rota_id: RowId,
    begins: UnixSeconds,
    ends: UnixSeconds,
    name: Annotated[str, Query(max_length=128)],
    user: EverywhereOperator,
    services: Hub,
    request: Request,
) -> None:
    """Take an exception back, named by its begin, end and person as they are listed."""
    gone = Override(datetime.fromtimestamp(begins, UTC), datetime.fromtimestamp(ends, UTC), name)
    async with services.database.transaction() as connection:
        await routes.lock_editing(connection)
        rota = await rota_of(connection, rota_id)
        kept = tuple(one for one in rota.overrides if one != gone)
        if len(kept) == len(rota.overrides):
            raise NotFoundError("The rota has no such exception.")
        await routes.put_rota(connection, replace(rota, overrides=kept))
        await audit.add(
            connection, user.actor, "rota.override.remove", f"rota:{rota_id}", address_of(request), before=_told(gone)
        )


def _told(one: Override) -> dict[str, object]:
    return OverrideView(begins=one.begins, ends=one.ends, name=one.name).model_dump(mode="json")
