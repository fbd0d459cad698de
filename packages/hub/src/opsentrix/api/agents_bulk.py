"""Acts on many agents at once: environment and tags, with the way back, and deletion. Each is one entry of the log."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Self

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, model_validator

from opsentrix.api.auth import Operator, ProvenScopedAdmin
from opsentrix.api.fields import MAX_TAGS, Environment, Tags
from opsentrix.api.problems import responses
from opsentrix.api.removal import remove
from opsentrix.api.selection import MAX_BULK, AgentNumber, ChosenAgents, chosen, noted
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.model.access import Principal
from opsentrix.model.agents import Agent
from opsentrix.storage import agents, audit

router = APIRouter(prefix="/api/v1/agents", tags=["agents"])


class TagChange(ChosenAgents):
    """What becomes of many agents' environments and tags; null leaves the environment as it is."""

    environment: Environment | None = None
    add_tags: Tags = Field(default=[])
    remove_tags: Tags = Field(default=[])

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.environment is None and not self.add_tags and not self.remove_tags:
            raise ValueError("environment, add_tags or remove_tags is needed")
        if both := set(self.add_tags) & set(self.remove_tags):
            raise ValueError(f"{min(both)} cannot be added and removed at once")
        return self


class TagState(BaseModel):
    """Agents that have the same environment and tags."""

    environment: Environment
    tags: Tags
    agents: Annotated[list[AgentNumber], Field(min_length=1)]


class TagRestore(BaseModel):
    """Environments and tags as they were: what an earlier answer said in `former`."""

    former: Annotated[list[TagState], Field(min_length=1, max_length=MAX_BULK)]

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        ids = [one for state in self.former for one in state.agents]
        if len(ids) > MAX_BULK or len(ids) != len(set(ids)):
            raise ValueError(f"at most {MAX_BULK} agents are taken, each once")
        return self


class FailedAgent(BaseModel):
    """An agent that stayed as it was, and why; its name is null where there is none within reach."""

    id: int
    name: str | None
    reason: str


class TagsChanged(BaseModel):
    """What became of many agents; `former` is how those that changed were before, and leads back there."""

    changed: int
    unchanged: int
    failed: list[FailedAgent]
    former: list[TagState]


class AgentsDeleted(BaseModel):
    """How many agents are gone, and which are not."""

    deleted: int
    failed: list[FailedAgent]


@router.post("/bulk-tags", responses=responses(400, 401, 403, 422, 503))
async def change_tags(body: TagChange, services: Hub, user: Operator, request: Request) -> TagsChanged:
    """Give many agents an environment, and tags, and take tags from them; those that cannot change are named."""
    removed = frozenset(body.remove_tags)

    def wanted(before: Agent) -> Agent:
        kept = [tag for tag in before.tags if tag not in removed]
        environment = before.environment if body.environment is None else body.environment
        return replace(before, environment=environment, tags=tuple(dict.fromkeys((*kept, *body.add_tags))))

    ids = await chosen(services, body, user)
    after = body.model_dump(include={"environment", "add_tags", "remove_tags"}, exclude_none=True)
    return await _change(services, ids, wanted, user, request, after)


@router.post("/bulk-tags/restore", responses=responses(400, 401, 403, 422, 503))
async def restore_tags(body: TagRestore, services: Hub, user: Operator, request: Request) -> TagsChanged:
    """Give many agents the environments and tags that they had."""
    states = {agent_id: state for state in body.former for agent_id in state.agents}

    def wanted(before: Agent) -> Agent:
        state = states[before.id]
        return replace(before, environment=state.environment, tags=tuple(state.tags))

    return await _change(services, list(states), wanted, user, request, {"states": _told(body.former)})


@router.post("/bulk-delete", responses=responses(400, 401, 403, 422, 503))
async def delete_many(body: ChosenAgents, services: Hub, user: ProvenScopedAdmin, request: Request) -> AgentsDeleted:
    """Delete many agents with all their history; their credentials are worth nothing from now on."""
    ids = await chosen(services, body, user)
    async with services.database.connection() as connection:
        known = await agents.some(connection, ids)
    mine = [one for one in known.values() if user.covers(one.environment, one.tags)]
    if mine:
        await remove(services, mine, user.actor, address_of(request))
    deleted = {one.id for one in mine}
    return AgentsDeleted(deleted=len(mine), failed=[_stranger(one) for one in ids if one not in deleted])


async def _change(
    services: Services,
    ids: Sequence[int],
    wanted: Callable[[Agent], Agent],
    user: Principal,
    request: Request,
    after: Mapping[str, object],
) -> TagsChanged:
    failed: list[FailedAgent] = []
    changed: list[tuple[Agent, Agent]] = []
    async with services.registry.settled(), services.database.transaction() as connection:
        known = await agents.some(connection, ids, lock=True)
        for agent_id in ids:
            one = known.get(agent_id)
            if one is None or not user.covers(one.environment, one.tags):
                failed.append(_stranger(agent_id))
            elif reason := _obstacle(new := wanted(one), user):
                failed.append(FailedAgent(id=one.id, name=one.name, reason=reason))
            elif new != one:
                changed.append((one, new))
        former = _states(before for before, _ in changed)
        if changed:
            await agents.set_tags(connection, [new for _, new in changed])
            await audit.add(
                connection, user.actor, "agent.bulk_update", "agents", address_of(request),
                before={"states": _told(former)}, after=after, failed=len(failed),
                agents=noted([new.id for _, new in changed]),
            )  # fmt: skip
    for _, new in changed:
        services.registry.replace(new)
        services.feed.agent_changed(new.id)
    unchanged = len(ids) - len(changed) - len(failed)
    return TagsChanged(changed=len(changed), unchanged=unchanged, failed=failed, former=former)


def _obstacle(new: Agent, user: Principal) -> str:
    """Return why an agent cannot become this; empty when it can."""
    if len(new.tags) > MAX_TAGS:
        return f"It would have more than {MAX_TAGS} tags."
    if not user.covers(new.environment, new.tags):
        return "It would leave your scope; somebody with a wider one has to do this."
    return ""


def _stranger(agent_id: int) -> FailedAgent:
    # The same for one that does not exist and one beyond the scope: it does not tell which of them it is.
    return FailedAgent(id=agent_id, name=None, reason=f"There is no agent {agent_id}.")


def _states(some: Iterable[Agent]) -> list[TagState]:
    alike: dict[tuple[str, tuple[str, ...]], list[int]] = defaultdict(list)
    for one in some:
        alike[one.environment, one.tags].append(one.id)
    # What stands in the database was checked when it came: by other limits, perhaps, in an earlier release.
    return [
        TagState.model_construct(environment=environment, tags=list(tags), agents=ids)
        for (environment, tags), ids in alike.items()
    ]


def _told(states: Iterable[TagState]) -> list[dict[str, object]]:
    return [{"environment": one.environment, "tags": one.tags, "agents": noted(one.agents)} for one in states]
