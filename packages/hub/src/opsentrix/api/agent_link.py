"""How any program can be an agent: heartbeats and samples by plain HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from google.protobuf.message import DecodeError
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import LABEL_KEY, MAX_LABEL_VALUE_CHARS, MAX_LABELS, METRIC_NAME, labels_of
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from opsentrix.api.auth import AuthenticatedAgent
from opsentrix.api.fields import UnixSeconds
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub
from opsentrix.errors import FieldError, ForbiddenError, InvalidError, MalformedError
from opsentrix.ingest.errors import FrameRejectedError
from opsentrix.ingest.rest import Sample
from opsentrix.model.agents import AgentStatus

PROTOBUF = "application/x-protobuf"
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
