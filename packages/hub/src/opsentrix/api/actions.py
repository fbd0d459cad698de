"""What the owners of machines allow, and the hub's key that signs commands."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from opsentrix.api.agents import find
from opsentrix.api.auth import AgentId, Operator, Viewer, visible
from opsentrix.api.problems import responses
from opsentrix.api.selection import ChosenAgents, chosen
from opsentrix.api.services import Hub
from opsentrix.model.commands import Effect
from opsentrix.model.offers import offers
from opsentrix.model.policies import NOTHING
from opsentrix.storage import agent_policies

router = APIRouter(prefix="/api/v1", tags=["commands"])
_SHOWN = ("effect", "parameters", "allowed", "signers")


class ActionView(BaseModel):
    """An action that a machine's owner allows: its parameters, what they may be, and whose signature counts."""

    name: str
    effect: Effect
    parameters: list[dict[str, Any]]
    allowed: dict[str, list[Any]]
    signers: list[str]
    scripts: dict[str, dict[str, Any]] = Field(description="Of the action `script`: each with its parameters.")


class OperatorView(BaseModel):
    """An operator's key that the owner trusts."""

    name: str
    key_id: str


class ActionsView(BaseModel):
    """What an agent said last of its owner's policy. The agent alone decides, anew for each command."""

    items: list[ActionView]
    why_nothing: str = Field(description="Why nothing is allowed; empty when something is.")
    limits: dict[str, int]
    operators: list[OperatorView]
    told_at: datetime | None


class OfferView(ActionView):
    """An action that at least one of several machines allows; its lists are what any of them allows."""

    agents: int = Field(description="How many allow it.")
    operators: list[str] = Field(description="The ids of operators' keys that any of them trusts for it.")


class OfferList(BaseModel):
    """What several machines allow, and how many these are."""

    items: list[OfferView]
    agents: int


class CommandKeyView(BaseModel):
    """The hub's public key by which agents know its commands: its id, and the key in base64 as policies take it."""

    id: str
    public_key: str


@router.get("/agents/{agent_id}/actions", responses=responses(401, 403, 404, 422))
async def list_actions(agent_id: AgentId, services: Hub, user: Viewer) -> ActionsView:
    """List what the owner of an agent allows, or why it is nothing."""
    await find(services, agent_id)
    async with services.database.connection() as connection:
        found = await agent_policies.get(connection, agent_id)
    if found is None:
        return ActionsView(items=[], why_nothing=NOTHING, limits={}, operators=[], told_at=None)
    policy, told_at = found
    return ActionsView(
        items=[
            ActionView(name=name, scripts=said.get("scripts", {}), **{key: said[key] for key in _SHOWN})
            for name, said in sorted(policy.actions.items())
        ],
        why_nothing=policy.why_nothing,
        limits=policy.allowed.get("limits", {}),
        operators=[OperatorView(**one) for one in policy.allowed.get("signers", {}).get("operators", [])],
        told_at=told_at,
    )


@router.post("/commands/actions", responses=responses(400, 401, 403, 404, 422))
async def list_offers(body: ChosenAgents, services: Hub, user: Operator) -> OfferList:
    """List what several agents allow, so that one can be asked of them; nothing is begun."""
    ids = await chosen(services, body, user)
    for one in ids:
        visible(services, user, one)
    async with services.database.connection() as connection:
        told = await agent_policies.of_agents(connection, ids)
    return OfferList(
        items=[
            OfferView(
                name=one.name, effect=one.effect, agents=one.agents, parameters=one.parameters, allowed=one.allowed,
                signers=one.signers, scripts=one.scripts, operators=one.operators,
            )
            for one in offers(list(told.values()))
        ],
        agents=len(ids),
    )  # fmt: skip


@router.get("/system/command-key", responses=responses(401, 403))
async def read_command_key(services: Hub, user: Viewer) -> CommandKeyView:
    """Return the hub's key for commands. Agents pin it when they enroll, and never change it by themselves."""
    return CommandKeyView(id=services.command_key.id, public_key=services.command_key.public)
