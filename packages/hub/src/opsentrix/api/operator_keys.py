"""People's own keys for commands: the private half stays in their browser, the public one goes into policies."""

import base64
import binascii
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from opsentrix_protocol.commands import key_id
from pydantic import AfterValidator, BaseModel, Field

from opsentrix.api.auth import ProvenPerson, Viewer
from opsentrix.api.fields import TokenName
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, address_of
from opsentrix.errors import NotFoundError
from opsentrix.storage import audit, operator_keys
from opsentrix.storage.operator_keys import OperatorKey

router = APIRouter(prefix="/api/v1/account/keys", tags=["account"])
OwnKeyId = Annotated[int, Path(ge=1, le=2**63 - 1)]


def _public(text: str) -> str:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32 or base64.b64encode(key).decode() != text:
        raise ValueError("must be an Ed25519 public key of 32 bytes in base64")
    return text


class NewKey(BaseModel):
    """A key pair's public half, as WebCrypto exports it (`raw`), in base64."""

    name: TokenName
    public_key: Annotated[str, Field(max_length=64), AfterValidator(_public)]


class KeyView(BaseModel):
    """A key of one's own: `key_id` is what commands and policies call it."""

    id: int
    key_id: str
    name: str
    public_key: str
    created_at: datetime

    @classmethod
    def of(cls, one: OperatorKey) -> "KeyView":
        """Return a key as it is shown."""
        return cls(
            id=one.id, key_id=key_id(one.public_key), name=one.name,
            public_key=base64.b64encode(one.public_key).decode(), created_at=one.created_at,
        )  # fmt: skip


class KeyList(BaseModel):
    """One's own keys, the oldest first."""

    items: list[KeyView]


@router.get("", responses=responses(401, 403))
async def list_keys(person: Viewer, services: Hub) -> KeyList:
    """List one's own keys."""
    async with services.database.connection() as connection:
        return KeyList(items=[KeyView.of(one) for one in await operator_keys.of_user(connection, person.id)])


@router.post("", status_code=201, responses=responses(400, 401, 403, 409, 422))
async def add_key(body: NewKey, person: ProvenPerson, services: Hub, request: Request) -> KeyView:
    """Keep the public half of a new key. Machines trust it once their owners put it into their policies."""
    public = base64.b64decode(body.public_key)
    async with services.database.transaction() as connection:
        one = await operator_keys.add(connection, person.id, body.name, public, services.now())
        await audit.add(
            connection, person.actor, "operator_key.create", f"operator_key:{key_id(public)}", address_of(request),
            name=body.name,
        )  # fmt: skip
    return KeyView.of(one)


@router.delete("/{own_key_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def remove_key(own_key_id: OwnKeyId, person: ProvenPerson, services: Hub, request: Request) -> None:
    """Forget a key: the hub takes no more signatures by it. Owners should take it out of their policies too."""
    async with services.database.transaction() as connection:
        gone = await operator_keys.remove(connection, person.id, own_key_id)
        if gone is None:
            raise NotFoundError(f"You have no key {own_key_id}.")
        await audit.add(
            connection, person.actor, "operator_key.remove", f"operator_key:{key_id(gone.public_key)}",
            address_of(request), name=gone.name,
        )  # fmt: skip
