"""All sessions that are open now: one per agent, the newest wins."""

from collections.abc import Callable

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix import log, selfmetrics
from opsentrix.errors import UnavailableError
from opsentrix.ingest.session import Session
from opsentrix.model.configs import ConfigVersion
from opsentrix.model.upgrades import Rollout

_log = log.get(__name__)


class Sessions:
    """Knows which agent is connected, and passes on how often it should send."""

    def __init__(self, most: int) -> None:
        """Begin with none open; `most` may be at once."""
        self._most = most
        self._open: dict[int, tuple[Session, Callable[[str], None]]] = {}
        self._pace: dict[int, int] = {}

    def check_room(self, agent_id: int) -> None:
        """Check that this agent may open a session.

        Raises:
            UnavailableError: as many agents are connected as may be, and this one would be one more.
        """
        if len(self._open) >= self._most and agent_id not in self._open:
            raise UnavailableError(f"The hub takes no more than {self._most} agents at once.")

    def opened(self, session: Session, close: Callable[[str], None]) -> None:
        """Note a new session; an older one of the same agent is closed."""
        older = self._open.get(session.agent_id)
        self._open[session.agent_id] = session, close
        selfmetrics.SESSIONS.labels(session.link).inc()
        if older is not None:
            _log.warning("agent connected again; closing its older session", agent=session.agent_id)
            older[1]("replaced by a newer session")
        session.pace(self._pace.get(session.agent_id, 0))

    def closed(self, session: Session) -> None:
        """Note that a session is over."""
        selfmetrics.SESSIONS.labels(session.link).dec()
        if (present := self._open.get(session.agent_id)) is not None and present[0] is session:
            del self._open[session.agent_id]

    def end(self, agent_id: int, reason: str) -> None:
        """Close an agent's session, if it has one."""
        if (present := self._open.get(agent_id)) is not None:
            present[1](reason)

    def revoke(self, agent_id: int, detail: str) -> None:
        """Tell an agent that its identity is worth nothing any more and close its session, if it has one."""
        if (present := self._open.get(agent_id)) is not None:
            present[0].revoke(detail)

    def renewable(self, agent_id: int) -> bool | None:
        """Return whether an agent can renew its credential; None when it is not connected."""
        present = self._open.get(agent_id)
        return None if present is None else present[0].renewable

    def all_renewable(self) -> list[int]:
        """Return the agents that are connected and can renew their credentials."""
        return [agent_id for agent_id, (session, _) in self._open.items() if session.renewable]

    def renew(self, agent_id: int) -> None:
        """Ask an agent for a new credential, if it is connected and can make one."""
        if (present := self._open.get(agent_id)) is not None and present[0].renewable:
            present[0].renew()

    def pace(self, agent_id: int, frame_ticks: int) -> None:
        """Ask an agent, now and when it connects again, to put this many ticks into a frame; 0 is its own choice."""
        if frame_ticks:
            self._pace[agent_id] = frame_ticks
        else:
            self._pace.pop(agent_id, None)
        if (present := self._open.get(agent_id)) is not None:
            present[0].pace(frame_ticks)

    def greeted(self) -> set[int]:
        """Return the agents that are connected and were welcomed."""
        return {agent_id for agent_id, (session, _close) in self._open.items() if session.greeted}

    def capable(self, agent_id: int, capability: str) -> bool | None:
        """Return whether an agent has a capability; None when it is not connected."""
        present = self._open.get(agent_id)
        return None if present is None else present[0].capable(capability)

    def send(self, agent_id: int, message: pb.HubMessage) -> None:
        """Queue a message to an agent, if it is connected."""
        if (present := self._open.get(agent_id)) is not None:
            present[0].send(message)

    def sealed(self, agent_id: int) -> bool | None:
        """Return whether an agent seals what it sends; None when it is not connected."""
        present = self._open.get(agent_id)
        return None if present is None else present[0].sealed

    def configurable(self, agent_id: int) -> bool | None:
        """Return whether an agent takes configurations; None when it is not connected."""
        present = self._open.get(agent_id)
        return None if present is None else present[0].configurable

    def configure(self, wanted: ConfigVersion) -> None:
        """Tell an agent what is wanted of its settings, if it is connected; else it learns that when it connects."""
        if (present := self._open.get(wanted.agent_id)) is not None:
            present[0].configure(wanted)

    def restart(self, agent_id: int) -> bool:
        """Ask an agent to start anew; False when it is not connected or does not know how."""
        present = self._open.get(agent_id)
        if present is None or not present[0].configurable:
            return False
        present[0].restart()
        return True

    def upgradable(self) -> set[int]:
        """Return the agents that are connected and whose owner allows upgrades."""
        return {agent_id for agent_id, (session, _close) in self._open.items() if session.upgradable}

    def upgrade(self, agent_id: int, rollout: Rollout) -> None:
        """Ask an agent to change to a release, if it is connected; else it is asked when it connects."""
        if (present := self._open.get(agent_id)) is not None and present[0].upgradable:
            present[0].upgrade(rollout)
