"""Which agents a request is about: listed ones, or all that a selector matches."""

import hashlib
from collections.abc import Collection
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from opsentrix.api.fields import Text, Whole
from opsentrix.api.services import Services
from opsentrix.errors import InvalidError
from opsentrix.model.access import Principal
from opsentrix.model.agents import AgentFilter, AgentStatus
from opsentrix.storage import configs

MAX_BULK = 10_000
_NOTED = 500
"""Ids that an entry of the audit log holds one by one: with their commas they stay below what it keeps of one part."""

AgentNumber = Annotated[Whole, Field(ge=1, lt=2**63)]


class Selector(BaseModel):
    """Which agents, as in the list of agents."""

    status: list[AgentStatus] = []
    type: list[Text] = []
    environment: list[Text] = []
    tag: list[Text] = []
    q: Text = ""


class ChosenAgents(BaseModel):
    """Listed agents, or those selected."""

    agents: Annotated[list[AgentNumber], Field(min_length=1, max_length=MAX_BULK)] | None = None
    selector: Selector | None = None

    @model_validator(mode="after")
    def _chooses_agents(self) -> Self:
        if (self.agents is None) == (self.selector is None):
            raise ValueError("agents or selector is needed, and not both")
        return self


async def chosen(services: Services, choice: ChosenAgents, who: Principal) -> list[int]:
    """Return the ids of the agents that a request is about, each once; listed ones may not exist.

    Raises:
        InvalidError: the selector matches more than `MAX_BULK`.
    """
    return list(dict.fromkeys(choice.agents or await _selected(services, choice.selector or Selector(), who)))


def noted(ids: Collection[int]) -> object:
    """Return which agents were meant, for the audit log: each, or of very many how many and the hash of the list.

    The hash is the SHA-256 of the ids in order, in decimal, with commas between them.
    """
    ordered = sorted(ids)
    if len(ordered) <= _NOTED:
        return ordered
    text = ",".join(map(str, ordered))
    return {"count": len(ordered), "sha256": hashlib.sha256(text.encode()).hexdigest()}


async def _selected(services: Services, selector: Selector, who: Principal) -> list[int]:
    """Return the ids of the agents that a selector means.

    Raises:
        InvalidError: it means more than `MAX_BULK`.
    """
    wanted = AgentFilter(
        tuple(selector.status), tuple(selector.type), tuple(selector.environment), tuple(selector.tag),
        selector.q.strip(), who.scopes,
    )  # fmt: skip
    async with services.database.connection() as connection:
        ids = await configs.matching(connection, wanted, MAX_BULK + 1)
    if len(ids) > MAX_BULK:
        raise InvalidError(f"Not valid: selector. It matches more than {MAX_BULK} agents; name fewer.")
    return ids
