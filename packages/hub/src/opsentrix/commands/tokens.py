"""What an administrator does with enrollment tokens on the hub's own machine, straight on its database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import ValidationError

from opsentrix.api.enrollment import NewToken
from opsentrix.commands import local
from opsentrix.errors import NotFoundError, StartupError
from opsentrix.fleet import enrollment
from opsentrix.model.agents import EnrollmentToken, TokenRequest, TokenState
from opsentrix.settings import Settings

TokenLine = Callable[[EnrollmentToken, TokenState, list[tuple[int, str]]], str]
"""Makes a line for people of a token, its state, and id and name of the agents that it let in."""


async def create(settings: Settings, request: TokenRequest) -> str:
    """Return a new enrollment token.

    Raises:
        StartupError: something asked for is not valid, or the database cannot be reached.
    """
    asked = {"types": request.types, "environment": request.environment, "tags": request.tags}
    try:
        checked = NewToken.model_validate(asked)
    except ValidationError as error:
        first = error.errors()[0]
        raise StartupError(f"Not valid: {first['loc'][0]}: {first['msg']}.") from None
    allowed = replace(request, types=tuple(checked.types), tags=tuple(checked.tags))
    async with local.database(settings) as database:
        try:
            return (await enrollment.issue(database, allowed, "hub", None, "")).token
        except NotFoundError as error:
            raise StartupError(error.detail) from None


async def listed(settings: Settings, line: TokenLine, *, spent: bool) -> list[str]:
    """Return a line for each enrollment token that can still be used, or for all, newest first.

    Raises:
        StartupError: the database cannot be reached.
    """
    async with local.database(settings) as database:
        tokens, enrolled = await enrollment.listed(database, spent=spent)
    now = datetime.now(UTC)
    return [line(one, one.state(now), enrolled.get(one.id, [])) for one in tokens]


async def revoke(settings: Settings, token_id: int) -> None:
    """Make an enrollment token unusable.

    Raises:
        StartupError: there is none of this id that could be revoked, or the database cannot be reached.
    """
    async with local.database(settings) as database:
        try:
            await enrollment.revoke(database, token_id, "hub", "")
        except NotFoundError as error:
            raise StartupError(error.detail) from None
