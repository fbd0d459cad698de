"""A TCP relay between an agent and its hub that can be told to misbehave as networks do."""

import contextlib
import socket
import threading
from collections.abc import Callable
from enum import Enum


class Way(Enum):
    """A direction."""

    TO_HUB = "to hub"
    TO_AGENT = "to agent"


class Relay:
    """Carries bytes both ways; each way can be stalled, and connections can be cut on one side or on both.

    Attributes:
        url: where agents find the hub through this relay.
        accepted: connections so far.
    """

    def __init__(self, hub_port: int) -> None:
        self._hub_port = hub_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.accepted = 0
        self._flowing = {way: threading.Event() for way in Way}
        self._budget: int | None = None
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads: list[threading.Thread] = []
        self.resume()
        self._run(self._accept)

    def stall(self, *ways: Way) -> None:
        """Carry nothing in these directions until `resume`; the connections stay."""
        for way in ways:
            self._flowing[way].clear()

    def resume(self) -> None:
        """Carry everything again."""
        for flowing in self._flowing.values():
            flowing.set()

    def cut(self) -> None:
        """Break all connections on both sides."""
        self._break(both=True)

    def cut_towards_agent(self) -> None:
        """Break all connections on the agent's side; the hub is not told."""
        self._break(both=False)

    def cut_after(self, size: int) -> None:
        """Let so many more bytes through to the hub, then break the connection that carries them."""
        self._budget = size

    def close(self) -> None:
        """Break everything and end the relay."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        self.resume()
        for thread in self._threads:
            thread.join(5)
        for pair in self._pairs:
            for one in pair:
                one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener was closed
            while True:
                agent, _ = self._listener.accept()
                try:
                    hub = socket.create_connection(("127.0.0.1", self._hub_port))
                except OSError:  # the hub is down, and the agent is to see that
                    agent.close()
                    continue
                self.accepted += 1
                self._pairs.append((agent, hub))
                self._run(self._carry, agent, hub, Way.TO_HUB)
                self._run(self._carry, hub, agent, Way.TO_AGENT)

    def _carry(self, source: socket.socket, sink: socket.socket, way: Way) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                self._flowing[way].wait()
                if way is Way.TO_HUB and self._budget is not None:
                    data, over = data[: self._budget], len(data) > self._budget
                    self._budget -= len(data)
                    if over:
                        self._budget = None
                        sink.sendall(data)
                        break
                sink.sendall(data)
            for one in (source, sink):
                one.shutdown(socket.SHUT_RDWR)

    def _break(self, *, both: bool) -> None:
        for agent, hub in self._pairs:
            for one in (agent, hub) if both else (agent,):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _run(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()
