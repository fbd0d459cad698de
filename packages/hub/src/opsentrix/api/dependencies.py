"""Which agents an agent is behind."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from opsentrix.api.agents import find
from opsentrix.api.auth import AgentId, Operator, Viewer, visible
from opsentrix.api.fields import Whole
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import ConflictError, FieldError, InvalidError
from opsentrix.model.access import Principal
from opsentrix.model.dependencies import Dependencies
from opsentrix.storage import audit, incidents, quiet

router = APIRouter(prefix="/api/v1/agents/{agent_id}/dependencies", tags=["alerts"])
MAX_BEHIND = 16


class NewDependencies(BaseModel):
    """The agents that it is directly behind; while all of them are lost, its alerts are told nobody."""

    behind: Annotated[list[Annotated[Whole, Field(ge=1, lt=2**63)]], Field(max_length=MAX_BEHIND)]


class NamedAgent(BaseModel):
    """An agent."""

    id: int
    name: str


class DependenciesView(BaseModel):
    """The agents that it is directly behind, and those directly behind it, as far as the caller sees them."""

    behind: list[NamedAgent]
    ahead_of: list[NamedAgent]


@router.get("", responses=responses(401, 403, 404, 422))
async def get_dependencies(agent_id: AgentId, services: Hub, user: Viewer) -> DependenciesView:
    """Tell what an agent is behind."""
    await find(services, agent_id)
    async with services.database.connection() as connection:
        return _view(services, user, agent_id, await quiet.dependencies(connection))


@router.put("", responses=responses(400, 401, 403, 404, 409, 422))
async def set_dependencies(
    agent_id: AgentId, body: NewDependencies, services: Hub, user: Operator, request: Request
) -> DependenciesView:
    """Set what an agent is behind. Those beyond the caller's scope stay as they are."""
    await find(services, agent_id)
    if agent_id in body.behind:
        raise InvalidError("Not valid: behind.", FieldError("behind", "an agent cannot be behind itself"))
    wanted = {one: visible(services, user, one) for one in body.behind}
    now = services.now()
    async with services.database.transaction() as connection:
        await incidents.lock(connection)
        known = await quiet.dependencies(connection)
        before = known.get(agent_id, [])
        hidden = [one for one in before if services.visibility.find(user.scopes, one) is None]
        after = sorted({*wanted, *hidden})
        cycle = Dependencies(known).cycle(agent_id, after)
        if cycle is not None:
            raise ConflictError(f"That would be a circle: {' behind '.join(_names(services, user, cycle))}.")
        await quiet.set_dependencies(connection, agent_id, after, user.username, now)
        await incidents.look_again(connection, now)
        await audit.add(
            connection, user.actor, "agent.dependencies", f"agent:{agent_id}", address_of(request),
            before={"behind": before}, after={"behind": after},
        )  # fmt: skip
        known[agent_id] = after
    return _view(services, user, agent_id, known)


def _names(services: Services, who: Principal, agent_ids: list[int]) -> list[str]:
    known = (services.visibility.find(who.scopes, one) for one in agent_ids)
    return ["another agent" if one is None else one.agent.name for one in known]


def _view(services: Services, who: Principal, agent_id: int, known: dict[int, list[int]]) -> DependenciesView:
    return DependenciesView(
        behind=_named(services, who, known.get(agent_id, [])),
        ahead_of=_named(services, who, [child for child, parents in known.items() if agent_id in parents]),
    )


def _named(services: Services, who: Principal, agent_ids: list[int]) -> list[NamedAgent]:
    found = (services.visibility.find(who.scopes, one) for one in agent_ids)
    return [NamedAgent(id=one.agent.id, name=one.agent.name) for one in found if one is not None]
