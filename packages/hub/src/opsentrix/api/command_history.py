"""What became of commands: the list, the runs, and what they wrote."""

import base64
from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from opsentrix.api.auth import AgentId, Viewer
from opsentrix.api.commands import CommandId
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services
from opsentrix.errors import NotFoundError
from opsentrix.model.access import Principal
from opsentrix.model.commands import Command, CommandState, Effect, Run, RunState
from opsentrix.storage import command_runs, commands
from opsentrix.storage.command_runs import Piece
from opsentrix.storage.commands import CommandFilter

router = APIRouter(prefix="/api/v1/commands", tags=["commands"])
_OUTPUT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What is kept of it.",
        "headers": {"Opsentrix-Output-Seq": {"schema": {"type": "integer"}, "description": "Of the last piece."}},
        "content": {
            "text/plain": {"schema": {"type": "string"}},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
_NAMES = 3
"""Of agents of a command that are named in lists."""
_STDERR = 2
_STREAMS = {"all": (1, _STDERR), "stdout": (1,), "stderr": (_STDERR,)}


class CommandView(BaseModel):
    """A command, with how many of its runs are in each state, as far as the caller sees their agents."""

    id: int
    action: str
    params: dict[str, Any]
    effect: Effect
    state: CommandState
    note: str = Field(description="Why it stands as it does, where that needs words.")
    runs: dict[RunState, int]
    agents: list[str] = Field(description="The names of the first of its agents.")
    reason: str
    requested_by: str
    created_at: datetime
    expires_at: datetime
    timeout_s: int
    batch_size: int
    batches: int
    batch: int = Field(description="The batch that has its turn, from 0.")
    pause_s: int
    stop_after: int
    decided_by: str = Field(description="Who approved or rejected it.")
    decided_at: datetime | None
    ended_at: datetime | None = Field(description="When no run was open any more.")
    incident: int | None = Field(description="The incident that it was given from.")
    runbook_run: int | None = Field(description="The run of a runbook whose step it is.")


class CommandList(BaseModel):
    """Commands, the newest first; `next` is the cursor of the page that follows, null on the last."""

    items: list[CommandView]
    next: int | None


class RunView(BaseModel):
    """What became of a command on an agent."""

    id: int
    agent: int
    name: str
    batch: int
    state: RunState
    exit_code: int | None = Field(description="Negative for the signal that ended it.")
    duration_ms: int | None
    error: str
    sent_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    cancelling: bool
    output_bytes: int
    output_truncated: bool
    output_removed: bool = Field(description="Whether its output was kept for as long as the hub keeps such.")


class CommandDetail(CommandView):
    """A command with a page of its runs; `next_run` is the `after` of the page that follows, null on the last."""

    items: list[RunView]
    next_run: int | None


class PieceView(BaseModel):
    """What a run wrote to one stream until it wrote to the other: bytes, in base64."""

    stream: Literal["stdout", "stderr"]
    data: str


class PieceList(BaseModel):
    """What a run wrote, in the order in which it did; `seq` is the `after` of the next request."""

    items: list[PieceView]
    seq: int


@router.get("", responses=responses(401, 403, 422))
async def list_commands(
    services: Hub,
    user: Viewer,
    agent: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    action: Annotated[str, Query(max_length=64)] = "",
    state: Annotated[list[CommandState] | None, Query()] = None,
    requested_by: Annotated[str, Query(max_length=64)] = "",
    cursor: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CommandList:
    """List commands; who sees some agents only, sees those with such agents, and counts these."""
    only = services.visibility.only(user.scopes)
    wanted = CommandFilter(agent, action.replace("\0", ""), state or (), requested_by.replace("\0", ""), only)
    async with services.database.connection() as connection:
        found = await commands.newest(connection, wanted, cursor, limit + 1)
        page = found[:limit]
        counted = await commands.counts(connection, [one.id for one in page], only)
        named = await command_runs.first_names(connection, [one.id for one in page], only, _NAMES)
    return CommandList(
        items=[_view(one, counted[one.id], named[one.id]) for one in page],
        next=page[-1].id if len(found) > limit else None,
    )


@router.get("/{command_id}", responses=responses(401, 403, 404, 422))
async def read_command(
    command_id: CommandId,
    services: Hub,
    user: Viewer,
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> CommandDetail:
    """Show a command with its runs."""
    only = services.visibility.only(user.scopes)
    command, counted = await _seen(services, command_id, only)
    async with services.database.connection() as connection:
        runs = await command_runs.of_command(connection, command_id, only, after, limit + 1)
    page = runs[:limit]
    return CommandDetail(
        **_view(command, counted, [name for _, name in page[:_NAMES]]).model_dump(),
        items=[_run(one, name) for one, name in page],
        next_run=page[-1][0].id if len(runs) > limit else None,
    )


@router.get(
    "/{command_id}/runs/{agent_id}/output",
    response_class=Response,
    responses={**_OUTPUT, **responses(401, 403, 404, 422)},
)
async def read_output(
    command_id: CommandId,
    agent_id: AgentId,
    services: Hub,
    user: Viewer,
    stream: Literal["all", "stdout", "stderr"] = "all",
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="Only what came behind this piece.")] = 0,
    *,
    download: bool = False,
) -> Response:
    """Return what a run wrote as text; bytes that are no UTF-8 are replaced, unless it is downloaded.

    The header `Opsentrix-Output-Seq` has the number of the last piece, for the `after` of the next request.
    """
    pieces = await _pieces(services, user, command_id, agent_id, _STREAMS[stream], after)
    content = b"".join(one.data for one in pieces)
    headers = {"Opsentrix-Output-Seq": str(pieces[-1].seq if pieces else after)}
    if download:
        name = f"command-{command_id}-agent-{agent_id}.txt"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return Response(content, media_type="application/octet-stream", headers=headers)
    return Response(content.decode(errors="replace"), media_type="text/plain; charset=utf-8", headers=headers)


@router.get("/{command_id}/runs/{agent_id}/pieces", responses=responses(401, 403, 404, 422))
async def read_pieces(
    command_id: CommandId,
    agent_id: AgentId,
    services: Hub,
    user: Viewer,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="Only what came behind this piece.")] = 0,
) -> PieceList:
    """Return what a run wrote as bytes by stream: as the live feed brings it, and to be continued by that."""
    pieces = await _pieces(services, user, command_id, agent_id, _STREAMS["all"], after)
    return PieceList(
        items=[
            PieceView(
                stream="stderr" if stream == _STDERR else "stdout",
                data=base64.b64encode(b"".join(one.data for one in together)).decode(),
            )
            for stream, together in groupby(pieces, lambda one: one.stream)
        ],
        seq=pieces[-1].seq if pieces else after,
    )


async def _pieces(
    services: Services, user: Principal, command_id: int, agent_id: int, streams: Sequence[int], after: int
) -> list[Piece]:
    await _seen(services, command_id, services.visibility.only(user.scopes))
    async with services.database.connection() as connection:
        run = await command_runs.get(connection, command_id, agent_id)
        if run is None:
            raise NotFoundError(f"Command {command_id} is not for agent {agent_id}.")
        return await command_runs.output(connection, run.id, streams, after)


async def _seen(
    services: Services, command_id: int, only: Collection[int] | None
) -> tuple[Command, dict[RunState, int]]:
    async with services.database.connection() as connection:
        command = await commands.get(connection, command_id)
        counted = (await commands.counts(connection, [command_id], only))[command_id]
    if command is None or not (counted or only is None):
        raise NotFoundError(f"There is no command {command_id}.")
    return command, counted


def _view(command: Command, counted: dict[RunState, int], agents: list[str]) -> CommandView:
    return CommandView(
        id=command.id, action=command.action, params=orjson.loads(command.params), effect=command.effect,
        state=command.state, note=command.note, runs=counted, agents=agents, reason=command.reason,
        requested_by=command.requested_by, created_at=command.created_at, expires_at=command.expires_at,
        timeout_s=command.timeout_s, batch_size=command.batch.size, batches=command.turns, batch=command.turn,
        pause_s=command.batch.pause_s, stop_after=command.batch.stop_after, decided_by=command.decided_by,
        decided_at=command.decided_at, ended_at=command.ended_at,
        incident=command.incident_id, runbook_run=command.runbook_run_id,
    )  # fmt: skip


def _run(run: Run, name: str) -> RunView:
    return RunView(
        id=run.id, agent=run.agent_id, name=name, batch=run.turn, state=run.state, exit_code=run.exit_code,
        duration_ms=run.duration_ms, error=run.error, sent_at=run.sent_at, started_at=run.started_at,
        ended_at=run.ended_at, cancelling=run.cancelling, output_bytes=run.output_bytes,
        output_truncated=run.output_truncated, output_removed=run.output_removed,
    )  # fmt: skip
