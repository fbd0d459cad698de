"""The live feed over Socket.IO: namespace /live, for browsers with a session cookie and programs with an API token."""

from functools import partial
from typing import Any

import socketio
from starlette.requests import HTTPConnection

from opsentrix import log
from opsentrix.api.auth import principal_again, principal_of, same_origin
from opsentrix.api.links.socketio import NAMESPACE as AGENTS
from opsentrix.api.links.socketio import AgentNamespace
from opsentrix.api.services import Services
from opsentrix.api.shared_live import NAMESPACE as SHARED
from opsentrix.api.shared_live import SharedNamespace
from opsentrix.api.socketio_limits import ConnectionLimits
from opsentrix.errors import UnauthenticatedError, UnavailableError
from opsentrix.live.feed import Seen
from opsentrix.live.outbox import Outbox
from opsentrix.model.access import Area, Principal, permits
from opsentrix.storage import command_runs, runbook_runs

NAMESPACE = "/live"
_log = log.get(__name__)


class Browser:
    """One connected browser, as the feed's subscriber."""

    def __init__(self, namespace: "LiveNamespace", services: Services, sid: str, who: Principal) -> None:
        self._namespace = namespace
        self._services = services
        self._sid = sid
        self._who = who
        self._outbox = Outbox(self._emit_confirmed)

    def seen(self) -> Seen:
        """Return the agents that are shown to it now."""
        return self._services.visibility.only(self._who.scopes)

    def sees(self, agent_id: int) -> bool:
        """Return whether an agent is shown to it now; who sees all may also wait for what is gone."""
        return self._who.everywhere or self._services.visibility.find(self._who.scopes, agent_id) is not None

    async def sees_command(self, command_id: int) -> bool:
        """Return whether a command is shown to it: one of its agents is, and its API token is for commands."""
        if not self.sees_responses():
            return False
        async with self._services.database.connection() as connection:
            agents = await command_runs.agents_of(connection, [command_id])
        return any(self.sees(one) for one in agents)

    async def sees_run(self, run_id: int) -> bool:
        """Return whether a run of a runbook is shown to it, as with commands."""
        if not self.sees_responses():
            return False
        async with self._services.database.connection() as connection:
            run = await runbook_runs.get(connection, run_id)
        return run is not None and self.sees(run.agent_id)

    def sees_responses(self) -> bool:
        """Return whether it may know of commands and runs: an API token needs a permission of its own."""
        token = self._who.token
        return token is None or permits(token.permissions, Area.RESPOND, writing=False)

    async def recheck(self) -> None:
        """Look again at who it is; end its connection when its session or token is worth nothing any more."""
        try:
            now = await principal_again(self._services, self._who)
        except UnavailableError as error:
            _log.warning("a live connection could not be checked; it will be later", reason=error.detail)
            return
        if now is None or not _admitted(now):
            await self._namespace.disconnect(self._sid)
        elif now.scopes != self._who.scopes:
            self._who = now
            self.tell("access", {})

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
        """Let in who is logged in, and API tokens that may read agents and metrics."""
        try:
            who = await principal_of(self._services, HTTPConnection(environ["asgi.scope"]))
        except (UnauthenticatedError, UnavailableError):
            who = None
        if who is None or not _admitted(who):
            raise socketio.exceptions.ConnectionRefusedError("unauthorized")
        browser = self._browsers[sid] = Browser(self, self._services, sid, who)
        self._services.feed.joined(browser)

    def on_disconnect(self, sid: str, reason: str) -> None:
        """Forget who is gone."""
        if (browser := self._browsers.pop(sid, None)) is not None:
            self._services.feed.left(browser)
            self._services.command_feed.leave(browser)
            self._services.runbook_feed.leave(browser)

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
        known = agent_id is not None and self._services.registry.get(agent_id) is not None
        if agent_id is None or not known or not self._browsers[sid].sees(agent_id):
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

    async def on_watch_command(self, sid: str, data: object = None) -> dict[str, Any]:
        """Send the states and the output of a command, as far as its agents are seen."""
        browser, command_id = self._browsers[sid], _number(data, "command")
        if command_id is None or not await browser.sees_command(command_id):
            return {"ok": False, "error": "There is no such command."}
        # It may have gone meanwhile: nobody would forget it then.
        if sid not in self._browsers or not self._services.command_feed.watch(browser, command_id):
            return {"ok": False, "error": "Too many commands are watched at once."}
        return {"ok": True}

    def on_unwatch_command(self, sid: str, data: object = None) -> dict[str, Any]:
        """Stop that."""
        command_id = _number(data, "command")
        if command_id is not None:
            self._services.command_feed.unwatch(self._browsers[sid], command_id)
        return {"ok": True}

    async def on_watch_runbook_run(self, sid: str, data: object = None) -> dict[str, Any]:
        """Send the states of a run of a runbook, if its agent is seen."""
        browser, run_id = self._browsers[sid], _number(data, "run")
        if run_id is None or not await browser.sees_run(run_id):
            return {"ok": False, "error": "There is no such run."}
        if sid not in self._browsers or not self._services.runbook_feed.watch(browser, run_id):
            return {"ok": False, "error": "Too many runs are watched at once."}
        return {"ok": True}

    def on_unwatch_runbook_run(self, sid: str, data: object = None) -> dict[str, Any]:
        """Stop that."""
        run_id = _number(data, "run")
        if run_id is not None:
            self._services.runbook_feed.unwatch(self._browsers[sid], run_id)
        return {"ok": True}

    def emit_soon(self, event: str, payload: dict[str, Any], sid: str, confirmed: Any) -> None:  # noqa: ANN401
        """Emit from code that cannot wait."""
        self.server.start_background_task(partial(self.emit, event, payload, to=sid, callback=confirmed))


def create_server(services: Services) -> socketio.AsyncServer:
    """Return the Socket.IO server with the namespaces of browsers, shared pages and agents."""

    def own_origin(_origin: str, environ: dict[str, Any]) -> bool:
        return same_origin(services, HTTPConnection(environ["asgi.scope"]))

    server = socketio.AsyncServer(
        async_mode="asgi",
        async_handlers=False,  # an event waits for the one before: who sends too much is held up
        namespaces=[NAMESPACE, SHARED, AGENTS],  # or anybody could enter "/"
        cors_allowed_origins=own_origin,
        max_http_buffer_size=services.settings.max_body_bytes,
        ping_interval=15,
        ping_timeout=15,
        logger=False,
        engineio_logger=False,
    )
    server.register_namespace(LiveNamespace(services))
    server.register_namespace(SharedNamespace(services))
    server.register_namespace(AgentNamespace(services))
    ConnectionLimits(server, unlimited=AGENTS)  # which are held up instead
    return server


def _admitted(who: Principal) -> bool:
    """Return whether somebody may use the feed, which shows agents and their samples."""
    areas = (Area.AGENTS, Area.METRICS)
    if who.must_enroll:
        return False
    return who.token is None or all(permits(who.token.permissions, area, writing=False) for area in areas)


def _agent_id(data: object) -> int | None:
    return _number(data, "agent")


def _number(data: object, key: str) -> int | None:
    number = data.get(key) if isinstance(data, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    return number if 0 < number < 2**63 else None
