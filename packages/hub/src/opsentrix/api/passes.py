"""Passes: what a browser shows that opened a shared link. They are read here and nowhere else; see ADR 0042."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request, Response
from starlette.requests import HTTPConnection

from opsentrix.api.services import Hub, Services
from opsentrix.api.strangers import vouch
from opsentrix.errors import UnauthenticatedError
from opsentrix.model.shares import Share

PASS_COOKIE = "opsentrix_pass"  # noqa: S105 - a name


async def share_of(services: Services, connection: HTTPConnection) -> Share:
    """Return the share whose pass a request bears.

    Raises:
        UnauthenticatedError: it bears none, or one that shows nothing any more.
    """
    secret = connection.cookies.get(PASS_COOKIE)
    share = await services.shares.check(secret) if secret else None
    if share is None:
        raise UnauthenticatedError("Nothing is shared with this browser, or not any more.")
    vouch(connection.scope)
    return share


async def _shown(services: Hub, request: Request) -> Share:
    share = await share_of(services, request)
    request.state.actor = share.actor
    return share


Shown = Annotated[Share, Depends(_shown)]
"""What is shared with the browser that sent the request: for the routes of shared pages only."""


def set_pass_cookie(services: Services, response: Response, secret: str, expires_at: datetime) -> None:
    """Give the browser a pass to keep until it expires: out of scripts' reach, for this site's own requests only."""
    response.set_cookie(
        PASS_COOKIE, secret, max_age=round(expires_at.timestamp() - services.clock()), httponly=True,
        samesite="strict", secure=services.settings.cookies_over_https_only, path="/",
    )  # fmt: skip
