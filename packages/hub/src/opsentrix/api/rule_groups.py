"""Groups of alert rules: which agents all rules of one are about, and whether they are on."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from opsentrix.api.alert_rules import Reader
from opsentrix.api.auth import Admin
from opsentrix.api.fields import Flag, Name, Whole
from opsentrix.api.fields import Reason as Line
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.db import Connection
from opsentrix.errors import ConflictError, FieldError, InvalidError, NotFoundError
from opsentrix.model import rule_format, rule_text
from opsentrix.model.quantities import RuleError
from opsentrix.model.selectors import Member
from opsentrix.model.stored_alerts import NewGroup, StoredGroup
from opsentrix.storage import audit, rule_groups

MAX_GROUPS = 100
router = APIRouter(prefix="/api/v1/alert-rule-groups", tags=["alerts"])
GroupId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class RuleGroupBody(BaseModel):
    """A group; `based_on` is the version that it changes."""

    name: Name
    selector: Annotated[
        str,
        Field(max_length=rule_text.MAX_CHARS, description="Which agents, as behind `on` in a rule; empty for all."),
    ] = ""
    enabled: Flag = Field(default=True, description="While it is off, so are its rules.")
    description: Line = ""
    based_on: Annotated[Whole, Field(ge=1)] | None = None

    def new(self) -> NewGroup:
        """Return it with its selector in canonical form.

        Raises:
            InvalidError: the selector is none.
        """
        try:
            selector = rule_text.parse_selector(self.selector)
        except RuleError as error:
            place = "" if error.position is None else f" (at character {error.position + 1})"
            detail = f"{error.detail}{place}"
            raise InvalidError(f"Not valid: selector. {detail}.", FieldError("selector", detail)) from None
        return NewGroup(self.name, rule_format.write_selector(selector), self.enabled, self.description)


class RuleGroupView(BaseModel):
    """A group as it is shown."""

    id: int
    name: str
    version: int
    selector: str
    enabled: bool
    description: str
    changed_at: datetime
    changed_by: str
    rules: int = Field(description="How many rules it has.")
    agents: int = Field(description="How many agents its selector means now.")


class RuleGroupList(BaseModel):
    """All groups, the oldest first."""

    items: list[RuleGroupView]


@router.get("", responses=responses(401, 403))
async def list_groups(services: Hub, user: Reader) -> RuleGroupList:
    """List the groups."""
    async with services.database.connection() as connection:
        groups = await rule_groups.everyone(connection)
    return RuleGroupList(items=await _views(services, groups))


@router.post("", status_code=201, responses=responses(400, 401, 403, 409, 422))
async def create_group(body: RuleGroupBody, services: Hub, user: Admin, request: Request) -> RuleGroupView:
    """Make a group without rules; rules are put into it one by one."""
    new = body.new()
    async with services.database.transaction() as connection:
        if len(await rule_groups.everyone(connection)) >= MAX_GROUPS:
            raise ConflictError(f"There are {MAX_GROUPS} groups already.")
        made = await rule_groups.add(connection, new, user.username, services.now())
        await audit.add(
            connection, user.actor, "alert_rule_group.create", _target(made.id), address_of(request),
            after=_audited(new),
        )  # fmt: skip
    return (await _views(services, [made]))[0]


@router.put("/{group_id}", responses=responses(400, 401, 403, 404, 409, 422))
async def change_group(
    group_id: GroupId, body: RuleGroupBody, services: Hub, user: Admin, request: Request
) -> RuleGroupView:
    """Change a group; alerts of agents that its rules are not about any more end, all of them when it is off."""
    new = body.new()
    async with services.database.transaction() as connection:
        before = await _locked(connection, group_id)
        if body.based_on is not None and body.based_on != before.version:
            raise ConflictError(f"Somebody changed the group meanwhile: it has version {before.version}.")
        await rule_groups.change(connection, group_id, new, user.username, services.now())
        after = await _locked(connection, group_id)
        await audit.add(
            connection, user.actor, "alert_rule_group.update", _target(group_id), address_of(request),
            before=_audited(before.new), after=_audited(new),
        )  # fmt: skip
    await services.alerting.follow_rules()
    return (await _views(services, [after]))[0]


@router.delete("/{group_id}", status_code=204, responses=responses(401, 403, 404, 409, 422))
async def delete_group(group_id: GroupId, services: Hub, user: Admin, request: Request) -> None:
    """Delete a group that has no rules."""
    async with services.database.transaction() as connection:
        before = await _locked(connection, group_id)
        if before.rules:
            raise ConflictError(f"The group has {before.rules} rules; move or delete them first.")
        await rule_groups.remove(connection, group_id)
        await audit.add(
            connection, user.actor, "alert_rule_group.delete", _target(group_id), address_of(request),
            before=_audited(before.new),
        )  # fmt: skip


async def _locked(connection: Connection, group_id: int) -> StoredGroup:
    found = await rule_groups.lock(connection, group_id, to_write=True)
    if found is None:
        raise NotFoundError(f"There is no group {group_id}.")
    return found


def _target(group_id: int) -> str:
    return f"alert_rule_group:{group_id}"


def _audited(new: NewGroup) -> dict[str, object]:
    return {"name": new.name, "selector": new.selector, "enabled": new.enabled, "description": new.description}


async def _views(services: Services, groups: list[StoredGroup]) -> list[RuleGroupView]:
    members = list(services.registry.members())
    # In a thread: 100 groups over 10,000 agents take a second or two.
    counts = await asyncio.to_thread(lambda: [_covered(one, members) for one in groups])
    return [
        RuleGroupView(
            id=one.id, name=one.new.name, version=one.version, selector=one.new.selector, enabled=one.new.enabled,
            description=one.new.description, changed_at=one.changed_at, changed_by=one.changed_by, rules=one.rules,
            agents=agents,
        )
        for one, agents in zip(groups, counts, strict=True)
    ]  # fmt: skip


def _covered(group: StoredGroup, members: list[Member]) -> int:
    selector = rule_text.parse_selector(group.new.selector)
    return sum(map(selector.accepts, members)) if selector.matchers else len(members)
