"""Sealing of what agents send: the hub's keys, and which agents must."""

import base64
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel

from opsentrix.api.agents import SealView, find
from opsentrix.api.auth import AgentId, ProvenAdmin, ProvenScopedAdmin, Viewer
from opsentrix.api.fields import Flag
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, address_of
from opsentrix.storage import agents, audit
from opsentrix.storage.payload_keys import KeptKey

router = APIRouter(prefix="/api/v1", tags=["payload encryption"])
KeyId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]


class PayloadKeyView(BaseModel):
    """A key that agents seal to: its id in hexadecimal and the public key in base64, as agents' settings take it."""

    id: str
    public_key: str
    created_at: datetime

    @classmethod
    def of(cls, key: KeptKey) -> "PayloadKeyView":
        """Return what everybody may see of a key pair."""
        return cls(id=key.id.hex(), public_key=base64.b64encode(key.public_key).decode(), created_at=key.created_at)


class PayloadKeyList(BaseModel):
    """Keys, the newest first, which agents that enroll now seal to."""

    items: list[PayloadKeyView]


class Sealing(BaseModel):
    """Whether an agent must seal what it sends."""

    required: Flag


@router.get("/payload-keys", responses=responses(401))
async def list_keys(services: Hub, user: Viewer) -> PayloadKeyList:
    """List the public keys that agents may seal to."""
    await services.payload_keys.newest()
    return PayloadKeyList(items=[PayloadKeyView.of(one) for one in await services.payload_keys.list()])


@router.post("/payload-keys", status_code=201, responses=responses(401, 403))
async def rotate_key(services: Hub, user: ProvenAdmin, request: Request) -> PayloadKeyView:
    """Make a new key, which agents that enroll from now on seal to; older ones stay good until they are removed."""
    return PayloadKeyView.of(await services.payload_keys.rotate(user.actor, address_of(request)))


@router.delete("/payload-keys/{key}", status_code=204, responses=responses(401, 403, 404, 409, 422))
async def remove_key(key: KeyId, services: Hub, user: ProvenAdmin, request: Request) -> None:
    """Remove a key: agents that seal to it are refused from their next connection on."""
    await services.payload_keys.remove(bytes.fromhex(key), user.actor, address_of(request))


@router.put("/agents/{agent_id}/payload-encryption", responses=responses(400, 401, 403, 404, 422))
async def require_sealing(
    agent_id: AgentId, body: Sealing, services: Hub, user: ProvenScopedAdmin, request: Request
) -> SealView:
    """Take only what is sealed from an agent, or plain messages too; it is cut off if it does not seal."""
    before = await find(services, agent_id)
    async with services.database.transaction() as connection:
        await agents.set_must_seal(connection, agent_id, must_seal=body.required)
        await audit.add(
            connection, user.actor, "agent.payload_encryption", f"agent:{agent_id}", address_of(request),
            before={"required": before.must_seal}, after={"required": body.required},
        )  # fmt: skip
    services.registry.replace(replace(before, must_seal=body.required))
    sealed = services.sessions.sealed(agent_id)
    if body.required and sealed is False:
        services.sessions.end(agent_id, "it must seal what it sends")
    services.feed.agent_changed(agent_id)
    return SealView(required=body.required, sealed=sealed)
