"""Runbooks: read, made, changed and removed."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel

from opsentrix.api.auth import Admin, Needs, check_proven
from opsentrix.api.fields import Reason
from opsentrix.api.problems import responses
from opsentrix.api.runbook_views import (
    STATS_DAYS,
    ExampleList,
    ExampleView,
    NewRunbookBody,
    ParsedRunbook,
    RunbookDetail,
    RunbookList,
    RunbookSource,
    VersionView,
    item,
)
from opsentrix.api.runbook_warnings import warnings_of
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.db import Connection
from opsentrix.errors import ConflictError, NotFoundError
from opsentrix.model import runbook_json, runbook_yaml
from opsentrix.model.access import Principal
from opsentrix.model.runbook_errors import RunbookError
from opsentrix.model.runbooks import Mode, Runbook
from opsentrix.model.stored_runbooks import Author, NewRunbook, StoredRunbook
from opsentrix.model.users import Role
from opsentrix.response.runbook_examples import examples
from opsentrix.storage import audit, runbook_stats, runbooks

MAX_RUNBOOKS = 500
_VERSIONS = 50
_UPCOMING = 5
router = APIRouter(prefix="/api/v1/runbooks", tags=["runbooks"])
RunbookId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Reader = Annotated[Principal, Depends(Needs(Role.VIEWER, everywhere=True))]
"""Runbooks name environments, tags and machines, so they are for those who see all agents."""
Closer = Annotated[Principal, Depends(Needs(Role.OPERATOR, everywhere=True))]


class Closing(BaseModel):
    """Why a runbook may act again."""

    reason: Reason = ""


@router.get("", responses=responses(401, 403))
async def list_runbooks(services: Hub, user: Reader) -> RunbookList:
    """List the runbooks, by name."""
    async with services.database.connection() as connection:
        found = await runbooks.everyone(connection)
        stats = await runbook_stats.of_runbooks(connection, [one.id for one in found], _since(services))
        idle = await runbook_stats.whose_author_may_not(connection)
    return RunbookList(items=[item(one, stats[one.id], author_may=one.id not in idle) for one in found])


@router.post("/parse", responses=responses(400, 401, 403, 422))
async def parse_runbook(body: RunbookSource, services: Hub, user: Reader) -> ParsedRunbook:
    """Read a runbook without keeping it: in both forms, or with the place of the first error."""
    try:
        runbook = await asyncio.to_thread(body.read)  # a large text takes a while, and it is typed
    except RunbookError as error:
        return ParsedRunbook.wrong(error)
    return ParsedRunbook(
        yaml=runbook_yaml.write(runbook),
        definition=runbook_json.to_json(runbook),
        sha256=runbook_json.digest(runbook).hex(),
        labels=sorted(runbook.labels),
        upcoming=_upcoming(runbook, services.now()),
        warnings=await warnings_of(services, runbook),
    )


@router.get("/examples", responses=responses(401, 403))
async def list_examples(user: Reader) -> ExampleList:
    """List ready runbooks, to begin from."""
    return ExampleList(items=[ExampleView.of(one) for one in examples()])


@router.post("", status_code=201, responses=responses(400, 401, 403, 409, 422))
async def create_runbook(body: NewRunbookBody, services: Hub, user: Admin, request: Request) -> RunbookDetail:
    """Make a runbook. One that acts by itself needs a fresh proof of who it is, and acts with its author's rights."""
    new = await _said(services, body, user)
    async with services.database.transaction() as connection:
        if await runbooks.count(connection) >= MAX_RUNBOOKS:
            raise ConflictError(f"There are {MAX_RUNBOOKS} runbooks already; delete some.")
        made = await runbooks.add(connection, new, Author(user.id, user.username), services.now())
        await audit.add(
            connection, user.actor, "runbook.create", _target(made.id), address_of(request), after=_audited(made)
        )  # fmt: skip
        shown = await _shown(services, connection, made)
    return await _warned(services, shown, new.runbook)


@router.get("/{runbook_id}", responses=responses(401, 403, 404, 422))
async def get_runbook(runbook_id: RunbookId, services: Hub, user: Reader) -> RunbookDetail:
    """Show a runbook with its versions."""
    async with services.database.connection() as connection:
        found = _there(await runbooks.get(connection, runbook_id), runbook_id)
        shown = await _shown(services, connection, found)
    return await _warned(services, shown, found.runbook)


@router.put("/{runbook_id}", responses=responses(400, 401, 403, 404, 409, 422))
async def change_runbook(
    runbook_id: RunbookId, body: NewRunbookBody, services: Hub, user: Admin, request: Request
) -> RunbookDetail:
    """Give a runbook a new version, whose author is who made it. Runs that are under way go on with theirs."""
    new = await _said(services, body, user)
    async with services.database.transaction() as connection:
        before = _there(await runbooks.get(connection, runbook_id, to_write=True), runbook_id)
        if body.based_on is not None and body.based_on != before.version:
            raise ConflictError(f"Somebody changed the runbook meanwhile: it has version {before.version}.")
        author = Author(user.id, user.username)
        after = _there(await runbooks.change(connection, runbook_id, new, author, services.now()), runbook_id)
        await audit.add(
            connection, user.actor, "runbook.update", _target(runbook_id), address_of(request),
            before=_audited(before), after=_audited(after),
        )  # fmt: skip
        shown = await _shown(services, connection, after)
    return await _warned(services, shown, new.runbook)


@router.delete("/{runbook_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def delete_runbook(runbook_id: RunbookId, services: Hub, user: Admin, request: Request) -> None:
    """Delete a runbook with its versions; what its runs did stays."""
    async with services.database.transaction() as connection:
        before = _there(await runbooks.get(connection, runbook_id, to_write=True), runbook_id)
        await runbooks.remove(connection, runbook_id)
        await audit.add(
            connection, user.actor, "runbook.delete", _target(runbook_id), address_of(request), before=_audited(before)
        )  # fmt: skip


@router.post("/{runbook_id}/breaker/close", responses=responses(400, 401, 403, 404, 409, 422))
async def close_breaker(
    runbook_id: RunbookId, body: Closing, services: Hub, user: Closer, request: Request
) -> RunbookDetail:
    """Let a runbook that stopped itself act again; one that acts without asking needs a fresh proof of who it is."""
    async with services.database.transaction() as connection:
        before = _there(await runbooks.get(connection, runbook_id, to_write=True), runbook_id)
        _check_author(services, user, before.runbook, enabled=before.enabled)
        if not await runbooks.close_breaker(connection, runbook_id, services.now()):
            raise ConflictError("Its breaker is closed.")
        await audit.add(
            connection, user.actor, "runbook.breaker_close", _target(runbook_id), address_of(request),
            before={"why": before.opened_why}, after={"reason": body.reason},
        )  # fmt: skip
        after = _there(await runbooks.get(connection, runbook_id), runbook_id)
        shown = await _shown(services, connection, after)
    return await _warned(services, shown, after.runbook)


async def _said(services: Services, body: NewRunbookBody, who: Principal) -> NewRunbook:
    """Return what a request says as a version that is not stored yet.

    Raises:
        InvalidError: it is no runbook.
        ConfirmationNeededError: it would act by itself, and who asks has not proved lately that it is them.
    """
    runbook = await asyncio.to_thread(body.understood)
    _check_author(services, who, runbook, enabled=body.enabled)
    return NewRunbook(runbook, body.enabled, runbook.next_after(services.now()) if body.enabled else None)


def _check_author(services: Services, who: Principal, runbook: Runbook, *, enabled: bool) -> None:
    if enabled and runbook.mode is Mode.AUTOMATIC:
        check_proven(services, who)


def _there(found: StoredRunbook | None, runbook_id: int) -> StoredRunbook:
    if found is None:
        raise NotFoundError(f"There is no runbook {runbook_id}.")
    return found


async def _shown(services: Services, connection: Connection, one: StoredRunbook) -> RunbookDetail:
    """Return a runbook as it is shown, without the warnings."""
    runbook = one.runbook
    stats = await runbook_stats.of_runbooks(connection, [one.id], _since(services))
    author_may = one.id not in await runbook_stats.whose_author_may_not(connection)
    versions = await runbooks.versions(connection, one.id, _VERSIONS)
    return RunbookDetail(
        **dict(item(one, stats[one.id], author_may=author_may)),
        yaml=runbook_yaml.write(runbook),
        labels=sorted(runbook.labels),
        upcoming=_upcoming(runbook, services.now()) if one.enabled else [],
        warnings=[],
        versions=[VersionView.of(version) for version in versions],
    )


async def _warned(services: Services, shown: RunbookDetail, runbook: Runbook) -> RunbookDetail:
    return shown.model_copy(update={"warnings": await warnings_of(services, runbook)})


def _upcoming(runbook: Runbook, now: datetime) -> list[datetime]:
    found: list[datetime] = []
    moment = runbook.next_after(now)
    while moment is not None and len(found) < _UPCOMING:
        found.append(moment)
        moment = runbook.next_after(moment)
    return found


def _since(services: Services) -> datetime:
    return services.now() - timedelta(days=STATS_DAYS)


def _target(runbook_id: int) -> str:
    return f"runbook:{runbook_id}"


def _audited(one: StoredRunbook) -> dict[str, Any]:
    return {
        "name": one.name, "enabled": one.enabled, "version": one.version, "sha256": one.sha256.hex(),
        "definition": one.definition,
    }  # fmt: skip
