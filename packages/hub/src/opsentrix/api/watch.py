"""Is anybody watching? The hub's own checks, the canary, and the dead man's switch, as people see them."""

from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from opsentrix.api.auth import EverywhereOperator, EverywhereViewer
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.model import rule_json
from opsentrix.model.rules import AbsentAgent, AbsentMetric, Severity, leaves, metric_of
from opsentrix.model.stored_alerts import Alert, AlertState, StoredRule
from opsentrix.model.watching import HUB_AGENT, CanaryRecord, Stage, subject
from opsentrix.storage import alert_rules, alerts, audit, canaries
from opsentrix.watch.deadman import Answer

router = APIRouter(prefix="/api/v1/system/watch", tags=["alerts"])
_MOST_CANARIES = 2000
_WORST_FIRST = (AlertState.FIRING, AlertState.UNKNOWN, AlertState.PENDING, AlertState.INACTIVE)


class ReadingView(BaseModel):
    """What the hub samples of itself now; null where nothing is known."""

    metric: str
    labels: dict[str, str]
    value: float | None


class CheckView(BaseModel):
    """A rule about the hub, and how it stands: the worst of its alerts."""

    rule: int
    name: str
    severity: Severity
    enabled: bool
    state: AlertState
    since: datetime | None
    summary: str
    advice: str
    readings: list[ReadingView]


class CanaryView(BaseModel):
    """A canary: for each stage how many seconds after its sample it came through, as far as it came."""

    number: int
    sampled_at: datetime
    lost: bool = Field(description="The next one set out before it was received.")
    seconds: dict[Stage, float]


class CanaryState(BaseModel):
    """The canaries of the time that was asked for, in order."""

    interval_s: float = Field(description="0 where none are sent.")
    waiting_s: float = Field(description="For how long the oldest is under way since the last one came through.")
    items: list[CanaryView]


class AnswerView(BaseModel):
    """How a ping went."""

    ok: bool
    status: int | None
    text: str


class DeadManView(BaseModel):
    """The dead man's switch."""

    host: str = Field(description="Where pings go; empty for nowhere. The URL itself is a secret.")
    interval_s: float
    tried_at: datetime | None
    arrived_at: datetime | None
    answer: AnswerView | None = Field(description="To the last ping.")
    held: list[str] = Field(description="Why none leaves now.")


class WatchView(BaseModel):
    """Whether anybody is watching."""

    checks: list[CheckView]
    canary: CanaryState
    deadman: DeadManView
    broken: list[str] = Field(description="What is wrong with the way from a sample to a person.")


@router.get("", responses=responses(401, 403, 422))
async def read_watch(
    services: Hub, user: EverywhereViewer, hours: Annotated[int, Query(ge=1, le=48)] = 24
) -> WatchView:
    """Show how the hub itself is, and whether its alerts come through."""
    async with services.database.connection() as connection:
        rules = [one for one in await alert_rules.everyone(connection) if _about_hub(one)]
        states = [one for one in await alerts.everyone(connection) if one.agent_id == HUB_AGENT]
        sent = await canaries.since(connection, services.now() - timedelta(hours=hours), _MOST_CANARIES)
    checks = [_check(services, one, [alert for alert in states if alert.rule_id == one.id]) for one in rules]
    return WatchView(
        checks=sorted(checks, key=lambda one: (_WORST_FIRST.index(one.state), -one.severity.rank, one.rule)),
        canary=CanaryState(
            interval_s=services.settings.canary_interval,
            waiting_s=services.canary.waiting(),
            items=[_canary(one) for one in sent],
        ),
        deadman=_deadman(services),
        broken=services.watcher.broken(),
    )


@router.post("/deadman/test", responses=responses(401, 403))
async def test_deadman(services: Hub, user: EverywhereOperator, request: Request) -> AnswerView:
    """Ping now and show the answer. Nothing leaves while something is broken: a ping says that all is well."""
    answer = await services.deadman.test(services.watcher.broken())
    async with services.database.transaction() as connection:
        await audit.add(
            connection, user.actor, "deadman.test", "deadman", address_of(request), ok=answer.ok, status=answer.status
        )  # fmt: skip
    return _answer(answer)


def _about_hub(rule: StoredRule) -> bool:
    return subject(_metrics(rule)) == HUB_AGENT


def _metrics(rule: StoredRule) -> list[str]:
    """Return the metrics that a rule looks at; of an absent agent, none that the hub has."""
    found = []
    for leaf in leaves(rule_json.from_json(rule.definition).condition):
        if isinstance(leaf, AbsentAgent):
            found.append("")
            continue
        metric = leaf.metric if isinstance(leaf, AbsentMetric) else metric_of(leaf.operand)
        found += [one.name for one in (metric, metric.per) if one is not None]
    return found


def _check(services: Services, rule: StoredRule, found: list[Alert]) -> CheckView:
    worst = min(found, key=lambda one: _WORST_FIRST.index(one.state), default=None)
    metrics = _metrics(rule)
    readings = [
        ReadingView(metric=one.metric.name, labels=dict(one.labels), value=None if value != value else value)  # noqa: PLR0124 - NaN
        for one, value in services.watcher.readings.items()
        if one.metric.name in metrics
    ]
    return CheckView(
        rule=rule.id, name=rule.name, severity=rule.severity, enabled=rule.enabled,
        state=AlertState.INACTIVE if worst is None else worst.state, since=None if worst is None else worst.since,
        summary=rule.annotations.get("summary", ""), advice=rule.annotations.get("advice", ""), readings=readings,
    )  # fmt: skip


def _canary(one: CanaryRecord) -> CanaryView:
    began = one.stages[Stage.SAMPLED]
    seconds: dict[Stage, float] = {
        stage: max(0.0, (at - began).total_seconds()) for stage, at in one.stages.items() if stage is not Stage.SAMPLED
    }
    return CanaryView(number=one.number, sampled_at=began, lost=one.lost, seconds=seconds)


def _deadman(services: Services) -> DeadManView:
    state, settings = services.deadman.state, services.settings
    return DeadManView(
        host=urlsplit(settings.deadman_url.get_secret_value()).hostname or "", interval_s=settings.deadman_interval,
        tried_at=state.tried_at, arrived_at=state.ok_at, held=list(state.held),
        answer=None if state.answer is None else _answer(state.answer),
    )  # fmt: skip


def _answer(answer: Answer) -> AnswerView:
    return AnswerView(ok=answer.ok, status=answer.status, text=answer.text)
