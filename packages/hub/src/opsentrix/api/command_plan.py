"""What a new command would be: which machines, what each of them would say, and what people have to do first."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StrictBool, StrictInt, StrictStr

from opsentrix.api.auth import visible
from opsentrix.api.fields import Flag, Reason, Whole
from opsentrix.api.selection import ChosenAgents, chosen
from opsentrix.api.services import Services
from opsentrix.errors import FieldError, InvalidError
from opsentrix.model.access import Principal
from opsentrix.model.commands import Batch, Effect, params_text
from opsentrix.model.policies import effect_of, forecast
from opsentrix.storage import agent_policies

MAX_PARAMS_BYTES = 16 * 1024
MAX_SIGNED = 1000
"""Agents of a command that an operator's key signs: there is a signature for each."""


def _plain(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must hold printable characters only")
    return text


def _small(params: dict[str, object]) -> dict[str, object]:
    if len(params_text(params)) > MAX_PARAMS_BYTES:
        raise ValueError(f"must not be larger than {MAX_PARAMS_BYTES} bytes")
    return params


ActionName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}(\.[a-z][a-z0-9_]{0,31})?$")]
ParamName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Value = (
    StrictBool
    | Annotated[StrictInt, Field(ge=-(2**63), lt=2**63)]
    | Annotated[StrictStr, Field(max_length=4096), AfterValidator(_plain)]
)
Params = Annotated[dict[ParamName, Value], Field(max_length=32), AfterValidator(_small)]
KeyName = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class BatchBody(BaseModel):
    """How carefully it goes through its agents; `stop_after` 0 is never."""

    size: Annotated[Whole, Field(ge=1, le=10_000)]
    pause_s: Annotated[Whole, Field(ge=0, le=3600)] = 0
    stop_after: Annotated[Whole, Field(ge=0, le=10_000)] = 1


class SignatureBody(BaseModel):
    """An operator's signature of the text that `prepare` gave for an agent; the other fields are as it gave them."""

    agent: Annotated[Whole, Field(ge=1, lt=2**63)]
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    issued_ms: Annotated[Whole, Field(ge=0, lt=2**53)]
    expires_ms: Annotated[Whole, Field(ge=0, lt=2**53)]
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$", description="Ed25519, in hexadecimal.")]


class CommandBody(ChosenAgents):
    """What is wanted of which agents."""

    action: ActionName
    params: Params = Field(default={})
    timeout_s: Annotated[Whole, Field(ge=0, le=3600, description="0: the longest that each agent's policy allows.")] = 0
    reason: Reason = ""
    expires_s: Annotated[
        Whole, Field(ge=10, le=86_400, description="Agents that are away by then are not sent it.")
    ] = 3600
    batch: BatchBody | None = Field(default=None, description="Null: all at once.")
    approval: Annotated[Flag, Field(description="A second person has to approve it first.")] = False
    key_id: KeyName | None = Field(default=None, description="The operator's key that signs; null: the hub's.")


class NewCommand(CommandBody):
    """A command, with an operator's signatures where a key of theirs signs."""

    signatures: Annotated[list[SignatureBody], Field(max_length=MAX_SIGNED)] | None = None
    incident: Annotated[Whole, Field(ge=1, lt=2**63)] | None = Field(
        default=None, description="The incident that it is given from: its timeline tells of it."
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent of a plan; `refusal` is why it would refuse, as far as its policy is known."""

    id: int
    name: str
    environment: str
    online: bool
    refusal: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a command would be.

    Attributes:
        params: the very text that is signed.
        approval: why a second person has to approve it; empty when nobody has to.
    """

    params: str
    effect: Effect
    agents: list[Candidate]
    approval: str
    batch: Batch

    @property
    def turns(self) -> list[int]:
        """Return the batch of each agent."""
        return [at // self.batch.size for at in range(len(self.agents))]


async def plan(services: Services, body: CommandBody, who: Principal) -> Plan:
    """Return what a command would be; nothing is begun.

    Raises:
        InvalidError: no agent is meant.
        NotFoundError: an agent does not exist within reach.
    """
    ids = await chosen(services, body, who)
    if not ids:
        raise InvalidError("Not valid: selector.", FieldError("selector", "matches no agent"))
    known = [visible(services, who, one).agent for one in ids]
    async with services.database.connection() as connection:
        told = await agent_policies.of_agents(connection, ids)
    online = services.sessions.greeted()
    agents = [
        Candidate(
            one.id, one.name, one.environment, one.id in online,
            forecast(told.get(one.id), body.action, body.params, body.key_id),
        )
        for one in known
    ]  # fmt: skip
    effect = effect_of(body.action, told.values())
    wanted = body.batch
    batch = Batch(len(ids)) if wanted is None else Batch(wanted.size, wanted.pause_s, wanted.stop_after)
    return Plan(params_text(body.params), effect, agents, _approval(services, body, effect, agents), batch)


def _approval(services: Services, body: CommandBody, effect: Effect, agents: list[Candidate]) -> str:
    if body.approval:
        return "It was asked for."
    if effect is Effect.READS:
        return ""
    demanded = services.settings.approved_environments
    found = sorted({one.environment for one in agents if "*" in demanded or one.environment in demanded})
    return (
        f"This hub demands it for {', '.join(one or 'agents without environment' for one in found)}." if found else ""
    )
