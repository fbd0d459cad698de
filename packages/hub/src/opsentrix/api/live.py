"""The live feed over Socket.IO: namespace /live, for browsers with a session cookie."""

from functools import partial
from typing import Any
from urllib.parse import urlsplit

import socketio
from starlette.requests import cookie_parser

from opsentrix import log
from opsentrix.api.auth import COOKIE
from opsentrix.api.links.socketio import AgentNamespace
from opsentrix.api.services import Services
from opsentrix.errors import UnavailableError
from opsentrix.live.outbox import Outbox

NAMESPACE = "/live"
_log = log.get(__name__)


class Browser:
    """One connected browser, as the feed's subscriber."""

    def __init__(self, namespace: "LiveNamespace", sid: str) -> None:
        self._namespace = namespace
        self._sid = sid
        self._outbox = Outbox(self._emit_confirmed)

    def tell(self, event: str, payload: dict[str, Any]) -> None:
        """Send something small that need not be confirmed."""
        self._namespace.emit_soon(event, payload, self._sid, None)

    def stream(self, agent_id: int, event: str, payload: dict[str, Any]) -> None:
        """Send samples, under back-pressure."""
        self._outbox.send(agent_id, event, payload)

    def _emit_confirmed(self, event: str, payload: dict[str, Any]) -> None:
        self._namespace.emit_soon(event, payload, self._sid, self._confirmed)

    def _confirmed(self, *_: object) -> None:
        dropped = self._outbox.confirmed()
        if dropped is not None:
            self.tell("dropped", {"agent": dropped[0], "batches": dropped[1]})


class LiveNamespace(socketio.AsyncNamespace):  # type: ignore[misc]  # the library has no types
    """What browsers may ask for."""

    def __init__(self, services: Services) -> None:
        super().__init__(NAMESPACE)
        self._services = services
        self._browsers: dict[str, Browser] = {}

    async def on_connect(self, sid: str, environ: dict[str, Any]) -> None:
        """Let in who is logged in."""
        try:
            # Not http.cookies: that gives up at the first odd cookie, which another program of this host may have set.
            token = cookie_parser(environ.get("HTTP_COOKIE", "")).get(COOKIE)
            login = await self._services.logins.check(token) if token else None
        except UnavailableError:
            login = None
        if login is None:
            raise socketio.exceptions.ConnectionRefusedError("unauthorized")
        self._browsers[sid] = Browser(self, sid)
        self._services.feed.joined()

    def on_disconnect(self, sid: str, reason: str) -> None:
        """Forget who is gone."""
        if (browser := self._browsers.pop(sid, None)) is not None:
            self._services.feed.left(browser)

    def on_watch_fleet(self, sid: str, _: object = None) -> dict[str, Any]:
        """Send changes of the fleet."""
        self._services.feed.watch_fleet(self._browsers[sid])
        return {"ok": True}

    def on_unwatch_fleet(self, sid: str, _: object = None) -> dict[str, Any]:
        """Stop that."""
        self._services.feed.unwatch_fleet(self._browsers[sid])
        return {"ok": True}

    def on_watch_agent(self, sid: str, data: object = None) -> dict[str, Any]:
        """Send an agent's samples, each second."""
        agent_id = _agent_id(data)
        if agent_id is None or self._services.registry.get(agent_id) is None:
            return {"ok": False, "error": "There is no such agent."}
        if not self._services.feed.watch_agent(self._browsers[sid], agent_id):
            return {"ok": False, "error": "Too many agents are watched at once."}
        return {"ok": True}

    def on_unwatch_agent(self, sid: str, data: object = None) -> dict[str, Any]:
        """Stop that."""
        agent_id = _agent_id(data)
        if agent_id is not None:
            self._services.feed.unwatch_agent(self._browsers[sid], agent_id)
        return {"ok": True}

    def emit_soon(self, event: str, payload: dict[str, Any], sid: str, confirmed: Any) -> None:  # noqa: ANN401
        """Emit from code that cannot wait."""
        self.server.start_background_task(partial(self.emit, event, payload, to=sid, callback=confirmed))


def create_server(services: Services) -> socketio.AsyncServer:
    """Return the Socket.IO server with the namespaces of browsers and agents."""
    server = socketio.AsyncServer(
        async_mode="asgi",
        async_handlers=False,  # an event waits for the one before: who sends too much is held up
        cors_allowed_origins=_own_origin,
        max_http_buffer_size=services.settings.max_body_bytes,
        ping_interval=15,
        ping_timeout=15,
        logger=False,
        engineio_logger=False,
    )
    server.register_namespace(LiveNamespace(services))
    server.register_namespace(AgentNamespace(services))
    return server


def _own_origin(origin: str, environ: dict[str, Any]) -> bool:
    """Return whether a page of the hub itself asks; Engine.IO's own check takes every connection for plain http."""
    return urlsplit(origin).netloc == environ.get("HTTP_HOST")


def _agent_id(data: object) -> int | None:
    agent_id = data.get("agent") if isinstance(data, dict) else None
    return agent_id if isinstance(agent_id, int) and not isinstance(agent_id, bool) else None
