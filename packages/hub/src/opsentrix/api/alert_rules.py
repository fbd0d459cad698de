"""Alert rules: read, made, changed and removed, and what holds for single agents instead."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field, model_validator

from opsentrix.alerting.coarser import names_of
from opsentrix.alerting.matches import about_agents, matches
from opsentrix.alerting.seed import new_rule
from opsentrix.api.auth import Admin, AgentId, Needs, Operator
from opsentrix.api.fields import Flag, Name, Text, Whole
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.db import Connection
from opsentrix.errors import ConflictError, FieldError, InvalidError, NotFoundError
from opsentrix.model import rule_format, rule_json, rule_text
from opsentrix.model.access import Principal
from opsentrix.model.quantities import RuleError
from opsentrix.model.rules import AlertRule, Comparison, Rule, Severity
from opsentrix.model.stored_alerts import RULE_DELETED, RuleOverride, StoredRule
from opsentrix.model.users import Role
from opsentrix.storage import alert_rules, alerts, audit, rule_groups
from opsentrix.storage.alerts import AlertCounts

MAX_RULES = 1000
_VERSIONS = 50
router = APIRouter(prefix="/api/v1/alert-rules", tags=["alerts"])
RuleId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Reader = Annotated[Principal, Depends(Needs(Role.VIEWER, everywhere=True))]
"""Rules name environments and tags, so they are for those who see all agents."""
LabelName = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_.-]{0,63}$")]


TagGlob = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/=*?-]{1,64}$")]
Advice = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]


class RuleSource(BaseModel):
    """What a rule says: as text, or as JSON; exactly one of both."""

    expression: Annotated[str, Field(min_length=1, max_length=rule_text.MAX_CHARS)] | None = None
    definition: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _says_it_once(self) -> Self:
        if (self.expression is None) == (self.definition is None):
            raise ValueError("expression or definition is needed, and not both")
        return self

    def rule(self) -> Rule:
        """Return the rule.

        Raises:
            RuleError: it is none.
        """
        if self.expression is not None:
            return rule_text.parse(self.expression)
        return rule_json.from_json(self.definition)


class RuleMatches(BaseModel):
    """What a rule would be about now, by the newest values that the hub holds."""

    agents: int = Field(description="Those that it covers.")
    agents_with_data: int = Field(description="Those of them that send what it looks at.")
    targets: int
    holding: int | None = Field(
        description="On how many targets it holds this moment, `for` aside; null where newest values cannot say."
    )
    unknown_metrics: list[str] = Field(description="Metrics that no agent sends: no data yet.")


class ParsedRule(BaseModel):
    """A rule in both forms, or what is wrong with it: `position` counts characters of the expression from 0."""

    expression: str = ""
    definition: dict[str, Any] | None = None
    error: str = ""
    position: int | None = None
    expected: list[str] = []
    hint: str = ""
    matches: RuleMatches | None = None


class NewAlertRule(RuleSource):
    """A rule, with what people say about it; `based_on` is the version that it changes."""

    name: Name
    severity: Severity = Severity.WARNING
    enabled: Flag = True
    labels: Annotated[dict[LabelName, Text], Field(max_length=20)] = {}
    summary: Text = ""
    advice: Advice = ""
    group_by: Annotated[
        list[TagGlob], Field(max_length=10, description="Alerts of agents that share such a tag are one incident.")
    ] = []
    group_id: (
        Annotated[Whole, Field(ge=1, lt=2**63, description="The rule is about agents of this group only.")] | None
    ) = None
    based_on: Annotated[Whole, Field(ge=1)] | None = None


class AlertRuleView(BaseModel):
    """A rule as it is stored, and how many of its targets alarm or may soon."""

    id: int
    name: str
    version: int
    enabled: bool
    severity: Severity
    expression: str
    definition: dict[str, Any]
    labels: dict[str, str]
    summary: str
    advice: str
    group_by: list[str]
    group_id: int | None
    changed_at: datetime
    changed_by: str
    firing: int
    pending: int


class AlertRuleList(BaseModel):
    """All rules, the oldest first."""

    items: list[AlertRuleView]


class OverrideBody(BaseModel):
    """What holds for one agent instead: another threshold in base units, or nothing at all."""

    threshold: Annotated[float, Field(strict=True, allow_inf_nan=False)] | None = None
    enabled: Flag = True

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.enabled and self.threshold is None:
            raise ValueError("threshold is needed, or enabled false")
        return self


class OverrideView(BaseModel):
    """What holds for one agent instead."""

    agent: int
    threshold: float | None
    enabled: bool


class RuleVersion(BaseModel):
    """What a rule was from `changed_at` on; `body` has everything that the version says."""

    version: int
    expression: str
    body: dict[str, Any]
    changed_at: datetime
    changed_by: str


class AlertRuleDetail(BaseModel):
    """A rule with what holds for single agents, and its newest versions."""

    rule: AlertRuleView
    overrides: list[OverrideView]
    versions: list[RuleVersion]


@router.get("", responses=responses(401, 403))
async def list_rules(services: Hub, user: Reader) -> AlertRuleList:
    """List the rules."""
    async with services.database.connection() as connection:
        rules, counts = await alert_rules.everyone(connection), await alerts.counts(connection)
    return AlertRuleList(items=[_view(one, counts.get(one.id)) for one in rules])


@router.post("/parse", responses=responses(400, 401, 403, 422))
async def parse_rule(body: RuleSource, services: Hub, user: Reader) -> ParsedRule:
    """Read a rule without keeping it: in both forms, or with the place of the first error."""
    try:
        rule = body.rule()
    except RuleError as error:
        return ParsedRule(error=error.detail, position=error.position, expected=list(error.expected), hint=error.hint)
    return ParsedRule(
        expression=rule_format.write(rule), definition=rule_json.to_json(rule), matches=await _matches(services, rule)
    )


async def _matches(services: Services, rule: Rule) -> RuleMatches:
    """Return what a rule would be about now; in a thread, for it is asked at each pause in typing."""
    names, latest = names_of(rule), services.latest
    newest = latest.batches(names, everybody=about_agents(rule))
    found = await asyncio.to_thread(matches, rule, list(services.registry.members()), newest, services.clock())
    return RuleMatches(
        agents=found.agents,
        agents_with_data=found.agents_with_data,
        targets=found.targets,
        holding=found.holding,
        unknown_metrics=[one for one in names if not latest.sends(one)],
    )


@router.post("", status_code=201, responses=responses(400, 401, 403, 409, 422))
async def create_rule(body: NewAlertRule, services: Hub, user: Admin, request: Request) -> AlertRuleView:
    """Make a rule; it is evaluated from the next second on."""
    new = new_rule(_said(body), tuple(body.group_by), body.group_id)
    now = services.now()
    async with services.database.transaction() as connection:
        if await alert_rules.count(connection) >= MAX_RULES:
            raise ConflictError(f"There are {MAX_RULES} rules already.")
        await _check_group(connection, new.group_id)
        made = await alert_rules.add(connection, new, user.username, now)
        await audit.add(
            connection, user.actor, "alert_rule.create", f"alert_rule:{made.id}", address_of(request),
            after=_audited(made),
        )  # fmt: skip
    await services.alerting.follow_rules()
    return _view(made, None)


@router.get("/{rule_id}", responses=responses(401, 403, 404, 422))
async def get_rule(rule_id: RuleId, services: Hub, user: Reader) -> AlertRuleDetail:
    """Show a rule with its overrides and versions."""
    async with services.database.connection() as connection:
        rule = await found_rule(services, rule_id)
        counts = await alerts.counts(connection)
        overrides = await alert_rules.overrides(connection, rule_id)
        versions = await alert_rules.versions(connection, rule_id, _VERSIONS)
    return AlertRuleDetail(
        rule=_view(rule, counts.get(rule_id)),
        overrides=[OverrideView(agent=one.agent_id, threshold=one.threshold, enabled=one.enabled) for one in overrides],
        versions=[RuleVersion(**one, expression=_text(one["body"]["definition"])) for one in versions],
    )


@router.put("/{rule_id}", responses=responses(400, 401, 403, 404, 409, 422))
async def change_rule(
    rule_id: RuleId, body: NewAlertRule, services: Hub, user: Admin, request: Request
) -> AlertRuleView:
    """Give a rule a new version; its alerts carry on where they are about the same targets, else they end."""
    new = new_rule(_said(body), tuple(body.group_by), body.group_id)
    async with services.database.transaction() as connection:
        before = await alert_rules.get(connection, rule_id)
        if before is None:
            raise NotFoundError(f"There is no alert rule {rule_id}.")
        if body.based_on is not None and body.based_on != before.version:
            raise ConflictError(f"Somebody changed the rule meanwhile: it has version {before.version}.")
        await _check_group(connection, new.group_id)
        after = await alert_rules.change(connection, rule_id, new, user.username, services.now())
        if after is None:
            raise NotFoundError(f"There is no alert rule {rule_id}.")
        await audit.add(
            connection, user.actor, "alert_rule.update", f"alert_rule:{rule_id}", address_of(request),
            before=_audited(before), after=_audited(after),
        )  # fmt: skip
    await services.alerting.follow_rules()
    return _view(after, None)


@router.delete("/{rule_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def delete_rule(rule_id: RuleId, services: Hub, user: Admin, request: Request) -> None:
    """Delete a rule; its alerts end."""
    async with services.database.transaction() as connection:
        before = await alert_rules.get(connection, rule_id)
        if before is None:
            raise NotFoundError(f"There is no alert rule {rule_id}.")
        await alerts.retire_rule(connection, rule_id, RULE_DELETED, services.now())
        await alert_rules.remove(connection, rule_id)
        await audit.add(
            connection, user.actor, "alert_rule.delete", f"alert_rule:{rule_id}", address_of(request),
            before=_audited(before),
        )  # fmt: skip
    await services.alerting.follow_rules()


@router.put("/{rule_id}/overrides/{agent_id}", responses=responses(400, 401, 403, 404, 422))
async def set_override(
    rule_id: RuleId, agent_id: AgentId, body: OverrideBody, services: Hub, user: Operator, request: Request
) -> OverrideView:
    """Let another threshold hold for an agent, or let the rule leave it alone."""
    rule = await found_rule(services, rule_id)
    _known_agent(services, agent_id)
    if body.threshold is not None and not isinstance(rule_json.from_json(rule.definition).condition, Comparison):
        raise InvalidError("Not valid: threshold.", FieldError("threshold", "needs a rule of one comparison"))
    one = RuleOverride(rule_id, agent_id, body.threshold, body.enabled)
    async with services.database.transaction() as connection:
        await alert_rules.override(connection, one, user.username, services.now())
        await audit.add(
            connection, user.actor, "alert_rule.override", f"alert_rule:{rule_id}", address_of(request),
            after={"agent": agent_id, "threshold": body.threshold, "enabled": body.enabled},
        )  # fmt: skip
    await services.alerting.follow_rules()
    return OverrideView(agent=agent_id, threshold=body.threshold, enabled=body.enabled)


@router.delete("/{rule_id}/overrides/{agent_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def remove_override(rule_id: RuleId, agent_id: AgentId, services: Hub, user: Operator, request: Request) -> None:
    """Let a rule hold for an agent as it is."""
    _known_agent(services, agent_id)
    async with services.database.transaction() as connection:
        if not await alert_rules.remove_override(connection, rule_id, agent_id):
            raise NotFoundError(f"Nothing else holds for agent {agent_id} in alert rule {rule_id}.")
        await audit.add(
            connection, user.actor, "alert_rule.override_remove", f"alert_rule:{rule_id}", address_of(request),
            before={"agent": agent_id},
        )  # fmt: skip
    await services.alerting.follow_rules()


def understood(body: RuleSource) -> Rule:
    """Return the rule of a request.

    Raises:
        InvalidError: the expression or the definition is no rule.
    """
    field = "expression" if body.expression is not None else "definition"
    try:
        return body.rule()
    except RuleError as error:
        place = "" if error.position is None else f" (at character {error.position + 1})"
        raise InvalidError(f"Not valid: {field}. {error.detail}{place}.", FieldError(field, error.detail)) from None


def _said(body: NewAlertRule) -> AlertRule:
    """Return what a request says as a rule that is not stored yet."""
    return AlertRule(
        0, 0, body.name, understood(body), body.severity, body.summary, body.advice, tuple(sorted(body.labels.items())),
        body.enabled,
    )  # fmt: skip


def _known_agent(services: Services, agent_id: int) -> None:
    if services.registry.get(agent_id) is None:
        raise NotFoundError(f"There is no agent {agent_id}.")


async def found_rule(services: Services, rule_id: int) -> StoredRule:
    """Return a rule as it is stored.

    Raises:
        NotFoundError: there is none of this id.
    """
    async with services.database.connection() as connection:
        rule = await alert_rules.get(connection, rule_id)
    if rule is None:
        raise NotFoundError(f"There is no alert rule {rule_id}.")
    return rule


async def _check_group(connection: Connection, group_id: int | None) -> None:
    """Let a group that a rule is put into stay there until the transaction ends.

    Raises:
        InvalidError: there is none.
    """
    if group_id is not None and await rule_groups.lock(connection, group_id, to_write=False) is None:
        raise InvalidError("Not valid: group_id.", FieldError("group_id", "there is no such group"))


def _audited(rule: StoredRule) -> dict[str, object]:
    return {
        "name": rule.name, "enabled": rule.enabled, "severity": rule.severity, "expression": _text(rule.definition),
        "labels": rule.labels, "group_by": list(rule.group_by), "group_id": rule.group_id, "version": rule.version,
    }  # fmt: skip


def _text(definition: dict[str, Any]) -> str:
    return rule_format.write(rule_json.from_json(definition))


def _view(rule: StoredRule, counts: AlertCounts | None) -> AlertRuleView:
    return AlertRuleView(
        id=rule.id,
        name=rule.name,
        version=rule.version,
        enabled=rule.enabled,
        severity=rule.severity,
        expression=_text(rule.definition),
        definition=rule.definition,
        labels=rule.labels,
        summary=rule.annotations.get("summary", ""),
        advice=rule.annotations.get("advice", ""),
        group_by=list(rule.group_by),
        group_id=rule.group_id,
        changed_at=rule.changed_at,
        changed_by=rule.changed_by,
        firing=counts.firing if counts else 0,
        pending=counts.pending if counts else 0,
    )
