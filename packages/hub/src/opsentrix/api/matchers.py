"""What silences and maintenance windows are about: their matchers as JSON, and what somebody sees of them."""

from collections.abc import Set as AbstractSet
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from opsentrix.api.auth import ScopeView, visible
from opsentrix.api.fields import Text
from opsentrix.api.selection import MAX_BULK, AgentNumber
from opsentrix.api.services import Services
from opsentrix.errors import ForbiddenError
from opsentrix.model.access import Principal
from opsentrix.model.quiet import AGENT_KEYS, KEYS, LABEL, MAX_MATCHERS, Matcher, Op, Reach
from opsentrix.model.stored_alerts import AgentFacts

_HIDDEN = "(beyond your scope)"
_NAMED = 20


def _known_key(key: str) -> str:
    if key not in KEYS and not (key.startswith(LABEL) and len(key) > len(LABEL)):
        raise ValueError(f"must be one of {', '.join(KEYS)}, or label. and a label's name")
    return key


class MatcherBody(BaseModel):
    """One demand on an alert or its agent: `=`, `!=`, or `~` for a glob with `*` and `?`."""

    key: Annotated[Text, AfterValidator(_known_key)]
    op: Op
    value: Text


class ReachBody(BaseModel):
    """What is kept quiet: what meets all demands; of these agents only, where some are listed."""

    matchers: Annotated[list[MatcherBody], Field(max_length=MAX_MATCHERS)] = []
    agents: Annotated[list[AgentNumber], Field(max_length=MAX_BULK)] = []

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if not self.matchers and not self.agents:
            raise ValueError("matchers or agents are needed")
        return self


class ReachView(BaseModel):
    """What is kept quiet; `within` are the scopes of whoever said so, beyond which it does not reach.

    `agents` are those of the chosen ones that the caller sees, empty where none were chosen; `agent_names` are the
    first names of these.
    """

    matchers: list[MatcherBody]
    within: list[ScopeView]
    agents: list[int]
    agent_names: list[str]


def reach_of(services: Services, body: ReachBody, who: Principal, known: AbstractSet[int] = frozenset()) -> Reach:
    """Return what is kept quiet, within the scopes of whoever says so.

    Args:
        services: the hub's.
        body: what they say.
        who: they.
        known: agents that were chosen before: they may be gone by now, and those that `who` does not see stay chosen.

    Raises:
        NotFoundError: a chosen agent is none that they see.
    """
    chosen = frozenset(body.agents)
    for one in sorted(chosen - known):
        visible(services, who, one)
    if not who.everywhere:
        # Else the last one that leaves the scope would take the limit along: without any, all agents are meant.
        chosen |= {one for one in known if services.visibility.find(who.scopes, one) is None}
    return Reach(tuple(Matcher(one.key, one.op, one.value) for one in body.matchers), who.scopes, chosen)


def reach_view(services: Services, reach: Reach, who: Principal) -> ReachView:
    """Return what is kept quiet as somebody sees it."""
    found = [services.visibility.find(who.scopes, one) for one in reach.agents]
    seen = {one.agent.id: one.agent.name for one in found if one is not None}
    return ReachView(
        matchers=matchers_of(reach, who), within=within_of(reach, who),
        agents=sorted(reach.agents if who.everywhere else seen), agent_names=sorted(seen.values())[:_NAMED],
    )  # fmt: skip


def check_own(reach: Reach, who: Principal) -> None:
    """Refuse what was made within other scopes.

    Raises:
        ForbiddenError: it reaches beyond the scopes of whoever asks.
    """
    if not who.everywhere and set(reach.within) != set(who.scopes):
        raise ForbiddenError("It reaches beyond your scope; somebody with a wider one has to do this.")


def facts_of(services: Services, who: Principal) -> list[AgentFacts]:
    """Return the agents that somebody sees."""
    known = (services.visibility.find(who.scopes, one) for one in services.visibility.ids(who.scopes))
    return [
        AgentFacts(one.agent.id, one.agent.name, one.agent.type, one.agent.environment, frozenset(one.agent.tags))
        for one in known
        if one is not None
    ]


def agents_of(services: Services, who: Principal) -> list[AgentFacts] | None:
    """Return the agents that somebody sees; None for all."""
    return None if who.everywhere else facts_of(services, who)


def concerns(reach: Reach, agents: list[AgentFacts] | None) -> bool:
    """Return whether something may be about one of these agents; None stands for all."""
    return agents is None or any(reach.could_meet(one) for one in agents)


def matchers_of(reach: Reach, who: Principal) -> list[MatcherBody]:
    """Return matchers as somebody sees them: what an agent must not be may name one that they do not see."""
    hidden = not who.everywhere and set(reach.within) != set(who.scopes)
    return [
        MatcherBody(
            key=one.key, op=one.op,
            value=_HIDDEN if hidden and one.op is Op.IS_NOT and one.key in AGENT_KEYS else one.value,
        )
        for one in reach.matchers
    ]  # fmt: skip


def within_of(reach: Reach, who: Principal) -> list[ScopeView]:
    """Return the scopes beyond which something does not reach, as far as somebody may know them."""
    shown = who.everywhere or set(reach.within) == set(who.scopes)
    return [ScopeView.of(one) for one in reach.within] if shown else []
