"""How new agents get in: tokens by people, registration by agents."""

import base64
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from opsentrix.api.auth import Operator, bearer, visible
from opsentrix.api.fields import Environment, Flag, Host, Metadata, Name, Port, Tags, Type, Whole
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import FieldError, ForbiddenError, InvalidError, NotFoundError
from opsentrix.fleet import enrollment
from opsentrix.model.access import Principal
from opsentrix.model.agents import EnrollmentToken, NewAgent, TokenRequest, TokenState
from opsentrix.model.identity import Admission
from opsentrix.storage import credentials

router = APIRouter(prefix="/api/v1", tags=["enrollment"])


class NewToken(BaseModel):
    """What a new enrollment token allows."""

    expires_in_s: Annotated[Whole, Field(ge=60, le=30 * 86_400)] = 3600
    max_uses: Annotated[Whole, Field(ge=1, le=10_000)] = 1
    types: Annotated[list[Type], Field(max_length=32, description="The only types that it lets in; empty: all.")] = []
    environment: Annotated[Environment, Field(description="Given to all its agents, whatever they say.")] = ""
    tags: Annotated[Tags, Field(description="Given to all its agents.")] = []
    approval: Annotated[Flag, Field(description="Its agents wait until a person approves them.")] = False
    agent_id: Annotated[
        Annotated[Whole, Field(ge=1, le=2**63 - 1)] | None,
        Field(description="The one agent that enrolls again with it and keeps its id and history; one use only."),
    ] = None


class IssuedTokenView(BaseModel):
    """A new token; it is shown this once."""

    id: int
    token: str
    expires_at: datetime
    max_uses: int


class EnrolledAgent(BaseModel):
    """An agent that a token let in."""

    id: int
    name: str


class TokenView(BaseModel):
    """A token, without the secret."""

    id: int
    state: TokenState
    expires_at: datetime
    max_uses: int
    uses: int
    types: list[str]
    environment: str
    tags: list[str]
    approval: bool
    agent_id: int | None
    created_at: datetime
    created_by: str | None
    agents: list[EnrolledAgent]


class TokenList(BaseModel):
    """Tokens, newest first."""

    items: list[TokenView]


class Registration(BaseModel):
    """What an agent says of itself."""

    name: Name
    type: Type
    host: Host
    port: Port = None
    environment: Environment = ""
    metadata: Metadata = {}
    tags: Tags = []
    reporting_interval: Annotated[float, Field(ge=1, le=86_400, allow_inf_nan=False)] = 60.0


class Registered(BaseModel):
    """The new agent's identity; the credential is shown this once.

    `payload_key` is the hub's public key that an agent seals to when its owner wants that, and `command_key` the one by
    which it knows the hub's commands; both in base64.
    """

    id: int
    credential: str
    admission: Admission
    reporting_interval: float
    agent_url: str
    payload_key: str
    command_key: str


@router.post("/enrollment-tokens", status_code=201, responses=responses(400, 401, 403, 404, 422))
async def create_token(body: NewToken, services: Hub, user: Operator, request: Request) -> IssuedTokenView:
    """Make a token with which new agents register, or one agent again; within your scope, as its agents must be."""
    if body.agent_id is None:
        if not user.covers(body.environment, body.tags):
            raise ForbiddenError("The token's environment or one of its tags must be of your scope.")
    elif body.max_uses != 1:
        raise InvalidError("Not valid: max_uses.", FieldError("max_uses", "is 1 for a token of one agent"))
    else:
        visible(services, user, body.agent_id)
    wanted = TokenRequest(
        timedelta(seconds=body.expires_in_s), body.max_uses, tuple(dict.fromkeys(body.types)), body.environment,
        tuple(body.tags), body.approval, body.agent_id,
    )  # fmt: skip
    issued = await enrollment.issue(services.database, wanted, user.actor, user.id, address_of(request))
    return IssuedTokenView(id=issued.id, token=issued.token, expires_at=issued.expires_at, max_uses=issued.max_uses)


@router.get("/enrollment-tokens", responses=responses(401, 403, 422))
async def list_tokens(services: Hub, user: Operator, *, spent: bool = False) -> TokenList:
    """List the tokens that can still be used, or with `spent` all, with the agents that each one let in."""
    tokens, enrolled = await enrollment.listed(services.database, spent=spent)
    now = datetime.now(UTC)
    return TokenList(
        items=[
            TokenView(
                **asdict(one),
                state=one.state(now),
                agents=[
                    EnrolledAgent(id=agent_id, name=name)
                    for agent_id, name in enrolled.get(one.id, ())
                    if services.visibility.find(user.scopes, agent_id) is not None
                ],
            )
            for one in tokens
            if _within_reach(services, user, one)
        ]
    )


@router.delete("/enrollment-tokens/{token_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def revoke_token(
    token_id: Annotated[int, Path(ge=1, le=2**63 - 1)], services: Hub, user: Operator, request: Request
) -> None:
    """Make a token unusable."""
    tokens, _ = await enrollment.listed(services.database, spent=False)
    if not any(one.id == token_id and _within_reach(services, user, one) for one in tokens):
        raise NotFoundError(f"There is no enrollment token {token_id} that could be revoked.")
    await enrollment.revoke(services.database, token_id, user.actor, address_of(request))


@router.post("/agents/register", status_code=201, tags=["agent link"], responses=responses(400, 401, 403, 413, 422))
async def register(body: Registration, services: Hub, request: Request) -> Registered:
    """Register an agent with an enrollment token as Bearer; the answer holds its own credential."""
    new = NewAgent(
        body.name, body.type, body.host, body.port, body.environment, body.metadata, tuple(body.tags),
        body.reporting_interval,
    )  # fmt: skip
    done = await enrollment.register(
        services.database, bearer(request), new, address_of(request), approval=services.settings.approve_agents
    )
    agent_id = done.agent.id
    async with services.database.connection() as connection:
        services.credentials.replace(agent_id, await credentials.of_agent(connection, agent_id))
    if done.again:
        services.clones.forget(agent_id)
        services.registry.admit(agent_id, done.agent.admission)
        services.sessions.end(agent_id, "the agent was enrolled again")
    else:
        services.registry.add(done.agent)
    services.feed.agent_changed(agent_id)
    return Registered(
        id=agent_id,
        credential=done.credential,
        admission=done.agent.admission,
        reporting_interval=done.agent.reporting_interval,
        agent_url=f"{services.settings.url}/dashboard/agents/{agent_id}",
        payload_key=base64.b64encode(await services.payload_keys.newest()).decode(),
        command_key=services.command_key.public,
    )


def _within_reach(services: Services, who: Principal, token: EnrollmentToken) -> bool:
    if token.agent_id is not None:
        return services.visibility.find(who.scopes, token.agent_id) is not None
    return who.covers(token.environment, token.tags)
