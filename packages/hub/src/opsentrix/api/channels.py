"""Channels: where notifications go. Their secrets come in and never go out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import AfterValidator, BaseModel, Field

from opsentrix.api.auth import EverywhereOperator, EverywhereViewer, ProvenAdmin, Viewer
from opsentrix.api.fields import Flag, Name, Whole
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.db import Connection
from opsentrix.errors import ConflictError, FieldError, InvalidError, NotFoundError
from opsentrix.model.channels import Channel, NewChannel, Templates
from opsentrix.model.notifications import Notice, NoticeKind
from opsentrix.model.routing import Target, TargetKind
from opsentrix.notify import fields, secrets
from opsentrix.notify.channels import CHANNELS, kind_of
from opsentrix.notify.messages import compose
from opsentrix.notify.templates import BODY, NAMES, SUBJECT, unknown
from opsentrix.storage import audit, channels, deliveries, routes, users
from opsentrix.vault import SealError

router = APIRouter(prefix="/api/v1", tags=["notifications"])
ChannelId = Annotated[int, Path(ge=1, le=2**63 - 1)]
_PerMinute = Annotated[Whole, Field(ge=1, le=600)]
_Minutes = Annotated[Whole, Field(ge=0, le=1440)]


def _template(text: str) -> str:
    wrong = unknown(text)
    if wrong:
        raise ValueError(f"has placeholders that mean nothing: {', '.join(wrong[:5])}; known are {', '.join(NAMES)}")
    if "\0" in text:
        raise ValueError("must not hold a null character")
    return text


_Subject = Annotated[str, Field(max_length=500), AfterValidator(_template)]
_Body = Annotated[str, Field(max_length=4000), AfterValidator(_template)]
_Given = Annotated[dict[str, Any], Field(max_length=32)]


class FieldView(BaseModel):
    """One thing to be set of a channel."""

    name: str
    title: str
    help: str
    type: Literal["text", "url", "number", "choice", "list", "people"]
    secret: bool
    required: bool
    default: str | int
    choices: list[str]


class KindView(BaseModel):
    """A kind of channel, with what can be set."""

    kind: str
    title: str
    help: str
    fields: list[FieldView]


class KindList(BaseModel):
    """The kinds of channels, and the default words."""

    items: list[KindView]
    subject: str
    body: str
    placeholders: list[str]


class NewChannelBody(BaseModel):
    """A channel to be made; secret fields stand among the settings."""

    name: Name
    kind: str
    settings: _Given
    enabled: Flag = True
    allow_private: Flag = Field(default=False, description="Whether it may reach private networks.")
    per_minute: _PerMinute = Field(default=20, description="What is over it becomes one summary.")
    digest_minutes: _Minutes = Field(default=0, description="What is not critical waits for the next multiple of it.")
    subject: _Subject = ""
    body: _Body = ""


class ChannelChange(BaseModel):
    """What is to be different; of the settings those that are named. A secret that is left out stays."""

    name: Name | None = None
    settings: _Given | None = None
    enabled: Flag | None = None
    allow_private: Flag | None = None
    per_minute: _PerMinute | None = None
    digest_minutes: _Minutes | None = None
    subject: _Subject | None = None
    body: _Body | None = None


class ChannelView(BaseModel):
    """A channel; of its secrets only which are set."""

    id: int
    name: str
    kind: str
    settings: dict[str, Any]
    secrets: list[str]
    enabled: bool
    allow_private: bool
    per_minute: int
    digest_minutes: int
    subject: str
    body: str
    state: Literal["off", "unused", "ok", "failing"]
    failing_since: datetime | None
    retry_at: datetime | None
    last_error: str
    last_sent_at: datetime | None
    waiting: int = Field(description="Messages that are not sent yet.")


class ChannelList(BaseModel):
    """Channels, by name."""

    items: list[ChannelView]


class TestResult(BaseModel):
    """How a test went, in the provider's own words."""

    ok: bool
    status: int | None
    answer: str
    duration_ms: int


class PreviewRequest(BaseModel):
    """Words to be tried on an example; empty ones are the default."""

    subject: _Subject = ""
    body: _Body = ""


class Preview(BaseModel):
    """What the example becomes."""

    subject: str
    body: str


@router.get("/channel-kinds", responses=responses(401))
async def list_kinds(user: Viewer) -> KindList:
    """List the kinds of channels with what can be set of each."""
    kinds = {name: kind_of(name) for name in CHANNELS}
    return KindList(
        items=[
            KindView(
                kind=name, title=kind.title, help=kind.help,
                fields=[FieldView.model_validate(one, from_attributes=True) for one in kind.fields],
            )
            for name, kind in kinds.items()
        ],
        subject=SUBJECT, body=BODY, placeholders=[*NAMES, "labels.<name>"],
    )  # fmt: skip


@router.get("/channels", responses=responses(401, 403))
async def list_channels(user: EverywhereViewer, services: Hub) -> ChannelList:
    """List the channels and how they do."""
    async with services.database.connection() as connection:
        found = await channels.every(connection)
        waiting = await deliveries.waiting(connection)
    return ChannelList(items=[_view(services, one, waiting.get(one.id, 0)) for one in found])


@router.post("/channels", status_code=201, responses=responses(400, 401, 403, 409, 422))
async def create_channel(body: NewChannelBody, user: ProvenAdmin, services: Hub, request: Request) -> ChannelView:
    """Make a channel."""
    if body.kind not in CHANNELS:
        raise InvalidError(f"Not valid: kind. It must be one of {', '.join(CHANNELS)}.")
    settings, hidden = fields.checked(kind_of(body.kind), body.settings, {}, {})
    new = NewChannel(
        body.name, body.kind, settings, secrets.seal(services.vault, hidden), body.enabled, body.allow_private,
        body.per_minute, body.digest_minutes, Templates(body.subject, body.body),
    )  # fmt: skip
    now = datetime.fromtimestamp(services.clock(), UTC)
    async with services.database.transaction() as connection:
        await _check_people(connection, body.kind, settings)
        channel_id = await channels.add(connection, new, now)
        await audit.add(
            connection, user.actor, "channel.create", f"channel:{channel_id}", address_of(request),
            after=_told(new), secrets=sorted(hidden),
        )  # fmt: skip
        made = await _existing(connection, channel_id)
    return _view(services, made, 0)


@router.get("/channels/{channel_id}", responses=responses(401, 403, 404, 422))
async def read_channel(channel_id: ChannelId, user: EverywhereViewer, services: Hub) -> ChannelView:
    """Return one channel."""
    async with services.database.connection() as connection:
        found = await _existing(connection, channel_id)
        waiting = await deliveries.waiting(connection)
    return _view(services, found, waiting.get(channel_id, 0))


@router.patch("/channels/{channel_id}", responses=responses(400, 401, 403, 404, 409, 422))
async def change_channel(
    channel_id: ChannelId, body: ChannelChange, user: ProvenAdmin, services: Hub, request: Request
) -> ChannelView:
    """Change a channel; what waits for it is tried at once."""
    async with services.database.transaction() as connection:
        before = await channels.lock(connection, channel_id, wait=True)
        if before is None:
            raise NotFoundError(f"There is no channel {channel_id}.")
        new = _changed(services, before.new, body)
        if body.settings is not None:
            await _check_people(connection, new.kind, new.settings)
        await channels.change(connection, channel_id, new)
        kind = kind_of(new.kind)
        touched = sorted(one.name for one in kind.fields if one.secret and one.name in (body.settings or {}))
        await audit.add(
            connection, user.actor, "channel.update", f"channel:{channel_id}", address_of(request),
            before=_told(before.new), after=_told(new), secrets=touched,
        )  # fmt: skip
        after = await _existing(connection, channel_id)
        waiting = await deliveries.waiting(connection)
    return _view(services, after, waiting.get(channel_id, 0))


@router.delete("/channels/{channel_id}", status_code=204, responses=responses(401, 403, 404, 409, 422))
async def delete_channel(channel_id: ChannelId, user: ProvenAdmin, services: Hub, request: Request) -> None:
    """Remove a channel that no route, escalation or rota names. What waits for it is not sent any more."""
    now = datetime.fromtimestamp(services.clock(), UTC)
    async with services.database.transaction() as connection:
        await routes.lock_editing(connection)
        before = await channels.lock(connection, channel_id, wait=True)
        if before is None:
            raise NotFoundError(f"There is no channel {channel_id}.")
        users = await _users(connection, channel_id)
        if users:
            raise ConflictError(f"It is named by {', '.join(users[:10])}: change that first.")
        cancelled = await deliveries.cancel(connection, channel_id, now)
        await channels.remove(connection, channel_id)
        await audit.add(
            connection, user.actor, "channel.delete", f"channel:{channel_id}", address_of(request),
            before=_told(before.new), cancelled=cancelled,
        )  # fmt: skip


@router.post("/channels/{channel_id}/test", responses=responses(401, 403, 404, 422))
async def test_channel(channel_id: ChannelId, user: EverywhereOperator, services: Hub, request: Request) -> TestResult:
    """Send a test now; the answer is the provider's own."""
    proof = await services.notifier.test(channel_id, user.username, datetime.fromtimestamp(services.clock(), UTC))
    async with services.database.transaction() as connection:
        await audit.add(
            connection, user.actor, "channel.test", f"channel:{channel_id}", address_of(request),
            result="ok" if proof.ok else "failed", status=proof.status,
        )  # fmt: skip
    return TestResult(
        ok=bool(proof.ok), status=proof.status, answer=proof.answer, duration_ms=proof.duration_ms or 0
    )  # fmt: skip


@router.post("/channels/preview", responses=responses(400, 401, 403, 422))
async def preview_words(body: PreviewRequest, user: EverywhereOperator, services: Hub) -> Preview:
    """Show what a channel's own words become."""
    now = datetime.fromtimestamp(services.clock(), UTC)
    example = Notice(
        NoticeKind.OPENED, "critical", "CPU of web-1 is busy", now, now, 7,
        lines=("system.cpu.utilization is 97 %; the limit is 90 % for 2 min",),
        labels={"device": "sda", "rule": "CPU"}, environments=("production",), tags=("web",), agent_names=("web-1",),
        path="/dashboard/incidents/7", group_key="CPU/production",
    )  # fmt: skip
    made = compose("example", (example,), "", Templates(body.subject, body.body), services.settings.url, now)
    return Preview(subject=made.subject, body=made.text)


async def _existing(connection: Connection, channel_id: int) -> Channel:
    found = await channels.get(connection, channel_id)
    if found is None:
        raise NotFoundError(f"There is no channel {channel_id}.")
    return found


async def _check_people(connection: Connection, kind: str, settings: Mapping[str, Any]) -> None:
    """Check that the people exist whom a channel names.

    Raises:
        InvalidError: somebody does not.
    """
    for one in kind_of(kind).fields:
        if one.type == "people":
            given = settings.get(one.name, [])
            known = await users.known(connection, given)
            wrong = [name for name in given if name.lower() not in known]
            if wrong:
                text = f"names {', '.join(wrong[:5])}, whom there is not"
                raise InvalidError(f"Not valid: settings.{one.name}.", FieldError(f"settings.{one.name}", text))


def _changed(services: Services, before: NewChannel, body: ChannelChange) -> NewChannel:
    settings, sealed = before.settings, before.sealed
    if body.settings is not None:
        try:
            hidden = secrets.opened(services.vault, before)
        except SealError:
            hidden = {}  # sealed with a key that is gone: they have to be given anew
        settings, hidden = fields.checked(kind_of(before.kind), body.settings, settings, hidden)
        sealed = secrets.seal(services.vault, hidden)
    plain = {
        name: value
        for name in ("name", "enabled", "allow_private", "per_minute", "digest_minutes")
        if (value := getattr(body, name)) is not None
    }
    words = Templates(
        before.templates.subject if body.subject is None else body.subject,
        before.templates.body if body.body is None else body.body,
    )
    return replace(before, settings=settings, sealed=sealed, templates=words, **plain)


async def _users(connection: Connection, channel_id: int) -> list[str]:
    """Return what names a channel."""
    target = Target(TargetKind.CHANNEL, channel_id)
    return [
        *(f"the route {one.name}" for one in await routes.routes(connection) if target in one.targets),
        *(
            f"the escalation {one.name}"
            for one in await routes.escalations(connection)
            if any(target in step.targets for step in one.steps)
        ),
        *(
            f"the rota {one.name}"
            for one in await routes.rotas(connection)
            if any(channel_id in member.channels for member in one.members)
        ),
    ]


def _told(new: NewChannel) -> dict[str, Any]:
    """Return a channel as the audit log tells of it."""
    return {
        "name": new.name, "kind": new.kind, "settings": dict(new.settings), "enabled": new.enabled,
        "allow_private": new.allow_private, "per_minute": new.per_minute, "digest_minutes": new.digest_minutes,
        "subject": new.templates.subject, "body": new.templates.body,
    }  # fmt: skip


def _view(services: Services, one: Channel, waiting: int) -> ChannelView:
    health = one.health
    try:
        hidden = sorted(secrets.opened(services.vault, one.new))
    except SealError:
        hidden = []
    state: Literal["off", "unused", "ok", "failing"] = "ok" if health.last_sent_at else "unused"
    if health.failing_since:
        state = "failing"
    return ChannelView(
        id=one.id, **{**_told(one.new), "secrets": hidden}, state=state if one.new.enabled else "off",
        failing_since=health.failing_since, retry_at=health.retry_at, last_error=health.last_error,
        last_sent_at=health.last_sent_at, waiting=waiting,
    )  # fmt: skip
