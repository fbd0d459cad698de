"""Which agents people see."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel

from opsentrix.api.auth import ProvenAdmin, ScopeView
from opsentrix.api.fields import ScopeEnvironments, ScopeTags
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, address_of
from opsentrix.errors import ConflictError, NotFoundError
from opsentrix.model.users import Scope
from opsentrix.storage import audit, users

router = APIRouter(prefix="/api/v1/users", tags=["users"])


class NewScope(BaseModel):
    """Which agents: those of these environments, and those with one of these tags; all where both are empty."""

    environments: ScopeEnvironments
    tags: ScopeTags


@router.put("/{user_id}/scope", responses=responses(400, 401, 403, 404, 409, 422))
async def set_scope(
    user_id: Annotated[int, Path(ge=1, le=2**63 - 1)],
    body: NewScope,
    services: Hub,
    user: ProvenAdmin,
    request: Request,
) -> ScopeView:
    """Set which agents a person sees, from now on and in pages that are open; their API tokens see no others."""
    if user_id == user.id:
        raise ConflictError("Another admin has to change your scope: you could not change it back.")
    scope = Scope(frozenset(body.environments), frozenset(body.tags))
    async with services.database.transaction() as connection:
        found = await users.set_scope(connection, user_id, scope)
        if found is None:
            raise NotFoundError(f"There is no user {user_id}.")
        username, before = found
        await audit.add(
            connection, user.actor, "user.scope", f"user:{username}", address_of(request),
            before=ScopeView.of(before).model_dump(), after=ScopeView.of(scope).model_dump(),
        )  # fmt: skip
    await services.feed.recheck()
    return ScopeView.of(scope)
