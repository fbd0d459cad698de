"""What the hub wants of agents' settings: read, changed, taken back; and agents paused, resumed and restarted."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from opsentrix.api.auth import AgentId, Operator, Viewer, visible
from opsentrix.api.fields import Flag, Whole
from opsentrix.api.problems import responses
from opsentrix.api.selection import ChosenAgents, chosen
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import ConflictError, NotFoundError
from opsentrix.model.access import Principal
from opsentrix.model.configs import ConfigVersion, Content, patched
from opsentrix.storage import agents, audit, configs

MAX_HUB_SPOOL_BYTES = 64 * 1024 * 1024
"""Agents take no more from a hub."""
router = APIRouter(prefix="/api/v1/agents", tags=["agent configuration"])

Collector = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]
Collectors = Annotated[list[Collector], Field(max_length=100)]
Version = Annotated[Whole, Field(ge=0, le=2**53)]
Comment = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ConfigContent(BaseModel):
    """Settings that the hub may want; one that is left out or null is left to the agent.

    `reporting_interval` is in seconds, `spool_bytes` in bytes.
    """

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True, validate_by_name=False)

    reporting_interval: Annotated[Whole, Field(ge=1, le=300)] | None = None
    spool_bytes: Annotated[Whole, Field(ge=65_536, le=MAX_HUB_SPOOL_BYTES)] | None = None
    collectors_enable: Annotated[Collectors | None, Field(alias="collectors.enable")] = None
    collectors_disable: Annotated[Collectors | None, Field(alias="collectors.disable")] = None
    paused: Flag | None = None

    def change(self) -> dict[str, Any]:
        """Return what is said, null included, by key."""
        return self.model_dump(by_alias=True, exclude_unset=True)


class SettingView(BaseModel):
    """A setting in effect; set by the hub, or pinned by file, environment or option of the machine."""

    key: str
    value: Any
    source: Literal["default", "hub", "file", "environment", "option"]


class RefusedView(BaseModel):
    """A key that the agent does not follow; empty when it could read nothing at all."""

    key: str
    reason: str


class StateView(BaseModel):
    """What the agent said last: which version it judged and what is in effect.

    `control_error` says why it did not restart, `file_error` what is wrong with its config file.
    """

    version: int
    settings: list[SettingView]
    refused: list[RefusedView]
    control_error: str
    file_error: str
    reported_at: datetime


class VersionView(BaseModel):
    """One version of what the hub wants."""

    version: int
    content: ConfigContent
    author: str
    comment: str
    created_at: datetime


class ConfigView(BaseModel):
    """What the hub wants of an agent, null when nothing; and what the agent said of it, null when it never did.

    `link` is `connected`, `away`, or `unsupported` for an agent whose release knows no configuration. An agent that
    only reports by HTTP is always away and has no state.
    """

    wanted: VersionView | None
    link: Literal["connected", "away", "unsupported"]
    state: StateView | None


class VersionList(BaseModel):
    """Versions, the newest first."""

    items: list[VersionView]


class NewConfig(BaseModel):
    """What is wanted from now on; `based_on` is the version that it changes, 0 for none."""

    content: ConfigContent
    based_on: Version
    comment: Comment = ""


class Rollback(BaseModel):
    """Back to what an older version wanted, which becomes a new version; 0 wants nothing."""

    version: Version
    comment: Comment = ""


class BulkChange(ChosenAgents):
    """Keys to set, or to leave to the agents with null, and whether to restart."""

    change: ConfigContent = ConfigContent()
    restart: Flag = False
    comment: Comment = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not self.change.change() and not self.restart:
            raise ValueError("change or restart is needed")
        return self


class BulkAnswer(BaseModel):
    """How many agents were meant, how many want something else now, and how many were asked to restart."""

    agents: int
    changed: int
    restarted: int


@router.get("/{agent_id}/config", responses=responses(401, 404, 422))
async def read_config(agent_id: AgentId, services: Hub, user: Viewer) -> ConfigView:
    """Tell what the hub wants of an agent, and what the agent says is in effect."""
    return await _view(services, agent_id)


@router.put("/{agent_id}/config", responses=responses(400, 401, 403, 404, 409, 422))
async def write_config(
    agent_id: AgentId, body: NewConfig, services: Hub, user: Operator, request: Request
) -> ConfigView:
    """Want these settings of an agent, in place of all that was wanted before."""
    content = patched({}, body.content.change())

    def replaced(before: ConfigVersion | None) -> Content:
        if _number(before) != body.based_on:
            raise ConflictError(f"Version {_number(before)} holds by now, and not {body.based_on}: look at it first.")
        return content

    await _change(services, [agent_id], replaced, user, request, body.comment)
    return await _view(services, agent_id)


@router.get("/{agent_id}/config/versions", responses=responses(401, 404, 422))
async def list_versions(agent_id: AgentId, services: Hub, user: Viewer) -> VersionList:
    """List what was wanted of an agent, when and by whom."""
    async with services.database.connection() as connection:
        if await agents.get(connection, agent_id) is None:
            raise NotFoundError(f"There is no agent {agent_id}.")
        return VersionList(items=[_version(one) for one in await configs.versions(connection, agent_id)])


@router.post("/{agent_id}/config/rollback", responses=responses(400, 401, 403, 404, 422))
async def roll_back(agent_id: AgentId, body: Rollback, services: Hub, user: Operator, request: Request) -> ConfigView:
    """Want again what an older version wanted."""
    content: Content = {}
    if body.version:
        async with services.database.connection() as connection:
            older = await configs.get(connection, agent_id, body.version)
        if older is None:
            raise NotFoundError(f"There is no version {body.version} of the configuration of agent {agent_id}.")
        content = older.content
    comment = body.comment or f"back to version {body.version}"
    await _change(services, [agent_id], lambda _before: content, user, request, comment)
    return await _view(services, agent_id)


@router.post("/{agent_id}/pause", responses=responses(401, 403, 404, 422))
async def pause(agent_id: AgentId, services: Hub, user: Operator, request: Request) -> ConfigView:
    """Let an agent sample nothing until it is resumed."""
    await _change(services, [agent_id], _patching({"paused": True}), user, request, "paused")
    return await _view(services, agent_id)


@router.post("/{agent_id}/resume", responses=responses(401, 403, 404, 422))
async def resume(agent_id: AgentId, services: Hub, user: Operator, request: Request) -> ConfigView:
    """Let a paused agent sample again."""
    await _change(services, [agent_id], _patching({"paused": None}), user, request, "resumed")
    return await _view(services, agent_id)


@router.post("/{agent_id}/restart", status_code=202, responses=responses(401, 403, 404, 409, 422))
async def restart(agent_id: AgentId, services: Hub, user: Operator, request: Request) -> ConfigView:
    """Ask an agent to start anew; it refuses when it started only minutes ago, and its state says so then."""
    shown = await _view(services, agent_id)
    if not await _restart(services, [agent_id], user, request):
        raise ConflictError("The agent is not connected, or its release does not know how to restart.")
    return shown


@router.post("/bulk-config", responses=responses(400, 401, 403, 404, 422))
async def change_many(body: BulkChange, services: Hub, user: Operator, request: Request) -> BulkAnswer:
    """Change what is wanted of many agents, or restart them; nothing is changed when a listed agent does not exist."""
    ids = await chosen(services, body, user)
    for one in ids:
        visible(services, user, one)
    changed = 0
    if wanted := body.change.change():
        changed = await _change(services, ids, _patching(wanted), user, request, body.comment)
    restarted = await _restart(services, ids, user, request) if body.restart else 0
    return BulkAnswer(agents=len(ids), changed=changed, restarted=restarted)


def _patching(change: Mapping[str, Any]) -> Callable[[ConfigVersion | None], Content]:
    return lambda before: patched(before.content if before else {}, change)


async def _change(
    services: Services,
    agent_ids: Sequence[int],
    changed: Callable[[ConfigVersion | None], Content],
    user: Principal,
    request: Request,
    comment: str,
) -> int:
    """Add a version for each agent of which something else is wanted now, tell those, and return how many they are."""
    async with services.database.transaction() as connection:
        held = await configs.lock(connection, agent_ids)
        if strangers := [one for one in agent_ids if one not in held]:
            raise NotFoundError(f"There is no agent {strangers[0]}.")
        wanted = {agent_id: changed(before) for agent_id, before in held.items()}
        new = [
            (agent_id, _number(held[agent_id]) + 1, content)
            for agent_id, content in wanted.items()
            if content != _content(held[agent_id])
        ]
        added = await configs.add(connection, new, user.username, comment)
        for one in added:
            await audit.add(
                connection, user.actor, "agent_config.change", f"agent:{one.agent_id}",
                address_of(request), version=one.version, before=dict(_content(held[one.agent_id])),
                after=dict(one.content), comment=comment,
            )  # fmt: skip
    for one in added:
        services.sessions.configure(one)
    return len(added)


async def _restart(services: Services, agent_ids: Sequence[int], user: Principal, request: Request) -> int:
    asked = [agent_id for agent_id in agent_ids if services.sessions.configurable(agent_id)]
    async with services.database.transaction() as connection:
        for agent_id in asked:
            await audit.add(connection, user.actor, "agent.restart", f"agent:{agent_id}", address_of(request))
    return sum(services.sessions.restart(agent_id) for agent_id in asked)


async def _view(services: Services, agent_id: int) -> ConfigView:
    async with services.database.connection() as connection:
        if await agents.get(connection, agent_id) is None:
            raise NotFoundError(f"There is no agent {agent_id}.")
        wanted = await configs.newest(connection, agent_id)
        told = await configs.state(connection, agent_id)
    configurable = services.sessions.configurable(agent_id)
    return ConfigView(
        wanted=None if wanted is None else _version(wanted),
        link="away" if configurable is None else "connected" if configurable else "unsupported",
        state=None if told is None else StateView(**told.state, reported_at=told.reported_at),
    )


def _version(one: ConfigVersion) -> VersionView:
    return VersionView(
        version=one.version,
        content=ConfigContent(**one.content),
        author=one.author,
        comment=one.comment,
        created_at=one.created_at,
    )


def _number(one: ConfigVersion | None) -> int:
    return one.version if one else 0


def _content(one: ConfigVersion | None) -> Content:
    return one.content if one else {}
