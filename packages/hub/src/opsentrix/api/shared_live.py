"""The live feed of shared pages over Socket.IO: namespace /shared, for browsers with a pass; see ADR 0042."""

from functools import partial
from typing import Any

import socketio
from starlette.requests import HTTPConnection

from opsentrix import log
from opsentrix.api.passes import share_of
from opsentrix.api.services import Services
from opsentrix.errors import UnauthenticatedError, UnavailableError
from opsentrix.live.feed import Seen
from opsentrix.model.shares import Share

NAMESPACE = "/shared"
_NOTHING: Seen = frozenset()
_log = log.get(__name__)


class Screen:
    """One browser that shows a shared page, as the feed's subscriber: it follows the fleet and nothing else."""

    def __init__(self, namespace: "SharedNamespace", services: Services, sid: str, share: Share) -> None:
        self._namespace = namespace
        self._services = services
        self._sid = sid
        self._share = share

    def seen(self) -> Seen:
        """Return the agents that are shown to it now: none from the moment on at which its pass expires."""
        return self._services.visibility.only(self._share.who.scopes) if self._open() else _NOTHING

    def sees(self, agent_id: int) -> bool:
        """Return whether an agent is shown to it now."""
        return self._open() and self._services.visibility.find(self._share.who.scopes, agent_id) is not None

    def sees_responses(self) -> bool:
        """Return that it knows nothing of commands and runs: no shared page shows any."""
        return False

    async def recheck(self) -> None:
        """Look again at what is shared; end its connection when that is nothing any more."""
        try:
            now = await self._services.shares.again(self._share.id)
        except UnavailableError as error:
            _log.warning("a shared page could not be checked; it will be later", reason=error.detail)
            return
        if now is None:
            await self._namespace.disconnect(self._sid)
            return
        before, self._share = self._share, now
        if before.who.scopes != now.who.scopes:
            self.tell("access", {})

    def tell(self, event: str, payload: dict[str, Any]) -> None:
        """Send something small."""
        self._namespace.emit_soon(event, payload, self._sid)

    def stream(self, agent_id: int, event: str, payload: dict[str, Any]) -> None:
        """Send nothing: shared pages watch no single agent."""

    def _open(self) -> bool:
        return self._services.now() < self._share.expires_at


class SharedNamespace(socketio.AsyncNamespace):  # type: ignore[misc]  # the library has no types
    """What shared pages may ask for."""

    def __init__(self, services: Services) -> None:
        super().__init__(NAMESPACE)
        self._services = services
        self._screens: dict[str, Screen] = {}

    async def on_connect(self, sid: str, environ: dict[str, Any]) -> None:
        """Let in who has a pass."""
        try:
            share = await share_of(self._services, HTTPConnection(environ["asgi.scope"]))
        except (UnauthenticatedError, UnavailableError):
            raise socketio.exceptions.ConnectionRefusedError("unauthorized") from None
        screen = self._screens[sid] = Screen(self, self._services, sid, share)
        self._services.feed.joined(screen)

    def on_disconnect(self, sid: str, reason: str) -> None:
        """Forget who is gone."""
        if (screen := self._screens.pop(sid, None)) is not None:
            self._services.feed.left(screen)

    def on_watch_fleet(self, sid: str, _: object = None) -> dict[str, Any]:
        """Send changes of the agents that are shown."""
        self._services.feed.watch_fleet(self._screens[sid])
        return {"ok": True}

    def on_unwatch_fleet(self, sid: str, _: object = None) -> dict[str, Any]:
        """Stop that."""
        self._services.feed.unwatch_fleet(self._screens[sid])
        return {"ok": True}

    def emit_soon(self, event: str, payload: dict[str, Any], sid: str) -> None:
        """Emit from code that cannot wait."""
        self.server.start_background_task(partial(self.emit, event, payload, to=sid))
