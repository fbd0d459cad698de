"""How new agents get in: tokens by people, registration by agents."""

import base64
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from opsentrix.api.auth import Operator, bearer
from opsentrix.api.fields import Environment, Host, Metadata, Name, Port, Tags, Type, Whole
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import ForbiddenError, NotFoundError
from opsentrix.fleet import enrollment
from opsentrix.model.access import Principal
from opsentrix.model.agents import EnrollmentToken, NewAgent

router = APIRouter(prefix="/api/v1", tags=["enrollment"])


class NewToken(BaseModel):
    """What a new enrollment token allows."""

    expires_in_s: Annotated[Whole, Field(ge=60, le=30 * 86_400)] = 3600
    max_uses: Annotated[Whole, Field(ge=1, le=10_000)] = 1
    environment: Environment = ""
    tags: Tags = []


class IssuedTokenView(BaseModel):
    """A new token; it is shown this once."""

    id: int
    token: str
    expires_at: datetime
    max_uses: int


class TokenView(BaseModel):
    """A token that can still be used."""

    id: int
    expires_at: datetime
    max_uses: int
    uses: int
    environment: str
    tags: list[str]
    created_at: datetime
    created_by: str | None


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

    `payload_key` is the hub's public key that an agent seals to when its owner wants that, in base64.
    """

    id: int
    credential: str
    reporting_interval: float
    agent_url: str
    payload_key: str


@router.post("/enrollment-tokens", status_code=201, responses=responses(400, 401, 403, 422))
async def create_token(body: NewToken, services: Hub, user: Operator, request: Request) -> IssuedTokenView:
    """Make a token with which new agents register; within your scope, as its agents must be."""
    if not user.covers(body.environment, body.tags):
        raise ForbiddenError("The token's environment or one of its tags must be of your scope.")
    wanted = enrollment.TokenRequest(
        timedelta(seconds=body.expires_in_s), body.max_uses, body.environment, tuple(body.tags)
    )
    issued = await enrollment.issue(services.database, wanted, user.actor, user.id, address_of(request))
    return IssuedTokenView(id=issued.id, token=issued.token, expires_at=issued.expires_at, max_uses=issued.max_uses)


@router.get("/enrollment-tokens", responses=responses(401, 403))
async def list_tokens(services: Hub, user: Operator) -> TokenList:
    """List the tokens that can still be used."""
    found = await _within_reach(services, user)
    return TokenList(items=[TokenView.model_validate(one, from_attributes=True) for one in found])


@router.delete("/enrollment-tokens/{token_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def revoke_token(
    token_id: Annotated[int, Path(ge=1, le=2**63 - 1)], services: Hub, user: Operator, request: Request
) -> None:
    """Make a token unusable."""
    if not user.everywhere and token_id not in {one.id for one in await _within_reach(services, user)}:
        raise NotFoundError(f"There is no enrollment token {token_id} that could be revoked.")
    await enrollment.revoke(services.database, token_id, user.actor, address_of(request))


@router.post("/agents/register", status_code=201, tags=["agent link"], responses=responses(400, 401, 403, 413, 422))
async def register(body: Registration, services: Hub, request: Request) -> Registered:
    """Register an agent with an enrollment token as Bearer; the answer holds its own credential."""
    new = NewAgent(
        body.name, body.type, body.host, body.port, body.environment, body.metadata, tuple(body.tags),
        body.reporting_interval,
    )  # fmt: skip
    agent, credential = await enrollment.register(services.database, bearer(request), new, address_of(request))
    services.registry.add(agent)
    services.feed.agent_changed(agent.id)
    return Registered(
        id=agent.id,
        credential=credential,
        reporting_interval=agent.reporting_interval,
        agent_url=f"{services.settings.url}/dashboard/agents/{agent.id}",
        payload_key=base64.b64encode(await services.payload_keys.newest()).decode(),
    )


async def _within_reach(services: Services, who: Principal) -> list[EnrollmentToken]:
    found = await enrollment.list_open(services.database)
    return [one for one in found if who.covers(one.environment, one.tags)]
