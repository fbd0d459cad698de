"""Backtests of alert rules: what a rule would have done over stored history."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from opsentrix.alerting.episodes import Episode
from opsentrix.alerting.runner import rule_group
from opsentrix.api import backtests
from opsentrix.api.alert_rules import Reader, RuleSource, TagGlob, found_rule, understood
from opsentrix.api.fields import UnixSeconds, Whole
from opsentrix.api.problems import responses
from opsentrix.api.selection import ChosenAgents, chosen
from opsentrix.api.services import Hub, Services
from opsentrix.errors import FieldError, InvalidError, UnavailableError
from opsentrix.model.access import Principal
from opsentrix.model.rules import AbsentAgent, Override, Severity
from opsentrix.storage import alert_rules, rule_groups

DEFAULT_RANGE_S = 86_400.0
MAX_RANGE_S = 400 * 86_400.0
MAX_EPISODES = 500
router = APIRouter(prefix="/api/v1/alert-rules", tags=["alerts"])


class RuleTestBody(RuleSource):
    """A rule, and the time and agents that it is tried on."""

    rule_id: Annotated[
        Annotated[Whole, Field(ge=1, lt=2**63)] | None,
        Field(description="A rule that is kept: its overrides hold, and what is not given here is taken from it."),
    ] = None
    group_id: Annotated[
        Annotated[Whole, Field(ge=1, lt=2**63)] | None,
        Field(description="The group that it is in, null for none. Left out: that of the kept rule."),
    ] = None
    severity: Severity | None = None
    group_by: Annotated[list[TagGlob], Field(max_length=10)] | None = None
    start: Annotated[UnixSeconds | None, Field(description="Left out: a day before the end.")] = None
    end: Annotated[UnixSeconds | None, Field(description="Left out: now.")] = None
    agents: Annotated[ChosenAgents | None, Field(description="Left out: all that the rule covers.")] = None


class EpisodeView(BaseModel):
    """One time that an alert fired; Unix seconds by its samples' time."""

    agent_id: int | None = Field(description="Null for a rule that counts agents.")
    labels: dict[str, str]
    pending_at: float
    fired_at: float
    resolved_at: float | None = Field(description="Null where it still goes on at the end.")
    value: float | None = Field(description="When it fired.")
    threshold: float | None
    worst: float | None = Field(description="The value that was furthest beyond the threshold, while it fired.")
    reason: str = Field(description="Why it ended where samples did not end it.")
    quiet: str = Field(description="What kept people from being told; empty when nothing did.")


class NotificationCounts(BaseModel):
    """Notices: those that went out, and alerts of which nobody was told, by the reason."""

    sent: int
    suppressed: int
    by_reason: dict[str, int]


class RuleTestAnswer(BaseModel):
    """What a rule would have done. Times are Unix seconds.

    `timeline` has [time, firing, pending]: how many alerts at most in the time until the next point.
    """

    tier: str
    step_ms: int
    start: float
    end: float
    agents: int
    series: int
    targets: int
    samples: int
    truncated: bool
    notes: list[str]
    minutes_firing: float = Field(description="Summed over alerts.")
    episodes_total: int
    episodes: list[EpisodeView]
    incidents: int
    notifications: NotificationCounts
    timeline: list[tuple[float, int, int]]


@router.post("/test", responses=responses(400, 401, 403, 404, 422, 429, 503))
async def test_rule(body: RuleTestBody, services: Hub, user: Reader, request: Request) -> RuleTestAnswer:
    """Replay a rule over stored history, with the engine that runs live; nobody is told of anything."""
    with services.rule_tests.turn(user.username):
        asked = await _asked(body, services, user)
        try:
            found = await backtests.run(services, asked, request.is_disconnected)
        except backtests.GoneError:
            raise UnavailableError("The client went away.") from None
    return _answer(found, asked.start)


async def _asked(body: RuleTestBody, services: Services, user: Principal) -> backtests.Asked:
    rule = understood(body)
    end = services.clock() if body.end is None else min(body.end, services.clock())
    start = max(0.0, end - DEFAULT_RANGE_S) if body.start is None else body.start
    if not 0 < end - start <= MAX_RANGE_S:
        raise InvalidError("Not valid: start.", FieldError("start", "must lie before `end`, by 400 days at most"))
    kept = None if body.rule_id is None else await found_rule(services, body.rule_id)
    group_id = kept.group_id if kept is not None and "group_id" not in body.model_fields_set else body.group_id
    async with services.database.connection() as connection:
        listed = [] if kept is None else await alert_rules.overrides(connection, kept.id)
        group = None if group_id is None else await rule_groups.get(connection, group_id)
    if group is None and body.group_id is not None:
        raise InvalidError("Not valid: group_id.", FieldError("group_id", "there is no such group"))
    overrides = {one.agent_id: Override(one.threshold, off=not one.enabled) for one in listed}
    selectors = [rule.selector, *([] if group is None else [rule_group(group).selector])]
    within = None if body.agents is None else set(await chosen(services, body.agents, user))
    members = [
        (one, _since(services, one.id))
        for one in sorted(services.registry.members(), key=lambda one: one.id)
        if all(each.accepts(one) for each in selectors) and (within is None or one.id in within)
    ]
    stored = backtests.as_stored(
        kept, body.severity, body.group_by, services.now(), loss=isinstance(rule.condition, AbsentAgent)
    )
    return backtests.Asked(rule, stored, overrides, members, start, end)


def _since(services: Services, agent_id: int) -> float:
    known = services.registry.get(agent_id)
    return 0.0 if known is None else known.agent.created_at.timestamp()


def _answer(found: backtests.Outcome, start: float) -> RuleTestAnswer:
    untold = dict(found.untold or {})
    return RuleTestAnswer(
        tier=found.tier.name,
        step_ms=round(found.step_s * 1000),
        start=start,
        end=found.end,
        agents=found.agents,
        series=found.series,
        targets=found.targets,
        samples=found.samples,
        truncated=found.truncated,
        notes=found.notes,
        minutes_firing=round(sum(one.seconds(start, found.end) for one in found.episodes) / 60, 3),
        episodes_total=len(found.episodes),
        episodes=[_episode(one) for one in found.episodes[:MAX_EPISODES]],
        incidents=found.incidents,
        notifications=NotificationCounts(sent=found.sent, suppressed=sum(untold.values()), by_reason=untold),
        timeline=list(found.timeline),
    )


def _episode(one: Episode) -> EpisodeView:
    return EpisodeView(
        agent_id=one.agent_id, labels=dict(one.labels), pending_at=one.pending_at, fired_at=one.fired_at,
        resolved_at=one.resolved_at, value=one.value, threshold=one.threshold, worst=one.worst, reason=one.reason,
        quiet=one.quiet,
    )  # fmt: skip
