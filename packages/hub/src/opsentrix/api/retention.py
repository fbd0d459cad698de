"""How long history is kept, of whom, and how much room there is for it."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field, model_validator

from opsentrix.api.auth import Admin, Viewer, visible
from opsentrix.api.fields import Environment, Tag, Whole
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import NotFoundError
from opsentrix.maintenance.disk import DiskState
from opsentrix.model.access import Principal
from opsentrix.model.retention import Days, RetentionRule
from opsentrix.model.tiers import HOUR, MINUTE, SECOND
from opsentrix.storage import audit, retention

_SHORTENED = 20
router = APIRouter(prefix="/api/v1", tags=["retention"])

KeptDays = Annotated[Whole, Field(ge=1, le=36_500)]
RuleId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class KeepBody(BaseModel):
    """How many days of each tier are kept; what is left out or null follows what else applies."""

    keep_1s_days: KeptDays | None = None
    keep_1m_days: KeptDays | None = None
    keep_1h_days: KeptDays | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.days:
            raise ValueError("keep_1s_days, keep_1m_days or keep_1h_days is needed")
        return self

    @property
    def days(self) -> Days:
        """The tiers that are set."""
        wanted = {SECOND: self.keep_1s_days, MINUTE: self.keep_1m_days, HOUR: self.keep_1h_days}
        return {tier: days for tier, days in wanted.items() if days is not None}


class NewRule(KeepBody):
    """A rule for the agents of an environment, or for those with a tag: exactly one of both."""

    environment: Annotated[Environment, Field(min_length=1)] | None = None
    tag: Tag | None = None

    @model_validator(mode="after")
    def _chooses_agents(self) -> Self:
        if (self.environment is None) == (self.tag is None):
            raise ValueError("environment or tag is needed, and not both")
        return self


class RuleView(BaseModel):
    """A rule; null where it says nothing."""

    id: int
    environment: str | None
    tag: str | None
    keep_1s_days: int | None
    keep_1m_days: int | None
    keep_1h_days: int | None


class RuleList(BaseModel):
    """Rules, oldest first."""

    items: list[RuleView]


class DefaultsView(BaseModel):
    """Days that each tier is kept of agents without a rule."""

    keep_1s_days: int
    keep_1m_days: int
    keep_1h_days: int


class DiskView(BaseModel):
    """How much room there is, in bytes; null where it is not known or there is no limit.

    While `accepting` is false, agents keep their frames.
    """

    state: DiskState
    accepting: bool
    free_bytes: int | None
    total_bytes: int | None
    reserve_bytes: int
    database_bytes: int | None
    max_database_bytes: int | None


class ShortenedView(BaseModel):
    """History that went before its time because the disk was low."""

    time: datetime
    target: str


class RetentionView(BaseModel):
    """All that decides how long history is kept; the newest 20 of what went early."""

    defaults: DefaultsView
    rules: list[RuleView]
    disk: DiskView
    shortened: list[ShortenedView]


@router.get("/retention", responses=responses(401))
async def read_retention(services: Hub, user: Viewer) -> RetentionView:
    """Tell how long history is kept and how much room there is."""
    async with services.database.connection() as connection:
        rules = await retention.rules(connection)
        shortened = await retention.shortened(connection, _SHORTENED)
    settings, space = services.settings, services.intake.space
    return RetentionView(
        defaults=DefaultsView(
            keep_1s_days=settings.retention_days,
            keep_1m_days=settings.retention_1m_days,
            keep_1h_days=settings.retention_1h_days,
        ),
        rules=[_view(rule) for rule in _relevant(rules, services, user)],
        disk=DiskView(
            state=space.state,
            accepting=services.intake.open,
            free_bytes=space.free,
            total_bytes=space.total,
            reserve_bytes=space.reserve,
            database_bytes=space.database,
            max_database_bytes=space.limit,
        ),
        shortened=[ShortenedView(**one) for one in shortened],
    )


@router.get("/retention-rules", responses=responses(401))
async def list_rules(services: Hub, user: Viewer) -> RuleList:
    """List the rules."""
    async with services.database.connection() as connection:
        rules = await retention.rules(connection)
    return RuleList(items=[_view(rule) for rule in _relevant(rules, services, user)])


@router.post("/retention-rules", status_code=201, responses=responses(400, 401, 403, 409, 422))
async def create_rule(body: NewRule, services: Hub, user: Admin, request: Request) -> RuleView:
    """Keep the history of some agents for longer or shorter. Of several rules the longest wins in each tier."""
    async with services.database.transaction() as connection:
        rule = await retention.add(connection, body.environment, body.tag, body.days)
        await audit.add(
            connection, user.actor, "retention_rule.create", f"retention_rule:{rule.id}",
            address_of(request), after=_view(rule).model_dump(exclude={"id"}),
        )  # fmt: skip
    await services.rules_changed()
    return _view(rule)


@router.patch("/retention-rules/{rule_id}", responses=responses(400, 401, 403, 404, 422))
async def change_rule(rule_id: RuleId, body: KeepBody, services: Hub, user: Admin, request: Request) -> RuleView:
    """Change how long a rule keeps; tiers that are left out stay as they are, null takes one out of the rule."""
    async with services.database.transaction() as connection:
        before = await retention.get(connection, rule_id)
        if before is None:
            raise NotFoundError(f"There is no retention rule {rule_id}.")
        named = {tier for tier, name in _FIELDS.items() if name in body.model_fields_set}
        days = {tier: kept for tier, kept in before.days.items() if tier not in named} | dict(body.days)
        after = await retention.change(connection, rule_id, days)
        if after is None:
            raise NotFoundError(f"There is no retention rule {rule_id}.")
        await audit.add(
            connection, user.actor, "retention_rule.update", f"retention_rule:{rule_id}",
            address_of(request), before=_view(before).model_dump(exclude={"id"}),
            after=_view(after).model_dump(exclude={"id"}),
        )  # fmt: skip
    await services.rules_changed()
    return _view(after)


@router.delete("/retention-rules/{rule_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def delete_rule(rule_id: RuleId, services: Hub, user: Admin, request: Request) -> None:
    """Remove a rule: what else applies to its agents holds from now on."""
    async with services.database.transaction() as connection:
        before = await retention.get(connection, rule_id)
        if before is None or not await retention.remove(connection, rule_id):
            raise NotFoundError(f"There is no retention rule {rule_id}.")
        await audit.add(
            connection, user.actor, "retention_rule.delete", f"retention_rule:{rule_id}",
            address_of(request), before=_view(before).model_dump(exclude={"id"}),
        )  # fmt: skip
    await services.rules_changed()


_FIELDS = {SECOND: "keep_1s_days", MINUTE: "keep_1m_days", HOUR: "keep_1h_days"}


def _relevant(rules: list[RetentionRule], services: Services, who: Principal) -> list[RetentionRule]:
    """Return the rules that apply to agents within reach: the others would tell of environments and tags beyond it."""
    if who.everywhere:
        return rules
    agents = [visible(services, who, one).agent for one in services.visibility.ids(who.scopes)]
    kinds = {(one.environment, one.tags) for one in agents}
    return [rule for rule in rules if any(rule.applies(*kind) for kind in kinds)]


def _view(rule: RetentionRule) -> RuleView:
    days = {name: rule.days.get(tier) for tier, name in _FIELDS.items()}
    return RuleView(id=rule.id, environment=rule.environment, tag=rule.tag, **days)
