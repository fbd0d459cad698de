"""Processes that use most: now, at a moment of the past, and over a time."""

from typing import Annotated

from fastapi import APIRouter, Query
from opsentrix_protocol.processes import ProcessSample, ProcessTable
from pydantic import BaseModel, Field

from opsentrix.api.agents import find
from opsentrix.api.auth import AgentId, Viewer
from opsentrix.api.fields import UnixSeconds
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub
from opsentrix.errors import FieldError, InvalidError
from opsentrix.model.processes import Order, Use
from opsentrix.query import processes as query

MAX_RANGE_S = 86_400
router = APIRouter(prefix="/api/v1/agents", tags=["agents"])


class ProcessView(BaseModel):
    """One process at one moment: `cpu` in cores, `read_bytes` and `write_bytes` a second, from and to block devices."""

    pid: int
    name: str
    user: str
    state: str
    cpu: float
    memory_bytes: int
    threads: int
    read_bytes: float
    write_bytes: float


class ProcessList(BaseModel):
    """The processes that used most at `time` (Unix seconds)."""

    time: float | None
    items: list[ProcessView]


class ProcessUseView(BaseModel):
    """What one process used over a time, as far as it was among those that used most; times in Unix seconds."""

    pid: int
    name: str
    user: str
    first_seen: float
    last_seen: float
    peak: float = Field(description="The look at which it used most of what is ranked by.")
    looks: int = Field(description="How often it was among those that used most.")
    seconds: float = Field(description="The time that these looks account for; means are over it.")
    cpu_seconds: float
    cpu_mean: float = Field(description="Cores.")
    cpu_max: float = Field(description="The most cores that it used between two looks.")
    memory_bytes_mean: float
    memory_bytes_max: int
    read_bytes: float
    read_max: float = Field(description="Bytes a second.")
    write_bytes: float
    write_max: float = Field(description="Bytes a second.")


class ProcessUseList(BaseModel):
    """The processes that used most between `from` and `to` (Unix seconds), of `looks` looks at the machine."""

    start: float = Field(alias="from")
    end: float = Field(alias="to")
    looks: int
    items: list[ProcessUseView]


class UseQuery(BaseModel):
    """Which time is asked for, and by what processes are ranked."""

    start: Annotated[UnixSeconds, Field(alias="from")]
    end: Annotated[UnixSeconds, Field(alias="to")]
    by: Order = Order.CPU
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    q: Annotated[str, Field(max_length=64, description="Only processes with it in name or owner, or as pid.")] = ""


@router.get("/{agent_id}/processes", responses=responses(401, 404, 422))
async def list_processes(
    agent_id: AgentId,
    services: Hub,
    user: Viewer,
    at: Annotated[UnixSeconds | None, Query(description="A moment of the past; left out: now.")] = None,
    nearest: Annotated[bool, Query(description="The look nearest to `at`, which may be the one after it.")] = False,
) -> ProcessList:
    """Show the processes that used most at the newest look, or at the last one before a moment."""
    await find(services, agent_id)
    if at is None:
        return ProcessList(**services.feed.processes(agent_id))
    look = query.near if nearest else query.at
    table = await look(services.database, agent_id, round(at * 1000))
    return ProcessList(time=None, items=[]) if table is None else _list(table)


@router.get("/{agent_id}/processes/top", responses=responses(401, 404, 422))
async def top_processes(
    agent_id: AgentId, services: Hub, user: Viewer, asked: Annotated[UseQuery, Query()]
) -> ProcessUseList:
    """Show the processes that used most over a time of up to a day."""
    await find(services, agent_id)
    if not 0 <= asked.end - asked.start <= MAX_RANGE_S:
        raise InvalidError("Not valid: to.", FieldError("to", f"must be at or up to {MAX_RANGE_S} s after from"))
    first_ms, last_ms = round(asked.start * 1000), round(asked.end * 1000)
    looks, uses = await query.over(services.database, agent_id, first_ms, last_ms, asked.by, asked.limit, asked.q)
    items = [_use(one) for one in uses]
    return ProcessUseList(**{"from": asked.start, "to": asked.end}, looks=looks, items=items)


def _use(use: Use) -> ProcessUseView:
    # Two looks at the same moment account for no time.
    seconds = use.seconds or 1.0
    return ProcessUseView(
        pid=use.pid,
        name=use.name[:64],
        user=use.user[:64],
        first_seen=use.first_ms / 1000,
        last_seen=use.last_ms / 1000,
        peak=use.peak_ms / 1000,
        looks=use.seen,
        seconds=use.seconds,
        cpu_seconds=use.cpu_seconds,
        cpu_mean=use.cpu_seconds / seconds,
        cpu_max=use.cpu_cores_max,
        memory_bytes_mean=use.memory_byte_seconds / seconds if use.seconds else use.memory_bytes_max,
        memory_bytes_max=use.memory_bytes_max,
        read_bytes=use.read_bytes,
        read_max=use.read_max,
        write_bytes=use.write_bytes,
        write_max=use.write_max,
    )


def _list(table: ProcessTable) -> ProcessList:
    return ProcessList(time=table.time_ms / 1000, items=[process_view(one) for one in table.processes])


def process_view(one: ProcessSample) -> ProcessView:
    """Return a process as it is shown."""
    return ProcessView(
        pid=one.pid,
        name=one.name[:64],
        user=one.user[:64],
        state=one.state,
        cpu=one.cpu_cores,
        memory_bytes=one.memory_bytes,
        threads=one.threads,
        read_bytes=one.read_bytes,
        write_bytes=one.write_bytes,
    )
