"""The audit log for people: its entries, the state of its chain, and an export that can be verified without the hub."""

import contextlib
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from opsentrix.api.auth import Admin
from opsentrix.api.export import ExportResponse
from opsentrix.api.fields import Text, UnixSeconds
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, address_of
from opsentrix.model.audit import Entry, Link, Result
from opsentrix.query import audit as exports
from opsentrix.storage import audit
from opsentrix.storage.audit import AuditFilter

_JSON_LINES = "application/jsonl"
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {_JSON_LINES: {}}, "description": "The whole log."}}
router = APIRouter(prefix="/api/v1/audit", tags=["audit"])


class EntryView(BaseModel):
    """An entry. `before` and `after` tell what was changed, where something was."""

    number: int
    time: datetime
    actor: str
    action: str
    target: str
    address: str
    result: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    detail: dict[str, Any]
    hash: str

    @classmethod
    def of(cls, entry: Entry) -> "EntryView":
        """Return the view of an entry."""
        one = entry.content
        return cls(
            number=entry.number,
            time=entry.time,
            actor=one.actor,
            action=one.action,
            target=one.target,
            address=one.address,
            result=one.result,
            before=one.before,
            after=one.after,
            detail=one.detail or {},
            hash=entry.hash.hex(),
        )


class EntryPage(BaseModel):
    """Some entries, the newest first; `next_cursor` is null on the last page."""

    items: list[EntryView]
    next_cursor: str | None


class LinkView(BaseModel):
    """A place in the chain: the number and the hash of an entry."""

    number: int
    hash: str

    @classmethod
    def of(cls, link: Link) -> "LinkView":
        """Return the view of a link."""
        return cls(number=link.number, hash=link.hash.hex())


class ChainView(BaseModel):
    """The state of the chain.

    `anchor` is the last entry that retention removed, number 0 when it removed none; `verified` the newest one up to
    which the hub verified and signed at `verified_at`; `fault` says why no later one could be. `key` is the public
    Ed25519 key that signs, in hexadecimal. `actions` are those that the log has.
    """

    head: LinkView
    anchor: LinkView
    verified: LinkView | None
    verified_at: datetime | None
    fault: str | None
    key: str
    retention_days: int
    actions: list[str]


class AuditQuery(BaseModel):
    """Which entries are wanted. An action may be a noun with a dot, such as `agent.`, for all that happens to it."""

    actor: list[Text] = []
    action: list[Text] = []
    target: list[Text] = []
    result: list[Result] = []
    start: UnixSeconds | None = Field(default=None, alias="from")
    end: UnixSeconds | None = Field(default=None, alias="to")
    q: Text = ""
    cursor: Annotated[str, Field(pattern=r"^([0-9]{1,18})?$")] = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@router.get("", responses=responses(401, 403, 422))
async def list_entries(query: Annotated[AuditQuery, Query()], services: Hub, user: Admin) -> EntryPage:
    """List what was done, the newest first, a page at a time."""
    wanted = AuditFilter(
        actors=query.actor,
        actions=query.action,
        targets=query.target,
        results=query.result,
        since=_moment(query.start),
        until=_moment(query.end),
        text=query.q.strip(),
    )
    before = int(query.cursor) if query.cursor else None
    async with services.database.connection() as connection:
        found = await audit.newest(connection, wanted, before, query.limit + 1)
    page = found[: query.limit]
    following = str(page[-1].number) if len(found) > query.limit else None
    return EntryPage(items=[EntryView.of(entry) for entry in page], next_cursor=following)


@router.get("/chain", responses=responses(401, 403))
async def read_chain(services: Hub, user: Admin) -> ChainView:
    """Tell up to where the hub verified and signed the chain."""
    key = await services.notary.public_key()
    async with services.database.connection() as connection:
        anchor, head = await audit.ends(connection)
        actions = await audit.actions(connection)
    state = services.notary.state
    return ChainView(
        head=LinkView.of(head),
        anchor=LinkView.of(anchor),
        verified=LinkView.of(state.verified.link) if state.verified else None,
        verified_at=state.at,
        fault=state.fault or None,
        key=key.hex(),
        retention_days=services.settings.audit_retention_days,
        actions=actions,
    )


@router.get("/export", response_class=Response, responses=_FILE | responses(401, 403, 503))
async def export_entries(services: Hub, user: Admin, request: Request) -> Response:
    """Stream the whole log as JSON Lines, signed up to its end; `opsentrix audit verify` checks it without the hub."""
    async with services.database.transaction() as connection:
        await audit.add(connection, user.actor, "audit.export", "audit_log", address_of(request))
    now = services.clock()
    signed = await services.notary.sign(now)
    moment = datetime.fromtimestamp(now, UTC)
    pieces = exports.stream(services.database, services.settings.url, moment, signed.link if signed else None)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(contextlib.aclosing(pieces))
        first = await anext(pieces)
        stack.pop_all()
    headers = {
        "Content-Disposition": f'attachment; filename="opsentrix-audit-{moment:%Y%m%dT%H%M%SZ}.jsonl"',
        "Cache-Control": "no-store",
    }
    return ExportResponse(first, pieces, "audit", _JSON_LINES, headers)


def _moment(unix_s: float | None) -> datetime | None:
    return None if unix_s is None else datetime.fromtimestamp(unix_s, UTC)
