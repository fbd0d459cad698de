"""How agents reach the hub: WebSocket for ours, plain HTTP for any program."""

import asyncio
import itertools
from collections import deque
from typing import Annotated, Any

from fastapi import APIRouter, Request, WebSocket, WebSocketDisconnect
from google.protobuf.message import DecodeError
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import LABEL_KEY, MAX_LABEL_VALUE_CHARS, MAX_LABELS, METRIC_NAME, labels_of
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from opsentrix import log
from opsentrix.api.auth import AuthenticatedAgent, agent_of
from opsentrix.api.fields import UnixSeconds
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub
from opsentrix.errors import (
    FieldError,
    ForbiddenError,
    InvalidError,
    MalformedError,
    OpsentrixError,
    UnauthenticatedError,
    UnavailableError,
)
from opsentrix.ingest.errors import FrameRejectedError
from opsentrix.ingest.rest import Sample
from opsentrix.ingest.session import Session
from opsentrix.model.agents import AgentStatus

PROTOBUF = "application/x-protobuf"
_MAX_UNSENT = 1000
_CLOSE_WITHIN_S = 5.0
"""How long an agent may take to read what is left for it when its session is ended."""
_IN_A_ROW = 50
"""Messages of one agent that are taken before the others have their turn."""
HELLO_WITHIN_S = 30.0
_LINK = "websocket"
_TRY_AGAIN = 1013
_GOING_AWAY = 1001
_log = log.get(__name__)
router = APIRouter(prefix="/api/v1/agents", tags=["agent link"])

MetricName = Annotated[str, Field(pattern=f"^{METRIC_NAME.pattern}$")]
LabelKey = Annotated[str, Field(pattern=f"^{LABEL_KEY.pattern}$")]
LabelValue = Annotated[str, Field(max_length=MAX_LABEL_VALUE_CHARS, pattern=r"^[^\x00-\x1f\x7f]*$")]
Finite = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class HeartbeatBody(BaseModel):
    """How an agent is."""

    status: AgentStatus = AgentStatus.ONLINE


class SampleBody(BaseModel):
    """One value; `time` is Unix seconds or RFC 3339, and now when left out."""

    metric: MetricName
    value: Finite
    labels: Annotated[dict[LabelKey, LabelValue], Field(max_length=MAX_LABELS)] = {}
    time: UnixSeconds | None = None
    unit: Annotated[str, Field(max_length=32, pattern=r"^[\x20-\x7e]*$")] = ""


class MetricsBody(BaseModel):
    """Values by metric name, or samples with labels and times, or both."""

    metrics: Annotated[dict[MetricName, Finite], Field(max_length=5000)] = {}
    samples: Annotated[list[SampleBody], Field(max_length=10_000)] = []


class Accepted(BaseModel):
    """How many samples are durable now."""

    accepted: int


_BODY = TypeAdapter(MetricsBody)


def _metrics_schema() -> dict[str, Any]:
    """Return the schema of MetricsBody with its parts inside: OpenAPI does not look for definitions in a body."""
    schema = MetricsBody.model_json_schema()
    schema["properties"]["samples"]["items"] = schema.pop("$defs")["SampleBody"]
    return schema


@router.post("/{agent_id}/heartbeat", status_code=204, responses=responses(400, 401, 403, 404, 413, 422))
async def heartbeat(body: HeartbeatBody, agent: AuthenticatedAgent, services: Hub) -> None:
    """Tell the hub that the agent is alive, and how it is."""
    services.registry.beat(agent, body.status)


@router.post(
    "/{agent_id}/metrics",
    responses=responses(400, 401, 403, 404, 409, 413, 422, 503),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _metrics_schema()},
                PROTOBUF: {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
)
async def post_metrics(agent: AuthenticatedAgent, services: Hub, request: Request) -> Accepted:
    """Store samples; the answer comes when they are durable."""
    if services.registry.must_seal(agent):
        raise ForbiddenError("This agent must seal what it sends, which this route does not take.")
    content_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    body = await request.body()
    try:
        if content_type == PROTOBUF:
            accepted = await services.rest.frame(agent, _frame(body))
        else:
            known = services.registry.get(agent)
            step_s = known.agent.reporting_interval if known else 1.0
            accepted = await services.rest.samples(agent, _samples(body, services.clock()), round(step_s * 1000))
    except FrameRejectedError as error:
        error.count()
        raise InvalidError(
            f"Not valid: {error.field}.", FieldError(error.field, f"{error.detail} ({error.slug})")
        ) from None
    services.registry.beat(agent, None)
    return Accepted(accepted=accepted)


@router.websocket("/connect")
async def connect(websocket: WebSocket, services: Hub) -> None:
    """Carry one agent's session: each binary message is an AgentMessage or a HubMessage."""
    try:
        agent_id = agent_of(services, websocket)
    except UnauthenticatedError:
        await websocket.close()  # before accept: the upgrade is refused with 403
        return
    await websocket.accept()
    link = _Link(websocket)
    session = Session(agent_id, _LINK, link.send, services.session_context, link.close)
    services.sessions.opened(session, link.close)
    _log.info("agent connected", agent=agent_id)
    greeting = asyncio.get_running_loop().call_later(HELLO_WITHIN_S, link.need_hello, session)
    try:
        await link.run(session)
    finally:
        greeting.cancel()
        services.sessions.closed(session)
        _log.info("agent disconnected", agent=agent_id)


class _Link:
    """One WebSocket: what the session sends is queued and goes out in order."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._unsent: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._ended = asyncio.Event()
        self._reason: str | None = None

    def send(self, message: bytes) -> None:
        """Queue a message; an agent that reads none of so many is cut off."""
        if len(self._unsent) >= _MAX_UNSENT:
            self.close("the agent does not read")
            return
        self._unsent.append(message)
        self._wake.set()

    def close(self, reason: str) -> None:
        """End the session."""
        self._reason = reason
        self._wake.set()
        self._ended.set()

    def need_hello(self, session: Session) -> None:
        """End a session that has not begun."""
        if session.capable("") is None:
            self.close("it said no hello")

    async def run(self, session: Session) -> None:
        """Carry messages both ways until either side ends it."""
        receiving = asyncio.create_task(self._receive(session))
        sending = asyncio.create_task(self._send())
        ending = asyncio.create_task(self._ended.wait())
        try:
            await asyncio.wait((receiving, sending, ending), return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                receiving.cancel()
                await asyncio.wait((sending,), timeout=_CLOSE_WITHIN_S)
        finally:
            for task in (receiving, sending, ending):
                task.cancel()
            outcomes = await asyncio.gather(receiving, sending, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, OpsentrixError):
                _log.warning("agent session ended", agent=session.agent_id, reason=outcome.detail)
            elif isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
                _log.error("agent session failed", agent=session.agent_id, exc_info=outcome)

    async def _receive(self, session: Session) -> None:
        try:
            for number in itertools.count(1):
                message = await self._websocket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                if number % _IN_A_ROW == 0:
                    await asyncio.sleep(0)  # while messages wait, nothing else here lets the others run
                await session.receive(message.get("bytes") or (message.get("text") or "").encode())
        except UnavailableError:
            await self._websocket.close(_TRY_AGAIN, "the database does not answer")
            raise

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._unsent:
                await self._websocket.send_bytes(self._unsent.popleft())
            if self._reason is not None:
                await self._websocket.close(_GOING_AWAY, self._reason)
                return


def _frame(body: bytes) -> pb.Frame:
    frame = pb.Frame()
    try:
        frame.ParseFromString(body)
    except DecodeError:
        raise MalformedError("The body is not a readable opsentrix.v1.Frame.") from None
    return frame


def _samples(body: bytes, now: float) -> list[Sample]:
    try:
        parsed = _BODY.validate_json(body)
    except ValidationError as error:
        if any(one["type"] == "json_invalid" for one in error.errors()):
            raise MalformedError("The body is not readable JSON.") from None
        errors = [FieldError(".".join(map(str, one["loc"])) or "body", one["msg"]) for one in error.errors()[:20]]
        raise InvalidError(f"Not valid: {', '.join(one.field for one in errors)}.", *errors) from None
    if not parsed.metrics and not parsed.samples:
        raise InvalidError("Not valid: metrics.", FieldError("metrics", "neither metrics nor samples were sent"))
    now_ms = round(now * 1000)
    named = [Sample(name, (), "", now_ms, value) for name, value in parsed.metrics.items()]
    listed = [
        Sample(
            one.metric,
            labels_of(**one.labels),
            one.unit,
            now_ms if one.time is None else round(one.time * 1000),
            one.value,
        )
        for one in parsed.samples
    ]
    return named + listed
